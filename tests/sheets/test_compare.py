"""Comparisons: right on every engine, read back, edited, planted wrong; what diverges says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.planting import At, formula_at, plant, type_number

import sheetnet
from sheetnet.cli.main import main
from sheetnet.engines import open_engine
from sheetnet.errors import FileError, LessonError
from sheetnet.lessons import Lesson
from sheetnet.lessons.comparing import WISHES, compared
from sheetnet.workbooks.build import build

XOR: dict[str, Any] = {
    "network": {"sizes": [2, 3, 1], "seed": 3},
    "training": {"steps": 6},
    "data": {"inputs": [[0, 0], [0, 1], [1, 0], [1, 1]], "targets": [[0], [1], [1], [0]]},
}
LINE: dict[str, Any] = {
    "network": {"sizes": [1, 1], "activations": "identity", "reduction": "mean",
                "weights": [[[0.1]]], "bias": [[0.0]]},
    "training": {"steps": 60},
    "data": {"inputs": [[-2], [-1], [0], [1], [3]], "targets": [[-1], [-0.6], [0.1], [0.5], [1.4]]},
}  # fmt: skip
CASES: dict[str, Lesson] = {
    "rates": compared(sheetnet.load(XOR), "learning rates", "0.1,0.5,2"),
    "optimizers": compared(sheetnet.load(XOR), "optimizers", "sgd,nesterov,adam:0.05,rmsprop"),
    "seeds": compared(sheetnet.load(XOR), "seeds", "1..3"),
    "inits": compared(sheetnet.load(XOR), "inits", "xavier,he:7,uniform"),
    "diverging": compared(sheetnet.load(LINE), "learning rates", "0.05,0.5,100"),
    "online": sheetnet.load({
        **XOR,
        "compare": [{"label": "full"}, {"label": "online", "batch": "online", "steps": 12}],
    }),
}  # fmt: skip
formats = pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
every = pytest.mark.parametrize("name", CASES)


def written(lesson: Lesson, folder: Path, suffix: str = ".xlsx") -> Path:
    path = folder / f"compare{suffix}"
    sheetnet.write(lesson, path)
    return path


def place(lesson: Lesson, block: str, row: int = 0, column: int = 0) -> At:
    area = build(lesson).names()[block]
    return At(area.sheet, area.row + row, area.column + column)


@every
@formats
def test_read_back_and_right(name: str, suffix: str, tmp_path: Path) -> None:
    path = written(CASES[name], tmp_path, suffix)
    assert sheetnet.read(path) == CASES[name]
    report = sheetnet.check(path, engine="ironcalc")
    assert report.ok, report.mismatches


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["libreoffice", "gnumeric"])
@pytest.mark.parametrize("name", ["optimizers", "diverging"])
@formats
def test_right_on_every_engine(name: str, engine: str, suffix: str, tmp_path: Path) -> None:
    report = sheetnet.check(written(CASES[name], tmp_path, suffix), engine=engine)
    assert report.ok, report.mismatches


def test_a_lesson_file_keeps_its_variants(tmp_path: Path) -> None:
    from sheetnet.lessons.save import export

    for name, lesson in CASES.items():
        for suffix in (".toml", ".json"):
            export(lesson, tmp_path / f"{name}{suffix}")
            assert sheetnet.load(tmp_path / f"{name}{suffix}") == lesson


@formats
def test_what_diverges_says_so(suffix: str, tmp_path: Path) -> None:
    lesson = CASES["diverging"]
    path = written(lesson, tmp_path, suffix)
    with open_engine("ironcalc") as engine:
        values = engine.recalculate(path)
    losses = sheetnet.train(lesson.variant(2)).losses

    def shown(block: str, row: int = 0) -> object:
        at = place(lesson, block, row)
        return values[at.sheet].get((at.row, at.column))

    assert shown("v3_loss_at_end") == shown("v3_Training_step", 60) == "diverged"
    assert shown("v3_Training_W_1", 60) in ("", None)
    assert shown("v2_loss_at_end") == pytest.approx(losses[-1])
    assert shown("v2_first_below") == np.argmax(losses < 0.01)
    curve = [shown("v3_shown_loss", row) for row in range(61)]
    assert curve[-1] == max(curve) > 1e30  # type: ignore[type-var, operator]
    words = {str(x) for cells in values.values() for x in cells.values() if isinstance(x, str)}
    assert not any(word.startswith(("#", "Err")) for word in words)


def test_a_changed_rate_is_read_back_and_its_curve_follows(tmp_path: Path) -> None:
    lesson = CASES["rates"]
    path = written(lesson, tmp_path)
    type_number(path, place(lesson, "v2_learning_rate"), 0.25)
    again = sheetnet.read(path)
    assert again.variant(2).training.learning_rate == 0.25
    assert again.variant(1) == lesson.variant(1)
    report = sheetnet.check(path, engine="ironcalc")
    assert {each.why for each in report.mismatches} <= {"old value"}


def test_a_planted_mistake_is_named_alone(tmp_path: Path) -> None:
    lesson = CASES["rates"]
    path = written(lesson, tmp_path)
    at = place(lesson, "v3_Training_W_2", 3)
    plant(path, at, formula_at(path, at).replace("-v3_", "+v3_"))
    report = sheetnet.check(path, engine="ironcalc")
    found = {each.name for each in report.mismatches if each.why == "formula changed"}
    assert found == {"W_2[0,0] at step 3"}


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    lesson = sheetnet.load(XOR)
    for what, text, said in (
        ("learning rates", "0.1", "expected 2 to 8"),
        ("learning rates", "0.1,fast", "is no number"),
        ("seeds", "1..900000000", "more than 8"),
        ("optimizers", "sgd,adan", "Did you mean 'adam'"),
        ("inits", "xavier,x", "no rule for a start"),
    ):
        with pytest.raises(LessonError, match=said):
            compared(lesson, what, text)
    for entries in ([{"label": "a"}], [{"label": "a"}, {"label": "A"}], [{"label": "a"}, {}],
                    [{"label": "a/b"}, {"label": "c"}], [{"label": "a", "x": 1}, {"label": "b"}],
                    [{"label": "a", "learning_rate": -1}, {"label": "b"}]):  # fmt: skip
        with pytest.raises(LessonError, match="compare"):
            sheetnet.load({**XOR, "compare": entries})
    with pytest.raises(FileError, match="a page shows one training"):
        sheetnet.write(CASES["rates"], tmp_path / "page.html")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sheetnet.lessons.save import export

    export(sheetnet.load(LINE), tmp_path / "line.toml")
    for what, wish in WISHES.items():
        option = "--" + what.replace(" ", "-")
        target = str(tmp_path / "out.xlsx")
        given = ["compare", str(tmp_path / "line.toml"), option, wish.example]
        assert main([*given, "-o", target]) == 0
        assert "learning rate" in capsys.readouterr().out
        assert main(["read", target]) == 0
        assert main(["step", target, "-o", str(tmp_path / "more.xlsx")]) == 2
        capsys.readouterr()
