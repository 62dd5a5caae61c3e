/* The charts of a sheet, lying on its cells: lines and dots through columns or rows of numbers. */

import { GUTTER } from "./cell.js";
import { path, ticks } from "./curve.js";
import { svg } from "./dom.js";
import { raised } from "./format.js";

const MOST_POINTS = 500;
const LEGEND = 96; // pixels at the right

/* The charts that begin in a column which a layer takes. */
export function charts(grid, name, takesColumn) {
  if (name !== "body" && name !== "left") return [];
  const { layout, now } = grid;
  const inside = name === "left" ? (c) => c >= now.column && c < now.columns : takesColumn;
  return (layout.sheet.charts || []).filter(({ area }) => inside(area[2])).map((chart) => drawn(grid, chart));
}

/* The values of an area, row by row. */
function values(book, [sheet, row, column, rows, columns]) {
  const found = [];
  const blocks = book.blocks.filter((block) => block.sheet === sheet);
  for (let r = row; r < row + rows; r++) {
    for (let c = column; c < column + columns; c++) {
      const block = blocks.find((one) => r >= one.row && r < one.row + one.rows && c >= one.column && c < one.column + one.columns);
      found.push(block && block.cells.peek((r - block.row) * block.columns + c - block.column));
    }
  }
  return found;
}

/* An axis: its ends, its numbers, and where a value lies between the ends. */
function scale({ low, high, is_log: isLogarithmic }, numbers) {
  const real = numbers.filter((value) => typeof value === "number" && (!isLogarithmic || value > 0));
  let first = low ?? real.reduce((least, value) => Math.min(least, value), Infinity);
  let last = high ?? real.reduce((most, value) => Math.max(most, value), -Infinity);
  if (!(last > first)) [first, last] = Number.isFinite(first) ? [first - 0.5, first + 0.5] : [0, 1];
  if (!isLogarithmic) {
    return { marks: ticks(first, last, 4).map((value) => [value, String(value)]), share: (value) => (value - first) / (last - first) };
  }
  if (!(first > 0)) return { marks: [], share: () => undefined };
  const [from, to] = [Math.floor(Math.log10(first)), Math.max(Math.ceil(Math.log10(last)), Math.floor(Math.log10(first)) + 1)];
  const pace = Math.ceil((to - from) / 5);
  const marks = [];
  for (let power = from; power <= to; power += pace) marks.push([10 ** power, `10${raised(String(power))}`]);
  return { marks, share: (value) => (value > 0 ? (Math.log10(value) - from) / (to - from) : undefined) };
}

function drawn(grid, chart) {
  const { layout, state } = grid;
  const [, row, column, rows, columns] = chart.area;
  const [left, top] = [layout.left(column), layout.top(row)];
  const [width, height] = [layout.left(column + columns) - left, layout.top(row + rows) - top];
  const points = chart.series.map((line) => ({ line, x: values(state.book, line.x), y: values(state.book, line.y) }));
  const xs = scale(chart.x, points.flatMap(({ x }) => x));
  const ys = scale(chart.y, points.flatMap(({ y }) => y));
  const frame = chart.is_bare ? { left: 0, right: width, top: 0, bottom: height }
    : { left: 56, right: width - (chart.has_legend ? LEGEND : 14), top: 32, bottom: height - 42 };
  const at = ([x, y]) => [frame.left + (frame.right - frame.left) * xs.share(x),
    typeof y === "number" && ys.share(y) !== undefined ? frame.bottom - (frame.bottom - frame.top) * ys.share(y) : undefined];
  const parts = chart.is_bare ? [] : axes(chart, frame, xs, ys, width, height);
  points.forEach(({ line, x, y }, k) => {
    const pace = Math.max(1, Math.floor(x.length / MOST_POINTS));
    const places = x.map((value, n) => [value, y[n]]).filter(([value], n) => typeof value === "number" && (n % pace === 0 || n === x.length - 1)).map(at);
    const color = `#${line.color}`;
    if (line.width) parts.push(svg("path", { class: "series", d: path(places), stroke: color, "stroke-width": line.width }));
    if (line.marker) for (const [cx, cy] of places) if (cy !== undefined) parts.push(svg("circle", { cx, cy, r: line.marker / 2, fill: color }));
    if (chart.has_legend) {
      const y0 = frame.top + 8 + 16 * k;
      parts.push(svg("line", { x1: frame.right + 8, x2: frame.right + 24, y1: y0, y2: y0, stroke: color, "stroke-width": 3 }));
      parts.push(svg("text", { x: frame.right + 28, y: y0 + 4, class: "key" }, line.name));
    }
  });
  const element = svg("svg", {
    class: chart.is_bare ? "sheet-chart bare" : "sheet-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": chart.title || "drawing",
  }, ...parts);
  Object.assign(element.style, { left: `${left + GUTTER.width}px`, top: `${top + GUTTER.height}px`, width: `${width}px`, height: `${height}px` });
  return element;
}

function axes(chart, frame, xs, ys, width, height) {
  const parts = [svg("text", { class: "chart-title", x: width / 2, y: 20 }, chart.title)];
  for (const [value, label] of ys.marks) {
    const y = frame.bottom - (frame.bottom - frame.top) * ys.share(value);
    parts.push(svg("line", { class: "rule", x1: frame.left, x2: frame.right, y1: y, y2: y }));
    parts.push(svg("text", { class: "tick y", x: frame.left - 5, y: y + 4 }, label));
  }
  for (const [value, label] of xs.marks) {
    parts.push(svg("text", { class: "tick x", x: frame.left + (frame.right - frame.left) * xs.share(value), y: frame.bottom + 15 }, label));
  }
  parts.push(svg("text", { class: "tick x", x: (frame.left + frame.right) / 2, y: height - 10 }, chart.x.title));
  return parts;
}
