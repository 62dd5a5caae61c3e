"""One block held against NumPy: which cells are wrong, and which are so by themselves.

Knows: how a block's formula texts and values are compared with what should stand there. Does not
know what that is (`expected`), how close values must come (`tolerance`), or whole workbooks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sheetnet.checking.findings import Mismatch, Why
from sheetnet.checking.inputs import SAME
from sheetnet.checking.tolerance import carried, complete, said
from sheetnet.engines import Values
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.compare import canonical
from sheetnet.formulas.place import Area, Placement
from sheetnet.formulas.printing import DIALECTS, Dialect, Marks, Printer
from sheetnet.formulas.tree import I, Index
from sheetnet.formulas.wording import may_be
from sheetnet.reading.cell import Cell
from sheetnet.sheets.model import Block, FloatArray
from sheetnet.workbooks.saved import Saved

_GNUMERIC = re.compile(r"\bODF\.(?=[A-Z][A-Z0-9.]*\()")
"""What Gnumeric puts before a function in .xlsx whose OpenFormula meaning it wants to keep."""


def grid(values: Values, area: Area, block: Block) -> FloatArray:
    """The numbers of a block's area, shape (rows, columns); NaN for anything else.

    An emptied yellow cell counts as 0, as it does in every formula that refers to it.
    """
    cells = values.get(area.sheet, {})
    if block.holds == "texts":
        return _texts(cells, area)
    found = np.full((area.rows, area.columns), np.nan)
    for row in range(area.rows):
        for column in range(area.columns):
            value = cells.get((area.row + row, area.column + column))
            if isinstance(value, float | int) and not isinstance(value, bool):
                found[row, column] = value
            elif value is None and block.formula is None:
                found[row, column] = 0.0
    return found


def _texts(cells: Mapping[tuple[int, int], object], area: Area) -> FloatArray:
    """The engine's texts of an area, an array of objects; "" where it has none."""
    found = np.full((area.rows, area.columns), "", dtype=object)
    for row, column in np.ndindex(area.rows, area.columns):
        value = cells.get((area.row + row, area.column + column))
        found[row, column] = "" if value is None else str(value)
    return found


def address(area: Area, row: int, column: int) -> str:
    """'Sheet!F8', counted from the area's first cell."""
    return f"{area.sheet}!{column_name(area.column + column)}{area.row + row + 1}"


@dataclass
class Formulas:
    """The formulas that stand in the file, and those that should, cell by cell.

    `foreign` collects the cells whose formula is right but for a spelling of Gnumeric's own.
    """

    saved: Saved
    placement: Placement
    foreign: list[tuple[Area, int, int]] = field(default_factory=list)

    @property
    def dialect(self) -> Dialect:
        """The dialect of the file."""
        return DIALECTS[self.saved.format]

    def columns(self, block: Block, area: Area) -> Iterator[tuple[int, str, Marks]]:
        """For each column of a block: its number, its formula's pattern, the pattern's marks."""
        for column in range(area.columns):
            marks = Marks()
            if block.formula is None:  # constants of ours have neither
                yield column, "", marks
                continue
            tree = block.formula(I, Index(column, "j"))
            yield column, Printer(self.dialect, self.placement, area, marks).text(tree), marks

    def cell(self, area: Area, row: int, column: int) -> Cell | None:
        """What stands in the file, counted from the area's first cell."""
        return self.saved.cells.get(area.sheet, {}).get((area.row + row, area.column + column))

    def found(self, area: Area, row: int, column: int) -> str | None:
        """The formula in a cell, or None for anything else."""
        cell = self.cell(area, row, column)
        return None if cell is None or cell.matrix else cell.formula

    def shown(self, area: Area, row: int, column: int) -> str:
        """The same for a report, "" for no formula at all."""
        cell = self.cell(area, row, column)
        if cell is not None and cell.matrix:
            return "an array formula"
        return f"={cell.formula}" if cell is not None and cell.formula else ""

    def right(self, area: Area, row: int, column: int, right: str) -> bool:
        """Whether the formula that belongs there stands there, in whatever spelling."""
        found = self.found(area, row, column)
        if self.same(found, right, area.sheet):
            return True
        if found is None or not self.same(_GNUMERIC.sub("", found), right, area.sheet):
            return False
        self.foreign.append((area, row, column))
        return True

    def same(self, found: str | None, right: str, sheet: str) -> bool:
        """Whether two formulas say the same, however their programs spell them."""
        if found is None:
            return False
        if found == right:
            return True
        name = self.dialect.name
        return canonical(found, name, sheet) == canonical(right, name, sheet)


@dataclass(frozen=True)
class Judged:
    """One block: what should stand in it, which values are wrong, which are no numbers."""

    block: Block
    area: Area
    wanted: FloatArray
    wrong: NDArray[np.bool_]
    errors: NDArray[np.bool_]

    def roots(
        self, grids: Mapping[str, FloatArray], wrong: Mapping[str, NDArray[np.bool_]]
    ) -> Judged:
        """The same with the cells alone that are wrong by themselves, not by what they use."""
        own_wrong, own_errors, typed = self.wrong.copy(), self.errors.copy(), self.block.typed_rows
        if own_errors.any():
            own_errors[typed:] &= complete(self.block, grids)
        if own_wrong[typed:].any() and self.block.holds == "numbers":
            own_wrong[typed:] &= ~carried(self.block, grids, wrong)
        return replace(self, wrong=own_wrong, errors=own_errors)

    def mismatches(self, values: Values, texts: Formulas) -> Iterator[Mismatch]:
        """Every wrong cell, once: by its text, its value or its error."""
        for column, pattern, marks in texts.columns(self.block, self.area):
            for row in range(self.area.rows):
                if row < self.block.typed_rows:
                    if self.wrong[row, column]:
                        yield self._named(row, column, "value", values, "", "")
                    continue
                right = marks.fill(pattern, self.area.row + row)
                why: Why | None = None
                if not texts.right(self.area, row, column, right):
                    why = "formula changed"
                elif self.wrong[row, column]:
                    why = "value"
                elif self.errors[row, column]:
                    why = "error"
                if why:
                    shown = texts.shown(self.area, row, column)
                    yield self._named(row, column, why, values, shown, right)

    def _named(
        self, row: int, column: int, why: Why, values: Values, shown: str, right: str
    ) -> Mismatch:
        at = (self.area.row + row, self.area.column + column)
        got = values.get(self.area.sheet, {}).get(at)
        should = self.wanted[row, column]
        if self.block.holds == "numbers":
            should = float(should) if np.isfinite(should) else None
        return Mismatch(
            cell=address(self.area, row, column),
            name=self.block.label(row, column),
            formula=shown,
            expected=should,
            got=str(got) if isinstance(got, str | bool) else got,
            why=why,
            expected_formula=f"={right}" if right else "",
        )


def _as_good(says: FloatArray, got: FloatArray, wanted: FloatArray) -> NDArray[np.bool_]:
    """Whether rounding alone may have made both texts of what a formula says.

    The formula tells how far texts may differ, never what they should be: where it does not say
    what NumPy's rule wants, nothing is as good.
    """
    texts = (array.ravel().tolist() for array in (says, got, wanted))
    found = [
        may_be(each, str(a)) and may_be(each, str(b)) for each, a, b in zip(*texts, strict=True)
    ]
    return np.array(found, dtype=bool).reshape(got.shape)


def judged(
    block: Block,
    area: Area,
    wanted: FloatArray,
    grids: Mapping[str, FloatArray],
    rounding: FloatArray,
) -> Judged:
    """Hold a block against NumPy; only where what its formulas use are numbers throughout.

    `rounding` says how far each computed cell may be off (see `tolerance`).
    """
    got, typed = grids[block.name], block.typed_rows
    wrong = np.zeros(got.shape, dtype=bool)
    if block.holds == "texts":
        wrong = got != wanted
        if wrong.any():
            wrong &= complete(block, grids) & ~_as_good(said(block, grids), got, wanted)
        return Judged(block, area, wanted, wrong, np.zeros(got.shape, dtype=bool))
    errors = np.isnan(got)
    errors[:typed] = False
    if block.word is not None:  # where NumPy has no number either, it is right to have none
        errors &= np.isfinite(wanted)
    with np.errstate(invalid="ignore"):
        near = np.abs(got[typed:] - wanted[typed:]) <= rounding
    if not near.all():
        none = np.isnan(got[typed:]) & ~np.isfinite(wanted[typed:])
        wrong[typed:] = ~near & ~errors[typed:] & ~none & complete(block, grids)
    if typed and block.initial is not None:  # a constant of ours, such as the number of step 0
        wrong[:typed] = ~np.isclose(got[:typed], wanted[:typed], rtol=SAME, atol=0.0)
    return Judged(block, area, wanted, wrong, errors)
