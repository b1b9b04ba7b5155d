// A pie is drawn as a ring with its numbers beside it: they are what people read.
import { h, s } from "./dom.js";

const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const SIZE = 150;
const RADIUS = 58;
const AROUND = 2 * Math.PI * RADIUS;

function slice(part, k, before) {
  return s(`circle.slice.stroke${k % 8}`, {
    cx: SIZE / 2, cy: SIZE / 2, r: RADIUS,
    "stroke-dasharray": `${Math.max(0, part.share * AROUND - 2)} ${AROUND}`,
    "stroke-dashoffset": -before * AROUND,
    transform: `rotate(-90 ${SIZE / 2} ${SIZE / 2})`,
  }, s("title", {}, `${part.label}: ${number.format(part.value)}`));
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}

export function pie(spec) {
  const segments = (spec.segments || []).filter((one) => Number(one.value) > 0);
  const total = segments.reduce((sum, one) => sum + Number(one.value), 0) || 1;
  const parts = segments.map((one) => ({ label: one.label, value: Number(one.value), share: Number(one.value) / total }));
  let before = 0;
  const slices = parts.map((part, k) => {
    const node = slice(part, k, before);
    before += part.share;
    return node;
  });
  const middle = s("text.total", { x: SIZE / 2, y: SIZE / 2 + 6, "text-anchor": "middle" }, number.format(total));
  const ring = s("svg.ring", { viewBox: `0 0 ${SIZE} ${SIZE}`, width: SIZE, height: SIZE, "aria-hidden": "true" }, slices, middle);
  const rows = parts.map((part, k) => h("li", {},
    h(`span.swatch.back${k % 8}`), h("span", {}, part.label), h("b", {}, number.format(part.value)), h("small", {}, percent(part.share))));
  return h("div.pie", {}, ring, h("ul.pie-legend", {}, rows));
}
