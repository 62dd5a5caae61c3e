/* LZMA undone, for a stream without a header whose lc, lp, pb are 3, 0, 0.

   After the LZMA specification (Igor Pavlov, 2015), whose names stand in brackets. Browsers undo
   deflate by themselves, but only since 2020 to 2023, which a school's machine may not have; this
   runs wherever the page does, and packs a tenth tighter. All arithmetic is of 32 bits. */

const tables = (size) => new Uint16Array(size).fill(1024); // a bit's probability, of 2048

/* The range decoder: single bits, each with a probability that learns, and groups of them. */
function decoder(bytes) {
  let at = 5;
  let range = -1;
  let code = (bytes[1] << 24) | (bytes[2] << 16) | (bytes[3] << 8) | bytes[4];

  const follow = () => {
    if (range >>> 24) return;
    range <<= 8;
    code = (code << 8) | bytes[at++];
  };

  const bit = (table, k) => {
    const chance = table[k];
    const bound = Math.imul(range >>> 11, chance);
    const isOne = code >>> 0 >= bound >>> 0;
    if (isOne) {
      range = (range - bound) | 0;
      code = (code - bound) | 0;
      table[k] = chance - (chance >> 5);
    } else {
      range = bound;
      table[k] = chance + ((2048 - chance) >> 5);
    }
    follow();
    return isOne ? 1 : 0;
  };

  return {
    bit,
    /* `count` bits, the highest first, each by what came before it. */
    tree(table, start, count) {
      let node = 1;
      for (let k = 0; k < count; k++) node = (node << 1) | bit(table, start + node);
      return node - (1 << count);
    },
    /* `count` bits, each as likely as not. */
    even(count) {
      let number = 0;
      for (let k = 0; k < count; k++) {
        range >>>= 1;
        const isOne = code >>> 0 >= range;
        if (isOne) code = (code - range) | 0;
        number = (number << 1) | isOne;
        follow();
      }
      return number;
    },
  };
}

/* The `size` bytes that were packed. */
export function unpacked(bytes, size) {
  const { bit, tree, even } = decoder(bytes);
  const out = new Uint8Array(size);
  const [literals, slots, places, align] = [6144, 256, 115, 16].map(tables);
  const [isMatch, isRepeated, isOlder, isLonger, isSecond, isFourth] = [12, 12, 12, 12, 12, 12].map(tables);
  const [lengths, repeated] = [274, 274].map(tables);
  let [last, second, third, fourth] = [0, 0, 0, 0]; // how far back repetitions began
  let state = 0; // from 7 on after a repetition

  /* How long a repetition is [CLenDecoder]. */
  const length = (table) => {
    if (!bit(table, 0)) return 2 + tree(table, 2, 3);
    return bit(table, 1) ? 18 + tree(table, 18, 8) : 10 + tree(table, 10, 3);
  };

  /* Bits whose lowest comes first. */
  const turned = (table, start, count) => {
    let number = 0;
    for (let k = 0, rest = tree(table, start, count); k < count; k++, rest >>= 1) number = (number << 1) | (rest & 1);
    return number;
  };

  /* How far back it begins [DecodeDistance]. */
  const distance = (long) => {
    const slot = tree(slots, 64 * Math.min(long - 2, 3), 6);
    if (slot < 4) return slot;
    const count = (slot >> 1) - 1;
    const start = (2 | (slot & 1)) << count;
    if (slot < 14) return start + turned(places, start - slot, count);
    return start + (even(count - 4) << 4) + turned(align, 0, 4);
  };

  /* One byte that repeats nothing; after a repetition, by what would have come [DecodeLiteral]. */
  const literal = (n) => {
    const start = 768 * ((n ? out[n - 1] : 0) >> 5);
    let node = 1;
    if (state >= 7) {
      let guess = out[n - last - 1];
      for (let wanted = -1, one = -1; node < 256 && one === wanted; guess <<= 1) {
        wanted = (guess >> 7) & 1;
        one = bit(literals, start + 256 * (1 + wanted) + node);
        node = (node << 1) | one;
      }
    }
    while (node < 256) node = (node << 1) | bit(literals, start + node);
    return node;
  };

  /* Which of the last four distances is meant [Decode]: it becomes the last. */
  const again = () => {
    if (!bit(isSecond, state)) return [second, last, third, fourth];
    return bit(isFourth, state) ? [fourth, last, second, third] : [third, last, second, fourth];
  };

  for (let n = 0; n < size;) {
    if (!bit(isMatch, state)) {
      out[n] = literal(n);
      n += 1;
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    const next = state < 7 ? 7 : 10;
    let long = 0;
    if (!bit(isRepeated, state)) {
      long = length(lengths);
      [last, second, third, fourth] = [distance(long), last, second, third];
      state = next;
    } else {
      if (bit(isOlder, state)) [last, second, third, fourth] = again();
      else if (!bit(isLonger, state)) long = 1;
      state = long ? Math.min(next + 2, 11) : Math.min(next + 1, 11);
      long = long || length(repeated);
    }
    for (const end = Math.min(n + long, size); n < end; n++) out[n] = out[n - last - 1];
  }
  return out;
}
