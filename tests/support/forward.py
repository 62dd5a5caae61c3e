"""A network's answers and its loss, for tests that shake a weight or look at one pass."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sheetnet.core.functions import Array, reduction_factor
from sheetnet.core.network import Network
from sheetnet.core.step import checked_data, example_losses, forward_pass


def forward(network: Network, inputs: npt.ArrayLike) -> tuple[list[Array], list[Array]]:
    """(z, a) for inputs (examples, first size); a[0] is the inputs."""
    rows = np.asarray(inputs, dtype=np.float64)
    return forward_pass(network, network.weights, network.bias, rows)


def loss(network: Network, inputs: npt.ArrayLike, targets: npt.ArrayLike) -> float:
    """The reduced loss over all examples. Raises LessonError."""
    x, y = checked_data(network, inputs, targets)
    z, a = forward(network, x)
    per_example = example_losses(network, z[-1], a[-1], y)
    return reduction_factor(network.reduction, *y.shape) * float(np.sum(per_example))
