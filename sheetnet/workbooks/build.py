"""A lesson becomes a workbook: About, the sheets that compute, and the lesson itself.

Knows: that order (hidden sheets come last), and that yellow cells are guarded on every sheet. Does
not know which kinds of sheet there are (see `kinds`), numbers or files.
"""

from __future__ import annotations

from sheetnet.documents import errata, expression, notes
from sheetnet.lessons import Lesson
from sheetnet.sheets import about
from sheetnet.sheets.compare import SHEET as COMPARE
from sheetnet.sheets.model import Workbook
from sheetnet.sheets.network_state import SHEET as NETWORK
from sheetnet.sheets.symbols import symbols
from sheetnet.sheets.yellow import guard
from sheetnet.workbooks import kinds, metadata


def build(lesson: Lesson) -> Workbook:
    """The workbook of a lesson. Raises LessonError (see `kinds.sheets`)."""
    computing = kinds.sheets(lesson)
    blocks = [block for sheet in computing for block in sheet.blocks]
    for sheet in computing:
        if sheet.name in (errata.SHEET, notes.SHEET):
            expression.refuse_unknown(sheet, {block.name for block in blocks})
    shown = [sheet for sheet in computing if not sheet.is_hidden]
    visible = [sheet.name for sheet in shown]
    edit_in = next(name for name in visible if kinds.follows(name))
    words = about.build(
        lesson, shown, kinds.about_lines(visible), edit_in, kinds.follows(edit_in)
    )
    # A picture greets better than a page of words; without one, the words come first
    shown = [*shown, words] if visible[0] in (NETWORK, COMPARE) else [words, *shown]
    hidden = [sheet for sheet in computing if sheet.is_hidden]
    sheets = [*shown, *hidden, metadata.build(lesson, blocks)]
    for sheet in sheets:
        guard(sheet)
    return Workbook(lesson.title, tuple(sheets), symbols=symbols(lesson))
