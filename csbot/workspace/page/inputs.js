// The input block: label, field, hint and the place where its error appears.
import { h, icon } from "./dom.js";
import { element } from "./elements.js";
import { textObject } from "./mrkdwn.js";

let serial = 0;
const GROUPS = new Set(["checkboxes", "radio_buttons"]);

export function inputBlock(block, surface) {
  const id = `field-${(serial += 1)}`;
  const spec = block.element || {};
  const optional = block.optional && h("span.optional", {}, " (optional)");
  const words = [textObject(block.label, surface.ctx), optional];
  const label = GROUPS.has(spec.type)
    ? h("div.field-label", { id: `${id}-label` }, words)
    : h("label.field-label", { id: `${id}-label`, for: id }, words);
  const hint = block.hint && h("div.field-hint", { id: `${id}-hint` }, textObject(block.hint, surface.ctx));
  const error = h("div.field-error", { id: `${id}-error`, "data-testid": "field-error", hidden: true });
  const field = element(spec, block, surface, {
    fieldId: id, labelId: `${id}-label`, label: block.label?.text, required: !block.optional,
    describedBy: [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" "),
    dispatch: block.dispatch_action === true,
  });
  return h("div.input-block", { "data-input": block.block_id || "" }, label, field, hint, error);
}

/** Shows or clears the error of one input block; returns the field so that it can take the focus. */
export function showFieldError(root, blockId, text) {
  const block = [...root.querySelectorAll("[data-input]")].find((node) => node.dataset.input === blockId);
  if (!block) return null;
  const error = block.querySelector(".field-error");
  error.hidden = !text;
  error.replaceChildren(...(text ? [icon("warn", 14), document.createTextNode(` ${text}`)] : []));
  const field = block.querySelector("[data-action-id]");
  block.classList.toggle("invalid", Boolean(text));
  if (text) field?.setAttribute("aria-invalid", "true");
  else field?.removeAttribute("aria-invalid");
  return field;
}
