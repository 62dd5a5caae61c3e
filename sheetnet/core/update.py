"""One update of all parameters by an optimiser: its pieces run in order, array by array.

Knows how gradients, a rate and a state become new parameters and a new state. Does not know where
the gradients come from (see `step`), nor the rules themselves (see `optimizers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from sheetnet.core.functions import Array
from sheetnet.core.network import Network
from sheetnet.core.optimizers import Piece, numbers, pieces
from sheetnet.core.schedules import SCHEDULES
from sheetnet.core.settings import Training
from sheetnet.core.state import State

Known = dict[str, Array]


class Parameters(NamedTuple):
    """Weights and bias, an array a layer, and what the optimiser remembers of them."""

    weights: Sequence[Array]
    bias: Sequence[Array]
    state: State


def run_pieces(chain: Iterable[Piece], made: Known) -> Known:
    """Adds to what is made already what every piece makes of the names that it needs."""
    for piece in chain:
        made[piece.name] = piece.rule(*(made[need] for need in piece.needs))
    return made


def rate_of(training: Training, done: Array) -> Array:
    """The learning rate of the update that follows `done` others, any shape."""
    schedule = SCHEDULES[training.schedule]
    taken = (training.options[key] for key in schedule.takes)
    return schedule.rule(np.asarray(training.learning_rate), done, *taken)


class Updater:
    """The updates of a training, its chains of pieces chosen once."""

    def __init__(self, network: Network, training: Training) -> None:
        name, options = training.optimizer, training.options
        self.training = training
        self.numbers = {key: np.asarray(x) for key, x in numbers(options).items()}
        self.chains = {"weights": pieces(name, options)}
        if network.biases == "trained":
            self.chains["bias"] = pieces(name, options, bias=True)
        self.remembered = {
            part: [piece.name for piece in chain if piece.is_state and piece.name != "value"]
            for part, chain in self.chains.items()
        }

    def updated(
        self, old: Parameters, dW: Sequence[Array], db: Sequence[Array]
    ) -> Parameters:
        """The parameters after one more update, with gradients of their shapes."""
        count = old.state.count + 1
        known: Known = {
            **self.numbers,
            "rate": rate_of(self.training, np.asarray(float(old.state.count))),
            "count": np.asarray(float(count)),
        }
        new: dict[str, Sequence[Array]] = {"weights": old.weights, "bias": old.bias}
        arrays: dict[str, list[Array]] = {}
        gradients = {"weights": dW, "bias": db}
        for part, chain in self.chains.items():
            remembered = self.remembered[part]
            values = []
            for i, (value, gradient) in enumerate(zip(new[part], gradients[part], strict=True)):
                last = {f"last_{n}": old.state.arrays[f"{n}_{part}"][i] for n in remembered}
                made = run_pieces(
                    chain, {**known, **last, "last_value": value, "gradient": gradient}
                )
                values.append(made["value"])
                for n in remembered:
                    arrays.setdefault(f"{n}_{part}", []).append(made[n])
            new[part] = values
        return Parameters(new["weights"], new["bias"], State(count, arrays))
