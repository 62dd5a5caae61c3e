"""A foreign workbook as the audit sees it: cells by place, defined names, one dialect.

Knows: where things stand and how a place is called. Does not know files (a `Book` is made of
what `reading` found) or what a formula computes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.parse import parse
from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import OPENFORMULA, XLSX, print_tree
from sheetnet.formulas.references import Dialect, quote_sheet
from sheetnet.formulas.tree import Node
from sheetnet.reading.cell import Cell, Sheet

_WHOLE_COLUMNS = re.compile(r"(\$?[A-Z]{1,3})\$?1:(\$?[A-Z]{1,3})\$?1048576\b")
MOST_FILLED = 100_000  # cells of all array formulas together


class Place(NamedTuple):
    """One cell, counted from 0."""

    sheet: int
    row: int
    column: int

    def moved(self, sheets: int, rows: int, columns: int) -> Place:
        return Place(self.sheet + sheets, self.row + rows, self.column + columns)

    def apart(self, other: Place) -> tuple[int, int, int]:
        """What `moved` takes from here to the other."""
        return other.sheet - self.sheet, other.row - self.row, other.column - self.column


class Rect(NamedTuple):
    """A rectangle of cells, both corners included."""

    sheet: int
    row: int
    column: int
    last_row: int
    last_column: int


@dataclass
class Book:
    """Sheets by name in order, their cells, names of areas, and texts of the other names."""

    sheets: Mapping[str, Sheet]
    areas: Mapping[str, Area] = field(default_factory=dict)
    expressions: Mapping[str, str] = field(default_factory=dict)
    dialect: Dialect = "xlsx"

    def __post_init__(self) -> None:
        self.titles = list(self.sheets)
        self.numbers = {title.casefold(): n for n, title in enumerate(self.titles)}
        self.cells: dict[Place, Cell] = {
            Place(number, row, column): cell
            for number, sheet in enumerate(self.sheets.values())
            for (row, column), cell in sheet.items()
        }
        self.ends = [
            (max((row for row, _ in sheet), default=0), max((c for _, c in sheet), default=0))
            for sheet in self.sheets.values()
        ]
        self.folded_areas = {name.casefold(): area for name, area in self.areas.items()}
        self.folded_expressions = {n.casefold(): text for n, text in self.expressions.items()}
        self.trees: dict[Place, Node | None] = {}

    @cached_property
    def filled(self) -> dict[Place, Place]:
        """Cells that an array formula fills, and the cell that holds it."""
        found: dict[Place, Place] = {}
        for place, cell in self.cells.items():
            rows, columns = cell.matrix_size
            if cell.matrix_formula is None or len(found) + rows * columns > MOST_FILLED:
                continue
            for down in range(rows):
                for across in range(columns):
                    found[place.moved(0, down, across)] = place
        return found

    def text(self, place: Place) -> str | None:
        """The formula of a cell as the file has it; an array formula stands in its first cell."""
        home = self.filled.get(place)
        if home is not None:
            return self.cells[home].matrix_formula
        cell = self.cells.get(place)
        return None if cell is None else cell.formula

    def tree(self, place: Place) -> Node | None:
        """The formula's tree; None where there is none, or none that parses."""
        if place not in self.trees:
            text = self.text(place)
            self.trees[place] = None if text is None else parse(text, self.dialect)
        return self.trees[place]

    def has_formula(self, place: Place) -> bool:
        return self.text(place) is not None

    def shown(self, tree: Node, place: Place) -> str:
        """A tree as a person reads it in the cell, A1 and commas, with its `=`."""
        printed = print_tree(tree, XLSX, self.titles[place.sheet])
        return "=" + _WHOLE_COLUMNS.sub(r"\1:\2", printed)

    def written(self, tree: Node, place: Place) -> str:
        """A tree as the file would hold it, without `=`."""
        dialect = XLSX if self.dialect == "xlsx" else OPENFORMULA
        return print_tree(tree, dialect, self.titles[place.sheet])

    def formula(self, place: Place) -> str:
        """What stands in a cell as a person reads it; "" for an empty one."""
        tree = self.tree(place)
        if tree is not None:
            return self.shown(tree, place)
        text = self.text(place)
        if text is not None:
            return "=" + text
        cell = self.cells.get(place)
        return "" if cell is None or cell.value is None else str(cell.value)

    def name(self, place: Place, own: int | None = None) -> str:
        """A1, or Sheet!A1 where it is not on the sheet `own`."""
        short = f"{column_name(place.column)}{place.row + 1}"
        if place.sheet == own:
            return short
        return f"{quote_sheet(self.titles[place.sheet], 'xlsx')}!{short}"

    def heading(self, place: Place) -> str:
        """The text that names a cell: the nearest one above it, or to its left."""
        for down, across in ((-1, 0), (0, -1)):
            row, column = place.row + down, place.column + across
            for _ in range(400):
                if row < 0 or column < 0:
                    break
                cell = self.cells.get(Place(place.sheet, row, column))
                if cell is not None and cell.kind == "text" and cell.formula is None:
                    return str(cell.value).strip()
                if cell is None and across:
                    break
                row, column = row + down, column + across
        return ""

    def number(self, place: Place) -> float | None:
        """The number that the file holds for a cell, None for anything else."""
        cell = self.cells.get(place)
        if cell is None or isinstance(cell.value, str) or cell.value is None:
            return None
        return float(cell.value)
