"""A sheet in the making: places blocks and texts by row and column.

Knows: how a block comes by its area and layout. Does not know what any block means.
"""

from __future__ import annotations

import textwrap

from sheetnet.formulas.place import Area
from sheetnet.sheets.model import Block, Formula, Layout, Sheet, Text

_LINE, _MARGIN = 15.0, 3.0  # points of a line of text, and of a row around its lines
_LETTERS = 1.05  # of a text on the width of one digit, with room to spare


class Canvas:
    """Adds to one sheet; rows and columns count from 0."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def text(self, row: int, column: int, text: str, style: str = "plain") -> None:
        """A text in one cell."""
        self.sheet.texts.append(Text(row, column, text, style))

    def label(self, row: int, column: int, text: str, style: str) -> None:
        """A text that its column makes room for."""
        self.text(row, column, text, style)
        widths = self.sheet.widths
        widths[column] = max(widths.get(column, 0.0), len(text) + 1.0)

    def paragraph(self, row: int, column: int, text: str, style: str, width: float) -> None:
        """A text that goes on in new lines where it is wider than `width` characters.

        Its row is made high enough here: LibreOffice does not do so by itself in .xlsx.
        """
        self.text(row, column, text, style)
        lines = [textwrap.wrap(line, int(width * _LETTERS)) or [""] for line in text.split("\n")]
        height = _LINE * sum(map(len, lines)) + _MARGIN
        self.sheet.heights[row] = max(self.sheet.heights.get(row, 0.0), height)

    def computed(
        self,
        name: str,
        at: tuple[int, int],
        shape: tuple[int, int],
        style: str,
        formula: Formula,
        *,
        quantity: str = "",
        layout: Layout = "matrix",
    ) -> Area:
        """A block of formulas that shows an array of `shape` with its first cell `at`."""
        return self._add(name, at, shape, style, formula, quantity, layout, "")

    def typed(
        self,
        name: str,
        at: tuple[int, int],
        shape: tuple[int, int],
        *,
        style: str = "editable",
        layout: Layout = "matrix",
    ) -> Area:
        """A block of numbers for a person to edit."""
        return self._add(name, at, shape, style, None, name, layout, name)

    def constant(
        self, name: str, at: tuple[int, int], shape: tuple[int, int], style: str, *, quantity: str
    ) -> Area:
        """A block of numbers that formulas refer to and nobody edits."""
        return self._add(name, at, shape, style, None, quantity, "matrix", "")

    def _add(
        self,
        name: str,
        at: tuple[int, int],
        shape: tuple[int, int],
        style: str,
        formula: Formula | None,
        quantity: str,
        layout: Layout,
        typed_name: str,
    ) -> Area:
        rows, columns = shape[::-1] if layout == "transposed" else shape
        area = Area(self.sheet.name, *at, rows, columns)
        self.sheet.blocks.append(
            Block(
                name,
                area,
                quantity or name,
                shape,
                layout,
                style,
                formula,
                typed_rows=0 if formula else rows,
                typed_name=typed_name,
                typed_style=style,
            )
        )
        return area
