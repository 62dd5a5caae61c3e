/* The pictures above the sheets: network, loss, boundary or fit; each drawn anew when it changes. */

import { drawBoundary, drawFit, kindOf, legend } from "./answers.js";
import { drawCurve } from "./curve.js";
import { html, svg } from "./dom.js";
import { brief } from "./format.js";
import { drawNetwork, MOST_DRAWN } from "./network.js";

export class Stage {
  constructor(state) {
    this.state = state;
    this.panels = [];
    const { quantities: q } = state;
    this.root = html("section", { class: "stage", "aria-label": "Pictures of the network" });
    if (q.layers) this.addNetwork();
    if (state.steps) this.addCurve();
    const kind = kindOf(q);
    if (kind === "boundary") this.addBoundary();
    if (kind === "fit") this.addFit();
    this.root.classList.add(`panels-${this.panels.length}`);
    state.on("edit step view", () => this.later());
    this.watch = new ResizeObserver(() => this.later());
    this.panels.forEach(({ place }) => this.watch.observe(place));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.later());
  }

  /* Draw at most once a frame. */
  later() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  draw() {
    for (const { place, paint } of this.panels) {
      const box = { width: place.clientWidth, height: place.clientHeight };
      if (box.width > 40 && box.height > 30) paint(box);
    }
  }

  add(kind, heading, controls, place, paint) {
    const panel = html("figure", { class: `panel ${kind}` },
      html("figcaption", {}, heading, ...controls), place);
    this.root.append(panel);
    this.panels.push({ place, paint });
    return panel;
  }

  addNetwork() {
    const { state } = this;
    const q = state.quantities;
    const drawing = svg("svg", { role: "img", class: "drawing" });
    const place = html("div", { class: "place" }, drawing);
    const controls = [];
    if (q.examples > 1) {
      const list = chooser("example", q.examples, state.example, (k) => { state.example = k; });
      state.on("view", () => { list.value = state.example; });
      controls.push(list);
    }
    if (q.block(`delta_${q.layers}`) && q.sizes.slice(1).some((count) => count <= MOST_DRAWN)) {
      const toggle = html("input", { type: "checkbox", id: "shows-delta", onchange: () => {
        state.showsDelta = toggle.checked;
        state.tell("view");
      } });
      controls.push(html("label", { class: "toggle" }, toggle, "δ on the way back"));
    }
    if (!state.steps && q.block("loss")) {
      const { text, words } = state.book.data.symbols.loss;
      this.value = html("output", { class: "loss-value" });
      controls.push(html("span", { class: "name" }, `${words} ${text}`), this.value);
    }
    const key = html("span", { class: "legend" }, html("span", { class: "chip plus" }), "pushes up",
      html("span", { class: "chip minus" }), "pushes down");
    this.add("network", html("span", { class: "name" }, q.sizes.join("–")), [key, ...controls], place,
      (box) => {
        if (this.value) this.value.textContent = brief(q.loss(0));
        drawNetwork(drawing, state, box);
      });
  }

  addCurve() {
    const { state } = this;
    const drawing = svg("svg", { role: "img", class: "drawing loss-curve" });
    const value = html("output", { class: "loss-value" });
    const words = state.book.data.symbols.loss || { words: "loss", text: "C" };
    const scale = html("button", { type: "button", class: "small", "aria-pressed": "true", "aria-label": "Logarithmic scale", title: "Logarithmic or linear scale", onclick: () => {
      state.isLogarithmic = !state.isLogarithmic;
      scale.setAttribute("aria-pressed", String(state.isLogarithmic));
      scale.textContent = state.isLogarithmic ? "log scale" : "linear scale";
      state.tell("view");
    } }, "log scale");
    this.add("loss", html("span", { class: "name" }, `${words.words} ${words.text}`), [value, scale],
      html("div", { class: "place" }, drawing), (box) => {
        value.textContent = brief(state.quantities.loss(state.step));
        drawCurve(drawing, state, box, (step) => { state.step = step; });
      });
  }

  addBoundary() {
    const { state } = this;
    const canvas = html("canvas", { class: "shades", "aria-hidden": "true" });
    const points = svg("svg", { role: "img", class: "drawing points" });
    const key = html("span", {});
    const outputs = state.quantities.sizes[state.quantities.layers];
    const controls = outputs > 1 ? [chooser("output", outputs, 0, (k) => {
      state.output = k;
      state.tell("view");
    })] : [];
    this.add("boundary", html("span", { class: "name" }, "answer"), [...controls, key],
      html("div", { class: "place" }, canvas, points), (box) => {
        key.replaceChildren(legend(drawBoundary(canvas, points, state, box)));
      });
  }

  addFit() {
    const { state } = this;
    const drawing = svg("svg", { role: "img", class: "drawing" });
    this.add("fit", html("span", { class: "name" }, "answer"),
      [html("span", { class: "legend" }, html("span", { class: "chip ring" }), "targets")],
      html("div", { class: "place" }, drawing), (box) => drawFit(drawing, state, box));
  }
}

function chooser(word, count, first, choose) {
  const options = Array.from({ length: Math.min(count, 1000) }, (_, k) =>
    html("option", { value: k, selected: k === first }, `${word} ${k + 1}`));
  const list = html("select", { "aria-label": word, onchange: () => choose(Number(list.value)) }, ...options);
  return list;
}
