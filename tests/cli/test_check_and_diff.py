"""What `check` and `diff` find, for people and, with --json, for programs."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from support import planting
from support.commands import LESSON, Run, at, type_into
from support.libreoffice import LibreOffice

import sheetnet

FIELDS = {"file", "engine", "engine_version", "cells", "formulas", "max_abs", "max_rel"}


# --- check --json --------------------------------------------------------------------------------


def test_check_json_has_the_fields_of_the_interface(run: Run, here: Path) -> None:
    status, out, err = run("check net.xlsx --engine ironcalc --json")
    report = json.loads(out)
    assert (status, err, report["mismatches"]) == (0, "", [])
    assert set(report) >= FIELDS
    assert (report["file"], report["engine"]) == ("net.xlsx", "ironcalc")
    book = openpyxl.load_workbook("net.xlsx")
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert report["cells"] > report["formulas"] == [cell.data_type for cell in cells].count("f")
    assert 0 < report["max_abs"] < 1e-15 and 0 < report["max_rel"] < 1e-14


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_check_json_names_a_planted_mistake(run: Run, here: Path, suffix: str) -> None:
    path = here / f"net{suffix}"
    place = at(path, "Training_delta_1", row=2)
    right = planting.formula_at(path, place)
    planting.plant(path, place, "0.25*0.125")
    status, out, err = run(f"check net{suffix} --engine ironcalc --json")
    assert (status, err) == (1, "")
    (wrong,) = json.loads(out)["mismatches"]
    assert set(wrong) >= {"cell", "name", "formula", "expected", "got", "why"}
    assert (wrong["cell"], wrong["why"]) == (str(place), "formula changed")
    assert wrong["name"].startswith("delta_1[0,0]")
    assert (wrong["formula"], wrong["got"]) == ("=0.25*0.125", 0.03125)
    assert wrong["expected_formula"] == f"={right}"
    lesson = sheetnet.load("net.json")
    delta = sheetnet.train(lesson, record=True).delta[0][2, 0, 0]
    assert wrong["expected"] == pytest.approx(delta, rel=1e-12)
    text = run(f"check net{suffix} --engine ironcalc")[1]
    in_xlsx = planting.formula_at(here / "net.xlsx", place)
    assert str(place) in text and "found     =0.25*0.125" in text and f"={in_xlsx}" in text


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_check_says_where_nothing_stands(run: Run, here: Path, suffix: str) -> None:
    path = here / f"net{suffix}"
    planting.clear(path, at(path, "Training_delta_1", row=2))
    status, out, _ = run(f"check net{suffix} --engine ironcalc")
    assert status == 1 and "found     nothing" in out and "no value, NumPy has 0." in out


def test_check_says_where_an_array_formula_stands(run: Run, here: Path) -> None:
    """What Excel makes of a formula that it takes for one of several cells."""
    place = at(here / "net.xlsx", "Training_delta_1", row=2)
    book = openpyxl.load_workbook(here / "net.xlsx")
    page = book[place.sheet]
    page[place.a1] = ArrayFormula(place.a1, page[place.a1].value)
    book.save(here / "net.xlsx")
    status, out, _ = run("check net.xlsx --engine ironcalc")
    assert status == 1 and f"{place}  delta_1" in out and "found     an array formula" in out


def test_check_does_not_flood_the_terminal(run: Run, here: Path) -> None:
    blocks = {"W_1": 6, "a_1": 2, "delta_1": 2, "a_2": 1, "delta_2": 1}
    for block, columns in blocks.items():
        for row, column in itertools.product(range(1, 4), range(columns)):
            type_into(here / "net.xlsx", f"Training_{block}", 0.5, row, column)
    status, out, _ = run("check net.xlsx --engine ironcalc")
    assert status == 1 and len(out.splitlines()) < 200
    assert "36 of them are not what they should be" in out and "(3 cells, from K8 down to" in out
    every = json.loads(run("check net.xlsx --engine ironcalc --json")[1])["mismatches"]
    assert len({wrong["cell"] for wrong in every if wrong["why"] != "old value"}) == 36


# --- diff ----------------------------------------------------------------------------------------


def test_diff_finds_a_changed_formula(run: Run, here: Path) -> None:
    place = at(here / "net.xlsx", "Training_delta_1", row=2)
    right = planting.formula_at(here / "net.xlsx", place)
    planting.plant(here / "net.xlsx", place, "0.25*0.125")
    status, out, _ = run("diff net.ods net.xlsx")
    assert status == 1
    (edit,) = [line for line in out.splitlines() if "→" in line]
    assert "Formulas:" in out and "Values:" not in out
    assert edit.split()[0] == str(place) and edit.endswith(f"={right} → =0.25*0.125")


@pytest.mark.parametrize(("batch", "first", "second"), [("online", 3, 2), ("full", 1, 3)])
def test_step_goes_on_where_the_examples_turn_is(
    run: Run, batch: str, first: int, second: int
) -> None:
    table = {
        **LESSON,
        "training": {"steps": 4, "batch": batch},
        "data": {"inputs": [[0, 1], [2, 3]], "targets": [[0], [1]]},
    }
    lesson = sheetnet.load(table)
    sheetnet.write(lesson, "two.xlsx")
    assert run(f"step two.xlsx -o on.xlsx -n {first}")[0] == 0
    assert run(f"step on.xlsx -o further.xlsx -n {second}")[0] == 0
    whole = sheetnet.train(lesson, steps=first + second)
    assert sheetnet.read("further.xlsx").network == whole.network
    assert sheetnet.check("further.xlsx").ok


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_diff_finds_a_formula_typed_over(run: Run, here: Path, suffix: str) -> None:
    place = at(here / f"net{suffix}", "Training_delta_1", row=2)
    planting.type_number(here / f"net{suffix}", place, 0.25)
    status, out, _ = run(f"diff net.{'ods' if suffix == '.xlsx' else 'xlsx'} net{suffix}")
    (edit,) = [line for line in out.splitlines() if "→" in line]
    assert status == 1 and edit.split()[0] == str(place) and edit.endswith(" → 0.25")


@pytest.mark.parametrize("formula", ["SUM(", "[.A1]!!3", "['file:///a.ods'#$S.A1]"])
def test_a_formula_that_nobody_can_read_is_shown_as_it_stands(
    run: Run, here: Path, formula: str
) -> None:
    place = at(here / "net.ods", "Training_delta_1", row=2)
    right = planting.formula_at(here / "net.xlsx", place)
    planting.plant_text(here / "net.ods", place, formula)
    status, out, err = run("diff net.xlsx net.ods")
    (edit,) = [line for line in out.splitlines() if "→" in line]
    assert (status, err) == (1, "")
    assert edit.split()[0] == str(place) and edit.endswith(f"={right} → ={formula}")
    status, out, err = run("check net.ods --engine ironcalc")
    assert (status, err) == (1, "")
    assert f"found     ={formula}\n    expected  ={right}\n" in out


def test_diff_finds_a_changed_constant(run: Run, here: Path) -> None:
    """The number of step 0 is neither yellow nor a formula."""
    cell = type_into(here / "net.xlsx", "Training_step", 7)
    status, out, _ = run("diff net.ods net.xlsx")
    assert status == 1 and f"{cell}  " in out and "0.0 → 7.0" in out


def test_diff_looks_through_moved_rows_and_sheets(
    run: Run, here: Path, libreoffice: LibreOffice
) -> None:
    moves = [
        ("insert_rows", "Training", 2, 3),
        ("insert_columns", "Training", 9, 2),
        ("rename", "Training", "Übung 1"),
        ("move_sheet", "Übung 1", 3),
    ]
    libreoffice.edit(here / "net.xlsx", moves, here / "moved.ods")
    for pair in ("net.xlsx moved.ods", "moved.ods net.ods"):
        assert run(f"diff {pair}") == (0, "No difference.\n", "")
    place = at(here / "moved.ods", "Training_delta_1", row=2)
    planting.plant(here / "moved.ods", place, "0.25*0.125")
    status, out, _ = run("diff net.xlsx moved.ods")
    (edit,) = [line for line in out.splitlines() if "→" in line]
    assert status == 1 and edit.startswith(f"  {place}  ") and edit.endswith(" → =0.25*0.125")


SETTINGS = [
    ({"title": "Other"}, "title", "Small → Other", True),
    ({"training": {"learning_rate": 0.5, "steps": 4}}, "training.steps", "3 → 4", False),
    ({"formulas": "safe"}, "formulas", "plain → safe", False),
    ({"sheets": ["training"]}, "sheets", "['network', 'training', 'step'] → ['training']", False),
    ({"notation": "mazur"}, "notation", "simple-neural-net → mazur", False),
]


@pytest.mark.parametrize(("change", "key", "shown", "compared"), SETTINGS)
def test_diff_finds_a_changed_setting(
    run: Run, change: dict[str, object], key: str, shown: str, compared: bool
) -> None:
    sheetnet.write(sheetnet.load({**LESSON, **change}), "other.xlsx")
    status, out, _ = run("diff net.xlsx other.xlsx")
    assert status == 1
    assert re.search(rf"^  {re.escape(key)}\s+{re.escape(shown)}$", out, re.MULTILINE)
    assert ("not compared" in out) is not compared


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
@pytest.mark.parametrize(("relative", "status"), [(1e-15, 0), (5e-15, 0), (1e-13, 1)])
def test_digits_lost_in_saving_are_no_edit(
    run: Run, here: Path, suffix: str, relative: float, status: int
) -> None:
    path = here / f"net{suffix}"
    type_into(path, "W_1", 0.5 * (1 + relative))
    changed = sheetnet.read(path).network.weights[0][0, 0]
    assert changed != 0.5, "the file holds another double"
    assert run(f"diff net.{'ods' if suffix == '.xlsx' else 'xlsx'} net{suffix}")[0] == status
    assert ("No number of the lesson" in run(f"read net{suffix}")[1]) is (status == 0)
