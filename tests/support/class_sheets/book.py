"""A workbook in memory: cells of numbers, texts and formulas by sheet, row and column from 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


def letters(column: int) -> str:
    """1 is A, 27 is AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def number_of(column: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in column:
        number = 26 * number + ord(letter) - 64
    return number


class Cell(NamedTuple):
    """Where one cell stands."""

    sheet: str
    row: int
    column: int

    @property
    def a1(self) -> str:
        return f"{letters(self.column)}{self.row}"

    def __str__(self) -> str:
        return f"{self.sheet}!{self.a1}"


@dataclass
class Book:
    """Sheets in order of first use; a text that begins with '=' is a formula."""

    cells: dict[Cell, float | str] = field(default_factory=dict)
    arrays: dict[Cell, tuple[int, int]] = field(default_factory=dict)  # rows, columns
    names: dict[str, Cell] = field(default_factory=dict)
    chart: tuple[Cell, Cell] | None = None  # first and last cell of the loss that is plotted

    @property
    def sheets(self) -> list[str]:
        return list(dict.fromkeys(cell.sheet for cell in self.cells))

    def copy(self) -> Book:
        return Book(dict(self.cells), dict(self.arrays), dict(self.names), self.chart)
