"""Optimisers, schedules, batches and starts against torch; what they remember; finite differences.

The numbers in oracles/torch_*.json were made by tools/make_torch_oracles.py.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from support.forward import loss
from support.torch_runs import TORCH, differences, lesson_of

from sheetnet import lessons
from sheetnet.core import optimizers
from sheetnet.core.batches import rows_of_step, rows_of_steps
from sheetnet.core.functions import Array
from sheetnet.core.initial import RULES
from sheetnet.core.network import Network
from sheetnet.core.optimizers import OPTIMIZERS, pieces, states
from sheetnet.core.schedules import SCHEDULES
from sheetnet.core.settings import SETTINGS, Training, training_of
from sheetnet.core.state import State
from sheetnet.core.update import Parameters, Updater
from sheetnet.errors import LessonError
from sheetnet.lessons import Lesson

TOLERANCE = 1e-9


def cases() -> list[Any]:
    return [
        pytest.param(name, case, id="-".join([name, case["settings"]["optimizer"], str(number)]))
        for name in ("xor", "iris")
        for number, case in enumerate(TORCH[name]["cases"])
    ]


@pytest.mark.parametrize(("name", "case"), cases())
def test_training_is_torchs(name: str, case: dict[str, Any]) -> None:
    table = TORCH[name]
    assert table["steps"] >= 200
    lesson = lesson_of(name, case["settings"])
    assert differences(lessons.train(lesson), case, table["every"]) < TOLERANCE


def test_every_optimizer_option_and_schedule_has_its_oracle() -> None:
    named = [case["settings"] for case in TORCH["xor"]["cases"]]
    assert {case["optimizer"] for case in named} == set(OPTIMIZERS)
    assert {case.get("schedule", "constant") for case in named} == set(SCHEDULES)
    for row in OPTIMIZERS.values():
        used = {key for case in named if case["optimizer"] == row.name for key in case}
        missing = {*row.always, *row.named} - used - {"decay_biases", "weight_decay"}
        assert not missing, row.name
    used = {key for case in named for key in case}
    assert set(SETTINGS) - used == {"steps", "batch", "shuffle"}


def test_defaults_are_torchs() -> None:
    """The oracle's cases that name no option ran with torch's own."""
    bare = [case for case in TORCH["xor"]["cases"] if len(case["settings"]) == 1]
    assert {case["settings"]["optimizer"] for case in bare} == {"rmsprop", "adam", "adamw"}


# --- the tester is tested: what real sheets get wrong is noticed ------------------------------


MISTAKES: dict[str, tuple[str, Any, str]] = {
    "bias correction with t-1": (
        "correction", lambda keep, count: 1.0 - keep ** np.maximum(count - 1.0, 1.0), "adam"),
    "ε inside the root": (
        "corrected_root", lambda v, c, eps: np.sqrt(v / c + eps), "adam"),
    "ε inside the root of adagrad": (
        "root", lambda s, eps: np.sqrt(s + eps), "adagrad"),
    "momentum that includes the rate twice": (
        "velocity", lambda v, g, mu: mu * v + 0.2 * g, "sgd"),
    "decay after the momentum": (
        "decayed", lambda g, w, decay: g - decay * w, "sgd"),
    "v of a neighbour": (
        "average_square", lambda v, g, keep: np.roll(keep * v + (1 - keep) * g * g, 1), "adam"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rule, wrong, name = MISTAKES[mistake]
    right = getattr(optimizers, rule)
    row = OPTIMIZERS[name]
    planted = tuple(p._replace(rule=wrong) if p.rule is right else p for p in row.pieces)
    assert planted != row.pieces
    monkeypatch.setitem(OPTIMIZERS, name, row._replace(pieces=planted))
    far = []
    for case in TORCH["xor"]["cases"]:
        if case["settings"]["optimizer"] == name:
            run = lessons.train(lesson_of("xor", case["settings"]))
            far.append(differences(run, case, TORCH["xor"]["every"]))
    assert max(far) > 1e-6


def test_decay_on_the_bias_is_noticed() -> None:
    (case,) = [
        case
        for case in TORCH["iris"]["cases"]
        if case["settings"]["optimizer"] == "adamw" and "decay_biases" in case["settings"]
    ]
    wrong = {**case["settings"], "decay_biases": True}
    run = lessons.train(lesson_of("iris", wrong))
    assert differences(run, case, TORCH["iris"]["every"]) > 1e-6


# --- the table --------------------------------------------------------------------------------


def every_choice() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each optimiser with each subset of what may be named that goes together."""
    on = {"nesterov": True, "centered": True, "decay_biases": False, "momentum": 0.9,
          "dampening": 0.2, "weight_decay": 0.1, "lr_decay": 0.1}  # fmt: skip
    for row in OPTIMIZERS.values():
        for bits in range(2 ** len(row.named)):
            chosen = {k: on[k] for n, k in enumerate(row.named) if bits >> n & 1}
            try:
                training = training_of({"optimizer": row.name, **chosen})
            except LessonError:
                continue
            yield row.name, dict(training.options)


@pytest.mark.parametrize("bias", [False, True])
def test_every_piece_finds_what_it_needs_before_it(bias: bool) -> None:
    count = 0
    for name, options in every_choice():
        chain = pieces(name, options, bias)
        known = {"gradient", "last_value", "rate", "count", *optimizers.numbers(options)}
        known |= {f"last_{state}" for state in states(name, options)}
        for piece in chain:
            assert known.issuperset(piece.needs), (name, options, piece)
            known.add(piece.name)
        assert chain[-1].name == "value"
        assert len({piece.name for piece in chain}) == len(chain)
        needed = {need for piece in chain for need in piece.needs}
        assert all(piece.name in needed for piece in chain[:-1]), "a piece that nobody needs"
        count += 1
    assert count > 30


def test_what_is_not_named_is_not_there() -> None:
    assert [p.name for p in pieces("sgd", {})] == ["value"]
    assert pieces("sgd", {})[0].needs == ("last_value", "rate", "gradient")
    assert states("sgd", {"momentum": 0.0}) == ("velocity",)
    assert states("adam", dict(Training(optimizer="adam").options)) == ("m", "v")
    assert [p.name for p in pieces("adam", {}) if p.per == "step"] == [
        "correction_1", "correction_2", "step_size"
    ]  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_plain_numbers_and_whole_histories_take_the_same_rules(name: str) -> None:
    """A rule on arrays with the steps first makes what it makes step by step."""
    rng = np.random.default_rng(5)
    training = training_of({"optimizer": name, "weight_decay": 0.1})
    chain = pieces(name, training.options)
    known = {key: np.asarray(x) for key, x in optimizers.numbers(training.options).items()}
    known |= {f"last_{s}": rng.uniform(0.1, 1, (6, 2, 3)) for s in states(name, training.options)}
    known |= {"gradient": rng.normal(size=(6, 2, 3)), "last_value": rng.normal(size=(6, 2, 3))}
    known |= {"count": np.arange(1.0, 7.0)[:, None, None], "rate": np.full((6, 1, 1), 0.3)}
    for piece in chain:
        known[piece.name] = piece.rule(*(known[need] for need in piece.needs))
        for t in range(6):
            row = [x[t] if np.ndim(x := known[need]) else x for need in piece.needs]
            np.testing.assert_allclose(piece.rule(*row), known[piece.name][t], rtol=1e-15)


# --- going on ---------------------------------------------------------------------------------

GOING_ON = [
    *(case["settings"] for case in TORCH["iris"]["cases"]),
    {"batch": "online"},
    {"batch": "online", "shuffle": 3, "momentum": 0.9},
    {"batch": 7},
    {"batch": "full", "optimizer": "adam"},
]


@pytest.mark.parametrize("number", range(len(GOING_ON)))
def test_ten_and_ten_steps_are_twenty(number: int) -> None:
    lesson = lesson_of("iris", GOING_ON[number])
    whole = lessons.train(lesson, 20)
    first = lessons.trained(lesson, lessons.train(lesson, 10))
    again = lessons.load(lessons.to_dict(first))
    assert again == first
    second = lessons.train(again, 10)
    assert second.network == whole.network
    assert second.state == whole.state and second.state.count == 20
    np.testing.assert_array_equal(second.losses, whole.losses[10:])
    assert lessons.trained(first, second) == lessons.trained(lesson, whole)


def test_the_first_step_is_the_trainings_first_and_so_on() -> None:
    for settings in ({"optimizer": "adam"}, {"momentum": 0.9, "schedule": "exponential"}):
        lesson = lesson_of("iris", settings)
        lesson = lessons.trained(lesson, lessons.train(lesson, 5))
        trace, run = lessons.train_step(lesson), lessons.train(lesson, 1)
        assert trace.network == run.network
        assert trace.loss == run.losses[0]


# --- gradients with everything in them --------------------------------------------------------


@pytest.mark.parametrize("decay_biases", [True, False])
def test_weight_decay_is_the_gradient_of_a_penalty(decay_biases: bool) -> None:
    """(old - new) / rate is the slope of loss + ½λΣw², by central differences."""
    options = {"weight_decay": 0.3, "decay_biases": decay_biases}
    network = Network.random([3, 4, 2], "tanh", seed=5)
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(4, 3)), rng.uniform(size=(4, 2))
    lesson = Lesson("", network, x, y, Training(0.125, options=options))
    new = lessons.train_step(lesson).network

    def penalised(weights: list[Array], bias: list[Array]) -> float:
        squares = sum(float((w * w).sum()) for w in weights)
        squares += sum(float((b * b).sum()) for b in bias) if decay_biases else 0.0
        return loss(network.with_parameters(weights, bias), x, y) + 0.15 * squares

    for part in ("weights", "bias"):
        for l, old in enumerate(getattr(network, part)):
            for place in np.ndindex(old.shape):
                ends = []
                for h in (1e-5, -1e-5):
                    arrays = {
                        "weights": [w.copy() for w in network.weights],
                        "bias": [b.copy() for b in network.bias],
                    }
                    arrays[part][l][place] += h
                    ends.append(penalised(arrays["weights"], arrays["bias"]))
                slope = (ends[0] - ends[1]) / 2e-5
                moved = (old[place] - getattr(new, part)[l][place]) / 0.125
                assert moved == pytest.approx(slope, rel=1e-7, abs=1e-9)


# --- batches ----------------------------------------------------------------------------------


def test_batches_are_torchs_rows() -> None:
    for t, row in enumerate(TORCH["iris"]["rows"]):
        assert rows_of_step(16, 150, t, 7).tolist() == row


def test_each_round_takes_each_example_once() -> None:
    for batch, size, shuffle in (
        ("online", 1, 3), (2, 2, 3), (4, 4, 5), ("online", 1, None), (3, 3, None)
    ):  # fmt: skip
        taken = np.concatenate([rows_of_step(batch, 12, t, shuffle) for t in range(36 // size)])
        rounds = taken.reshape(3, 12)
        assert (np.sort(rounds) == np.arange(12)).all()
        assert (rounds[0] == rounds[1]).all() == (shuffle is None)
    assert [rows_of_step(5, 12, t).tolist() for t in (2, 3)] == [[10, 11], [0, 1, 2, 3, 4]]
    assert rows_of_steps(5, 12, 2, 1).tolist() == [[10, 11, 11, 11, 11]]
    assert rows_of_step("full", 3, 8).tolist() == [0, 1, 2]
    assert rows_of_step(3, 3, 8).tolist() == [0, 1, 2]


# --- starts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", TORCH["starts"]["starts"], ids=lambda c: c["init"])
def test_starts_spread_as_torchs(case: dict[str, Any]) -> None:
    fan_in, fan_out = case["fan_in"], case["fan_out"]
    limit = RULES[case["init"]].limit(fan_in, fan_out)
    assert case["largest"] <= limit * (1 + 1e-12)
    assert limit == pytest.approx(case["largest"], rel=1e-3)
    network = Network.random([fan_in, fan_out], init=case["init"], seed=1)
    assert np.abs(network.weights[0]).max() == pytest.approx(case["largest"], rel=1e-3)
    assert network.weights[0].var() == pytest.approx(case["variance"], rel=0.02)
    if case["bias_variance"]:
        assert network.bias[0].var() == pytest.approx(case["bias_variance"], rel=0.2)
    else:
        assert not network.bias[0].any()


def test_the_rule_without_a_name_is_as_ever() -> None:
    assert Network.random([3, 4, 2], seed=5) == Network.random([3, 4, 2], seed=5, init="uniform")
    rng = np.random.default_rng(5)
    first = rng.uniform(-1.0 / 3.0**0.5, 1.0 / 3.0**0.5, (4, 3))
    np.testing.assert_array_equal(Network.random([3, 4, 2], seed=5).weights[0], first)


# --- states -----------------------------------------------------------------------------------

ADAM = Training(optimizer="adam")
NET = Network.random([2, 3, 1], seed=1)
ONE = np.array([[0.0, 1.0]]), np.array([[1.0]])


@pytest.mark.parametrize(
    ("training", "state", "words"),
    [
        (ADAM, State(3), [r"state\.m_weights is missing; adam needs it to go on after 3 updates"]),
        (ADAM, State(-1), [r"state\.count is -1"]),
        (Training(), State(0, {"m_weights": [np.zeros((3, 2))]}),
         [r"state\.m_weights is nothing that sgd remembers here\. It remembers nothing"]),
        (ADAM, State(0, {"m_weight": ()}), ["Did you mean 'm_weights'"]),
        (ADAM, State(0, {"m_bias": [np.zeros(3)]}), [r"state\.m_bias has the shapes \[\[3\]\]"]),
        (ADAM, State(0, {"m_bias": [np.zeros(3), np.array([np.nan])]}),
         [r"state\.m_bias\[1\]\[0\] is nan"]),
    ],
)  # fmt: skip
def test_states_that_do_not_fit(training: Training, state: State, words: list[str]) -> None:
    for word in words:
        with pytest.raises(LessonError, match=word):
            Lesson("", NET, *ONE, training, state=state)


def test_a_state_needs_no_bias_where_none_is_trained() -> None:
    fixed = Network.random([2, 3, 1], biases="fixed", seed=1)
    lesson = Lesson("", fixed, *ONE, ADAM)
    assert set(lesson.state.arrays) == {"m_weights", "v_weights"}
    run = lessons.train(lesson, 3)
    assert set(run.state.arrays) == {"m_weights", "v_weights"}
    assert all(map(np.array_equal, run.network.bias, fixed.bias))


def test_histories_of_states_are_recorded() -> None:
    lesson = Lesson("", NET, *ONE, ADAM)
    run = lessons.train(lesson, 4, record=True)
    assert {key: x[0].shape for key, x in run.states.items()} == {
        "m_weights": (5, 3, 2), "m_bias": (5, 3), "v_weights": (5, 3, 2), "v_bias": (5, 3)
    }  # fmt: skip
    for t in range(5):
        state = lessons.train(lesson, t).state
        for key, layers in state.arrays.items():
            for l, array in enumerate(layers):
                np.testing.assert_array_equal(run.states[key][l][t], array)


def test_updates_leave_what_they_were_given_alone() -> None:
    state = State(2, {"velocity_weights": [np.ones((3, 2)), np.ones((1, 3))],
                      "velocity_bias": [np.ones(3), np.ones(1)]})  # fmt: skip
    before = copy.deepcopy([x.tolist() for layers in state.arrays.values() for x in layers])
    updater = Updater(NET, Training(options={"momentum": 0.5}))
    new = updater.updated(Parameters(NET.weights, NET.bias, state), NET.weights, NET.bias)
    assert new.state.count == 3
    assert [x.tolist() for layers in state.arrays.values() for x in layers] == before
