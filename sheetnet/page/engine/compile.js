/* A formula tree, as the file holds it, becomes closures: no text is ever evaluated as code.

   The tree is JSON (see sheetnet/formulas/compact.py): a number, a text, or an array whose first
   element says what it is:
     [block, row, column]                a cell      [block]    a block by its name
     [block, row, column, row, column]   a range     ["-", x]   a minus sign
     ["+", a, b]                         an operator ["EXP", …] a function
   A row or column is a number (fixed) or [start, times i, times j, …]. */

import { NAME, VALUE } from "./errors.js";
import { FUNCTIONS, NUMERIC, OPERATORS, productOfCells } from "./functions.js";
import { toNumber, toTruth } from "./values.js";

/* start, times i, times j of a place. */
export function linear(place) {
  return typeof place === "number" ? [place, 0, 0] : [place[0], place[1] || 0, place[2] & 1];
}

/* The flat index of a cell is start + down·i + across·j: the whole reference in three numbers. */
function flat(cells, row, column) {
  const [r, ri, rj] = linear(row);
  const [c, ci, cj] = linear(column);
  const width = cells.columns;
  return [r * width + c, ri * width + ci, rj * width + cj];
}

function reference(cells, row, column) {
  const [start, down, across] = flat(cells, row, column);
  const { numbers } = cells;
  return {
    place: { numbers, start, down, across },
    number(i, j) {
      const index = start + down * i + across * j;
      const number = numbers[index];
      return number === number ? number : toNumber(cells.read(index));
    },
    value(i, j) {
      const index = start + down * i + across * j;
      const number = numbers[index];
      return number === number ? number : cells.read(index);
    },
  };
}

export class Range {
  constructor(cells, row, column, lastRow, lastColumn) {
    this.cells = cells;
    this.places = [row, column, lastRow, lastColumn].map(linear);
  }

  /* Where the range lies for the formula in row i and column j. */
  box(i, j) {
    const [row, column, lastRow, lastColumn] = this.places.map(([s, a, b]) => s + a * i + b * j);
    return { row, column, rows: lastRow - row + 1, columns: lastColumn - column + 1 };
  }

  each(i, j, visit) {
    const { row, column, rows, columns } = this.box(i, j);
    for (let r = row; r < row + rows; r++) {
      const start = r * this.cells.columns + column;
      for (let k = start; k < start + columns; k++) {
        const number = this.cells.numbers[k];
        visit(number === number ? number : this.cells.read(k));
      }
    }
  }

  /* All values as a list; numbers alone without a copy where they lie side by side. */
  values(i, j) {
    const { row, column, rows, columns } = this.box(i, j);
    if (rows === 1 && !this.cells.others.size) {
      const start = row * this.cells.columns + column;
      const part = this.cells.numbers.subarray(start, start + columns);
      if (part.every((number) => number === number)) return part;
    }
    const values = [];
    this.each(i, j, (value) => values.push(value));
    return values;
  }
}

/* A compiled node from its evaluator; `isNumber` when that gives nothing but numbers. */
function evaluator(value, isNumber = false) {
  return {
    value,
    number: isNumber ? value : (i, j) => toNumber(value(i, j)),
    truth: (i, j) => toTruth(value(i, j)),
  };
}

function whole(cells) {
  const range = new Range(cells, 0, 0, cells.rows - 1, cells.columns - 1);
  const first = reference(cells, 0, 0);
  const single = cells.rows * cells.columns === 1;
  return { ...evaluator(first.value), number: first.number, ...(single ? { place: first.place } : { range }) };
}

/* `blocks` gives the cells of a block by its number in the file. */
export function compile(tree, blocks) {
  if (typeof tree === "number") return evaluator(() => tree, true);
  if (typeof tree === "string" || typeof tree === "boolean") return evaluator(() => tree);
  const [head, ...rest] = tree;
  if (typeof head === "number") {
    const cells = blocks[head];
    if (rest.length === 0) return whole(cells);
    if (rest.length === 2) {
      const made = reference(cells, ...rest);
      return { ...evaluator(made.value), number: made.number, place: made.place };
    }
    return { ...evaluator(() => { throw VALUE; }), range: new Range(cells, ...rest) };
  }
  const args = rest.map((part) => compile(part, blocks));
  if (head === "-" && args.length === 1) {
    const { number } = args[0];
    return evaluator((i, j) => -number(i, j), true);
  }
  if (Object.hasOwn(OPERATORS, head) && args.length === 2) {
    const value = OPERATORS[head](...args);
    const isProduct = head === "*" && args.every((arg) => arg.place);
    return evaluator(isProduct ? productOfCells(args[0].place, args[1].place, value) : value, NUMERIC.has(head));
  }
  if (Object.hasOwn(FUNCTIONS, head)) return evaluator(FUNCTIONS[head](args));
  return evaluator(() => { throw NAME; });
}

/* Every reference of a tree: visit(block, row, column, lastRow, lastColumn); a name is [block]. */
export function references(tree, visit) {
  if (!Array.isArray(tree)) return;
  const [head, ...rest] = tree;
  if (typeof head === "number") visit(head, ...rest);
  else for (const part of rest) references(part, visit);
}
