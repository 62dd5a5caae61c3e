/* The workbook as it lives in the page: blocks of cells, recalculated from the yellow ones on.

   Knows: blocks, typed numbers, the order of computing. What follows from an edit is forgotten at
   once, and computed when somebody looks at it: a sheet that is not shown costs nothing. Does not know the screen, nor what any
   quantity means. */

import { fromBase64 } from "./base64.js";
import { compile, references } from "./compile.js";
import { CIRCLE, CellError, Pending } from "./errors.js";
import { schedule } from "./schedule.js";
import { Cells } from "./values.js";

const MOST_STACKED = 100000;

export class Book {
  /* `data` is the file's own table (see sheetnet/writing/page_data.py). */
  constructor(data) {
    this.data = data;
    this.sheets = data.sheets;
    this.blocks = data.blocks.map((block, number) => ({ ...made(block), number }));
    const cells = this.blocks.map((block) => block.cells);
    for (const block of this.blocks) {
      for (const run of block.runs) run.compute = compile(run.tree, cells).value;
    }
    this.byName = new Map(this.blocks.map((block) => [block.name, block]));
    this.typed = this.blocks.filter((block) => block.typedName);
    this.plan = schedule(this.blocks, references);
    this.affected = reached(this.plan.users);
    this.sources = reached(this.plan.needs);
    this.blocks.forEach((block) => this.fill(block, block.written));
    this.recalculate();
  }

  /* Put numbers into a block's typed rows, without recalculating. */
  fill(block, numbers) {
    for (let k = 0; k < block.typedCells; k++) block.cells.write(k, numbers[k]);
  }

  /* Change typed numbers, [block, index, number] each, and recalculate what follows from them. */
  type(changes) {
    const touched = new Set();
    for (const [block, index, number] of changes) {
      if (!(index >= 0 && index < block.typedCells)) throw new RangeError("no typed cell");
      block.cells.write(index, number);
      touched.add(block.number);
    }
    this.recalculate(touched);
  }

  /* Forget every computed cell, or those that may follow from the blocks named by number. */
  recalculate(touched) {
    const { ordered, groupOf } = this.plan;
    const wanted = touched ? this.affected([...touched].map((node) => groupOf[node])) : ordered.keys();
    for (const at of wanted) {
      for (const node of ordered[at].members) {
        const { cells, typedCells } = this.blocks[node];
        cells.clear(typedCells);
        cells.late = () => this.computed(at);
      }
    }
  }

  /* Compute a group and, before it, all that it needs and that was forgotten. */
  computed(wanted) {
    const { ordered } = this.plan;
    for (const at of this.sources([wanted])) {
      const cells = ordered[at].members.map((node) => this.blocks[node].cells);
      if (!cells[0].late) continue;
      for (const each of cells) each.late = undefined;
      this.compute(ordered[at]);
    }
  }

  compute({ members, byRow }) {
    const blocks = members.map((node) => this.blocks[node]);
    if (!byRow) {
      for (const block of blocks) {
        for (let i = block.typedRows; i < block.rows; i++) this.computeRow(block, i);
      }
      return;
    }
    const last = Math.max(...blocks.map((block) => block.rows));
    for (let i = 0; i < last; i++) {
      for (const block of blocks) {
        if (i >= block.typedRows && i < block.rows) this.computeRow(block, i);
      }
    }
  }

  computeRow(block, i) {
    const { cells, columns, runs } = block;
    const { numbers, others } = cells;
    let index = i * columns;
    let j = 0;
    for (const { stop, compute } of runs) {
      for (; j < stop; j++, index++) {
        if (numbers[index] === numbers[index] || (others.size && others.has(index))) continue;
        try {
          const value = compute(i, j);
          if (typeof value === "number" && others.size === 0) numbers[index] = value;
          else cells.write(index, value);
        } catch (error) {
          if (error instanceof CellError) cells.write(index, error);
          else if (error instanceof Pending) this.settle(cells, index);
          else throw error;
        }
      }
    }
  }

  /* Compute one cell and, before it, whatever it turns out to need. */
  settle(cells, index) {
    const stack = [{ cells, index }];
    const open = new Set([key(this, cells, index)]);
    while (stack.length) {
      const top = stack[stack.length - 1];
      const block = this.blocks.find((one) => one.cells === top.cells);
      const j = top.index % block.columns;
      const run = block.runs.find(({ stop }) => j < stop);
      let value;
      try {
        value = run.compute(Math.floor(top.index / block.columns), j);
      } catch (error) {
        if (error instanceof Pending) {
          const needed = key(this, error.cells, error.index);
          if (!open.has(needed) && stack.length < MOST_STACKED) {
            open.add(needed);
            stack.push(error);
            continue;
          }
          value = CIRCLE;
        } else if (error instanceof CellError) value = error;
        else throw error;
      }
      top.cells.write(top.index, value);
      open.delete(key(this, top.cells, top.index));
      stack.pop();
    }
  }
}

/* Where one comes from some groups by any number of steps, in order; `next` are the single steps. */
function reached(next) {
  const known = new Map();
  const from = (start) => {
    if (!known.has(start)) {
      const found = new Set([start]);
      for (const at of found) for (const one of next[at]) found.add(one);
      known.set(start, [...found].sort((a, b) => a - b));
    }
    return known.get(start);
  };
  return (starts) => (starts.length === 1 ? from(starts[0]) : [...new Set(starts.flatMap(from))].sort((a, b) => a - b));
}

function key(book, cells, index) {
  return `${book.blocks.findIndex((block) => block.cells === cells)}:${index}`;
}

/* A block of the file with its cells; `written` are the typed numbers that the file holds. */
function made(block) {
  const [sheet, row, column, rows, columns] = block.at;
  const numbers = typeof block.numbers === "string" ? fromBase64(block.numbers) : block.numbers;
  const typedRows = block.typed || 0;
  const typedCells = typedRows * columns;
  const first = numbers || new Array(typedCells).fill(0);
  let stop = 0;
  const runs = (block.formulas || []).map(([count, tree]) => ({ stop: (stop += count), tree }));
  return {
    name: block.name, quantity: block.quantity ?? block.name, layout: block.layout, shape: block.shape,
    style: block.style, typedStyle: block.typedStyle, typedName: block.typedName || "",
    sheet, row, column, rows, columns, typedRows, typedCells, runs,
    first, written: first,
    cells: new Cells(rows, columns),
  };
}
