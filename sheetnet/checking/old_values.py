"""Saved values that are not what their formulas give: what people see before anything is computed.

Knows: how a saved value is held against its own formula, given the saved values that this formula
reads. Does not know engines' files or how a value came to be old (a number typed by a program that
does not calculate; manual calculation).

As everywhere in the check, a cell is judged by what it reads: the first cells that show an old
value are named, not the thousands that follow from them. Programs keep 10 or 15 digits of a saved
value (LibreOffice's .ods 20 decimal places), so the tolerance of `tolerance` is taken with 2^-30 in
place of 2^-53, and a value that agrees with the recalculated one is never old.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from sheetnet.checking.expected import expected
from sheetnet.checking.findings import Mismatch
from sheetnet.checking.inputs import is_number
from sheetnet.checking.judged import Formulas, address, grid
from sheetnet.checking.tolerance import complete, tolerances
from sheetnet.checking.whole_run import numpy_run
from sheetnet.engines import Values
from sheetnet.errors import LessonError
from sheetnet.formulas.place import Placement
from sheetnet.formulas.sized import UNIT
from sheetnet.lessons import Lesson
from sheetnet.reading.cell import Cell
from sheetnet.reading.settings import PRECISION, Setting
from sheetnet.sheets.model import Block, FloatArray
from sheetnet.workbooks.saved import Saved

DIGITS = 2.0**-30
"""Relative difference that keeping 10 digits explains."""
_TINY = 1e-18  # below it LibreOffice's .ods keeps a digit or two


def old_values(
    saved: Saved,
    placement: Placement,
    lesson: Lesson,
    now: Mapping[str, FloatArray],
    settings: list[Setting],
) -> Iterator[Mismatch]:
    """Every computed cell that shows an old value, by itself.

    `now` holds the recalculated values by block, an engine's or NumPy's. Cells without a saved
    value show none. Where precision is as displayed, saved values are rounded on purpose.
    """
    if any(setting.name == PRECISION for setting in settings):
        return
    blocks = [
        block
        for block in saved.workbook.blocks()
        if block.formula is not None and block.holds == "numbers"
    ]
    values = _saved_values(saved)
    grids = {b.name: grid(values, placement[b.name], b) for b in saved.workbook.blocks()}
    suspects = [block for block in blocks if _differ(block, grids, now).any()]
    if not suspects:
        return
    texts = Formulas(saved, placement)
    wanted = expected(lesson, saved.workbook, grids)
    for block in suspects:
        area, typed = placement[block.name], block.typed_rows
        should = wanted[block.name][typed:]
        allowed = tolerances(block, grids) * (DIGITS / UNIT) + _TINY
        with np.errstate(invalid="ignore"):
            off = ~(np.abs(grids[block.name][typed:] - should) <= allowed)
        off &= np.isfinite(should) & complete(block, grids) & _differ(block, grids, now)
        for column, pattern, marks in texts.columns(block, area):
            for row in (np.flatnonzero(off[:, column]) + typed).tolist():
                cell = texts.cell(area, row, column)
                if cell is None or cell.kind == "empty":
                    continue
                if texts.same(cell.formula, marks.fill(pattern, area.row + row), area.sheet):
                    should_be = float(now[block.name][row, column])
                    at = address(area, row, column)
                    yield _named(block, row, column, at, cell, should_be)


def told_without_engine(saved: Saved, lesson: Lesson) -> list[Mismatch]:
    """The same by NumPy's own run in place of an engine's values; nothing where it diverges."""
    placement = saved.placement()
    values = _saved_values(saved)
    grids = {b.name: grid(values, placement[b.name], b) for b in saved.workbook.blocks()}
    try:
        now = numpy_run(lesson, saved.workbook, grids)
    except LessonError:
        return []
    return list(old_values(saved, placement, lesson, now, saved.settings))


def old_inputs(saved: Saved, placement: Placement, values: Values) -> Iterator[Mismatch]:
    """Every yellow formula whose saved value is not what it gives, by an engine's values."""
    for block in saved.workbook.blocks():
        if block.typed_name not in placement:
            continue
        area = placement[block.typed_name]
        cells = saved.cells.get(area.sheet, {})
        for row, column in np.ndindex(area.rows, area.columns):
            at = (area.row + row, area.column + column)
            cell, got = cells.get(at), values.get(area.sheet, {}).get(at)
            if cell is None or cell.kind == "empty" or not (cell.formula or cell.matrix):
                continue
            if is_number(got) and not (is_number(cell.value) and _near(cell.value, got)):
                where = address(area, row, column)
                yield _named(block, row, column, where, cell, float(got))  # type: ignore[arg-type]


def _saved_values(saved: Saved) -> Values:
    return {
        sheet: {at: cell.value for at, cell in cells.items() if cell.kind == "number"}
        for sheet, cells in saved.cells.items()
    }


def _differ(
    block: Block, grids: Mapping[str, FloatArray], now: Mapping[str, FloatArray]
) -> np.ndarray:
    """Where a saved value is not the recalculated one, which is a number."""
    was, becomes = (each[block.name][block.typed_rows :] for each in (grids, now))
    with np.errstate(invalid="ignore"):
        near = np.abs(was - becomes) <= DIGITS * np.maximum(np.abs(was), np.abs(becomes)) + _TINY
    return np.asarray(~near & np.isfinite(becomes))


def _near(was: object, becomes: object) -> bool:
    assert isinstance(was, float | int) and isinstance(becomes, float | int)
    return abs(was - becomes) <= DIGITS * max(abs(was), abs(becomes)) + _TINY


def _named(block: Block, row: int, column: int, where: str, cell: Cell, should: float) -> Mismatch:
    shown = "an array formula" if cell.matrix else f"={cell.formula}"
    got = cell.value if is_number(cell.value) else str(cell.value)
    return Mismatch(
        cell=where,
        name=block.label(row, column),
        formula=shown,
        expected=should,
        got=got,
        why="old value",
        expected_formula="" if block.formula is None or row < block.typed_rows else shown,
    )
