"""The tester is tested: mistakes are planted in workbooks, and each must be found and named.

A mistake is written into the file's XML (`planting`); the cached value beside it stays right, so
a check that trusts caches finds nothing. What a planted formula is worth is computed here in
Python. The comparison of values must find each mistake with the comparison of texts switched off.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from support.checked import (
    LESSONS,
    Recalled,
    Written,
    approximately,
    both_formats,
    full,
    mistakes,
    reference,
)
from support.planting import At, formula_at, number_at, plant, type_number, worth

import sheetnet
from sheetnet.checking.report import Mismatch
from sheetnet.engines import Engine
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.workbooks.build import build


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


R = "reference"
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
    assert mistakes(report) == ()
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
    (found,) = mistakes(report)
    assert_named(found, case, planted, "formula changed")

    values_only()
    report = sheetnet.check(path, recalled)
    if case.same_value:
        assert report.ok and planted.got == approximately(planted.expected)
    else:
        (found,) = mistakes(report)
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

    found = {each.cell: each for each in mistakes(sheetnet.check(path, recalled))}
    assert found.keys() == {str(each.at) for each in planted}
    for case, each in zip(cases, planted, strict=True):
        mismatch = found[str(each.at)]
        assert (mismatch.name, mismatch.why) == (case.name, "formula changed")
        assert mismatch.formula.removeprefix("=") == each.formula
        assert mismatch.expected_formula == f"={each.right}"

    values_only()
    found = {each.cell: each for each in mistakes(sheetnet.check(path, recalled))}
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
    assert {each.cell: each.name for each in mistakes(report)} == {
        str(at): name for at, name in names.items()
    }
    for each in mistakes(report):
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
    (found,) = mistakes(sheetnet.check(path, recalled))
    assert (found.cell, found.name) == (str(at), "W_2[0,0] at step 500")
    values_only()
    assert sheetnet.check(path, recalled).ok
