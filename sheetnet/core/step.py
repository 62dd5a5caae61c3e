"""One step of gradient descent: forward, delta, gradients, update, and the Trace of all of it.

Knows the chain rule through a fully connected network, in pieces that accept leading axes: with
weights (steps, destination, source) they serve a whole training history at once. Does not know
how often a step is repeated (see `train`). Source of the equations: documents 2 ("Back
propagation in a simple neural net") and 4 ("Backpropagation", delta of an inner layer).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sheetnet.core.checks import finite_problems, read_only, refuse
from sheetnet.core.functions import (
    ACTIVATIONS,
    LOSSES,
    Array,
    output_delta,
    output_loss,
    reduction_factor,
)
from sheetnet.core.network import Network
from sheetnet.errors import LessonError

Parameters = tuple[Sequence[Array], Sequence[Array]]
"""Weights and bias, an array a layer."""


def weighted_input(a_prev: Array, weights: Array, bias: Array) -> Array:
    """z = W·a + b, shape (..., examples, dest).

    a_prev (..., examples, source), weights (..., dest, source), bias (..., dest).
    Document 2, equations (1) to (4), before the sigmoid.
    """
    return a_prev @ weights.mT + bias[..., None, :]


def weight_gradient(delta: Array, a_prev: Array) -> Array:
    """dC/dW = δ·A summed over examples, shape (..., dest, source) (document 2, dC/dW = δ A)."""
    return delta.mT @ a_prev


def bias_gradient(delta: Array) -> Array:
    """dC/db: delta summed over examples, shape (..., dest); the bias node's value is 1."""
    return np.asarray(delta.sum(axis=-2))


def propagate(delta: Array, weights: Array) -> Array:
    """∂E/∂a of the layer below: Σ_d δ_d·W[d, s], shape (..., examples, source)."""
    return delta @ weights


def updated(values: Array, gradient: Array, learning_rate: float | Array) -> Array:
    """values - η·gradient, any shape (document 4, gradient descent)."""
    return np.asarray(values - learning_rate * gradient)


@dataclass(frozen=True)
class Trace:
    """Everything one step computes; layer l of z, dE_da, slope, delta, dW, db is index l.

    a[0] is the inputs, a[l + 1] the activation of z[l]; all are (examples, neurons). dE_da and
    delta have the reduction factor inside; example_losses (examples,) have not. dE_da may be
    infinite where a saturated output has no finite ∂E/∂a; everything else is finite. `network`
    is the updated one. db is the true gradient for "fixed" biases and 0 for "none".
    """

    loss: float
    example_losses: Array
    z: tuple[Array, ...]
    a: tuple[Array, ...]
    dE_da: tuple[Array, ...]
    slope: tuple[Array, ...]
    delta: tuple[Array, ...]
    dW: tuple[Array, ...]
    db: tuple[Array, ...]
    network: Network


def data_problems(
    sizes: Sequence[int], inputs: Array, targets: Array, kind: str = ""
) -> Iterator[str]:
    """Problems of data for a network of these sizes: shapes, numbers that are not finite.

    `kind` is "test_" for the test set.
    """
    of_inputs, of_targets = f"{kind}inputs", f"{kind}targets"
    for key, array, width in ((of_inputs, inputs, sizes[0]), (of_targets, targets, sizes[-1])):
        if array.ndim != 2 or array.shape[1] != width or not len(array):
            yield (
                f"data.{key} has shape {array.shape}; network.sizes {list(sizes)} need "
                f"(examples, {width}) with at least one example. Correct the rows or the sizes."
            )
        yield from finite_problems(f"data.{key}", array)
    if inputs.ndim == targets.ndim == 2 and len(inputs) != len(targets):
        yield (
            f"data.{of_targets} has {len(targets)} examples; data.{of_inputs} has {len(inputs)}. "
            "Give each row of inputs its row of targets."
        )


def checked_data(
    network: Network, inputs: npt.ArrayLike, targets: npt.ArrayLike, kind: str = ""
) -> tuple[Array, Array]:
    """Inputs (examples, first size) and targets (examples, last size), read-only float64.

    Raises LessonError naming data.inputs or data.targets, or with `kind` "test_" those.
    """
    x, y = read_only(f"data.{kind}inputs", inputs), read_only(f"data.{kind}targets", targets)
    refuse(data_problems(network.sizes, x, y, kind))
    return x, y


def demand_finite(network: Network, where: str, arrays: Iterable[npt.ArrayLike]) -> None:
    """Raise LessonError if a number has run away: training diverges, or a loss has no value."""
    if not all(np.isfinite(array).all() for array in arrays):
        raise LessonError(
            f"{where}: the loss, a delta, a weight or what goes into them is no longer a finite "
            "number. Expected finite numbers throughout. Use a smaller training.learning_rate or "
            "fewer steps; if the first step fails, check that the outputs of "
            f"{network.activations[-1]} suit the loss {network.loss} (a cross entropy needs "
            "outputs between 0 and 1)."
        )


def forward_pass(
    network: Network, weights: Sequence[Array], bias: Sequence[Array], inputs: Array
) -> tuple[list[Array], list[Array]]:
    """(z, a) of the network's rules with these parameters; a[0] is `inputs`. Nothing is checked."""
    z: list[Array] = []
    a = [inputs]
    for name, w, b in zip(network.activations, weights, bias, strict=True):
        z.append(weighted_input(a[-1], w, b))
        a.append(ACTIVATIONS[name].value(z[-1]))
    return z, a


def backward_pass(
    network: Network,
    weights: Sequence[Array],
    z: Sequence[Array],
    a: Sequence[Array],
    targets: Array,
    factor: float,
) -> tuple[list[Array], list[Array]]:
    """(dE_da, delta), one array a layer, with the reduction `factor` inside. Nothing is checked."""
    dE_da = [factor * LOSSES[network.loss].slope(a[-1], targets)]
    delta = [factor * output_delta(network.activations[-1], network.loss, z[-1], a[-1], targets)]
    for layer in range(network.layers - 2, -1, -1):
        dE_da.append(propagate(delta[-1], weights[layer + 1]))
        activation = ACTIVATIONS[network.activations[layer]]
        delta.append(activation.backward(z[layer], a[layer + 1], dE_da[-1]))
    return dE_da[::-1], delta[::-1]


def example_losses(network: Network, z: Array, a: Array, targets: Array) -> Array:
    """Loss of each example (..., examples) from the output layer, without the reduction factor."""
    return output_loss(network.activations[-1], network.loss, z, a, targets)


def train_step(
    network: Network, inputs: npt.ArrayLike, targets: npt.ArrayLike, learning_rate: float
) -> Trace:
    """One step of gradient descent over all examples at once. Raises LessonError."""

    def descent(dW: Sequence[Array], db: Sequence[Array]) -> Parameters:
        weights = [updated(w, g, learning_rate) for w, g in zip(network.weights, dW, strict=True)]
        bias: Sequence[Array] = network.bias
        if network.biases == "trained":
            bias = [updated(b, g, learning_rate) for b, g in zip(bias, db, strict=True)]
        return weights, bias

    return traced_step(network, inputs, targets, descent)


def traced_step(
    network: Network,
    inputs: npt.ArrayLike,
    targets: npt.ArrayLike,
    update: Callable[[Sequence[Array], Sequence[Array]], Parameters],
) -> Trace:
    """One step over all examples at once, whose `update` makes (weights, bias) of (dW, db).

    Raises LessonError.
    """
    x, y = checked_data(network, inputs, targets)
    factor = reduction_factor(network.reduction, *y.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        z, a = forward_pass(network, network.weights, network.bias, x)
        per_example = example_losses(network, z[-1], a[-1], y)
        total = factor * float(np.sum(per_example))
        dE_da, delta = backward_pass(network, network.weights, z, a, y, factor)
        dW = [weight_gradient(d, below) for d, below in zip(delta, a, strict=False)]
        db = [bias_gradient(d) for d in delta]
        if network.biases == "none":
            db = [np.zeros_like(g) for g in db]
        weights, bias = update(dW, db)
    rules = zip(network.activations, z, a[1:], strict=True)
    slope = [ACTIVATIONS[name].slope(z_l, a_l) for name, z_l, a_l in rules]
    every: list[Array] = [per_example, *z, *a, *slope, *delta, *dW, *db, *weights, *bias]
    demand_finite(network, "One training step", [total, *every])
    return Trace(
        loss=total,
        example_losses=per_example,
        z=tuple(z),
        a=tuple(a),
        dE_da=tuple(dE_da),
        slope=tuple(slope),
        delta=tuple(delta),
        dW=tuple(dW),
        db=tuple(db),
        network=network.with_parameters(weights, bias),
    )
