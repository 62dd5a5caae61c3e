"""One line a neuron, with the numbers plugged in: z and a, then δ and one update a layer.

Knows: which lines the sheet Network has. Does not know how a line is put together (see `plugged`),
nor where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sheetnet.formulas.spelling import ACTIVATIONS
from sheetnet.formulas.tree import Name, cell
from sheetnet.quantities.arrays import slope_at
from sheetnet.quantities.updates import is_plain
from sheetnet.sheets.network_state import Live
from sheetnet.sheets.plugged import (
    STAGE_OF_DELTA,
    STAGE_OF_FORWARD,
    STAGE_OF_UPDATE,
    Line,
    Part,
    chosen,
    forward,
    line,
    one,
)

__all__ = ["STAGE_OF_DELTA", "STAGE_OF_FORWARD", "STAGE_OF_UPDATE", "chosen", "lines", "one"]


class _Drawn:
    """Where the sheet behind Network keeps them (see `plugged.Cells`)."""

    def __init__(self, live: Live) -> None:
        self.labels, self.lesson = live.labels, live.lesson

    def weight(self, layer: int, destination: int | None, source: int, kind: str) -> Part:
        return _number(f"Net_W_{layer}", destination or 0, source, kind)

    def of_neuron(self, quantity: str, layer: int, neuron: int | None, kind: str) -> Part:
        return _number(f"Draw_{quantity}_{layer}", 0, neuron or 0, kind)

    def name(self, quantity: str, layer: int, neuron: int | None) -> Part:
        return self.labels.of_neuron(quantity, layer, neuron or 0)


def lines(live: Live) -> Iterator[Line]:
    """The lines of the whole network, in the order of the stages."""
    network = live.network
    for layer in range(1, network.layers + 1):
        for n in range(network.sizes[layer]):
            parts = forward(_Drawn(live), layer, n)
            yield line(f"Net_says_{layer}_{n}", STAGE_OF_FORWARD, parts)
    for layer in range(network.layers, 0, -1):
        yield line(f"Net_says_delta_{layer}", STAGE_OF_DELTA, _delta(live, layer))
    if f"Draw_gradient_{network.layers}" in live.rules and is_plain(live.lesson):
        for layer in range(1, network.layers + 1):
            yield line(f"Net_says_update_{layer}", STAGE_OF_UPDATE, _update(live, layer))


def _number(block: str, row: int, column: int, kind: str = "plain") -> Part:
    return cell(block, row, column), lambda q: float(q[block][row, column]), kind


def _delta(live: Live, layer: int) -> list[Part]:
    """δ of a layer's first neuron: what comes back through its weights, times f'(z)."""
    network, labels = live.network, live.labels
    name, first = network.activations[layer - 1], labels.of_neuron("delta", layer, 0)
    own = _number(f"Draw_delta_{layer}", 0, 0, "fine")
    if layer == network.layers or name == "softmax":
        loss = f"∂{labels.notation.loss}/∂{labels.of_neuron('weighted_input', layer, 0)}"
        return [first, f" = {loss} = ", own]
    slope = ACTIVATIONS[name].slope
    assert slope is not None, "softmax has no slope of one neuron"
    parts: list[Part] = [first, " = ("]
    for d in range(network.sizes[layer + 1]):
        parts += [" + "] * (d > 0)
        parts += [_number(f"Net_W_{layer + 1}", d, 0, "factor"), "·"]
        parts += [_number(f"Draw_delta_{layer + 1}", 0, d, "fine factor")]

    z, a = (cell(f"Draw_{quantity}_{layer}", 0, 0) for quantity in "za")

    def slope_value(q: Any) -> float:
        # What the slope does not name, its formula does not read
        used = ACTIVATIONS[name].slope_of
        values = (
            q[f"Draw_{quantity}_{layer}"][0, :1] if quantity in used else np.full(1, np.nan)
            for quantity in "za"
        )
        return float(slope_at(name, *values).item())

    parts += [") · f′ ", (slope(z, a), slope_value, "plain"), " = ", own]
    return parts


def _update(live: Live, layer: int) -> list[Part]:
    labels = live.labels
    w, rate = labels.weight(layer, 0, 0), "learning_rate"
    weight, gradient = f"Net_W_{layer}", f"Draw_gradient_{layer}"
    new = cell(weight, 0, 0) - Name(rate) * cell(gradient, 0, 0)

    def new_value(q: Any) -> float:
        return float(q[weight][0, 0] - np.reshape(q[rate], -1)[0] * q[gradient].item())

    return [
        w, " after the step = ", _number(weight, 0, 0, "fine"), " − ",
        (Name(rate), lambda q: float(np.reshape(q[rate], -1)[0]), "data"), "·",
        _number(gradient, 0, 0, "fine factor"), " = ", (new, new_value, "fine"),
    ]  # fmt: skip
