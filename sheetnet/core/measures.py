"""How good a network is on data: accuracy, and the step at which its test loss was lowest.

Knows what a class is: the largest output where every target has one 1 and else 0, or for a single
output more than a half where every target is 0 or 1. Does not know losses (see `functions`).
"""

from __future__ import annotations

import numpy as np

from sheetnet.core.functions import Array


def has_classes(targets: Array) -> bool:
    """Whether targets (examples, outputs) name classes: one-hot rows, or one column of 0 and 1."""
    of_two = bool(np.isin(targets, (0.0, 1.0)).all())
    return of_two and (targets.shape[1] == 1 or bool((targets.sum(axis=1) == 1.0).all()))


def classes(values: Array) -> Array:
    """The class of each example (..., examples) from outputs or targets (..., examples, outputs).

    Counted from 0; of equal outputs the first is the class.
    """
    if values.shape[-1] == 1:
        return np.where(values[..., 0] > 0.5, 1.0, 0.0)
    return np.asarray(np.argmax(values, axis=-1), dtype=np.float64)


def accuracy(outputs: Array, targets: Array) -> float:
    """The part of the examples whose class is the target's; 1 is all of them."""
    return float(np.mean(classes(outputs) == classes(targets)))


def best_row(test_losses: Array) -> int:
    """The first row with the lowest test loss: there an early stop would have ended training."""
    return int(np.argmin(test_losses))
