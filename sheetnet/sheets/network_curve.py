"""What the neurons say along the only input of a network.

Knows: every neuron's answer at each point of a line, from those of the layer below. Does not know
the chart that shows it (see `network_charts`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.spelling import ACTIVATIONS
from sheetnet.formulas.tree import Index, Name, Node, added, call, cell, row_span
from sheetnet.quantities.arrays import value_at
from sheetnet.sheets.controls import has_table
from sheetnet.sheets.model import FloatArray, Formula
from sheetnet.sheets.network_maps import LARGEST_EXPONENT, axes
from sheetnet.sheets.network_state import OUTPUT, Live, picked
from sheetnet.sheets.views import history

CURVE_POINTS = 41


def curve(live: Live) -> None:
    """Every neuron's answer along the only input, one row a point."""
    network = live.network
    axes(live, CURVE_POINTS)
    live.hidden(
        "Draw_curve_0",
        (CURVE_POINTS, 1),
        lambda i, j: cell("Draw_across", Index(0), i * 1),
        lambda q, _: np.reshape(q["Draw_across"], (CURVE_POINTS, 1)),
        moment=None,
    )
    for layer in range(1, network.layers + 1):
        _curve_layer(live, layer)


def picked_curve(live: Live) -> tuple[Area, Area]:
    """The curve of the output picked, and its targets."""
    lesson, outputs = live.lesson, live.network.sizes[-1]
    in_table = has_table(lesson)
    wanted = "targets" if in_table else history("targets")

    def targets(q: Any) -> FloatArray:
        return np.reshape(q["target_table"] if in_table else q["targets"], (-1, outputs))

    def picks(block: str) -> Formula:
        return lambda i, j: call(
            "INDEX", row_span(block, i, Index(0), outputs), 1, Name(OUTPUT)
        )

    run = f"Draw_curve_{live.network.layers}"
    return (
        live.hidden(
            "Draw_curve_out", (CURVE_POINTS, 1), picks(run), lambda q, _: picked(q, q[run]),
            moment=None,
        ),
        live.hidden(
            "Draw_target_out", (len(lesson.inputs) if in_table else 1, 1), picks(wanted),
            lambda q, _: picked(q, targets(q)), moment=0,
        ),
    )  # fmt: skip


def _curve_layer(live: Live, layer: int) -> None:
    network = live.network
    below, count = network.sizes[layer - 1], network.sizes[layer]
    name, weights, entering = (
        network.activations[layer - 1],
        f"Net_W_{layer}",
        f"Draw_curve_{layer - 1}",
    )
    has_bias = network.biases != "none"

    def weighted(i: Index, n: int) -> Node:
        terms: list[Node] = [cell(weights, n, s) * cell(entering, i, s) for s in range(below)]
        return added(terms + [cell(weights, n, below)] * has_bias)

    def z_values(q: Any) -> FloatArray:
        z = q[entering] @ q[weights][:, :below].T
        return np.asarray(z + q[weights][:, below] if has_bias else z)

    z_name = f"Draw_z_curve_{layer}"
    live.hidden(
        z_name,
        (CURVE_POINTS, count),
        lambda i, j: weighted(i, j.value),
        lambda q, _: z_values(q),
        moment=None,
    )

    def formula(i: Index, j: Index) -> Node:
        own = cell(z_name, i, j)
        if name == "softmax":
            parts: list[Node] = [
                call("EXP", call("MIN", cell(z_name, i, k) - own, LARGEST_EXPONENT))
                for k in range(count)
            ]
            return 1 / added(parts)
        if name == "sigmoid":
            return 1 / (1 + call("EXP", call("MIN", -own, LARGEST_EXPONENT)))
        spelling = ACTIVATIONS[name].value
        assert spelling is not None
        return spelling(own)

    def rule(q: Any, _: int) -> FloatArray:
        z = q[z_name]
        if name == "softmax":
            apart = np.minimum(z[:, None, :] - z[:, :, None], LARGEST_EXPONENT)
            return np.asarray(1 / np.exp(apart).sum(axis=-1))
        return np.asarray(
            value_at(name, np.maximum(z, -LARGEST_EXPONENT) if name == "sigmoid" else z)
        )

    live.hidden(f"Draw_curve_{layer}", (CURVE_POINTS, count), formula, rule, moment=None)
