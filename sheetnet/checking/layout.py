"""Names that do not mark their blocks: areas that lie over one another, or away from the heading.

Knows: which rectangles a workbook's names stand for now, and which text stands over or beside each
yellow block. Does not know what is computed from the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product

from sheetnet.checking.findings import Mismatch
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area, Placement
from sheetnet.reading.cell import Cell
from sheetnet.sheets.model import Block, Sheet, Workbook
from sheetnet.workbooks.saved import Saved


def overlaps(workbook: Workbook, placement: Placement) -> Iterator[Mismatch]:
    """Every name whose area lies over another block's.

    A yellow block that starts a computed one lies inside it; of two that overlap, the one that
    has left its place among the blocks of its sheet is named, or else both are.
    """
    homes = workbook.names()
    owners: dict[str, str] = {}  # name -> the block that it belongs to
    for block in workbook.blocks():
        owners[block.name] = block.name
        if block.typed_name:
            owners.setdefault(block.typed_name, block.name)
    by_sheet: dict[str, list[str]] = {}
    for name in owners:
        if name in placement:
            by_sheet.setdefault(placement[name].sheet, []).append(name)
    found: dict[str, str] = {}
    for names in by_sheet.values():
        for one, other in combinations(names, 2):
            if one in homes and other in homes and _meet(homes[one], homes[other]):
                continue  # one fills the other's first row
            if owners[one] != owners[other] and _meet(placement[one], placement[other]):
                moved = [n for n in (one, other) if _has_moved(n, names, homes, placement)]
                for name in moved or (one, other):
                    found.setdefault(name, other if name == one else one)
    for name, block_name in owners.items():
        parts = name != block_name and name in placement and block_name in placement
        if parts and not _starts(name, block_name, homes, placement):
            found.setdefault(name, block_name)
    for name, other in found.items():
        yield _named(name, placement[name], f"'{other}'", placement[other])


def displaced(saved: Saved, placement: Placement) -> Iterator[Mismatch]:
    """Every yellow block whose name stands for other cells than those at its heading.

    A block that was cut and pasted has left nothing behind; one whose name alone was moved leaves
    its numbers under the heading, where typing into them does nothing. Headings that a person has
    reworded say nothing.
    """
    for sheet in saved.workbook.sheets:
        homes = [placement[b.name].sheet for b in sheet.blocks if b.name in placement]
        now = max(set(homes), key=homes.count, default=sheet.name)
        cells = saved.cells.get(now, {})
        for block in sheet.blocks:
            heading = _heading(sheet, block)
            if block.name != block.typed_name or heading is None:
                continue
            area, (text, down, right) = placement[block.name], heading
            here = saved.cells.get(area.sheet, {}).get((area.row - down, area.column - right))
            if here is not None and here.value == text:
                continue
            found = [
                Area(now, row + down, column + right, area.rows, area.columns)
                for (row, column), cell in cells.items()
                if cell.value == text
            ]
            left = [place for place in found if _holds_numbers(cells, place)]
            others = [other for name, other in placement.items() if name != block.name]
            left = [p for p in left if not any(_meet(p, o) for o in others if o.sheet == now)]
            if len(left) == 1 and left[0] != area:
                yield _named(block.name, area, f"the heading '{text}'", left[0])


def _heading(sheet: Sheet, block: Block) -> tuple[str, int, int] | None:
    """The text above a block or left of it, with how far down and right of it the block begins."""
    area = block.area
    for text in sheet.texts:
        above = (text.row, text.column) == (area.row - 1, area.column)
        if above or (text.row == area.row and area.column - 3 <= text.column < area.column):
            return text.text, area.row - text.row, area.column - text.column
    return None


def _holds_numbers(cells: Mapping[tuple[int, int], Cell], area: Area) -> bool:
    rows, columns = range(area.row, area.row + area.rows), range(area.columns)
    places = ((row, area.column + column) for row, column in product(rows, columns))
    return all((cell := cells.get(at)) is not None and cell.kind == "number" for at in places)


def _named(name: str, area: Area, other: str, place: Area) -> Mismatch:
    return Mismatch(
        cell=_corner(area),
        name=name,
        formula="",
        expected=None,
        got=None,
        why="name",
        detail=(
            f"the name '{name}' stands for {_range(area)}, cells that are not its own: "
            f"{other} stands for {_range(place)}. Formulas that use the name read the wrong "
            "cells. Set it back to the cells under its heading (Excel: Formulas, Name Manager; "
            "LibreOffice: Sheet, Named Ranges, Manage), or write the workbook anew."
        ),
    )


def _has_moved(name: str, names: list[str], homes: Placement, placement: Placement) -> bool:
    """Whether a name's shift from its first place is not what most names of its sheet share."""
    shifts = [_shift(each, homes, placement) for each in names if each in homes]
    usual = max(set(shifts), key=shifts.count)
    return _shift(name, homes, placement) != usual


def _shift(name: str, homes: Placement, placement: Placement) -> tuple[int, int]:
    home, now = homes[name], placement[name]
    return now.row - home.row, now.column - home.column


def _starts(part: str, whole: str, homes: Placement, placement: Placement) -> bool:
    """Whether a yellow block still starts the computed one that it belongs to."""
    same_sheet = placement[part].sheet == placement[whole].sheet
    return same_sheet and _shift(part, homes, placement) == _shift(whole, homes, placement)


def _meet(one: Area, other: Area) -> bool:
    return (
        one.row < other.row + other.rows
        and other.row < one.row + one.rows
        and one.column < other.column + other.columns
        and other.column < one.column + one.columns
    )


def _corner(area: Area) -> str:
    return f"{area.sheet}!{column_name(area.column)}{area.row + 1}"


def _range(area: Area) -> str:
    last = f"{column_name(area.column + area.columns - 1)}{area.row + area.rows}"
    first = _corner(area)
    return first if first.endswith(f"!{last}") else f"{first}:{last}"
