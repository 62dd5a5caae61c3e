"""Step's own lines with the numbers plugged in: of the neuron that two yellow cells choose.

Knows: what a neuron's lines say, forward, back, and one weight's update, in the lesson's notation,
and how the lines of the chosen neuron are picked from those of all. Does not know how a line is put
together (see `plugged`), nor when it is hidden (see `step_reveal`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Name, Node, call, cell
from sheetnet.quantities import updates
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import FloatArray, Validation
from sheetnet.sheets.notation import Labels
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
from sheetnet.sheets.views import StepMatrices

LAYER, NEURON, CHOSEN = "layer_explained", "neuron_explained", "line_explained"
_LINES = {
    "forward": STAGE_OF_FORWARD,
    "delta": STAGE_OF_DELTA,
    "gradient": STAGE_OF_UPDATE,
    "update": STAGE_OF_UPDATE,
}
"""The lines of a neuron, and the stage from which each is shown."""
_CHOOSER_POINTS = 21.0  # the row's height


class Words:
    """Places the lines; `view` shows one example of a `step`."""

    def __init__(self, canvas: Canvas, view: StepMatrices, step: StepMatrices) -> None:
        self.canvas, self.view, self.step = canvas, view, step
        self.network, self.labels = view.lesson.network, Labels(view.lesson)
        self.stages: dict[str, int] = {}  # of each block of words

    def weight(self, layer: int, destination: int, source: int, kind: str) -> Part:
        """See `plugged.Cells`."""
        return self._of_weight(
            self.step.weights_block(layer), f"W_{layer}", destination, source, kind
        )

    def of_neuron(self, quantity: str, layer: int, neuron: int, kind: str) -> Part:
        """See `plugged.Cells`."""
        name = f"{quantity}_{layer}"
        tree: Node = cell(self.view.block(name), neuron, 0)
        if name == "a_0":
            tree = cell(self.view.row_block(0), 0, neuron)
        return tree, lambda q: float(q[name][0, neuron]), kind

    def _of_weight(self, block: str, quantity: str, d: int, s: int, kind: str) -> Part:
        return cell(block, d, s), lambda q: float(q[quantity][d, s]), kind

    # --- what a neuron's lines say -------------------------------------------------------------

    def _parts(self, which: str, layer: int, n: int) -> list[Part]:
        if which == "forward":
            return forward(self, layer, n)
        return {"delta": self._delta, "gradient": self._gradient, "update": self._update}[which](
            layer, n
        )

    def _delta(self, layer: int, n: int) -> list[Part]:
        """What comes back to the neuron, times its slope."""
        labels, loss = self.labels, self.labels.notation.loss
        own = self.of_neuron("delta", layer, n, "fine")
        z = labels.of_neuron("weighted_input", layer, n)
        times = f" · {labels.function(layer)}′({z}) = "
        parts: list[Part] = [labels.of_neuron("delta", layer, n), " = "]
        if not self.view.shows("slope", layer):
            return [*parts, f"∂{loss}/∂{z} = ", own]
        if layer == self.network.layers:
            parts += [f"∂{loss}/∂{labels.of_neuron('activation', layer, n)}"]
        else:
            parts += ["("]
            for d in range(self.network.sizes[layer + 1]):
                parts += [" + "] * (d > 0) + [self.weight(layer + 1, d, n, "factor"), "·"]
                parts += [self.of_neuron("delta", layer + 1, d, "fine factor")]
            parts += [")"]
        parts += [times, self.of_neuron("error", layer, n, "fine factor"), "·"]
        return [*parts, self.of_neuron("slope", layer, n, "fine"), " = ", own]

    def _gradient(self, layer: int, n: int) -> list[Part]:
        """The gradient of the neuron's first weight, of the example shown."""
        labels, kind = self.labels, "data factor" if layer == 1 else "factor"
        delta, a = (
            labels.of_neuron("delta", layer, n), labels.of_neuron("activation", layer - 1, 0)
        )  # fmt: skip
        change = self.view.block(f"dW_{layer}")
        return [
            f"∂{labels.notation.loss}/∂{labels.weight(layer, n, 0)} = {delta}·{a} = ",
            self.of_neuron("delta", layer, n, "fine factor"), "·",
            self.of_neuron("a", layer - 1, 0, kind), " = ",
            self._of_weight(change, f"dW_{layer}", n, 0, "fine"),
            *([" in this example"] if self.view.of else []),
        ]  # fmt: skip

    def _update(self, layer: int, n: int) -> list[Part]:
        """The first weight after the step."""
        rate, change = self.step.rate_block(), f"dW_{layer}"
        several = " (gradient: the sum over all examples)" if self.view.of else ""
        return [
            self.labels.notation.updated.format(self.labels.weight(layer, n, 0)), " = ",
            self.weight(layer, n, 0, "fine"), " − ",
            (Name(rate), lambda q: float(np.reshape(q["learning_rate"], -1)[0]), "data"), "·",
            self._of_weight(change, change, n, 0, "fine factor"), " = ",
            self._of_weight(f"W_{layer}_new", f"W_{layer}_new", n, 0, "fine"), several,
        ]  # fmt: skip

    # --- where they stand ----------------------------------------------------------------------

    def _kinds(self) -> list[str]:
        plain = updates.is_plain(self.view.lesson)
        return [which for which in _LINES if which != "update" or plain]

    def _neurons(self) -> Iterator[tuple[int, int]]:
        for layer in range(1, self.network.layers + 1):
            for n in range(self.network.sizes[layer]):
                yield layer, n

    def draw_chosen(self, row: int) -> int:
        """The choosers and the lines of the neuron chosen; returns the row after them."""
        labels, canvas = self.labels, self.canvas
        first, last = 1 + labels.notation.layer_base, self.network.layers
        last += labels.notation.layer_base
        low = labels.notation.neuron_base
        high = max(self.network.sizes[1:]) - 1 + low
        canvas.text(row, 0, "With the numbers plugged in", "heading")
        row += 1
        for column, words, name, ends in (
            (0, f"layer ({first}–{last})", LAYER, (first, last)),
            (2, f"neuron ({low}–{high})", NEURON, (low, high)),
        ):
            canvas.text(row, column, words, "label")
            at = (row, column + 1 + (column > 0))
            first_choice = [[float(ends[0])]]
            area = canvas.typed(name, at, (1, 1), style="big_chooser", initial=first_choice)
            canvas.sheet.validations.append(_numbers(area, *ends))
        canvas.sheet.heights[row] = _CHOOSER_POINTS
        for which in self._kinds():
            row += 1
            names = [self._name(which, *neuron) for neuron in self._neurons()]
            self._put(f"explained_{which}", (row, 0), _picked(which, names), _LINES[which])
        return row + 1

    def draw_all(self, row: int) -> int:
        """The lines of every neuron; returns the row after them."""
        canvas = self.canvas
        canvas.text(row, 0, "Every neuron with its numbers plugged in", "heading")
        row += 1
        canvas.text(row, 0, "chosen above: no.", "row_label")
        canvas.computed(
            CHOSEN, (row, 1), (1, 1), "step", lambda i, j: self._number(), called="neuron chosen"
        )
        canvas.sheet.array_rules[CHOSEN] = self._number_rule
        row += 2
        for layer, n in self._neurons():
            for which in self._kinds():
                parts = self._parts(which, layer, n)
                made = line(self._name(which, layer, n), _LINES[which], parts)
                self._put(made.name, (row, 0), made, made.stage)
                row += 1
            row += 1
        return row

    def _name(self, which: str, layer: int, n: int) -> str:
        return f"says_{which}_{layer}_{n}"

    def _put(self, name: str, at: tuple[int, int], made: Line, stage: int) -> None:
        canvas = self.canvas
        canvas.computed(name, at, (1, 1), "says", made.formula)
        canvas.sheet.blocks[-1] = replace(canvas.sheet.blocks[-1], holds="texts")
        canvas.sheet.array_rules[name] = made.rule
        self.stages[name] = stage

    def _number(self) -> Node:
        """Which neuron of the network is meant, counted from 1; the nearest there is."""
        base, layers = self.labels.notation.layer_base, self.network.layers
        low = self.labels.notation.neuron_base
        sizes = self.network.sizes[1:]
        ahead = [sum(sizes[:k]) for k in range(layers)]
        typed = call("MIN", call("MAX", call("ROUND", Name(LAYER), 0), 1 + base), layers + base)
        layer = typed - base if base else typed
        neuron = call("MAX", call("ROUND", Name(NEURON), 0), low)
        inside = call("MIN", neuron, call("CHOOSE", layer, *(size - 1 + low for size in sizes)))
        return call("CHOOSE", layer, *ahead) + inside + (1 - low)

    def _number_rule(self, q: Any, _: int) -> FloatArray:
        notation, sizes = self.labels.notation, self.network.sizes[1:]
        layer, neuron = (_rounded(q[name]) for name in (LAYER, NEURON))
        if not np.isfinite(layer + neuron):
            return np.full((1, 1), np.nan)
        at = int(np.clip(layer - notation.layer_base, 1, len(sizes))) - 1
        inside = int(np.clip(neuron - notation.neuron_base, 0, sizes[at] - 1))
        return np.array([[float(sum(sizes[:at]) + inside + 1)]])


def _rounded(typed: FloatArray) -> float:
    number = float(typed.item())
    return float(np.sign(number) * np.floor(abs(number) + 0.5))


def _picked(which: str, names: list[str]) -> Line:
    """The line of the neuron chosen."""
    tree = call("CHOOSE", Name(CHOSEN), *(Name(name) for name in names))

    def rule(q: Any, _: int) -> FloatArray:
        return one(chosen([str(q[name].item()) for name in names], q[CHOSEN]))

    return Line(f"explained_{which}", _LINES[which], lambda i, j: tree, rule)


def _numbers(area: Area, low: int, high: int) -> Validation:
    options = tuple(map(str, range(low, high + 1)))
    message = f"The list offers {low} to {high}; any other number is taken as the nearest."
    return Validation(area, "list", "Another number", message, options=options, is_strict=False)
