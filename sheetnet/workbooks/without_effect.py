"""Edits that change nothing of the lesson: typed over formulas, beyond the blocks, into a copy.

Knows: which cells of an edited workbook are read, and so which of a person's numbers are not. Does
not know what a formula should be (see `checking`), or what was typed into yellow cells (`edits`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.sheets.model import Block
from sheetnet.workbooks.places import shifted, where
from sheetnet.workbooks.saved import Saved
from sheetnet.workbooks.surroundings import STEP

SMALL = 50_000
"""Cells of a workbook that is looked through at once; in a larger one formulas are counted first,
which tells most often that none was overwritten."""


@dataclass(frozen=True)
class Unread:
    """Cells whose contents have no effect on the lesson: where, and a whole sentence."""

    cells: Area
    text: str


def unread(saved: Saved, most: int = SMALL) -> list[Unread]:
    """Everything that somebody may have typed in vain, in the order of the sheets.

    A workbook whose formulas were all turned into values has nothing but; it is told otherwise.
    Raises FileError.
    """
    blocks = list(saved.workbook.blocks())
    computed = sum((b.area.rows - b.typed_rows) * b.area.columns for b in blocks)
    whole = saved.is_confirmed and saved.formula_count == computed
    if saved.is_static or (whole and computed > most):
        return []
    places = {b.name: area for b in blocks if (area := _place(saved, b))}
    found = [each for b in blocks if b.name in places for each in _typed_over(saved, b, places)]
    found += _below(saved, places)
    found += _copies(saved)
    return found


def _place(saved: Saved, block: Block) -> Area | None:
    area = saved.places.area_of(block.name, block.area, saved.names)
    fits = area and (area.rows, area.columns) == (block.area.rows, block.area.columns)
    return area if fits else None


def _typed_over(saved: Saved, block: Block, places: dict[str, Area]) -> Iterator[Unread]:
    """Computed cells in which no formula stands; neighbours in rows alike as one."""
    if block.formula is None:
        return
    area = places[block.name]
    open_runs: dict[tuple[int, int], Area] = {}
    for row in range(block.typed_rows, block.area.rows):
        lost = [k for k in range(area.columns) if _is_lost(saved, area.part(row, k, 1, 1))]
        runs: dict[tuple[int, int], Area] = {}
        for _, run in groupby(enumerate(lost), lambda pair: pair[1] - pair[0]):
            columns = [column for _, column in run]
            spot = area.part(row, columns[0], 1, len(columns))
            above = open_runs.pop((columns[0], len(columns)), None)
            runs[columns[0], len(columns)] = (
                replace(above, rows=above.rows + 1) if above else spot
            )
        for spot in open_runs.values():
            yield Unread(spot, _told(saved, block, area, spot))
        open_runs = runs
    for spot in open_runs.values():
        yield Unread(spot, _told(saved, block, area, spot))


def _is_lost(saved: Saved, spot: Area) -> bool:
    cell = saved.cell_at(spot.sheet, spot.row, spot.column)
    return cell is None or (cell.formula is None and not cell.matrix)


def _told(saved: Saved, block: Block, area: Area, spot: Area) -> str:
    name = block.label(spot.row - area.row, spot.column - area.column)
    cell = saved.cell_at(spot.sheet, spot.row, spot.column)
    if cell is None:
        return (
            f"{_range(spot)} ({name}) is empty, where a formula belongs. Undo that, or copy the "
            "formula from a neighbouring cell."
        )
    home = _yellow(saved, block)
    there = f"the yellow cells {_range(home)}" if home else "yellow cells"
    return (
        f"{_range(spot)} ({name}) holds {cell.value!r}, typed over a formula: it is not read, and "
        f"breaks the chain of what is computed. Only {there} count. Undo it (or copy the formula "
        f"back from a neighbouring cell), and type there instead."
    )


def _yellow(saved: Saved, block: Block) -> Area | None:
    """The yellow cells that start a block, or that hold the quantity which it shows."""
    areas = saved.places.areas
    names = (block.typed_name, block.quantity, *(n for n in areas if block.name.endswith(f"_{n}")))
    return next((areas[name] for name in names if name in areas), None)


def _below(saved: Saved, places: dict[str, Area]) -> Iterator[Unread]:
    """Rows that go on below the last step, or below the last example."""
    steps = [b for b in saved.workbook.blocks() if b.name in places and b.layout == "history"
             and b.area.rows > 1]  # fmt: skip
    if steps:
        area = places[STEP if STEP in places else steps[0].name]
        last = [places[b.name] for b in steps]
        rows = 0
        while any(_holds(saved, each, each.rows + rows) for each in last):
            rows += 1
        if rows:
            first = area.part(area.rows, 0, 1, 1)
            below = f"the row {first.row + 1}" if rows == 1 else (
                f"the rows {first.row + 1} to {first.row + rows}")  # fmt: skip
            yield Unread(
                area.part(area.rows, 0, rows, 1),
                f"{where(first)}: the lesson has {saved.original.training.steps} steps; below, "
                f"{below} of '{area.sheet}' are neither read nor compared. For more steps: "
                "'sheetnet write' with --steps.",
            )
    taken = [*places.values(), *saved.places.areas.values()]
    for name in ("inputs", "targets"):
        if name not in saved.places.areas:
            continue
        area = saved.places.areas[name]
        spot = area.part(area.rows, 0, 1, area.columns)
        if _holds(saved, area, area.rows) and not any(_meet(spot, other) for other in taken):
            yield Unread(
                spot,
                f"{_range(spot)} stands below the last of {name}, and is not read. The number of "
                "examples is the lesson's: save it with 'sheetnet read -o', add the example there, "
                "and write the workbook anew.",
            )


def _holds(saved: Saved, area: Area, row: int) -> bool:
    """Whether a row, counted from an area's first, holds a number or a formula in its columns."""
    cells = saved.cells.get(area.sheet, {})
    return any(
        (cell := cells.get((area.row + row, area.column + column))) is not None
        and (cell.kind == "number" or cell.formula is not None)
        for column in range(area.columns)
    )


def _copies(saved: Saved) -> Iterator[Unread]:
    """Sheets that are copies of one with yellow cells, as their headings show."""
    homes = {area.sheet for area in saved.places.areas.values()}
    others = [sheet for sheet in saved.cells if sheet not in homes]
    for home in sorted(homes):
        marks = [m for m in saved.surroundings.marked
                 if m.name in saved.places.areas and saved.places.areas[m.name].sheet == home
                 and (m.above or m.left)]  # fmt: skip
        for other in others:
            spots = [(saved.places.areas[m.name], m) for m in marks]
            look = saved.cell_at
            if not spots or not all(
                saved.surroundings.agrees(m, shifted(area, other, 0, 0), look) for area, m in spots
            ):
                continue
            differing = [
                spot
                for area, _ in spots
                for row in range(area.rows)
                for column in range(area.columns)
                for spot in [area.part(row, column, 1, 1)]
                if _value(saved, spot) != _value(saved, shifted(spot, other, 0, 0))
            ]
            if differing:
                first = shifted(differing[0], other, 0, 0)
                more = f", and {len(differing) - 1} more" if len(differing) > 1 else ""
                yield Unread(
                    first,
                    f"{where(first)} holds {_value(saved, first)!r}{more}: '{other}' is a copy of "
                    f"'{home}' with other numbers in its yellow cells, and is not read. "
                    f"{where(differing[0])} of '{home}' counts, {_value(saved, differing[0])!r}. "
                    "Type there, or delete the sheet that you do not want.",
                )


def _value(saved: Saved, spot: Area) -> object:
    cell = saved.cell_at(spot.sheet, spot.row, spot.column)
    return None if cell is None else cell.value


def _meet(one: Area, other: Area) -> bool:
    return (
        one.sheet == other.sheet
        and one.row < other.row + other.rows
        and other.row < one.row + one.rows
        and one.column < other.column + other.columns
        and other.column < one.column + one.columns
    )


def _range(area: Area) -> str:
    """'Training!K8:P8'."""
    if area.rows == area.columns == 1:
        return where(area)
    last = f"{column_name(area.column + area.columns - 1)}{area.row + area.rows}"
    return f"{where(area)}:{last}"
