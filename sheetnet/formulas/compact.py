"""Formula trees as compact JSON, for a page that computes them, and back.

Knows: how a tree is laid down. A number is itself, a text itself; everything else is a list whose
first element says what it is: the number of a block for a cell `[block, row, column]`, a range
`[block, row, column, row, column]` or a whole block `[block]`; a sign for an operator `["+", a, b]`
or a minus `["-", a]`; a name for a function `["EXP", a]`. A row or a column is a number where it is
fixed, or `[start, times i, times j]` (trailing zeros left out) where it moves with the formula's
own row i or column j; 2 is added to the last where a "$" stands before it all the same.
Does not know what a formula means, nor where blocks stand.

Columns of a block whose formulas differ by their column alone share one tree (see `open_columns`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sheetnet.errors import FileError
from sheetnet.formulas.functions import OPERATORS
from sheetnet.formulas.open_columns import Open, Run
from sheetnet.formulas.tree import (
    Binary,
    Call,
    Cell,
    I,
    Index,
    Name,
    Negative,
    Node,
    Number,
    Span,
    Text,
)

Json: TypeAlias = Any
_BY_COLUMN, _ANCHORED = 1, 2
_DEEPEST = 500


def runs(formula: Any, columns: int, blocks: Mapping[str, int]) -> Iterator[tuple[int, Json]]:
    """How many columns share a formula, and its tree as JSON, from left to right.

    `formula` is a block's (see `sheets.model.Formula`); `blocks` gives each block its number.
    """
    column, is_open = 0, True
    while column < columns:
        run = Run(column, columns)
        if is_open:
            try:
                tree = dumped(formula(I, Index(Open(run), "j")), blocks)  # type: ignore[arg-type]
            except TypeError:  # the formula needs to know its column
                is_open = False
        if not is_open:
            run = Run(column, column + 1)
            tree = dumped(formula(I, Index(column, "j")), blocks)
        yield run.stop - column, tree
        column = run.stop


def dumped(tree: Node, blocks: Mapping[str, int]) -> Json:
    """One tree as JSON."""
    match tree:
        case Number(value):
            return int(value) if value == int(value) and abs(value) < 1e15 else value
        case Cell(block, row, column):
            return [blocks[block], _place(row), _place(column)]
        case Span(block, row, column, last_row, last_column):
            places = (row, column, last_row, last_column)
            return [blocks[block], *map(_place, places)]
        case Name(block, None):
            return [blocks[block]]
        case Text(words):
            return words
        case Negative(operand):
            return ["-", dumped(operand, blocks)]
        case Binary(operator, left, right):
            return [operator, dumped(left, blocks), dumped(right, blocks)]
        case Call(function, arguments):
            return [function, *(dumped(argument, blocks) for argument in arguments)]
    raise TypeError(f"not a formula tree: {tree!r}")


def _place(index: Index) -> Json:
    value: Any = index.value
    is_open = isinstance(value, Open)
    start = value.shift if is_open else value
    if index.axis == "i":
        return [start, index.scale, *([_BY_COLUMN] if is_open else [])]
    if not is_open:
        return [start] if index.axis else start
    return [start, 0, _BY_COLUMN | (0 if index.axis else _ANCHORED)]


def loaded(tree: Json, column: int, blocks: Sequence[str]) -> Node:
    """The tree of a block's formula in one of its columns. Raises FileError for anything else.

    `blocks` are the blocks' names by number. The JSON may come from anybody.
    """
    return _Loader(column, blocks).node(tree, 0)


class _Loader:
    def __init__(self, column: int, blocks: Sequence[str]) -> None:
        self.column, self.blocks = column, blocks

    def node(self, tree: Json, depth: int) -> Node:
        if isinstance(tree, int | float) and not isinstance(tree, bool):
            return Number(float(tree))
        if isinstance(tree, str):
            return Text(tree)
        if not isinstance(tree, list) or not tree or depth > _DEEPEST:
            raise _refused(tree)
        head, *rest = tree
        if isinstance(head, int) and not isinstance(head, bool):
            return self._reference(tree, head, rest)
        parts = tuple(self.node(part, depth + 1) for part in rest)
        if head == "-" and len(parts) == 1:
            return Negative(parts[0])
        if isinstance(head, str) and head in OPERATORS and len(parts) == 2:
            return Binary(head, *parts)  # type: ignore[arg-type]
        if isinstance(head, str) and head.isalnum() and head.isascii() and head[0].isalpha():
            return Call(head, parts)
        raise _refused(tree)

    def _reference(self, tree: Json, block: int, places: list[Json]) -> Node:
        if not 0 <= block < len(self.blocks):
            raise _refused(tree)
        name, found = self.blocks[block], [self._index(place) for place in places]
        if not found:
            return Name(name)
        if len(found) == 2:
            return Cell(name, *found)
        if len(found) == 4:
            return Span(name, *found)
        raise _refused(tree)

    def _index(self, place: Json) -> Index:
        if isinstance(place, int) and not isinstance(place, bool):
            return Index(place)
        if not isinstance(place, list) or not 1 <= len(place) <= 3:
            raise _refused(place)
        if not all(isinstance(n, int) and not isinstance(n, bool) for n in place):
            raise _refused(place)
        start, scale, how = (*place, 0, 0)[:3]
        value = start + (self.column if how & _BY_COLUMN else 0)
        if scale:
            return Index(value, "i", scale)
        return Index(value, "" if how & _ANCHORED else "j")


def _refused(found: Json) -> FileError:
    shown = repr(found)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return FileError(f"found {shown} where a formula belongs; write the page anew.")
