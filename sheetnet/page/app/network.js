/* The drawn network: neurons with their activations, edges by sign and weight, δ on request.

   A click on a neuron or an edge shows its cell. Layers too wide to draw are summed up. */

import { svg } from "./dom.js";
import { brief } from "./format.js";
import { described } from "./symbols.js";
import { summary, band } from "./summary.js";

export const MOST_DRAWN = 8;
const THICKEST = 7;
const FULL = 3; // the weight that is drawn thickest
const PILL = 24; // half the width of a neuron that is too low for a circle
const LABELLED = 24; // edges of a gap whose weights are written beside them

export function width(weight) {
  return 0.8 + (THICKEST - 0.8) * Math.min(1, Math.abs(weight) / FULL);
}

/* Draws into `root` (an svg element) what the state shows. */
export function drawNetwork(root, state, box) {
  const { quantities: q, step, example } = state;
  const { sizes } = q;
  const isNarrow = box.width < 500;
  const marginX = (isNarrow ? 34 : 60) + (isNarrow && sizes[0] > MOST_DRAWN ? 10 : 0);
  const right = isNarrow ? 74 : 100;
  const gapX = (box.width - marginX - right) / Math.max(1, sizes.length - 1);
  const top = 20;
  const room = box.height - top - 6;
  const layers = sizes.map((count, layer) => {
    const isWide = count > MOST_DRAWN;
    const pitch = room / Math.max(count, 2);
    const high = pitch * (state.showsDelta ? 0.3 : 0.4);
    const radius = Math.max(7, Math.min(isNarrow ? 21 : 25, high, gapX * 0.2));
    return {
      layer, count, isWide, radius, half: Math.max(radius, PILL), gapX, x: marginX + gapX * layer,
      values: q.neurons("a", layer, example, step),
      deltas: layer ? q.neurons("delta", layer, example, step) : [],
      y: (n) => top + room * ((n + 0.5) / count) - (state.showsDelta && layer ? 5 : 0),
      middle: top + room / 2,
    };
  });
  const edges = svg("g", { class: "edges" });
  const labels = svg("g", { class: "edge-labels" });
  const nodes = svg("g", { class: "nodes" });
  for (let k = 1; k < layers.length; k++) {
    const [below, above] = [layers[k - 1], layers[k]];
    const weights = q.weights(k, step);
    if (below.isWide || above.isWide) edges.append(band(below, above, weights));
    else drawEdges(edges, labels, state, below, above, weights);
  }
  for (const layer of layers) {
    nodes.append(svg("text", { class: "layer-name", x: layer.x, y: 11 }, layerName(q, layer)));
    if (layer.isWide) nodes.append(summary(layer, box));
    else drawNeurons(nodes, state, layer, layers.length - 1);
  }
  root.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  root.setAttribute("aria-label", spoken(state, layers));
  root.replaceChildren(edges, labels, nodes);
}

function layerName(q, { layer }) {
  return layer === 0 ? "input" : q.network.activations[layer - 1].replace("_", " ");
}

function pick(state, name, first, second) {
  const found = state.quantities.place(name, first, second, state.step);
  if (!found) return;
  const { block, index } = found;
  const row = block.row + Math.floor(index / block.columns);
  state.select(block.sheet, row, block.column + (index % block.columns), true);
}

function drawEdges(edges, labels, state, below, above, weights) {
  const taken = [];
  const few = below.count * above.count <= LABELLED;
  const parts = [];
  weights.forEach((row, d) => row.slice(0, below.count).forEach((weight, s) => {
    if (typeof weight !== "number") return;
    const ends = {
      x1: below.x + below.half, y1: below.y(s), x2: above.x - above.half, y2: above.y(d),
    };
    const kind = weight < 0 ? "minus" : "plus";
    const choose = () => pick(state, `W_${above.layer}`, d, s);
    edges.append(svg("line", { ...ends, class: `edge ${kind}`, "stroke-width": width(weight), onclick: choose }));
    parts.push({ ends, weight, choose });
  }));
  if (!few || above.x - below.x < 90) return;
  for (const { ends, weight, choose } of parts) {
    const at = free(ends, taken);
    if (!at) continue;
    taken.push(at);
    labels.append(svg("text", { class: "edge-label", x: at.x, y: at.y + 3.5, onclick: choose }, brief(weight)));
  }
}

/* A place on an edge where its number covers no other, or nothing. */
function free({ x1, y1, x2, y2 }, taken) {
  for (const t of [0.3, 0.42, 0.2, 0.55, 0.66, 0.12, 0.78, 0.88]) {
    const at = { x: x1 + (x2 - x1) * t, y: y1 + (y2 - y1) * t };
    const isFree = taken.every(({ x, y }) => Math.abs(x - at.x) > 36 || Math.abs(y - at.y) > 13);
    const isInside = at.x - 18 > x1 && at.x + 18 < x2;
    if (isFree && isInside) return at;
  }
  return undefined;
}

function drawNeurons(nodes, state, layer, last) {
  const { quantities: q, example, step } = state;
  const targets = layer.layer === last ? q.neurons("target", last, example, step) : [];
  const { radius, half } = layer;
  for (let n = 0; n < layer.count; n++) {
    const [x, y] = [layer.x, layer.y(n)];
    const name = layer.layer ? `a_${layer.layer}` : "a_0";
    const choose = () => pick(state, name, Math.min(example, q.examples - 1), n);
    const kind = layer.layer === 0 ? "input" : "activation";
    const isError = layer.values[n] !== undefined && typeof layer.values[n] !== "number";
    const group = svg("g", { class: `neuron ${kind}${isError ? " wrong" : ""}`, onclick: choose },
      svg("rect", { x: x - half, y: y - radius, width: 2 * half, height: 2 * radius, rx: radius }),
      svg("text", { x, y: y + 4, class: "inside", "font-size": Math.min(13, radius + 4) }, brief(layer.values[n])));
    const delta = layer.deltas[n];
    if (state.showsDelta && delta !== undefined) {
      group.append(svg("text", { class: "delta", x, y: y + radius + 11 }, `δ ${brief(delta)}`));
    }
    if (targets[n] !== undefined) {
      group.append(svg("text", { class: "target", x: x + half + 5, y: y + 4 },
        `→ ${goal(targets[n])}`));
    }
    nodes.append(group);
  }
}

/* A target as it was typed, if that is short. */
function goal(value) {
  const text = String(value).replace("-", "−");
  return text.length <= 5 ? text : brief(value);
}

/* The picture in words, for those who cannot see it. */
function spoken(state, layers) {
  const { quantities: q } = state;
  const last = layers[layers.length - 1];
  const outputs = last.values.slice(0, MOST_DRAWN).map(brief).join(", ");
  const block = q.block(`a_${last.layer}`);
  const name = block ? described(state.book, block, 0, 0, q).symbol : "";
  const at = state.steps ? ` at step ${state.step}` : "";
  return `Network ${q.sizes.join("-")}${at}: outputs ${name ? `${name} … ` : ""}${outputs}`;
}
