"""Lessons: read and written to the bit, their defaults and settings, and what is done with them."""

from __future__ import annotations

import copy
import dataclasses
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.changed_lessons import PLAIN, changed
from support.folders import ROOT

from sheetnet import lessons
from sheetnet.core.functions import ACTIVATIONS, LOSSES, REDUCTIONS
from sheetnet.core.network import BIASES, Network
from sheetnet.core.optimizers import OPTIMIZERS
from sheetnet.core.schedules import SCHEDULES
from sheetnet.core.settings import MAIN, SETTINGS
from sheetnet.core.state import State, state_keys
from sheetnet.core.step import train_step
from sheetnet.errors import LessonError
from sheetnet.lessons import Lesson, Training, dumps_json, dumps_toml, load, to_dict
from sheetnet.lessons.lesson import NOTATIONS

GALLERY = Path(lessons.__file__).parents[1] / "gallery"


# --- reading and writing -------------------------------------------------------------------------

floats = st.floats(allow_nan=False, allow_infinity=False)
titles = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f\ufffe\uffff"))
titles = titles.filter(lambda text: not any(c < " " and c not in "\t\n\r" for c in text))


@st.composite
def any_training(draw: st.DrawFn, examples: int) -> Training:
    part, any_size = st.floats(0, 0.99), st.floats(0, 1e300)
    values: dict[str, Any] = {
        "momentum": any_size, "dampening": any_size, "nesterov": st.booleans(),
        "weight_decay": any_size, "decay_biases": st.booleans(), "lr_decay": any_size,
        "centered": st.booleans(), "alpha": any_size, "eps": any_size,
        "betas": st.tuples(part, part),
    }  # fmt: skip
    row = draw(st.sampled_from(list(OPTIMIZERS.values())))
    named = draw(st.sets(st.sampled_from([*row.named, *row.always, *row.named])))
    options = {key: draw(values[key]) for key in sorted(named)}
    if "momentum" not in options or options.get("nesterov"):
        options.pop("dampening", None)
    if "momentum" not in options:
        options.pop("nesterov", None)
    if not {"weight_decay"} & {*options, *row.always}:
        options.pop("decay_biases", None)
    batch = draw(st.sampled_from(["full", "online", examples]))
    if batch != "full" and draw(st.booleans()):
        options["shuffle"] = draw(st.integers(0, 10**6))
    schedule = draw(st.sampled_from(list(SCHEDULES.values())))
    return Training(
        draw(st.floats(0, 1e300)),
        draw(st.integers(0, 10**9)),
        row.name,
        batch,
        schedule.name,
        options,
    )


@st.composite
def any_lesson(draw: st.DrawFn) -> Lesson:
    def array(*shape: int) -> np.ndarray:
        count = int(np.prod(shape))
        return np.array(draw(st.lists(floats, min_size=count, max_size=count))).reshape(shape)

    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    pairs = list(zip(sizes[1:], sizes, strict=False))
    biases = draw(st.sampled_from(BIASES))
    examples = draw(st.integers(1, 3))
    network = Network(
        tuple(sizes),
        tuple(draw(st.sampled_from(list(ACTIVATIONS))) for _ in pairs),
        draw(st.sampled_from(list(LOSSES))),
        draw(st.sampled_from(list(REDUCTIONS))),
        biases,
        tuple(array(d, s) for d, s in pairs),
        () if biases == "none" else tuple(array(d) for d, _ in pairs),
    )
    training = draw(any_training(examples))
    has_state, has_test = draw(st.booleans()), draw(st.booleans())
    arrays = {
        key: [array(*x.shape) for x in getattr(network, key.rpartition("_")[2])]
        for key in (state_keys(network, training) if has_state else ())
    }
    return Lesson(
        draw(titles),
        network,
        array(examples, sizes[0]),
        array(examples, sizes[-1]),
        training,
        test_inputs=array(2, sizes[0]) if has_test else None,
        test_targets=array(2, sizes[-1]) if has_test else None,
        state=State(draw(st.integers(0, 10**9)) if has_state else 0, arrays),
        notation=draw(st.sampled_from(NOTATIONS)),
        formulas=draw(st.sampled_from(["plain", "safe"])),
    )


@settings(deadline=None, max_examples=150)
@given(any_lesson())
def test_every_lesson_comes_back_bit_for_bit(lesson: Lesson) -> None:
    assert load(to_dict(lesson)) == lesson
    assert load(json.loads(json.dumps(to_dict(lesson)))) == lesson
    assert load(json.loads(dumps_json(lesson))) == lesson
    assert load(tomllib.loads(dumps_toml(lesson))) == lesson


@pytest.mark.parametrize(
    "title", ['Say "δ"', "two\nlines\ttab", "back\\slash", "神经网络 🧠", "'''", ""]
)
@pytest.mark.parametrize(("suffix", "dumps"), [(".toml", dumps_toml), (".JSON", dumps_json)])
def test_files_come_back_bit_for_bit(tmp_path: Path, title: str, suffix: str, dumps: Any) -> None:
    network = Network.random([20, 30, 3], "tanh", seed=3)
    rng = np.random.default_rng(1)
    lesson = Lesson(title, network, rng.normal(size=(9, 20)), rng.normal(size=(9, 3)), Training())
    path = tmp_path / f"net{suffix}"
    for mark in ("", "\ufeff"):  # some editors write a byte order mark
        path.write_text(mark + dumps(lesson), encoding="utf-8")
        assert load(path) == load(str(path)) == lesson


def test_equality_sees_one_bit() -> None:
    lesson = load(PLAIN)
    assert lesson == load(copy.deepcopy(PLAIN))
    for path, value in [
        ("title", "Another"),
        ("training.steps", 501),
        ("data.inputs", [[0.1, np.nextafter(0.9, 1)]]),
        ("data.targets", [[0.3, np.nextafter(0.4, 1)]]),
        ("network.bias", [[0.3, 0.6], [-0.3, np.nextafter(0.5, 1)]]),
        ("network.reduction", "mean"),
    ]:
        assert lesson != load(changed(path, value)), path
    assert lesson != "lesson"


def test_the_gallery_lesson_is_document_2() -> None:
    lesson = load(GALLERY / "simple-neural-net.toml")
    table = changed("title", "Back propagation in a simple neural net")
    table["training"] = {**table["training"], "steps": 995}  # type: ignore[dict-item]
    assert dataclasses.replace(lesson, errata=(), notes=()) == load(table)
    assert lessons.train_step(lesson).loss == pytest.approx(0.0605716938833457, rel=1e-14)


def test_defaults() -> None:
    table = copy.deepcopy(PLAIN)
    del table["title"], table["training"], table["network"]["activations"]
    lesson = load(table)
    n = lesson.network
    assert lesson.training == Training(0.5, 500, "sgd", "full")
    assert (lesson.title, lesson.notation, lesson.formulas) == (
        "A neural net",
        "simple-neural-net",
        "plain",
    )
    assert (n.activations, n.loss) == (("sigmoid",) * 2, "half_squared_error")
    assert (n.reduction, n.biases) == ("sum", "trained")


def test_a_missing_learning_rate_is_the_optimizers_own() -> None:
    for name, row in OPTIMIZERS.items():
        training = load(changed("training", {"optimizer": name})).training
        assert training.learning_rate == row.learning_rate
        assert {**training.options} == {**row.always}


def test_every_setting_is_a_row_and_comes_back_by_with_values() -> None:
    assert set(MAIN) < set(SETTINGS)
    lesson = load(changed("training", {"optimizer": "adam", "weight_decay": 0.1}))
    other = lessons.with_values(lesson, settings={"betas": [0.5, 0.25], "eps": 0.5})
    assert other.training.options["betas"] == (0.5, 0.25)
    assert other.training.options["weight_decay"] == 0.1
    with pytest.raises(LessonError, match=r"training\.alpha does not go with"):
        lessons.with_values(lesson, settings={"alpha": 0.5})


def test_what_dicts_may_hold() -> None:
    table = changed("network.activations", "tanh")
    assert load(table).network.activations == ("tanh", "tanh")
    table["data"]["inputs"] = np.array([[0.1, 0.9]])
    table["network"]["weights"] = [np.array(w) for w in table["network"]["weights"]]
    table["network"]["sizes"] = np.array([2, 2, 2])
    table["data"]["targets"] = ((1, 2**100),)
    lesson = load(table)
    assert lesson.targets.tolist() == [[1.0, 2.0**100]]
    with pytest.raises(ValueError, match="read-only"):
        lesson.inputs[0, 0] = 1.0


def test_a_seed_instead_of_weights() -> None:
    table = changed("network.weights", ...)
    del table["network"]["bias"]
    table["network"]["seed"] = 7
    assert load(table).network == Network.random([2, 2, 2], seed=7)


def test_no_biases_need_no_bias() -> None:
    table = changed("network.bias", ...)
    table["network"]["biases"] = "none"
    lesson = load(table)
    assert not any(b.any() for b in lesson.network.bias)
    assert "bias" not in to_dict(lesson)["network"]  # type: ignore[operator]


# --- working with a lesson -----------------------------------------------------------------------


def test_training_follows_the_settings() -> None:
    table = changed("training", {"learning_rate": 0.1, "steps": 7, "batch": "online"})
    table["data"] = {"inputs": [[0.1, 0.9], [0.5, 0.2]], "targets": [[0.3, 0.4], [0.9, 0.1]]}
    lesson = load(table)
    trace = lessons.train_step(lesson)
    first = train_step(lesson.network, lesson.inputs[:1], lesson.targets[:1], 0.1)
    assert trace.network == first.network
    run = lessons.train(lesson, record=True)
    assert run.losses.shape == (8,)
    assert run.a[0][:, 0].tolist() == (lesson.inputs.tolist() * 4)
    assert run.losses[0] == trace.loss
    assert lessons.train(lesson, steps=1).network == trace.network
    assert lessons.train(lesson, steps=0).network == lesson.network


def test_with_values_replaces_only_what_it_is_given() -> None:
    lesson = load(PLAIN)
    assert lessons.with_values(lesson) == lesson
    other = lessons.with_values(lesson, inputs=[[1, 2]], learning_rate=0.25)
    expected = changed("data.inputs", [[1, 2]])
    expected["training"]["learning_rate"] = 0.25
    assert other == load(expected)
    weights = [w + 1.0 for w in lesson.network.weights]
    moved = lessons.with_values(lesson, weights=weights, targets=[[0, 1]], bias=[[0, 0]] * 2)  # type: ignore[list-item]
    assert moved.network.weights[0].tolist() == weights[0].tolist()
    assert (moved.targets.tolist(), moved.inputs.tolist()) == ([[0.0, 1.0]], [[0.1, 0.9]])
    with pytest.raises(LessonError, match=r"data\.inputs has shape"):
        lessons.with_values(lesson, inputs=[[1, 2, 3]])


def test_a_lesson_loads_no_spreadsheet_library() -> None:
    code = "import sys, sheetnet.lessons; print(*{m.partition('.')[0] for m in sys.modules})"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert "numpy" in out
    assert not {"openpyxl", "xlsxwriter", "odf", "python_calamine", "ironcalc", "orjson"} & {*out}

NOTE = {"where": "w", "text": "t", "hint": "h", "answer": "a", "shows": ["z"], "values": ["z_1[0]"]}


def test_notes_survive_every_file(tmp_path: Path) -> None:
    lesson = load({**PLAIN, "notes": [NOTE, {"where": "w", "text": "only a remark"}]})
    assert lesson.notes[0].values == ("z_1[0]",)
    assert lesson != load(PLAIN)
    for suffix, write in ((".toml", lessons.dumps_toml), (".json", lessons.dumps_json)):
        path = tmp_path / f"net{suffix}"
        path.write_text(write(lesson), encoding="utf-8")
        assert load(path) == lesson


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"text": 3}, r"notes\[0\].text is 3; expected printable text"),
        ({"values": "z_1[0]"}, r"notes\[0\].values is 'z_1\[0\]'; expected a list of texts"),
        ({"values": []}, r"notes\[0\].values has 0 expressions and notes\[0\].shows 1 names"),
        ({"shows": [1]}, r"notes\[0\].shows is \[1\]; expected a list of printable texts"),
        ({"anwser": "x"}, "Did you mean 'answer'"),
    ],
)
def test_a_bad_note_is_refused(change: dict[str, object], problem: str) -> None:
    with pytest.raises(LessonError, match=problem):
        load({**PLAIN, "notes": [{**NOTE, **change}]})
