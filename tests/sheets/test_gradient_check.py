"""The sheet Gradient check: the loss itself says whether Step's gradients are right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.checked import mistakes
from support.lessons import BCE, CE, FORMATS, lesson
from support.planting import At, plant, type_number

import sheetnet
from sheetnet.engines import Engine
from sheetnet.errors import LessonError
from sheetnet.lessons import Lesson
from sheetnet.sheets.gradient_check import MOST_PARAMETERS, SHEET
from sheetnet.workbooks.build import build
from sheetnet.workbooks.saved import open_saved

formats = pytest.mark.parametrize("suffix", FORMATS)


def checked(made: Lesson) -> Lesson:
    return replace(made, sheets=("training", "step", "gradient_check"))


CASES = {
    "2-2-2": lesson((2, 2, 2)),
    "XOR": lesson((2, 3, 1), "tanh", examples=4),
    "softmax": lesson((2, 3, 3), "softmax", CE, formulas="safe", examples=2),
    "relu, mean": lesson((3, 4, 2), "leaky_relu", reduction="mean", examples=3),
    "long sums": lesson((13, 2, 2), "sigmoid", BCE, examples=7),
    "no bias": lesson((2, 2, 1), biases="none"),
    "online": lesson((2, 2, 1), examples=3, batch="online"),
}


def grids(path: Path, engine: Engine) -> dict[str, np.ndarray]:
    """The engine's numbers of every block on the sheet."""
    saved, values = open_saved(path), engine.recalculate(path)
    places = saved.placement()
    found = {}
    for block in saved.workbook.blocks():
        if block.name.startswith("gradient_check"):
            area = places[block.name]
            cells = values[area.sheet]
            found[block.name] = np.array(
                [
                    [cells[area.row + r, area.column + c] for c in range(area.columns)]
                    for r in range(area.rows)
                ],
                dtype=float,
            )
    return found


@formats
@pytest.mark.parametrize("name", CASES)
def test_right_gradients_agree(name: str, suffix: str, tmp_path: Path, ironcalc: Engine) -> None:
    made, path = checked(CASES[name]), tmp_path / f"net{suffix}"
    sheetnet.write(made, path)
    report = sheetnet.check(path, ironcalc)
    assert report.ok and report.max_rel < 1e-6, "its number does not contradict its verdict"
    found = grids(path, ironcalc)
    assert found["gradient_check_wrong"].item() == 0
    assert found["gradient_check_largest"].item() < 1e-6
    # An oracle of its own: NumPy's gradient of the first step
    trace = sheetnet.train_step(made)
    for layer, gradient in enumerate(trace.dW, start=1):
        own = found[f"gradient_check_slope_{layer}"].reshape(len(gradient), -1)
        assert np.allclose(own[:, : gradient.shape[1]], gradient, rtol=1e-5, atol=1e-8)


@pytest.mark.engine
@pytest.mark.parametrize("name", ["libreoffice", "gnumeric"])
@formats
def test_other_programs_agree(
    name: str, suffix: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine: Engine = request.getfixturevalue(name)
    path = tmp_path / f"net{suffix}"
    sheetnet.write(checked(CASES["XOR"]), path)
    assert sheetnet.check(path, engine).ok
    assert grids(path, engine)["gradient_check_wrong"].item() == 0


@formats
def test_a_broken_delta_turns_its_rows_red_in_the_spreadsheet_alone(
    suffix: str, tmp_path: Path, ironcalc: Engine
) -> None:
    path = tmp_path / f"net{suffix}"
    sheetnet.write(checked(CASES["2-2-2"]), path)
    area = open_saved(path).placement()["delta_1"]
    plant(path, At(area.sheet, area.row, area.column), "0.001+0.002")
    found = grids(path, ironcalc)
    assert found["gradient_check_mark_1"].ravel().tolist() == [0, 0, 0, 1, 1, 1]
    assert found["gradient_check_mark_2"].all()
    assert found["gradient_check_wrong"].item() == 3
    named = {wrong.name for wrong in mistakes(sheetnet.check(path, ironcalc))}
    assert named == {"delta_1[0,0]"}


@formats
def test_a_mistake_in_the_check_itself_is_named(
    suffix: str, tmp_path: Path, ironcalc: Engine
) -> None:
    path = tmp_path / f"net{suffix}"
    sheetnet.write(checked(CASES["XOR"]), path)
    places = open_saved(path).placement()
    for name in ("shaken_W_1", "shaken_a_2", "gradient_check_slope_1", "gradient_check_mark_2"):
        area = places[name]
        plant(path, At(area.sheet, area.row + 1, area.column), "0.123+0.4")
    wrong = {m.name.partition("[")[0] for m in mistakes(sheetnet.check(path, ironcalc))}
    assert {"W_1", "a_2", "gradient_check_slope_1", "gradient_check_mark_2"} <= wrong


def test_h_gets_better_and_then_worse(tmp_path: Path, ironcalc: Engine) -> None:
    path = tmp_path / "net.xlsx"
    sheetnet.write(checked(CASES["XOR"]), path)
    area = open_saved(path).placement()["gradient_check_h"]
    apart = []
    for h in (0.5, 1e-2, 1e-4, 1e-9, 1e-13):
        type_number(path, At(area.sheet, area.row, area.column), h)
        apart.append(grids(path, ironcalc)["gradient_check_largest"].item())
    assert apart[0] > apart[1] > apart[2] < apart[3] < apart[4]
    assert sheetnet.read(path) == checked(CASES["XOR"]), "h is no part of the lesson"


def test_large_networks_are_refused_with_the_limit() -> None:
    with pytest.raises(LessonError, match=rf"at most {MOST_PARAMETERS}.*remove 'gradient_check'"):
        build(checked(lesson((20, 10, 2))))


def test_it_is_asked_for_by_name_only() -> None:
    assert SHEET not in {sheet.name for sheet in build(CASES["2-2-2"]).sheets}
    assert SHEET in {sheet.name for sheet in build(checked(CASES["2-2-2"])).sheets}
