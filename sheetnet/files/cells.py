"""The cells of an opened workbook: formula texts and cached values, as they are stored.

Knows: how both formats store cells, repeated, shared and dated ones. Does not know what a formula
computes, whether a cached value is right, or what a cell is for; defined names are in `names`.

Cells of the interior of a matrix (array) formula are plain values in both formats; its first cell
has `matrix` set and no formula text, because it does not compute by itself.
Sources: ECMA-376 part 1, 18.3.1 and 18.18; ODF 1.3 part 3, 9.1 and 19.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import repeat
from math import isinf
from typing import Final, Literal, NamedTuple

from sheetnet.errors import FileError
from sheetnet.files.names import (
    EXTERNAL_SHEET,
    MAX_SHEETS,
    OFFICE,
    SHEET,
    SPREADSHEET,
    TABLE,
    XlsxSheet,
    read_workbook_part,
)
from sheetnet.files.package import MAX_TAG, Package, Reader, scan_xml, too_large
from sheetnet.formulas.tokens import (
    MAX_COLUMNS,
    MAX_ROWS,
    column_name,
    column_number,
    shift,
    translate,
)

MAX_CELLS: Final = 5_000_000
MAX_SHARED_TEXT: Final = 16 * 2**20  # characters of all shared formulas written out
MAX_FORMULA: Final = 8_192  # characters, Excel's limit

Kind = Literal["number", "text", "boolean", "error", "date", "empty"]


class CellErrorText(str):
    """An error value as the file spells it: #DIV/0!, Err:502, …"""

    __slots__ = ()


class Cell(NamedTuple):
    """A cell that holds something. A date or time is its number of days (kind "date"); a formula
    without a cached value has kind "empty"."""

    formula: str | None
    value: float | str | bool | CellErrorText | None
    kind: Kind
    matrix: bool = False  # its formula is a matrix (array) formula, whose text is left out


Sheet = dict[tuple[int, int], Cell]


def cells(package: Package) -> dict[str, Sheet]:
    """Sheet name to {(row, column): cell}, 0-based; sheets in order; empty cells are left out.

    Raises FileError for damaged parts, cells that cannot be read, and more than 5 million cells.
    """
    return _ods_cells(package) if package.format == "ods" else _xlsx_cells(package)


def formulas(package: Package) -> dict[str, dict[tuple[int, int], str]]:
    """Sheet name to {(row, column): formula text}, without `=` or prefix, in the dialect of the
    file's format; shared formulas are written out. Raises FileError as `cells` does."""
    return {
        sheet: {place: cell.formula for place, cell in found.items() if cell.formula is not None}
        for sheet, found in cells(package).items()
    }


def _unreadable(where: str, found: str, expected: str) -> FileError:
    return FileError(f"{where}: found {found}; expected {expected}. Retype the cell and save.")


def _number(text: str, where: Callable[[], str]) -> float:
    try:
        number = float(text)
        # Gnumeric computes in 80 bits and may save more than a double holds: infinite here.
        if number != number or (isinf(number) and "n" in text.lower()) or "_" in text:
            raise ValueError
    except ValueError:
        raise _unreadable(where(), repr(text[:40]), "a number") from None
    return number


def _days(text: str, origin: datetime, where: Callable[[], str]) -> float:
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise _unreadable(where(), repr(text[:40]), "a date, such as 2020-12-31T23:59:00") from None
    return (moment - origin).total_seconds() / 86_400


_ORIGIN = datetime(1899, 12, 30)
_ORIGIN_1904 = datetime(1904, 1, 1)

# xlsx ------------------------------------------------------------------------------------------

_DATE_FORMATS: Final = {*range(14, 23), *range(45, 48)}  # the built-in ones
_NOT_CODE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _is_date_format(code: str) -> bool:
    plain = _NOT_CODE.sub("", _ELAPSED.sub("h", code)).partition(";")[0].lower()
    return plain != "general" and any(letter in plain for letter in "dmyhs")


def _date_styles(package: Package, part: str) -> set[str]:
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

    with package.open(part) as stream:
        scan_xml(stream, start)
    return found


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return match[0] if 0xD800 <= number < 0xE000 else chr(number)  # half a pair is no character


def _shared_strings(package: Package, part: str) -> list[str]:
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
            strings.append(_unescaped("".join(runs)))
            runs.clear()
            if len(strings) > MAX_CELLS:
                raise too_large(f"{package.path}, {part}", "more shared strings", MAX_CELLS)
        text.clear()

    with package.open(part) as stream:
        scan_xml(stream, start, end, text)
    return strings


def _xlsx_cells(package: Package) -> dict[str, Sheet]:
    workbook = read_workbook_part(package)
    parts = {kind.rpartition("/")[2]: part for kind, part in
             package.relations(package.main).values()}
    has = {kind: part for kind, part in parts.items() if part in package}
    strings = _shared_strings(package, has["sharedStrings"]) if "sharedStrings" in has else []
    dates = _date_styles(package, has["styles"]) if "styles" in has else set()
    origin = _ORIGIN_1904 if workbook.since_1904 else _ORIGIN
    result: dict[str, Sheet] = {}
    total = 0
    for sheet in workbook.sheets:
        reader = _XlsxSheet(package, sheet, strings, dates, origin, MAX_CELLS - total)
        result[sheet.name] = reader.cells
        total += len(reader.cells)
    return result


_XLSX_TAGS: Final = {
    f"{uri}}}{local}": local
    for uri in ("http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                "http://purl.oclc.org/ooxml/spreadsheetml/main")
    for local in ("row", "c", "f", "v", "t", "rPh")
}


class _XlsxSheet:
    """One worksheet part, read on construction into `cells`."""

    def __init__(self, package: Package, sheet: XlsxSheet, strings: list[str], dates: set[str],
                 origin: datetime, room: int) -> None:
        self.cells: Sheet = {}
        self.strings, self.dates, self.origin, self.room = strings, dates, origin, room
        self.name = sheet.name
        self.file = f"{package.path}, {sheet.name}"
        self.row = self.column = -1
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
        with package.open(sheet.part) as stream:
            scan_xml(stream, self.start, self.end, self.text)
        for row, column, index in self.waiting:
            self.row, self.column = row, column
            formula = self.expanded(index, last=True)
            self.cells[row, column] = self.cells[row, column]._replace(formula=formula)

    def where(self) -> str:
        return f"{self.file}!{column_name(self.column)}{self.row + 1}"

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.text.clear()
        local = _XLSX_TAGS.get(tag)
        if local == "c":
            place = attributes.get("r")
            if place is None:
                self.column, row = self.column + 1, self.row
            else:
                letters = place.rstrip("0123456789")
                try:
                    self.column = column_number(letters)
                    row = int(place[len(letters) :]) - 1
                except ValueError:
                    row = -1
            if row != self.row or row < 0 or self.column >= MAX_COLUMNS:
                raise _unreadable(self.file, f"a cell called {str(place)[:20]} in row "
                                  f"{self.row + 1}", "a cell of that row, up to column XFD")
            self.type, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.value = self.form = None
            self.runs.clear()
        elif local == "f":
            self.form = attributes
            self.formula = ""
        elif local == "row":
            given = attributes.get("r")
            try:
                self.row = self.row + 1 if given is None else int(given) - 1
            except ValueError:
                self.row = -1
            self.column = -1
            if not 0 <= self.row < MAX_ROWS:
                raise _unreadable(self.file, f"row {str(given)[:20]}", f"rows 1 to {MAX_ROWS:,}")
        elif local == "rPh":
            self.phonetic = True

    def end(self, tag: str) -> None:
        local = _XLSX_TAGS.get(tag)
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

    def finish(self) -> None:
        formula, matrix = None, False
        if self.form is not None:
            formula, matrix = self.read_formula(self.form)
        kind: Kind = "empty"
        value: float | str | bool | None = None
        text, form = self.value, self.type
        if form == "inlineStr":
            value, kind = _unescaped("".join(self.runs)), "text"
        elif text is None or (text == "" and form != "str"):
            pass
        elif form == "n":
            value = _number(text, self.where)
            kind = "date" if self.style in self.dates else "number"
        elif form == "s":
            try:
                index = int(text)
                value, kind = self.strings[index if index >= 0 else len(self.strings)], "text"
            except (IndexError, ValueError):
                raise _unreadable(self.where(), f"shared string {text[:20]!r}",
                                  f"one of {len(self.strings):,}") from None
        elif form == "str":
            value, kind = _unescaped(text), "text"
        elif form == "b":
            value, kind = text.strip() in ("1", "true"), "boolean"
        elif form == "e":
            value, kind = CellErrorText(text), "error"
        elif form == "d":
            value, kind = _days(text, self.origin, self.where), "date"
        else:
            raise _unreadable(self.where(), f"a cell of type {form[:20]!r}",
                              "n, s, str, inlineStr, b, e or d")
        if kind != "empty" or formula is not None or matrix:
            self.cells[self.row, self.column] = Cell(formula, value, kind, matrix)
            if len(self.cells) > self.room:
                raise too_large(self.file, f"more than {MAX_CELLS:,} cells", MAX_CELLS)

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

    def expanded(self, index: str, last: bool = False) -> str:
        master = self.masters.get(index)
        if master is None:
            if last:
                raise _unreadable(self.where(), f"a share in formula {index[:20]!r}",
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


# ods -------------------------------------------------------------------------------------------

_TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALCEXT: Final = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELLS: Final = {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}
_ROW: Final = f"{TABLE}table-row"
_FORMULA: Final = f"{TABLE}formula"
_TYPE: Final = f"{OFFICE}value-type"
_VALUE: Final = f"{OFFICE}value"
_STRING: Final = f"{OFFICE}string-value"
_ACROSS: Final = f"{TABLE}number-columns-repeated"
_DOWN: Final = f"{TABLE}number-rows-repeated"
_MATRIX: Final = f"{TABLE}number-matrix-columns-spanned"
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
_ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)")


def _ods_cells(package: Package) -> dict[str, Sheet]:
    with package.open(package.main) as stream:
        return _OdsReader(stream).sheets


class _OdsReader:
    """content.xml, read on construction into `sheets`."""

    def __init__(self, stream: Reader) -> None:
        self.sheets: dict[str, Sheet] = {}
        self.file = stream.where
        self.name = ""
        self.sheet: Sheet | None = None
        self.depth = self.outside = 0  # open elements; the depth of a part to pass over, or 0
        self.sheet_depth = 0
        self.row = self.column = 0
        self.down = 1
        self.line: list[tuple[int, int, Cell]] = []  # (column, how often, cell) of this row
        self.found: list[tuple[Sheet, range, list[tuple[int, int, Cell]]]] = []
        self.cell: dict[str, str] | None = None
        self.pieces: list[str] = []  # of this paragraph
        self.lines: list[str] = []
        self.total = self.spaces = 0
        self.origin = _ORIGIN
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
        elif tag in _CELLS and self.sheet is not None:
            self.cell = attributes
            self.text.clear()
        elif tag == _ROW:
            self.down = self.count(attributes, _DOWN)
            self.column = 0
        elif tag == SHEET:
            self.start_sheet(attributes.get(f"{TABLE}name", ""))
        elif tag == SPREADSHEET:
            self.sheet_depth = self.depth + 1
        elif tag == f"{TABLE}null-date":
            origin = attributes.get(f"{TABLE}date-value", "")
            if origin:
                self.origin += timedelta(days=_days(origin, self.origin, lambda: self.file))

    def start_sheet(self, name: str) -> None:
        if self.depth != self.sheet_depth or EXTERNAL_SHEET.match(name):
            self.outside = self.depth
            return
        if name in self.sheets or len(self.sheets) >= MAX_SHEETS:
            raise FileError(
                f"{self.file}: a second sheet {name[:60]!r}, or more than {MAX_SHEETS:,}; expected "
                "each name once. Rename sheets in a spreadsheet program and save."
            )
        self.name, self.row = name, 0
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

    def flush(self) -> None:
        if self.text:
            self.pieces.append(_BLANKS.sub(" ", "".join(self.text)))
            self.text.clear()

    def count(self, attributes: dict[str, str], name: str) -> int:
        given = attributes.get(name)
        if given is None:
            return 1
        if not (given.isdecimal() and len(given) < 10 and int(given) > 0):
            raise _unreadable(self.where(), f"{given[:20]!r} repetitions", "a count from 1")
        return int(given)

    def end(self, tag: str) -> None:
        if self.outside:
            if self.depth == self.outside:
                self.outside = 0
            self.text.clear()
        elif self.cell is not None:
            if tag in _CELLS:
                self.end_cell(self.cell)
                self.cell = None
                self.lines.clear()
                self.text.clear()
            elif tag == f"{_TEXT}p":
                self.flush()
                self.lines.append("".join(self.pieces))
        elif tag == _ROW:
            self.end_row()
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
                    raise _unreadable(self.where(), "cells right of column XFD", "cells up to it")
                self.line.append((self.column, across, cell))
        self.column += across

    def read(self, attributes: dict[str, str]) -> Cell:
        formula, matrix = attributes.get(_FORMULA), _MATRIX in attributes
        if formula is not None:
            formula = None if matrix else self.stripped(formula)
        form = attributes.get(_TYPE)
        if form in ("float", "percentage", "currency"):
            value = _number(attributes.get(_VALUE, ""), self.where)
            return Cell(formula, value, "number", matrix)
        if form == "date":
            days = _days(attributes.get(f"{OFFICE}date-value", ""), self.origin, self.where)
            return Cell(formula, days, "date", matrix)
        if form == "time":
            return Cell(formula, self.hours(attributes.get(f"{OFFICE}time-value", "")) / 24,
                        "date", matrix)
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
            raise _unreadable(self.where(), f"a cell of type {form[:20]!r}", "a type of ODF 1.3")
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

    def hours(self, text: str) -> float:
        match = _DURATION.fullmatch(text)
        if match is None or not any(match.groups()[1:]):
            raise _unreadable(self.where(), repr(text[:40]), "a duration, such as PT12H30M00S")
        days, hours, minutes, seconds = (
            float((part or "0").replace(",", ".")) for part in match.groups()[1:]
        )
        return (-1 if match[1] else 1) * (days * 24 + hours + minutes / 60 + seconds / 3600)

    def end_row(self) -> None:
        if self.line and self.sheet is not None:
            last = self.row + self.down
            self.total += self.down * sum(across for _, across, _ in self.line)
            if last > MAX_ROWS or self.total > MAX_CELLS:
                raise too_large(self.where(), f"cells in rows up to {last:,}, {self.total:,} cells "
                                f"so far (rows go to {MAX_ROWS:,})", MAX_CELLS)
            self.found.append((self.sheet, range(self.row, last), self.line))
            self.line = []
        self.row += self.down
        self.text.clear()
