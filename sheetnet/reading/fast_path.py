"""What reading a lesson back needs of a workbook: its names, one sheet's cells, a few numbers.

Knows: how this project and the usual programs spell a cell that holds a typed number. Whatever is
spelled otherwise (dates, texts, formulas, repeated cells, comments, other prefixes) it leaves to
`cells`, which reads every cell with care and says what is wrong with one.

A workbook has three times as many computed cells as yellow ones, and to read a lesson back only
the latter count. In XML without comments and CDATA, "<" begins a tag and nothing else, so a tag's
beginning can be searched for; the cells of an area must then match a strict pattern, one after
the other. What is not well-formed elsewhere in the part goes unnoticed here.
Sources: ECMA-376 part 1, 18.3.1; ODF 1.3 part 3, 9.1.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.reading.archive import Package
from sheetnet.reading.cell import Sheet
from sheetnet.reading.cells import cells
from sheetnet.reading.cells_ods import cells_in
from sheetnet.reading.cells_xlsx import date_styles, xlsx_cells
from sheetnet.reading.defined_names import Names, defined_names, ods_names_in, read_workbook_part
from sheetnet.reading.xml import FEW_TAGS, Reader

MAX_BYTES: Final = 64 * 2**20  # of a part that is held in memory, for a moment twice


_DECLARATION, _INSTRUCTION = re.compile(rb"<!"), re.compile(rb"<\?")


class _NotPlain(Exception):
    """The cells have to be read with care."""


class _Rows(Protocol):
    def row(self, area: Area, row: int) -> list[float]:
        """The numbers of an area in one row of its sheet. Raises _NotPlain."""
        ...


class Plain:
    """An opened package, read no further than asked; FileError as `cells` and `names` raise it."""

    def __init__(self, package: Package) -> None:
        self.package = package

    @cached_property
    def _content(self) -> _Content | None:
        """The content.xml of an .ods, if it is plain."""
        if self.package.format != "ods":
            return None
        try:
            where = f"{self.package.path}, {self.package.main}"
            return _Content(_held(self.package, self.package.main), where)
        except _NotPlain:
            return None

    @cached_property
    def _all_cells(self) -> dict[str, Sheet]:
        return cells(self.package)

    def names(self) -> Names:
        """The names of workbook scope."""
        content = self._content
        return defined_names(self.package) if content is None else ods_names_in(content.reduced())

    def cells(self, sheet: str) -> Sheet | None:
        """The cells of one small sheet, or None if there is no such sheet."""
        if self.package.format == "xlsx":
            return xlsx_cells(self.package, sheet, FEW_TAGS).get(sheet)
        try:
            if self._content is not None:
                return cells_in(self._content.reduced(sheet)).get(sheet)
        except _NotPlain:
            pass
        return self._all_cells.get(sheet)

    def numbers(self, areas: Mapping[str, Area]) -> dict[str, NDArray[np.float64]]:
        """The numbers of those areas in which nothing but plain typed numbers stands."""
        found: dict[str, NDArray[np.float64]] = {}
        opened: dict[str, _Rows] = {}
        for name, area in areas.items():
            try:
                if area.sheet not in opened:
                    opened[area.sheet] = self._rows(area.sheet)
                sheet = opened[area.sheet]
                rows = [sheet.row(area, area.row + row) for row in range(area.rows)]
            except _NotPlain:
                continue
            array = np.array(rows, dtype=np.float64)
            if np.isfinite(array).all():
                found[name] = array
        return found

    def _rows(self, sheet: str) -> _Rows:
        if self.package.format == "xlsx":
            return _Worksheet(self.package, sheet)
        if self._content is None:
            raise _NotPlain
        return _Table(self._content.data, *self._content.place(sheet))


def _held(package: Package, part: str) -> bytes:
    """A whole part in which every "<" begins a tag. Raises _NotPlain for another."""
    with package.open(part) as stream:
        data = stream.read(MAX_BYTES)
        if stream.read(1):
            raise _NotPlain
    encoding = re.match(rb"<\?xml[^>]*encoding\s*=\s*['\"]([^'\"]*)", data)
    if (encoding and encoding[1].lower() != b"utf-8") or not data.rstrip().endswith(b">"):
        raise _NotPlain
    if _DECLARATION.search(data) or _INSTRUCTION.search(data, 1):
        raise _NotPlain
    return data


def _starts(data: bytes, tag: bytes, start: int, stop: int) -> list[int]:
    return [match.start() for match in re.compile(tag).finditer(data, start, stop)]


# --- .xlsx ---------------------------------------------------------------------------------------

_WORKSHEET = re.compile(
    rb'^(?:<\?[^<]*)?<worksheet [^<>]*xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
)
_ROW_NUMBER = re.compile(rb'<row r="(\d{1,7})"')
_XLSX_NUMBER = re.compile(
    rb'r="([A-Z]+)(\d+)"(?: s="(\d+)")?(?: t="n")?><v>([-+.0-9eE]+)</v></c>\s*'
)


class _Worksheet:
    """A worksheet part."""

    def __init__(self, package: Package, name: str) -> None:
        parts = [s.part for s in read_workbook_part(package).sheets if s.name == name]
        self.data = _held(package, parts[0]) if len(parts) == 1 else b""
        if not (_WORKSHEET.search(self.data) and self.data.rstrip().endswith(b"</worksheet>")):
            raise _NotPlain
        related = package.relations(package.main).values()
        styles = [part for kind, part in related if kind.endswith("/styles") and part in package]
        self.dates = {s.encode() for part in styles for s in date_styles(package, part)}
        self.starts = [*_starts(self.data, rb"<row[ />]", 0, len(self.data)), len(self.data)]
        self.numbers = [self._number(start) for start in self.starts[:-1]]
        if self.numbers != sorted(set(self.numbers)):
            raise _NotPlain

    def _number(self, start: int) -> int:
        match = _ROW_NUMBER.match(self.data, start)
        if match is None:
            raise _NotPlain
        return int(match[1]) - 1

    def row(self, area: Area, row: int) -> list[float]:
        """See `_Rows`."""
        place = bisect_right(self.numbers, row) - 1
        if place < 0 or self.numbers[place] != row:
            raise _NotPlain
        line = self.data[self.starts[place] : self.starts[place + 1]]
        line = line[: line.find(b"</row>")]
        letters = [column_name(area.column + k).encode() for k in range(area.columns)]
        first = line.find(b'<c r="%b%d"' % (letters[0], row + 1))
        if first < 0:
            raise _NotPlain
        cells = line[first:].split(b"<c ", area.columns + 1)[1 : area.columns + 1]
        found = [match.groups() for match in map(_XLSX_NUMBER.fullmatch, cells) if match]
        number = b"%d" % (row + 1)
        if [cell[0] for cell in found] != letters or {cell[1] for cell in found} != {number}:
            raise _NotPlain
        if not self.dates.isdisjoint({cell[2] or b"0" for cell in found}):
            raise _NotPlain
        return _floats([cell[3] for cell in found])


# --- .ods ----------------------------------------------------------------------------------------

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
_ODS_NUMBER = re.compile(
    rb'(?: table:(?:style|content-validation)-name="[^"<>]*")*'
    rb' office:value-type="float" office:value="([-+.0-9eE]+)"'
    rb'(?: calcext:value-type="float")?'
    # Behind a "#" may stand an error, which Excel saves as a 0
    rb"(?:/>|>(?:<text:p>(?!#)[^<]*</text:p>)?</table:table-cell>)\s*"
)


class _Content:
    """A content.xml: what stands around the tables, and the tables."""

    def __init__(self, data: bytes, where: str) -> None:
        self.data, self.where = data, where
        starts = _starts(data, _TABLE + b" ", 0, len(data))
        ends = [end + len(_TABLE_END) for end in _starts(data, _TABLE_END, 0, len(data))]
        both = [edge for pair in zip(starts, ends, strict=False) for edge in pair]
        if not starts or len(starts) != len(ends) or both != sorted(both):  # tables within tables
            raise _NotPlain
        self.end = ends[-1]
        self.head = data[: starts[0]]
        if _BOUND_LATER.search(data, starts[0]) or not data.rstrip().endswith(b"-content>"):
            raise _NotPlain
        if any(self.head.count(space) != 1 for space in _SPACES):
            raise _NotPlain
        self.tables: dict[str, tuple[int, int]] = {}
        for start, end in zip(starts, ends, strict=True):
            tag = _TABLE_TAG.match(data, start)
            name = _NAME.search(tag[1]) if tag else None
            if name is None:
                raise _NotPlain
            self.tables[_plain_text(name[1])] = (start, end)
        if len(self.tables) < len(starts):
            raise _NotPlain

    def place(self, name: str) -> tuple[int, int]:
        """Where a table begins and ends."""
        if name not in self.tables:
            raise _NotPlain
        return self.tables[name]

    def reduced(self, name: str = "") -> Reader:
        """The part without its tables, or with one of them."""
        start, end = self.place(name) if name else (0, 0)
        data = self.head + self.data[start:end] + self.data[self.end :]
        return Reader(io.BytesIO(data), self.where, len(data), FEW_TAGS)


def _plain_text(attribute: bytes) -> str:
    text = attribute.decode()
    for character, entity in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&apos;")):
        text = text.replace(entity, character)
    text = text.replace("&amp;", "&")
    if "&#" in text:
        raise _NotPlain
    return text


class _Table:
    """One table of a content.xml."""

    def __init__(self, data: bytes, start: int, stop: int) -> None:
        self.data = data
        self.starts = [*_starts(data, rb"<table:table-row[ />]", start, stop), stop]
        self.numbers, row = [], 0
        for start in self.starts[:-1]:
            tag = _ROW_TAG.match(data, start)
            if tag is None:
                raise _NotPlain
            self.numbers.append(row)
            down = _DOWN.search(tag[1])
            if b"-repeated" in tag[1] and not down:
                raise _NotPlain
            row += int(down[1]) if down else 1
        self.rows = row

    def row(self, area: Area, row: int) -> list[float]:
        """See `_Rows`."""
        place = bisect_right(self.numbers, row) - 1
        if place < 0 or row >= self.rows:
            raise _NotPlain
        line = self.data[self.starts[place] : self.starts[place + 1]]
        most = area.column + area.columns + 1
        cells = line.split(b"<table:table-cell", most)[1:]
        if b"covered-table-cell" in line:
            raise _NotPlain
        column = 0
        first = 0
        while first < len(cells) and column < area.column:
            if _NO_CELL.search(cells[first]):  # which would move those behind it
                raise _NotPlain
            column += _across(cells[first]) if b"-repeated" in cells[first] else 1
            first += 1
        if column != area.column or len(cells) < first + area.columns:
            raise _NotPlain
        inside = cells[first : first + area.columns]
        # The last cell of the row is followed by the row's end
        inside[-1] = inside[-1].partition(b"</table:table-row>")[0]
        return _floats([match and match[1] for match in map(_ODS_NUMBER.fullmatch, inside)])


def _across(cell: bytes) -> int:
    tag = _CELL_TAG.match(cell)
    if tag is None:
        raise _NotPlain
    across = _ACROSS.search(tag[1])
    if b"-repeated" in tag[1] and not across:
        raise _NotPlain
    return int(across[1]) if across else 1


def _floats(texts: Sequence[bytes | None]) -> list[float]:
    if None in texts:
        raise _NotPlain
    try:
        if b"-0" not in texts:  # whose sign JSON loses
            found: list[float] = orjson.loads(b"[" + b",".join(filter(None, texts)) + b"]")
            return found
        return [float(text or b"") for text in texts]
    except ValueError:
        raise _NotPlain from None
