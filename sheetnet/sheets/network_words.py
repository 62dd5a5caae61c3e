"""One line a neuron, with the numbers plugged in: z and a, then δ and one update a layer.

Knows: how such a line is put together, as a formula and, beside it, as plain Python. Does not know
where a line stands. FIXED, never TEXT: TEXT(0.5;"0.0000") is "00.001" in a German program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

import numpy as np

from sheetnet.formulas.spelling import ACTIVATIONS
from sheetnet.formulas.tree import Binary, Name, Node, Number, Text, call, cell, joined
from sheetnet.quantities.arrays import slope_at
from sheetnet.quantities.updates import is_plain
from sheetnet.sheets.model import FloatArray, Formula
from sheetnet.sheets.network_state import STAGE, Live, Rule

_LONG = Context(prec=400)  # as many digits as the largest double has
_FIGURES = {"coarse": 2, "fine": 4}  # decimals; more for what is small late in a training
_USUAL_FIGURES = 3
_HUGE, _HUGE_WORD = 1e9, "huge"
STAGE_OF_FORWARD, STAGE_OF_DELTA, STAGE_OF_UPDATE = 2, 4, 5


class Line(NamedTuple):
    """A line: the name of its block, the stage from which it is shown, its formula and its rule."""

    name: str
    stage: int
    formula: Formula
    rule: Rule


Part = str | tuple[Node, Callable[[Any], float], str]
"""Words, or a number: its cell, where to look its value up, and how it is written."""


def lines(live: Live, most: int) -> Iterator[Line]:
    """The lines of the whole network, in the order of the stages.

    Without those of sums over more than `most` neurons, and of the neurons of such a layer.
    """
    network = live.network
    drawn = [n for n in range(1, network.layers + 1) if max(network.sizes[n - 1 : n + 1]) <= most]
    for layer in drawn:
        for n in range(network.sizes[layer]):
            parts = _forward(live, layer, n)
            yield _line(f"Net_says_{layer}_{n}", STAGE_OF_FORWARD, parts)
    for layer in range(network.layers, 0, -1):
        if layer < network.layers and network.sizes[layer + 1] > most:
            continue
        yield _line(f"Net_says_delta_{layer}", STAGE_OF_DELTA, _delta(live, layer))
    if f"Draw_gradient_{network.layers}" in live.rules and is_plain(live.lesson):
        for layer in range(1, network.layers + 1):
            yield _line(f"Net_says_update_{layer}", STAGE_OF_UPDATE, _update(live, layer))


def _number(block: str, row: int, column: int, kind: str = "plain") -> Part:
    return cell(block, row, column), lambda q: float(q[block][row, column]), kind


def _forward(live: Live, layer: int, n: int) -> list[Part]:
    network, labels = live.network, live.labels
    below, name = network.sizes[layer - 1], network.activations[layer - 1]
    entering, kind = f"Draw_a_{layer - 1}", "data factor" if layer == 1 else "factor"
    parts: list[Part] = [labels.of_neuron("weighted_input", layer, n), " = "]
    for s in range(below):
        parts += [" + "] * (s > 0)
        parts += [_number(f"Net_W_{layer}", n, s, "factor"), "·", _number(entering, 0, s, kind)]
    if network.biases != "none":
        parts += [" + ", _number(f"Net_W_{layer}", n, below, "factor")]
    z = _number(f"Draw_z_{layer}", 0, n)
    parts += [" = ", z, ",     ", labels.of_neuron("activation", layer, n), " = "]
    if name == "softmax":
        parts += ["e^", _number(f"Draw_z_{layer}", 0, n, "factor"), " / Σe^z"]
    elif name == "identity":
        parts += ["z"]
    else:
        sign = "σ" if name == "sigmoid" else name.replace("_", " ")
        parts += [f"{sign}(", z, ")"]
    return [*parts, " = ", _number(f"Draw_a_{layer}", 0, n)]


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


# --- a line in two spellings ---------------------------------------------------------------------


def _line(name: str, stage: int, parts: list[Part]) -> Line:
    tree = joined(*(_spelled(part) for part in _merged(parts)))

    def rule(q: Any, _: int) -> FloatArray:
        text = "".join(part if isinstance(part, str) else _written(part, q) for part in parts)
        return one(text)

    return Line(name, stage, lambda i, j: tree, rule)


def one(text: str) -> FloatArray:
    """The array of a block that holds one text."""
    return np.array([[text]], dtype=object)


def chosen(words: Sequence[str], number: FloatArray) -> str:
    """The word that a chooser chooses, counted from 1; none for what a file may hold besides."""
    at = float(number.item())
    return words[int(at) - 1] if 1 <= at < len(words) + 1 else ""


def number(
    block: str, row: int, column: int, kind: str, *, from_stage: int = 0
) -> tuple[Node, Callable[[Any], str]]:
    """A number as a text: its formula and its rule. Empty before `from_stage`."""
    tree, rule = spelled(
        cell(block, row, column), lambda q: float(q[block][row, column]), kind
    )
    if not from_stage:
        return tree, rule
    is_shown = Binary(">=", Name(STAGE), Number(float(from_stage)))
    return (
        call("IF", is_shown, tree, ""),
        lambda q: rule(q) if q[STAGE].item() >= from_stage else "",
    )


def spelled(
    tree: Node, value_of: Callable[[Any], float], kind: str
) -> tuple[Node, Callable[[Any], str]]:
    """A number as a text: its formula and its rule."""
    part = tree, value_of, kind
    return joined(_spelled(part), ""), lambda q: _written(part, q)


def _merged(parts: list[Part]) -> Iterator[Part]:
    """Neighbouring words as one."""
    words = ""
    for part in parts:
        if isinstance(part, str):
            words += part
        else:
            if words:
                yield words
            yield part
            words = ""
    if words:
        yield words


def _spelled(part: Part) -> Node | str:
    if isinstance(part, str):
        return part
    tree, _, kind = part
    figures = _figures(kind)
    rounded = call("ROUND", tree, figures)
    fixed = rounded if "data" in kind else call("FIXED", rounded, figures, 1)
    shown: Node = fixed
    if "factor" in kind:
        negative = Binary("<", rounded, Number(0.0))
        shown = call("IF", negative, joined("(", fixed, ")"), fixed)
    # Programs write out more digits than a double has, each in its own way
    return call("IF", Binary("<", call("ABS", tree), Number(_HUGE)), shown, Text(_HUGE_WORD))


def _figures(kind: str) -> int:
    return next((n for word, n in _FIGURES.items() if word in kind), _USUAL_FIGURES)


def _written(part: tuple[Node, Callable[[Any], float], str], q: Any) -> str:
    _, value_of, kind = part
    value = value_of(q)
    if np.isnan(value):
        return "?"
    if not abs(value) < _HUGE:
        return _HUGE_WORD
    figures = _figures(kind)
    exact = Decimal(repr(value)).quantize(Decimal(1).scaleb(-figures), ROUND_HALF_UP, _LONG)
    text = f"{exact if exact else abs(exact):f}"
    if "data" in kind:
        text = text.rstrip("0").rstrip(".")
    return f"({text})" if "factor" in kind and exact < 0 else text
