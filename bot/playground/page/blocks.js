// Block Kit as nodes: https://docs.slack.dev/reference/block-kit/blocks
// What is not known here is shown as a note, so that nothing is silently left out.

import { emoji, link, make } from "./dom.js";
import { mrkdwn, mrkdwnInline } from "./mrkdwn.js";

/** A text object; `wide` texts may hold paragraphs, quotes and fences. */
function textOf(object, names, wide = true) {
  if (!object) return [];
  if (object.type === "mrkdwn") return wide ? [mrkdwn(object.text, names)] : mrkdwnInline(object.text, names);
  const text = object.emoji === false ? object.text : object.text.replace(/:([a-z0-9_+-]+):/g, (all, name) => emoji(name));
  return wide ? [make("p", { class: "plain-text" }, text)] : [text];
}

function leaf(item, names) {
  const styles = item.style || {};
  let node;
  if (item.type === "text") node = document.createTextNode(item.text);
  else if (item.type === "link") node = link(item.url, item.text);
  else if (item.type === "emoji") node = document.createTextNode(emoji(item.name));
  else if (item.type === "user") node = make("span", { class: "mention" }, `@${names(item.user_id)}`);
  else if (item.type === "channel") node = make("span", { class: "mention" }, "#ci-help");
  else if (item.type === "broadcast") node = make("span", { class: "mention" }, `@${item.range}`);
  else node = document.createTextNode(item.text || item.fallback || "");
  if (styles.code) node = make("code", {}, node);
  if (styles.strike) node = make("s", {}, node);
  if (styles.italic) node = make("em", {}, node);
  if (styles.bold) node = make("strong", {}, node);
  return node;
}

function lists(elements, names) {
  // Slack sends nested lists as a flat row of lists with an indent each.
  return elements.map((list) =>
    make(
      list.style === "ordered" ? "ol" : "ul",
      { class: `indent-${Math.min(list.indent || 0, 4)}`, start: list.style === "ordered" && list.offset ? list.offset + 1 : null },
      list.elements.map((item) => make("li", {}, item.elements.map((child) => leaf(child, names)))),
    ),
  );
}

function richText(block, names) {
  const box = make("div", { class: "rich" });
  for (const part of block.elements) {
    const children = () => part.elements.map((item) => leaf(item, names));
    if (part.type === "rich_text_section") box.append(make("p", {}, children()));
    else if (part.type === "rich_text_preformatted") box.append(make("pre", { tabindex: "0" }, children()));
    else if (part.type === "rich_text_quote") box.append(make("blockquote", {}, children()));
    else if (part.type === "rich_text_list") box.append(...lists([part], names));
    else box.append(unknown(part.type));
  }
  return box;
}

function unknown(type) {
  return make("p", { class: "unknown" }, `This page cannot show ${type || "this element"}.`);
}

function button(element, block, act) {
  const label = textOf(element.text, undefined, false);
  const look = `button ${element.style || ""}`;
  if (element.url) {
    const anchor = make("a", { class: look, href: "#" }, label);
    const target = link(element.url, "");
    if (target.href) Object.assign(anchor, { href: target.href, target: "_blank", rel: "noopener noreferrer" });
    anchor.addEventListener("click", () => act(block, element, {}));
    return anchor;
  }
  return make(
    "button",
    {
      type: "button",
      class: look,
      "aria-label": element.accessibility_label,
      onclick: () => act(block, element, element.value === undefined ? {} : { value: element.value }),
    },
    label,
  );
}

function select(element, block, act) {
  const options = (element.options || []).map((option, index) =>
    make("option", { value: index, selected: option.value === element.initial_option?.value }, option.text.text),
  );
  const first = make("option", { value: "", disabled: true, selected: !element.initial_option }, element.placeholder?.text || "Choose");
  return make(
    "select",
    {
      "aria-label": element.placeholder?.text || "Choose",
      onchange: (event) => act(block, element, { selected_option: element.options[Number(event.target.value)] }),
    },
    first,
    options,
  );
}

function feedback(element, block, act) {
  const one = (choice, mark) =>
    make(
      "button",
      {
        type: "button",
        class: "button small",
        "aria-label": choice.accessibility_label || choice.text.text,
        onclick: () => act(block, element, { value: choice.value }),
      },
      `${mark} ${choice.text.text}`,
    );
  return make("span", { class: "feedback" }, one(element.positive_button, "👍"), one(element.negative_button, "👎"));
}

function control(element, block, act) {
  if (element.type === "button") return button(element, block, act);
  if (element.type === "static_select") return select(element, block, act);
  if (element.type === "feedback_buttons") return feedback(element, block, act);
  return unknown(element.type);
}

function section(block, names, act) {
  const body = make("div", { class: "section-text" }, textOf(block.text, names));
  if (block.fields) body.append(make("div", { class: "fields" }, block.fields.map((field) => make("div", {}, textOf(field, names)))));
  return make("div", { class: "section" }, body, block.accessory && control(block.accessory, block, act));
}

function context(block, names) {
  return make(
    "div",
    { class: "context" },
    block.elements.map((item) => make("span", {}, item.type === "image" ? item.alt_text : textOf(item, names, false))),
  );
}

/** A field that asks the app for its options, as somebody types. */
function external(element, block, shared, suggest) {
  const list = make("datalist", { id: `${shared.id}-options` });
  const field = make("input", { ...shared, type: "text", autocomplete: "off", list: list.id });
  let options = [];
  field.addEventListener("input", async () => {
    if (field.value.length < (element.min_query_length ?? 3)) return;
    options = await suggest(block, element, field.value);
    list.replaceChildren(...options.map((option) => make("option", { value: option.text.text })));
  });
  field.chosen = () => options.find((option) => option.text.text === field.value) || null;
  return [field, list];
}

function input(block, errors, act, suggest) {
  const element = block.element;
  const id = `input-${block.block_id}`;
  const shared = { id, name: block.block_id, "data-action": element.action_id, "data-type": element.type, placeholder: element.placeholder?.text };
  let field, list;
  if (element.type === "plain_text_input" && element.multiline) field = make("textarea", { ...shared, rows: 6, maxlength: element.max_length, spellcheck: "false" }, element.initial_value);
  else if (element.type === "plain_text_input") field = make("input", { ...shared, type: "text", maxlength: element.max_length, value: element.initial_value, autocomplete: "off" });
  else if (element.type === "static_select") {
    field = select(element, block, () => act(block, element, {}));
    for (const [name, value] of Object.entries(shared)) if (value) field.setAttribute(name, value);
  } else if (element.type === "external_select") {
    [field, list] = external(element, block, shared, suggest);
  } else if (element.type === "conversations_select") {
    // The page has one channel.
    field = make("select", shared, make("option", { value: "C0CIHELP01", selected: true }, "#ci-help"));
  } else field = unknown(element.type);
  const error = errors[block.block_id];
  if (error) field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${id}-note`);
  return make(
    "div",
    { class: error ? "input wrong" : "input" },
    make("label", { for: id }, block.label.text, block.optional && make("span", { class: "optional" }, " (optional)")),
    field,
    list,
    make("p", { class: "note", id: `${id}-note` }, error || block.hint?.text),
  );
}

/** Blocks as one element. `names`: id to name; `act(block, element, chosen)`: somebody used a control. */
export function render(blocks, { names, act, suggest, errors = {} }) {
  const box = make("div", { class: "blocks" });
  for (const block of blocks) {
    if (block.type === "header") box.append(make("h3", {}, textOf(block.text, names, false)));
    else if (block.type === "section") box.append(section(block, names, act));
    else if (block.type === "rich_text") box.append(richText(block, names));
    else if (block.type === "context") box.append(context(block, names));
    else if (block.type === "actions") box.append(make("div", { class: "actions" }, block.elements.map((item) => control(item, block, act))));
    else if (block.type === "context_actions") box.append(make("div", { class: "actions" }, block.elements.map((item) => control(item, block, act))));
    else if (block.type === "divider") box.append(make("hr"));
    else if (block.type === "input") box.append(input(block, errors, act, suggest));
    else if (block.type === "markdown") box.append(make("pre", { tabindex: "0" }, block.text));
    else box.append(unknown(block.type));
  }
  return box;
}
