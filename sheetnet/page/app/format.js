/* Numbers as people read them: in cells by the workbook's own formats, in pictures short. */

import { CellError } from "../engine/errors.js";

const TINY = 0.001;

function tiny(value) {
  const [digits, exponent] = value.toExponential(1).split("e");
  const size = exponent.replace(/^[+-]/, "").padStart(2, "0");
  return `${digits}E${exponent[0] === "-" ? "-" : "+"}${size}`;
}

function places(count) {
  return (value) => value.toFixed(count).replace(/^-(0\.?0*)$/, "$1");
}

function general(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e11)) return tidy(value.toExponential(4));
  return String(Number(value.toPrecision(9)));
}

function fitted(value, characters) {
  const whole = general(value);
  for (let digits = 8; digits > 0 && whole.length > characters; digits--) {
    const text = general(Number(value.toPrecision(digits)));
    if (text.length <= characters) return text;
  }
  return whole;
}

function tidy(text) {
  return text.replace(/\.?0+e/, "e").replace("e+", "E+").replace("e-", "E-");
}

const FORMATS = {
  general,
  fixed: places(4),
  long: places(8),
  three: places(3),
  two: places(2),
  none: () => "",
  dot: () => "●",
  cross: () => "✕",
  small: (value) => (value !== 0 && Math.abs(value) < TINY ? tiny(value) : places(4)(value)),
  tiny,
  whole: places(0),
};

/* What a cell shows; a general number gives up digits until it fits into that many characters. */
export function shown(value, format, characters = 12) {
  if (value instanceof CellError) return value.code;
  if (typeof value === "number") {
    if (FORMATS[format] && format !== "general") return FORMATS[format](value);
    return fitted(value, characters);
  }
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return value === undefined ? "" : value;
}

/* Three figures for a picture. */
export function brief(value) {
  if (value instanceof CellError) return "error";
  if (typeof value !== "number") return "";
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 10000)) {
    const [digits, exponent] = value.toExponential(1).split("e");
    return `${digits.replace("-", "−")}·10${raised(exponent.replace("+", ""))}`;
  }
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3).replace("-", "−")
    .replace(/^−(0\.?0*)$/, "$1");
}

export function raised(text) {
  return text.replace(/[-0-9]/g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);
}

export function lowered(text) {
  return text.replace(/[0-9]/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

/* All the digits there are. */
export function exact(value) {
  if (value instanceof CellError) return `${value.code} (${value.meaning})`;
  if (typeof value === "string") return `“${value}”`;
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return value === undefined ? "" : String(value).replace("-", "−");
}

/* The number that a person typed, with a decimal point or comma, or NaN. */
export function typedNumber(text) {
  const plain = text.trim().replace(",", ".").replace(/^[−–]/, "-");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}
