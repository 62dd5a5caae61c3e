/* What `sheetnet check` asks of the engine: every value of a file, as JSON. */

import { Book } from "./book.js";
import { CellError } from "./errors.js";
import { formulaText, treeAt } from "./print.js";

function shown(value) {
  return value instanceof CellError ? { error: value.code } : value;
}

/* Block by block, its cells row by row: numbers, texts, truth values, {"error": code}. */
export function recalculated(data) {
  const book = new Book(data);
  return JSON.stringify(book.blocks.map(({ cells }) => {
    const values = new Array(cells.numbers.length);
    for (let k = 0; k < values.length; k++) values[k] = shown(cells.peek(k));
    return values;
  }));
}

/* The formulas of all cells as they read in the workbook, "" for a typed number. */
export function formulas(data) {
  const book = new Book(data);
  return JSON.stringify(book.blocks.map((block) => {
    const texts = [];
    for (let i = 0; i < block.rows; i++) {
      for (let j = 0; j < block.columns; j++) {
        const tree = treeAt(block, i, j);
        texts.push(tree === undefined ? "" : formulaText(book, block, tree, i, j));
      }
    }
    return texts;
  }));
}
