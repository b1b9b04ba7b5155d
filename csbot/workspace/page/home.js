// The App Home of csbot.
import { h, replace } from "./dom.js";
import { drawBlocks } from "./blocks.js";
import { contextKey, currentContext } from "./store.js";
import { Surface } from "./surface.js";

let drawn = "";
const touched = new Map();

export function forgetHome() {
  drawn = "";
  touched.clear();
}

export function showHome(root, view, calls) {
  const same = JSON.stringify([view, contextKey()]);
  if (same === drawn) return;
  drawn = same;
  if (!view) {
    replace(root, h("div.home-empty", {}, h("h2", {}, "Nothing here yet"), h("p", {}, "csbot is preparing this page. It appears by itself.")));
    return;
  }
  const held = root.contains(document.activeElement) ? document.activeElement.dataset.actionId : null;
  const surface = new Surface({ kind: "home", ctx: currentContext(), scope: { view_id: view.id }, act: calls.act, suggest: calls.suggest, touched });
  replace(root, h("div.home-view", { "data-view-id": view.id, "data-testid": "home-view" }, drawBlocks(view.blocks, surface)));
  if (held) [...root.querySelectorAll("[data-action-id]")].find((n) => n.dataset.actionId === held)?.focus({ preventScroll: true });
}
