"""Where every name of a model stands, step by step: the ways in which people lay out a sheet.

A layout only places; `compose` writes the formulas. A name without a place is written out where
it is used.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from tests.support.class_sheets.book import Cell
from tests.support.class_sheets.nets import Model
from tests.support.class_sheets.words import heading


@dataclass(frozen=True)
class Look:
    """How a sheet is laid out, beside what is trained."""

    layout: str = "rows"
    keep: tuple[str, ...] = ("z", "a", "err", "delta", "gradient")  # kinds with cells of their own
    words: str = "en"
    stack: bool = True  # the given numbers stand in one column, else each in a row at the top
    indexed: bool = False  # blocks find their weights by INDEX(B:B, row of the block)
    anchor: str = "$B$3"  # or B$3, or B3: each cell written by hand
    gap: int = 0
    chart: bool = False
    data: str = ""  # the sheet of the given numbers, where they have one of their own


@dataclass
class Layout:
    """The cells of names; `None` for a step means that one cell serves all steps."""

    at: dict[tuple[str, int | None], Cell] = field(default_factory=dict)
    headings: dict[Cell, str] = field(default_factory=dict)
    hidden: set[Cell] = field(default_factory=set)
    named: dict[str, str] = field(default_factory=dict)
    drift: tuple[int, int] = (1, 0)  # how far an address without dollars moves in a step
    blocks: tuple[int, int] = (0, 0)  # first row, rows a block: for INDEX
    anchor: str = "$B$3"
    steps: int = 0  # how many have a loss; 0 is all

    def find(self, name: str, step: int) -> Cell | None:
        return self.at.get((name, step)) or self.at.get((name, None))


def kinds(model: Model, look: Look) -> list[str]:
    """The names that get cells each step, in the order in which people write them."""
    shown = [*model.turns, *(n for n in model.start)]
    later: list[str] = []
    for name, quantity in model.quantities.items():
        if quantity.kind in look.keep or quantity.kind == "decoy":
            (later if quantity.kind == "decoy" else shown).append(name)
    if model.spec.loss_shown:
        shown.insert(len(shown), "loss")
    return shown + [n for n in model.updates if n not in model.start] + later


def _given(model: Model, look: Look, layout: Layout, sheet: str, row: int = 2) -> int:
    """The given numbers: stacked below each other, or in rows at the top. Returns the next row."""
    named = model.spec.rate == "named"
    scalars = [n for n in model.given if not isinstance(model.given[n], list)]
    if look.stack:
        for i, name in enumerate(scalars):
            layout.at[name, None] = Cell(sheet, row + i, 2)
            layout.headings[Cell(sheet, row + i, 1)] = heading(name, look.words)
        row += len(scalars)
    else:
        groups: dict[str, list[str]] = {}
        for name in scalars:
            group = name if name in ("eta", "n", "mu", "rho", "eps") else name[0]
            groups.setdefault(group, []).append(name)
        for names in groups.values():
            layout.headings[Cell(sheet, row, 1)] = heading(names[0], look.words)
            for j, name in enumerate(names):
                layout.at[name, None] = Cell(sheet, row, 2 + j)
            row += 1
    if named:
        for name in ("eta", *(n for n in scalars if n[0] in "xt")):
            layout.named[name] = {"eta": "eta"}.get(name, f"{name.replace('.', '_')}_")
    return row


def _hide(model: Model, layout: Layout, sheet: str, steps: Iterable[int]) -> None:
    """Where the sheet shows no loss, a place for it that only the proof uses."""
    for t in steps:
        if ("loss", t) not in layout.at:
            cell = Cell(sheet, 2 + t, 200)
            layout.at["loss", t] = cell
            layout.hidden.add(cell)


def rows(model: Model, look: Look, *, across: bool = False) -> Layout:
    """One row a step (`across`: one column a step)."""
    layout = Layout(anchor=look.anchor, drift=(0, 1) if across else (1, 0))
    sheet = "Training"
    below = _given(model, look, layout, look.data or sheet)
    names = kinds(model, look)
    if look.data:
        below = 1
    first_row, first_column = (3, 4) if look.stack and not across else (below + 2, 1)
    if across:
        first_row, first_column = below + 1, 2
    for j, name in enumerate(names):
        for t in range(model.spec.steps):
            if not (t == 0 and name.startswith("diff ")):
                place = (
                    (first_row + j, first_column + t)
                    if across
                    else (first_row + t, first_column + j)
                )
                layout.at[name, t] = Cell(sheet, *place)
        place = (first_row + j, 1) if across else (first_row - 1, first_column + j)
        layout.headings[Cell(sheet, *place)] = heading(name, look.words)
    return layout


def transposed(model: Model, look: Look) -> Layout:
    """Time runs rightwards."""
    return rows(model, look, across=True)


def _example(name: str) -> int | None:
    """The example that a name belongs to, if to one."""
    if name[0] in "xt" or (name.startswith(("z", "a", "d", "err")) and not name.startswith("diff")):
        return int(name.rsplit(".", 1)[1])
    return None


def blocks(model: Model, look: Look) -> Layout:
    """A block of rows a step, one row an example; weights on the block's first row.

    Inputs and targets are typed again in every block.
    """
    layout = Layout(anchor=look.anchor)
    sheet, count = "Sheet1", model.spec.examples
    for name in [n for n in model.given if n[0] in "xt"]:
        model.turns[name] = [float(model.given.pop(name))] * model.spec.steps  # type: ignore[arg-type]
    height = count + look.gap
    first = _given(model, look, layout, sheet) + 2
    layout.drift = (height, 0)
    columns: dict[str, int] = {}
    for name in kinds(model, look):
        e = _example(name)
        column = name if e is None else name.rsplit(".", 1)[0]
        columns.setdefault(column, len(columns) + 2)
        for t in range(model.spec.steps):
            row = first + t * height + (e or 0)
            if not (t == 0 and name.startswith("diff ")):
                layout.at[name, t] = Cell(sheet, row, columns[column])
        layout.headings[Cell(sheet, first - 1, columns[column])] = heading(column, look.words)
    if look.indexed:
        layout.blocks = (first, height)
    return layout


def sheets(model: Model, look: Look) -> Layout:
    """A sheet a step; the given numbers stand on the first one."""
    layout = Layout(anchor=look.anchor, drift=(0, 0))
    start = _given(model, look, layout, "Step 1") + 1
    for t in range(model.spec.steps):
        sheet, row, column, before = f"Step {t + 1}", start, 1, ""
        for name in kinds(model, look):
            group = name.split(".")[0]
            row += group != before
            column = 2 if group != before else column + 1
            before = group
            if t == 0 and name.startswith("diff "):
                continue
            layout.at[name, t] = Cell(sheet, row, column)
            layout.headings[Cell(sheet, row, 1)] = heading(group, look.words)
    return layout


def grid(model: Model, look: Look) -> Layout:
    """A band of rows a step: vectors and matrices side by side, but every cell its own formula."""
    layout = Layout(anchor=look.anchor)
    first = _given(model, look, layout, "Grid") + 2
    groups: dict[str, list[tuple[str, int, int]]] = {}
    for name in kinds(model, look):
        if name.startswith("diff "):
            continue
        group, *inner = name.split(".")
        down, right = ([*map(int, inner), 0, 0])[:2]
        if group[0] in "xt" and group[1:].isdigit():
            group, down, right = group[0], int(group[1:]), down
        groups.setdefault(group, []).append((name, down, right))
    height = 2 + max(down for names in groups.values() for _, down, _ in names) + 1
    layout.drift = (height, 0)
    column = 2
    for group, names in groups.items():
        for t in range(model.spec.steps):
            top = first + t * height
            layout.headings[Cell("Grid", top, column)] = heading(group, look.words)
            for name, down, right in names:
                layout.at[name, t] = Cell("Grid", top + 1 + down, column + right)
        column += 2 + max(right for _, _, right in names)
    return layout


def scattered(model: Model, look: Look) -> Layout:
    """One step, its cells strewn over the sheet; nothing reads the new weights."""
    layout = Layout(anchor="B3", drift=(1, 0), steps=1)
    pick = random.Random(len(model.start) * 31 + len(look.words))
    grid = [(r, c) for r in range(2, 42, 2) for c in range(2, 17, 3)]
    names: list[tuple[str, int | None]] = [(n, None) for n in model.given]
    names += [(n, int(n.startswith("diff "))) for n in kinds(model, look)]
    names += [(n, 1) for n in model.weights]
    groups: dict[str, list[tuple[str, int | None]]] = {}
    for name, step in names:
        groups.setdefault(f"{name.split('.')[0]}{step}", []).append((name, step))
    order = list(groups.values())
    pick.shuffle(order)
    free = iter(grid)
    for group in order:  # what belongs together stays close
        for name, step in group:
            cell = Cell("net", *next(free))
            layout.at[name, step] = cell
            word = heading(name, look.words)
            left = Cell("net", cell.row, cell.column - 1)
            layout.headings[left] = f"{word}+" if step == 1 and word else word
    return layout


def matrices(model: Model, look: Look) -> Layout:
    """A band of rows a step, the matrices side by side; array formulas."""
    layout = Layout(anchor=look.anchor)
    column, tallest = 2, 1
    for name, value in model.given.items():
        shape = np.shape(value) or (1, 1)
        layout.at[name, None] = Cell("Matrices", 3, column)
        layout.headings[Cell("Matrices", 2, column)] = heading(name, look.words)
        column, tallest = column + shape[1] + 1, max(tallest, shape[0])
    names = kinds(model, look)
    shapes = {n: np.shape(v) for n, v in model.start.items()}
    shapes |= {n: q.shape for n, q in model.quantities.items()}
    height = max(shape[0] for shape in shapes.values()) + 2
    layout.drift = (height, 0)
    for t in range(model.spec.steps):
        top, column = 3 + tallest + 2 + t * height, 2
        for name in names:
            layout.at[name, t] = Cell("Matrices", top, column)
            layout.headings[Cell("Matrices", top - 1, column)] = heading(name, look.words)
            column += shapes[name][1] + 1
    return layout


LAYOUTS: dict[str, Callable[[Model, Look], Layout]] = {
    "rows": rows, "transposed": transposed, "blocks": blocks, "sheets": sheets,
    "scattered": scattered, "grid": grid, "matrices": matrices,
}  # fmt: skip


def lay_out(model: Model, look: Look) -> Layout:
    """The layout of that name, with a hidden place for a loss that is not shown."""
    layout = LAYOUTS[look.layout](model, look)
    _hide(
        model, layout, next(iter(layout.at.values())).sheet, range(layout.steps or model.spec.steps)
    )
    return layout
