/* A sheet as a grid of which only what is in sight is drawn.

   Everything scrolls natively: cells stand at their places, and headings, frozen rows and frozen
   columns are layers that stick. Where the frozen columns would fill a small screen, only the last
   of them stick, from the moment they reach the edge. */

import { html } from "./dom.js";
import { shown } from "./format.js";
import { columnName } from "../engine/print.js";
import { CellError } from "../engine/errors.js";
import { Layout } from "./layout.js";
import { isTyped } from "./state.js";

const GUTTER = { width: 46, height: 22 };
const SHARE = 0.4; // of the width, at most, for frozen columns
const AROUND = 3; // rows and columns drawn beyond what is in sight
const CHARACTER = 6.9;

export class Grid {
  constructor(state) {
    this.state = state;
    this.layouts = new Map();
    this.marked = [];
    this.root = html("div", {
      class: "grid", role: "grid", tabindex: 0, "aria-label": "Sheet", id: "sheet-panel",
    });
    this.layer = (name) => html("div", { class: `layer ${name}`, role: "presentation" });
    this.layers = Object.fromEntries(["body", "left", "gutter", "top", "frozen", "corner"]
      .map((name) => [name, this.layer(name)]));
    this.area = html("div", { class: "area", role: "presentation" }, ...Object.values(this.layers));
    this.root.append(this.area);
    this.root.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => this.later()).observe(this.root);
    state.on("sheet", () => { this.root.scrollTo(0, 0); this.later(); });
    state.on("edit step select view", () => this.later());
  }

  get layout() {
    const { sheet, book } = this.state;
    if (!this.layouts.has(sheet)) this.layouts.set(sheet, new Layout(book, sheet));
    return this.layouts.get(sheet);
  }

  later() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => this.draw());
  }

  /* Frozen rows, and the columns from `first` to before `stop` that stick at the left. */
  frozen() {
    const { layout } = this;
    const [rows, columns] = layout.sheet.frozen;
    const room = this.root.clientWidth * SHARE;
    let first = 0;
    while (first < columns && layout.left(columns) - layout.left(first) > room) first += 1;
    const high = layout.top(rows) + GUTTER.height;
    return { rows: high > this.root.clientHeight * 0.6 ? 0 : rows, first, stop: columns };
  }

  draw() {
    this.frame = undefined;
    const { layout, root } = this;
    if (!root.clientWidth) return;
    const f = this.frozen();
    this.now = f;
    Object.assign(this.area.style, {
      width: `${layout.width + GUTTER.width + 80}px`, height: `${layout.height + GUTTER.height + 30}px`,
    });
    this.layers.left.style.left = this.layers.frozen.style.left = `${-layout.left(f.first)}px`;
    const view = {
      row: Math.max(f.rows, layout.rowAt(root.scrollTop + layout.top(f.rows)) - AROUND),
      lastRow: Math.min(layout.rows - 1, layout.rowAt(root.scrollTop + root.clientHeight) + AROUND),
      column: Math.max(0, layout.columnAt(root.scrollLeft) - AROUND),
      lastColumn: Math.min(layout.columns - 1, layout.columnAt(root.scrollLeft + root.clientWidth) + AROUND),
    };
    root.setAttribute("aria-rowcount", layout.rows);
    root.setAttribute("aria-colcount", layout.columns);
    root.setAttribute("aria-label", `Sheet ${layout.sheet.name}`);
    const sticky = [f.first, f.stop - 1];
    const { row, lastRow, column, lastColumn } = view;
    const free = (c) => c < sticky[0] || c > sticky[1];
    this.fill("body", row, lastRow, column, lastColumn, free);
    this.fill("left", row, lastRow, ...sticky, () => true);
    this.fill("top", 0, f.rows - 1, column, lastColumn, free);
    this.fill("frozen", 0, f.rows - 1, ...sticky, () => true);
    this.headings(view, f, free);
    this.focusCell();
  }

  fill(name, row, lastRow, column, lastColumn, takes) {
    const rows = new Map();
    if (lastRow >= row && lastColumn >= column) {
      this.layout.visit(row, column, lastRow, lastColumn, (r, c, what) => {
        if (!takes(c)) return;
        if (!rows.has(r)) rows.set(r, html("div", { role: "row", "aria-rowindex": r + 1 }));
        rows.get(r).append(this.cell(r, c, what));
      });
    }
    const ground = this.ground(name, row, lastRow);
    const ordered = [...rows].sort((a, b) => a[0] - b[0]).map(([, element]) => element);
    const editor = this.layers[name].querySelector("input.editor");
    this.layers[name].replaceChildren(...ground, ...ordered, ...this.bands(name, row, lastRow));
    if (editor) this.layers[name].append(editor);
  }

  /* What a layer hides behind itself. */
  ground(name) {
    const { layout, now } = this;
    const high = layout.top(now.rows) + GUTTER.height;
    const [x, wide] = [layout.left(now.first) + GUTTER.width, layout.left(now.stop) - layout.left(now.first)];
    if (name === "top") return [box("ground", 0, 0, layout.width + GUTTER.width + 80, high)];
    if (wide <= 0) return [];
    if (name === "left") return [box("ground", x, 0, wide, layout.height + GUTTER.height)];
    if (name === "frozen") return [box("ground", x, 0, wide, high)];
    return [];
  }

  /* The row of the step that is shown, in a table of steps. */
  bands(name, row, lastRow) {
    const { state, layout } = this;
    const history = layout.blocks.find((block) => block.layout === "history" && block.rows > 1);
    if (!history || (name !== "body" && name !== "left")) return [];
    const at = history.row + state.step;
    if (at < row || at > lastRow) return [];
    const [x, wide] = name === "body" ? [0, layout.width]
      : [layout.left(this.now.first), layout.left(this.now.stop) - layout.left(this.now.first)];
    return [box("step-band", x + GUTTER.width, layout.top(at) + GUTTER.height, wide, this.height(at))];
  }

  height(row) {
    return this.layout.top(row + 1) - this.layout.top(row);
  }

  cell(row, column, what) {
    const { layout, state } = this;
    const wide = layout.left(column + 1) - layout.left(column);
    const element = html("div", {
      role: "gridcell", id: `c${row}-${column}`, "aria-colindex": column + 1,
    });
    const { style: look } = element;
    look.left = `${layout.left(column) + GUTTER.width}px`;
    look.top = `${layout.top(row) + GUTTER.height}px`;
    look.height = `${this.height(row)}px`;
    look.width = `${wide}px`;
    let names = "cell";
    if (what.block) {
      const { block, i, j } = what;
      const typed = isTyped(what);
      const style = i < block.typedRows && block.typedName ? block.typedStyle : block.style;
      const value = block.cells.peek(i * block.columns + j);
      const text = shown(value, state.book.data.styles[style]);
      names += ` s-${style}`;
      if (typed) names += " typed";
      else element.setAttribute("aria-readonly", "true");
      if (value instanceof CellError) names += " error";
      if (typeof value === "string") names += " words";
      element.textContent = text;
      const room = (wide - 7) / (text.length * CHARACTER);
      if (room < 1) look.fontSize = `${Math.max(0.6, room).toFixed(2)}em`;
    } else {
      names += ` s-${what.style} words`;
      element.textContent = what.text;
      const room = layout.roomRight(row, column);
      if (what.text.length * CHARACTER > wide && room > wide) {
        look.width = room === Infinity ? "max-content" : `${room}px`;
        look.minWidth = `${wide}px`;
        names += " runs";
      }
    }
    const { selected } = state;
    if (selected && selected.row === row && selected.column === column) {
      names += " selected";
      element.setAttribute("aria-selected", "true");
    }
    if (this.isMarked(row, column)) names += " precedent";
    element.className = names;
    return element;
  }

  isMarked(row, column) {
    return this.marked.some((m) => m.block.sheet === this.state.sheet && row >= m.row &&
      row < m.row + m.rows && column >= m.column && column < m.column + m.columns);
  }

  /* Letters above and numbers beside, as in a workbook. */
  headings({ row, lastRow, column, lastColumn }, f, free) {
    const { layout } = this;
    const letter = (c) => head(columnName(c), layout.left(c) + GUTTER.width, 0, layout.left(c + 1) - layout.left(c), GUTTER.height);
    const number = (r) => head(String(r + 1), 0, layout.top(r) + GUTTER.height, GUTTER.width, this.height(r));
    const letters = [];
    for (let c = column; c <= lastColumn; c++) if (free(c)) letters.push(letter(c));
    this.layers.top.append(...letters);
    const own = [];
    for (let c = f.first; c < f.stop; c++) own.push(letter(c));
    this.layers.frozen.append(...own);
    const numbers = [];
    for (let r = row; r <= lastRow; r++) numbers.push(number(r));
    this.layers.gutter.replaceChildren(box("ground", 0, 0, GUTTER.width, layout.height + GUTTER.height), ...numbers);
    const fixed = [];
    for (let r = 0; r < f.rows; r++) fixed.push(number(r));
    this.layers.corner.replaceChildren(
      box("ground", 0, 0, GUTTER.width, layout.top(f.rows) + GUTTER.height), head("", 0, 0, GUTTER.width, GUTTER.height), ...fixed);
  }

  focusCell() {
    const { selected } = this.state;
    const id = selected ? `c${selected.row}-${selected.column}` : "";
    if (id && this.root.querySelector(`#${id}`)) this.root.setAttribute("aria-activedescendant", id);
    else this.root.removeAttribute("aria-activedescendant");
  }

  /* The cell under a pointer. */
  at(event) {
    const { root, layout, now } = this;
    const place = root.getBoundingClientRect();
    let x = event.clientX - place.left - GUTTER.width;
    let y = event.clientY - place.top - GUTTER.height;
    if (x < 0 || y < 0) return undefined;
    const sticks = root.scrollLeft > layout.left(now.first);
    const wide = layout.left(now.stop) - layout.left(now.first);
    if (sticks && x < wide) x += layout.left(now.first);
    else x += root.scrollLeft;
    if (y >= layout.top(now.rows)) y += root.scrollTop;
    if (x >= layout.width || y >= layout.height) return undefined;
    return { row: layout.rowAt(y), column: layout.columnAt(x) };
  }

  /* Scroll as little as brings a cell into sight. */
  reveal(row, column) {
    const { root, layout } = this;
    const f = this.frozen();
    const wide = layout.left(f.stop) - layout.left(f.first);
    if (row >= f.rows) {
      const [top, bottom] = [layout.top(row) - layout.top(f.rows), layout.top(row + 1) + GUTTER.height];
      if (top < root.scrollTop) root.scrollTop = top;
      else if (bottom > root.scrollTop + root.clientHeight - 14) root.scrollTop = bottom - root.clientHeight + 14;
    }
    if (column >= f.stop || column < f.first) {
      const [left, right] = [layout.left(column) - (column >= f.stop ? wide : 0), layout.left(column + 1) + GUTTER.width];
      if (left < root.scrollLeft) root.scrollLeft = left;
      else if (right > root.scrollLeft + root.clientWidth - 14) root.scrollLeft = right - root.clientWidth + 14;
    }
  }
}

function box(name, x, y, width, height) {
  const element = html("div", { class: name, "aria-hidden": "true" });
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  return element;
}

function head(text, x, y, width, height) {
  const element = box("head", x, y, width, height);
  element.textContent = text;
  return element;
}
