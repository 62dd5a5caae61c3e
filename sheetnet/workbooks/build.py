"""A lesson becomes a workbook: which sheets it has, in which order.

Knows: the list of sheets. Does not know what stands on them (one module each), numbers or files.
"""

from __future__ import annotations

from sheetnet.documents import errata, expression, notes, published
from sheetnet.lessons import Lesson
from sheetnet.sheets import about, predict, step, training
from sheetnet.sheets.model import Sheet, Workbook
from sheetnet.sheets.symbols import symbols
from sheetnet.sheets.yellow import guard
from sheetnet.workbooks import metadata


def build(lesson: Lesson) -> Workbook:
    """The workbook of a lesson: About, the sheets that `sheets` names, and the lesson itself.

    Training stands only where a step fits a row. Without it, Step holds the editable matrices and
    stands whether it is named or not, unless the workbook is for predicting only; errata,
    notes and published figures refer to Step and bring it too.
    Raises LessonError where a network's examples cannot be shown one a step.
    """
    if predict.is_alone(lesson):
        return _workbook(lesson, predict.build(lesson, has_training=False))
    has_training = "training" in lesson.sheets and training.fits(lesson)
    view = step.view_of(lesson, has_training)
    computing: list[Sheet] = [training.build(lesson)] if has_training else []
    if not has_training or "step" in lesson.sheets or _needs_step(lesson):
        computing.append(step.build(view))
    if lesson.errata:
        computing.append(errata.build(lesson, view))
    if published.is_asked_for(lesson):
        computing.append(published.build(lesson, view))
    if lesson.notes:
        computing.append(notes.build(lesson, view))
    if predict.is_asked_for(lesson):
        computing += predict.build(lesson, has_training)
    known = {block.name for sheet in computing for block in sheet.blocks}
    for sheet in computing:
        if sheet.name in (errata.SHEET, notes.SHEET):
            expression.refuse_unknown(sheet, known)
    return _workbook(lesson, computing)


def _workbook(lesson: Lesson, computing: list[Sheet]) -> Workbook:
    """The sheets that compute, between About and the lesson itself."""
    typed = {block.typed_name for sheet in computing for block in sheet.blocks}
    sheets = [about.build(lesson, computing), *computing, metadata.build(lesson, typed)]
    for sheet in sheets:
        guard(sheet)
    return Workbook(lesson.title, tuple(sheets), symbols=symbols(lesson))


def _needs_step(lesson: Lesson) -> bool:
    return bool(lesson.errata or lesson.notes) or published.is_asked_for(lesson)
