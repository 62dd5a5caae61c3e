"""The cells of an .ods: tables, repeated cells and rows, paragraphs, formula prefixes.

Knows: OpenDocument spreadsheets. Does not know what a formula computes or what a cell is for.
Source: ODF 1.3 part 3, 9.1 and 19.
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import repeat
from typing import Final

from sheetnet.errors import FileError
from sheetnet.formulas.columns import MAX_COLUMNS, MAX_ROWS, column_name
from sheetnet.formulas.translate import translate
from sheetnet.reading.archive import Package
from sheetnet.reading.cell import (
    MAX_CELLS,
    ORIGIN,
    Cell,
    CellErrorText,
    Sheet,
    read_days,
    read_number,
    unreadable,
)
from sheetnet.reading.defined_names import (
    EXTERNAL_SHEET,
    MAX_SHEETS,
    OFFICE,
    SHEET,
    SPREADSHEET,
    TABLE,
)
from sheetnet.reading.xml import MAX_TAG, MAX_TAGS, TAGS_A_CELL, Reader, scan_xml, too_large

_TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALCEXT: Final = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELLS: Final = {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}
_ROW: Final = f"{TABLE}table-row"
_GROUPS: Final = {f"{TABLE}table-{kind}" for kind in ("rows", "header-rows", "row-group")}
_FORMULA: Final = f"{TABLE}formula"
_TYPE: Final = f"{OFFICE}value-type"
_VALUE: Final = f"{OFFICE}value"
_STRING: Final = f"{OFFICE}string-value"
_ACROSS: Final = f"{TABLE}number-columns-repeated"
_DOWN: Final = f"{TABLE}number-rows-repeated"
_MATRIX: Final = f"{TABLE}number-matrix-columns-spanned"
_MATRIX_ROWS: Final = f"{TABLE}number-matrix-rows-spanned"
_BREAKS: Final = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
# What a cell may hold beside its own paragraphs: notes, pictures and what they contain.
_ASIDE: Final = (f"{OFFICE}annotation", "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}")
# ODF would have runs of spaces collapsed too, but LibreOffice writes them bare in cells of several
# paragraphs, and reads them back; so only what pretty-printing inserts is taken out.
_BLANKS = re.compile(r"[\t\r\n][ \t\r\n]*")
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d*)?)S)?)?")
# Formula prefixes by the namespace they stand for; also the usual ones, should none be declared.
_OPEN_FORMULA: Final = {"urn:oasis:names:tc:opendocument:xmlns:of:1.2",
                        "http://openoffice.org/2004/calc"}
_EXCEL_FORMULA: Final = "http://schemas.microsoft.com/office/excel/formula"
_PREFIXED = re.compile(r"([A-Za-z_][\w.-]*):=")
_ERROR = re.compile(
    r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!"
    r"|UNKNOWN!|GETTING_DATA)"
)


def ods_cells(package: Package, tags: int = MAX_TAGS) -> dict[str, Sheet]:
    """As `cells.cells`, for an .ods with at most so many tags."""
    with package.open(package.main, tags) as stream:
        return cells_in(stream)


def cells_in(stream: Reader) -> dict[str, Sheet]:
    """The same from the bytes of a content.xml."""
    return _OdsReader(stream).sheets


class _OdsReader:
    """content.xml, read on construction into `sheets`."""

    def __init__(self, stream: Reader) -> None:
        self.sheets: dict[str, Sheet] = {}
        self.file = stream.where
        self.name = ""
        self.sheet: Sheet | None = None
        self.depth = self.outside = 0  # open elements; the depth of a part to pass over, or 0
        self.sheet_depth = self.home = 0  # depth of a sheet, and of what holds its rows here
        self.row_depth = self.cell_depth = 0  # of the open row and cell, or 0
        self.row = self.column = 0
        self.down = 1
        self.line: list[tuple[int, int, Cell]] = []  # (column, how often, cell) of this row
        self.found: list[tuple[Sheet, range, list[tuple[int, int, Cell]]]] = []
        self.cell: dict[str, str] | None = None
        self.pieces: list[str] = []  # of this paragraph
        self.lines: list[str] = []
        self.total = self.spaces = 0
        self.most = min(MAX_CELLS, stream.tags // TAGS_A_CELL)
        self.origin = ORIGIN
        self.prefixes = {"of": True, "oooc": True, "msoxl": False}  # prefix: is OpenFormula
        self.text: list[str] = []
        scan_xml(stream, self.start, self.end, self.text, self.namespace)
        for sheet, rows, line in self.found:  # only now, when the count is known to be in bounds
            for row in rows:
                for column, across, cell in line:
                    if across == 1:
                        sheet[row, column] = cell
                    else:
                        places = zip(repeat(row), range(column, column + across), strict=False)
                        sheet.update(dict.fromkeys(places, cell))

    def where(self) -> str:
        column = column_name(min(self.column, MAX_COLUMNS - 1))
        return f"{self.file}, {self.name}!{column}{self.row + 1}"

    def namespace(self, prefix: str | None, uri: str) -> None:
        if prefix and (uri in _OPEN_FORMULA or uri == _EXCEL_FORMULA):
            self.prefixes[prefix] = uri in _OPEN_FORMULA

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.outside:
            self.text.clear()
        elif self.cell is not None:
            self.start_in_cell(tag, attributes)
        elif self.sheet is None and (tag in _CELLS or tag == _ROW):
            pass  # in what is no sheet, such as a list of changes
        elif tag in _CELLS:
            if not self.row_depth or self.depth != self.row_depth + 1:
                raise self.misplaced(tag)
            self.cell, self.cell_depth = attributes, self.depth
            self.text.clear()
        elif tag == _ROW:
            if self.row_depth or self.depth != self.home + 1:
                raise self.misplaced(tag)
            self.down = self.count(attributes, _DOWN)
            self.column, self.row_depth = 0, self.depth
        elif self.row_depth:  # whatever it is, the cells behind it stand elsewhere than they did
            raise self.misplaced(tag)
        elif tag in _GROUPS and self.depth == self.home + 1:
            self.home = self.depth
        elif tag == SHEET:
            self.start_sheet(attributes.get(f"{TABLE}name", ""))
        elif tag == SPREADSHEET:
            self.sheet_depth = self.depth + 1
        elif tag == f"{TABLE}null-date":
            days = read_days(attributes.get(f"{TABLE}date-value", ""), self.origin)
            self.origin += timedelta(days=days or 0.0)

    def start_sheet(self, name: str) -> None:
        if self.depth != self.sheet_depth or EXTERNAL_SHEET.match(name):
            self.outside = self.depth
            return
        if name in self.sheets or len(self.sheets) >= MAX_SHEETS:
            raise FileError(
                f"{self.file}: a second sheet {name[:60]!r}, or more than {MAX_SHEETS:,}; expected "
                "each name once. Rename sheets in a spreadsheet program and save."
            )
        self.name, self.row, self.home = name, 0, self.depth
        self.sheet = self.sheets[name] = {}

    def start_in_cell(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == f"{_TEXT}p":
            self.text.clear()
            self.pieces.clear()
        elif tag == f"{_TEXT}s":
            self.flush()
            number = self.count(attributes, f"{_TEXT}c")
            self.spaces += number
            if self.spaces > MAX_TAG:  # a few bytes may ask for any number of them
                raise too_large(self.where(), "more spaces", MAX_TAG)
            self.pieces.append(" " * number)
        elif tag in _BREAKS:
            self.flush()
            self.pieces.append(_BREAKS[tag])
        elif tag.startswith(_ASIDE) or tag == SHEET:
            self.flush()
            self.outside = self.depth
        elif tag in _CELLS or tag == _ROW:
            raise self.misplaced(tag)

    def misplaced(self, tag: str) -> FileError:
        return unreadable(self.where(), f"a {tag.rpartition('}')[2]} in the wrong place",
                          "cells in rows, as spreadsheet programs write them")

    def flush(self) -> None:
        if self.text:
            self.pieces.append(_BLANKS.sub(" ", "".join(self.text)))
            self.text.clear()

    def count(self, attributes: dict[str, str], name: str) -> int:
        given = attributes.get(name)
        if given is None:
            return 1
        if not (given.isascii() and given.isdecimal() and len(given) < 10 and int(given) > 0):
            raise unreadable(self.where(), f"{given[:20]!r} repetitions", "a count from 1")
        return int(given)

    def end(self, tag: str) -> None:
        if self.outside:
            if self.depth == self.outside:
                self.outside = 0
            self.text.clear()
        elif self.cell is not None:
            if self.depth == self.cell_depth:
                self.end_cell(self.cell)
                self.cell = None
                self.lines.clear()
                self.text.clear()
            elif tag == f"{_TEXT}p":
                self.flush()
                self.lines.append("".join(self.pieces))
        elif tag == _ROW:
            self.end_row()
            self.row_depth = 0
        elif tag in _GROUPS and self.depth == self.home:
            self.home -= 1
        elif tag == SHEET:
            self.sheet = None
            self.text.clear()
        else:
            self.text.clear()
        self.depth -= 1

    def end_cell(self, attributes: dict[str, str]) -> None:
        across = self.count(attributes, _ACROSS) if _ACROSS in attributes else 1
        if _TYPE in attributes or _FORMULA in attributes or self.lines:
            cell = self.read(attributes)
            if cell.kind != "empty" or cell.formula is not None or cell.matrix:
                if self.column + across > MAX_COLUMNS:
                    raise unreadable(self.where(), "cells right of column XFD", "cells up to it")
                self.line.append((self.column, across, cell))
        self.column += across

    def read(self, attributes: dict[str, str]) -> Cell:
        cell = self.read_plain(attributes)
        formula = attributes.get(_FORMULA)
        if not cell.matrix or formula is None:
            return cell
        size = self.count(attributes, _MATRIX_ROWS), self.count(attributes, _MATRIX)
        return cell._replace(matrix_formula=self.stripped(formula), matrix_size=size)

    def read_plain(self, attributes: dict[str, str]) -> Cell:
        formula, matrix = attributes.get(_FORMULA), _MATRIX in attributes
        if formula is not None:
            formula = None if matrix else self.stripped(formula)
        form = attributes.get(_TYPE)
        if form in ("float", "percentage", "currency"):
            if self.lines and _ERROR.fullmatch(self.lines[0]):  # so Excel saves one: as a 0
                return Cell(formula, CellErrorText(self.lines[0]), "error", matrix)
            return Cell(formula, *read_number(attributes.get(_VALUE, "")), matrix)
        if form == "date":
            days = read_days(attributes.get(f"{OFFICE}date-value", ""), self.origin)
            return Cell(formula, days, "date", matrix)
        if form == "time":
            hours = self.hours(attributes.get(f"{OFFICE}time-value", ""))
            return Cell(formula, None if hours is None else hours / 24, "date", matrix)
        if form == "boolean":
            truth = attributes.get(f"{OFFICE}boolean-value") == "true"
            return Cell(formula, truth, "boolean", matrix)
        text = "\n".join(self.lines)
        if attributes.get(f"{_CALCEXT}value-type") == "error":
            return Cell(formula, CellErrorText(text), "error", matrix)
        given = attributes.get(_STRING, text)
        # Gnumeric marks an error by nothing but its text.
        if attributes.get(_FORMULA) and _ERROR.fullmatch(given):
            return Cell(formula, CellErrorText(given), "error", matrix)
        if form == "string" or (form is None and given):
            return Cell(formula, given, "text", matrix)
        if form is not None and form != "void":
            raise unreadable(self.where(), f"a cell of type {form[:20]!r}", "a type of ODF 1.3")
        return Cell(formula, None, "empty", matrix)

    def stripped(self, text: str) -> str:
        prefix = _PREFIXED.match(text)
        if prefix is None:
            return text.removeprefix("=")
        rest = text[prefix.end() :]
        known = self.prefixes.get(prefix[1])
        if known is None:
            return text  # some other language: equal to nothing but itself
        try:
            return rest if known else translate(rest, "xlsx", "openformula", self.name)
        except FileError:
            return text

    def hours(self, text: str) -> float | None:
        match = _DURATION.fullmatch(text)
        if match is None or not any(match.groups()[1:]):
            return None
        days, hours, minutes, seconds = (
            float((part or "0").replace(",", ".")) for part in match.groups()[1:]
        )
        return (-1 if match[1] else 1) * (days * 24 + hours + minutes / 60 + seconds / 3600)

    def end_row(self) -> None:
        if self.line and self.sheet is not None:
            last = self.row + self.down
            self.total += self.down * sum(across for _, across, _ in self.line)
            if last > MAX_ROWS or self.total > self.most:
                raise too_large(self.where(), f"cells in rows up to {last:,}, {self.total:,} cells "
                                f"so far (rows go to {MAX_ROWS:,})", self.most)
            self.found.append((self.sheet, range(self.row, last), self.line))
            self.line = []
        self.row += self.down
        self.text.clear()
