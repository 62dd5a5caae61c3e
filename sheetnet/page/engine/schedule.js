/* In which order blocks are computed, from nothing but their formulas' references.

   Blocks that lead back to each other (a training: the weights of a step come from the step before)
   form a group that is computed row by row; any other block is a group by itself. The order is a
   matter of speed alone: a cell that is read too early is computed on the spot (see book.js). */

import { linear } from "./compile.js";

/* The references of every block: {to, sameRow}, where sameRow means row i of one needs row i. */
function edges(block, references) {
  const found = new Map();
  for (const run of block.runs) {
    references(run.tree, (to, row) => {
      const [start, down] = row === undefined ? [0, 0] : linear(row);
      const sameRow = down === 1 && start === 0;
      found.set(to, found.get(to) || sameRow);
    });
  }
  return [...found].map(([to, sameRow]) => ({ to, sameRow }));
}

/* Strongly connected groups, each after all that it needs (Tarjan 1972), without recursion. */
function groups(graph) {
  const order = new Array(graph.length).fill(-1);
  const low = [...order];
  const open = [];
  const isOpen = new Array(graph.length).fill(false);
  const found = [];
  let count = 0;
  for (let root = 0; root < graph.length; root++) {
    if (order[root] >= 0) continue;
    const stack = [[root, 0]];
    while (stack.length) {
      const frame = stack[stack.length - 1];
      const [node, at] = frame;
      if (at === 0) {
        order[node] = low[node] = count++;
        open.push(node);
        isOpen[node] = true;
      }
      if (at < graph[node].length) {
        frame[1] += 1;
        const next = graph[node][at].to;
        if (order[next] < 0) stack.push([next, 0]);
        else if (isOpen[next]) low[node] = Math.min(low[node], order[next]);
        continue;
      }
      stack.pop();
      if (stack.length) {
        const parent = stack[stack.length - 1][0];
        low[parent] = Math.min(low[parent], low[node]);
      }
      if (low[node] === order[node]) {
        const group = open.splice(open.indexOf(node));
        for (const member of group) isOpen[member] = false;
        found.push(group);
      }
    }
  }
  return found;
}

/* The members of a group so that within one row each comes after what it needs of that row. */
function inRowOrder(group, graph) {
  const members = new Set(group);
  const done = new Set();
  const sorted = [];
  const put = (node) => {
    if (done.has(node)) return;
    done.add(node);
    for (const { to, sameRow } of graph[node]) if (sameRow && members.has(to)) put(to);
    sorted.push(node);
  };
  [...group].sort((a, b) => a - b).forEach(put);
  return sorted;
}

/* For all blocks: the groups in order, each {members, byRow}, each block's group, and for every group
   those that use it and those that it needs. */
export function schedule(blocks, references) {
  const graph = blocks.map((block) => edges(block, references));
  const ordered = groups(graph).map((group) => ({
    members: inRowOrder(group, graph),
    byRow: group.length > 1 || graph[group[0]].some(({ to }) => to === group[0]),
  }));
  const groupOf = new Array(blocks.length);
  ordered.forEach(({ members }, at) => members.forEach((node) => { groupOf[node] = at; }));
  const users = ordered.map(() => new Set());
  const needs = ordered.map(() => new Set());
  graph.forEach((list, node) => list.forEach(({ to }) => {
    users[groupOf[to]].add(groupOf[node]);
    needs[groupOf[node]].add(groupOf[to]);
  }));
  return { ordered, groupOf, users, needs };
}
