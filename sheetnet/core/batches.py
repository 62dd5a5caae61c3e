"""Which examples a step takes, from how many updates were done before it.

Knows three ways: all of them, one after another, or so many at a time; in the order of the data or
in a new seeded order each time round. Examples are taken round and round: where the number in a
batch does not divide the number of examples, a batch goes on into the next round (torch's
DataLoader would end the round with a smaller one). Does not know what is done with them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BATCHES = ("full", "online")
"""What `batch` may be besides a number."""


def batch_size(batch: str | int, examples: int) -> int:
    """Examples in one step."""
    return {"full": examples, "online": 1}.get(batch, 0) if isinstance(batch, str) else batch


def permutation(examples: int, seed: int, turn: int) -> npt.NDArray[np.intp]:
    """The order of the examples in round `turn`: `default_rng((seed, turn))`'s numbers, sorted."""
    return np.argsort(np.random.default_rng((seed, turn)).random(examples), kind="stable")


def rows_of_step(
    batch: str | int, examples: int, done: int, shuffle: int | None = None
) -> npt.NDArray[np.intp]:
    """Indices (batch size,) of the examples of the step that follows `done` others."""
    size = batch_size(batch, examples)
    if batch == "full":
        return np.arange(size)
    places = np.arange(done * size, (done + 1) * size)
    if shuffle is None:
        return places % examples
    turns = {int(turn): permutation(examples, shuffle, int(turn)) for turn in places // examples}
    return np.array([turns[int(place) // examples][place % examples] for place in places])
