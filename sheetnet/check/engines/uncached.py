"""A copy of a workbook from which the cached values of all formulas are gone.

Knows: where .xlsx and .ods keep a formula's cached value. Does not know: what formulas mean.
Gnumeric recalculates on request, but a cell that depends on itself keeps what the file says it
is; a copy without cached values leaves it nothing to keep.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

_XLSX_CACHED = re.compile(
    rb"(<(?:\w+:)?f\b[^>]*/>|</(?:\w+:)?f\s*>)\s*<((?:\w+:)?v)\b[^>]*>[^<]*</\2\s*>"
)
# Attribute values may hold a bare '>', as formulas do.
_ODS_CELL = re.compile(rb"""<table:table-cell(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))+""")
_ODS_CACHED = re.compile(
    rb"""\s(?:office|calcext):(?:value|string-value|boolean-value|date-value|time-value"""
    rb"""|value-type)\s*=\s*(?:"[^"]*"|'[^']*')"""
)


def _xlsx(part: bytes) -> bytes:
    return _XLSX_CACHED.sub(rb"\1", part)


def _ods(part: bytes) -> bytes:
    def cell(match: re.Match[bytes]) -> bytes:
        text = match.group()
        return _ODS_CACHED.sub(b"", text) if b" table:formula" in text else text

    return _ODS_CELL.sub(cell, part)


# suffix -> (which parts hold cells, how to take cached values out of one)
_FORMATS: dict[str, tuple[re.Pattern[str], Callable[[bytes], bytes]]] = {
    ".xlsx": (re.compile(r"xl/worksheets/[^/]+\.xml"), _xlsx),
    ".ods": (re.compile(r"content\.xml"), _ods),
}


def write_without_cached_values(source: Path, target: Path) -> None:
    """Copy the workbook, its formulas without values; `source`'s suffix says the format.

    Raises zipfile.BadZipFile when the file is not a zip archive.
    """
    parts, strip = _FORMATS[source.suffix.lower()]
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item.filename, strip(data) if parts.fullmatch(item.filename) else data)
