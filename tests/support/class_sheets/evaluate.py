"""What a Book's formulas come to, in plain Python floats.

A formula becomes a Python expression by way of a few regular expressions; ranges become NumPy
arrays. Knows the functions that the corpus writes and no others. It is the corpus's own engine,
so that what is right does not hang on sheetnet; a test holds it against LibreOffice.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

import numpy as np

from tests.support.class_sheets.book import Book, Cell, number_of

TOKEN = re.compile(
    r"""(?P<text>"[^"]*")
      | (?P<sheet>(?:'[^']+'|[A-Za-z_][\w.]*)!)?
        (?:(?P<cell>\$?[A-Z]{1,2}\$?\d+)(?::(?P<to>\$?[A-Z]{1,2}\$?\d+))?(?![\w(])
         | (?P<column>\$?[A-Z]{1,2}:\$?[A-Z]{1,2})(?!\w))
      | (?P<function>[A-Z][A-Z0-9.]*)\(
      | (?P<name>[A-Za-z_][\w.]*)
      | (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)
      | (?P<operator><>|<=|>=|[-+*/^(),<>=:])
      | (?P<space>\s+)""",
    re.VERBOSE,
)
OPERATORS = {"^": "**", "=": "==", "<>": "!="}


class NoValue(Exception):
    """A formula has no number: text where a number belongs, a division by zero."""


def place(a1: str) -> tuple[int, int]:
    """Row and column of an address, dollars or none."""
    match = re.fullmatch(r"\$?([A-Z]+)\$?(\d+)", a1)
    assert match is not None, a1
    return int(match[2]), number_of(match[1])


def _python(formula: str, sheet: str) -> str:
    """A formula without its '=' as a Python expression over the functions below."""
    parts, at = [], 0
    while at < len(formula):
        match = TOKEN.match(formula, at)
        assert match is not None, f"{formula!r} from {formula[at:]!r}"
        home = match["sheet"][:-1].strip("'") if match["sheet"] else sheet
        if match["cell"]:
            first = place(match["cell"])
            if match["to"]:
                last = place(match["to"])
                parts.append(f"R({home!r},{first[0]},{first[1]},{last[0]},{last[1]})")
            else:
                parts.append(f"C({home!r},{first[0]},{first[1]})")
        elif match["column"]:
            parts.append(f"({home!r},{number_of(match['column'].split(':')[0].strip('$'))})")
        elif match["function"]:
            parts.append(f"F[{match['function']!r}](")
        elif match["name"]:
            parts.append(f"N({match['name']!r})")
        elif match["operator"]:
            parts.append(OPERATORS.get(match["operator"], match["operator"]))
        else:
            parts.append(match[0])
        at = match.end()
    return "".join(parts)


@functools.lru_cache(maxsize=200_000)
def _compiled(formula: str, sheet: str) -> CodeType:
    text = _python(formula, sheet)
    assert not re.search(r"(^|[(,=*/+-])-[^-+*/(),]*\*\*", text), f"-x^2 is (-x)^2: {formula}"
    return compile(text, formula, "eval")


def _flat(values: tuple[Any, ...]) -> list[float]:
    return [float(x) for value in values for x in np.ravel(value)]


def _if(test: Any, then: Any, other: Any = 0.0) -> Any:
    if isinstance(test, np.ndarray):
        return np.where(test, then, other)
    return then if test else other


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "SUM": lambda *v: sum(_flat(v)),
    "AVERAGE": lambda *v: sum(_flat(v)) / len(_flat(v)),
    "COUNT": lambda *v: float(len(_flat(v))),
    "MAX": lambda *v: max(_flat(v)),
    "MIN": lambda *v: min(_flat(v)),
    "SUMSQ": lambda *v: sum(x * x for x in _flat(v)),
    "SUMPRODUCT": lambda *v: float(np.sum(functools.reduce(np.multiply, v))),
    "SUMXMY2": lambda x, y: float(np.sum((x - y) ** 2)),
    "MMULT": lambda x, y: np.atleast_2d(x) @ np.atleast_2d(y),
    "TRANSPOSE": lambda x: np.transpose(np.atleast_2d(x)),
    "EXP": np.exp,
    "LN": np.log,
    "LOG": lambda x, base=10.0: np.log(x) / math.log(base),
    "LOG10": np.log10,
    "TANH": np.tanh,
    "SQRT": np.sqrt,
    "ABS": np.abs,
    "POWER": lambda x, n: x**n,
    "IF": _if,
    "AND": lambda *v: all(v),
    "INT": math.floor,
    "MOD": lambda x, n: x % n,
    "ROUND": lambda x, n: round(float(x), int(n)),
}


class Sheets:
    """The values of a book's cells, computed when asked for and then kept.

    `instead` puts numbers in place of what stands in some cells. Raises NoValue.
    """

    def __init__(self, book: Book, instead: Mapping[Cell, float] | None = None) -> None:
        self.book = book
        self.known: dict[Cell, float] = dict(instead or {})
        self._inside = {
            Cell(top.sheet, top.row + i, top.column + j): top
            for top, (rows, columns) in book.arrays.items()
            for i in range(rows)
            for j in range(columns)
        }
        self._here: list[Cell] = []
        self._scope = {
            "C": self._cell, "R": self._range, "N": self._name,
            "F": FUNCTIONS
            | {
                "ROW": lambda: self._here[-1].row,
                "COLUMN": lambda: self._here[-1].column,
                "INDEX": self._index,
                "INDIRECT": lambda text: self._cell(self._here[-1].sheet, *place(text)),
            },
            "__builtins__": {},
        }  # fmt: skip

    def value(self, cell: Cell) -> float:
        """The number in a cell; an empty one is 0."""
        if cell not in self.known:
            if (top := self._inside.get(cell)) is not None:
                self._array(top)
            else:
                content = self.book.cells.get(cell, 0.0)
                if isinstance(content, str) and content.startswith("="):
                    content = float(self._formula(cell, content))
                self.known[cell] = content  # type: ignore[assignment]
        value = self.known[cell]
        if isinstance(value, str) or not math.isfinite(value):
            raise NoValue(f"{cell}: {value}")
        return value

    def filled(self, cell: Cell) -> float:
        """The number in a cell, after all cells above it: no recursion through many rows."""
        for above, content in self.book.cells.items():
            if above.sheet == cell.sheet and above.row < cell.row and str(content)[:1] == "=":
                self.value(above)
        return self.value(cell)

    def _formula(self, cell: Cell, formula: str) -> Any:
        self._here.append(cell)
        try:
            with np.errstate(all="ignore"):
                return eval(_compiled(formula[1:], cell.sheet), self._scope)
        except (ZeroDivisionError, ValueError, TypeError, OverflowError) as error:
            raise NoValue(f"{cell}: {formula}: {error}") from error
        finally:
            self._here.pop()

    def _array(self, top: Cell) -> None:
        shape = self.book.arrays[top]
        result = self._formula(top, str(self.book.cells[top]))
        try:
            values = np.broadcast_to(np.atleast_2d(result), shape)
        except ValueError as error:
            raise NoValue(f"{top}: {error}") from error
        for (i, j), value in np.ndenumerate(values):
            inner = Cell(top.sheet, top.row + i, top.column + j)
            self.known.setdefault(inner, float(value))

    def _cell(self, sheet: str, row: int, column: int) -> float:
        return self.value(Cell(sheet, row, column))

    def _range(self, sheet: str, row: int, column: int, row_2: int, column_2: int) -> Any:
        return np.array(
            [
                [self._cell(sheet, r, c) for c in range(column, column_2 + 1)]
                for r in range(row, row_2 + 1)
            ]
        )

    def _name(self, name: str) -> float:
        return self.value(self.book.names[name])

    def _index(self, area: Any, row: float, column: float = 1) -> Any:
        if isinstance(area, tuple):  # a whole column
            return self._cell(area[0], int(row), area[1])
        return area[int(row) - 1, int(column) - 1]
