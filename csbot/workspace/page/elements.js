// Block elements: what a person can press, choose or type into.
import { busyWhile, h, icon } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { confirmed } from "./confirm.js";
import { menu } from "./popover.js";
import { plainWords, safeUrl, textObject } from "./mrkdwn.js";
import { SELECTS } from "./selects.js";
import { FIELDS } from "./fields.js";

function identity(block, element) {
  return { "data-action-id": element.action_id || "", "data-block-id": block.block_id || "" };
}

async function press(control, surface, block, element, payload) {
  if (element.confirm && !(await confirmed(element.confirm, element.style))) return;
  await busyWhile(control, () => surface.act(block, element, payload));
}

function follow(address) {
  const target = address && safeUrl(address);
  if (target) window.open(target, "_blank", "noopener,noreferrer");
}

function button(element, block, surface) {
  const style = ["primary", "danger"].includes(element.style) ? `.${element.style}` : "";
  const node = h(`button.btn${style}`, {
    type: "button", ...identity(block, element), "data-value": element.value ?? null,
    "aria-label": element.accessibility_label || null,
    onclick: () => {
      follow(element.url);
      press(node, surface, block, element, { value: element.value });
    },
  }, h("span.btn-label", {}, textObject(element.text, surface.ctx)));
  return node;
}

function overflow(element, block, surface) {
  const choose = (option) => {
    follow(option.url);
    press(node, surface, block, element, { selected_option: option });
  };
  const open = () => menu(node, (element.options || []).map((option) => ({
    label: h("span", {}, withEmoji(plainWords(option.text)), option.description && h("small", {}, plainWords(option.description))),
    attributes: { "data-value": option.value ?? "", ...identity(block, element) },
    pick: () => choose(option),
  })), { label: "More actions" });
  const node = h("button.btn.overflow", {
    type: "button", ...identity(block, element), "aria-haspopup": "menu", "aria-expanded": "false",
    "aria-label": element.accessibility_label || "More actions", title: "More actions",
    onclick: () => open(),
  }, icon("dots", 18));
  return node;
}

function image(element) {
  return imageNode(element.image_url || element.slack_file?.url, element.alt_text);
}

/** Pictures of other hosts are not fetched: the local workspace makes no calls to the outside. */
export function imageNode(address, alt, large = false) {
  const missing = () => h("span.image-missing", { role: "img", "aria-label": alt || "image" }, icon("image", 16), large && ` ${alt || "image"}`);
  if (!address || !isOwn(address)) return missing();
  const node = h(large ? "img.picture" : "img.thumb", { src: address, alt: alt || "", loading: "lazy" });
  node.addEventListener("error", () => node.replaceWith(missing()));
  return node;
}

function isOwn(address) {
  try {
    return new URL(address, location.href).origin === location.origin || address.startsWith("data:image/");
  } catch {
    return false;
  }
}

const DRAW = { button, overflow, image, ...SELECTS, ...FIELDS };

/** True when the element keeps a value and belongs into the surface's state. */
export function element(spec, block, surface, options = {}) {
  const draw = DRAW[spec?.type];
  if (!draw) return h("span.note", {}, `[${spec?.type || "element"}]`);
  const onChange = (control, payload) => {
    if (options.dispatch === false) return undefined;
    return press(control, surface, block, spec, payload);
  };
  return draw(spec, block, surface, { ...options, identity: identity(block, spec), onChange });
}
