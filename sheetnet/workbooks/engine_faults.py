"""Formulas of a fresh workbook that a spreadsheet program will answer with an error.

Knows: where the arithmetic of spreadsheets ends while NumPy still has a number: EXP beyond 709,
LN of nothing, a division by 0, a sum beyond 1.8e308; and that LibreOffice takes a difference for 0
that is below 2^-49 of its operands. Does not know what a formula should come to, nor any engine.

Each formula is computed from the numbers that a fresh file holds in the cells that it reads, a
column at a time, in the order in which it is written; of an IF only the branch that is taken. What
follows from another cell's error is not told again. Blocks that only add and multiply numbers far
from overflow are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.tree import Binary, Call, Cell, I, Index, Name, Negative, Node, Number, Span
from sheetnet.sheets.model import Block, FloatArray, Workbook

_LARGEST_EXPONENT = 709.78  # EXP of more is no double
_SNAP = 2.0**-49  # LibreOffice: smaller differences, relative to their operands, are 0
_FAR_FROM_OVERFLOW = 1e100  # products of two such numbers, and sums of them, are doubles


class EngineFault(NamedTuple):
    """A cell that will show an error: where, what it is, and why."""

    where: str  # "Training!Q7"
    label: str  # "a_1[0,0] at step 0"
    why: str  # "EXP of 800, which is more than 709"


def engine_faults(workbook: Workbook, values: Mapping[str, FloatArray]) -> Iterator[EngineFault]:
    """Every computed cell that will show an error by itself; `values` are a fresh file's."""
    sizes = (
        float(np.max(np.abs(grid), initial=0.0)) for grid in values.values() if grid.dtype != object
    )
    is_tame = all(size < _FAR_FROM_OVERFLOW for size in sizes)  # NaN is not
    for block in workbook.blocks():
        if block.formula is None or block.holds == "texts":
            continue
        for column in range(block.area.columns):
            tree = block.formula(I, Index(column, "j"))
            if is_tame and not _is_risky(tree):
                if column == 0 and not _is_risky(block.formula(I, _last(block))):
                    break
                continue
            yield from _in_column(block, column, tree, values)


def _numbers(values: Mapping[str, FloatArray]) -> Iterator[FloatArray]:
    return (grid for grid in values.values() if grid.dtype != object)  # the others are texts


def _last(block: Block) -> Index:
    return Index(block.area.columns - 1, "j")


def _is_risky(tree: Node) -> bool:
    """Whether a formula may fail for numbers far from overflow."""
    match tree:
        case Call("EXP" | "LN" | "MOD"):
            return True
        case Binary("/", left, right):
            return not (isinstance(right, Number) and right.value) or _is_risky(left)
        case Binary(_, left, right):
            return _is_risky(left) or _is_risky(right)
        case Call(_, arguments):
            return any(_is_risky(argument) for argument in arguments)
        case Negative(operand):
            return _is_risky(operand)
    return False


def _in_column(
    block: Block, column: int, tree: Node, values: Mapping[str, FloatArray]
) -> Iterator[EngineFault]:
    rows = np.arange(block.typed_rows, block.area.rows)
    computing = _Computing(values, rows)
    with np.errstate(all="ignore"):
        computing.of(tree, np.ones(len(rows), dtype=bool))
    for k, why in sorted(computing.faults.items()):
        at = (block.area.row + int(rows[k]), block.area.column + column)
        where = f"{block.area.sheet}!{column_name(at[1])}{at[0] + 1}"
        yield EngineFault(where, block.label(int(rows[k]), column), why)


class _Computing:
    """Computes one formula for many rows; `faults` holds the first that each row meets.

    `taken` marks the rows in which a part of the formula is computed at all. A number that is not
    finite is the fault of the cell that it stands in, and passes through without a word.
    """

    def __init__(self, values: Mapping[str, FloatArray], rows: np.ndarray) -> None:
        self.values, self.rows = values, rows
        self.faults: dict[int, str] = {}

    def of(self, tree: Node, taken: np.ndarray) -> FloatArray:
        """The value on every row."""
        match tree:
            case Number(value):
                return np.full(len(self.rows), float(value))
            case Cell(block, row, column):
                return np.asarray(self.values[block][self._at(row), self._at(column)])
            case Name(block):
                return np.full(len(self.rows), self.values[block].flat[0])
            case Negative(operand):
                return np.negative(self.of(operand, taken))
            case Binary(operator, left, right):
                if operator not in _BINARY:
                    return np.full(len(self.rows), np.nan)
                a, b = self.of(left, taken), self.of(right, taken)
                if operator == "/":
                    self._note(taken & (b == 0) & np.isfinite(a), lambda k: "a division by 0")
                return self._finite(_BINARY[operator](a, b), taken, a, b)
            case Call("IF", (condition, yes, no)):
                holds = self.of(condition, taken) != 0
                return np.where(holds, self.of(yes, taken & holds), self.of(no, taken & ~holds))
            case Call("INDEX", _):
                return np.full(len(self.rows), np.nan)  # copies a cell: no fault of its own
            case Call(function) if function not in _CALLS and function not in _RANGES:
                return np.full(len(self.rows), np.nan)  # of texts and drawings: passed over
            case Call(function, arguments) if any(isinstance(a, Span) for a in arguments):
                spans = [self._span(a) for a in arguments]
                return self._finite(
                    _RANGES[function](*spans), taken, *(s.sum(axis=1) for s in spans)
                )
            case Call(function, arguments):
                found = [self.of(argument, taken) for argument in arguments]
                if function == "EXP":
                    self._note(
                        taken & (found[0] > _LARGEST_EXPONENT),
                        lambda k: f"EXP of {found[0][k]:.4g}, and more than 709 has no value",
                    )
                elif function == "LN":
                    self._note(
                        taken & (found[0] <= 0),
                        lambda k: f"LN of {found[0][k]:.4g}, which has no value",
                    )
                return self._finite(_CALLS[function](*found), taken, *found)
        return np.full(len(self.rows), np.nan)  # likewise

    def _note(self, where: np.ndarray, why: Callable[[int], str]) -> None:
        for k in np.flatnonzero(where).tolist():
            self.faults.setdefault(k, why(k))

    def _finite(self, made: FloatArray, taken: np.ndarray, *parts: FloatArray) -> FloatArray:
        """The result; a fault where it is no number although its parts are."""
        lost = taken & ~np.isfinite(made)
        for part in parts:
            lost &= np.isfinite(part)
        if lost.any():
            self._note(lost, lambda k: "a number beyond 1.8e308")
        return made

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
        return self.values[tree.block][r, c].reshape(len(self.rows), -1)


def _snapped(made: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    return np.where(np.abs(made) <= _SNAP * np.maximum(np.abs(a), np.abs(b)), 0.0, made)


_BINARY: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "+": lambda a, b: _snapped(a + b, a, b),
    "-": lambda a, b: _snapped(a - b, a, b),
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "=": lambda a, b: (a == b).astype(float),
    ">": lambda a, b: (a > b).astype(float),
    "<": lambda a, b: (a < b).astype(float),
    "<=": lambda a, b: (a <= b).astype(float),
    ">=": lambda a, b: (a >= b).astype(float),
}
_CALLS: dict[str, Callable[..., FloatArray]] = {
    "EXP": np.exp,
    "LN": np.log,
    "TANH": np.tanh,
    "ABS": np.abs,
    "MAX": lambda *parts: np.max(parts, axis=0),
    "MIN": lambda *parts: np.min(parts, axis=0),
    "AND": lambda *parts: np.all(parts, axis=0).astype(float),
    "OR": lambda *parts: np.any(parts, axis=0).astype(float),
    "SIGN": np.sign,
    "MOD": np.mod,
}
_RANGES: dict[str, Callable[..., FloatArray]] = {
    "SUM": lambda cells: cells.sum(axis=1),
    "SUMPRODUCT": lambda a, b: (a * b).sum(axis=1),
    "MAX": lambda cells: cells.max(axis=1),
    "MIN": lambda cells: cells.min(axis=1),
}
