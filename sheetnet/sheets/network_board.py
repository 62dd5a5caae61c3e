"""What the parts of the sheet `Network` share: its geometry, and how a cell of it is made.

Knows: the rows and columns of the sheet, blocks with their rules, veils and bands of colour. Does
not know what is drawn (see `network`, `network_neurons`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Binary, I, Index, Name, Number, call, cell
from sheetnet.lessons import Lesson
from sheetnet.palette import BANDS, TITLE
from sheetnet.sheets import network_maps, network_strips
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import Formula, Rule, Sheet
from sheetnet.sheets.network_state import ROW, SHEET, STAGE, Live, always
from sheetnet.sheets.views import sources

LABELS, CHOOSERS, TITLES, KINDS, TOP = 3, 4, 6, 7, 9  # rows
PITCH = 5  # rows a neuron
ROW_POINTS, HEADING_POINTS = 13.5, 18.0
FINE, WIDE, USUAL, NARROW, RIM = 1.5, 10.0, 9.5, 2.0, 5.0  # characters of a column
CHART_COLUMNS, CHART_ROWS = 5, 11
FEWEST_COLUMNS = 7
EDGES = tuple(-1 + 2 * k / len(BANDS) for k in range(len(BANDS) + 1))


class Board:
    """The sheet that is being made, and where on it things stand."""

    def __init__(self, lesson: Lesson, training: Sheet) -> None:
        self.lesson, self.training = lesson, training
        self.live = Live(lesson)
        self.labels, self.network = self.live.labels, lesson.network
        self.sheet = Sheet(SHEET, tab=TITLE, zoom=100)
        self.canvas = Canvas(self.sheet, ROW)
        sizes, layers = self.network.sizes, self.network.layers
        self.target_column = 2 * layers + 3
        self.strips = network_strips.strips(lesson)
        self.tiled = [
            n for n in range(1, layers + 1) if not network_strips.touches(lesson, n)
        ]
        tiles = 1 + max((sources(lesson, layer) for layer in self.tiled), default=0)
        self.tiles_end = tiles
        self.fine = max(self.target_column, FEWEST_COLUMNS, tiles) + 2
        self.points = network_maps.grid_of(lesson)
        self.right = self.fine + (2 * self.points + 2 if self.points else 0)
        drawn = [size for layer, size in enumerate(sizes) if layer not in self.strips]
        widest = max((sizes[layer] for layer in self.strips), default=0)
        self.tallest = max(PITCH * max(drawn, default=0), widest, 2 * PITCH)
        # Below a strip stand two lines of words, below a map its axis and what its colours mean
        below = max(2 * bool(self.strips) + self.tallest, self.points + 2 * bool(self.points))
        self.bottom = TOP + max(below, 2 * CHART_ROWS)
        outputs, ins = sizes[-1], sizes[0]
        self.live.picks = outputs > 1 and (ins == 1 or bool(self.points))

    def put(
        self, name: str, at: tuple[int, int], style: str, formula: Formula, rule: Any, **more: Any
    ) -> Area:
        """A block of this sheet and its rule."""
        shape = more.pop("shape", (1, 1))
        self.live.rules[name] = rule
        return self.canvas.computed(name, at, shape, style, formula, **more)

    def copy(self, name: str, at: tuple[int, int], style: str, source: str, n: int) -> Area:
        """A cell that repeats one of the hidden sheet."""
        return self.put(
            name,
            at,
            style,
            lambda i, j: cell(source, 0, n),
            lambda q, _: q[source][:, n : n + 1],
            moment=None,
            called=f"{source.removeprefix('Draw_')}[0,{n}]",
        )

    def words(self, name: str, at: tuple[int, int], style: str, made: Formula, rule: Any) -> Area:
        """A cell whose formula makes a text."""
        area = self.put(name, at, style, made, rule, moment=None)
        self.sheet.blocks[-1] = replace(self.sheet.blocks[-1], holds="texts")
        return area

    def row_of(self, layer: int, n: int) -> int:
        """The row of a neuron's activation; smaller layers stand in the middle."""
        count = self.network.sizes[layer]
        if layer in self.strips:
            return TOP + (self.tallest - count) // 2 + n
        return TOP + (self.tallest - count * PITCH) // 2 + n * PITCH

    def veil(self, areas: list[Area], style: str, stage: int, look: str = "veiled") -> None:
        hidden = Binary("<", Name(STAGE), Number(float(stage)))
        veil = Rule(areas[0], style, look, formula=always(hidden), others=tuple(areas[1:]))
        self.sheet.rules.append(veil)

    def band(self, areas: list[Area], style: str, half: float) -> None:
        first, *others = areas
        for band in range(len(BANDS)):
            low = -1e300 if band == 0 else half * EDGES[band]
            high = 1e300 if band == len(BANDS) - 1 else half * EDGES[band + 1]
            look = f"under_{band}"
            self.sheet.rules.append(Rule(first, style, look, (low, high), others=tuple(others)))

    def band_by(self, areas: list[Area], style: str, block: str) -> None:
        """Bands of a share of the largest of the block: late δ would all be white otherwise."""
        largest = call("MAX", call("MAX", Name(block)), -call("MIN", Name(block)))
        first, *others = areas
        own = next(b.name for b in self.sheet.blocks if b.area == first)
        for band in range(len(BANDS)):
            # The reference moves with the cell, so the rule of the first serves the others
            test = Binary("<=", cell(own, I, Index(0, "j")), largest * EDGES[band + 1])
            if band == len(BANDS) - 1:
                test = Binary(">=", cell(own, I, Index(0, "j")), largest * EDGES[band])
            self.sheet.rules.append(
                Rule(first, style, f"under_{band}", formula=always(test), others=tuple(others))
            )
