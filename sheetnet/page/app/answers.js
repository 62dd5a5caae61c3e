/* What the network answers everywhere: the boundary for two inputs, the fitted curve for one. */

import { diverging } from "./colors.js";
import { path, ticks } from "./curve.js";
import { html, svg } from "./dom.js";
import { brief } from "./format.js";
import { answer, isWhole, spread } from "./forward.js";

const FINE = 64; // points of the boundary to a side
const POINTS = 160; // of a curve

/* Which picture there is: "boundary", "fit", or none. */
export function kindOf(q) {
  const whole = q.layers > 0 && q.block("W_1") !== undefined;
  return !whole ? "" : q.sizes[0] === 2 ? "boundary" : q.sizes[0] === 1 ? "fit" : "";
}

/* The weights of all layers, or nothing where the sheets have errors: the picture then has none. */
function allWeights(q, step) {
  const weights = Array.from({ length: q.layers }, (_, k) => q.weights(k + 1, step));
  const outputs = Array.from({ length: q.examples }, (_, e) => q.neurons("a", q.layers, e, step)).flat();
  return isWhole(weights) && outputs.every((value) => typeof value === "number") ? weights : undefined;
}

/* From where to where an output goes: by its activation, or by what there is to see. */
function ends(activation, values) {
  if (activation === "sigmoid" || activation === "softmax") return [0, 1];
  if (activation === "tanh") return [-1, 1];
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return [-largest, largest];
}

/* The boundary: `canvas` takes the shades, `root` (svg) the points and the scales. */
export function drawBoundary(canvas, root, state, box) {
  const { quantities: q, step, output } = state;
  const weights = allWeights(q, step);
  const inputs = q.data("inputs");
  const targets = q.data("targets");
  const [xs, ys] = [0, 1].map((n) => spread([...inputs.map((row) => row[n]), 0, 1], 0.25, 1));
  const side = Math.min(box.width - 44, box.height - 24);
  const frame = { left: Math.max(30, (box.width - side) / 2), top: 4, side };
  canvas.width = FINE;
  canvas.height = FINE;
  Object.assign(canvas.style, { left: `${frame.left}px`, top: `${frame.top}px`, width: `${side}px`, height: `${side}px` });
  const activation = q.network.activations[q.layers - 1];
  const at = (k, [low, high]) => low + ((high - low) * (k + 0.5)) / FINE;
  const values = [];
  if (weights) {
    for (let r = 0; r < FINE; r++) {
      for (let c = 0; c < FINE; c++) {
        values.push(answer(weights, q.network.activations, [at(c, xs), at(FINE - 1 - r, ys)])[output]);
      }
    }
  }
  const [low, high] = ends(activation, values);
  const middle = (low + high) / 2;
  paint(canvas, values.map((value) => (2 * (value - middle)) / (high - low)));
  const x = (value) => frame.left + (side * (value - xs[0])) / (xs[1] - xs[0]);
  const y = (value) => frame.top + side - (side * (value - ys[0])) / (ys[1] - ys[0]);
  const parts = [];
  for (const value of ticks(...xs, 2)) parts.push(svg("text", { class: "tick x", x: x(value), y: frame.top + side + 14 }, brief0(value)));
  for (const value of ticks(...ys, 2)) parts.push(svg("text", { class: "tick y", x: frame.left - 4, y: y(value) + 4 }, brief0(value)));
  inputs.forEach((row, e) => {
    if (row.some((value) => typeof value !== "number")) return;
    const target = (targets[e] || [])[output];
    const isHigh = typeof target === "number" && target >= middle;
    const shown = e === state.example || inputs.length === 1 ? " shown" : "";
    parts.push(isHigh
      ? svg("circle", { class: `point${shown}`, cx: x(row[0]), cy: y(row[1]), r: 4.5 })
      : svg("path", { class: `point${shown}`, d: cross(x(row[0]), y(row[1]), 4) }));
  });
  root.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  root.setAttribute("aria-label", `Output ${output + 1} for every pair of inputs, with ${inputs.length} training points`);
  root.replaceChildren(...parts);
  return { low, high, middle };
}

function brief0(value) {
  return String(value).replace("-", "−");
}

function cross(x, y, size) {
  return `M${x - size} ${y - size}L${x + size} ${y + size}M${x - size} ${y + size}L${x + size} ${y - size}`;
}

function paint(canvas, shares) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(FINE, FINE);
  const colorOf = diverging();
  shares.forEach((share, k) => {
    const [red, green, blue] = colorOf(share);
    image.data.set([red, green, blue, 255], 4 * k);
  });
  context.putImageData(image, 0, 0);
}

/* The legend of the boundary's colours. */
export function legend({ low, high, middle }) {
  return html("span", { class: "legend" },
    html("span", { class: "chip minus" }), `✕ ${brief0(low)} … ${brief0(middle)}`,
    html("span", { class: "chip plus" }), `● ${brief0(middle)} … ${brief0(high)}`);
}

/* For one input: every output as a line, the targets as points. */
export function drawFit(root, state, box) {
  const { quantities: q, step } = state;
  const weights = allWeights(q, step);
  const inputs = q.data("inputs").map((row) => row[0]);
  const targets = q.data("targets");
  const xs = spread(inputs, 0.2, 1);
  const at = Array.from({ length: POINTS + 1 }, (_, k) => xs[0] + ((xs[1] - xs[0]) * k) / POINTS);
  const lines = weights ? at.map((x) => answer(weights, q.network.activations, [x])) : [];
  const ys = spread([...lines.flat(), ...targets.flat()], 0.08, 0.2);
  const frame = { left: 42, right: box.width - 8, top: 6, bottom: box.height - 20 };
  const x = (value) => frame.left + ((frame.right - frame.left) * (value - xs[0])) / (xs[1] - xs[0]);
  const y = (value) => frame.bottom - ((frame.bottom - frame.top) * (value - ys[0])) / (ys[1] - ys[0]);
  const parts = [];
  for (const value of ticks(...ys, 4)) {
    parts.push(svg("line", { class: "rule", x1: frame.left, x2: frame.right, y1: y(value), y2: y(value) }));
    parts.push(svg("text", { class: "tick y", x: frame.left - 5, y: y(value) + 4 }, brief0(value)));
  }
  for (const value of ticks(...xs, 4)) parts.push(svg("text", { class: "tick x", x: x(value), y: box.height - 5 }, brief0(value)));
  for (let n = 0; n < q.sizes[q.layers]; n++) {
    parts.push(svg("path", { class: `fit-line line-${n % 4}`, d: path(lines.map((ys_, k) => [x(at[k]), y(ys_[n])])) }));
  }
  inputs.forEach((input, e) => (targets[e] || []).forEach((target) => {
    if (typeof input !== "number" || typeof target !== "number") return;
    const shown = e === state.example ? " shown" : "";
    parts.push(svg("circle", { class: `target-point${shown}`, cx: x(input), cy: y(target), r: 4 }));
  }));
  root.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  root.setAttribute("aria-label", `What the network answers to any input, beside ${inputs.length} targets`);
  root.replaceChildren(...parts);
}
