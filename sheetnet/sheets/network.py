"""The sheet `Network`: one dashboard on which the network is seen to learn.

Knows: where the choosers, the drawn neurons, the maps, the plugged-in lines, the weights and the
charts stand, and what is hidden until its stage. Does not know the numbers behind them (see
`network_state`), how edges are drawn (`network_edges`), nor what a map holds (`network_maps`).

Nothing is edited here but what is shown: weights and data have one place, Training's yellow cells,
since a weight typed beside step 200 would have to mean the weight of step 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Name, call
from sheetnet.lessons import Lesson
from sheetnet.sheets import (
    network_charts,
    network_maps,
    network_neurons,
    network_strips,
    network_words,
)
from sheetnet.sheets.model import Print, Sheet, Validation
from sheetnet.sheets.network_board import (
    CHART_COLUMNS,
    CHART_ROWS,
    CHOOSERS,
    FINE,
    HEADING_POINTS,
    KINDS,
    LABELS,
    NARROW,
    RIM,
    ROW_POINTS,
    TITLES,
    TOP,
    USUAL,
    WIDE,
    Board,
)
from sheetnet.sheets.network_state import (
    DRAWING,
    OUTPUT,
    SHEET,
    STAGE,
    STAGES,
    always,
    shown_weights,
    weights_at_step,
)
from sheetnet.sheets.views import sources

__all__ = ["DRAWING", "KEY", "SHEET", "build", "is_asked_for"]

KEY = "network"
"""Its name in a lesson's `sheets`."""
MOST_LAYERS = 6
_STEPS_OFFERED = (0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


def is_asked_for(lesson: Lesson) -> bool:
    """Whether the workbook has this sheet, if it has a Training: small networks are drawn."""
    return KEY in lesson.sheets and not why_not(lesson)


def why_not(lesson: Lesson) -> str:
    """Why a network cannot be drawn; empty if it can."""
    sizes = lesson.network.sizes
    if max(sizes) > network_strips.MOST_IN_STRIP or len(sizes) > MOST_LAYERS:
        most = network_strips.MOST_IN_STRIP
        return f"it has room for {MOST_LAYERS} layers of {most} neurons, the inputs included."
    return ""


def build(lesson: Lesson, training: Sheet) -> list[Sheet]:
    """The sheet, and the hidden one behind it; both refer to Training."""
    builder = _Builder(lesson, training)
    return [builder.build(), builder.live.sheet]


class _Builder(Board):

    def build(self) -> Sheet:
        """The sheet; what it refers to stands on the hidden one of `live`."""
        sheet, lesson = self.sheet, self.lesson
        sheet.widths |= {0: NARROW, self.fine - 1: RIM if self.points else NARROW}
        sheet.widths |= dict.fromkeys(range(1, self.fine - 1), WIDE)
        if self.tiles_end < self.target_column - 1:
            sheet.widths[self.target_column - 1] = NARROW
        sheet.widths |= dict.fromkeys(range(self.fine, self.right), FINE)
        sheet.widths |= dict.fromkeys(range(self.right, self.right + 2 * CHART_COLUMNS), USUAL)
        self.canvas.text(0, 1, lesson.title, "title")
        hint = "Choose a step and how much to show: all of this sheet follows. Blue pushes up, "
        hint += "orange down; thick lines are large weights. Training holds the weights to edit."
        self.canvas.text(1, 1, hint, "hint")
        self._choosers()
        for layer in range(1, self.network.layers + 1):
            self.live.rules[f"Net_W_{layer}"] = shown_weights(layer)
            if layer not in self.tiled:
                shape = self.network.sizes[layer], sources(lesson, layer)
                made = weights_at_step(lesson, layer), shown_weights(layer)
                self.live.hidden(f"Net_W_{layer}", shape, *made, called=f"W_{layer}")
        self.live.build()
        network_neurons.neurons(self)
        network_neurons.edges(self)
        row = self._lines(self.bottom + 1)
        self._tiles(row + 1)
        if self.points:
            self._maps(row + 1)
        if self.points:  # over the fine columns beside the first map
            first = Area(SHEET, 0, self.fine + self.points + 1, CHART_ROWS, self.points)
            second = Area(SHEET, 0, self.right, CHART_ROWS, CHART_COLUMNS)
        else:
            first = Area(SHEET, 0, self.right, CHART_ROWS, CHART_COLUMNS)
            second = replace(first, column=self.right + CHART_COLUMNS)
        for column, shown in zip(
            (first, second), network_charts.columns(self.live, self.training), strict=True
        ):
            for place, chart in enumerate(shown):
                at = KINDS + place * (CHART_ROWS + 1)
                sheet.charts.append(replace(chart, area=replace(column, row=at)))
        last = max(sheet.height(), self.bottom)
        heights = dict.fromkeys(range(5, last + 2), ROW_POINTS)
        sheet.heights = heights | {CHOOSERS: 21.0, TITLES: 18.0} | sheet.heights
        end = max(chart.area.column + chart.area.columns for chart in sheet.charts)
        dashboard = Area(SHEET, 0, 0, self.bottom + 1, max(end, sheet.width()))
        rest = replace(dashboard, row=self.bottom + 1, rows=last - self.bottom)
        sheet.print = Print((dashboard, rest), tall=2)
        sheet.array_rules = self.live.rules
        return sheet



    # --- what is chosen --------------------------------------------------------------------------

    def _choosers(self) -> None:
        steps, count = self.lesson.training.steps, len(self.lesson.inputs)
        offered = [step for step in _STEPS_OFFERED if step < steps]
        wanted = [(f"step (0–{steps})", "Net_step", [*offered, steps], steps, f"0 to {steps}")]
        if self.live.chooses:
            numbers = list(range(1, count + 1))
            wanted.append(("example", "Net_example", numbers, 1, f"1 to {count}"))
        if self.live.picks:
            outputs = list(range(1, self.network.sizes[-1] + 1))
            wanted.append(("output", "Net_output", outputs, 1, f"1 to {outputs[-1]}"))
        stages = list(range(1, len(STAGES) + 1))
        wanted.append(("show (1–5)", "Net_show", stages, len(STAGES), f"1 to {len(STAGES)}"))
        column = 1
        for words, name, options, first, ends in wanted:
            self.canvas.text(LABELS, column, words, "above")
            area = self.canvas.typed(
                name, (CHOOSERS, column), (1, 1), style="big_chooser", initial=[[float(first)]]
            )
            self.sheet.validations.append(
                Validation(
                    area,
                    "list",
                    "Another number",
                    f"The list offers some; any number from {ends} is taken.",
                    options=tuple(map(str, options)),
                    is_strict=False,
                )
            )
            column += 1
        stage = Name(STAGE)
        self.words(
            "Net_stage",
            (CHOOSERS, column),
            "stage",
            lambda i, j: call("CHOOSE", stage, *STAGES),
            lambda q, _: network_words.one(network_words.chosen(STAGES, q[STAGE])),
        )
        notation = self.labels.notation
        at = max(column + 2, self.target_column)
        self.canvas.text(LABELS, at, f"{notation.loss_word} {notation.loss} at this step", "above")
        self.copy("Net_loss", (CHOOSERS, at), "big_loss", "Draw_loss", 0)


    # --- the network drawn -----------------------------------------------------------------------










    # --- words and weights -----------------------------------------------------------------------

    def _heading(self, row: int, words: str) -> None:
        self.canvas.text(row, 1, words, "heading")
        self.sheet.heights[row] = HEADING_POINTS

    def _lines(self, row: int) -> int:
        self._heading(row, "With the numbers plugged in")
        for line in network_words.lines(self.live, network_strips.MOST_DRAWN):
            row += 1
            area = self.words(line.name, (row, 1), "says", line.formula, line.rule)
            self.veil([area], "says", line.stage, "unsaid")
        return row + 1

    def _tiles(self, row: int) -> None:
        network, labels = self.network, self.labels
        self._heading(row, "Weights at this step")
        row += 1
        if self.strips:
            words = f"Of layers of more than {network_strips.MOST_DRAWN} neurons, which are strips "
            words += "of colour above, Training holds the weights."
            self.canvas.text(row, 1, words, "hint")
            row += 1
        for layer in self.tiled:
            into, count = sources(self.lesson, layer), network.sizes[layer]
            below = network.sizes[layer - 1]
            for s in range(into):
                word = "bias" if s == below else labels.of_neuron("activation", layer - 1, s)
                self.canvas.text(row, 2 + s, word, "tile_head")
            for n in range(count):
                into_neuron = f"into {labels.of_neuron('activation', layer, n)}"
                self.canvas.text(row + 1 + n, 1, into_neuron, "tile_side")
            name = f"Net_W_{layer}"
            area = self.canvas.computed(
                name,
                (row + 1, 2),
                (count, into),
                "tile",
                weights_at_step(self.lesson, layer),
                called=f"W_{layer}",
            )
            self.band([area], "tile", 3.0)
            row += count + 2

    # --- maps and charts -------------------------------------------------------------------------

    def _maps(self, row: int) -> None:
        """The outputs first, beside the network; then the hidden neurons, layer by layer."""
        live, network, points = self.live, self.network, self.points
        network_maps.axes(live, points)
        network_maps.examples(live, points)
        last = network.layers
        outputs: Sequence[int] = [network_maps.PICKED] if live.picks else range(network.sizes[-1])
        if live.picks:
            network_maps.pick_weights(live)
        order = [(last, n) for n in outputs]
        order += [(layer, n) for layer in range(1, last) for n in range(network.sizes[layer])]
        # Beside the first map stand the charts of the loss
        for place, (layer, n) in enumerate(order):
            down, across = divmod(place + (place > 0), 2)
            top = TOP if down == 0 else row + 2 + (down - 1) * (points + 3)
            left = self.fine + across * (points + 1)
            if n == network_maps.PICKED:
                self._title_of_picked(top - 1, left)
            else:
                label = self.labels.of_neuron("activation", layer, n)
                title = f"what the output says: {label}" if layer == last else f"hidden: {label}"
                self.canvas.text(top - 1, left, title, "map_title")
            if down == 0 and across == 0:
                self._rim(top, left)
            formula, rule = network_maps.formulas(live, layer, n, points)
            name = network_maps.name_of(layer, n)
            area = self.put(
                name, (top, left), "map", formula, rule, shape=(points, points), moment=None
            )
            of = n if layer == last else outputs[0]
            self.sheet.rules += network_maps.signs(area, "map", of)
            self.sheet.rules += network_maps.bands(live, layer, [area], "map")

    def _title_of_picked(self, row: int, column: int) -> None:
        count = self.network.sizes[-1]
        names = [
            f"what the output says: {self.labels.of_neuron('activation', self.network.layers, n)}"
            for n in range(count)
        ]
        self.words(
            "Net_map_title",
            (row, column),
            "map_title",
            lambda i, j: call("CHOOSE", Name(OUTPUT), *names),
            lambda q, _: network_words.one(network_words.chosen(names, q[OUTPUT])),
        )

    def _rim(self, top: int, left: int) -> None:
        """Numbers at three places of each axis of the map, and what is what below it."""
        points = self.points
        for k in (0, points // 2, points - 1):
            across = network_words.number("Draw_across", 0, k, "coarse data")
            down = network_words.number("Draw_down", k, 0, "coarse data")
            for name, style, at, (tree, rule) in (
                ("across", "rim", (top + points, left + k), across),
                ("down", "rim_side", (top + k, left - 1), down),
            ):
                self.words(f"Net_rim_{name}_{k}", at, style, always(tree), _text_of(rule))
        inputs = [self.labels.of_neuron("activation", 0, k) for k in (0, 1)]
        words = f"across: {inputs[0]}, up: {inputs[1]}. Blue: high, orange: low. "
        words += "● target from 0.5, ✕ below"
        self.canvas.text(top + points + 1, left, words, "above")


def _text_of(written: Callable[[Any], str]) -> Any:
    return lambda q, _: network_words.one(written(q))
