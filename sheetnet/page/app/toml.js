/* A lesson as the text of a TOML file, which `sheetnet write` and `sheetnet read` take. */

/* Text that is both JSON and TOML; numbers keep all their digits. */
function laidOut(value) {
  if (Array.isArray(value)) {
    const items = value.map(laidOut);
    const line = `[${items.join(", ")}]`;
    const isNested = value.length > 0 && Array.isArray(value[0]);
    return isNested && line.length > 80 ? `[\n  ${items.join(",\n  ")}\n]` : line;
  }
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return digits(value);
  if (value !== null && typeof value === "object") {
    return `{ ${Object.entries(value).map(([k, v]) => `${named(k)} = ${laidOut(v)}`).join(", ")} }`;
  }
  return String(value);
}

function digits(value) {
  return Object.is(value, -0) ? "-0.0" : String(value);
}

function quoted(text) {
  return JSON.stringify(text).replace(/\u007f/g, "\\u007f");
}

function named(key) {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key);
}

function line([key, value]) {
  return `${named(key)} = ${laidOut(value)}`;
}

export function toml(lesson) {
  const kind = (value) => {
    if (Array.isArray(value)) return value.some((item) => isTable(item)) ? "tables" : "value";
    return isTable(value) ? "table" : "value";
  };
  const entries = Object.entries(lesson).filter(([, value]) => value !== null && value !== undefined);
  const of = (wanted) => entries.filter(([, value]) => kind(value) === wanted);
  const lines = of("value").map(line);
  for (const [key, table] of of("table")) {
    const own = Object.entries(table).filter(([, value]) => value !== null && value !== undefined);
    lines.push("", `[${named(key)}]`, ...own.map(line));
  }
  for (const [key, tables] of of("tables")) {
    for (const table of tables) {
      const own = Object.entries(table).filter(([, value]) => value !== null && value !== undefined);
      lines.push("", `[[${named(key)}]]`, ...own.map(line));
    }
  }
  return `${lines.join("\n")}\n`;
}

function isTable(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
