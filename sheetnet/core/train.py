"""Many updates of a network, and their history row by row.

Knows the order of the steps: row t holds the state before update t, the last row the state after
the last update. Does not know what a step computes (see `step`), what an update does (see
`update`) or how the rows are shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from sheetnet.core.batches import batch_size, rows_of_step
from sheetnet.core.checks import refuse
from sheetnet.core.functions import Array, reduction_factor
from sheetnet.core.measures import accuracy, has_classes
from sheetnet.core.network import Network
from sheetnet.core.settings import Training, batch_problems
from sheetnet.core.state import State, complete
from sheetnet.core.step import (
    backward_pass,
    bias_gradient,
    checked_data,
    demand_finite,
    example_losses,
    forward_pass,
    weight_gradient,
)
from sheetnet.core.update import Parameters, Updater

MAX_RECORDED = 100_000_000


@dataclass(frozen=True)
class Run:
    """The result of training. losses has shape (steps + 1,); `network` is after the last step.

    With record=True, layer l of the histories: weights[l] (steps + 1, destination, source),
    bias[l] (steps + 1, destination), z[l] and delta[l] (steps + 1, examples in a row, neurons),
    a[l] the same with a[0] the inputs; NaN where a round's last batch is a smaller one. `states`
    by name what the optimiser remembered. Without it they are empty. `loss` is `losses`: the
    reduced loss over the examples of each row's step. `state` is what the optimiser remembers
    after the last step. test_losses (steps + 1,) and test_accuracies are empty without a test set,
    the latter also without classes.
    `diverged` is the first row that no longer held numbers and is therefore not there.
    """

    losses: Array
    network: Network
    weights: tuple[Array, ...] = ()
    bias: tuple[Array, ...] = ()
    z: tuple[Array, ...] = ()
    a: tuple[Array, ...] = ()
    delta: tuple[Array, ...] = ()
    states: Mapping[str, tuple[Array, ...]] = field(default_factory=dict)
    state: State = field(default_factory=State)
    test_losses: Array = field(default_factory=lambda: np.empty(0))
    test_accuracies: Array = field(default_factory=lambda: np.empty(0))
    diverged: int | None = None

    @property
    def loss(self) -> Array:
        """The loss of each row; another name for `losses`."""
        return self.losses


class _History:
    """Arrays with one row a step; `put` fills row t."""

    def __init__(self, rows: int, network: Network, examples: int, state: State) -> None:
        pairs = [(d, s) for s, d in pairwise(network.sizes)]
        shapes: dict[str, list[tuple[int, ...]]] = {
            "weights": [(rows, d, s) for d, s in pairs],
            "bias": [(rows, d) for d, _ in pairs],
            "z": [(rows, examples, d) for d, _ in pairs],
            "a": [(rows, examples, n) for n in network.sizes],
            "delta": [(rows, examples, d) for d, _ in pairs],
        }
        shapes |= {
            key: [(rows, *x.shape) for x in layers] for key, layers in state.arrays.items()
        }
        self.states = tuple(state.arrays)
        every = [shape for group in shapes.values() for shape in group]
        numbers = sum(math.prod(shape) for shape in every)
        _limit(numbers, "numbers to record")
        self.arrays = {k: tuple(np.full(s, np.nan) for s in group) for k, group in shapes.items()}

    def put(self, row: int, now: Parameters, **values: Sequence[Array]) -> None:
        known = {"weights": now.weights, "bias": now.bias, **now.state.arrays, **values}
        for key, layers in known.items():
            for history, array in zip(self.arrays[key], layers, strict=True):
                history[row, : len(array)] = array

    def filled(self, rows: int) -> dict[str, Any]:
        """The first rows as fields of a Run."""
        cut = {key: tuple(x[:rows] for x in group) for key, group in self.arrays.items()}
        states = {key: cut.pop(key) for key in self.states}
        return {**cut, "states": states}


def _limit(numbers: int, what: str) -> None:
    if numbers > MAX_RECORDED:
        refuse(
            [
                f"training.steps makes {numbers:,} {what}; expected at most {MAX_RECORDED:,}. "
                "Use fewer steps, a smaller network or fewer examples."
            ]
        )


class _Measured:
    """The test set's loss and accuracy, row after row; empty without a test set."""

    def __init__(
        self, network: Network, test: tuple[npt.ArrayLike, npt.ArrayLike] | None
    ) -> None:
        self.network = network
        self.test = None if test is None else checked_data(network, *test, kind="test_")
        self.losses: list[float] = []
        self.accuracies: list[float] = []

    def measure(self, now: Parameters) -> None:
        if self.test is None:
            return
        x, y = self.test
        z, a = forward_pass(self.network, now.weights, now.bias, x)
        factor = reduction_factor(self.network.reduction, *y.shape)
        self.losses.append(
            factor * float(example_losses(self.network, z[-1], a[-1], y).sum())
        )
        if has_classes(y):
            self.accuracies.append(accuracy(a[-1], y))



def _taken(training: Training, examples: int, done: int) -> slice | npt.NDArray[np.intp]:
    if training.batch == "full":
        return slice(None)
    seed = training.options.get("shuffle")
    return rows_of_step(
        training.batch, examples, done, seed if isinstance(seed, int) else None
    )


def _are_numbers(loss: float, now: Parameters) -> bool:
    arrays = (*now.weights, *now.bias, *(x for layers in now.state.arrays.values() for x in layers))
    return bool(np.isfinite(loss)) and all(np.isfinite(array).all() for array in arrays)


def train(
    network: Network,
    inputs: npt.ArrayLike,
    targets: npt.ArrayLike,
    training: Training,
    *,
    state: State | None = None,
    test: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    record: bool = False,
    stop: bool = False,
) -> Run:
    """`training.steps` updates on inputs (examples, in) and targets (examples, out).

    Goes on from `state`: its count says which examples and which learning rate are next. `test`
    is inputs and targets that are only measured. Each step has the reduction factor of as many
    examples as it takes. Raises LessonError for arguments that cannot be used, and when training
    diverges, naming the row; with `stop` it ends there instead (see `Run.diverged`), unless the
    very first row has no numbers.
    """
    x, y = checked_data(network, inputs, targets)
    measured = _Measured(network, test)
    steps = training.steps
    _limit(steps + 1, "losses")
    refuse(batch_problems(training.batch, len(x)))
    in_row = batch_size(training.batch, len(x))
    now = Parameters(
        network.weights, network.bias, complete(network, training, state or State())
    )
    history = _History(steps + 1, network, in_row, now.state) if record else None
    updater = Updater(network, training)
    losses = np.empty(steps + 1)
    last, reached = now, steps + 1

    with np.errstate(all="ignore"):
        for t in range(steps + 1):
            taken = _taken(training, len(x), now.state.count)
            wanted = y[taken]
            factor = reduction_factor(network.reduction, *wanted.shape)
            z, a = forward_pass(network, now.weights, now.bias, x[taken])
            losses[t] = factor * example_losses(network, z[-1], a[-1], wanted).sum()
            if stop and t > 0 and not _are_numbers(losses[t], now):
                now, reached = last, t
                break
            if not math.isfinite(losses[t]):  # an array of one takes longer to ask
                demand_finite(network, f"Training row {t}", [losses[t]])
            measured.measure(now)
            if t == steps and history is None:
                break
            _, delta = backward_pass(network, now.weights, z, a, wanted, factor)
            if history is not None:
                history.put(t, now, z=z, a=a, delta=delta)
            if t < steps:
                dW = [weight_gradient(d, below) for d, below in zip(delta, a, strict=False)]
                last, now = now, updater.updated(now, dW, [bias_gradient(d) for d in delta])
    demand_finite(network, f"After training step {reached - 1}", [*now.weights, *now.bias])
    arrays = {} if history is None else history.filled(reached)
    if not stop and history is not None:
        demand_finite(network, f"Training row {steps}", delta)
    return Run(
        losses[:reached],
        network.with_parameters(now.weights, now.bias),
        state=now.state,
        diverged=reached if reached <= steps else None,
        test_losses=np.array(measured.losses),
        test_accuracies=np.array(measured.accuracies),
        **arrays,
    )
