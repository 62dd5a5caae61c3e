"""A value with what rounding may have done to it.

Knows: what is kept beside a value so that a tolerance can be derived (see `checking.tolerance`,
where the argument stands). Does not know operations (`functions`) or texts (`wording`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

UNIT: Final = 2.0**-53


class Sized(NamedTuple):
    """A value on every row, the size m of what went into it, its rounded operations.

    `doubt`, of a condition: where an engine may see it either way.
    """

    value: FloatArray
    size: FloatArray
    operations: int
    doubt: NDArray[np.bool_] | bool = False


def exact(value: FloatArray) -> Sized:
    """A value that no operation has rounded yet: numbers, or texts, which have no size."""
    is_text = value.dtype == object
    return Sized(value, np.zeros(value.shape) if is_text else np.abs(value), 0)


def rounding(a: Sized) -> FloatArray:
    """How far it may be off: twice its operations, as NumPy rounds as often."""
    return np.asarray(2 * a.operations * UNIT * a.size)
