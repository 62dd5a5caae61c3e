/* The step that is shown: a slider, play, one step forward and back, speed. */

import { button, html } from "./dom.js";
import { icon } from "./icons.js";

const SPEEDS = [1, 5, 20, 60, 200, 1000]; // steps a second
const USUAL = 20;

export class Transport {
  constructor(state) {
    this.state = state;
    const { steps } = state;
    this.speed = USUAL;
    this.isPlaying = false;
    this.slider = html("input", {
      type: "range", min: 0, max: steps, step: 1, value: state.step, "aria-label": "Step shown",
      class: "step-slider", oninput: () => { state.step = Number(this.slider.value); },
    });
    this.number = html("input", {
      type: "number", min: 0, max: steps, value: state.step, class: "step-number", "aria-label": "Step",
      onchange: () => { state.step = Number(this.number.value) || 0; this.follow(); },
    });
    this.player = button("Play", icon("play"), () => this.toggle(), { class: "play", "aria-pressed": "false" });
    const speeds = html("select", { "aria-label": "Speed", class: "speed", onchange: () => { this.speed = Number(speeds.value); } },
      ...SPEEDS.map((speed) => html("option", { value: speed, selected: speed === USUAL }, `${speed}/s`)));
    this.root = html("section", { class: "transport", "aria-label": "Training step" },
      button("To the first step", icon("first"), () => this.go(0), { class: "first" }),
      button("One step back", icon("back"), () => this.go(state.step - 1), { class: "back" }),
      this.player,
      button("One step forward", icon("forward"), () => this.go(state.step + 1), { class: "forward" }),
      this.slider,
      html("label", { class: "step-label" }, html("span", { class: "word" }, "step"), this.number,
        html("span", { class: "of" }, `of ${steps}`)),
      speeds);
    state.on("step edit", () => this.follow());
  }

  go(step) {
    this.stop();
    this.state.step = step;
  }

  follow() {
    const { step } = this.state;
    this.slider.value = step;
    this.slider.setAttribute("aria-valuetext", `step ${step} of ${this.state.steps}`);
    if (document.activeElement !== this.number || this.isPlaying) this.number.value = step;
    this.slider.style.setProperty("--share", `${this.state.steps ? (100 * step) / this.state.steps : 0}%`);
  }

  toggle() {
    if (this.isPlaying) this.stop();
    else this.play();
  }

  play() {
    const { state } = this;
    if (state.step >= state.steps) state.step = 0;
    this.isPlaying = true;
    this.show();
    let from = state.step;
    let start;
    let { speed } = this;
    const frame = (now) => {
      if (!this.isPlaying) return;
      if (start === undefined || speed !== this.speed || state.step !== this.last) {
        [start, from, speed] = [now, state.step, this.speed];
      }
      state.step = from + Math.floor(((now - start) / 1000) * speed);
      this.last = state.step;
      if (state.step >= state.steps) this.stop();
      else requestAnimationFrame(frame);
    };
    this.last = undefined;
    requestAnimationFrame(frame);
  }

  stop() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.show();
  }

  show() {
    this.player.replaceChildren(icon(this.isPlaying ? "pause" : "play"));
    this.player.setAttribute("aria-label", this.isPlaying ? "Pause" : "Play");
    this.player.title = this.isPlaying ? "Pause" : "Play";
    this.player.setAttribute("aria-pressed", String(this.isPlaying));
  }
}
