"""A copy of a workbook in which every formula's cached value is one text that means "not computed".

Knows: where .xlsx and .ods keep a formula's cached value. Does not know: what formulas mean.
Gnumeric recalculates on request, but where a cell depends on itself, or where it does not
understand a formula in an .ods file, it keeps what the file says the value is. In the copy that
is the marker, which no formula gives, so what was not computed shows.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

MARKER = "sheetnet:not-computed"

# A cell's start, its formula, and the cached value if there is one; names may bear a prefix.
_XLSX_CELL = re.compile(
    rb"<((?:\w+:)?)c\b([^>]*)>\s*(<\1f\b[^>]*/>|<\1f\b[^>]*>[^<]*</\1f\s*>)"
    rb"\s*(?:<\1v\b[^>]*/>|<\1v\b[^>]*>[^<]*</\1v\s*>)?"
)
_XLSX_TYPE = re.compile(rb"""\st\s*=\s*(?:"[^"]*"|'[^']*')""")
# Attribute values may hold a bare '>', as formulas do.
_ODS_CELL = re.compile(rb"""<table:table-cell(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))+""")
_ODS_CACHED = re.compile(
    rb"""\s(?:office|calcext):(?:value|string-value|boolean-value|date-value|time-value"""
    rb"""|value-type)\s*=\s*(?:"[^"]*"|'[^']*')"""
)
_ODS_MARKED = f' office:value-type="string" office:string-value="{MARKER}"'.encode()


def _xlsx(part: bytes) -> bytes:
    def cell(match: re.Match[bytes]) -> bytes:
        prefix, attributes, formula = match.groups()
        kept = _XLSX_TYPE.sub(b"", attributes)
        value = b"<%bv>%b</%bv>" % (prefix, MARKER.encode(), prefix)
        return b'<%bc%b t="str">%b%b' % (prefix, kept, formula, value)

    return _XLSX_CELL.sub(cell, part)


def _ods(part: bytes) -> bytes:
    def cell(match: re.Match[bytes]) -> bytes:
        start = match.group()
        if b"table:formula" not in start:
            return start
        return _ODS_CACHED.sub(b"", start) + _ODS_MARKED

    return _ODS_CELL.sub(cell, part)


# suffix -> (which parts hold cells, how to mark the cached values in one)
_FORMATS: dict[str, tuple[re.Pattern[str], Callable[[bytes], bytes]]] = {
    ".xlsx": (re.compile(r"xl/worksheets/[^/]+\.xml"), _xlsx),
    ".ods": (re.compile(r"content\.xml"), _ods),
}


def write_without_cached_values(source: Path, target: Path, suffix: str) -> None:
    """Copy the workbook, MARKER for every formula's value; `suffix` is that of its format.

    Raises zipfile.BadZipFile or zlib.error when the archive is damaged.
    """
    parts, mark = _FORMATS[suffix]
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item.filename, mark(data) if parts.fullmatch(item.filename) else data)
