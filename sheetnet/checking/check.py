"""The check: a real engine recalculates a workbook, and every formula is held against NumPy.

Knows: the order of the work and what counts as wrong. Does not know how an engine computes, how a
file is taken apart, what a cell should be (`expected`) or how close it must come (`tolerance`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sheetnet.checking.expected import expected
from sheetnet.checking.report import Mismatch, Report, Why
from sheetnet.checking.tolerance import carried, complete, tolerances
from sheetnet.engines import ENGINES, Engine, Values, open_engine, why_missing
from sheetnet.errors import EngineError
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.compare import canonical
from sheetnet.formulas.place import Area, Placement
from sheetnet.formulas.printing import DIALECTS, Dialect, Marks, Printer
from sheetnet.formulas.tree import I, Index
from sheetnet.lessons import Lesson
from sheetnet.reading.cell import Cell
from sheetnet.sheets.model import Block, FloatArray
from sheetnet.workbooks.cached import cached
from sheetnet.workbooks.saved import Saved, open_saved

_ORDER: dict[Why, int] = {"formula changed": 0, "value": 1, "error": 2}


def check(path: str | Path, engine: str | Engine = "auto") -> Report:
    """Recalculate a workbook and compare every formula's text and value with what they should be.

    `engine` is "auto", the name of one, or one that is open already. Raises FileError (a file
    that cannot be read, a yellow cell that holds no number), EngineError (an engine that is
    missing or fails), LessonError (values with which training diverges in NumPy too).
    """
    saved = open_saved(path)
    placement = saved.placement()
    saved.refuse_deep_formulas()
    name = _chosen(engine, saved.path) if isinstance(engine, str) else ""
    opened = nullcontext(engine) if not isinstance(engine, str) else open_engine(name)
    with opened as running:
        values = running.recalculate(saved.path)
        name, version = running.name, running.version
    lesson = saved.lesson(lambda sheet, row, column: values.get(sheet, {}).get((row, column)))
    blocks = list(saved.workbook.blocks())
    grids = {block.name: _grid(values, placement[block.name], block) for block in blocks}
    wanted = expected(lesson, saved.workbook, grids)
    texts = _Formulas(saved, placement)
    judged = [
        _judged(block, placement[block.name], wanted[block.name], grids)
        for block in blocks
        if block.formula is not None
    ]
    wrong = {name: np.zeros(grid.shape, dtype=bool) for name, grid in grids.items()}
    wrong |= {one.block.name: one.wrong for one in judged}
    roots = [one.roots(grids, wrong) for one in judged]
    mismatches = [each for one in roots for each in one.mismatches(values, texts)]
    if not mismatches and any(one.wrong.any() or one.errors.any() for one in judged):
        # An error without a root, such as a circle's: nothing passes unseen
        mismatches = [each for one in judged for each in one.mismatches(values, texts)]
    whole = _whole_run(lesson, saved, grids)
    formulas = sum((b.area.rows - b.typed_rows) * b.area.columns for b in blocks)
    no_loss = np.array(np.nan)  # a workbook for predicting only
    names = ("first_loss", "last_loss") if "first_loss" in grids else ("loss", "loss")
    losses = [grids.get(name, no_loss) for name in names]
    return Report(
        file=str(path),
        engine=name,
        engine_version=version,
        cells=sum(block.area.rows * block.area.columns for block in blocks),
        formulas=formulas,
        max_abs=whole[0],
        max_rel=whole[1],
        losses=(float(losses[0].item()), float(losses[1].item())),
        mismatches=tuple(sorted(mismatches, key=lambda m: _ORDER[m.why])),
    )


def _chosen(engine: str, path: Path) -> str:
    """The engine asked for, or the first one installed that reads such a file."""
    if engine != "auto":
        return engine
    suffix = path.suffix.lower()
    fit = [name for name in ENGINES if suffix in ENGINES[name].suffixes] or list(ENGINES)
    for name in fit:
        if why_missing(name) is None:
            return name
    reasons = " ".join(str(why_missing(name)) for name in fit)
    raise EngineError(f"No spreadsheet engine is installed. {reasons}")


def _grid(values: Values, area: Area, block: Block) -> FloatArray:
    """The engine's numbers of a block's area, shape (rows, columns); NaN for anything else.

    An emptied yellow cell counts as 0, as it does in every formula that refers to it.
    """
    cells = values.get(area.sheet, {})
    if block.holds == "texts":
        return _texts(cells, area)
    grid = np.full((area.rows, area.columns), np.nan)
    for row in range(area.rows):
        for column in range(area.columns):
            value = cells.get((area.row + row, area.column + column))
            if isinstance(value, float | int) and not isinstance(value, bool):
                grid[row, column] = value
            elif value is None and block.formula is None:
                grid[row, column] = 0.0
    return grid


def _texts(cells: Mapping[tuple[int, int], object], area: Area) -> FloatArray:
    """The engine's texts of an area, an array of objects; "" where it has none."""
    grid = np.full((area.rows, area.columns), "", dtype=object)
    for row, column in np.ndindex(area.rows, area.columns):
        value = cells.get((area.row + row, area.column + column))
        grid[row, column] = "" if value is None else str(value)
    return grid


class _Formulas:
    """The formulas that stand in the file, and those that should, cell by cell."""

    def __init__(self, saved: Saved, placement: Placement) -> None:
        self.cells = saved.cells
        self.placement = placement
        self.dialect: Dialect = DIALECTS[saved.format]

    def columns(self, block: Block, area: Area) -> Iterator[tuple[int, str, Marks]]:
        """For each column of a block: its number, its formula's pattern, the pattern's marks."""
        assert block.formula is not None, "only computed blocks have formulas"
        for column in range(area.columns):
            marks = Marks()
            tree = block.formula(I, Index(column, "j"))
            yield column, Printer(self.dialect, self.placement, area, marks).text(tree), marks

    def found(self, area: Area, row: int, column: int) -> str | None:
        """The formula in a cell, or None for anything else."""
        cell = self._cell(area, row, column)
        return None if cell is None or cell.matrix else cell.formula

    def shown(self, area: Area, row: int, column: int) -> str:
        """The same for a report, "" for no formula at all."""
        cell = self._cell(area, row, column)
        if cell is not None and cell.matrix:
            return "an array formula"
        return f"={cell.formula}" if cell is not None and cell.formula else ""

    def _cell(self, area: Area, row: int, column: int) -> Cell | None:
        return self.cells.get(area.sheet, {}).get((area.row + row, area.column + column))

    def same(self, found: str | None, right: str, sheet: str) -> bool:
        """Whether two formulas say the same, however their programs spell them."""
        if found is None:
            return False
        if found == right:
            return True
        name = self.dialect.name
        return canonical(found, name, sheet) == canonical(right, name, sheet)


@dataclass(frozen=True)
class _Judged:
    """One block: what should stand in it, which values are wrong, which are no numbers."""

    block: Block
    area: Area
    wanted: FloatArray
    wrong: NDArray[np.bool_]
    errors: NDArray[np.bool_]

    def roots(
        self, grids: Mapping[str, FloatArray], wrong: Mapping[str, NDArray[np.bool_]]
    ) -> _Judged:
        """The same with the cells alone that are wrong by themselves, not by what they use."""
        own_wrong, own_errors, typed = self.wrong.copy(), self.errors.copy(), self.block.typed_rows
        if own_errors.any():
            own_errors[typed:] &= complete(self.block, grids)
        if own_wrong[typed:].any() and self.block.holds == "numbers":
            own_wrong[typed:] &= ~carried(self.block, grids, wrong)
        return replace(self, wrong=own_wrong, errors=own_errors)

    def mismatches(self, values: Values, texts: _Formulas) -> Iterator[Mismatch]:
        """Every wrong cell, once: by its text, its value or its error."""
        for column, pattern, marks in texts.columns(self.block, self.area):
            for row in range(self.area.rows):
                if row < self.block.typed_rows:
                    if self.wrong[row, column]:
                        yield self._named(row, column, "value", values, "", "")
                    continue
                right = marks.fill(pattern, self.area.row + row)
                found = texts.found(self.area, row, column)
                why: Why | None = None
                if not texts.same(found, right, self.area.sheet):
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
            cell=f"{self.area.sheet}!{column_name(at[1])}{at[0] + 1}",
            name=self.block.label(row, column),
            formula=shown,
            expected=should,
            got=str(got) if isinstance(got, str | bool) else got,
            why=why,
            expected_formula=f"={right}" if right else "",
        )


def _judged(
    block: Block, area: Area, wanted: FloatArray, grids: Mapping[str, FloatArray]
) -> _Judged:
    """Hold a block against NumPy; only where what its formulas use are numbers throughout."""
    got, typed = grids[block.name], block.typed_rows
    wrong = np.zeros(got.shape, dtype=bool)
    if block.holds == "texts":
        wrong = np.asarray(got != wanted, dtype=bool)
        if wrong.any():
            wrong &= complete(block, grids)
        return _Judged(block, area, wanted, wrong, np.zeros(got.shape, dtype=bool))
    errors = np.isnan(got)
    errors[:typed] = False
    with np.errstate(invalid="ignore"):
        near = np.abs(got[typed:] - wanted[typed:]) <= tolerances(block, grids)
    if not near.all():
        wrong[typed:] = ~near & ~errors[typed:] & complete(block, grids)
    if typed and not block.typed_name:  # a constant of ours, such as the number of step 0
        wrong[:typed] = got[:typed] != wanted[:typed]
    return _Judged(block, area, wanted, wrong, errors)


def _whole_run(
    lesson: Lesson, saved: Saved, grids: Mapping[str, FloatArray]
) -> tuple[float, float]:
    """Largest absolute and relative difference from NumPy's own run, from the yellow cells on."""
    chosen = {
        block.name: grids[block.name]
        for block in saved.workbook.blocks()
        if block.typed_name and block.initial is not None
    }
    numbers = cached(lesson, saved.workbook, chosen)
    furthest: dict[tuple[str, str], float] = {}
    scale: dict[str, float] = {}  # the largest value of a quantity, wherever it is shown
    for block in saved.workbook.blocks():
        if block.formula is None or block.holds == "texts":
            continue
        typed = block.typed_rows
        names = block.quantity, (block.called or block.quantity).partition("[")[0]
        own = numbers[block.name][typed:]
        with np.errstate(invalid="ignore"):
            distance = np.abs(grids[block.name][typed:] - own)
        far = float(np.max(distance[np.isfinite(distance)], initial=0.0))
        size = float(np.max(np.abs(own[np.isfinite(own)]), initial=0.0))
        furthest[names] = max(furthest.get(names, 0.0), far)
        for name in names:
            scale[name] = max(scale.get(name, 0.0), size)
    shares = (
        far / largest
        for names, far in furthest.items()
        if (largest := max(scale[name] for name in names))
    )
    return max(furthest.values(), default=0.0), max(shares, default=0.0)
