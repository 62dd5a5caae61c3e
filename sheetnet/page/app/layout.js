/* Where rows and columns of a sheet lie, in pixels, and what stands in them. */

import { compile } from "../engine/compile.js";

const COLUMN_CHARACTER = 7;
const COLUMN_PADDING = 5;
const POINT = 4 / 3;

/* A style as the file has it: its key, and over how many cells the text lies ("title:3"). */
export function styled(text) {
  const [style, span = "1"] = text.split(":");
  return { style, span: Number(span) };
}

/* Whether a rule holds for a value, or for the cell (i, j) of its area. */
function condition(book, rule) {
  if (!rule.formulas) {
    const [low, high] = rule.between;
    return (value) => typeof value === "number" && value >= low && value <= high;
  }
  const cells = book.blocks.map((block) => block.cells);
  let stop = 0;
  const runs = rule.formulas.map(([count, tree]) => ({ stop: (stop += count), made: compile(tree, cells) }));
  return (_, i, j) => {
    try {
      return runs.find((run) => j < run.stop).made.truth(i, j);
    } catch {
      return false; // an error is not true
    }
  };
}

export class Layout {
  constructor(book, number) {
    this.sheet = book.sheets[number];
    this.blocks = book.blocks.filter((block) => block.sheet === number);
    this.texts = new Map();
    this.rowHigh = Math.round((book.data.rowHeight || 15) * POINT);
    const tall = book.data.tall || {};
    let rows = 0;
    let columns = 0;
    const heights = new Map((this.sheet.heights || []).map(([row, points]) => [row, points * POINT]));
    for (const [row, column, key, ...texts] of this.sheet.texts) {
      const { style, span } = styled(key);
      if (!this.texts.has(row)) this.texts.set(row, []);
      texts.forEach((text, k) => this.texts.get(row).push({ column: column + k, text, style, span }));
      rows = Math.max(rows, row + 1);
      columns = Math.max(columns, column + texts.length, column + span);
      const high = tall[style] && tall[style] * POINT;
      if (high && !(heights.get(row) > high)) heights.set(row, high);
    }
    for (const block of this.blocks) {
      rows = Math.max(rows, block.row + block.rows);
      columns = Math.max(columns, block.column + block.columns);
    }
    for (const { area: [, row, column, high, wide] } of this.sheet.charts || []) {
      rows = Math.max(rows, row + high);
      columns = Math.max(columns, column + wide);
    }
    for (const list of this.texts.values()) list.sort((a, b) => a.column - b.column);
    [this.rows, this.columns] = [rows, columns];
    this.extra = [...heights].sort((a, b) => a[0] - b[0]);
    this.rules = (this.sheet.rules || []).map((rule) => ({ ...rule, holds: condition(book, rule) }));
    const widths = new Map(this.sheet.widths);
    this.lefts = [0];
    for (let c = 0; c < columns; c++) {
      const characters = widths.get(c) ?? book.data.columnWidth;
      this.lefts.push(this.lefts[c] + Math.round(characters * COLUMN_CHARACTER + COLUMN_PADDING));
    }
  }

  /* The table of steps on this sheet, if there is one. */
  get history() {
    return this.blocks.find((block) => block.layout === "history" && block.rows > 1);
  }

  get width() {
    return this.lefts[this.columns];
  }

  get height() {
    return this.top(this.rows);
  }

  left(column) {
    return this.lefts[Math.min(column, this.columns)];
  }

  top(row) {
    let y = row * this.rowHigh;
    for (const [at, high] of this.extra) {
      if (at >= row) break;
      y += high - this.rowHigh;
    }
    return y;
  }

  /* The height of one row. */
  rowHeight(row) {
    return this.top(row + 1) - this.top(row);
  }

  /* The row and the column at a place. */
  rowAt(y) {
    let low = 0;
    let high = Math.max(0, this.rows - 1);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.top(middle) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  columnAt(x) {
    let low = 0;
    let high = Math.max(0, this.columns - 1);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.lefts[middle] <= x) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /* Blocks and texts in a rectangle of cells: visit(row, column, {block, i, j} or {text, style}). */
  visit(row, column, lastRow, lastColumn, visit) {
    for (const block of this.blocks) {
      const bottom = Math.min(lastRow, block.row + block.rows - 1);
      const right = Math.min(lastColumn, block.column + block.columns - 1);
      for (let r = Math.max(row, block.row); r <= bottom; r++) {
        for (let c = Math.max(column, block.column); c <= right; c++) {
          visit(r, c, { block, i: r - block.row, j: c - block.column });
        }
      }
    }
    for (let r = row; r <= lastRow; r++) {
      for (const text of this.texts.get(r) || []) {
        if (text.column >= column && text.column <= lastColumn) visit(r, text.column, text);
      }
    }
  }

  /* How far a text may run to the right: to the next cell that holds something. */
  roomRight(row, column) {
    let next = this.columns;
    for (const text of this.texts.get(row) || []) {
      if (text.column > column) next = Math.min(next, text.column);
    }
    for (const block of this.blocks) {
      if (row >= block.row && row < block.row + block.rows && block.column > column) {
        next = Math.min(next, block.column);
      }
    }
    return next < this.columns ? this.left(next) - this.left(column) : Infinity;
  }
}
