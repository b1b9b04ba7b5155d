// The small part of standard markdown that a message is likely to use.
import { fragment, h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { linkNode } from "./mrkdwn.js";

const INLINE = [
  [/`([^`\n]+)`/, (m) => h("code", {}, m[1])],
  [/\[([^\]\n]+)\]\(([^()\s]+)\)/, (m) => linkNode(m[2], m[1])],
  [/\*\*(?=\S)(.+?)(?<=\S)\*\*/, (m) => h("strong", {}, inline(m[1]))],
  [/~~(?=\S)(.+?)(?<=\S)~~/, (m) => h("s", {}, inline(m[1]))],
  [/(?<![\w*])[*_](?=\S)([^*_\n]+?)(?<=\S)[*_](?![\w*])/, (m) => h("em", {}, inline(m[1]))],
];

function first(text) {
  let best = null;
  for (const [pattern, draw] of INLINE) {
    const found = text.match(pattern);
    if (found && (!best || found.index < best.found.index)) best = { found, draw };
  }
  return best;
}

function inline(text) {
  const out = [];
  let rest = text;
  for (let best = first(rest); best; best = first(rest)) {
    const { found, draw } = best;
    out.push(...withEmoji(rest.slice(0, found.index)), draw(found));
    rest = rest.slice(found.index + found[0].length);
  }
  out.push(...withEmoji(rest));
  return out;
}

function line(text) {
  const heading = text.match(/^(#{1,6})\s+(.*)$/);
  if (heading) return h("div.block-header", { role: "heading", "aria-level": String(heading[1].length + 2) }, inline(heading[2]));
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(text)) return h("hr.divider");
  if (text.startsWith(">")) return h("blockquote", {}, inline(text.replace(/^>\s?/, "")));
  const item = text.match(/^(\s*)([-*+]|\d{1,3}[.)])\s+(.*)$/);
  if (!item) return h("div.lines", {}, inline(text));
  const level = String(Math.min(4, Math.floor(item[1].length / 2)));
  const bullet = /\d/.test(item[2]) ? item[2] : "•";
  return h("div.item", { "data-level": level }, h("span.bullet", {}, `${bullet} `), h("span", {}, inline(item[3])));
}

export function markdown(text) {
  const out = fragment();
  text.split(/```(?:\w+\n)?([\s\S]+?)```/).forEach((piece, i) => {
    if (i % 2) out.append(h("pre", {}, piece.replace(/\n$/, "")));
    else if (piece.trim()) out.append(...piece.replace(/^\n|\n$/g, "").split("\n").map(line));
  });
  return out;
}
