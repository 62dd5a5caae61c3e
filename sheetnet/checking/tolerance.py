"""How far rounding alone may take a formula's value from NumPy's.

Knows: the operations of a formula tree and the size of what goes into each. Does not know what
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
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
)
from sheetnet.sheets.model import Block, FloatArray

UNIT = 2.0**-53
_SMALLEST = 2.0**-1022  # the smallest double with all its digits
_SNAP, _SNAPPED = 2.0**-46, 64.0
_LIBRARY_CALL = 4  # rounded operations that EXP, LN and TANH count for


class Sized(NamedTuple):
    """A subtree's value on every row, the size m of what went into it, its rounded operations."""

    value: FloatArray
    size: FloatArray
    operations: int


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
            made[:, column] = _Sizes(grids, rows).of(block.formula(I, Index(column, "j"))).value
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
                return _exact(np.full(len(self.rows), value))
            case Cell(block, row, column):
                return _exact(self.grids[block][self._at(row), self._at(column)])
            case Name(block):
                return _exact(np.full(len(self.rows), self.grids[block].flat[0]))
            case Negative(operand):
                inner = self.of(operand)
                return inner._replace(value=-inner.value)
            case Binary(operator, left, right):
                return _BINARY[operator](self.of(left), self.of(right))
            case Call(function, arguments) if function == "INDEX":
                return self._index(arguments)
            case Call(function, arguments) if any(isinstance(a, Span) for a in arguments):
                return _RANGES[function](*(self._span(a) for a in arguments))
            case Call(function, arguments):
                return _CALLS[function](*(self.of(a) for a in arguments))
        raise TypeError(f"not a formula tree: {tree!r}")

    def complete(self, tree: Node) -> NDArray[np.bool_]:
        """Whether the subtree uses nothing but numbers, on every row."""
        match tree:
            case Negative(operand):
                return self.complete(operand)
            case Binary(_, left, right):
                return self.complete(left) & self.complete(right)
            case Span():
                return np.asarray(np.isfinite(self._span(tree)).all(axis=1))
            case Call(function, arguments):
                all_numbers = np.ones(len(self.rows), dtype=bool)
                if function == "INDEX":  # of the table, only the cell that it copies
                    all_numbers = np.isfinite(self.of(tree).value)
                    arguments = arguments[1:]
                for argument in arguments:
                    all_numbers &= self.complete(argument)
                return all_numbers
            case _:
                return np.isfinite(self.of(tree).value)

    def _at(self, index: Index) -> np.ndarray:
        moving = self.rows * index.scale if index.axis == "i" else np.zeros_like(self.rows)
        return moving + index.value

    def _span(self, tree: Node) -> FloatArray:
        """The range's cells, shape (rows, cells)."""
        assert isinstance(tree, Span), "a function of ranges takes ranges"
        down = int(tree.last_row.value - tree.row.value) + 1
        across = int(tree.last_column.value - tree.column.value) + 1
        r = self._at(tree.row)[:, None, None] + np.arange(down)[None, :, None]
        c = self._at(tree.column)[:, None, None] + np.arange(across)[None, None, :]
        return self.grids[tree.block][r, c].reshape(len(self.rows), -1)

    def _index(self, arguments: tuple[Node, ...]) -> Sized:
        """INDEX copies one cell, exactly; outside its table there is nothing, which counts as 0."""
        table, *places = arguments
        if isinstance(table, Name):
            cells = np.broadcast_to(
                self.grids[table.block], (len(self.rows), *self.grids[table.block].shape)
            )
        else:
            cells = self._span(table)[:, :, None]
        inside = np.ones(len(self.rows), dtype=bool)
        at = [np.zeros(len(self.rows), dtype=int)] * 2
        for axis, place in enumerate(places):
            wanted = np.floor(self.of(place).value) - 1  # NaN is nowhere within
            within = (wanted >= 0) & (wanted < cells.shape[axis + 1])
            at[axis] = np.where(within, wanted, 0).astype(int)
            inside &= within
        return _exact(np.where(inside, cells[np.arange(len(self.rows)), at[0], at[1]], 0.0))


def _exact(value: FloatArray) -> Sized:
    return Sized(value, np.abs(value), 0)


def _sum(a: Sized, b: Sized, sign: float) -> Sized:
    value = a.value + sign * b.value
    near_zero = np.abs(value) < _SNAP * (np.abs(a.value) + np.abs(b.value))
    size = (a.size + b.size) * np.where(near_zero, _SNAPPED, 1.0)
    return Sized(value, size, a.operations + b.operations + 1)


def _product(a: Sized, b: Sized) -> Sized:
    return Sized(a.value * b.value, a.size * b.size, a.operations + b.operations + 1)


def _quotient(a: Sized, b: Sized) -> Sized:
    size = (a.size / np.abs(b.value)) * (b.size / np.abs(b.value))
    return Sized(a.value / b.value, size, a.operations + b.operations + 1)


def _comparison(
    holds: Callable[[FloatArray, FloatArray], NDArray[np.bool_]],
) -> Callable[[Sized, Sized], Sized]:
    """A condition as 1 or 0; its size is 1 where engines may see it either way, else 0.

    ironcalc takes two numbers for equal that are 2^-52 apart, LibreOffice not.
    """

    def sized(a: Sized, b: Sized) -> Sized:
        apart = np.abs(a.value - b.value)
        doubtful = (apart > 0) & (apart <= 2 * UNIT)
        return Sized(holds(a.value, b.value).astype(float), doubtful.astype(float), 0)

    return sized


_BINARY: dict[str, Callable[[Sized, Sized], Sized]] = {
    "+": lambda a, b: _sum(a, b, 1.0),
    "-": lambda a, b: _sum(a, b, -1.0),
    "*": _product,
    "/": _quotient,
    "^": lambda a, b: _product(a, a),  # squares are the only powers
    "=": _comparison(np.equal),
    ">": _comparison(np.greater),
    ">=": _comparison(np.greater_equal),
}


def _smooth(
    function: Callable[[FloatArray], FloatArray], slope: Callable[[FloatArray], FloatArray]
) -> Callable[[Sized], Sized]:
    def sized(a: Sized) -> Sized:
        value = function(a.value)
        size = np.abs(slope(a.value)) * a.size + np.abs(value)
        return Sized(value, size, a.operations + _LIBRARY_CALL)

    return sized


def _largest(*parts: Sized) -> Sized:
    value = np.max([part.value for part in parts], axis=0)
    size = np.max([part.size for part in parts], axis=0)
    return Sized(value, size, sum(part.operations for part in parts))


def _chosen(condition: Sized, yes: Sized, no: Sized) -> Sized:
    """One branch; where the condition is in doubt, the tolerance has room for the other too."""
    is_true = condition.value > 0
    size = np.where(is_true, yes.size, no.size)
    either = yes.size + no.size + np.abs(yes.value - no.value) / UNIT
    return Sized(
        np.where(is_true, yes.value, no.value),
        np.where(condition.size > 0, either, size),
        max(yes.operations, no.operations),
    )


_CALLS: dict[str, Callable[..., Sized]] = {
    "EXP": _smooth(np.exp, np.exp),
    "LN": _smooth(np.log, lambda x: 1 / x),
    "TANH": _smooth(np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "ABS": lambda a: a._replace(value=np.abs(a.value)),
    "MAX": _largest,
    "IF": _chosen,
    "MOD": lambda a, b: _exact(np.mod(a.value, b.value)),
}


def _added(cells: FloatArray) -> Sized:
    return Sized(cells.sum(axis=1), np.abs(cells).sum(axis=1), cells.shape[1])


_RANGES: dict[str, Callable[..., Sized]] = {
    "SUM": _added,
    "SUMPRODUCT": lambda a, b: _added(a * b)._replace(operations=2 * a.shape[1]),
    "MAX": lambda cells: _exact(cells.max(axis=1)),
}
