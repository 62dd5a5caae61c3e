"""A sheet in the making: places blocks and texts by row and column.

Knows: how a block comes by its area and layout. Does not know what any block means.
"""

from __future__ import annotations

import textwrap

import numpy as np
import numpy.typing as npt

from sheetnet.formulas.place import Area
from sheetnet.sheets.model import Block, Formula, Layout, Moment, Sheet, Text

_LINE, _MARGIN = 13.0, 4.0  # points of a line of text, and of a row around its lines
_LETTERS = 1.15  # of a text on the width of one digit, with room to spare


class Canvas:
    """Adds to one sheet; rows and columns count from 0.

    `moment` is the training step that the sheet's blocks show, unless they say otherwise.
    """

    def __init__(self, sheet: Sheet, moment: Moment | None = None) -> None:
        self.sheet, self.moment = sheet, moment

    def text(
        self, row: int, column: int, text: str, style: str = "plain", span: int = 1
    ) -> None:
        """A text in one cell, or in `span` neighbouring ones that are merged."""
        self.sheet.texts.append(Text(row, column, text, style, span))

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
        moment: Moment | None = None,
        called: str = "",
        by: str = "",
        unit: float = 0.0,
    ) -> Area:
        """A block of formulas that shows an array of `shape` with its first cell `at`.

        `moment` is the training step that it shows, where it reads several; `called` what a report
        calls it, if not by its quantity; `by` the rule that makes it, if not the quantity's own;
        `unit` by what its differences are measured, if not by its largest value.
        """
        moment = self.moment if moment is None else moment
        return self._add(
            name,
            at,
            shape,
            style,
            quantity,
            layout,
            formula=formula,
            typed_rows=0,
            moment=moment,
            called=called,
            by=by,
            unit=unit,
        )

    def typed(
        self,
        name: str,
        at: tuple[int, int],
        shape: tuple[int, int],
        *,
        style: str = "editable",
        layout: Layout = "matrix",
        quantity: str = "",
        initial: npt.ArrayLike | None = None,
    ) -> Area:
        """A block of numbers for a person to edit.

        They are the lesson's, by the block's name, unless `initial` gives a first choice.
        """
        return self._add(
            name, at, shape, style, quantity, layout, typed_name=name, initial=initial
        )

    def constant(
        self,
        name: str,
        at: tuple[int, int],
        values: npt.ArrayLike,
        style: str,
        *,
        quantity: str = "",
    ) -> Area:
        """A block of numbers that formulas refer to and nobody edits; `values` has its shape."""
        array = np.asarray(values, dtype=float)
        rows, columns = array.shape
        return self._add(name, at, (rows, columns), style, quantity, "matrix", initial=array)

    def _add(
        self,
        name: str,
        at: tuple[int, int],
        shape: tuple[int, int],
        style: str,
        quantity: str,
        layout: Layout,
        *,
        formula: Formula | None = None,
        typed_rows: int | None = None,
        typed_name: str = "",
        initial: npt.ArrayLike | None = None,
        moment: Moment | None = None,
        called: str = "",
        by: str = "",
        unit: float = 0.0,
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
                typed_rows=rows if typed_rows is None else typed_rows,
                typed_name=typed_name,
                typed_style=style,
                initial=None if initial is None else np.asarray(initial, dtype=float),
                moment=moment,
                called=called,
                by=by,
                unit=unit,
            )
        )
        return area
