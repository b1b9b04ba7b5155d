// Elements are built node by node. Nothing in this page ever parses text as markup:
// whatever a message says ends up in a text node or in an attribute set by name.

const SVG_NS = "http://www.w3.org/2000/svg";

function applyAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "style") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
  else if (name === "value" && "value" in node) node.value = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

function appendAll(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** `h("div.a.b", {attributes}, ...children)`; strings become text nodes. */
export function h(spec, attributes, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes || {})) applyAttribute(node, name, value);
  return appendAll(node, children);
}

/** The same for SVG, where class names are an attribute. */
export function s(spec, attributes, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElementNS(SVG_NS, tag);
  if (classes.length) node.setAttribute("class", classes.join(" "));
  for (const [name, value] of Object.entries(attributes || {})) applyAttribute(node, name, value);
  return appendAll(node, children);
}

export function fragment(...children) {
  return appendAll(document.createDocumentFragment(), children);
}

export function replace(node, ...children) {
  node.replaceChildren();
  return appendAll(node, children);
}

const ICONS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z",
  menu: "M4 6h16M4 12h16M4 18h16",
  close: "M6 6l12 12M18 6 6 18",
  send: "M5 12h13M12 5l7 7-7 7",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  clock: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  chevron: "M6 9l6 6 6-6",
  left: "M15 6l-6 6 6 6",
  right: "M9 6l6 6-6 6",
  thread: "M4 5h16v11H10l-4 4v-4H4z",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  warn: "M12 4 2.5 20h19zM12 10v4M12 17h.01",
  compass: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM15.5 8.5l-2 5-5 2 2-5z",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  up: "M7 14l5-5 5 5",
  down: "M7 10l5 5 5-5",
  sort: "M8 10l4-4 4 4M8 14l4 4 4-4",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9h.01",
  shared: "M8 12h8M9 8H7a4 4 0 0 0 0 8h2M15 8h2a4 4 0 0 1 0 8h-2",
};

export function icon(name, size = 18) {
  const path = s("path", { d: ICONS[name] || ICONS.dots });
  const attributes = { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" };
  return s("svg.icon", attributes, path);
}

export function spinner() {
  return h("span.spinner", { "aria-hidden": "true" });
}

/** Runs `work` while the control shows that it is working; a second press does nothing. */
export async function busyWhile(control, work) {
  if (control.getAttribute("aria-busy") === "true") return undefined;
  control.setAttribute("aria-busy", "true");
  control.setAttribute("aria-disabled", "true");
  control.classList.add("busy");
  try {
    return await work();
  } finally {
    control.removeAttribute("aria-busy");
    control.removeAttribute("aria-disabled");
    control.classList.remove("busy");
  }
}
