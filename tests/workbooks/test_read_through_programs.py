"""Reading back what LibreOffice and Gnumeric edited, rearranged and saved."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from support.lessons import FORMATS, KINDS, LESSONS, demo, lesson, written
from support.libreoffice import LibreOffice
from support.reading_back import Operations, address, at, close, edited, names_of, with_one

from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.errors import FileError
from sheetnet.formulas.place import Area
from sheetnet.workbooks.saved import open_saved, read

formats = pytest.mark.parametrize("suffix", FORMATS)

# Each kind through each program in its own format, and one of each make into the other.
ROUTES = [(kind, suffix, suffix) for kind in KINDS for suffix in FORMATS]
ROUTES += [(kind, *FORMATS) for kind in ("demo", "wide")]
ROUTES += [(kind, *FORMATS[::-1]) for kind in ("xor", "wide")]
routes = pytest.mark.parametrize(("kind", "suffix", "out"), ROUTES)


@routes
def test_libreoffice_may_edit_it(
    kind: str, suffix: str, out: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    """Its files hold 15 digits of each number; its .ods no more than 20 decimal places."""
    made = replace(KINDS[kind], training=replace(KINDS[kind].training, steps=3))
    operations, wanted = edited(made)
    path, saved = written(made, tmp_path, suffix), tmp_path / f"saved{out}"
    libreoffice.edit(path, operations, saved)
    assert close(read(saved), wanted, absolute=5e-21 if out == ".ods" else 0.0)
    assert open_saved(saved).placement(), "every block is found"
    if suffix == out:
        return
    libreoffice.edit(saved, [], path)  # and back into the first format
    assert close(read(path), wanted, 1e-14, 1e-20)


@routes
def test_gnumeric_may_save_it(
    kind: str, suffix: str, out: str, gnumeric: Gnumeric, tmp_path: Path
) -> None:
    made = replace(KINDS[kind], training=replace(KINDS[kind].training, steps=3))
    path, saved = written(made, tmp_path, suffix), tmp_path / f"saved{out}"
    program = shutil.which("ssconvert")
    assert program is not None and gnumeric is not None
    subprocess.run([program, str(path), str(saved)], check=True, capture_output=True,
                   env=os.environ | {"HOME": str(tmp_path), "LC_ALL": "C.UTF-8"})  # fmt: skip
    assert close(read(saved), made)
    assert open_saved(saved).placement()


OUTSIDE: dict[str, Operations] = {
    "rows above": [("insert_rows", "Training", 0, 3), ("insert_rows", "Step", 2, 1)],
    "a row between heading and table": [("insert_rows", "Training", 6, 1)],
    "columns before": [("insert_columns", "Training", 0, 2), ("insert_columns", "Step", 0, 1)],
    "a column between two blocks": [("insert_columns", "Training", 9, 1)],
    "a row between two layers": [("insert_rows", "Step", 13, 2)],
    "an empty row taken out": [("delete_rows", "Training", 2, 1)],
    "sheets renamed": [("rename", "Training", "Übung 1'a"), ("rename", "Step", "Schritt!"),
                       ("rename", "sheetnet", "Meta data")],
    "sheets moved": [("move_sheet", "Training", 4), ("move_sheet", "sheetnet", 0)],
    "a sheet more": [("new_sheet", "Mine"), ("set", "Mine", 0, 0, "my notes")],
    "a sheet copied": [("copy_sheet", "Training", "Training again"),
                       ("set", "Training again", 6, 10, 77.0)],
    "a sheet hidden": [("hide", "Step"), ("hide", "sheetnet")],
    "About deleted": [("delete_sheet", "About")],
    "all of that": [("insert_rows", "Training", 0, 3), ("rename", "Training", "T"),
                    ("insert_columns", "T", 0, 2), ("move_sheet", "T", 4),
                    ("new_sheet", "Mine"), ("hide", "sheetnet")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "out"),
    [(change, FORMATS[number % 2]) for number, change in enumerate(OUTSIDE)]
    + [("all of that", suffix) for suffix in FORMATS],
)
def test_a_workbook_may_be_rearranged_around_its_blocks(
    change: str, out: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    made = replace(demo(), training=replace(demo().training, steps=3))
    path, saved = written(made, tmp_path, ".ods"), tmp_path / f"saved{out}"
    libreoffice.edit(path, OUTSIDE[change], saved)
    assert close(read(saved), made)
    assert open_saved(saved).placement(), "the computed blocks are found as well"


@formats
def test_a_block_may_be_cut_and_pasted_elsewhere(
    suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    """A whole column block to a place on the right, then one of its yellow cells edited."""
    made = replace(demo(), training=replace(demo().training, steps=3))
    path, saved = written(made, tmp_path, suffix), tmp_path / f"saved{suffix}"
    area = names_of(made)["Training_W_2"]
    rectangle = (area.row, area.column, area.row + area.rows - 1, area.column + area.columns - 1)
    libreoffice.edit(path, [("move_range", "Training", rectangle, "Training", 20, 45),
                            ("set", "Training", 20, 46, 0.75)], saved)  # fmt: skip
    assert close(read(saved), with_one(made, "W_2", 0, 1, 0.75))
    assert open_saved(saved).names.areas["W_2"] == Area("Training", 20, 45, 1, 6)


@pytest.mark.parametrize("out", FORMATS)
def test_a_row_inserted_inside_a_block_is_refused(
    out: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    made = LESSONS["xor"]
    path, saved = written(made, tmp_path, ".xlsx"), tmp_path / f"saved{out}"
    area = names_of(made)["inputs"]
    libreoffice.edit(path, [("insert_rows", area.sheet, area.row + 1, 1)], saved)
    with pytest.raises(FileError) as caught:
        read(saved)
    text = str(caught.value)
    assert f"{address(area)} ('inputs') has 5 rows and 2 columns; expected 4 and 2" in text
    assert "('targets')" in text and "inserted or deleted inside" in text and "Undo" in text


@pytest.mark.parametrize("out", FORMATS)
def test_a_deleted_sheet_is_missed(out: str, libreoffice: LibreOffice, tmp_path: Path) -> None:
    path, saved = written(lesson(), tmp_path, ".xlsx"), tmp_path / f"saved{out}"
    libreoffice.edit(path, [("delete_sheet", "Training")], saved)
    with pytest.raises(FileError) as caught:
        read(saved)
    for name in ("W_1", "W_2", "inputs", "targets", "learning_rate"):
        assert re.search(rf"the name '{name}' (is missing|stands for)", str(caught.value)), name
    libreoffice.edit(path, [("delete_sheet", "Step")], saved)
    assert close(read(saved), lesson()), "nothing to edit stands on Step"


@pytest.mark.parametrize("out", FORMATS)
def test_libreoffice_saves_what_is_no_number_and_it_is_refused(
    out: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    made = lesson()
    path, saved = written(made, tmp_path, ".ods"), tmp_path / f"saved{out}"
    areas = names_of(made)
    where = [("Training", *at(areas[n])) for n in ("W_1", "W_2", "inputs", "learning_rate")]
    typed = [("set", *where[0], "abc"), ("set", *where[1], None)]
    typed += [("formula", *where[2], "=1/0"), ("formula", *where[3], "=1=1")]
    libreoffice.edit(path, typed, saved)
    with pytest.raises(FileError) as caught:
        read(saved)
    text = str(caught.value)
    assert f"{address(areas['W_1'])} holds the text 'abc'" in text
    assert f"{address(areas['W_2'])} is empty" in text
    assert f"{address(areas['inputs'])} shows the error '#DIV/0!'" in text
    assert f"{address(areas['learning_rate'])} holds a truth value" in text
