/* What the page shows at this moment, and everything that can be undone.

   Whoever draws something listens: "edit" (numbers changed), "step", "select", "sheet", "view". */

import { Quantities } from "./quantities.js";
import { writtenLesson } from "./lesson.js";

/* Yellow cells that choose what is shown, on whatever sheet: all follow the page's step and example. */
const STEPS = ["step_shown", "Net_step"];
const EXAMPLES = ["example_shown", "Net_example"];
const MOST_UNDONE = 500;

export class State {
  constructor(book) {
    this.book = book;
    this.lesson = writtenLesson(book);
    this.quantities = new Quantities(book, this.lesson);
    const found = (names) => names.map((name) => book.byName.get(name)).filter(Boolean);
    [this.stepChoosers, this.exampleChoosers] = [found(STEPS), found(EXAMPLES)];
    this.ownStep = 0;
    this.ownExample = 0;
    this.output = 0;
    this.showsDelta = false;
    this.isLogarithmic = true;
    this.undone = [];
    this.done = [];
    this.trail = [];
    this.listeners = new Map();
    this.selected = undefined;
    const visible = book.sheets.map((sheet, k) => k).filter((k) => !isHidden(book.sheets[k]));
    this.visible = visible;
    this.sheet = visible.find((k) => book.typed.some((block) => block.sheet === k)) ?? visible[0];
    this.settle();
    this.choose();
  }

  on(names, listener) {
    for (const name of names.split(" ")) {
      if (!this.listeners.has(name)) this.listeners.set(name, []);
      this.listeners.get(name).push(listener);
    }
  }

  tell(name) {
    for (const listener of this.listeners.get(name) || []) listener();
  }

  get steps() {
    return this.quantities.steps;
  }

  get step() {
    return this.ownStep;
  }

  set step(wanted) {
    const step = Math.min(Math.max(Math.round(wanted), 0), this.steps);
    if (step === this.step) return;
    this.ownStep = step;
    this.choose();
    this.tell("step");
  }

  get example() {
    return this.ownExample;
  }

  set example(wanted) {
    this.ownExample = Math.min(Math.max(Math.round(wanted), 0), this.quantities.examples - 1);
    this.choose();
    this.tell("view");
  }

  /* Bring the sheets to the step and the example of the page. */
  choose() {
    const wanted = [
      ...this.stepChoosers.map((block) => [block, 0, this.step]),
      ...this.exampleChoosers.map((block) => [block, 0, this.example + 1]),
    ];
    const changes = wanted.filter(([block, index, number]) => block.cells.peek(index) !== number);
    if (changes.length) this.book.type(changes);
  }

  /* Whether a block chooses what is shown; if so, the page follows what is typed there. */
  isChosen(block, number) {
    if (this.stepChoosers.includes(block)) this.step = number;
    else if (this.exampleChoosers.includes(block)) this.example = number - 1;
    else return false;
    return true;
  }

  /* Change typed numbers, [block, index, number] each, as one thing to undo. */
  edit(changes) {
    const real = changes.filter(([block, index, number]) => block.cells.peek(index) !== number);
    if (!real.length) return;
    const before = real.map(([block, index]) => [block, index, block.cells.peek(index)]);
    this.book.type(real);
    this.done.push({ before, after: real });
    if (this.done.length > MOST_UNDONE) this.done.shift();
    this.undone = [];
    this.tell("edit");
  }

  undo() {
    this.again(this.done, this.undone, "before");
  }

  redo() {
    this.again(this.undone, this.done, "after");
  }

  again(from, to, side) {
    const last = from.pop();
    if (!last) return;
    to.push(last);
    this.book.type(last[side]);
    this.tell("edit");
  }

  /* All numbers of the lesson that differ from those written: [block, index, number]. */
  edits(since = "written") {
    return this.lessonBlocks().flatMap((block) => Array.from({ length: block.typedCells }, (_, k) => k)
      .filter((k) => block.cells.peek(k) !== block[since][k])
      .map((k) => [block, k, block.cells.peek(k)]));
  }

  lessonBlocks() {
    return this.book.typed.filter((block) => ![...this.stepChoosers, ...this.exampleChoosers].includes(block));
  }

  startAgain() {
    this.edit(this.edits().map(([block, index]) => [block, index, block.written[index]]));
  }

  /* Weights and biases anew, even in ±1/√(sources), as `seed` in a lesson file draws them. */
  randomStart() {
    const { sizes } = this.quantities;
    this.edit(this.book.typed.flatMap((block) => {
      const layer = /^W_(\d+)$/.exec(block.typedName);
      if (!layer) return [];
      const limit = 1 / Math.sqrt(sizes[Number(layer[1]) - 1]);
      return Array.from({ length: block.typedCells }, (_, index) =>
        [block, index, (2 * Math.random() - 1) * limit]);
    }));
  }

  /* Show a cell, remembering where one came from. */
  select(sheet, row, column, remembers = false) {
    if (remembers && this.selected) this.trail.push(this.selected);
    const moves = sheet !== this.sheet;
    this.sheet = sheet;
    this.selected = { sheet, row, column };
    if (moves) this.tell("sheet");
    this.tell("select");
  }

  /* Begin where the workbook's cursor stands, if that is a cell to type into. */
  settle() {
    const [row, column] = this.book.sheets[this.sheet].cursor || [0, 0];
    const found = blockAt(this.book, this.sheet, row, column);
    if (found && isTyped(found)) this.selected = { sheet: this.sheet, row, column };
  }

  back() {
    const last = this.trail.pop();
    if (last) this.select(last.sheet, last.row, last.column);
  }

  open(sheet) {
    if (sheet === this.sheet) return;
    this.sheet = sheet;
    this.selected = undefined;
    this.settle();
    this.tell("sheet");
    this.tell("select");
  }
}

function isHidden(sheet) {
  return Boolean(sheet.hidden || (sheet.names && sheet.names.sheetnet_lesson));
}

/* The block at a cell of a sheet, with the cell's row and column in it. */
export function blockAt(book, sheet, row, column) {
  for (const block of book.blocks) {
    const i = row - block.row;
    const j = column - block.column;
    if (block.sheet === sheet && i >= 0 && j >= 0 && i < block.rows && j < block.columns) {
      return { block, i, j, index: i * block.columns + j };
    }
  }
  return undefined;
}

/* Whether a person may type into a cell of a block. */
export function isTyped({ block, i }) {
  return Boolean(block.typedName) && i < block.typedRows;
}

/* What is wrong with a number for a typed cell, or nothing. */
export function unfit(book, { block, i, j }, number) {
  if (number !== number || number - number !== 0) return "Type a number, such as 0.5 or 0,5.";
  if (block.typedName === "learning_rate" && number < 0) return "A learning rate is 0 or more.";
  for (const { area, kind, message, low, high, options, is_strict: isStrict } of book.sheets[block.sheet].validations || []) {
    const [, row, column, rows, columns] = area;
    const [r, c] = [block.row + i - row, block.column + j - column];
    if (r < 0 || c < 0 || r >= rows || c >= columns) continue;
    const isWhole = kind !== "whole" || Number.isInteger(number);
    const isListed = kind !== "list" || !isStrict || options.length === 0 || options.includes(String(number));
    if (!isWhole || !isListed || (low !== null && number < low) || (high !== null && number > high)) return message;
  }
  return "";
}
