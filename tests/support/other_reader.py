"""A reader of both formats that shares nothing with sheetnet, to judge damaged workbooks by.

Says what stands where as the XML has it, and where that is more than anyone can tell.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lxml import etree

from support.raw import MAIN, OFFICE, TABLE, TEXT

Tree = etree._Element
Grid = dict[tuple[int, int], list[Any]]
"""Place -> everything that stands there: more than one thing is more than anyone can tell."""

UNTOLD = "a formula without a value, which only an engine can tell"


@dataclass
class Found:
    """Names of workbook scope and cells of every sheet, as the XML has them."""

    names: dict[str, list[str]] = field(default_factory=dict)
    sheets: dict[str, list[Grid]] = field(default_factory=dict)
    broken: bytes = b""  # an ill-formed part, of which nobody can tell what stands where


def look(data: bytes) -> Found:
    """What a file holds. Raises anything for a file that this simple reader cannot take apart."""
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            with contextlib.suppress(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
                parts[name.lower()] = archive.read(name)  # xlsx takes part names without case
    return _look_ods(parts) if "mimetype" in parts else _look_xlsx(parts)


def _relations(parts: dict[str, bytes], name: str, folder: str) -> dict[str, tuple[str, str]]:
    root = etree.fromstring(parts[name])
    return {
        e.get("Id"): (e.get("Type"), (e.get("Target")[1:] if e.get("Target")[0] == "/" else
                                      folder + e.get("Target")).lower())
        for e in root if e.get("Type") and e.get("Target")
    }  # fmt: skip


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _look_xlsx(parts: dict[str, bytes]) -> Found:
    found = Found()
    (book,) = [part for kind, part in _relations(parts, "_rels/.rels", "").values()
               if kind.endswith("/officeDocument")]  # fmt: skip
    folder, _, name = book.rpartition("/")
    relations = _relations(parts, f"{folder}/_rels/{name}.rels", folder + "/")
    root = etree.fromstring(parts[book])
    for each in root.findall(f"{MAIN}definedNames/{MAIN}definedName"):
        if each.get("localSheetId") is None:
            found.names.setdefault(each.get("name", "").casefold(), []).append(_whole(each))
    strings: list[str] = []
    for kind, part in relations.values():
        if kind.endswith("/sharedStrings"):
            items = etree.fromstring(parts[part]).findall(f"{MAIN}si")
            strings = ["".join(_whole(t) for t in item.iter(f"{MAIN}t")) for item in items]
    for each in root.findall(f"{MAIN}sheets/{MAIN}sheet"):
        relation = "".join(v for k, v in each.items() if k.endswith("}id"))
        grid: Grid = {}
        part = parts.get(relations.get(relation, ("", ""))[1], b"<empty/>")
        found.sheets.setdefault(each.get("name"), []).append(grid)
        try:
            lines = etree.fromstring(part).iter(f"{MAIN}row")
        except etree.XMLSyntaxError:  # nothing but what is spelled out in full
            for letters, number, text in _SPELLED.findall(part.decode("utf-8", "replace")):
                grid.setdefault((int(number) - 1, _column(letters)), []).append(_float(text))
            continue
        row = -1
        for line in lines:
            given = line.get("r", str(row + 2))
            row = int(given) - 1 if given.isdecimal() else -1
            column = -1
            for cell in line.iter(f"{MAIN}c"):
                place = re.fullmatch(r"([A-Z]+)(\d+)|", cell.get("r", ""))
                if place is None:
                    continue
                column = column + 1 if not place[1] else _column(place[1])
                row = int(place[2] or row + 1) - 1
                value = cell.find(f"{MAIN}v")
                text = None if value is None else _whole(value)
                kind = cell.get("t", "n")
                if not text and cell.find(f"{MAIN}f") is not None:
                    grid.setdefault((row, column), []).append(UNTOLD)
                elif kind == "n" and text:
                    grid.setdefault((row, column), []).append(_float(text))
                elif kind == "s" and text and text.isdecimal() and int(text) < len(strings):
                    grid.setdefault((row, column), []).append(strings[int(text)])
                elif text or kind == "inlineStr":
                    grid.setdefault((row, column), []).append(_whole(cell))
    return found

_SPELLED = re.compile(r'<c r="([A-Z]{1,3})(\d{1,7})"[^<>]*><v>([^<>]*)</v>')


def _tree(data: bytes) -> Tree:
    """The tree, of ill-formed XML as much as can be made out."""
    return etree.fromstring(data, etree.XMLParser(recover=True, huge_tree=True))


def _is_broken(data: bytes) -> bool:
    try:
        etree.fromstring(data)
    except etree.XMLSyntaxError:
        return True
    return False


def spelled_out(data: bytes) -> list[float | str]:
    """Every number in an ill-formed part."""
    return [_float(text.decode()) for text in re.findall(rb'office:value="([-+.\de]+)"', data)]


def _float(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _whole(element: Tree) -> str:
    return str(element.xpath("string()"))


def _look_ods(parts: dict[str, bytes]) -> Found:
    found = Found()
    root = _tree(parts["content.xml"])
    if _is_broken(parts["content.xml"]):
        found.broken = parts["content.xml"]
    books = root.iter(f"{OFFICE}spreadsheet")
    book = next(each for each in books if each.find(f"{TABLE}table") is not None)
    for each in book.iterfind(f"{TABLE}named-expressions/{TABLE}named-range"):
        text = each.get(f"{TABLE}cell-range-address", "")
        found.names.setdefault(each.get(f"{TABLE}name", "").casefold(), []).append(text)
    for table in book.findall(f"{TABLE}table"):
        grid: Grid = {}
        row = 0
        for line in _own(table, f"{TABLE}table-row"):
            column = 0
            down = _count(line, "rows")
            for cell in _own(line, f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                across = _count(cell, "columns")
                kind = cell.get(f"{OFFICE}value-type")
                value: Any = None
                if kind in ("float", "percentage", "currency"):
                    value = _float(cell.get(f"{OFFICE}value", ""))
                elif kind == "string" and cell.get(f"{OFFICE}string-value") is None:
                    value = "\n".join("".join(p.itertext()) for p in cell.iter(f"{TEXT}p"))
                elif kind is not None:
                    value = (kind,)
                elif cell.get(f"{TABLE}formula") is not None:
                    value = UNTOLD
                if value is not None and down * across < 100_000:
                    for place in np.ndindex(down, across):
                        at = (row + place[0], column + place[1])
                        grid.setdefault(at, []).append(value)
                column += across
            row += down
        found.sheets.setdefault(table.get(f"{TABLE}name"), []).append(grid)
    return found


def _own(element: Tree, *tags: str) -> Iterator[Tree]:
    """Elements within, but not those of tables in cells."""
    table = f"{TABLE}table"
    home = element if element.tag == table else next(element.iterancestors(table))
    return (each for each in element.iter(*tags) if next(each.iterancestors(table)) is home)


def _count(element: Tree, what: str) -> int:
    given = element.get(f"{TABLE}number-{what}-repeated", "1")
    return int(given) if given.isdecimal() else 1


_NAMED = re.compile(
    r"((?:'(?:[^']|'')+'|[^'!.]+)[!.])\$([A-Z]+)\$(\d+)(?::(?:\.|\$?\1)?\$([A-Z]+)\$(\d+))?"
)


def named_cells(found: Found, name: str) -> list[Any] | None:
    """What stands in the cells of a name, row by row; None where this reader cannot tell."""
    texts = found.names.get(name.casefold(), [])
    match = _NAMED.fullmatch(texts[0].strip().lstrip("$")) if len(set(texts)) == 1 else None
    if match is None:
        return None
    sheet, left, top, right, bottom = match.groups()
    sheet = sheet[1:-2].replace("''", "'") if sheet[0] == "'" else sheet[:-1]
    grids = found.sheets.get(sheet, [])
    if len(grids) != 1:
        return None
    rows = sorted((int(top) - 1, int(bottom or top) - 1))
    columns = sorted((_column(left), _column(right or left)))
    if (rows[1] - rows[0] + 1) * (columns[1] - columns[0] + 1) > 10_000:
        return None
    several = [
        grids[0].get((row, column), [None])
        for row in range(rows[0], rows[1] + 1)
        for column in range(columns[0], columns[1] + 1)
    ]
    return [values[0] if len({*map(repr, values)}) == 1 else values for values in several]
