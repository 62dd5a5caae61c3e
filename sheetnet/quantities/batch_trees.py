"""Which examples a step takes and what is measured on a test set, as formulas.

Knows: how each of them is written in a cell, in terms of cells that a sheet shows. Does not know
NumPy (see `batch_arrays`: the two never share code) nor where anything stands.
"""

from __future__ import annotations

from sheetnet.core.batches import batch_size, is_ragged, last_batch, steps_a_round
from sheetnet.formulas.tree import Binary, Node, Number, Span, call
from sheetnet.lessons import Lesson


def picks_examples(lesson: Lesson) -> bool:
    """Whether a step's examples stand in its row by their numbers: in batches, or shuffled."""
    training = lesson.training
    several = len(lesson.inputs) > 1
    return several and (not isinstance(training.batch, str) or "shuffle" in training.options)


def has_smaller_batch(lesson: Lesson) -> bool:
    """Whether the last batch of a round is a smaller one, so that cells say what each counts."""
    return is_ragged(lesson.training.batch, len(lesson.inputs))


def last_taken(lesson: Lesson) -> int:
    """Examples in the last batch of a round."""
    return last_batch(lesson.training.batch, len(lesson.inputs))


def _place(lesson: Lesson, step: Node) -> Node:
    return call("MOD", step, steps_a_round(lesson.training.batch, len(lesson.inputs)))


def example(lesson: Lesson, step: Node, slot: int) -> Node:
    """The number of the example in a place of a step's row, in the order of the data."""
    count, batch = len(lesson.inputs), lesson.training.batch
    number = _place(lesson, step) * batch_size(batch, count) + (slot + 1)
    return call("MIN", number, count) if slot >= last_batch(batch, count) else number


def taken(lesson: Lesson, step: Node) -> Node:
    """How many examples a step takes."""
    batch, count = lesson.training.batch, len(lesson.inputs)
    last = Number(float(steps_a_round(batch, count) - 1))
    is_last = Binary("=", _place(lesson, step), last)
    return call("IF", is_last, last_batch(batch, count), batch_size(batch, count))


def share(lesson: Lesson, count: Node, slot: int) -> Node:
    """What the example in a place of a step's row counts in the loss."""
    outputs = lesson.network.sizes[-1]
    counts: dict[str, Node] = {
        "sum": Number(1.0), "mean": 1 / count, "mean_all": 1 / (count * outputs)
    }
    return call("IF", Binary("<=", Number(slot + 1.0), count), counts[lesson.network.reduction], 0)


def correct(outputs: Span, targets: Span, output: Node, target: Node) -> Node:
    """1 where the class of the outputs is that of the targets: the first of the largest, or for a
    single output more than a half."""
    if outputs.column == outputs.last_column:
        half = Number(0.5)
        same = Binary("=", _mark(Binary(">", output, half)), _mark(Binary(">", target, half)))
    else:
        same = Binary("=", _largest(outputs), _largest(targets))
    return _mark(same)


def _mark(condition: Node) -> Node:
    return call("IF", condition, 1, 0)


def _largest(cells: Span) -> Node:
    return call("MATCH", call("MAX", cells), cells, 0)
