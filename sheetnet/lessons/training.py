"""A lesson trained by `core`: one step, many steps, and as many as take about a second.

Knows which of a lesson's values go into a training. Does not compute anything itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sheetnet.core import step as core_step
from sheetnet.core import train as core_train
from sheetnet.core.batches import batch_size, rows_of_step
from sheetnet.core.functions import Array
from sheetnet.core.update import Parameters, Updater
from sheetnet.lessons.lesson import Lesson, with_values


def train_step(lesson: Lesson) -> core_step.Trace:
    """The next step of the lesson, with the examples whose turn it is.

    `network` is the updated one, by the lesson's optimiser. Raises LessonError.
    """
    training, state, network = lesson.training, lesson.state, lesson.network
    seed = training.options.get("shuffle")
    rows = rows_of_step(
        training.batch, len(lesson.inputs), state.count, seed if isinstance(seed, int) else None
    )
    updater = Updater(network, training)

    def update(dW: Sequence[Array], db: Sequence[Array]) -> core_step.Parameters:
        return updater.updated(Parameters(network.weights, network.bias, state), dW, db)[:2]

    return core_step.traced_step(network, lesson.inputs[rows], lesson.targets[rows], update)


def train(
    lesson: Lesson, steps: int | None = None, record: bool = False, stop: bool = False
) -> core_train.Run:
    """Train for `steps` updates, the lesson's own number if None; see `core.train.train`.

    Goes on from the lesson's state. With `stop`, training that diverges ends where its numbers do
    instead of being refused.
    """
    training = lesson.training if steps is None else replace(lesson.training, steps=steps)
    test = lesson.test_inputs, lesson.test_targets
    return core_train.train(
        lesson.network,
        lesson.inputs,
        lesson.targets,
        training,
        state=lesson.state,
        test=None if test[0] is None or test[1] is None else (test[0], test[1]),
        record=record,
        stop=stop,
    )


def trained(lesson: Lesson, run: core_train.Run) -> Lesson:
    """The lesson as it is after the run: its parameters and its optimiser's state."""
    network = run.network
    return with_values(lesson, weights=network.weights, bias=network.bias, state=run.state)


def quick_losses(lesson: Lesson) -> Array:
    """The losses of as many of the lesson's steps as take about a second: at most (steps + 1,).

    Raises LessonError as `train` does.
    """
    weights = sum(array.size for array in lesson.network.weights)
    rows = batch_size(lesson.training.batch, len(lesson.inputs))
    steps = 10**9 // (50_000 + 6 * weights * rows)
    return train(lesson, min(lesson.training.steps, steps)).losses
