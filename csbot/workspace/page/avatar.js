import { h, s } from "./dom.js";
import { nameOf } from "./store.js";

const COLOURS = ["#2f6f9f", "#8a4f9e", "#a4552a", "#2d7a55", "#9a3f5c", "#4f5fb0", "#6b6a2c", "#1f7a80"];

function colour(user) {
  const wanted = user?.avatar_color || "";
  if (/^#[0-9a-f]{6}$/i.test(wanted)) return wanted;
  const sum = [...(user?.id || "?")].reduce((total, c) => total + c.codePointAt(0), 0);
  return COLOURS[sum % COLOURS.length];
}

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return words.length > 1 ? words[0][0] + words.at(-1)[0] : name.slice(0, 2);
}

function appMark(size) {
  const wave = s("path", { d: "M6 13.5l3.2 3.2L18 8", fill: "none", stroke: "currentColor", "stroke-width": "2.6", "stroke-linecap": "round", "stroke-linejoin": "round" });
  return s("svg", { viewBox: "0 0 24 24", width: size * 0.72, height: size * 0.72, "aria-hidden": "true" }, wave);
}

export function avatar(user, size = 36) {
  const style = { width: `${size}px`, height: `${size}px`, "font-size": `${Math.round(size * 0.38)}px` };
  if (user?.is_bot) return h("span.avatar.app", { style, "aria-hidden": "true" }, appMark(size));
  return h("span.avatar", { style: { ...style, background: colour(user) }, "aria-hidden": "true" }, initials(nameOf(user) || "?").toUpperCase());
}
