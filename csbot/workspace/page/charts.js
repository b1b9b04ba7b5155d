// data_visualization blocks as inline SVG, redrawn at the width they have.
import { h, replace, s } from "./dom.js";
import { pie } from "./pie.js";

const HEIGHT = 240;
const PAD = { top: 14, right: 12, bottom: 26, left: 44 };

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

export function shortNumber(value) {
  return Math.abs(value) < 10000 ? exact.format(value) : compact.format(value);
}

function niceStep(span, count) {
  const raw = span / count;
  const size = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 2.5, 5, 10].find((m) => m * size >= raw) * size;
}

/** Round axis values from below the smallest (or zero) to above the largest. */
export function ticks(low, high) {
  const step = niceStep(high - low || Math.abs(high) || 1, 4);
  const first = Math.floor(low / step) * step;
  const out = [];
  for (let v = first; v < high + step * 0.999; v += step) out.push(Number(v.toPrecision(12)));
  return out.length > 1 ? out : [first, first + step];
}

function shape(chart, width) {
  const series = (chart.series || []).map((one) => ({
    name: one.name || "", values: new Map((one.data || []).map((p) => [p.label, Number(p.value)])),
  }));
  const categories = chart.axis_config?.categories || [...(series[0]?.values.keys() || [])];
  const all = series.flatMap((one) => [...one.values.values()]).filter(Number.isFinite);
  const axis = ticks(Math.min(0, ...all), Math.max(0, ...all));
  const left = Math.max(PAD.left, 14 + 7 * Math.max(...axis.map((v) => shortNumber(v).length)));
  const plot = { left, right: width - PAD.right, top: PAD.top, bottom: HEIGHT - PAD.bottom };
  const low = axis[0];
  const high = axis.at(-1);
  const y = (v) => plot.bottom - ((v - low) / (high - low)) * (plot.bottom - plot.top);
  const slot = (plot.right - plot.left) / Math.max(1, categories.length);
  const x = (i) => plot.left + slot * (i + 0.5);
  return { chart, series, categories, axis, plot, x, y, slot };
}

function grid({ axis, plot, y }) {
  return axis.map((value) => [
    s(`line.grid${value === 0 ? ".zero" : ""}`, { x1: plot.left, x2: plot.right, y1: y(value), y2: y(value) }),
    s("text.tick", { x: plot.left - 8, y: y(value) + 4, "text-anchor": "end" }, shortNumber(value)),
  ]);
}

function clipped(text, room) {
  const fits = Math.max(2, Math.floor(room / 6.6));
  return text.length <= fits ? text : `${text.slice(0, fits - 1)}…`;
}

function categoryLabels({ categories, plot, x, slot }) {
  const widest = Math.max(...categories.map((c) => c.length)) * 6.6 + 8;
  const every = categories.length > 8 && widest > slot ? Math.ceil(Math.min(widest, 64) / slot) : 1;
  return categories.map((label, i) => {
    if (i % every) return null;
    const text = s("text.tick", { x: x(i), y: plot.bottom + 18, "text-anchor": "middle" }, clipped(label, slot * every - 4));
    text.append(s("title", {}, label));
    return text;
  });
}

function tip(name, label, value) {
  return s("title", {}, `${name ? `${name}, ` : ""}${label}: ${exact.format(value)}`);
}

function bars(frame) {
  const { series, categories, x, y, slot } = frame;
  const group = Math.min(slot * 0.72, 64 * series.length);
  const width = Math.max(2, group / series.length - 2);
  const labelled = series.length * categories.length <= 12 && width > 22;
  return series.flatMap((one, k) => categories.map((label, i) => {
    const value = one.values.get(label) ?? 0;
    const left = x(i) - group / 2 + k * (group / series.length) + 1;
    const top = Math.min(y(value), y(0));
    const bar = s(`rect.bar.fill${k % 8}`, { x: left, y: top, width, height: Math.max(1, Math.abs(y(value) - y(0))), rx: 3 }, tip(one.name, label, value));
    const figure = labelled && s("text.figure", { x: left + width / 2, y: value < 0 ? y(value) + 13 : top - 5, "text-anchor": "middle" }, shortNumber(value));
    return [bar, figure];
  }));
}

function curve(frame, filled) {
  const { series, categories, x, y } = frame;
  const few = series.length === 1 && categories.length <= 8;
  return series.map((one, k) => {
    const points = categories.map((label, i) => ({ label, value: one.values.get(label) ?? 0, px: x(i), py: y(one.values.get(label) ?? 0) }));
    const path = points.map((p, i) => `${i ? "L" : "M"}${p.px.toFixed(1)} ${p.py.toFixed(1)}`).join("");
    const floor = y(0).toFixed(1);
    return [
      filled && s(`path.area.fill${k % 8}`, { d: `${path}L${points.at(-1).px} ${floor}L${points[0].px} ${floor}Z` }),
      s(`path.line.stroke${k % 8}`, { d: path }),
      points.map((p) => s(`circle.dot.fill${k % 8}`, { cx: p.px, cy: p.py, r: 3.5 }, tip(one.name, p.label, p.value))),
      few && points.map((p) => s("text.figure", { x: p.px, y: p.py - 9, "text-anchor": "middle" }, shortNumber(p.value))),
    ];
  });
}

const MARKS = { bar: bars, line: (f) => curve(f, false), area: (f) => curve(f, true) };

function axes(chart, width) {
  const frame = shape(chart, width);
  const attributes = { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" };
  return s("svg.plot", attributes, grid(frame), MARKS[chart.type](frame), categoryLabels(frame));
}

function legend(series) {
  if (series.length < 2) return null;
  return h("ul.legend", {}, series.map((one, k) => h("li", {}, h(`span.swatch.back${k % 8}`), one.name)));
}

function numbers(title, chart) {
  const series = chart.series || [];
  const head = ["", ...series.map((one) => one.name)];
  const rows = (chart.axis_config?.categories || []).map((label, i) => [label, ...series.map((one) => one.data?.[i]?.value ?? "")]);
  const cells = (row, tag) => h("tr", {}, row.map((cell) => h(tag, {}, cell)));
  return h("div.sr-only", {}, h("table", {}, h("caption", {}, title), h("thead", {}, cells(head, "th")), h("tbody", {}, rows.map((row) => cells(row, "td")))));
}

function watchWidth(node, draw) {
  let last = 0;
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width < 40 || Math.abs(width - last) < 2) return;
    last = width;
    replace(node, draw(Math.min(width, 720)));
  });
  observer.observe(node);
}

function plotted(title, chart) {
  const stage = h("div.stage", {});
  watchWidth(stage, (width) => axes(chart, width));
  const config = chart.axis_config || {};
  return [
    config.y_label && h("div.axis-label", {}, config.y_label),
    stage,
    config.x_label && h("div.axis-label.x", {}, config.x_label),
    legend(chart.series || []),
    numbers(title, chart),
  ];
}

/** The figure of a `data_visualization` block. */
export function chart(block) {
  const spec = block.chart || {};
  const title = block.title || "Chart";
  const body = spec.type === "pie" ? pie(spec, title) : MARKS[spec.type] ? plotted(title, spec) : h("p.note", {}, `A ${spec.type} chart`);
  return h("figure.chart", { "data-chart": spec.type || "", "aria-label": title }, h("figcaption", {}, title), body);
}
