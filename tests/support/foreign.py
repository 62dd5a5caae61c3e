"""Small workbooks put together as text, as other programs might write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import cells
from sheetnet.reading.defined_names import defined_names, sheet_names

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

Save = Callable[[Parts | bytes], Path]

FLOAT = 'office:value-type="float" office:value="0.5"'
STRING = 'office:value-type="string"'


def read_everything(path: Path) -> int:
    with open_package(path) as package:
        defined_names(package)
        sheet_names(package)
        return sum(map(len, cells(package).values()))
