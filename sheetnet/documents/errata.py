"""The sheet `Errata`: where the document errs, as printed, as it must be, and both numbers live.

Knows: the layout of the list. The errata themselves are part of the lesson; their numbers are
expressions over the quantities of `Step`, or of the figures that the document prints (see
`expression`).
"""

from __future__ import annotations

from sheetnet.documents import expression
from sheetnet.lessons import Erratum, Lesson
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import Sheet
from sheetnet.sheets.views import StepMatrices

SHEET = "Errata"
_FIRST_ROW = 5
_TEXTS = (("Where", 23.0), ("As printed", 35.0), ("As it must be", 35.0), ("What follows", 16.0))
_NUMBERS = (("printed", 11.0), ("right", 11.0))
_SOURCE = ("numbers of", 16.0)
_FOLLOWS, _STAYS = "the step shown", "printed figures"


def build(lesson: Lesson, view: StepMatrices) -> Sheet:
    """The sheet of a lesson with errata."""
    sheet = Sheet(SHEET, frozen=(_FIRST_ROW, 0))
    canvas = Canvas(sheet)
    canvas.text(0, 0, f"Errata of the document behind: {lesson.title}", "title")
    for row, words in enumerate(_introduction(lesson), start=1):
        canvas.text(row, 0, words, "hint")
    styles = (*("head_text",) * len(_TEXTS), "head_delta", "head_target", "head_text")
    for column, (heading, width) in enumerate((*_TEXTS, *_NUMBERS, _SOURCE)):
        canvas.text(_FIRST_ROW - 1, column, heading, styles[column])
        sheet.widths[column] = width
    for row, erratum in enumerate(lesson.errata, start=_FIRST_ROW):
        texts = (erratum.where, erratum.printed, erratum.right, erratum.shows)
        for column, (words, (_, width)) in enumerate(zip(texts, _TEXTS, strict=True)):
            canvas.paragraph(row, column, words, "wrapped", width)
        for column, (kind, text) in enumerate(_expressions(erratum), start=len(_TEXTS)):
            name, formula = _name(row - _FIRST_ROW, kind), expression.formula(text, view)
            canvas.computed(name, (row, column), (1, 1), f"errata_{kind}", formula)
            sheet.array_rules[name] = expression.rule(text)
        if source := _source(erratum):
            canvas.text(row, len(_TEXTS) + len(_NUMBERS), source, "hint")
    return sheet


def _introduction(lesson: Lesson) -> list[str]:
    sources = {_source(erratum) for erratum in lesson.errata}
    follow = f"Numbers of {_FOLLOWS} are live: they follow the step that Step shows."
    stay = f"Those of {_STAYS} are computed from what the document prints: they stay as they are."
    return [follow] * (_FOLLOWS in sources) + [stay] * (_STAYS in sources)


def _source(erratum: Erratum) -> str:
    """What the numbers of an erratum are computed from."""
    texts = [text for _, text in _expressions(erratum)]
    if not texts:
        return ""
    return _STAYS if all(map(expression.is_figure, texts)) else _FOLLOWS


def _expressions(erratum: Erratum) -> list[tuple[str, str]]:
    both = (("printed", erratum.printed_value), ("right", erratum.right_value))
    return [(kind, text) for kind, text in both if text]


def _name(k: int, kind: str) -> str:
    return f"errata_{k + 1}_{kind}"


