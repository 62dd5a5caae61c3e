"""The networks that are measured, and their cells as other libraries want them.

Knows: lessons of any size, made from a seed. Does not know how anything is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sheetnet import gallery
from sheetnet.formulas.printing import Dialect, Marks, Printer
from sheetnet.formulas.tree import I, Index
from sheetnet.lessons import Lesson, load
from sheetnet.sheets.model import Block, Sheet, Workbook
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached

SIZES = {f"784-{hidden}-10": (784, hidden, 10) for hidden in (8, 30, 64, 128)}


def lesson_of(
    name: str, sheets: tuple[str, ...] = ("training", "step"), examples: int = 1
) -> Lesson:
    """A network by its sizes, with images and targets from a seed; "demo" is 2-2-2, 500 steps."""
    if name == "demo":
        made = load(gallery.path_of("simple-neural-net"))
        return replace(made, training=replace(made.training, steps=500))
    sizes = tuple(int(part) for part in name.split("-"))
    rng = np.random.default_rng(1)
    targets = np.eye(sizes[-1])[rng.integers(0, sizes[-1], examples)]
    return load(
        {
            "title": f"A network of {name}",
            "network": {"sizes": list(sizes), "seed": 7},
            "training": {"steps": 1},
            "data": {"inputs": rng.random((examples, sizes[0])).tolist(),
                     "targets": targets.tolist()},
            "sheets": list(sheets),
        }
    )  # fmt: skip


class Cell(NamedTuple):
    """One cell, ready to be handed to a library: a text, a number, or a formula and its number."""

    row: int
    column: int
    style: str
    text: str | None
    value: float | None
    formula: str | None


def cells_of(lesson: Lesson, dialect: Dialect) -> tuple[Workbook, dict[str, list[Cell]]]:
    """The workbook, and by sheet every cell of it in the order of rows."""
    workbook = build(lesson)
    values = cached(lesson, workbook)
    found = {
        sheet.name: sorted(_cells(sheet, workbook, values, dialect)) for sheet in workbook.sheets
    }
    return workbook, found


def _cells(
    sheet: Sheet, workbook: Workbook, values: dict[str, np.ndarray], dialect: Dialect
) -> Iterator[Cell]:
    for text in sheet.texts:
        yield Cell(text.row, text.column, text.style, text.text, None, None)
    for block in sheet.blocks:
        yield from _block(block, workbook, values[block.name], dialect)


def _block(
    block: Block, workbook: Workbook, values: np.ndarray, dialect: Dialect
) -> Iterator[Cell]:
    area, names = block.area, workbook.names()
    for column in range(area.columns):
        marks, pattern = Marks(), None
        if block.formula is not None:
            printer = Printer(dialect, names, area, marks)
            pattern = printer.text(block.formula(I, Index(column, "j")))
        for row in range(area.rows):
            is_typed = row < block.typed_rows
            formula = None
            if pattern is not None and not is_typed:
                formula = marks.fill(pattern, area.row + row)
            style = block.typed_style if is_typed and block.typed_name else block.style
            value = float(values[row, column])
            yield Cell(area.row + row, area.column + column, style, None, value, formula)
