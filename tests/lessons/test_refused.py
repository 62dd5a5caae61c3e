"""What is no lesson is refused, with every problem at once and its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.changed_lessons import changed

from sheetnet.errors import LessonError
from sheetnet.lessons import load

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
