"""The sheet `Notes`: remarks and questions of a lesson, each with its live numbers.

Knows: the layout. The notes themselves are part of the lesson; their numbers are expressions over
the quantities of `Step` (see `expression`).
"""

from __future__ import annotations

from sheetnet.documents import expression
from sheetnet.lessons import Lesson, Note
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import Sheet
from sheetnet.sheets.views import StepMatrices

SHEET = "Notes"
_LABEL, _TEXT, _NUMBER = 11.0, 95.0, 14.0  # widths of the three columns
_FIRST_ROW = 3


def build(lesson: Lesson, view: StepMatrices) -> Sheet:
    """The sheet of a lesson with notes."""
    widths = dict(enumerate((_LABEL, _TEXT, _NUMBER)))
    sheet = Sheet(SHEET, frozen=(_FIRST_ROW - 1, 0), widths=widths)
    canvas = Canvas(sheet)
    canvas.text(0, 0, f"Notes on: {lesson.title}", "title")
    if any(note.values for note in lesson.notes):
        hint = "The numbers are live: they follow the step that Step shows."
        canvas.text(1, 0, hint, "hint")
    row = _FIRST_ROW
    for k, note in enumerate(lesson.notes):
        canvas.text(row, 0, note.where, "heading")
        row += 1
        for label, words in _paragraphs(note):
            canvas.text(row, 0, label, "label")
            canvas.paragraph(row, 1, words, "wrapped", _TEXT)
            row += 1
        for m, (words, text) in enumerate(zip(note.shows, note.values, strict=True)):
            canvas.text(row, 1, words, "example")  # right beside its number
            formula = expression.formula(text, view)
            canvas.computed(_name(k, m), (row, 2), (1, 1), "note", formula)
            sheet.array_rules[_name(k, m)] = expression.rule(text)
            row += 1
        row += 1
    return sheet


def _paragraphs(note: Note) -> list[tuple[str, str]]:
    kind = "Question" if note.answer else "Remark"
    lines = ((kind, note.text), ("Hint", note.hint), ("Answer", note.answer))
    return [(label, words) for label, words in lines if words]


def _name(k: int, m: int) -> str:
    return f"note_{k + 1}_{m + 1}"
