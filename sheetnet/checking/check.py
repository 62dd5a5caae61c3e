"""The check: a real engine recalculates a workbook, and every formula is held against NumPy.

Knows: the order of the work. Does not know how an engine computes, how a file is taken apart, what
a cell should be (`expected`), how close it must come (`tolerance`), or what counts as wrong:
cell by cell (`judged`), as a whole (`whole_run`), as saved (`old_values`), by its names (`layout`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from sheetnet.checking import inputs
from sheetnet.checking.expected import expected
from sheetnet.checking.findings import Mismatch, Why
from sheetnet.checking.judged import Formulas, Judged, address, grid, judged
from sheetnet.checking.layout import displaced, overlaps
from sheetnet.checking.old_values import old_inputs, old_values
from sheetnet.checking.report import Report
from sheetnet.checking.tolerance import tolerances
from sheetnet.checking.whole_run import WholeRun, whole_run
from sheetnet.engines import ENGINES, Engine, Values, open_engine, why_missing
from sheetnet.errors import EngineError
from sheetnet.formulas.place import Placement
from sheetnet.sheets.model import FloatArray
from sheetnet.workbooks.saved import Saved, open_saved

_ORDER: dict[Why, int] = {
    "name": 0,
    "formula changed": 1,
    "value": 2,
    "error": 3,
    "whole run": 4,
    "old value": 5,
}


def check(path: str | Path, engine: str | Engine = "auto") -> Report:
    """Recalculate a workbook and compare every formula's text and value with what they should be.

    `engine` is "auto", the name of one, or one that is open already. Raises FileError (a file
    that cannot be read, a yellow cell that holds no number), EngineError (an engine that is
    missing, fails, or does not know what stands in a cell), LessonError (values with which
    training diverges in NumPy too).
    """
    saved = open_saved(path)
    placement = saved.placement()
    saved.refuse_deep_formulas()
    name = _chosen(engine, saved) if isinstance(engine, str) else ""
    opened = nullcontext(engine) if not isinstance(engine, str) else open_engine(name)
    with opened as running:
        values = running.recalculate(saved.path)
        name, version = running.name, running.version
    lesson = saved.lesson(inputs.reader(saved, values, name))
    blocks = list(saved.workbook.blocks())
    grids = {block.name: grid(values, placement[block.name], block) for block in blocks}
    wanted = expected(lesson, saved.workbook, grids)
    computed = [block for block in blocks if block.formula is not None]
    none = np.zeros((1, 1))  # texts do not round
    rounding = {
        block.name: tolerances(block, grids) if block.holds == "numbers" else none
        for block in computed
    }
    texts = Formulas(saved, placement)
    constants = [block for block in blocks if block.formula is None and not block.typed_name]
    ones = [
        judged(b, placement[b.name], wanted[b.name], grids, rounding.get(b.name, none))
        for b in (*constants, *computed)
    ]
    named = placement | {n: a for n, a in saved.names.areas.items() if n in placement}
    moved = (*overlaps(saved.workbook, named), *displaced(saved, named))
    misplaced = {each.name: each for each in moved}
    mismatches = [
        *misplaced.values(),
        *_cell_by_cell(ones, grids, values, texts),
        *_hanging(saved, values),
    ]
    warnings = _foreign(texts, values, name)
    run = whole_run(lesson, saved.workbook, grids, rounding)
    if run.beyond is not None and not mismatches:
        mismatches.append(_contradiction(run, grids, texts, placement))
    elif run.grown and not mismatches:
        warnings.append(
            "NumPy's own run moves as far when its start is changed by its last digits: this "
            "training enlarges rounding, and the difference says nothing else."
        )
    wrong = {each.cell for each in mismatches}
    old = [*old_inputs(saved, placement, values)]
    old += old_values(saved, placement, lesson, grids, saved.settings)
    mismatches += [each for each in old if each.cell not in wrong]
    no_loss = np.array(np.nan)  # a workbook for predicting only
    names = ("first_loss", "last_loss") if "first_loss" in grids else ("loss", "loss")
    losses = [grids.get(name, no_loss) for name in names]
    return Report(
        file=str(path),
        engine=name,
        engine_version=version,
        cells=sum(block.area.rows * block.area.columns for block in blocks),
        formulas=sum((b.area.rows - b.typed_rows) * b.area.columns for b in blocks),
        max_abs=run.largest,
        max_rel=run.relative,
        losses=(float(losses[0].item()), float(losses[1].item())),
        mismatches=tuple(sorted(mismatches, key=lambda m: _ORDER[m.why])),
        settings=tuple(saved.settings),
        warnings=tuple(warnings),
        missing=saved.gone,
        format="ods" if saved.format == "ods" else "xlsx",
    )


def _chosen(engine: str, saved: Saved) -> str:
    """The engine asked for, or the first one installed that reads such a file."""
    if engine != "auto":
        return engine
    suffix = f".{saved.format}"
    fit = [name for name in ENGINES if suffix in ENGINES[name].suffixes] or list(ENGINES)
    for name in fit:
        if why_missing(name) is None:
            return name
    reasons = " ".join(str(why_missing(name)) for name in fit)
    raise EngineError(f"No spreadsheet engine is installed. {reasons}")


def _cell_by_cell(
    ones: list[Judged], grids: Mapping[str, FloatArray], values: Values, texts: Formulas
) -> list[Mismatch]:
    """Every cell that is wrong by itself."""
    wrong = {name: np.zeros(grid.shape, dtype=bool) for name, grid in grids.items()}
    wrong |= {one.block.name: one.wrong for one in ones}
    found = [each for one in ones for each in one.roots(grids, wrong).mismatches(values, texts)]
    if not found and any(one.wrong.any() or one.errors.any() for one in ones):
        # An error without a root, such as a circle's: nothing passes unseen
        found = [each for one in ones for each in one.mismatches(values, texts)]
    return found


def _hanging(saved: Saved, values: Values) -> Iterator[Mismatch]:
    """The cells whose formulas refer to a sheet that was deleted."""
    for block in saved.hanging:
        area = saved.names.areas.get(block.name)
        if area is None:
            continue
        for row, column in np.ndindex(area.rows, area.columns):
            at = (area.row + row, area.column + column)
            cell = saved.cells.get(area.sheet, {}).get(at)
            got = values.get(area.sheet, {}).get(at)
            yield Mismatch(
                cell=address(area, row, column),
                name=block.label(row, column),
                formula=f"={cell.formula}" if cell is not None and cell.formula else "",
                expected=None,
                got=str(got) if isinstance(got, str | bool) else got,
                why="error",
                detail=f"it refers to {' and '.join(saved.gone)}, deleted. Delete it too.",
            )


def _foreign(texts: Formulas, values: Values, engine: str) -> list[str]:
    """A note about formulas in a spelling that Gnumeric alone knows. Raises EngineError where the
    engine at hand does not know it."""
    for area, row, column in texts.foreign:
        cell = texts.cell(area, row, column)
        got = values.get(area.sheet, {}).get((area.row + row, area.column + column))
        if cell is not None and (why := inputs.beyond(cell, got)):
            where = f"{texts.saved.path}: {address(area, row, column)}"
            raise EngineError(inputs.limit(where, cell, got, why, engine))
    if not texts.foreign:
        return []
    area, row, column = texts.foreign[0]
    return [
        f"{len(texts.foreign):,} formulas, from {address(area, row, column)} on, bear the prefix "
        "ODF., which Gnumeric writes into .xlsx and no other program knows: it shows #NAME? there. "
        "Save as .ods from Gnumeric."
    ]


def _contradiction(
    run: WholeRun, grids: Mapping[str, FloatArray], texts: Formulas, placement: Placement
) -> Mismatch:
    """The first cell of the whole run that rounding does not explain."""
    assert run.beyond is not None
    block, row, column = run.beyond
    area = placement[block.name]
    return Mismatch(
        cell=address(area, row, column),
        name=block.label(row, column),
        formula=texts.shown(area, row, column),
        expected=float(run.numbers[block.name][row, column]),
        got=float(grids[block.name][row, column]),
        why="whole run",
        detail=(
            "every formula is right by itself, but together they do not come to what NumPy trains "
            "from the yellow cells, and rounding does not explain it: the formulas read other "
            "cells than the names mark. Write the workbook anew."
        ),
    )
