"""Random starts by rule: one table row a rule, with torch's counting of fan-in and fan-out.

Knows the bounds between which each rule draws. Does not know whether a rule suits the activations.
A layer's fan-in is its number of sources, its fan-out that of its destinations, as torch counts
them for the weight of a torch.nn.Linear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sheetnet.core.functions import Array


class Rule(NamedTuple):
    """Weights are uniform in ±limit(fan_in, fan_out), biases in ±bias_limit(fan_in)."""

    name: str
    limit: Callable[[int, int], float]
    bias_limit: Callable[[int], float]
    torch: str


RULES: dict[str, Rule] = {
    row.name: row
    for row in (
        Rule(
            "uniform",
            lambda fan_in, fan_out: 1.0 / math.sqrt(fan_in),
            lambda fan_in: 1.0 / math.sqrt(fan_in),
            "torch.nn.Linear.reset_parameters: kaiming_uniform_(a=√5) and uniform_ for the bias",
        ),
        Rule(
            "xavier",
            lambda fan_in, fan_out: math.sqrt(6.0 / (fan_in + fan_out)),
            lambda fan_in: 0.0,
            "torch.nn.init.xavier_uniform_, zeros_ for the bias",
        ),
        Rule(
            "he",
            lambda fan_in, fan_out: math.sqrt(6.0 / fan_in),
            lambda fan_in: 0.0,
            "torch.nn.init.kaiming_uniform_ for relu, zeros_ for the bias",
        ),
    )
}


def drawn(rule: str, sizes: Sequence[int], seed: int) -> tuple[list[Array], list[Array]]:
    """(weights, bias), an array a layer, by `default_rng(seed)`; all weights before any bias."""
    row, rng = RULES[rule], np.random.default_rng(seed)
    pairs = list(pairwise(sizes))
    limits = [row.limit(s, d) for s, d in pairs]
    weights = [rng.uniform(-x, x, (d, s)) for (s, d), x in zip(pairs, limits, strict=True)]
    bias_limits = [row.bias_limit(s) for s, _ in pairs]
    bias = [rng.uniform(-x, x, d) for (_, d), x in zip(pairs, bias_limits, strict=True)]
    return weights, bias
