"""A Book becomes a file: .xlsx by openpyxl or XlsxWriter, .ods by hand, either by LibreOffice.

plain     .xlsx of openpyxl: formulas, no cached values
values    .xlsx of XlsxWriter: formulas and their values
shared    the same, formulas that were filled down stored once, as Excel does
ods       OpenDocument with values, bare without
office.*  another of these, opened and saved again by LibreOffice (`resave`)
"""

from __future__ import annotations

import itertools
import re
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import xlsxwriter
from openpyxl.chart import LineChart
from openpyxl.chart import Reference as ChartReference
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula

from tests.support.class_sheets.book import Book, Cell, letters, number_of
from tests.support.class_sheets.evaluate import TOKEN, NoValue, Sheets

KINDS = {"plain": ".xlsx", "values": ".xlsx", "shared": ".xlsx", "ods": ".ods", "bare": ".ods"}


def save(book: Book, folder: Path, stem: str, kind: str) -> Path:
    """Write a book in one of the kinds of files; returns its path."""
    path = folder / f"{stem}{KINDS[kind]}"
    if kind == "plain":
        _openpyxl(book, path)
    elif path.suffix == ".ods":
        _ods(book, path, values=kind == "ods")
    else:
        _xlsxwriter(book, path)
        if kind == "shared":
            _share(path)
    return path


def resave(paths: Iterable[Path], folder: Path, suffix: str, profile: Path) -> list[Path]:
    """Have LibreOffice open all these and save them in one format; one start for all."""
    paths = list(paths)
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to",
         suffix.lstrip("."), "--outdir", str(folder), *map(str, paths)],
        check=True, capture_output=True, timeout=60 + 3 * len(paths),
    )  # fmt: skip
    return [folder / f"{path.stem}{suffix}" for path in paths]


def _area(top: Cell, shape: tuple[int, int]) -> str:
    last = Cell(top.sheet, top.row + shape[0] - 1, top.column + shape[1] - 1)
    return f"{top.a1}:{last.a1}"


def _absolute(cell: Cell) -> str:
    return f"'{cell.sheet}'!${letters(cell.column)}${cell.row}"


def _openpyxl(book: Book, path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for sheet in book.sheets:
        workbook.create_sheet(sheet)
    for cell, content in book.cells.items():
        if cell in book.arrays:
            content = ArrayFormula(_area(cell, book.arrays[cell]), content)
        workbook[cell.sheet].cell(cell.row, cell.column).value = content
    for name, cell in book.names.items():
        workbook.defined_names[name] = DefinedName(name, attr_text=_absolute(cell))
    if book.chart is not None:
        first, last = book.chart
        chart = LineChart()
        ends = {"min_col": first.column, "max_col": last.column}
        ends |= {"min_row": first.row, "max_row": last.row}
        chart.add_data(ChartReference(workbook[first.sheet], **ends))
        workbook[first.sheet].add_chart(chart, "A40")
    workbook.save(path)


def _value(values: Sheets, cell: Cell) -> float | None:
    try:
        return values.value(cell)
    except NoValue:
        return None


def _xlsxwriter(book: Book, path: Path) -> None:
    values = Sheets(book)
    workbook = xlsxwriter.Workbook(path)
    pages = {sheet: workbook.add_worksheet(sheet) for sheet in book.sheets}
    for cell, content in book.cells.items():
        page, row, column = pages[cell.sheet], cell.row - 1, cell.column - 1
        if not (isinstance(content, str) and content.startswith("=")):
            page.write(row, column, content)
            continue
        value = _value(values, cell)
        shown = "#VALUE!" if value is None else value
        if cell in book.arrays:
            page.write_array_formula(_area(cell, book.arrays[cell]), content, None, shown)
            for i, j in itertools.product(*map(range, book.arrays[cell])):
                inner = Cell(cell.sheet, cell.row + i, cell.column + j)
                if inner != cell and (number := _value(values, inner)) is not None:
                    page.write_number(row + i, column + j, number)
        else:
            page.write_formula(row, column, content, None, shown)
    for name, cell in book.names.items():
        workbook.define_name(name, "=" + _absolute(cell))
    if book.chart is not None:
        first, last = book.chart
        chart = workbook.add_chart({"type": "line"})
        chart.add_series(
            {
                "values": [
                    first.sheet,
                    first.row - 1,
                    first.column - 1,
                    last.row - 1,
                    last.column - 1,
                ]
            }
        )
        pages[first.sheet].insert_chart(40, 0, chart)
    workbook.close()


def _relative(formula: str, cell: Cell) -> str:
    """The formula with its relative addresses as distances: equal for a formula filled down."""

    def distance(match: re.Match[str]) -> str:
        if not match["cell"]:
            return match[0]
        return re.sub(
            r"(\$?)([A-Z]+)(\$?)(\d+)",
            lambda m: (
                (m[2] if m[1] else f"c{number_of(m[2]) - cell.column}")
                + (m[4] if m[3] else f"r{int(m[4]) - cell.row}")
            ),
            match[0],
        )

    return TOKEN.sub(distance, formula)


def _share(path: Path) -> None:
    """Store each formula that was filled down once, with the cells it serves."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in [n for n in parts if n.startswith("xl/worksheets/sheet")]:
        parts[name] = _shared(parts[name].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def _shared(xml: str) -> str:
    pattern = r'<c r="([A-Z]+)(\d+)"([^>]*)><f>(.*?)</f>'
    found = {(number_of(m[1]), int(m[2])): m[4] for m in re.finditer(pattern, xml)}
    new: dict[tuple[int, int], str] = {}
    index = 0
    for column, row in sorted(found):
        if (column, row) in new:
            continue
        shape = _relative(found[column, row], Cell("", row, column))
        last = row
        while (column, last + 1) in found and shape == _relative(
            found[column, last + 1], Cell("", last + 1, column)
        ):
            last += 1
        if last - row >= 2:
            area = f"{letters(column)}{row}:{letters(column)}{last}"
            new[column, row] = f'<f t="shared" ref="{area}" si="{index}">{found[column, row]}</f>'
            new |= {(column, r): f'<f t="shared" si="{index}"/>' for r in range(row + 1, last + 1)}
            index += 1

    def one(match: re.Match[str]) -> str:
        text = new.get((number_of(match[1]), int(match[2])), f"<f>{match[4]}</f>")
        return f'<c r="{match[1]}{match[2]}"{match[3]}>{text}'

    return re.sub(pattern, one, xml)


def open_formula(formula: str) -> str:
    """A formula without its '=' in OpenFormula's spelling."""

    def one(match: re.Match[str]) -> str:
        home = f"${match['sheet'][:-1]}" if match["sheet"] else ""
        if match["cell"]:
            return f"[{home}.{match['cell']}" + (f":.{match['to']}]" if match["to"] else "]")
        if match["column"]:
            first, last = match["column"].split(":")
            return f"[{home}.{first}1:.{last}1048576]"
        return ";" if match["operator"] == "," else match[0]

    return TOKEN.sub(one, formula)


SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in [("office", "office"), ("table", "table"), ("text", "text")]
) + ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'  # fmt: skip
TYPE = "application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest='
    '"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def _ods(book: Book, path: Path, *, values: bool) -> None:
    computed = Sheets(book)
    tables = []
    for sheet in book.sheets:
        cells = {(c.row, c.column): c for c in book.cells if c.sheet == sheet}
        for top, (rows, columns) in book.arrays.items():
            if top.sheet == sheet:
                inside = itertools.product(range(rows), range(columns))
                cells |= {(top.row + i, top.column + j): Cell(sheet, top.row + i, top.column + j)
                          for i, j in inside}  # fmt: skip
        lines = []
        for row in range(1, max(r for r, _ in cells) + 1):
            here = [_ods_cell(book, cells.get((row, c)), computed if values else None)
                    for c in range(1, max(c for _, c in cells) + 1)]  # fmt: skip
            lines.append(f"<table:table-row>{''.join(here)}</table:table-row>")
        tables.append(f"<table:table table:name={quoteattr(sheet)}>{''.join(lines)}</table:table>")
    names = "".join(
        f'<table:named-range table:name="{name}" table:base-cell-address={address} '
        f"table:cell-range-address={address}/>"
        for name, cell in book.names.items()
        for address in [quoteattr("$" + _absolute(cell).replace("!", "."))]
    )
    body = "".join(tables) + (
        f"<table:named-expressions>{names}</table:named-expressions>" if names else ""
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {SPACES} '
        f'office:version="1.2"><office:body><office:spreadsheet>{body}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", TYPE, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", content)


def _ods_cell(book: Book, cell: Cell | None, values: Sheets | None) -> str:
    content = book.cells.get(cell) if cell is not None else None
    inner = cell is not None and content is None  # inside an array formula
    if cell is None:
        return "<table:table-cell/>"
    formula = ""
    if isinstance(content, str) and content.startswith("="):
        formula = f" table:formula={quoteattr('of:=' + open_formula(content[1:]))}"
        if (shape := book.arrays.get(cell)) is not None:
            formula += (f' table:number-matrix-rows-spanned="{shape[0]}"'
                        f' table:number-matrix-columns-spanned="{shape[1]}"')  # fmt: skip
    elif isinstance(content, str):
        text = f"<text:p>{escape(content)}</text:p>"
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
    number = content if isinstance(content, float) else None
    if (formula or inner) and values is not None:
        number = _value(values, cell)
    value = "" if number is None else f' office:value-type="float" office:value="{number!r}"'
    return f"<table:table-cell{formula}{value}/>"
