"""Blocks and texts of a sheet become rows of cells, streamed.

Knows: how blocks that stand side by side share rows, and how one pattern prints every row of such
a band. Does not know any file format: a `CellSyntax` says how one cell is written.

A band is a run of rows in which the same blocks stand. Its pattern is printed once from the
blocks' formulas; each row then costs one join and a few replacements, whatever its width. Digits
come from orjson: those of `repr`, which read back to the same bits, in a tenth of the time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import orjson

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area, Placement
from sheetnet.formulas.printing import Dialect, Marks, Printer
from sheetnet.formulas.tree import I, Index
from sheetnet.sheets.model import Block, FloatArray, Formula, Sheet, Text, Workbook
from sheetnet.writing.styles import ROW_HEIGHT, STYLES, Style, height_of

_PORTION = 256  # cells that are put together at a time: what a processor holds close by
SLOT = "\x00"
"""Stands in a pattern where a row's own number goes."""


class CellSyntax(Protocol):
    """How one file format writes cells and rows."""

    dialect: Dialect

    def number(
        self, style: str, row: str, column: str, formula: str, slot: str, rule: int | None
    ) -> str:
        """A cell with a number; `slot` is where its digits go, with `value` around them.

        `row` and `column` are its number and letters, or marks for them; `rule` is the place of
        its validation among the sheet's.
        """
        ...

    def value(self, digits: str) -> str:
        """What stands in the slot of a cell without a fixed place for digits."""
        ...

    def text(self, text: Text) -> str:
        """A cell with text, and those merged with it."""
        ...

    def words(self, style: str, row: int, column: int, formula: str, text: str) -> str:
        """A cell whose formula makes a text."""
        ...

    def gap(self, columns: int) -> str:
        """Empty cells between two others."""
        ...

    def row(self, row: int, height: float | None) -> tuple[bytes, bytes]:
        """What stands before and after a row's cells; rows come in order, no empty ones."""
        ...


@dataclass(frozen=True)
class _Piece:
    """Rows of a block with one kind of content: those typed, or those computed."""

    area: Area
    style: str
    formula: Formula | None
    home: Area  # of the whole block, which formulas count from
    values: FloatArray  # of the area's shape
    rule: int | None  # the place of its validation among the sheet's


def rows(
    sheet: Sheet, values: Mapping[str, FloatArray], placement: Placement, syntax: CellSyntax
) -> Iterator[bytes]:
    """Every row of the sheet that holds anything, from the top, in the syntax given."""
    rules = {rule.area: place for place, rule in enumerate(sheet.validations)}
    pieces = [
        piece
        for block in sheet.blocks
        if block.holds == "numbers"
        for piece in _pieces(block, values[block.name], rules)
    ]
    heights = row_heights(sheet)
    texts: dict[int, list[Text]] = {row: [] for row in heights}
    worded = _worded(sheet, values, placement, syntax)
    for row in worded:
        texts.setdefault(row, [])
    for text in sorted(sheet.texts, key=lambda text: (text.row, text.column)):
        texts.setdefault(text.row, []).append(text)
    edges = {edge for p in pieces for edge in (p.area.row, p.area.row + p.area.rows)}
    ordered, lines = sorted(edges | {0, max(texts, default=0) + 1}), sorted(texts)
    for start, stop in pairwise(ordered):
        active = [p for p in pieces if p.area.row <= start < p.area.row + p.area.rows]
        lettered = lines[bisect_left(lines, start) : bisect_left(lines, stop)]
        cuts = {text.column for row in lettered for text in texts[row]}
        cuts |= {column for row in lettered for column in worded.get(row, ())}
        chunks = [_Chunk(part, placement, syntax) for part in _parted(active, cuts)]
        for row in range(start, stop) if chunks else lettered:
            before, after = syntax.row(row, heights.get(row))
            cells = _in_order(row, chunks, texts.get(row, ()), worded.get(row, {}), syntax)
            # An empty row that is there for its height needs a cell in one of the formats
            yield b"".join([before, *(cells or [syntax.gap(1).encode()]), after])


def _worded(
    sheet: Sheet, values: Mapping[str, FloatArray], placement: Placement, syntax: CellSyntax
) -> dict[int, dict[int, bytes]]:
    """Row -> column -> the cell, of every cell whose formula makes a text."""
    found: dict[int, dict[int, bytes]] = {}
    for block in sheet.blocks:
        first = 0 if block.holds == "texts" else _last_number(block, values[block.name])
        if first == block.area.rows or block.formula is None:
            continue
        for across in range(block.area.columns):
            column, marks = block.area.column + across, Marks()
            printer = Printer(syntax.dialect, placement, block.area, marks)
            pattern = printer.text(block.formula(I, Index(across, "j")))
            for down in range(first, block.area.rows):
                row = block.area.row + down
                is_text = block.holds == "texts"
                text = str(values[block.name][down, across]) if is_text else block.word or ""
                cell = syntax.words(block.style, row, column, marks.fill(pattern, row), text)
                found.setdefault(row, {})[column] = cell.encode()
    return found


def _last_number(block: Block, values: FloatArray) -> int:
    """The row from which on a block says its word, to its end; its height if it does not."""
    if block.word is None or np.isfinite(values[-1]).all():
        return block.area.rows
    return int(np.argmin(np.isfinite(values).all(axis=1)))


def used_styles(workbook: Workbook) -> dict[str, Style]:
    """The styles that something in the workbook has, in the order of their table."""
    used = {text.style for sheet in workbook.sheets for text in sheet.texts} | {"plain"}
    used |= {style for b in workbook.blocks() for style in (b.style, b.typed_style)}
    return {key: style for key, style in STYLES.items() if key in used}


def row_heights(sheet: Sheet) -> dict[int, float]:
    """Points of every row that is not as high as others: as asked for, or as its letters need."""
    heights: dict[int, float] = {}
    for text in sheet.texts:
        needed = height_of(text.style)
        if needed > heights.get(text.row, ROW_HEIGHT):
            heights[text.row] = needed
    return heights | sheet.heights


def _pieces(block: Block, values: FloatArray, rules: Mapping[Area, int]) -> Iterator[_Piece]:
    """A block's typed rows and its computed rows, as far as they are numbers."""
    typed = (0, block.typed_rows, block.typed_style if block.typed_name else block.style, None)
    computed = (block.typed_rows, _last_number(block, values), block.style, block.formula)
    parts = (computed,) if block.is_begun_elsewhere else (typed, computed)
    for first, last, style, formula in parts:
        if last > first:
            area = block.area.part(first, 0, last - first, block.area.columns)
            rule = rules.get(area) if formula is None else None
            yield _Piece(area, style, formula, block.area, values[first:last], rule)


def _parted(pieces: Sequence[_Piece], cuts: set[int]) -> Iterator[list[_Piece]]:
    """The pieces from left to right, parted where a text may stand between two of them."""
    part: list[_Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.area.column):
        if part:
            end = part[-1].area.column + part[-1].area.columns
            if not cuts.isdisjoint(range(end, piece.area.column)):
                yield part
                part = []
        part.append(piece)
    if part:
        yield part


def _in_order(
    row: int,
    chunks: Sequence[_Chunk],
    texts: Sequence[Text],
    worded: Mapping[int, bytes],
    syntax: CellSyntax,
) -> list[bytes]:
    """All cells of a row: chunks and texts by column, and the gaps between them."""
    items = [(chunk.first, chunk.stop, chunk.cells(row)) for chunk in chunks]
    items += [(column, column + 1, [cell]) for column, cell in worded.items()]
    for text in texts:
        items.append((text.column, text.column + text.span, [syntax.text(text).encode()]))
    items.sort()
    column, written = 0, []
    for first, stop, cells in items:
        written += [_gap(first, column, row, syntax), *cells]
        column = stop
    return written


def _gap(first: int, column: int, row: int, syntax: CellSyntax) -> bytes:
    """What stands between the last cell before `column` and the next one."""
    if first < column:
        where = f"{column_name(first)}{row + 1}"
        raise AssertionError(f"two things stand at {where}: a mistake in the sheet's layout")
    return syntax.gap(first - column).encode() if first > column else b""


class _Chunk:
    """Neighbouring pieces of a band with their gaps, printed as one."""

    def __init__(self, pieces: Sequence[_Piece], placement: Placement, syntax: CellSyntax) -> None:
        self.first = column = pieces[0].area.column
        self.top = max(piece.area.row for piece in pieces)
        bottom = min(piece.area.row + piece.area.rows for piece in pieces)
        own = [p.values[self.top - p.area.row : bottom - p.area.row] for p in pieces]
        self.values = np.ascontiguousarray(np.hstack(own), dtype=np.float64)
        self.syntax, self.marks = syntax, Marks()
        # Where a number is not finite, a cell has no value: its slot takes all or nothing
        self.is_whole = bool(np.isfinite(self.values).all())
        slot, row_mark = syntax.value(SLOT) if self.is_whole else SLOT, self.marks.row(0)
        pattern: list[str] = []
        for piece in pieces:
            pattern.append(_gap(piece.area.column, column, self.top, syntax).decode())
            column = piece.area.column + piece.area.columns
            pattern += _cells(piece, placement, syntax, self.marks, row_mark, slot)
        self.stop = column
        literals = "".join(pattern).encode().split(SLOT.encode())
        self.parts: list[list[bytes]] = []  # of each portion: literal, digits, literal, …
        for first in range(0, len(literals), _PORTION):
            part = literals[first : first + _PORTION]
            self.parts.append([b""] * (2 * len(part)))
            self.parts[-1][::2] = part

    def cells(self, row: int) -> list[bytes]:
        """The cells in one sheet row, in portions."""
        listed = orjson.dumps(self.values[row - self.top], option=orjson.OPT_SERIALIZE_NUMPY)
        digits = listed[1:-1].split(b",")
        if not self.is_whole:
            digits = [
                b"" if text == b"null" else self.syntax.value(text.decode()).encode()
                for text in digits
            ]
        digits.append(b"")  # after the last literal
        written = []
        for number, part in enumerate(self.parts):
            part[1::2] = digits[number * _PORTION : (number + 1) * _PORTION]
            written.append(self.marks.fill_bytes(b"".join(part), row))
        return written


def _cells(
    piece: _Piece,
    placement: Placement,
    syntax: CellSyntax,
    marks: Marks,
    row_mark: str,
    slot: str,
) -> Iterator[str]:
    """The patterns of a piece's cells."""
    printer = Printer(syntax.dialect, placement, piece.home, marks)
    for run, formula in printer.runs(piece.formula, piece.area.columns):
        letters = run.mark(True, piece.area.column)
        yield run.spread(syntax.number(piece.style, row_mark, letters, formula, slot, piece.rule))
