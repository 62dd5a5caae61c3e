"""Damage in the parts of a file that hold no cells: styles, settings, charts.

Knows: that a workbook can be read without them, and that other programs refuse it for their sake.
Does not know what stands in them.
"""

from __future__ import annotations

from sheetnet.errors import FileError
from sheetnet.reading.archive import Package
from sheetnet.reading.xml import FEW_TAGS, MAX_PART, scan_xml

_CELLS = ("xl/worksheets/sheet", "content.xml", "xl/sharedstrings")


def damaged_parts(package: Package) -> list[str]:
    """One line for each small XML part that is damaged; parts with cells are read elsewhere."""
    found = []
    for name in package.names:
        if not name.lower().endswith((".xml", ".rels")) or name.lower().startswith(_CELLS):
            continue
        try:
            with package.open(name, FEW_TAGS) as stream:
                if stream.size <= MAX_PART:
                    scan_xml(stream, lambda tag, attributes: None)
        except FileError as problem:
            what = str(problem).removeprefix(f"{package.path}, ").partition("; expected")[0]
            found.append(
                f"{what}: the file is damaged there, and some programs will not open it. Its "
                "numbers were read; save it anew from a spreadsheet program."
            )
    return found
