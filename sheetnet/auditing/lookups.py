"""Functions that only find cells: computed references and lookups.

Knows: which cells they come to with the file's own numbers. The value is that of the cells found,
so derivatives pass through; where they look does not move with a weight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from sheetnet.auditing.book import Rect
from sheetnet.auditing.spreading import Grid, Spreader, Unknown, Value
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.parse import parse
from sheetnet.formulas.tree import Missing, Node


def _index_rect(s: Spreader, table: Node, *places: Node) -> Rect:
    whole = s.rect(table)
    row, column = (
        int(s.known_number(places[axis])) if axis < len(places) else 0 for axis in (0, 1)
    )
    if len(places) == 1 and whole.row == whole.last_row:
        row, column = 0, row
    top, left = whole.row + row - 1, whole.column + column - 1
    return Rect(
        whole.sheet,
        top if row else whole.row,
        left if column else whole.column,
        top if row else whole.last_row,
        left if column else whole.last_column,
    )


def _index(s: Spreader, table: Node, *places: Node) -> Value:
    if s.refers(table):
        return s.inside(_index_rect(s, table, *places))
    grid = s.grid(table)
    row, column = (
        int(s.known_number(places[axis])) if axis < len(places) else 0 for axis in (0, 1)
    )
    if len(places) == 1 and len(grid) == 1:
        row, column = 0, row
    chosen = [grid[row - 1]] if 0 < row <= len(grid) else grid
    if column > 0:
        chosen = [each[column - 1 : column] for each in chosen]
    if not chosen or not chosen[0] or row > len(grid):
        return s.graph.error
    return chosen if len(chosen) > 1 or len(chosen[0]) > 1 else chosen[0][0]


def _offset(s: Spreader, start: Node, rows: Node, columns: Node, *size: Node) -> Rect:
    at = s.rect(start)
    down, across = int(s.known_number(rows)), int(s.known_number(columns))
    height, width = at.last_row - at.row + 1, at.last_column - at.column + 1
    if size and not isinstance(size[0], Missing):
        height = int(s.known_number(size[0]))
    if len(size) > 1 and not isinstance(size[1], Missing):
        width = int(s.known_number(size[1]))
    top, left = at.row + down, at.column + across
    if top < 0 or left < 0 or height < 1 or width < 1:
        raise Unknown("OFFSET leads off the sheet")
    return Rect(at.sheet, top, left, top + height - 1, left + width - 1)


def _indirect(s: Spreader, text: Node, *style: Node) -> Rect:
    words = s.words(s.of(text))
    tree = parse(words, "xlsx")
    if tree is None or (style and not s.known_number(style[0], 1.0)):
        raise Unknown("INDIRECT of a text that is no reference")
    return s.rect(tree)


def _choose_rect(s: Spreader, number: Node, *choices: Node) -> Rect:
    at = int(s.known_number(number))
    if not 1 <= at <= len(choices):
        raise Unknown("CHOOSE of a number without a choice")
    return s.rect(choices[at - 1])


def _choose(s: Spreader, number: Node, *choices: Node) -> Value:
    at = int(s.known_number(number))
    return s.of(choices[at - 1]) if 1 <= at <= len(choices) else s.graph.error


REFERRING: Final[dict[str, Callable[..., Rect]]] = {
    "INDEX": _index_rect,
    "OFFSET": _offset,
    "INDIRECT": _indirect,
}


def _referred(rect: Callable[..., Rect]) -> Callable[..., Value]:
    return lambda s, *arguments: s.inside(rect(s, *arguments))


def _row(s: Spreader, *tree: Node) -> Value:
    if not tree:
        return s.tape.literal(float(s.place.row + 1))
    rect = s.rect(tree[0])
    if not s.is_array or rect.row == rect.last_row:
        return s.tape.literal(float(rect.row + 1))
    return [[s.tape.literal(float(row + 1))] for row in range(rect.row, rect.last_row + 1)]


def _column(s: Spreader, *tree: Node) -> Value:
    if not tree:
        return s.tape.literal(float(s.place.column + 1))
    rect = s.rect(tree[0])
    if not s.is_array or rect.column == rect.last_column:
        return s.tape.literal(float(rect.column + 1))
    return [[s.tape.literal(float(c + 1)) for c in range(rect.column, rect.last_column + 1)]]


def _rows(s: Spreader, tree: Node) -> int:
    return s.tape.literal(float(len(s.grid(tree))))


def _columns(s: Spreader, tree: Node) -> int:
    return s.tape.literal(float(len(s.grid(tree)[0])))


def _address(s: Spreader, row: Node, column: Node, *_: Node) -> int:
    letters = column_name(int(s.known_number(column)) - 1)
    return s.graph.text_node(f"${letters}${int(s.known_number(row))}")


def _found(s: Spreader, wanted: int, line: list[int], kind: float) -> int:
    """Place of `wanted` in a line, from 0; kind 0 exact, 1 the last that is not larger, -1 the
    last that is not smaller. Raises Unknown where there is none."""
    text = s.graph.texts.get(wanted)
    if text is not None:
        for place, node in enumerate(line):
            if s.graph.texts.get(node, "\0").casefold() == text.casefold():
                return place
        raise Unknown("a lookup finds nothing")
    number = s.number(wanted)
    values = np.array([s.number(node) for node in line])
    if kind == 0:
        hits = np.flatnonzero(values == number)
        if len(hits) == 0:
            raise Unknown("a lookup finds nothing")
        return int(hits[0])
    with np.errstate(invalid="ignore"):
        hits = np.flatnonzero(values <= number if kind > 0 else values >= number)
    if len(hits) == 0:
        raise Unknown("a lookup finds nothing")
    return int(hits[-1])


def _line(grid: Grid) -> list[int]:
    return [node for row in grid for node in row]


def _match(s: Spreader, wanted: Node, where: Node, *kind: Node) -> int:
    how = s.known_number(kind[0]) if kind else 1.0
    return s.tape.literal(1.0 + _found(s, s.one(wanted), _line(s.grid(where)), how))


def _vertical(s: Spreader, wanted: Node, table: Node, number: Node, *near: Node) -> int:
    grid, how = s.grid(table), s.known_number(near[0]) if near else 1.0
    at = _found(s, s.one(wanted), [row[0] for row in grid], how)
    return grid[at][int(s.known_number(number)) - 1]


def _horizontal(s: Spreader, wanted: Node, table: Node, number: Node, *near: Node) -> int:
    grid, how = s.grid(table), s.known_number(near[0]) if near else 1.0
    return grid[int(s.known_number(number)) - 1][_found(s, s.one(wanted), grid[0], how)]


def _lookup(s: Spreader, wanted: Node, where: Node, *result: Node) -> int:
    line = _line(s.grid(where))
    results = _line(s.grid(result[0])) if result else line
    return results[_found(s, s.one(wanted), line, 1.0)]


def _xlookup(s: Spreader, wanted: Node, where: Node, result: Node, *_: Node) -> int:
    return _line(s.grid(result))[_found(s, s.one(wanted), _line(s.grid(where)), 0.0)]


LOOKUPS: Final[dict[str, Callable[..., Value]]] = {
    "INDEX": _index,
    "OFFSET": _referred(_offset),
    "INDIRECT": _referred(_indirect),
    "CHOOSE": _choose,
    "ROW": _row,
    "COLUMN": _column,
    "ROWS": _rows,
    "COLUMNS": _columns,
    "ADDRESS": _address,
    "MATCH": _match,
    "VLOOKUP": _vertical,
    "HLOOKUP": _horizontal,
    "LOOKUP": _lookup,
    "XLOOKUP": _xlookup,
}
"""Name to reader."""
