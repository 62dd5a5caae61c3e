"""Cells of foreign files are read exactly, in both formats; a bad one is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.foreign import (
    FLOAT,
    MAIN,
    STRING,
    Parts,
    Save,
    cell,
    ods_parts,
    row,
    table,
    xlsx_parts,
)

from sheetnet.errors import FileError
from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import Cell, CellErrorText, cells, formulas
from sheetnet.reading.defined_names import sheet_names


def read_cells(path: Path, sheet: str = "Data") -> dict[tuple[int, int], Cell]:
    with open_package(path) as package:
        return cells(package)[sheet]


# --- cells of .xlsx ------------------------------------------------------------------------------

STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm"/>'
    '<numFmt numFmtId="165" formatCode="0.0 &quot;days&quot;"/>'
    '<numFmt numFmtId="166" formatCode="[Red]0.00"/><numFmt numFmtId="167" formatCode="[h]:mm"/>'
    '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>'
    + "".join(f'<xf numFmtId="{n}"/>' for n in (0, 14, 164, 165, 166, 167, 47, 31, 58, 71, 62))
    + "</cellXfs></styleSheet>"
)
STRINGS = (
    f'<sst xmlns="{MAIN}"><si><t>plain</t></si>'
    '<si><r><t>ri</t></r><r><t xml:space="preserve">ch </t></r><rPh><t>no</t></rPh></si>'
    "<si><t>a_x000A_b</t></si></sst>"
)


XLSX_CELLS = [
    ("<c r='B1'><v>0.1</v></c>", Cell(None, 0.1, "number")),
    ("<c r='B1' t='n' s='0'><v>1E-3</v></c>", Cell(None, 0.001, "number")),
    ("<c r='B1'><v>abc</v></c>", Cell(None, CellErrorText("abc"), "error")),
    ("<c r='B1'><v>nan</v></c>", Cell(None, CellErrorText("nan"), "error")),
    ("<c r='B1'><v>1_0</v></c>", Cell(None, CellErrorText("1_0"), "error")),
    ("<c r='B1' t='d'><v>soon</v></c>", Cell(None, None, "date")),
    ("<c r='B1'><v>0.100000000000000000001</v></c>", Cell(None, 0.1, "number")),
    ("<c r='B1'><v>2.7e+347</v></c>", Cell(None, float("inf"), "number")),
    ("<c r='B1' s='1'><v>43894.5</v></c>", Cell(None, 43894.5, "date")),
    ("<c r='B1' s='2'><v>1</v></c>", Cell(None, 1.0, "date")),
    ("<c r='B1' s='3'><v>1</v></c>", Cell(None, 1.0, "number")),
    ("<c r='B1' s='4'><v>1</v></c>", Cell(None, 1.0, "number")),
    ("<c r='B1' s='5'><v>1</v></c>", Cell(None, 1.0, "date")),
    ("<c r='B1' s='6'><v>1</v></c>", Cell(None, 1.0, "date")),
    # "1/2" typed in Chinese or Japanese Excel; the format has a number only, and no code
    *((f"<c r='B1' s='{s}'><v>1</v></c>", Cell(None, 1.0, "date")) for s in (7, 8, 9)),
    ("<c r='B1' s='10'><v>1</v></c>", Cell(None, 1.0, "number")),  # Thai digits
    ("<c r='B1' t='d'><v>2020-03-04T12:00:00</v></c>", Cell(None, 43894.5, "date")),
    ("<c r='B1' t='s'><v>0</v></c>", Cell(None, "plain", "text")),
    ("<c r='B1' t='s'><v>1</v></c>", Cell(None, "rich ", "text")),
    ("<c r='B1' t='s'><v>2</v></c>", Cell(None, "a\nb", "text")),
    ("<c r='B1' t='inlineStr'><is><r><t>in</t></r><t>line</t><rPh><t>x</t></rPh></is></c>",
     Cell(None, "inline", "text")),
    ("<c r='B1' t='b'><v>1</v></c>", Cell(None, True, "boolean")),
    ("<c r='B1' t='e'><f>1/0</f><v>#DIV/0!</v></c>",
     Cell("1/0", CellErrorText("#DIV/0!"), "error")),
    ("<c r='B1' t='str'><f>\"x\"&amp;1</f><v>x1</v></c>", Cell('"x"&1', "x1", "text")),
    ("<c r='B1'><f>A1+1</f></c>", Cell("A1+1", None, "empty")),
    ("<c r='B1'><f t='array' ref='B1:B2'>A1:A2</f><v>2</v></c>",
     Cell(None, 2.0, "number", True, "A1:A2", (2, 1))),
    ("<c/><c><v>7</v></c>", Cell(None, 7.0, "number")),
    ("<c r='B1' s='1'/>", None),
    ("<c r='B1'><v></v></c>", None),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "expected"), XLSX_CELLS)
def test_a_cell_of_xlsx(inside: str, expected: Cell | None, save: Save) -> None:
    extra: Parts = {"xl/styles.xml": STYLES, "xl/sharedStrings.xml": STRINGS}
    found = read_cells(save(xlsx_parts(f"<row r='1'>{inside}</row>", extra=extra)))
    assert found.get((0, 1)) == expected
    assert expected is None or type(found[0, 1].value) is type(expected.value)


def test_shared_formulas_are_written_out(save: Save) -> None:
    sheet = (
        "<row r='2'><c r='C2'><f t='shared' si='1'/><v>1</v></c>"  # ahead of its master
        "<c r='E2'><f t='shared' si='0' ref='E2:E4'>E1-rate*$A$1*Data!B$1</f><v>1</v></c></row>"
        "<row r='3'><c r='E3'><f t='shared' si='0'/><v>1</v></c></row>"
        "<row r='4'><c r='B4'><f t='shared' si='1' ref='B2:C4'>A3</f></c>"
        "<c r='E4'><f t='shared' si='0'/><v>1</v></c></row>"
    )
    with open_package(save(xlsx_parts(sheet))) as package:
        assert formulas(package) == {
            "Data": {
                (1, 2): "B1",
                (1, 4): "E1-rate*$A$1*Data!B$1",
                (2, 4): "E2-rate*$A$1*Data!B$1",
                (3, 1): "A3",
                (3, 4): "E3-rate*$A$1*Data!B$1",
            }
        }


def test_prefixes_strict_namespaces_and_sheet_order(save: Save) -> None:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    odd = (
        f'<q:worksheet xmlns:q="{strict}"><q:sheetData><q:row><q:c r="A1"><q:f>1</q:f></q:c>'
        "</q:row></q:sheetData></q:worksheet>"
    )
    one = "<row><c><v>1</v></c></row>"
    parts = xlsx_parts(Zed=one, Alpha="", extra={"xl/worksheets/s1.xml": odd})
    with open_package(save(parts)) as package:
        found = cells(package)
    assert list(found) == ["Data", "Zed", "Alpha"]
    assert found["Data"] == {(0, 0): Cell("1", None, "empty")}


BAD_CELLS = [
    ("<row r='1'><c r='B1'/><c r='B1'/></row>", "B1 in row 1"),
    ("<row r='1'><c r='B1'/><c r='A1'/></row>", "A1 in row 1"),
    ("<row r='2'/><row r='2'/>", "row 2; expected rows 1 to 1,048,576 in order"),
    ("<row r='1'><x><c r='A1'/></x></row>", "an element 'c' in the wrong place"),
    ("<x><row r='1'/></x>", "an element 'row' in the wrong place"),
    ("<row r='1'><c r='A1'><v>1<x/>2</v></c></row>", "an element 'x' in the wrong place"),
    ("<row r='1'><c r='A1'><v>1</v><v>2</v></c></row>", "an element 'v' in the wrong place"),
    ("<row r='1'><c r='A1'><f>1</f><f>2</f></c></row>", "an element 'f' in the wrong place"),
    ("<row r='1'><c r='B1' t='s'><v>9</v></c></row>", "shared string '9'"),
    ("<row r='1'><c r='B1' t='s'><v>-1</v></c></row>", "shared string '-1'"),
    ("<row r='1'><c r='B1' t='s'><v>²</v></c></row>", "shared string"),
    ("<row r='1'><c r='B1' t='zz'><v>9</v></c></row>", "type 'zz'"),
    ("<row r='1'><c r='B2'><v>9</v></c></row>", "'?B2'? in row 1"),
    ("<row r='1'><c r='XFE1'><v>9</v></c></row>", "XFE1"),
    ("<row r='1048577'><c r='A1048577'/></row>", "row 1048577"),
    ("<row r='0'><c r='A0'/></row>", "row 0"),
    ("<row r='x'/>", "row x"),
    ("<c r='A0'><v>1</v></c>", "A0"),
    ("<c><v>1</v></c>", "an element 'c' in the wrong place"),
    ("<row r='1'><c r='B1'><f t='shared' si='4'/></c></row>", "Data!B1: found a share in"),
]


@pytest.mark.parametrize(("sheet", "message"), BAD_CELLS)
def test_a_bad_cell_is_named(sheet: str, message: str, save: Save) -> None:
    with pytest.raises(FileError, match=message):
        read_cells(save(xlsx_parts(sheet)))


# --- cells of .ods -------------------------------------------------------------------------------

ODS_CELLS = [
    (cell(FLOAT), Cell(None, 0.5, "number")),
    (cell('office:value-type="float" office:value="x"'), Cell(None, CellErrorText("x"), "error")),
    (cell('office:value-type="date" office:date-value="12020-03-04"'), Cell(None, None, "date")),
    (cell('office:value-type="time" office:time-value="soon"'), Cell(None, None, "date")),
    # Excel saves an error as a 0 that shows an error
    (cell('office:value-type="float" office:value="0" table:formula="of:=1/0"',
          "<text:p>#DIV/0!</text:p>"), Cell("1/0", CellErrorText("#DIV/0!"), "error")),
    (cell('office:value-type="float" office:value="0"', "<text:p>#N/A</text:p>"),
     Cell(None, CellErrorText("#N/A"), "error")),
    (cell('office:value-type="float" office:value="0"', "<text:p>###</text:p>"),
     Cell(None, 0.0, "number")),
    (cell('office:value-type="percentage" office:value="0.1"'), Cell(None, 0.1, "number")),
    (cell('office:value-type="currency" office:value="2"'), Cell(None, 2.0, "number")),
    (cell('office:value-type="boolean" office:boolean-value="true"'), Cell(None, True, "boolean")),
    (cell('office:value-type="date" office:date-value="2020-03-04T12:00:00"'),
     Cell(None, 43894.5, "date")),
    (cell('office:value-type="time" office:time-value="PT012H30M00S"'),
     Cell(None, 12.5 / 24, "date")),
    (cell(STRING, "<text:p>one</text:p> <text:p>t<text:span>w</text:span>o</text:p>"),
     Cell(None, "one\ntwo", "text")),
    (cell(STRING, '<text:p>a<text:s/> b  c<text:s text:c="3"/><text:tab/>d<text:line-break/>'
          "\n  e</text:p>"), Cell(None, "a  b  c   \td\n e", "text")),
    (cell(STRING, "<office:annotation><text:p>note</text:p></office:annotation><text:p>x</text:p>"),
     Cell(None, "x", "text")),
    (cell(STRING, "<text:p>x</text:p><draw:frame><draw:text-box><text:p>no</text:p></draw:text-box>"
     "</draw:frame>"), Cell(None, "x", "text")),
    (cell(f'{STRING} office:string-value="" calcext:value-type="error" table:formula="of:=1/0"',
          "<text:p>#DIV/0!</text:p>"), Cell("1/0", CellErrorText("#DIV/0!"), "error")),
    (cell(f'{STRING} office:string-value="#N/A" table:formula="of:=NA()"', "<text:p>#N/A</text:p>"),
     Cell("NA()", CellErrorText("#N/A"), "error")),
    (cell(f'{STRING} office:string-value="#N/A"'), Cell(None, "#N/A", "text")),
    (cell(f'{FLOAT} table:formula="of:=[.A1]*2"'), Cell("[.A1]*2", 0.5, "number")),
    (cell(f'{FLOAT} table:formula="oooc:=[.A1]*2"'), Cell("[.A1]*2", 0.5, "number")),
    (cell(f'{FLOAT} table:formula="msoxl:=SUM(A1,2)"'), Cell("SUM([.A1];2)", 0.5, "number")),
    (cell(f'{FLOAT} table:formula="=[.A1]*2"'), Cell("[.A1]*2", 0.5, "number")),
    (cell(f'{FLOAT} table:formula="my:=anything"'), Cell("my:=anything", 0.5, "number")),
    (cell('table:formula="of:=&quot;&quot;"'), Cell('""', None, "empty")),
    (cell(f'{FLOAT} table:formula="of:=[.A1:.A2]" table:number-matrix-columns-spanned="1" '
          'table:number-matrix-rows-spanned="2"'),
     Cell(None, 0.5, "number", True, "[.A1:.A2]", (2, 1))),
    (f"<table:covered-table-cell {FLOAT}/>", Cell(None, 0.5, "number")),
    (cell(), None),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "expected"), ODS_CELLS)
def test_a_cell_of_ods(inside: str, expected: Cell | None, save: Save) -> None:
    found = read_cells(save(ods_parts(table(row(cell() + inside)))))
    assert found.get((0, 1)) == expected
    assert expected is None or type(found[0, 1].value) is type(expected.value)


def test_repetition_rows_in_groups_and_tables_that_are_no_sheets(save: Save) -> None:
    hollow = table(row(cell(FLOAT)), "no sheet")
    tables = (
        table(
            f"<table:shapes><draw:frame>{hollow}</draw:frame></table:shapes>"
            + "<table:table-header-rows>"
            + row(cell('table:number-columns-repeated="2"') + cell(FLOAT))
            + "</table:table-header-rows>"
            + row(cell('table:number-columns-repeated="16384"'), 'table:number-rows-repeated="7"')
            + "<table:table-row-group>"
            + row(
                cell(f'table:number-columns-repeated="2" {FLOAT}') + cell(STRING, hollow),
                'table:number-rows-repeated="2"',
            )
            + "</table:table-row-group>"
            + row(cell(), 'table:number-rows-repeated="1048566"')
        )
        + table("", "&apos;file:///x.ods&apos;#Data")
        + table("", "It's")
    )
    links = f"<table:dde-links><table:dde-link>{hollow}</table:dde-link></table:dde-links>"
    half = Cell(None, 0.5, "number")
    empty = Cell(None, "", "text")
    with open_package(save(ods_parts(tables, links))) as package:
        assert cells(package) == {
            "Data": {
                (0, 2): half,
                (8, 0): half, (8, 1): half, (8, 2): empty,
                (9, 0): half, (9, 1): half, (9, 2): empty,
            },
            "It's": {},
        }  # fmt: skip
        assert sheet_names(package) == [("Data", True), ("It's", True)]


def test_days_count_from_the_files_own_origin(save: Save) -> None:
    settings = (
        '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/>'
        "</table:calculation-settings>"
    )
    date = cell('office:value-type="date" office:date-value="1904-01-02"')
    found = read_cells(save(ods_parts(settings + table(row(date)))))
    assert found == {(0, 0): Cell(None, 1.0, "date")}
