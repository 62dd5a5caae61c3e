"""The numbers behind the sheet `Network`: one step of the training, for one example.

Knows: which cells of Training belong to the step and the example that are chosen, as formulas and,
beside each formula, as a NumPy rule that shares no code with it. Does not know how anything is
drawn (see `network`, `network_edges`, `network_maps`). They stand on a sheet of their own, hidden,
since nobody needs to read them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Index, Name, Node, Number, Span, added, call, cell, row_span
from sheetnet.lessons import Lesson
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import FloatArray, Formula, Sheet
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import history, row_examples, sees_all, sources

SHEET, DRAWING = "Network", "Drawing"
ROW, EXAMPLE, STAGE = "Draw_step", "Draw_example", "Draw_stage"
"""Blocks: the step, the example and the stage that are meant, whatever was typed."""
STAGES = ("inputs", "forward", "loss", "δ and back", "update")
_MOST_SUMMED = 12  # examples whose products one formula spells out

Rule = Callable[[Any, int], FloatArray]
"""The array of a quantity of one sheet (see `quantities.evaluation.Rule`)."""


@dataclass
class Live:
    """Places the hidden blocks, and keeps the rule of every block that the sheet adds."""

    lesson: Lesson
    sheet: Sheet = field(default_factory=lambda: Sheet(DRAWING, is_hidden=True, print=None))
    rules: dict[str, Rule] = field(default_factory=dict)
    row: int = 1

    def __post_init__(self) -> None:
        self.labels, self.network = Labels(self.lesson), self.lesson.network
        self.canvas = Canvas(self.sheet, ROW)
        self.canvas.text(0, 0, "What the sheet Network draws: it refers to these cells.", "hint")
        self.examples = row_examples(self.lesson)
        self.chooses = self.examples > 1
        self.in_table = self.chooses and sees_all(self.lesson)

    def hidden(
        self, name: str, shape: tuple[int, int], formula: Formula, rule: Rule, **more: Any
    ) -> Area:
        """A block of the hidden sheet, below those before it."""
        # Where it shows what another sheet shows too, a report calls it by the same name
        called = more.pop("called", name.removeprefix("Draw_"))
        area = self.canvas.computed(
            name, (self.row, 1), shape, "plain_number", formula, called=called, **more
        )
        self.canvas.text(self.row, 0, name, "row_label")
        self.rules[name] = rule
        self.row += area.rows + 1
        return area

    def build(self) -> None:
        """The choice, and every quantity of the step for the example chosen."""
        self._choice()
        last = self.network.layers
        for layer in range(last + 1):
            self._of_example("a", layer)
        self._of_example("target", last)
        for layer in range(1, last + 1):
            self._weighted_input(layer)
            self._of_example("delta", layer)
            if self.examples <= _MOST_SUMMED:
                self._gradient(layer)
            self._size_of_delta(layer)
        self.hidden(
            "Draw_loss",
            (1, 1),
            lambda i, j: _at_step("loss", Index(0), self.lesson.training.steps),
            lambda q, _: np.reshape(q["loss"], (1, 1)),
        )

    def _choice(self) -> None:
        steps, count = self.lesson.training.steps, self.examples
        choices = [(ROW, "Net_step", 0, steps), (STAGE, "Net_show", 1, len(STAGES))]
        if self.chooses:
            choices.append((EXAMPLE, "Net_example", 1, count))
        for name, chooser, low, high in choices:
            tree = call("MIN", call("MAX", call("ROUND", Name(chooser), 0), low), high)
            self.hidden(name, (1, 1), always(tree), _clipped(chooser, low, high), moment=None)

    def example(self) -> Node:
        """The number of the example, from 1."""
        return Name(EXAMPLE) if self.chooses else Number(1.0)

    def _of_example(self, quantity: str, layer: int) -> None:
        """One row: the quantity of every neuron of the layer."""
        count, steps = self.network.sizes[layer], self.lesson.training.steps
        name = "Draw_targets" if quantity == "target" else f"Draw_{quantity}_{layer}"
        table = {"a": "inputs", "target": "targets"}.get(quantity, "")
        if table and self.in_table and (quantity == "target" or layer == 0):
            self.hidden(
                name,
                (1, count),
                lambda i, j: call("INDEX", Name(table), self.example(), j.value + 1),
                lambda q, _: self._chosen(q, q[_TABLES[table]]),
                moment=None,
            )
            return
        column = "targets" if quantity == "target" else f"{quantity}_{layer}"
        self.hidden(
            name,
            (1, count),
            lambda i, j: _at_step(column, j, steps, self.examples, count, self.example()),
            lambda q, _: self._chosen(q, q[column]),
        )

    def _chosen(self, q: Any, array: FloatArray) -> FloatArray:
        """The row of the example chosen; the first where there is one alone."""
        chosen = q[EXAMPLE].item() if self.chooses else 1.0
        rows = np.reshape(array, (-1, array.shape[-1]))
        if not 1 <= chosen <= len(rows):
            return np.full((1, rows.shape[-1]), np.nan)
        return rows[int(chosen) - 1 : int(chosen)]

    def _weighted_input(self, layer: int) -> None:
        below, count = self.network.sizes[layer - 1], self.network.sizes[layer]
        has_bias = self.network.biases != "none"
        weights, entering = f"Net_W_{layer}", f"Draw_a_{layer - 1}"

        def formula(i: Index, j: Index) -> Node:
            d = j.value
            terms: list[Node] = [cell(weights, d, s) * cell(entering, 0, s) for s in range(below)]
            return added(terms + [cell(weights, d, below)] * has_bias)

        def rule(q: Any, _: int) -> FloatArray:
            both, a = q[weights], q[entering]
            z = a @ both[:, :below].T
            return np.asarray(z + both[:, below] if has_bias else z)

        self.hidden(f"Draw_z_{layer}", (1, count), formula, rule, moment=None)

    def _gradient(self, layer: int) -> None:
        """dC/dw of the layer's first weight, summed over the examples of the step."""
        below, count = self.network.sizes[layer - 1], self.network.sizes[layer]
        steps = self.lesson.training.steps
        in_table = layer == 1 and self.in_table

        def formula(i: Index, j: Index) -> Node:
            terms = []
            for e in range(self.examples):
                delta = _at_step(f"delta_{layer}", Index(e * count), steps)
                a: Node = cell("inputs", e, 0)
                if not in_table:
                    a = _at_step(f"a_{layer - 1}", Index(e * below), steps)
                terms.append(delta * a)
            return added(terms)

        def rule(q: Any, _: int) -> FloatArray:
            a = q["inputs"] if in_table else q[f"a_{layer - 1}"]
            delta = q[f"delta_{layer}"]
            return np.reshape(np.sum(delta[..., 0] * a[..., 0]), (1, 1))

        self.hidden(f"Draw_gradient_{layer}", (1, 1), formula, rule, called=f"dW_{layer}")

    def _size_of_delta(self, layer: int) -> None:
        """‖δ‖ of every step: how much of the error arrives at the layer."""
        count = self.examples * self.network.sizes[layer]
        rows = self.lesson.training.steps + 1
        name, delta = f"Draw_size_{layer}", history(f"delta_{layer}")
        row, self.row = self.row, 1
        area = Area(DRAWING, 1, 1, rows, 1)
        column = _HISTORY + layer
        self.canvas.text(0, column, self.labels.layer_title(layer), "row_label")
        self.canvas.computed(
            name,
            (area.row, column),
            (rows, 1),
            "plain_number",
            lambda i, j: call("SQRT", call("SUMSQ", row_span(delta, i, Index(0), count))),
            layout="history",
            moment=None,
        )
        self.rules[name] = lambda q, _: np.sqrt(np.sum(q[f"delta_{layer}"] ** 2, axis=(-1, -2)))[
            ..., None
        ]
        self.row = row


_TABLES = {"inputs": "inputs", "targets": "target_table"}
_HISTORY = 120  # columns: histories stand right of everything else


def always(tree: Node) -> Formula:
    """The same formula in every cell."""
    return lambda i, j: tree


def _clipped(chooser: str, low: int, high: int) -> Rule:
    def rule(q: Any, _: int) -> FloatArray:
        typed = q[chooser]
        return np.asarray(np.clip(np.sign(typed) * np.floor(np.abs(typed) + 0.5), low, high))

    return rule


def _at_step(
    quantity: str,
    column: Index,
    steps: int,
    examples: int = 1,
    count: int = 1,
    example: Node | None = None,
) -> Node:
    """A cell of Training at the step chosen, of the example chosen where there are several."""
    at = Index(column.value, "j") if column.axis else column
    last = Index(at.value + (examples - 1) * count, at.axis)
    span = Span(history(quantity), Index(0), at, Index(steps), last)
    if examples == 1 or example is None:
        return call("INDEX", span, Name(ROW) + 1)
    return call("INDEX", span, Name(ROW) + 1, (example - 1) * count + 1)


def weights_at_step(lesson: Lesson, layer: int) -> Formula:
    """W of the step chosen, from a row of Training."""
    into, last = sources(lesson, layer), lesson.training.steps

    def formula(i: Index, j: Index) -> Node:
        column = i * into + j.value
        span = Span(history(f"W_{layer}"), Index(0), column, Index(last), column)
        return call("INDEX", span, Name(ROW) + 1)

    return formula


def shown_weights(layer: int) -> Rule:
    """What `weights_at_step` should come to."""
    return lambda q, _: np.asarray(q[f"W_{layer}"])
