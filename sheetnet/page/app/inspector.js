/* The selected cell explained: its name, its formula, the same with numbers, its value.

   Every reference is a button that leads to its cell. */

import { columnName, formulaText, pieces, sheetPrefix, target, treeAt } from "../engine/print.js";
import { CellError } from "../engine/errors.js";
import { button, html } from "./dom.js";
import { brief, exact } from "./format.js";
import { described } from "./symbols.js";
import { blockAt, isTyped } from "./state.js";

const MOST_NUMBERS = 4; // of a range, that are shown

export class Inspector {
  constructor(state, grid, hands) {
    Object.assign(this, { state, grid, hands });
    this.root = html("section", { class: "inspector", "aria-label": "The selected cell" });
    this.word = html("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
    state.on("select edit step sheet", () => this.later());
  }

  later() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  draw() {
    const { state, grid } = this;
    const { selected, book } = state;
    const here = selected && blockAt(book, selected.sheet, selected.row, selected.column);
    grid.marked = [];
    if (!here) {
      this.root.replaceChildren(html("p", { class: "idle" }, this.idle(selected)), this.word);
      grid.later();
      return;
    }
    const { block, i, j } = here;
    const value = block.cells.peek(here.index);
    const tree = treeAt(block, i, j);
    const { symbol, words } = described(book, block, i, j, state.quantities);
    const at = columnName(selected.column) + (selected.row + 1);
    const title = html("p", { class: "what" },
      state.trail.length ? button("Back to the cell before", "←", () => state.back(), { class: "small back-cell" }) : null,
      html("b", { class: "address" }, sheetPrefix(book.sheets[block.sheet].name) + at), " ",
      symbol ? html("span", { class: "symbol" }, symbol) : null, " ",
      html("span", { class: "words" }, words), " = ",
      html("span", { class: value instanceof CellError ? "value error" : "value" }, exact(value)));
    const lines = tree === undefined ? [this.typed(here)] : this.formula(here, tree, value);
    this.root.replaceChildren(title, ...lines.filter(Boolean), this.word);
    this.word.textContent = `${at} ${symbol} ${words} = ${exact(value)}`;
    grid.later();
  }

  idle(selected) {
    if (!selected) return "Click any cell to see its formula and where its numbers come from.";
    const layout = this.grid.layout.texts.get(selected.row) || [];
    const text = layout.find(({ column }) => column === selected.column);
    return text ? text.text : "An empty cell.";
  }

  typed(here) {
    if (!isTyped(here)) return html("p", { class: "hint" }, "A number that belongs to the sheet.");
    return html("p", { class: "hint" }, "Yours to change: type a number, with a point or a comma. ",
      html("button", { type: "button", class: "small", onclick: () => this.hands.open() }, "change"));
  }

  formula({ block, i, j }, tree, value) {
    const { book } = this.state;
    const list = pieces(book, block, tree, i, j);
    const line = (show, sign) => list.map((piece) => (typeof piece === "string" ? sign(piece) : show(piece)));
    const goal = (piece) => target(book, piece.reference, i, j);
    this.grid.marked = list.filter((piece) => typeof piece !== "string").map(goal);
    const lines = [
      html("p", { class: "formula", "data-formula": formulaText(book, block, tree, i, j) }, "=",
        line((piece) => this.link(piece.text, goal(piece)), (text) => text)),
      html("p", { class: "numbers" }, "= ", line((piece) => this.link(this.plugged(goal(piece)), goal(piece)), spaced),
        html("span", { class: "result" }, ` = ${value instanceof CellError ? value.code : exact(value)}`)),
    ];
    if (value instanceof CellError) lines.push(this.advice(value, list.map((p) => typeof p !== "string" && goal(p)).filter(Boolean)));
    return lines;
  }

  advice(value, goals) {
    const from = goals.find((goal) => valueOf(goal) instanceof CellError);
    const safe = this.state.lesson && this.state.lesson.formulas === "plain"
      ? " Formulas that do not overflow: sheetnet write LESSON -o FILE.html --safe" : "";
    return html("p", { class: "hint error-hint" }, from ? "The error comes from a cell that it uses. " :
      `Here the error begins: ${value.meaning}.`, safe);
  }

  /* What stands in a reference, for the line with numbers. */
  plugged(goal) {
    const value = valueOf(goal);
    if (goal.rows * goal.columns === 1) return value < 0 ? `(${numeral(value)})` : numeral(value);
    const { block, row, column, rows, columns } = goal;
    const first = [];
    for (let k = 0; k < Math.min(MOST_NUMBERS, rows * columns); k++) {
      const r = row - block.row + Math.floor(k / columns);
      first.push(numeral(block.cells.peek(r * block.columns + (column - block.column) + (k % columns))));
    }
    const all = rows * columns;
    return `{${first.join("; ")}${all > MOST_NUMBERS ? `; … ${all} numbers` : ""}}`;
  }

  link(text, goal) {
    const { block, row, column } = goal;
    return html("button", {
      type: "button", class: "reference", title: `Go to ${columnName(column)}${row + 1}`,
      onclick: () => {
        this.state.select(block.sheet, row, column, true);
        this.grid.root.focus({ preventScroll: true });
      },
    }, text);
  }
}

function valueOf({ block, row, column }) {
  return block.cells.peek((row - block.row) * block.columns + column - block.column);
}

/* Six figures: enough to see where a number comes from. */
function numeral(value) {
  if (typeof value !== "number") return value instanceof CellError ? value.code : exact(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return brief(value);
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

/* Signs of operations with room around them, as on paper. */
function spaced(piece) {
  const signs = { "*": "·", "-": " − ", "+": " + ", "/": " / ", ">=": " ≥ ", "<=": " ≤ ", "<>": " ≠ ", ">": " > ", "<": " < ", "=": " = ", "&": " & ", ",": ", " };
  return signs[piece] || piece;
}
