/* The colours of pictures: those of the page's style sheet, which are the workbook's. */

/* Named as in page.css: ink, plus, minus, … */
export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function channels(name) {
  const text = color(name).replace("#", "");
  return [0, 2, 4].map((k) => parseInt(text.slice(k, k + 2), 16));
}

/* A function from -1 … 1 to [red, green, blue]: orange over the page's ground to blue. */
export function diverging() {
  const [minus, zero, plus] = ["heat-minus", "heat-zero", "heat-plus"].map(channels);
  return (share) => {
    const end = share < 0 ? minus : plus;
    const t = Math.min(1, Math.abs(share));
    return zero.map((from, k) => Math.round(from + (end[k] - from) * t));
  };
}
