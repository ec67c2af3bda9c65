// A link of the example world leads to nothing real, so what it means is shown here.

import { make } from "./dom.js";

const dialog = document.getElementById("sight");

function lines(sight) {
  return sight.text.split("\n").map((text, index) =>
    make("span", { class: index + 1 === sight.line ? "line here" : "line" }, make("span", { class: "number" }, String(index + 1)), text, "\n"),
  );
}

async function show(anchor) {
  const sight = await fetch(`look?address=${encodeURIComponent(anchor.href)}`).then((response) => response.json()).catch(() => null);
  const shut = () => { dialog.close(); anchor.focus(); };
  dialog.replaceChildren(
    make("header", {}, make("h2", { id: "sight-title" }, sight ? sight.title : "A link out of the example world"), make("button", { type: "button", class: "plain", "aria-label": "Close", onclick: shut }, "✕")),
    make(
      "div",
      { class: "view-body" },
      make("p", { class: "note" }, sight ? "In a real channel this opens " : "Nothing of the example stands behind this address: ", make("code", {}, anchor.href)),
      sight ? make("pre", { class: "numbered", tabindex: "0" }, lines(sight)) : make("p", {}, make("a", { href: anchor.href, target: "_blank", rel: "noopener noreferrer", "data-out": true }, "Open it in the browser"), ", which leaves this page."),
    ),
  );
  dialog.showModal();
  dialog.querySelector(".here")?.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const anchor = event.target.closest("a[target=_blank]");
  if (!anchor || "out" in anchor.dataset) return;
  event.preventDefault();
  show(anchor);
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
