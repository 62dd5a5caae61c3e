"""The first sheet, for people: what this is, what to edit, the legend, the lesson's facts.

Knows: words. Does not know any formula: it holds text only, so nothing on it can be wrong later.
"""

from __future__ import annotations

from collections.abc import Sequence

from sheetnet.lessons import Lesson
from sheetnet.quantities.batch_trees import has_smaller_batch, last_taken
from sheetnet.quantities.updates import described
from sheetnet.sheets.model import Print, Sheet, Text
from sheetnet.sheets.notation import notation_of
from sheetnet.sheets.views import parameters

SHEET = "About"
_FIRST_LINE = "A small neural network, cell by cell. Every computed cell is a live formula."

_LEGEND = [
    ("editable", "", "yours to change: inputs, targets, weights, biases, learning rate"),
    ("input", "", "inputs, carried along"),
    ("weight", "", "weights and biases"),
    ("sum", "", "weighted inputs"),
    ("activation", "", "activations"),
    ("target", "", "targets"),
    ("delta", "0.1234", "δ and what it is made of"),
    ("gradient", "", "how the loss changes with each weight"),
    ("loss", "0.1234", "the loss"),
]


def build(
    lesson: Lesson,
    computing: Sequence[Sheet],
    introduced: Sequence[str],
    edit_in: str,
    follows: str,
) -> Sheet:
    """The sheet; `computing` are the sheets that hold formulas, in order, and `introduced` a line
    on each of them; `follows` says what happens when a yellow cell of `edit_in` is changed."""
    sheet = Sheet(SHEET, print=Print(tall=1), widths={0: 3.0, 1: 18.0, 2: 2.0, 3: 90.0})
    lines: list[tuple[str, str, str, str]] = []  # style and text of columns B and D
    lines.append(("heading", "What this is", "", ""))
    lines += [("plain", text, "", "") for text in (_FIRST_LINE, *introduced)]
    lines.append(("", "", "", ""))
    if questions := [note.text for note in lesson.notes if note.answer]:
        lines.append(("heading", "What it asks", "", ""))
        lines += [("plain", text, "", "") for text in questions]
        lines.append(("", "", "", ""))
    lines.append(("heading", "What to do", "", ""))
    to_do = _to_do(edit_in, follows)
    lines += [("plain", f"{n}.  {text}", "", "") for n, text in enumerate(to_do, start=1)]
    lines.append(("", "", "", ""))
    lines.append(("heading", "Colours", "", ""))
    blocks = [block for s in computing for block in s.blocks]
    styles = {style for block in blocks for style in (block.style, block.typed_style)}
    lines += [(style, sample, "plain", text) for style, sample, text in _LEGEND if style in styles]
    lines.append(("", "", "", ""))
    lines.append(("heading", "The lesson", "", ""))
    lines += [("label", key, "plain", value) for key, value in _facts(lesson).items()]
    sheet.texts.append(Text(0, 1, lesson.title, "title"))
    for row, (style, first, second_style, second) in enumerate(lines, start=2):
        if style:
            sheet.texts.append(Text(row, 1, first, style))
        if second:
            sheet.texts.append(Text(row, 3, second, second_style))
    return sheet


def _to_do(edit_in: str, follows: str) -> list[str]:
    first = f"Go to {edit_in} and change a yellow cell: {follows}."
    second = "Click a cell to see its formula; its references show where the number comes from."
    read = "To take your edits back: save, then run   sheetnet read FILE"
    check = "To have every formula recalculated and compared with NumPy:   sheetnet check FILE"
    return [first, second, read, check]


def _taken(lesson: Lesson) -> str:
    """How the examples are taken, in words."""
    batch = lesson.training.batch
    if batch == "full":
        return "all examples in every step"
    many = "one example a step" if batch == "online" else f"{batch} a step"
    if has_smaller_batch(lesson):
        many += f", the last {last_taken(lesson)} of a round in a smaller one"
    seed = lesson.training.options.get("shuffle")
    return f"{many}, in turn" if seed is None else f"{many}, each round in a new order"


def _facts(lesson: Lesson) -> dict[str, str]:
    network, settings = lesson.network, lesson.training
    count = len(lesson.inputs)
    biases = {"trained": "trained", "fixed": "used, never updated", "none": "none"}
    return {
        "neurons a layer": "–".join(map(str, network.sizes)),
        "activations": ", ".join(name.replace("_", " ") for name in network.activations),
        "loss": f"{network.loss.replace('_', ' ')} ({network.reduction.replace('_', ' ')})",
        "biases": biases[network.biases],
        "parameters": f"{parameters(lesson):,}",
        "learning rate": f"{settings.learning_rate!r} when written",
        "training": f"{settings.steps:,} steps, {settings.optimizer}",
        **described(lesson),
        "examples": f"{count}" + (f", {_taken(lesson)}" if count > 1 else ""),
        "formulas": {"plain": "as textbooks write them", "safe": "overflow-proof"}[lesson.formulas],
        "notation": notation_of(lesson).source,
    }
