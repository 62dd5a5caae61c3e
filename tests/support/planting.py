"""Changes to a workbook as text in its XML, and what a formula is worth in plain Python.

Knows: where .xlsx and .ods keep a cell's formula, its number and its cached value. Uses none of
sheetnet's readers or writers of files, so a check that is tested with it is not its own witness;
only the translation between the two dialects is borrowed. Every change must really change the
file, and touches nothing but the cell it names.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr, unescape

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.formulas.tokens import tokenise
from sheetnet.formulas.translate import translate
from sheetnet.formulas.tree import Reference


class At(NamedTuple):
    """A cell; row and column count from 0."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"{self.sheet}!{self.a1}"

    @property
    def a1(self) -> str:
        return f"{column_name(self.column)}{self.row + 1}"


# --- what a test does -------------------------------------------------------------------------


def plant(path: Path, at: At, formula: str) -> str:
    """Put a formula (xlsx dialect, no '=') into a cell, whose cached value stays as it is.

    Returns the text as the file holds it, in the file's own dialect.
    """
    if path.suffix == ".ods":
        formula = translate(formula, "xlsx", "openformula", at.sheet)
    plant_text(path, at, formula)
    return formula


def plant_text(path: Path, at: At, formula: str) -> None:
    """The same, with the formula's text as the file is to hold it."""
    _edit(path, at, lambda cell: _FORMATS[path.suffix].with_formula(cell, formula))


def type_number(path: Path, at: At, number: float | str) -> None:
    """Type a number into a cell; a formula that stands there is gone."""
    _edit(path, at, lambda cell: _FORMATS[path.suffix].with_number(cell, str(number)))


def clear(path: Path, at: At) -> None:
    """Empty a cell, as the delete key does."""
    _edit(path, at, lambda cell: {".xlsx": "", ".ods": "<table:table-cell/>"}[path.suffix])


def formula_at(path: Path, at: At) -> str:
    """The formula's text as the file holds it, without '=' or prefix; KeyError if there is none."""
    found: list[str] = []

    def look(cell: str) -> str:
        found.append(_FORMATS[path.suffix].formula(cell))
        return cell

    _on_cell(path, at, look)
    return found[0]


def number_at(path: Path, at: At) -> float:
    """The number in a cell, cached or typed."""
    found: list[float] = []

    def look(cell: str) -> str:
        found.append(_FORMATS[path.suffix].number(cell))
        return cell

    _on_cell(path, at, look)
    return found[0]


def save_value(path: Path, at: At, new: str, replacing: str | None = None) -> None:
    """Let a formula's cell show another saved value; its formula stays.

    `new` is a number in digits, or with a pattern `replacing` the text of the file in its place.
    """
    own = _FORMATS[path.suffix]

    def changed(cell: str) -> str:
        assert own.has_formula(cell), f"{at} holds no formula"
        if replacing is None:
            return own.with_cached(cell, new)
        return re.sub(new, lambda _: replacing, cell, count=1)

    _edit(path, at, changed)


def falsify(path: Path, value: str) -> int:
    """Replace the cached value of every formula by `value`; how many there were."""
    count = 0
    own = _FORMATS[path.suffix]

    def change(match: re.Match[str]) -> str:
        nonlocal count
        cell = match.group()
        if not own.has_formula(cell):
            return cell
        count += 1
        return own.with_cached(cell, value)

    parts = [name for name in _parts(path) if own.part.fullmatch(name)]
    rewrite(path, {name: lambda text: own.cell.sub(change, text) for name in parts})
    return count


# --- one cell in each format ------------------------------------------------------------------

# Attribute values may hold a bare '>', as formulas do.
_ATTRIBUTES = r"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*"""


class _Format(NamedTuple):
    part: re.Pattern[str]
    cell: re.Pattern[str]
    has_formula: Callable[[str], bool]
    formula: Callable[[str], str]
    number: Callable[[str], float]
    with_formula: Callable[[str, str], str]
    with_number: Callable[[str, str], str]
    with_cached: Callable[[str, str], str]


_F = re.compile(r"<f\b([^>]*?)(?:/>|>(.*?)</f>)", re.DOTALL)
_V = re.compile(r"<v>(.*?)</v>")
_OF = re.compile(r'\stable:formula="of:=([^"]*)"')
_VALUE = re.compile(r'\soffice:value="([^"]*)"')
_ENTITIES = {"&quot;": '"', "&apos;": "'"}


def _xlsx_formula(cell: str) -> str:
    match = _F.search(cell)
    if match is None or not match[2]:
        raise KeyError(f"no formula text in {cell}")
    return unescape(match[2], _ENTITIES)


def _xlsx_with_formula(cell: str, formula: str) -> str:
    old = _F.search(cell)
    if old is not None and 't="shared"' in old[1]:
        raise ValueError("a shared formula: others read it too")
    new = f"<f>{escape(formula)}</f>"
    bare = _F.sub("", cell)
    return re.sub(r"(<c\b[^>]*>)", lambda start: start[1] + new, bare, count=1)


def _ods_formula(cell: str) -> str:
    match = _OF.search(cell)
    if match is None:
        raise KeyError(f"no formula in {cell}")
    return unescape(match[1], _ENTITIES)


def _ods_with_formula(cell: str, formula: str) -> str:
    start = "<table:table-cell"
    assert cell.startswith(start)
    attribute = f" table:formula={quoteattr('of:=' + formula, {chr(34): '&quot;'})}"
    return start + attribute + _OF.sub("", cell).removeprefix(start)


_FORMATS: dict[str, _Format] = {
    ".xlsx": _Format(
        part=re.compile(r"xl/worksheets/[^/]+\.xml"),
        cell=re.compile(r"<c\b[^>]*?(?:/>|>.*?</c>)", re.DOTALL),
        has_formula=lambda cell: _F.search(cell) is not None,
        formula=_xlsx_formula,
        number=lambda cell: float(_V.search(cell)[1]),  # type: ignore[index]
        with_formula=_xlsx_with_formula,
        with_number=lambda cell, digits: _V.sub(f"<v>{digits}</v>", _F.sub("", cell)),
        with_cached=lambda cell, digits: _V.sub(f"<v>{digits}</v>", cell),
    ),
    ".ods": _Format(
        part=re.compile(r"content\.xml"),
        cell=re.compile(rf"<table:table-cell{_ATTRIBUTES}"),
        has_formula=lambda cell: "table:formula=" in cell,
        formula=_ods_formula,
        number=lambda cell: float(_VALUE.search(cell)[1]),  # type: ignore[index]
        with_formula=_ods_with_formula,
        with_number=lambda cell, digits: _VALUE.sub(
            f' office:value="{digits}"', re.sub(r"<text:p>.*?</text:p>", "", _OF.sub("", cell))
        ),
        with_cached=lambda cell, digits: _VALUE.sub(f' office:value="{digits}"', cell),
    ),
}


# --- finding the cell, and writing the file again ---------------------------------------------


def _parts(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def _part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def rewrite(path: Path, changes: Mapping[str, Callable[[str], str]]) -> None:
    with zipfile.ZipFile(path) as archive:
        items = [(item, archive.read(item)) for item in archive.infolist()]
    before = [data for _, data in items]
    after = [
        changes[item.filename](data.decode()).encode() if item.filename in changes else data
        for item, data in items
    ]
    assert before != after, f"{path.name} was to be changed and is the same"
    with zipfile.ZipFile(path, "w") as archive:
        for (item, _), data in zip(items, after, strict=True):
            archive.writestr(item, data, compress_type=item.compress_type)


def _edit(path: Path, at: At, change: Callable[[str], str]) -> None:
    part, text = _on_cell(path, at, change)
    rewrite(path, {part: lambda old: text})


def _on_cell(path: Path, at: At, change: Callable[[str], str]) -> tuple[str, str]:
    """The part that holds a cell, and its text with the cell's element put through `change`."""
    if path.suffix == ".ods":
        return "content.xml", _ods_changed(_part(path, "content.xml"), at, change)
    part = _xlsx_part(path, at.sheet)
    text = _part(path, part)
    cell = re.search(rf'<c r="{at.a1}"[^>]*?(?:/>|>.*?</c>)', text, re.DOTALL)
    if cell is None:
        raise KeyError(f"no cell {at}")
    return part, text[: cell.start()] + change(cell.group()) + text[cell.end() :]


def _xlsx_part(path: Path, sheet: str) -> str:
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    book = ElementTree.fromstring(_part(path, "xl/workbook.xml"))
    wanted = {
        each.get("name"): each.get(relation) for each in book.iter() if each.tag.endswith("}sheet")
    }[sheet]
    for each in ElementTree.fromstring(_part(path, "xl/_rels/workbook.xml.rels")):
        if each.get("Id") == wanted:
            return "xl/" + str(each.get("Target")).removeprefix("/xl/")
    raise KeyError(sheet)


_ROW = re.compile(rf"<table:table-row({_ATTRIBUTES})(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
_CELL = re.compile(
    rf"<table:((?:covered-)?table-cell)({_ATTRIBUTES})(?:/>|>(.*?)</table:\1>)", re.DOTALL
)
_TABLE = re.compile(rf"<table:table({_ATTRIBUTES})>(.*?)</table:table>", re.DOTALL)


def _ods_changed(text: str, at: At, change: Callable[[str], str]) -> str:
    tables = (m for m in _TABLE.finditer(text) if _attribute(m[1], "name") == at.sheet)
    table = next(tables)
    row = _counted(_ROW, text, table.start(2), table.end(2), "number-rows-repeated", at.row, 1)
    cell = _counted(_CELL, text, row.start(2), row.end(2), "number-columns-repeated", at.column, 2)
    return text[: cell.start()] + change(cell.group()) + text[cell.end() :]


def _counted(
    kind: re.Pattern[str], text: str, start: int, end: int, repeat: str, wanted: int, group: int
) -> re.Match[str]:
    """The element that stands at position `wanted`, and there alone."""
    position = 0
    for match in kind.finditer(text, start, end):
        times = int(_attribute(match[group], repeat) or 1)
        if position <= wanted < position + times:
            if times > 1:
                raise ValueError(f"one element stands for {times} cells or rows")
            return match
        position += times
    raise KeyError(f"nothing at {wanted}")


def _attribute(attributes: str, name: str) -> str | None:
    match = re.search(rf'\stable:{name}="([^"]*)"', attributes)
    return unescape(match[1], _ENTITIES) if match else None


# --- what a formula is worth ------------------------------------------------------------------

Table = list[list[float]]


def worth(
    formula: str,
    at: At,
    cell: Callable[[str, int, int], float],
    names: Mapping[str, float | Table],
) -> float:
    """A formula's value by Python's own arithmetic; `cell` gives the numbers that it refers to.

    Only for what these formulas hold: `-x^2`, which Python reads otherwise, must not occur.
    """

    def area(ref: Reference) -> Table:
        sheet = at.sheet if ref.sheet is None else ref.sheet
        return [
            [cell(sheet, row, column) for column in range(ref.column, ref.last_column + 1)]
            for row in range(ref.row, ref.last_row + 1)
        ]

    scope: dict[str, Any] = dict(_FUNCTIONS)
    out: list[str] = []
    for token in tokenise(formula, "xlsx"):
        if token.reference is not None:
            ref = token.reference
            key = f"_{len(scope)}"
            scope[key] = area(ref) if ref.area else area(ref)[0][0]
            out.append(key)
        elif token.kind == "name":
            scope[token.text] = names[token.text]
            out.append(token.text)
        else:
            out.append({"^": "**", "func": f"{token.text}"}.get(token.text, token.text))
    return float(eval("".join(out), {"__builtins__": {}}, scope))


def _flat(*parts: float | Table) -> list[float]:
    """Numbers and tables in a row."""
    rows = [row for part in parts for row in (part if isinstance(part, list) else [[part]])]
    return [number for row in rows for number in row]


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "EXP": math.exp,
    "LN": math.log,
    "TANH": math.tanh,
    "ABS": abs,
    "MOD": lambda a, b: a % b,
    "IF": lambda condition, yes, no: yes if condition else no,
    "MAX": lambda *parts: max(_flat(*parts)),
    "MIN": lambda *parts: min(_flat(*parts)),
    "SUM": lambda *parts: math.fsum(_flat(*parts)),
    "SUMPRODUCT": lambda a, b: math.fsum(x * y for x, y in zip(_flat(a), _flat(b), strict=True)),
    "MATCH": lambda wanted, where, _: _flat(where).index(wanted) + 1,
    "INDEX": lambda table, row, column=1: table[int(row) - 1][int(column) - 1],
}


def redirect(path: Path, name: str, area: Area) -> None:
    """Let a defined name stand for another range; cells stay as they are."""
    corners = [
        (area.row, area.column),
        (area.row + area.rows - 1, area.column + area.columns - 1),
    ]
    absolute = [f"${column_name(column)}${row + 1}" for row, column in corners]
    if path.suffix == ".ods":
        text = ":".join(f"${area.sheet}.{each}" for each in absolute)
        pattern = rf'(table:name="{name}"[^>]*?table:cell-range-address=")[^"]*'
        part = "content.xml"
    else:
        text = f"{area.sheet}!{':'.join(dict.fromkeys(absolute))}"
        pattern, part = rf'(<definedName name="{name}"[^>]*>)[^<]*', "xl/workbook.xml"

    def changed(content: str) -> str:
        new, count = re.subn(pattern, lambda match: match[1] + text, content)
        if not count:  # the attributes stand in another order
            new, count = re.subn(
                rf'(table:cell-range-address=")[^"]*("[^>]*?table:name="{name}")',
                lambda match: match[1] + text + match[2],
                content,
            )
        assert count == 1, f"{name} is defined {count} times"
        return new

    rewrite(path, {part: changed})


def part(area: Area, row: int, column: int, rows: int, columns: int) -> Area:
    return area.part(row, column, rows, columns)
