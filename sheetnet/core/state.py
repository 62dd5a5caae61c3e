"""What an optimiser remembers from one update to the next: the count and arrays by name.

Knows which arrays an optimiser's state has and their shapes. Does not know how they change (see
`optimizers`), nor files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from sheetnet.core.checks import (
    finite_problems,
    is_number,
    nearest,
    read_only,
    refuse,
    same_bits,
    show,
)
from sheetnet.core.functions import Array
from sheetnet.core.network import Network
from sheetnet.core.optimizers import states
from sheetnet.core.settings import Training

MOST_UPDATES = 2**53
"""Counts beyond this are no longer exact as floats."""


def state_keys(network: Network, training: Training) -> tuple[str, ...]:
    """The arrays' names: "m_weights", and "m_bias" where biases are trained."""
    parts = ("weights", "bias") if network.biases == "trained" else ("weights",)
    names = states(training.optimizer, training.options)
    return tuple(f"{name}_{part}" for name in names for part in parts)


@dataclass(frozen=True, eq=False)
class State:
    """`count` updates were done; `arrays` holds by name one array a layer, read-only.

    "velocity_weights" has the shapes of the weights, "velocity_bias" those of the bias.
    Equality is bit for bit.
    """

    count: int = 0
    arrays: Mapping[str, Sequence[Array]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        copied = {
            key: tuple(read_only(f"state.{key}[{i}]", x) for i, x in enumerate(layers))
            for key, layers in self.arrays.items()
        }
        object.__setattr__(self, "arrays", MappingProxyType(copied))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        mine, its = self.arrays, other.arrays
        return (
            self.count == other.count
            and mine.keys() == its.keys()
            and all(len(mine[key]) == len(its[key]) for key in mine)
            and all(all(map(same_bits, mine[key], its[key])) for key in mine)
        )

    def is_start(self) -> bool:
        """Whether nothing has happened yet."""
        return self.count == 0 and not any(x.tobytes().strip(b"\0") for x in self._all())

    def _all(self) -> Iterator[Array]:
        for layers in self.arrays.values():
            yield from layers


def state_problems(
    network: Network, training: Training, count: object, arrays: Mapping[str, Sequence[Array]]
) -> Iterator[str]:
    """Problems of a state for this network and training."""
    if not is_number(count) or not 0 <= count <= MOST_UPDATES or count != int(count):
        yield f"state.count is {show(count)}; expected the whole number of updates done before."
    known = state_keys(network, training)
    for key in arrays:
        if key not in known:
            hint = nearest(key, known) or f" It remembers {', '.join(known) or 'nothing'}."
            yield f"state.{key} is nothing that {training.optimizer} remembers here.{hint}"
    for key in known if count else ():
        if key not in arrays:
            yield (
                f"state.{key} is missing; {training.optimizer} needs it to go on after "
                f"{show(count)} updates. Add it, or remove state.count to start anew."
            )
    for key in (key for key in known if key in arrays):
        yield from _shape_problems(key, arrays[key], network)


def _shape_problems(key: str, layers: Sequence[Array], network: Network) -> Iterator[str]:
    pairs = [(d, s) for s, d in pairwise(network.sizes)]
    shapes = pairs if key.endswith("_weights") else [(d,) for d, _ in pairs]
    if [layer.shape for layer in layers] != shapes:
        found = [list(layer.shape) for layer in layers]
        yield (
            f"state.{key} has the shapes {show(found)}; sizes {list(network.sizes)} need "
            f"{show([list(shape) for shape in shapes])}. Correct the numbers."
        )
    for i, layer in enumerate(layers):
        yield from finite_problems(f"state.{key}[{i}]", layer)


def complete(network: Network, training: Training, state: State) -> State:
    """The state with zeros for what a start leaves out. Raises LessonError if it does not fit."""
    refuse(state_problems(network, training, state.count, state.arrays))
    zeros = {
        key: tuple(map(np.zeros_like, getattr(network, key.rpartition("_")[2])))
        for key in state_keys(network, training)
    }
    return State(int(state.count), {**zeros, **state.arrays})
