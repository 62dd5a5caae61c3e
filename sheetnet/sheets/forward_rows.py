"""Forward passes as rows of cells: one row a pass, from the activations to the terms of the loss.

Knows: the columns of such a row, and where its formulas find weights, inputs and targets. Does not
know why there are several passes: shaken parameters (see `shaken`) or a test set (`test_set`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import SPELLED_OUT, I, Index, Node, Span, cell, row_span
from sheetnet.lessons import Lesson
from sheetnet.quantities import trees
from sheetnet.quantities.table import QUANTITIES
from sheetnet.quantities.trees import Place
from sheetnet.sheets.forward_only import ForwardOnly
from sheetnet.sheets.model import Block, FloatArray, Formula, Sheet, Text
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import known, sources


@dataclass(frozen=True)
class ForwardRow(ForwardOnly):
    """The view of one row (see `quantities.trees.View`).

    Its own blocks are called `own` and a quantity, those of the weights `weights` and W. Inputs
    stand one example a row; so do targets, unless they are `turned`. `shares` is the block that
    says what each example counts, where they count differently.
    """

    lesson: Lesson
    examples: int
    shown: frozenset[str]
    own: str
    weights: str
    inputs: str
    targets: str
    turned: bool = False
    shares: str = ""

    @property
    def reduced_over(self) -> int:
        """See `quantities.trees.View`."""
        return self.examples

    def name(self, quantity: str) -> str:
        """The block of a quantity of every row."""
        return f"{self.own}_{quantity}"

    def shows(self, quantity: str, layer: int) -> bool:
        """Whether the row has cells for it."""
        return f"{quantity}_{layer}" in self.shown

    def at(self, quantity: str, layer: int, example: Place, neuron: Place) -> Node:
        """See `quantities.trees.View`."""
        e, n = known(example), known(neuron)
        if quantity == "target":
            return cell(self.targets, n, e) if self.turned else cell(self.targets, e, n)
        if quantity == "a" and layer == 0:
            return cell(self.inputs, e, n)
        column = e * self.lesson.network.sizes[layer] + n
        return cell(self.name(f"{quantity}_{layer}"), I, Index(column, "j"))

    def weight(self, layer: int, destination: Place, source: Place) -> Node:
        """See `quantities.trees.View`."""
        column = known(destination) * sources(self.lesson, layer) + known(source)
        return cell(f"{self.weights}_W_{layer}", I, Index(column, "j"))

    def neurons(self, quantity: str, layer: int, example: Place) -> Span | None:
        """See `quantities.trees.View`."""
        e, count = known(example), self.lesson.network.sizes[layer]
        if quantity == "target":
            return None if self.turned else row_span(self.targets, Index(e), Index(0), count)
        if quantity == "a" and layer == 0:
            return row_span(self.inputs, Index(e), Index(0), count)
        return row_span(self.name(f"{quantity}_{layer}"), I, Index(e * count, "j"), count)

    def forward_spans(self, layer: int, example: Place, destination: Place) -> tuple[Span, Span]:
        """See `quantities.trees.View`."""
        first = Index(known(destination) * sources(self.lesson, layer), "j")
        below = self.lesson.network.sizes[layer - 1]
        activations = self.neurons("a", layer - 1, example)
        assert activations is not None, "activations stand together"
        return activations, row_span(f"{self.weights}_W_{layer}", I, first, below)

    def share(self, example: Place) -> Node | None:
        """See `quantities.trees.View`."""
        return cell(self.shares, 0, known(example)) if self.shares else None


def shown(lesson: Lesson, *, has_terms: bool) -> Iterator[str]:
    """What a row has cells for besides activations, the loss's terms if they are wanted."""
    for layer in range(1, lesson.network.layers + 1):
        if trees.needs_weighted_input(lesson, layer):
            yield f"z_{layer}"
        if lesson.network.activations[layer - 1] == "softmax":
            yield f"exp_z_{layer}"
    if has_terms:
        yield "loss_term_0"


def has_many_terms(lesson: Lesson, examples: int) -> bool:
    """Whether the loss's terms are too many to be spelled out in one formula."""
    return examples * lesson.network.sizes[-1] > SPELLED_OUT


class ForwardRows:
    """Lays rows out from a cell on, one block a quantity from left to right."""

    def __init__(
        self, sheet: Sheet, view: ForwardRow, at: tuple[int, int], rows: int, counts: str
    ) -> None:
        self.sheet, self.view, self.lesson = sheet, view, view.lesson
        self.row, self.column = at
        self.rows, self.counts = rows, counts
        self.labels = Labels(self.lesson)

    def add(
        self,
        quantity: str,
        shape: tuple[int, ...],
        style: str,
        formula: Formula | None,
        symbols: Iterable[str],
        *,
        name: str = "",
        initial: FloatArray | None = None,
        by: str = "",
        called: str = "",
    ) -> None:
        """A block with its headings in the row above; one with `initial` holds constants."""
        columns = int(np.prod(shape))
        self.sheet.blocks.append(
            Block(
                name or self.view.name(quantity),
                Area(self.sheet.name, self.row, self.column, self.rows, columns),
                quantity,
                (self.rows, *shape),
                "history",
                style,
                formula,
                typed_rows=0 if initial is None else self.rows,
                initial=initial,
                by=by,
                called=called,
                counts=self.counts,
            )
        )
        for offset, symbol in enumerate(symbols):
            text = Text(self.row - 1, self.column + offset, symbol, f"head_{style}")
            self.sheet.texts.append(text)
        self.column += columns

    def neurons(self, layer: int, *, called: str = "") -> None:
        """What a layer's neurons come to, example after example."""
        count, view = self.lesson.network.sizes[layer], self.view
        for name in ("z", "exp_z", "a"):
            if name != "a" and not view.shows(name, layer):
                continue
            quantity = QUANTITIES[name]
            tree = quantity.tree
            assert tree is not None, "every quantity of a neuron has a formula"
            labels = [self.labels.of_neuron(quantity.names, layer, n) for n in range(count)]
            symbols = [quantity.symbol.format(neuron=label) for label in labels]
            self.add(
                f"{name}_{layer}",
                (view.examples, count),
                quantity.style,
                by_neuron(tree, view, layer, count),
                symbols * view.examples,
                called=called and f"{called}_{name}_{layer}",
            )

    def terms(self, *, called: str = "") -> None:
        """The loss's terms, output after output, example after example."""
        view, count = self.view, self.lesson.network.sizes[-1]
        self.add(
            "loss_term",
            (view.examples, count),
            "loss",
            lambda i, j: trees.loss_term(view, *j.split(count)),
            [self.labels.notation.loss] * (view.examples * count),
            called=called and f"{called}_loss_term",
        )

    def all_terms(self) -> Span:
        """The cells of the terms of a row's loss."""
        count = self.view.examples * self.lesson.network.sizes[-1]
        return row_span(self.view.name("loss_term"), I, Index(0, "j"), count)


def by_neuron(formula: trees.NeuronFormula, view: trees.View, layer: int, count: int) -> Formula:
    """A quantity of `count` neurons, example after example along the row."""
    return lambda i, j: formula(view, layer, *j.split(count))
