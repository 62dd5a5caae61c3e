"""The edges of the drawn network: a see-through chart over the gap between two layers.

Knows: how lines that follow live weights are made of a scatter chart alone, without macros, empty
points or errors. Does not know where the neurons stand but for their heights.

One line for each source neuron, sign and thickness. It starts at the source, visits every
destination whose weight has that sign and thickness, and returns after each: a star that is drawn
to and fro. Where the weight is another, the visit stays at home: a line of no length. So a change
of a weight moves its edge from one line to another, and nothing ever disappears.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Binary, I, Index, Name, Node, Number, call, cell
from sheetnet.palette import INK, MINUS, PLUS
from sheetnet.sheets import edge_numbers, network_words
from sheetnet.sheets.model import Axis, Chart, FloatArray, Formula, Series
from sheetnet.sheets.network_state import STAGE, Live

_FROM_SIZE = (0.05, 0.5, 1.25, 2.5, np.inf)  # |w| at which a line grows thicker; below, none
_WIDTHS = (0.75, 1.75, 3.25, 5.5)  # points
_LARGEST = 1e300
CLASSES = [
    (sign, low, min(high, _LARGEST)) for sign in (1.0, -1.0) for low, high in pairwise(_FROM_SIZE)
]
_SHOWN_FROM = 2  # the stage "forward"


def classes(live: Live) -> None:
    """The table of signs and sizes, which all edges share."""
    area = live.canvas.constant("Draw_classes", (live.row, 1), CLASSES, "plain_number")
    live.row += area.rows + 1


def draw(live: Live, layer: int, gap: Area, sources: list[float], targets: list[float]) -> Chart:
    """The edges into `layer` over the cells of `gap`.

    `sources` and `targets` are the heights of the neurons, in rows from the gap's lower edge.
    """
    lines: list[Series] = []
    for s, height in enumerate(sources):
        x = _places(live, layer, s, len(targets))
        y = _heights(live, layer, s, height, targets)
        for row, (sign, low, _) in enumerate(CLASSES):
            width = _WIDTHS[_FROM_SIZE.index(low)]
            color = PLUS if sign > 0 else MINUS
            lines.append(
                Series("", x.part(row, 0, 1, x.columns), y.part(row, 0, 1, y.columns), color, width)
            )
    lines += _numbers(live, layer, sources, targets)
    name = f"Edges into {live.labels.layer_title(layer)}"
    ends = Axis("", 0.0, 1.0), Axis("", 0.0, float(gap.rows))
    return Chart(gap, name, tuple(lines), *ends, is_bare=True)


def _numbers(
    live: Live, layer: int, sources: list[float], targets: list[float]
) -> Iterator[Series]:
    """The weights, each written on its line: a line of one point, whose name is the number."""
    places = edge_numbers.places(sources, targets)
    if not places:
        return
    edges = list(places)
    written = [
        network_words.number(f"Net_W_{layer}", d, s, "coarse", from_stage=_SHOWN_FROM)
        for d, s in edges
    ]
    at = live.canvas.constant(
        f"Draw_at_{layer}", (live.row, 1), np.transpose(list(places.values())), "plain_number"
    )
    live.row += at.rows + 1
    says = live.hidden(
        f"Draw_says_{layer}",
        (1, len(edges)),
        lambda i, j: written[j.value][0],
        lambda q, _: np.array([[rule(q) for _, rule in written]], dtype=object),
        moment=None,
        holds="texts",
    )
    for k in range(len(edges)):
        x, y = at.part(0, k, 1, 1), at.part(1, k, 1, 1)
        yield Series("", x, y, INK, 0.0, label=says.part(0, k, 1, 1), is_written=True)


def _places(live: Live, layer: int, s: int, count: int) -> Area:
    """0 at the source, 1 at a destination that is visited; home before and after each."""
    weights = f"Net_W_{layer}"

    def formula(i: Index, j: Index) -> Node:
        visit, at_home = divmod(j.value, 2)
        if not at_home:
            return Number(0.0)
        size = cell("Draw_classes", I, Index(0)) * cell(weights, visit, s)
        return call(
            "IF",
            call(
                "AND",
                Binary(">=", size, cell("Draw_classes", I, Index(1))),
                Binary("<", size, cell("Draw_classes", I, Index(2))),
                Binary(">=", Name(STAGE), Number(float(_SHOWN_FROM))),
            ),
            1,
            0,
        )

    def rule(q: Any, _: int) -> FloatArray:
        size = q["Draw_classes"][:, :1] * q[weights][:, s]
        low, high = q["Draw_classes"][:, 1:2], q["Draw_classes"][:, 2:]
        visited = (size >= low) & (size < high) & (q[STAGE].item() >= _SHOWN_FROM)
        found = np.zeros((len(CLASSES), 2 * count + 1))
        found[:, 1::2] = visited
        return found

    return live.hidden(
        f"Draw_x_{layer}_{s}", (len(CLASSES), 2 * count + 1), formula, rule, moment=None
    )


def _heights(live: Live, layer: int, s: int, home: float, targets: list[float]) -> Area:
    x = f"Draw_x_{layer}_{s}"

    def formula(i: Index, j: Index) -> Node:
        visit, at_home = divmod(j.value, 2)
        if not at_home:
            return Number(home)
        return call("IF", Binary("=", cell(x, I, j), Number(1.0)), targets[visit], home)

    def rule(q: Any, _: int) -> FloatArray:
        there = np.full(2 * len(targets) + 1, home)
        there[1::2] = targets
        return np.where(q[x] == 1, there, home)

    made: Formula = formula
    return live.hidden(
        f"Draw_y_{layer}_{s}", (len(CLASSES), 2 * len(targets) + 1), made, rule, moment=None
    )
