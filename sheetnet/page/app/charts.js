/* The charts of a sheet, at their places in the grid: lines through columns of cells. */

import { GUTTER } from "./cell.js";
import { path, ticks } from "./curve.js";
import { svg } from "./dom.js";

/* The charts that begin in a column which a layer takes. */
export function charts(grid, name, takesColumn) {
  if (name !== "body" && name !== "left") return [];
  const { layout } = grid;
  const inside = name === "left" ? (c) => c >= grid.now.column && c < grid.now.columns : takesColumn;
  return (layout.sheet.charts || []).filter((chart) => chart.x && chart.y && inside(chart.column))
    .map((chart) => drawn(grid, chart));
}

function column(book, area) {
  const [sheet, row, first, rows] = area;
  const block = book.blocks.find((one) => one.sheet === sheet && one.column <= first &&
    first < one.column + one.columns && one.row <= row && row < one.row + one.rows);
  if (!block) return [];
  const start = (row - block.row) * block.columns + first - block.column;
  return Array.from({ length: rows }, (_, k) => block.cells.peek(start + k * block.columns));
}

function drawn(grid, chart) {
  const { layout, state } = grid;
  const [width, height] = [chart.width || 360, chart.height || 240];
  const frame = { left: 52, right: width - 14, top: 34, bottom: height - 42 };
  const xs = column(state.book, chart.x);
  const ys = column(state.book, chart.y);
  const real = ys.filter((y) => typeof y === "number");
  const [last, high] = [Math.max(...xs.filter((x) => typeof x === "number"), 1), Math.max(...real, 0) || 1];
  const x = (value) => frame.left + ((frame.right - frame.left) * value) / last;
  const y = (value) => frame.bottom - ((frame.bottom - frame.top) * value) / high;
  const parts = [svg("text", { class: "chart-title", x: width / 2, y: 20 }, chart.title)];
  for (const value of ticks(0, high, 4)) {
    parts.push(svg("line", { class: "rule", x1: frame.left, x2: frame.right, y1: y(value), y2: y(value) }));
    parts.push(svg("text", { class: "tick y", x: frame.left - 5, y: y(value) + 4 }, String(value)));
  }
  for (const value of ticks(0, last, 4)) parts.push(svg("text", { class: "tick x", x: x(value), y: frame.bottom + 16 }, String(value)));
  parts.push(svg("text", { class: "tick x", x: (frame.left + frame.right) / 2, y: height - 8 }, chart.x_title || ""));
  const pace = Math.max(1, Math.floor(xs.length / 500));
  const points = xs.map((value, k) => [value, ys[k]]).filter((_, k) => k % pace === 0);
  parts.push(svg("path", { class: "curve", d: path(points.map(([a, b]) => [x(a), typeof b === "number" ? y(b) : undefined])) }));
  if (typeof ys[state.step] === "number") parts.push(svg("circle", { class: "mark", cx: x(state.step), cy: y(ys[state.step]), r: 4 }));
  const element = svg("svg", { class: "sheet-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": chart.title }, ...parts);
  Object.assign(element.style, {
    left: `${layout.left(chart.column) + GUTTER.width + 4}px`, top: `${layout.top(chart.row) + GUTTER.height + 4}px`,
    width: `${width}px`, height: `${height}px`,
  });
  return element;
}
