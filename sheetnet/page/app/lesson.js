/* The lesson behind the page, with the numbers as they stand in the yellow cells now. */

const NAME = "sheetnet_lesson";

/* Each typed block's numbers by its name, as rows of the array that it lays out. */
export function typedRows(book) {
  const found = {};
  for (const block of book.typed) {
    const { typedName, typedRows: height, columns, layout, shape, cells } = block;
    const numbers = Array.from({ length: height * columns }, (_, k) => cells.peek(k));
    const width = layout === "history" ? shape[shape.length - 1] || 1 : columns;
    const rows = [];
    for (let k = 0; k < numbers.length; k += width) rows.push(numbers.slice(k, k + width));
    found[typedName] = layout === "transposed" ? turned(rows) : rows;
  }
  return found;
}

function turned(rows) {
  return rows[0].map((_, column) => rows.map((row) => row[column]));
}

/* The lesson as it was when the page was written; undefined where there is none. */
export function writtenLesson(book) {
  const sheet = book.sheets.find(({ names }) => names && names[NAME]);
  if (!sheet) return undefined;
  const [, first, , rows] = sheet.names[NAME];
  const texts = new Map(sheet.texts.map(([row, , , text]) => [row, text]));
  const chunks = Array.from({ length: rows }, (_, k) => texts.get(first + k) || "");
  return JSON.parse(chunks.join("")).lesson;
}

/* The lesson as a lesson file has it, with the numbers of now. */
export function lessonNow(book) {
  const lesson = writtenLesson(book);
  const typed = typedRows(book);
  const { network } = lesson;
  const layers = network.sizes.slice(1).map((_, k) => typed[`W_${k + 1}`]);
  if (layers.every(Boolean)) {
    const sources = (k) => network.sizes[k];
    network.weights = layers.map((rows, k) => rows.map((row) => row.slice(0, sources(k))));
    if (network.biases !== "none") {
      network.bias = layers.map((rows, k) => rows.map((row) => row[sources(k)]));
    }
  }
  if (typed.learning_rate) lesson.training.learning_rate = typed.learning_rate[0][0];
  for (const key of ["inputs", "targets"]) if (typed[key]) lesson.data[key] = typed[key];
  return lesson;
}
