/* Layers too wide to draw neuron by neuron: a tile a neuron, and the weights between as two bands. */

import { svg } from "./dom.js";
import { brief } from "./format.js";

const MOST_TILES = 1024;

/* A layer as tiles, shaded by activation: a square where the count is one, such as an image. */
export function summary(layer, box) {
  const { values, count, x, middle } = layer;
  const real = values.filter((value) => typeof value === "number");
  const largest = real.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const root = Math.round(Math.sqrt(count));
  const columns = count <= 16 ? 1 : root * root === count ? root : Math.ceil(Math.sqrt(count / 3));
  const rows = Math.ceil(Math.min(count, MOST_TILES) / columns);
  const side = Math.max(1, Math.min(16, (box.height - 70) / rows, Math.min(90, layer.gapX * 0.55) / columns));
  const [left, top] = [x - (columns * side) / 2, middle - (rows * side) / 2];
  const group = svg("g", { class: "tiles" });
  group.append(svg("rect", {
    class: "tiles-frame", x: left - 1, y: top - 1, width: columns * side + 2, height: rows * side + 2,
  }));
  values.slice(0, MOST_TILES).forEach((value, n) => {
    const isNumber = typeof value === "number";
    group.append(svg("rect", {
      class: !isNumber ? "tile wrong" : value < 0 ? "tile minus" : "tile plus",
      x: left + (n % columns) * side, y: top + Math.floor(n / columns) * side,
      width: Math.max(0.5, side - (side > 4 ? 1 : 0)), height: Math.max(0.5, side - (side > 4 ? 1 : 0)),
      "fill-opacity": isNumber ? (Math.abs(value) / largest).toFixed(2) : 1,
    }));
  });
  if (count <= 16) {
    values.forEach((value, n) => group.append(svg("text", {
      class: "tile-value", x: left + side + 5, y: top + n * side + side / 2 + 4,
    }, brief(value))));
  }
  let [low, high] = [Infinity, -Infinity];
  for (const value of real) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const words = real.length ? `${brief(low)} … ${brief(high)}` : "";
  const at = Math.min(box.height - 14, top + rows * side + 13);
  group.append(svg("text", { class: "tiles-count", x, y: at }, `${count} neurons`));
  group.append(svg("text", { class: "tiles-range", x, y: at + 12 }, words));
  return group;
}

/* The weights of a gap as two bands, as thick as the mean of those above and below zero. */
export function band(below, above, weights) {
  let [plus, minus, count, largest] = [0, 0, 0, 0];
  for (const row of weights) {
    for (const weight of row.slice(0, below.count)) {
      if (typeof weight !== "number") continue;
      if (weight > 0) plus += weight;
      else minus -= weight;
      count += 1;
      largest = Math.max(largest, Math.abs(weight));
    }
  }
  const group = svg("g", { class: "band" });
  const [x1, x2] = [below.x + 52, above.x - 52];
  const full = Math.max(plus, minus) || 1;
  if (x2 > x1) {
    [["plus", plus, -1], ["minus", minus, 1]].forEach(([kind, size, side]) => {
      const thick = 2 + 12 * (size / full);
      group.append(svg("line", {
        class: `edge ${kind}`, x1, x2, y1: below.middle + side * 9, y2: above.middle + side * 9,
        "stroke-width": thick,
      }));
    });
  }
  if (x2 - x1 < 110) return group;
  const x = (below.x + above.x) / 2;
  const y = (below.middle + above.middle) / 2;
  const lines = [`${count.toLocaleString("en")} weights`, `+${brief(plus / (count || 1))} −${brief(minus / (count || 1))} in the mean`];
  lines.forEach((text, k) => group.append(svg("text", { class: "band-label", x, y: y - 26 + 62 * k }, text)));
  return group;
}
