"""A number typed where it has no effect is never lost without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import raw
from support.folders import CASES
from support.lessons import FORMATS, lesson, written, xor
from support.libreoffice import LibreOffice

import sheetnet
from sheetnet.cli import main
from sheetnet.formulas.place import Area
from sheetnet.lessons import Lesson
from sheetnet.workbooks.build import build
from sheetnet.workbooks.saved import open_saved
from sheetnet.workbooks.without_effect import unread

formats = pytest.mark.parametrize("suffix", FORMATS)


def typed(made: Lesson, folder: Path, suffix: str, block: str, row: int, column: int = 0) -> Path:
    """The lesson's workbook with 0.9 typed into a cell of a block."""
    area = build(made).names()[block]
    path = written(made, folder, suffix)
    edit = {(area.row + row, area.column + column): ("number", "0.9")}
    return raw.set_cells(path, area.sheet, edit, folder / f"typed{suffix}")


def test_a_fresh_workbook_has_nothing_without_effect(tmp_path: Path) -> None:
    for made in (lesson(steps=3), xor(training={"steps": 2}), lesson((30, 3, 2), examples=2)):
        for suffix in FORMATS:
            saved = open_saved(written(made, tmp_path, suffix))
            assert unread(saved) == [] and saved.is_confirmed
            blocks = build(made).blocks()
            computed = sum((b.area.rows - b.typed_rows) * b.area.columns for b in blocks)
            assert saved.formula_count == computed


# the block, its row and column: what the warning says
TYPED = {
    "a weight of step 1": ("Training_W_1", 1, 2, "W_1[0,2] at step 1) holds 0.9, typed over"),
    "a weight in Step": ("Step_W_1", 0, 0, "W_1[0,0]) holds 0.9, typed over a formula"),
    "an activation": ("Training_a_1", 2, 1, "a_1[0,1] at step 2) holds 0.9"),
}


@formats
@pytest.mark.parametrize("kind", TYPED)
def test_a_number_over_a_formula_is_warned_of_by_cell(
    kind: str, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lesson(steps=3)
    block, row, column, words = TYPED[kind]
    path, area = typed(made, tmp_path, suffix, block, row, column), build(made).names()[block]
    at = f"{area.sheet}!{raw.letters(area.column + column)}{area.row + row + 1}"
    yellow = build(made).names()["W_1"]
    assert main(["read", str(path)]) == 0
    said = capsys.readouterr()
    assert "No number of the lesson was changed" in said.out
    (line,) = said.err.splitlines()
    assert line.startswith(f"warning: {path}: {at} ({words}")
    if "W_1" in block:
        assert f"Training!{raw.letters(yellow.column)}{yellow.row + 1}:" in line
    other = written(made, tmp_path, suffix, "other")
    assert main(["diff", str(other), str(path)]) == 1
    assert line in capsys.readouterr().err.splitlines()
    assert main(["step", str(path), "-o", str(tmp_path / f"next{suffix}")]) == 0
    assert line in capsys.readouterr().err.splitlines()
    with pytest.warns(sheetnet.FileWarning, match=at):
        assert sheetnet.read(path) == made


@formats
def test_a_large_workbook_is_looked_through_where_the_count_of_formulas_is_off(
    suffix: str, tmp_path: Path
) -> None:
    made = lesson(steps=3)
    assert unread(open_saved(written(made, tmp_path, suffix)), most=0) == []
    saved = open_saved(typed(made, tmp_path, suffix, "Training_W_1", 1))
    assert len(unread(saved, most=0)) == 1


@formats
def test_rows_filled_down_below_the_last_step(
    suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    made, out = lesson(steps=3), tmp_path / f"out{suffix}"
    blocks = [b.area for b in build(made).blocks() if b.layout == "history" and b.area.rows > 1]
    last = blocks[0].row + blocks[0].rows - 1
    area = (last, blocks[0].column, last, max(a.column + a.columns for a in blocks) - 1)
    copies = [("copy_range", "Training", area, "Training", last + k, area[1]) for k in (1, 2, 3)]
    libreoffice.edit(written(made, tmp_path, suffix), copies, out)
    (found,) = unread(open_saved(out))
    assert found.cells == Area("Training", last + 1, area[1], 3, 1)
    assert f"the rows {last + 2} to {last + 4} of 'Training' are neither read" in found.text


@formats
def test_an_example_typed_below_the_last(
    suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    made, out = xor(training={"steps": 2}), tmp_path / f"out{suffix}"
    area = build(made).names()["inputs"]
    below = area.row + area.rows
    libreoffice.edit(written(made, tmp_path, suffix), [
        ("set", "Training", below, area.column + k, 0.5) for k in range(2)], out)  # fmt: skip
    (found,) = unread(open_saved(out))
    assert "stands below the last of inputs, and is not read" in found.text


def test_a_copy_with_other_numbers() -> None:
    (found,) = unread(open_saved(CASES / "lo-copy_edit_copy.ods"))
    assert found.text.startswith("Training_2!K7 holds 0.8125: 'Training_2' is a copy of 'Training'")
    with pytest.warns(sheetnet.FileWarning, match="is a copy of 'Training' with other numbers"):
        assert sheetnet.read(CASES / "lo-copy_edit_copy.ods").network.weights[0][0, 0] == 0.5


@formats
def test_a_copy_with_the_same_numbers_is_nothing_to_speak_of(
    suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    out = tmp_path / f"out{suffix}"
    libreoffice.edit(written(lesson(), tmp_path, suffix), [("copy_sheet", "Training", "T2")], out)
    assert unread(open_saved(out)) == []


def test_all_formulas_turned_to_values_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = CASES / "c-openpyxl-values.xlsx"
    assert main(["read", str(path)]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert "Not one formula is left" in line
    sheetnet.write(open_saved(path).original, tmp_path / "net.xlsx")
    assert main(["diff", str(tmp_path / "net.xlsx"), str(path)]) == 1
    said = capsys.readouterr()
    assert said.err.splitlines() == [line] and "Training!K7" in said.out
    assert len(said.out.splitlines()) == 3


@formats
def test_a_sheet_that_was_deleted_is_said_in_one_line(
    suffix: str, libreoffice: LibreOffice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, out = lesson(), tmp_path / f"out{suffix}"
    libreoffice.edit(written(made, tmp_path, suffix), [("delete_sheet", "Step")], out)
    assert main(["read", str(out)]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"warning: {out}: 'Step': deleted, or no longer to be found; the rest was read."
    assert main(["check", str(out), "--engine", "ironcalc"]) == 0
