/* A formula as the .xlsx workbook would show it in one cell, and its parts.

   The rules are those of sheetnet/formulas/printing.py, from which a test takes every formula. */

const STRENGTH = {
  "=": 0, "<>": 0, "<": 0, "<=": 0, ">": 0, ">=": 0, "&": 1, "+": 2, "-": 2, "*": 3, "/": 3, "^": 4,
};
const NEGATIVE = 2;
const LEAF = 9;

export function columnName(column) {
  let name = "";
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}

export function address(row, column) {
  return columnName(column) + (row + 1);
}

export function sheetPrefix(name) {
  const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
  return `${plain ? name : `'${name.replaceAll("'", "''")}'`}!`;
}

/* A place's number for row i and column j, and whether a "$" stands before it. */
function placed(place, i, j) {
  if (typeof place === "number") return [place, true];
  const [start, down = 0, across = 0] = place;
  return [start + down * i + (across & 1) * j, (across & 2) > 0];
}

/* What a formula refers to: the block, and the rectangle within the sheet. */
export function target(book, reference, i, j) {
  const block = book.blocks[reference[0]];
  if (reference.length === 1) {
    const { row, column, rows, columns } = block;
    return { block, row, column, rows, columns };
  }
  const numbers = reference.slice(1).map((place) => placed(place, i, j)[0]);
  const [row, column, lastRow = numbers[0], lastColumn = numbers[1]] = numbers;
  return {
    block, row: block.row + row, column: block.column + column,
    rows: lastRow - row + 1, columns: lastColumn - column + 1,
  };
}

function corner(block, row, column, i, j) {
  const [r, fixedRow] = placed(row, i, j);
  const [c, fixedColumn] = placed(column, i, j);
  const letters = (fixedColumn ? "$" : "") + columnName(block.column + c);
  return letters + (fixedRow ? "$" : "") + (block.row + r + 1);
}

function referenceText(book, home, reference, i, j) {
  const block = book.blocks[reference[0]];
  if (reference.length === 1) return block.name;
  const prefix = block.sheet === home.sheet ? "" : sheetPrefix(book.sheets[block.sheet].name);
  const [row, column, lastRow, lastColumn] = reference.slice(1);
  const first = prefix + corner(block, row, column, i, j);
  return lastRow === undefined ? first : `${first}:${corner(block, lastRow, lastColumn, i, j)}`;
}

/* The formula in pieces: texts, and {reference, text} where it refers to cells. */
export function pieces(book, home, tree, i, j) {
  const show = (part, needed) => {
    const [list, strength] = walk(part);
    return strength >= needed ? list : ["(", ...list, ")"];
  };
  const walk = (part) => {
    if (typeof part === "number") return [[numeral(part)], part < 0 ? NEGATIVE : LEAF];
    if (typeof part === "string") return [[`"${part.replaceAll('"', '""')}"`], LEAF];
    if (typeof part === "boolean") return [[part ? "TRUE" : "FALSE"], LEAF];
    const [head, ...rest] = part;
    if (typeof head === "number") {
      return [[{ reference: part, text: referenceText(book, home, part, i, j) }], LEAF];
    }
    if (head === "-" && rest.length === 1) return [["-", ...show(rest[0], LEAF)], NEGATIVE];
    if (head in STRENGTH) {
      const strength = STRENGTH[head];
      return [[...show(rest[0], strength), head, ...show(rest[1], strength + 1)], strength];
    }
    if (rest.length === 0 && (head === "TRUE" || head === "FALSE")) return [[head], LEAF];
    const inside = rest.flatMap((one, k) => [...(k ? [","] : []), ...walk(one)[0]]);
    return [[`${head}(`, ...inside, ")"], LEAF];
  };
  return walk(tree)[0];
}

/* Digits as the workbook has them: whole numbers without a point. */
function numeral(number) {
  const text = String(number);
  if (!text.includes("e")) return text;
  const [digits, exponent] = text.split("e");
  const size = exponent.replace(/^[+-]/, "").padStart(2, "0");
  return `${digits}e${exponent[0] === "-" ? "-" : "+"}${size}`;
}

export function formulaText(book, home, tree, i, j) {
  const list = pieces(book, home, tree, i, j);
  return `=${list.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("")}`;
}

/* The tree behind a cell of a block, or nothing for a typed number. */
export function treeAt(block, i, j) {
  if (i < block.typedRows) return undefined;
  return block.runs.find(({ stop }) => j < stop)?.tree;
}
