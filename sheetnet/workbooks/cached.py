"""The numbers that belong in the blocks, computed by `core`, never by a formula tree.

Knows: every quantity of a step as core's functions give it, for many steps at once. Does not know
formulas or places. It serves twice: the writer caches these numbers beside the formulas, and the
check asks what each cell should be, given what an engine made of the cells it refers to.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sheetnet.core import step as core
from sheetnet.core.functions import ACTIVATIONS, LOSSES, output_delta, output_loss, reduction_factor
from sheetnet.documents import errata, notes, published
from sheetnet.lessons import Lesson, train
from sheetnet.sheets import predict
from sheetnet.sheets.mathematics import is_fused
from sheetnet.sheets.model import Block, FloatArray, Workbook
from sheetnet.sheets.notation import notation_of
from sheetnet.sheets.views import row_examples

Quantities = Mapping[str, FloatArray]


def with_bias(weights: FloatArray, bias: FloatArray, biases: str) -> FloatArray:
    """[W | b]: the bias as the last weight of each neuron; shape (..., destination, sources)."""
    if biases == "none":
        return weights
    return np.concatenate([weights, bias[..., None]], axis=-1)


def without_bias(both: FloatArray, biases: str) -> tuple[FloatArray, FloatArray]:
    """The inverse of `with_bias`; zeros for the bias of a network that has none."""
    if biases == "none":
        return both, np.zeros(both.shape[:-1])
    return both[..., :-1], both[..., -1]


def quantities(lesson: Lesson, given: Quantities) -> dict[str, FloatArray]:
    """Every quantity of T steps at once, each from the quantities it is made of.

    `given` holds at least a_0 (T, examples, inputs), targets (T, examples, outputs), W_l
    (T, destination, sources) and learning_rate. Whatever else it holds is used in place of this
    function's own result when the next quantity is computed (but never returned): with an
    engine's values in `given`, each result says what its cell should be, judged alone.
    """
    network = lesson.network
    own: dict[str, FloatArray] = {}

    def have(name: str) -> FloatArray:
        return given[name] if name in given else own[name]

    own["a_0"] = given["a_0"]
    own["targets"] = given["targets"]
    parameters = [
        without_bias(given[f"W_{layer}"], network.biases) for layer in range(1, network.layers + 1)
    ]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for layer, (weights, bias) in enumerate(parameters, start=1):
            own[f"z_{layer}"] = core.weighted_input(have(f"a_{layer - 1}"), weights, bias)
            _activate(lesson, layer, given, own)
        _lose(lesson, given, own)
        for layer in range(network.layers, 0, -1):
            _send_back(lesson, layer, given, own, parameters)
        rate = float(given["learning_rate"])
        for layer in range(1, network.layers + 1):
            below = have(f"a_{layer - 1}")
            own[f"bias_node_{layer - 1}"] = np.ones((*below.shape[:-1], 1))
            nodes = with_bias(below, np.ones(below.shape[:-1]), network.biases)
            own[f"dW_{layer}"] = core.weight_gradient(have(f"delta_{layer}"), nodes)
            new = core.updated(given[f"W_{layer}"], have(f"dW_{layer}"), rate)
            if network.biases == "fixed":
                new[..., -1] = given[f"W_{layer}"][..., -1]
            own[f"W_{layer}_new"] = new
            _in_equations(lesson, layer, given, own)
    return own


def _activate(lesson: Lesson, layer: int, given: Quantities, own: dict[str, FloatArray]) -> None:
    name = lesson.network.activations[layer - 1]
    z = given.get(f"z_{layer}", own[f"z_{layer}"])
    if name == "softmax":
        safe = lesson.formulas == "safe"
        own[f"grown_{layer}"] = np.exp(z - z.max(axis=-1, keepdims=True) if safe else z)
        if f"grown_{layer}" in given:
            grown = given[f"grown_{layer}"]
            own[f"a_{layer}"] = grown / grown.sum(axis=-1, keepdims=True)
            return
    own[f"a_{layer}"] = ACTIVATIONS[name].value(z)


def _lose(lesson: Lesson, given: Quantities, own: dict[str, FloatArray]) -> None:
    """The loss of each step, and its terms as a sheet shows them: before the reduction."""
    network = lesson.network
    last, y = network.layers, given["targets"]
    z, a = (given.get(f"{q}_{last}", own[f"{q}_{last}"]) for q in "za")
    factor = reduction_factor(network.reduction, *y.shape[-2:])
    if is_fused(lesson):
        if network.activations[-1] == "softmax":
            shifted = z - z.max(axis=-1, keepdims=True)
            own["loss_term"] = y * (np.log(np.exp(shifted).sum(axis=-1, keepdims=True)) - shifted)
        else:
            pair = (network.activations[-1], network.loss)
            own["loss_term"] = output_loss(*pair, z[..., None], a[..., None], y[..., None])
    else:
        own["loss_term"] = LOSSES[network.loss].value(a[..., None], y[..., None])
    if "loss_term" in given:
        own["loss"] = factor * given["loss_term"].sum(axis=(-1, -2))
    else:
        losses = output_loss(network.activations[-1], network.loss, z, a, y)
        own["loss"] = factor * losses.sum(axis=-1)


def _send_back(
    lesson: Lesson,
    layer: int,
    given: Quantities,
    own: dict[str, FloatArray],
    parameters: list[tuple[FloatArray, FloatArray]],
) -> None:
    network = lesson.network
    name = network.activations[layer - 1]
    z, a = (given.get(f"{q}_{layer}", own[f"{q}_{layer}"]) for q in "za")
    own[f"slope_{layer}"] = ACTIVATIONS[name].slope(z, a)
    is_last = layer == network.layers
    if is_last:
        y = given["targets"]
        factor = reduction_factor(network.reduction, *y.shape[-2:])
        own[f"error_{layer}"] = factor * LOSSES[network.loss].slope(a, y)
    else:
        above = given.get(f"delta_{layer + 1}", own[f"delta_{layer + 1}"])
        own[f"error_{layer}"] = core.propagate(above, parameters[layer][0])
    error = given.get(f"error_{layer}", own[f"error_{layer}"])
    if f"error_{layer}" in given and f"slope_{layer}" in given:
        own[f"delta_{layer}"] = error * given[f"slope_{layer}"]
    elif is_last and f"error_{layer}" not in given:
        own[f"delta_{layer}"] = factor * output_delta(name, network.loss, z, a, given["targets"])
    else:
        own[f"delta_{layer}"] = ACTIVATIONS[name].backward(z, a, error)


def _in_equations(
    lesson: Lesson, layer: int, given: Quantities, own: dict[str, FloatArray]
) -> None:
    """The parts and forms that the document's equations show."""
    biases, name = lesson.network.biases, lesson.network.activations[layer - 1]
    below, a = (given.get(f"a_{n}", own[f"a_{n}"]) for n in (layer - 1, layer))
    slope = given.get(f"slope_{layer}", own[f"slope_{layer}"])
    weights, bias = without_bias(given[f"W_{layer}"], biases)
    gradient, bias_gradient = without_bias(given.get(f"dW_{layer}", own[f"dW_{layer}"]), biases)
    own[f"weights_{layer}"], own[f"bias_{layer}"] = weights, bias[..., None, :]
    own[f"gradient_{layer}"] = gradient
    own[f"bias_gradient_{layer}"] = bias_gradient[..., None, :]
    delta = given.get(f"delta_{layer}", own[f"delta_{layer}"])[..., 0, :, None]  # of one example
    nodes = below[..., 0, None, :]
    own[f"case_gradient_{layer}"] = delta * nodes
    own[f"delta_across_{layer}"] = np.broadcast_to(delta, own[f"case_gradient_{layer}"].shape)
    own[f"a_down_{layer - 1}"] = np.broadcast_to(nodes, own[f"case_gradient_{layer}"].shape)
    rate = float(given["learning_rate"])
    own[f"change_{layer}"] = -(rate * gradient)
    own[f"bias_change_{layer}"] = -(rate * bias_gradient[..., None, :])
    new_weights, new_bias = without_bias(own[f"W_{layer}_new"], biases)
    own[f"new_weights_{layer}"], own[f"new_bias_{layer}"] = new_weights, new_bias[..., None, :]
    own[f"nodes_{layer - 1}"] = with_bias(below, np.ones(below.shape[:-1]), biases)
    count = a.shape[-1]
    numbers = np.arange(count, dtype=float) + notation_of(lesson).neuron_base
    own[f"neurons_{layer}"] = numbers.reshape(1, count, 1)
    identity = np.eye(count)
    first = a[..., 0, :]  # D and the Jacobian are shown for a single example
    own[f"diagonal_{layer}"] = (
        first[..., :, None] * (identity - first[..., None, :])
        if name == "softmax"
        else slope[..., 0, :, None] * identity
    )


def start(lesson: Lesson) -> dict[str, FloatArray]:
    """What a person may edit, by the name of its block's quantity."""
    network = lesson.network
    pairs = zip(network.weights, network.bias, strict=True)
    values = {f"W_{n}": with_bias(w, b, network.biases) for n, (w, b) in enumerate(pairs, start=1)}
    values["inputs"], values["targets"] = lesson.inputs, lesson.targets
    values["learning_rate"] = np.array([[lesson.training.learning_rate]])
    return values


def all_steps(lesson: Lesson) -> dict[str, FloatArray]:
    """Every quantity of every training step, steps first: what `Training` shows."""
    run = train(lesson, record=True)
    biases = lesson.network.biases
    given = {
        f"W_{n}": with_bias(w, b, biases)
        for n, (w, b) in enumerate(zip(run.weights, run.bias, strict=True), start=1)
    }
    for layer in range(1, lesson.network.layers + 1):  # to the last bit as training had them
        given[f"z_{layer}"], given[f"a_{layer}"] = run.z[layer - 1], run.a[layer]
        given[f"delta_{layer}"] = run.delta[layer - 1]
    steps = len(run.losses)
    turns = np.arange(steps) % len(lesson.inputs)
    if row_examples(lesson) == len(lesson.inputs):
        given["targets"] = np.repeat(lesson.targets[None], steps, axis=0)
    else:
        given["targets"] = lesson.targets[turns][:, None, :]
    given["a_0"] = run.a[0]
    given["learning_rate"] = np.array(lesson.training.learning_rate)
    return {**quantities(lesson, given), **given, "step": np.arange(steps, dtype=float)}


def one_step(lesson: Lesson, every: Quantities | None, shown: int = 0) -> dict[str, FloatArray]:
    """Every quantity of one step: that of `every` which Step shows, or the lesson's first."""
    given: dict[str, FloatArray]
    if every is not None:
        names = ["a_0", "targets", *(f"W_{n}" for n in range(1, lesson.network.layers + 1))]
        given = {name: every[name][shown : shown + 1] for name in names}
    else:
        given = {name: value[None] for name, value in start(lesson).items()}
        given["a_0"] = given.pop("inputs")
    given["learning_rate"] = np.array(lesson.training.learning_rate)
    return {
        name: value[0]
        for name, value in {**quantities(lesson, given), **given}.items()
        if value.ndim
    }


def predictions(lesson: Lesson, every: Quantities | None) -> dict[str, FloatArray]:
    """What `Predict` shows: with the weights after the last of `every` step, or the lesson's."""
    source, turn = (start(lesson), ...) if every is None else (every, -1)
    return predict.numbers(lesson, lesson.inputs, lambda n: source[f"W_{n}"][turn], {})


def cached(lesson: Lesson, workbook: Workbook) -> dict[str, FloatArray]:
    """Block name -> the numbers of its cells, shape (rows, columns), as a fresh file holds them."""
    every = all_steps(lesson) if any(b.layout == "history" for b in workbook.blocks()) else None
    step = {} if predict.is_alone(lesson) else one_step(lesson, every)
    rate = np.array(lesson.training.learning_rate)
    named = {**step, "learning_rate": rate}
    step |= errata.numbers(lesson, named) | notes.numbers(lesson, named)
    if published.is_asked_for(lesson):
        step |= published.numbers({**step, "learning_rate": rate})
    if predict.is_asked_for(lesson):
        step |= predictions(lesson, every)
    typed = start(lesson) | {"step_shown": np.zeros((1, 1))}
    if every is not None:
        typed |= {"first_loss": every["loss"][0], "last_loss": every["loss"][-1]}

    def array(block: Block) -> FloatArray:
        if block.layout == "history":
            assert every is not None, "only Training has histories"
            return every[block.quantity]
        single = typed if block.quantity in typed and block.name in typed else step | typed_scalars
        return np.asarray(single[block.quantity])

    typed_scalars = {"learning_rate": typed["learning_rate"]}
    return {
        block.name: np.asarray(block.to_sheet(array(block).reshape(block.shape)))
        for block in workbook.blocks()
    }
