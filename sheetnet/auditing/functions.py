"""The operations that a tape may hold: value and derivative, one row each.

Knows: what each operation makes of its arguments at every point, and the partial derivative by
each argument. Does not know formulas, cells or references: functions that only move cells about
(INDEX, OFFSET, TRANSPOSE …) are undone in `graph`, and those of whole ranges are made there of
these.

Every row takes its arguments as an array of shape (arguments, points); a value has the shape
(points,), the partial derivatives that of the arguments. At a kink the derivative is that of the
side on which the value lies; at the kink itself that of zero steps, as sheets have it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Operation(NamedTuple):
    """value(arguments) and derivative(arguments, value)."""

    value: Callable[[Floats], Floats]
    derivative: Callable[[Floats, Floats], Floats]


def _flat(x: Floats, value: Floats) -> Floats:
    return np.zeros_like(x)


def _ones(x: Floats, value: Floats) -> Floats:
    return np.ones_like(x)


def _one(
    value: Callable[[Floats], Floats], slope: Callable[[Floats, Floats], Floats]
) -> Operation:
    """A function of one argument x, whose slope may use its value y."""
    return Operation(lambda x: value(x[0]), lambda x, y: slope(x[0], y)[None])


def _step(value: Callable[[Floats], Floats]) -> Operation:
    """A function whose derivative is 0 wherever it has one."""
    return Operation(lambda x: np.asarray(value(x), dtype=float), _flat)


def _power(x: Floats, y: Floats) -> Floats:
    base, exponent = x
    by_exponent = np.where(base > 0, y * np.log(np.where(base > 0, base, 1.0)), 0.0)
    return np.stack([exponent * base ** (exponent - 1), by_exponent])


def _extreme(pick: Callable[..., Floats]) -> Operation:
    def derivative(x: Floats, y: Floats) -> Floats:
        is_it = x == y
        first = np.cumsum(is_it, axis=0) == 1
        return np.asarray(is_it & first, dtype=float)

    return Operation(lambda x: pick(x, axis=0), derivative)


def _product(x: Floats, y: Floats) -> Floats:
    return np.stack([np.prod(np.delete(x, i, axis=0), axis=0) for i in range(len(x))])


def _dot(x: Floats, y: Floats) -> Floats:
    half = len(x) // 2
    return np.concatenate([x[half:], x[:half]])


def _dot_value(x: Floats) -> Floats:
    half = len(x) // 2
    return np.asarray((x[:half] * x[half:]).sum(axis=0))


def _rounded(x: Floats) -> Floats:
    scale = 10.0 ** np.trunc(x[1])
    return np.asarray(np.copysign(np.floor(np.abs(x[0]) * scale + 0.5), x[0]) / scale)


def _truncated(x: Floats) -> Floats:
    scale = 10.0 ** np.trunc(x[1])
    return np.asarray(np.trunc(x[0] * scale) / scale)


def _away(x: Floats) -> Floats:
    scale = 10.0 ** np.trunc(x[1])
    return np.asarray(np.copysign(np.ceil(np.abs(x[0]) * scale), x[0]) / scale)


def _compared(holds: Callable[[Floats, Floats], NDArray[np.bool_]]) -> Operation:
    return _step(lambda x: holds(x[0], x[1]).astype(float))


_erf: Final = np.vectorize(math.erf, otypes=[float])
_ROOT_TAU: Final = math.sqrt(2 * math.pi)


def _density(x: Floats) -> Floats:
    return np.asarray(np.exp(-x * x / 2) / _ROOT_TAU)


OPERATIONS: Final[dict[str, Operation]] = {
    "copy": _one(lambda x: x + 0.0, lambda x, y: 0 * x + 1),  # another cell of the same value
    # operators
    "+": Operation(lambda x: x[0] + x[1], _ones),
    "-": Operation(lambda x: x[0] - x[1], lambda x, y: np.stack([0 * x[0] + 1, 0 * x[1] - 1])),
    "*": Operation(lambda x: x[0] * x[1], lambda x, y: x[::-1]),
    "/": Operation(lambda x: x[0] / x[1], lambda x, y: np.stack([1 / x[1], -y / x[1]])),
    "^": Operation(lambda x: x[0] ** x[1], _power),
    "negative": _one(np.negative, lambda x, y: 0 * x - 1),
    "=": _compared(np.equal),
    "<>": _compared(np.not_equal),
    "<": _compared(np.less),
    "<=": _compared(np.less_equal),
    ">": _compared(np.greater),
    ">=": _compared(np.greater_equal),
    # of one number
    "ABS": _one(np.abs, lambda x, y: np.sign(x)),
    "EXP": _one(np.exp, lambda x, y: y),
    "LN": _one(np.log, lambda x, y: 1 / x),
    "LOG10": _one(np.log10, lambda x, y: 1 / (x * math.log(10))),
    "SQRT": _one(np.sqrt, lambda x, y: 0.5 / y),
    "SQRTPI": _one(lambda x: np.sqrt(math.pi * x), lambda x, y: 0.5 * y / x),
    "SIN": _one(np.sin, lambda x, y: np.cos(x)),
    "COS": _one(np.cos, lambda x, y: -np.sin(x)),
    "TAN": _one(np.tan, lambda x, y: 1 + y * y),
    "ASIN": _one(np.arcsin, lambda x, y: 1 / np.sqrt(1 - x * x)),
    "ACOS": _one(np.arccos, lambda x, y: -1 / np.sqrt(1 - x * x)),
    "ATAN": _one(np.arctan, lambda x, y: 1 / (1 + x * x)),
    "SINH": _one(np.sinh, lambda x, y: np.cosh(x)),
    "COSH": _one(np.cosh, lambda x, y: np.sinh(x)),
    "TANH": _one(np.tanh, lambda x, y: 1 - y * y),
    "COTH": _one(lambda x: 1 / np.tanh(x), lambda x, y: 1 - y * y),
    "SECH": _one(lambda x: 1 / np.cosh(x), lambda x, y: -y * np.tanh(x)),
    "CSCH": _one(lambda x: 1 / np.sinh(x), lambda x, y: -y / np.tanh(x)),
    "ASINH": _one(np.arcsinh, lambda x, y: 1 / np.sqrt(x * x + 1)),
    "ACOSH": _one(np.arccosh, lambda x, y: 1 / np.sqrt(x * x - 1)),
    "ATANH": _one(np.arctanh, lambda x, y: 1 / (1 - x * x)),
    "DEGREES": _one(np.degrees, lambda x, y: 0 * x + 180 / math.pi),
    "RADIANS": _one(np.radians, lambda x, y: 0 * x + math.pi / 180),
    "ERF": _one(_erf, lambda x, y: 2 / math.sqrt(math.pi) * np.exp(-x * x)),
    "NORMSDIST": _one(lambda x: (1 + _erf(x / math.sqrt(2))) / 2, lambda x, y: _density(x)),
    "GAUSS": _one(lambda x: _erf(x / math.sqrt(2)) / 2, lambda x, y: _density(x)),
    "PHI": _one(_density, lambda x, y: -x * y),
    # of two
    "ATAN2": Operation(
        lambda x: np.arctan2(x[1], x[0]),
        lambda x, y: np.stack([-x[1], x[0]]) / (x[0] ** 2 + x[1] ** 2),
    ),
    "MOD": Operation(
        lambda x: np.mod(x[0], x[1]),
        lambda x, y: np.stack([0 * x[0] + 1, -np.floor(x[0] / x[1])]),
    ),
    # steps
    "SIGN": _step(lambda x: np.sign(x[0])),
    "INT": _step(lambda x: np.floor(x[0])),
    "ROUND": _step(_rounded),
    "TRUNC": _step(_truncated),
    "ROUNDDOWN": _step(_truncated),
    "ROUNDUP": _step(_away),
    "QUOTIENT": _step(lambda x: np.trunc(x[0] / x[1])),
    "FLOOR": Operation(
        lambda x: np.floor(x[0] / x[1]) * x[1],
        lambda x, y: np.stack([0 * x[0], np.floor(x[0] / x[1])]),
    ),
    "CEILING": Operation(
        lambda x: np.ceil(x[0] / x[1]) * x[1],
        lambda x, y: np.stack([0 * x[0], np.ceil(x[0] / x[1])]),
    ),
    "NOT": _step(lambda x: x[0] == 0),
    "AND": _step(lambda x: (x != 0).all(axis=0)),
    "OR": _step(lambda x: (x != 0).any(axis=0)),
    "XOR": _step(lambda x: (x != 0).sum(axis=0) % 2),
    "ISERROR": _step(lambda x: np.isnan(x[0])),
    # choices
    "IF": Operation(
        lambda x: np.where(x[0] != 0, x[1], x[2]),
        lambda x, y: np.stack([0 * x[0], (x[0] != 0) * 1.0, (x[0] == 0) * 1.0]),
    ),
    "IFERROR": Operation(
        lambda x: np.where(np.isfinite(x[0]), x[0], x[1]),
        lambda x, y: np.stack([np.isfinite(x[0]) * 1.0, ~np.isfinite(x[0]) * 1.0]),
    ),
    # of many
    "SUM": Operation(lambda x: x.sum(axis=0), _ones),
    "PRODUCT": Operation(lambda x: np.prod(x, axis=0), _product),
    "SUMSQ": Operation(lambda x: (x * x).sum(axis=0), lambda x, y: 2 * x),
    "MAX": _extreme(np.max),
    "MIN": _extreme(np.min),
    "dot": Operation(_dot_value, _dot),  # first half times second half, added
}
"""Name to row. What a tape calls by these names is in Excel's own words where Excel has one."""
