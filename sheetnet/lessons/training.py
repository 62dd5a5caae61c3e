"""A lesson trained by `core`: one step, many steps, and as many as take about a second.

Knows which of a lesson's values go into a training. Does not compute anything itself.
"""

from __future__ import annotations

from sheetnet.core import step as core_step
from sheetnet.core import train as core_train
from sheetnet.core.functions import Array
from sheetnet.lessons.lesson import Lesson


def train_step(lesson: Lesson) -> core_step.Trace:
    """The first step of the lesson: all examples, or example 0 for batch "online"."""
    rows = slice(0, 1) if lesson.training.batch == "online" else slice(None)
    return core_step.train_step(
        lesson.network, lesson.inputs[rows], lesson.targets[rows], lesson.training.learning_rate
    )


def train(lesson: Lesson, steps: int | None = None, record: bool = False) -> core_train.Run:
    """Train for `steps` updates, the lesson's own number if None; see `core.train.train`."""
    t = lesson.training
    steps = t.steps if steps is None else steps
    return core_train.train(
        lesson.network, lesson.inputs, lesson.targets, t.learning_rate, steps, t.batch, record
    )


def quick_losses(lesson: Lesson) -> Array:
    """The losses of as many of the lesson's steps as take about a second: at most (steps + 1,).

    Raises LessonError as `train` does.
    """
    weights = sum(array.size for array in lesson.network.weights)
    rows = 1 if lesson.training.batch == "online" else len(lesson.inputs)
    steps = 10**9 // (50_000 + 6 * weights * rows)
    return train(lesson, min(lesson.training.steps, steps)).losses
