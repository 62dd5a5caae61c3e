/* A sheet of texts alone, such as About, as flowing lines that fit any screen. */

import { html } from "./dom.js";
import { styled } from "./layout.js";

const HEADINGS = { title: "h2", heading: "h3" };

export function prose(sheet) {
  const rows = new Map();
  for (const [row, column, key, ...texts] of sheet.texts) {
    const { style } = styled(key);
    if (!rows.has(row)) rows.set(row, []);
    texts.forEach((text, k) => rows.get(row).push({ column: column + k, style, text }));
  }
  const lines = [...rows].sort((a, b) => a[0] - b[0]).map(([, texts]) => {
    texts.sort((a, b) => a.column - b.column);
    if (texts.length === 1) {
      const [{ style, text }] = texts;
      return html(HEADINGS[style] || "p", { class: `words s-${style}` }, text);
    }
    return html("div", { class: "pair" }, ...texts.map(({ style, text }) =>
      html("span", { class: `words s-${style}${text ? "" : " swatch"}` }, text)));
  });
  return html("div", { class: "prose" }, ...lines);
}
