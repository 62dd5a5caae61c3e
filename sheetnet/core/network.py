"""A fully connected network as a value: sizes, rules by name, and read-only parameters.

Knows which shapes and numbers make a network and names what does not fit by key path. Does not
compute anything with it (see `step`, `train`), and knows nothing of data, files or spreadsheets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from sheetnet.core.checks import (
    choice_problems,
    few,
    finite_problems,
    read_only,
    refuse,
    same_bits,
    show,
    whole_problems,
)
from sheetnet.core.functions import ACTIVATIONS, LOSSES, REDUCTIONS, Array
from sheetnet.core.initial import RULES, drawn

BIASES = ("trained", "fixed", "none")
MAX_PARAMETERS = 10_000_000
MAX_LAYERS = 1_000


def size_problems(sizes: Sequence[object]) -> Iterator[str]:
    """Problems of `network.sizes`, found before anything of that size is allocated."""
    example = "sizes = [2, 2, 2]"
    if len(sizes) > MAX_LAYERS:
        yield (
            f"network.sizes has {len(sizes)} layers; expected at most {MAX_LAYERS:,}. "
            "Use fewer layers."
        )
        return
    if len(sizes) < 2:
        yield (
            f"network.sizes is {show(list(sizes))}; expected at least two layers, the input first. "
            f"Write for example {example}."
        )
    no_numbers = (
        problem
        for i, n in enumerate(sizes)
        for problem in whole_problems(f"network.sizes[{i}]", n, 1, example)
    )
    wrong = list(few(no_numbers, "network.sizes"))
    yield from wrong
    counts = [] if wrong else [n for n in sizes if isinstance(n, (int, np.integer))]
    total = sum(int(d) * (int(s) + 1) for s, d in pairwise(counts))
    if total > MAX_PARAMETERS:
        yield (
            f"network.sizes is {show(list(sizes))}, which needs {show(total)} weights and biases; "
            f"expected at most {MAX_PARAMETERS:,}. Use fewer or smaller layers."
        )


def rule_problems(
    activations: Sequence[object],
    layers: int | None,
    loss: object,
    reduction: object,
    biases: object,
) -> Iterator[str]:
    """Problems of the names in a network; `layers` None leaves their number unchecked."""
    if layers is not None and len(activations) != layers:
        yield (
            f"network.activations has {len(activations)} names; expected {layers}, one for each "
            "layer after the input. Add or remove names, or write a single string for all layers."
        )
    named = (
        problem
        for i, name in enumerate(activations)
        for problem in choice_problems(f"network.activations[{i}]", name, ACTIVATIONS)
    )
    yield from few(named, "network.activations")
    yield from choice_problems("network.loss", loss, LOSSES)
    yield from choice_problems("network.reduction", reduction, REDUCTIONS)
    yield from choice_problems("network.biases", biases, BIASES)


def parameter_problems(
    sizes: Sequence[int], biases: object, weights: Sequence[Array], bias: Sequence[Array]
) -> Iterator[str]:
    """Problems of the arrays: their number, their shapes, numbers that are not finite."""
    pairs = [(d, s) for s, d in pairwise(sizes)]
    yield from _array_problems("weights", weights, pairs, sizes)
    if bias or biases != "none":
        yield from _array_problems("bias", bias, [(d,) for d, _ in pairs], sizes)
    if biases == "none" and any(b.any() for b in bias):
        yield (
            'network.bias holds numbers other than 0; network.biases is "none". '
            'Leave bias out, or write biases = "fixed".'
        )


def _array_problems(
    key: str, arrays: Sequence[Array], shapes: Sequence[tuple[int, ...]], sizes: Sequence[int]
) -> Iterator[str]:
    if len(arrays) != len(shapes):
        yield (
            f"network.{key} has {len(arrays)} layers; sizes {list(sizes)} need {len(shapes)}. "
            "Give one array for each layer after the input."
        )
    for i, (array, shape) in enumerate(zip(arrays, shapes, strict=False)):
        if array.shape != shape:
            order = "[destination][source]" if len(shape) == 2 else "[destination]"
            yield (
                f"network.{key}[{i}] has shape {array.shape}; sizes {list(sizes)} need {shape}, "
                f"{order}. Correct the sizes or the numbers."
            )
        yield from finite_problems(f"network.{key}[{i}]", array)


@dataclass(frozen=True, eq=False)
class Network:
    """Layers of neurons; every neuron sees all neurons of the layer below.

    weights[l] has shape (destination, source), bias[l] (destination,); l = 0 is the first layer
    after the input (w_ds^l in document 4, "Backpropagation"). With biases "none" the bias may be
    left out and is zero. Arrays are copied, float64 and read-only. Equality is bit for bit.
    Raises LessonError naming every wrong key, e.g. network.weights[1].
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str = "half_squared_error"
    reduction: str = "sum"
    biases: str = "trained"
    weights: tuple[Array, ...] = ()
    bias: tuple[Array, ...] = ()

    def __post_init__(self) -> None:
        def put(key: str, value: object) -> None:
            object.__setattr__(self, key, value)

        problems = list(size_problems(self.sizes))
        layers = None if problems else self.layers
        if isinstance(self.activations, str):
            put("activations", (self.activations,) * (layers or 1))
        problems += rule_problems(self.activations, layers, self.loss, self.reduction, self.biases)
        refuse(problems)
        put("sizes", tuple(int(n) for n in self.sizes))
        put("activations", tuple(self.activations))
        for key, arrays in (("weights", self.weights), ("bias", self.bias)):
            put(key, tuple(read_only(f"network.{key}[{i}]", x) for i, x in enumerate(arrays)))
        refuse(parameter_problems(self.sizes, self.biases, self.weights, self.bias))
        if self.biases == "none":
            put("bias", tuple(read_only("network.bias", np.zeros(d)) for d in self.sizes[1:]))

    def _rules(self) -> tuple[object, ...]:
        return (self.sizes, self.activations, self.loss, self.reduction, self.biases)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        mine, its = self.weights + self.bias, other.weights + other.bias
        return self._rules() == other._rules() and all(map(same_bits, mine, its))

    @property
    def layers(self) -> int:
        """Number of layers after the input."""
        return len(self.sizes) - 1

    @classmethod
    def random(
        cls,
        sizes: Sequence[int],
        activations: str | Sequence[str] = "sigmoid",
        loss: str = "half_squared_error",
        reduction: str = "sum",
        biases: str = "trained",
        *,
        seed: int = 0,
        init: str = "uniform",
    ) -> Network:
        """A repeatable random start by the rule `init` (see `initial`), from `default_rng(seed)`.

        All weights are drawn before any bias, so `biases` does not change the weights.
        Raises LessonError for sizes, names or a seed that cannot be used.
        """
        refuse(
            [
                *size_problems(sizes),
                *whole_problems("network.seed", seed, 0, "seed = 7"),
                *choice_problems("network.init", init, RULES),
            ]
        )
        weights, bias = drawn(init, sizes, seed)
        return cls(
            tuple(sizes),
            (activations,) * len(weights) if isinstance(activations, str) else tuple(activations),
            loss,
            reduction,
            biases,
            tuple(weights),
            () if biases == "none" else tuple(bias),
        )

    def with_parameters(self, weights: Sequence[Array], bias: Sequence[Array]) -> Network:
        """The same network with other weights and bias; shapes and numbers are checked again."""
        return replace(self, weights=tuple(weights), bias=tuple(bias))
