"""Optional sheets may be deleted: the rest is read, checked and compared; what is gone is said."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from support.checked import SUFFIXES, both_formats, mistakes, reference
from support.libreoffice import LibreOffice
from support.planting import At, plant

import sheetnet
from sheetnet import gallery
from sheetnet.cli.main import main
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.errors import FileError
from sheetnet.workbooks.build import build

MAZUR = "mazur"  # with Training, Step and Errata


def written(name: str, path: Path) -> Path:
    lesson = reference() if name == "reference" else sheetnet.load(gallery.path_of(name))
    sheetnet.write(lesson, path, force=True)
    return path


def without(path: Path, *sheets: str) -> None:
    """Delete sheets as openpyxl does: the names that mark them go to nowhere."""
    book = openpyxl.load_workbook(path)
    for sheet in sheets:
        del book[sheet]
    for name in list(book.defined_names):
        text = book.defined_names[name].attr_text
        if any(text.startswith((f"{sheet}!", f"'{sheet}'!")) for sheet in sheets):
            book.defined_names[name].attr_text = "#REF!"
    book.save(path)


def test_a_workbook_without_step_is_checked(ironcalc: IronCalc, tmp_path: Path) -> None:
    path = written("reference", tmp_path / "net.xlsx")
    whole = sheetnet.check(path, ironcalc)
    without(path, "Step")
    report = sheetnet.check(path, ironcalc)
    assert report.missing == ("Step",) and report.mismatches == ()
    assert 0 < report.formulas < whole.formulas
    assert report.max_abs < 1e-14 and report.losses == whole.losses
    assert report.to_text().splitlines()[1] == (
        "The sheet Step is gone (deleted); the rest was checked."
    )
    assert json.loads(report.to_json())["missing"] == ["Step"]
    at = At("Training", 8, 10)
    plant(path, at, "0.5")
    (found,) = mistakes(sheetnet.check(path, ironcalc))
    assert found.cell == str(at)


def test_errata_may_go_and_what_hangs_on_a_deleted_sheet_is_named(
    ironcalc: IronCalc, tmp_path: Path
) -> None:
    path = written(MAZUR, tmp_path / "net.xlsx")
    without(path, "Errata")
    report = sheetnet.check(path, ironcalc)
    assert (report.missing, report.mismatches) == (("Errata",), ())
    path = written(MAZUR, path)
    without(path, "Step")
    report = sheetnet.check(path, ironcalc)
    assert report.missing == ("Step",)
    assert report.mismatches and {each.why for each in report.mismatches} == {"error"}
    assert {each.cell.partition("!")[0] for each in report.mismatches} == {"Errata"}
    assert "refers to Step, deleted" in report.to_text()


def test_read_and_diff_go_on_without_a_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = (written(MAZUR, tmp_path / f"{n}.xlsx") for n in ("before", "after"))
    without(after, "Errata", "Step")
    assert main(["read", str(after)]) == 0
    said = "".join(capsys.readouterr())
    assert "'Step'" in said and "'Errata'" in said and "deleted" in said
    assert main(["diff", str(before), str(after)]) == 0
    said = "".join(capsys.readouterr())
    assert "'Errata'" in said and "'Step'" in said and "deleted" in said
    assert "No difference" in said
    book = openpyxl.load_workbook(after)
    book["Training"]["K9"] = 0.125
    book.save(after)
    assert main(["diff", str(before), str(after)]) == 1
    assert "Training!K9" in capsys.readouterr().out


def test_the_sheet_of_the_yellow_cells_may_not_go(ironcalc: IronCalc, tmp_path: Path) -> None:
    path = written("reference", tmp_path / "net.xlsx")
    without(path, "Training")
    with pytest.raises(FileError, match=r"Training_step|the sheet 'Training'"):
        sheetnet.check(path, ironcalc)


def test_a_sheet_whose_names_are_lost_is_not_taken_for_deleted(
    ironcalc: IronCalc, tmp_path: Path
) -> None:
    path = written("reference", tmp_path / "net.xlsx")
    names = {b.name for s in build(reference()).sheets if s.name == "Step" for b in s.blocks}
    book = openpyxl.load_workbook(path)
    for name in names:
        del book.defined_names[name]
    book.save(path)
    with pytest.raises(FileError, match="missing"):
        sheetnet.check(path, ironcalc)


@both_formats
@pytest.mark.parametrize("target", SUFFIXES)
def test_a_sheet_deleted_in_libreoffice(
    suffix: str, target: str, libreoffice: LibreOffice, ironcalc: IronCalc, tmp_path: Path
) -> None:
    source = written(MAZUR, tmp_path / f"net{suffix}")
    for sheets in (["Errata"], ["Errata", "Step"]):
        path = tmp_path / f"less{target}"
        libreoffice.edit(source, [("delete_sheet", sheet) for sheet in sheets], path)
        report = sheetnet.check(path, ironcalc)
        assert set(report.missing) == set(sheets)
        assert report.mismatches == ()
