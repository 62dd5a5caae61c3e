"""Names that belong to one sheet: what a copied sheet takes along.

Knows: where both formats keep them. Does not know names of workbook scope, which go first: see
`defined_names`. Sources: ECMA-376 part 1, 18.2.5; ODF 1.3 part 3, 9.4.11.
"""

from __future__ import annotations

from collections.abc import Iterable

from sheetnet.formulas.place import Area
from sheetnet.reading.archive import Package
from sheetnet.reading.defined_names import (
    EXPRESSIONS,
    KINDS,
    MAX_NAMES,
    SHEET,
    TABLE,
    ods_area,
    xlsx_area,
)
from sheetnet.reading.xml import FEW_TAGS, scan_xml, too_large

Local = dict[str, dict[str, Area]]
"""Sheet to its own names and the areas that they denote; those of no fixed area are left out."""


def local_names(package: Package) -> Local:
    """The names of every sheet that has some. Raises FileError as `defined_names` does."""
    return _xlsx(package) if package.format == "xlsx" else _ods(package)


def _xlsx(package: Package) -> Local:
    sheets: list[str] = []
    found: list[tuple[str, str, str]] = []  # the sheet's number, the name, its text
    text: list[str] = []
    open_name: tuple[str, str] | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal open_name
        text.clear()
        local = tag.rpartition("}")[2]
        if local == "sheet":
            sheets.append(attributes.get("name", ""))
        elif local == "definedName" and "localSheetId" in attributes:
            open_name = attributes["localSheetId"], attributes.get("name", "")

    def end(tag: str) -> None:
        nonlocal open_name
        if open_name is not None and tag.endswith("}definedName"):
            found.append((*open_name, "".join(text)))
            open_name = None
            _count(len(found), package)
        text.clear()

    with package.open(package.main, FEW_TAGS) as stream:
        scan_xml(stream, start, end, text)
    numbers = {str(number): name for number, name in enumerate(sheets)}
    homes = {name.lower(): name for name in sheets}
    return _sorted_out(
        (numbers[number], name, xlsx_area(text, homes))
        for number, name, text in found
        if number in numbers
    )


def _ods(package: Package) -> Local:
    found: list[tuple[str, str, str]] = []
    path: list[str] = []
    sheet = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal sheet
        if tag == SHEET:
            sheet = attributes.get(f"{TABLE}name", "")
        elif tag in KINDS and path[-2:] == [SHEET, EXPRESSIONS]:
            name, text = attributes.get(f"{TABLE}name", ""), attributes.get(KINDS[tag], "")
            found.append((sheet, name, text))
            _count(len(found), package)
        path.append(tag)

    with package.open(package.main) as stream:
        scan_xml(stream, start, lambda _: path.pop())
    return _sorted_out((sheet, name, ods_area(text)) for sheet, name, text in found)


def _count(number: int, package: Package) -> None:
    if number > MAX_NAMES:
        raise too_large(f"{package.path}, {package.main}", "more names of sheets", MAX_NAMES)


def _sorted_out(found: Iterable[tuple[str, str, Area | None]]) -> Local:
    local: Local = {}
    for sheet, name, area in found:
        if area is not None:
            local.setdefault(sheet, {}).setdefault(name, area)
    return local
