/* Where the page finds the network's quantities: in blocks, by the quantity that each holds. */

/* Reads the arrays of one book at any step. */
export class Quantities {
  constructor(book, lesson) {
    this.book = book;
    this.network = lesson ? lesson.network : { sizes: [], activations: [] };
    this.sizes = this.network.sizes;
    this.layers = Math.max(0, this.sizes.length - 1);
    this.history = new Map();
    this.single = new Map(); // of several, the largest: it has all examples
    for (const block of book.blocks) {
      const at = block.layout === "history" && block.rows > 1 ? this.history : this.single;
      const known = at.get(block.quantity);
      if (!known || known.cells.numbers.length < block.cells.numbers.length) at.set(block.quantity, block);
    }
    const loss = this.history.get("loss") || this.history.get("step");
    this.steps = loss ? loss.rows - 1 : 0;
  }

  /* The block that holds a quantity: that of all steps, or that of one. */
  block(name) {
    const other = { a_0: "inputs" }[name];
    return this.history.get(name) || this.single.get(name) ||
      (other && this.single.get(other)) || this.single.get(`Predict_${other || name}`);
  }

  /* Block and flat index of one element: [example, neuron] or [destination, source]. */
  place(name, first, second, step) {
    const block = this.block(name);
    if (!block) return undefined;
    const { layout, columns, shape, rows } = block;
    if (layout === "history") {
      const inner = shape[shape.length - 1] || 1;
      const column = shape.length > 2 ? first * inner + second : second;
      return column < columns ? { block, index: (rows > 1 ? step : 0) * columns + column } : undefined;
    }
    const [row, column] = layout === "transposed" ? [second, first] : [first, second];
    return row < rows && column < columns ? { block, index: row * columns + column } : undefined;
  }

  value(name, first, second, step) {
    const found = this.place(name, first, second, step);
    return found && found.block.cells.peek(found.index);
  }

  /* [W | b] of a layer at a step, a row a neuron. */
  weights(layer, step) {
    const into = this.sizes[layer - 1] + (this.network.biases === "none" ? 0 : 1);
    return Array.from({ length: this.sizes[layer] }, (_, d) =>
      Array.from({ length: into }, (_, s) => this.value(`W_${layer}`, d, s, step)));
  }

  /* A layer's values of one example. */
  neurons(quantity, layer, example, step) {
    const name = quantity === "target" ? "targets" : `${quantity}_${layer}`;
    const block = this.block(name);
    const examples = !block ? 0 : this.examplesOf(block);
    const at = Math.min(example, Math.max(0, examples - 1));
    return Array.from({ length: this.sizes[layer] }, (_, n) => this.value(name, at, n, step));
  }

  examplesOf({ layout, shape }) {
    return layout === "history" ? (shape.length > 2 ? shape[1] : 1) : shape[0];
  }

  /* How many examples one step shows. */
  get examples() {
    const block = this.block(`a_${this.layers}`);
    return block ? this.examplesOf(block) : 1;
  }

  loss(step) {
    return this.value("loss", 0, 0, step);
  }

  /* The table of a quantity of the data: "inputs" or "targets", a row an example. */
  data(name) {
    const block = this.single.get(name) || this.history.get(name === "inputs" ? "a_0" : name);
    if (!block) return [];
    const width = name === "inputs" ? this.sizes[0] : this.sizes[this.layers];
    const count = block.layout === "history" ? 1 : block.shape[0];
    return Array.from({ length: count }, (_, e) => Array.from({ length: width }, (_, n) => {
      const index = block.layout === "transposed" ? n * block.columns + e : e * block.columns + n;
      return block.cells.peek(index);
    }));
  }
}
