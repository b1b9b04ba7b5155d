// rich_text blocks: already a tree, so nothing in a text element is parsed again.
import { h } from "./dom.js";
import { emojiByName, withEmoji } from "./emoji.js";
import { channelChip, dateNode, linkNode, userChip } from "./mrkdwn.js";

const STYLES = [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"], ["underline", "u"]];

function styled(node, style) {
  let out = node;
  for (const [name, tag] of STYLES) if (style?.[name]) out = h(tag, {}, out);
  return out;
}

function emoji(element) {
  const known = emojiByName(element.name);
  if (known) return known;
  const points = (element.unicode || "").split("-").map((hex) => parseInt(hex, 16));
  const valid = points.length && points.every((p) => p > 0 && p <= 0x10ffff);
  return h("span.emoji", {}, valid ? String.fromCodePoint(...points) : `:${element.name}:`);
}

const INLINE = {
  text: (e) => h("span", {}, withEmoji(e.text || "", false)),
  link: (e) => linkNode(e.url, e.text || e.url),
  user: (e, ctx) => userChip(e.user_id, "", ctx),
  channel: (e, ctx) => channelChip(e.channel_id, "", ctx),
  usergroup: (e) => h("span.mention", {}, "@group"),
  broadcast: (e) => h("span.mention.me", {}, `@${e.range}`),
  emoji: (e) => emoji(e),
  date: (e, ctx) => dateNode(e.timestamp, e.format || "{date_num}", e.fallback || "", ctx, e.url),
  color: (e) => h("code", {}, e.value || ""),
};

function inline(elements, ctx) {
  return (elements || []).map((e) => {
    const draw = INLINE[e.type];
    return draw ? styled(draw(e, ctx), e.style) : h("span.note", {}, `[${e.type}]`);
  });
}

function list(element, ctx) {
  const tag = element.style === "ordered" ? "ol" : "ul";
  const attributes = { "data-level": String(Math.min(8, element.indent || 0)) };
  if (tag === "ol" && element.offset) attributes.start = element.offset + 1;
  const items = (element.elements || []).map((item) => h("li", {}, inline(item.elements, ctx)));
  return h(`${tag}.rich-list${element.border ? ".bordered" : ""}`, attributes, items);
}

const PARTS = {
  rich_text_section: (e, ctx) => h("div.lines", {}, inline(e.elements, ctx)),
  rich_text_quote: (e, ctx) => h("blockquote", {}, inline(e.elements, ctx)),
  rich_text_preformatted: (e, ctx) => h("pre", {}, inline(e.elements, ctx)),
  rich_text_list: list,
};

export function richText(block, ctx) {
  return h("div.rich", {}, (block.elements || []).map((e) => PARTS[e.type]?.(e, ctx)));
}
