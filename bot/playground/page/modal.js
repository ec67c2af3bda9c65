// A view opened by the bot, as a dialog.

import { render } from "./blocks.js";
import { make } from "./dom.js";
import { send } from "./wire.js";

const dialog = document.getElementById("modal");
let shown = null;

/** The values of all inputs, as `view.state.values` has them. */
function values() {
  const found = {};
  for (const field of dialog.querySelectorAll("[data-action]")) {
    if (field.chosen) {
      found[field.name] = { [field.dataset.action]: { type: field.dataset.type, selected_option: field.chosen() } };
      continue;
    }
    const kept = field.dataset.type === "conversations_select" ? "selected_conversation" : "value";
    found[field.name] = { [field.dataset.action]: { type: field.dataset.type, [kept]: field.value || null } };
  }
  return found;
}

async function suggest(view, block, element, typed) {
  const asked = { view_id: view.id, block_id: block.block_id, action_id: element.action_id, typed };
  return (await send("suggest", asked).catch(() => ({ options: [] }))).options;
}

async function close() {
  if (shown) await send("close", { view_id: shown.id }).catch(() => {});
}

/** Show `view` (null: none). Redraws only when the view or its errors changed, so typing is kept. */
export function showView(view, { names, act, say }) {
  const key = view && JSON.stringify([view.id, view.hash, view.errors]);
  if (key === (shown && shown.key)) return;
  const typed = shown && view && shown.id === view.id ? values() : {};
  shown = view && { id: view.id, key };
  if (!view) {
    dialog.close();
    dialog.replaceChildren();
    return;
  }
  const title = make("h2", { id: "modal-title" }, view.title?.text || "");
  const cross = make("button", { type: "button", class: "plain", "aria-label": "Close", onclick: close }, "✕");
  const body = render(view.blocks, { names, errors: view.errors || {}, suggest: (block, element, typed) => suggest(view, block, element, typed), act: (block, element, chosen) => act(null, block, element, chosen, view) });
  const foot = make(
    "footer",
    {},
    make("button", { type: "button", class: "button", onclick: close }, view.close?.text || "Close"),
    view.submit && make("button", { type: "submit", class: "button primary" }, view.submit.text),
  );
  const form = make("form", { method: "dialog" }, make("header", {}, title, cross), make("div", { class: "view-body", tabindex: "-1" }, body), foot);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await send("submit", { view_id: view.id, values: values() }).catch((error) => say(error.message));
  });
  dialog.replaceChildren(form);
  for (const [block, actions] of Object.entries(typed)) {
    const field = dialog.querySelector(`[name="${CSS.escape(block)}"]`);
    const value = Object.values(actions)[0].value;
    if (field && value) field.value = value;
  }
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("[aria-invalid], input, textarea, select") || dialog.querySelector("footer button")).focus();
}

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  close();
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) close();
});
