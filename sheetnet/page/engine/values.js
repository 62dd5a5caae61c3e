/* Cells of one block, and how one kind of value is taken for another, as spreadsheets do it.

   Numbers lie in a Float64Array, always finite; NaN there means "look among the others". */

import { CellError, DIV0, NUM, VALUE, Pending } from "./errors.js";

export class Cells {
  constructor(rows, columns) {
    this.rows = rows;
    this.columns = columns;
    this.numbers = new Float64Array(rows * columns).fill(NaN);
    this.others = new Map();
    this.late = undefined; // computes the cells that wait for it (see book.js)
  }

  /* The number, text or truth value at a flat index; throws its error. */
  read(index) {
    const other = this.peek(index);
    if (other === undefined) throw new Pending(this, index);
    if (other instanceof CellError) throw other;
    return other;
  }

  /* The same, with the error as a value; undefined where nothing has been computed. */
  peek(index) {
    const number = this.numbers[index];
    if (number === number) return number;
    if (this.late) {
      this.late();
      return this.peek(index);
    }
    return this.others.get(index);
  }

  write(index, value) {
    if (typeof value === "number" && value - value === 0) {
      this.numbers[index] = value;
      if (this.others.size) this.others.delete(index);
    } else {
      this.numbers[index] = NaN;
      this.others.set(index, typeof value === "number" ? NUM : value);
    }
  }

  /* Forget what stands from a flat index on. */
  clear(from) {
    this.numbers.fill(NaN, from);
    if (!this.others.size) return;
    for (const index of [...this.others.keys()]) if (index >= from) this.others.delete(index);
  }
}

/* A finite number, or the error that a spreadsheet gives in its place. */
export function finite(value) {
  if (value - value === 0) return value;
  throw NUM;
}

export function divided(a, b) {
  if (b === 0) throw DIV0;
  return finite(a / b);
}

export function power(a, b) {
  if (a === 0 && b === 0) throw NUM;
  if (a === 0 && b < 0) throw DIV0;
  return b === 2 ? finite(a * a) : finite(Math.pow(a, b));
}

export function toNumber(value) {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  const number = value.trim() === "" ? NaN : Number(value);
  if (number - number === 0) return number;
  throw VALUE;
}

export function toTruth(value) {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  throw VALUE;
}

/* A number joined to a text shows at most 15 digits. */
export function toText(value) {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  const short = String(Number(value.toPrecision(15)));
  if (!short.includes("e")) return short === "-0" ? "0" : short;
  const [digits, exponent] = short.split("e");
  const sign = exponent.startsWith("-") ? "-" : "+";
  return `${digits}E${sign}${exponent.replace(/^[+-]/, "").padStart(2, "0")}`;
}

const RANK = { number: 0, string: 1, boolean: 2 };

/* Below 0, 0 or above: numbers come before texts before truth values; texts whatever their case. */
export function compared(a, b) {
  if (typeof a !== typeof b) return RANK[typeof a] - RANK[typeof b];
  if (typeof a === "string") {
    a = a.toLowerCase();
    b = b.toLowerCase();
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
