"""Names and places become the cells of a Book.

A change replaces a template at some steps, or the number in a cell; it is what a slip comes to.
Inside a template, besides `{name}`, `{name@-1}` and `{p:q}`:

    {~name}   an address without dollars, filled down from the first step; {^name}, from the next
    {>name}   the next cell below (right of) the right one
    {!name}   an empty cell near the right one
    [loss|W|h]  the loss written out with h added to W
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from tests.support.class_sheets.book import Book, Cell, letters
from tests.support.class_sheets.layouts import Layout, Look, lay_out
from tests.support.class_sheets.nets import Model, Quantity

REFERENCE = re.compile(r"\{([~^>!]?)([^{}@:]+?)(?:@([+-]\d+))?(?::([^{}]+))?\}")


@dataclass(frozen=True)
class Change:
    """One template at some steps; `number` types a number over the formula instead."""

    quantity: Quantity
    steps: tuple[int, ...]
    number: float | None = None


@dataclass
class Sheet:
    """A book and where its names stand."""

    model: Model
    layout: Layout
    look: Look
    book: Book

    def shown(self) -> Book:
        """The book as people get it, without what only the proof needs."""
        book = self.book.copy()
        for cell in self.layout.hidden:
            book.cells.pop(cell, None)
        return book


class _Writer:
    def __init__(self, model: Model, layout: Layout, changes: list[Change]) -> None:
        self.model, self.layout = model, layout
        self.changed = {(c.quantity.name, t): c.quantity for c in changes for t in c.steps}
        self.typed = {(c.quantity.name, t): c.number for c in changes for t in c.steps}
        self.taken: set[Cell] = set(layout.at.values()) | set(layout.headings)

    def quantity(self, name: str, step: int) -> Quantity:
        kept = self.changed.get((name, step))
        if kept is None:
            kept = self.model.quantities.get(name) or self.model.updates[name]
        return kept

    def formula(self, name: str, step: int, here: Cell) -> str:
        return self.text(self.quantity(name, step).template, step, here)

    def text(self, template: str, step: int, here: Cell) -> str:
        template = re.sub(r"\[loss\|(.+?)\|(.+?)\]", lambda m: self._nudged(m[1], m[2]), template)
        return REFERENCE.sub(lambda m: self._reference(m, step, here), template)

    def _nudged(self, weight: str, amount: str) -> str:
        """The loss as one template, written out, with some amount added to a weight."""
        text = "{loss}"
        while True:
            new = re.sub(
                r"\{([^{}]+)\}",
                lambda m: (
                    f"({self.model.quantities[m[1]].template})"
                    if m[1] in self.model.quantities
                    else m[0]
                ),
                text,
            )
            if new == text:
                return text.replace(f"{{{weight}}}", f"({{{weight}}}+{amount})")
            text = new

    def _reference(self, match: re.Match[str], step: int, here: Cell) -> str:
        mark, name, shift, to = match.groups()
        at = step + int(shift or 0)
        cell = self.layout.find(name, at)
        if cell is None:
            text = self.formula(name, at, here)
            return text if re.fullmatch(r"[\w$.]+", text) else f"({text})"
        if to is not None:
            last = self.layout.find(to, at)
            assert last is not None and (last.row == cell.row or last.column == cell.column), match
            first, second = self._address(name, at, cell), self._address(to, at, last)
            return self._home(cell, here) + f"{first}:{second}"
        if mark in ("~", "^"):
            down, right = self.layout.drift
            far = step - (mark == "^")
            moved = (cell.row + down * far, cell.column + right * far)
            return self._home(cell, here) + Cell(cell.sheet, *moved).a1
        if mark == ">":
            down = self.layout.drift[0] != 0 or self.layout.drift == (0, 0)
            moved = (cell.row + (not down), cell.column + down)
            return self._home(cell, here) + Cell(cell.sheet, *moved).a1
        if mark == "!":
            empty = next(
                c
                for k in range(1, 99)
                for c in (Cell(cell.sheet, cell.row + k, cell.column),
                          Cell(cell.sheet, cell.row, cell.column + k))
                if c not in self.taken
            )  # fmt: skip
            return self._home(cell, here) + f"${letters(empty.column)}${empty.row}"
        rows, columns = self._shape(name)
        if (rows, columns) != (1, 1):
            last = Cell(cell.sheet, cell.row + rows - 1, cell.column + columns - 1)
            first, second = self._address(name, at, cell), self._address(name, at, last)
            return f"{self._home(cell, here)}{first}:{second}"
        if name in self.layout.named:
            return self.layout.named[name]
        start, height = self.layout.blocks
        if height and name in self.model.start and at == step:
            column = letters(cell.column)
            row = f"{start}+INT((ROW()-{start})/{height})*{height}"
            return f"INDEX({column}:{column},{row})"
        return self._home(cell, here) + self._address(name, at, cell)

    def _shape(self, name: str) -> tuple[int, int]:
        if name in self.model.quantities:
            return self.model.quantities[name].shape
        value = self.model.start.get(name, self.model.given.get(name, 0.0))
        shape = np.shape(value)
        return (int(shape[0]), int(shape[1])) if shape else (1, 1)

    def _home(self, cell: Cell, here: Cell) -> str:
        if cell.sheet == here.sheet:
            return ""
        return f"'{cell.sheet}'!" if " " in cell.sheet else f"{cell.sheet}!"

    def _address(self, name: str, step: int, cell: Cell) -> str:
        column = letters(cell.column)
        if (name, step) in self.layout.at or self.layout.anchor == "B3":
            return f"{column}{cell.row}"
        return f"${column}${cell.row}" if self.layout.anchor == "$B$3" else f"{column}${cell.row}"


def compose(model: Model, look: Look, changes: list[Change] | None = None) -> Sheet:
    """The whole workbook of a model, with changes planted."""
    layout = lay_out(model, look)
    writer = _Writer(model, layout, changes or [])
    book = Book()
    cells: dict[Cell, float | str] = dict(layout.headings)
    for (name, step), cell in layout.at.items():
        content = _content(writer, name, step, cell)
        if isinstance(content, list):
            for (i, j), value in np.ndenumerate(np.array(content)):
                cells[Cell(cell.sheet, cell.row + i, cell.column + j)] = float(value)
            continue
        cells[cell] = content
        rows, columns = writer._shape(name)
        if isinstance(content, str) and (rows, columns) != (1, 1):
            book.arrays[cell] = (rows, columns)
    if model.spec.rate == "indirect":
        eta = layout.at["eta", None]
        for cell, text in cells.items():
            if isinstance(text, str):
                cells[cell] = re.sub(r'INDIRECT\("[$A-Z0-9]+"\)', f'INDIRECT("{eta.a1}")', text)
    book.cells = {c: cells[c] for c in sorted(cells) if cells[c] != ""}
    book.names = {text: layout.at[name, None] for name, text in layout.named.items()}
    if look.chart and model.spec.loss_shown:
        book.chart = (layout.at["loss", 0], layout.at["loss", model.spec.steps - 1])
    return Sheet(model, layout, look, book)


def _content(
    writer: _Writer, name: str, step: int | None, cell: Cell
) -> float | str | list[list[float]]:
    model = writer.model
    if step is None:
        return model.given[name]
    if (number := writer.typed.get((name, step))) is not None:
        return number
    if name in model.turns:
        return model.turns[name][step]
    if step == 0 and name in model.start:
        return model.start[name]
    return "=" + writer.formula(name, step, cell)
