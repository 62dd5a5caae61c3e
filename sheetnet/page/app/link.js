/* The edited numbers as a short text, #step=60&W_1=0:0.5,3:1, in the address's fragment, so that a
   state can be sent, and in a page that was saved.

   What stands there may come from anybody: only numbers, and only for yellow cells. */

export const MOST_CHARACTERS = 30000;

/* `since` is what the numbers differ from: those "written", or those the file was "first" packed with. */
export function fragment(state, since = "written") {
  const parts = new Map();
  for (const [block, index, number] of state.edits(since)) {
    const name = block.typedName;
    parts.set(name, [...(parts.get(name) || []), `${index}:${number}`]);
  }
  const texts = [...parts].map(([name, list]) => `${encodeURIComponent(name)}=${list.join(",")}`);
  if (state.steps) texts.unshift(`step=${state.step}`);
  return `#${texts.join("&")}`;
}

/* The changes that a fragment asks for, and its step; what does not fit is left out. */
export function parsed(state, text) {
  const changes = [];
  let step;
  for (const part of text.replace(/^#/, "").split("&")) {
    const [key, value = ""] = part.split("=");
    if (key === "step") {
      if (/^\d{1,9}$/.test(value)) step = Number(value);
      continue;
    }
    const block = state.lessonBlocks().find((one) => encodeURIComponent(one.typedName) === key);
    for (const pair of block ? value.split(",") : []) {
      const [index, number] = pair.split(":");
      const fits = /^\d{1,9}$/.test(index) && Number(index) < block.typedCells;
      const found = /^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(number || "") ? Number(number) : NaN;
      const isRate = block.typedName === "learning_rate";
      if (fits && found - found === 0 && !(isRate && found < 0)) {
        changes.push([block, Number(index), found]);
      }
    }
  }
  return { changes, step };
}

/* Take the numbers of a page that was saved for those it was written with. */
export function keep(state, text) {
  const { changes, step } = parsed(state, text);
  for (const block of new Set(changes.map((change) => change[0]))) block.written = Array.from(block.written);
  for (const [block, index, number] of changes) block.written[index] = number;
  state.book.type(changes);
  if (step !== undefined) state.step = step;
}

/* Bring the page into the state of the address. */
export function follow(state) {
  const { changes, step } = parsed(state, location.hash);
  const back = state.edits().map(([block, index]) => [block, index, block.written[index]]);
  const last = new Map([...back, ...changes].map((change) => [`${change[0].number}:${change[1]}`, change]));
  if (changes.length || step !== undefined) state.edit([...last.values()]);
  if (step !== undefined) state.step = step;
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
