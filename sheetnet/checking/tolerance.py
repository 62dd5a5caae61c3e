"""How far rounding alone may take a formula's value from NumPy's.

Knows: how a tree's operations (see `formulas.functions`) add up to a tolerance. Does not know what
the value should be: that comes from `core`, never from here.

Derivation. A formula with k rounded operations, whose inputs are given, is off by at most k u m to
first order, where u = 2^-53 and m is its value with every subtraction turned into an addition and
every term replaced by its size: the size of what went into the sum. (Higham, Accuracy and
Stability of Numerical Algorithms, 2nd ed., sections 3.1 and 4.2.) NumPy is off by as much, with
its own order of operations: 2 k u m. EXP, LN and TANH are 1 to 2 units in the last place off in
every library measured and count as four operations. LibreOffice makes a difference zero when it
falls below about 2^-48 of its operands; where the true difference is that small, m grows 64-fold.
Inputs are the engine's own values, so no error is carried from cell to cell or from step to step,
and close to convergence the tolerance shrinks no further than the digits that exist.
Below 2^-1022 doubles keep an absolute precision, not a relative one, so m is at least that; and m
says nothing where it is no finite number (an intermediate result overflowed): then only values
that are as good as equal agree.
A text agrees where rounding of the numbers in it, by the same derivation, may have made it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from sheetnet.errors import FileError
from sheetnet.formulas.functions import FUNCTIONS, OPERATORS
from sheetnet.formulas.sized import UNIT, Sized, exact
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
    Percent,
    Positive,
    Span,
    Text,
)
from sheetnet.formulas.wording import as_numbers, as_texts
from sheetnet.sheets.model import Block, FloatArray

_SMALLEST = 2.0**-1022  # the smallest double with all its digits


def tolerances(block: Block, grids: Mapping[str, FloatArray]) -> FloatArray:
    """For each computed cell of a block: how far rounding may take it from NumPy's value.

    `grids` holds the engine's values by block, shape (rows, columns). The result has the shape of
    the block without its typed rows.
    """
    assert block.formula is not None, "typed blocks have no formula"
    rows = np.arange(block.typed_rows, block.area.rows)
    allowed = np.empty((len(rows), block.area.columns))
    with np.errstate(all="ignore"):
        for column in range(block.area.columns):
            sized = _Sizes(grids, rows).of(block.formula(I, Index(column, "j")))
            size = np.where(np.isfinite(sized.size), np.maximum(sized.size, _SMALLEST), _SMALLEST)
            allowed[:, column] = 2 * (sized.operations + 1) * UNIT * size
    return allowed


def said(block: Block, grids: Mapping[str, FloatArray]) -> FloatArray:
    """For each cell of a block of texts: what its formula says, with what rounding may make of it.

    An array of `formulas.wording.Said` and plain texts, of the block's shape.
    """
    assert block.formula is not None, "typed blocks have no formula"
    rows = np.arange(block.area.rows)
    texts = np.empty((len(rows), block.area.columns), dtype=object)
    with np.errstate(all="ignore"):
        for column in range(block.area.columns):
            tree = block.formula(I, Index(column, "j"))
            texts[:, column] = as_texts(_Sizes(grids, rows).of(tree))
    return texts


def complete(block: Block, grids: Mapping[str, FloatArray]) -> NDArray[np.bool_]:
    """For each computed cell of a block: whether every cell that its formula uses holds a number.

    An error in a complete cell is that cell's own; in another it comes from elsewhere. Shapes are
    those of `tolerances`.
    """
    assert block.formula is not None, "typed blocks have no formula"
    rows = np.arange(block.typed_rows, block.area.rows)
    found = np.empty((len(rows), block.area.columns), dtype=bool)
    with np.errstate(all="ignore"):
        for column in range(block.area.columns):
            tree = block.formula(I, Index(column, "j"))
            found[:, column] = _Sizes(grids, rows).complete(tree)
    return found


def carried(
    block: Block, grids: Mapping[str, FloatArray], wrong: Mapping[str, NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """For each computed cell of a block: whether it only carries on what is wrong elsewhere.

    It does if one of the cells that its formula uses is among the `wrong`, and it holds what the
    right formula makes of them. That says nothing about being right, only about where the mistake
    stands: a copy of a wrong cell, or the slope at a wrong activation. Shapes as in `tolerances`.
    """
    assert block.formula is not None, "typed blocks have no formula"
    marked = {name: np.where(wrong[name], np.nan, grid) for name, grid in grids.items()}
    rows = np.arange(block.typed_rows, block.area.rows)
    made = np.empty((len(rows), block.area.columns))
    with np.errstate(all="ignore"):
        for column in range(block.area.columns):
            tree = block.formula(I, Index(column, "j"))
            made[:, column] = as_numbers(_Sizes(grids, rows).of(tree).value)
        near = np.abs(grids[block.name][block.typed_rows :] - made) <= tolerances(block, grids)
    return near & ~complete(block, marked)


class _Sizes:
    """Evaluates a tree for many rows of a block at once."""

    def __init__(self, grids: Mapping[str, FloatArray], rows: np.ndarray) -> None:
        self.grids = grids
        self.rows = rows

    def of(self, tree: Node) -> Sized:
        match tree:
            case Number(value):
                return self._everywhere(value)
            case Text(words):
                return exact(np.full(len(self.rows), words, dtype=object))
            case Cell(block, row, column):
                return exact(self.grids[block][self._at(row), self._at(column)])
            case Name(block):
                grid = self.grids[block]
                if grid.size == 1:
                    return self._everywhere(grid.flat[0])
                return exact(np.broadcast_to(grid, (len(self.rows), *grid.shape)))
            case Span():
                return exact(self._span(tree))
            case Negative(operand):
                inner = self.of(operand)
                return inner._replace(value=-inner.value)
            case Positive(operand):
                return self.of(operand)
            case Percent(operand):
                return OPERATORS["/"](self.of(operand), self._everywhere(100.0))
            case Binary(operator, left, right):
                return OPERATORS[operator](self.of(left), self.of(right))
            case Call(function, ()):
                return self._everywhere(_valued(function)().value[0])
            case Call(function, arguments):
                return _valued(function)(*(self.of(a) for a in arguments))
        raise TypeError(f"not a formula tree of blocks: {tree!r}")

    def complete(self, tree: Node) -> NDArray[np.bool_]:
        """Whether the subtree uses nothing but numbers, on every row; texts of its own count."""
        match tree:
            case Text():
                return np.ones(len(self.rows), dtype=bool)
            case Cell() | Span() | Name() | Number():
                leaf = self.of(tree).value
                if leaf.dtype == object:  # words that another formula made
                    return np.array([isinstance(words, str) for words in leaf])
                return np.asarray(np.isfinite(leaf).reshape(len(self.rows), -1).all(axis=1))
        if isinstance(tree, Call) and tree.function == "ISNUMBER":
            return np.ones(len(self.rows), dtype=bool)
        used = tree.operands()
        all_numbers = np.ones(len(self.rows), dtype=bool)
        if isinstance(tree, Call) and tree.function == "INDEX":
            all_numbers = np.isfinite(self.of(tree).value)  # of the table, only what it copies
            used = used[1:]
        if isinstance(tree, Call) and tree.function == "IF":
            is_true = self.of(used[0]).value != 0
            branches = [self.complete(each) for each in used[1:]]
            return self.complete(used[0]) & np.where(is_true, branches[0], branches[-1])
        for each in used:
            all_numbers &= self.complete(each)
        return all_numbers

    def _everywhere(self, value: float | str) -> Sized:
        kind = object if isinstance(value, str) else float
        return exact(np.full(len(self.rows), value, dtype=kind))

    def _at(self, index: Index) -> np.ndarray:
        moving = self.rows * index.scale if index.axis == "i" else np.zeros_like(self.rows)
        return moving + index.value

    def _span(self, tree: Span) -> FloatArray:
        """The range's cells, shape (rows, down, across)."""
        down = int(tree.last_row.value - tree.row.value) + 1
        across = int(tree.last_column.value - tree.column.value) + 1
        r = self._at(tree.row)[:, None, None] + np.arange(down)[None, :, None]
        c = self._at(tree.column)[:, None, None] + np.arange(across)[None, None, :]
        return self.grids[tree.block][r, c]


def _valued(function: str) -> Callable[..., Sized]:
    row = FUNCTIONS.get(function)
    if row is None or row.value is None:  # the printer refuses such a formula, with its place
        raise FileError(f"The function {function} has no value in formulas/functions.py.")
    return row.value
