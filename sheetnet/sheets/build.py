"""A lesson becomes a workbook: which sheets it has, in which order.

Knows: the list of sheets. Does not know what stands on them (one module each), numbers or files.
"""

from __future__ import annotations

from sheetnet.lesson import Lesson
from sheetnet.sheets import about, metadata, step, training
from sheetnet.sheets.model import Sheet, Workbook


def build(lesson: Lesson) -> Workbook:
    """The workbook of a lesson: About, Training where a step fits a row, Step, and the lesson."""
    has_training = training.fits(lesson)
    computing: list[Sheet] = [training.build(lesson)] if has_training else []
    computing.append(step.build(lesson, has_training))
    sheets = [about.build(lesson, computing), *computing, metadata.build(lesson)]
    return Workbook(lesson.title, tuple(sheets))
