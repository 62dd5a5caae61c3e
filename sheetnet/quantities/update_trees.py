"""The pieces of an optimiser's update as formulas: one spelling a rule of `core.optimizers`.

Knows: how each piece is written in a cell, in terms of cells that a sheet shows, and that a piece
without a cell of its own is spelled out where it is needed. Does not know NumPy (see
`update_arrays`: the two never share code) nor where anything stands.
"""

from __future__ import annotations

from collections.abc import Callable

from sheetnet.core import optimizers, schedules
from sheetnet.core.optimizers import Piece, pieces
from sheetnet.formulas.tree import Binary, Index, Name, Node, Number, call
from sheetnet.lessons import Lesson
from sheetnet.quantities import trees
from sheetnet.quantities.trees import Place, View


def _root(value: Node) -> Node:
    return call("SQRT", value)


def _power(base: Node, exponent: Node) -> Node:
    return Binary("^", base, exponent)


SPELLINGS: dict[Callable[..., object], Callable[..., Node]] = {
    optimizers.decayed: lambda gradient, value, decay: gradient + decay * value,
    optimizers.velocity: lambda last, gradient, momentum: momentum * last + gradient,
    optimizers.damped_velocity: lambda last, gradient, momentum, dampening, count: call(
        "IF",
        Binary("=", count, Number(1.0)),
        gradient,
        momentum * last + (1 - dampening) * gradient,
    ),
    optimizers.look_ahead: lambda gradient, velocity, momentum: gradient + momentum * velocity,
    optimizers.moved: lambda value, rate, direction: value - rate * direction,
    optimizers.moved_by_ratio: lambda value, rate, above, below: value - rate * above / below,
    optimizers.ratio: lambda above, below: above / below,
    optimizers.average: lambda last, new, keep: keep * last + (1 - keep) * new,
    optimizers.average_square: lambda last, new, keep: keep * last + (1 - keep) * (new * new),
    optimizers.sum_of_squares: lambda last, gradient: last + gradient * gradient,
    optimizers.root: lambda square, eps: _root(square) + eps,
    optimizers.centered_root: lambda square, mean, eps: _root(square - mean * mean) + eps,
    optimizers.corrected_root: lambda v, correction, eps: _root(v) / _root(correction) + eps,
    optimizers.correction: lambda keep, count: 1 - _power(keep, count),
    optimizers.corrected_rate: lambda rate, correction: rate / correction,
    optimizers.falling_rate: lambda rate, count, decay: rate / (1 + (count - 1) * decay),
    optimizers.shrunk: lambda value, rate, decay: value * (1 - rate * decay),
}
"""The rule of `core.optimizers` -> its formula, of the same arguments in the same order."""

SCHEDULES: dict[str, Callable[..., Node]] = {
    "constant": lambda rate, done: rate,
    "step": lambda rate, done, size, gamma: (
        rate * _power(gamma, (done - call("MOD", done, size)) / size)
    ),
    "exponential": lambda rate, done, gamma: rate * _power(gamma, done),
    "inverse": lambda rate, done, decay: rate / (1 + decay * done),
    "cosine": lambda rate, done, t_max, eta_min: (
        eta_min + (rate - eta_min) * (1 + call("COS", call("PI") * done / t_max)) / 2
    ),
    "warm_up": lambda rate, done, start, total: (
        rate * (start + (1 - start) * call("MIN", done, total) / total)
    ),
}
"""The learning rate of the update that follows `done` others."""


def is_shown(piece: Piece) -> bool:
    """Whether a piece has cells of its own; all others are spelled out in what needs them."""
    return (piece.is_state and piece.name != "value") or piece.name.startswith("correction")


def needs_gradient(lesson: Lesson) -> bool:
    """Whether updates name the gradient more than once, so that it deserves cells of its own."""
    return len(pieces(lesson.training.optimizer, lesson.training.options)) > 1


def piece(view: View, layer: int, destination: Place, source: Place, name: str) -> Node:
    """A piece of the update of one weight, after the step: "value" is the new weight itself."""
    training, below = view.lesson.training, view.lesson.network.sizes[layer - 1]
    place = source.value if isinstance(source, Index) else source
    chain = pieces(training.optimizer, training.options, bias=place == below)
    found = {one.name: one for one in chain}

    def needed(need: str) -> Node:
        if need == "gradient":
            return view.change(layer, destination, source)
        if need == "last_value":
            return view.weight(layer, destination, source)
        if need.startswith("last_"):
            return view.state(need.removeprefix("last_"), layer, destination, source, new=False)
        if need in ("rate", "count"):
            return view.number(need)
        if need not in found:
            return Name(need)  # an option
        if not is_shown(found[need]):
            return spelled(found[need])
        if found[need].per == "step":
            return view.number(need)
        return view.state(need, layer, destination, source, new=True)

    def spelled(one: Piece) -> Node:
        return SPELLINGS[one.rule](*map(needed, one.needs))

    return spelled(found[name])


def updated(view: View, layer: int, destination: Place, source: Place) -> Node:
    """The new weight; a bias that is used and never trained stays as it is."""
    if not needs_gradient(view.lesson):
        return trees.updated(view, layer, destination, source)
    place = source.value if isinstance(source, Index) else source
    network = view.lesson.network
    if network.biases == "fixed" and place == network.sizes[layer - 1]:
        return view.weight(layer, destination, source)
    return piece(view, layer, destination, source, "value")


def correction(name: str, count: Node) -> Node:
    """A bias correction, "correction_1" or "correction_2", after so many updates."""
    return SPELLINGS[optimizers.correction](Name(f"beta_{name[-1]}"), count)


def rate(lesson: Lesson, done: Node) -> Node:
    """The learning rate by the lesson's schedule, after so many updates."""
    schedule = lesson.training.schedule
    options = map(Name, schedules.SCHEDULES[schedule].takes)
    return SCHEDULES[schedule](Name("learning_rate"), done, *options)
