"""The sheet `Training`: one row a step, from the inputs to the loss.

Knows: the columns of a row and their formulas. Does not know the band at the left (see `band`),
looks, file formats or numbers.
Row 0 holds the editable start; every later row only formulas. Laid out after the first sheet of
Simple_Neural_Net.ods, for any sizes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import (
    SPELLED_OUT,
    I,
    Index,
    Name,
    Node,
    above,
    call,
    cell,
    row_span,
)
from sheetnet.lessons import Lesson
from sheetnet.quantities import batch_trees, trees, update_trees, updates
from sheetnet.quantities.table import QUANTITIES
from sheetnet.sheets import controls as band
from sheetnet.sheets.forward_rows import by_neuron
from sheetnet.sheets.model import Block, FloatArray, Formula, Group, Sheet, Text
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.training_columns import (
    Column,
    of_batch,
    of_gradients,
    of_states,
    of_step,
    picked,
)
from sheetnet.sheets.training_size import FEW_COLUMNS, columns_of, fits, printed, why_not
from sheetnet.sheets.views import (
    TRAINING,
    TrainingRow,
    data_style,
    example_word,
    history,
    row_examples,
    sources,
)

__all__ = ["FEW_COLUMNS", "build", "columns_of", "fits", "why_not"]

_HEADING, _GROUP, _SYMBOL = range(band.START - 3, band.START)  # rows above step 0


_OF_NEURONS = ("z", "exp_z", "a", "error", "delta")
"""What a layer may have columns for, from left to right."""


def build(lesson: Lesson) -> Sheet:
    """The sheet of a lesson for which `fits` holds."""
    return _Builder(lesson).sheet()


class _Builder:
    """Allocates the columns from left to right and collects blocks and headings."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.labels = Labels(lesson)
        self.notation = self.labels.notation
        self.rows = lesson.training.steps + 1
        self.examples = row_examples(lesson)
        self.data_in_rows = self.examples == 1 or lesson.training.batch != "full"
        self.data_in_table = band.has_table(lesson)
        self.column = band.columns(lesson)
        self.is_wide = columns_of(lesson) > FEW_COLUMNS
        self.out = Sheet(TRAINING, frozen=(band.START, self.column + 1))
        self.view = TrainingRow(lesson, self.examples, frozenset(self._shown()))

    def _shown(self) -> Iterable[str]:
        network = self.lesson.network
        if self.data_in_rows:
            yield from (history("a_0"), history("targets"))
        if batch_trees.has_smaller_batch(self.lesson):
            yield from (history("share"), "loss_term_0")
        for layer in range(1, network.layers + 1):
            softmax = network.activations[layer - 1] == "softmax"
            fused = layer == network.layers and trees.is_fused(self.lesson)
            if trees.needs_weighted_input(self.lesson, layer):
                yield f"z_{layer}"
            if softmax:
                yield f"exp_z_{layer}"
            if softmax and not fused:
                yield f"error_{layer}"
            if updates.needs_gradient(self.lesson):
                yield f"dW_{layer}"
        if self.examples * network.sizes[-1] > SPELLED_OUT:
            yield "loss_term_0"

    def sheet(self) -> Sheet:
        out, lesson = self.out, self.lesson
        out.texts.append(Text(0, 0, lesson.title, "title"))
        hint = "One row is one training step. Change a yellow cell and the whole network follows."
        out.texts.append(Text(1, 0, hint, "hint"))
        out.widths[self.column] = 6.0
        self._add("step", 1, (), "step", self._next_step, typed=1, symbols=["step"],
                  carries="next_step", initial=np.array([[float(lesson.state.count)]]))
        if self.is_wide:
            self._gap("Result")
            self._loss()
            out.frozen = (band.START, self.column)
            self._of_neurons(lesson.network.layers, ("a",))
            self._targets()
        self._update(of_step(lesson))
        self._inputs()
        for layer in range(1, lesson.network.layers + 1):
            first = self.column + 1  # the gaps at both sides stay, with the handle
            self._layer(layer)
            if self.is_wide:
                out.groups.append(Group(first, self.column - first, is_folded=True))
        if not self.is_wide:
            self._gap("Result")
            self._targets()
        self._loss_terms()
        if not self.is_wide:
            self._loss()
        band.build(self.lesson, out, self.rows)
        first = out.blocks[0].area.column
        out.print = printed(self.rows, first, self.column - first)
        return out

    def _add(
        self,
        quantity: str,
        columns: int,
        shape: tuple[int, ...],
        style: str,
        formula: Formula | None,
        *,
        symbols: list[str],
        group: str = "",
        typed: int = 0,
        typed_name: str = "",
        carries: str = "",
        by: str = "",
        initial: FloatArray | None = None,
    ) -> None:
        """A block of `columns` columns and a row for every step, with its headings."""
        typed = typed if initial is None else len(initial)
        area = Area(TRAINING, band.START, self.column, self.rows, columns)
        typed_style = style
        if typed_name:
            typed_style = "editable_weight" if style == "weight" else "editable"
        self.out.blocks.append(
            Block(
                history(quantity),
                area,
                quantity,
                (self.rows, *shape),
                "history",
                style,
                formula,
                typed,
                typed_name,
                typed_style,
                initial=initial,
                carries=carries,
                by=by,
            )
        )
        if group:
            self.out.texts.append(Text(_GROUP, self.column, group, "group"))
        for offset, symbol in enumerate(symbols):
            self.out.texts.append(
                Text(_SYMBOL, self.column + offset, symbol, _head(style))
            )
        if style in ("delta", "loss"):  # shown with all the digits that fit
            self.out.widths |= dict.fromkeys(range(self.column, self.column + columns), 10.5)
        self.column += columns

    def _gap(self, heading: str) -> None:
        self.out.widths[self.column] = 1.5
        self.column += 1
        self.out.texts.append(Text(_HEADING, self.column, heading, "heading"))

    def _next_step(self, i: Index, j: Index) -> Node:
        return cell(history("step"), i - 1, j) + 1

    def _update(self, columns: Iterable[Column]) -> None:
        """Columns of the optimiser's."""
        for column in columns:
            self._add(**column._asdict())

    def _carried(self, quantity: str, table: str, width: int) -> Formula:
        """Data of a row: the row above again, or examples of the table: those whose numbers stand
        in the row, or the next one, round and round."""
        if not self.data_in_table:
            return lambda i, j: cell(history(quantity), i - 1, j)
        if batch_trees.picks_examples(self.lesson):
            return lambda i, j: picked(table, *j.split(width))
        count = len(self.lesson.inputs)
        turn = call("MOD", cell(history("step"), I, Index(0, "j")), count) + 1
        return lambda i, j: call("INDEX", Name(table), turn, j.value + 1)

    def _inputs(self) -> None:
        if self.data_in_rows:
            self._gap(self.labels.layer_title(0))
            self._update(of_batch(self.lesson))
            self._data("a_0", "inputs", "input", "activation", 0)

    def _targets(self) -> None:
        if self.data_in_rows:
            self._data("targets", "targets", "target", "target", self.lesson.network.layers)

    def _data(
        self, quantity: str, table: str, kind: Literal["input", "target"], names: str, layer: int
    ) -> None:
        """Inputs or targets of the row: typed in its first one, or from the table."""
        count = self.lesson.network.sizes[layer]
        symbols = [self.labels.of_neuron(names, layer, n) for n in range(count)]
        self._add(
            quantity,
            self.examples * count,
            (self.examples, count),
            data_style(self.lesson, kind),
            self._carried(quantity, table, count),
            symbols=symbols * self.examples,
            typed=0 if self.data_in_table else 1,
            typed_name="" if self.data_in_table else table,
            carries="" if self.data_in_table else quantity,
        )
        self._groups(table, count)

    def _layer(self, layer: int) -> None:
        lesson, labels = self.lesson, self.labels
        network = lesson.network
        count, into = network.sizes[layer], sources(lesson, layer)
        self._gap(
            f"{labels.layer_title(layer)}, {network.activations[layer - 1].replace('_', ' ')}"
        )
        symbols = [labels.weight(layer, d, s) for d in range(count) for s in range(into)]
        group = (
            "weights" if network.biases == "none" else "weights, the last of each neuron its bias"
        )
        self._add(
            f"W_{layer}",
            count * into,
            (count, into),
            "weight",
            self._updated(layer),
            symbols=symbols,
            group=group if count * into > 3 else "weights",
            typed=1,
            typed_name=f"W_{layer}",
            carries=f"W_{layer}_new",
        )
        self._update(of_states(self.view, labels, layer))
        in_front = {"a"} if self.is_wide and layer == network.layers else set()
        self._of_neurons(layer, [name for name in _OF_NEURONS if name not in in_front])
        self._update(of_gradients(self.view, labels, layer))

    def _of_neurons(self, layer: int, wanted: Collection[str]) -> None:
        """The wanted quantities of a layer's neurons, of those that the sheet shows."""
        count = self.lesson.network.sizes[layer]
        for quantity in map(QUANTITIES.__getitem__, wanted):
            if quantity.name in ("a", "delta") or self.view.shows(quantity.name, layer):
                names = (self.labels.of_neuron(quantity.names, layer, n) for n in range(count))
                symbols = [
                    quantity.symbol.format(neuron=name, loss=self.notation.loss) for name in names
                ]
                assert quantity.tree is not None, "every quantity of a neuron has a formula"
                self._add(
                    f"{quantity.name}_{layer}",
                    self.examples * count,
                    (self.examples, count),
                    quantity.style,
                    by_neuron(quantity.tree, self.view, layer, count),
                    symbols=symbols * self.examples,
                )
                self._groups(quantity.heading, count)

    def _groups(self, group: str, count: int) -> None:
        """Heading of the block just added: what it holds, and of which example."""
        start = self.column - self.examples * count
        for example in range(self.examples):
            at, number = start + example * count, example_word(self.lesson, example)
            if self.examples == 1:
                self.out.texts.append(Text(_GROUP, at, group, "group"))
            elif count == 1:  # too narrow for words
                self.out.texts.append(Text(_GROUP, at, number, "example"))
            else:
                self.out.texts.append(Text(_GROUP, at, f"{group} {number}", "group"))

    def _updated(self, layer: int) -> Formula:
        """The weight of the row above after its step."""
        into = sources(self.lesson, layer)
        return lambda i, j: above(update_trees.updated(self.view, layer, *j.split(into)))

    def _loss_terms(self) -> None:
        """The terms, where they are too many to be spelled out in the loss."""
        count, view = self.lesson.network.sizes[-1], self.view
        if view.shows("loss_term", 0):
            self._add(
                "loss_term",
                self.examples * count,
                (self.examples, count),
                "loss",
                lambda i, j: trees.loss_term(view, *j.split(count)),
                symbols=[self.notation.loss] * (self.examples * count),
                group="terms of the " + self.notation.loss_word,
            )

    def _loss(self) -> None:
        view, notation = self.view, self.notation
        terms = self.examples * self.lesson.network.sizes[-1]
        if view.shows("loss_term", 0):
            span = row_span(history("loss_term"), I, Index(0, "j"), terms)
            tree = trees.loss(view, call("SUM", span))
        else:
            tree = trees.spelled_loss(view)
        self._add(
            "loss",
            1,
            (),
            "loss",
            lambda i, j: tree,
            symbols=[notation.loss],
            group=notation.loss_word,
            by="loss_of_shares" if batch_trees.has_smaller_batch(self.lesson) else "",
        )


def _head(style: str) -> str:
    """The look of the heading over cells of a style."""
    return f"head_{style.removesuffix('_plain')}"
