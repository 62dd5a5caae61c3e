"""What a person changed: yellow cells and settings of one workbook against another.

Knows: how two lessons of the same make differ, cell by cell and in the lesson's notation. Does
not know how files are read. Digits lost in saving (LibreOffice keeps 15) are no edits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sheetnet.files.read import Saved
from sheetnet.formulas.tokens import Dialect, canonical, column_name, translate
from sheetnet.lesson import Lesson
from sheetnet.sheets.model import Block
from sheetnet.sheets.notation import NOTATIONS, Notation
from sheetnet.sheets.values import start
from sheetnet.sheets.views import sources

SAME_NUMBER = 1e-14
"""Relative difference up to which two numbers are one number saved with fewer digits."""


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
        close = np.isclose(grids[1], grids[0], rtol=SAME_NUMBER, atol=0.0)
        for row, column in np.argwhere(~close).tolist():
            was, now = (repr(float(grid[row, column])) for grid in grids)
            at = f"{area.sheet}!{column_name(area.column + column)}{area.row + row + 1}"
            yield Edit(at, _label(before, block, row, column), was, now)


def settings(before: Lesson, after: Lesson) -> Iterator[Edit]:
    """Settings that differ: title, network, training, notation, formulas."""
    old, new = (_settings(lesson) for lesson in (before, after))
    for key, was in old.items():
        if new[key] != was:
            yield Edit(key, key, str(was), str(new[key]))


def formulas(before: Saved, after: Saved) -> Iterator[Edit]:
    """Formulas that differ between two workbooks with the same blocks, wherever these stand."""
    homes = [saved.placement() for saved in (before, after)]
    dialects: list[Dialect] = [
        "openformula" if saved.format == "ods" else "xlsx" for saved in (before, after)
    ]
    for block in before.workbook.blocks():
        if block.formula is None:
            continue
        for row in range(block.typed_rows, block.area.rows):
            for column in range(block.area.columns):
                texts = []
                for saved, home, dialect in zip((before, after), homes, dialects, strict=True):
                    area = home[block.name]
                    cell = saved.cells.get(area.sheet, {}).get(
                        (area.row + row, area.column + column)
                    )
                    texts.append((cell.formula if cell else None, dialect, area.sheet))
                if not _same(*texts):
                    area = homes[1][block.name]
                    at = f"{area.sheet}!{column_name(area.column + column)}{area.row + row + 1}"
                    was, now = (_shown(*text) for text in texts)
                    yield Edit(at, block.label(row, column), was, now)


def _same(first: tuple[str | None, Dialect, str], second: tuple[str | None, Dialect, str]) -> bool:
    if first[0] is None or second[0] is None:
        return first[0] is second[0]
    if first == second:
        return True
    return canonical(*first) == canonical(*second)  # type: ignore[arg-type]


def _shown(formula: str | None, dialect: Dialect, sheet: str) -> str:
    if formula is None:
        return "no formula"
    return "=" + (formula if dialect == "xlsx" else translate(formula, dialect, "xlsx", sheet))


def _settings(lesson: Lesson) -> dict[str, object]:
    network, training = lesson.network, lesson.training
    return {
        "title": lesson.title,
        "network.sizes": list(network.sizes),
        "network.activations": list(network.activations),
        "network.loss": network.loss,
        "network.reduction": network.reduction,
        "network.biases": network.biases,
        "training.steps": training.steps,
        "training.optimizer": training.optimizer,
        "training.batch": training.batch,
        "examples": len(lesson.inputs),
        "notation": lesson.notation,
        "formulas": lesson.formulas,
    }


def _grid(block: Block, array: np.ndarray) -> np.ndarray:
    if block.layout == "history":
        return array.reshape(1, -1)
    return block.to_sheet(array.reshape(block.shape))


def _label(lesson: Lesson, block: Block, row: int, column: int) -> str:
    """The cell's element in the lesson's notation, with its example where there are several."""
    notation: Notation = NOTATIONS[lesson.notation]
    name = block.typed_name
    if name == "learning_rate":
        return notation.learning_rate
    if name.startswith("W_"):
        layer = int(name[2:])
        flat = block.layout == "history"
        d, s = divmod(column, sources(lesson, layer)) if flat else (row, column)
        return notation.weight_label(layer, d, s)
    example, neuron = (column, row) if block.layout == "transposed" else (row, column)
    label = (
        notation.neuron(notation.activation, 0, neuron)
        if name == "inputs"
        else notation.target_label(neuron)
    )
    return label if len(lesson.inputs) == 1 else f"{label} of example {example + 1}"
