// The Home tab that the bot published, as a dialog: on this page the channel is all there is besides.

import { render } from "./blocks.js";
import { make } from "./dom.js";
import { send } from "./wire.js";

const dialog = document.getElementById("home");
let shown = null;

/** Look at the Home tab; the bot publishes it anew. */
export async function openHome() {
  await send("home", {});
  if (!dialog.open) dialog.showModal();
}

/** Show `view`, the published tab (null: none yet). Redraws only what changed. */
export function showHome(view, { names, act }) {
  const key = view && JSON.stringify([view.id, view.hash]);
  if (key === shown) return;
  shown = key;
  const cross = make("button", { type: "button", class: "plain", "aria-label": "Close", onclick: () => dialog.close() }, "✕");
  const body = render(view ? view.blocks : [], { names, act: (block, element, chosen) => { dialog.close(); act(null, block, element, chosen, view); } });
  dialog.replaceChildren(make("header", {}, make("h2", { id: "home-title" }, "Rolecall: Home"), cross), make("div", { class: "view-body", tabindex: "-1" }, body));
}

dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
