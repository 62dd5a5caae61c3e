/* Mouse and keys in the grid: select, walk, type a number, commit or give up. */

import { html } from "./dom.js";
import { typedNumber } from "./format.js";
import { blockAt, isTyped, unfit } from "./state.js";

const MOVES = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-15, 0], PageDown: [15, 0],
};

export class Hands {
  constructor(state, grid, say) {
    Object.assign(this, { state, grid, say });
    const { root } = grid;
    root.addEventListener("click", (event) => this.click(event));
    root.addEventListener("dblclick", () => this.open());
    root.addEventListener("keydown", (event) => this.key(event));
    state.on("step", () => this.follow());
    state.on("select", () => {
      const { selected } = state;
      if (selected && selected.sheet === state.sheet) grid.reveal(selected.row, selected.column);
    });
  }

  /* Keep the row of the step shown in sight. */
  follow() {
    const history = this.grid.layout.history;
    if (history && this.grid.root.isConnected) this.grid.reveal(history.row + this.state.step);
  }

  get here() {
    const { selected, book } = this.state;
    return selected && blockAt(book, selected.sheet, selected.row, selected.column);
  }

  click(event) {
    if (event.target.closest("input")) return;
    this.commit();
    const at = this.grid.at(event);
    if (!at) return;
    const { selected, sheet } = this.state;
    const again = selected && selected.row === at.row && selected.column === at.column;
    this.state.select(sheet, at.row, at.column);
    this.grid.root.focus({ preventScroll: true });
    if (again && matchMedia("(pointer: coarse)").matches) this.open();
  }

  key(event) {
    if (event.target !== this.grid.root || event.altKey) return;
    const { state, grid } = this;
    const at = state.selected || { row: 0, column: 0 };
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "Home") this.move(event, 0, 0);
      return;
    }
    const move = MOVES[event.key];
    if (move) this.move(event, at.row + move[0], at.column + move[1]);
    else if (event.key === "Home") this.move(event, at.row, 0);
    else if (event.key === "End") this.move(event, at.row, grid.layout.columns - 1);
    else if (event.key === "Enter" || event.key === "F2") {
      event.preventDefault();
      this.open();
    } else if (event.key === "Backspace" && state.trail.length) {
      event.preventDefault();
      state.back();
    } else if (event.key.length === 1 && /[-+0-9.,−]/.test(event.key)) {
      event.preventDefault();
      this.open(event.key);
    }
  }

  move(event, row, column) {
    event.preventDefault();
    event.stopPropagation();
    const { rows, columns } = this.grid.layout;
    const inside = (value, count) => Math.min(Math.max(value, 0), count - 1);
    this.state.select(this.state.sheet, inside(row, rows), inside(column, columns));
  }

  /* Begin to type into the selected cell. */
  open(text) {
    const { here, grid, state } = this;
    if (!here) return;
    if (!isTyped(here)) {
      this.say("This cell is computed. The yellow cells are yours to change.");
      return;
    }
    grid.draw();
    const cell = grid.root.querySelector(".cell.selected");
    if (!cell || this.editor) return;
    const value = here.block.cells.peek(here.index);
    const editor = html("input", {
      class: "editor", type: "text", inputmode: "text", enterkeyhint: "done", autocomplete: "off",
      spellcheck: "false", "aria-label": "New number", value: text === undefined ? String(value) : text,
    });
    Object.assign(editor.style, {
      left: cell.style.left, top: cell.style.top, height: cell.style.height,
      width: `${Math.max(90, parseFloat(cell.style.width))}px`,
    });
    cell.closest(".layer").append(editor);
    this.editor = editor;
    this.target = here;
    editor.addEventListener("keydown", (event) => this.editorKey(event));
    editor.addEventListener("blur", () => this.commit());
    editor.focus({ preventScroll: true });
    if (text === undefined) editor.select();
    else editor.setSelectionRange(text.length, text.length);
    state.tell("view");
  }

  editorKey(event) {
    event.stopPropagation();
    const steps = { Enter: [1, 0], Tab: [0, event.shiftKey ? -1 : 1] }[event.key];
    if (event.key === "Escape") {
      this.close();
      this.grid.root.focus({ preventScroll: true });
    } else if (steps) {
      event.preventDefault();
      if (!this.commit()) return;
      const { row, column, sheet } = this.state.selected;
      const next = { row: row + steps[0], column: column + steps[1] };
      const found = blockAt(this.state.book, sheet, next.row, next.column);
      if (found && isTyped(found)) this.state.select(sheet, next.row, next.column);
      this.grid.root.focus({ preventScroll: true });
    }
  }

  /* Take what was typed; false where it is no number for this cell. */
  commit() {
    const { editor, target, state } = this;
    if (!editor) return true;
    const number = typedNumber(editor.value);
    const wrong = unfit(state.book, target, number);
    if (wrong) {
      if (editor.value.trim() === "") {
        this.close();
        return true;
      }
      this.say(`${editor.value.trim().slice(0, 20)}: ${wrong}`);
      editor.setAttribute("aria-invalid", "true");
      return false;
    }
    this.close();
    if (!state.isChosen(target.block, number)) state.edit([[target.block, target.index, number]]);
    return true;
  }

  close() {
    const { editor } = this;
    this.editor = undefined;
    if (editor) editor.remove();
  }
}
