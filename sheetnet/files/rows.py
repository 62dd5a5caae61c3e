"""Blocks and texts of a sheet become rows of cells, streamed.

Knows: how blocks that stand side by side share rows, and how one pattern prints every row of such
a band. Does not know any file format: a `CellSyntax` says how one cell is written.

A band is a run of rows in which the same blocks stand. Its pattern is printed once from the
blocks' formulas; each row then costs a few replacements and one join, whatever its width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Protocol

import numpy as np

from sheetnet.formulas.dialects import Dialect, Marks, Printer
from sheetnet.formulas.place import Area, Placement
from sheetnet.formulas.tokens import column_name
from sheetnet.formulas.tree import I, Index
from sheetnet.sheets.model import Block, FloatArray, Formula, Sheet

SLOT = "\x00"
"""Stands in a pattern where a row's own text goes: a number, or all of a text cell."""


class CellSyntax(Protocol):
    """How one file format writes cells and rows."""

    dialect: Dialect

    def number(self, style: str, row: str, column: int, formula: str | None, slot: str) -> str:
        """A cell with a number; `slot` is where its digits go, with `whole_value` around them."""
        ...

    def value(self, digits: str) -> str:
        """What stands in the slot of a cell without a fixed place for digits."""
        ...

    def text(self, style: str, row: int, column: int, text: str) -> str:
        """A cell with text."""
        ...

    def gap(self, columns: int) -> str:
        """Empty cells between two others."""
        ...

    def row(self, row: int, cells: str, height: float | None) -> str:
        """A whole row; rows come in order and empty ones are left out."""
        ...


@dataclass(frozen=True)
class _Piece:
    """Columns of a band with one kind of content: part of a block, or a text."""

    area: Area
    style: str
    formula: Formula | None
    home: Area  # of the whole block, which formulas count from
    strings: Callable[[int], list[str]]  # sheet row -> what goes into the row's slots
    has_gaps: bool  # some numbers are not finite: those cells carry no value
    is_text: bool = False


def rows(
    sheet: Sheet, values: Mapping[str, FloatArray], placement: Placement, syntax: CellSyntax
) -> Iterator[str]:
    """Every row of the sheet that holds anything, from the top, in the syntax given."""
    pieces = [
        piece for block in sheet.blocks for piece in _pieces(block, values[block.name], syntax)
    ]
    for text in sheet.texts:
        area = Area(sheet.name, text.row, text.column, 1, 1)
        written = syntax.text(text.style, text.row, text.column, text.text)
        pieces.append(
            _Piece(area, text.style, None, area, _always(written), False, is_text=True)
        )
    edges = sorted({edge for p in pieces for edge in (p.area.row, p.area.row + p.area.rows)})
    by_start: dict[int, list[_Piece]] = {}
    for piece in pieces:
        by_start.setdefault(piece.area.row, []).append(piece)
    active: list[_Piece] = []
    for start, stop in pairwise(edges):
        active = [p for p in active if p.area.row + p.area.rows > start]
        active += by_start.get(start, [])
        if active:
            active.sort(key=lambda p: p.area.column)
            yield from _band(active, start, stop, placement, syntax, sheet.heights)


def _always(written: str) -> Callable[[int], list[str]]:
    return lambda row: [written]


def _pieces(block: Block, values: FloatArray, syntax: CellSyntax) -> Iterator[_Piece]:
    """A block's typed rows and its computed rows."""
    parts = (
        (0, block.typed_rows, block.typed_style if block.typed_name else block.style, None),
        (block.typed_rows, block.area.rows, block.style, block.formula),
    )
    for first, last, style, formula in parts:
        if last > first:
            own = values[first:last]
            area = block.area.part(first, 0, last - first, block.area.columns)
            finite = np.isfinite(own)
            has_gaps = not bool(finite.all())
            strings = (
                _with_gaps(own, finite, area.row, syntax) if has_gaps else _digits(own, area.row)
            )
            yield _Piece(area, style, formula, block.area, strings, has_gaps)


def _digits(values: FloatArray, top: int) -> Callable[[int], list[str]]:
    # repr of a Python float is the shortest text that reads back to the same bits
    return lambda row: list(map(repr, values[row - top].tolist()))


def _with_gaps(
    values: FloatArray, finite: FloatArray, top: int, syntax: CellSyntax
) -> Callable[[int], list[str]]:
    return lambda row: [
        syntax.value(repr(value)) if known else ""
        for value, known in zip(values[row - top].tolist(), finite[row - top].tolist(), strict=True)
    ]


def _band(
    pieces: list[_Piece],
    start: int,
    stop: int,
    placement: Placement,
    syntax: CellSyntax,
    heights: Mapping[int, float],
) -> Iterator[str]:
    marks = Marks()
    row_mark = marks.row(0)
    pattern: list[str] = []
    column = 0
    for piece in pieces:
        area = piece.area
        if area.column < column:
            where = f"{area.sheet}!{column_name(area.column)}{start + 1}"
            raise AssertionError(f"two things stand at {where}: a mistake in the sheet's layout")
        pattern.append(syntax.gap(area.column - column) if area.column > column else "")
        column = area.column + area.columns
        if piece.is_text:
            pattern.append(SLOT)
            continue
        printer = Printer(syntax.dialect, placement, piece.home, marks)
        slot = SLOT if piece.has_gaps else syntax.value(SLOT)
        for offset in range(area.columns):
            formula = piece.formula
            text = None if formula is None else printer.text(formula(I, Index(offset, "j")))
            pattern.append(syntax.number(piece.style, row_mark, area.column + offset, text, slot))
    template = "".join(pattern)
    strings = [piece.strings for piece in pieces]
    for row in range(start, stop):
        literal = marks.fill(template, row).split(SLOT)
        slots = chain.from_iterable(own(row) for own in strings)
        cells = "".join(chain.from_iterable(zip(literal, slots, strict=False)))
        yield syntax.row(row, cells + literal[-1], heights.get(row))
