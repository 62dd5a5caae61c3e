"""Reading back: what was written, what a person changed, and every refusal by name."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import raw
from support.lessons import FORMATS, KINDS, LESSONS, any_lesson, demo, lesson, written

from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.engines.libreoffice import LibreOffice
from sheetnet.errors import FileError, LessonError
from sheetnet.formulas.place import Area
from sheetnet.lessons import Lesson, with_values
from sheetnet.workbooks import metadata
from sheetnet.workbooks.build import build
from sheetnet.workbooks.saved import open_saved, read
from sheetnet.workbooks.write import write

formats = pytest.mark.parametrize("suffix", FORMATS)
Operations = list[tuple[Any, ...]]


def names_of(made: Lesson) -> dict[str, Area]:
    """Where every block stands in a fresh workbook."""
    return build(made).names()


def at(area: Area, row: int = 0, column: int = 0) -> tuple[int, int]:
    """A cell of an area."""
    return area.row + row, area.column + column


def address(area: Area, row: int = 0, column: int = 0) -> str:
    """The same as 'Sheet!B2'."""
    return f"{area.sheet}!{raw.letters(area.column + column)}{area.row + row + 1}"


def numbers(made: Lesson) -> np.ndarray:
    """Everything that a person may edit, in one row."""
    arrays = [*made.network.weights, *made.network.bias, made.inputs, made.targets]
    rate = np.array([made.training.learning_rate])
    return np.concatenate([rate, *(array.ravel() for array in arrays)])


def rules(made: Lesson) -> tuple[object, ...]:
    """Everything else."""
    n, t = made.network, made.training
    return (made.title, made.notation, made.formulas, n.sizes, n.activations, n.loss, n.reduction,
            n.biases, t.steps, t.optimizer, t.batch)  # fmt: skip


def close(found: Lesson, wanted: Lesson, relative: float = 5e-15, absolute: float = 0.0) -> bool:
    """Settings equal, numbers as close as a program with 15 digits can keep them."""
    distance = np.abs(numbers(found) - numbers(wanted))
    return rules(found) == rules(wanted) and bool(
        np.all(distance <= relative * np.abs(numbers(wanted)) + absolute)
    )


# --- what was written ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
@formats
def test_a_lesson_comes_back_bit_for_bit(name: str, suffix: str, tmp_path: Path) -> None:
    path = written(LESSONS[name], tmp_path, suffix)
    data = path.read_bytes()
    assert read(path) == read(str(path)) == LESSONS[name]
    assert path.read_bytes() == data and list(tmp_path.iterdir()) == [path]


# Steps run even in a lesson of none: numbers beyond these overflow in NumPy, which refuses them.
_calm = st.floats(-1e3, 1e3) | st.sampled_from([5e-324, -0.0, 0.1 + 0.2, 1e-308])


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(any_lesson(_calm), st.sampled_from(FORMATS))
def test_any_lesson_comes_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, made: Lesson, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"drawn{suffix}"
    try:
        write(made, path, force=True)
    except LessonError as refusal:
        assert "no longer a finite number" in str(refusal)
        return
    assert read(path) == made


# --- what a person changed -----------------------------------------------------------------------

NEW = 0.1 + 0.2  # 0.30000000000000004: needs all 17 digits


def with_one(made: Lesson, block: str, row: int, column: int, value: float) -> Lesson:
    """The lesson with one editable number replaced, by its place in its block."""
    flat = len(made.inputs) == 1 and "Training_a_0" in names_of(made)
    if block == "learning_rate":
        return with_values(made, learning_rate=value)
    if block in ("inputs", "targets"):
        array = np.array(getattr(made, block))
        transposed = block == "targets" and "Training_step" not in names_of(made)
        array[(column, row) if transposed else (row, column)] = value
        return with_values(made, **{block: array})
    layer = int(block.removeprefix("W_")) - 1
    weights = [np.array(w) for w in made.network.weights]
    bias = [np.array(b) for b in made.network.bias]
    width = weights[layer].shape[1] + (made.network.biases != "none")
    if flat or "Training_step" in names_of(made):
        row, column = divmod(column, width)
    if column == weights[layer].shape[1]:
        bias[layer][row] = value
    else:
        weights[layer][row, column] = value
    return with_values(made, weights=weights, bias=bias)


@pytest.mark.parametrize("kind", KINDS)
@formats
def test_each_editable_number_is_read_from_its_cell(kind: str, suffix: str, tmp_path: Path) -> None:
    """One edit at a time in the raw XML: first and last cell of every block."""
    made = replace(KINDS[kind], training=replace(KINDS[kind].training, steps=1))
    path = written(made, tmp_path, suffix)
    edits = 0
    for block in build(made).blocks():
        if not block.typed_name or block.typed_name == "step_shown":
            continue
        area = block.typed_area()
        for row, column in {(0, 0), (area.rows - 1, area.columns - 1)}:
            edit = {at(area, row, column): ("number", repr(NEW))}
            found = read(raw.set_cells(path, area.sheet, edit, tmp_path / f"edited{suffix}"))
            assert found == with_one(made, block.typed_name, row, column, NEW), block.typed_name
            assert found != made
            edits += 1
    assert edits >= 5


@formats
def test_many_edits_at_once(suffix: str, tmp_path: Path) -> None:
    made = LESSONS["xor"]
    path = written(made, tmp_path, suffix)
    areas = names_of(made)
    inputs = np.arange(8.0).reshape(4, 2) / 7
    edits = {
        at(areas["inputs"], r, c): ("number", repr(float(v)))
        for (r, c), v in np.ndenumerate(inputs)
    }
    edits[at(areas["learning_rate"])] = ("number", "0.125")
    found = read(raw.set_cells(path, "Training", edits))
    assert found == with_values(made, inputs=inputs, learning_rate=0.125)


@formats
def test_the_step_shown_and_computed_cells_change_nothing(suffix: str, tmp_path: Path) -> None:
    path = written(demo(), tmp_path, suffix)
    areas = names_of(demo())
    raw.set_cells(path, "Step", {at(areas["step_shown"]): ("number", "250")})
    computed = {at(areas["Training_a_1"]): ("number", "9")}
    computed[at(areas["Training_W_1"], 5, 2)] = ("text", "oops")
    raw.set_cells(path, "Training", computed)
    assert read(path) == demo()


def test_openpyxl_may_edit_it(tmp_path: Path) -> None:
    """It drops every cached value and keeps 16 digits, and the lesson is still there."""
    path = written(demo(), tmp_path, ".xlsx")
    book = openpyxl.load_workbook(path)
    area = names_of(demo())["W_1"]
    book["Training"].cell(area.row + 1, area.column + 2).value = 0.875
    book.save(path)
    assert close(read(path), with_one(demo(), "W_1", 0, 1, 0.875))


# --- through other programs ----------------------------------------------------------------------


def edited(made: Lesson) -> tuple[Operations, Lesson]:
    """A new number in a cell of every editable block, and the lesson that it makes."""
    operations: Operations = []
    for number, block in enumerate(b for b in build(made).blocks() if b.typed_name):
        if block.typed_name == "step_shown":
            operations.append(("set", block.area.sheet, *at(block.area), 1))
            continue
        area = block.typed_area()
        value = [0.1 + 0.2, -1 / 3, 1e-7 / 3, 123.456][number % 4]
        value = abs(value) if block.typed_name == "learning_rate" else value
        row, column = area.rows - 1, area.columns - 1
        operations.append(("set", area.sheet, *at(area, row, column), value))
        made = with_one(made, block.typed_name, row, column, value)
    return operations, made


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


# --- what is no number ---------------------------------------------------------------------------

# kind and value of the raw cell, what the message says stands there, what it says to do
REFUSED: tuple[tuple[str, str, str, str], ...] = (
    ("text", "abc", "holds the text 'abc'", "Retype it."),
    ("text", "0,5", "holds the text '0,5'", "decimal sign"),
    ("text", "0.5", "holds the text '0.5'", "apostrophe"),
    ("text", " 0.5 ", "holds the text ' 0.5 '", "space"),
    ("text", "−0.5", "holds the text '−0.5'", "decimal sign"),
    ("text", "1.234,5", "holds the text '1.234,5'", "Retype it."),
    ("text", "x" * 500, "holds the text 'xxxxx", "Retype it."),
    ("text", "神经", "holds the text '神经'", "Retype it."),
    ("blank", "", "is empty", "Type one."),
    ("error", "#DIV/0!", "shows the error '#DIV/0!'", "Correct its formula or type a number."),
    ("boolean", "true", "holds a truth value", "Type the number."),
    ("date", "2020-01-31", "holds a date", "Format the cell as a number"),
)


@pytest.mark.parametrize(
    ("suffix", "cell", "there"),
    [
        # Excel saves an error in an .ods as a 0 that shows an error
        (".ods", ' table:formula="of:=1/0" office:value-type="float" office:value="0">'
                 "<text:p>#DIV/0!</text:p></table:table-cell>", "shows the error '#DIV/0!'"),
        (".ods", ' office:value-type="float" office:value="0"><text:p>#N/A</text:p>'
                 "</table:table-cell>", "shows the error '#N/A'"),
        # "1/2" typed in Chinese Excel: format 58, which needs no code in the file
        (".xlsx", "<v>46024</v>", "holds a date"),
    ],
)  # fmt: skip
def test_what_excel_saves_as_a_number_and_is_none(
    suffix: str, cell: str, there: str, tmp_path: Path
) -> None:
    made = lesson(steps=1)
    area = names_of(made)["learning_rate"]
    path = written(made, tmp_path, suffix)
    place = f'<c r="{raw.letters(area.column)}{area.row + 1}" s="'

    def ods(data: bytes) -> bytes:
        rate = made.training.learning_rate
        number = f'"editable" office:value-type="float" office:value="{rate}"/>'.encode()
        assert number in data
        return data.replace(number, f'"editable"{cell}'.encode(), 1)

    def sheet(data: bytes) -> bytes:
        start = data.index(place.encode())
        end = data.index(b"</c>", start)
        return data[:start] + f'{place}0">{cell}'.encode() + data[end:]

    def styles(data: bytes) -> bytes:
        start = data.index(b"<cellXfs")
        return data[:start] + data[start:].replace(b'numFmtId="0"', b'numFmtId="58"', 1)

    if suffix == ".ods":
        raw.rewrite(path, {"content.xml": ods})
    else:
        raw.rewrite(path, {"xl/worksheets/sheet2.xml": sheet, "xl/styles.xml": styles})
    with pytest.raises(FileError, match=there):
        read(path)


@pytest.mark.parametrize(("kind", "value", "there", "todo"), REFUSED, ids=lambda v: str(v)[:9])
@pytest.mark.parametrize("block", ["W_2", "inputs", "targets", "learning_rate"])
@formats
def test_a_yellow_cell_without_a_number_is_named(
    kind: str, value: str, there: str, todo: str, block: str, suffix: str, tmp_path: Path
) -> None:
    made = lesson(steps=1)
    area = names_of(made)[block]
    column = area.columns - 1
    path = written(made, tmp_path, suffix)
    raw.set_cells(path, "Training", {at(area, 0, column): (kind, value)})
    with pytest.raises(FileError) as caught:
        read(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: {address(area, 0, column)} {there}")
    assert "expected a number" in text and todo in text
    assert "\n" not in text and len(text) < 400 + len(str(path))
    assert list(tmp_path.iterdir()) == [path], "nothing is written"


@formats
def test_everything_wrong_is_in_one_message(suffix: str, tmp_path: Path) -> None:
    made = lesson(steps=1)
    areas = names_of(made)
    path = written(made, tmp_path, suffix)
    raw.set_cells(path, "Training", {at(areas["W_1"], 0, 1): ("text", "abc"),
                                     at(areas["W_2"], 0, 5): ("blank", ""),
                                     at(areas["learning_rate"]): ("text", "0,5")})  # fmt: skip
    with pytest.raises(FileError) as caught:
        read(path)
    lines = str(caught.value).split("\n")
    assert lines[0] == f"{path}: " and len(lines) == 4
    for line, place in zip(sorted(lines[1:]), sorted([(areas["W_1"], 1), (areas["W_2"], 5),
                           (areas["learning_rate"], 0)], key=lambda p: address(p[0], 0, p[1])),
                           strict=True):  # fmt: skip
        assert line.strip().startswith(address(place[0], 0, place[1])), line


@formats
def test_very_many_problems_are_counted(suffix: str, tmp_path: Path) -> None:
    made = KINDS["wide"]
    area = names_of(made)["W_1"]
    path = written(made, tmp_path, suffix)
    raw.set_cells(path, "Step", {at(area, 3, c): ("text", "abc") for c in range(area.columns)})
    with pytest.raises(FileError) as caught:
        read(path)
    assert str(caught.value).count("holds the text") == 20
    assert str(caught.value).endswith("… and 11 more")


@formats
@pytest.mark.parametrize("value", ["1e999", "-1e999"])
def test_an_infinite_number_is_refused(value: str, suffix: str, tmp_path: Path) -> None:
    area = names_of(lesson())["W_1"]
    path = raw.set_cells(
        written(lesson(), tmp_path, suffix), "Training", {at(area): ("number", value)}
    )
    with pytest.raises(
        FileError, match=rf"{re.escape(address(area))} holds -?inf; expected a finite"
    ):
        read(path)


@formats
def test_a_learning_rate_below_zero_is_refused(suffix: str, tmp_path: Path) -> None:
    area = names_of(lesson())["learning_rate"]
    path = written(lesson(), tmp_path, suffix)
    raw.set_cells(path, "Training", {at(area): ("number", "-1")})
    message = rf"{address(area)} holds -1\.0; expected a learning rate of 0 or more\. Retype it"
    with pytest.raises(FileError, match=message):
        read(path)


@pytest.mark.parametrize("out", FORMATS)
def test_a_formula_in_a_yellow_cell_counts_as_its_value(
    out: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    made = lesson()
    path, saved = written(made, tmp_path, ".ods"), tmp_path / f"saved{out}"
    libreoffice.edit(path, [("formula", "Training", *at(names_of(made)["W_1"]), "=1/8")], saved)
    assert close(read(saved), with_one(made, "W_1", 0, 0, 0.125))


# --- what is no workbook of ours -----------------------------------------------------------------


def _empty(folder: Path) -> Path:
    path = folder / "net.xlsx"
    path.write_bytes(b"")
    return path


def _prose(folder: Path) -> Path:
    path = folder / "net.ods"
    path.write_text("a,b,c\n1,2,3\n")
    return path


def _half(folder: Path) -> Path:
    path = written(lesson(), folder, ".xlsx")
    path.write_bytes(path.read_bytes()[:5000])
    return path


def _foreign(folder: Path) -> Path:
    openpyxl.Workbook().save(folder / "net.xlsx")
    return folder / "net.xlsx"


def _no_content(folder: Path) -> Path:
    return raw.rewrite(written(lesson(), folder, ".ods"), {"content.xml": None})


def _broken_xml(folder: Path) -> Path:
    path = written(lesson(), folder, ".xlsx")
    return raw.rewrite(path, {"xl/worksheets/sheet2.xml": lambda data: data[: len(data) // 2]})


FOREIGN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "net.xlsx", "no such file|does not exist"),
    "a folder": (lambda folder: folder, "directory"),
    "empty": (_empty, "empty"),
    "prose": (_prose, "plain text"),
    "cut short": (_half, "damaged|cut short|zip"),
    "of another program": (_foreign, "has no sheet 'sheetnet' with a lesson in it"),
    "without content": (_no_content, "no content.xml"),
    "broken XML": (_broken_xml, "ill-formed|cut short|damaged"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_workbook_of_ours_is_refused_by_name(what: str, tmp_path: Path) -> None:
    make, message = FOREIGN[what]
    path = make(tmp_path)
    with pytest.raises(FileError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value) and len(str(caught.value)) < 600


def rewritten(path: Path, old: str, new: str) -> Path:
    """The file with a text of its metadata replaced, in whichever part it stands."""
    part = "content.xml" if path.suffix == ".ods" else "xl/sharedStrings.xml"

    def change(data: bytes) -> bytes:
        assert data.count(old.encode()) == 1
        return data.replace(old.encode(), new.encode())

    return raw.rewrite(path, {part: change})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"loss":', '"loss"', "is damaged"),
        ('{"sheetnet":3,', "{", "holds no lesson"),
        ('{"sheetnet":3,', '{"sheetnet":"3",', "holds no lesson"),
        ('{"sheetnet":3,', "[", "is damaged"),
        ('{"sheetnet":3,', '{"sheetnet":5,', "format 5.*up to format 4.*newer sheetnet"),
        ('"half_squared_error"', '"half_square"', "network.loss is 'half_square'"),
        ('"sizes":[2,2,2]', '"sizes":[2,2,200000000]', "network"),
        ('"sizes":[2,2,2]', '"sizes":[]', "network.sizes"),
        ('"steps":3', '"steps":-3', "training.steps is -3"),
        ('"title":', '"tilte":', "tilte"),
    ],
)
@formats
def test_a_damaged_lesson_is_refused(
    old: str, new: str, message: str, suffix: str, tmp_path: Path
) -> None:
    path = written(lesson(), tmp_path, suffix)
    if suffix == ".ods":
        old, new = (text.replace("&", "&amp;") for text in (old, new))
    rewritten(path, old, new)
    with pytest.raises(FileError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("out", FORMATS)
def test_without_its_metadata_a_workbook_has_no_lesson(
    out: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    path, saved = written(lesson(), tmp_path, ".xlsx"), tmp_path / f"saved{out}"
    libreoffice.edit(path, [("delete_sheet", "sheetnet")], saved)
    with pytest.raises(FileError, match="has no sheet 'sheetnet' with a lesson in it"):
        read(saved)
    area = names_of(lesson())[metadata.NAME]
    libreoffice.edit(path, [("set", "sheetnet", *at(area), "something else")], saved)
    with pytest.raises(FileError, match="the lesson in the sheet 'sheetnet' is damaged"):
        read(saved)


@formats
def test_a_lesson_without_its_name_is_found_by_its_sheet(suffix: str, tmp_path: Path) -> None:
    path = written(lesson(), tmp_path, suffix)
    part = {".ods": "content.xml", ".xlsx": "xl/workbook.xml"}[suffix]
    name = f'name="{metadata.NAME}"'.encode()
    raw.rewrite(path, {part: lambda data: data.replace(name, b'name="renamed"')})
    assert read(path) == lesson()


@formats
def test_a_long_lesson_needs_several_cells(suffix: str, tmp_path: Path) -> None:
    made = replace(lesson((60, 50, 3), steps=0), title="π" * 40_000 + "_x0041_")
    path = written(made, tmp_path, suffix)
    cells: Sequence[tuple[int, int]] = sorted(raw.cells(path)["sheetnet"])
    assert len(cells) > 4
    assert all(len(c.text or "") <= 32_767 for c in raw.cells(path)["sheetnet"].values())
    assert read(path) == made
    joined = "".join(raw.cells(path)["sheetnet"][at_].text or "" for at_ in cells[2:])
    if suffix == ".ods":
        assert json.loads(joined)["sheetnet"] == metadata.FORMAT_VERSION
