"""Files that mean harm, or are broken: to be refused or declined, quickly and in little room.

Each row of HOSTILE writes one file into a folder and returns its path. The .xlsx and .ods are
written as raw parts, so that they may hold what no spreadsheet program would write.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.support.class_sheets.book import letters
from tests.support.class_sheets.files import MANIFEST, SPACES, TYPE

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def xlsx(path: Path, sheet: str | Iterable[bytes], *, names: str = "", head: str = HEAD) -> Path:
    """A workbook of one sheet, whose XML (or its pieces) is given."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default '
        f'Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{KIND}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{KIND}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{REL}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="Sheet1" '
        f'sheetId="1" r:id="rId1"/></sheets>{names}</workbook>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, HEAD + text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            if isinstance(sheet, str):
                data = f"<sheetData>{sheet}</sheetData>"
                sheet = [f'{head}<worksheet xmlns="{MAIN}">{data}</worksheet>'.encode()]
            for piece in sheet:
                part.write(piece)
    return path


def formulas(rows: Iterable[Iterable[str | float]]) -> str:
    """Rows of formulas (text) and numbers as sheet XML."""
    text = []
    for r, row in enumerate(rows, 1):
        cells = "".join(
            f'<c r="{letters(c)}{r}"><f>{x}</f></c>'
            if isinstance(x, str)
            else f'<c r="{letters(c)}{r}"><v>{x}</v></c>'
            for c, x in enumerate(row, 1)
        )
        text.append(f'<row r="{r}">{cells}</row>')
    return "".join(text)


def ods(path: Path, rows: str) -> Path:
    """A spreadsheet of one table, whose rows are given as XML."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {SPACES} '
        'office:version="1.2"><office:body><office:spreadsheet><table:table table:name="Sheet1">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", TYPE, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", content)
    return path


def _raw(data: bytes, suffix: str = ".xlsx") -> Callable[[Path, str], Path]:
    def write(folder: Path, stem: str) -> Path:
        path = folder / (stem + suffix)
        path.write_bytes(data)
        return path

    return write


def _xlsx(
    rows: Callable[[], Iterable[Iterable[str | float]]], names: str = ""
) -> Callable[[Path, str], Path]:
    return lambda folder, stem: xlsx(folder / f"{stem}.xlsx", formulas(rows()), names=names)


def _sheet(
    xml: Callable[[], str | Iterable[bytes]], head: str = HEAD
) -> Callable[[Path, str], Path]:
    return lambda folder, stem: xlsx(folder / f"{stem}.xlsx", xml(), head=head)


def _ods(rows: str) -> Callable[[Path, str], Path]:
    return lambda folder, stem: ods(folder / f"{stem}.ods", rows)


def _zeros() -> Iterable[bytes]:
    yield f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'.encode()
    for _ in range(400):
        yield b" " * 1_000_000
    yield b"</sheetData></worksheet>"


def _many_cells() -> Iterable[bytes]:
    yield f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'.encode()
    for start in range(1, 300_001, 1000):
        yield b"".join(
            b'<row r="%d"><c r="A%d"><v>1</v></c><c r="B%d"><f>A%d+1</f></c></row>' % (r, r, r, r)
            for r in range(start, start + 1000)
        )
    yield b"</sheetData></worksheet>"


LAUGHS = HEAD + "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10)
) + "]>"  # fmt: skip
UPDATE = "A{p}-0.1*{g}"
CELL = '<table:table-cell table:formula="of:={}"{}/>'


def _names(pairs: Iterable[tuple[str, str]]) -> str:
    inner = "".join(f'<definedName name="{n}">{text}</definedName>' for n, text in pairs)
    return f"<definedNames>{inner}</definedNames>"


def _updates(formula: str) -> Callable[[], list[list[str | float]]]:
    """A table of three numbers that are updated with something nasty."""
    first: list[str | float] = [0.5, 0.2, 0.7]
    return lambda: (
        [first]
        + [
            [f"{c}{r - 1}-0.1*({formula.format(c=c, p=r - 1, r=r)})" for c in "ABC"]
            for r in range(2, 9)
        ]
    )


HOSTILE: dict[str, Callable[[Path, str], Path]] = {
    "empty file": _raw(b""),
    "not a zip": _raw(b"PK\x03\x04 but no more"),
    "text called ods": _raw(b"w1;w2\n0.5;0.2\n", ".ods"),
    "old binary format": _raw(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096),
    "blanks": _sheet(_zeros),
    "many cells": _sheet(_many_cells),
    "billion laughs": _sheet(lambda: '<row r="1"><c r="A1"><f>&a9;</f></c></row>', LAUGHS),
    "not well formed": _sheet(lambda: '<row r="1"><c r="A1"><f>A2</c></row>'),
    "circular": _xlsx(lambda: [["B1", "A1", "A1+B1"], ["A1-0.1*A2", "B1-0.1*C2", "A2+B2"]]),
    "circular through a range": _xlsx(_updates("SUM(A1:C9)")),
    "a cell of itself": _xlsx(lambda: [["A1+1", "B1-0.1*B1"]]),
    "circular training": _xlsx(
        lambda: [["IF(D1=0,0.5,A1-0.1*C1)", "1/(1+EXP(-A1))", "(B1-1)*B1*(1-B1)", 1.0]]
    ),
    "deep parentheses": _xlsx(lambda: [["(" * 5000 + "1" + ")" * 5000]]),
    "deep updates": _xlsx(_updates("(" * 900 + "{c}{p}" + ")" * 900)),
    "minus signs": _xlsx(_updates("-" * 7000 + "{c}{p}")),
    "nested functions": _xlsx(_updates("IF(1," * 900 + "{c}{p}" + ",0)" * 900)),
    "long sum": _xlsx(_updates("+".join(["{c}{p}"] * 2500))),
    "doubling": _xlsx(
        lambda: [
            [0.5, 0.4, 0.3],
            *[
                [
                    f"A{r - 1}-0.1*(A{r - 1}+A{r - 1}*B{r - 1})",
                    f"B{r - 1}-0.1*(A{r}+A{r})",
                    f"C{r - 1}-(B{r}+B{r})",
                ]
                for r in range(2, 3000)
            ],
        ]
    ),
    "long chain": _xlsx(lambda: [[0.5], *[[f"A{r - 1}-0.1*A{r - 1}"] for r in range(2, 60_000)]]),
    "chain upwards": _xlsx(lambda: [[f"A{r + 1}-0.1*A{r + 1}"] for r in range(1, 60_000)]),
    "external link": _xlsx(_updates("[1]Sheet1!{c}{p}")),
    "external file": _xlsx(_updates("'file:///etc/[passwd]Sheet1'!{c}{p}")),
    "web": _xlsx(_updates('WEBSERVICE("http://127.0.0.1:9/"&amp;{c}{p})')),
    "data link": _xlsx(_updates("cmd|'/C calc'!A0")),
    "unknown function": _xlsx(_updates("FROBNICATE({c}{p})")),
    "whole sheet": _xlsx(_updates("SUM($E$1:$XFD$1048576)+{c}{p}")),
    "whole columns": _xlsx(_updates("SUMPRODUCT($E:$G,$H:$J)+{c}{p}")),
    "whole square": _xlsx(_updates("SUM(MMULT($E$1:$ALQ$1000,$E$1:$ALQ$1000))+{c}{p}")),
    "huge power": _xlsx(_updates("10^10^10+{c}{p}")),
    "huge text": _xlsx(_updates('LEN(REPT("x",999999999))+{c}{p}')),
    "huge numbers": _xlsx(_updates("EXP(1E9)*{c}{p}")),
    "computed address": _xlsx(
        _updates('INDIRECT("R"&amp;ROW()&amp;"C1",FALSE)+OFFSET({c}{p},ROW(),0,9999,9999)')
    ),
    "far index": _xlsx(_updates("INDEX($A:$A,1E15)+{c}{p}")),
    "no numbers": _xlsx(_updates("LN(-1)/0*{c}{p}")),
    "circular names": _xlsx(_updates("a_+{c}{p}"), _names([("a_", "b_"), ("b_", "a_")])),
    "names of names": _xlsx(
        _updates("n_30"),
        _names(
            [("n_0", "Sheet1!$A$1"), *[(f"n_{i}", f"n_{i - 1}+n_{i - 1}") for i in range(1, 31)]]
        ),
    ),
    "many names": _xlsx(
        _updates("n_5+{c}{p}"), _names((f"n_{i}", "Sheet1!$A$1") for i in range(60_000))
    ),
    "address beyond": _sheet(lambda: '<row r="99999999"><c r="ZZZZ99999999"><f>A1-1</f></c></row>'),
    "shared everywhere": _sheet(
        lambda: (
            '<row r="1"><c r="A1"><f t="shared" ref="A1:XFD1048576" si="0">'
            'B2-0.1*C3</f></c><c r="B1"><f t="shared" si="0"/></c></row>'
        )
    ),
    "shared without master": _sheet(
        lambda: '<row r="1"><c r="A1"><f t="shared" si="7"/></c></row>'
    ),
    "array everywhere": _sheet(
        lambda: (
            '<row r="1"><c r="A1"><f t="array" ref="A1:XFD1048576">B1:B9-0.1*C1:C9</f></c></row>'
        )
    ),
    "repeated rows": _ods(
        '<table:table-row table:number-rows-repeated="1048576">'
        + CELL.format("[.A1]-0.1*[.B1]", ' table:number-columns-repeated="16384"')
        + "</table:table-row>"
    ),
    "repeated beyond": _ods(
        '<table:table-row table:number-rows-repeated="99999999999">'
        + CELL.format("[.A1]-1", "")
        + "</table:table-row>"
    ),
    "matrix everywhere": _ods(
        "<table:table-row>"
        + CELL.format(
            "MMULT([.A1:.Z99];[.A1:.Z99])",
            ' table:number-matrix-rows-spanned="999999999"'
            ' table:number-matrix-columns-spanned="999999999"',
        )
        + "</table:table-row>"
    ),
    "deep elements": _ods("<table:table-row-group>" * 20_000 + "</table:table-row-group>" * 20_000),
    "external ods": _ods(
        "<table:table-row>"
        + CELL.format("'file:///etc/passwd'#$Sheet1.A1-[.B1]", "") * 9
        + "</table:table-row>"
    ),
}
