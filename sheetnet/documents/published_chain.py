"""The chain of the article behind the lesson matrices-3-3-3-3, right or wrong, as it computes it.

Knows: each quantity of that article as a rule, once as a formula tree and once as a NumPy
expression, and its true counterpart in `Step`. Deliberately keeps the article's mistakes: its
signs in dE/dO, the softmax derivative as a diagonal, the diagonal of W_jk on the way to layer 1.
Does not know where a rule's operands stand (the same rule serves the live chain and the printed
figures), nor the figures themselves.

Source: "Back propagation" (14prakash). Vectors are rows and weights are [source][destination], as
there; every array is (1, 3) or (3, 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from sheetnet.formulas.tree import Binary, Index, Node, Number, added, call, cell
from sheetnet.quantities.evaluation import Quantities
from sheetnet.sheets.model import FloatArray
from sheetnet.sheets.views import StepMatrices

NEURONS = 3  # in every layer
FIRST = Index(0)
"""The row of a vector."""

_ALL = tuple(Index(n) for n in range(NEURONS))

Operand = Callable[[str, Index, Index], Node]
"""The cell that holds [row, column] of a quantity."""
OperandArray = Callable[[str], FloatArray]
Arrays = Quantities | Mapping[str, FloatArray]


class Rule(NamedTuple):
    """One quantity of the article: element [row, column] as a tree, all of it as an array.

    `true` and `true_array` are its counterpart, from the cells and the quantities of Step;
    `needs` names the block of Step that may be absent. `closed`: the tree needs both indices known.
    """

    rows: int
    style: str
    tree: Callable[[Operand, Index, Index], Node]
    array: Callable[[OperandArray], FloatArray]
    true: Callable[[StepMatrices, Index, Index], Node] | None = None
    true_array: Callable[[Arrays], FloatArray] | None = None
    needs: str = ""
    closed: bool = False


class Start(NamedTuple):
    """One array that the chain starts from: its cell in Step, its value in Step's quantities."""

    cell: Callable[[StepMatrices, Index, Index], Node]
    array: Callable[[Arrays], FloatArray]


# --- shapes that occur more than once ------------------------------------------------------------


def _weighted(inputs: str, weights: str, bias: str) -> Callable[[Operand, Index, Index], Node]:
    """inputs · weights + bias, spelled out."""
    return lambda of, r, c: added(
        [*(of(inputs, FIRST, s) * of(weights, s, c) for s in _ALL), of(bias, FIRST, c)]
    )


def _updated(old: str, change: str) -> Callable[[Operand, Index, Index], Node]:
    return lambda of, r, c: of(old, r, c) - of("lr", FIRST, FIRST) * of(change, r, c)


def _three(first: str, second: str, below: str) -> Callable[[Operand, Index, Index], Node]:
    """A change of weights: two factors of the destination times the source's output."""
    return lambda of, r, c: of(first, FIRST, c) * of(second, FIRST, c) * of(below, FIRST, r)


def _grown(of: Operand, n: Index) -> Node:
    return call("EXP", of("O_in", FIRST, n))


def _all_grown(of: Operand) -> Node:
    return added([_grown(of, n) for n in _ALL])


def _softmax_slope(of: Operand, r: Index, c: Index) -> Node:
    others = [_grown(of, n) for n in _ALL if n.value != c.value]
    return _grown(of, c) * added(others) / _all_grown(of) ** 2


def _softmax_slopes(of: OperandArray) -> FloatArray:
    grown = np.exp(of("O_in"))
    others = grown @ (1 - np.eye(NEURONS))  # added, not subtracted from the sum: nothing cancels
    return np.asarray(grown * others / grown.sum() ** 2)


def _output_error(of: Operand, r: Index, c: Index) -> Node:
    y, out = of("Output", FIRST, c), of("O_out", FIRST, c)
    return -1.0 * (y * (1 / out) + (1 - y) * (1 / (1 - out)))


def _output_errors(of: OperandArray) -> FloatArray:
    y, out = of("Output"), of("O_out")
    return -(y / out + (1 - y) / (1 - out))


def _softmax(of: OperandArray) -> FloatArray:
    grown = np.exp(of("O_in"))
    return np.asarray(grown / grown.sum())


# --- counterparts in Step ------------------------------------------------------------------------

_True = tuple[
    Callable[[StepMatrices, Index, Index], Node], Callable[[Arrays], FloatArray]
]


def _neuron(name: str) -> _True:
    """A quantity of neurons, which Step has down a column."""
    return lambda view, r, c: cell(name, c, 0), lambda have: have[name]


def _weights(name: str) -> _True:
    """A matrix without its bias, which Step has as [destination, source]."""
    return lambda view, r, c: cell(name, c, r), lambda have: have[name][:, :NEURONS].T


def _true_slope(view: StepMatrices, r: Index, c: Index) -> Node:
    return cell("a_3", c, 0) * (1 - cell("a_3", c, 0))


def _true_term(view: StepMatrices, r: Index, c: Index) -> Node:
    return cell("delta_3", c, 0) * cell(view.weights_block(3), c, r)


def _start_weights(layer: int) -> Start:
    return Start(
        lambda view, r, c: cell(view.weights_block(layer), c, r),
        lambda have: have[f"W_{layer}"][:, :NEURONS].T,
    )


def _start_bias(layer: int) -> Start:
    return Start(
        lambda view, r, c: cell(view.weights_block(layer), c, NEURONS),
        lambda have: have[f"W_{layer}"][:, NEURONS][None, :],
    )


# --- the article ---------------------------------------------------------------------------------

STARTS: dict[str, Start] = {
    "Input": Start(lambda view, r, c: cell(view.row_block(0), 0, c), lambda have: have["a_0"]),
    "W_ij": _start_weights(1),
    "W_jk": _start_weights(2),
    "W_kl": _start_weights(3),
    "b_j": _start_bias(1),
    "b_k": _start_bias(2),
    "b_l": _start_bias(3),
    "Output": Start(
        lambda view, r, c: cell(view.targets_block(), c, 0), lambda have: have["targets"]
    ),
    "lr": Start(
        lambda view, r, c: cell(view.rate_block(), 0, 0),
        lambda have: have["learning_rate"].reshape(1, 1),
    ),
}

RULES: dict[str, Rule] = {
    "h1_in": Rule(
        1,
        "sum",
        _weighted("Input", "W_ij", "b_j"),
        lambda of: of("Input") @ of("W_ij") + of("b_j"),
        *_neuron("z_1"),
    ),
    "h1_out": Rule(
        1,
        "activation",
        lambda of, r, c: call("MAX", 0, of("h1_in", FIRST, c)),
        lambda of: np.maximum(0.0, of("h1_in")),
        *_neuron("a_1"),
    ),
    "h2_in": Rule(
        1,
        "sum",
        _weighted("h1_out", "W_jk", "b_k"),
        lambda of: of("h1_out") @ of("W_jk") + of("b_k"),
        *_neuron("z_2"),
    ),
    "h2_out": Rule(
        1,
        "activation",
        lambda of, r, c: 1 / (1 + call("EXP", -of("h2_in", FIRST, c))),
        lambda of: 1 / (1 + np.exp(-of("h2_in"))),
        *_neuron("a_2"),
    ),
    "O_in": Rule(
        1,
        "sum",
        _weighted("h2_out", "W_kl", "b_l"),
        lambda of: of("h2_out") @ of("W_kl") + of("b_l"),
        *_neuron("z_3"),
    ),
    "O_out": Rule(
        1,
        "activation",
        lambda of, r, c: _grown(of, c) / _all_grown(of),
        _softmax,
        *_neuron("a_3"),
    ),
    "dE_dO": Rule(
        1,
        "delta",
        _output_error,
        _output_errors,
        *_neuron("error_3"),
        needs="error_3",
    ),
    "dO_dOin": Rule(
        1,
        "slope",
        _softmax_slope,
        _softmax_slopes,
        _true_slope,
        lambda have: have["a_3"] * (1 - have["a_3"]),
        closed=True,
    ),
    "dWkl": Rule(
        3,
        "gradient",
        _three("dE_dO", "dO_dOin", "h2_out"),
        lambda of: of("h2_out").T @ (of("dE_dO") * of("dO_dOin")),
        *_weights("dW_3"),
    ),
    "Wkl_new": Rule(
        3,
        "weight",
        _updated("W_kl", "dWkl"),
        lambda of: of("W_kl") - of("lr") * of("dWkl"),
        *_weights("W_3_new"),
    ),
    "dh2": Rule(
        1,
        "slope",
        lambda of, r, c: of("h2_out", FIRST, c) * (1 - of("h2_out", FIRST, c)),
        lambda of: of("h2_out") * (1 - of("h2_out")),
        *_neuron("slope_2"),
    ),
    "dE_dh2_terms": Rule(
        3,
        "delta",
        lambda of, r, c: of("dE_dO", FIRST, c) * of("dO_dOin", FIRST, c) * of("W_kl", r, c),
        lambda of: of("dE_dO") * of("dO_dOin") * of("W_kl"),
        _true_term,
        lambda have: have["delta_3"] * have["W_3"][:, :NEURONS].T,
    ),
    "dE_dh2": Rule(
        1,
        "delta",
        lambda of, r, c: added([of("dE_dh2_terms", c, n) for n in _ALL]),
        lambda of: of("dE_dh2_terms").sum(axis=1)[None, :],
        *_neuron("error_2"),
        closed=True,
    ),
    "dWjk": Rule(
        3,
        "gradient",
        _three("dE_dh2", "dh2", "h1_out"),
        lambda of: of("h1_out").T @ (of("dE_dh2") * of("dh2")),
        *_weights("dW_2"),
    ),
    "Wjk_new": Rule(
        3,
        "weight",
        _updated("W_jk", "dWjk"),
        lambda of: of("W_jk") - of("lr") * of("dWjk"),
        *_weights("W_2_new"),
    ),
    "dh1": Rule(
        1,
        "slope",
        lambda of, r, c: call("IF", Binary(">", of("h1_in", FIRST, c), Number(0.0)), 1, 0),
        lambda of: (of("h1_in") > 0).astype(float),
    ),
    "dE_dh1": Rule(
        1,
        "delta",
        lambda of, r, c: of("dE_dh2", FIRST, c) * of("dh2", FIRST, c) * of("W_jk", c, c),
        lambda of: of("dE_dh2") * of("dh2") * np.diagonal(of("W_jk")),
        *_neuron("error_1"),
    ),
    "dWij": Rule(
        3,
        "gradient",
        _three("dE_dh1", "dh1", "Input"),
        lambda of: of("Input").T @ (of("dE_dh1") * of("dh1")),
        *_weights("dW_1"),
    ),
    "Wij_new": Rule(
        3,
        "weight",
        _updated("W_ij", "dWij"),
        lambda of: of("W_ij") - of("lr") * of("dWij"),
        *_weights("W_1_new"),
    ),
}
"""In the article's order: each rule uses only what stands above it, and `STARTS`."""
