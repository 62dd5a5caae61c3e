/* The sheets' tabs, and the panel below them: a grid, or prose for a sheet without blocks. */

import { html } from "./dom.js";
import { prose } from "./prose.js";

export class Tabs {
  constructor(state, grid) {
    Object.assign(this, { state, grid });
    this.tabs = state.visible.map((number) => html("button", {
      type: "button", role: "tab", id: `tab-${number}`, "aria-controls": "panel",
      onclick: () => state.open(number),
    }, state.book.sheets[number].name));
    this.list = html("div", { class: "tabs", role: "tablist", "aria-label": "Sheets", onkeydown: (event) => this.key(event) }, ...this.tabs);
    this.panel = html("div", { class: "panel-body", role: "tabpanel", id: "panel" }, grid.root);
    state.on("sheet", () => this.show());
    this.show();
  }

  key(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const { visible, sheet } = this.state;
    const next = (visible.indexOf(sheet) + move + visible.length) % visible.length;
    this.state.open(visible[next]);
    this.tabs[next].focus();
  }

  show() {
    const { state } = this;
    state.visible.forEach((number, k) => {
      const isOpen = number === state.sheet;
      this.tabs[k].setAttribute("aria-selected", String(isOpen));
      this.tabs[k].tabIndex = isOpen ? 0 : -1;
      if (isOpen) this.tabs[k].scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    this.panel.setAttribute("aria-labelledby", `tab-${state.sheet}`);
    const isProse = !state.book.blocks.some((block) => block.sheet === state.sheet);
    this.panel.replaceChildren(isProse ? prose(state.book.sheets[state.sheet]) : this.grid.root);
    document.body.classList.toggle("reading", isProse);
    this.grid.later();
  }
}
