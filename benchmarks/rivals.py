"""The same cells, styles and cached values, written by XlsxWriter, odfpy and openpyxl.

Knows: how each library is used at its best for the purpose. Does not know what is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.nets import Cell
from sheetnet.files.styles import STYLES
from sheetnet.sheets.model import Workbook

Cells = dict[str, list[Cell]]


def xlsxwriter(workbook: Workbook, cells: Cells, path: str) -> None:
    """An .xlsx by XlsxWriter, as its manual has it."""
    import xlsxwriter as library

    from sheetnet.files.xlsx import _format

    book = library.Workbook(path)
    formats = {key: book.add_format(_format(style)) for key, style in STYLES.items()}
    for sheet in workbook.sheets:
        page = book.add_worksheet(sheet.name)
        for cell in cells[sheet.name]:
            look = formats[cell.style]
            if cell.text is not None:
                page.write_string(cell.row, cell.column, cell.text, look)
            elif cell.formula is not None:
                page.write_formula(cell.row, cell.column, "=" + cell.formula, look, cell.value)
            else:
                page.write_number(cell.row, cell.column, cell.value, look)
    book.close()


def odfpy(workbook: Workbook, cells: Cells, path: str) -> None:
    """An .ods by odfpy: an element a cell."""
    from odf import table, text
    from odf.opendocument import OpenDocumentSpreadsheet

    from sheetnet.files.ods import _cell_style

    document = OpenDocumentSpreadsheet()
    for key, look in STYLES.items():
        for element in _cell_style(key, look):
            document.styles.addElement(element)
    for sheet in workbook.sheets:
        page, row, column = table.Table(name=sheet.name), -1, 0
        line: Any = None
        for cell in cells[sheet.name]:
            while row < cell.row:
                line = table.TableRow()
                page.addElement(line)
                row, column = row + 1, 0
            if cell.column > column:
                line.addElement(table.TableCell(numbercolumnsrepeated=cell.column - column))
            column = cell.column + 1
            if cell.text is not None:
                made = table.TableCell(stylename=cell.style, valuetype="string")
                made.addElement(text.P(text=cell.text))
            elif cell.formula is not None:
                made = table.TableCell(stylename=cell.style, formula="of:=" + cell.formula,
                                       valuetype="float", value=repr(cell.value))  # fmt: skip
            else:
                made = table.TableCell(
                    stylename=cell.style, valuetype="float", value=repr(cell.value)
                )
            line.addElement(made)
        document.spreadsheet.addElement(page)
    document.save(path)


def openpyxl(workbook: Workbook, cells: Cells, path: str) -> None:
    """An .xlsx by openpyxl in its write-only mode; it cannot store a formula and its value."""
    from openpyxl import Workbook as Book
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font, NamedStyle, PatternFill

    book = Book(write_only=True)
    for key, style in STYLES.items():
        named = NamedStyle(key, font=Font(bold=style.bold, color=style.color, size=style.size))
        if style.fill:
            named.fill = PatternFill("solid", fgColor=style.fill)
        book.add_named_style(named)
    for sheet in workbook.sheets:
        page = book.create_sheet(sheet.name)
        row, line = 0, []
        for cell in cells[sheet.name]:
            while row < cell.row:
                page.append(line)
                row, line = row + 1, []
            line += [None] * (cell.column - len(line))
            content = cell.text if cell.text is not None else cell.value
            made = WriteOnlyCell(page, "=" + cell.formula if cell.formula else content)
            made.style = cell.style
            line.append(made)
        page.append(line)
    book.save(path)


WRITERS: dict[str, Callable[[Workbook, Cells, str], None]] = {
    "XlsxWriter": xlsxwriter,
    "odfpy": odfpy,
    "openpyxl": openpyxl,
}
