"""The two dialects that print a formula tree: the one of .xlsx files and OpenFormula (.ods).

Knows: how each dialect writes references, ranges, names and arguments; where parentheses are
needed. Does not know what a formula is for. Each dialect is one table row. `parse` is the way back.

A tree of blocks prints to a pattern: text in which the row numbers (and, for transposed references,
the column letters) that change from row to row are single marker characters. One pattern serves
all rows of a block's column, which is what makes both writing and checking fast. Where columns
differ by letters alone, one text serves them all too (see `open_columns`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sheetnet.errors import FileError
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.functions import FUNCTIONS
from sheetnet.formulas.open_columns import Open, Run
from sheetnet.formulas.place import Area, Placement
from sheetnet.formulas.references import print_reference, quote_sheet
from sheetnet.formulas.tree import (
    Address,
    Array,
    Binary,
    Call,
    Cell,
    ErrorValue,
    I,
    Index,
    Missing,
    Name,
    Negative,
    Node,
    Number,
    Percent,
    Positive,
    Span,
    Text,
    fold,
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
    row_separator: str  # between the rows of an inline array
    symbols: dict[str, str]  # operators that are written otherwise than a tree names them
    cell: Callable[[str, str], str]  # (sheet prefix, "$A$1") -> text
    span: Callable[[str, str, str], str]  # (sheet prefix, first corner, last corner) -> text
    sheet: Callable[[str], str]  # sheet name -> prefix


XLSX = Dialect(
    name="xlsx",
    separator=",",
    row_separator=";",
    symbols={"!": " ", "~": ","},
    cell=lambda prefix, corner: prefix + corner,
    span=lambda prefix, first, last: f"{prefix}{first}:{last}",
    sheet=lambda sheet: quote_sheet(sheet, "xlsx") + "!",
)
OPENFORMULA = Dialect(
    name="openformula",
    separator=";",
    row_separator="|",
    symbols={},
    cell=lambda prefix, corner: f"[{prefix}.{corner}]",
    span=lambda prefix, first, last: f"[{prefix}.{first}:.{last}]",
    sheet=lambda sheet: "$" + quote_sheet(sheet, "openformula"),
)
DIALECTS = {"xlsx": XLSX, "ods": OPENFORMULA, "html": XLSX}
"""File format to the dialect of its formulas."""

# In a spreadsheet -3^2 is 9: a minus sign binds tighter than the power. So whatever follows a minus
# sign is wrapped unless it is a leaf, and a negative operand is wrapped everywhere but in front.
_STRENGTH = {"=": 0, "<>": 0, "<": 0, "<=": 0, ">": 0, ">=": 0, "&": 1, "+": 2, "-": 2, "*": 3,
             "/": 3, "^": 4, "~": 7, "!": 8, ":": 9}  # fmt: skip
_NEGATIVE = 2
_PERCENT = 5
_LEAF = 10
_ALONE = -1  # wrapped wherever it is an operand or an argument
_Printed = tuple[str, int]  # a text, and how tightly it holds together


def _wrapped(printed: _Printed, needed: int) -> str:
    text, strength = printed
    return text if strength >= needed else f"({text})"


def print_node(tree: Node, operands: list[_Printed], dialect: Dialect, own: str) -> _Printed:
    """One node, given its printed operands: what needs no placement. `own` is the formula's sheet.

    Raises FileError for a name that the dialect cannot write.
    """
    match tree:
        case Number(value):
            text = repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
            return text, _NEGATIVE if value < 0 else _LEAF
        case Address(reference):
            return print_reference(reference, dialect.name, own), _LEAF
        case Name(name, None):
            return name, _LEAF
        case Negative():
            return "-" + _wrapped(operands[0], _LEAF), _NEGATIVE
        case Binary(operator):
            strength = _STRENGTH[operator]
            first = _wrapped(operands[0], strength)
            second = _wrapped(operands[1], strength + 1)
            is_union = operator == "~" and dialect.name == "xlsx"  # "," would part arguments
            text = f"{first}{dialect.symbols.get(operator, operator)}{second}"
            return text, _ALONE if is_union else strength
        case Call("TRUE" | "FALSE" as truth, ()) if dialect.name == "xlsx":
            return truth, _LEAF
        case Call():
            inside = dialect.separator.join([_wrapped(each, 0) for each in operands])
            return f"{_spelt(tree, dialect)}({inside})", _LEAF
        case Text(words):
            doubled = words.replace('"', '""')
            return f'"{doubled}"', _LEAF
        case Percent():
            return _wrapped(operands[0], _PERCENT) + "%", _PERCENT
        case Positive():
            return "+" + _wrapped(operands[0], _LEAF), _ALONE
        case ErrorValue(value):
            return value, _LEAF
        case Missing():
            return "", _LEAF
        case Array(rows):
            lines = (  # in arrays OpenFormula too has TRUE without parentheses
                dialect.separator.join(print_node(each, [], XLSX, own)[0] for each in row)
                for row in rows
            )
            return "{" + dialect.row_separator.join(lines) + "}", _LEAF
        case Name(name, sheet):
            if sheet is None or sheet.casefold() == own.casefold():
                return name, _LEAF
            if dialect.name == "xlsx":
                return f"{quote_sheet(sheet, 'xlsx')}!{name}", _LEAF
            raise FileError(f"{name} is another sheet's name")
    raise TypeError(f"not a formula tree: {tree!r}")


def _spelt(call: Call, dialect: Dialect) -> str:
    """The function's name as the dialect writes it."""
    name, row = call.function, FUNCTIONS.get(call.function)
    if dialect.name == "xlsx":
        is_new = row.spelling == "new" if row else call.prefixed
        return f"_xlfn.{name}" if is_new else name
    is_foreign = row.spelling == "differing" if row else call.prefixed
    return f"COM.MICROSOFT.{name}" if is_foreign else name


def print_tree(tree: Node, dialect: Dialect, own: str) -> str:
    """The text of a file's formula on the sheet `own`, without `=`; raises as `print_node` does."""
    return fold(tree, lambda one, operands: print_node(one, operands, dialect, own))[0]


@dataclass(frozen=True)
class Printer:
    """Prints trees for cells whose block stands at `home`, against a placement of all blocks."""

    dialect: Dialect
    placement: Placement
    home: Area
    marks: Marks

    def text(self, tree: Node) -> str:
        """The tree's text, with marks for what changes from row to row; no leading '='.

        Raises FileError, naming cell and block, for a function that our table does not know.
        """
        return fold(tree, self._print)[0]

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

    def _print(self, tree: Node, operands: list[_Printed]) -> _Printed:
        match tree:
            case Cell(block, row, column):
                area = self.placement[block]
                corner = self._corner(area, row, column)
                return self.dialect.cell(self._prefix(area), corner), _LEAF
            case Span(block, row, column, last_row, last_column):
                area = self.placement[block]
                first = self._corner(area, row, column)
                last = self._corner(area, last_row, last_column)
                return self.dialect.span(self._prefix(area), first, last), _LEAF
            case Call(function):
                row_of_it = FUNCTIONS.get(function)
                if row_of_it is None or row_of_it.value is None:
                    raise self._unknown(function)
        return print_node(tree, operands, self.dialect, self.home.sheet)

    def _unknown(self, function: str) -> FileError:
        home = self.home
        name = next((name for name, area in self.placement.items() if area == home), "a block")
        return FileError(
            f"{home.sheet}!{column_name(home.column)}{home.row + 1}: the formula of {name} uses "
            f"the function {function}, of which no value is known, so nothing could check it; "
            "expected a function of the table in formulas/functions.py. Add a row for it there."
        )

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
