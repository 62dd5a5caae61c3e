"""Many steps of gradient descent, and their history row by row.

Knows the order of the steps: row t holds the state before update t, the last row the state after
the last update. Does not know what a step computes (see `step`) or how the rows are shown.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sheetnet.core.checks import choice_problems, is_number, refuse, show, whole_problems
from sheetnet.core.functions import Array, reduction_factor
from sheetnet.core.network import Network
from sheetnet.core.step import (
    backward_pass,
    bias_gradient,
    checked_data,
    demand_finite,
    example_losses,
    forward_pass,
    updated,
    weight_gradient,
)

BATCHES = ("full", "online")
OPTIMIZERS = ("sgd",)
LATER_OPTIMIZERS = ("adagrad", "rmsprop", "adam")
LATER_TRAINING_KEYS = ("momentum", "nesterov", "weight_decay")
MAX_RECORDED = 100_000_000


def training_problems(
    learning_rate: object, steps: object, optimizer: object, batch: object
) -> Iterator[str]:
    """Problems of the settings of a training."""
    if not is_number(learning_rate) or not 0 <= learning_rate <= sys.float_info.max:
        yield (
            f"training.learning_rate is {show(learning_rate)}; expected a finite number, 0 or "
            "more. Write for example learning_rate = 0.5."
        )
    yield from whole_problems("training.steps", steps, 0, "steps = 500")
    if isinstance(optimizer, str) and optimizer in LATER_OPTIMIZERS:
        yield f"training.optimizer is {optimizer!r}, which is not available yet; use sgd."
    else:
        yield from choice_problems("training.optimizer", optimizer, OPTIMIZERS)
    yield from choice_problems("training.batch", batch, BATCHES)


@dataclass(frozen=True)
class Training:
    """How a network trains. Raises LessonError naming every wrong key.

    batch "full" uses all examples in each step, "online" one example a step, round and round.
    """

    learning_rate: float = 0.5
    steps: int = 500
    optimizer: str = "sgd"
    batch: str = "full"

    def __post_init__(self) -> None:
        refuse(training_problems(self.learning_rate, self.steps, self.optimizer, self.batch))
        object.__setattr__(self, "learning_rate", float(self.learning_rate))
        object.__setattr__(self, "steps", int(self.steps))


@dataclass(frozen=True)
class Run:
    """The result of training. losses has shape (steps + 1,); `network` is after the last step.

    With record=True, layer l of the histories: weights[l] (steps + 1, destination, source),
    bias[l] (steps + 1, destination), z[l] and delta[l] (steps + 1, examples in a row, neurons),
    a[l] the same with a[0] the inputs. Without it they are empty. `loss` is `losses`: for batch
    "full" the reduced loss over all examples, for "online" the loss of the row's one example.
    """

    losses: Array
    network: Network
    weights: tuple[Array, ...] = ()
    bias: tuple[Array, ...] = ()
    z: tuple[Array, ...] = ()
    a: tuple[Array, ...] = ()
    delta: tuple[Array, ...] = ()

    @property
    def loss(self) -> Array:
        """The loss of each row; another name for `losses`."""
        return self.losses


class _History:
    """Arrays with one row a step; `put` fills row t."""

    def __init__(self, rows: int, network: Network, examples: int) -> None:
        pairs = [(d, s) for s, d in pairwise(network.sizes)]
        shapes: dict[str, list[tuple[int, ...]]] = {
            "weights": [(rows, d, s) for d, s in pairs],
            "bias": [(rows, d) for d, _ in pairs],
            "z": [(rows, examples, d) for d, _ in pairs],
            "a": [(rows, examples, n) for n in network.sizes],
            "delta": [(rows, examples, d) for d, _ in pairs],
        }
        every = [shape for group in shapes.values() for shape in group]
        numbers = sum(math.prod(shape) for shape in every)
        _limit(numbers, "numbers to record")
        self.arrays = {k: tuple(np.empty(s) for s in group) for k, group in shapes.items()}

    def put(self, row: int, **values: Sequence[Array]) -> None:
        for key, layers in values.items():
            for history, now in zip(self.arrays[key], layers, strict=True):
                history[row] = now


def _limit(numbers: int, what: str) -> None:
    if numbers > MAX_RECORDED:
        refuse(
            [
                f"training.steps makes {numbers:,} {what}; expected at most {MAX_RECORDED:,}. "
                "Use fewer steps, a smaller network or fewer examples."
            ]
        )


def train(
    network: Network,
    inputs: npt.ArrayLike,
    targets: npt.ArrayLike,
    learning_rate: float,
    steps: int,
    batch: str = "full",
    record: bool = False,
) -> Run:
    """Plain gradient descent for `steps` updates on inputs (examples, in), targets (examples, out).

    batch "full" uses all examples in each step; "online" uses example t mod examples in step t,
    with the reduction factor of one example. Raises LessonError for arguments that cannot be
    used, and when training diverges, naming the step.
    """
    x, y = checked_data(network, inputs, targets)
    refuse(
        [
            *whole_problems("training.steps", steps, 0, "steps = 500"),
            *choice_problems("training.batch", batch, BATCHES),
        ]
    )
    _limit(steps + 1, "losses")
    online = batch == "online"
    in_row = 1 if online else len(x)
    factor = reduction_factor(network.reduction, in_row, y.shape[1])
    history = _History(steps + 1, network, in_row) if record else None
    weights, bias = list(network.weights), list(network.bias)
    losses = np.empty(steps + 1)

    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps + 1):
            rows = slice(t % len(x), t % len(x) + 1) if online else slice(None)
            z, a = forward_pass(network, weights, bias, x[rows])
            losses[t] = factor * example_losses(network, z[-1], a[-1], y[rows]).sum()
            demand_finite(network, f"Training row {t}", [losses[t]])
            if t == steps and history is None:
                break
            _, delta = backward_pass(network, weights, z, a, y[rows], factor)
            if history is not None:
                history.put(t, weights=weights, bias=bias, z=z, a=a, delta=delta)
            if t < steps:
                for i, d in enumerate(delta):
                    weights[i] = updated(weights[i], weight_gradient(d, a[i]), learning_rate)
                    if network.biases == "trained":
                        bias[i] = updated(bias[i], bias_gradient(d), learning_rate)
    demand_finite(network, f"After training step {steps}", [*weights, *bias])
    if history is None:
        return Run(losses, network.with_parameters(weights, bias))
    demand_finite(network, f"Training row {steps}", [d[-1] for d in history.arrays["delta"]])
    return Run(losses, network.with_parameters(weights, bias), **history.arrays)
