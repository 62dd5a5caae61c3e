"""One cell as a file stores it, and how its numbers and dates are read.

Knows: what both formats have in common. Does not know either format: see `cells_xlsx`,
`cells_ods`.
"""

from __future__ import annotations

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
    """A cell that holds something. A date or time is its number of days (kind "date", None for one
    beyond Python's calendar); a formula without a cached value has kind "empty"."""

    formula: str | None
    value: float | str | bool | CellErrorText | None
    kind: Kind
    matrix: bool = False  # its formula is a matrix (array) formula, whose text is not in `formula`
    matrix_formula: str | None = None  # but here, for who knows what to do with one
    matrix_size: tuple[int, int] = (1, 1)  # rows and columns that it fills


Sheet = dict[tuple[int, int], Cell]


def unreadable(where: str, found: str, expected: str) -> FileError:
    return FileError(f"{where}: found {found}; expected {expected}. Retype the cell and save.")


def read_number(text: str) -> tuple[float | CellErrorText, Literal["number", "error"]]:
    """The number, or the text as an error: what no program writes (blanks around the digits are 0
    to some engines) is for a reader to refuse where a number is needed, and nobody's concern
    elsewhere."""
    try:
        number = float(text)
    except ValueError:
        return CellErrorText(text[:40]), "error"
    # Gnumeric computes in 80 bits and may save more than a double holds: infinite here.
    odd = "_" in text or text != text.strip()
    if odd or number != number or (isinf(number) and "n" in text.lower()):
        return CellErrorText(text[:40]), "error"
    return number, "number"


def read_days(text: str, origin: datetime) -> float | None:
    """Days since the origin, or None: LibreOffice knows years that Python does not."""
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    return (moment - origin).total_seconds() / 86_400


ORIGIN = datetime(1899, 12, 30)
ORIGIN_1904 = datetime(1904, 1, 1)
