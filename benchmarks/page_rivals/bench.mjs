/* How long the page's engine takes beside others, on the same cells.

   node bench.mjs PAGE.html page|hyperformula|ironcalc RUNS -> {"load": …, "edit": …} in ms of CPU.
   An edit types a new number into the first yellow weight and reads the loss, or the last cell. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import vm from "node:vm";

const [, , file, wanted, count = "9"] = process.argv;
const text = readFileSync(file, "utf8");
const [, opener] = /<script id="sheetnet-open">([^]*?)<\/script>/.exec(text);
const [, bytes, packed] = /data-bytes="(\d+)">([^]*?)<\/script>/.exec(text);

/* The page's own first script, with just enough of a browser to see what it unpacks. */
function opened() {
  const found = {};
  const element = () => ({ remove() {} });
  globalThis.document = {
    getElementById: () => ({ textContent: packed, dataset: { bytes } }), querySelectorAll: () => [],
    createElement: element, body: { append(one) { found[one.id] = one.textContent; } },
  };
  vm.runInThisContext(`(() => {${opener}})()`);
  return [found["sheetnet-table"], found["sheetnet-engine"]];
}

const [table, engine] = opened();
const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

/* CPU time: whatever else the machine does at the moment. */
function timed(action) {
  const start = process.cpuUsage();
  const value = action();
  const { user, system } = process.cpuUsage(start);
  return [(user + system) / 1000, value];
}

function measured(load, edit, runs) {
  const loads = [];
  let book;
  for (let k = 0; k < Math.min(runs, wanted === "ironcalc" ? 1 : 5); k++) {
    const [took, made] = timed(load);
    loads.push(took);
    book = made;
  }
  const edits = Array.from({ length: runs + 3 }, (_, k) => timed(() => edit(book, 0.5 + k / 1000))[0]);
  return { load: middle(loads), edit: middle(edits.slice(3)) };
}

const [Book, listed] = vm.runInThisContext(`(() => {${engine}return [$book.Book, $recalculated.formulas];})()`);
const data = JSON.parse(table);
const formulas = JSON.parse(listed(data));
const weights = data.blocks.find((block) => block.typedName === "W_1");
const result = data.blocks.find((block) => (block.quantity ?? block.name) === "last_loss") || data.blocks.find((block) => (block.quantity ?? block.name) === "loss");

/* Every cell as a spreadsheet takes it: [sheet, row, column, number or "=formula"]. */
function* cells() {
  const book = new Book(JSON.parse(table));
  for (const [k, block] of book.blocks.entries()) {
    for (let n = 0; n < block.rows * block.columns; n++) {
      const at = [block.sheet, block.row + Math.floor(n / block.columns), block.column + (n % block.columns)];
      yield [...at, formulas[k][n] || block.cells.peek(n)];
    }
  }
}

const names = data.blocks.flatMap(({ name, at, typedName, typed }) => [
  [name, at], ...(typedName && typedName !== name ? [[typedName, [...at.slice(0, 3), typed, at[4]]]] : []),
]);
const letters = (c) => (c < 26 ? "" : letters(Math.floor(c / 26) - 1)) + String.fromCharCode(65 + (c % 26));
const quoted = (name) => (/^\w+$/.test(name) ? name : `'${name}'`);
const area = ([sheet, row, column, rows, columns]) => `${quoted(data.sheets[sheet].name)}!$${letters(column)}$${row + 1}` +
  (rows * columns > 1 ? `:$${letters(column + columns - 1)}$${row + rows}` : "");
const used = names.filter(([name]) => formulas.some((list) => list.some((one) => one.includes(name))));
const require = createRequire(import.meta.url);

/* Each engine: how the cells are loaded, and how one edit is made. */
const ENGINES = {
  page: async () => [() => new Book(JSON.parse(opened()[0])), (book, number) => {
    book.type([[book.byName.get(weights.name), 0, number]]);
    return book.byName.get(result.name).cells.peek(0);
  }],
  hyperformula: async () => {
    const { HyperFormula } = require("hyperformula");
    const all = Object.fromEntries(data.sheets.map(({ name }) => [name, []]));
    for (const [sheet, row, column, value] of cells()) {
      const rows = all[data.sheets[sheet].name];
      while (rows.length <= row) rows.push([]);
      while (rows[row].length <= column) rows[row].push(null);
      rows[row][column] = value;
    }
    const named = used.map(([name, at]) => ({ name, expression: `=${area(at)}` }));
    return [() => HyperFormula.buildFromSheets(all, { licenseKey: "gpl-v3" }, named), (book, number) => {
      book.setCellContents({ sheet: weights.at[0], row: weights.at[1], col: weights.at[2] }, number);
      return book.getCellValue({ sheet: result.at[0], row: result.at[1], col: result.at[2] });
    }];
  },
  ironcalc: async () => {
    const { Model, initSync } = await import("@ironcalc/wasm");
    initSync({ module: readFileSync(new URL("node_modules/@ironcalc/wasm/wasm_bg.wasm", import.meta.url)) });
    const load = () => {
      const model = new Model("model", "en", "UTC", "en");
      model.pauseEvaluation();
      data.sheets.slice(1).forEach(() => model.newSheet());
      data.sheets.forEach(({ name }, k) => model.renameSheet(k, name));
      for (const [name, at] of used) model.newDefinedName(name, undefined, area(at));
      for (const [sheet, row, column, value] of cells()) model.setUserInput(sheet, row + 1, column + 1, String(value));
      model.resumeEvaluation();
      model.evaluate();
      return model;
    };
    return [load, (book, number) => {
      book.setUserInput(weights.at[0], weights.at[1] + 1, weights.at[2] + 1, String(number));
      return book.getFormattedCellValue(result.at[0], result.at[1] + 1, result.at[2] + 1);
    }];
  },
};

console.log(JSON.stringify(measured(...(await ENGINES[wanted]()), Number(count))));
