"""The values in an .xlsx file that a program has just written, with every digit it wrote.

Knows: the parts of ECMA-376 SpreadsheetML that hold sheets and cell values. Does not know:
formulas, styles, or files from people; it reads what an engine stored a moment ago.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from sheetnet.engines.values import CellError, CellValue, Values, finite

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ADDRESS = re.compile(r"([A-Z]+)([0-9]+)")


def read_values(path: Path) -> Values:
    """The value of every cell; numbers are the doubles nearest to the digits in the file.

    Raises KeyError, ValueError, zipfile.BadZipFile or ElementTree.ParseError on another format.
    """
    with zipfile.ZipFile(path) as archive:
        texts = _shared_texts(archive)
        return {name: dict(_cells(archive, part, texts)) for name, part in _sheet_parts(archive)}


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.attrib["Id"]: link.attrib["Target"] for link in links}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    for sheet in book.iter(f"{_MAIN}sheet"):
        # A target counts from xl/ unless it starts with a slash.
        part = posixpath.join("/xl", targets[sheet.attrib[_LINK]]).lstrip("/")
        yield sheet.attrib["name"], posixpath.normpath(part)


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    table = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    return [_text(item) for item in table]


def _text(item: ElementTree.Element) -> str:
    return "".join(run.text or "" for run in item.iter(f"{_MAIN}t"))


def _cells(
    archive: zipfile.ZipFile, part: str, texts: list[str]
) -> Iterator[tuple[tuple[int, int], CellValue]]:
    with archive.open(part) as stream:
        for _, row in ElementTree.iterparse(stream):
            if row.tag != f"{_MAIN}row":
                continue
            for cell in row.iter(f"{_MAIN}c"):
                value = _value(cell, texts)
                if value is not None:
                    yield position(cell.attrib["r"]), value
            row.clear()


def _value(cell: ElementTree.Element, texts: list[str]) -> CellValue:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    written = cell.findtext(f"{_MAIN}v")
    if written is None:
        return None
    if kind == "n":
        return finite(float(written))
    if kind == "s":
        return texts[int(written)]
    if kind == "b":
        return written == "1"
    return CellError(written) if kind == "e" else written


def position(address: str) -> tuple[int, int]:
    """'B3' -> (2, 1), the row and the column counted from 0."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ValueError(f"{address!r} is not the address of a cell")
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - 64
    return int(match[2]) - 1, column - 1
