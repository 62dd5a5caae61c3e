"""What every neuron says everywhere: a map over two inputs, a curve over one.

Knows: the grid of points, each neuron's answer there from those of the layer below, and where the
examples lie. Does not know where a map stands, nor the numbers of the step (see `network_state`).
Maps hold numbers; rules show them as nine bands, and the examples as signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.spelling import ACTIVATIONS
from sheetnet.formulas.tree import Binary, I, Index, Name, Node, Number, added, call, cell, row_span
from sheetnet.formulas.tree import column_span as down
from sheetnet.lessons import Lesson
from sheetnet.palette import BANDS
from sheetnet.quantities.arrays import value_at
from sheetnet.sheets.controls import has_table
from sheetnet.sheets.model import FloatArray, Formula, Rule
from sheetnet.sheets.network_state import OUTPUT, Live, picked
from sheetnet.sheets.network_state import Rule as NumPyRule
from sheetnet.sheets.views import history, sources

GRIDS = (21, 15, 11)
_MOST_CELLS = 5_000
_MARGIN = 0.25  # of the range of the data, at both ends
LARGEST_EXPONENT = 700.0  # of EXP: beyond 709 a spreadsheet has an error
_FURTHEST = 1e300
_EDGES = np.linspace(-1, 1, len(BANDS) + 1)
_SQUASHED = {"sigmoid": (0.5, 0.5), "softmax": (0.5, 0.5), "tanh": (0.0, 1.0)}  # middle, half


def grid_of(lesson: Lesson) -> int:
    """Points along each side of a map; 0 where there are none."""
    network = lesson.network
    if network.sizes[0] != 2:
        return 0
    *hidden, outputs = network.sizes[1:]
    layers = list(zip([*hidden, 1], [*hidden, outputs + (outputs > 1)], strict=True))
    neurons = sum(
        shown + (sums if name == "softmax" else 0)
        for (shown, sums), name in zip(layers, network.activations, strict=True)
    )
    return next((side for side in GRIDS if side * side * neurons <= _MOST_CELLS), 0)


def axes(live: Live, points: int) -> None:
    """The inputs' ranges, and the places along them: across for input 0, from the top for 1."""
    lesson = live.lesson
    ins, count = lesson.network.sizes[0], len(lesson.inputs)
    data = "inputs" if has_table(lesson) else history("a_0")
    rows = count if has_table(lesson) else 1

    def ends(k: int) -> tuple[Node, Node]:
        span = down(data, Index(0), Index(k), rows)
        return call("MIN", span), call("MAX", span)

    def width(k: int) -> Node:
        low, high = ends(k)
        return call("IF", Binary(">", high - low, Number(0.0)), high - low, 1)

    def values(q: Any) -> FloatArray:
        found = q["inputs"] if has_table(lesson) else q["a_0"]
        return np.reshape(found, (-1, ins))

    def widths(q: Any, _: int) -> FloatArray:
        found = np.ptp(values(q), axis=0)[None]
        return np.where(found > 0, found, 1.0)

    first: dict[str, Any] = {"moment": 0}
    live.hidden("Draw_width", (1, ins), lambda i, j: width(j.value), widths, **first)
    live.hidden(
        "Draw_low",
        (1, ins),
        lambda i, j: ends(j.value)[0] - cell("Draw_width", 0, j) * _MARGIN,
        lambda q, _: values(q).min(axis=0)[None] - q["Draw_width"] * _MARGIN,
        **first,
    )
    live.hidden(
        "Draw_spacing",
        (1, ins),
        lambda i, j: cell("Draw_width", 0, j) * (1 + 2 * _MARGIN) / (points - 1),
        lambda q, _: q["Draw_width"] * (1 + 2 * _MARGIN) / (points - 1),
        moment=None,
    )
    live.hidden(
        "Draw_across",
        (1, points),
        lambda i, j: cell("Draw_low", 0, 0) + cell("Draw_spacing", 0, 0) * float(j.value),
        lambda q, _: q["Draw_low"][:, :1] + q["Draw_spacing"][:, :1] * np.arange(points),
        moment=None,
    )
    if ins == 2:
        numbers = np.arange(points, dtype=float)[::-1, None]
        live.canvas.constant("Draw_rank", (live.row, 1), numbers, "plain_number")
        live.row += points + 1
        live.hidden(
            "Draw_down",
            (points, 1),
            lambda i, j: (
                cell("Draw_low", 0, 1) + cell("Draw_spacing", 0, 1) * cell("Draw_rank", I, Index(0))
            ),
            lambda q, _: q["Draw_low"][:, 1:] + q["Draw_spacing"][:, 1:] * q["Draw_rank"],
            moment=None,
        )


PICKED = -1
"""In the place of a neuron's number: the output that is picked."""
_PICKED_WEIGHTS = "Draw_W_out"


def name_of(layer: int, neuron: int) -> str:
    """The block of a neuron's map."""
    return "Net_map_out" if neuron == PICKED else f"Net_map_{layer}_{neuron}"


def pick_weights(live: Live) -> None:
    """The weights into the output picked."""
    last, into = live.network.layers, sources(live.lesson, live.network.layers)
    live.hidden(
        _PICKED_WEIGHTS,
        (1, into),
        lambda i, j: call("INDEX", Name(f"Net_W_{last}"), Name(OUTPUT), j.value + 1),
        lambda q, _: picked(q, q[f"Net_W_{last}"].T).T,
        moment=None,
    )


def formulas(live: Live, layer: int, neuron: int, points: int) -> tuple[Formula, NumPyRule]:
    """A neuron's answer at every point, from the answers of the layer below."""
    network = live.network
    below, name = network.sizes[layer - 1], network.activations[layer - 1]
    has_bias = network.biases != "none"

    def row_of(n: int) -> tuple[str, int]:
        """The block of its weights, and the row."""
        return (_PICKED_WEIGHTS, 0) if n == PICKED else (f"Net_W_{layer}", n)

    def entering(s: int, i: Index, j: Index) -> Node:
        if layer == 1:
            return cell("Draw_across", 0, j) if s == 0 else cell("Draw_down", i, Index(0))
        return cell(name_of(layer - 1, s), i, j)

    def weighted(n: int, i: Index, j: Index) -> Node:
        weights, row = row_of(n)
        terms: list[Node] = [cell(weights, row, s) * entering(s, i, j) for s in range(below)]
        return added(terms + [cell(weights, row, below)] * has_bias)

    def formula(i: Index, j: Index) -> Node:
        if name == "softmax":
            own = cell(_z_name(layer, neuron), i, j)
            parts: list[Node] = [
                call("EXP", call("MIN", cell(_z_name(layer, k), i, j) - own, LARGEST_EXPONENT))
                for k in range(network.sizes[layer])
            ]
            return 1 / added(parts)
        z = weighted(neuron, i, j)
        spelling = ACTIVATIONS[name]
        # Far from the data z may be large: the form that cannot overflow names z more than once,
        # so z is bounded instead
        if name == "sigmoid":
            return 1 / (1 + call("EXP", call("MIN", -z, LARGEST_EXPONENT)))
        assert spelling.value is not None
        return spelling.value(z)

    def entering_values(q: Any, s: int) -> FloatArray:
        if layer == 1:
            return np.broadcast_to(q["Draw_across"] if s == 0 else q["Draw_down"], (points, points))
        return np.asarray(q[name_of(layer - 1, s)])

    def z_values(q: Any, n: int) -> FloatArray:
        weights, row = row_of(n)
        w = q[weights][row]
        z = sum(w[s] * entering_values(q, s) for s in range(below))
        return np.asarray(z + w[below] if has_bias else z)

    def rule(q: Any, _: int) -> FloatArray:
        if name == "softmax":
            own = q[_z_name(layer, neuron)]
            others = [q[_z_name(layer, k)] for k in range(network.sizes[layer])]
            return np.asarray(
                1 / sum(np.exp(np.minimum(each - own, LARGEST_EXPONENT)) for each in others)
            )
        z = z_values(q, neuron)
        if name == "sigmoid":
            z = np.maximum(z, -LARGEST_EXPONENT)
        return np.asarray(value_at(name, z))

    if name == "softmax":
        everyone = range(network.sizes[layer])
        for n in [*everyone, PICKED] if neuron == PICKED else [neuron]:

            def z_rule(q: Any, _: int, n: int = n) -> FloatArray:
                return z_values(q, n)

            def z_formula(i: Index, j: Index, n: int = n) -> Node:
                return weighted(n, i, j)

            shape = points, points
            live.hidden(_z_name(layer, n), shape, z_formula, z_rule, moment=None)
    return formula, rule


def _z_name(layer: int, neuron: int) -> str:
    return "Draw_z_map_out" if neuron == PICKED else f"Draw_z_map_{layer}_{neuron}"


def bands(live: Live, layer: int, areas: Sequence[Area], style: str) -> list[Rule]:
    """Nine bands over the maps of a layer, around the middle of what its neurons may say."""
    middle, half = _SQUASHED.get(live.network.activations[layer - 1], (0.0, 2.0))
    found = []
    for band in range(len(BANDS)):
        low = -_FURTHEST if band == 0 else middle + half * _EDGES[band]
        high = _FURTHEST if band == len(BANDS) - 1 else middle + half * _EDGES[band + 1]
        found += [Rule(area, style, f"band_{band}", (low, high)) for area in areas]
    return found


def examples(live: Live, points: int) -> None:
    """The cell of a map that each example lies in, one list for each class of each output."""
    lesson = live.lesson
    count, outputs = len(lesson.inputs), lesson.network.sizes[-1]
    in_table = has_table(lesson)
    data = "inputs" if in_table else history("a_0")
    wanted = "targets" if in_table else history("targets")
    live.canvas.constant(
        "Draw_number",
        (live.row, 1),
        np.arange(points)[:, None] * 1000.0 + np.arange(points),
        "plain_number",
    )
    live.row += points + 1

    def place(i: Index) -> Node:
        across, up = (
            call(
                "ROUND", (cell(data, i, k) - cell("Draw_low", 0, k)) / cell("Draw_spacing", 0, k), 0
            )
            for k in (0, 1)
        )
        return (points - 1 - up) * 1000.0 + across

    def places(q: Any) -> FloatArray:
        found = np.reshape(q["inputs"] if in_table else q["a_0"], (-1, 2))
        at = np.floor((found - q["Draw_low"]) / q["Draw_spacing"] + 0.5)
        return np.asarray((points - 1 - at[:, 1:]) * 1000.0 + at[:, :1])

    shown = [PICKED] if live.picks else range(outputs)
    for n in shown:
        for key, sign in (("high", ">="), ("low", "<")):

            def formula(i: Index, j: Index, n: int = n, sign: Any = sign) -> Node:
                target: Node = cell(wanted, i, Index(n))
                if n == PICKED:
                    target = call("INDEX", row_span(wanted, i, Index(0), outputs), 1, Name(OUTPUT))
                return call("IF", Binary(sign, target, Number(0.5)), place(i), -1)

            def rule(q: Any, _: int, n: int = n, sign: str = sign) -> FloatArray:
                t = np.reshape(q["target_table"] if in_table else q["targets"], (-1, outputs))
                targets = picked(q, t) if n == PICKED else t[:, n : n + 1]
                is_in = targets >= 0.5 if sign == ">=" else targets < 0.5
                return np.where(is_in, places(q), -1.0)

            rows = count if in_table else 1
            live.hidden(_list_name(key, n), (rows, 1), formula, rule, moment=0)


def _list_name(key: str, output: int) -> str:
    return f"Draw_{key}_{'out' if output == PICKED else output}"


def signs(area: Area, style: str, output: int) -> list[Rule]:
    """The examples on a map: a dot where the output should be high, a cross where low."""

    def where(key: str) -> Formula:
        return lambda i, j: Binary(
            ">",
            call("COUNTIF", Name(_list_name(key, output)), cell("Draw_number", i, j)),
            Number(0.0),
        )

    return [
        Rule(area, style, "dot", formula=where("high")),
        Rule(area, style, "cross", formula=where("low")),
    ]


def half_of(activation: str) -> float:
    """Activations of this size have the strongest colour."""
    return 1.0 if activation in ("sigmoid", "softmax", "tanh") else 2.0
