"""Step's own lines with the numbers plugged in: of the neuron that two yellow cells choose.

Knows: what a neuron's lines say, forward, back, and one weight's update, in the lesson's notation,
and that each layer has its lines, of its neuron of the number chosen, of which one layer's are
shown. Does not know how a line is put together (see `plugged`), nor when it is hidden (see
`step_reveal`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Name, Node, call, cell
from sheetnet.quantities import updates
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import FloatArray, Formula, Validation
from sheetnet.sheets.notation import Labels, readable
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

LAYER, NEURON = "layer_explained", "neuron_explained"
"""The choosers; both are counted as the document counts."""
_AT = "explained"
"""The number of the layer, and with a layer's number that of its neuron, both from 1."""
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
        self.lesson, self.labels = view.lesson, Labels(view.lesson)
        self.network = view.lesson.network
        self.stages: dict[str, int] = {}  # of each block of words
        plain = updates.is_plain(view.lesson)
        self.kinds = [which for which in _LINES if which != "update" or plain]

    # --- where the numbers stand (see `plugged.Cells`) -------------------------------------------

    def weight(self, layer: int, destination: int | None, source: int, kind: str) -> Part:
        """A weight of the step; the source after the last neuron is the bias."""
        quantity, block = f"W_{layer}", self.step.weights_block(layer)
        assert destination is None, "each layer's lines are of the neuron chosen"
        return self._chosen(block, quantity, layer, source, kind)

    def of_neuron(self, quantity: str, layer: int, neuron: int | None, kind: str) -> Part:
        """A quantity of the example that is shown."""
        name = f"{quantity}_{layer}"
        block = self.view.block(name)
        if neuron is None and self.network.sizes[layer] == 1:
            neuron = 0  # ironcalc finds no INDEX in a single cell
        if neuron is None:
            number = f"{_AT}_{layer}"
            return (
                call("INDEX", Name(block), Name(number), 1),
                lambda q: _at(q[name], 0, q[number]),
                kind,
            )
        tree = cell(block, neuron, 0)
        if name == "a_0":
            tree = cell(self.view.row_block(0), 0, neuron)
        return tree, lambda q: q[name][0, neuron], kind

    def name(self, quantity: str, layer: int, neuron: int | None) -> Part:
        """A name, or that of the neuron chosen."""
        if neuron is not None:
            return readable(self.labels.of_neuron(quantity, layer, neuron))
        return self._named(layer, lambda n: self.labels.of_neuron(quantity, layer, n))

    def _named(self, layer: int, named: Callable[[int], str]) -> Part:
        number, count = f"{_AT}_{layer}", self.network.sizes[layer]
        words = [readable(named(n)) for n in range(count)]
        if len(words) == 1:
            return words[0]
        return call("CHOOSE", Name(number), *words), lambda q: chosen(words, q[number]), "words"

    def _chosen(self, block: str, quantity: str, layer: int, source: int, kind: str) -> Part:
        """One of the weights, gradients, … of the neuron chosen."""
        number = f"{_AT}_{layer}"
        if self.network.sizes[layer] == 1:
            return cell(block, 0, source), lambda q: q[quantity][0, source], kind
        return (
            call("INDEX", Name(block), Name(number), source + 1),
            lambda q: _at(q[quantity].T, source, q[number]),
            kind,
        )

    # --- what a neuron's lines say -------------------------------------------------------------

    def _parts(self, which: str, layer: int) -> list[Part]:
        if which == "forward":
            return forward(self, layer, None)
        made = {"delta": self._delta, "gradient": self._gradient, "update": self._update}
        return made[which](layer)

    def _delta(self, layer: int) -> list[Part]:
        """What comes back to the neuron, times its slope."""
        loss = readable(self.labels.notation.loss)
        own, z = (
            self.of_neuron("delta", layer, None, "fine"), self.name("weighted_input", layer, None)
        )  # fmt: skip
        parts: list[Part] = [self.name("delta", layer, None), " = "]
        if not self.view.shows("slope", layer):
            return [*parts, f"∂{loss}/∂", z, " = ", own]
        if layer == self.network.layers:
            parts += [f"∂{loss}/∂", self.name("activation", layer, None)]
        else:
            parts += ["("]
            for d in range(self.network.sizes[layer + 1]):
                parts += [" + "] * (d > 0) + [self._sent(layer, d), "·"]
                parts += [self.of_neuron("delta", layer + 1, d, "fine factor")]
            parts += [")"]
        parts += [f" · {self.labels.function(layer)}′(", z, ") = "]
        parts += [self.of_neuron("error", layer, None, "fine factor"), "·"]
        return [*parts, self.of_neuron("slope", layer, None, "fine"), " = ", own]

    def _sent(self, layer: int, d: int) -> Part:
        """The weight from the neuron chosen to one of the layer above."""
        number, quantity = f"{_AT}_{layer}", f"W_{layer + 1}"
        block = self.step.weights_block(layer + 1)
        if self.network.sizes[layer] == 1:
            return cell(block, d, 0), lambda q: q[quantity][d, 0], "factor"
        tree = call("INDEX", Name(block), d + 1, Name(number))
        return tree, lambda q: _at(q[quantity], d, q[number]), "factor"

    def _gradient(self, layer: int) -> list[Part]:
        """The gradient of the neuron's first weight, of the example shown."""
        kind = "data factor" if layer == 1 else "factor"
        change = f"dW_{layer}"
        return [
            f"∂{readable(self.labels.notation.loss)}/∂", self._weight_name(layer), " = ",
            self.name("delta", layer, None), "·", self.name("activation", layer - 1, 0), " = ",
            self.of_neuron("delta", layer, None, "fine factor"), "·",
            self.of_neuron("a", layer - 1, 0, kind), " = ",
            self._chosen(self.view.block(change), change, layer, 0, "fine"),
            *([" in this example"] if self.view.of else []),
        ]  # fmt: skip

    def _update(self, layer: int) -> list[Part]:
        """The first weight after the step."""
        rate, change, new = self.step.rate_block(), f"dW_{layer}", f"W_{layer}_new"
        several = " (gradient: the sum over all examples)" if self.view.of else ""
        return [
            self._named(layer, lambda n: self.labels.notation.updated.format(
                self.labels.weight(layer, n, 0))),
            " = ", self.weight(layer, None, 0, "fine"), " − ",
            (Name(rate), lambda q: float(np.reshape(q["learning_rate"], -1)[0]), "data"), "·",
            self._chosen(change, change, layer, 0, "fine factor"), " = ",
            self._chosen(new, new, layer, 0, "fine"), several,
        ]  # fmt: skip

    def _weight_name(self, layer: int) -> Part:
        return self._named(layer, lambda n: self.labels.weight(layer, n, 0))

    # --- where they stand ----------------------------------------------------------------------

    def draw_chosen(self, row: int) -> int:
        """The choosers and the lines of the neuron chosen; returns the row after them."""
        notation, canvas, layers = self.labels.notation, self.canvas, self.network.layers
        first, low = 1 + notation.layer_base, notation.neuron_base
        high = max(self.network.sizes[1:]) - 1 + low
        canvas.text(row, 0, "With the numbers plugged in", "heading")
        row += 1
        canvas.sheet.heights[row] = _CHOOSER_POINTS
        for column, words, name, ends in (
            (0, "layer", LAYER, (first, first + layers - 1)),
            (2, "neuron", NEURON, (low, high)),
        ):
            canvas.text(row, column, f"{words} ({ends[0]}–{ends[1]})", "label")
            at, start = (row, column + 1 + (column > 0)), [[float(ends[0])]]
            area = canvas.typed(name, at, (1, 1), style="big_chooser", initial=start)
            canvas.sheet.validations.append(_numbers(area, *ends))
        for which in self.kinds:
            row += 1
            names = [_name(which, layer) for layer in range(1, layers + 1)]
            self._put(f"{_AT}_{which}", (row, 0), _picked(names), _LINES[which])
        return row + 1

    def draw_all(self, row: int) -> int:
        """The lines of every layer; returns the row after them."""
        canvas, notation, layers = self.canvas, self.labels.notation, self.network.layers
        canvas.text(row, 0, "The neuron of that number in every layer", "heading")
        row += 1
        self._clipped(_AT, (row, 1), LAYER, notation.layer_base, layers)
        canvas.text(row, 0, "layer, from 1", "row_label")
        for layer in range(1, layers + 1):
            row += 2
            canvas.text(row, 0, f"{self.labels.layer_title(layer)}: no.", "row_label")
            count = self.network.sizes[layer]
            self._clipped(f"{_AT}_{layer}", (row, 1), NEURON, notation.neuron_base - 1, count)
            for which in self.kinds:
                row += 1
                made = line(_name(which, layer), _LINES[which], self._parts(which, layer))
                self._put(made.name, (row, 0), made, made.stage)
        return row + 1

    def _clipped(
        self, name: str, at: tuple[int, int], chooser: str, base: int, count: int
    ) -> None:
        """What was typed, counted from 1; the nearest that there is."""
        typed = call("ROUND", Name(chooser), 0) - base if base else call("ROUND", Name(chooser), 0)
        tree = call("MIN", call("MAX", typed, 1), count)

        def rule(q: Any, _: int) -> FloatArray:
            number = q[chooser]
            whole = np.sign(number) * np.floor(np.abs(number) + 0.5)
            return np.asarray(np.clip(whole - base, 1, count))

        self.canvas.computed(name, at, (1, 1), "step", _always(tree))
        self.canvas.sheet.array_rules[name] = rule

    def _put(self, name: str, at: tuple[int, int], made: Line, stage: int) -> None:
        canvas = self.canvas
        canvas.computed(name, at, (1, 1), "says", made.formula)
        canvas.sheet.blocks[-1] = replace(canvas.sheet.blocks[-1], holds="texts")
        canvas.sheet.array_rules[name] = made.rule
        self.stages[name] = stage


def _name(which: str, layer: int) -> str:
    return f"says_{which}_{layer}"


def _always(tree: Node) -> Formula:
    return lambda i, j: tree


def _at(rows: FloatArray, row: int, number: FloatArray) -> float:
    """An entry of a row, by its number from 1; NaN for what a file may hold besides."""
    at = float(number.item())
    return float(rows[row, int(at) - 1]) if 1 <= at < rows.shape[1] + 1 else float("nan")


def _picked(names: list[str]) -> Line:
    """The line of the layer chosen."""
    tree = call("CHOOSE", Name(_AT), *(Name(name) for name in names))

    def rule(q: Any, _: int) -> FloatArray:
        return one(chosen([str(q[name].item()) for name in names], q[_AT]))

    return Line("", 0, lambda i, j: tree, rule)


def _numbers(area: Area, low: int, high: int) -> Validation:
    options = tuple(map(str, range(low, high + 1)))
    message = f"The list offers {low} to {high}; any other number is taken as the nearest."
    return Validation(area, "list", "Another number", message, options=options, is_strict=False)
