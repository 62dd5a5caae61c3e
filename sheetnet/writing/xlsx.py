"""A workbook becomes an .xlsx file: XlsxWriter makes the shell, the rows are streamed into it.

Knows: XlsxWriter's public calls and the XML of one cell. Does not know formulas or numbers.

Why two hands: XlsxWriter prints 16 digits, which loses the last bits of almost half of all
weights, and spends most of its time on the cells. It does everything else well (styles, names,
chart, validation, settings, shared strings), so it writes a file with one blank sample cell a
style and every text once; the style ids are read back from the samples, and each sheet's
<sheetData> is replaced by our rows.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any
from zipfile import ZipFile

import xlsxwriter

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import XLSX, Dialect
from sheetnet.sheets.model import FloatArray, Sheet, Text, Workbook
from sheetnet.writing.rows import rows, used_styles
from sheetnet.writing.styles import FONT, FONT_SIZE, Style
from sheetnet.writing.xlsx_chart import Points, insert_chart
from sheetnet.writing.xlsx_sheet import (
    NUMBER_FORMATS,
    Looks,
    corners,
    define_print_areas,
    set_up,
    size_in_pixels,
)
from sheetnet.writing.zip import Parts

_WRITTEN = datetime(2020, 1, 1)  # fixed, so that the same lesson gives the same bytes
_SHEET_DATA = re.compile(rb"<sheetData\s*/>|<sheetData>.*?</sheetData>", re.DOTALL)
_COUNT = re.compile(rb' count="\d+"')
_TEXTS_A_ROW = 32  # a row costs XlsxWriter as much as several cells
_SAMPLE = re.compile(rb'<c r="A(\d+)"(?: s="(\d+)")?')


class XlsxSyntax:
    """How .xlsx writes cells (see `rows.CellSyntax`)."""

    dialect: Dialect = XLSX

    def __init__(self, style_ids: Mapping[str, int], text_ids: Mapping[str, int]) -> None:
        self._texts = text_ids
        self._style = {key: f' s="{number}"' if number else "" for key, number in style_ids.items()}

    def number(
        self, style: str, row: str, column: str, formula: str, slot: str, rule: int | None
    ) -> str:
        written = f"<f>{escape(formula, quote=False)}</f>" if formula else ""
        return f'<c r="{column}{row}"{self._style[style]}>{written}{slot}</c>'

    def value(self, digits: str) -> str:
        return f"<v>{digits}</v>"

    def text(self, text: Text) -> str:
        where = f'r="{column_name(text.column)}{text.row + 1}"{self._style[text.style]}'
        if not text.text:
            return f"<c {where}/>"
        return f'<c {where} t="s"><v>{self._texts[text.text]}</v></c>'

    def words(self, style: str, row: int, column: int, formula: str, text: str) -> str:
        where = f'r="{column_name(column)}{row + 1}"{self._style[style]} t="str"'
        made = escape(formula, quote=False)
        return f"<c {where}><f>{made}</f><v>{escape(text, quote=False)}</v></c>"

    def gap(self, columns: int) -> str:
        return ""

    def row(self, row: int, height: float | None) -> tuple[bytes, bytes]:
        high = f' ht="{height:g}" customHeight="1"' if height else ""
        return f'<row r="{row + 1}"{high}>'.encode(), b"</row>"


def parts(workbook: Workbook, values: Mapping[str, FloatArray]) -> Parts:
    """Every part of the file, in order: its name and its bytes in pieces.

    `values` holds the cached numbers of each block, shape (rows, columns).
    """
    shell, names = _shell(workbook)
    points = Points(workbook, values, _reference)
    with ZipFile(io.BytesIO(shell)) as archive:
        first = archive.read(names[workbook.sheets[0].name])
        ids = [int(match[2] or 0) for match in _SAMPLE.finditer(first)]
        used = list(_texts(workbook))
        text_ids = {text: number for number, text in enumerate(dict.fromkeys(used))}
        syntax = XlsxSyntax(dict(zip(used_styles(workbook), ids, strict=True)), text_ids)
        sheet_of = {names[sheet.name]: sheet for sheet in workbook.sheets}
        for name in archive.namelist():
            part = archive.read(name)
            if name in sheet_of:
                yield name, _sheet_part(part, sheet_of[name], workbook, values, syntax)
            elif name.startswith("xl/charts/chart"):
                yield name, iter([points.fill(part)])
            elif name == "xl/sharedStrings.xml":
                yield name, iter([_COUNT.sub(b' count="%d"' % len(used), part, count=1)])
            else:
                yield name, iter([part])


def _sheet_part(
    part: bytes,
    sheet: Sheet,
    workbook: Workbook,
    values: Mapping[str, FloatArray],
    syntax: XlsxSyntax,
) -> Iterator[bytes]:
    where = _SHEET_DATA.search(part)
    assert where is not None, "XlsxWriter writes sheetData in every sheet"
    head = re.sub(
        rb'<dimension ref="[^"]*"',
        f'<dimension ref="{_used(sheet)}"'.encode(),
        part[: where.start()],
    )
    yield head + b"<sheetData>"
    yield from rows(sheet, values, workbook.names(), syntax)
    yield b"</sheetData>" + part[where.end() :]


def _texts(workbook: Workbook) -> Iterator[str]:
    """Every text of the workbook, as often as it stands there; XlsxWriter numbers them in order."""
    return (text.text for sheet in workbook.sheets for text in sheet.texts if text.text)


def _used(sheet: Sheet) -> str:
    return f"A1:{column_name(sheet.width() - 1)}{sheet.height()}"


def _shell(workbook: Workbook) -> tuple[bytes, dict[str, str]]:
    """XlsxWriter's file with a sample cell a style on the first sheet; sheet name -> part name."""
    buffer = io.BytesIO()
    letters = {"font_name": FONT, "font_size": FONT_SIZE}
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_format_properties": letters})
    book.set_properties({"title": workbook.title, "created": _WRITTEN})
    formats = [book.add_format(_format(style)) for style in used_styles(workbook).values()]
    looks = Looks(book)
    made = {}
    for sheet in workbook.sheets:
        made[sheet.name] = page = book.add_worksheet(sheet.name)
        set_up(page, sheet, workbook, looks, _reference)
        for chart in sheet.charts:
            size = size_in_pixels(sheet, chart.area)
            insert_chart(book, page, chart, size, _reference)
    for row, look in enumerate(formats):
        made[workbook.sheets[0].name].write_blank(row, 0, None, look)
    for place, text in enumerate(dict.fromkeys(_texts(workbook))):
        row, column = divmod(place, _TEXTS_A_ROW)
        # Always as text: a title that begins with "=" is no formula
        made[workbook.sheets[0].name].write_string(row, column + 1, text)
    for name, area in workbook.names().items():
        book.define_name(name, "=" + _reference(area))
    for sheet in workbook.sheets:
        define_print_areas(book, sheet, _reference)
    book.close()
    numbered = enumerate(workbook.sheets, start=1)
    return buffer.getvalue(), {s.name: f"xl/worksheets/sheet{n}.xml" for n, s in numbered}


def _reference(area: Area) -> str:
    top, left, bottom, right = corners(area)
    first = f"${column_name(left)}${top + 1}"
    last = f"${column_name(right)}${bottom + 1}"
    both = first if first == last else f"{first}:{last}"
    return XLSX.sheet(area.sheet) + both


def _format(style: Style) -> dict[str, Any]:
    look: dict[str, Any] = {
        "font_name": style.font,
        "font_size": style.size,
        "font_color": f"#{style.color}",
        "num_format": NUMBER_FORMATS[style.number],
        "bold": style.bold,
        "italic": style.italic,
        "valign": "vcenter",
        # A number too wide for its column gets smaller, where it would be ### otherwise
        "shrink": style.shrinks,
        "text_wrap": style.wrap,
    }
    look |= {"bg_color": f"#{style.fill}"} if style.fill else {}
    look |= {"align": style.align} if style.align else {}
    if style.border:
        look |= {"border": 2 if style.thick else 1, "border_color": f"#{style.border}"}
    look |= {"locked": False} if style.is_yours else {}
    return look
