"""Workbooks edited and saved by office programs are still right, and still checked."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.checked import (
    SUFFIXES,
    Recalled,
    Written,
    full,
)
from support.libreoffice import LibreOffice
from support.planting import At, formula_at, plant

import sheetnet
from sheetnet.engines import Engine
from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.engines.ironcalc import IronCalc

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


def test_a_function_that_gnumeric_alone_knows_is_named_and_nobody_accused(
    fresh: Callable[[str], Written], gnumeric: Gnumeric, tmp_path: Path
) -> None:
    """From .ods to .xlsx Gnumeric turns SUMPRODUCT into ODF.SUMPRODUCT: right in Gnumeric, and
    #NAME? in every other program."""
    path = saved_by_gnumeric(fresh("matrices").files[".ods"], tmp_path / "saved.xlsx")
    report = sheetnet.check(path, gnumeric)
    assert report.mismatches == ()
    assert "ODF." in " ".join(report.warnings)
