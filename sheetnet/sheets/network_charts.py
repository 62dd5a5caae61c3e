"""The charts of the sheet `Network`: the step chosen on its way down, and what arrives of δ.

Knows: which lines they have. Does not know where they stand (see `network`).
"""

from __future__ import annotations

from dataclasses import replace

from sheetnet.formulas.place import Area
from sheetnet.palette import LOSS, SERIES
from sheetnet.sheets import charts, network_maps
from sheetnet.sheets.controls import has_table
from sheetnet.sheets.model import Axis, Chart, Series, Sheet
from sheetnet.sheets.network_state import ROW, Live
from sheetnet.sheets.views import history, sees_all


def columns(live: Live, training: Sheet) -> tuple[list[Chart], list[Chart]]:
    """Those beside the network, the most telling first, and the others."""
    lesson = live.lesson
    places = _places(live, training)
    marker = Series("", places[ROW], places["Draw_loss"], LOSS, 0.0, 9)
    first = [charts.loss(lesson, places), charts.loss(lesson, places, is_log=True)]
    first = [replace(chart, series=(*chart.series, marker)) for chart in first]
    others = [*charts.outputs(lesson, places)] if sees_all(lesson) else []
    others.append(_sizes(live, places))
    if live.network.sizes[0] == 1:  # in the place of a map
        others.insert(0, first.pop())
        first.insert(0, _curve(live, training))
    return first, others


def _places(live: Live, training: Sheet) -> dict[str, Area]:
    return {block.name: block.area for s in (training, live.sheet) for block in s.blocks}


def _sizes(live: Live, places: dict[str, Area]) -> Chart:
    """‖δ‖ of each layer by step: where it vanishes, nothing is learnt."""
    step = places[history("step")]
    lines = tuple(
        Series(
            live.labels.layer_title(layer),
            step,
            places[f"Draw_size_{layer}"],
            SERIES[(layer - 1) % len(SERIES)],
            label=replace(places[f"Draw_size_{layer}"].part(0, 0, 1, 1), row=0),
        )
        for layer in range(1, live.network.layers + 1)
    )
    steps = Axis("step", 0.0, float(max(1, live.lesson.training.steps)))
    title = "How much error arrives: ‖δ‖ a layer"
    return Chart(charts.NOWHERE, title, lines, steps, Axis("‖δ‖", is_log=True), has_legend=True)


def _curve(live: Live, training: Sheet) -> Chart:
    """What the outputs say along the only input, with the targets as dots."""
    network_maps.curve(live)
    lesson, places = live.lesson, _places(live, training)
    x, curve = places["Draw_curve_0"], places[f"Draw_curve_{live.network.layers}"]
    table = has_table(lesson)
    rows = len(lesson.inputs) if table else 1
    inputs, wanted = (
        places[own if table else history(quantity)].part(0, 0, rows, 1)
        for own, quantity in (("inputs", "a_0"), ("targets", "targets"))
    )
    lines: list[Series] = []
    for n in range(live.network.sizes[-1]):
        color = SERIES[n % len(SERIES)]
        lines.append(Series("", x, curve.part(0, n, curve.rows, 1), color, 2.25))
        moved = replace(wanted, column=wanted.column + n)
        lines.append(Series("", inputs, moved, color, 0.0, 8))
    title = "What the network says; targets ●"
    return Chart(charts.NOWHERE, title, tuple(lines), Axis("input"), Axis("output"))
