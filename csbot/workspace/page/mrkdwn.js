// Slack's mrkdwn, drawn as nodes. Everything that is not one of its few marks is text.
import { fragment, h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { formatDate, fullTime } from "./times.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const WORD = /[\p{L}\p{N}]/u;
const TAGS = { "*": "strong", _: "em", "~": "s" };
const SAFE = new Set(["http:", "https:", "mailto:", "tel:"]);

export function decode(text) {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);
}

export function encode(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The address when it may be followed from this page, else null. */
export function safeUrl(address) {
  try {
    return SAFE.has(new URL(address).protocol) ? address : null;
  } catch {
    return null;
  }
}

export function linkNode(address, label) {
  const target = safeUrl(address);
  if (!target) return fragment(...withEmoji(label));
  return h("a.link", { href: target, target: "_blank", rel: "noopener noreferrer" }, withEmoji(label));
}

export function userChip(id, label, ctx) {
  const known = ctx.userName(id);
  const name = known || label || id;
  const attributes = { "data-user-id": id, title: ctx.userTitle?.(id) || null };
  return h(id === ctx.me ? "span.mention.me" : "span.mention", attributes, `@${name}`);
}

export function channelChip(id, label, ctx) {
  const name = ctx.channelName(id) || label;
  if (!name) return h("span.mention.unknown", {}, "a private channel");
  const open = () => ctx.openChannel?.(id);
  return h("button.mention.channel", { type: "button", "data-channel-id": id, onclick: open }, `#${name}`);
}

export function dateNode(seconds, format, fallback, ctx, address) {
  const text = formatDate(seconds, format, { zone: ctx.zone, now: ctx.now() });
  if (text === null) return document.createTextNode(fallback);
  const date = new Date(Number(seconds) * 1000);
  const attributes = { datetime: date.toISOString(), title: fullTime(date, ctx.zone) };
  const time = h("time", attributes, text);
  const target = address && safeUrl(address);
  return target ? h("a.link", { href: target, target: "_blank", rel: "noopener noreferrer" }, time) : time;
}

function special(target, label, ctx) {
  if (target.startsWith("!date^")) {
    const [, seconds, format, address] = target.split("^");
    return dateNode(seconds, decode(format || ""), label || "", ctx, address);
  }
  if (/^!(here|channel|everyone)$/.test(target)) return h("span.mention.me", {}, `@${target.slice(1)}`);
  if (target.startsWith("!subteam^")) return h("span.mention", {}, label || "@group");
  return document.createTextNode(label || `<${target}>`);
}

function angle(content, ctx) {
  const bar = content.indexOf("|");
  const target = bar < 0 ? content : content.slice(0, bar);
  const label = bar < 0 ? "" : decode(content.slice(bar + 1));
  if (target.startsWith("@")) return userChip(target.slice(1), label, ctx);
  if (target.startsWith("#")) return channelChip(target.slice(1), label, ctx);
  if (target.startsWith("!")) return special(target, label, ctx);
  const address = decode(target);
  if (!safeUrl(address)) return document.createTextNode(decode(`<${content}>`));
  return linkNode(address, label || address.replace(/^(mailto|tel):/, ""));
}

const SKIPS = [/^`[^`\n]+`/, /^<[^<>\n]+>/];

/** Where the mark opened at `start` closes on the same line, or -1. */
function closing(text, start) {
  const mark = text[start];
  for (let i = start + 1; i < text.length && text[i] !== "\n"; i += 1) {
    const rest = text.slice(i);
    const skip = SKIPS.map((pattern) => rest.match(pattern)).find(Boolean);
    if (skip) i += skip[0].length - 1;
    else if (rest[0] === mark && i > start + 1 && !/\s/.test(text[i - 1]) && !WORD.test(text[i + 1] || " ")) return i;
  }
  return -1;
}

function opens(text, i) {
  const next = text[i + 1] || " ";
  return !WORD.test(text[i - 1] || " ") && text[i - 1] !== text[i] && next !== text[i] && !/\s/.test(next);
}

/** One construct at `i` as [node, length], or null when the character is plain text. */
function construct(text, i, ctx, options) {
  const rest = text.slice(i);
  if (text[i] === "`") {
    const code = rest.match(/^`([^`\n]+)`/);
    return code && [h("code", {}, decode(code[1])), code[0].length];
  }
  if (text[i] === "<") {
    const found = rest.match(/^<([^<>\n]+)>/);
    return found && [angle(found[1], ctx), found[0].length];
  }
  if (TAGS[text[i]] && opens(text, i)) {
    const end = closing(text, i);
    if (end < 0) return null;
    return [h(TAGS[text[i]], {}, inline(text.slice(i + 1, end), ctx, options)), end - i + 1];
  }
  if (text[i] === "h" && !options.verbatim && !WORD.test(text[i - 1] || " ")) return bareLink(rest);
  return null;
}

function bareLink(rest) {
  const found = rest.match(/^https?:\/\/[^\s<>|*~]+/);
  if (!found) return null;
  const address = decode(found[0]).replace(/[.,;:!?)'"]+$/, "");
  return [linkNode(address, address), encode(address).length];
}

const STARTS = /[`<*_~h]/g;

function inline(text, ctx, options) {
  const out = [];
  let plainFrom = 0;
  STARTS.lastIndex = 0;
  for (let found = STARTS.exec(text); found; found = STARTS.exec(text)) {
    const at = found.index;
    const piece = construct(text, at, ctx, options);
    if (piece) {
      out.push(...withEmoji(decode(text.slice(plainFrom, at))), piece[0]);
      plainFrom = at + piece[1];
    }
    STARTS.lastIndex = piece ? plainFrom : at + 1;
  }
  out.push(...withEmoji(decode(text.slice(plainFrom))));
  return out;
}

const QUOTE = /^(?:&gt;|>) ?/;
const ITEM = /^(\s*)([•◦▪]|-|\d{1,3}[.)]) +(?=\S)/;

function kindOf(line) {
  if (QUOTE.test(line)) return "quote";
  return ITEM.test(line) ? "item" : "text";
}

function grouped(lines) {
  const groups = [];
  for (const line of lines) {
    const kind = kindOf(line);
    const last = groups.at(-1);
    if (last && last.kind === kind && kind !== "item") last.lines.push(line);
    else groups.push({ kind, lines: [line] });
  }
  return groups;
}

function drawGroup({ kind, lines }, ctx, options) {
  if (kind === "quote") {
    const text = lines.map((line) => line.replace(QUOTE, "")).join("\n");
    return h("blockquote", {}, inline(text, ctx, options));
  }
  if (kind === "item") {
    const [whole, indent, marker] = lines[0].match(ITEM);
    const level = String(Math.min(4, Math.floor(indent.length / 2)));
    const body = h("span", {}, inline(lines[0].slice(whole.length), ctx, options));
    return h("div.item", { "data-level": level }, h("span.bullet", {}, `${marker} `), body);
  }
  return h("div.lines", {}, inline(lines.join("\n"), ctx, options));
}

function paragraphs(text, ctx, options) {
  const long = text.match(/^((?:.*\n)*?)(?:&gt;|>){3} ?([\s\S]*)$/);
  if (long) {
    const before = long[1] ? paragraphs(long[1].replace(/\n$/, ""), ctx, options) : [];
    return [...before, h("blockquote", {}, inline(long[2], ctx, options))];
  }
  return grouped(text.split("\n")).map((group) => drawGroup(group, ctx, options));
}

/** A mrkdwn text as nodes; `ctx` knows names, zone and now. */
export function mrkdwn(text, ctx, options = {}) {
  const out = fragment();
  const pieces = String(text ?? "").split(/```([\s\S]+?)```/);
  pieces.forEach((piece, i) => {
    if (i % 2) out.append(h("pre", {}, decode(piece.replace(/^\n|\n$/g, ""))));
    else {
      const trimmed = piece.replace(i ? /^\n/ : /^$/, "").replace(i < pieces.length - 1 ? /\n$/ : /$^/, "");
      if (trimmed) out.append(...paragraphs(trimmed, ctx, options));
    }
  });
  return out;
}

/** A text object of either type. */
export function textObject(object, ctx) {
  if (!object) return fragment();
  if (typeof object === "string") return fragment(object);
  if (object.type === "mrkdwn") return mrkdwn(object.text, ctx, { verbatim: object.verbatim === true });
  return fragment(...withEmoji(object.text || "", object.emoji !== false));
}

/** The plain words of a text object, for labels that only hold a string. */
export function plainWords(object) {
  return typeof object === "string" ? object : decode(object?.text || "");
}
