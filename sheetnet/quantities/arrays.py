"""What each quantity is, in NumPy: one rule a quantity, on whole arrays, from `core`'s functions.

Knows: the chain rule in pieces, each in terms of the pieces before it. Does not know formulas (see
`trees`) nor which pieces a sheet shows: what is given is used, the rest worked out.
Arrays are (…, examples, neurons), W and dW (…, destination, source) with the bias as the last
source; leading axes, such as the steps of a training, are free.
Sources: document 2, "Back propagation in a simple neural net", equations (1) to (4), dC/dW = δ·A;
document 4, "Backpropagation", δ of an inner layer and the update.
"""

from __future__ import annotations

import numpy as np

from sheetnet.core import step as core
from sheetnet.core.functions import (
    ACTIVATIONS,
    FUSED,
    LOSSES,
    Array,
    output_loss,
    reduction_factor,
)
from sheetnet.quantities.batch_arrays import picked
from sheetnet.quantities.evaluation import Quantities


def is_fused(q: Quantities) -> bool:
    """Whether the output's delta and loss take their closed, overflow-proof form."""
    return q.lesson.formulas == "safe" and _output_pair(q) in FUSED


def _output_pair(q: Quantities) -> tuple[str, str]:
    return q.network.activations[-1], q.network.loss


def _data(q: Quantities, table: str) -> Array:
    """The rows that a step sees: those with the numbers given, the next one, or all of the table.

    Where a test set is given, its rows.
    """
    name = {"inputs": "test_inputs", "target_table": "test_targets"}[table]
    return q[name] if name in q.given else _by_turn(q, q[table])


def _by_turn(q: Quantities, table: Array) -> Array:
    if "example" in q.given:
        return picked(table, q["example"])
    if q.lesson.training.batch != "online" or "step" not in q.given:
        return table
    turns = np.nan_to_num(q["step"]).astype(int) % len(table)
    return np.asarray(table[turns][..., None, :])


def value_at(activation: str, z: Array) -> Array:
    """f(z), for sheets that show more points than the lesson's examples."""
    return ACTIVATIONS[activation].value(z)


def slope_at(activation: str, z: Array, a: Array) -> Array:
    """f'(z), from z and a."""
    return ACTIVATIONS[activation].slope(z, a)


def a(q: Quantities, layer: int) -> Array:
    """Layer 0: the inputs of the step; else a = f(z), softmax from its exponentials."""
    if layer == 0:
        return _data(q, "inputs")
    name = q.network.activations[layer - 1]
    if name == "softmax":
        exp_z = q["exp_z", layer]
        return np.asarray(exp_z / exp_z.sum(axis=-1, keepdims=True))
    return ACTIVATIONS[name].value(q["z", layer])


def targets(q: Quantities, layer: int) -> Array:
    """The targets of the step."""
    return _data(q, "target_table")


def z(q: Quantities, layer: int) -> Array:
    """z = W·a + b."""
    return core.weighted_input(q["a", layer - 1], q["weights", layer], q["bias", layer][..., 0, :])


def z_by_nodes(q: Quantities, layer: int) -> Array:
    """z = A·W with the bias as the weight of a node, as document 2 writes it."""
    return np.asarray(q["nodes", layer - 1] @ q["W", layer].mT)


def exp_z(q: Quantities, layer: int) -> Array:
    """softmax's e^z; the safe form takes the largest z off first, which changes no quotient."""
    own = q["z", layer]
    if q.lesson.formulas == "safe":
        own = own - own.max(axis=-1, keepdims=True)
    return np.asarray(np.exp(own))


def bias_node(q: Quantities, layer: int) -> Array:
    """The constant 1 that the bias is a weight of."""
    return np.ones((1, 1))


def loss_term(q: Quantities, layer: int) -> Array:
    """Each output's share of the loss, before the reduction unless what examples count is given."""
    return _loss_part(q) * (q["share"][..., None] if "share" in q.given else 1.0)


def _factor(q: Quantities, examples: int) -> Array | float:
    """What an example counts: its own share, or the same for all of them."""
    if "share" in q.given:
        return np.asarray(q["share"][..., None])
    return reduction_factor(q.network.reduction, examples, q.network.sizes[-1])


def _loss_part(q: Quantities) -> Array:
    last, y = q.network.layers, q["targets"]
    if not is_fused(q):
        return LOSSES[q.network.loss].value(q["a", last][..., None], y[..., None])
    own = q["z", last]
    if q.network.activations[-1] == "softmax":
        log_sum = np.log(q["exp_z", last].sum(axis=-1, keepdims=True))
        return np.asarray(y * (log_sum - (own - own.max(axis=-1, keepdims=True))))
    return output_loss(*_output_pair(q), own[..., None], own[..., None], y[..., None])


def loss(q: Quantities, layer: int) -> Array:
    """The reduced loss of the step."""
    terms = q["loss_term"]
    factor = reduction_factor(q.network.reduction, *terms.shape[-2:])
    return np.asarray(factor * terms.sum(axis=(-1, -2)))


def error(q: Quantities, layer: int) -> Array:
    """dC/da: the loss's slope at the output, the deltas above sent back through W below it."""
    if layer < q.network.layers:
        return core.propagate(q["delta", layer + 1], q["weights", layer + 1])
    return output_error(q, q["a", layer].shape[-2])


def output_error(q: Quantities, examples: int) -> Array:
    """dC/da of the outputs, where the loss is reduced over so many examples."""
    own, y = q["a", q.network.layers], q["targets"]
    factor = _factor(q, examples)
    return np.asarray(factor * LOSSES[q.network.loss].slope(own, y))


def slope(q: Quantities, layer: int) -> Array:
    """f'(z), from a, from z, or from both, as the activation's row has it."""
    activation = ACTIVATIONS[q.network.activations[layer - 1]]
    nothing = np.ones((1, 1))
    z_or_not = q["z", layer] if "z" in activation.slope_of else nothing
    a_or_not = q["a", layer] if "a" in activation.slope_of else nothing
    return activation.slope(z_or_not, a_or_not)


def delta(q: Quantities, layer: int) -> Array:
    """delta = dC/dz: error times slope, through softmax's Jacobian, or in closed form."""
    name = q.network.activations[layer - 1]
    if layer == q.network.layers and is_fused(q):
        return fused_delta(q, q["a", layer].shape[-2])
    sent = q["error", layer]
    if name == "softmax":
        own = q["a", layer]
        return ACTIVATIONS[name].backward(own, own, sent)
    if not ACTIVATIONS[name].slope_of:  # of identity, whose slope is 1 whatever z
        return sent
    return np.asarray(sent * q["slope", layer])


def diagonal(q: Quantities, layer: int) -> Array:
    """da/dz of a single example as a matrix: slopes on the diagonal, or softmax's Jacobian."""
    identity = np.eye(q.network.sizes[layer])
    if q.network.activations[layer - 1] == "softmax":
        first = q["a", layer][..., 0, :]
        return np.asarray(first[..., :, None] * (identity - first[..., None, :]))
    slopes = q["slope", layer]
    slopes = np.broadcast_to(slopes, (*slopes.shape[:-1], len(identity)))
    return np.asarray(slopes[..., 0, :, None] * identity)


def delta_by_diagonal(q: Quantities, layer: int) -> Array:
    """delta as the documents' matrix product D·c, which rounds otherwise than D's own factors."""
    return np.asarray(q["error", layer] @ q["diagonal", layer].mT)


def fused_delta(q: Quantities, examples: int) -> Array:
    """delta of the outputs in closed form, where the loss is reduced over so many examples."""
    own, y = q["a", q.network.layers], q["targets"]
    factor = _factor(q, examples)
    return np.asarray(factor * FUSED[_output_pair(q)].delta(own, y))


def dW(q: Quantities, layer: int) -> Array:
    """dC/dW = δ·A summed over the examples; the bias's column is Σδ."""
    return core.weight_gradient(q["delta", layer], q["nodes", layer - 1])


def bias_gradient(q: Quantities, layer: int) -> Array:
    """dC/db = δ summed over the examples, as a row."""
    return core.bias_gradient(q["delta", layer])[..., None, :]


def W_new(q: Quantities, layer: int) -> Array:
    """W - η·dC/dW; a fixed bias stays as it is."""
    rate = q["rate"]
    rate = rate if rate.ndim >= 2 else rate[..., None, None]
    old = q["W", layer]
    if q.network.biases != "fixed":
        return core.updated(old, q["dW", layer], rate)
    new = core.updated(old[..., :-1], q["gradient", layer], rate)
    return np.concatenate([new, old[..., -1:]], axis=-1)


def change(q: Quantities, layer: int) -> Array:
    """Δw = -η·dC/dw, as documents with a Δ write it."""
    return np.asarray(-(q["learning_rate"] * q["gradient", layer]))


def bias_change(q: Quantities, layer: int) -> Array:
    """Δb = -η·dC/db, as a row."""
    return np.asarray(-(q["learning_rate"] * q["bias_gradient", layer]))


def new_weights(q: Quantities, layer: int) -> Array:
    """w + Δw, without the bias."""
    return q["weights", layer] + q["change", layer]


def new_bias(q: Quantities, layer: int) -> Array:
    """b + Δb, as a row."""
    return q["bias", layer] + q["bias_change", layer]


def delta_across(q: Quantities, layer: int) -> Array:
    """delta of the first example in every column of a gradient."""
    return q["delta", layer][..., 0, :, None]


def a_down(q: Quantities, layer: int) -> Array:
    """a of the first example in every row of a gradient."""
    return q["a", layer][..., 0, None, :]


def case_gradient(q: Quantities, layer: int) -> Array:
    """The gradient of the first example alone, entry by entry."""
    return q["delta_across", layer] * q["a_down", layer - 1]


def next_step(q: Quantities, layer: int) -> Array:
    """The number of the step after."""
    return np.asarray(q["step"] + 1)
