"""What stands around the yellow blocks of a fresh workbook: their headings and row labels.

Knows: which text belongs above each column of a block and which to the left of each row, and what
in a file speaks against a place: another block's heading, or a formula that belongs to a computed
cell. Does not know names, or where a block should be looked for (see `places`).

A heading that somebody translated or deleted speaks for nothing and against nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area, Placement
from sheetnet.formulas.printing import DIALECTS, Marks, Printer
from sheetnet.formulas.references import Dialect
from sheetnet.formulas.tokens import FUNCTION_PREFIX, tokenise
from sheetnet.formulas.tree import I, Index
from sheetnet.reading.cells import Cell
from sheetnet.sheets.model import Block, Sheet, Workbook
from sheetnet.sheets.views import history

STEP = history("step")
"""The column of step numbers, whose first one is a constant: 0."""

Heading = tuple[int, str]
"""How many rows up or columns to the left a text stands, and the text."""
Look = Callable[[str, int, int], Cell | None]
"""What stands in a cell of a file: (sheet, row, column)."""


def yellow(block: Block) -> str:
    """The name of a block's yellow cells, if they hold numbers of the lesson; "" for none, and for
    a cell that chooses what is shown."""
    return block.typed_name if block.initial is None else ""


@dataclass(frozen=True)
class Marked:
    """A block whose place matters: a yellow one, or the number of the first step.

    `area` is its place in a fresh workbook; `above` the nearest text above each column of it, and
    `left` the nearest to the left of each row, as far as there is one.
    """

    name: str
    area: Area
    above: dict[int, Heading]
    left: dict[int, Heading]

    def named(self, names: Placement) -> Area | None:
        """Where its name says that it stands, or None without a name."""
        area = names.get(self.name)
        if area is not None and self.name == STEP:  # the name of all steps
            return area.part(0, 0, self.area.rows, area.columns)
        return area


@dataclass
class Surroundings:
    """All marked blocks of a fresh workbook, and what speaks for and against a place."""

    workbook: Workbook

    @cached_property
    def marked(self) -> list[Marked]:
        """The yellow blocks, and the number of the first step."""
        found = []
        for sheet in self.workbook.sheets:
            areas = {yellow(block) or STEP: block.typed_area() for block in sheet.blocks
                     if yellow(block) or block.name == STEP}  # fmt: skip
            nearest = _Nearest(sheet) if areas else None
            for name, area in areas.items():
                assert nearest is not None, "made where there are areas"
                found.append(Marked(name, area, nearest.above(area), nearest.left(area)))
        return found

    @cached_property
    def _next_to_blocks(self) -> tuple[set[str], set[str]]:
        """Every text that stands right above a block's column, or to the left of its row."""
        above: set[str] = set()
        left: set[str] = set()
        for sheet in self.workbook.sheets:
            nearest = _Nearest(sheet)
            for block in sheet.blocks:
                above.update(text for _, text in nearest.above(block.area).values())
                left.update(text for _, text in nearest.left(block.area).values())
        return above, left

    def agrees(self, marked: Marked, area: Area, look: Look) -> bool:
        """Whether every heading and label stands where a fresh workbook has it; there must be
        one."""
        return bool(marked.above or marked.left) and all(
            cell is not None and cell.value == text
            for cell, text in (
                *((look(area.sheet, area.row - up, area.column + column), text)
                  for column, (up, text) in marked.above.items()),
                *((look(area.sheet, area.row + row, area.column - left), text)
                  for row, (left, text) in marked.left.items()),
            )
        )  # fmt: skip

    def objection(self, marked: Marked, area: Area, look: Look, dialect: Dialect) -> str:
        """What speaks against the block standing there, as the rest of a sentence, or ""."""
        headings, labels = self._next_to_blocks
        for row in range(area.rows):
            for column in range(area.columns):
                at = _where(area, row, column)
                cell = look(area.sheet, area.row + row, area.column + column)
                if cell is None:
                    up = marked.above.get(column, (0, ""))[0]
                    if up and look(area.sheet, area.row - up, area.column + column) is None:
                        return f"{at} ('{marked.name}') is empty, and so is its heading's place"
                    continue
                if cell.kind == "text" and cell.value in headings | labels:
                    return f"{at} ('{marked.name}') holds the heading '{cell.value}'"
                if cell.formula and self._is_computed(cell.formula, dialect, marked.area.sheet):
                    return f"{at} ('{marked.name}') holds a formula of the computed cells"
        for column, (up, text) in marked.above.items():
            found = _first(look(area.sheet, area.row - k, area.column + column)
                           for k in range(1, up + 1))  # fmt: skip
            if found and found != text and found in headings:
                return (f"above {_where(area, 0, column)} ('{marked.name}') stands '{found}', "
                        f"where '{text}' belongs")  # fmt: skip
        for row, (left, text) in marked.left.items():
            found = _first(look(area.sheet, area.row + row, area.column - k)
                           for k in range(1, left + 1))  # fmt: skip
            if found and found != text and found in labels:
                return (f"left of {_where(area, row, 0)} ('{marked.name}') stands '{found}', "
                        f"where '{text}' belongs")  # fmt: skip
        return ""

    def _is_computed(self, formula: str, dialect: Dialect, sheet: str) -> bool:
        shape = _shape(formula, dialect)
        return shape is not None and shape in self._shapes(dialect, sheet)

    def _shapes(self, dialect: Dialect, sheet: str) -> set[tuple[object, ...]]:
        """The shapes of all computed cells of a sheet."""
        key = (dialect, sheet)
        if key not in self._known:
            self._known[key] = set(_shapes_of(self.workbook, dialect, sheet))
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[str, str], set[tuple[object, ...]]]:
        return {}


class _Nearest:
    """The nearest texts above and to the left of the cells of a fresh sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self.columns: dict[int, list[tuple[int, str]]] = {}
        self.rows: dict[int, list[tuple[int, str]]] = {}
        for row, column, text, *_ in sheet.texts:
            if text:
                self.columns.setdefault(column, []).append((row, text))
                self.rows.setdefault(row, []).append((column, text))
        for texts in (*self.columns.values(), *self.rows.values()):
            texts.sort()

    def above(self, area: Area) -> dict[int, Heading]:
        found = ((k, _before(self.columns.get(area.column + k), area.row))
                 for k in range(area.columns))  # fmt: skip
        return {column: heading for column, heading in found if heading}

    def left(self, area: Area) -> dict[int, Heading]:
        found = ((k, _before(self.rows.get(area.row + k), area.column))
                 for k in range(area.rows))  # fmt: skip
        return {row: heading for row, heading in found if heading}


def _before(texts: list[tuple[int, str]] | None, place: int) -> Heading | None:
    """The last of some texts in front of a place."""
    at = bisect_left(texts, (place,)) if texts else 0
    return (place - texts[at - 1][0], texts[at - 1][1]) if texts and at else None


def _first(cells: Iterator[Cell | None]) -> str:
    """The first text among some cells."""
    return next((str(cell.value) for cell in cells if cell and cell.kind == "text"), "")


def _where(area: Area, row: int, column: int) -> str:
    return f"{area.sheet}!{column_name(area.column + column)}{area.row + row + 1}"


def _shapes_of(workbook: Workbook, dialect: Dialect, sheet: str) -> Iterator[tuple[object, ...]]:
    placement: Placement = workbook.names()
    spelling = next(each for each in DIALECTS.values() if each.name == dialect)
    for block in workbook.blocks():
        if block.formula is None or block.area.sheet != sheet:
            continue
        for column in range(block.area.columns):
            marks = Marks()
            printer = Printer(spelling, placement, block.area, marks)
            pattern = printer.text(block.formula(I, Index(column, "j")))
            text = marks.fill(pattern, block.area.row + block.typed_rows)
            if shape := _shape(text, dialect):
                yield shape


def _shape(formula: str, dialect: Dialect) -> tuple[object, ...] | None:
    """The functions of a formula and its references, each counted from the first one: the same
    wherever the formula is moved to. None for fewer than two references, which prove nothing."""
    found: list[object] = []
    first: tuple[int, int] | None = None
    references = 0
    for token in tokenise(formula, dialect):
        ref = token.reference
        if token.kind == "func":
            found.append(FUNCTION_PREFIX.sub("", token.text.upper(), count=1))
        elif token.kind == "name":
            found.append(token.text.casefold())
        elif ref is not None:
            references += 1
            row = None if ref.row_absolute else ref.row
            column = None if ref.column_absolute else ref.column
            if first is None and row is not None and column is not None:
                first = (row, column)
            start = first or (0, 0)
            found.append((None if row is None else row - start[0],
                          None if column is None else column - start[1],
                          ref.last_row - ref.row, ref.last_column - ref.column))  # fmt: skip
    return tuple(found) if references > 1 else None
