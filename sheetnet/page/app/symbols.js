/* What a cell is called: its element in the lesson's notation, its example, its step. */

import { lowered } from "./format.js";

function filledIn(symbol, element) {
  const { base = 0 } = symbol;
  const [first, second] = element;
  if (symbol.below === undefined) {
    if (symbol.neurons !== undefined && second >= symbol.neurons) return "1";
    const n = lowered(String(second + base));
    return symbol.text.replaceAll("{n}", n).replaceAll("{d}", n);
  }
  const d = lowered(String(first + base));
  const s = lowered(String(second + base));
  const k = symbol.before + first * symbol.below + second + 1;
  const template = second === symbol.below ? symbol.bias : symbol.text;
  return template.replace("{d}{s}", d.length + s.length > 2 ? "{d},{s}" : "{d}{s}")
    .replaceAll("{d}", d).replaceAll("{s}", s).replaceAll("{k}", lowered(String(k)));
}

/* The element of its array that a cell shows: [example or destination, neuron or source]. */
function element(block, i, j) {
  const { layout, shape, rows } = block;
  if (layout === "history") {
    const inner = shape[shape.length - 1] || 1;
    const within = shape.length > 1 ? [Math.floor(j / inner), j % inner] : [0, 0];
    return { element: within, step: rows > 1 ? i : undefined };
  }
  return { element: layout === "transposed" ? [j, i] : [i, j] };
}

/* {symbol, words} for the cell in row i and column j of a block. */
export function described(book, block, i, j, quantities) {
  const name = block.quantity.replace(/^Predict_/, "");
  const symbol = book.data.symbols[name];
  const { element: at, step } = element(block, i, j);
  const words = [];
  if (!symbol) words.push(spoken(block.quantity, block, i, j));
  else {
    const isBias = symbol.below !== undefined && at[1] === symbol.below;
    words.push(isBias ? symbol.words.replace("weight", "bias") : symbol.words);
    const isOfExample = symbol.below === undefined && symbol.neurons !== undefined;
    if (isOfExample && quantities.examplesOf(block) > 1) words.push(`example ${at[0] + 1}`);
  }
  if (step !== undefined && name !== "step") words.push(`step ${step}`);
  return { symbol: symbol ? filledIn(symbol, at) : "", words: words.join(", ") };
}

/* A quantity without a symbol: its name, and its place where it has several elements. */
function spoken(quantity, block, i, j) {
  const name = quantity.replaceAll("_", " ");
  return block.rows * block.columns > 1 ? `${name}, row ${i + 1}, column ${j + 1}` : name;
}
