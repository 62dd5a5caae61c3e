"""Sheets and defined names of an opened workbook: what stands where.

Knows: the list of sheets and the names of workbook scope, in both formats. Does not know cells,
formulas (apart from reading one reference), or what a name means.

A copied sheet carries sheet-local twins of the names; they are left out here, so they never win.
Sources: ECMA-376 part 1, 18.2.5 and 18.2.19; ODF 1.3 part 3, 9.4.11 to 9.4.13.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from sheetnet.errors import FileError
from sheetnet.formulas.place import Area
from sheetnet.formulas.references import Dialect
from sheetnet.formulas.tokens import parse_reference
from sheetnet.reading.archive import Package
from sheetnet.reading.xml import FEW_TAGS, MAX_TAG, Reader, scan_xml, too_large

MAX_NAMES: Final = 100_000
MAX_NAMES_TEXT: Final = 16 * 2**20  # characters of all names and what they stand for
MAX_SHEETS: Final = 10_000

OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE: Final = "urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
SPREADSHEET: Final = f"{OFFICE}spreadsheet"
SHEET: Final = f"{TABLE}table"
EXPRESSIONS: Final = f"{TABLE}named-expressions"
KINDS: Final = {  # element to the attribute that says what its name stands for
    f"{TABLE}named-range": f"{TABLE}cell-range-address",
    f"{TABLE}named-expression": f"{TABLE}expression",
}
# LibreOffice keeps a copy of another file's cells in a table of a name like 'file:///x.ods'#Sheet.
EXTERNAL_SHEET: Final = re.compile(r"'.*'#")


@dataclass(frozen=True)
class Names:
    """Names of workbook scope. `areas`: those that denote one fixed rectangle; `broken`: the text
    of the others (constants, #REF!, several areas, relative references, defined twice); `several`:
    the rectangles of those that were defined more than once."""

    areas: dict[str, Area]
    broken: dict[str, str]
    several: dict[str, list[Area]] = field(default_factory=dict)


class XlsxSheet(NamedTuple):
    name: str
    visible: bool
    part: str


@dataclass(frozen=True)
class XlsxWorkbook:
    """What the main part of an xlsx lists; `names` are (name, text) of workbook scope."""

    sheets: list[XlsxSheet]
    names: list[tuple[str, str]]
    since_1904: bool  # day numbers count from 1904-01-01


_READ: WeakKeyDictionary[Package, XlsxWorkbook] = WeakKeyDictionary()


def read_workbook_part(package: Package) -> XlsxWorkbook:
    """The main part of an xlsx, parsed once. Raises FileError for duplicate or missing sheets and
    for names beyond the limits."""
    if package not in _READ:
        _READ[package] = _parsed(package)
    return _READ[package]


def _parsed(package: Package) -> XlsxWorkbook:
    relations = package.relations(package.main)
    sheets: list[XlsxSheet] = []
    names: list[tuple[str, str]] = []
    text: list[str] = []
    where = f"{package.path}, {package.main}"
    name: str | None = None
    since_1904, size = False, 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal name, since_1904
        text.clear()
        local = tag.rpartition("}")[2]
        if local == "definedName" and "localSheetId" not in attributes:
            name = attributes.get("name", "")
        elif local == "sheet":
            relation = next((v for k, v in attributes.items() if k.endswith("}id")), "")
            kind, part = relations.get(relation, ("", ""))
            if kind.endswith("/worksheet"):
                title = attributes.get("name", "")
                visible = attributes.get("state", "visible") == "visible"
                sheets.append(XlsxSheet(title, visible, part))
            elif not kind:
                raise FileError(f"{where}: sheet {attributes.get('name', '')[:60]!r} has no part; "
                                "expected a relation to one. Save the workbook anew.")
        elif local == "workbookPr":
            since_1904 = attributes.get("date1904", "0") in ("1", "true")

    def end(tag: str) -> None:
        nonlocal name, size
        if name is not None and tag.endswith("}definedName"):
            names.append((name, "".join(text)))
            size = _checked(len(names), size + len(name) + len(names[-1][1]), where)
            name = None
        text.clear()

    with package.open(package.main, FEW_TAGS) as stream:
        scan_xml(stream, start, end, text)
    _check_sheets([sheet.name for sheet in sheets], where)
    if len({sheet.part for sheet in sheets}) < len(sheets):
        raise FileError(f"{where}: two sheets are one and the same part; expected a part for each. "
                        "Save the workbook anew from a spreadsheet program.")
    return XlsxWorkbook(sheets, names, since_1904)


def _checked(count: int, size: int, where: str) -> int:
    if count > MAX_NAMES:
        raise too_large(where, f"more than {MAX_NAMES:,} defined names", MAX_NAMES)
    if size > MAX_NAMES_TEXT:
        raise too_large(where, "defined names of more text", MAX_NAMES_TEXT)
    return size


def _check_sheets(names: list[str], where: str) -> None:
    if len(names) > MAX_SHEETS:
        raise too_large(where, f"{len(names):,} sheets", MAX_SHEETS)
    # Not casefold(): "Maße" and "MASSE" are two sheets in every program
    if len({name.lower() for name in names}) < len(names):
        raise FileError(f"{where}: two sheets of one name; expected each name once. "
                        "Rename one in a spreadsheet program and save.")


def sheet_names(package: Package) -> list[tuple[str, bool]]:
    """(name, visible) of every sheet of cells, in order; chart sheets have no cells."""
    if package.format == "xlsx":
        return [(name, visible) for name, visible, _ in read_workbook_part(package).sheets]
    hidden: set[str] = set()
    found: list[tuple[str, str]] = []
    path: list[str] = []
    style = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal style
        if tag == SHEET:
            name = attributes.get(f"{TABLE}name", "")
            if path[-1:] == [SPREADSHEET] and not EXTERNAL_SHEET.match(name):
                found.append((name, attributes.get(f"{TABLE}style-name", "")))
        elif tag == f"{_STYLE}style":
            style = attributes.get(f"{_STYLE}name", "")
        elif tag == f"{_STYLE}table-properties" and attributes.get(f"{TABLE}display") == "false":
            hidden.add(style)
        path.append(tag)

    with package.open(package.main) as stream:
        scan_xml(stream, start, lambda _: path.pop())
    _check_sheets([name for name, _ in found], f"{package.path}, {package.main}")
    return [(name, style not in hidden) for name, style in found]


def defined_names(package: Package) -> Names:
    """Names of workbook scope, in the file's order.

    Raises FileError for more than 100,000 names or more than 16 MB of text in them.
    """
    if package.format == "xlsx":
        workbook = read_workbook_part(package)
        homes = {sheet.name.lower(): sheet.name for sheet in workbook.sheets}
        return _sorted_out(workbook.names, lambda text: xlsx_area(text, homes))
    return _sorted_out(_ods_names(package), ods_area)


def ods_names_in(stream: Reader) -> Names:
    """The same from the bytes of a content.xml."""
    return _sorted_out(_scan_names(stream), ods_area)


def _sorted_out(names: Iterable[tuple[str, str]], area_of: Callable[[str], Area | None]) -> Names:
    areas: dict[str, Area] = {}
    broken: dict[str, str] = {}
    several: dict[str, list[Area]] = {}
    seen: dict[str, tuple[str, str]] = {}
    for name, text in names:
        twin = seen.setdefault(name.casefold(), (name, text))
        if twin != (name, text):
            both = several.setdefault(twin[0], [])
            both += [area for area in (areas.pop(twin[0], None), area_of(text)) if area]
            broken[twin[0]] = f"{twin[1]} and {text}"
        elif (area := area_of(text)) is not None:
            areas[name] = area
        else:
            broken[name] = text
    return Names(areas, broken, several)


def _area(text: str, dialect: Dialect) -> Area | None:
    ref = parse_reference(text.strip(), dialect)
    if ref is None or ref.sheet is None or ref.sheet != ref.last_sheet:
        return None
    fixed = (ref.row_absolute, ref.column_absolute, ref.last_row_absolute, ref.last_column_absolute)
    if not all(fixed):  # means another rectangle in every cell that uses the name
        return None
    rows, columns = ref.last_row - ref.row + 1, ref.last_column - ref.column + 1
    return Area(ref.sheet, ref.row, ref.column, rows, columns)


def xlsx_area(text: str, homes: Mapping[str, str]) -> Area | None:
    """The fixed rectangle that a name's text denotes, its sheet spelt as in `homes` (from lower
    case); None for anything else and for one on a sheet that is not there, such as '[1]Training',
    which is in another workbook."""
    area = _area(text, "xlsx")
    if area is None or area.sheet.lower() not in homes:
        return None
    return replace(area, sheet=homes[area.sheet.lower()])


def ods_area(text: str) -> Area | None:
    """The fixed rectangle that a name's text denotes, or None."""
    text = text.strip().removeprefix("of:").removeprefix("oooc:").removeprefix("=")
    if text.startswith("msoxl:="):
        return _area(text.removeprefix("msoxl:="), "xlsx")
    return _area(text if text.startswith("[") else f"[{text}]", "openformula")


class _Found(Exception):
    """The first sheet: what stands before it has been read."""


def _ods_names(package: Package) -> list[tuple[str, str]]:
    where = f"{package.path}, {package.main}"
    with package.open(package.main) as stream:
        tail = _tail(stream)
    if tail is not None:
        try:
            return _scan_names(Reader(io.BytesIO(tail), where, len(tail)))
        except FileError:
            pass  # the short cut does not fit this file, or it is damaged: the whole will tell
    with package.open(package.main) as stream:
        return _scan_names(stream)


def _scan_names(stream: Reader) -> list[tuple[str, str]]:
    names: list[tuple[str, str]] = []
    path: list[str] = []
    size = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal size
        if tag in KINDS and path[-2:] == [SPREADSHEET, EXPRESSIONS]:
            name, text = attributes.get(f"{TABLE}name", ""), attributes.get(KINDS[tag], "")
            names.append((name, text))
            size = _checked(len(names), size + len(name) + len(text), stream.where)
        path.append(tag)

    scan_xml(stream, start, lambda _: path.pop())
    return names


def _tail(stream: Reader) -> bytes | None:
    """What follows the last sheet, in elements like those around it; None if that is uncertain.

    The names of workbook scope follow the last sheet, so the sheets need no parsing. A `<` stands
    only in tags, comments, CDATA and instructions; the latter three would have to close in the
    tail, so a tail without their ends has been cut at a true end tag.
    """
    head = stream.read(MAX_TAG // 4)
    prefixes: dict[str, str] = {}
    around: list[str] = []

    def namespace(prefix: str | None, uri: str) -> None:
        prefixes[uri + "}"] = f"{prefix}:" if prefix else ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == SHEET:
            raise _Found
        around.append(tag)

    try:
        scan_xml(Reader(io.BytesIO(head), "", len(head)), start, lambda _: around.pop(),
                 namespace=namespace)
    except _Found:
        pass
    except FileError:
        return None
    encoding = re.match(rb"<\?xml[^>]*encoding\s*=\s*['\"]([^'\"]*)", head)
    if around[-1:] != [SPREADSHEET] or (encoding and encoding[1].lower() != b"utf-8"):
        return None
    if not all("}" in tag for tag in around):  # an element of no namespace
        return None
    mark = f"</{prefixes[TABLE]}table>".encode()
    tail, chunk = b"", head[head.find(mark.replace(b"/", b"")[:-1]) :]
    while chunk:
        chunk = tail + chunk
        if b"xmlns" in chunk:  # a prefix may mean something else here
            return None
        cut = chunk.rfind(mark)
        tail = chunk[cut + len(mark) :] if cut >= 0 else chunk
        if len(tail) > MAX_TAG + len(head):
            tail = tail[-MAX_TAG:]  # inside a long sheet: its end is yet to come
        chunk = stream.read(MAX_TAG // 4)
    if not tail.lstrip().startswith(b"<") or any(end in tail for end in (b"-->", b"]]>", b"?>")):
        return None
    qualified = [prefixes[uri + "}"] + local for uri, _, local in
                 (tag.rpartition("}") for tag in around)]
    declared = "".join(f' xmlns{":" * bool(prefix)}{prefix[:-1]}="{uri[:-1]}"'
                       for uri, prefix in prefixes.items())
    opening = f"<{qualified[0]}{declared}>" + "".join(f"<{name}>" for name in qualified[1:])
    return opening.encode() + tail
