// A message as Slack shows it: who, when, what, reactions, and the way into its thread.

import { render } from "./blocks.js";
import { TICK, drawing, make, reactionMark } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

const SILENT_AFTER_SECONDS = 3;

/** `14:32` for a message's `ts`. */
function clock(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

function avatar(message, names) {
  if (message.bot) return make("span", { class: "avatar bot", "aria-hidden": "true" }, drawing(TICK));
  return make("span", { class: "avatar", "aria-hidden": "true" }, names(message.user).slice(0, 1).toUpperCase());
}

function reactions(message) {
  if (!message.reactions.length) return null;
  return make(
    "div",
    { class: "reactions" },
    message.reactions.map((one) =>
      make("span", { class: "reaction", title: `:${one.name}:`, role: "img", "aria-label": `${one.name}, ${one.count}` }, reactionMark(one.name), String(one.count)),
    ),
  );
}

function threadLink(message, replies, open) {
  if (!replies.length) return null;
  const last = replies.at(-1);
  return make(
    "button",
    { type: "button", class: "thread-link", onclick: () => open(message.ts) },
    make("strong", {}, replies.length === 1 ? "1 reply" : `${replies.length} replies`),
    make("span", {}, ` last at ${clock(last.ts)}`),
  );
}

/** Whether the bot has had its time and left the message alone. */
export function isLeftAlone(message, replies, now) {
  return !message.bot && !message.ephemeral && !message.thread_ts && !message.reactions.length && !replies.length
    && now - Number(message.ts) > SILENT_AFTER_SECONDS;
}

/** One message. `open(ts)` opens its thread; `replies` are given in the channel only. */
export function messageElement(message, { names, act, open, replies = [], now }) {
  const deed = (block, element, chosen) => act(message, block, element, chosen);
  const body = message.blocks.length ? render(message.blocks, { names, act: deed }) : mrkdwn(message.text, names);
  return make(
    "article",
    { class: message.ephemeral ? "message ephemeral" : "message", "data-ts": message.ts, "data-cause": message.cause },
    avatar(message, names),
    make(
      "div",
      { class: "content" },
      message.ephemeral && make("p", { class: "only-you" }, "Only visible to you"),
      make(
        "header",
        {},
        make("strong", {}, names(message.user)),
        message.bot && make("span", { class: "app" }, "App"),
        make("time", { datetime: new Date(Number(message.ts) * 1000).toISOString() }, clock(message.ts)),
      ),
      make("div", { class: "body" }, body, message.edited && make("span", { class: "edited" }, "(edited)")),
      reactions(message),
      threadLink(message, replies, open),
      isLeftAlone(message, replies, now) && make("p", { class: "silent" }, "Playground: the bot leaves this one alone. It knows no OIDC failure in it."),
    ),
  );
}
