"""The report: its JSON and its order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.checked import (
    SUFFIXES,
    Written,
    approximately,
    mistakes,
)
from support.planting import plant, type_number

import sheetnet
from sheetnet.engines.ironcalc import IronCalc


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
        mismatches = mistakes(sheetnet.check(path, ironcalc))
        assert [(each.name, each.why) for each in mismatches] == [
            ("W_2_new[0,0]", "formula changed"),
            ("step at step 0", "value"),
            ("delta_2[0,1] at step 0", "error"),
            ("loss at step 0", "error"),
            ("error_2[0,1]", "error"),
            ("loss_term[0,1]", "error"),  # in the strips,
            ("loss_term[0,1]", "error"),  # and in the equations
        ]
