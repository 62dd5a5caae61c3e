"""The same cells, styles and cached values, written by XlsxWriter, odfpy and openpyxl.

Knows: how each library is used for the purpose, as its own manual has it. Does not know what is
measured. `cells`: sheet name to (row, column, style, text, value, formula), see `nets.Cell`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Cells = Mapping[str, Sequence[tuple[int, int, str, str | None, float | None, str | None]]]


def xlsxwriter(cells: Cells, path: str) -> None:
    """An .xlsx by XlsxWriter."""
    import xlsxwriter as library

    from sheetnet.writing.styles import STYLES
    from sheetnet.writing.xlsx import _format

    book = library.Workbook(path)
    formats = {key: book.add_format(_format(style)) for key, style in STYLES.items()}
    for name, found in cells.items():
        page = book.add_worksheet(name)
        for row, column, style, text, value, formula in found:
            if text is not None:
                page.write_string(row, column, text, formats[style])
            elif formula is not None:
                page.write_formula(row, column, "=" + formula, formats[style], value)
            else:
                page.write_number(row, column, value, formats[style])
    book.close()


def odfpy(cells: Cells, path: str) -> None:
    """An .ods by odfpy: an element a cell."""
    from odf import table, text
    from odf.opendocument import OpenDocumentSpreadsheet

    from sheetnet.writing.ods import _cell_style
    from sheetnet.writing.styles import STYLES

    document = OpenDocumentSpreadsheet()
    for key, look in STYLES.items():
        for element in _cell_style(key, look):
            document.styles.addElement(element)
    for name, found in cells.items():
        page, at, after = table.Table(name=name), -1, 0
        line: Any = None
        for row, column, style, words, value, formula in found:
            while at < row:
                line = table.TableRow()
                page.addElement(line)
                at, after = at + 1, 0
            if column > after:
                line.addElement(table.TableCell(numbercolumnsrepeated=column - after))
            after = column + 1
            number = {"stylename": style, "valuetype": "float", "value": repr(value)}
            if words is not None:
                made = table.TableCell(stylename=style, valuetype="string")
                made.addElement(text.P(text=words))
            elif formula is not None:
                made = table.TableCell(formula="of:=" + formula, **number)
            else:
                made = table.TableCell(**number)
            line.addElement(made)
        document.spreadsheet.addElement(page)
    document.save(path)


def openpyxl(cells: Cells, path: str) -> None:
    """An .xlsx by openpyxl, as its tutorial has it; it cannot store a formula and its value."""
    from openpyxl import Workbook
    from openpyxl.chart import Reference, ScatterChart, Series
    from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side

    from sheetnet.writing.styles import STYLES

    book = Workbook()
    book.remove(book.active)
    for key, look in STYLES.items():
        font = Font(look.font, look.size, look.bold, look.italic, color=look.color)
        named = NamedStyle(key, font=font, alignment=Alignment(look.align or None, "center"))
        if look.fill:
            named.fill = PatternFill("solid", fgColor=look.fill)
        if look.border:
            side = Side("thin", look.border)
            named.border = Border(side, side, side, side)
        book.add_named_style(named)
    for name, found in cells.items():
        page = book.create_sheet(name)
        for row, column, style, text, value, formula in found:
            made = page.cell(row + 1, column + 1, "=" + formula if formula else text or value)
            made.style = style
        if name == "Training":
            chart = ScatterChart()
            places = [Reference(page, column, 7, column, page.max_row) for column in (6, 27)]
            chart.series.append(Series(places[1], places[0]))
            page.add_chart(chart, "A8")
    book.save(path)


WRITERS: dict[str, Callable[[Cells, str], None]] = {
    "XlsxWriter": xlsxwriter,
    "odfpy": odfpy,
    "openpyxl": openpyxl,
}
