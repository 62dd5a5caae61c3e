/* The loss by step, linear or logarithmic, with a mark at the step that is shown. */

import { svg } from "./dom.js";
import { brief, raised } from "./format.js";

const MOST_POINTS = 600;

/* Nice places for the numbers of a linear axis. */
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const size = 10 ** Math.floor(Math.log10(rough || 1));
  const pace = [1, 2, 5, 10].map((k) => k * size).find((step) => step >= rough) || rough;
  const found = [];
  for (let value = Math.ceil(low / pace - 1e-9) * pace; value <= high + pace * 1e-9; value += pace) {
    found.push(Math.abs(value) < pace * 1e-9 ? 0 : Number(value.toPrecision(12)));
  }
  return found;
}

function axis(values, isLogarithmic) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (typeof value !== "number" || (isLogarithmic && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return undefined;
  if (isLogarithmic) {
    const [first, last] = [Math.floor(Math.log10(low)), Math.max(Math.ceil(Math.log10(high)), Math.floor(Math.log10(low)) + 1)];
    const pace = Math.ceil((last - first) / 4);
    const marks = [];
    for (let power = first; power <= last; power += pace) marks.push([10 ** power, `10${raised(String(power))}`]);
    const share = (value) => (Math.log10(value) - first) / (last - first);
    return { marks, share: (value) => (value > 0 ? Math.max(0, share(value)) : undefined) };
  }
  low = Math.min(0, low);
  const top = high > low ? high : low + 1;
  const marks = ticks(low, top, 4).map((value) => [value, String(value).replace("-", "−")]);
  return { marks, share: (value) => (value - low) / (top - low) };
}

/* Lines of a path through the points whose share is known. */
export function path(points) {
  let text = "";
  let isDrawing = false;
  for (const [x, y] of points) {
    if (y === undefined) isDrawing = false;
    else {
      text += `${isDrawing ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      isDrawing = true;
    }
  }
  return text;
}

/* Draws the loss of every step; `choose(step)` is called by a click or a drag. */
export function drawCurve(root, state, box, choose) {
  const { quantities: q, steps, step } = state;
  const frame = { left: 46, right: box.width - 10, top: 8, bottom: box.height - 22 };
  const pace = Math.max(1, Math.floor(steps / MOST_POINTS));
  const at = [];
  for (let k = 0; k <= steps; k += pace) at.push(k);
  if (at[at.length - 1] !== steps) at.push(steps);
  const values = at.map((k) => q.loss(k));
  const scale = axis(values, state.isLogarithmic) || axis([0, 1], false);
  const x = (k) => frame.left + (frame.right - frame.left) * (steps ? k / steps : 0);
  const y = (value) => {
    const share = typeof value === "number" ? scale.share(value) : undefined;
    return share === undefined ? undefined : frame.bottom - (frame.bottom - frame.top) * share;
  };
  const parts = [];
  for (const [value, label] of scale.marks) {
    parts.push(svg("line", { class: "rule", x1: frame.left, x2: frame.right, y1: y(value), y2: y(value) }));
    parts.push(svg("text", { class: "tick y", x: frame.left - 5, y: y(value) + 4 }, label));
  }
  for (const k of ticks(0, steps, box.width > 260 ? 4 : 2)) {
    if (Number.isInteger(k)) parts.push(svg("text", { class: "tick x", x: x(k), y: box.height - 7 }, String(k)));
  }
  parts.push(svg("path", { class: "curve", d: path(at.map((k, n) => [x(k), y(values[n])])) }));
  const here = y(q.loss(step));
  parts.push(svg("line", { class: "mark", x1: x(step), x2: x(step), y1: frame.top, y2: frame.bottom }));
  if (here !== undefined) parts.push(svg("circle", { class: "mark", cx: x(step), cy: here, r: 5 }));
  root.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  root.setAttribute("aria-label", `Loss by step: ${brief(values[0])} at step 0, ${brief(q.loss(step))} at ` +
    `step ${step}, ${brief(values[values.length - 1])} at step ${steps}`);
  root.replaceChildren(...parts);
  root.onpointerdown = (event) => {
    root.setPointerCapture(event.pointerId);
    const to = (moved) => {
      const place = root.getBoundingClientRect();
      const inside = ((moved.clientX - place.left) / place.width) * box.width;
      choose(((inside - frame.left) / (frame.right - frame.left)) * steps);
    };
    to(event);
    root.onpointermove = to;
    root.onpointerup = () => { root.onpointermove = null; };
  };
}
