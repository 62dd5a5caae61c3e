"""What people see first is the saved value: one that its formula does not give is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from support.checked import SUFFIXES, Written, both_formats, reference
from support.libreoffice import LibreOffice
from support.planting import At, number_at, plant, rewrite, save_value, type_number

import sheetnet
from sheetnet.cli.main import main
from sheetnet.engines import Engine
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.workbooks.build import build

# lesson, block, row, column, the cell's name
CELLS = [
    ("reference", "Training_loss", 3, 0, "loss at step 3"),
    ("reference", "Training_W_1", 2, 4, "W_1[1,1] at step 2"),
    ("reference", "delta_1", 1, 0, "delta_1[0,1]"),
    ("online", "Training_a_0", 2, 0, "a_0[0,0] at step 2"),
    ("matrices", "dW_2", 2, 1, "dW_2[2,1]"),
    ("matrices", "loss", 0, 0, "loss"),
]


@both_formats
@pytest.mark.parametrize(("lesson", "block", "row", "column", "name"), CELLS)
def test_a_planted_saved_value_is_named_alone(
    lesson: str,
    block: str,
    row: int,
    column: int,
    name: str,
    suffix: str,
    fresh: Callable[[str], Written],
    engine: Engine,
    tmp_path: Path,
) -> None:
    written = fresh(lesson)
    path, at = written.copy(suffix, tmp_path), written.at(block, row, column)
    right = number_at(path, at)
    save_value(path, at, "0.0123")
    report = sheetnet.check(path, engine)
    found = {each.cell: each for each in report.mismatches}
    assert found[str(at)].name == name
    assert found[str(at)].why == "old value" and found[str(at)].got == 0.0123
    assert found[str(at)].expected == pytest.approx(right, rel=1e-9)
    assert {each.why for each in report.mismatches} == {"old value"}
    assert not report.ok and "shows an old value" in report.to_text()
    assert json.loads(report.to_json())["mismatches"][0]["why"] == "old value"


@both_formats
def test_a_number_typed_by_a_program_that_does_not_calculate_is_told_by_its_first_followers(
    suffix: str, fresh: Callable[[str], Written], ironcalc: IronCalc, tmp_path: Path
) -> None:
    written = fresh("reference")
    path = written.copy(suffix, tmp_path)
    type_number(path, written.at("W_1", 0, 0), 0.75)
    report = sheetnet.check(path, ironcalc)
    assert {each.why for each in report.mismatches} == {"old value"}
    names = {each.name for each in report.mismatches}
    assert {"a_1[0,0] at step 0", "W_1[0,0] at step 1"} <= names
    assert not any("step 5" in name for name in names)  # they follow from those
    assert "All agree with NumPy" in report.to_text()


@both_formats
@pytest.mark.parametrize("saved", ["#DIV/0!", ""])
def test_a_saved_error_is_old_and_no_saved_value_is_none(
    saved: str, suffix: str, fresh: Callable[[str], Written], ironcalc: IronCalc, tmp_path: Path
) -> None:
    written = fresh("reference")
    path, at = written.copy(suffix, tmp_path), written.at("Training_loss", 2, 0)
    cell = {
        ".xlsx": (r"<v>[^<]*</v>", f"<v>{saved}</v>" if saved else ""),
        ".ods": (
            r' office:value-type="float" office:value="[^"]*"',
            f' office:value-type="string" office:string-value="{saved}"' if saved else "",
        ),
    }[suffix]
    save_value(path, at, *cell)
    report = sheetnet.check(path, ironcalc)
    assert [(each.cell, each.why) for each in report.mismatches] == (
        [(str(at), "old value")] if saved else []
    )


@pytest.mark.parametrize("digits", [9, 14])
@both_formats
def test_programs_that_keep_fewer_digits_are_no_alarm(
    digits: int, suffix: str, ironcalc: IronCalc, tmp_path: Path
) -> None:
    path = tmp_path / f"net{suffix}"
    sheetnet.write(reference(steps=200), path)

    def rounded(text: str) -> str:
        number = {
            ".xlsx": r'(<c r="\w+"(?: s="\d+")?>(?:<f>[^<]*</f>)?<v>)(-?\d[^<]*)(</v>)',
            ".ods": r'( office:value=")(-?\d[^"]*)(")',
        }[suffix]
        return re.sub(number, lambda m: f"{m[1]}{float(f'{float(m[2]):.{digits}e}')!r}{m[3]}", text)

    parts = {".xlsx": [f"xl/worksheets/sheet{n}.xml" for n in (2, 3)], ".ods": ["content.xml"]}
    rewrite(path, dict.fromkeys(parts[suffix], rounded))
    assert sheetnet.check(path, ironcalc).mismatches == ()


def test_a_file_without_saved_values_is_no_alarm(ironcalc: IronCalc, tmp_path: Path) -> None:
    path = tmp_path / "net.xlsx"
    sheetnet.write(reference(), path)
    book = openpyxl.load_workbook(path)
    book["Training"]["D4"] = 0.7
    book.save(path)
    assert sheetnet.check(path, ironcalc).mismatches == ()


@pytest.mark.parametrize("target", SUFFIXES)
@pytest.mark.parametrize("name", ["reference", "softmax", "online", "matrices", "wide"])
def test_a_workbook_that_libreoffice_saved_is_no_alarm(
    name: str,
    target: str,
    fresh: Callable[[str], Written],
    libreoffice: LibreOffice,
    ironcalc: IronCalc,
    tmp_path: Path,
) -> None:
    path = tmp_path / f"saved{target}"
    libreoffice.edit(fresh(name).files[".xlsx"], [], path)
    assert sheetnet.check(path, ironcalc).mismatches == ()


@both_formats
def test_diff_names_old_values(
    suffix: str,
    fresh: Callable[[str], Written],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    written = fresh("reference")
    before, after = written.files[suffix], tmp_path / f"after{suffix}"
    after.write_bytes(before.read_bytes())
    at = written.at("Training_loss", 4, 0)
    assert main(["diff", str(before), str(after)]) == 0
    save_value(after, at, "0.5")
    capsys.readouterr()
    assert main(["diff", str(before), str(after)]) == 1
    said = capsys.readouterr().out
    assert "Shows an old value" in said and str(at) in said and "0.5" in said
    assert "No difference" not in said


@both_formats
def test_read_says_that_a_yellow_formula_shows_an_old_value(
    suffix: str,
    fresh: Callable[[str], Written],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    written = fresh("reference")
    path, at = written.copy(suffix, tmp_path), written.at("W_1", 0, 0)
    plant(path, at, "1/4")  # the saved value stays 0.5
    assert main(["read", str(path)]) == 0
    said = capsys.readouterr().out
    assert str(at) in said and "old value" in said and "0.25" in said
    save_value(path, at, "0.25")
    assert main(["read", str(path)]) == 0
    assert "old value" not in capsys.readouterr().out


def test_check_names_a_yellow_formula_with_an_old_value(
    fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    written = fresh("reference")
    for suffix in SUFFIXES:
        path, at = written.copy(suffix, tmp_path), written.at("inputs", 0, 1)
        plant(path, at, "0.9*2")
        found = {each.cell: each for each in sheetnet.check(path, engine).mismatches}
        assert (found[str(at)].why, found[str(at)].got) == ("old value", 0.9)
        assert found[str(at)].expected == 1.8


def test_the_loss_shown_is_where_these_tests_think(tmp_path: Path) -> None:
    area = build(reference()).names()["Training_loss"]
    assert At(area.sheet, area.row, area.column).a1 == "AI7"
