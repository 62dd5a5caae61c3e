"""A forward pass for each parameter and sign, with that one parameter shaken by h: rows of cells.

Knows: the columns of such a row (all weights, activations, the loss) and which parameter a row
shakes. Does not know what is made of the losses (see `gradient_check`), looks or file formats.

The first half of the rows adds h, the second half takes it away; parameters are counted through
the network, layer by layer, each neuron's weights and then its bias.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import (
    SPELLED_OUT,
    Binary,
    I,
    Index,
    Name,
    Node,
    Number,
    Span,
    call,
    cell,
    row_span,
)
from sheetnet.lessons import Lesson
from sheetnet.quantities import trees
from sheetnet.quantities.evaluation import Quantities
from sheetnet.quantities.table import QUANTITIES
from sheetnet.quantities.trees import Place
from sheetnet.sheets.forward_only import ForwardOnly
from sheetnet.sheets.model import Block, FloatArray, Formula, Sheet, Text
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import StepMatrices, known, parameters, sources

H = "gradient_check_h"
_NUMBER, _SIGN = "shaken_number", "shaken_sign"


def shaken(quantity: str) -> str:
    """The name of the block that holds a quantity of every shaken pass."""
    return f"shaken_{quantity}"


def first_of(lesson: Lesson, layer: int) -> int:
    """The number of a layer's first parameter."""
    sizes = lesson.network.sizes
    return sum(sizes[n] * sources(lesson, n) for n in range(1, layer))


@dataclass(frozen=True)
class ShakenRow(ForwardOnly):
    """The view of one row (see `quantities.trees.View`): data from Step, all else its own."""

    lesson: Lesson
    step: StepMatrices
    shown: frozenset[str]

    @property
    def examples(self) -> int:
        """Those of the step that Step shows."""
        return self.step.examples

    @property
    def reduced_over(self) -> int:
        """See `quantities.trees.View`."""
        return self.examples

    def shows(self, quantity: str, layer: int) -> bool:
        """Whether the row has cells for it."""
        return f"{quantity}_{layer}" in self.shown

    def at(self, quantity: str, layer: int, example: Place, neuron: Place) -> Node:
        """See `quantities.trees.View`."""
        e, n = known(example), known(neuron)
        if quantity == "target":
            return cell(self.step.targets_block(), n, e)
        if quantity == "a" and layer == 0:
            return cell(self.step.row_block(0), e, n)
        column = e * self.lesson.network.sizes[layer] + n
        return cell(shaken(f"{quantity}_{layer}"), I, Index(column, "j"))

    def weight(self, layer: int, destination: Place, source: Place) -> Node:
        """See `quantities.trees.View`."""
        column = known(destination) * sources(self.lesson, layer) + known(source)
        return cell(shaken(f"W_{layer}"), I, Index(column, "j"))

    def neurons(self, quantity: str, layer: int, example: Place) -> Span | None:
        """See `quantities.trees.View`."""
        e, count = known(example), self.lesson.network.sizes[layer]
        if quantity == "target":
            return None
        if quantity == "a" and layer == 0:
            return row_span(self.step.row_block(0), Index(e), Index(0), count)
        return row_span(shaken(f"{quantity}_{layer}"), I, Index(e * count, "j"), count)

    def forward_spans(self, layer: int, example: Place, destination: Place) -> tuple[Span, Span]:
        """See `quantities.trees.View`."""
        first = Index(known(destination) * sources(self.lesson, layer), "j")
        below = self.lesson.network.sizes[layer - 1]
        activations = self.neurons("a", layer - 1, example)
        assert activations is not None, "activations stand together"
        return activations, row_span(shaken(f"W_{layer}"), I, first, below)


class ShakenRows:
    """Lays the rows out from a cell on, one block a quantity from left to right."""

    def __init__(self, sheet: Sheet, step: StepMatrices, at: tuple[int, int]) -> None:
        self.sheet, self.lesson, self.step = sheet, step.lesson, step
        self.row, self.column = at
        self.rows = 2 * parameters(self.lesson)
        self.labels = Labels(self.lesson)
        self.view = ShakenRow(self.lesson, step, frozenset(self._shown()))

    def _shown(self) -> Iterable[str]:
        network = self.lesson.network
        for layer in range(1, network.layers + 1):
            if trees.needs_weighted_input(self.lesson, layer):
                yield f"z_{layer}"
            if network.activations[layer - 1] == "softmax":
                yield f"exp_z_{layer}"
        if self.step.examples * network.sizes[-1] > SPELLED_OUT:
            yield "loss_term_0"

    def draw(self) -> None:
        """All columns, with their headings in the two rows above."""
        half = self.rows // 2
        numbers = np.tile(np.arange(1.0, half + 1), 2)[:, None]
        signs = np.repeat([1.0, -1.0], half)[:, None]
        self._add(_NUMBER, (1,), "step", None, ["no."], initial=numbers)
        self._add(_SIGN, (1,), "step", None, ["sign"], initial=signs)
        for layer in range(1, self.lesson.network.layers + 1):
            self._weights(layer)
            for name in ("z", "exp_z", "a"):
                if name == "a" or self.view.shows(name, layer):
                    self._neurons(name, layer)
        self._loss()

    def _add(
        self,
        quantity: str,
        shape: tuple[int, ...],
        style: str,
        formula: Formula | None,
        symbols: list[str],
        *,
        initial: FloatArray | None = None,
        by: str = "",
    ) -> None:
        columns = int(np.prod(shape))
        is_constant = initial is not None
        self.sheet.blocks.append(
            Block(
                quantity if is_constant else shaken(quantity),
                Area(self.sheet.name, self.row, self.column, self.rows, columns),
                quantity,
                (self.rows, *shape),
                "history",
                style,
                formula,
                typed_rows=self.rows if is_constant else 0,
                initial=initial,
                by=by,
                counts="shaken row",
            )
        )
        for offset, symbol in enumerate(symbols):
            text = Text(self.row - 1, self.column + offset, symbol, f"head_{style}")
            self.sheet.texts.append(text)
        self.column += columns

    def _weights(self, layer: int) -> None:
        count, into = self.lesson.network.sizes[layer], sources(self.lesson, layer)
        first, source = first_of(self.lesson, layer), self.step.weights_block(layer)

        def formula(i: Index, j: Index) -> Node:
            d, s = j.split(into)
            number = cell(_NUMBER, I, Index(0))
            mine = Binary("=", number, Number(float(first + j.value + 1)))
            shake = cell(_SIGN, I, Index(0)) * Name(H)
            return cell(source, d.value, s.value) + call("IF", mine, shake, 0)

        symbols = [self.labels.weight(layer, d, s) for d in range(count) for s in range(into)]
        by = shaken(f"W_{layer}")
        self._add(f"W_{layer}", (count, into), "weight", formula, symbols, by=by)
        self.sheet.array_rules[by] = lambda q, _, layer=layer: _shaken_weights(q, layer)  # type: ignore[misc]

    def _neurons(self, name: str, layer: int) -> None:
        count, quantity = self.lesson.network.sizes[layer], QUANTITIES[name]
        tree = quantity.tree
        assert tree is not None, "every quantity of a neuron has a formula"
        labels = [self.labels.of_neuron(quantity.names, layer, n) for n in range(count)]
        symbols = [quantity.symbol.format(neuron=label) for label in labels]
        self._add(
            f"{name}_{layer}",
            (self.view.examples, count),
            quantity.style,
            lambda i, j: tree(self.view, layer, *j.split(count)),
            symbols * self.view.examples,
        )

    def _loss(self) -> None:
        view, count, symbol = self.view, self.lesson.network.sizes[-1], self.labels.notation.loss
        terms = view.examples * count
        if view.shows("loss_term", 0):
            self._add(
                "loss_term",
                (view.examples, count),
                "loss",
                lambda i, j: trees.loss_term(view, *j.split(count)),
                [symbol] * terms,
            )
            span = row_span(shaken("loss_term"), I, Index(0, "j"), terms)
            made = trees.loss(view, call("SUM", span))
        else:
            made = trees.spelled_loss(view)
        self._add("loss", (), "loss", lambda i, j: made, [symbol])


def _shaken_weights(q: Quantities, layer: int) -> FloatArray:
    """W with one parameter changed in each row, shape (rows, destination, source)."""
    own = q["W", layer]
    numbers = np.arange(own.size).reshape(own.shape) + first_of(q.lesson, layer) + 1
    row = q[_NUMBER][:, :, None]
    return np.asarray(own + np.where(row == numbers, q[_SIGN][:, :, None] * q[H], 0.0))
