"""Foreign files: what they hold is read exactly, and what is hostile is refused in time."""

from __future__ import annotations

import io
import json
import re
import shutil
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from support.folders import ROOT

from sheetnet.errors import FileError
from sheetnet.formulas.place import Area
from sheetnet.reading import defined_names as names_module
from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import Cell, CellErrorText, cells, formulas
from sheetnet.reading.defined_names import defined_names, sheet_names
from sheetnet.reading.xml import parse_xml

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ODF = "urn:oasis:names:tc:opendocument:xmlns"
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
SPACES = " ".join(
    f'xmlns:{name}="{ODF}:{name}:1.0"' for name in ("office", "table", "text", "style")
) + (
    f' xmlns:draw="{ODF}:drawing:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    f' xmlns:of="{ODF}:of:1.2"'
)

Parts = dict[str, str | bytes]


def xlsx_parts(sheet: str = "", names: str = "", extra: Parts | None = None, **more: str) -> Parts:
    """The parts of an .xlsx of sheet "Data" and further ones, given the inside of each."""
    sheets = {"Data": sheet, **more}
    rows = "".join(
        f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, 1)
    )
    targets = [(f"r{i}", "worksheet", f"worksheets/s{i}.xml") for i in range(1, len(sheets) + 1)]
    targets += [("rs", "styles", "styles.xml"), ("rt", "sharedStrings", "/xl/sharedStrings.xml")]
    parts: Parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Override '
        'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument'
        '.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets>{rows}</sheets>'
        f"<definedNames>{names}</definedNames></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="{key}" Type="{RELS}/{kind}" Target="{target}"/>'
            for key, kind, target in targets
        )
        + "</Relationships>",
    }
    for i, inside in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/s{i}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{inside}</sheetData></worksheet>'
        )
    return parts | (extra or {})


def ods_parts(tables: str = "", after: str = "", head: str = "") -> Parts:
    """The parts of an .ods, given its tables and what follows them."""
    return {
        "mimetype": ODS_TYPE,
        "content.xml": f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {SPACES}>'
        f"{head}<office:body><office:spreadsheet>{tables}{after}</office:spreadsheet>"
        "</office:body></office:document-content>",
    }


def table(rows: str, name: str = "Data", attributes: str = "") -> str:
    return f'<table:table table:name="{name}" {attributes}>{rows}</table:table>'


def row(inside: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{inside}</table:table-row>"


def cell(attributes: str = "", inside: str = "") -> str:
    return f"<table:table-cell {attributes}>{inside}</table:table-cell>"


def zipped(parts: Parts) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Parts | bytes], Path]:
    def write(content: Parts | bytes) -> Path:
        path = tmp_path / "foreign.bin"  # the format is in the content
        path.write_bytes(content if isinstance(content, bytes) else zipped(content))
        return path

    return write


Save = Callable[[Parts | bytes], Path]


def read_cells(path: Path, sheet: str = "Data") -> dict[tuple[int, int], Cell]:
    with open_package(path) as package:
        return cells(package)[sheet]


# --- cells of .xlsx -----------------------------------------------------------------------------

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


# --- cells of .ods ------------------------------------------------------------------------------

FLOAT = 'office:value-type="float" office:value="0.5"'
STRING = 'office:value-type="string"'
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


# --- names --------------------------------------------------------------------------------------

APOSTROPHE = "It's 1.5 🙂 x"
NAMES = [  # name, xlsx text, OpenFormula text, area
    ("W_1", "Data!$B$2:$D$3", "$Data.$B$2:.$D$3", Area("Data", 1, 1, 2, 3)),
    ("b_1", "Data!$B$2", "$Data.$B$2", Area("Data", 1, 1, 1, 1)),
    ("far", "Data!$XFD$1048576", "$Data.$XFD$1048576", Area("Data", 1048575, 16383, 1, 1)),
    ("both", "Data!$A$1:Data!$B$2", "$Data.$A$1:$Data.$B$2", Area("Data", 0, 0, 2, 2)),
    ("turned", "Data!$B$2:$A$1", "$Data.$B$2:.$A$1", Area("Data", 0, 0, 2, 2)),
    ("odd", f"'{APOSTROPHE.replace(chr(39), chr(39) * 2)}'!$A$1:$A$2",
     f"$'{APOSTROPHE.replace(chr(39), chr(39) * 2)}'.$A$1:.$A$2", Area(APOSTROPHE, 0, 0, 2, 1)),
    ("column", "Data!$A:$A", "$Data.$A$1:.$A$1048576", Area("Data", 0, 0, 1048576, 1)),
    ("constant", "0.5", "of:=0.5", None),
    ("lost", "#REF!", "$Data.#REF!", None),
    ("gone", "Data!#REF!", "#REF!.$A$1", None),
    ("several", "Data!$A$1,Data!$B$2", "$Data.$A$1 $Data.$B$2", None),
    ("deep", "Data:Zed!$A$1", "$Data.$A$1:$Zed.$A$1", None),
    ("moving", "Data!A1", "$Data.A1", None),
    ("outside", "Data!$XFE$1", "$Data.$XFE$1", None),
    ("below", "Data!$A$1048577", "$Data.$A$1048577", None),
    ("homeless", "$A$1", ".$A$1", None),
    ("computed", "SUM(Data!$A$1)", "of:=SUM([$Data.$A$1])", None),
]  # fmt: skip


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&apos;")


def ods_names(expression: bool, prefix: str = "table") -> str:
    found = []
    for name, _, text, _ in NAMES:
        kind, attribute = "named-range", "cell-range-address"
        if expression or text.startswith("of:"):
            kind, attribute = "named-expression", "expression"
            text = text if text.startswith("of:") else f"of:=[{text}]"
        found.append(
            f'<{prefix}:{kind} {prefix}:name="{name}" {prefix}:{attribute}="{escaped(text)}"/>'
        )
    inside = "".join(found)
    return f"<{prefix}:named-expressions>{inside}</{prefix}:named-expressions>"


LOCAL = (
    '<table:named-expressions><table:named-range table:name="W_1" '
    'table:cell-range-address="$Zed.$A$1"/></table:named-expressions>'
)


def assert_names(path: Path) -> None:
    with open_package(path) as package:
        found = defined_names(package)
    assert found.areas == {name: area for name, _, _, area in NAMES if area is not None}
    assert set(found.broken) == {name for name, _, _, area in NAMES if area is None}


def test_names_of_workbook_scope_in_xlsx(save: Save) -> None:
    defined = "".join(
        f'<definedName name="{name}">{escaped(text)}</definedName>' for name, text, _, _ in NAMES
    )
    local = '<definedName name="W_1" localSheetId="0">Data!$A$9</definedName>'
    parts = xlsx_parts(names=local + defined + local, **{escaped(APOSTROPHE): ""})
    assert_names(save(parts))


def test_a_name_on_a_sheet_in_other_letters_or_on_none(save: Save) -> None:
    sheets = ("DATA", "'data'", "Gone", "'[1]Data'", "[1]Data", "Maße", "MASSE")
    names = "".join(
        f'<definedName name="n{k}">{sheet}!$A$1</definedName>' for k, sheet in enumerate(sheets)
    )
    with open_package(save(xlsx_parts(names=names, Maße="", masse=""))) as package:
        found = defined_names(package)
    homes = {"n0": "Data", "n1": "Data", "n5": "Maße", "n6": "masse"}
    assert found.areas == {name: Area(sheet, 0, 0, 1, 1) for name, sheet in homes.items()}
    assert set(found.broken) == {"n2", "n3", "n4"}


@pytest.mark.parametrize("expression", [False, True])
def test_names_of_workbook_scope_in_ods(expression: bool, save: Save) -> None:
    tables = table(row(cell())) + table(row(cell()) + LOCAL, "Zed")
    assert_names(save(ods_parts(tables, ods_names(expression))))


# What may stand around the names without changing them; True where the short cut should serve.
TAILS: list[tuple[str, Callable[[str], str], bool]] = [
    ("as written", lambda text: text, True),
    ("another prefix", lambda text: re.sub(r"(?<=[</ ])table:|(?<=xmlns:)table(?==)", lambda m:
                                           "t:" if m[0][-1] == ":" else "t", text), True),
    ("a comment", lambda text: text.replace("</office:sp", "<!-- </table:table> --></office:sp"),
     False),
    ("a hidden comment", lambda text: text.replace(
        "</office:sp", "<!-- </table:table><table:named-expressions><table:named-range "
        'table:name="W_1" table:cell-range-address="$Evil.$A$1"/></table:named-expressions> -->'
        "</office:sp"), False),
    ("spaced end tags", lambda text: text.replace("</table:table>", "</table:table >"), True),
    ("another meaning", lambda text: text.replace(
        "</office:sp", '<office:x xmlns:table="urn:x"><table:table></table:table></office:x>'
        "</office:sp"), False),
    ("a linked table", lambda text: text.replace(
        "</office:sp", "<table:dde-link><table:table></table:table></table:dde-link></office:sp"),
     True),
    ("utf-16", lambda text: text.replace("UTF-8", "UTF-16"), False),
]  # fmt: skip


@pytest.mark.parametrize(("change", "short"), [row[1:] for row in TAILS], ids=[r[0] for r in TAILS])
def test_the_short_cut_to_the_names_finds_what_the_whole_says(
    change: Callable[[str], str], short: bool, save: Save
) -> None:
    parts = ods_parts(table(row(cell())) + table(LOCAL, "Zed"), ods_names(False))
    text = change(str(parts["content.xml"]))
    parts["content.xml"] = text.encode("utf-16" if "UTF-16" in text else "utf-8")
    path = save(parts)
    assert_names(path)
    with open_package(path) as package, package.open("content.xml") as stream:
        assert (names_module._tail(stream) is not None) == short


def test_a_name_defined_twice_is_no_area(save: Save) -> None:
    twice = '<definedName name="W_1">Data!$A$1</definedName><definedName name="w_1">Data!$A$2'
    with open_package(save(xlsx_parts(names=f"{twice}</definedName>"))) as package:
        found = defined_names(package)
    assert found.areas == {}
    assert found.broken == {"W_1": "Data!$A$1 and Data!$A$2"}


def test_sheets_and_their_visibility(save: Save) -> None:
    parts = xlsx_parts(Hidden="", Deep="")
    book = str(parts["xl/workbook.xml"])
    book = book.replace('name="Hidden"', 'name="Hidden" state="hidden"')
    parts["xl/workbook.xml"] = book.replace('name="Deep"', 'name="Deep" state="veryHidden"')
    with open_package(save(parts)) as package:
        assert sheet_names(package) == [("Data", True), ("Hidden", False), ("Deep", False)]
    head = (
        '<office:automatic-styles><style:style style:name="ta1"><style:table-properties '
        'table:display="true"/></style:style><style:style style:name="ta2">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    )
    tables = table("", "A", 'table:style-name="ta1"') + table("", "B", 'table:style-name="ta2"')
    with open_package(save(ods_parts(tables, head=head))) as package:
        assert sheet_names(package) == [("A", True), ("B", False)]


# --- real programs ------------------------------------------------------------------------------


def written(path: Path) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Training")
    other = book.add_worksheet("1.5 🙂 x")
    other.hide()
    for i in range(20):
        sheet.write_number(i, 0, i / 7)
        sheet.write_formula(i, 1, f"=A{i + 1}*learning_rate", None, i / 14)
    sheet.write_string(0, 2, "one  two\nthree <&>")
    sheet.write_boolean(1, 2, True)
    sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
    sheet.write_number(3, 2, 43894.5, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    other.write_number(0, 0, 0.5)
    book.define_name("learning_rate", "='1.5 🙂 x'!$A$1")
    book.define_name("block", "=Training!$A$1:$B$20")
    book.define_name("Training!block", "=Training!$A$1")
    book.close()
    return path


def assert_written(path: Path, digits: float = 0.0) -> None:
    with open_package(path) as package:
        names = defined_names(package)
        found = cells(package)
        assert [name for name, _ in sheet_names(package)] == ["Training", "1.5 🙂 x"]
    assert names.areas == {
        "learning_rate": Area("1.5 🙂 x", 0, 0, 1, 1),
        "block": Area("Training", 0, 0, 20, 2),
    }
    training = found["Training"]
    for i in range(20):
        assert training[i, 0].value == pytest.approx(i / 7, rel=digits, abs=0)
        assert training[i, 1].value == pytest.approx(i / 14, rel=digits, abs=0)
        formula = training[i, 1].formula or ""
        assert re.fullmatch(rf"\[?\.?A{i + 1}\]?\*learning_rate", formula), formula
    assert training[0, 2].value == "one  two\nthree <&>"
    assert training[1, 2].value is True
    assert training[2, 2].kind == "error"
    assert training[2, 2].value == "#DIV/0!"
    assert training[3, 2] == Cell(None, 43894.5, "date")


def test_what_xlsxwriter_writes_is_read(tmp_path: Path) -> None:
    assert_written(written(tmp_path / "a.xlsx"), 1e-15)


@pytest.mark.engine
@pytest.mark.skipif(shutil.which("soffice") is None, reason="install libreoffice-calc-nogui")
@pytest.mark.parametrize("suffix", ["ods", "xlsx"])
def test_what_libreoffice_saves_is_read(suffix: str, tmp_path: Path) -> None:
    source = written(tmp_path / "a.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to"]
    for kind, folder in (("ods", "one"), (suffix, "two")):  # the second time it recalculates
        out = tmp_path / folder
        subprocess.run(
            [*command, kind, "--outdir", str(out), str(source)], check=True, capture_output=True
        )
        source = out / f"a.{kind}"
    assert_written(source, 1e-14)


@pytest.mark.engine
@pytest.mark.skipif(shutil.which("ssconvert") is None, reason="install gnumeric")
@pytest.mark.parametrize("suffix", ["ods", "xlsx"])
def test_what_gnumeric_saves_is_read(suffix: str, tmp_path: Path) -> None:
    source, saved = written(tmp_path / "a.xlsx"), tmp_path / f"saved.{suffix}"
    subprocess.run(
        ["ssconvert", "--recalc", str(source), str(saved)], check=True, capture_output=True
    )
    assert_written(saved, 1e-15)


# --- files that are no workbooks ----------------------------------------------------------------

NO_WORKBOOK: list[tuple[Parts | bytes, str]] = [
    (b"", "is empty"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"old .xls or an encrypted .xlsx.*password"),
    (b"a,b\n1,2\n", "plain text, perhaps .csv"),
    (b"\xef\xbb\xbf<?xml version='1.0'?><office/>", "flat .fods"),
    (b"<!doctype html><p>404", "HTML"),
    (b"%PDF-1.7\n", "PDF"),
    (b"\x1f\x8b\x08" + bytes(50), "gzip"),
    (b"\x89PNG\0\0", "no zip"),
    (zipped(xlsx_parts())[:-30], "cut short or damaged"),
    (zipped(xlsx_parts())[:200], "cut short or damaged"),
    (zipped({}), "empty zip"),
    ({"readme.txt": "x"}, "zip of other things"),
    ({"mimetype": ODS_TYPE.replace("spreadsheet", "text"), "content.xml": ""}, "type '.*text'"),
    ({"mimetype": ODS_TYPE}, "no content.xml"),
    (ods_parts() | {"META-INF/manifest.xml": f'<manifest xmlns="{ODF}:manifest:1.0"><file-entry>'
     "<encryption-data/></file-entry></manifest>"}, "encrypted .ods.*password"),
    ({name: str(text).replace("spreadsheetml.sheet", "wordprocessingml.document")
      for name, text in xlsx_parts().items()}, "wordprocessingml"),
    ({name: str(text).replace("sheet.main+xml", "sheet.binary.main")
      for name, text in xlsx_parts().items()}, "binary"),
    ({k: v for k, v in xlsx_parts().items() if k != "xl/workbook.xml"}, "no workbook part"),
    (xlsx_parts() | {"../evil": "x"}, "an entry named '../evil'"),
    (xlsx_parts() | {"xl/../../evil": "x"}, "an entry named"),
    (xlsx_parts() | {"/etc/evil": "x"}, "an entry named"),
    (xlsx_parts() | {"..\\evil": "x"}, "an entry named"),
    (xlsx_parts() | {"C:/evil": "x"}, "an entry named"),
    (xlsx_parts() | {"XL/WORKBOOK.XML": "x"}, "two entries of one name"),
    (xlsx_parts(data=""), "two sheets of one name"),
    ({k: str(v).replace("s2.xml", "s1.xml") for k, v in xlsx_parts(Zed="").items()
      if "s2" not in k}, "one and the same part"),
    ({k: v for k, v in xlsx_parts().items() if "s1" not in k}, "no part 'xl/worksheets/s1.xml'"),
    (ods_parts(table("") + table("", "DATA")), "two sheets of one name"),
    (ods_parts("<table:table"), "ill-formed"),
    ({**ods_parts(), "content.xml": b"<?xml version='1.0' encoding='klingon'?><a/>"}, "ill-formed"),
    (ods_parts(table(row(cell('table:number-columns-repeated="9e9"')))), "repetitions"),
    (ods_parts(table(row(cell('table:number-columns-repeated="-1"')))), "repetitions"),
    (ods_parts(table(row(cell('table:number-columns-repeated="١"')))), "repetitions"),
    (ods_parts(table(row(cell("", row(cell()))))), "a table-row in the wrong place"),
    (ods_parts(table(row(row(cell())))), "a table-row in the wrong place"),
    (ods_parts(table(row(f"<text:p>{cell()}</text:p>"))), "a p in the wrong place"),
    (ods_parts(table(cell())), "a table-cell in the wrong place"),
    (ods_parts(table(f"<text:p>{row(cell())}</text:p>")), "a table-row in the wrong place"),
    (ods_parts(table(row(cell('office:value-type="magic"')))), "type 'magic'"),
    (ods_parts(table(row(cell('table:number-columns-repeated="16384"') + cell(FLOAT)))), "XFD"),
    (ods_parts(table(row(cell(), 'table:number-rows-repeated="1048576"') + row(cell(FLOAT)))),
     "rows go to 1,048,576"),
]  # fmt: skip


def read_everything(path: Path) -> int:
    with open_package(path) as package:
        defined_names(package)
        sheet_names(package)
        return sum(map(len, cells(package).values()))


@pytest.mark.parametrize(("content", "message"), NO_WORKBOOK, ids=[m for _, m in NO_WORKBOOK])
def test_what_is_no_workbook_is_refused(
    content: Parts | bytes, message: str, save: Save
) -> None:
    path = save(content)
    with pytest.raises(FileError, match=message) as caught:
        read_everything(path)
    assert str(path) in str(caught.value)


def test_plain_parts_are_accepted(save: Save) -> None:
    """The tables above would pass if everything were refused."""
    assert read_everything(save(xlsx_parts("<row><c><v>1</v></c></row>"))) == 1
    assert read_everything(save(ods_parts(table(row(cell(FLOAT)))))) == 1


def test_the_type_of_a_part_may_follow_from_its_extension(save: Save) -> None:
    """As .NET's packaging writes it, and what is built upon it."""
    parts = xlsx_parts("<row><c><v>1</v></c></row>")
    types = str(parts["[Content_Types].xml"]).replace("Override ", "Default ")
    parts["[Content_Types].xml"] = types.replace('PartName="/xl/workbook.xml"', 'Extension="XML"')
    assert read_everything(save(parts)) == 1
    parts["[Content_Types].xml"] = types.replace('PartName="/xl/workbook.xml"', 'Extension="bin"')
    with pytest.raises(FileError, match="a document of type ''"):
        read_everything(save(parts))


def test_a_path_that_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, message in [
        (tmp_path, "a directory"),
        (tmp_path / "none.xlsx", "no such file"),
        (tmp_path / "a\0b", "cannot be opened"),
    ]:
        with pytest.raises(FileError, match=message):
            open_package(path)
    closed = tmp_path / "closed.xlsx"
    closed.write_bytes(b"PK")

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("sheetnet.reading.archive._Archive", denied)
    with pytest.raises(FileError, match=r"Permission denied.*may read it"):
        open_package(closed)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="no ordinary file"):
        open_package(tmp_path / "pipe")


# --- files made to hurt -------------------------------------------------------------------------


def patched(data: bytes, name: str, **fields: int) -> bytes:
    """The zip with fields of one entry changed, in both of its headers."""
    place = {"flags": (6, 8, "<H"), "method": (8, 10, "<H"), "crc": (14, 16, "<L"),
             "compressed": (18, 20, "<L"), "size": (22, 24, "<L")}  # fmt: skip
    changed = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        local = archive.getinfo(name).header_offset
        at = archive.start_dir
        for other in archive.infolist():
            if other.filename == name:
                break
            at += 46 + len(other.filename.encode()) + len(other.extra) + len(other.comment)
    for field, value in fields.items():
        in_local, in_central, form = place[field]
        struct.pack_into(form, changed, local + in_local, value)
        struct.pack_into(form, changed, at + in_central, value)
    return bytes(changed)


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{chr(ord(name) - 1)};" * 10}">' for name in "bcdefghi")
    + "]><x>&i;</x>"
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'
PLAIN_DTD = '<!DOCTYPE x SYSTEM "http://localhost/x.dtd"><x/>'
ZEROS = b" " * (60 * 2**20)
LONG = ZEROS[: 20 * 2**20]
ONE = '<definedName name="n{}">Data!$A$1</definedName>'
RANGE = '<table:named-range table:name="n{}" table:cell-range-address="$Data.$A$1"/>'
MANY = range(200_000)
FULL = f'table:number-columns-repeated="16384" {FLOAT}'
BIG = zipped(ods_parts(table(row(cell(FLOAT)) * 2000)))
SHARED = "<row r='1'><c r='A1'><f t='shared' si='0' ref='A1:A9'>" + "B1+" * 2700 + "1</f></c></row>"

HOSTILE: dict[str, tuple[Callable[[], Parts | bytes], str]] = {
    "zip bomb": (lambda: ods_parts() | {"content.xml": ZEROS}, "grows .*-fold"),
    "zip bomb, many": (
        lambda: ods_parts() | {f"x{i}": ZEROS[: 49 * 2**20] for i in range(11)}, "after decompr"),
    "bomb whose header lies": (
        lambda: patched(zipped(ods_parts() | {"content.xml": ZEROS}), "content.xml", size=1000),
        "damaged or cut short"),
    "bomb with a forged checksum": (
        lambda: patched(zipped(ods_parts() | {"content.xml": ZEROS}), "content.xml", size=1000,
                        crc=zlib.crc32(ZEROS[:1000])), "ill-formed|damaged"),
    "declares more than it has": (
        lambda: patched(BIG, "content.xml", size=40 * 2**20), "2000 cells"),
    "declares 4 GB": (lambda: patched(BIG, "content.xml", size=2**32 - 2), "grows .*-fold"),
    "declares 4 GB both ways": (
        lambda: patched(BIG, "content.xml", size=2**32 - 2, compressed=2**31), "grows .*-fold"),
    "wrong checksum": (lambda: patched(BIG, "content.xml", crc=1), "damaged.*CRC"),
    "broken deflate": (
        lambda: BIG.replace(BIG[(i := BIG.index(b"content.xml") + 40) : i + 20], b"\xff" * 20),
        "damaged or cut short"),
    "encrypted entry": (lambda: patched(BIG, "content.xml", flags=1), "found an encrypted entry"),
    "lzma entry": (lambda: patched(BIG, "content.xml", method=14), "compression method 14"),
    "20,000 entries": (
        lambda: ods_parts() | {f"x{i}": "" for i in range(20_000)}, "20,002 entries"),
    "100,000 entries": (
        lambda: ods_parts() | {f"{i:064}": "" for i in range(50_000)}, "list of entries of"),
    "billion laughs": (lambda: ods_parts() | {"content.xml": LAUGHS}, "document type declaration"),
    "billion laughs, xlsx": (
        lambda: xlsx_parts(extra={"xl/worksheets/s1.xml": LAUGHS}), "document type declaration"),
    "laughing relations": (
        lambda: xlsx_parts(extra={"_rels/.rels": LAUGHS}), "document type declaration"),
    "laughing strings": (
        lambda: xlsx_parts(extra={"xl/sharedStrings.xml": LAUGHS}), "document type declaration"),
    "laughing styles": (
        lambda: xlsx_parts(extra={"xl/styles.xml": LAUGHS}), "document type declaration"),
    "external entity": (
        lambda: ods_parts() | {"content.xml": EXTERNAL}, "document type declaration"),
    "external DTD": (
        lambda: ods_parts() | {"content.xml": PLAIN_DTD}, "document type declaration"),
    "DTD in UTF-16": (
        lambda: ods_parts() | {"content.xml": LAUGHS.encode("utf-16")}, "document type decl"),
    "nested 100,000 deep": (
        lambda: ods_parts() | {"content.xml": nested(100_000)}, "deeper than 200"),
    "one tag of 20 MB": (
        lambda: ods_parts() | {"content.xml": b'<a b="' + LONG + b'"/>'}, "longer"),
    "one comment of 20 MB": (
        lambda: ods_parts() | {"content.xml": b"<!--" + LONG + b"--><a/>"}, "longer"),
    "one text of 20 MB": (
        lambda: ods_parts(table(row(cell(STRING, f"<text:p>{LONG.decode()}</text:p>")))), "longer"),
    "10^9 spaces": (
        lambda: ods_parts(table(row(cell(STRING, '<text:p><text:s text:c="999999999"/>'
                                         "</text:p>")))), "more spaces"),
    "200,000 names, xlsx": (
        lambda: xlsx_parts(names="".join(map(ONE.format, MANY))), "more than 100,000 defined"),
    "200,000 names, ods": (
        lambda: ods_parts(table(""), "<table:named-expressions>" + "".join(map(RANGE.format, MANY))
                          + "</table:named-expressions>"), "more than 100,000 defined names"),
    "long names": (
        lambda: xlsx_parts(names="".join(ONE.format("x" * 2**20) for _ in range(20))), "more text"),
    "full sheet, ods": (
        lambda: ods_parts(table(row(cell(FULL), 'table:number-rows-repeated="1048576"'))),
        "17,179,869,184 cells"),
    "many full rows, ods": (lambda: ods_parts(table(row(cell(FULL)) * 400)), "expected a workbook"),
    "formulas that grow": (
        lambda: xlsx_parts(SHARED + "".join(
            f"<row r='{i}'><c r='A{i}'><f t='shared' si='0'/></c></row>"
            for i in range(2, 30_000))), "shared formulas of more characters"),
    # and these are lawful, however large they look
    "used range of a whole sheet, xlsx": (
        lambda: xlsx_parts("<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'>"
                           "<c r='XFD1048576'><v>2</v></c></row>"), "2 cells"),
    "used range of a whole sheet, ods": (
        lambda: ods_parts(table(
            row(cell(FLOAT) + cell('table:number-columns-repeated="16383"'))
            + row(cell('table:number-columns-repeated="16384"'),
                  'table:number-rows-repeated="1048574"')
            + row(cell('table:number-columns-repeated="16383"') + cell(FLOAT)))), "2 cells"),
    "empty rows past the end, ods": (
        lambda: ods_parts(table(row(cell(FLOAT)) + row(
            cell('table:number-columns-repeated="99999999"'),
            'table:number-rows-repeated="99999999"'))), "1 cells"),
}  # fmt: skip

RUN = """
import json, sys, time
from pathlib import Path
def peak():  # getrusage would count what this process was before exec
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
from sheetnet.errors import FileError
from sheetnet.reading.cells import cells
from sheetnet.reading.defined_names import defined_names, sheet_names
from sheetnet.reading.archive import open_package
for path in sys.argv[1:]:
    if peak():
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before, started = peak(), time.process_time()
    try:
        if path == "gauge":
            bytearray(300 * 2**20).count(1)
            raise FileError("300 MB taken and given back")
        with open_package(path) as package:
            defined_names(package), sheet_names(package)
            said = f"{sum(map(len, cells(package).values()))} cells"
    except FileError as error:
        said = str(error)
    print(json.dumps([said, time.process_time() - started, peak() - before]))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Name to what was said, CPU seconds, and growth of the peak memory in MB; a process apart."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = []
    for i, (make, _) in enumerate(HOSTILE.values()):
        content = make()
        paths.append(folder / f"{i}.bin")
        paths[-1].write_bytes(content if isinstance(content, bytes) else zipped(content))
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, paths), "gauge"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = map(json.loads, done.stdout.splitlines())
    return dict(zip([*HOSTILE, "gauge"], lines, strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_time(name: str, outcomes: dict[str, Any]) -> None:
    said, seconds, megabytes = outcomes[name]
    assert re.search(HOSTILE[name][1], said), said
    assert seconds < 2, f"{seconds:.1f} s"
    assert megabytes < 150, f"{megabytes} MB"


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="no gauge of memory")
def test_the_gauge_of_memory_sees_what_is_taken(outcomes: dict[str, Any]) -> None:
    assert 250 < outcomes["gauge"][2] < 350


def test_small_parts_become_trees_with_full_names() -> None:
    tree = parse_xml(b'<a xmlns="urn:x" b="1">t<c>u</c>v<d xmlns=""/></a>', "here")
    assert (tree.tag, tree.attrib, tree.text) == ("{urn:x}a", {"b": "1"}, "t")
    assert [(e.tag, e.text, e.tail) for e in tree] == [("{urn:x}c", "u", "v"), ("d", None, None)]
    with pytest.raises(FileError, match=r"here.*ill-formed"):
        parse_xml(b"<a>", "here")
    with pytest.raises(FileError, match=r"here.*4,194,304"):
        parse_xml(b"<a>" + b" " * 2**22 + b"</a>", "here")


def test_72_000_cells_are_read_in_well_under_two_seconds(save: Save) -> None:
    xlsx = "".join(
        f"<row r='{i}'>" + "".join(
            f"<c r='{letter}{i}'><f>{letter}{i + 8}-rate*$C${i}</f><v>0.123456789</v></c>"
            for letter in "ABCDEFGHIJ"
        ) + "</row>"
        for i in range(1, 7201)
    )  # fmt: skip
    formula = cell(f'{FLOAT} table:formula="of:=[.A1]-rate*[.$C$1]"', "<text:p>0.5</text:p>")
    for parts in (xlsx_parts(xlsx), ods_parts(table(row(formula * 10) * 7200))):
        path = save(parts)
        started = time.process_time()
        assert read_everything(path) == 72_000
        assert time.process_time() - started < 2
