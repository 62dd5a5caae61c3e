"""One cell as a file stores it, and how its numbers and dates are read.

Knows: what both formats have in common. Does not know either format: see `cells_xlsx`,
`cells_ods`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import isinf
from typing import Final, Literal, NamedTuple

from sheetnet.errors import FileError

MAX_CELLS: Final = 5_000_000

Kind = Literal["number", "text", "boolean", "error", "date", "empty"]


class CellErrorText(str):
    """An error value as the file spells it: #DIV/0!, Err:502, …"""

    __slots__ = ()


class Cell(NamedTuple):
    """A cell that holds something. A date or time is its number of days (kind "date"); a formula
    without a cached value has kind "empty"."""

    formula: str | None
    value: float | str | bool | CellErrorText | None
    kind: Kind
    matrix: bool = False  # its formula is a matrix (array) formula, whose text is left out


Sheet = dict[tuple[int, int], Cell]


def unreadable(where: str, found: str, expected: str) -> FileError:
    return FileError(f"{where}: found {found}; expected {expected}. Retype the cell and save.")


def read_number(text: str, where: Callable[[], str]) -> float:
    try:
        number = float(text)
        # Gnumeric computes in 80 bits and may save more than a double holds: infinite here.
        if number != number or (isinf(number) and "n" in text.lower()) or "_" in text:
            raise ValueError
    except ValueError:
        raise unreadable(where(), repr(text[:40]), "a number") from None
    return number


def read_days(text: str, origin: datetime, where: Callable[[], str]) -> float:
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise unreadable(where(), repr(text[:40]), "a date, such as 2020-12-31T23:59:00") from None
    return (moment - origin).total_seconds() / 86_400


ORIGIN = datetime(1899, 12, 30)
ORIGIN_1904 = datetime(1904, 1, 1)
