/* Bytes from base 85: four for every five letters (RFC 1924's, with "." for "<" and "," for a grave accent). */

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;.=>?@^_,{|}~";

export function fromBase85(text) {
  const digits = new Map([...LETTERS].map((letter, digit) => [letter, digit]));
  const bytes = new Uint8Array((text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let k = 0; k < text.length; k += 5) {
    let group = 0;
    for (let n = k; n < k + 5; n++) group = group * 85 + digits.get(text[n]);
    view.setUint32((k / 5) * 4, group);
  }
  return bytes;
}
