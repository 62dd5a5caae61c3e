"""Workbooks for the tests of the check: a few lessons, written once, and what stands where.

Knows: lessons to plant mistakes in, their fresh files in both formats, and how to check one file
more than once. Does not know any mistake: see `planting` and the tests.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import sheetnet
from sheetnet.checking import judged as check_module
from sheetnet.checking.findings import Mismatch
from sheetnet.checking.report import Report
from sheetnet.engines import Engine, Values
from sheetnet.lessons import Lesson
from sheetnet.sheets.model import Workbook
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached
from support.planting import At

SUFFIXES = (".xlsx", ".ods")
both_formats = pytest.mark.parametrize("suffix", SUFFIXES)
long = [
    pytest.mark.long,
    pytest.mark.skipif(os.environ.get("SHEETNET_LONG") != "1", reason="set SHEETNET_LONG=1"),
]


def reference(steps: int = 6, formulas: str = "plain") -> Lesson:
    """The network of "Back propagation in a simple neural net"."""
    return sheetnet.load(
        {
            "title": "A simple neural net",
            "formulas": formulas,
            "network": {
                "sizes": [2, 2, 2],
                "weights": [[[0.5, -0.2], [0.2, -0.6]], [[0.1, 0.5], [0.2, 0.3]]],
                "bias": [[0.3, 0.6], [-0.3, 0.5]],
            },
            "training": {"learning_rate": 0.5, "steps": steps},
            "data": {"inputs": [[0.1, 0.9]], "targets": [[0.3, 0.4]]},
        }
    )


def random_data(
    examples: int, ins: int, outs: int, seed: int, one_hot: bool = False
) -> dict[str, list[list[float]]]:
    source = random.Random(seed)
    inputs = [[round(source.uniform(-1, 1), 2) for _ in range(ins)] for _ in range(examples)]
    targets = [[round(source.uniform(0.1, 0.9), 2) for _ in range(outs)] for _ in range(examples)]
    if one_hot:
        targets = [[float(k == e % outs) for k in range(outs)] for e in range(examples)]
    return {"inputs": inputs, "targets": targets}


def small(
    sizes: list[int],
    activations: str | list[str],
    loss: str,
    examples: int,
    *,
    batch: str = "full",
    formulas: str = "plain",
    one_hot: bool = False,
    sheets: Sequence[str] = ("training", "step"),
    **network: Any,
) -> Lesson:
    table = {"sizes": sizes, "activations": activations, "loss": loss, "seed": 3, **network}
    return sheetnet.load(
        {
            "title": "A lesson to plant mistakes in",
            "formulas": formulas,
            "sheets": list(sheets),
            "network": table,
            "training": {"learning_rate": 0.5, "steps": 6, "batch": batch},
            "data": random_data(examples, sizes[0], sizes[-1], 3, one_hot),
        }
    )


LESSONS: dict[str, Callable[[], Lesson]] = {
    "reference": reference,
    "batch": lambda: small([2, 3, 2], ["relu", "tanh"], "half_squared_error", 3, reduction="mean"),
    "online": lambda: small(
        [2, 2, 2], ["leaky_relu", "sigmoid"], "binary_cross_entropy", 3, batch="online"
    ),
    "softmax": lambda: small(
        [2, 2, 3], ["tanh", "softmax"], "categorical_cross_entropy", 2, one_hot=True
    ),
    "wide": lambda: small([13, 2, 2], "sigmoid", "squared_error", 1, biases="none"),
    "deep": lambda: small([2, 2, 2, 2], "tanh", "squared_error", 1),
    # without Training: Step holds the editable matrices
    "matrices": lambda: small(
        [3, 3, 3],
        ["sigmoid", "softmax"],
        "categorical_cross_entropy",
        13,
        formulas="safe",
        one_hot=True,
        sheets=["step"],
        reduction="mean_all",
    ),
}


class Written(NamedTuple):
    """A lesson's workbook, fresh: the file in both formats, and what stands where."""

    files: dict[str, Path]
    workbook: Workbook
    numbers: dict[tuple[str, int, int], float]
    """(sheet, row, column) -> NumPy's number, for every cell of every block."""

    def at(self, block: str, row: int, column: int) -> At:
        area = self.workbook.names()[block]
        assert row < area.rows and column < area.columns, f"{block} has no cell {row},{column}"
        return At(area.sheet, area.row + row, area.column + column)

    def copy(self, suffix: str, folder: Path) -> Path:
        return Path(shutil.copy(self.files[suffix], folder / f"copy{suffix}"))

    def names(self) -> dict[str, float | list[list[float]]]:
        """What each defined name stands for in a formula."""
        found: dict[str, float | list[list[float]]] = {}
        for name, area in self.workbook.names().items():
            rows = [
                [
                    self.numbers.get((area.sheet, area.row + r, area.column + c), 0.0)
                    for c in range(area.columns)
                ]
                for r in range(area.rows)
            ]
            found[name] = rows if area.rows * area.columns > 1 else rows[0][0]
        return found


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Written]:
    """A lesson's name -> its workbook, written once."""
    folder = tmp_path_factory.mktemp("fresh")

    @cache
    def written(name: str) -> Written:
        lesson = LESSONS[name]()
        workbook = build(lesson)
        numbers = {}
        for block_name, grid in cached(lesson, workbook).items():
            area = workbook.names()[block_name]
            for (r, c), number in np.ndenumerate(grid):
                if not isinstance(number, str):
                    numbers[area.sheet, area.row + r, area.column + c] = float(number)
        files = {suffix: folder / f"{name}{suffix}" for suffix in SUFFIXES}
        for file in files.values():
            sheetnet.write(lesson, file)
        return Written(files, workbook, numbers)

    return written


class Recalled:
    """An engine that has recalculated one file already, to be checked more than once."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.name, self.version, self.suffixes = engine.name, engine.version, engine.suffixes
        self.values = engine.recalculate(path)

    def recalculate(self, path: Path) -> Values:
        return self.values


@pytest.fixture
def values_only(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Switches the comparison of formula texts off: every text passes from then on."""
    return lambda: monkeypatch.setattr(check_module.Formulas, "same", lambda *_: True)


def mistakes(report: Report) -> tuple[Mismatch, ...]:
    """The mismatches but for old values: typing into the XML leaves the saved values as they were,
    in the cell's followers too."""
    return tuple(each for each in report.mismatches if each.why != "old value")


def full(block: str) -> str:
    """A block's name from its short form: "T.W_1" is Training_W_1."""
    return "Training_" + block.removeprefix("T.") if block.startswith("T.") else block


def approximately(number: float) -> Any:
    return pytest.approx(number, rel=1e-12, abs=1e-15)
