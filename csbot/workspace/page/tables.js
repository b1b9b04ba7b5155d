// table and data_table blocks.
import { h, icon, replace } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { richText } from "./richtext.js";

function cellContent(cell, ctx) {
  if (!cell) return "";
  if (cell.type === "rich_text") return richText(cell, ctx);
  return withEmoji(String(cell.text ?? cell.value ?? ""), false);
}

function words(cell) {
  if (cell?.type !== "rich_text") return String(cell?.text ?? cell?.value ?? "");
  const inner = (e) => (e.elements ? e.elements.map(inner).join("") : e.text || "");
  return inner(cell);
}

function alignment(column, rows, settings) {
  const chosen = settings?.[column]?.align;
  if (chosen) return chosen;
  const numeric = rows.length > 0 && rows.every((row) => row[column]?.type === "raw_number");
  return numeric ? "right" : "left";
}

function scroller(label, table) {
  return h("div.table-scroll", { tabindex: "0", role: "region", "aria-label": label }, table);
}

export function plainTable(block, ctx) {
  const [head = [], ...rows] = block.rows || [];
  const align = head.map((_, c) => alignment(c, rows, block.column_settings));
  const wrap = (c) => (block.column_settings?.[c]?.is_wrapped ? "wrap" : null);
  const th = head.map((cell, c) => h("th", { scope: "col", "data-align": align[c] }, cellContent(cell, ctx)));
  const body = rows.map((row) => h("tr", {}, row.map((cell, c) => h("td", { "data-align": align[c], class: wrap(c) }, cellContent(cell, ctx)))));
  return scroller("Table", h("table.grid-table", {}, h("thead", {}, h("tr", {}, th)), h("tbody", {}, body)));
}

function compare(a, b) {
  if (a?.type === "raw_number" && b?.type === "raw_number") return a.value - b.value;
  return words(a).localeCompare(words(b), "en", { numeric: true, sensitivity: "base" });
}

function sorted(rows, { column, down }) {
  if (column === null) return rows;
  return [...rows].sort((a, b) => compare(a[column], b[column]) * (down ? -1 : 1));
}

function pager(view, total, size, draw) {
  const pages = Math.ceil(total / size);
  if (pages < 2) return null;
  const from = view.page * size + 1;
  const to = Math.min(total, from + size - 1);
  const go = (by) => () => {
    view.page += by;
    draw(by < 0 ? "previous" : "next");
  };
  const arrow = (name, label, by, off) =>
    h("button.icon-button", { type: "button", "aria-label": label, "data-page": name, disabled: off, onclick: go(by) }, icon(by < 0 ? "left" : "right", 16));
  return h("div.pager", {},
    h("span", { "aria-live": "polite", "data-testid": "table-range" }, `${from}–${to} of ${total}`),
    arrow("previous", "Previous rows", -1, view.page === 0), arrow("next", "Next rows", 1, view.page >= pages - 1));
}

export function dataTable(block, ctx) {
  const [head = [], ...rows] = block.rows || [];
  const size = Math.max(1, block.page_size || 5);
  const rowHead = block.row_header_column_index ?? 0;
  const align = head.map((_, c) => alignment(c, rows, block.column_settings));
  const view = { page: 0, column: null, down: false };
  const body = h("tbody", {});
  const foot = h("div", {});

  const headers = head.map((cell, c) => {
    const sort = h("button.sort", { type: "button", "data-sort-column": String(c), onclick: () => order(c) }, h("span", {}, cellContent(cell, ctx)), icon("sort", 14));
    return h("th", { scope: "col", "data-align": align[c], "aria-sort": "none" }, sort);
  });

  function order(column) {
    view.down = view.column === column ? !view.down : false;
    view.column = column;
    view.page = 0;
    draw();
  }

  function row(cells) {
    return h("tr", {}, cells.map((cell, c) => h(c === rowHead ? "th" : "td", { "data-align": align[c], scope: c === rowHead ? "row" : null }, cellContent(cell, ctx))));
  }

  function draw(refocus) {
    const start = view.page * size;
    replace(body, sorted(rows, view).slice(start, start + size).map(row));
    replace(foot, pager(view, rows.length, size, draw));
    if (refocus) (foot.querySelector(`[data-page=${refocus}]:enabled`) || foot.querySelector("button:enabled"))?.focus();
    headers.forEach((th, c) => {
      const on = c === view.column;
      th.setAttribute("aria-sort", on ? (view.down ? "descending" : "ascending") : "none");
      th.querySelector("svg").replaceWith(icon(on ? (view.down ? "down" : "up") : "sort", 14));
    });
  }

  draw();
  const table = h("table.grid-table", {}, block.caption && h("caption", {}, block.caption), h("thead", {}, h("tr", {}, headers)), body);
  return h("div.data-table", {}, scroller(block.caption || "Table", table), foot);
}
