"""Networks as values: what is accepted, what is refused and in which words, equality, seeds."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from sheetnet.core.network import BIASES, Network
from sheetnet.errors import LessonError

GOOD: dict[str, Any] = {
    "sizes": (2, 2, 1),
    "activations": ("tanh", "identity"),
    "weights": (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0]])),
    "bias": (np.array([0.1, 0.2]), np.array([0.3])),
}


def test_parameters_are_read_only_copies() -> None:
    mine = np.array([[1.0, 2.0], [3.0, 4.0]])
    network = Network(**{**GOOD, "weights": (mine, GOOD["weights"][1])})
    mine[0, 0] = 99.0
    assert network.layers == 2
    assert network.weights[0][0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        network.weights[0][0, 0] = 2.0
    assert all(a.dtype == np.float64 for a in network.weights + network.bias)


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"sizes": (2,)}, ["network.sizes is [2]; expected at least two layers"]),
    ({"sizes": (2, 0, 1)}, ["network.sizes[1] is 0; expected a whole number, 1 or more"]),
    ({"sizes": (2, True, 1)}, ["network.sizes[1] is True"]),
    ({"sizes": (2, 2.0, 1)}, ["network.sizes[1] is 2.0"]),
    ({"activations": ("tanh",)}, ["network.activations has 1 names; expected 2"]),
    ({"activations": ("tahn", "identity")}, ["network.activations[0]", "Did you mean 'tanh'?"]),
    ({"loss": "mse"}, ["network.loss is 'mse'", "squared_error"]),
    ({"reduction": "average"}, ["network.reduction is 'average'", "sum, mean, mean_all"]),
    ({"biases": "None"}, ["network.biases is 'None'", "Did you mean 'none'?"]),
    (
        {"weights": (np.ones((2, 2)), np.ones((2, 1)))},
        ["network.weights[1] has shape (2, 1); sizes [2, 2, 1] need (1, 2)"],
    ),
    ({"weights": (np.ones((2, 2)),)}, ["network.weights has 1 layers; sizes [2, 2, 1] need 2"]),
    ({"bias": (np.ones(2), np.ones((1, 1)))}, ["network.bias[1] has shape (1, 1)", "need (1,)"]),
    ({"bias": (np.ones(2), np.array([np.nan]))}, ["network.bias[1][0] is nan"]),
    ({"weights": (np.ones((2, 2)), np.array([[1, np.inf]]))}, ["network.weights[1][0][1] is inf"]),
    ({"weights": ([["a", "b"], [1, 2]], np.ones((1, 2)))}, ["network.weights[0]", "numbers"]),
    ({"weights": ([[1, 2], [3]], np.ones((1, 2)))}, ["network.weights[0]", "equal length"]),
    ({"biases": "none"}, ['network.bias holds numbers other than 0; network.biases is "none"']),
    ({"loss": "x", "reduction": "y"}, ["network.loss", "network.reduction"]),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_refused(change: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(LessonError) as caught:
        Network(**{**GOOD, **change})
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("sizes", [[10**9, 1], [10**9] * 3, [1, 10**400], [4000, 4000]])
def test_absurd_sizes_are_refused_at_once(sizes: list[int]) -> None:
    start = time.perf_counter()
    with pytest.raises(LessonError, match="expected at most 10,000,000"):
        Network.random(sizes)
    assert time.perf_counter() - start < 1.0


def test_random_is_repeatable_bounded_and_independent_of_the_bias_mode() -> None:
    one = {mode: Network.random([3, 4, 2], biases=mode, seed=7) for mode in BIASES}
    for mode, network in one.items():
        assert network == Network.random((3, 4, 2), "sigmoid", biases=mode, seed=7)
        assert network != Network.random((3, 4, 2), "sigmoid", biases=mode, seed=8)
        for l, fan_in in enumerate((3, 4)):
            np.testing.assert_array_equal(network.weights[l], one["trained"].weights[l])
            assert 0.1 < np.abs(network.weights[l]).max() <= fan_in**-0.5
            assert network.bias[l].any() == (mode != "none")


@pytest.mark.parametrize("seed", [-1, True, 1.5, "7"])
def test_a_wrong_seed_is_refused(seed: Any) -> None:
    with pytest.raises(LessonError, match=r"network\.seed"):
        Network.random([2, 2], seed=seed)


def test_equality_is_bit_for_bit() -> None:
    network = Network(**GOOD)
    assert network == Network(**GOOD)
    assert network != Network(**{**GOOD, "loss": "squared_error"})
    assert network != "network"
    nudged = np.nextafter(network.bias[1], 1.0)
    assert network != network.with_parameters(network.weights, [network.bias[0], nudged])
    zero = network.with_parameters(network.weights, [np.zeros(2), np.zeros(1)])
    assert zero != network.with_parameters(network.weights, [np.zeros(2), -np.zeros(1)])


def test_with_parameters_checks_again() -> None:
    network = Network(**GOOD)
    with pytest.raises(LessonError, match=r"network\.weights\[0\] has shape"):
        network.with_parameters([np.ones((3, 2)), np.ones((1, 2))], network.bias)
