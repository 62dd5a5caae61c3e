"""Which examples a step takes, from how many updates were done before it.

Knows three ways: all of them, one after another, or so many at a time; in the order of the data or
in a new seeded order each time round. As in torch's DataLoader (drop_last=False), each round takes
every example once: where the number in a batch does not divide the number of examples, the last
batch of a round is a smaller one. Does not know what is done with them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

BATCHES = ("full", "online")
"""What `batch` may be besides a number."""


def batch_size(batch: str | int, examples: int) -> int:
    """Examples in one step, the last one of a round excepted."""
    return {"full": examples, "online": 1}.get(batch, 0) if isinstance(batch, str) else batch


def steps_a_round(batch: str | int, examples: int) -> int:
    """Steps in which every example is taken once."""
    return -(-examples // batch_size(batch, examples))


def last_batch(batch: str | int, examples: int) -> int:
    """Examples in the last step of a round."""
    return examples - (steps_a_round(batch, examples) - 1) * batch_size(batch, examples)


def is_ragged(batch: str | int, examples: int) -> bool:
    """Whether the last batch of a round is a smaller one."""
    return last_batch(batch, examples) != batch_size(batch, examples)


@lru_cache(maxsize=2)  # all steps of a round ask for it
def permutation(examples: int, seed: int, turn: int) -> npt.NDArray[np.intp]:
    """The order of the examples in round `turn`: `default_rng((seed, turn))`'s numbers, sorted.

    Not to be changed.
    """
    return np.argsort(np.random.default_rng((seed, turn)).random(examples), kind="stable")


def rows_of_step(
    batch: str | int, examples: int, done: int, shuffle: int | None = None
) -> npt.NDArray[np.intp]:
    """Indices of the examples of the step that follows `done` others, at most a batch of them."""
    if batch == "full":
        return np.arange(examples)
    size = batch_size(batch, examples)
    turn, step = divmod(done, steps_a_round(batch, examples))
    order = np.arange(examples) if shuffle is None else permutation(examples, shuffle, turn)
    return order[step * size : (step + 1) * size]


def rows_of_steps(
    batch: str | int, examples: int, first: int, steps: int, shuffle: int | None = None
) -> npt.NDArray[np.intp]:
    """The same for `steps` steps from `first` on, shape (steps, batch size).

    A smaller batch repeats its last example to the end of the row.
    """
    size = batch_size(batch, examples)
    rows = (rows_of_step(batch, examples, first + t, shuffle) for t in range(steps))
    return np.array([np.pad(row, (0, size - len(row)), "edge") for row in rows])
