"""The pure values that a workbook is made of: blocks, texts, sheets.

Knows: what stands in which rectangle, its formula, its style key, its names. Does not know file
formats (see `files`) nor how any number is computed (see `values`).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Index, Node
from sheetnet.quantities.evaluation import Rule
from sheetnet.quantities.table import RULES

FloatArray = NDArray[np.float64]
Formula = Callable[[Index, Index], Node]
"""Cell (i, j) of a block: i an open row index, j a known column."""

Layout = Literal["matrix", "transposed", "history"]
"""How a block lays out an array of the mathematics.

matrix: sheet (i, j) is array [i, j]. transposed: sheet (i, j) is array [j, i].
history: sheet row i is array [i] flattened, one training step a row; a single row is its row 0.
"""


@dataclass(frozen=True)
class Block:
    """A named rectangle that holds one array: typed numbers, then ONE formula for the rest.

    `typed_rows` leading rows are numbers a person may edit (all of them: an input block);
    `formula` computes the others. `quantity` and `shape` say which array it shows and of what
    shape that array is (with the steps first for a history); `layout` how it is turned.
    `initial` are the typed numbers that are none of the lesson's: constants, and a chooser's first
    choice. A history that `carries` a quantity takes it over from the row above: W carries W_new.
    A block that reads histories shows the training step `moment`: a row (-1 is the last), or the
    name of the block that chooses one. A report calls it by its quantity, or as it is `called`.
    """

    name: str
    area: Area
    quantity: str
    shape: tuple[int, ...]
    layout: Layout
    style: str
    formula: Formula | None = None
    typed_rows: int = 0
    typed_name: str = ""
    typed_style: str = "editable"
    initial: FloatArray | None = None
    carries: str = ""
    moment: int | str | None = None
    called: str = ""

    def to_sheet(self, array: FloatArray) -> FloatArray:
        """The array as the sheet shows it: shape (rows, columns) of the area."""
        if self.layout == "transposed":
            return array.T
        return array.reshape(self.area.rows, self.area.columns)

    def from_sheet(self, cells: FloatArray) -> FloatArray:
        """The inverse of `to_sheet`."""
        if self.layout == "transposed":
            return cells.T
        return cells.reshape(self.shape)

    def label(self, row: int, column: int) -> str:
        """The cell's element as the mathematics writes it, e.g. 'delta_2[0,1]'."""
        called = self.called or self.quantity
        if self.layout == "history" and self.area.rows > 1:
            inner = ",".join(map(str, np.unravel_index(column, self.shape[1:])))
            return f"{called}[{inner}] at step {row}" if inner else f"{called} at step {row}"
        flat = np.unravel_index(column, self.shape) if self.layout == "history" else (row, column)
        where = flat[::-1] if self.layout == "transposed" else flat
        return f"{called}[{','.join(map(str, where))}]" if self.shape != (1, 1) else called

    def typed_area(self) -> Area:
        """The rectangle of the typed rows."""
        return self.area.part(0, 0, self.typed_rows, self.area.columns)


class Text(NamedTuple):
    """A piece of text in one cell."""

    row: int
    column: int
    text: str
    style: str = "plain"


class LossChart(NamedTuple):
    """A line through one column (the losses) over another (the steps), placed by cell and size."""

    row: int
    column: int
    width: int  # pixels
    height: int
    title: str
    x_title: str
    x: Area
    y: Area


class WholeNumber(NamedTuple):
    """A cell that takes whole numbers between two bounds only; no other cell has its style."""

    area: Area
    smallest: int
    largest: int
    hint: str
    style: str


@dataclass
class Sheet:
    """One sheet: what stands on it and how it is shown."""

    name: str
    blocks: list[Block] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)  # column -> characters
    heights: dict[int, float] = field(default_factory=dict)  # row -> points
    frozen: tuple[int, int] = (0, 0)  # rows, columns
    charts: list[LossChart] = field(default_factory=list)
    whole_numbers: list[WholeNumber] = field(default_factory=list)
    grid: bool = False
    extra_names: dict[str, Area] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)  # of quantities that only it shows

    def width(self) -> int:
        """Columns from the first to the last one used."""
        blocks = [block.area.column + block.area.columns for block in self.blocks]
        return max(blocks + [text.column + 1 for text in self.texts], default=1)


@dataclass(frozen=True)
class Workbook:
    """A whole workbook, free of any file format."""

    title: str
    sheets: tuple[Sheet, ...]

    def blocks(self) -> Iterator[Block]:
        """All blocks, sheet by sheet."""
        for sheet in self.sheets:
            yield from sheet.blocks

    def rules(self) -> dict[str, Rule]:
        """The NumPy rule of every quantity, those that a single sheet shows among them."""
        return dict(ChainMap(*(sheet.rules for sheet in self.sheets), RULES))

    def names(self) -> dict[str, Area]:
        """Every defined name of the workbook and its area; also the default placement."""
        names: dict[str, Area] = {}
        for block in self.blocks():
            names[block.name] = block.area
            if block.typed_name:
                names[block.typed_name] = block.typed_area()
        for sheet in self.sheets:
            names.update(sheet.extra_names)
        return names
