"""A forward pass for each parameter and sign, with that one parameter shaken by h: rows of cells.

Knows: which parameter a row shakes. Does not know the columns of a forward pass (see
`forward_rows`), what is made of the losses (see `gradient_check`), looks or file formats.

The first half of the rows adds h, the second half takes it away; parameters are counted through
the network, layer by layer, each neuron's weights and then its bias.
"""

from __future__ import annotations

import numpy as np

from sheetnet.formulas.tree import Binary, I, Index, Name, Node, Number, call, cell
from sheetnet.lessons import Lesson
from sheetnet.quantities import trees
from sheetnet.quantities.batch_trees import has_smaller_batch
from sheetnet.quantities.evaluation import Quantities
from sheetnet.sheets.forward_rows import ForwardRow, ForwardRows, has_many_terms, shown
from sheetnet.sheets.model import FloatArray, Sheet
from sheetnet.sheets.views import STEP_SHARE, StepMatrices, parameters, sources

H = "gradient_check_h"
_NUMBER, _SIGN = "shaken_number", "shaken_sign"
_OWN = "shaken"


def shaken(quantity: str) -> str:
    """The name of the block that holds a quantity of every shaken pass."""
    return f"{_OWN}_{quantity}"


def first_of(lesson: Lesson, layer: int) -> int:
    """The number of a layer's first parameter."""
    sizes = lesson.network.sizes
    return sum(sizes[n] * sources(lesson, n) for n in range(1, layer))


class ShakenRows:
    """Lays the rows out from a cell on, one block a quantity from left to right."""

    def __init__(self, sheet: Sheet, step: StepMatrices, at: tuple[int, int]) -> None:
        self.sheet, self.lesson, self.step = sheet, step.lesson, step
        self.is_uneven = has_smaller_batch(self.lesson)
        has_terms = self.is_uneven or has_many_terms(self.lesson, step.examples)
        self.view = ForwardRow(
            self.lesson,
            step.examples,
            frozenset(shown(self.lesson, has_terms=has_terms)),
            own=_OWN,
            weights=_OWN,
            inputs=step.row_block(0),
            targets=step.targets_block(),
            turned=True,
            shares=STEP_SHARE if self.is_uneven else "",
        )
        self.rows = ForwardRows(sheet, self.view, at, 2 * parameters(self.lesson), "shaken row")

    def draw(self) -> None:
        """All columns, with their headings in the two rows above."""
        half = parameters(self.lesson)
        numbers = np.tile(np.arange(1.0, half + 1), 2)[:, None]
        signs = np.repeat([1.0, -1.0], half)[:, None]
        self.rows.add(_NUMBER, (1,), "step", None, ["no."], name=_NUMBER, initial=numbers)
        self.rows.add(_SIGN, (1,), "step", None, ["sign"], name=_SIGN, initial=signs)
        for layer in range(1, self.lesson.network.layers + 1):
            self._weights(layer)
            self.rows.neurons(layer)
        self._loss()

    def _weights(self, layer: int) -> None:
        count, into = self.lesson.network.sizes[layer], sources(self.lesson, layer)
        first, source = first_of(self.lesson, layer), self.step.weights_block(layer)

        def formula(i: Index, j: Index) -> Node:
            d, s = j.split(into)
            number = cell(_NUMBER, I, Index(0))
            mine = Binary("=", number, Number(float(first + j.value + 1)))
            shake = cell(_SIGN, I, Index(0)) * Name(H)
            return cell(source, d.value, s.value) + call("IF", mine, shake, 0)

        weight = self.rows.labels.weight
        symbols = [weight(layer, d, s) for d in range(count) for s in range(into)]
        by = shaken(f"W_{layer}")
        self.rows.add(f"W_{layer}", (count, into), "weight", formula, symbols, by=by)
        self.sheet.array_rules[by] = lambda q, _, layer=layer: _shaken_weights(q, layer)  # type: ignore[misc]

    def _loss(self) -> None:
        view = self.view
        if view.shows("loss_term", 0):
            self.rows.terms()
            made = trees.loss(view, call("SUM", self.rows.all_terms()))
        else:
            made = trees.spelled_loss(view)
        by, symbol = "loss_of_shares" if self.is_uneven else "", self.rows.labels.notation.loss
        self.rows.add("loss", (), "loss", lambda i, j: made, [symbol], by=by)


def _shaken_weights(q: Quantities, layer: int) -> FloatArray:
    """W with one parameter changed in each row, shape (rows, destination, source)."""
    own = q["W", layer]
    numbers = np.arange(own.size).reshape(own.shape) + first_of(q.lesson, layer) + 1
    row = q[_NUMBER][:, :, None]
    return np.asarray(own + np.where(row == numbers, q[_SIGN][:, :, None] * q[H], 0.0))
