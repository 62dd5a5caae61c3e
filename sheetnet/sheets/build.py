"""A lesson becomes a workbook: which sheets it has, in which order.

Knows: the list of sheets. Does not know what stands on them (one module each), numbers or files.
"""

from __future__ import annotations

from sheetnet.lesson import Lesson
from sheetnet.sheets import about, errata, metadata, published, step, training
from sheetnet.sheets.model import Sheet, Workbook


def build(lesson: Lesson) -> Workbook:
    """The workbook of a lesson: About, Training where a step fits a row, Step, and the lesson."""
    has_training = training.fits(lesson)
    view = step.view_of(lesson, has_training)
    computing: list[Sheet] = [training.build(lesson)] if has_training else []
    computing.append(step.build(view))
    if lesson.errata:
        computing.append(errata.build(lesson, view))
    if published.is_asked_for(lesson):
        computing.append(published.build(lesson, view))
    sheets = [about.build(lesson, computing), *computing, metadata.build(lesson)]
    return Workbook(lesson.title, tuple(sheets))
