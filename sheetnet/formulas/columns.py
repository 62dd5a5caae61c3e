"""How a sheet numbers its rows and letters its columns.

Knows: names and limits. Does not know references (see `references`), so that what only writes
need not load what reads.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 16_384


@lru_cache(maxsize=MAX_COLUMNS)
def column_name(column: int) -> str:
    """Letters of a 0-based column: 0 is "A". Raises ValueError outside the sheet."""
    if not 0 <= column < MAX_COLUMNS:
        raise ValueError(f"column {column} is outside 0 to {MAX_COLUMNS - 1}")
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


@lru_cache(maxsize=MAX_COLUMNS)
def row_name(row: int) -> str:
    """The number that a sheet shows for a 0-based row. Raises ValueError outside the sheet."""
    if not 0 <= row < MAX_ROWS:
        raise ValueError(f"row {row} is outside 0 to {MAX_ROWS - 1}")
    return str(row + 1)


@lru_cache(maxsize=MAX_COLUMNS)
def column_number(letters: str) -> int:
    """The 0-based number of column letters: "A" is 0. Raises ValueError outside the sheet."""
    number = 0
    for letter in letters.upper() if len(letters) < 4 else "":
        number = number * 26 + ord(letter) - 64 if "A" <= letter <= "Z" else MAX_COLUMNS + 1
    if not 1 <= number <= MAX_COLUMNS:
        raise ValueError(f"{letters[:20]!r} is not a column from A to XFD")
    return number - 1
