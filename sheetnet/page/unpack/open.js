/* The page's first script: it unpacks the others, the style sheet and the table, and lets them in.

   The content security policy names every one of them by its hash, so nothing else can run. */

import { fromBase85 } from "./base85.js";
import { unpacked } from "./lzma.js";

const packed = document.getElementById("sheetnet-packed");
const bytes = unpacked(fromBase85(packed.textContent.trim()), Number(packed.dataset.bytes));
const [engine, app, style, table] = new TextDecoder().decode(bytes).split("\0");

function put(tag, id, text, type) {
  document.querySelectorAll(`#${id}`).forEach((old) => old.remove()); // saved by the browser itself
  const element = document.createElement(tag);
  Object.assign(element, { id, textContent: text }, type ? { type } : {});
  document.body.append(element);
  return element;
}

put("style", "sheetnet-style", style);
const data = put("script", "sheetnet-table", table, "application/json");
put("script", "sheetnet-engine", engine).remove();
put("script", "sheetnet-page", app).remove();
data.remove();
