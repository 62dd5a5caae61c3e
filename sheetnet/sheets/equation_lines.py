"""Equations as lines on a sheet: a title, matrices with signs between them, "=" and the result.

Knows: where the next matrix stands, and what its block is called. Does not know any equation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.equation_matrices import Matrix

Item = Matrix | str | Callable[[], Matrix]
Result = Callable[[Sequence[str]], Matrix]
"""Makes a line's result from the names of the blocks that stand to its left."""


class Lines:
    """Writes lines under one another from a row of the sheet on."""

    def __init__(self, canvas: Canvas, row: int) -> None:
        self.canvas, self.row = canvas, row
        self.column, self.height = 1, 1  # where the next matrix will stand; rows of the line
        self._placed = 0

    def heading(self, words: str, style: str = "heading") -> None:
        """A line of words."""
        self.canvas.text(self.row, 0, words, style)
        self.row += 1

    def line(
        self,
        title: str,
        items: Sequence[Item],
        result: Result | None = None,
        *,
        dimensions: bool = False,
    ) -> list[str]:
        """Factors with their signs, then "=" and the result; the names of all its blocks.

        With `dimensions` the shape of each matrix stands below it, as in (3 × 1).
        """
        self.begin(title)
        first = len(self.canvas.sheet.blocks)
        names = self.more(items, result)
        if dimensions:
            for block in self.canvas.sheet.blocks[first:]:
                area = block.area
                words = f"({area.rows} × {area.columns})"
                self.canvas.text(self.row + self.height + 1, area.column, words, "group")
            self.height += 1
        self.end()
        return names

    def begin(self, title: str) -> None:
        """A new line, under its title."""
        self.canvas.text(self.row, 0, title, "row_label")
        self.row += 1
        self.column, self.height = 1, 1

    def end(self) -> None:
        """The line is whole; the next one stands below it."""
        self.row += self.height + 2

    def beside(self, items: Sequence[Item], result: Result) -> None:
        """Another way to the same result, to the right of the line just written."""
        self.row -= self.height + 2
        self.sign("or")
        self.more(items, result)
        self.end()

    def more(self, items: Sequence[Item], result: Result | None = None) -> list[str]:
        """Items from the current place on; the names of their blocks and of the result's."""
        names = []
        for item in items:
            if isinstance(item, str):
                self.sign(item)
            else:
                names.append(self.matrix(item() if callable(item) else item))
        if result is not None:
            self.sign("=")
            names.append(self.matrix(result(tuple(names))))
        return names

    def sign(self, sign: str) -> None:
        """A sign in a column of its own."""
        self.canvas.text(self.row + 1, self.column, sign, "operator")
        self.column += 1

    def numbered(self, quantity: str) -> str:
        """A name for the next block that shows a quantity."""
        self._placed += 1
        return f"doc{self._placed}_{quantity}"

    def matrix(self, matrix: Matrix) -> str:
        """A matrix with its label above; the name of its block."""
        name, column = self.numbered(matrix.quantity), self.column
        self.column += matrix.columns
        self.height = max(self.height, matrix.rows)
        self.canvas.text(self.row, column, matrix.label, "group")
        shape = (matrix.rows, matrix.columns)
        self.canvas.computed(
            name,
            (self.row + 1, column),
            shape[::-1] if matrix.layout == "transposed" else shape,
            matrix.style,
            matrix.entry,
            quantity=matrix.quantity,
            by=matrix.by,
            layout=matrix.layout,
        )
        return name
