/* Doubles laid down as base64 (little-endian), for arrays too long for digits. No browser needed. */

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CODES = new Uint8Array(128);
for (let k = 0; k < 64; k++) CODES[LETTERS.charCodeAt(k)] = k;

export function fromBase64(text) {
  const length = text.replace(/=+$/, "").length;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  for (let k = 0, at = 0; k < length; k += 4) {
    const code = (n) => (k + n < length ? CODES[text.charCodeAt(k + n) & 127] : 0);
    const group = (code(0) << 18) | (code(1) << 12) | (code(2) << 6) | code(3);
    for (const shift of [16, 8, 0]) if (at < bytes.length) bytes[at++] = (group >> shift) & 255;
  }
  const view = new DataView(bytes.buffer);
  const numbers = new Float64Array(Math.floor(bytes.length / 8));
  for (let k = 0; k < numbers.length; k++) numbers[k] = view.getFloat64(k * 8, true);
  return numbers;
}

export function toBase64(numbers) {
  const bytes = new Uint8Array(numbers.length * 8);
  const view = new DataView(bytes.buffer);
  numbers.forEach((number, k) => view.setFloat64(k * 8, number, true));
  let text = "";
  for (let k = 0; k < bytes.length; k += 3) {
    const group = (bytes[k] << 16) | ((bytes[k + 1] || 0) << 8) | (bytes[k + 2] || 0);
    for (const [n, shift] of [18, 12, 6, 0].entries()) {
      text += k + n > bytes.length ? "=" : LETTERS[(group >> shift) & 63];
    }
  }
  return text;
}
