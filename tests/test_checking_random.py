"""Random lessons, fresh from the writer, pass their own check."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.checked import (
    SUFFIXES,
    long,
    random_data,
)

import sheetnet
from sheetnet.engines import Engine
from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.engines.libreoffice import LibreOffice
from sheetnet.lessons import Lesson
from sheetnet.sheets.training import fits

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "softmax")
LOSSES = (
    "half_squared_error",
    "squared_error",
    "binary_cross_entropy",
    "categorical_cross_entropy",
)


def random_lesson(seed: int) -> Lesson:
    """Any activations with any loss, reduction, biases, spelling, batch, examples and sizes."""
    pick = random.Random(seed)
    layers = pick.choice([1, 2, 2, 2, 3])
    sizes = [
        pick.randint(1, 4) if pick.random() < 0.85 else pick.choice([13, 20])
        for _ in range(layers + 1)
    ]
    loss = pick.choice(LOSSES)
    activations = [pick.choice(ACTIVATIONS) for _ in range(layers)]
    if loss.endswith("entropy"):  # a logarithm needs outputs between 0 and 1, both excluded
        activations[-1] = pick.choice(["sigmoid", "softmax"]) if sizes[-1] > 1 else "sigmoid"
    examples = pick.choice([1, 1, 2, 5, 13])
    data = random_data(examples, sizes[0], sizes[-1], seed, one_hot=pick.random() < 0.5)
    lesson = sheetnet.load(
        {
            "title": f"Random lesson {seed}",
            "formulas": pick.choice(["plain", "safe"]),
            "network": {
                "sizes": sizes,
                "activations": activations,
                "loss": loss,
                "reduction": pick.choice(["sum", "mean", "mean_all"]),
                "biases": pick.choice(["trained", "fixed", "none"]),
                "seed": seed,
            },
            "training": {
                "learning_rate": pick.choice([0.5, 0.1, 0.05]),
                "steps": pick.choice([1, 3, 8]),
                "batch": pick.choice(["full", "online"]),
            },
            "data": data,
        }
    )
    if not fits(lesson):  # only Training takes examples in turn
        lesson = replace(lesson, training=replace(lesson.training, batch="full"))
    return lesson


def assert_random_lesson_is_right(
    seed: int, engine: Engine, folder: Path, suffixes: Sequence[str] = SUFFIXES
) -> None:
    for suffix in suffixes:
        path = folder / f"random{suffix}"
        sheetnet.write(random_lesson(seed), path)
        report = sheetnet.check(path, engine)
        assert report.mismatches == (), f"seed {seed}"
        assert report.max_rel < 1e-9


@pytest.mark.parametrize("seed", range(40))
def test_random_lessons_are_right(seed: int, ironcalc: IronCalc, tmp_path: Path) -> None:
    assert_random_lesson_is_right(seed, ironcalc, tmp_path)


@pytest.mark.parametrize("seed", range(100, 112))
def test_random_lessons_are_right_in_libreoffice(
    seed: int, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    assert_random_lesson_is_right(seed, libreoffice, tmp_path, [SUFFIXES[seed % 2]])


@pytest.mark.parametrize("seed", range(200, 212))
def test_random_lessons_are_right_in_gnumeric(
    seed: int, gnumeric: Gnumeric, tmp_path: Path
) -> None:
    assert_random_lesson_is_right(seed, gnumeric, tmp_path, [SUFFIXES[seed % 2]])


@pytest.mark.parametrize("first", [pytest.param(k, marks=long) for k in range(1000, 1400, 20)])
def test_many_random_lessons_are_right(first: int, engine: Engine, tmp_path: Path) -> None:
    for seed in range(first, first + 20):
        assert_random_lesson_is_right(seed, engine, tmp_path)
