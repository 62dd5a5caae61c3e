"""The tables of an .ods whose typed numbers and headings can be read as bytes.

Knows: how this project and the usual programs spell a cell with a typed number or a text.
Whatever is spelled otherwise (repeated cells, comments, other prefixes) raises NotPlain.
Source: ODF 1.3 part 3, 9.1.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections.abc import Collection
from itertools import repeat
from typing import Final

from sheetnet.formulas.place import Area
from sheetnet.reading.plain import NotPlain, beginnings, floats, plain_text
from sheetnet.reading.xml import FEW_TAGS, Reader

_TABLE, _TABLE_END = b"<table:table", b"</table:table>"
_SPACES: Final = tuple(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'.encode()
    for prefix in ("office", "table", "text")
)
_BOUND_LATER = re.compile(rb"xmlns")
_ATTRIBUTES = rb'((?: [\w:.-]+="[^"<>]*")*)'
_TABLE_TAG = re.compile(_TABLE + _ATTRIBUTES + rb">")
_NAME = re.compile(rb' table:name="([^"]*)"')
_ROW_TAG = re.compile(rb"<table:table-row" + _ATTRIBUTES + rb"/?>")
_DOWN = re.compile(rb' table:number-rows-repeated="(\d{1,7})"')
_CELL_TAG = re.compile(_ATTRIBUTES + rb"/?>")
_ACROSS = re.compile(rb' table:number-columns-repeated="(\d{1,5})"')
_NO_CELL = re.compile(rb"<(?!/table:table-(?:cell|row)>|/?text:)")
_NUMBER = re.compile(
    rb'(?: table:(?:style|content-validation)-name="[^"<>]*")*'
    rb' office:value-type="float" office:value="([-+.0-9eE]+)"'
    rb'(?: calcext:value-type="float")?'
    # Behind a "#" may stand an error, which Excel saves as a 0
    rb"(?:/>|>(?:<text:p>(?!#)[^<]*</text:p>)?</table:table-cell>)\s*"
)
_TEXT = re.compile(
    rb'(?: table:(?:style|content-validation)-name="[^"<>]*")* office:value-type="string"'
    rb'(?: calcext:value-type="string")?>'
    rb"<text:p>([^<]*)</text:p></table:table-cell>"
)


class Content:
    """A content.xml: what stands around the tables, and the tables."""

    def __init__(self, data: bytes, where: str) -> None:
        self.data, self.where = data, where
        starts = beginnings(data, _TABLE + b" ", 0, len(data))
        ends = [end + len(_TABLE_END) for end in beginnings(data, _TABLE_END, 0, len(data))]
        both = [edge for pair in zip(starts, ends, strict=False) for edge in pair]
        if not starts or len(starts) != len(ends) or both != sorted(both):  # tables within tables
            raise NotPlain
        self.end = ends[-1]
        self.head = data[: starts[0]]
        if _BOUND_LATER.search(data, starts[0]) or not data.rstrip().endswith(b"-content>"):
            raise NotPlain
        if any(self.head.count(space) != 1 for space in _SPACES):
            raise NotPlain
        self.tables: dict[str, tuple[int, int]] = {}
        for start, end in zip(starts, ends, strict=True):
            tag = _TABLE_TAG.match(data, start)
            name = _NAME.search(tag[1]) if tag else None
            if name is None:
                raise NotPlain
            self.tables[plain_text(name[1])] = (start, end)
        if len(self.tables) < len(starts):
            raise NotPlain

    def place(self, name: str) -> tuple[int, int]:
        """Where a table begins and ends."""
        if name not in self.tables:
            raise NotPlain
        return self.tables[name]

    def reduced(self, name: str = "") -> Reader:
        """The part without its tables, or with one of them."""
        start, end = self.place(name) if name else (0, 0)
        data = self.head + self.data[start:end] + self.data[self.end :]
        return Reader(io.BytesIO(data), self.where, len(data), FEW_TAGS)


class Table:
    """One table of a content.xml."""

    def __init__(self, data: bytes, start: int, stop: int) -> None:
        self.data = data
        self.starts = [*beginnings(data, rb"<table:table-row[ />]", start, stop), stop]
        self.numbers, row = [], 0
        for start in self.starts[:-1]:
            tag = _ROW_TAG.match(data, start)
            if tag is None:
                raise NotPlain
            self.numbers.append(row)
            down = _DOWN.search(tag[1])
            if b"-repeated" in tag[1] and not down:
                raise NotPlain
            row += int(down[1]) if down else 1
        self.rows = row

    def _cells(self, row: int, most: int) -> list[bytes]:
        """A row's cells, without the tag's beginning; the last of `most` with all that follow."""
        place = bisect_right(self.numbers, row) - 1
        if place < 0 or row >= self.rows:
            return []
        line = self.data[self.starts[place] : self.starts[place + 1]]
        first, *cells = line.split(b"<table:table-cell", most + 1)
        if b"covered-table-cell" in first:  # behind other cells, it shows as what is no cell
            raise NotPlain
        return cells

    def row(self, area: Area, row: int) -> list[float]:
        """See `plain.Rows`."""
        cells = self._cells(row, area.column + area.columns)
        column = 0
        first = 0
        while first < len(cells) and column < area.column:
            if _NO_CELL.search(cells[first]):  # which would move those behind it
                raise NotPlain
            column += _across(cells[first]) if b"-repeated" in cells[first] else 1
            first += 1
        if column != area.column or len(cells) < first + area.columns:
            raise NotPlain
        inside = cells[first : first + area.columns]
        # The last cell of the row is followed by the row's end
        inside[-1] = inside[-1].partition(b"</table:table-row>")[0]
        return floats([match and match[1] for match in map(_NUMBER.fullmatch, inside)])

    def texts(self, row: int, columns: Collection[int]) -> dict[int, str]:
        """See `plain.Rows`."""
        last = max(columns, default=-1)
        cells = self._cells(row, last + 1)[: last + 1]
        head = b"".join(cells)
        if _NO_CELL.search(head) and _NO_CELL.search(head.partition(b"</table:table-row>")[0]):
            raise NotPlain
        if b"-repeated" in head:
            cells = [
                cell
                for each in cells
                for cell in (
                    repeat(each, min(_across(each), last + 1)) if b"-repeated" in each else (each,)
                )
            ]
        found: dict[int, str] = {}
        for column in columns:
            cell = cells[column] if column < len(cells) else b""
            if text := _TEXT.match(cell):
                found[column] = plain_text(text[1])
            elif b'"string"' in cell or b"<text:" in cell:
                raise NotPlain
        return found

    def formulas(self) -> int:
        """See `plain.Rows`."""
        return self.data.count(b"table:formula=", self.starts[0], self.starts[-1])


def _across(cell: bytes) -> int:
    tag = _CELL_TAG.match(cell)
    if tag is None:
        raise NotPlain
    across = _ACROSS.search(tag[1])
    if b"-repeated" in tag[1] and not across:
        raise NotPlain
    return int(across[1]) if across else 1
