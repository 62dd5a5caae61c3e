"""Damage in the parts of a file that hold no cells: styles, settings, themes.

Knows: that a workbook can be read without them, and that other programs refuse it for their sake.
Does not know what stands in them, and leaves objects within an .ods alone: LibreOffice 7.4 cuts
charts off in saving, and opens what it saved.
"""

from __future__ import annotations

from sheetnet.errors import FileError
from sheetnet.reading.archive import Package
from sheetnet.reading.xml import FEW_TAGS, MAX_PART, scan_xml

_PASSED_OVER = ("xl/worksheets/sheet", "content.xml", "xl/sharedstrings", "object ")


def damaged_parts(package: Package) -> list[str]:
    """One sentence about the small XML parts that are damaged, or none; parts with cells are read
    elsewhere."""
    found: dict[str, str] = {}
    for name in package.names:
        if not name.lower().endswith((".xml", ".rels")) or name.lower().startswith(_PASSED_OVER):
            continue
        try:
            with package.open(name, FEW_TAGS) as stream:
                if stream.size <= MAX_PART:
                    scan_xml(stream, lambda tag, attributes: None)
        except FileError as problem:
            what = str(problem).removeprefix(f"{package.path}, ").partition("; expected")[0]
            found[name] = what.removeprefix(f"{name}: ")
    if not found:
        return []
    first, *others = found
    more = f" ({len(others)} more such parts)" if others else ""
    return [
        f"{first}{more}: {found[first]}: the file is damaged there, and some programs will not "
        "open it. Its numbers were read; save it anew from a spreadsheet program."
    ]
