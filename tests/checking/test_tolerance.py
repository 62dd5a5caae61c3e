"""How close is close: the tolerance against bounds by hand and against exact fractions."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from sheetnet.checking.tolerance import UNIT, complete, tolerances
from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Binary, Index, Node, Number, call, cell
from sheetnet.sheets.model import Block


def tolerance_of(formula: Callable[[Index, Index], Node], **inputs: float | list[float]) -> float:
    """The tolerance of one cell whose formula refers to the given blocks, one row each."""
    grids = {name: np.atleast_2d(np.array(value, dtype=float)) for name, value in inputs.items()}
    block = Block("own", Area("S", 0, 0, 1, 1), "own", (1, 1), "matrix", "", formula)
    assert complete(block, grids).item()
    return float(tolerances(block, grids).item())


X, Y, B = cell("x", 0, 0), cell("y", 0, 0), cell("b", 0, 0)

# formula, inputs, rounded operations k, size m of what goes in: 2 (k + 1) u m
BOUNDS: list[tuple[Node, dict[str, float], int, float]] = [
    (X, {"x": -3.0}, 0, 3.0),
    (X + Y, {"x": 2.0, "y": -5.0}, 1, 7.0),
    (X - Y, {"x": 2.0, "y": 5.0}, 1, 7.0),
    (X * Y + B, {"x": 3.0, "y": -4.0, "b": 10.0}, 2, 22.0),
    (-(X * Y), {"x": 3.0, "y": 4.0}, 1, 12.0),
    (X / Y, {"x": 6.0, "y": 3.0}, 1, 2.0),
    ((X - Y) ** 2, {"x": 3.0, "y": 1.0}, 3, 16.0),
    # equal operands: LibreOffice's zero, 64-fold
    (X - Y, {"x": 1.0, "y": 1.0}, 1, 128.0),
    # EXP counts for four; its error is that of its argument times its slope, and its own
    (call("EXP", X * Y), {"x": 0.0, "y": 2.0}, 5, 1.0),
    (call("MAX", 0, X * Y), {"x": -2.0, "y": 3.0}, 1, 6.0),
    (call("IF", Binary(">", X, B), Y, B), {"x": 1.0, "y": 5.0, "b": 0.5}, 0, 5.0),
]


@pytest.mark.parametrize(("tree", "inputs", "operations", "size"), BOUNDS)
def test_the_tolerance_is_the_bound_computed_by_hand(
    tree: Node, inputs: dict[str, float], operations: int, size: float
) -> None:
    allowed = tolerance_of(lambda i, j: tree, **inputs)
    assert allowed == pytest.approx(2 * (operations + 1) * 2.0**-53 * size, rel=1e-12)
    assert 0 < allowed < 1e-13 * size
    assert UNIT == 2.0**-53


@pytest.mark.parametrize("x", [0.0, 1e-16, 2.0**-52, 3e-16, -1e-16, -0.25])
def test_the_tolerance_has_room_for_both_branches_only_where_engines_differ(x: float) -> None:
    """ironcalc 0.9.1 takes 2^-52 for 0 in a comparison, and 3e-16 for more."""
    masked = call("IF", Binary(">", X, Number(0.0)), 1, 0.01) * Y
    allowed = tolerance_of(lambda i, j: masked, x=x, y=-5.0)
    doubtful = 0 < abs(x) <= 2.0**-52
    assert allowed >= 4.95 if doubtful else allowed < 1e-14


def test_the_tolerance_of_a_sum_does_not_shrink_with_the_sum() -> None:
    cancelling = tolerance_of(lambda i, j: X * Y + B, x=1e6, y=1.0, b=-999_999.999)
    assert 1e-16 * 2e6 < cancelling < 1e-14 * 2e6


@pytest.mark.parametrize(
    ("tree", "inputs"),
    [
        (X * Y, {"x": 1e-200, "y": 1e-200}),  # underflows to 0
        (X * Y, {"x": 1e-160, "y": 1e-155}),  # a double of a few digits
        (1 / (1 + call("EXP", X)), {"x": 800.0}),  # overflows on the way
        (X / Y, {"x": 1.0, "y": 0.0}),
    ],
)
def test_beyond_the_doubles_nothing_large_is_allowed(tree: Node, inputs: dict[str, float]) -> None:
    assert 0 < tolerance_of(lambda i, j: tree, **inputs) < 1e-300


def random_tree(pick: random.Random, depth: int) -> Node:
    if depth == 0:
        return cell("x", 0, pick.randrange(4))
    left, right = random_tree(pick, depth - 1), random_tree(pick, pick.randrange(depth))
    return pick.choice([left + right, left - right, left * right, left / right, -left, left**2])


def exactly(tree: Any, x: list[float]) -> tuple[Fraction, Fraction]:
    """A tree's value without rounding, and the size of what goes in."""
    match type(tree).__name__:
        case "Cell":
            value = Fraction(x[tree.column.value])
            return value, abs(value)
        case "Number":
            return Fraction(tree.value), abs(Fraction(tree.value))
        case "Negative":
            value, size = exactly(tree.operand, x)
            return -value, size
    (a, m), (b, n) = exactly(tree.left, x), exactly(tree.right, x)
    if tree.operator in "+-" and abs(a - b if tree.operator == "-" else a + b) < (m + n) / 2**40:
        raise ZeroDivisionError  # the 64-fold bound there is another test's
    return {
        "+": lambda: (a + b, m + n),
        "-": lambda: (a - b, m + n),
        "*": lambda: (a * b, m * n),
        "/": lambda: (a / b, m / abs(b) * n / abs(b)),
        "^": lambda: (a * a, m * m),
    }[tree.operator]()


def in_doubles(tree: Any, x: list[float]) -> float:
    match type(tree).__name__:
        case "Cell":
            return x[tree.column.value]
        case "Number":
            return float(tree.value)
        case "Negative":
            return -in_doubles(tree.operand, x)
    a, b = in_doubles(tree.left, x), in_doubles(tree.right, x)
    return {
        "+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b,
        "^": lambda: a * a,
    }[tree.operator]()  # fmt: skip


def test_rounding_stays_within_the_tolerance_and_the_tolerance_near_rounding() -> None:
    """Against exact fractions. Twice k u m is allowed, since NumPy's own order may cost as much."""
    pick = random.Random(5)
    count = 0
    while count < 300:
        x = [pick.uniform(-2, 2) for _ in range(4)]
        tree = random_tree(pick, pick.randint(1, 4))
        try:
            value, size = exactly(tree, x)
        except ZeroDivisionError:  # x - x below a fraction line
            continue
        allowed = tolerance_of(lambda i, j, tree=tree: tree, x=x)
        assert abs(Fraction(in_doubles(tree, x)) - value) <= Fraction(allowed)
        assert allowed <= 1e-12 * max(size, Fraction(1, 10**290))
        count += 1


@pytest.mark.parametrize("z", [-600.0, -34.0, -1.25, 0.0, 1e-9, 3.5, 34.0, 300.0])
def test_a_sigmoid_stays_within_the_tolerance(z: float) -> None:
    tree = 1 / (1 + call("EXP", -X))
    allowed = tolerance_of(lambda i, j: tree, x=z)
    with localcontext() as digits:
        digits.prec = 400
        exact = 1 / (1 + (-Decimal(z)).exp())
        error = abs(exact - Decimal(1 / (1 + np.exp(-z)).item()))
        assert error <= Decimal(allowed) <= Decimal("1e-12") * exact * max(1, abs(Decimal(z)))
