"""A worksheet of an .xlsx whose typed numbers and headings can be read as bytes.

Knows: how this project and the usual programs spell a cell with a typed number or a shared text.
Whatever is spelled otherwise raises NotPlain. Source: ECMA-376 part 1, 18.3.1.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from functools import lru_cache

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.reading.archive import Package
from sheetnet.reading.cells_xlsx import date_styles, unescaped
from sheetnet.reading.defined_names import read_workbook_part
from sheetnet.reading.plain import NotPlain, beginnings, floats, held, plain_text

_PART = re.compile(
    rb'^(?:<\?[^<]*)?<worksheet [^<>]*xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
)
_ROW_NUMBER = re.compile(rb'<row r="(\d{1,7})"')
_NUMBER = re.compile(
    rb'r="([A-Z]+)(\d+)"(?: s="(\d+)")?(?: t="n")?><v>([-+.0-9eE]+)</v></c>\s*'
)
_TEXT = re.compile(
    rb'<c r="[A-Z]+\d+"(?: s="\d+")? t="'
    rb'(?:s"><v>(\d{1,8})</v>|inlineStr"><is><t(?: xml:space="preserve")?>([^<]*)</t></is>)</c>'
)
_NO_TEXT = re.compile(rb'<c r="[A-Z]+\d+"(?: s="\d+")?(?: t="n")?(?:/>|></c>|><v>|><f[ >/])')


@lru_cache(maxsize=16_384)
def _letters(column: int) -> bytes:
    return column_name(column).encode()


class Worksheet:
    """A worksheet part; `strings` are the workbook's shared texts."""

    def __init__(self, package: Package, name: str, strings: Sequence[str]) -> None:
        self.strings = strings
        parts = [s.part for s in read_workbook_part(package).sheets if s.name == name]
        self.data = held(package, parts[0]) if len(parts) == 1 else b""
        if not (_PART.search(self.data) and self.data.rstrip().endswith(b"</worksheet>")):
            raise NotPlain
        related = package.relations(package.main).values()
        styles = [part for kind, part in related if kind.endswith("/styles") and part in package]
        self.dates = {s.encode() for part in styles for s in date_styles(package, part)}
        self.starts = [*beginnings(self.data, rb"<row[ />]", 0, len(self.data)), len(self.data)]
        self.numbers = [self._number(start) for start in self.starts[:-1]]
        if self.numbers != sorted(set(self.numbers)):
            raise NotPlain

    def _number(self, start: int) -> int:
        match = _ROW_NUMBER.match(self.data, start)
        if match is None:
            raise NotPlain
        return int(match[1]) - 1

    def _line(self, row: int) -> bytes:
        """The cells of a row; none where there is no such row."""
        place = bisect_right(self.numbers, row) - 1
        if place < 0 or self.numbers[place] != row:
            return b""
        line = self.data[self.starts[place] : self.starts[place + 1]]
        return line[: line.rfind(b"</row>")]

    def row(self, area: Area, row: int) -> list[float]:
        """See `plain.Rows`."""
        line = self._line(row)
        letters = [_letters(area.column + k) for k in range(area.columns)]
        first = line.find(b'<c r="%b%d"' % (letters[0], row + 1))
        if first < 0:
            raise NotPlain
        cells = line[first:].split(b"<c ", area.columns + 1)[1 : area.columns + 1]
        found = [match.groups() for match in map(_NUMBER.fullmatch, cells) if match]
        number = b"%d" % (row + 1)
        if [cell[0] for cell in found] != letters or {cell[1] for cell in found} != {number}:
            raise NotPlain
        if not self.dates.isdisjoint({cell[2] or b"0" for cell in found}):
            raise NotPlain
        return floats([cell[3] for cell in found])

    def texts(self, row: int, columns: Collection[int]) -> dict[int, str]:
        """See `plain.Rows`."""
        line, found, start = self._line(row), {}, 0
        end = b'%d"' % (row + 1)
        for column in sorted(columns):
            place = line.find(b'<c r="' + _letters(column) + end, start)
            if place < 0:
                continue
            start = place
            text = _TEXT.match(line, place)
            if text is None:
                if not _NO_TEXT.match(line, place):
                    raise NotPlain
            elif text[1] is None:
                found[column] = unescaped(plain_text(text[2]))
            elif (number := int(text[1])) < len(self.strings):
                found[column] = self.strings[number]
            else:
                raise NotPlain
        return found

    def formulas(self) -> int:
        """See `plain.Rows`."""
        return self.data.count(b"<f") - self.data.count(b"<fo")  # <formula> of a format
