"""Optimisers as tables: what each can be told, what it remembers, and its update piece by piece.

Knows the pieces of every update, each one small rule on arrays, in torch.optim's order of
operations (version 2.13) with torch's defaults: decay before the averages, ε outside the root,
bias corrections that count from 1. A piece names what it needs, so that a sheet can show any of
them as a quantity of its own. Does not know gradients (see `step`), schedules, or how often an
update is repeated (see `train`).

Names: `last_x` is x before this update, `gradient` ∂loss/∂value, `rate` the learning rate of this
update, `count` the updates done, this one included. An option whose default is 0 belongs to the
update only where it is named: multiplying by 0 would change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np

from sheetnet.core.functions import Array

Value = float | bool | int | str | tuple[float, ...]
"""What an option may be; a pair such as `betas` is a tuple."""


class Piece(NamedTuple):
    """One named piece of an update: `rule(*needs)`, shapes (...) as its needs broadcast.

    `per` "step" is one number for all parameters. `when` names the options that it takes to be
    there; left out, whoever needs it gets `otherwise`. Of pieces with one name the last that is
    there counts.
    """

    name: str
    needs: tuple[str, ...]
    rule: Callable[..., Array]
    when: tuple[str, ...] = ()
    otherwise: str = ""
    per: Literal["parameter", "step"] = "parameter"

    @property
    def is_state(self) -> bool:
        """Whether the next update needs what this piece made; `value` is the parameter itself."""
        return f"last_{self.name}" in self.needs


class Optimizer(NamedTuple):
    """One optimiser: the options that it always has and their defaults, those that may be named.

    `learning_rate` is the default where a lesson gives none.
    """

    name: str
    learning_rate: float
    always: Mapping[str, Value]
    named: tuple[str, ...]
    pieces: tuple[Piece, ...]


# --- the rules -------------------------------------------------------------------------------
# Arrays (...) of one shape; numbers of a step and options may be arrays that broadcast, or floats.


def decayed(gradient: Array, last_value: Array, weight_decay: Array) -> Array:
    """g + λ·w, the gradient of the loss with ½λ·Σw² added to it."""
    return gradient + weight_decay * last_value


def velocity(last_velocity: Array, gradient: Array, momentum: Array) -> Array:
    """μ·v + g; no learning rate inside."""
    return momentum * last_velocity + gradient


def damped_velocity(
    last_velocity: Array,
    gradient: Array,
    momentum: Array,
    dampening: Array,
    count: Array,
) -> Array:
    """μ·v + (1-τ)·g, but g itself in the first update, as torch begins."""
    later = momentum * last_velocity + (1.0 - dampening) * gradient
    return np.where(count == 1.0, gradient, later)


def look_ahead(gradient: Array, velocity: Array, momentum: Array) -> Array:
    """g + μ·v, Nesterov's direction."""
    return gradient + momentum * velocity


def moved(last_value: Array, rate: Array, direction: Array) -> Array:
    """w - η·d."""
    return last_value - rate * direction


def moved_by_ratio(
    last_value: Array, rate: Array, numerator: Array, denominator: Array
) -> Array:
    """w - η·n/d."""
    return last_value - rate * numerator / denominator


def ratio(numerator: Array, denominator: Array) -> Array:
    """n/d."""
    return numerator / denominator


def average(last_average: Array, new: Array, keep: Array) -> Array:
    """β·m + (1-β)·g: a running average that keeps the part β of what it was."""
    return keep * last_average + (1.0 - keep) * new


def average_square(last_average: Array, new: Array, keep: Array) -> Array:
    """β·v + (1-β)·g²."""
    return keep * last_average + (1.0 - keep) * (new * new)


def sum_of_squares(last_sum: Array, gradient: Array) -> Array:
    """s + g²."""
    return last_sum + gradient * gradient


def root(square: Array, eps: Array) -> Array:
    """√s + ε; ε stands outside the root."""
    return np.asarray(np.sqrt(square) + eps)


def centered_root(square: Array, mean: Array, eps: Array) -> Array:
    """√(s - m²) + ε. Where rounding makes s - m² negative this is nan, as in torch."""
    return np.asarray(np.sqrt(square - mean * mean) + eps)


def corrected_root(square: Array, correction: Array, eps: Array) -> Array:
    """√v/√c + ε, with v's bias correction c."""
    return np.asarray(np.sqrt(square) / np.sqrt(correction) + eps)


def correction(keep: Array, count: Array) -> Array:
    """1 - β^t: what an average that began at 0 has seen after t updates."""
    return 1.0 - keep**count


def corrected_rate(rate: Array, correction: Array) -> Array:
    """η/c, with m's bias correction c."""
    return rate / correction


def falling_rate(
    rate: Array, count: Array, lr_decay: Array
) -> Array:
    """η/(1 + (t-1)·d)."""
    return rate / (1.0 + (count - 1.0) * lr_decay)


def shrunk(last_value: Array, rate: Array, weight_decay: Array) -> Array:
    """w·(1 - η·λ): decay beside the gradient instead of in it (AdamW)."""
    return last_value * (1.0 - rate * weight_decay)


# --- the table -------------------------------------------------------------------------------

_DECAYED = Piece(
    "decayed", ("gradient", "last_value", "weight_decay"), decayed, ("weight_decay",), "gradient"
)


def _moments(gradient: str, start: str) -> tuple[Piece, ...]:
    """What Adam and AdamW share; `start` is the value from which the step is taken."""
    return (
        Piece("m", ("last_m", gradient, "beta_1"), average),
        Piece("v", ("last_v", gradient, "beta_2"), average_square),
        Piece("correction_1", ("beta_1", "count"), correction, per="step"),
        Piece("correction_2", ("beta_2", "count"), correction, per="step"),
        Piece("step_size", ("rate", "correction_1"), corrected_rate, per="step"),
        Piece("denominator", ("v", "correction_2", "eps"), corrected_root),
        Piece("value", (start, "step_size", "m", "denominator"), moved_by_ratio),
    )


_SHRUNK = Piece(
    "shrunk", ("last_value", "rate", "weight_decay"), shrunk, ("weight_decay",), "last_value"
)
_DECAY = ("weight_decay", "decay_biases")
_BETAS: dict[str, Value] = {"betas": (0.9, 0.999), "eps": 1e-8}

OPTIMIZERS: dict[str, Optimizer] = {
    row.name: row
    for row in (
        Optimizer(
            "sgd", 0.5, {}, ("momentum", "dampening", "nesterov", *_DECAY),
            (
                _DECAYED,
                Piece("velocity", ("last_velocity", "decayed", "momentum"), velocity,
                      ("momentum",), "decayed"),
                Piece("velocity", ("last_velocity", "decayed", "momentum", "dampening", "count"),
                      damped_velocity, ("momentum", "dampening"), "decayed"),
                Piece("direction", ("decayed", "velocity", "momentum"), look_ahead,
                      ("nesterov",), "velocity"),
                Piece("value", ("last_value", "rate", "direction"), moved),
            ),
        ),
        Optimizer(
            "adagrad", 0.01, {"eps": 1e-10}, ("lr_decay", *_DECAY),
            (
                _DECAYED,
                Piece("step_size", ("rate", "count", "lr_decay"), falling_rate, ("lr_decay",),
                      "rate", per="step"),
                Piece("square_sum", ("last_square_sum", "decayed"), sum_of_squares),
                Piece("denominator", ("square_sum", "eps"), root),
                Piece("value", ("last_value", "step_size", "decayed", "denominator"),
                      moved_by_ratio),
            ),
        ),
        Optimizer(
            "rmsprop", 0.01, {"alpha": 0.99, "eps": 1e-8},
            ("centered", "momentum", *_DECAY),
            (
                _DECAYED,
                Piece("square_average", ("last_square_average", "decayed", "alpha"),
                      average_square),
                Piece("mean", ("last_mean", "decayed", "alpha"), average, ("centered",)),
                Piece("denominator", ("square_average", "eps"), root),
                Piece("denominator", ("square_average", "mean", "eps"), centered_root,
                      ("centered",)),
                Piece("ratio", ("decayed", "denominator"), ratio, ("momentum",)),
                Piece("velocity", ("last_velocity", "ratio", "momentum"), velocity,
                      ("momentum",)),
                Piece("value", ("last_value", "rate", "decayed", "denominator"), moved_by_ratio),
                Piece("value", ("last_value", "rate", "velocity"), moved, ("momentum",)),
            ),
        ),
        Optimizer("adam", 0.001, _BETAS, _DECAY, (_DECAYED, *_moments("decayed", "last_value"))),
        Optimizer("adamw", 0.001, _BETAS | {"weight_decay": 0.01}, ("decay_biases",),
                  (_SHRUNK, *_moments("gradient", "shrunk"))),
    )
}  # fmt: skip


def pieces(name: str, options: Mapping[str, Value], bias: bool = False) -> tuple[Piece, ...]:
    """The pieces of one update in order, of weights or of a bias, with these options by key.

    Every need is then a piece before it, `last_` and a state's name, `gradient`, `rate`, `count`
    or one of the `numbers` of the options.
    """
    there = {key for key, value in options.items() if value is not False}
    if bias and not options.get("decay_biases", True):
        there.discard("weight_decay")
    chosen: dict[str, Piece] = {}
    instead: dict[str, str] = {}
    for piece in OPTIMIZERS[name].pieces:
        if there.issuperset(piece.when):
            needs = tuple(instead.get(need, need) for need in piece.needs)
            chosen[piece.name] = piece._replace(needs=needs)
        elif piece.name not in chosen:
            instead[piece.name] = instead.get(piece.otherwise, piece.otherwise)
    return tuple(chosen.values())


def states(name: str, options: Mapping[str, Value]) -> tuple[str, ...]:
    """The names of what the optimiser remembers of each parameter, besides its value."""
    return tuple(
        piece.name for piece in pieces(name, options) if piece.is_state and piece.name != "value"
    )


def numbers(options: Mapping[str, Value]) -> dict[str, float]:
    """The options that are numbers, one each: `betas` becomes beta_1 and beta_2."""
    single = {
        key: float(x)
        for key, x in options.items()
        if isinstance(x, (int, float)) and not isinstance(x, bool)
    }
    pairs = {
        f"{key.removesuffix('s')}_{n}": x
        for key, value in options.items()
        if isinstance(value, tuple)
        for n, x in enumerate(value, start=1)
    }
    return single | pairs
