"""Steps and training: rows against repeated steps, leading axes, saturation, divergence."""

from __future__ import annotations

import warnings
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from support.forward import forward, loss

from sheetnet.core import step
from sheetnet.core.functions import ACTIVATIONS
from sheetnet.core.measures import accuracy, best_row, has_classes
from sheetnet.core.network import BIASES, Network
from sheetnet.core.settings import Training
from sheetnet.core.train import Run, train
from sheetnet.errors import LessonError

RNG = np.random.default_rng(11)
INPUTS, TARGETS = RNG.normal(size=(5, 3)), RNG.uniform(0.1, 0.9, (5, 2))
CLOSE: dict[str, Any] = {"rtol": 1e-12, "atol": 1e-15}


def network(activation: str = "sigmoid", biases: str = "trained", **rules: str) -> Network:
    return Network.random([3, 4, 2], activation, biases=biases, seed=5, **rules)


@pytest.mark.parametrize("batch", ["full", "online"])
@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("reduction", ["sum", "mean", "mean_all"])
@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_rows_are_repeated_steps(activation: str, reduction: str, biases: str, batch: str) -> None:
    start = network(activation, biases, reduction=reduction, loss="categorical_cross_entropy")
    run = train(start, INPUTS, TARGETS, Training(0.3, 12, batch=batch), record=True)
    now = start
    for t in range(13):
        rows = slice(t % 5, t % 5 + 1) if batch == "online" else slice(None)
        trace = step.train_step(now, INPUTS[rows], TARGETS[rows], 0.3)
        np.testing.assert_allclose(run.losses[t], trace.loss, **CLOSE)
        for l in range(2):
            np.testing.assert_allclose(run.weights[l][t], now.weights[l], **CLOSE)
            np.testing.assert_allclose(run.bias[l][t], now.bias[l], **CLOSE)
            np.testing.assert_allclose(run.z[l][t], trace.z[l], **CLOSE)
            np.testing.assert_allclose(run.delta[l][t], trace.delta[l], **CLOSE)
        for l in range(3):
            np.testing.assert_allclose(run.a[l][t], trace.a[l], **CLOSE)
        if t == 12:
            assert all(np.array_equal(run.weights[l][t], run.network.weights[l]) for l in (0, 1))
        now = trace.network
    np.testing.assert_array_equal(run.loss, run.losses)


def test_without_record_only_the_histories_are_missing() -> None:
    long = train(network(), INPUTS, TARGETS, Training(0.3, 20), record=True)
    short = train(network(), INPUTS, TARGETS, Training(0.3, 20))
    np.testing.assert_array_equal(long.losses, short.losses)
    assert long.network == short.network
    empty = [
        f.name for f in fields(Run) if isinstance(x := getattr(short, f.name), tuple) and not x
    ]
    assert empty == ["weights", "bias", "z", "a", "delta"]


def test_zero_steps_are_the_start() -> None:
    run = train(network(), INPUTS, TARGETS, Training(0.3, 0), record=True)
    assert run.network == network()
    assert run.losses.tolist() == [loss(network(), INPUTS, TARGETS)]
    assert run.delta[1].shape == (1, 5, 2)


def test_the_pieces_serve_a_whole_history_at_once() -> None:
    start = network("tanh", reduction="mean")
    run = train(start, INPUTS, TARGETS, Training(0.3, 9), record=True)
    for l in range(2):
        z = step.weighted_input(run.a[l], run.weights[l], run.bias[l])
        np.testing.assert_allclose(z, run.z[l], **CLOSE)
        np.testing.assert_allclose(ACTIVATIONS["tanh"].value(z), run.a[l + 1], **CLOSE)
        dW = step.weight_gradient(run.delta[l], run.a[l])
        np.testing.assert_allclose(
            step.updated(run.weights[l][:-1], dW[:-1], 0.3), run.weights[l][1:], **CLOSE
        )
        db = step.bias_gradient(run.delta[l])
        np.testing.assert_allclose(
            step.updated(run.bias[l][:-1], db[:-1], 0.3), run.bias[l][1:], **CLOSE
        )
    below = step.propagate(run.delta[1], run.weights[1])
    back = ACTIVATIONS["tanh"].backward(run.z[0], run.a[1], below)
    np.testing.assert_allclose(back, run.delta[0], **CLOSE)


def test_forward_and_loss_agree_with_the_trace() -> None:
    trace = step.train_step(network(reduction="mean"), INPUTS, TARGETS, 0.1)
    z, a = forward(network(), INPUTS)
    assert all(np.array_equal(x, y) for x, y in zip(z + a, trace.z + trace.a, strict=True))
    assert loss(network(reduction="mean"), INPUTS, TARGETS) == trace.loss
    assert trace.loss == pytest.approx(trace.example_losses.sum() / 5, rel=1e-15)
    assert trace.example_losses.shape == (5,)


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        *((name, "half_squared_error") for name in ACTIVATIONS),
        ("sigmoid", "binary_cross_entropy"),
        ("softmax", "categorical_cross_entropy"),
    ],
)
def test_saturated_networks_stay_finite_and_quiet(activation: str, loss: str) -> None:
    weights = (np.array([[800.0], [-800.0]]), np.array([[800.0, -800.0], [-800.0, 800.0]]))
    start = Network((1, 2, 2), (activation,) * 2, loss, "sum", "none", weights)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace = step.train_step(start, [[1.0], [-1.0]], [[0.0, 1.0], [1.0, 0.0]], 1e-9)
        run = train(start, [[1.0], [-1.0]], [[0.0, 1.0], [1.0, 0.0]], Training(1e-9, 2))
    assert np.abs(trace.z[0]).max() == 800.0
    assert np.isfinite([trace.loss, *run.losses]).all()
    assert all(np.isfinite(x).all() for x in trace.delta + trace.dW + trace.network.weights)


def test_divergence_is_refused_and_names_the_row() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(LessonError, match=r"Training row \d+: .*training\.learning_rate"):
            train(network("identity"), INPUTS, TARGETS, Training(1e30, 50))


def test_an_output_outside_the_domain_of_the_loss_is_refused() -> None:
    start = network("tanh", loss="binary_cross_entropy")
    with pytest.raises(LessonError, match="outputs of tanh suit the loss binary_cross_entropy"):
        step.train_step(start, INPUTS, TARGETS, 0.1)


@pytest.mark.parametrize(
    ("inputs", "targets", "words"),
    [
        (np.ones((5, 2)), TARGETS, r"data\.inputs has shape \(5, 2\).*\(examples, 3\)"),
        (INPUTS, np.ones((5, 3)), r"data\.targets has shape \(5, 3\).*\(examples, 2\)"),
        (INPUTS[:4], TARGETS, r"data\.targets has 5 examples; data\.inputs has 4"),
        (INPUTS[0], TARGETS[0], r"data\.inputs has shape \(3,\)"),
        (np.ones((0, 3)), np.ones((0, 2)), "at least one example"),
        (np.full((5, 3), np.nan), TARGETS, r"data\.inputs\[0\]\[0\] is nan"),
        ([["a", "b", "c"]], [[1, 2]], r"data\.inputs .*expected numbers"),
        ([[True, False, True]], [[1, 2]], r"data\.inputs .*expected numbers"),
    ],
)
def test_data_that_does_not_fit(inputs: Any, targets: Any, words: str) -> None:
    for call in (
        lambda n, x, y: step.train_step(n, x, y, 0.1),
        lambda n, x, y: train(n, x, y, Training(0.1, 1)),
    ):
        with pytest.raises(LessonError, match=words):
            call(network(), inputs, targets)


@pytest.mark.parametrize(
    ("steps", "batch", "words"),
    [
        (-1, "full", r"training\.steps is -1"),
        (1.5, "full", r"training\.steps is 1\.5"),
        (10**12, "full", r"training\.steps makes 1,000,000,000,001 losses"),
        (50_000_000, "full", r"numbers to record"),
        (5, 6, r"training\.batch is 6; data\.inputs has 5 examples"),
        (5, "fulll", r"training\.batch is 'fulll'.*Did you mean 'full'"),
    ],
)
def test_settings_that_cannot_be_used(steps: Any, batch: Any, words: str) -> None:
    with pytest.raises(LessonError, match=words):
        train(network(), INPUTS, TARGETS, Training(0.1, steps, batch=batch), record=True)


@pytest.mark.parametrize("rate", [np.nan, np.inf, -0.1, True, "0.5", None])
def test_a_wrong_learning_rate_is_refused(rate: Any) -> None:
    with pytest.raises(LessonError, match=r"training\.learning_rate"):
        Training(learning_rate=rate)


# --- training that diverges, shown when that is asked for -------------------------------------


def test_divergence_is_shown_up_to_where_numbers_end() -> None:
    far = Training(1e30, 50)
    start = network("identity")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = train(start, INPUTS, TARGETS, far, record=True, stop=True)
    rows = run.diverged
    assert rows is not None and 1 < rows < 50
    assert run.losses.shape == (rows,) and np.isfinite(run.losses).all()
    assert all(x.shape[0] == rows for x in (*run.weights, *run.bias, *run.z, *run.a, *run.delta))
    assert all(np.isfinite(x).all() for x in (*run.weights, *run.bias))
    assert all(map(np.array_equal, run.network.weights, (w[-1] for w in run.weights)))
    assert run.state.count == rows - 1
    with pytest.raises(LessonError, match=f"Training row {rows}: "):
        train(start, INPUTS, TARGETS, far)
    short = train(start, INPUTS, TARGETS, Training(1e30, rows - 1))
    np.testing.assert_array_equal(short.losses, run.losses)
    assert short.network == run.network


def test_training_that_converges_does_not_mind_being_allowed_to_diverge() -> None:
    for record in (True, False):
        calm = train(network(), INPUTS, TARGETS, Training(0.3, 20), record=record, stop=True)
        same = train(network(), INPUTS, TARGETS, Training(0.3, 20), record=record)
        assert calm.diverged is None and calm.network == same.network
        np.testing.assert_array_equal(calm.losses, same.losses)


def test_where_not_even_the_first_row_has_numbers_there_is_nothing_to_show() -> None:
    start = network("tanh", loss="binary_cross_entropy")
    with pytest.raises(LessonError, match="Training row 0"):
        train(start, INPUTS, TARGETS, Training(0.1, 5), stop=True)


# --- a test set -------------------------------------------------------------------------------


def test_a_test_set_is_measured_and_changes_nothing() -> None:
    x, y = RNG.normal(size=(7, 3)), np.eye(2)[RNG.integers(0, 2, 7)]
    plain = train(network(), INPUTS, TARGETS, Training(0.3, 6))
    run = train(network(), INPUTS, TARGETS, Training(0.3, 6), test=(x, y), record=True)
    assert run.network == plain.network and not plain.test_losses.size
    for t in range(7):
        now = network().with_parameters([w[t] for w in run.weights], [b[t] for b in run.bias])
        outputs = forward(now, x)[1][-1]
        assert run.test_losses[t] == pytest.approx(loss(now, x, y), rel=1e-14)
        right = sum(int(max(a) == a[list(t).index(1.0)]) for a, t in zip(outputs, y, strict=True))
        assert run.test_accuracies[t] == right / 7
    assert best_row(run.test_losses) == run.test_losses.tolist().index(min(run.test_losses))


def test_accuracy_needs_classes() -> None:
    assert has_classes(np.array([[0.0], [1.0]])) and has_classes(np.eye(3))
    for none in ([[0.5]], [[1.0, 1.0]], [[0.0, 0.0]], [[0.5, 0.5]], [[-1.0]]):
        assert not has_classes(np.array(none))
    assert accuracy(np.array([[0.4], [0.6], [0.5]]), np.array([[0.0], [0.0], [1.0]])) == 1 / 3
    assert accuracy(np.array([[0.5, 0.5], [0.1, 0.9]]), np.array([[1.0, 0.0], [1.0, 0.0]])) == 0.5
    run = train(network(), INPUTS, TARGETS, Training(0.3, 2), test=(INPUTS, TARGETS))
    assert run.test_losses.shape == (3,) and not run.test_accuracies.size


def test_a_test_set_that_does_not_fit_is_refused() -> None:
    with pytest.raises(LessonError, match=r"data\.test_inputs has shape \(5, 2\)"):
        train(network(), INPUTS, TARGETS, Training(), test=(np.ones((5, 2)), TARGETS))
