"""A lesson becomes a workbook: About, the sheets that compute, and the lesson itself.

Knows: that order, and that yellow cells are guarded on every sheet. Does not know which kinds of
sheet there are (see `kinds`), numbers or files.
"""

from __future__ import annotations

from sheetnet.documents import errata, expression, notes
from sheetnet.lessons import Lesson
from sheetnet.sheets import about
from sheetnet.sheets.model import Workbook
from sheetnet.sheets.symbols import symbols
from sheetnet.sheets.yellow import guard
from sheetnet.workbooks import kinds, metadata


def build(lesson: Lesson) -> Workbook:
    """The workbook of a lesson. Raises LessonError (see `kinds.sheets`)."""
    computing = kinds.sheets(lesson)
    names = [sheet.name for sheet in computing]
    blocks = [block for sheet in computing for block in sheet.blocks]
    for sheet in computing:
        if sheet.name in (errata.SHEET, notes.SHEET):
            expression.refuse_unknown(sheet, {block.name for block in blocks})
    first = about.build(lesson, computing, kinds.about_lines(names), kinds.follows(names[0]))
    sheets = [first, *computing, metadata.build(lesson, blocks)]
    for sheet in sheets:
        guard(sheet)
    return Workbook(lesson.title, tuple(sheets), symbols=symbols(lesson))
