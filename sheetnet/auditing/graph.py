"""Formulas become operations on a tape: cells are nodes, references the way between them.

Knows: in which order cells are calculated, what a reference means where it stands, which cells a
computed one (INDEX, OFFSET, INDIRECT, lookups) comes to with the file's own numbers. What the
functions of ranges are made of stands in `spreading`. Does not know derivatives, weights or
losses.

A cell whose formula uses what nobody here knows keeps the file's value and is remembered with the
reason; so does one that refers to itself. A formula with RAND() counts as typed. Nothing outside
the workbook is ever looked up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sheetnet.auditing.book import Book, Place, Rect
from sheetnet.auditing.spreading import Grid, Needed, Spreader, Unknown, Value, Volatile
from sheetnet.auditing.tape import Tape
from sheetnet.formulas.tree import Address, Node, postorder


class Lost(NamedTuple):
    """A formula that was given up, and why."""

    place: Place
    why: str


class Graph:
    """The whole workbook on one tape. `at`: the node of every cell that holds a number;
    `cell_of`: the cell of every node that is one."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.tape: Tape = Tape()
        self.blank: int = self.tape.leaf(0.0)
        self.error: int = self.tape.leaf(np.nan)
        self.at: dict[Place, int] = {}
        self.cell_of: dict[int, Place] = {}
        self.texts: dict[int, str] = {}
        self.lost: list[Lost] = []
        self.volatile: set[Place] = set()
        self.start: int = len(self.tape)
        self._arrays: dict[Place, tuple[int, Grid]] = {}
        with np.errstate(all="ignore"):
            for place in list(book.filled) + list(book.cells):
                if place not in self.at:
                    self._reach(place)
        self.own = self.tape.values[:, 0].copy()  # with the file's own numbers

    def source(self, place: Place) -> int:
        """The node of a cell, or of the one that it repeats."""
        return self.tape.source(self.at[place])

    def text_node(self, text: str) -> int:
        """A node that stands for a text: no number."""
        node = self.tape.leaf(np.nan)
        self.texts[node] = text
        return node

    def node(self, place: Place) -> int:
        """The node of a cell. Raises Needed if its formula has not been read yet."""
        node = self.at.get(place)
        if node is not None:
            return node
        if self.book.has_formula(place):
            raise Needed([place])
        return self._typed(place)

    def _typed(self, place: Place) -> int:
        cell = self.book.cells.get(place)
        if cell is None or cell.value is None:
            return self.blank
        if cell.kind == "text":
            node = self.text_node(str(cell.value))
        else:
            number = self.book.number(place)
            node = self.tape.leaf(np.nan if number is None else number)
        self._keep(place, node)
        return node

    def _keep(self, place: Place, node: int) -> None:
        if node in (self.blank, self.error) or node in self.texts:
            self.at[place] = node
            return
        if self.tape.is_literal(node):  # =1 in a cell is not the 1 of every other formula
            node = self.tape.leaf(self.tape.given[node])
        elif node < self.start:
            node = self.tape.copy(node)
        self.tape.forget(node)
        self.at[place] = node
        self.cell_of[node] = place

    def _reach(self, goal: Place) -> None:
        """Read a cell, and before it all that it needs, without recursion from cell to cell."""
        stack, open_now = [goal], {goal}
        while stack:
            place = stack[-1]
            if place not in self.at:
                try:
                    self._read(place)
                except Needed as needed:
                    ahead = [each for each in needed.places if each not in open_now]
                    if ahead:
                        stack += ahead
                        open_now.update(ahead)
                        continue
                    self._give_up(place, "refers to itself")
            stack.pop()
            open_now.discard(place)

    def _read(self, place: Place) -> None:
        self.start = len(self.tape)  # what is older than the formula is not the cell's own
        if not self.book.has_formula(place):
            self._typed(place)
            return
        tree = self.book.tree(place)
        if tree is None:
            self._give_up(place, "its formula cannot be read")
            return
        try:
            self._keep(place, self._scalar(place, tree))
        except Volatile:
            self.volatile.add(place)
            number = self.book.number(place)
            self._keep(place, self.tape.leaf(np.nan if number is None else number))
        except Unknown as unknown:
            self._give_up(place, unknown.why, self._used(place, tree))
        except RecursionError:
            self._give_up(place, "its formula is nested too deeply")

    def _scalar(self, place: Place, tree: Node) -> int:
        home = self.book.filled.get(place)
        if home is None:
            value = Spreader(self, place, False).of(tree)
            return value if isinstance(value, int) else value[0][0]
        if home not in self._arrays:
            whole = Spreader(self, home, True).of(tree)
            self._arrays[home] = self.start, [[whole]] if isinstance(whole, int) else whole
        self.start, grid = self._arrays[home]
        down, across = place.row - home.row, place.column - home.column
        row = grid[down if len(grid) > 1 else 0] if down < len(grid) or len(grid) == 1 else []
        if len(row) == 1:
            across = 0
        return row[across] if across < len(row) else self.error

    def value_of(self, place: Place, tree: Node) -> int:
        """The node of another formula in that cell's place: what it would be.

        Raises Unknown, Needed or Volatile for one that cannot be read.
        """
        value: Value = Spreader(self, place, place in self.book.filled).of(tree)
        if isinstance(value, int):
            return value
        home = self.book.filled.get(place, place)
        down, across = place.row - home.row, place.column - home.column
        return value[min(down, len(value) - 1)][min(across, len(value[0]) - 1)]

    def _used(self, place: Place, tree: Node) -> list[int]:
        used: list[int] = []
        for one in postorder(tree):
            if isinstance(one, Address):
                rect = self.rect(one, place)
                if rect is not None:
                    cells = (
                        Place(rect.sheet, row, column)
                        for row in range(rect.row, rect.last_row + 1)
                        for column in range(rect.column, rect.last_column + 1)
                    )
                    used += [self.at[cell] for cell, _ in zip(cells, range(10_000), strict=False)
                             if cell in self.at]  # fmt: skip
        return used

    def _give_up(self, place: Place, why: str, used: list[int] | None = None) -> None:
        self.lost.append(Lost(place, why))
        number = self.book.number(place)
        given = np.nan if number is None else number
        self._keep(place, self.tape.opaque(given, used) if used else self.tape.leaf(given))

    def rect(self, address: Address, place: Place) -> Rect | None:
        """The rectangle that a reference means, cut to the cells in use; None outside the file."""
        reference = address.reference
        sheet = place.sheet
        if reference.sheet is not None:
            found = self.book.numbers.get(reference.sheet.casefold())
            if found is None or reference.last_sheet != reference.sheet:
                return None
            sheet = found
        bottom, right = self.book.ends[sheet]
        if not reference.area:
            return Rect(sheet, reference.row, reference.column, reference.row, reference.column)
        whole_columns = reference.row == 0 and reference.last_row >= 1_048_575
        whole_rows = reference.column == 0 and reference.last_column >= 16_383
        return Rect(
            sheet,
            reference.row,
            reference.column,
            bottom if whole_columns else reference.last_row,
            right if whole_rows else reference.last_column,
        )
