"""How the update of an optimiser is shown: what it remembers, its numbers, their names.

Knows: the signs and words for states and options, and which of them a lesson has. Does not know
what they are worth (see `update_arrays`, `update_trees`), nor where they stand.
"""

from __future__ import annotations

from collections.abc import Iterator

from sheetnet.core.batches import batch_size
from sheetnet.core.optimizers import OPTIMIZERS, numbers, pieces, states
from sheetnet.core.settings import MAIN, SETTINGS
from sheetnet.lessons import Lesson
from sheetnet.quantities.update_trees import correction, needs_gradient, rate

__all__ = ["correction", "needs_gradient", "rate"]

SIGNS = {
    "velocity": ("v", "velocities"),
    "square_sum": ("s", "sums of squares"),
    "square_average": ("s", "averages of squares"),
    "mean": ("ḡ", "averages of gradients"),
    "m": ("m", "averages of gradients"),
    "v": ("v", "averages of squares"),
}
"""What an optimiser remembers: its sign and its heading."""

LINES = {
    "velocity": "{v} = μ·{last} + {g}",
    "square_sum": "{v} = {last} + {g}²",
    "square_average": "{v} = α·{last} + (1−α)·{g}²",
    "mean": "{v} = α·{last} + (1−α)·{g}",
    "m": "{v} = β₁·{last} + (1−β₁)·{g}",
    "v": "{v} = β₂·{last} + (1−β₂)·{g}²",
}


def states_of(lesson: Lesson) -> tuple[str, ...]:
    """What the lesson's optimiser remembers of each weight."""
    return states(lesson.training.optimizer, lesson.training.options)


def corrections_of(lesson: Lesson) -> tuple[str, ...]:
    """The bias corrections that its update has."""
    chain = pieces(lesson.training.optimizer, lesson.training.options)
    return tuple(piece.name for piece in chain if piece.name.startswith("correction"))


def counts(lesson: Lesson) -> bool:
    """Whether the update or its learning rate depends on how many there were before."""
    chain = pieces(lesson.training.optimizer, lesson.training.options)
    return has_rate(lesson) or any("count" in piece.needs for piece in chain)


def examples_a_step(lesson: Lesson) -> int:
    """Examples that one step sees."""
    return batch_size(lesson.training.batch, len(lesson.inputs))


def described(lesson: Lesson) -> dict[str, str]:
    """The lesson's options and what each does, for people; empty for plain gradient descent."""
    training = lesson.training
    found = {"learning rate by step": f"{training.schedule}, once a step"}
    found = found if has_rate(lesson) else {}
    if training.optimizer != "sgd" or needs_gradient(lesson):
        found["update"] = order_of(lesson)
    for key, value in training.settings().items():
        if key not in MAIN:
            shown = ", ".join(map(repr, value)) if isinstance(value, tuple) else repr(value)
            found[key.replace("_", " ")] = f"{shown} when written: {SETTINGS[key].about}"
    return found


def is_plain(lesson: Lesson) -> bool:
    """Whether the update is the weight less the learning rate times the gradient."""
    return not needs_gradient(lesson) and not has_rate(lesson)


def has_rate(lesson: Lesson) -> bool:
    """Whether the learning rate changes from step to step."""
    return lesson.training.schedule != "constant"


def options_of(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """The options that are numbers, each with its label: ("momentum", "momentum μ")."""
    for key, value in lesson.training.options.items():
        names = [] if key == "shuffle" else list(numbers({key: value}))
        signs = SETTINGS[key].signs
        for name, sign in zip(names, signs, strict=True):
            yield name, f"{name.replace('_', ' ')} {sign}"


def sign_of_correction(name: str) -> str:
    """The heading of a bias correction: '1−β₁ᵗ'."""
    return f"1−{'β₁' if name.endswith('1') else 'β₂'}ᵗ"


def lines_of(name: str, gradient: str) -> tuple[str, str]:
    """The headings of a state in Step: its sign, and how it changes: 'new m = β₁·m + (1−β₁)·g'."""
    sign = SIGNS[name][0]
    return sign, LINES[name].format(v=f"new {sign}", last=sign, g=gradient)


def order_of(lesson: Lesson) -> str:
    """One line about whose update this is: name, and that torch's order is kept."""
    row = OPTIMIZERS[lesson.training.optimizer]
    return f"{row.name}, in the order of operations of torch.optim"
