// Short notices; errors stay until they are read or a while has passed.
import { h, icon } from "./dom.js";
import { topLayer } from "./popover.js";

const STAY_MS = { error: 9000, info: 4500 };
const region = h("div.toasts", { "aria-live": "assertive", "data-testid": "toasts" });

/** Everything outside an open dialog is inert, so the notices move into it. */
export function keepToastsOnTop() {
  const top = topLayer();
  if (region.parentElement !== top) top.append(region);
}

/** `show`, when given, is what the button *Show* does. */
export function toast(text, kind = "info", show = null) {
  keepToastsOnTop();
  const close = () => node.remove();
  const node = h(`div.toast.${kind}`, { role: kind === "error" ? "alert" : "status", "data-testid": `toast-${kind}` },
    icon(kind === "error" ? "warn" : "check", 18), h("span", {}, text),
    show && h("button.toast-show", { type: "button", "data-testid": "toast-show", onclick: () => { close(); show(); } }, "Show"),
    h("button.icon-button", { type: "button", "aria-label": "Dismiss", onclick: close }, icon("close", 14)));
  region.append(node);
  while (region.childElementCount > 3) region.firstElementChild.remove();
  setTimeout(close, show ? STAY_MS.error : STAY_MS[kind] || STAY_MS.info);
}
