"""Mini-batches on the sheets: right on every engine, torch's numbers, mistakes named, going on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.checked import mistakes
from support.planting import At, formula_at, plant, type_number
from support.recalculated import recalculated
from support.torch_runs import TORCH, differences, lesson_of

import sheetnet
from sheetnet.cli.main import main
from sheetnet.errors import LessonError
from sheetnet.lessons import Lesson, train
from sheetnet.workbooks.build import build

formats = pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
SETTINGS: dict[str, dict[str, Any]] = {
    "two": {"batch": 2},
    "three": {"batch": 3},
    "three, mean": {"batch": 3, "reduction": "mean"},
    "three, mean of all, adam": {"batch": 3, "reduction": "mean_all", "optimizer": "adam"},
    "two, shuffled": {"batch": 2, "shuffle": 7},
    "three, shuffled, momentum": {
        "batch": 3, "shuffle": 7, "reduction": "mean", "momentum": 0.9},
    "one": {"batch": 1},
    "all four, shuffled": {"batch": 4, "shuffle": 1},
    "online, shuffled": {"batch": "online", "shuffle": 3},
}  # fmt: skip
every = pytest.mark.parametrize("name", SETTINGS)
ALL_SHEETS = ["network", "training", "step", "gradient_check", "predict"]


def made(name: str, steps: int = 9, **more: Any) -> Lesson:
    settings = {"steps": steps, **SETTINGS[name]}
    network = {"sizes": [2, 3, 1], "seed": 3, "reduction": settings.pop("reduction", "sum")}
    data = {"inputs": [[0, 0], [0, 1], [1, 0], [1, 1]], "targets": [[0], [1], [1], [0]]}
    return sheetnet.load({"network": network, "training": settings, "data": data, **more})


def written(lesson: Lesson, folder: Path, suffix: str = ".xlsx") -> Path:
    path = folder / f"net{suffix}"
    sheetnet.write(lesson, path, force=True)
    return path


@every
@formats
def test_right_on_ironcalc_beside_every_other_sheet(
    name: str, suffix: str, tmp_path: Path
) -> None:
    lesson = made(name, sheets=ALL_SHEETS)
    path = written(lesson, tmp_path, suffix)
    assert sheetnet.read(path) == lesson
    report = sheetnet.check(path, engine="ironcalc")
    assert report.ok, report.mismatches


@every
def test_right_on_a_page(name: str, tmp_path: Path) -> None:
    report = sheetnet.check(written(made(name), tmp_path, ".html"), engine="page")
    assert report.ok, report.mismatches


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["libreoffice", "gnumeric"])
@pytest.mark.parametrize("name", ["three, mean of all, adam", "three, shuffled, momentum"])
@formats
def test_right_on_every_engine(name: str, engine: str, suffix: str, tmp_path: Path) -> None:
    report = sheetnet.check(written(made(name), tmp_path, suffix), engine=engine)
    assert report.ok, report.mismatches


@pytest.mark.parametrize("formulas", ["plain", "safe"])
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "categorical_cross_entropy"])
def test_a_smaller_batch_counts_by_its_own_size_with_any_loss(
    loss: str, formulas: str, tmp_path: Path
) -> None:
    outputs, last = (1, "sigmoid") if loss.startswith("bin") else (2, "softmax")
    lesson = sheetnet.load({
        "formulas": formulas,
        "network": {"sizes": [2, 3, outputs], "activations": ["tanh", last], "loss": loss,
                    "seed": 5, "reduction": "mean"},
        "training": {"batch": 3, "shuffle": 2, "steps": 6},
        "data": {"inputs": np.random.default_rng(0).normal(size=(7, 2)).tolist(),
                 "targets": [[1.0, 0.0][:outputs], [0.0, 1.0][:outputs]] * 3
                 + [[1.0, 0.0][:outputs]]},
    })  # fmt: skip
    path = written(lesson, tmp_path)
    report = sheetnet.check(path, engine="ironcalc")
    assert report.ok, report.mismatches
    np.testing.assert_allclose(recalculated(lesson, path, "ironcalc").losses, train(lesson).losses,
                               rtol=1e-12)  # fmt: skip


@pytest.mark.parametrize("number", [0, 14])
def test_iris_recalculated_is_torchs(number: int, tmp_path: Path) -> None:
    case, table = TORCH["iris"]["cases"][number], TORCH["iris"]
    lesson = lesson_of("iris", case["settings"])
    run = recalculated(lesson, written(lesson, tmp_path), "ironcalc")
    assert differences(run, case, table["every"]) < 1e-9


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["libreoffice", "gnumeric"])
@pytest.mark.parametrize("number", [0, 14])
@formats
def test_other_engines_are_torchs(number: int, engine: str, suffix: str, tmp_path: Path) -> None:
    case, table = TORCH["iris"]["cases"][number], TORCH["iris"]
    lesson = lesson_of("iris", case["settings"])
    run = recalculated(lesson, written(lesson, tmp_path, suffix), engine)
    assert differences(run, case, table["every"]) < 1e-9


def area_of(lesson: Lesson, name: str) -> Any:
    return next(b.area for b in build(lesson).blocks() if b.name == name)


MISTAKES = {
    # lesson, block, row, column, pattern in its formula, what stands there instead
    "the next example": ("three", "example", 2, 0, r"\*3\+1", "*3+2"),
    "an example picked from the neighbour's row": (
        "three", "a_0", 2, 1, r"([A-Z]+)9,", r"\g<1>8,"),
    "another place of the batch": ("two, shuffled", "a_0", 2, 3, r",([A-Z]+)9,2", r",H9,2"),
    "the mean over the whole batch": ("three, mean", "share", 1, 0, r"1/([A-Z]+8)", r"1/3"),
    "an example that only fills the row counts": (
        "three, mean", "share", 1, 2, r",0\)$", r",1)"),
    "a round too short": ("three", "taken", 2, 0, r",2\)", ",3)"),
    "a term that counts in full": ("three, mean", "loss_term", 1, 0, r"\*([A-Z]+8)$", ""),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
@formats
def test_a_planted_mistake_is_named_alone(mistake: str, suffix: str, tmp_path: Path) -> None:
    name, block, row, column, pattern, wrong = MISTAKES[mistake]
    lesson = made(name)
    path = written(lesson, tmp_path, suffix)
    area = area_of(lesson, f"Training_{block}")
    at = At("Training", area.row + row, area.column + column)
    right = formula_at(written(lesson, tmp_path, ".xlsx"), at)
    planted, count = re.subn(pattern, wrong, right, count=1)
    assert count == 1 and planted != right, right
    plant(path, at, planted)
    report = sheetnet.check(path, engine="ironcalc")
    assert {mismatch.cell for mismatch in report.mismatches} == {str(at)}


@formats
def test_an_order_typed_over_is_named_and_not_read(suffix: str, tmp_path: Path) -> None:
    lesson = made("two, shuffled")
    path, area = written(lesson, tmp_path, suffix), area_of(lesson, "Training_example")
    at = At("Training", area.row + 3, area.column + 1)
    taken = int(train(lesson, record=True).a[0][3, 1] @ [2, 1]) + 1
    type_number(path, at, taken % 4 + 1)
    assert sheetnet.read(path) == lesson
    report = sheetnet.check(path, engine="ironcalc")
    assert {(m.cell, m.name) for m in mistakes(report)} == {(str(at), "example[1] at step 3")}


@every
@formats
def test_step_goes_on_with_the_next_batch(name: str, suffix: str, tmp_path: Path) -> None:
    lesson = made(name)
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    start = written(lesson, tmp_path, suffix)
    assert main(["step", str(start), "-o", str(first), "-n", "10"]) == 0
    assert main(["step", str(first), "-o", str(second), "-n", "11"]) == 0
    whole, found = train(lesson, 21), sheetnet.read(second)
    assert found.network == whole.network and found.state == whole.state
    report = sheetnet.check(second, engine="ironcalc")
    assert report.ok, report.mismatches


def test_a_batch_needs_a_training_sheet() -> None:
    with pytest.raises(LessonError, match=r"training.batch is 3, but there is no Training sheet"):
        build(made("three", sheets=["step"]))


def test_headings_count_the_places_of_a_batch() -> None:
    lesson = made("three, shuffled, momentum")
    texts = [text.text for sheet in build(lesson).sheets for text in sheet.texts]
    assert {"examples taken", "what each counts", "how many", "no. 1", "no. 3"} <= {*texts}
    assert "ex. 1" not in texts
    assert any("the last 1 of a round in a smaller one, each round in a new order" in text
               for text in texts)  # fmt: skip
