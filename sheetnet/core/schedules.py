"""Learning rates that change from step to step: one table row a schedule.

Knows each schedule as a rule of the rate and of the updates done before this one. Names are those
of torch.optim.lr_scheduler, stepped once an update, where torch has the schedule (closed forms);
1/t is Keras's InverseTimeDecay. Does not know optimisers, which may change the rate once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from sheetnet.core.functions import Array


class Schedule(NamedTuple):
    """`rule(rate, done, *options)`: the rate of the update that follows `done` others.

    `takes` are its options in order, each with its default; `torch` the class that it equals.
    """

    name: str
    takes: Mapping[str, float]
    rule: Callable[..., Array]
    torch: str = ""


def _every(rate: Array, done: Array, step_size: float, gamma: float) -> Array:
    return rate * gamma ** np.floor(done / step_size)


def _cosine(rate: Array, done: Array, t_max: float, eta_min: float) -> Array:
    return np.asarray(eta_min + (rate - eta_min) * (1.0 + np.cos(np.pi * done / t_max)) / 2.0)


def _linear(rate: Array, done: Array, start: float, total: float) -> Array:
    return rate * (start + (1.0 - start) * np.minimum(done, total) / total)


SCHEDULES: dict[str, Schedule] = {
    row.name: row
    for row in (
        Schedule("constant", {}, lambda rate, done: rate),
        Schedule("step", {"step_size": 100, "gamma": 0.1}, _every, "StepLR"),
        Schedule(
            "exponential",
            {"gamma": 0.99},
            lambda rate, done, gamma: rate * gamma**done,
            "ExponentialLR",
        ),
        Schedule(
            "inverse",
            {"decay_rate": 0.01},
            lambda rate, done, decay_rate: rate / (1.0 + decay_rate * done),
        ),
        Schedule("cosine", {"T_max": 500, "eta_min": 0.0}, _cosine, "CosineAnnealingLR"),
        Schedule("warm_up", {"start_factor": 0.1, "total_iters": 100}, _linear, "LinearLR"),
    )
}
