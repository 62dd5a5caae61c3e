"""Which examples a step takes and what is measured on a test set: NumPy rules, from `core`.

Knows: examples by their numbers from 1, what each of them counts in a step whose batch may be a
smaller one, losses and classes of a test set. Does not know formulas (see `batch_trees`).
A step's examples stand in a row of fixed length: where a round's last batch is a smaller one, its
last example is repeated, and counts 0.
"""

from __future__ import annotations

import numpy as np

from sheetnet.core.batches import batch_size, last_batch, rows_of_steps, steps_a_round
from sheetnet.core.functions import Array, reduction_factor
from sheetnet.core.measures import best_row, classes
from sheetnet.lessons import Lesson
from sheetnet.quantities.evaluation import Quantities, Rule


def picked(table: Array, numbers: Array) -> Array:
    """The rows of a table with these numbers, from 1; NaN for one that is not there."""
    with np.errstate(invalid="ignore"):
        inside = (numbers >= 1) & (numbers < len(table) + 1)
    found = table[np.where(inside, numbers, 1).astype(int) - 1]
    return np.where(inside[..., None], found, np.nan)


def example(q: Quantities, layer: int) -> Array:
    """The numbers of a step's examples, in the order of the data."""
    batch, count = q.lesson.training.batch, len(q.lesson.inputs)
    place = _in_round(q)
    rows = rows_of_steps(batch, count, 0, steps_a_round(batch, count)) + 1.0
    return np.where(np.isfinite(place)[..., None], rows[np.nan_to_num(place).astype(int)], np.nan)


def shuffled(lesson: Lesson) -> Array | None:
    """The numbers of the examples that each step takes, shape (steps + 1, batch size), where they
    are taken in a seeded order."""
    training = lesson.training
    seed = training.options.get("shuffle")
    if not isinstance(seed, int):
        return None
    first, rows = lesson.state.count, training.steps + 1
    taken = rows_of_steps(training.batch, len(lesson.inputs), first, rows, seed)
    return (taken + 1).astype(np.float64)


def _in_round(q: Quantities) -> Array:
    """How many steps of its round come before a step."""
    return np.asarray(q["step"] % steps_a_round(q.lesson.training.batch, len(q.lesson.inputs)))


def taken(q: Quantities, layer: int) -> Array:
    """How many examples a step takes."""
    batch, count = q.lesson.training.batch, len(q.lesson.inputs)
    is_last = _in_round(q) == steps_a_round(batch, count) - 1
    return np.where(is_last, float(last_batch(batch, count)), float(batch_size(batch, count)))


def share(q: Quantities, layer: int) -> Array:
    """What each example of a step's row counts in its loss; 0 for one that only fills the row."""
    network = q.network
    size = batch_size(q.lesson.training.batch, len(q.lesson.inputs))
    counts = np.asarray(q["taken"])[..., None]
    alone = reduction_factor(network.reduction, 1, network.sizes[-1])
    factors = alone / (counts if network.reduction != "sum" else np.ones_like(counts))
    return np.where(np.arange(size) < counts, factors, 0.0)


def loss_of_shares(q: Quantities, layer: int) -> Array:
    """The loss from terms that hold what their examples count."""
    return np.asarray(q["loss_term"].sum(axis=(-1, -2)))


def test_loss(q: Quantities, layer: int) -> Array:
    """The reduced loss of the whole test set."""
    terms = q["loss_term"]
    factor = reduction_factor(q.network.reduction, *terms.shape[-2:])
    return np.asarray(factor * terms.sum(axis=(-1, -2)))


def correct(q: Quantities, layer: int) -> Array:
    """1 for every example whose class is its target's, else 0."""
    own, wanted = classes(q["a", q.network.layers]), classes(q["targets"])
    return np.where(own == wanted, 1.0, 0.0)


def test_accuracy(q: Quantities, layer: int) -> Array:
    """The part of the test set whose class is right."""
    return np.asarray(q["correct"].mean(axis=-1))


def best_test_loss(q: Quantities, layer: int) -> Array:
    """The smallest test loss of the training."""
    return np.asarray(q["test_loss"].min())


def best_step(q: Quantities, layer: int) -> Array:
    """The step at which an early stop would have ended the training."""
    losses = q["test_loss"]
    if not np.isfinite(losses).all():
        return np.asarray(np.nan)
    return np.asarray(q["step"].reshape(-1)[best_row(losses.reshape(-1))])


RULES: dict[str, Rule] = {
    "example": example,
    "taken": taken,
    "share": share,
    "loss_of_shares": loss_of_shares,
    "test_loss": test_loss,
    "correct": correct,
    "test_accuracy": test_accuracy,
    "best_test_loss": best_test_loss,
    "best_step": best_step,
}
