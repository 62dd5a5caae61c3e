"""The pure values that a workbook is made of: blocks, texts, charts, rules, sheets.

Knows: what stands in which rectangle, its formula, its style key, its names; what is drawn over
cells, what may be typed into them, how they are printed. Does not know file formats (see
`writing`), nor how any number is computed (see `workbooks.cached`).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Index, Node
from sheetnet.quantities.evaluation import Rule as ArrayRule
from sheetnet.quantities.table import RULES

FloatArray = NDArray[np.float64]
Formula = Callable[[Index, Index], Node]
"""Cell (i, j) of a block: i an open row index, j a known column."""

Layout = Literal["matrix", "transposed", "history"]
"""How a block lays out an array of the mathematics.

matrix: sheet (i, j) is array [i, j]. transposed: sheet (i, j) is array [j, i].
history: sheet row i is array [i] flattened, one training step a row; a single row is its row 0.
"""


Moment = int | str | slice
"""Which rows of a history another sheet shows: one, the one that a block chooses, or several."""


@dataclass(frozen=True)
class Block:
    """A named rectangle that holds one array: typed numbers, then ONE formula for the rest.

    `typed_rows` leading rows are numbers a person may edit (all of them: an input block);
    `formula` computes the others. `quantity` and `shape` say which array it shows and of what
    shape that array is (with the steps first for a history); `layout` how it is turned.
    `initial` are the typed numbers that are none of the lesson's: constants, and a chooser's first
    choice. A history that `carries` a quantity takes it over from the row above: W carries W_new.
    A block that reads histories shows the training step `moment`: a row (-1 is the last), or the
    name of the block that chooses one, or a slice of them all. A report calls it by its quantity,
    or as it is `called`, and its rows what they count. Its formula is held against the quantity's
    own rule, or against the one that it is made `by`. A difference in it is measured by its
    quantity's largest value, or by `unit` where that is larger: how far apart two numbers are that
    should be equal says nothing of how large anything is.
    One that `holds` texts has arrays of texts, and formulas in all of its cells.
    A block belongs to a `variant` of the lesson, 0 for the lesson itself. Where its formula comes
    to no number it says `word` (None: it always comes to one); the rows without a number of the
    quantity `wherever` are such. One with typed rows and no numbers for them has these rows filled
    by another block.
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
    moment: Moment | None = None
    called: str = ""
    by: str = ""
    counts: str = "step"
    unit: float = 0.0
    holds: Literal["numbers", "texts"] = "numbers"
    variant: int = 0
    word: str | None = None
    wherever: str = ""

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
            at = f"{self.counts} {row}"
            inner = ",".join(map(str, np.unravel_index(column, self.shape[1:])))
            return f"{called}[{inner}] at {at}" if inner else f"{called} at {at}"
        flat = np.unravel_index(column, self.shape) if self.layout == "history" else (row, column)
        where = flat[::-1] if self.layout == "transposed" else flat
        return f"{called}[{','.join(map(str, where))}]" if self.shape != (1, 1) else called

    @property
    def is_begun_elsewhere(self) -> bool:
        """Whether its first rows are another block's cells."""
        nothing_typed = not self.typed_name and self.initial is None
        return bool(self.typed_rows) and nothing_typed and self.formula is not None

    def typed_area(self) -> Area:
        """The rectangle of the typed rows."""
        return self.area.part(0, 0, self.typed_rows, self.area.columns)


class Text(NamedTuple):
    """A piece of text in one cell, or in `span` neighbouring ones that are merged."""

    row: int
    column: int
    text: str
    style: str = "plain"
    span: int = 1


@dataclass(frozen=True)
class Axis:
    """An axis of a chart; without ends it is as long as its numbers ask."""

    title: str = ""
    low: float | None = None
    high: float | None = None
    is_log: bool = False


@dataclass(frozen=True)
class Series:
    """A line through points: columns or rows of cells. Colours are 'RRGGBB', sizes points.

    `label` is a cell with its name, which a legend in OpenDocument cannot do without. A live one is
    a formula, and the name follows it in every format.
    """

    name: str
    x: Area
    y: Area
    color: str
    width: float = 1.75  # 0: no line
    marker: int = 0  # 0: none
    label: Area | None = None
    is_live: bool = False


@dataclass(frozen=True)
class Chart:
    """A scatter chart that lies on the cells of `area` and is as large as they are.

    A bare one is see-through and without axes or margins: it draws over the cells. The first cell
    of its area holds nothing else.
    """

    area: Area
    title: str
    series: tuple[Series, ...]
    x: Axis = Axis()
    y: Axis = Axis()
    has_legend: bool = False
    is_bare: bool = False


@dataclass(frozen=True)
class Rule:
    """Cells look otherwise while a number lies between two others, or while a formula is true.

    `style` is that of the cells, `look` a key of the looks (see `writing.styles`). `formula` is
    that of the area's first cell, filled over it as a block's is, and over the `others`. The first
    rule that holds wins.
    """

    area: Area
    style: str
    look: str
    between: tuple[float, float] = (0.0, 0.0)
    formula: Formula | None = None
    others: tuple[Area, ...] = ()

    def areas(self) -> tuple[Area, ...]:
        """All of them, the first one first."""
        return (self.area, *self.others)


@dataclass(frozen=True)
class Validation:
    """What a person may type into cells, and what the program says otherwise.

    A number or a whole number from `low` to `high` (None: no end), or one of `options`. Where it is
    not strict, options are offered and anything else may be typed.
    """

    area: Area
    kind: Literal["number", "whole", "list"]
    title: str
    message: str
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    is_strict: bool = True


class Group(NamedTuple):
    """Neighbouring columns that fold; those of a higher level lie within others."""

    column: int
    columns: int
    level: int = 1
    is_folded: bool = False


@dataclass
class Print:
    """How a sheet is printed: landscape, `wide` pages across, every page with its footer."""

    areas: tuple[Area, ...] = ()  # none: all of it
    rows: tuple[int, int] | None = None  # first and last row repeated on every page
    wide: int = 1
    tall: int = 0  # 0: as many pages as it takes


@dataclass
class Sheet:
    """One sheet: what stands on it and how it is shown."""

    name: str
    blocks: list[Block] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)  # column -> characters
    heights: dict[int, float] = field(default_factory=dict)  # row -> points
    frozen: tuple[int, int] = (0, 0)  # rows, columns
    charts: list[Chart] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    validations: list[Validation] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    print: Print | None = field(default_factory=Print)  # None: not at all
    tab: str = ""  # colour
    zoom: int = 100  # percent
    cursor: tuple[int, int] | None = None  # a cell other than the first yellow one
    is_hidden: bool = False
    grid: bool = False
    extra_names: dict[str, Area] = field(default_factory=dict)
    array_rules: dict[str, ArrayRule] = field(default_factory=dict)  # of what only it shows

    def width(self) -> int:
        """Columns from the first to the last one used."""
        blocks = [block.area.column + block.area.columns for block in self.blocks]
        charts = [chart.area.column + chart.area.columns for chart in self.charts]
        return max(blocks + charts + [text.column + text.span for text in self.texts], default=1)

    def height(self) -> int:
        """Rows from the first to the last one that holds anything."""
        blocks = [block.area.row + block.area.rows for block in self.blocks]
        return max(blocks + [text.row + 1 for text in self.texts], default=1)

    def first_typed(self) -> tuple[int, int]:
        """Where the cursor stands when the sheet is opened: in the first yellow cell."""
        typed = [(b.area.row, b.area.column) for b in self.blocks if b.typed_name]
        return self.cursor or min(typed, default=(0, 0))


@dataclass(frozen=True)
class Workbook:
    """A whole workbook, free of any file format."""

    title: str
    sheets: tuple[Sheet, ...]
    is_protected: bool = False  # formulas locked, without a password; yellow cells not
    symbols: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Quantity to the name of its elements in the lesson's notation (see `symbols`)."""

    def blocks(self) -> Iterator[Block]:
        """All blocks, sheet by sheet."""
        for sheet in self.sheets:
            yield from sheet.blocks

    def array_rules(self) -> dict[str, ArrayRule]:
        """The NumPy rule of every quantity, those that a single sheet shows among them."""
        return dict(ChainMap(*(sheet.array_rules for sheet in self.sheets), RULES))

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
