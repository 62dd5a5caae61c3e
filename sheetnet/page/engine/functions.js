/* The one table of functions, by the names that the sheets use.

   A row makes an evaluator of its compiled arguments. `number`, `value` and `truth` of an argument
   evaluate it; a `range` has `each(i, j, visit)`. Evaluators take the cell's row i and column j. */

import { CellError, DIV0, NA, NUM, REF, VALUE } from "./errors.js";
import { compared, divided, finite, power, toNumber, toText, toTruth } from "./values.js";

/* A function of numbers; what is not finite is an error. */
function ofNumbers(compute) {
  return (args) => {
    const parts = args.map((arg) => arg.number);
    if (parts.length === 1) {
      const only = parts[0];
      return (i, j) => finite(compute(only(i, j)));
    }
    return (i, j) => finite(compute(...parts.map((part) => part(i, j))));
  };
}

/* Every number among the arguments; texts and truth values of a range do not count. */
function eachNumber(args, i, j, visit) {
  for (const arg of args) {
    if (arg.range) {
      arg.range.each(i, j, (value) => { if (typeof value === "number") visit(value); });
    } else visit(arg.number(i, j));
  }
}

function folded(start, step, end = (result) => result) {
  return (args) => (i, j) => {
    let result = start;
    let count = 0;
    eachNumber(args, i, j, (value) => {
      result = count ? step(result, value) : step(start, value);
      count += 1;
    });
    return finite(end(result, count));
  };
}

function extreme(better) {
  return folded(NaN, (result, value) => (result !== result || better(value, result) ? value : result),
    (result, count) => (count ? result : 0));
}

function sumOfProducts(args) {
  if (args.some((arg) => !arg.range)) return pairwise(args);
  const ranges = args.map((arg) => arg.range);
  return (i, j) => {
    const columns = ranges.map((range) => range.values(i, j));
    if (columns.some((column) => column.length !== columns[0].length)) throw VALUE;
    let total = 0;
    for (let k = 0; k < columns[0].length; k++) {
      let product = 1;
      for (const column of columns) product *= typeof column[k] === "number" ? column[k] : 0;
      total += product;
    }
    return finite(total);
  };
}

/* SUMPRODUCT of single numbers, or of one range and nothing else. */
function pairwise(args) {
  return (i, j) => finite(args.reduce((product, arg) => {
    if (arg.range) throw VALUE;
    return product * arg.number(i, j);
  }, 1));
}

function element(args) {
  const { range } = args[0];
  const [, row, column] = args.map((arg) => arg.number);
  return (i, j) => {
    const box = range.box(i, j);
    let r = Math.floor(row(i, j));
    let c = column ? Math.floor(column(i, j)) : 1;
    if (!column && box.rows === 1) [r, c] = [1, r];
    if (r < 0 || c < 0) throw VALUE;
    if (r < 1 || c < 1 || r > box.rows || c > box.columns) throw REF;
    return range.cells.read((box.row + r - 1) * range.cells.columns + box.column + c - 1);
  };
}

/* Half away from zero, by the digits that a person sees. */
export function rounded(x, digits = 0) {
  const places = Math.trunc(digits);
  const shifted = Number(`${plain(Math.abs(x))}e${places}`);
  const whole = Math.round(shifted);
  return Math.sign(x) * Number(`${plain(whole)}e${-places}`) || 0;
}

function plain(x) {
  const text = String(x);
  if (!text.includes("e")) return text;
  return x < 1 ? x.toFixed(100).replace(/0+$/, "") : BigInt(x).toString();
}

function fixed(args) {
  const [x, digits, noCommas] = args;
  return (i, j) => {
    const places = digits ? Math.trunc(digits.number(i, j)) : 2;
    const value = rounded(x.number(i, j), places);
    const text = value.toFixed(Math.max(0, places));
    if (noCommas && toTruth(noCommas.value(i, j))) return text;
    const [whole, fraction] = text.split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
    return fraction === undefined ? grouped : `${grouped}.${fraction}`;
  };
}

/* What COUNTIF and its like compare with: 3, ">3", "<>a" … */
function criterion(wanted) {
  if (typeof wanted !== "string") return (value) => typeof value === typeof wanted && value === wanted;
  const [, sign, rest] = /^(<=|>=|<>|<|>|=)?(.*)$/s.exec(wanted);
  const number = rest.trim() === "" ? NaN : Number(rest);
  const right = number === number ? number : rest;
  const same = (value) => typeof value === typeof right && compared(value, right) === 0;
  const tests = {
    "<": (n) => n < 0, ">": (n) => n > 0, "<=": (n) => n <= 0, ">=": (n) => n >= 0,
  };
  if (!sign || sign === "=") return same;
  if (sign === "<>") return (value) => !same(value);
  return (value) => typeof value === typeof right && tests[sign](compared(value, right));
}

function countIf(args) {
  return (i, j) => {
    const counts = criterion(args[1].value(i, j));
    let count = 0;
    args[0].range.each(i, j, (value) => { count += counts(value) ? 1 : 0; });
    return count;
  };
}

/* MATCH(wanted, cells, 0): the first cell that is equal, counted from 1. */
function match(args) {
  const [wanted, { range }] = args;
  return (i, j) => {
    const is = criterion(wanted.value(i, j));
    let place = 0, count = 0;
    range.each(i, j, (value) => {
      count += 1;
      if (!place && is(value)) place = count;
    });
    if (!place) throw NA;
    return place;
  };
}

function truths(start, step) {
  return (args) => (i, j) => {
    let result = start;
    for (const arg of args) {
      if (arg.range) {
        arg.range.each(i, j, (value) => {
          if (typeof value !== "string") result = step(result, toTruth(value));
        });
      } else result = step(result, toTruth(arg.value(i, j)));
    }
    return result;
  };
}

function logarithm(x, base = 10) {
  if (x <= 0 || base <= 0) throw NUM;
  return divided(Math.log(x), Math.log(base));
}

export const FUNCTIONS = {
  ABS: ofNumbers(Math.abs),
  AND: truths(true, (all, one) => all && one),
  AVERAGE: folded(0, (sum, x) => sum + x, (sum, count) => divided(sum, count)),
  CHOOSE: ([at, ...choices]) => (i, j) => {
    const choice = choices[Math.floor(at.number(i, j)) - 1];
    if (!choice) throw VALUE;
    return choice.value(i, j);
  },
  CONCATENATE: (args) => (i, j) => args.map((arg) => toText(arg.value(i, j))).join(""),
  COS: ofNumbers(Math.cos),
  COUNTIF: countIf,
  EXP: ofNumbers(Math.exp),
  FALSE: () => () => false,
  FIXED: fixed,
  IF: ([condition, yes, no]) => (i, j) => {
    if (condition.truth(i, j)) return yes.value(i, j);
    return no ? no.value(i, j) : false;
  },
  INDEX: element,
  INT: ofNumbers(Math.floor),
  ISNUMBER: ([arg]) => (i, j) => {
    try {
      return typeof arg.value(i, j) === "number";
    } catch (problem) {
      if (problem instanceof CellError) return false;
      throw problem;
    }
  },
  LN: ofNumbers((x) => {
    if (x <= 0) throw NUM;
    return Math.log(x);
  }),
  LOG: ofNumbers(logarithm),
  LOG10: ofNumbers((x) => {
    if (x <= 0) throw NUM;
    return Math.log10(x);
  }),
  MATCH: match,
  MAX: extreme((a, b) => a > b),
  MIN: extreme((a, b) => a < b),
  MOD: ofNumbers((a, b) => {
    if (b === 0) throw DIV0;
    const rest = a % b;
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  }),
  NOT: ([arg]) => (i, j) => !toTruth(arg.value(i, j)),
  OR: truths(false, (any, one) => any || one),
  PI: () => () => Math.PI,
  POWER: ofNumbers(power),
  ROUND: ofNumbers(rounded),
  SIGN: ofNumbers(Math.sign),
  SIN: ofNumbers(Math.sin),
  SQRT: ofNumbers((x) => {
    if (x < 0) throw NUM;
    return Math.sqrt(x);
  }),
  SUM: folded(0, (sum, x) => sum + x),
  SUMPRODUCT: sumOfProducts,
  SUMSQ: folded(0, (sum, x) => sum + x * x),
  TANH: ofNumbers(Math.tanh),
  TRUE: () => () => true,
};

/* Operators between two values, by their sign. The first four are what a page spends its time on:
   their operands are looked up once. */
export const OPERATORS = {
  "+": ({ number: a }, { number: b }) => (i, j) => finite(a(i, j) + b(i, j)),
  "-": ({ number: a }, { number: b }) => (i, j) => finite(a(i, j) - b(i, j)),
  "*": ({ number: a }, { number: b }) => (i, j) => finite(a(i, j) * b(i, j)),
  "/": ({ number: a }, { number: b }) => (i, j) => divided(a(i, j), b(i, j)),
  "^": ({ number: a }, { number: b }) => (i, j) => power(a(i, j), b(i, j)),
  "&": (a, b) => (i, j) => toText(a.value(i, j)) + toText(b.value(i, j)),
  "=": (a, b) => (i, j) => compared(a.value(i, j), b.value(i, j)) === 0,
  "<>": (a, b) => (i, j) => compared(a.value(i, j), b.value(i, j)) !== 0,
  "<": (a, b) => (i, j) => compared(a.value(i, j), b.value(i, j)) < 0,
  "<=": (a, b) => (i, j) => compared(a.value(i, j), b.value(i, j)) <= 0,
  ">": (a, b) => (i, j) => compared(a.value(i, j), b.value(i, j)) > 0,
  ">=": (a, b) => (i, j) => compared(a.value(i, j), b.value(i, j)) >= 0,
};

/* The product of two cells, which is most of a training: read on the spot. What gives no number,
   because a cell has none or none yet, goes the usual way. */
export function productOfCells(a, b, usual) {
  const { numbers: left, start: k, down: ki, across: kj } = a;
  const { numbers: right, start: m, down: mi, across: mj } = b;
  return (i, j) => {
    const value = left[k + ki * i + kj * j] * right[m + mi * i + mj * j];
    return value - value === 0 ? value : usual(i, j);
  };
}

/* Operators whose value is a number; the others give a text or a truth value. */
export const NUMERIC = new Set(["+", "-", "*", "/", "^"]);
