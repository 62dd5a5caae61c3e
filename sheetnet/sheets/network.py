"""The sheet `Network`: one dashboard on which the network is seen to learn.

Knows: where the choosers, the drawn neurons, the maps, the plugged-in lines, the weights and the
charts stand, and what is hidden until its stage. Does not know the numbers behind them (see
`network_state`), how edges are drawn (`network_edges`), nor what a map holds (`network_maps`).

Nothing is edited here but what is shown: weights and data have one place, Training's yellow cells,
since a weight typed beside step 200 would have to mean the weight of step 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Binary, I, Index, Name, Number, call, cell
from sheetnet.lessons import Lesson
from sheetnet.palette import BANDS, TITLE
from sheetnet.sheets import network_charts, network_edges, network_maps, network_words
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import Formula, Print, Rule, Sheet, Validation
from sheetnet.sheets.network_state import (
    DRAWING,
    ROW,
    SHEET,
    STAGE,
    STAGES,
    Live,
    always,
    shown_weights,
    weights_at_step,
)
from sheetnet.sheets.views import sources

__all__ = ["DRAWING", "KEY", "SHEET", "build", "is_asked_for"]

KEY = "network"
"""Its name in a lesson's `sheets`."""
MOST_NEURONS, MOST_LAYERS = 8, 6
_STEPS_OFFERED = (0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)

_LABELS, _CHOOSERS, _TITLES, _KINDS, _TOP = 3, 4, 6, 7, 9  # rows
_PITCH = 5  # rows a neuron
_ROW_POINTS, _HEADING_POINTS = 13.5, 18.0
_FINE, _WIDE, _USUAL, _NARROW = 1.5, 10.0, 9.5, 2.0  # characters of a column
_CHART_COLUMNS, _CHART_ROWS = 5, 11
_FEWEST_COLUMNS = 7
_EDGES = tuple(-1 + 2 * k / len(BANDS) for k in range(len(BANDS) + 1))


def is_asked_for(lesson: Lesson) -> bool:
    """Whether the workbook has this sheet, if it has a Training: small networks are drawn."""
    sizes = lesson.network.sizes
    return KEY in lesson.sheets and max(sizes) <= MOST_NEURONS and len(sizes) <= MOST_LAYERS


def build(lesson: Lesson, training: Sheet) -> list[Sheet]:
    """The sheet, and the hidden one behind it; both refer to Training."""
    builder = _Builder(lesson, training)
    return [builder.build(), builder.live.sheet]


class _Builder:
    def __init__(self, lesson: Lesson, training: Sheet) -> None:
        self.lesson, self.training = lesson, training
        self.live = Live(lesson)
        self.labels, self.network = self.live.labels, lesson.network
        self.sheet = Sheet(SHEET, tab=TITLE, zoom=100)
        self.canvas = Canvas(self.sheet, ROW)
        sizes, layers = self.network.sizes, self.network.layers
        self.target_column = 2 * layers + 3
        tiles = 1 + max(sources(lesson, layer) for layer in range(1, layers + 1))
        self.tiles_end = tiles
        self.fine = max(self.target_column, _FEWEST_COLUMNS, tiles) + 2
        self.points = network_maps.grid_of(lesson)
        self.right = self.fine + (2 * self.points + 2 if self.points else 0)
        self.tallest = max(sizes) * _PITCH
        self.bottom = _TOP + max(self.tallest, self.points, 2 * _CHART_ROWS)

    def build(self) -> Sheet:
        """The sheet; what it refers to stands on the hidden one of `live`."""
        sheet, lesson = self.sheet, self.lesson
        sheet.widths |= {0: _NARROW, self.fine - 1: _NARROW}
        sheet.widths |= dict.fromkeys(range(1, self.fine - 1), _WIDE)
        if self.tiles_end < self.target_column - 1:
            sheet.widths[self.target_column - 1] = _NARROW
        sheet.widths |= dict.fromkeys(range(self.fine, self.right), _FINE)
        sheet.widths |= dict.fromkeys(range(self.right, self.right + 2 * _CHART_COLUMNS), _USUAL)
        self.canvas.text(0, 1, lesson.title, "title")
        hint = "Choose a step and how much to show: all of this sheet follows. Blue pushes up, "
        hint += "orange down; thick lines are large weights. Training holds the weights to edit."
        self.canvas.text(1, 1, hint, "hint")
        self._choosers()
        for layer in range(1, self.network.layers + 1):
            self.live.rules[f"Net_W_{layer}"] = shown_weights(layer)
        self.live.build()
        self._neurons()
        self._edges()
        row = self._lines(self.bottom + 1)
        self._tiles(row + 1)
        if self.points:
            self._maps(row + 1)
        if self.points:  # over the fine columns beside the first map
            first = Area(SHEET, 0, self.fine + self.points + 1, _CHART_ROWS, self.points)
            second = Area(SHEET, 0, self.right, _CHART_ROWS, _CHART_COLUMNS)
        else:
            first = Area(SHEET, 0, self.right, _CHART_ROWS, _CHART_COLUMNS)
            second = replace(first, column=self.right + _CHART_COLUMNS)
        for column, shown in zip(
            (first, second), network_charts.columns(self.live, self.training), strict=True
        ):
            for place, chart in enumerate(shown):
                at = _KINDS + place * (_CHART_ROWS + 1)
                sheet.charts.append(replace(chart, area=replace(column, row=at)))
        last = max(sheet.height(), self.bottom)
        heights = dict.fromkeys(range(5, last + 2), _ROW_POINTS)
        sheet.heights = heights | {_CHOOSERS: 21.0, _TITLES: 18.0} | sheet.heights
        end = max(chart.area.column + chart.area.columns for chart in sheet.charts)
        sheet.print = Print((Area(SHEET, 0, 0, last + 1, max(end, sheet.width())),))
        sheet.array_rules = self.live.rules
        return sheet

    def _put(
        self, name: str, at: tuple[int, int], style: str, formula: Formula, rule: Any, **more: Any
    ) -> Area:
        """A block of this sheet and its rule."""
        shape = more.pop("shape", (1, 1))
        self.live.rules[name] = rule
        return self.canvas.computed(name, at, shape, style, formula, **more)

    def _copy(self, name: str, at: tuple[int, int], style: str, source: str, n: int) -> Area:
        """A cell that repeats one of the hidden sheet."""
        return self._put(
            name,
            at,
            style,
            lambda i, j: cell(source, 0, n),
            lambda q, _: q[source][:, n : n + 1],
            moment=None,
            called=f"{source.removeprefix('Draw_')}[0,{n}]",
        )

    # --- what is chosen --------------------------------------------------------------------------

    def _choosers(self) -> None:
        steps, count = self.lesson.training.steps, self.live.examples
        offered = [step for step in _STEPS_OFFERED if step < steps]
        wanted = [(f"step (0–{steps})", "Net_step", [*offered, steps], steps, f"0 to {steps}")]
        if self.live.chooses:
            numbers = list(range(1, count + 1))
            words = "example" if self.live.in_table else "no. in batch"
            wanted.append((words, "Net_example", numbers, 1, f"1 to {count}"))
        stages = list(range(1, len(STAGES) + 1))
        wanted.append(("show (1–5)", "Net_show", stages, len(STAGES), f"1 to {len(STAGES)}"))
        column = 1
        for words, name, options, first, ends in wanted:
            self.canvas.text(_LABELS, column, words, "above")
            area = self.canvas.typed(
                name, (_CHOOSERS, column), (1, 1), style="big_chooser", initial=[[float(first)]]
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
        self._words(
            "Net_stage",
            (_CHOOSERS, column),
            "stage",
            lambda i, j: call("CHOOSE", stage, *STAGES),
            lambda q, _: network_words.one(network_words.chosen(STAGES, q[STAGE])),
        )
        notation = self.labels.notation
        at = max(column + 2, self.target_column)
        self.canvas.text(_LABELS, at, f"{notation.loss_word} {notation.loss} at this step", "above")
        self._copy("Net_loss", (_CHOOSERS, at), "big_loss", "Draw_loss", 0)

    def _words(self, name: str, at: tuple[int, int], style: str, made: Formula, rule: Any) -> Area:
        """A cell whose formula makes a text."""
        area = self._put(name, at, style, made, rule, moment=None)
        self.sheet.blocks[-1] = replace(self.sheet.blocks[-1], holds="texts")
        return area

    # --- the network drawn -----------------------------------------------------------------------

    def _row_of(self, layer: int, n: int) -> int:
        """The row of a neuron's activation; smaller layers stand in the middle."""
        free = max(self.network.sizes) - self.network.sizes[layer]
        return _TOP + free * _PITCH // 2 + n * _PITCH

    def _neurons(self) -> None:
        network, labels = self.network, self.labels
        for layer in range(network.layers + 1):
            column, count = 1 + 2 * layer, network.sizes[layer]
            title = "inputs" if layer == 0 else labels.layer_title(layer)
            self.canvas.text(_TITLES, column, title, "node_title")
            if layer:
                name = network.activations[layer - 1].replace("_", " ")
                self.canvas.text(_KINDS, column, name, "node_kind")
            areas: dict[str, list[Area]] = {"a": [], "z": [], "delta": []}
            for n in range(count):
                row = self._row_of(layer, n)
                style = "node" if layer else "node_input"
                areas["a"].append(
                    self._copy(f"Net_a_{layer}_{n}", (row, column), style, f"Draw_a_{layer}", n)
                )
                for below, quantity in enumerate(("z", "delta") if layer else (), start=1):
                    areas[quantity].append(
                        self._copy(
                            f"Net_{quantity}_{layer}_{n}",
                            (row + below, column),
                            f"node_{quantity}",
                            f"Draw_{quantity}_{layer}",
                            n,
                        )
                    )
            if layer:
                self._veil(areas["a"], "node", network_words.STAGE_OF_FORWARD)
                self._veil(areas["z"], "node_z", network_words.STAGE_OF_FORWARD)
                self._veil(areas["delta"], "node_delta", network_words.STAGE_OF_DELTA)
                half = network_maps.half_of(network.activations[layer - 1])
                self._band(areas["a"], "node", half)
                self._band_by(areas["delta"], "node_delta", f"Draw_delta_{layer}")
        self._targets()

    def _targets(self) -> None:
        last, column = self.network.layers, self.target_column
        self.canvas.text(_TITLES, column, "targets", "node_title")
        areas = [
            self._copy(
                f"Net_target_{n}",
                (self._row_of(last, n), column),
                "node_target",
                "Draw_targets",
                n,
            )
            for n in range(self.network.sizes[-1])
        ]
        self._veil(areas, "node_target", 3)

    def _veil(self, areas: list[Area], style: str, stage: int, look: str = "veiled") -> None:
        hidden = Binary("<", Name(STAGE), Number(float(stage)))
        veil = Rule(areas[0], style, look, formula=always(hidden), others=tuple(areas[1:]))
        self.sheet.rules.append(veil)

    def _band(self, areas: list[Area], style: str, half: float) -> None:
        first, *others = areas
        for band in range(len(BANDS)):
            low = -1e300 if band == 0 else half * _EDGES[band]
            high = 1e300 if band == len(BANDS) - 1 else half * _EDGES[band + 1]
            look = f"under_{band}"
            self.sheet.rules.append(Rule(first, style, look, (low, high), others=tuple(others)))

    def _band_by(self, areas: list[Area], style: str, block: str) -> None:
        """Bands of a share of the largest of the block: late δ would all be white otherwise."""
        largest = call("MAX", call("MAX", Name(block)), -call("MIN", Name(block)))
        first, *others = areas
        own = next(b.name for b in self.sheet.blocks if b.area == first)
        for band in range(len(BANDS)):
            # The reference moves with the cell, so the rule of the first serves the others
            test = Binary("<=", cell(own, I, Index(0, "j")), largest * _EDGES[band + 1])
            if band == len(BANDS) - 1:
                test = Binary(">=", cell(own, I, Index(0, "j")), largest * _EDGES[band])
            self.sheet.rules.append(
                Rule(first, style, f"under_{band}", formula=always(test), others=tuple(others))
            )

    def _edges(self) -> None:
        network_edges.classes(self.live)
        for layer in range(1, self.network.layers + 1):
            gap = Area(SHEET, _TOP, 2 * layer, self.tallest, 1)
            heights = [
                [
                    self.tallest - (self._row_of(at, n) - _TOP) - 0.5
                    for n in range(self.network.sizes[at])
                ]
                for at in (layer - 1, layer)
            ]
            self.sheet.charts.append(network_edges.draw(self.live, layer, gap, *heights))

    # --- words and weights -----------------------------------------------------------------------

    def _heading(self, row: int, words: str) -> None:
        self.canvas.text(row, 1, words, "heading")
        self.sheet.heights[row] = _HEADING_POINTS

    def _lines(self, row: int) -> int:
        self._heading(row, "With the numbers plugged in")
        for line in network_words.lines(self.live):
            row += 1
            area = self._words(line.name, (row, 1), "says", line.formula, line.rule)
            self._veil([area], "says", line.stage, "unsaid")
        return row + 1

    def _tiles(self, row: int) -> None:
        network, labels = self.network, self.labels
        self._heading(row, "Weights at this step")
        row += 1
        for layer in range(1, network.layers + 1):
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
            self._band([area], "tile", 3.0)
            row += count + 2

    # --- maps and charts -------------------------------------------------------------------------

    def _maps(self, row: int) -> None:
        """The outputs first, beside the network; then the hidden neurons, layer by layer."""
        live, network, points = self.live, self.network, self.points
        network_maps.axes(live, points)
        network_maps.examples(live, points)
        last = network.layers
        order = [(last, n) for n in range(network.sizes[-1])]
        order += [(layer, n) for layer in range(1, last) for n in range(network.sizes[layer])]
        # Beside the first map stand the charts of the loss
        for place, (layer, n) in enumerate(order):
            down, across = divmod(place + (place > 0), 2)
            top = _TOP if down == 0 else row + 2 + (down - 1) * (points + 3)
            left = self.fine + across * (points + 1)
            label = self.labels.of_neuron("activation", layer, n)
            title = f"what the output says: {label}" if layer == last else f"hidden: {label}"
            self.canvas.text(top - 1, left, title, "map_title")
            if down == 0 and across == 0:
                words = "blue: high, orange: low; ● target from 0.5, ✕ below"
                self.canvas.text(top + points, left, words, "above")
            formula, rule = network_maps.formulas(live, layer, n, points)
            name = network_maps.name_of(layer, n)
            area = self._put(
                name, (top, left), "map", formula, rule, shape=(points, points), moment=None
            )
            self.sheet.rules += network_maps.signs(area, "map", n if layer == last else 0)
            self.sheet.rules += network_maps.bands(live, layer, [area], "map")
