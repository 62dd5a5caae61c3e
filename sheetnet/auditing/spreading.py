"""One formula's tree as operations: operators over cells and ranges, one node at a time.

Knows: what a reference, an operator and an array come to where the formula stands. The functions
are in `ranges` (those of whole ranges and conditions) and `lookups` (those that only find cells).
Does not know the order of cells: what is not ready yet is asked for by raising `Needed`.

A value is one node, or a grid of them where the formula means many cells at once. In a plain
formula an area means the cell in the formula's own row or column, as it does in every program.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sheetnet.auditing.book import Place, Rect
from sheetnet.auditing.functions import OPERATIONS
from sheetnet.formulas.parse import parse
from sheetnet.formulas.tree import (
    Address,
    Array,
    Binary,
    Call,
    ErrorValue,
    Missing,
    Name,
    Negative,
    Node,
    Number,
    Percent,
    Positive,
    Text,
)

if TYPE_CHECKING:
    from sheetnet.auditing.graph import Graph

Grid = list[list[int]]
Value = int | Grid

MOST_CELLS = 1_000_000  # of one range
MOST_READ = 20_000  # parts of one formula, names written out
DEEPEST = 120  # parentheses within parentheses that a formula may have


class Needed(Exception):  # it is no error
    """Cells that have to be read first."""

    def __init__(self, places: list[Place]) -> None:
        self.places = places


class Unknown(Exception):
    """What nobody here can read."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Volatile(Exception):
    """A number that is another one each time: it counts as typed."""


class Spreader:
    """Reads the formula of one cell; `is_array` where it is entered as an array formula."""

    def __init__(self, graph: Graph, place: Place, is_array: bool) -> None:
        self.graph, self.place, self.is_array = graph, place, is_array
        self.tape = graph.tape
        self.depth = self.read = 0

    # --- values of trees ---------------------------------------------------------------------

    def of(self, tree: Node) -> Value:
        """The tree's value: one node, or a grid."""
        self.depth += 1
        self.read += 1
        if self.depth > DEEPEST or self.read > MOST_READ:
            raise Unknown("its formula is nested too deeply")
        try:
            return self._of(tree)
        finally:
            self.depth -= 1

    def _of(self, tree: Node) -> Value:
        match tree:
            case Address() | Binary(":" | "!" | "~"):
                return self.inside(self.rect(tree))
            case Number(value):
                return self.tape.literal(value)
            case Binary():
                return self._chain(tree)
            case Negative(operand):
                return self.each("negative", self.of(operand))
            case Positive(operand):
                return self.of(operand)
            case Percent(operand):
                return self.each("/", self.of(operand), self.tape.literal(100.0))
            case Call(function, arguments):
                from sheetnet.auditing.lookups import LOOKUPS
                from sheetnet.auditing.ranges import RANGES

                known = RANGES.get(function) or LOOKUPS.get(function)
                if known is not None:
                    return known(self, *arguments)
                if function in OPERATIONS and function.isupper():
                    return self.each(function, *[self.of(each) for each in arguments])
                raise Unknown(f"the function {function} is not known")
            case Name(name):
                return self._named(tree, name)
            case Text(words):
                return self.graph.text_node(words)
            case Missing():
                return self.graph.blank
            case ErrorValue():
                return self.graph.error
            case Array(rows):
                return [[self.one(each) for each in row] for row in rows]
        raise Unknown("its formula cannot be read")

    def _chain(self, tree: Binary) -> Value:
        """a + b + c + … is as deep as it is long, so the left side is walked, not descended."""
        spine: list[Binary] = []
        left: Node = tree
        while isinstance(left, Binary) and left.operator not in (":", "!", "~"):
            spine.append(left)
            left = left.left
        value = self.of(left)
        for one in reversed(spine):
            value = self.operation(one.operator, value, self.of(one.right))
        return value

    def operation(self, operator: str, left: Value, right: Value) -> Value:
        """A binary operator, element by element."""
        if operator == "&":
            return self._joined(left, right)
        if operator in ("=", "<>", "<", "<=", ">", ">="):
            texts = self.graph.texts
            are_nodes = isinstance(left, int) and isinstance(right, int)
            if are_nodes and (left in texts or right in texts):
                return self._compared(operator, left, right)  # type: ignore[arg-type]
        return self.each(operator, left, right)

    def _compared(self, operator: str, left: int, right: int) -> int:
        """Texts compare without case; a blank is the empty text, a number before every text."""
        blank, texts = self.graph.blank, self.graph.texts

        def key(node: int) -> tuple[int, float, str]:
            if node in texts or node == blank:
                return (1, 0.0, texts.get(node, "").casefold())
            return (0, self.number(node), "")

        a, b = key(left), key(right)
        holds = {"=": a == b, "<>": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}
        return self.tape.literal(float(holds[operator]))

    def _joined(self, left: Value, right: Value) -> int:
        return self.graph.text_node(self.words(left) + self.words(right))

    def words(self, value: Value) -> str:
        """A node as text, with the file's own numbers."""
        node = value if isinstance(value, int) else value[0][0]
        if node in self.graph.texts:
            return self.graph.texts[node]
        if node == self.graph.blank:
            return ""
        return f"{self.number(node):.15G}"

    def each(self, name: str, *values: Value) -> Value:
        """An operation on nodes, or on grids cell by cell; single rows and columns are repeated."""
        if all(isinstance(value, int) for value in values):
            return self.tape.node(name, *values)  # type: ignore[arg-type]
        grids = [[[value]] if isinstance(value, int) else value for value in values]
        down = max(len(grid) for grid in grids)
        across = max(len(grid[0]) for grid in grids)
        return [
            [self.tape.node(name, *(self._picked(grid, i, j) for grid in grids))
             for j in range(across)]
            for i in range(down)
        ]  # fmt: skip

    def _picked(self, grid: Grid, i: int, j: int) -> int:
        i, j = (0 if len(grid) == 1 else i), (0 if len(grid[0]) == 1 else j)
        return grid[i][j] if i < len(grid) and j < len(grid[i]) else self.graph.error

    def one(self, tree: Node) -> int:
        """The tree's value as one node."""
        value = self.of(tree)
        return value if isinstance(value, int) else value[0][0]

    def number(self, node: int) -> float:
        """A node's number with the file's own values."""
        return float(self.tape.values[node][0])

    def known_number(self, tree: Node, default: float = 0.0) -> float:
        """A number that says where to look: the file's own."""
        if isinstance(tree, Missing):
            return default
        number = self.number(self.one(tree))
        if np.isnan(number):
            raise Unknown("a place is asked for by something that is no number")
        return number

    # --- references --------------------------------------------------------------------------

    def _named(self, tree: Name, name: str) -> Value:
        rect = self._named_rect(name)
        if rect is not None:
            return self.inside(rect)
        text = self.graph.book.folded_expressions.get(name.casefold())
        inner = None if text is None else parse(text, self.graph.book.dialect)
        if inner is None:
            raise Unknown(f"the name {name} is not known")
        return self.of(inner)

    def _named_rect(self, name: str) -> Rect | None:
        area = self.graph.book.folded_areas.get(name.casefold())
        if area is None:
            return None
        sheet = self.graph.book.numbers.get(area.sheet.casefold())
        if sheet is None:
            return None
        bottom, right = self.graph.book.ends[sheet]
        last_row, last_column = area.row + area.rows - 1, area.column + area.columns - 1
        return Rect(sheet, area.row, area.column,
                    max(area.row, min(last_row, bottom) if area.rows > 1 else last_row),
                    max(area.column, min(last_column, right) if area.columns > 1 else last_column),
                    )  # fmt: skip

    def rect(self, tree: Node) -> Rect:
        """The cells that a tree refers to. Raises Unknown for a tree that is no reference."""
        from sheetnet.auditing.lookups import REFERRING

        found: Rect | None = None
        match tree:
            case Address():
                found = self.graph.rect(tree, self.place)
            case Name(name):
                found = self._named_rect(name)
                text = self.graph.book.folded_expressions.get(name.casefold())
                inner = None if found or text is None else parse(text, self.graph.book.dialect)
                if inner is not None:
                    found = self.rect(inner)
            case Binary(":", left, right):
                one, other = self.rect(left), self.rect(right)
                if one.sheet == other.sheet:
                    found = Rect(one.sheet, min(one.row, other.row), min(one.column, other.column),
                                 max(one.last_row, other.last_row),
                                 max(one.last_column, other.last_column))  # fmt: skip
            case Binary("!", left, right):
                one, other = self.rect(left), self.rect(right)
                found = Rect(one.sheet, max(one.row, other.row), max(one.column, other.column),
                             min(one.last_row, other.last_row),
                             min(one.last_column, other.last_column))  # fmt: skip
            case Call(function, arguments) if function in REFERRING:
                found = REFERRING[function](self, *arguments)
        if found is None:
            raise Unknown("a reference leads nowhere in this file")
        return found

    def refers(self, tree: Node) -> bool:
        """Whether a tree means cells, rather than a value made of them."""
        from sheetnet.auditing.lookups import REFERRING

        match tree:
            case Address() | Binary(":" | "!"):
                return True
            case Name(name):
                return self._named_rect(name) is not None
            case Call(function):
                return function in REFERRING
        return False

    def cells(self, rect: Rect) -> Grid:
        """The nodes of a rectangle. Raises Needed for cells that are not read yet."""
        down, across = rect.last_row - rect.row + 1, rect.last_column - rect.column + 1
        if down <= 0 or across <= 0:
            return [[self.graph.blank]]
        if down * across > MOST_CELLS:
            raise Unknown(f"it refers to {down * across:,} cells at once")
        at, book = self.graph.at, self.graph.book
        rows = [
            [Place(rect.sheet, row, column)
             for column in range(rect.column, rect.last_column + 1)]
            for row in range(rect.row, rect.last_row + 1)
        ]  # fmt: skip
        missing = [p for row in rows for p in row if p not in at and book.has_formula(p)]
        if missing:
            raise Needed(missing)
        return [[self.graph.node(place) for place in row] for row in rows]

    def inside(self, rect: Rect) -> Value:
        """What an area means in a formula: all of it in an array, else the cell at hand."""
        if rect[1:3] == rect[3:5]:
            return self.graph.node(Place(*rect[:3]))
        if self.is_array:
            return self.cells(rect)
        row, column = self.place.row, self.place.column
        if rect.column == rect.last_column and rect.row <= row <= rect.last_row:
            return self.graph.node(Place(rect.sheet, row, rect.column))
        if rect.row == rect.last_row and rect.column <= column <= rect.last_column:
            return self.graph.node(Place(rect.sheet, rect.row, column))
        return self.cells(rect)

    def grid(self, tree: Node, is_array: bool = True) -> Grid:
        """A function's argument that may be a range, as a grid."""
        if self.refers(tree):
            return self.cells(self.rect(tree))
        before, self.is_array = self.is_array, self.is_array or is_array
        try:
            value = self.of(tree)
        finally:
            self.is_array = before
        return [[value]] if isinstance(value, int) else value

    def numbers(self, trees: tuple[Node, ...], is_array: bool = False) -> Iterator[int]:
        """All numbers of the arguments; what is blank or a text in a range does not count."""
        for tree in trees:
            from_range = self.refers(tree)
            for row in self.grid(tree, is_array):
                for node in row:
                    if not from_range or (
                        node != self.graph.blank and node not in self.graph.texts
                    ):
                        yield node
