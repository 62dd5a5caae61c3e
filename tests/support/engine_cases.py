"""Workbooks by XlsxWriter and odfpy whose every formula has a wrong cached value.

What each formula should read is worked out in Python.
"""

from __future__ import annotations

import math
from pathlib import Path

import xlsxwriter
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import NamedExpressions, NamedRange, Table, TableCell, TableRow
from odf.text import P

from sheetnet.engines.values import CellError, CellValue

WRONG = 12345.0  # the cached value of every formula
SECOND = "The second sheet"
NUMBERS = (0.1, 0.2, -3.5, 7.0)  # Data!A1:A4, named W_1; eta is A1 of the second sheet, 0.5


# (formula as in .xlsx, formula as in .ods, what it reads), one row each, in column C of Data.
CASES: tuple[tuple[str, str, CellValue], ...] = (
    ("A1+A2", "[.A1]+[.A2]", 0.1 + 0.2),
    ("1/3", "1/3", 1 / 3),
    ("EXP(1)", "EXP(1)", math.e),
    ("TANH(0.3)", "TANH(0.3)", math.tanh(0.3)),
    ("LN(2)", "LN(2)", math.log(2)),
    ("INDEX(W_1,3,1)", "INDEX(W_1;3;1)", -3.5),
    ("SUMPRODUCT(W_1,W_1)", "SUMPRODUCT(W_1;W_1)", math.fsum(x * x for x in NUMBERS)),
    ("SUM(Data!A1:A4)/7", "SUM([$Data.A1:.A4])/7", math.fsum(NUMBERS) / 7),
    ("MAX(W_1)", "MAX(W_1)", 7.0),
    ("MOD(-7,3)", "MOD(-7;3)", 2.0),
    ("ABS(A3)", "ABS([.A3])", 3.5),
    ("IF(A1>0,1,2)", "IF([.A1]>0;1;2)", 1.0),
    ("'The second sheet'!A1*2", "['The second sheet'.A1]*2", 1.0),
    ("eta", "eta", 0.5),
    ("C1*3", "[.C1]*3", (0.1 + 0.2) * 3),
    ("1/(1+EXP(-A4))", "1/(1+EXP(-[.A4]))", 1 / (1 + math.exp(-7))),
    ('IF(A1>0,"yes","no")', 'IF([.A1]>0;"yes";"no")', "yes"),
    ('""', '""', ""),
    ("1=1", "1=1", True),
    ("1/0", "1/0", CellError("#DIV/0!")),
    ("NA()", "NA()", CellError("#N/A")),
    ("UNKNOWN(1)", "UNKNOWN(1)", CellError("#NAME?")),
    ("no_such_name", "no_such_name", CellError("")),
    ('IF(1=1,"#DIV/0!",0)', 'IF(1=1;"#DIV/0!";0)', "#DIV/0!"),
    ("SQRT(-1)", "SQRT(-1)", CellError("")),  # each engine has a word of its own
    ("LN(0)", "LN(0)", CellError("")),
)


def write_xlsx(path: Path) -> Path:
    """The cases in an .xlsx file."""
    with xlsxwriter.Workbook(path) as book:
        data, second = book.add_worksheet("Data"), book.add_worksheet(SECOND)
        data.write_column(0, 0, NUMBERS)
        second.write(0, 0, 0.5)
        book.define_name("W_1", "=Data!$A$1:$A$4")
        book.define_name("eta", f"='{SECOND}'!$A$1")
        for row, (formula, _, _) in enumerate(CASES):
            data.write_formula(row, 2, f"={formula}", None, WRONG)
        data.write_string(0, 5, "#DIV/0!")
        book.add_worksheet("Empty")
    return path


def ods_sheet(name: str, rows: list[list[tuple[str, object]]]) -> Table:
    """A sheet whose cells are (kind, content); a formula carries the wrong value."""
    sheet = Table(name=name)
    for cells in rows:
        row = TableRow()
        for kind, content in cells:
            if kind == "formula":
                row.addElement(TableCell(formula=f"of:={content}", valuetype="float", value=WRONG))
            elif kind == "number":
                row.addElement(TableCell(valuetype="float", value=repr(content)))
            else:
                cell = TableCell(**({"valuetype": "string"} if content else {}))
                if content:
                    cell.addElement(P(text=content))
                row.addElement(cell)
        sheet.addElement(row)
    return sheet


def write_ods(path: Path) -> Path:
    """The cases in an .ods file."""
    rows: list[list[tuple[str, object]]] = []
    for index, (_, formula, _) in enumerate(CASES):
        first = ("number", NUMBERS[index]) if index < len(NUMBERS) else ("text", "")
        rows.append([first, ("text", ""), ("formula", formula)])
    rows[0] += [("text", ""), ("text", ""), ("text", "#DIV/0!")]
    book = OpenDocumentSpreadsheet()
    book.spreadsheet.addElement(ods_sheet("Data", rows))
    book.spreadsheet.addElement(ods_sheet(SECOND, [[("number", 0.5)]]))
    book.spreadsheet.addElement(ods_sheet("Empty", [[("text", "")]]))
    names = NamedExpressions()
    for name, address in (("W_1", "$Data.$A$1:.$A$4"), ("eta", f"$'{SECOND}'.$A$1")):
        names.addElement(
            NamedRange(name=name, cellrangeaddress=address, basecelladdress="$Data.$A$1")
        )
    book.spreadsheet.addElement(names)
    book.save(path)
    return path

WRITERS = {".xlsx": write_xlsx, ".ods": write_ods}
