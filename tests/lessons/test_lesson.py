"""Lessons: reading and writing them bit for bit, and every way in which one can be wrong."""

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
PLAIN: dict[str, Any] = {
    "title": "A simple neural net",
    "network": {
        "sizes": [2, 2, 2],
        "activations": ["sigmoid", "sigmoid"],
        "weights": [[[0.5, -0.2], [0.2, -0.6]], [[0.1, 0.5], [0.2, 0.3]]],
        "bias": [[0.3, 0.6], [-0.3, 0.5]],
    },
    "training": {"learning_rate": 0.5, "steps": 500},
    "data": {"inputs": [[0.1, 0.9]], "targets": [[0.3, 0.4]]},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """PLAIN with the key at a dotted path set, or removed where the value is `...`."""
    table = copy.deepcopy(PLAIN)
    *parents, key = path.split(".")
    inner = table
    for parent in parents:
        inner = inner[parent]
    if value is ...:
        del inner[key]
    else:
        inner[key] = value
    return table


# --- reading and writing ----------------------------------------------------------------------

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


# --- what is refused ----------------------------------------------------------------------------

REFUSED: list[tuple[str, Any, list[str]]] = [
    ("titel", "x", ["titel is not a key", "Did you mean 'title'?"]),
    ("network.activation", "x", ["network.activation is not a key", "'activations'"]),
    ("network.zzz", 1, ["network.zzz is not a key", "Known keys: sizes"]),
    ("training.learningrate", 1, ["training.learningrate", "'learning_rate'"]),
    ("data.input", [[1]], ["data.input is not a key", "'inputs'"]),
    ("title", 7, ["title is 7; expected text"]),
    ("title", "a\x00b", ["title holds the character U+0000"]),
    ("title", "\ud800", ["title holds the character U+D800"]),
    ("formulas", "fancy", ["formulas is 'fancy'; expected one of plain, safe"]),
    ("network", [1], ["network is [1]; expected a table"]),
    ("network.sizes", ..., ["network.sizes is missing"]),
    ("network.sizes", "2-2-2", ["network.sizes is '2-2-2'; expected a list"]),
    ("network.sizes", [], ["network.sizes is []; expected at least two layers"]),
    ("network.sizes", [2, "2", 2], ["network.sizes[1] is '2'; expected a whole number"]),
    ("network.sizes", [10**9, 2], ["expected at most 10,000,000"]),
    ("network.activations", 3, ["network.activations is 3; expected a list"]),
    ("network.activations", [], ["network.activations has 0 names; expected 2"]),
    ("network.activations", [1, "relu"], ["network.activations[0] is 1; expected one of"]),
    ("network.loss", "half_square_error", ["Did you mean 'half_squared_error'?"]),
    ("network.loss", ["a"], ["network.loss is ['a']"]),
    ("network.weights", ..., ["network.weights is missing", "seed = 7"]),
    ("network.weights", [], ["network.weights has 0 layers; sizes [2, 2, 2] need 2"]),
    (
        "network.weights",
        [[[1, 2], [3, True]], [[1, 2], [3, 4]]],
        ["network.weights[0][1][1] is True"],
    ),
    ("network.weights", [[[1, 2], [3]], [[1, 2], [3, 4]]], ["network.weights[0][1] has 1 numbers"]),
    (
        "network.weights",
        [[[1, 2], [3, 4]], [[1, "abc"], [3, 4]]],
        ["[1][0][1] is 'abc'; expected a"],
    ),
    ("network.weights", [[[1, 2]], [[1, 2], [3, 4]]], ["network.weights[0] has shape (1, 2)"]),
    ("network.bias", [[1, 2], 3], ["network.bias[1] is 3; expected a list of numbers"]),
    ("network.bias", [[1, 2], [3, np.inf]], ["network.bias[1][1] is inf; expected a finite"]),
    ("network.seed", 7, ["network.weights stands beside network.seed", "network.bias stands"]),
    ("network.biases", "none", ['network.biases is "none"']),
    ("training", 5, ["training is 5; expected a table"]),
    ("training.learning_rate", True, ["training.learning_rate is True"]),
    ("training.learning_rate", float("nan"), ["training.learning_rate is nan"]),
    ("training.learning_rate", 10**400, ["training.learning_rate is"]),
    ("training.steps", 2.5, ["training.steps is 2.5; expected a whole number, 0 or more"]),
    ("training.batch", "onlin", ["Did you mean 'online'?"]),
    ("training.batch", 0, ["training.batch is 0; expected a whole number, 1 or more"]),
    ("training.batch", 2, ["training.batch is 2; data.inputs has 1 examples"]),
    ("training.optimizer", "newton", ["training.optimizer is 'newton'; expected one of sgd, ada"]),
    ("training.optimizer", "rmsprob", ["Did you mean 'rmsprop'?"]),
    ("training.schedule", "cosin", ["Did you mean 'cosine'?"]),
    ("training.momentum", -0.1, ["training.momentum is -0.1; expected a finite number, 0 or"]),
    ("training.momentum", "0.9", ["Write for example momentum = 0.9"]),
    ("training.nesterov", 1, ["training.nesterov is 1; expected true or false"]),
    ("training.nesterov", True, ["training.nesterov needs training.momentum"]),
    ("training.dampening", 0.5, ["training.dampening needs training.momentum"]),
    ("training.decay_biases", False, ["training.decay_biases needs training.weight_decay"]),
    (
        "training.betas",
        [0.9, 0.99],
        ["training.betas does not go with optimizer = 'sgd'", 'optimizer = "adam" or "adamw"'],
    ),
    ("training.gamma", 0.5, ["schedule = 'constant'", '"step" or "exponential"']),
    ("training.shuffle", 7, ["batch = 'full'", 'batch = "online" or a number']),
    ("training.shuffel", 7, ["training.shuffel is not a key", "Did you mean 'shuffle'?"]),
    ("training", {"optimizer": "adam", "betas": [0.9]}, ["training.betas is [0.9]; expected two"]),
    ("training", {"optimizer": "adam", "betas": [0.9, 1.0]}, ["from 0 to less than 1"]),
    (
        "training",
        {"optimizer": "adam", "momentum": 0.9},
        ["training.momentum does not go with optimizer = 'adam'", '"sgd" or "rmsprop"'],
    ),
    (
        "training",
        {"momentum": 0.9, "nesterov": True, "dampening": 0.1},
        ["training.nesterov needs training.dampening to be 0"],
    ),
    ("training", {"schedule": "warm_up", "start_factor": 0}, ["more than 0 and at most 1"]),
    ("training", {"schedule": "cosine", "T_max": 0}, ["training.T_max is 0", "1 or more"]),
    ("network.init", "he", ["network.init needs network.seed"]),
    ("network", {"sizes": [2, 2], "seed": 1, "init": "hee"}, ["Did you mean 'he'?"]),
    ("state", 5, ["state is 5; expected a table. Write [state] in TOML."]),
    ("state", {"count": 1.5}, ["state.count is 1.5; expected the whole number"]),
    ("state", {"velocity_weights": []}, ["nothing that sgd remembers here"]),
    ("data.test_inputs", [[1, 2]], ["data.test_targets is missing"]),
    ("data.test_targets", [[1, 2]], ["data.test_inputs is missing"]),
    ("data", ..., ["data.inputs is missing", "data.targets is missing"]),
    ("data.inputs", [0.1, 0.9], ["data.inputs[0] is 0.1; expected a list of numbers"]),
    ("data.inputs", [[]], ["data.inputs[0] is []; expected a list of numbers, at least one"]),
    ("data.inputs", [[0.1, 0.9, 0.5]], ["data.inputs has shape (1, 3)", "(examples, 2)"]),
    ("data.inputs", [[0.1, 10**400]], ["data.inputs[0][1] is"]),
    ("data.inputs", [[1, 2], [3, 4]], ["data.targets has 1 examples; data.inputs has 2"]),
    ("data.inputs", np.array([[True, False]]), ["data.inputs[0][0] is True"]),
    ("data.targets", [["a"] * 100], ["data.targets[0][19]", "has 80 more problems"]),
]


@pytest.mark.parametrize(
    ("path", "value", "words"), REFUSED, ids=[f"{i}-{row[0]}" for i, row in enumerate(REFUSED)]
)
def test_refused(path: str, value: Any, words: list[str]) -> None:
    with pytest.raises(LessonError) as caught:
        load(changed(path, value))
    for word in words:
        assert word in str(caught.value)


def test_all_problems_come_at_once() -> None:
    table = changed("network.weights", [[[1, 2], [3, True]], [[1, 2], [3, 4]]])
    table |= {"titel": 1, "title": 2, "training": {"steps": -1, "batch": "x", "momentum": "a"}}
    table["network"] |= {"loss": "x", "seeds": 1}
    table["data"] = {"inputs": [[1, 2, 3]], "targets": [[1, 2], [3, 4]]}
    with pytest.raises(LessonError) as caught:
        load(table)
    head, *rows = str(caught.value).splitlines()
    assert head == "lesson: 10 problems"
    assert [row.split()[1] for row in rows] == [
        "titel",
        "title",
        "network.seeds",
        "network.loss",
        "network.weights[0][1][1]",
        "training.steps",
        "training.batch",
        "training.momentum",
        "data.inputs",
        "data.targets",
    ]


def nested(depth: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner]
    return inner


def test_deep_and_huge_values_are_shown_shortly() -> None:
    for value in (nested(100_000), 2**100_000, "x" * 10**6, list(range(10**5))):
        with pytest.raises(LessonError) as caught:
            load(changed("network.sizes", value))
        assert len(str(caught.value)) < 100_000
    with pytest.raises(LessonError, match=r"data\.inputs"):
        load(changed("data.inputs", nested(100_000)))


FILES: list[tuple[str, bytes, str]] = [
    ("a.toml", b"title = ", "cannot be read as TOML"),
    ("a.toml", b"\xff\xfe", "cannot be read as TOML.*utf-8"),
    ("a.toml", b"a = 1\na = 2", "cannot be read as TOML"),
    ("a.toml", b"a = " + b"[" * 100_000, "nested too deeply"),
    ("a.toml", b"", "network.sizes is missing"),
    ("a.json", b"{", "cannot be read as JSON"),
    ("a.json", b"[" * 100_000, "nested too deeply"),
    ("a.json", b"[1, 2]", "expected an object"),
    ("a.json", b'{"title": "a", "title": "b"}', "'title' stands twice"),
    ("a.json", b'{"data": {"inputs": [[NaN, 1e999]]}}', r"data\.inputs\[0\]\[1\] is inf"),
    ("a.json", b'{"title": ' + b"9" * 5000 + b"}", "cannot be read as JSON"),
    ("a.yaml", b"", "ending in .toml, .json or .npz"),
    ("lesson", b"", "ending in .toml, .json or .npz"),
]


@pytest.mark.parametrize(
    ("name", "content", "words"), FILES, ids=[f"{i}-{row[0]}" for i, row in enumerate(FILES)]
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LessonError, match=words):
        load(tmp_path / name)


def test_paths_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    for source, words in [
        (tmp_path / "none.toml", "does not exist"),
        (tmp_path / "folder.toml", "is a directory"),
        ("nul\0.toml", "cannot be read|does not exist"),
        ("x" * 5000 + ".toml", "cannot be read|does not exist"),
        (42, "expected a file name or a dict"),
    ]:
        with pytest.raises(LessonError, match=words):
            load(source)  # type: ignore[arg-type]


def test_a_file_over_64_mb_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(64 * 2**20 + 1)
    with pytest.raises(LessonError, match="67,108,865 bytes; expected at most 67,108,864"):
        load(path)


# --- working with a lesson ------------------------------------------------------------------------


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
