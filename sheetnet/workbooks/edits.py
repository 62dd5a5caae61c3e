"""What a person changed: yellow cells and settings of one workbook against another.

Knows: how two lessons of the same make differ, cell by cell and in the lesson's notation. Does
not know how files are read. Digits lost in saving (LibreOffice keeps 15) are no edits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sheetnet.core.optimizers import numbers
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.compare import canonical
from sheetnet.formulas.place import Placement
from sheetnet.formulas.printing import DIALECTS, Marks, Printer
from sheetnet.formulas.references import Dialect
from sheetnet.formulas.translate import readable
from sheetnet.formulas.tree import I, Index
from sheetnet.lessons import Lesson
from sheetnet.quantities.updates import SIGNS, options_of
from sheetnet.reading.cells import Cell
from sheetnet.sheets.model import Block
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import sources, trained_sources
from sheetnet.workbooks.cached import start
from sheetnet.workbooks.saved import Saved
from sheetnet.workbooks.yellow import plain_name

SAME_NUMBER = 1e-14
"""Relative difference up to which two numbers are one number saved with fewer digits."""
SAME_TINY = 1e-20
"""Absolute difference that counts for nothing: LibreOffice's .ods keeps 20 decimal places."""


@dataclass(frozen=True)
class Edit:
    """One difference: where, what it is in the lesson's notation, before and after."""

    where: str  # "Training!K7", or the key of a setting
    label: str  # "w₀₀⁽¹⁾"
    before: str
    after: str


def values(before: Lesson, after: Lesson, shown: Saved) -> Iterator[Edit]:
    """Yellow cells that differ between two lessons of the same shape; `shown` says where."""
    placement = shown.placement(typed_only=True)
    old, new = start(before), start(after)
    for block in shown.workbook.blocks():
        name = block.typed_name
        if name not in old:
            continue
        area = placement[name]
        grids = [_grid(block, array[name]) for array in (old, new)]
        close = np.isclose(grids[1], grids[0], rtol=SAME_NUMBER, atol=SAME_TINY)
        for row, column in np.argwhere(~close).tolist():
            both = [float(grid[row, column]) for grid in grids]
            if _is_rounded(*both) or (_is_long(both[0]) and _is_rounded(*reversed(both))):
                continue
            was, now = map(repr, both)
            at = f"{area.sheet}!{column_name(area.column + column)}{area.row + row + 1}"
            yield Edit(at, _label(before, block, row, column), was, now)


def _is_rounded(before: float, after: float) -> bool:
    """Whether `after` is `before` with fewer digits: Google Sheets exports 10 of them."""
    return any(float(f"{before:.{places}e}") == after for places in range(9, 15))


def _is_long(number: float) -> bool:
    """Whether a program may have rounded it: 0.5 was typed, and 0.50000000001 after it as well."""
    return float(f"{number:.6e}") != number


def settings(before: Lesson, after: Lesson) -> Iterator[Edit]:
    """Settings that differ: title, network, training, notation, formulas."""
    old, new = (_settings(lesson) for lesson in (before, after))
    for key in old | new:
        was, now = old.get(key, "not there"), new.get(key, "not there")
        if now != was:
            yield Edit(key, key, str(was), str(now))


def formulas(before: Saved, after: Saved) -> Iterator[Edit]:
    """Computed cells that differ between two workbooks with the same blocks.

    A formula may differ in its text, or a typed value may stand in its place. Rows inserted and
    sheets renamed change every formula's text and no formula: two that are right where they
    stand are the same.
    """
    homes = before.placement(), after.placement()
    for block in before.workbook.blocks():
        if block.formula is None or block.name not in homes[1]:
            continue
        areas = [home[block.name] for home in homes]
        for column in range(block.area.columns):
            old, new = (
                _Column(saved, home, block, column)
                for saved, home in zip((before, after), homes, strict=True)
            )
            # The typed rows of a yellow block belong to `values`; others hold constants of ours
            for row in range(block.typed_rows if block.typed_name else 0, block.area.rows):
                was, now = old.content(row), new.content(row)
                if not was.same(now):
                    at = f"{column_name(areas[1].column + column)}{areas[1].row + row + 1}"
                    label = block.label(row, column)
                    yield Edit(f"{areas[1].sheet}!{at}", label, was.shown(), now.shown())


class _Column:
    """One column of a computed block as it stands in one file."""

    def __init__(self, saved: Saved, home: Placement, block: Block, column: int) -> None:
        assert block.formula is not None, "only computed blocks have formulas"
        self.saved, self.block, self.area = saved, block, home[block.name]
        self.column = self.area.column + column
        self.marks = Marks()
        dialect = DIALECTS[saved.format]
        tree = block.formula(I, Index(column, "j"))
        self.pattern = Printer(dialect, home, self.area, self.marks).text(tree)

    def content(self, row: int) -> _Content:
        """What stands in a row of the block, and what belongs there."""
        at = self.area.row + row
        right = None if row < self.block.typed_rows else self.marks.fill(self.pattern, at)
        cell = self.saved.cells.get(self.area.sheet, {}).get((at, self.column))
        return _Content(cell, right, DIALECTS[self.saved.format].name, self.area.sheet)


@dataclass(frozen=True)
class _Content:
    """What stands in one cell, and the formula that belongs there (None for a constant)."""

    cell: Cell | None
    right: str | None
    dialect: Dialect
    sheet: str

    @property
    def formula(self) -> str | None:
        return None if self.cell is None else self.cell.formula

    def _canonical(self, formula: str) -> object:
        return canonical(formula, self.dialect, self.sheet)

    def is_right(self) -> bool:
        found, right = self.formula, self.right
        if found is None or right is None:
            return False
        return found == right or self._canonical(found) == self._canonical(right)

    def same(self, other: _Content) -> bool:
        if self.is_right() or other.is_right():
            return self.is_right() and other.is_right()
        mine, others = self.formula, other.formula
        if mine is not None and others is not None:
            return self._canonical(mine) == other._canonical(others)
        return mine is others and self._typed() == other._typed()

    def _typed(self) -> object:
        """A typed value, a number with the digits that every program saves."""
        value = None if self.cell is None else self.cell.value
        return f"{value:.14g}" if isinstance(value, float) else value

    def shown(self) -> str:
        if self.formula is not None:
            return f"={readable(self.formula, self.dialect, self.sheet)}"
        if self.cell is not None and self.cell.matrix:
            return "an array formula"
        return "nothing" if self.cell is None or self.cell.value is None else repr(self.cell.value)


def _settings(lesson: Lesson) -> dict[str, object]:
    network, training = lesson.network, lesson.training
    typed = {"learning_rate", *(key for key, x in training.options.items() if numbers({key: x}))}
    typed.discard("shuffle")
    return {
        "title": lesson.title,
        "network.sizes": list(network.sizes),
        "network.activations": list(network.activations),
        "network.loss": network.loss,
        "network.reduction": network.reduction,
        "network.biases": network.biases,
        **{f"training.{key}": x for key, x in training.settings().items() if key not in typed},
        "examples": len(lesson.inputs),
        "notation": lesson.notation,
        "formulas": lesson.formulas,
        "sheets": list(lesson.sheets),
        "compare": [
            {"label": each.label, **{k: x for k, x in each.settings.items() if k not in typed}}
            for each in lesson.compare
        ],
        "errata": len(lesson.errata),
        "notes": len(lesson.notes),
    }


def _grid(block: Block, array: np.ndarray) -> np.ndarray:
    if block.layout == "history":
        return array.reshape(1, -1)
    return block.to_sheet(array.reshape(block.shape))


def _label(lesson: Lesson, block: Block, row: int, column: int) -> str:
    """The cell's element in the lesson's notation, with its example where there are several."""
    if block.variant:
        own = replace(block, variant=0, typed_name=plain_name(block.typed_name))
        label = _label(lesson.variant(block.variant), own, row, column)
        return f"{label} of {lesson.compare[block.variant - 1].label}"
    labels = Labels(lesson)
    name = block.typed_name
    if name == "learning_rate":
        return labels.notation.learning_rate
    if block.area.columns == 1 and name in (options := dict(options_of(lesson))):
        return options[name]
    kind, _, number = name.rpartition("_")
    if kind == "W" or kind in SIGNS:
        layer = int(number)
        into = sources(lesson, layer) if kind == "W" else trained_sources(lesson, layer)
        d, s = divmod(column, into) if block.layout == "history" else (row, column)
        weight = labels.weight(layer, d, s)
        return weight if kind == "W" else f"{SIGNS[kind][0]}({weight})"
    example, neuron = (column, row) if block.layout == "transposed" else (row, column)
    label = (
        labels.of_neuron("activation", 0, neuron)
        if name == "inputs"
        else labels.of_neuron("target", lesson.network.layers, neuron)
    )
    return label if len(lesson.inputs) == 1 else f"{label} of example {example + 1}"
