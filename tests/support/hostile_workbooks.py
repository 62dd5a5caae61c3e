"""Workbooks of ours in which one thing is made to hurt: parts, cells and names replaced."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

Parts = dict[str, bytes]
Make = Callable[[Parts, str], bytes]
PLACES = {  # part that the reader needs, in each format
    "names": {".xlsx": "xl/workbook.xml", ".ods": "content.xml"},
    "cells": {".xlsx": "xl/worksheets/sheet2.xml", ".ods": "content.xml"},
    "texts": {".xlsx": "xl/sharedStrings.xml", ".ods": "content.xml"},
    "relations": {".xlsx": "xl/_rels/workbook.xml.rels", ".ods": "content.xml"},
    "styles": {".xlsx": "xl/styles.xml", ".ods": "content.xml"},
    "list": {".xlsx": "[Content_Types].xml", ".ods": "META-INF/manifest.xml"},
}


def zipped(parts: Parts, more: Parts | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in (parts | (more or {})).items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def changed(place: str, change: Callable[[bytes], bytes]) -> Make:
    """A part with something done to it."""

    def make(parts: Parts, suffix: str) -> bytes:
        name = PLACES[place][suffix]
        new = change(parts[name])
        assert new != parts[name]
        return zipped(parts | {name: new})

    return make


def with_cells(xlsx: bytes, ods: bytes) -> Make:
    """Rows at the end of Training."""

    def make(parts: Parts, suffix: str) -> bytes:
        name = PLACES["cells"][suffix]
        data = parts[name]
        if suffix == ".xlsx":
            new = data.replace(b"</sheetData>", xlsx + b"</sheetData>")
        else:
            start = data.index(b'table:name="Training"')
            end = data.index(b"</table:table>", start)
            new = data[:end] + ods + data[end:]
        return zipped(parts | {name: new})

    return make


def with_names(count: int) -> Make:
    """So many names more."""
    ods = b'<table:named-range table:name="n%d" table:cell-range-address="$Step.$A$1"/>'
    xlsx = b'<definedName name="n%d">Step!$A$1</definedName>'

    def make(parts: Parts, suffix: str) -> bytes:
        name = PLACES["names"][suffix]
        text, end = {
            ".xlsx": (xlsx, b"</definedNames>"), ".ods": (ods, b"</table:named-expressions>")
        }[suffix]
        many = b"".join([text % k for k in range(count)])
        return zipped(parts | {name: parts[name].replace(end, many + end)})

    return make
