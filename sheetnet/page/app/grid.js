/* A sheet as a grid of which only what is in sight is drawn.

   Everything scrolls natively: cells stand at their places; headings, frozen rows and frozen columns
   are layers that stick. Where the frozen part would fill a small screen, only its last rows and
   columns stick, from the moment they reach the edge. What one cell looks like: see cell.js. */

import { columnName } from "../engine/print.js";
import { box, drawnCell, GUTTER, head } from "./cell.js";
import { charts } from "./charts.js";
import { html } from "./dom.js";
import { Layout } from "./layout.js";

const SHARE = { width: 0.4, height: 0.45 }; // of the grid, at most, for what is frozen
const AROUND = 3; // rows and columns drawn beyond what is in sight
const LAYERS = ["body", "left", "gutter", "top", "frozen", "letters", "ownLetters", "ownNumbers", "corner"];
const MARGIN = 14;

export class Grid {
  constructor(state) {
    this.state = state;
    this.layouts = new Map();
    this.marked = [];
    this.root = html("div", { class: "grid", role: "grid", tabindex: 0, "aria-label": "Sheet" });
    this.layers = Object.fromEntries(LAYERS.map((name) =>
      [name, html("div", { class: `layer ${name}`, role: "presentation" })]));
    this.area = html("div", { class: "area", role: "presentation" }, ...Object.values(this.layers));
    this.root.append(this.area);
    this.root.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => this.later()).observe(this.root);
    state.on("sheet", () => {
      this.root.scrollTo(0, 0);
      this.later();
    });
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

  /* The rows and columns that stick: from `row` to before `rows`, from `column` to before `columns`. */
  frozen() {
    const { layout, root } = this;
    const [rows, columns] = layout.sheet.frozen;
    let [row, column] = [0, 0];
    const wide = root.clientWidth * SHARE.width;
    const high = root.clientHeight * SHARE.height - GUTTER.height;
    while (column < columns && layout.left(columns) - layout.left(column) > wide) column += 1;
    while (row < rows && layout.top(rows) - layout.top(row) > high) row += 1;
    return {
      row, rows, column, columns, x: layout.left(column), y: layout.top(row),
      width: layout.left(columns) - layout.left(column), height: layout.top(rows) - layout.top(row),
    };
  }

  draw() {
    this.frame = undefined;
    const { layout, root, layers } = this;
    if (!root.clientWidth) return;
    const f = this.frozen();
    this.now = f;
    this.whole = { width: layout.width + GUTTER.width + 80, height: layout.height + GUTTER.height + 30 };
    Object.assign(this.area.style, { width: `${this.whole.width}px`, height: `${this.whole.height}px` });
    for (const name of ["left", "frozen", "ownLetters"]) layers[name].style.left = `${-f.x}px`;
    for (const name of ["top", "frozen", "ownNumbers"]) layers[name].style.top = `${-f.y}px`;
    const view = {
      row: Math.max(0, layout.rowAt(root.scrollTop) - AROUND),
      lastRow: Math.min(layout.rows - 1, layout.rowAt(root.scrollTop + root.clientHeight) + AROUND),
      column: Math.max(0, layout.columnAt(root.scrollLeft) - AROUND),
      lastColumn: Math.min(layout.columns - 1, layout.columnAt(root.scrollLeft + root.clientWidth) + AROUND),
    };
    root.setAttribute("aria-rowcount", layout.rows);
    root.setAttribute("aria-colcount", layout.columns);
    root.setAttribute("aria-label", `Sheet ${layout.sheet.name}`);
    const rows = [view.row, view.lastRow, (r) => r < f.row || r >= f.rows];
    const columns = [view.column, view.lastColumn, (c) => c < f.column || c >= f.columns];
    const ownRows = [f.row, f.rows - 1, () => true];
    const ownColumns = [f.column, f.columns - 1, () => true];
    this.fill("body", rows, columns);
    this.fill("left", rows, ownColumns);
    this.fill("top", ownRows, columns);
    this.fill("frozen", ownRows, ownColumns);
    this.letters("letters", columns);
    this.letters("ownLetters", ownColumns);
    this.numbers("gutter", rows);
    this.numbers("ownNumbers", ownRows);
    layers.corner.replaceChildren(head("", 0, 0, GUTTER.width, GUTTER.height));
    this.tellCell();
  }

  fill(name, [row, lastRow, takesRow], [column, lastColumn, takesColumn]) {
    const rows = new Map();
    if (lastRow >= row && lastColumn >= column) {
      this.layout.visit(row, column, lastRow, lastColumn, (r, c, what) => {
        if (!takesColumn(c) || !takesRow(r)) return;
        if (!rows.has(r)) rows.set(r, html("div", { role: "row", "aria-rowindex": r + 1 }));
        rows.get(r).append(drawnCell(this, r, c, what));
      });
    }
    const ordered = [...rows].sort((a, b) => a[0] - b[0]).map(([, element]) => element);
    const layer = this.layers[name];
    const editor = layer.querySelector("input.editor");
    layer.querySelectorAll(":scope > :not(.editor)").forEach((old) => old.remove());
    layer.prepend(...this.ground(name), ...ordered, ...this.band(name, row, lastRow),
      ...charts(this, name, takesColumn));
    if (editor && document.activeElement !== editor) editor.focus({ preventScroll: true });
  }

  /* What a layer hides behind itself. */
  ground(name) {
    const { now: f, whole } = this;
    const [x, y] = [f.x + GUTTER.width, f.y + GUTTER.height];
    if (name === "top" && f.height) return [box("ground", 0, y, whole.width, f.height)];
    if (name === "left" && f.width) return [box("ground", x, 0, f.width, whole.height)];
    if (name === "frozen" && f.width && f.height) return [box("ground", x, y, f.width, f.height)];
    return [];
  }

  /* The row of the step that is shown, in a table of steps. */
  band(name, row, lastRow) {
    const { state, layout, now: f } = this;
    const at = layout.history ? layout.history.row + state.step : -1;
    if (at < row || at > lastRow || (name !== "body" && name !== "left")) return [];
    const [x, wide] = name === "body" ? [0, layout.width] : [f.x, f.width];
    return [box("step-band", x + GUTTER.width, layout.top(at) + GUTTER.height, wide, layout.rowHeight(at))];
  }

  /* Letters above and numbers beside, as in a workbook. */
  letters(name, [column, lastColumn, takes]) {
    const { layout } = this;
    const made = [];
    for (let c = column; c <= lastColumn; c++) {
      const x = layout.left(c) + GUTTER.width;
      if (takes(c)) made.push(head(columnName(c), x, 0, layout.left(c + 1) - layout.left(c), GUTTER.height));
    }
    this.layers[name].replaceChildren(...made);
  }

  numbers(name, [row, lastRow, takes]) {
    const { layout } = this;
    const made = [];
    for (let r = row; r <= lastRow; r++) {
      const y = layout.top(r) + GUTTER.height;
      if (takes(r)) made.push(head(String(r + 1), 0, y, GUTTER.width, layout.rowHeight(r)));
    }
    this.layers[name].replaceChildren(...made);
  }

  isMarked(row, column) {
    return this.marked.some((m) => m.block.sheet === this.state.sheet && row >= m.row &&
      row < m.row + m.rows && column >= m.column && column < m.column + m.columns);
  }

  tellCell() {
    const { selected } = this.state;
    const id = selected ? `c${selected.row}-${selected.column}` : "";
    if (id && this.root.querySelector(`#${id}`)) this.root.setAttribute("aria-activedescendant", id);
    else this.root.removeAttribute("aria-activedescendant");
  }

  /* The cell under a pointer. */
  at(event) {
    const { root, layout, now: f } = this;
    const place = root.getBoundingClientRect();
    const [x, y] = [event.clientX - place.left - GUTTER.width, event.clientY - place.top - GUTTER.height];
    if (x < 0 || y < 0) return undefined;
    const sticksX = root.scrollLeft > f.x && x < f.width;
    const sticksY = root.scrollTop > f.y && y < f.height;
    const inside = { x: x + (sticksX ? f.x : root.scrollLeft), y: y + (sticksY ? f.y : root.scrollTop) };
    if (inside.x >= layout.width || inside.y >= layout.height) return undefined;
    return { row: layout.rowAt(inside.y), column: layout.columnAt(inside.x) };
  }

  /* Scroll as little as brings a row, and a column if there is one, into sight. */
  reveal(row, column) {
    const { root, layout } = this;
    const f = this.frozen();
    if (row < f.row || row >= f.rows) {
      const hidden = row >= f.rows ? f.height : 0;
      const [top, bottom] = [layout.top(row) - hidden, layout.top(row + 1) + GUTTER.height + MARGIN];
      if (top < root.scrollTop) root.scrollTop = top;
      else if (bottom > root.scrollTop + root.clientHeight) root.scrollTop = bottom - root.clientHeight;
    }
    if (column !== undefined && (column < f.column || column >= f.columns)) {
      const hidden = column >= f.columns ? f.width : 0;
      const [left, right] = [layout.left(column) - hidden, layout.left(column + 1) + GUTTER.width + MARGIN];
      if (left < root.scrollLeft) root.scrollLeft = left;
      else if (right > root.scrollLeft + root.clientWidth) root.scrollLeft = right - root.clientWidth;
    }
  }
}
