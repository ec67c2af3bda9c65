// Slack's mrkdwn as nodes: https://docs.slack.dev/messaging/formatting-message-text

import { emoji, link, make } from "./dom.js";

const INLINE = /`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])|(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])|(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])|(?<![\w:]):([a-z0-9_+-]+):(?![\w:])|(https?:\/\/[^\s<>]+)/;

function plain(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function bracketed(body, names) {
  const [head, label] = body.split(/\|(.*)/s);
  if (head.startsWith("@")) return make("span", { class: "mention" }, `@${label || names(head.slice(1))}`);
  if (head.startsWith("#")) return make("span", { class: "mention" }, `#${label || "ci-help"}`);
  if (head.startsWith("!")) return make("span", { class: "mention" }, `@${(label || head.slice(1)).replace(/^@/, "")}`);
  return link(plain(head), label && plain(label));
}

function inline(text, names) {
  const nodes = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    if (found.index) nodes.push(plain(rest.slice(0, found.index)));
    const [whole, code, angle, bold, italic, strike, icon, address] = found;
    if (code !== undefined) nodes.push(make("code", {}, plain(code)));
    else if (angle !== undefined) nodes.push(bracketed(angle, names));
    else if (bold !== undefined) nodes.push(make("strong", {}, ...inline(bold, names)));
    else if (italic !== undefined) nodes.push(make("em", {}, ...inline(italic, names)));
    else if (strike !== undefined) nodes.push(make("s", {}, ...inline(strike, names)));
    else if (icon !== undefined) nodes.push(emoji(icon));
    else nodes.push(link(plain(address)));
    rest = rest.slice(found.index + whole.length);
  }
  if (rest) nodes.push(plain(rest));
  return nodes;
}

function lines(text, names) {
  const parts = [];
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    const last = parts.at(-1);
    const tag = quoted ? "blockquote" : "p";
    const nodes = inline(quoted ? quoted[1] : line, names);
    if (last && last.tag === tag) last.nodes.push(make("br"), ...nodes);
    else parts.push({ tag, nodes });
  }
  return parts.filter((part) => part.nodes.length).map((part) => make(part.tag, {}, ...part.nodes));
}

/** `text` as block-level nodes. `names` turns a user's id into a name. */
export function mrkdwn(text, names = (id) => id) {
  const fragment = document.createDocumentFragment();
  String(text).split("```").forEach((part, index, all) => {
    const fenced = index % 2 === 1 && index < all.length - 1;
    if (fenced) fragment.append(make("pre", { tabindex: "0" }, plain(part.replace(/^\n|\n$/g, ""))));
    else if (part.trim()) fragment.append(...lines(part.replace(/^\n|\n$/g, ""), names));
  });
  return fragment;
}

/** The same for one line: no paragraphs around it. */
export function mrkdwnInline(text, names = (id) => id) {
  return inline(String(text), names);
}
