"""Activations, losses and reductions: one table row each, value beside derivative.

Knows how to compute each function and its derivative without overflow, on arrays whose last axis
is the neurons and whose leading axes may be anything. Does not know layers, weights or gradients
of weights (see `step`), nor how a spreadsheet spells the same functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

LEAK = 0.01


class Activation(NamedTuple):
    """One activation function a = f(z), shapes (..., neurons).

    `slope(z, a)` is ∂a_i/∂z_i (for softmax: the diagonal of the Jacobian); `slope_of` names what it
    is computed from: "a" where the activation says it all, "z", "za", or "" for a constant.
    `backward(z, a, dE_da)` is delta = ∂E/∂z, through the full Jacobian where neurons of a layer
    depend on each other.
    """

    name: str
    value: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]
    backward: Callable[[Array, Array, Array], Array]
    elementwise: bool
    slope_of: str = "a"


class Loss(NamedTuple):
    """One loss: `value(a, y)` per example, shape (...,); `slope(a, y)` = ∂E/∂a, shape of a.

    No reduction over examples inside (see `reduction_factor`). Outside the domain of a logarithm
    the value is nan; where a derivative has no bound (a = 0 for y > 0) it is infinite.
    """

    name: str
    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array]


class FusedOutput(NamedTuple):
    """Loss and delta of one (activation, loss) pair straight from z; finite for every finite z."""

    loss: Callable[[Array, Array], Array]
    delta: Callable[[Array, Array], Array]


def _sigmoid(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, 1.0, e) / (1.0 + e))


def _shifted(z: Array) -> Array:
    # A difference beyond the largest float is -inf, which exp makes 0.
    with np.errstate(over="ignore"):
        return np.asarray(z - np.max(z, axis=-1, keepdims=True))


def _softmax(z: Array) -> Array:
    e = np.exp(_shifted(z))
    return np.asarray(e / np.sum(e, axis=-1, keepdims=True))


def _softmax_backward(z: Array, a: Array, dE_da: Array) -> Array:
    return np.asarray(a * (dE_da - np.sum(a * dE_da, axis=-1, keepdims=True)))


def _elementwise(
    name: str,
    value: Callable[[Array], Array],
    slope: Callable[[Array, Array], Array],
    slope_of: str = "a",
) -> Activation:
    def backward(z: Array, a: Array, dE_da: Array) -> Array:
        return dE_da * slope(z, a)

    return Activation(name, value, slope, backward, elementwise=True, slope_of=slope_of)


ACTIVATIONS: dict[str, Activation] = {
    row.name: row
    for row in (
        _elementwise("identity", lambda z: z.copy(), lambda z, a: np.ones_like(z), slope_of=""),
        _elementwise("sigmoid", _sigmoid, lambda z, a: a * (1.0 - a)),
        _elementwise("tanh", lambda z: np.tanh(z), lambda z, a: 1.0 - a * a),
        _elementwise("relu", lambda z: np.maximum(z, 0.0), lambda z, a: np.where(a > 0, 1.0, 0.0)),
        _elementwise(
            "leaky_relu",
            lambda z: np.where(z > 0, z, LEAK * z),
            lambda z, a: np.where(a > 0, 1.0, LEAK),
        ),
        Activation(
            "softmax", _softmax, lambda z, a: a * (1.0 - a), _softmax_backward, elementwise=False
        ),
    )
}


def _weighted_ln(y: Array, x: Array) -> Array:
    """y·ln(x), counting 0·ln(0) as 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(y == 0, 0.0, y * np.log(np.where(y == 0, 1.0, x)))


def _ratio(y: Array, x: Array) -> Array:
    """y/x, the derivative of y·ln(x); 0/0 counts as 0 because y·ln(x) is the constant 0 there."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(y == 0, 0.0, y / np.where(y == 0, 1.0, x))


def _squares(a: Array, y: Array) -> Array:
    d = a - y
    return np.asarray((d * d).sum(axis=-1))


# 0.0 - x rather than -x: a loss of nothing reads 0, not -0.
LOSSES: dict[str, Loss] = {
    row.name: row
    for row in (
        Loss("half_squared_error", lambda a, y: 0.5 * _squares(a, y), lambda a, y: a - y),
        Loss("squared_error", _squares, lambda a, y: 2.0 * (a - y)),
        Loss(
            "binary_cross_entropy",
            lambda a, y: 0.0 - np.sum(_weighted_ln(y, a) + _weighted_ln(1.0 - y, 1.0 - a), axis=-1),
            lambda a, y: _ratio(1.0 - y, 1.0 - a) + _ratio(-y, a),
        ),
        Loss(
            "categorical_cross_entropy",
            lambda a, y: 0.0 - np.sum(_weighted_ln(y, a), axis=-1),
            lambda a, y: _ratio(-y, a),
        ),
    )
}


def _sigmoid_bce_loss(z: Array, y: Array) -> Array:
    per_output = np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-np.abs(z)))
    return np.asarray(np.sum(per_output, axis=-1))


def _softmax_cce_loss(z: Array, y: Array) -> Array:
    shifted = _shifted(z)
    log_a = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return np.asarray(0.0 - np.sum(y * np.where(y == 0, 0.0, log_a), axis=-1))


# Without these rows 1/(a(1-a)) meets a(1-a): ∞·0 as soon as a rounds to 0 or 1.
FUSED: dict[tuple[str, str], FusedOutput] = {
    ("sigmoid", "binary_cross_entropy"): FusedOutput(_sigmoid_bce_loss, lambda a, y: a - y),
    ("softmax", "categorical_cross_entropy"): FusedOutput(
        _softmax_cce_loss, lambda a, y: a * np.sum(y, axis=-1, keepdims=True) - y
    ),
}


def output_loss(activation_name: str, loss_name: str, z: Array, a: Array, y: Array) -> Array:
    """Loss of each example, shape (...,), without the reduction factor.

    `z`, `a`, `y` have shape (..., outputs). Overflow-proof from z for the pairs in `FUSED`.
    """
    fused = FUSED.get((activation_name, loss_name))
    return LOSSES[loss_name].value(a, y) if fused is None else fused.loss(z, y)


def output_delta(activation_name: str, loss_name: str, z: Array, a: Array, y: Array) -> Array:
    """delta = ∂E/∂z of the output layer, shape (..., outputs), without the reduction factor.

    The chain dE/da · da/dz (document 2, "Back propagation in a simple neural net", where
    δ = (a - T)·a·(1 - a)), or its closed form for the pairs in `FUSED`.
    """
    fused = FUSED.get((activation_name, loss_name))
    if fused is not None:
        return fused.delta(a, y)
    with np.errstate(
        invalid="ignore", over="ignore"
    ):  # an infinite dE/da: nan, for `step` to refuse
        return ACTIVATIONS[activation_name].backward(z, a, LOSSES[loss_name].slope(a, y))


REDUCTIONS: dict[str, Callable[[int, int], float]] = {
    "sum": lambda examples, outputs: 1.0,
    "mean": lambda examples, outputs: 1.0 / examples,
    "mean_all": lambda examples, outputs: 1.0 / (examples * outputs),
}


def reduction_factor(reduction: str, examples: int, outputs: int) -> float:
    """The number that multiplies the sum of the examples' losses."""
    return REDUCTIONS[reduction](examples, outputs)
