"""Errors are named at their root, and formulas wrong in every cell are found by their values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.checked import (
    SUFFIXES,
    Recalled,
    Written,
    both_formats,
    full,
    mistakes,
    reference,
)
from support.planting import At, clear, formula_at, plant

import sheetnet
from sheetnet.checking import judged as check_module
from sheetnet.engines import Engine
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.formulas import spelling
from sheetnet.lessons import Lesson
from sheetnet.workbooks.build import build


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
        assert mistakes(report) == ()
        return
    assert {(each.name, each.expected, each.why) for each in mistakes(report)} == {
        ("a_1[0,0] at step 0", 0.0, "error"),
        ("a_1[0,1] at step 0", 0.0, "error"),
        ("a_1[0,0]", 0.0, "error"),
        ("a_1[0,1]", 0.0, "error"),
    }
    for each in mistakes(report):
        assert isinstance(each.got, str)
        assert "EXP(" in each.formula == each.expected_formula
    json.loads(report.to_json(), parse_constant=pytest.fail)


@both_formats
def test_safe_formulas_do_not_overflow(suffix: str, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / f"steep{suffix}"
    sheetnet.write(steep("safe"), path)
    assert mistakes(sheetnet.check(path, engine)) == ()


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
    (found,) = mistakes(sheetnet.check(path, recalled))
    assert (found.cell, found.name, found.why) == (str(at), name, "formula changed")
    values_only()
    report = sheetnet.check(path, recalled)
    (found,) = mistakes(report)
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
    (found,) = mistakes(sheetnet.check(path, recalled))
    assert (found.cell, found.name, found.why) == (str(at), "dW_2[0,1]", "formula changed")
    assert (found.formula, found.got) == ("", None)
    values_only()
    (found,) = mistakes(sheetnet.check(path, recalled))
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
    (found,) = mistakes(report)
    assert (found.cell, found.why) == (str(at), "formula changed")
    values_only()
    report = sheetnet.check(path, recalled)
    assert str(at) in {each.cell for each in mistakes(report)}
    assert all(each.expected_formula for each in mistakes(report))


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
    planted, *mismatches = mistakes(sheetnet.check(path, ironcalc))
    assert (planted.name, planted.why) == ("learning_rate", "formula changed")
    assert {each.why for each in mismatches} == {"value"}
    found = {re.split(r"_?\d*(?:\[| at |$)", each.name)[0] for each in mismatches}
    assert found and found <= quantities
    for each in mismatches:
        assert isinstance(each.got, float) and each.expected is not None
        assert abs(each.got / each.expected - 1) == pytest.approx(1e-9, rel=1e-3)


def test_relu_takes_its_slope_from_a(engine: Engine, tmp_path: Path) -> None:
    """0.1 + 0.2 - 0.3 is 5.6e-17 for NumPy and 0 for LibreOffice; relu bends in between. For
    ironcalc it is 5.6e-17 too, but no more than 0. Network says the slope in words, 0 or 1."""
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
        assert mistakes(sheetnet.check(path, engine)) == ()


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
    (found,) = mistakes(sheetnet.check(path, recalled))
    right = getattr(check_module, judge)
    monkeypatch.setattr(check_module, judge, lambda *grids: np.full_like(right(*grids), verdict))
    every = {each.cell for each in mistakes(sheetnet.check(path, recalled))}
    assert every >= {found.cell} == {str(at)}
