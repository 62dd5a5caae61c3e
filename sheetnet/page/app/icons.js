/* Small pictures of buttons, drawn here so that no font needs to have them. */

import { svg } from "./dom.js";

const LINES = {
  undo: "M9 4 4 9l5 5M4 9h9a6 6 0 0 1 0 12h-3",
  redo: "m15 4 5 5-5 5M20 9h-9a6 6 0 0 0 0 12h3",
  again: "M4 4v6h6M4.6 10A8 8 0 1 1 4 14",
  dice: "M4 4h16v16H4zM8.5 8.5h.01M15.5 8.5h.01M12 12h.01M8.5 15.5h.01M15.5 15.5h.01",
  save: "M12 3v12M7 10l5 5 5-5M4 20h16",
  link: "M10 14a4.5 4.5 0 0 0 6.4 0l3.2-3.2a4.5 4.5 0 0 0-6.4-6.4L12 5.6M14 10a4.5 4.5 0 0 0-6.4 0l-3.2 3.2a4.5 4.5 0 0 0 6.4 6.4L12 18.4",
  back: "M15 5l-7 7 7 7",
  forward: "M9 5l7 7-7 7",
};
const FILLED = {
  first: "M5 5h3v14H5zM20 5v14L9 12z",
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
};

export function icon(name) {
  const isFilled = name in FILLED;
  return svg("svg", { viewBox: "0 0 24 24", class: isFilled ? "icon filled" : "icon", "aria-hidden": "true" },
    svg("path", { d: isFilled ? FILLED[name] : LINES[name] }));
}
