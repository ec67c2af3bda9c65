// The page: examples to the left, the channel, the open thread to the right.

import { make } from "./dom.js";
import { isLeftAlone, messageElement } from "./messages.js";
import { openHome, showHome } from "./home.js";
import { showView } from "./modal.js";
import { mrkdwnInline } from "./mrkdwn.js";
import { follow, send } from "./wire.js";

const at = (id) => document.getElementById(id);
const root = document.documentElement;
let state = null;
let openThread = null;
let follows = null;

const names = (id) => state?.users[id] || id;
const say = (sentence) => { at("connection").textContent = sentence; };

function tell(error) {
  say(error.message);
  setTimeout(() => say(""), 6000);
}

async function act(message, block, element, chosen, view) {
  const action = { action_id: element.action_id, block_id: block.block_id || "", type: element.type, ...chosen };
  await send("click", { ts: message?.ts, view_id: view?.id, action }).catch(tell);
}

/** Replace only what changed, so that focus, selection and scrolling stay where they are. */
function fill(box, messages, options) {
  const old = new Map([...box.children].map((child) => [child.dataset.ts, child]));
  messages.forEach((message, index) => {
    const replies = options.repliesOf ? options.repliesOf(message.ts) : [];
    const now = Date.now() / 1000;
    const key = JSON.stringify([message, replies.length, isLeftAlone(message, replies, now), state.users]);
    let element = old.get(message.ts);
    if (!element || element.dataset.key !== key) {
      const made = messageElement(message, { names, act, open, replies, now });
      made.dataset.key = key;
      if (element) element.replaceWith(made);
      element = made;
    }
    old.delete(message.ts);
    if (box.children[index] !== element) box.insertBefore(element, box.children[index] || null);
  });
  for (const gone of old.values()) gone.remove();
}

function keepAtEnd(scroller, change) {
  const nearEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120;
  change();
  if (nearEnd) scroller.scrollTop = scroller.scrollHeight;
}

function draw() {
  if (!state) return;
  const all = state.messages;
  const repliesOf = (ts) => all.filter((message) => message.thread_ts === ts && message.ts !== ts && !message.ephemeral);
  const inChannel = all.filter((message) => !message.thread_ts || message.thread_ts === message.ts);
  if (follows && repliesOf(follows).length) {
    const answered = follows;
    follows = null;
    open(answered, { focus: false });
    return;
  }
  keepAtEnd(document.querySelector("#channel .scroll"), () => fill(at("messages"), inChannel, { repliesOf }));
  if (openThread) {
    const thread = all.filter((message) => message.ts === openThread || message.thread_ts === openThread);
    fill(at("thread-messages"), thread, {});
  }
  showHome(state.home, { names, act });
  showView(state.view, { names, act, say: (sentence) => tell(new Error(sentence)) });
}

function open(ts, { focus = true } = {}) {
  const changed = openThread !== ts;
  openThread = ts;
  // The channel gets narrower and so taller; who was at its end stays there.
  keepAtEnd(document.querySelector("#channel .scroll"), () => {
    at("thread").hidden = false;
    root.dataset.thread = "open";
    draw();
  });
  if (changed) {
    // A long paste must not push its answer out of sight.
    const answer = at("thread-messages").children[1];
    const scroller = document.querySelector("#thread .scroll");
    scroller.scrollTop = answer && answer.offsetTop > scroller.clientHeight / 2 ? answer.offsetTop - 72 : 0;
  }
  if (focus) at("close-thread").focus();
}

function closeThread() {
  const back = openThread;
  openThread = null;
  at("thread").hidden = true;
  delete root.dataset.thread;
  document.querySelector(`#messages [data-ts="${CSS.escape(back)}"] .thread-link`)?.focus();
}

async function post(text, thread) {
  if (!text.trim()) return;
  try {
    const { ts } = await send("post", { text, thread_ts: thread || null });
    // What was just posted is followed: its thread opens by itself when the bot has answered.
    if (!thread && ts) follows = ts;
    draw();
    const scroller = document.querySelector(thread ? "#thread .scroll" : "#channel .scroll");
    scroller.scrollTop = scroller.scrollHeight;
  } catch (error) {
    tell(error);
    throw error;
  }
}

function composer(form, area, thread) {
  const grow = () => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 220)}px`;
  };
  area.addEventListener("input", grow);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = area.value;
    area.value = "";
    grow();
    await post(text, thread()).catch(() => {
      area.value = text;
      grow();
    });
  });
}

function exampleList(groups) {
  const post_ = (example) => {
    delete root.dataset.examples;
    post(example.text).catch(() => {});
  };
  at("example-list").replaceChildren(
    ...groups.map((group) =>
      make(
        "section",
        {},
        make("h3", {}, group.name),
        group.pastes.map((example) =>
          make(
            "button",
            { type: "button", class: "example", onclick: () => post_(example) },
            make("strong", {}, example.name),
            make("span", {}, mrkdwnInline(example.about)),
          ),
        ),
      ),
    ),
  );
}

function theme() {
  const wanted = new URLSearchParams(location.search).get("theme") || localStorage.getItem("theme") || "auto";
  root.dataset.theme = ["dark", "light"].includes(wanted) ? wanted : "auto";
  at("theme").addEventListener("click", () => {
    const dark = root.dataset.theme === "dark" || (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });
}

theme();
composer(at("composer"), at("composer-text"), () => null);
composer(at("thread-composer"), at("thread-text"), () => openThread);
at("open-home").addEventListener("click", () => openHome().catch(tell));
at("close-thread").addEventListener("click", closeThread);
at("open-examples").addEventListener("click", () => { root.dataset.examples = "open"; at("close-examples").focus(); });
at("close-examples").addEventListener("click", () => { delete root.dataset.examples; at("open-examples").focus(); });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || at("modal").open || at("sight").open || at("home").open) return;
  if (root.dataset.examples) at("close-examples").click();
  else if (openThread) closeThread();
});
setInterval(draw, 1000);

const examples = await fetch("examples").then((response) => response.json());
exampleList(examples.groups);
follow((next) => { state = next; draw(); }, (sentence) => { if (sentence) say(sentence); else if (at("connection").textContent.startsWith("The playground has")) say(""); });
