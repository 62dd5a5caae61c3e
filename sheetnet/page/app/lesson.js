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
  takeOptions(lesson.training, typed);
  takeState(lesson, typed, layers.length);
  for (const key of ["inputs", "targets"]) if (typed[key]) lesson.data[key] = typed[key];
  return lesson;
}

/* The optimiser's and the schedule's numbers; beta_1 and beta_2 are the pair betas. */
function takeOptions(training, typed) {
  for (const [key, old] of Object.entries(training)) {
    if (Array.isArray(old)) {
      const cells = old.map((_, k) => typed[`${key.replace(/s$/, "")}_${k + 1}`]);
      if (cells.every(Boolean)) training[key] = cells.map((rows) => rows[0][0]);
    } else if (typed[key]) training[key] = typed[key][0][0];
  }
}

/* What the optimiser remembers: blocks such as m_1, the bias as the last of each neuron's. */
function takeState(lesson, typed, layers) {
  const names = Object.keys(typed).filter((name) => /_1$/.test(name) && typed[name.replace(/1$/, `${layers}`)]);
  for (const name of names.map((one) => one.replace(/_1$/, ""))) {
    if (name === "W" || name === "beta") continue;
    const { sizes, biases } = lesson.network;
    const blocks = sizes.slice(1).map((_, k) => typed[`${name}_${k + 1}`]);
    lesson.state = lesson.state || { count: 0 };
    lesson.state[`${name}_weights`] = blocks.map((rows, k) => rows.map((row) => row.slice(0, sizes[k])));
    if (biases === "trained") {
      lesson.state[`${name}_bias`] = blocks.map((rows, k) => rows.map((row) => row[sizes[k]]));
    }
  }
}
