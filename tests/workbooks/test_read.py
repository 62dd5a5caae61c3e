"""Reading back: what was written, what a person changed, and what is no number."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import raw
from support.lessons import FORMATS, KINDS, LESSONS, any_lesson, demo, lesson, written
from support.libreoffice import LibreOffice
from support.reading_back import address, at, close, names_of, with_one

from sheetnet.errors import FileError, LessonError
from sheetnet.lessons import Lesson, with_values
from sheetnet.workbooks.build import build
from sheetnet.workbooks.saved import read
from sheetnet.workbooks.write import write

formats = pytest.mark.parametrize("suffix", FORMATS)


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
