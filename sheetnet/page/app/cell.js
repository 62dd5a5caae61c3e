/* One cell of the grid as an element: its place, its look, its number as the workbook shows it. */

import { CellError } from "../engine/errors.js";
import { html } from "./dom.js";
import { shown } from "./format.js";
import { isTyped } from "./state.js";

export const GUTTER = { width: 46, height: 22 };
const PADDING = 8;
const SMALLEST = 0.62; // to which a number that does not fit is made smaller

let measured;

/* The width of a digit and of a letter in the grid's own font. */
function widths(root) {
  if (!measured) {
    const context = document.createElement("canvas").getContext("2d");
    const look = getComputedStyle(root);
    context.font = `${look.fontSize} ${look.fontFamily}`;
    const of = (text) => context.measureText(text).width / text.length;
    measured = { digit: of("0123456789"), letter: of("an example of the letters in a text") };
  }
  return measured;
}

/* What stands in row and column: {block, i, j}, or a text with its style. */
export function drawnCell(grid, row, column, what) {
  const { layout, state } = grid;
  const wide = layout.left(column + 1) - layout.left(column);
  const element = html("div", { role: "gridcell", id: `c${row}-${column}`, "aria-colindex": column + 1 });
  Object.assign(element.style, {
    left: `${layout.left(column) + GUTTER.width}px`, top: `${layout.top(row) + GUTTER.height}px`,
    width: `${wide}px`, height: `${layout.rowHeight(row)}px`,
  });
  const names = ["cell", ...(what.block ? number(grid, element, what, wide) : text(grid, element, row, column, what, wide))];
  const { selected } = state;
  if (selected && selected.row === row && selected.column === column) {
    names.push("selected");
    element.setAttribute("aria-selected", "true");
  }
  if (grid.isMarked(row, column)) names.push("precedent");
  element.className = names.join(" ");
  return element;
}

function number(grid, element, what, wide) {
  const { block, i, j } = what;
  const style = i < block.typedRows && block.typedName ? block.typedStyle : block.style;
  const rule = lookOf(grid, what);
  const value = block.cells.peek(i * block.columns + j);
  const { digit } = widths(grid.root);
  const { styles, looks } = grid.state.book.data;
  const text = shown(value, (rule && looks[rule]) || styles[style], Math.floor((wide - PADDING) / digit));
  element.textContent = text;
  const names = [`s-${style}`];
  if (rule) names.push(`l-${rule}`);
  if (isTyped(what)) names.push("typed");
  else element.setAttribute("aria-readonly", "true");
  if (value instanceof CellError) names.push("error");
  if (typeof value === "string") names.push("words");
  else {
    const room = (wide - PADDING) / (text.length * digit);
    if (room < 1) element.style.fontSize = `${Math.max(SMALLEST, room).toFixed(2)}em`;
  }
  return names;
}

/* The look that the first fitting rule of the sheet gives a cell, if any. */
function lookOf(grid, { block, i, j }) {
  const [row, column] = [block.row + i, block.column + j];
  const value = block.cells.peek(i * block.columns + j);
  for (const rule of grid.layout.rules) {
    const [, top, left, rows, columns] = rule.at;
    if (row < top || column < left || row >= top + rows || column >= left + columns) continue;
    if (rule.holds(value, row - top, column - left)) return rule.look;
  }
  return "";
}

function text(grid, element, row, column, { text: words, style, span }, wide) {
  const { layout, state } = grid;
  element.textContent = words;
  const names = [`s-${style}`, "words"];
  if ((state.book.data.wraps || []).includes(style)) return [...names, "wraps"];
  if (span > 1) {
    element.style.width = `${layout.left(column + span) - layout.left(column)}px`;
    return names;
  }
  const room = layout.roomRight(row, column);
  if (words.length * widths(grid.root).letter > wide - PADDING && room > wide) {
    element.style.width = room === Infinity ? "max-content" : `${room}px`;
    element.style.minWidth = `${wide}px`;
  }
  return names;
}

export function box(name, x, y, width, height) {
  const element = html("div", { class: name, "aria-hidden": "true" });
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  return element;
}

export function head(text, x, y, width, height) {
  const element = box("head", x, y, width, height);
  element.textContent = text;
  return element;
}
