// One drawing function per block type; what is not known is said in a small note.
import { fragment, h } from "./dom.js";
import { chart } from "./charts.js";
import { element, imageNode } from "./elements.js";
import { inputBlock } from "./inputs.js";
import { markdown } from "./markdown.js";
import { plainWords, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { dataTable, plainTable } from "./tables.js";

const FOLD_LINES = 5;
const FOLD_CHARACTERS = 600;

function isLong(text) {
  return text.length > FOLD_CHARACTERS || text.split("\n").length > FOLD_LINES;
}

/** Long text is folded behind a button, as Slack does from five lines or 600 characters. */
function foldable(text, content) {
  if (!isLong(text)) return content;
  const folded = h("div.fold", { "data-folded": "true" }, content);
  const toggle = h("button.show-more", { type: "button", "aria-expanded": "false", "data-testid": "show-more" }, "Show more");
  toggle.addEventListener("click", () => {
    const open = folded.dataset.folded === "true";
    folded.dataset.folded = String(!open);
    toggle.setAttribute("aria-expanded", String(open));
    toggle.textContent = open ? "Show less" : "Show more";
  });
  return fragment(folded, toggle);
}

function sectionText(block, surface) {
  if (!block.text) return null;
  const kind = block.text.type === "plain_text" ? "div.text.lines" : "div.text";
  const content = h(kind, {}, textObject(block.text, surface.ctx));
  return block.expand === true ? content : foldable(block.text.text || "", content);
}

function section(block, surface) {
  const fields = block.fields?.length
    ? h("div.fields", {}, block.fields.map((f) => h("div.text", {}, textObject(f, surface.ctx)))) : null;
  const label = plainWords(block.text || block.fields?.[0]).split("\n")[0].slice(0, 80);
  const accessory = block.accessory
    ? h(`div.accessory${block.accessory.type === "image" ? ".picture-side" : ""}`, {}, element(block.accessory, block, surface, { label }))
    : null;
  return h("div.section", {}, h("div.section-main", {}, sectionText(block, surface), fields), accessory);
}

function header(block, surface) {
  const level = Math.min(4, Math.max(1, block.level || 1));
  return h(`h${level + 2}.block-header`, { "data-level": String(level) }, textObject(block.text, surface.ctx));
}

function context(block, surface) {
  const parts = (block.elements || []).map((part) => (part.type === "image"
    ? element(part, block, surface) : h("span.text", {}, textObject(part, surface.ctx))));
  return h("div.context", {}, parts);
}

function actions(block, surface) {
  return h("div.actions", {}, (block.elements || []).map((part) => element(part, block, surface)));
}

function image(block, surface) {
  const title = block.title ? h("figcaption", {}, textObject(block.title, surface.ctx)) : null;
  return h("figure.image", {}, title, imageNode(block.image_url || block.slack_file?.url, block.alt_text, true));
}

function alert(block, surface) {
  return h("div.alert", { "data-level": block.level || "default", role: "note" }, textObject(block.text, surface.ctx));
}

function container(block, surface) {
  const title = block.title && h("div.block-header", {}, textObject(block.title, surface.ctx));
  return h("div.container", {}, title, drawBlocks(block.child_blocks || [], surface));
}

const DRAW = {
  section, header, context, actions, image, alert, container,
  divider: () => h("hr.divider"),
  input: inputBlock,
  rich_text: (block, surface) => {
    const length = JSON.stringify(block.elements || []).length;
    const content = h("div.text", {}, richText(block, surface.ctx));
    return length > 4000 ? foldable("\n".repeat(9), content) : content;
  },
  table: (block, surface) => plainTable(block, surface.ctx),
  data_table: (block, surface) => dataTable(block, surface.ctx),
  data_visualization: (block) => chart(block),
  markdown: (block) => h("div.text.markdown", {}, markdown(block.text || "")),
};

function unknown(block) {
  return h("p.note", { "data-testid": "unknown-block" }, `A “${block?.type || "?"}” block, which this workspace does not draw.`);
}

function drawBlock(block, surface) {
  const draw = Object.hasOwn(DRAW, block?.type) ? DRAW[block.type] : unknown;
  const attributes = { "data-block-id": block?.block_id || "", "data-block-type": block?.type || "" };
  return h("div.block", attributes, draw(block, surface));
}

/** A block that cannot be drawn must not take the message with it. */
function safely(block, surface) {
  try {
    return drawBlock(block, surface);
  } catch (error) {
    console.error("block could not be drawn", block?.type, error);
    return h("div.block", { "data-block-type": block?.type || "" }, unknown(block));
  }
}

export function drawBlocks(blocks, surface) {
  return h("div.blocks", {}, (blocks || []).map((block) => safely(block, surface)));
}
