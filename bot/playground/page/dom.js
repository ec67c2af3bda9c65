// The one way in which this page makes elements: text goes in as text nodes, never as markup.

/** An element with properties and children; a child is a node, a string, or nothing. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false && child !== ""));
  return element;
}

/** A link that can only lead to a web page; anything else becomes plain text. */
export function link(address, label) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return document.createTextNode(label || address);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return document.createTextNode(label || address);
  return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", title: url.href }, label || address);
}

const SVG = "http://www.w3.org/2000/svg";

/** A small drawing of one path in a square of 20. */
export function drawing(path, name = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `drawing ${name}`);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const TICK = "M4 10.5l4 4 8-9";

// The bot's own marks are drawn, because not every computer has a font with emoji.
const MARKS = {
  eyes: "M1.5 10S4.5 4.5 10 4.5 18.5 10 18.5 10 15.5 15.5 10 15.5 1.5 10 1.5 10zM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z",
  white_check_mark: TICK,
  grey_question: "M6.5 7.2a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.2-1.5 2.4M10 16.2v.1",
  warning: "M10 2.8L18 16.8H2zM10 8v4.2M10 14.5v.1",
};

/** A reaction's picture: drawn if it is one of the bot's marks, else its character. */
export function reactionMark(name) {
  return MARKS[name] ? drawing(MARKS[name], name) : document.createTextNode(emoji(name));
}

const EMOJI = {
  eyes: "👀", white_check_mark: "✅", heavy_check_mark: "✔️", grey_question: "❔", question: "❓", warning: "⚠️",
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", pray: "🙏", sob: "😭", tada: "🎉", bulb: "💡",
  mag: "🔍", wrench: "🔧", lock: "🔒", key: "🔑", x: "❌", link: "🔗", page_facing_up: "📄", repeat: "🔁",
  arrows_counterclockwise: "🔄", information_source: "ℹ️", hourglass: "⏳", rotating_light: "🚨", see_no_evil: "🙈",
};

/** The character of an emoji's name; an unknown name stays as it was typed. */
export function emoji(name) {
  return EMOJI[name] || `:${name}:`;
}
