"""Safe to hand out: what `--protect` locks and what it leaves, and what yellow cells take."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openxml_audit import FileFormat, OpenXmlValidator
from openxml_audit.odf import OdfValidator
from support.lessons import DEMO, FORMATS, lesson
from support.libreoffice import LibreOffice
from support.seen_in_office import seen

import sheetnet
from sheetnet.formulas.place import Area
from sheetnet.lessons import Lesson, dumps_json
from sheetnet.workbooks.build import build

formats = pytest.mark.parametrize("suffix", FORMATS)
SHEETS = ("network", "training", "step")


def made() -> Lesson:
    """Two inputs, so that every sheet that people type into is there."""
    return replace(lesson((2, 3, 1), "tanh", examples=4), sheets=SHEETS)


def places(area: Area) -> Iterator[tuple[int, int]]:
    rows, columns = area.rows, area.columns
    return ((area.row + i, area.column + j) for i in range(rows) for j in range(columns))


def yellow() -> set[tuple[str, int, int]]:
    """Every cell that a person may type into."""
    return {
        (sheet.name, row, column)
        for sheet in build(made()).sheets
        for block in sheet.blocks
        if block.typed_name
        for row, column in places(block.typed_area())
    }


def protected(folder: Path, suffix: str) -> Path:
    path = folder / f"net{suffix}"
    sheetnet.write(made(), path, protect=True)
    return path


def test_xlsx_locks_everything_but_the_yellow_cells(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(protected(tmp_path, ".xlsx"))
    open_cells = {
        (sheet.title, cell.row - 1, cell.column - 1)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if not cell.protection.locked
    }
    legend = {(title, row, column) for title, row, column in open_cells if title == "About"}
    assert open_cells - legend == yellow() and len(legend) == 1
    for sheet in book:
        assert sheet.protection.sheet and sheet.protection.password is None
        # openpyxl gives the file's own words: a True forbids.
        assert not sheet.protection.formatColumns and not sheet.protection.formatRows
        assert not sheet.protection.formatCells
        assert not sheet.protection.selectLockedCells and not sheet.protection.selectUnlockedCells


@pytest.mark.engine
@formats
def test_libreoffice_finds_it_locked_as_meant(
    suffix: str, tmp_path: Path, libreoffice: LibreOffice
) -> None:
    sheets = seen(protected(tmp_path, suffix))
    assert all(sheet.is_protected for sheet in sheets.values())
    found = {
        (name, *at)
        for name, sheet in sheets.items()
        for at, cell in sheet.cells.items()
        if not cell.is_locked
    }
    assert found == yellow()


def test_without_the_option_nothing_is_protected(tmp_path: Path) -> None:
    sheetnet.write(made(), tmp_path / "net.xlsx")
    assert not any(
        sheet.protection.sheet for sheet in openpyxl.load_workbook(tmp_path / "net.xlsx")
    )


@formats
def test_a_protected_file_is_valid_read_and_checked_like_any_other(
    suffix: str, tmp_path: Path
) -> None:
    path = protected(tmp_path, suffix)
    validator = (
        OpenXmlValidator(FileFormat.OFFICE_2019, max_errors=0)
        if suffix == ".xlsx"
        else OdfValidator(FileFormat.ODF_1_3, max_errors=0, security_validation=True)
    )
    result = validator.validate(path)
    assert not result.errors, result.errors
    assert dumps_json(sheetnet.read(path)) == dumps_json(made())
    assert sheetnet.check(path, "ironcalc").ok


def test_ods_asks_for_no_password(tmp_path: Path) -> None:
    with zipfile.ZipFile(protected(tmp_path, ".ods")) as package:
        content = package.read("content.xml")
    sheets = len(build(made()).sheets)
    assert content.count(b'table:protected="true"') == sheets
    assert b"protection-key" not in content
    for cells in (b"protected", b"unprotected"):
        assert content.count(b'select-%s-cells="true"' % cells) == sheets


def test_every_yellow_cell_takes_numbers_only_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "net.xlsx"
    for which in (made(), sheetnet.load(DEMO)):
        sheetnet.write(which, path, force=True)
        book = openpyxl.load_workbook(path)
        for sheet in build(which).sheets:
            rules = book[sheet.name].data_validations.dataValidation
            for block in filter(lambda block: block.typed_name, sheet.blocks):
                for row, column in places(block.typed_area()):
                    at = openpyxl.utils.get_column_letter(column + 1) + str(row + 1)
                    [rule] = [rule for rule in rules if at in rule.cells]
                    assert rule.error and rule.errorTitle, "it says what is wrong"
                    assert rule.type in {"decimal", "whole", "list"}
                    if block.name == "learning_rate":
                        assert (rule.operator, float(rule.formula1)) == ("greaterThanOrEqual", 0)
                        assert rule.errorStyle in {None, "stop"}
