"""Training's columns of an optimiser: gradients, what it remembers, the numbers of a step.

Knows: which of them a lesson's row has, their formulas and headings. Does not know in which columns
they stand (see `training`), nor what they are (see `quantities`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sheetnet.formulas.tree import I, Index, Name, Node, above, call, cell
from sheetnet.lessons import Lesson
from sheetnet.quantities import batch_trees, update_trees, updates
from sheetnet.quantities.batch_arrays import shuffled
from sheetnet.quantities.table import QUANTITIES
from sheetnet.sheets.model import FloatArray, Formula
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import (
    TrainingRow,
    example_word,
    history,
    row_examples,
    sources,
    trained_sources,
)


class Column(NamedTuple):
    """A quantity of every step: so many columns, with their headings."""

    quantity: str
    columns: int
    shape: tuple[int, ...]
    style: str
    formula: Formula | None
    symbols: list[str]
    group: str = ""
    typed: int = 0
    typed_name: str = ""
    carries: str = ""
    initial: FloatArray | None = None


def of_batch(lesson: Lesson) -> Iterator[Column]:
    """Which examples a step takes, and what each counts where the last batch is a smaller one.

    A shuffled order is the seed's: numbers that nobody edits, since a lesson holds the seed alone.
    """
    if not batch_trees.picks_examples(lesson):
        return
    size, order = row_examples(lesson), shuffled(lesson)
    done = cell(history("step"), I, Index(0, "j"))
    places = [example_word(lesson, k) for k in range(size)]

    def in_order(i: Index, j: Index) -> Node:
        return batch_trees.example(lesson, done, j.value)

    yield Column("example", size, (size,), "step", in_order if order is None else None, places,
                 "examples taken", initial=order)  # fmt: skip
    if batch_trees.has_smaller_batch(lesson):
        count = cell(history("taken"), I, Index(0, "j"))
        yield Column("taken", 1, (), "step", _same(batch_trees.taken(lesson, done)), ["how many"])
        yield Column("share", size, (size,), "per_step",
                     lambda i, j: batch_trees.share(lesson, count, j.value), places,
                     "what each counts")  # fmt: skip


def picked(table: str, place: Index, neuron: Index) -> Node:
    """The data of the example that stands in a place of the row."""
    return call("INDEX", Name(table), cell(history("example"), I, place), neuron.value + 1)


def of_step(lesson: Lesson) -> Iterator[Column]:
    """What is one number for a step: the schedule's learning rate, the bias corrections."""
    done = cell(history("step"), I, Index(0, "j"))
    if updates.has_rate(lesson):
        sign = Labels(lesson).notation.learning_rate
        yield Column("rate", 1, (), "per_step", _same(updates.rate(lesson, done)), [sign])
    for name in updates.corrections_of(lesson):
        tree, symbol = updates.correction(name, done), updates.sign_of_correction(name)
        yield Column(name, 1, (), "per_step", _same(tree), [symbol])


def of_states(view: TrainingRow, labels: Labels, layer: int) -> Iterator[Column]:
    """What the optimiser remembers of each weight of a layer; row 0 is editable."""
    count, into = view.lesson.network.sizes[layer], trained_sources(view.lesson, layer)
    weights = [labels.weight(layer, d, s) for d in range(count) for s in range(into)]
    for name in updates.states_of(view.lesson):
        sign, words = updates.SIGNS[name]
        yield Column(
            f"{name}_{layer}",
            count * into,
            (count, into),
            "gradient",
            _remembered(view, layer, into, name),
            [f"{sign}({weight})" for weight in weights],
            words,
            1,
            f"{name}_{layer}",
            f"{name}_{layer}_new",
        )


def of_gradients(view: TrainingRow, labels: Labels, layer: int) -> Iterator[Column]:
    """dC/dw of every weight of a layer, where updates name it more than once."""
    if not updates.needs_gradient(view.lesson):
        return
    count, into = view.lesson.network.sizes[layer], sources(view.lesson, layer)
    tree, loss = QUANTITIES["dW"].tree, labels.notation.loss
    assert tree is not None, "a gradient has a formula"
    yield Column(
        f"dW_{layer}",
        count * into,
        (count, into),
        "gradient",
        lambda i, j: tree(view, layer, *j.split(into)),
        [f"∂{loss}/∂{labels.weight(layer, d, s)}" for d in range(count) for s in range(into)],
        "gradients",
    )


def _remembered(view: TrainingRow, layer: int, into: int, name: str) -> Formula:
    """The state of the row above after its step."""
    return lambda i, j: above(update_trees.piece(view, layer, *j.split(into), name))


def _same(tree: Node) -> Formula:
    """A formula that is the same in each of its columns."""
    return lambda i, j: tree
