/* The network's answer to inputs of one's own, for the boundary and the fitted curve.

   The sheets compute with formulas; this is a picture's arithmetic alone, row by row of the table
   below. A test takes every function from NumPy. */

const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

export const ACTIVATIONS = {
  identity: (zs) => zs,
  sigmoid: (zs) => zs.map(sigmoid),
  tanh: (zs) => zs.map(Math.tanh),
  relu: (zs) => zs.map((z) => Math.max(0, z)),
  leaky_relu: (zs) => zs.map((z) => Math.max(z, 0.01 * z)),
  softmax: (zs) => {
    const largest = Math.max(...zs);
    const grown = zs.map((z) => Math.exp(z - largest));
    const total = grown.reduce((sum, e) => sum + e, 0);
    return grown.map((e) => e / total);
  },
};

/* `weights` holds [W | b] of each layer, a row a neuron (without b: no bias). */
export function answer(weights, activations, inputs) {
  let a = inputs;
  weights.forEach((rows, k) => {
    const zs = rows.map((row) => {
      let z = row.length > a.length ? row[a.length] : 0;
      for (let s = 0; s < a.length; s++) z += row[s] * a[s];
      return z;
    });
    a = ACTIVATIONS[activations[k]](zs);
  });
  return a;
}

/* Whether the weights can be computed with: numbers throughout. */
export function isWhole(weights) {
  return weights.every((rows) => rows.every((row) => row.every((w) => typeof w === "number")));
}

/* The ends of some numbers, and room around them. */
export function spread(numbers, room, least) {
  const real = numbers.filter((number) => typeof number === "number");
  let low = Math.min(...real);
  let high = Math.max(...real);
  if (!real.length) [low, high] = [0, 1];
  const middle = (low + high) / 2;
  const half = Math.max((high - low) / 2, least / 2) * (1 + room);
  return [middle - half, middle + half];
}
