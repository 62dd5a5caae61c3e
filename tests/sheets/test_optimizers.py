"""Optimisers and schedules on the sheets: right on every engine, torch's numbers, what is wrong
in real sheets named, edits and states read back, training that goes on bit for bit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from support.checked import mistakes
from support.planting import At, formula_at, plant, type_number
from support.recalculated import recalculated
from support.torch_runs import TORCH, differences, lesson_of

import sheetnet
from sheetnet.cli.main import main
from sheetnet.core.optimizers import OPTIMIZERS
from sheetnet.core.schedules import SCHEDULES
from sheetnet.errors import FileError
from sheetnet.lessons import Lesson, train
from sheetnet.quantities.update_trees import SCHEDULES as SPELLED_SCHEDULES
from sheetnet.quantities.update_trees import SPELLINGS
from sheetnet.workbooks.build import build

XOR: dict[str, Any] = {
    "network": {"sizes": [2, 3, 1], "seed": 3},
    "data": {"inputs": [[0, 0], [0, 1], [1, 0], [1, 1]], "targets": [[0], [1], [1], [0]]},
}
SETTINGS: dict[str, dict[str, Any]] = {
    "adam": {"optimizer": "adam"},
    "adam, decay": {"optimizer": "adam", "weight_decay": 0.1, "decay_biases": False},
    "adamw, online": {"optimizer": "adamw", "batch": "online"},
    "momentum": {"momentum": 0.9},
    "dampening": {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
    "nesterov": {"momentum": 0.9, "nesterov": True},
    "adagrad": {"optimizer": "adagrad", "lr_decay": 0.1, "weight_decay": 0.1},
    "rmsprop": {"optimizer": "rmsprop"},
    "rmsprop, all": {"optimizer": "rmsprop", "centered": True, "momentum": 0.5, "eps": 0.01},
    "decay": {"weight_decay": 0.05},
    **{f"schedule {name}": {"schedule": name} for name in SCHEDULES},
    "step of 3": {"schedule": "step", "step_size": 3, "gamma": 0.5, "momentum": 0.5},
}
formats = pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
every = pytest.mark.parametrize("name", SETTINGS)


def made(name: str, steps: int = 7, **more: Any) -> Lesson:
    return sheetnet.load({**XOR, "training": {"steps": steps, **SETTINGS[name]}, **more})


def written(lesson: Lesson, folder: Path, suffix: str = ".xlsx") -> Path:
    path = folder / f"net{suffix}"
    sheetnet.write(lesson, path, force=True)
    return path


@every
@formats
def test_right_on_ironcalc(name: str, suffix: str, tmp_path: Path) -> None:
    lesson = made(name)
    path = written(lesson, tmp_path, suffix)
    assert sheetnet.read(path) == lesson
    report = sheetnet.check(path, engine="ironcalc")
    assert report.ok, report.mismatches


@every
def test_right_without_a_training_sheet_and_with_fixed_biases(name: str, tmp_path: Path) -> None:
    if "batch" not in SETTINGS[name]:
        alone = made(name, sheets=["step"])
        path = written(alone, tmp_path)
        assert sheetnet.read(path) == alone
        report = sheetnet.check(path, engine="ironcalc")
        assert report.ok, report.mismatches
    for biases in ("fixed", "none"):
        network = {**XOR["network"], "biases": biases}
        path = written(made(name, network=network), tmp_path)
        report = sheetnet.check(path, engine="ironcalc")
        assert report.ok, report.mismatches


@every
def test_right_on_a_page(name: str, tmp_path: Path) -> None:
    path = written(made(name), tmp_path, ".html")
    report = sheetnet.check(path, engine="page")
    assert report.ok, report.mismatches


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["libreoffice", "gnumeric"])
@pytest.mark.parametrize("name", ["adam", "dampening", "adagrad", "rmsprop, all", "schedule cosine",
                                  "step of 3"])  # fmt: skip
@formats
def test_right_on_every_engine(name: str, engine: str, suffix: str, tmp_path: Path) -> None:
    report = sheetnet.check(written(made(name), tmp_path, suffix), engine=engine)
    assert report.ok, report.mismatches


# --- torch's numbers, recalculated from the sheet ----------------------------------------------


def test_every_rule_and_schedule_has_its_spelling() -> None:
    rules = {piece.rule for row in OPTIMIZERS.values() for piece in row.pieces}
    assert rules == set(SPELLINGS)
    assert set(SPELLED_SCHEDULES) == set(SCHEDULES)


@pytest.mark.parametrize("number", range(len(TORCH["xor"]["cases"])))
def test_the_sheet_recalculated_is_torchs(number: int, tmp_path: Path) -> None:
    case, table = TORCH["xor"]["cases"][number], TORCH["xor"]
    lesson = lesson_of("xor", case["settings"])
    run = recalculated(lesson, written(lesson, tmp_path), "ironcalc")
    assert differences(run, case, table["every"]) < 1e-9


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["libreoffice", "gnumeric"])
@pytest.mark.parametrize("number", [2, 13, 19])
@formats
def test_other_engines_are_torchs(number: int, engine: str, suffix: str, tmp_path: Path) -> None:
    case, table = TORCH["xor"]["cases"][number], TORCH["xor"]
    lesson = lesson_of("xor", case["settings"])
    run = recalculated(lesson, written(lesson, tmp_path, suffix), engine)
    assert differences(run, case, table["every"]) < 1e-9


# --- what real sheets get wrong is named -------------------------------------------------------

MISTAKES = {
    # lesson, block, pattern in its formula, what stands there instead
    "bias correction with t-1": ("adam", "correction_1", r"\^(\w+)", r"^(\1-1)"),
    "ε inside the root": (
        "adam", "W_1", r"\(SQRT\((\w+)\)/SQRT\((\w+)\)\+eps\)", r"SQRT(\1/\2+eps)"),
    "momentum that includes the rate twice": (
        "momentum", "velocity_1", r"\+(\w+)$", r"+learning_rate*\1"),
    "decay on the bias": ("adam, decay", "m_1", r"\*(\w+)$", r"*(\1+weight_decay*R8)"),
    "v of a neighbour": ("adam", "W_1", r"SQRT\(AJ9\)", "SQRT(AI9)"),
    "a gradient of the row before": ("momentum", "velocity_1", r"BF8", "BF7"),
    "ε inside the root of adagrad": ("adagrad", "W_1", r"SQRT\((\w+)\)\+eps", r"SQRT(\1+eps)"),
    "a step too late": ("step of 3", "rate", r"MOD\((\w+),", r"MOD(\1+1,"),
    "dampening at the start": ("dampening", "velocity_1", r"^IF\(\w+=1,.*?,(.*)\)$", r"\1"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
@formats
def test_a_planted_mistake_is_named(mistake: str, suffix: str, tmp_path: Path) -> None:
    name, block, pattern, wrong = MISTAKES[mistake]
    lesson = made(name)
    path = written(lesson, tmp_path, suffix)
    area = next(b.area for b in build(lesson).blocks() if b.name == f"Training_{block}")
    row = 1 if mistake == "dampening at the start" else 2
    at = At("Training", area.row + row, area.column + area.columns - 1)
    right = formula_at(written(lesson, tmp_path, ".xlsx"), at)
    planted, count = re.subn(pattern, wrong, right)
    assert count == 1 and planted != right, right
    plant(path, at, planted)
    report = sheetnet.check(path, engine="ironcalc")
    assert {mismatch.cell for mismatch in report.mismatches} == {str(at)}


# --- reading back and going on -----------------------------------------------------------------


def where(lesson: Lesson, name: str) -> At:
    area = build(lesson).names()[name]
    return At(area.sheet, area.row, area.column)


@formats
def test_edited_options_and_states_come_back(suffix: str, tmp_path: Path) -> None:
    lesson = made("adam, decay")
    path = written(lesson, tmp_path, suffix)
    for name, number in {"beta_1": 0.5, "eps": 0.25, "weight_decay": 2, "m_2": 0.125}.items():
        type_number(path, where(lesson, name), number)
    edited = sheetnet.read(path)
    assert edited.training.options["betas"] == (0.5, 0.999)
    assert edited.training.options["eps"] == 0.25
    assert edited.training.options["weight_decay"] == 2.0
    assert edited.state.arrays["m_weights"][1][0, 0] == 0.125
    assert mistakes(sheetnet.check(path, engine="ironcalc")) == ()
    fresh = written(edited, tmp_path, suffix)
    assert sheetnet.read(fresh) == edited


@pytest.mark.parametrize(
    ("name", "option", "number"),
    [("adam", "beta_2", 1), ("momentum", "momentum", -1), ("schedule cosine", "T_max", 2.5)],
)
def test_an_option_that_cannot_be_is_refused_with_its_cell(
    name: str, option: str, number: float, tmp_path: Path
) -> None:
    lesson = made(name)
    path = written(lesson, tmp_path)
    at = where(lesson, option)
    type_number(path, at, number)
    with pytest.raises(FileError, match=re.escape(f"{at} holds {float(number)!r}; expected")):
        sheetnet.read(path)


@pytest.mark.parametrize("name", ["adam", "adamw, online", "schedule exponential", "rmsprop, all"])
@formats
def test_step_goes_on_from_the_state_in_the_workbook(
    name: str, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson = made(name)
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    start = written(lesson, tmp_path, suffix)
    assert main(["step", str(start), "-o", str(first), "-n", "10"]) == 0
    assert main(["step", str(first), "-o", str(second), "-n", "11"]) == 0
    whole = train(lesson, 21)
    found = sheetnet.read(second)
    assert found.network == whole.network and found.state == whole.state
    report = sheetnet.check(second, engine="ironcalc")
    assert report.ok, report.mismatches


def test_diff_names_options_and_states(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lesson = made("adam")
    before, after = written(lesson, tmp_path), tmp_path / "b.xlsx"
    after.write_bytes(before.read_bytes())
    type_number(after, where(lesson, "beta_1"), 0.5)
    type_number(after, where(lesson, "v_1"), 0.5)
    assert main(["diff", str(before), str(after)]) == 1
    out = capsys.readouterr().out
    assert "beta 1 β₁" in out and "v(w₀₀⁽¹⁾)" in out
