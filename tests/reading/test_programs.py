"""What real programs write is read: XlsxWriter, LibreOffice, Gnumeric."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import xlsxwriter

from sheetnet.formulas.place import Area
from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import Cell, cells
from sheetnet.reading.defined_names import defined_names, sheet_names


def written(path: Path) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Training")
    other = book.add_worksheet("1.5 🙂 x")
    other.hide()
    for i in range(20):
        sheet.write_number(i, 0, i / 7)
        sheet.write_formula(i, 1, f"=A{i + 1}*learning_rate", None, i / 14)
    sheet.write_string(0, 2, "one  two\nthree <&>")
    sheet.write_boolean(1, 2, True)
    sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
    sheet.write_number(3, 2, 43894.5, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    other.write_number(0, 0, 0.5)
    book.define_name("learning_rate", "='1.5 🙂 x'!$A$1")
    book.define_name("block", "=Training!$A$1:$B$20")
    book.define_name("Training!block", "=Training!$A$1")
    book.close()
    return path


def assert_written(path: Path, digits: float = 0.0) -> None:
    with open_package(path) as package:
        names = defined_names(package)
        found = cells(package)
        assert [name for name, _ in sheet_names(package)] == ["Training", "1.5 🙂 x"]
    assert names.areas == {
        "learning_rate": Area("1.5 🙂 x", 0, 0, 1, 1),
        "block": Area("Training", 0, 0, 20, 2),
    }
    training = found["Training"]
    for i in range(20):
        assert training[i, 0].value == pytest.approx(i / 7, rel=digits, abs=0)
        assert training[i, 1].value == pytest.approx(i / 14, rel=digits, abs=0)
        formula = training[i, 1].formula or ""
        assert re.fullmatch(rf"\[?\.?A{i + 1}\]?\*learning_rate", formula), formula
    assert training[0, 2].value == "one  two\nthree <&>"
    assert training[1, 2].value is True
    assert training[2, 2].kind == "error"
    assert training[2, 2].value == "#DIV/0!"
    assert training[3, 2] == Cell(None, 43894.5, "date")


def test_what_xlsxwriter_writes_is_read(tmp_path: Path) -> None:
    assert_written(written(tmp_path / "a.xlsx"), 1e-15)


@pytest.mark.engine
@pytest.mark.skipif(shutil.which("soffice") is None, reason="install libreoffice-calc-nogui")
@pytest.mark.parametrize("suffix", ["ods", "xlsx"])
def test_what_libreoffice_saves_is_read(suffix: str, tmp_path: Path) -> None:
    source = written(tmp_path / "a.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to"]
    for kind, folder in (("ods", "one"), (suffix, "two")):  # the second time it recalculates
        out = tmp_path / folder
        subprocess.run(
            [*command, kind, "--outdir", str(out), str(source)], check=True, capture_output=True
        )
        source = out / f"a.{kind}"
    assert_written(source, 1e-14)


@pytest.mark.engine
@pytest.mark.skipif(shutil.which("ssconvert") is None, reason="install gnumeric")
@pytest.mark.parametrize("suffix", ["ods", "xlsx"])
def test_what_gnumeric_saves_is_read(suffix: str, tmp_path: Path) -> None:
    source, saved = written(tmp_path / "a.xlsx"), tmp_path / f"saved.{suffix}"
    subprocess.run(
        ["ssconvert", "--recalc", str(source), str(saved)], check=True, capture_output=True
    )
    assert_written(saved, 1e-15)
