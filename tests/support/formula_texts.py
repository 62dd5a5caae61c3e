"""Lessons of every kind and the texts of their formulas, in both dialects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.printing import XLSX, Dialect, Marks, Printer
from sheetnet.formulas.tree import I, Index
from sheetnet.sheets.model import Block, Workbook
from support.lessons import CE, LESSONS, lesson

MNIST = lesson((784, 30, 10), ["sigmoid", "softmax"], CE, examples=1, formulas="safe", steps=1)
EVERY = {**LESSONS, "784-30-10": MNIST}


def formulas_of(
    block: Block, book: Workbook, dialect: Dialect = XLSX
) -> Iterator[tuple[int, int, str]]:
    """(row, column, text) of every computed cell of a block, counted from the sheet's first."""
    area, placement = block.area, book.names()
    if block.formula is None:
        return
    for column in range(area.columns):
        marks = Marks()
        tree = block.formula(I, Index(column, "j"))
        text = Printer(dialect, placement, area, marks).text(tree)
        for row in range(block.typed_rows, area.rows):
            yield area.row + row, area.column + column, marks.fill(text, area.row + row)


def texts(
    book: Workbook, dialect: Dialect = XLSX, *, but: Sequence[str] | None = None
) -> dict[str, str]:
    """'Sheet!B2' -> formula, of the whole workbook; of its numbers `but` those blocks, if given."""
    return {
        f"{block.area.sheet}!{column_name(column)}{row + 1}": text
        for block in book.blocks()
        if but is None or (block.holds == "numbers" and block.name not in but)
        for row, column, text in formulas_of(block, book, dialect)
    }
