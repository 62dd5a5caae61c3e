"""The cells of an .xlsx: worksheets, shared strings, and the styles that make a number a date.

Knows: SpreadsheetML. Does not know what a formula computes or what a cell is for.
Source: ECMA-376 part 1, 18.3.1, 18.4, 18.8 and 18.18.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from sheetnet.errors import FileError
from sheetnet.formulas.columns import MAX_COLUMNS, MAX_ROWS, column_name, column_number
from sheetnet.formulas.tokens import parse_reference
from sheetnet.formulas.translate import shift
from sheetnet.reading.archive import Package
from sheetnet.reading.cell import (
    MAX_CELLS,
    ORIGIN,
    ORIGIN_1904,
    Cell,
    CellErrorText,
    Kind,
    Sheet,
    read_days,
    read_number,
    unreadable,
)
from sheetnet.reading.defined_names import XlsxSheet, read_workbook_part
from sheetnet.reading.xml import FEW_TAGS, MAX_TAGS, TAGS_A_CELL, scan_xml, too_large

MAX_SHARED_TEXT: Final = 16 * 2**20  # characters of all shared formulas written out
MAX_FORMULA: Final = 8_192  # characters, Excel's limit

# The built-in ones. Those from 27 to 36 and from 50 on belong to Chinese, Japanese, Korean and Thai
# programs, which save them without a code: there, "1/2" typed becomes a date of format 58.
_DATE_FORMATS: Final = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59),
                        *range(71, 82)}  # fmt: skip
_NOT_CODE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _is_date_format(code: str) -> bool:
    plain = _NOT_CODE.sub("", _ELAPSED.sub("h", code)).partition(";")[0].lower()
    return plain != "general" and any(letter in plain for letter in "dmyhs")


def date_styles(package: Package, part: str) -> set[str]:
    """Indices of the cell styles (as attributes spell them) whose number format is a date's."""
    dates = {str(number) for number in _DATE_FORMATS}
    found: set[str] = set()
    inside, count = False, 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside, count
        local = tag.rpartition("}")[2]
        if local == "numFmt" and len(dates) < 100_000:
            number = attributes.get("numFmtId", "")
            dates.discard(number)
            if _is_date_format(attributes.get("formatCode", "")):
                dates.add(number)
        elif local in ("cellXfs", "cellStyleXfs", "dxfs"):
            inside = local == "cellXfs"
        elif local == "xf" and inside:
            if attributes.get("numFmtId") in dates:
                found.add(str(count))
            count += 1

    with package.open(part, FEW_TAGS) as stream:
        scan_xml(stream, start)
    return found


def unescaped(text: str) -> str:
    """The text in which _x000D_ and the like are the characters that they stand for."""
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return match[0] if 0xD800 <= number < 0xE000 else chr(number)  # half a pair is no character


def _strings_in(package: Package, part: str) -> list[str]:
    strings: list[str] = []
    runs: list[str] = []
    text: list[str] = []
    phonetic = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal phonetic
        text.clear()
        if tag.endswith("}rPh"):
            phonetic = True

    def end(tag: str) -> None:
        nonlocal phonetic
        local = tag.rpartition("}")[2]
        if local == "t" and not phonetic:
            runs.append("".join(text))
        elif local == "rPh":
            phonetic = False
        elif local == "si":
            strings.append(unescaped("".join(runs)))
            runs.clear()
            if len(strings) > MAX_CELLS:
                raise too_large(f"{package.path}, {part}", "more shared strings", MAX_CELLS)
        text.clear()

    with package.open(part, FEW_TAGS) as stream:
        scan_xml(stream, start, end, text)
    return strings


def _related(package: Package) -> dict[str, str]:
    """The kind of each part that the main one is related to, and the part."""
    parts = {kind.rpartition("/")[2]: part for kind, part in
             package.relations(package.main).values()}
    return {kind: part for kind, part in parts.items() if part in package}


def shared_strings(package: Package) -> list[str]:
    """The texts that cells refer to by number."""
    has = _related(package)
    return _strings_in(package, has["sharedStrings"]) if "sharedStrings" in has else []


def xlsx_cells(package: Package, only: str | None = None, tags: int = MAX_TAGS,
               strings: list[str] | None = None) -> dict[str, Sheet]:
    """As `cells.cells`, for an .xlsx; of one sheet alone with `only`; of so many tags. `strings`
    are the shared ones, where they have been read already."""
    workbook = read_workbook_part(package)
    has = _related(package)
    strings = shared_strings(package) if strings is None else strings
    dates = date_styles(package, has["styles"]) if "styles" in has else set()
    origin = ORIGIN_1904 if workbook.since_1904 else ORIGIN
    result: dict[str, Sheet] = {}
    room = min(MAX_CELLS, tags // TAGS_A_CELL)
    for sheet in workbook.sheets:
        if only is not None and sheet.name != only:
            continue
        reader = _XlsxSheet(package, sheet, strings, dates, origin, room, tags)
        result[sheet.name] = reader.cells
        room, tags = room - len(reader.cells), reader.tags
    return result


_XLSX_TAGS: Final = {
    f"{uri}}}{local}": local
    for uri in ("http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                "http://purl.oclc.org/ooxml/spreadsheetml/main")
    for local in ("sheetData", "row", "c", "f", "v", "t", "rPh")
}
# Where these stand, and nowhere else: depth in the part, and how many of them are around it.
_DEPTHS: Final = {"sheetData": (2, 0), "row": (3, 1), "c": (4, 2), "f": (5, 3), "v": (5, 3)}


class _XlsxSheet:
    """One worksheet part, read on construction into `cells`."""

    def __init__(self, package: Package, sheet: XlsxSheet, strings: list[str], dates: set[str],
                 origin: datetime, room: int, tags: int) -> None:
        self.cells: Sheet = {}
        self.strings, self.dates, self.origin, self.room = strings, dates, origin, room
        self.name = sheet.name
        self.file = f"{package.path}, {sheet.name}"
        self.row = self.column = -1
        self.depth = self.level = 0  # open elements; those of _DEPTHS among them
        # Per cell: its type, its style, its value, and its formula element's attributes and text.
        self.type = self.style = ""
        self.value: str | None = None
        self.form: dict[str, str] | None = None
        self.formula = ""
        self.runs: list[str] = []
        self.phonetic = False
        self.masters: dict[str, tuple[int, int, str]] = {}
        self.waiting: list[tuple[int, int, str]] = []  # shared formulas ahead of their master
        self.spent = 0
        self.text: list[str] = []
        with package.open(sheet.part, tags) as stream:
            scan_xml(stream, self.start, self.end, self.text)
            self.tags = stream.tags
        for row, column, index in self.waiting:
            self.row, self.column = row, column
            formula = self.expanded(index, last=True)
            self.cells[row, column] = self.cells[row, column]._replace(formula=formula)

    def where(self) -> str:
        return f"{self.file}!{column_name(max(self.column, 0))}{self.row + 1}"

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.text.clear()
        self.depth += 1
        local = _XLSX_TAGS.get(tag)
        if local in _DEPTHS and (self.level or local in ("sheetData", "row", "c")):
            if (self.depth, self.level) != _DEPTHS[local]:
                raise self.misplaced(local)
            self.level += 1
        elif self.level == 4:
            raise self.misplaced(tag.rpartition("}")[2])
        if local == "c":
            place, before = attributes.get("r"), self.column
            if place is None:
                self.column, row = self.column + 1, self.row
            else:
                letters = place.rstrip("0123456789")
                try:
                    self.column = column_number(letters)
                    row = int(place[len(letters) :]) - 1
                except ValueError:
                    row = -1
            if row != self.row or not before < self.column < MAX_COLUMNS:
                raise unreadable(self.file, f"a cell called {str(place)[:20]} in row "
                                 f"{self.row + 1}", "the cells of that row in order, to column XFD")
            self.type, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.value = self.form = None
            self.runs.clear()
        elif local == "f":
            if self.form is not None:
                raise self.misplaced(local)
            self.form = attributes
            self.formula = ""
        elif local == "v":
            if self.value is not None:
                raise self.misplaced(local)
        elif local == "row":
            given, above = attributes.get("r"), self.row
            try:
                self.row = self.row + 1 if given is None else int(given) - 1
            except ValueError:
                self.row = -1
            self.column = -1
            if not above < self.row < MAX_ROWS:
                raise unreadable(self.file, f"row {str(given)[:20]}",
                                 f"rows 1 to {MAX_ROWS:,} in order")
        elif local == "rPh":
            self.phonetic = True

    def end(self, tag: str) -> None:
        self.depth -= 1
        local = _XLSX_TAGS.get(tag)
        if self.level and local in _DEPTHS:
            self.level -= 1
        if local == "v":
            self.value = "".join(self.text)
        elif local == "f":
            self.formula = "".join(self.text)
        elif local == "t":
            if not self.phonetic:
                self.runs.append("".join(self.text))
        elif local == "c":
            self.finish()
        elif local == "rPh":
            self.phonetic = False
        self.text.clear()

    def misplaced(self, what: str) -> FileError:
        return unreadable(self.where(), f"an element '{what[:20]}' in the wrong place",
                          "cells in rows, as spreadsheet programs write them")

    def finish(self) -> None:
        formula, matrix = None, False
        if self.form is not None:
            formula, matrix = self.read_formula(self.form)
        kind: Kind = "empty"
        value: float | str | bool | None = None
        text, form = self.value, self.type
        if form == "inlineStr":
            value, kind = unescaped("".join(self.runs)), "text"
        elif text is None or (text == "" and form != "str"):
            pass
        elif form == "n":
            value, kind = read_number(text)
            if kind == "number" and self.style in self.dates:
                kind = "date"
        elif form == "s":
            try:
                index = int(text)
                value, kind = self.strings[index if index >= 0 else len(self.strings)], "text"
            except (IndexError, ValueError):
                raise unreadable(self.where(), f"shared string {text[:20]!r}",
                                  f"one of {len(self.strings):,}") from None
        elif form == "str":
            value, kind = unescaped(text), "text"
        elif form == "b":
            value, kind = text.strip() in ("1", "true"), "boolean"
        elif form == "e":
            value, kind = CellErrorText(text), "error"
        elif form == "d":
            value, kind = read_days(text, self.origin), "date"
        else:
            raise unreadable(self.where(), f"a cell of type {form[:20]!r}",
                              "n, s, str, inlineStr, b, e or d")
        if kind != "empty" or formula is not None or matrix:
            self.cells[self.row, self.column] = Cell(formula, value, kind, matrix, *self.matrix())
            if len(self.cells) > self.room:
                raise too_large(self.file, f"more than {self.room:,} cells", self.room)

    def read_formula(self, form: dict[str, str]) -> tuple[str | None, bool]:
        kind = form.get("t", "normal")
        if kind in ("array", "dataTable"):
            return None, True
        text = self.formula.removeprefix("=")
        if kind == "shared":
            index = form.get("si", "")
            if not text:
                return self.expanded(index), False
            if "ref" in form or index not in self.masters:
                self.masters[index] = (self.row, self.column, text)
        return text or None, False

    def matrix(self) -> tuple[str | None, tuple[int, int]]:
        """Text and size of an array formula; a data table has no text that anybody could read."""
        if self.form is None or self.form.get("t") != "array":
            return None, (1, 1)
        area = parse_reference(self.form.get("ref", ""), "xlsx")
        size = (1, 1) if area is None else (
            area.last_row - area.row + 1, area.last_column - area.column + 1)
        return self.formula.removeprefix("=") or None, size

    def expanded(self, index: str, last: bool = False) -> str:
        master = self.masters.get(index)
        if master is None:
            if last:
                raise unreadable(self.where(), f"a share in formula {index[:20]!r}",
                                  "a cell that holds this formula's text")
            self.waiting.append((self.row, self.column, index))
            return ""
        row, column, text = master
        # One text of any length may be shared by every cell: the sum has to stay in bounds.
        self.spent += len(text)
        if len(text) > MAX_FORMULA:
            raise too_large(self.where(), f"a formula of {len(text):,} characters", MAX_FORMULA)
        if self.spent > MAX_SHARED_TEXT:
            raise too_large(self.where(), "shared formulas of more characters", MAX_SHARED_TEXT)
        return shift(text, "xlsx", self.row - row, self.column - column)
