"""Columns of a block whose formulas differ by letters alone, printed once for all of them.

Knows: how to run a formula with its column still open, and how far what it prints holds. Does not
know dialects (see `dialects`), cells or files.

A formula may look at its column: the bias, say, stands in the last one. So it gets an `Open`
number, which answers comparisons as the column at hand would and notes where the answer would
change; all columns before the nearest such place take the same way through the formula. Whatever
else a formula may do with a number (divide it, count up to it, print it) an `Open` one refuses,
and such a formula is printed column by column.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

from sheetnet.formulas.columns import column_name

_FIRST_MARK = 0xE800  # private use characters, between the marks of rows and of moving columns


@dataclass
class Run:
    """Columns from `first` on, `stop` not included, that share one way through a formula."""

    first: int
    stop: int
    marks: dict[tuple[bool, int], str] = field(default_factory=dict)

    def mark(self, is_column: bool, shift: int) -> str:
        """A character for what column c has there: the letters of c + shift, or row c + shift."""
        return self.marks.setdefault((is_column, shift), chr(_FIRST_MARK + len(self.marks)))

    def spread(self, pattern: str) -> str:
        """The pattern once for each column of the run, one after the other."""
        count = self.stop - self.first
        kinds = {mark: kind for kind, mark in self.marks.items()}
        pieces: list[list[str] | tuple[str, ...]] = []
        literal = ""
        for character in pattern:
            if character in kinds:
                is_column, shift = kinds[character]
                numbers = _letters if is_column else _rows
                pieces += [[literal] * count, numbers(self.first + shift, count)]
                literal = ""
            else:
                literal += character
        pieces.append([literal] * count)
        parts = [""] * (len(pieces) * count)
        for place, texts in enumerate(pieces):
            parts[place :: len(pieces)] = texts
        return "".join(parts)


@lru_cache(maxsize=256)
def _letters(first: int, count: int) -> tuple[str, ...]:
    return tuple(map(column_name, range(first, first + count)))


def _rows(first: int, count: int) -> tuple[str, ...]:
    return tuple(map(str, range(first + 1, first + count + 1)))


class Open:
    """The number of the run's column plus `shift`; it can be added to and compared, no more."""

    __slots__ = ("run", "shift")

    def __init__(self, run: Run, shift: int = 0) -> None:
        self.run, self.shift = run, shift

    def __add__(self, other: int) -> Open:
        return Open(self.run, self.shift + other) if isinstance(other, int) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: int) -> Open:
        return Open(self.run, self.shift - other) if isinstance(other, int) else NotImplemented

    def _known(self, other: object, ends: tuple[int, ...]) -> int:
        """The number at the run's first column; its columns stop where a comparison turns."""
        if not isinstance(other, int):
            raise TypeError("an open column compares with whole numbers only")
        run = self.run
        turns = [other - self.shift + end for end in ends]
        run.stop = min([run.stop, *(turn for turn in turns if turn > run.first)])
        return run.first + self.shift

    def __eq__(self, other: object) -> Any:
        return self._known(other, (0, 1)) == other

    def __ne__(self, other: object) -> Any:
        return not self == other

    def __lt__(self, other: int) -> bool:
        return self._known(other, (0,)) < other

    def __ge__(self, other: int) -> bool:
        return not self < other

    def __le__(self, other: int) -> bool:
        return self._known(other, (1,)) <= other

    def __gt__(self, other: int) -> bool:
        return not self <= other

    def _refused(self, *_: object) -> NoReturn:
        raise TypeError("an open column has no value yet")

    __bool__ = __str__ = __repr__ = __format__ = __index__ = _refused
    __hash__ = None  # type: ignore[assignment]
