"""Reading a workbook in which somebody typed formulas for weights, and saved it without values.

Knows: when an engine is needed to read (openpyxl, for one, saves formulas without their values),
and that a saved value counts where there is one. Does not know files or engines.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sheetnet.checking.findings import Mismatch
from sheetnet.checking.old_values import old_inputs
from sheetnet.errors import FileError, FileWarning, SheetnetError
from sheetnet.formulas.place import Placement
from sheetnet.lessons import Lesson
from sheetnet.workbooks.saved import Saved, open_saved
from sheetnet.workbooks.without_effect import unread

ENGINE = "ironcalc"  # the one that comes with pip; nothing is started for it


def read(path: str | Path) -> Lesson:
    """The lesson in a workbook, with the values of its yellow cells as they were saved.

    A yellow cell that holds a formula without a saved value is recalculated, where ironcalc is
    installed. Whatever should be known, such as numbers typed where they are not read, is a
    `FileWarning` (see Python's `warnings`). Raises FileError listing everything that is wrong,
    EngineError.
    """
    saved = open_saved(path)
    lesson = lesson_of(saved)
    for text in remarks(saved):
        warnings.warn(f"{path}: {text}", FileWarning, stacklevel=2)
    return lesson


def remarks(saved: Saved, most: int = 20) -> list[str]:
    """What should be known of a workbook that was read: whole sentences, the first `most`."""
    found = list(saved.warnings)
    try:
        found += [*saved.losses, *(each.text for each in unread(saved))]
    except FileError as problem:  # the lesson was read without a look at every cell
        found.append(f"Edits without effect could not be looked for: {problem}")
    if len(found) > most:
        found[most:] = [f"… and {len(found) - most} more of that kind."]
    return found


def old_inputs_of(saved: Saved) -> list[Mismatch]:
    """The yellow cells whose saved value is not what their formula gives, by ironcalc.

    Nothing is started where no yellow cell holds a formula, and nothing is said where ironcalc is
    missing or does not understand the file.
    """
    from sheetnet.engines import open_engine, why_missing

    placement = saved.placement(typed_only=True)
    if why_missing(ENGINE) is not None or not any(_formulas(saved, placement)):
        return []
    try:
        saved.refuse_deep_formulas()
        with open_engine(ENGINE) as engine:
            return list(old_inputs(saved, placement, engine.recalculate(saved.path)))
    except SheetnetError:
        return []


def _formulas(saved: Saved, placement: Placement) -> Iterator[bool]:
    """For each yellow cell whether it holds a formula; plain blocks have none."""
    for name, area in placement.items():
        if name not in saved.plain:
            cells = saved.cells.get(area.sheet, {})
            for row, column in np.ndindex(area.rows, area.columns):
                cell = cells.get((area.row + row, area.column + column))
                yield cell is not None and (cell.formula is not None or cell.matrix)


def lesson_of(saved: Saved) -> Lesson:
    """The same of an opened workbook."""
    if not saved.uncomputed():
        return saved.lesson()
    from sheetnet.engines import open_engine, why_missing

    if why_missing(ENGINE) is not None:
        return saved.lesson()  # which says what to do
    saved.refuse_deep_formulas()
    with open_engine(ENGINE) as engine:
        computed = engine.recalculate(saved.path)

    def value(sheet: str, row: int, column: int) -> object:
        cell = saved.cells.get(sheet, {}).get((row, column))
        if cell is not None and cell.kind == "empty":
            return computed.get(sheet, {}).get((row, column))
        return None if cell is None else cell.value

    return saved.lesson(value)
