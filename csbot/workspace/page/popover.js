// Small floating surfaces. They live inside the open dialog, if there is one, because
// everything outside a modal dialog is inert.
import { h } from "./dom.js";

let openOne = null;

export function topLayer() {
  const dialogs = document.querySelectorAll("dialog[open]");
  return dialogs[dialogs.length - 1] || document.body;
}

function place(anchor, node, align) {
  const box = anchor.getBoundingClientRect();
  const width = node.offsetWidth;
  const height = node.offsetHeight;
  const below = box.bottom + 6 + height <= innerHeight || box.top < height + 10;
  const top = below ? Math.min(box.bottom + 6, innerHeight - height - 8) : box.top - height - 6;
  const wanted = align === "end" ? box.right - width : box.left;
  node.style.top = `${Math.max(8, top)}px`;
  node.style.left = `${Math.max(8, Math.min(wanted, innerWidth - width - 8))}px`;
}

/** Shows `node` next to `anchor`; returns the function that closes it. */
export function popover(anchor, node, { align = "start", onClose, sameWidth = false } = {}) {
  openOne?.();
  node.classList.add("popover");
  if (sameWidth) node.style.minWidth = `${anchor.offsetWidth}px`;
  topLayer().append(node);
  place(anchor, node, align);

  const outside = (event) => {
    if (!node.contains(event.target) && !anchor.contains(event.target)) close();
  };
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close(true);
  };
  const moved = (event) => {
    if (event.type === "resize" || !node.contains(event.target)) place(anchor, node, align);
  };

  function close(refocus = false) {
    if (openOne !== close) return;
    openOne = null;
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", escape, true);
    removeEventListener("scroll", moved, true);
    removeEventListener("resize", moved);
    node.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (refocus) anchor.focus();
    onClose?.();
  }

  openOne = close;
  anchor.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", escape, true);
  addEventListener("scroll", moved, true);
  addEventListener("resize", moved);
  return { close, place: () => place(anchor, node, align) };
}

function step(items, from, key) {
  if (key === "Home") return 0;
  if (key === "End") return items.length - 1;
  return (from + (key === "ArrowUp" ? -1 : 1) + items.length) % items.length;
}

/** A menu of `{label, pick, attributes, current}` under a button. */
export function menu(anchor, entries, { align = "end", label } = {}) {
  const items = entries.map((entry) => {
    const attributes = {
      type: "button", role: entry.current === undefined ? "menuitem" : "menuitemradio",
      "aria-checked": entry.current === undefined ? null : String(entry.current), tabindex: "-1",
      onclick: () => {
        shown.close(true);
        entry.pick();
      },
      ...entry.attributes,
    };
    return h("button.menu-item", attributes, entry.label);
  });
  const node = h("div.menu", { role: "menu", "aria-label": label || null }, items);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Tab") shown.close(true);
    if (!["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    items[step(items, items.indexOf(document.activeElement), event.key)].focus();
  });
  const shown = popover(anchor, node, { align });
  items[Math.max(0, entries.findIndex((entry) => entry.current))]?.focus();
  return shown;
}
