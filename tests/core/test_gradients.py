"""Every activation with every loss, reduction and bias mode against finite differences.

The differences use five points, step H: their truncation error is of order H^4 and their
rounding error of order 1e-16/H, so 1e-8 is an honest demand and a factor of 1.0005 must fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pytest
from support.forward import forward, loss

from sheetnet.core.functions import ACTIVATIONS, LOSSES, REDUCTIONS, Array
from sheetnet.core.network import BIASES, Network
from sheetnet.core.step import Trace, train_step

H = 1e-3
SIZES = (3, 4, 3)
BOUNDED = ("sigmoid", "softmax")  # outputs between 0 and 1 whatever the weights are


def example(
    activation: str, loss_name: str, reduction: str, biases: str
) -> tuple[Network, Array, Array]:
    """A small network with data in the domain of its loss; z on both sides of 0, clear of it."""
    domain = "entropy" in loss_name and activation not in BOUNDED
    for seed in range(200):
        rng = np.random.default_rng(seed)
        low = 0.05 if domain else -0.9
        weights = [rng.uniform(low, 0.4 if domain else 0.9, (4, 3)), rng.uniform(low, 0.3, (3, 4))]
        if domain:
            weights[0][0] *= -1.0  # one hidden neuron on the other side of the kink
        bias = [rng.uniform(low, 0.1, n) for n in (4, 3)] if biases != "none" else []
        if domain and bias:
            bias[0][0] *= -1.0
        rules = (loss_name, reduction, biases)
        network = Network(SIZES, (activation,) * 2, *rules, tuple(weights), tuple(bias))
        inputs = rng.uniform(0.3, 1.0, (7, 3)) * (1.0 if domain else rng.choice([-1, 1], (7, 3)))
        targets = rng.uniform(0.1, 0.9, (7, 3))
        z, a = forward(network, inputs)
        if domain and not (a[-1].min() > 0.02 and a[-1].max() < 0.98):
            continue
        # With only negative outputs all deltas of relu were 0, and no mistake could be seen.
        sides = all((x > 0).any() and (x < 0).any() for x in (z[:1] if domain else z))
        if sides and min(float(np.abs(x).min()) for x in z) > 5 * H:
            return network, inputs, targets
    raise AssertionError("no example found: widen the search")


def differences(values: Array, loss_of: Callable[[Array], float]) -> Array:
    """∂loss/∂values by five-point central differences."""
    gradient = np.empty_like(values)
    for i in np.ndindex(values.shape):

        def moved(by: float, i: tuple[int, ...] = i) -> float:
            other = values.copy()
            other[i] += by
            return loss_of(other)

        near, far = moved(H) - moved(-H), moved(2 * H) - moved(-2 * H)
        gradient[i] = (8.0 * near - far) / (12.0 * H)
    return gradient


def numeric_gradients(network: Network, inputs: Array, targets: Array) -> dict[str, list[Array]]:
    def loss_with(key: str, layer: int, values: Array) -> float:
        arrays = list(getattr(network, key))
        arrays[layer] = values
        both = {"weights": network.weights, "bias": network.bias, key: tuple(arrays)}
        return loss(network.with_parameters(both["weights"], both["bias"]), inputs, targets)

    return {
        key: [
            differences(array, partial(loss_with, key, layer))
            for layer, array in enumerate(getattr(network, key))
        ]
        for key in (("weights",) if network.biases == "none" else ("weights", "bias"))
    }


def disagreements(trace: Trace, numeric: dict[str, list[Array]]) -> list[str]:
    """The entries of dW and db that differ by over 1e-8 of themselves and 1e-11 of the largest."""
    found = []
    for key, mine in (("weights", trace.dW), ("bias", trace.db)):
        for layer, theirs in enumerate(numeric.get(key, [])):
            floor = 1e-11 * max(float(np.abs(g).max()) for g in numeric[key])
            wrong = np.abs(mine[layer] - theirs) > 1e-8 * np.abs(theirs) + floor + 1e-13
            found += [f"{key}[{layer}]{tuple(i)}" for i in np.argwhere(wrong).tolist()]
    return found


COMBINATIONS = list(product(ACTIVATIONS, LOSSES, REDUCTIONS, BIASES))


def test_there_are_216_combinations() -> None:
    assert len(COMBINATIONS) == 216


@pytest.mark.parametrize(("activation", "loss_name", "reduction", "biases"), COMBINATIONS)
def test_gradients(activation: str, loss_name: str, reduction: str, biases: str) -> None:
    network, inputs, targets = example(activation, loss_name, reduction, biases)
    trace = train_step(network, inputs, targets, 0.1)
    numeric = numeric_gradients(network, inputs, targets)
    assert not disagreements(trace, numeric)

    # Test the tester: the largest entry of any one gradient, 0.05% off, must be noticed.
    for key, field in (("weights", "dW"), ("bias", "db")):
        for layer in range(len(numeric.get(key, []))):
            arrays = [g.copy() for g in getattr(trace, field)]
            where = np.unravel_index(np.abs(arrays[layer]).argmax(), arrays[layer].shape)
            arrays[layer][where] *= 1.0005
            planted: dict[str, Any] = {field: tuple(arrays)}
            assert disagreements(replace(trace, **planted), numeric) == [
                f"{key}[{layer}]{tuple(int(i) for i in where)}"
            ]

    for l in range(network.layers):
        trained = biases == "trained"
        np.testing.assert_array_equal(
            trace.network.weights[l], network.weights[l] - 0.1 * trace.dW[l]
        )
        expected = network.bias[l] - 0.1 * trace.db[l] if trained else network.bias[l]
        np.testing.assert_array_equal(trace.network.bias[l], expected)
        if biases == "none":
            assert not trace.db[l].any()


@pytest.mark.parametrize("planted", ["softmax diagonal", "missing relu mask", "untransposed"])
def test_typical_mistakes_are_found(planted: str) -> None:
    activation = "softmax" if planted == "softmax diagonal" else "relu"
    network, inputs, targets = example(activation, "half_squared_error", "mean", "trained")
    trace = train_step(network, inputs, targets, 0.1)
    delta: Array = {
        "softmax diagonal": trace.dE_da[0] * trace.slope[0],
        "missing relu mask": trace.dE_da[0],
        "untransposed": (trace.delta[1] @ network.weights[1][:, ::-1]) * trace.slope[0],
    }[planted]
    wrong = replace(trace, dW=(delta.T @ inputs, trace.dW[1]))
    found = disagreements(wrong, numeric_gradients(network, inputs, targets))
    assert found
    assert all(name.startswith("weights[0]") for name in found)
