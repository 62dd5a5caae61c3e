/* The page put together: the book from the file's table, pictures, controls, sheets. */

import { Book } from "../engine/book.js";
import { html } from "./dom.js";
import { Grid } from "./grid.js";
import { Hands } from "./hands.js";
import { Inspector } from "./inspector.js";
import { follow, keep } from "./link.js";
import { Stage } from "./stage.js";
import { State } from "./state.js";
import { Tabs } from "./tabs.js";
import { Tools } from "./tools.js";
import { Transport } from "./transport.js";

function start() {
  const book = new Book(JSON.parse(document.getElementById("sheetnet-table").textContent));
  const state = new State(book);
  const saved = document.getElementById("sheetnet-edits");
  if (saved) keep(state, saved.textContent);
  const said = html("div", { class: "said", role: "status", "aria-live": "polite" });
  let silence;
  const say = (text) => {
    said.textContent = text;
    said.classList.add("visible");
    clearTimeout(silence);
    silence = setTimeout(() => said.classList.remove("visible"), 6000);
  };
  const grid = new Grid(state);
  const hands = new Hands(state, grid, say);
  const inspector = new Inspector(state, grid, hands);
  const tools = new Tools(state, say);
  const tabs = new Tabs(state, grid);
  const transport = state.steps ? new Transport(state) : undefined;
  const stage = new Stage(state);
  document.querySelectorAll(".app").forEach((old) => old.remove()); // saved by the browser itself
  document.getElementById("sheetnet-closed").hidden = true;
  document.body.prepend(html("div", { class: "app" },
    html("header", {}, html("h1", {}, book.data.title), tools.root),
    stage.root, transport ? transport.root : null,
    html("main", {}, tabs.list, inspector.root, tabs.panel), said));
  document.addEventListener("keydown", (event) => shortcut(event, state, transport));
  const printing = (isPrinting) => () => {
    document.body.classList.toggle("printing", isPrinting);
    stage.draw();
    grid.draw();
  };
  addEventListener("beforeprint", printing(true));
  addEventListener("afterprint", printing(false));
  addEventListener("hashchange", () => follow(state));
  if (location.hash.length > 1) follow(state);
  if (transport) transport.follow();
  inspector.later();
  stage.later();
  grid.later();
  Object.defineProperty(document, "sheetnet", { value: { state, transport } });
}

/* Space plays, arrows step, wherever nothing else wants them. */
function shortcut(event, state, transport) {
  const { target, key } = event;
  const isField = target.closest("input, select, textarea");
  const isOwn = isField || target.closest("button, [role=grid]");
  if ((event.ctrlKey || event.metaKey) && !isField) {
    const isAgain = key === "y" || (key.toLowerCase() === "z" && event.shiftKey);
    if (isAgain) state.redo();
    else if (key === "z") state.undo();
    else return;
    event.preventDefault();
    return;
  }
  if (!transport || event.ctrlKey || event.altKey || event.metaKey) return;
  const isSlider = target.classList && target.classList.contains("step-slider");
  if (key === " " && (!isOwn || isSlider || target.closest("[role=grid]"))) transport.toggle();
  else if (!isOwn && key === "ArrowRight") transport.go(state.step + 1);
  else if (!isOwn && key === "ArrowLeft") transport.go(state.step - 1);
  else if (!isOwn && key === "Home") transport.go(0);
  else if (!isOwn && key === "End") transport.go(state.steps);
  else return;
  event.preventDefault();
}

start();
