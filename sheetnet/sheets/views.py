"""Where each sheet keeps the quantities, for the formulas of `quantities`.

Knows: the blocks of Training's rows and of Step's matrices, by name. Does not know what any
quantity is, nor where a block stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sheetnet.formulas.tree import I, Index, Name, Node, Span, call, cell, column_span, row_span
from sheetnet.lessons import Lesson
from sheetnet.quantities.batch_trees import has_smaller_batch
from sheetnet.quantities.trees import Place
from sheetnet.quantities.updates import examples_a_step

TRAINING = "Training"
TURNED_DELTA = "delta_1_row"
STEP = "Step"
STEP_SHARE = "Step_share"


def row_examples(lesson: Lesson) -> int:
    """Examples that one step sees: all of them, one where they are taken in turn, or a batch."""
    return examples_a_step(lesson)


def sees_all(lesson: Lesson) -> bool:
    """Whether every step sees all examples, in the order of the data."""
    return lesson.training.batch == "full" or len(lesson.inputs) == 1


def example_word(lesson: Lesson, example: int) -> str:
    """The heading of an example: its number, or its place in the batch of the step."""
    return f"ex. {example + 1}" if lesson.training.batch == "full" else f"no. {example + 1}"


def history(quantity: str) -> str:
    """The name of the block that holds a quantity of every step."""
    return f"{TRAINING}_{quantity}"


def of_variant(variant: int, name: str) -> str:
    """The name of a variant's own block; that of the lesson's for variant 0."""
    return f"v{variant}_{name}" if variant else name


def sources(lesson: Lesson, layer: int) -> int:
    """Weights into one neuron, its bias included."""
    network = lesson.network
    return network.sizes[layer - 1] + (network.biases != "none")


def trained_sources(lesson: Lesson, layer: int) -> int:
    """Weights into one neuron that are trained, its bias included."""
    network = lesson.network
    return network.sizes[layer - 1] + (network.biases == "trained")


def data_style(lesson: Lesson, kind: Literal["input", "target"]) -> str:
    """The style of inputs or targets: as typed while all are short, or with four decimals."""
    data = lesson.inputs if kind == "input" else lesson.targets
    return f"{kind}_plain" if np.array_equal(np.round(data, 3), data) else kind


def parameters(lesson: Lesson) -> int:
    """Weights and biases of the whole network."""
    sizes = lesson.network.sizes
    return sum(sizes[n] * sources(lesson, n) for n in range(1, len(sizes)))


def known(place: Place) -> int:
    """The number of a place that is not open."""
    return place if isinstance(place, int) else place.value


def _fixed(place: Place) -> Index:
    return Index(place if isinstance(place, int) else place.value)


def _place(place: Place) -> Index:
    return place if isinstance(place, Index) else Index(place)


@dataclass(frozen=True)
class TrainingRow:
    """The view of one row: quantities of one step side by side (see `quantities.trees.View`)."""

    lesson: Lesson
    examples: int
    shown: frozenset[str]

    @property
    def reduced_over(self) -> int:
        return self.examples

    def shows(self, quantity: str, layer: int) -> bool:
        return f"{quantity}_{layer}" in self.shown

    def at(self, quantity: str, layer: int, example: Place, neuron: Place) -> Node:
        e, n = known(example), known(neuron)
        if quantity in ("a", "target") and layer in (0, self.lesson.network.layers):
            table = {"a": "inputs", "target": "targets"}[quantity]
            column = history("a_0" if quantity == "a" else "targets")
            if (quantity == "target" or layer == 0) and column not in self.shown:
                return cell(table, e, n)
            if quantity == "target":
                return cell(column, I, Index(e * self.lesson.network.sizes[-1] + n, "j"))
        count = self.lesson.network.sizes[layer]
        return cell(history(f"{quantity}_{layer}"), I, Index(e * count + n, "j"))

    def weight(self, layer: int, destination: Place, source: Place) -> Node:
        column = known(destination) * sources(self.lesson, layer) + known(source)
        return cell(history(f"W_{layer}"), I, Index(column, "j"))

    def neurons(self, quantity: str, layer: int, example: Place) -> Span | None:
        if quantity == "target":
            return None
        count = self.lesson.network.sizes[layer]
        start = Index(known(example) * count, "j")
        return row_span(history(f"{quantity}_{layer}"), I, start, count)

    def forward_spans(self, layer: int, example: Place, destination: Place) -> tuple[Span, Span]:
        below = self.lesson.network.sizes[layer - 1]
        first = Index(known(destination) * sources(self.lesson, layer), "j")
        weights = row_span(history(f"W_{layer}"), I, first, below)
        if layer == 1 and history("a_0") not in self.shown:
            e = known(example)
            return Span("inputs", Index(e), Index(0), Index(e), Index(below - 1)), weights
        activations = self.neurons("a", layer - 1, example)
        assert activations is not None, "a row's activations stand together"
        return activations, weights

    def backward_spans(self, layer: int, example: Place, source: Place) -> None:
        return None  # the weights out of one neuron are not neighbours in a row

    def share(self, example: Place) -> Node | None:
        if history("share") not in self.shown:
            return None
        return cell(history("share"), I, Index(known(example), "j"))

    def change(self, layer: int, destination: Place, source: Place) -> Node:
        column = known(destination) * sources(self.lesson, layer) + known(source)
        return cell(history(f"dW_{layer}"), I, Index(column, "j"))

    def state(
        self, name: str, layer: int, destination: Place, source: Place, *, new: bool
    ) -> Node:
        column = known(destination) * trained_sources(self.lesson, layer) + known(source)
        return cell(history(f"{name}_{layer}"), I + int(new), Index(column, "j"))

    def number(self, name: str) -> Node:
        if name == "rate":
            if self.lesson.training.schedule == "constant":
                return Name("learning_rate")
            return cell(history("rate"), I, Index(0, "j"))
        column = "step" if name == "count" else name
        return cell(history(column), I + 1, Index(0, "j"))

    def change_factors(
        self, layer: int, example: int, destination: Place, source: Place
    ) -> tuple[Node, Node | None]:
        own = self.at("delta", layer, example, destination)
        is_bias = known(source) == self.lesson.network.sizes[layer - 1]
        return own, None if is_bias else self.at("a", layer - 1, example, source)

    def change_spans(self, layer: int, destination: Place, source: Place) -> None:
        return None  # examples are not neighbours in a row


@dataclass(frozen=True)
class StepMatrices:
    """The view of the matrices: neurons down, examples across (see `quantities.trees.View`).

    One that shows a single one `of` several examples calls its blocks by a `prefix`; the weights
    are the step's, and have no other.
    """

    lesson: Lesson
    examples: int
    shown: frozenset[str]
    has_training: bool
    prefix: str = ""
    of: int = 0

    @property
    def reduced_over(self) -> int:
        """See `quantities.trees.View`."""
        return self.of or self.examples

    def block(self, name: str) -> str:
        """The name of the block that holds a quantity."""
        return f"{self.prefix}{name}"

    def shows(self, quantity: str, layer: int) -> bool:
        return f"{quantity}_{layer}" in self.shown

    def weights_block(self, layer: int) -> str:
        return f"Step_W_{layer}" if self.has_training else f"W_{layer}"

    def rate_block(self) -> str:
        return "Step_learning_rate" if self.has_training else "learning_rate"

    def targets_block(self) -> str:
        if self.prefix:
            return self.block("targets")
        return "Step_targets" if self.has_training else "targets"

    def row_block(self, layer: int) -> str:
        """The activations of a layer as rows, one example a row, above the W they enter."""
        is_typed = layer == 0 and not self.has_training and not self.prefix
        return "inputs" if is_typed else self.block(f"a_{layer}_row")

    def at(self, quantity: str, layer: int, example: Place, neuron: Place) -> Node:
        if quantity == "a" and layer < self.lesson.network.layers and not isinstance(neuron, Index):
            # "$" before the row: filled down, every neuron sees the same activations
            return cell(self.row_block(layer), _fixed(example), Index(neuron, "j"))
        block = self.targets_block() if quantity == "target" else self.block(f"{quantity}_{layer}")
        return cell(block, _place(neuron), self._example(example))

    def weight(self, layer: int, destination: Place, source: Place) -> Node:
        column = source if isinstance(source, Index) else Index(source, self._axis())
        return cell(self.weights_block(layer), _place(destination), column)

    def neurons(self, quantity: str, layer: int, example: Place) -> Span:
        block = self.targets_block() if quantity == "target" else self.block(f"{quantity}_{layer}")
        count = self.lesson.network.sizes[layer]
        return column_span(block, Index(0), self._example(example), count)

    def forward_spans(self, layer: int, example: Place, destination: Place) -> tuple[Span, Span]:
        count = self.lesson.network.sizes[layer - 1]
        first = Index(0, self._axis())
        activations = row_span(self.row_block(layer - 1), _fixed(example), first, count)
        weights = row_span(self.weights_block(layer), _place(destination), first, count)
        return activations, weights

    def backward_spans(self, layer: int, example: Place, source: Place) -> tuple[Span, Span]:
        count = self.lesson.network.sizes[layer]
        weights = column_span(self.weights_block(layer), Index(0), _place(source), count)
        return weights, self.neurons("delta", layer, example)

    def share(self, example: Place) -> Node | None:
        if not has_smaller_batch(self.lesson):
            return None
        return cell(self.share_block(), Index(0), self._example(example))

    def share_block(self) -> str:
        """What each example counts, where they count differently."""
        return self.block("share") if self.prefix else STEP_SHARE

    def change(self, layer: int, destination: Place, source: Place) -> Node:
        return cell(self.block(f"dW_{layer}"), destination, source)

    def of_step(self, quantity: str, column: int = 0) -> Node:
        """The element of a Training column that belongs to the step shown."""
        last, at = self.lesson.training.steps, Index(column)
        span = Span(history(quantity), Index(0), at, Index(last), at)
        return call("INDEX", span, Name("step_shown") + 1)

    def state_block(self, name: str, layer: int) -> str:
        return f"Step_{name}_{layer}" if self.has_training else f"{name}_{layer}"

    def state(
        self, name: str, layer: int, destination: Place, source: Place, *, new: bool
    ) -> Node:
        block = f"{name}_{layer}_new" if new else self.state_block(name, layer)
        return cell(block, _place(destination), _place(source))

    def number(self, name: str) -> Node:
        if name == "rate" and self.lesson.training.schedule == "constant":
            return Name("learning_rate")
        return Name(f"Step_{name}")

    def change_factors(
        self, layer: int, example: int, destination: Place, source: Place
    ) -> tuple[Node, Node | None]:
        column = _place(source)
        is_bias = column.value == self.lesson.network.sizes[layer - 1]
        top = f"top_bias_node_{layer - 1}" if is_bias else f"top_a_{layer - 1}"
        entering = cell(self.block(top), Index(example), Index(0, "j") if is_bias else column)
        return cell(self.block(f"delta_{layer}"), destination, Index(example)), entering

    def change_spans(
        self, layer: int, destination: Place, source: Place
    ) -> tuple[Span, Span | None]:
        row, column, count = _place(destination), _place(source), self.examples
        across = row_span(f"delta_{layer}", row, Index(0), count)
        if column.value == self.lesson.network.sizes[layer - 1]:
            return across, None
        if layer > 1:
            a = row_span(f"a_{layer - 1}", Index(column.value, "j"), Index(0), count)
            return across, a
        turned = column_span(TURNED_DELTA, Index(0), row, count)
        return turned, column_span("top_a_0", Index(0), column, count)

    def _axis(self) -> Literal["", "j"]:
        return "j" if self.examples == 1 else ""

    def _example(self, example: Place) -> Index:
        column = _place(example)
        return Index(column.value, "j") if self.examples == 1 and column.axis != "i" else column
