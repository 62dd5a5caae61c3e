"""How a sheet writes activations and losses: formula trees, one table row a function.

Knows: the spelling of value and slope, as the documents write them, and the overflow-proof forms
of `formulas = "safe"`. Does not know NumPy: `core.functions` computes the same functions from
its own table, and that independence is what gives the check its meaning. A test holds the two
tables to the same names.

Slopes are written in terms of the activation a, as the documents do: sigma' = a (1 - a); one that
needs z says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sheetnet.formulas.tree import Binary, Node, Number, call

LEAK = 0.01
"""Slope of leaky_relu for z <= 0."""


class ActivationSpelling(NamedTuple):
    """One neuron's activation: value from z, slope from z and a; `safe` is the value that does not
    overflow.

    `slope_of` says which of "z" and "a" the slope names, so that a sheet gives z a cell of its own
    where it is needed. softmax has no value here: it needs all neurons of its layer (see
    `quantities`).
    """

    value: Callable[[Node], Node] | None
    slope: Callable[[Node, Node], Node] | None
    safe: Callable[[Node], Node] | None = None
    slope_of: str = "a"


def _one_over(z: Node) -> Node:
    return 1 / (1 + call("EXP", -z))


def _safe_sigmoid(z: Node) -> Node:
    grown = call("EXP", z)
    return call("IF", Binary(">=", z, Number(0.0)), _one_over(z), grown / (1 + grown))


def _is_positive(a: Node) -> Node:
    return Binary(">", a, Number(0.0))


ACTIVATIONS = {
    "identity": ActivationSpelling(lambda z: z, lambda z, a: Number(1.0), slope_of=""),
    "sigmoid": ActivationSpelling(_one_over, lambda z, a: a * (1 - a), _safe_sigmoid),
    "tanh": ActivationSpelling(lambda z: call("TANH", z), lambda z, a: 1 - a * a),
    "relu": ActivationSpelling(
        lambda z: call("MAX", 0, z), lambda z, a: call("IF", _is_positive(a), 1, 0)
    ),
    # max(z, 0.01 z) is z above 0 and 0.01 z below, without naming z a third time
    "leaky_relu": ActivationSpelling(
        lambda z: call("MAX", z, LEAK * z), lambda z, a: call("IF", _is_positive(a), 1, LEAK)
    ),
    "softmax": ActivationSpelling(None, None),
}


class LossSpelling(NamedTuple):
    """A loss: the sum over the outputs of `term(a, y)`, negated where `negative`.

    `slope(a, y)` is the derivative of the whole loss by that output's a, its sign included.
    """

    term: Callable[[Node, Node], Node]
    slope: Callable[[Node, Node], Node]
    negative: bool = False


LOSSES = {
    "half_squared_error": LossSpelling(lambda a, y: 0.5 * (a - y) ** 2, lambda a, y: a - y),
    "squared_error": LossSpelling(lambda a, y: (a - y) ** 2, lambda a, y: 2 * (a - y)),
    "binary_cross_entropy": LossSpelling(
        lambda a, y: y * call("LN", a) + (1 - y) * call("LN", 1 - a),
        lambda a, y: (a - y) / (a * (1 - a)),
        negative=True,
    ),
    "categorical_cross_entropy": LossSpelling(
        lambda a, y: y * call("LN", a), lambda a, y: -(y / a), negative=True
    ),
}


class FusedSpelling(NamedTuple):
    """An output activation and a loss that cancel in closed form; used by `formulas = "safe"`.

    `delta(a, y, total)` is dC/dz of one output, `total` the sum of the targets;
    `term(z, y, largest, grown)` is one output's share of the loss, where `largest` is the largest
    z of the layer and `grown` the sum of EXP(z - largest).
    """

    delta: Callable[[Node, Node, Node], Node]
    term: Callable[[Node, Node, Node, Node], Node]


FUSED = {
    ("sigmoid", "binary_cross_entropy"): FusedSpelling(
        lambda a, y, total: a - y,
        lambda z, y, largest, grown: (
            call("MAX", z, 0) - z * y + call("LN", 1 + call("EXP", -call("ABS", z)))
        ),
    ),
    ("softmax", "categorical_cross_entropy"): FusedSpelling(
        lambda a, y, total: a * total - y,
        lambda z, y, largest, grown: y * (call("LN", grown) - (z - largest)),
    ),
}
