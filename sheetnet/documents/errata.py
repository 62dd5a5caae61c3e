"""The sheet `Errata`: where the document errs, as printed, as it must be, and both numbers live.

Knows: the layout of the list. The errata themselves are part of the lesson; their numbers are
expressions over the quantities of `Step` (see `expression`).
"""

from __future__ import annotations

from collections.abc import Container

import numpy as np

from sheetnet.documents import expression
from sheetnet.errors import LessonError
from sheetnet.formulas.tree import I, Index, Node, references
from sheetnet.lessons import Lesson
from sheetnet.quantities.evaluation import Rule
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import Formula, Sheet
from sheetnet.sheets.views import StepMatrices

SHEET = "Errata"
_FIRST_ROW = 4
_HEADINGS = ("Where", "As printed", "As it must be", "What follows", "as printed", "as it must be")
_MOST_WIDTH = 80.0  # characters


def build(lesson: Lesson, view: StepMatrices) -> Sheet:
    """The sheet of a lesson with errata."""
    sheet = Sheet(SHEET, frozen=(_FIRST_ROW, 0))
    canvas = Canvas(sheet)
    canvas.text(0, 0, f"Errata of the document behind: {lesson.title}", "title")
    canvas.text(1, 0, "The numbers are live: they follow the step that Step shows.", "hint")
    for column, heading in enumerate(_HEADINGS):
        canvas.text(_FIRST_ROW - 1, column, heading, "head_text" if column < 4 else "head_delta")
        sheet.widths[column] = len(heading) + 2.0
    for k, erratum in enumerate(lesson.errata):
        row = _FIRST_ROW + k
        texts = (erratum.where, erratum.printed, erratum.right, erratum.shows)
        for column, words in enumerate(texts):
            canvas.text(row, column, words, "plain")
            widest = max(sheet.widths[column], len(words) + 2.0)
            sheet.widths[column] = min(widest, _MOST_WIDTH)
        for column, (kind, text) in enumerate(_expressions(erratum), start=len(texts)):
            name = _name(k, kind)
            canvas.computed(name, (row, column), (1, 1), f"errata_{kind}", _formula(text, view))
            sheet.rules[name] = _rule(text)
    return sheet


def _expressions(erratum: object) -> list[tuple[str, str]]:
    return [
        (kind, text) for kind in ("printed", "right") if (text := getattr(erratum, f"{kind}_value"))
    ]


def _formula(text: str, view: StepMatrices) -> Formula:
    made: Node = expression.tree(text, view)
    return lambda i, j: made


def _name(k: int, kind: str) -> str:
    return f"errata_{k + 1}_{kind}"


def refuse_unknown(sheet: Sheet, known: Container[str]) -> None:
    """Refuse an expression over a block that the workbook lacks. Raises LessonError."""
    for block in sheet.blocks:
        assert block.formula is not None, "an erratum's numbers are formulas"
        for name, _ in references(block.formula(I, Index(0, "j"))):
            if name not in known:
                raise LessonError(
                    f"errata: {name} stands in an expression, and names a quantity that this "
                    "network does not have, or that Step does not show."
                )


def _rule(text: str) -> Rule:
    return lambda q, layer: np.array([[expression.number(text, q)]])
