"""Defined names, held against a reader of both formats that is not ours."""

from __future__ import annotations

import re
from pathlib import Path

import fastexcel
import pytest
from support.folders import CASES
from support.lessons import FORMATS, KINDS, written
from support.libreoffice import LibreOffice

from sheetnet.formulas.place import Area
from sheetnet.reading.archive import open_package
from sheetnet.reading.defined_names import defined_names
from sheetnet.reading.local_names import local_names


def spelt(area: Area) -> tuple[str, ...]:
    """An area as the sheet's name and its corners' addresses."""
    def corner(row: int, column: int) -> str:
        letters, column = "", column + 1
        while column:
            column, rest = divmod(column - 1, 26)
            letters = chr(65 + rest) + letters
        return f"{letters}{row + 1}"

    ends = [corner(area.row, area.column),
            corner(area.row + area.rows - 1, area.column + area.columns - 1)]  # fmt: skip
    return area.sheet, *dict.fromkeys(ends)


def theirs(path: Path) -> set[tuple[str, tuple[str, ...]]]:
    """Name, and sheet with corners, of every name that denotes a range, by calamine's reader."""
    found = set()
    for name in fastexcel.read_excel(path).defined_names():
        # An .ods has the sheet in both corners, an .xlsx once; '.' or '!' ends it
        sheet = re.match(r"\$?('(?:[^']|'')+'|[^'.!]+)[.!]", name.formula)
        corners = re.findall(r"\$([A-Z]{1,3})\$(\d+)", name.formula)
        if sheet and corners and not name.name.startswith("_xlnm."):
            title = sheet[1].strip("'").replace("''", "'")
            found.add((name.name, (title, *dict.fromkeys(map("".join, corners)))))
    return found


def ours(path: Path) -> set[tuple[str, tuple[str, ...]]]:
    with open_package(path) as package:
        every = [*defined_names(package).areas.items()]
        for own in local_names(package).values():
            every += own.items()
    # Areas to print and titles to repeat are several ranges, or whole rows
    return {(name, spelt(area)) for name, area in every if not name.startswith("_xlnm.")}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_names_are_what_another_reader_finds(kind: str, suffix: str, tmp_path: Path) -> None:
    path = written(KINDS[kind], tmp_path, suffix)
    assert ours(path) == theirs(path) and len(ours(path)) > 20


@pytest.mark.parametrize("suffix", FORMATS)
def test_names_of_a_rearranged_workbook(
    suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    out = tmp_path / f"out{suffix}"
    libreoffice.edit(written(KINDS["demo"], tmp_path, suffix), [
        ("rename", "Training", "It's 12pm"), ("insert_rows", "It's 12pm", 2, 3),
        ("insert_columns", "Step", 0, 1), ("copy_sheet", "It's 12pm", "Copy")], out)  # fmt: skip
    with open_package(out) as package:
        every = local_names(package)
    own = {sheet: names for sheet, names in every.items() if "W_1" in names}
    assert set(own) == {"Copy"} and {"W_1", "inputs", "learning_rate"} <= set(own["Copy"])
    assert {area.sheet for area in own["Copy"].values()} == {"Copy"}
    assert all(name.startswith("_xlnm.") for sheet in every.keys() - own.keys()
               for name in every[sheet]), "areas to print and no more"  # fmt: skip
    mine = ours(out)
    if suffix == ".xlsx":
        assert mine == theirs(out)
    else:  # calamine gives the names of workbook scope only
        assert theirs(out) <= mine


def test_names_of_one_sheet_are_told_from_those_of_the_workbook() -> None:
    path = CASES / "lo-copy_delete_orig.xlsx"
    with open_package(path) as package:
        assert "W_1" not in defined_names(package).areas
        assert local_names(package)["Training_2"]["W_1"] == Area("Training_2", 6, 10, 1, 6)
    assert ours(path) == theirs(path)
