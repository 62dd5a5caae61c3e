"""What a person is told of a fresh workbook that will show errors, and what cures it.

Knows: that plain formulas are written as their document has them, errors and all, with a word
about it; and that `safe` formulas are a promise. Does not know how such cells are found (see
`engine_faults`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sheetnet.errors import LessonError, SheetnetError
from sheetnet.lessons import Lesson
from sheetnet.sheets.model import FloatArray, Workbook
from sheetnet.workbooks.cached import cached
from sheetnet.workbooks.engine_faults import EngineFault, engine_faults
from sheetnet.workbooks.size import built

_OTHERWISE = (
    "Use smaller weights, inputs or a smaller learning rate; a cross entropy wants outputs of "
    "sigmoid or softmax"
)


def engine_error(
    lesson: Lesson, workbook: Workbook, values: Mapping[str, FloatArray]
) -> str | None:
    """The sentence, or None for a workbook that every spreadsheet program computes.

    `values` are a fresh file's. Raises LessonError where the formulas are `safe` and fail.
    """
    faults = list(engine_faults(workbook, values))
    if not faults:
        return None
    if lesson.formulas == "safe":
        raise LessonError(
            f'formulas = "safe" cannot be safe for this lesson: {_told(faults)}. {_OTHERWISE}; '
            'or choose formulas = "plain", which are written as they are.'
        )
    cure = (
        'Write it with --safe (formulas = "safe"), whose formulas do not fail'
        if _is_cured(lesson)
        else f"Safe formulas do not help here. {_OTHERWISE}"
    )
    return f"{_told(faults)}. NumPy has numbers there. {cure}."


def _told(faults: list[EngineFault]) -> str:
    first, count = faults[0], len(faults)
    cells = "" if count == 1 else f" and {count - 1:,} more cells"
    return (
        f"{first.where}, {first.label},{cells} will show an error in a spreadsheet program: "
        f"{first.why}"
    )


def _is_cured(lesson: Lesson) -> bool:
    safe = replace(lesson, formulas="safe")
    try:
        workbook = built(safe)
        return not any(engine_faults(workbook, cached(safe, workbook)))
    except SheetnetError:  # too large with the cells that safe formulas need
        return False
