"""Workbooks taken apart by hand: their cells as the XML has them, and single cells replaced.

Shares nothing with sheetnet, so that what the writer says can be held against what it wrote.
Reads only what sheetnet writes (no shared formulas, no rich text), and edits it in place.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


class Raw(NamedTuple):
    """A cell: formula without `=` or prefix, the digits of its number, its text, its style."""

    formula: str | None
    digits: str | None
    text: str | None
    style: str


Cells = dict[tuple[int, int], Raw]


def letters(column: int) -> str:
    """A column's letters: 0 is A."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def place(address: str) -> tuple[int, int]:
    """'B3' -> (2, 1)."""
    match = re.fullmatch(r"\$?([A-Z]+)\$?([0-9]+)", address)
    assert match, address
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def cells(path: Path) -> dict[str, Cells]:
    """Sheet name -> (row, column) -> cell, from 0; cells without content are left out."""
    with zipfile.ZipFile(path) as archive:
        return (_xlsx if path.suffix == ".xlsx" else _ods)(archive)


def parts(path: Path) -> dict[str, bytes]:
    """Every part by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    book = etree.fromstring(archive.read("xl/workbook.xml"))
    for number, sheet in enumerate(book.iter(f"{MAIN}sheet"), start=1):
        yield sheet.get("name"), f"xl/worksheets/sheet{number}.xml"


def _xlsx(archive: zipfile.ZipFile) -> dict[str, Cells]:
    shared = etree.fromstring(archive.read("xl/sharedStrings.xml"))
    texts = ["".join(t.text or "" for t in item.iter(f"{MAIN}t")) for item in shared]
    found: dict[str, Cells] = {}
    for name, part in _sheet_parts(archive):
        found[name] = {}
        for cell in etree.fromstring(archive.read(part)).iter(f"{MAIN}c"):
            formula, value = cell.findtext(f"{MAIN}f"), cell.findtext(f"{MAIN}v")
            is_text = cell.get("t") == "s"
            if cell.get("t") == "str":
                assert formula is not None, "words without a formula are shared strings"
                at = place(str(cell.get("r")))
                found[name][at] = Raw(formula, None, value or "", cell.get("s", "0"))
                continue
            assert is_text or "t" not in cell.attrib, "sheetnet writes texts and numbers"
            if formula is None and value is None:
                continue
            found[name][place(cell.get("r"))] = Raw(
                formula,
                None if is_text else value,
                texts[int(value)] if is_text else None,
                cell.get("s", "0"),
            )
    return found


def _ods(archive: zipfile.ZipFile) -> dict[str, Cells]:
    content = etree.fromstring(archive.read("content.xml"))
    found: dict[str, Cells] = {}
    for sheet in content.iter(f"{TABLE}table"):
        here = found.setdefault(sheet.get(f"{TABLE}name"), {})
        for row, column, cell in _ods_places(sheet):
            formula = cell.get(f"{TABLE}formula")
            kind = cell.get(f"{OFFICE}value-type")
            assert kind in ("float", "string", None), "sheetnet writes texts and numbers"
            if kind is None and formula is None:
                continue
            here[row, column] = Raw(
                None if formula is None else formula.removeprefix("of:="),
                cell.get(f"{OFFICE}value"),
                "\n".join(map(_paragraph, cell.iter(f"{TEXT}p"))) if kind == "string" else None,
                cell.get(f"{TABLE}style-name"),
            )
    return found


def _ods_places(sheet: etree._Element) -> Iterator[tuple[int, int, etree._Element]]:
    row = 0
    for line in sheet.iter(f"{TABLE}table-row"):
        column = 0
        for cell in line:
            yield row, column, cell
            column += int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        row += int(line.get(f"{TABLE}number-rows-repeated", "1"))


def _paragraph(paragraph: etree._Element) -> str:
    text = paragraph.text or ""
    for child in paragraph:
        spaces = int(child.get(f"{TEXT}c", "1"))
        text += "\t" if child.tag == f"{TEXT}tab" else " " * spaces
        text += child.tail or ""
    return text


# --- edits ---------------------------------------------------------------------------------------

Change = Callable[[bytes], bytes]


def rewrite(path: Path, changes: dict[str, Change | None], out: Path | None = None) -> Path:
    """The file with some parts changed; a part with None for a change is left out."""
    old = parts(path)
    assert set(changes) <= set(old), "a part to change is missing"
    out = out or path
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in old.items():
            change = changes.get(name, bytes)
            if change is not None:
                archive.writestr(name, change(data))
    return out


def _xlsx_cell(cell: etree._Element, kind: str, value: str) -> None:
    style = cell.get("s")
    address = cell.get("r")
    cell.clear()
    cell.set("r", address)
    if style:
        cell.set("s", style)
    marks = {"number": "n", "text": "inlineStr", "error": "e", "boolean": "b", "date": "d"}
    if kind == "blank":
        return
    cell.set("t", marks[kind])
    if kind == "text":
        etree.SubElement(etree.SubElement(cell, f"{MAIN}is"), f"{MAIN}t").text = value
    else:
        if kind == "error":
            etree.SubElement(cell, f"{MAIN}f").text = "1/0"
        etree.SubElement(cell, f"{MAIN}v").text = "1" if value == "true" else value


def _ods_cell(cell: etree._Element, kind: str, value: str) -> None:
    style = cell.get(f"{TABLE}style-name")
    cell.clear()
    cell.set(f"{TABLE}style-name", style)
    types = {"number": ("float", "value"), "boolean": ("boolean", "boolean-value"),
             "date": ("date", "date-value")}  # fmt: skip
    if kind in types:
        name, attribute = types[kind]
        cell.set(f"{OFFICE}value-type", name)
        cell.set(f"{OFFICE}{attribute}", value)
    elif kind in ("text", "error"):
        cell.set(f"{OFFICE}value-type", "string")
        if kind == "error":
            calcext = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
            cell.set(f"{TABLE}formula", "of:=1/0")
            cell.set(f"{calcext}value-type", "error")
        etree.SubElement(cell, f"{TEXT}p").text = value


def set_cells(
    path: Path, sheet: str, edits: dict[tuple[int, int], tuple[str, str]], out: Path | None = None
) -> Path:
    """The file with cells of one sheet replaced: place -> (kind, value).

    Kinds: number, text, blank, error, boolean ("true"), date ("2020-01-31").
    """
    left = dict(edits)

    def xlsx(data: bytes) -> bytes:
        tree = etree.fromstring(data)
        for cell in tree.iter(f"{MAIN}c"):
            if (edit := left.pop(place(cell.get("r")), None)) is not None:
                _xlsx_cell(cell, *edit)
        return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")

    def ods(data: bytes) -> bytes:
        tree = etree.fromstring(data)
        table = next(t for t in tree.iter(f"{TABLE}table") if t.get(f"{TABLE}name") == sheet)
        for row, column, cell in _ods_places(table):
            if (edit := left.pop((row, column), None)) is not None:
                _ods_cell(cell, *edit)
        return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")

    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            part = dict(_sheet_parts(archive))[sheet]
        result = rewrite(path, {part: xlsx}, out)
    else:
        result = rewrite(path, {"content.xml": ods}, out)
    assert not left, f"no such cells: {left}"
    return result
