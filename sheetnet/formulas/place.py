"""Where blocks stand: a rectangle of one sheet.

Knows: areas and the mapping from block name to area. Does not know who chose the place: the
writer chooses it, the reader finds it again in an edited file, and formulas print against either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells; row and column count from 0."""

    sheet: str
    row: int
    column: int
    rows: int
    columns: int

    def part(self, row: int, column: int, rows: int, columns: int) -> Area:
        """A rectangle inside this one, counted from its first cell."""
        return Area(self.sheet, self.row + row, self.column + column, rows, columns)


Placement = Mapping[str, Area]
"""Block name to area."""
