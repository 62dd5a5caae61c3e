"""The two dialects that print a formula tree: the one of .xlsx files and OpenFormula (.ods).

Knows: how each dialect writes references, ranges, names and arguments; where parentheses are
needed. Does not know what a formula is for. Each dialect is one table row.

A tree prints to a `Pattern`: text in which the row numbers (and, for transposed references, the
column letters) that change from row to row are single marker characters. One pattern serves all
rows of a block's column, which is what makes both writing and checking fast. Where columns differ
by letters alone, one text serves them all too (see `across`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.open_columns import Open, Run
from sheetnet.formulas.place import Area, Placement
from sheetnet.formulas.tree import (
    Binary,
    Call,
    Cell,
    I,
    Index,
    Name,
    Negative,
    Node,
    Number,
    Span,
)

# No formula contains these: control characters, which take one byte, then private use ones.
_ROW_MARKS = [*range(0x01, 0x09), *range(0x0E, 0x20), *range(0xE000, 0xE800)]
_FIRST_COLUMN_MARK = 0xF000


@dataclass
class Marks:
    """The marker characters of a row: what each becomes in sheet row r (counted from 0)."""

    rows: dict[int, str] = field(default_factory=dict)
    columns: dict[tuple[int, int], str] = field(default_factory=dict)

    def row(self, offset: int) -> str:
        """A mark for the row number r + offset + 1, as a sheet writes it."""
        return self.rows.setdefault(offset, chr(_ROW_MARKS[len(self.rows)]))

    def column(self, scale: int, offset: int) -> str:
        """A mark for the letters of column r * scale + offset."""
        mark = chr(_FIRST_COLUMN_MARK + len(self.columns))
        return self.columns.setdefault((scale, offset), mark)

    def fill(self, text: str, row: int) -> str:
        """`text` as it reads in sheet row `row` (from 0)."""
        return self.fill_bytes(text.encode(), row).decode()

    def fill_bytes(self, text: bytes, row: int) -> bytes:
        """The same for UTF-8."""
        for offset, mark in self.rows.items():
            text = text.replace(mark.encode(), b"%d" % (row + offset + 1))
        for (scale, offset), mark in self.columns.items():
            text = text.replace(mark.encode(), column_name(row * scale + offset).encode())
        return text


class Dialect(NamedTuple):
    """How one file format writes formulas."""

    name: Literal["xlsx", "openformula"]
    separator: str
    cell: Callable[[str, str], str]  # (sheet prefix, "$A$1") -> text
    span: Callable[[str, str, str], str]  # (sheet prefix, first corner, last corner) -> text
    sheet: Callable[[str], str]  # sheet name -> prefix


def _plain(sheet: str) -> bool:
    return sheet.isascii() and sheet.isidentifier()


def _quoted(sheet: str) -> str:
    return sheet if _plain(sheet) else "'" + sheet.replace("'", "''") + "'"


XLSX = Dialect(
    name="xlsx",
    separator=",",
    cell=lambda prefix, corner: prefix + corner,
    span=lambda prefix, first, last: f"{prefix}{first}:{last}",
    sheet=lambda sheet: _quoted(sheet) + "!",
)
OPENFORMULA = Dialect(
    name="openformula",
    separator=";",
    cell=lambda prefix, corner: f"[{prefix}.{corner}]",
    span=lambda prefix, first, last: f"[{prefix}.{first}:.{last}]",
    sheet=lambda sheet: "$" + _quoted(sheet),
)
DIALECTS = {"xlsx": XLSX, "ods": OPENFORMULA, "html": XLSX}
"""File format to the dialect of its formulas."""

# In a spreadsheet -3^2 is 9: a minus sign binds tighter than the power. So whatever follows a minus
# sign is wrapped unless it is a leaf, and a negative operand is wrapped everywhere but in front.
_STRENGTH = {"=": 0, ">": 0, ">=": 0, "+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_NEGATIVE = 1
_LEAF = 9


@dataclass(frozen=True)
class Printer:
    """Prints trees for cells whose block stands at `home`, against a placement of all blocks."""

    dialect: Dialect
    placement: Placement
    home: Area
    marks: Marks

    def text(self, tree: Node) -> str:
        """The tree's text, with marks for what changes from row to row; no leading '='."""
        return self._print(tree)[0]

    def runs(
        self, formula: Callable[[Index, Index], Node] | None, columns: int
    ) -> Iterator[tuple[Run, str]]:
        """A block's columns: each run of them with its formula's text, empty for no formula."""
        column, is_open = 0, True
        if formula is None:
            yield Run(0, columns), ""
            return
        while column < columns:
            run = Run(column, columns)
            if is_open:
                try:
                    text = self.text(formula(I, Index(Open(run), "j")))  # type: ignore[arg-type]
                except TypeError:  # the formula needs to know its column
                    is_open = False
            if not is_open:
                run = Run(column, column + 1)
                text = self.text(formula(I, Index(column, "j")))
            yield run, text
            column = run.stop

    def _print(self, tree: Node) -> tuple[str, int]:
        match tree:
            case Number(value):
                text = (
                    repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
                )
                return text, _NEGATIVE if value < 0 else _LEAF
            case Cell(block, row, column):
                area = self.placement[block]
                corner = self._corner(area, row, column)
                return self.dialect.cell(self._prefix(area), corner), _LEAF
            case Span(block, row, column, last_row, last_column):
                area = self.placement[block]
                first = self._corner(area, row, column)
                last = self._corner(area, last_row, last_column)
                return self.dialect.span(self._prefix(area), first, last), _LEAF
            case Name(block):
                return block, _LEAF
            case Negative(operand):
                return "-" + self._wrapped(operand, _LEAF), _NEGATIVE
            case Binary(operator, left, right):
                strength = _STRENGTH[operator]
                first = self._wrapped(left, strength)
                second = self._wrapped(right, strength + 1)
                return f"{first}{operator}{second}", strength
            case Call(function, arguments):
                inside = self.dialect.separator.join(self._print(a)[0] for a in arguments)
                return f"{function}({inside})", _LEAF
        raise TypeError(f"not a formula tree: {tree!r}")

    def _wrapped(self, tree: Node, needed: int) -> str:
        text, strength = self._print(tree)
        return text if strength >= needed else f"({text})"

    def _prefix(self, area: Area) -> str:
        return "" if area.sheet == self.home.sheet else self.dialect.sheet(area.sheet)

    def _corner(self, area: Area, row: Index, column: Index) -> str:
        if column.axis == "i":
            offset = area.column + column.value - column.scale * self.home.row
            letters = self.marks.column(column.scale, offset)
        else:
            letters = ("" if column.axis else "$") + _shown(area.column + column.value, True)
        if row.axis == "i":  # rows never move by more than one a row
            number = self.marks.row(area.row + row.value - self.home.row)
        else:
            number = ("" if row.axis else "$") + _shown(area.row + row.value, False)
        return letters + number


def _shown(place: int | Open, is_column: bool) -> str:
    """Letters or number of a place; a mark for one that moves with the block's own column."""
    if isinstance(place, Open):
        return place.run.mark(is_column, place.shift)
    return column_name(place) if is_column else str(place + 1)
