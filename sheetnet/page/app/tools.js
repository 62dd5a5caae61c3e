/* Undo, redo, start again, random start; save as lesson or page, copy a link. */

import { button, download, html } from "./dom.js";
import { icon } from "./icons.js";
import { lessonNow } from "./lesson.js";
import { copy, fragment, MOST_CHARACTERS } from "./link.js";
import { toml } from "./toml.js";

export class Tools {
  /* `say` shows a word to the person. */
  constructor(state, say) {
    this.state = state;
    this.say = say;
    this.undo = button("Undo (Ctrl+Z)", icon("undo"), () => state.undo());
    this.redo = button("Redo (Ctrl+Y)", icon("redo"), () => state.redo());
    this.root = html("div", { class: "tools", role: "toolbar", "aria-label": "Numbers" },
      this.undo, this.redo,
      labelled("Start again", "again", "start again", () => { state.startAgain(); say("As it was written. Undo brings your numbers back."); }),
      labelled("Random start", "dice", "random start", () => { state.randomStart(); say("New weights, drawn at random."); }),
      labelled("Save as lesson (.toml)", "save", "lesson", () => this.saveLesson()),
      labelled("Save as page (.html)", "save", "page", () => this.savePage()),
      labelled("Copy a link with your numbers", "link", "link", () => this.copyLink()));
    state.on("edit", () => this.show());
    this.show();
  }

  show() {
    this.undo.disabled = !this.state.done.length;
    this.redo.disabled = !this.state.undone.length;
  }

  get name() {
    const plain = this.state.book.data.title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    return plain.replace(/^-+|-+$/g, "").slice(0, 60) || "lesson";
  }

  saveLesson() {
    download(`${this.name}.toml`, toml(lessonNow(this.state.book)), "application/toml");
    this.say("Saved as a lesson. Its page again: sheetnet write FILE.toml -o FILE.html");
  }

  savePage() {
    download(`${this.name}.html`, pageText(this.state), "text/html");
    this.say("Saved as a page with your numbers.");
  }

  async copyLink() {
    const text = fragment(this.state);
    if (text.length > MOST_CHARACTERS) {
      this.say("Too many numbers were changed for a link: save the page and send that.");
      return;
    }
    const whole = location.href.split("#")[0] + text;
    history.replaceState(null, "", text);
    if (await copy(whole)) this.say("Link copied: it opens this page with your numbers.");
    else this.say("The address of this page now holds your numbers: copy it from the address bar.");
  }
}

function labelled(label, symbol, word, action) {
  const made = button(label, icon(symbol), action, { class: `labelled ${word.replace(" ", "-")}` });
  made.append(html("span", { class: "word" }, word));
  return made;
}

/* This very file with the numbers of now beside what is packed in it. */
function pageText(state) {
  const own = (id) => document.getElementById(id).outerHTML;
  const edits = `<script type="text/plain" id="sheetnet-edits">${fragment(state, "first")}</scr${"ipt"}>`;
  return ["<!doctype html>", "<html lang=\"en\">", document.head.outerHTML, "<body>",
    own("sheetnet-closed").replace(" hidden=\"\"", ""), own("sheetnet-packed"), edits, own("sheetnet-open"),
    "</body>", "</html>", ""].join("\n");
}
