"""The tester is tested: mistakes are planted in workbooks, and each must be found and named.

A mistake is written into the file's XML (`planting`); the cached value beside it stays right, so
a check that trusts caches finds nothing. What a planted formula is worth is computed here in
Python. The comparison of values must find each mistake with the comparison of texts switched off.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pytest
from support.planting import At, clear, falsify, formula_at, number_at, plant, type_number, worth

import sheetnet
from sheetnet.checking import check as check_module
from sheetnet.checking.report import Mismatch
from sheetnet.checking.tolerance import UNIT, complete, tolerances
from sheetnet.engines import Engine, Values
from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.engines.libreoffice import LibreOffice
from sheetnet.errors import FileError
from sheetnet.formulas import spelling
from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Binary, Index, Node, Number, call, cell
from sheetnet.lessons import Lesson
from sheetnet.sheets.model import Block, Workbook
from sheetnet.sheets.training import fits
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached

SUFFIXES = (".xlsx", ".ods")
both_formats = pytest.mark.parametrize("suffix", SUFFIXES)
long = [
    pytest.mark.long,
    pytest.mark.skipif(os.environ.get("SHEETNET_LONG") != "1", reason="set SHEETNET_LONG=1"),
]


# --- the lessons ------------------------------------------------------------------------------


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
    **network: Any,
) -> Lesson:
    table = {"sizes": sizes, "activations": activations, "loss": loss, "seed": 3, **network}
    return sheetnet.load(
        {
            "title": "A lesson to plant mistakes in",
            "formulas": formulas,
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
    # too large for Training: Step holds the editable matrices
    "matrices": lambda: small(
        [3, 3, 3],
        ["sigmoid", "softmax"],
        "categorical_cross_entropy",
        13,
        formulas="safe",
        one_hot=True,
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
    return lambda: monkeypatch.setattr(check_module._Formulas, "same", lambda *_: True)


# --- the mistakes -----------------------------------------------------------------------------


class Case(NamedTuple):
    """One planted mistake: its kind, lesson, block and cell, the name that a report must give the
    cell, and how the right formula turns wrong, as (right text, wrong text) pairs in the xlsx
    dialect. "{W_1 0,2}" is a cell of a block, "{T.W_1 0,2}" one of Training's; in the right text
    it matches with or without `$`. An empty right text stands for the whole formula. A number in
    place of the pairs is typed over the formula. `same_value`: the value stays what it was, so
    that only the text can tell."""

    kind: str
    lesson: str
    block: str
    row: int
    column: int
    name: str
    change: tuple[tuple[str, str], ...] | float
    same_value: bool = False

    @property
    def id(self) -> str:
        return f"{self.kind}: {self.name}".replace(" ", "-")


def one(right: str, wrong: str) -> tuple[tuple[str, str], ...]:
    return ((right, wrong),)


R, T = "reference", "Training_"
CASES = [
    Case("the neighbour's gradient", R, "T.W_2", 2, 0, "W_2[0,0] at step 2",
         one("{T.delta_2 1,0}", "{T.delta_2 1,1}")),
    Case("the neighbour's gradient", R, "W_2_new", 0, 1, "W_2_new[0,1]",
         one("{dW_2 0,1}", "{dW_2 1,0}")),
    Case("un-anchored, then filled down", R, "z_1", 1, 0, "z_1[0,1]",
         (("{a_0_row 0,0}", "{Step_W_1 0,0}"), ("{a_0_row 0,1}", "{Step_W_1 0,1}"))),
    Case("un-anchored, then filled right", "batch", "dW_1", 0, 1, "dW_1[0,1]",
         one("{delta_1 0,0}", "{delta_1 0,1}")),
    Case("un-anchored, not yet filled", R, "z_1", 0, 0, "z_1[0,0]",
         one("{a_0_row 0,0}", "{a_0_row 0,0}"), same_value=True),
    Case("learning rate dropped", R, "T.W_2", 1, 4, "W_2[1,1] at step 1",
         one("learning_rate*", "")),
    Case("learning rate dropped", R, "W_1_new", 1, 0, "W_1_new[1,0]", one("learning_rate*", "")),
    Case("learning rate at an empty cell", R, "T.W_2", 3, 0, "W_2[0,0] at step 3",
         one("learning_rate", "$ZZ$99")),
    Case("learning rate at another cell", R, "T.W_1", 6, 5, "W_1[1,2] at step 6",
         one("learning_rate", "{first_loss 0,0}")),
    Case("learning rate typed in", R, "T.W_1", 5, 0, "W_1[0,0] at step 5",
         one("learning_rate", "0.5"), same_value=True),
    Case("learning rate typed in wrongly", R, "Step_learning_rate", 0, 0, "learning_rate",
         one("learning_rate", "0.05")),
    Case("bias missing", R, "T.a_1", 2, 1, "a_1[0,1] at step 2", one("+{T.W_1 2,5}", "")),
    Case("bias missing", R, "z_2", 0, 0, "z_2[0,0]", one("+{Step_W_2 0,2}", "")),
    Case("bias node of 0", R, "bias_node_1", 0, 0, "bias_node_1", one("1", "0")),
    Case("indices swapped", R, "T.a_1", 0, 0, "a_1[0,0] at step 0",
         one("{T.W_1 0,1}", "{T.W_1 0,3}")),
    Case("indices swapped", R, "dW_1", 0, 1, "dW_1[0,1]",
         (("{delta_1 0,0}", "{delta_1 1,0}"), ("{top_a_0 0,1}", "{top_a_0 0,0}"))),
    Case("parenthesis lost", R, "T.a_2", 1, 0, "a_2[0,0] at step 1",
         (("-(", "-"), (")))", "))"))),
    Case("parenthesis lost", R, "T.delta_1", 1, 0, "delta_1[0,0] at step 1",
         one("", "{T.a_1 1,0}*(1-{T.a_1 1,0})*{T.W_2 1,0}*{T.delta_2 1,0}"
                 "+{T.W_2 1,3}*{T.delta_2 1,1}")),
    Case("constant typed over a formula", R, "T.delta_2", 3, 1, "delta_2[0,1] at step 3", 0.0612),
    Case("constant typed over a formula", "matrices", "delta_1", 2, 5, "delta_1[5,2]", -0.25),
    Case("constant that is the value", R, "T.step", 1, 0, "step at step 1", 1.0, same_value=True),
    Case("slope missing", R, "T.delta_1", 2, 0, "delta_1[0,0] at step 2",
         one("{T.a_1 2,0}*(1-{T.a_1 2,0})*", "")),
    Case("slope missing", R, "T.delta_2", 2, 0, "delta_2[0,0] at step 2",
         one("*{T.a_2 2,0}*(1-{T.a_2 2,0})", "")),
    Case("slope missing", R, "delta_1", 0, 0, "delta_1[0,0]", one("*{slope_1 0,0}", "")),
    Case("slope of another function", "deep", "T.delta_2", 1, 1, "delta_2[0,1] at step 1",
         one("(1-{T.a_2 1,1}*{T.a_2 1,1})", "{T.a_2 1,1}*(1-{T.a_2 1,1})")),
    Case("slope of the wrong neuron", R, "T.delta_1", 4, 1, "delta_1[0,1] at step 4",
         one("{T.a_1 4,1}*(1-{T.a_1 4,1})", "{T.a_1 4,0}*(1-{T.a_1 4,0})")),
    Case("slope of the wrong layer", "deep", "T.delta_1", 1, 0, "delta_1[0,0] at step 1",
         one("(1-{T.a_1 1,0}*{T.a_1 1,0})", "(1-{T.a_2 1,0}*{T.a_2 1,0})")),
    Case("wrong sign", R, "T.W_1", 1, 0, "W_1[0,0] at step 1",
         one("-learning_rate", "+learning_rate")),
    Case("wrong sign", R, "error_2", 1, 0, "error_2[0,1]",
         one("{a_2 1,0}-{Step_targets 1,0}", "{Step_targets 1,0}-{a_2 1,0}")),
    Case("wrong sign", "softmax", "T.error_2", 0, 0, "error_2[0,0] at step 0", one("-(", "(")),
    Case("untransposed W", R, "T.delta_1", 5, 0, "delta_1[0,0] at step 5",
         one("{T.W_2 5,3}", "{T.W_2 5,1}")),
    Case("untransposed W", R, "error_1", 0, 0, "error_1[0,0]",
         one("{Step_W_2 1,0}", "{Step_W_2 0,1}")),
    Case("relu mask missing", "batch", "T.delta_1", 0, 1, "delta_1[0,1] at step 0",
         one("IF({T.a_1 0,1}>0,1,0)*", "")),
    Case("relu mask missing", "batch", "delta_1", 1, 0, "delta_1[0,1]",
         one("*{slope_1 1,0}", "")),
    Case("relu turned over", "batch", "T.a_1", 0, 0, "a_1[0,0] at step 0", one("MAX(", "MIN(")),
    Case("one example too few", "batch", "T.W_2", 2, 3, "W_2[0,3] at step 2",
         one("+{T.delta_2 1,4}", "")),
    Case("one example too few", "batch", "loss", 0, 0, "loss", one("+{loss_term 1,2}", "")),
    Case("one example too few", "matrices", "dW_2", 0, 0, "dW_2[0,0]",
         (("{delta_2 0,12}", "{delta_2 0,11}"), ("{a_1 0,12}", "{a_1 0,11}"))),
    Case("one source too few", "wide", "T.a_1", 1, 1, "a_1[0,1] at step 1",
         (("{T.a_0 1,12}", "{T.a_0 1,11}"), ("{T.W_1 1,25}", "{T.W_1 1,24}"))),
    Case("one neuron too few", "softmax", "T.a_2", 1, 0, "a_2[0,0] at step 1",
         one("+{T.exp_z_2 1,2}", "")),
    Case("mean without its divisor", "batch", "T.delta_2", 2, 1, "delta_2[0,1] at step 2",
         one("/3", "")),
    Case("divisor of another mean", "matrices", "loss", 0, 0, "loss", one("/39", "/13")),
    Case("one half forgotten", R, "T.loss", 2, 0, "loss at step 2", one("0.5*", "")),
    Case("factor 2 forgotten", "deep", "T.delta_3", 2, 0, "delta_3[0,0] at step 2", one("2*", "")),
    Case("square forgotten", "deep", "loss_term", 0, 0, "loss_term[0,0]", one("^2", "")),
    Case("off by one step", R, "T.W_1", 3, 0, "W_1[0,0] at step 3",
         one("{T.delta_1 2,0}", "{T.delta_1 1,0}")),
    Case("off by one step", R, "Step_W_1", 0, 0, "W_1[0,0]", one("step_shown+1", "step_shown+2")),
    Case("off by one step", R, "last_loss", 0, 0, "last_loss",
         one("{T.loss 6,0}", "{T.loss 5,0}")),
    Case("step counted twice", R, "T.step", 3, 0, "step at step 3", one("+1", "+2")),
    Case("step counted twice", "online", "T.step", 5, 0, "step at step 5", one("+1", "+2")),
    Case("INDEX of the wrong column", "online", "T.a_0", 2, 0, "a_0[0,0] at step 2",
         one(",1)", ",2)")),
    Case("INDEX of the wrong column", R, "Step_W_2", 1, 0, "W_2[1,0]",
         one("{T.W_2 0,3}:{T.W_2 6,3}", "{T.W_2 0,4}:{T.W_2 6,4}")),
    Case("INDEX of the wrong table", "online", "T.targets", 2, 1, "targets[0,1] at step 2",
         one("targets", "inputs")),
    Case("the wrong example's turn", "online", "T.a_0", 3, 1, "a_0[0,1] at step 3",
         one(",3)", ",2)")),
    Case("the wrong example", "batch", "top_a_1", 1, 0, "a_1[1,0]",
         one("{a_1_row 1,0}", "{a_1_row 0,0}")),
    Case("the wrong target", R, "T.delta_2", 1, 0, "delta_2[0,0] at step 1",
         one("{T.targets 1,0}", "{T.targets 1,1}")),
    Case("target forgotten", "matrices", "delta_2", 0, 0, "delta_2[0,0]",
         one("-{targets 0,0})", ")")),
    Case("Jacobian taken for diagonal", "softmax", "T.delta_2", 1, 1, "delta_2[0,1] at step 1",
         one("", "{T.error_2 1,1}*{T.a_2 1,1}*(1-{T.a_2 1,1})")),
    Case("exponential forgotten", "softmax", "T.exp_z_2", 2, 1, "exp_z_2[0,1] at step 2",
         one("EXP(", "(")),
    Case("logarithm of the wrong term", "online", "T.loss", 1, 0, "loss at step 1",
         one("LN(1-{T.a_2 1,0})", "LN({T.a_2 1,0})")),
    Case("leak of the wrong size", "online", "T.a_1", 0, 1, "a_1[0,1] at step 0",
         one("0.01*", "0.1*")),
    Case("condition turned over", "batch", "slope_1", 1, 1, "slope_1[1,1]", one(">0", "<0")),
    Case("a digit mistyped", R, "slope_2", 0, 0, "slope_2[0,0]", one("(1-", "(1.01-")),
]  # fmt: skip

_PLACE = re.compile(r"\{([\w.]+) (\d+),(\d+)\}")


def wrong_formula(case: Case, written: Written, right: str) -> str:
    """The right formula of the xlsx dialect with the case's mistake in it."""
    assert not isinstance(case.change, float)

    def a1(match: re.Match[str]) -> str:
        return written.at(full(match[1]), int(match[2]), int(match[3])).a1

    for old, new in case.change:
        new = _PLACE.sub(a1, new)
        if not old:
            right = new
            continue
        pattern = "".join(
            re.sub(r"([A-Z]+)(\d+)", r"\\$?\1\\$?\2(?!\\d)", _PLACE.sub(a1, part))
            if _PLACE.fullmatch(part)
            else re.escape(part)
            for part in re.split(r"(\{[^}]*\})", old)
        )
        changed = re.sub(pattern, lambda _, new=new: new, right, count=1)
        assert changed != right, f"{case.id}: {pattern} is not in {right}"
        right = changed
    return right


def full(block: str) -> str:
    return T + block.removeprefix("T.") if block.startswith("T.") else block


class Planted(NamedTuple):
    """A mistake in its place: where, the texts in the file's dialect, the two values."""

    at: At
    formula: str
    right: str
    got: float
    expected: float


def plant_case(case: Case, written: Written, path: Path) -> Planted:
    at = written.at(full(case.block), case.row, case.column)
    right = formula_at(path, at)
    expected = number_at(path, at)
    if isinstance(case.change, float):
        type_number(path, at, case.change)
        return Planted(at, "", right, case.change, expected)
    wrong = wrong_formula(case, written, formula_at(written.files[".xlsx"], at))
    formula = plant(path, at, wrong)
    assert number_at(path, at) == expected, "the cached value must not give the mistake away"
    got = worth(wrong, at, lambda *place: written.numbers.get(place, 0.0), written.names())
    return Planted(at, formula, right, got, expected)


def approximately(number: float) -> Any:
    return pytest.approx(number, rel=1e-12, abs=1e-15)


def assert_named(found: Mismatch, case: Case, planted: Planted, why: str) -> None:
    """Every field of one mismatch."""
    assert found.cell == str(planted.at)
    assert found.name == case.name
    assert found.formula == (f"={planted.formula}" if planted.formula else "")
    assert found.expected_formula == f"={planted.right}"
    assert found.expected == approximately(planted.expected)
    assert found.got == approximately(planted.got)
    assert found.why == why


def test_there_are_kinds_enough() -> None:
    assert len({case.kind for case in CASES}) >= 30
    assert len({(case.lesson, case.block, case.row, case.column) for case in CASES}) == len(CASES)


@both_formats
@pytest.mark.parametrize("name", LESSONS)
def test_fresh_workbooks_are_right(
    name: str, suffix: str, fresh: Callable[[str], Written], ironcalc: IronCalc
) -> None:
    path = fresh(name).files[suffix]
    report = sheetnet.check(path, ironcalc)
    assert report.mismatches == ()
    assert report.max_abs < 1e-14
    blocks = list(fresh(name).workbook.blocks())
    assert report.cells == sum(b.area.rows * b.area.columns for b in blocks)
    assert 0 < report.formulas < report.cells


@both_formats
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_planted_mistake_is_found_and_named(
    case: Case,
    suffix: str,
    fresh: Callable[[str], Written],
    ironcalc: IronCalc,
    tmp_path: Path,
    values_only: Callable[[], None],
) -> None:
    written = fresh(case.lesson)
    path = written.copy(suffix, tmp_path)
    planted = plant_case(case, written, path)
    recalled = Recalled(ironcalc, path)

    report = sheetnet.check(path, recalled)
    assert not report.ok
    (found,) = report.mismatches
    assert_named(found, case, planted, "formula changed")

    values_only()
    report = sheetnet.check(path, recalled)
    if case.same_value:
        assert report.ok and planted.got == approximately(planted.expected)
    else:
        (found,) = report.mismatches
        assert_named(found, case, planted, "value")


@both_formats
@pytest.mark.parametrize("name", LESSONS)
def test_all_mistakes_at_once_are_named_on_every_engine(
    name: str,
    suffix: str,
    fresh: Callable[[str], Written],
    engine: Engine,
    tmp_path: Path,
    values_only: Callable[[], None],
) -> None:
    """Each cell is judged by what it refers to, so no mistake hides another or adds noise."""
    written = fresh(name)
    path = written.copy(suffix, tmp_path)
    cases = [case for case in CASES if case.lesson == name]
    planted = [plant_case(case, written, path) for case in cases]
    recalled = Recalled(engine, path)

    found = {each.cell: each for each in sheetnet.check(path, recalled).mismatches}
    assert found.keys() == {str(each.at) for each in planted}
    for case, each in zip(cases, planted, strict=True):
        mismatch = found[str(each.at)]
        assert (mismatch.name, mismatch.why) == (case.name, "formula changed")
        assert mismatch.formula.removeprefix("=") == each.formula
        assert mismatch.expected_formula == f"={each.right}"

    values_only()
    found = {each.cell: each for each in sheetnet.check(path, recalled).mismatches}
    pairs = zip(cases, planted, strict=True)
    assert found.keys() == {str(each.at) for case, each in pairs if not case.same_value}
    assert {each.why for each in found.values()} == {"value"}


@both_formats
def test_a_gradient_wrong_by_a_billionth_is_found_by_value_alone(
    suffix: str,
    fresh: Callable[[str], Written],
    engine: Engine,
    tmp_path: Path,
    values_only: Callable[[], None],
) -> None:
    written = fresh("reference")
    path = written.copy(suffix, tmp_path)
    names = {
        written.at("dW_2", 1, 0): "dW_2[1,0]",
        written.at("dW_1", 0, 1): "dW_1[0,1]",
        written.at("Training_W_1", 1, 0): "W_1[0,0] at step 1",
        written.at("Training_W_2", 2, 3): "W_2[1,0] at step 2",
    }
    for at in names:
        right = formula_at(written.files[".xlsx"], at)
        old, minus, gradient = right.rpartition("-learning_rate*")
        plant(path, at, f"{old}{minus}({gradient})*(1+1E-9)")
    values_only()
    report = sheetnet.check(path, engine)
    assert {each.cell: each.name for each in report.mismatches} == {
        str(at): name for at, name in names.items()
    }
    for each in report.mismatches:
        assert each.why == "value" and isinstance(each.got, float)
        assert 0 < abs(each.got - each.expected) < 1e-9


def test_below_the_last_digit_the_text_still_tells(
    ironcalc: IronCalc, tmp_path: Path, values_only: Callable[[], None]
) -> None:
    """Near convergence a billionth of the gradient is less than one unit in the last place of the
    weight: at step 500 some 1e-18 where the weight's last digit is worth 3e-17. The value is right
    to the last bit; what is wrong is the text."""
    path = tmp_path / "net.xlsx"
    lesson = reference(steps=500)
    sheetnet.write(lesson, path)
    area = build(lesson).names()["Training_W_2"]
    at = At(area.sheet, area.row + 500, area.column)
    old, minus, gradient = formula_at(path, at).rpartition("-learning_rate*")
    plant(path, at, f"{old}{minus}({gradient})*(1+1E-9)")
    recalled = Recalled(ironcalc, path)
    (found,) = sheetnet.check(path, recalled).mismatches
    assert (found.cell, found.name) == (str(at), "W_2[0,0] at step 500")
    values_only()
    assert sheetnet.check(path, recalled).ok


# --- what is no mistake -----------------------------------------------------------------------


@both_formats
def test_a_yellow_cell_may_be_changed(
    suffix: str, fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    written = fresh("reference")
    path = written.copy(suffix, tmp_path)
    before = sheetnet.check(path, engine)
    for name, row, column, number in (
        ("W_1", 0, 1, 0.75),
        ("W_2", 0, 5, -1.5),
        ("inputs", 0, 0, 0.35),
        ("targets", 0, 1, 0.9),
        ("learning_rate", 0, 0, 1.25),
    ):
        type_number(path, written.at(name, row, column), number)
    plant(path, written.at("W_1", 0, 0), "1/3")
    report = sheetnet.check(path, engine)
    assert report.mismatches == ()
    assert report.max_abs < 1e-14 < abs(report.losses[1] - before.losses[1])


def test_a_yellow_cell_that_openpyxl_emptied_is_refused(
    fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    """It stays in the file as a number without a value, which ironcalc takes for 0."""
    written = fresh("reference")
    path, at = written.copy(".xlsx", tmp_path), written.at("W_1", 0, 0)
    book = openpyxl.load_workbook(path)
    book[at.sheet][at.a1] = None
    book.save(path)
    with pytest.raises(FileError, match=f"{at} is empty"):
        sheetnet.check(path, engine)


@both_formats
@pytest.mark.parametrize("name", ["online", "matrices"])
def test_a_yellow_cell_of_a_table_may_be_changed(
    name: str, suffix: str, fresh: Callable[[str], Written], ironcalc: IronCalc, tmp_path: Path
) -> None:
    written = fresh(name)
    path = written.copy(suffix, tmp_path)
    before = sheetnet.check(path, ironcalc)
    for block, row, column in (("inputs", 0, 1), ("targets", 1, 1), ("W_1", 0, 1)):
        type_number(path, written.at(block, row, column), 0.375)
    plant(path, written.at("learning_rate", 0, 0), "2/3")
    report = sheetnet.check(path, ironcalc)
    assert report.mismatches == ()
    assert report.losses[1] != before.losses[1]


@both_formats
@pytest.mark.parametrize("name", ["reference", "online"])
def test_cached_values_are_not_trusted(
    name: str, suffix: str, fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    path = fresh(name).copy(suffix, tmp_path)
    right = sheetnet.check(path, engine)
    assert falsify(path, "123") == right.formulas
    report = sheetnet.check(path, engine)
    assert report.mismatches == ()
    assert (report.max_abs, report.losses) == (right.max_abs, right.losses)


# --- the step shown ---------------------------------------------------------------------------


@pytest.fixture(scope="session")
def ten_steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    files = {s: tmp_path_factory.mktemp("ten") / f"ten{s}" for s in SUFFIXES}
    for file in files.values():
        sheetnet.write(reference(steps=10), file)
    return files


def choose(path: Path, step: str, folder: Path) -> Path:
    target = Path(shutil.copy(path, folder))
    area = build(reference(steps=10)).names()["step_shown"]
    type_number(target, At(area.sheet, area.row, area.column), step)
    return target


@both_formats
@pytest.mark.parametrize("step", ["7", "10"])
def test_any_step_may_be_shown(
    step: str, suffix: str, ten_steps: dict[str, Path], engine: Engine, tmp_path: Path
) -> None:
    path = choose(ten_steps[suffix], step, tmp_path)
    report = sheetnet.check(path, engine)
    assert report.mismatches == ()
    assert report.max_abs < 1e-14
    area = build(reference(steps=10)).names()["loss"]
    shown = engine.recalculate(path)[area.sheet][area.row, area.column]
    assert shown == approximately(sheetnet.train(reference(), 10).losses[int(step)])


# LibreOffice and ironcalc take INDEX(range, 0) for the range's cell in the formula's own row: a
# number, and no number of any step.
@both_formats
@pytest.mark.parametrize("step", ["11", "-1", "1e300"])
def test_a_step_that_is_not_there_is_reported_where_step_takes_it_over(
    step: str, suffix: str, ten_steps: dict[str, Path], engine: Engine, tmp_path: Path
) -> None:
    report = sheetnet.check(choose(ten_steps[suffix], step, tmp_path), engine)
    names = build(reference(steps=10)).names()
    taken = [names[name] for name in ("a_0_row", "Step_W_1", "Step_W_2", "Step_targets")]
    assert {each.cell for each in report.mismatches} == {
        str(At(a.sheet, a.row + r, a.column + c))
        for a in taken
        for r in range(a.rows)
        for c in range(a.columns)
    }
    assert {each.expected for each in report.mismatches} == {None}
    if step != "-1":
        assert {each.why for each in report.mismatches} == {"error"}
    json.loads(report.to_json(), parse_constant=pytest.fail)


@both_formats
def test_no_step_chosen_is_step_0(
    suffix: str, ten_steps: dict[str, Path], ironcalc: IronCalc, tmp_path: Path
) -> None:
    path = choose(ten_steps[suffix], "3", tmp_path)
    names = build(reference(steps=10)).names()
    clear(path, At("Step", names["step_shown"].row, names["step_shown"].column))
    assert sheetnet.check(path, ironcalc).mismatches == ()
    taken = names["Step_W_1"]
    wrong = At(taken.sheet, taken.row, taken.column)
    type_number(path, wrong, 0.125)
    (found,) = sheetnet.check(path, ironcalc).mismatches
    assert (found.cell, found.expected, found.got) == (str(wrong), 0.5, 0.125)


# --- errors -----------------------------------------------------------------------------------


def steep(formulas: str) -> Lesson:
    """Weights of 1000: z of the first layer is -900 and less, and EXP(900) is no double."""
    lesson = reference(formulas=formulas)
    network = lesson.network
    weights = [np.full((2, 2), -1000.0), network.weights[1]]
    return replace(lesson, network=network.with_parameters(weights, network.bias))


@both_formats
def test_an_overflow_is_named_where_it_happens(suffix: str, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / f"steep{suffix}"
    sheetnet.write(steep("plain"), path)
    report = sheetnet.check(path, engine)
    if engine.name != "libreoffice":  # Gnumeric computes in 80 bits; ironcalc has infinity
        assert report.mismatches == ()
        return
    assert {(each.name, each.expected, each.why) for each in report.mismatches} == {
        ("a_1[0,0] at step 0", 0.0, "error"),
        ("a_1[0,1] at step 0", 0.0, "error"),
        ("a_1[0,0]", 0.0, "error"),
        ("a_1[0,1]", 0.0, "error"),
    }
    for each in report.mismatches:
        assert isinstance(each.got, str)
        assert "EXP(" in each.formula == each.expected_formula
    json.loads(report.to_json(), parse_constant=pytest.fail)


@both_formats
def test_safe_formulas_do_not_overflow(suffix: str, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / f"steep{suffix}"
    sheetnet.write(steep("safe"), path)
    assert sheetnet.check(path, engine).mismatches == ()


# lesson, block, row, column, what is typed, the cell's name
FAULTS = [
    ("reference", "T.delta_2", 2, 1, "1/0", "delta_2[0,1] at step 2"),
    ("reference", "T.step", 2, 0, '"two"', "step at step 2"),
    ("reference", "a_1", 0, 0, "NA()", "a_1[0,0]"),
    ("reference", "Step_W_1", 0, 1, "no_such_name", "W_1[0,1]"),
    ("online", "T.step", 2, 0, "NA()", "step at step 2"),  # every later INDEX hangs on it
    ("online", "T.W_1", 1, 3, "LN(0)", "W_1[1,0] at step 1"),
    ("softmax", "T.exp_z_2", 1, 1, "EXP(1000)", "exp_z_2[0,1] at step 1"),
    ("batch", "loss_term", 1, 1, '"none"', "loss_term[1,1]"),
    ("matrices", "z_2", 1, 3, "1/0", "z_2[3,1]"),
    ("matrices", "loss_term", 1, 3, '""', "loss_term[3,1]"),  # SUM passes over a text
]


@both_formats
@pytest.mark.parametrize(("lesson", "block", "row", "column", "typed", "name"), FAULTS)
def test_an_error_is_named_at_its_root_only(
    lesson: str,
    block: str,
    row: int,
    column: int,
    typed: str,
    name: str,
    suffix: str,
    fresh: Callable[[str], Written],
    ironcalc: IronCalc,
    tmp_path: Path,
    values_only: Callable[[], None],
) -> None:
    written = fresh(lesson)
    path = written.copy(suffix, tmp_path)
    at = written.at(full(block), row, column)
    plant(path, at, typed)
    recalled = Recalled(ironcalc, path)
    (found,) = sheetnet.check(path, recalled).mismatches
    assert (found.cell, found.name, found.why) == (str(at), name, "formula changed")
    values_only()
    report = sheetnet.check(path, recalled)
    (found,) = report.mismatches
    assert (found.cell, found.name, found.why) == (str(at), name, "error")
    assert isinstance(found.got, str)
    json.loads(report.to_json(), parse_constant=pytest.fail)


@both_formats
def test_an_emptied_formula_is_named(
    suffix: str,
    fresh: Callable[[str], Written],
    engine: Engine,
    tmp_path: Path,
    values_only: Callable[[], None],
) -> None:
    written = fresh("reference")
    path = written.copy(suffix, tmp_path)
    at = written.at("dW_2", 0, 1)
    clear(path, at)
    recalled = Recalled(engine, path)
    (found,) = sheetnet.check(path, recalled).mismatches
    assert (found.cell, found.name, found.why) == (str(at), "dW_2[0,1]", "formula changed")
    assert (found.formula, found.got) == ("", None)
    values_only()
    (found,) = sheetnet.check(path, recalled).mismatches
    assert (found.cell, found.why) == (str(at), "error")


@both_formats
def test_a_circle_has_no_root_and_is_reported_all_the_same(
    suffix: str,
    fresh: Callable[[str], Written],
    engine: Engine,
    tmp_path: Path,
    values_only: Callable[[], None],
) -> None:
    written = fresh("reference")
    path = written.copy(suffix, tmp_path)
    at, later = written.at("Training_a_1", 2, 0), written.at("Training_W_1", 3, 0)
    plant(path, at, f"{formula_at(written.files['.xlsx'], at)}+0*{later.a1}")
    recalled = Recalled(engine, path)
    report = sheetnet.check(path, recalled)
    (found,) = report.mismatches
    assert (found.cell, found.why) == (str(at), "formula changed")
    values_only()
    report = sheetnet.check(path, recalled)
    assert str(at) in {each.cell for each in report.mismatches}
    assert all(each.expected_formula for each in report.mismatches)


# --- formulas that are wrong in every cell ----------------------------------------------------

BILLIONTH = 1 + 1e-9
# table, row, its field, quantities of whose cells some must be named, and no others may be
WRONG_SPELLINGS: list[tuple[dict[str, Any], str, str, set[str]]] = [
    (spelling.ACTIVATIONS, "sigmoid", "slope", {"delta", "slope", "diagonal"}),
    (spelling.ACTIVATIONS, "sigmoid", "value", {"a"}),
    (spelling.LOSSES, "half_squared_error", "slope", {"delta", "error"}),
    (spelling.LOSSES, "half_squared_error", "term", {"loss", "loss_term"}),
]


@pytest.mark.parametrize(("table", "row", "field", "quantities"), WRONG_SPELLINGS)
def test_a_wrong_spelling_is_found_although_all_texts_are_as_written(
    table: dict[str, Any],
    row: str,
    field: str,
    quantities: set[str],
    ironcalc: IronCalc,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Formulas and NumPy know nothing of each other; that is what the check rests on."""
    right = getattr(table[row], field)
    wrong = table[row]._replace(**{field: lambda *cells: right(*cells) * BILLIONTH})
    monkeypatch.setitem(table, row, wrong)
    path = tmp_path / "net.xlsx"
    sheetnet.write(reference(), path)
    area = build(reference()).names()["Step_learning_rate"]
    plant(path, At(area.sheet, area.row, area.column), "0.5")
    planted, *mismatches = sheetnet.check(path, ironcalc).mismatches
    assert (planted.name, planted.why) == ("learning_rate", "formula changed")
    assert {each.why for each in mismatches} == {"value"}
    found = {re.split(r"_?\d*(?:\[| at |$)", each.name)[0] for each in mismatches}
    assert found and found <= quantities
    for each in mismatches:
        assert isinstance(each.got, float) and each.expected is not None
        assert abs(each.got / each.expected - 1) == pytest.approx(1e-9, rel=1e-3)


def test_relu_takes_its_slope_from_a(engine: Engine, tmp_path: Path) -> None:
    """0.1 + 0.2 - 0.3 is 5.6e-17 for NumPy and 0 for LibreOffice; relu bends in between. For
    ironcalc it is 5.6e-17 too, but no more than 0."""
    lesson = sheetnet.load(
        {
            "network": {
                "sizes": [3, 1, 1],
                "activations": ["relu", "identity"],
                "biases": "none",
                "weights": [[[1.0, 1.0, -1.0]], [[0.5]]],
            },
            "training": {"steps": 2},
            "data": {"inputs": [[0.1, 0.2, 0.3]], "targets": [[1.0]]},
        }
    )
    for suffix in SUFFIXES:
        path = tmp_path / f"bend{suffix}"
        sheetnet.write(lesson, path)
        assert sheetnet.check(path, engine).mismatches == ()


@pytest.mark.parametrize(
    ("judge", "verdict", "mistake"), [("complete", False, "1/0"), ("carried", True, "0.25")]
)
def test_nothing_wrong_passes_unseen(
    judge: str,
    verdict: bool,
    mistake: str,
    fresh: Callable[[str], Written],
    ironcalc: IronCalc,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    values_only: Callable[[], None],
) -> None:
    """Should no mistake have a root, because each is laid to another, all are named."""
    written = fresh("reference")
    path = written.copy(".xlsx", tmp_path)
    at = written.at("Training_delta_2", 1, 0)
    plant(path, at, mistake)
    recalled = Recalled(ironcalc, path)
    values_only()
    (found,) = sheetnet.check(path, recalled).mismatches
    right = getattr(check_module, judge)
    monkeypatch.setattr(check_module, judge, lambda *grids: np.full_like(right(*grids), verdict))
    every = {each.cell for each in sheetnet.check(path, recalled).mismatches}
    assert every >= {found.cell} == {str(at)}


# --- random lessons ---------------------------------------------------------------------------

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


# --- edited in an office program --------------------------------------------------------------

NAME = "My net 🧠"
# Rows and columns inserted outside every block: (operation, sheet, before which, how many)
INSERTED = [
    ("insert_rows", "Training", 0, 2),
    ("insert_columns", "Training", 0, 1),
    ("insert_rows", "Step", 0, 1),
    ("insert_columns", "Step", 0, 3),
]
SHIFT = {"Training": (2, 1), "Step": (1, 3)}


def moved(at: At) -> At:
    """Where a cell stands after INSERTED, on the sheet that Training is renamed to."""
    rows, columns = SHIFT[at.sheet]
    sheet = NAME if at.sheet == "Training" else at.sheet
    return At(sheet, at.row + rows, at.column + columns)


# (lesson, format before, format after)
SAVED = [("reference", source, target) for source in SUFFIXES for target in SUFFIXES]
SAVED += [(name, *SUFFIXES) for name in ("batch", "wide", "matrices")]
SAVED += [(name, *SUFFIXES[::-1]) for name in ("online", "softmax")]


@pytest.mark.parametrize(("name", "source", "suffix"), [*SAVED, ("matrices", *SUFFIXES[::-1])])
def test_an_edited_workbook_is_still_right_and_still_checked(
    name: str,
    source: str,
    suffix: str,
    fresh: Callable[[str], Written],
    libreoffice: LibreOffice,
    ironcalc: IronCalc,
    tmp_path: Path,
    values_only: Callable[[], None],
) -> None:
    written = fresh(name)
    path = tmp_path / f"edited{suffix}"
    has_training = any(sheet.name == "Training" for sheet in written.workbook.sheets)
    inserted = [each for each in INSERTED if has_training or each[1] != "Training"]
    renamed = [("rename", "Training", NAME)] if has_training else []
    libreoffice.edit(written.files[source], [*inserted, *renamed], path)
    report = sheetnet.check(path, ironcalc)
    assert report.mismatches == ()

    block, row, column = ("T.delta_1", 1, 0) if has_training else ("delta_1", 1, 0)
    at = moved(written.at(full(block), row, column))
    right = formula_at(path, at)
    dialect_free = formula_at(written.files[".xlsx"], written.at(full(block), row, column))
    assert right != dialect_free, "every reference has moved"
    plant(path, at, "0.125+0.5")
    recalled = Recalled(ironcalc, path)
    for why in ("formula changed", "value"):
        (found,) = sheetnet.check(path, recalled).mismatches
        assert found.cell == str(at)
        assert found.name == ("delta_1[0,0] at step 1" if has_training else "delta_1[0,1]")
        assert (found.formula, found.got, found.why) == ("=0.125+0.5", 0.625, why)
        values_only()


def test_a_formula_retyped_in_libreoffice_is_named(
    fresh: Callable[[str], Written], libreoffice: LibreOffice, ironcalc: IronCalc, tmp_path: Path
) -> None:
    written = fresh("reference")
    at = written.at("Training_W_2", 2, 0)
    wrong = formula_at(written.files[".xlsx"], at).replace("-learning_rate", "+learning_rate")
    for suffix in SUFFIXES:
        path = tmp_path / f"retyped{suffix}"
        libreoffice.edit(
            written.files[suffix], [("formula", at.sheet, at.row, at.column, f"={wrong}")], path
        )
        (found,) = sheetnet.check(path, ironcalc).mismatches
        assert (found.cell, found.name) == (str(at), "W_2[0,0] at step 2")
        assert found.why == "formula changed"


def saved_by_gnumeric(path: Path, target: Path) -> Path:
    exporter = {".xlsx": "Gnumeric_Excel:xlsx2", ".ods": "Gnumeric_OpenCalc:odf"}
    subprocess.run(
        ["ssconvert", f"--export-type={exporter[target.suffix]}", path, target],
        check=True,
        capture_output=True,
        env=os.environ | {"HOME": str(target.parent), "LC_ALL": "C.UTF-8"},
        timeout=60,
    )
    return target


@pytest.mark.parametrize(("name", "source", "suffix"), SAVED)
def test_a_workbook_saved_by_gnumeric_is_still_right(
    name: str,
    source: str,
    suffix: str,
    fresh: Callable[[str], Written],
    gnumeric: Gnumeric,
    ironcalc: IronCalc,
    tmp_path: Path,
) -> None:
    path = saved_by_gnumeric(fresh(name).files[source], tmp_path / f"saved{suffix}")
    # ironcalc 0.9.1 cannot load what Gnumeric saves as .xlsx
    able: Engine = gnumeric if suffix == ".xlsx" else ironcalc
    assert sheetnet.check(path, able).mismatches == ()


def test_a_function_that_gnumeric_alone_knows_is_named(
    fresh: Callable[[str], Written], gnumeric: Gnumeric, tmp_path: Path
) -> None:
    """From .ods to .xlsx Gnumeric turns SUMPRODUCT into ODF.SUMPRODUCT: right in Gnumeric, and
    #NAME? in every other program."""
    path = saved_by_gnumeric(fresh("matrices").files[".ods"], tmp_path / "saved.xlsx")
    mismatches = sheetnet.check(path, gnumeric).mismatches
    assert {each.name.partition("[")[0] for each in mismatches} >= {"dW_2"}
    for each in mismatches:
        assert each.formula.startswith("=ODF.SUMPRODUCT(") and each.why == "formula changed"
        assert each.got == approximately(each.expected or 0.0)


# --- how close is close -----------------------------------------------------------------------


def tolerance_of(formula: Callable[[Index, Index], Node], **inputs: float | list[float]) -> float:
    """The tolerance of one cell whose formula refers to the given blocks, one row each."""
    grids = {name: np.atleast_2d(np.array(value, dtype=float)) for name, value in inputs.items()}
    block = Block("own", Area("S", 0, 0, 1, 1), "own", (1, 1), "matrix", "", formula)
    assert complete(block, grids).item()
    return float(tolerances(block, grids).item())


X, Y, B = cell("x", 0, 0), cell("y", 0, 0), cell("b", 0, 0)

# formula, inputs, rounded operations k, size m of what goes in: 2 (k + 1) u m
BOUNDS: list[tuple[Node, dict[str, float], int, float]] = [
    (X, {"x": -3.0}, 0, 3.0),
    (X + Y, {"x": 2.0, "y": -5.0}, 1, 7.0),
    (X - Y, {"x": 2.0, "y": 5.0}, 1, 7.0),
    (X * Y + B, {"x": 3.0, "y": -4.0, "b": 10.0}, 2, 22.0),
    (-(X * Y), {"x": 3.0, "y": 4.0}, 1, 12.0),
    (X / Y, {"x": 6.0, "y": 3.0}, 1, 2.0),
    ((X - Y) ** 2, {"x": 3.0, "y": 1.0}, 3, 16.0),
    # equal operands: LibreOffice's zero, 64-fold
    (X - Y, {"x": 1.0, "y": 1.0}, 1, 128.0),
    # EXP counts for four; its error is that of its argument times its slope, and its own
    (call("EXP", X * Y), {"x": 0.0, "y": 2.0}, 5, 1.0),
    (call("MAX", 0, X * Y), {"x": -2.0, "y": 3.0}, 1, 6.0),
    (call("IF", Binary(">", X, B), Y, B), {"x": 1.0, "y": 5.0, "b": 0.5}, 0, 5.0),
]


@pytest.mark.parametrize(("tree", "inputs", "operations", "size"), BOUNDS)
def test_the_tolerance_is_the_bound_computed_by_hand(
    tree: Node, inputs: dict[str, float], operations: int, size: float
) -> None:
    allowed = tolerance_of(lambda i, j: tree, **inputs)
    assert allowed == pytest.approx(2 * (operations + 1) * 2.0**-53 * size, rel=1e-12)
    assert 0 < allowed < 1e-13 * size
    assert UNIT == 2.0**-53


@pytest.mark.parametrize("x", [0.0, 1e-16, 2.0**-52, 3e-16, -1e-16, -0.25])
def test_the_tolerance_has_room_for_both_branches_only_where_engines_differ(x: float) -> None:
    """ironcalc 0.9.1 takes 2^-52 for 0 in a comparison, and 3e-16 for more."""
    masked = call("IF", Binary(">", X, Number(0.0)), 1, 0.01) * Y
    allowed = tolerance_of(lambda i, j: masked, x=x, y=-5.0)
    doubtful = 0 < abs(x) <= 2.0**-52
    assert allowed >= 4.95 if doubtful else allowed < 1e-14


def test_the_tolerance_of_a_sum_does_not_shrink_with_the_sum() -> None:
    cancelling = tolerance_of(lambda i, j: X * Y + B, x=1e6, y=1.0, b=-999_999.999)
    assert 1e-16 * 2e6 < cancelling < 1e-14 * 2e6


@pytest.mark.parametrize(
    ("tree", "inputs"),
    [
        (X * Y, {"x": 1e-200, "y": 1e-200}),  # underflows to 0
        (X * Y, {"x": 1e-160, "y": 1e-155}),  # a double of a few digits
        (1 / (1 + call("EXP", X)), {"x": 800.0}),  # overflows on the way
        (X / Y, {"x": 1.0, "y": 0.0}),
    ],
)
def test_beyond_the_doubles_nothing_large_is_allowed(tree: Node, inputs: dict[str, float]) -> None:
    assert 0 < tolerance_of(lambda i, j: tree, **inputs) < 1e-300


def random_tree(pick: random.Random, depth: int) -> Node:
    if depth == 0:
        return cell("x", 0, pick.randrange(4))
    left, right = random_tree(pick, depth - 1), random_tree(pick, pick.randrange(depth))
    return pick.choice([left + right, left - right, left * right, left / right, -left, left**2])


def exactly(tree: Any, x: list[float]) -> tuple[Fraction, Fraction]:
    """A tree's value without rounding, and the size of what goes in."""
    match type(tree).__name__:
        case "Cell":
            value = Fraction(x[tree.column.value])
            return value, abs(value)
        case "Number":
            return Fraction(tree.value), abs(Fraction(tree.value))
        case "Negative":
            value, size = exactly(tree.operand, x)
            return -value, size
    (a, m), (b, n) = exactly(tree.left, x), exactly(tree.right, x)
    if tree.operator in "+-" and abs(a - b if tree.operator == "-" else a + b) < (m + n) / 2**40:
        raise ZeroDivisionError  # the 64-fold bound there is another test's
    return {
        "+": lambda: (a + b, m + n),
        "-": lambda: (a - b, m + n),
        "*": lambda: (a * b, m * n),
        "/": lambda: (a / b, m / abs(b) * n / abs(b)),
        "^": lambda: (a * a, m * m),
    }[tree.operator]()


def in_doubles(tree: Any, x: list[float]) -> float:
    match type(tree).__name__:
        case "Cell":
            return x[tree.column.value]
        case "Number":
            return float(tree.value)
        case "Negative":
            return -in_doubles(tree.operand, x)
    a, b = in_doubles(tree.left, x), in_doubles(tree.right, x)
    return {
        "+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b,
        "^": lambda: a * a,
    }[tree.operator]()  # fmt: skip


def test_rounding_stays_within_the_tolerance_and_the_tolerance_near_rounding() -> None:
    """Against exact fractions. Twice k u m is allowed, since NumPy's own order may cost as much."""
    pick = random.Random(5)
    count = 0
    while count < 300:
        x = [pick.uniform(-2, 2) for _ in range(4)]
        tree = random_tree(pick, pick.randint(1, 4))
        try:
            value, size = exactly(tree, x)
        except ZeroDivisionError:  # x - x below a fraction line
            continue
        allowed = tolerance_of(lambda i, j, tree=tree: tree, x=x)
        assert abs(Fraction(in_doubles(tree, x)) - value) <= Fraction(allowed)
        assert allowed <= 1e-12 * max(size, Fraction(1, 10**290))
        count += 1


@pytest.mark.parametrize("z", [-600.0, -34.0, -1.25, 0.0, 1e-9, 3.5, 34.0, 300.0])
def test_a_sigmoid_stays_within_the_tolerance(z: float) -> None:
    tree = 1 / (1 + call("EXP", -X))
    allowed = tolerance_of(lambda i, j: tree, x=z)
    with localcontext() as digits:
        digits.prec = 400
        exact = 1 / (1 + (-Decimal(z)).exp())
        error = abs(exact - Decimal(1 / (1 + np.exp(-z)).item()))
        assert error <= Decimal(allowed) <= Decimal("1e-12") * exact * max(1, abs(Decimal(z)))


# --- the report -------------------------------------------------------------------------------


def test_the_report_as_json(
    fresh: Callable[[str], Written], ironcalc: IronCalc, tmp_path: Path
) -> None:
    written = fresh("reference")
    path = written.copy(".xlsx", tmp_path)
    at = written.at("Training_loss", 0, 0)
    plant(path, at, "LN(0)")
    report = sheetnet.check(path, ironcalc)
    fields = json.loads(report.to_json(), parse_constant=pytest.fail)
    wanted = ("file", "engine", "engine_version", "cells", "formulas", "max_abs", "max_rel")
    assert tuple(fields)[: len(wanted)] == wanted
    assert fields["file"] == str(path)
    assert fields["engine"] == "ironcalc" and fields["engine_version"] == ironcalc.version
    assert fields["cells"] == report.cells > fields["formulas"] == report.formulas > 0
    assert 0 <= fields["max_abs"] < 1e-14 and 0 <= fields["max_rel"] < 1e-14
    assert fields["ok"] is False and fields["losses"][0] is None
    (found,) = fields["mismatches"]
    assert found["cell"] == str(at) == "Training!AI7"
    assert found["name"] == "loss at step 0"
    assert found["formula"] == "=LN(0)"
    assert found["expected"] == approximately(0.060571693883345754)
    assert isinstance(found["got"], str)
    assert found["why"] == "formula changed"


def test_worst_first(fresh: Callable[[str], Written], ironcalc: IronCalc, tmp_path: Path) -> None:
    """Changed formulas come before wrong values, and those before errors."""
    written = fresh("online")
    for suffix in SUFFIXES:
        path = written.copy(suffix, tmp_path)
        type_number(path, written.at("W_2", 0, 5), 1000)  # a is 1, and its slope divides by 1 - a
        type_number(path, written.at("Training_step", 0, 0), 3)  # ours, not to be edited
        plant(path, written.at("W_2_new", 0, 0), "0.5")
        mismatches = sheetnet.check(path, ironcalc).mismatches
        assert [(each.name, each.why) for each in mismatches] == [
            ("W_2_new[0,0]", "formula changed"),
            ("step at step 0", "value"),
            ("delta_2[0,1] at step 0", "error"),
            ("loss at step 0", "error"),
            ("error_2[0,1]", "error"),
            ("loss_term[0,1]", "error"),
        ]
