// The frame of every dialog: the browser's own element gives focus trap, Esc and an inert page.
import { h, icon } from "./dom.js";
import { keepToastsOnTop } from "./toast.js";

let serial = 0;

/** Opens a dialog; `dispose()` removes it and gives the focus back. */
export function openDialog({ title, body, foot, small = false, testid, onCancel, attributes = {} }) {
  const before = document.activeElement;
  const id = `dialog-title-${(serial += 1)}`;
  const close = h("button.icon-button", { type: "button", "aria-label": "Close", "data-testid": "dialog-close", onclick: () => onCancel() }, icon("close"));
  const heading = h("h2", { id }, title);
  const head = h("header.dialog-head", {}, heading, close);
  const content = h("div.dialog-body", {}, body);
  const feet = h("footer.dialog-foot", {}, foot);
  const node = h(`dialog.dialog${small ? ".small" : ""}`, {
    role: "dialog", "aria-modal": "true", "aria-labelledby": id, "data-testid": testid || null, ...attributes,
  }, head, content, feet);
  node.addEventListener("cancel", (event) => {
    event.preventDefault();
    onCancel();
  });
  document.body.append(node);
  node.showModal();
  keepToastsOnTop();

  function dispose() {
    if (!node.isConnected) return;
    node.close();
    node.remove();
    keepToastsOnTop();
    if (before?.isConnected) before.focus();
  }
  return { node, head, heading, content, feet, dispose };
}
