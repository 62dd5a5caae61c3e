"""Fresh files that will show errors say so when they are written, or are refused if `safe`.

The oracle is LibreOffice, which stops where spreadsheets stop; ironcalc has infinities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.checked import LESSONS, SUFFIXES, reference, small
from support.lessons import KINDS
from support.libreoffice import LibreOffice
from support.planting import At

import sheetnet
from sheetnet import gallery
from sheetnet.cli.main import main
from sheetnet.core.step import train_step
from sheetnet.engines import CellError
from sheetnet.errors import LessonError
from sheetnet.lessons import Lesson, dumps_toml
from sheetnet.workbooks.cached import cached
from sheetnet.workbooks.engine_faults import engine_faults
from sheetnet.workbooks.size import built


def one_layer(
    activation: str, loss: str, weight: float, formulas: str = "plain", target: float = 0.3
) -> Lesson:
    """Two inputs of 1, two outputs; every z is twice the weight."""
    return sheetnet.load(
        {
            "formulas": formulas,
            "network": {
                "sizes": [2, 2],
                "activations": activation,
                "loss": loss,
                "weights": [[[weight, weight], [weight, weight]]],
                "bias": [[0.0, 0.0]],
            },
            "training": {"steps": 1},
            "data": {"inputs": [[1.0, 1.0]], "targets": [[target, target]]},
        }
    )


HALF, CE, BCE = "half_squared_error", "categorical_cross_entropy", "binary_cross_entropy"
# activation, loss, weight, what fails first, whether safe formulas help
FAILING = [
    ("sigmoid", HALF, -400, "EXP of 800", True),
    ("softmax", CE, 400, "EXP of 800", True),
    ("softmax", CE, -400, "a division by 0", True),
    ("sigmoid", BCE, 20, "a division by 0", True),
    ("sigmoid", HALF, 1e308, "a number beyond 1.8e308", False),
    ("tanh", HALF, 1e308, "a number beyond 1.8e308", False),
]


def faults(lesson: Lesson) -> set[str]:
    workbook = built(lesson)
    return {each.where for each in engine_faults(workbook, cached(lesson, workbook))}


@pytest.mark.parametrize(("activation", "loss", "weight", "why", "helps"), FAILING)
def test_a_file_that_will_show_errors_is_written_with_a_word_and_the_cure(
    activation: str, loss: str, weight: float, why: str, helps: bool, tmp_path: Path
) -> None:
    told: list[str] = []
    path = tmp_path / "net.xlsx"
    sheetnet.write(one_layer(activation, loss, weight), path, warn=told.append)
    (sentence,) = told
    assert path.exists() and "\n" not in sentence
    assert "will show an error in a spreadsheet program" in sentence and why in sentence
    assert ("--safe" in sentence) == helps
    safe = one_layer(activation, loss, weight, "safe")
    if helps:
        assert sheetnet.write(safe, path, warn=told.append) and len(told) == 1
    else:
        before = path.read_bytes()
        with pytest.raises(LessonError, match=r"cannot be safe for this lesson: .* 1\.8e308"):
            sheetnet.write(safe, path)
        assert path.read_bytes() == before


def test_an_identity_output_below_a_cross_entropy_is_refused_as_safe(tmp_path: Path) -> None:
    lesson = one_layer("identity", BCE, 0.0, "safe", target=0.0)
    assert train_step(lesson.network, lesson.inputs, lesson.targets, 0.5).loss == 0
    with pytest.raises(LessonError, match="safe"):
        sheetnet.write(lesson, tmp_path / "net.xlsx")
    told: list[str] = []
    plain = replace(lesson, formulas="plain")
    sheetnet.write(plain, tmp_path / "net.xlsx", warn=told.append)
    assert "Safe formulas do not help" in told[0] and "sigmoid or softmax" in told[0]


@pytest.mark.parametrize("weight", [-354, -100, 0.5, 300])
def test_what_can_be_computed_is_not_warned_of(weight: float, tmp_path: Path) -> None:
    told: list[str] = []
    sheetnet.write(one_layer("sigmoid", HALF, weight), tmp_path / "net.xlsx", warn=told.append)
    assert told == []


def every_usual_lesson() -> dict[str, Callable[[], Lesson]]:
    found = dict(LESSONS)
    for name in gallery.names():
        found[name] = lambda name=name: sheetnet.load(gallery.path_of(name))  # type: ignore[misc]
    for name, lesson in KINDS.items():
        found[f"kind {name}"] = lambda lesson=lesson: lesson  # type: ignore[misc]
    return found


@pytest.mark.parametrize("name", every_usual_lesson())
def test_usual_lessons_have_none(name: str) -> None:
    assert faults(every_usual_lesson()[name]()) == set()


@pytest.mark.parametrize("row", FAILING)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_libreoffice_shows_errors_there_and_nowhere_else(
    row: tuple[Any, ...], suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    lesson = one_layer(*row[:3])
    path = tmp_path / f"net{suffix}"
    sheetnet.write(lesson, path)
    report = sheetnet.check(path, libreoffice)
    assert report.mismatches and {each.why for each in report.mismatches} == {"error"}
    announced = faults(lesson)
    assert {each.cell for each in report.mismatches} <= announced
    values = libreoffice.recalculate(path)
    errors = {
        str(At(sheet, *at))
        for sheet, cells in values.items()
        for at, value in cells.items()
        if isinstance(value, CellError)
    }
    assert announced <= errors


def wild(seed: int) -> Lesson:
    pick = np.random.default_rng(seed)
    activations = ["sigmoid", "softmax", "tanh", "relu", "leaky_relu"]
    output = str(pick.choice(["sigmoid", "softmax", "tanh"]))
    loss = str(pick.choice([HALF, CE, BCE] if output != "tanh" else [HALF]))
    lesson = small(
        [2, 3, 2], [str(pick.choice(activations)), output], loss, int(pick.integers(1, 3))
    )
    network = lesson.network
    reach = 10.0 ** pick.uniform(1, 3)
    weights = [pick.uniform(-reach, reach, w.shape) for w in network.weights]
    training = replace(lesson.training, steps=2, learning_rate=0.1)
    return replace(
        lesson, network=network.with_parameters(weights, network.bias), training=training
    )


def test_wild_lessons_against_libreoffice(libreoffice: LibreOffice, tmp_path: Path) -> None:
    """Weights to 1,000: where nothing is announced LibreOffice shows no error, and the errors it
    shows by themselves were announced."""
    announced = quiet = 0
    for seed in range(60):
        told: list[str] = []
        path = tmp_path / f"wild{SUFFIXES[seed % 2]}"
        try:
            lesson = wild(seed)
            sheetnet.write(lesson, path, warn=told.append)
        except LessonError:
            continue
        found = {e.cell for e in sheetnet.check(path, libreoffice).mismatches if e.why == "error"}
        assert found <= faults(lesson), f"seed {seed}"
        assert bool(found) <= bool(told), f"seed {seed}"
        announced, quiet = announced + bool(found), quiet + (not told)
    assert announced >= 5 and quiet >= 5


def test_the_command_says_it_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "net.toml"
    source.write_text(dumps_toml(one_layer("sigmoid", HALF, -400)), encoding="utf-8")
    assert main(["write", str(source), "-o", str(tmp_path / "net.xlsx")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if "will show an error" in line]) == 1
    assert main(["write", str(source), "-o", str(tmp_path / "net.xlsx"), "--safe"]) == 0
    assert "error" not in capsys.readouterr().out


def test_a_trace_is_finite_or_refused() -> None:
    """Weights near 1e308: z is infinite, a is 1, and everything behind it would look healthy."""
    lesson = one_layer("sigmoid", HALF, 1e308)
    with pytest.raises(LessonError, match="no longer a finite number"):
        train_step(lesson.network, lesson.inputs, lesson.targets, 0.5)
    lesson = reference()
    trace = train_step(lesson.network, lesson.inputs, lesson.targets, 0.5)
    for name in ("example_losses", "z", "a", "slope", "delta", "dW", "db"):
        assert all(np.isfinite(array).all() for array in getattr(trace, name)), name
