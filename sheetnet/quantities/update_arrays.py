"""The pieces of an optimiser's update as quantities: their NumPy rules, from `core.optimizers`.

Knows: how a piece comes by what it needs, for a whole layer at once. A state x of the row before
is the quantity x, what it becomes is x_new, as W becomes W_new. Does not know formulas (see
`update_trees`), nor which pieces a sheet shows: what is given is used, the rest worked out.
Arrays are (…, destination, source), numbers of a step (…,) or a cell (1, 1).
"""

from __future__ import annotations

import numpy as np

from sheetnet.core.functions import Array
from sheetnet.core.optimizers import OPTIMIZERS, Piece, pieces
from sheetnet.core.schedules import SCHEDULES
from sheetnet.quantities import arrays
from sheetnet.quantities.evaluation import Quantities, Rule


def _number(q: Quantities, name: str) -> Array:
    """A number of a step, or an option, as wide as it takes to meet weights."""
    value = q[name]
    return value if value.ndim >= 2 else value[..., None, None]


def _chain(q: Quantities) -> dict[str, Piece]:
    training = q.lesson.training
    return {piece.name: piece for piece in pieces(training.optimizer, training.options)}


def _needed(q: Quantities, layer: int, name: str, chain: dict[str, Piece]) -> Array:
    fixed = q.network.biases == "fixed"
    if name == "gradient":
        return q["gradient" if fixed else "dW", layer]
    if name == "last_value":
        return q["weights" if fixed else "W", layer]
    if name.startswith("last_"):
        return q[name.removeprefix("last_"), layer]
    if name == "weight_decay":
        return _of_weights(q, layer) * q[name]
    if name in ("rate", "count"):
        return _number(q, {"rate": "rate", "count": "next_step"}[name])
    if name not in chain:  # an option
        return _number(q, name)
    piece = chain[name]
    if piece.per == "step" and name.startswith("correction"):
        return _number(q, f"{name}_new")
    return q[f"{name}_{layer}_new"] if piece.is_state else q[name, layer]


def _of_weights(q: Quantities, layer: int) -> Array:
    """1 for every weight that decays, 0 for the bias of a layer where biases do not."""
    decays = np.ones((1, q.network.sizes[layer - 1] + (q.network.biases == "trained")))
    if q.network.biases == "trained" and not q.lesson.training.options.get("decay_biases", True):
        decays[:, -1] = 0.0
    return decays


def _piece(name: str) -> Rule:
    """The rule of one piece of the lesson's optimiser."""

    def rule(q: Quantities, layer: int) -> Array:
        chain = _chain(q)
        piece = chain[name]
        return piece.rule(*(_needed(q, layer, need, chain) for need in piece.needs))

    return rule


def rate(q: Quantities, layer: int) -> Array:
    """The learning rate of a step, by the lesson's schedule."""
    schedule = SCHEDULES[q.lesson.training.schedule]
    if schedule.name == "constant":
        return q["learning_rate"]
    done, learning_rate = q["step"], q["learning_rate"]
    options = [q[key] for key in schedule.takes]
    shape = np.shape(done)
    return np.reshape(schedule.rule(learning_rate, np.reshape(done, (-1, 1)), *options), shape)


def _beta(q: Quantities, layer: int) -> Array:
    return q[f"beta_{layer}"].reshape(())


def correction(q: Quantities, layer: int) -> Array:
    """1 - β^t after t updates, of β₁ or β₂ as the quantity's number says."""
    return np.asarray(1.0 - _beta(q, layer) ** q["step"])


def correction_new(q: Quantities, layer: int) -> Array:
    """The same after one update more."""
    return np.asarray(1.0 - _beta(q, layer) ** q["next_step"])


def _all_pieces() -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for optimizer in OPTIMIZERS.values():
        for piece in optimizer.pieces:
            if piece.name != "value" and not piece.name.startswith("correction"):
                found[f"{piece.name}_new" if piece.is_state else piece.name] = _piece(piece.name)
    return found


def W_new(q: Quantities, layer: int) -> Array:
    """W after the update; a fixed bias stays as it is."""
    if len(_chain(q)) == 1:
        return arrays.W_new(q, layer)
    new = _piece("value")(q, layer)
    if q.network.biases != "fixed":
        return new
    return np.concatenate([new, q["W", layer][..., -1:]], axis=-1)


RULES: dict[str, Rule] = {
    **_all_pieces(), "rate": rate, "correction": correction, "correction_new": correction_new
}
