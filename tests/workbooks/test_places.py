"""Names and cells that have come apart: nothing is ever read from the wrong cells."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from support import apart, raw
from support.folders import CASES
from support.lessons import FORMATS, lesson, written, xor
from support.libreoffice import LibreOffice

import sheetnet
from sheetnet.cli import main
from sheetnet.errors import FileError
from sheetnet.lessons import Lesson, load
from sheetnet.workbooks.build import build
from sheetnet.workbooks.saved import open_saved, read


def predicting() -> Lesson:
    rng = np.random.default_rng(3)
    return load({"sheets": ["predict"], "network": {"sizes": [3, 2, 2], "seed": 2},
                 "data": {"inputs": rng.random((3, 3)).tolist(),
                          "targets": [[1, 0]] * 3}})  # fmt: skip


NETS: dict[str, Lesson] = {
    "one example": lesson(steps=2),
    "four examples": xor(training={"steps": 2}),
    "softmax": lesson((3, 4, 3), ("relu", "softmax"), "categorical_cross_entropy", examples=2,
                      steps=2, formulas="safe"),
    "too wide for Training": lesson((30, 3, 2), examples=2),
    "predicting": predicting(),
}  # fmt: skip


def same(found: Lesson, wanted: Lesson) -> bool:
    return np.allclose(apart.numbers(found), apart.numbers(wanted), rtol=1e-14, atol=0)


def outcome(path: Path, made: Lesson) -> str:
    """'right', 'WRONG', or the refusal's first words."""
    try:
        found = read(path)
    except FileError as refusal:
        text = str(refusal).removeprefix(str(path))
        apart_said = ("no longer mark", "inserted", "is empty", "stands for", "is missing",
                      "shows the error", "without a saved value")  # fmt: skip
        assert any(words in text for words in apart_said), text
        return "refused"
    return "right" if same(found, made) else "WRONG"


def through_openpyxl(made: Lesson, folder: Path, step: int, start: int) -> Counter[str]:
    found: Counter[str] = Counter()
    path, out = written(made, folder, ".xlsx"), folder / "changed.xlsx"
    typed = [block.typed_area() for block in build(made).blocks() if block.typed_name]
    for change in apart.changes(made, step, start):
        for names in (True, False):
            for values in (True, False):
                apart.by_openpyxl(path, change, out, names=names, values=values)
                said = outcome(out, made)
                assert said != "WRONG", (change, names, values)
                found[said] += 1
                if names and not any(change.hits(area) for area in typed):
                    assert said == "right", (change, values)
    return found


@pytest.mark.parametrize("net", NETS)
def test_no_wrong_read_where_openpyxl_moves_cells_and_leaves_names(
    net: str, tmp_path: Path
) -> None:
    found = through_openpyxl(NETS[net], tmp_path, 17, 3)
    assert found["right"] and found["refused"]


@pytest.mark.long
@pytest.mark.parametrize("net", NETS)
def test_no_wrong_read_for_any_row_or_column(net: str, tmp_path: Path) -> None:
    assert through_openpyxl(NETS[net], tmp_path, 1, 0).total() > 100


def through_libreoffice(
    made: Lesson, suffix: str, folder: Path, libreoffice: LibreOffice, step: int, start: int
) -> Counter[str]:
    found: Counter[str] = Counter()
    path = folder / f"as_saved{suffix}"
    libreoffice.edit(written(made, folder, suffix), [], path)
    out = folder / f"changed{suffix}"
    typed = [block.typed_area() for block in build(made).blocks() if block.typed_name]
    for change in apart.changes(made, step, start):
        verb = f"{'insert' if change.is_insert else 'delete'}_{change.axis}"
        libreoffice.edit(path, [(verb, change.sheet, change.at, 1)], out)
        said = outcome(out, made)
        assert said != "WRONG", change
        if not any(change.hits(area) for area in typed):
            assert said == "right", change
        apart.with_names_of(out, path)
        left = outcome(out, made)
        assert left != "WRONG", change
        found.update([said, left])
    return found


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("net", NETS)
def test_no_wrong_read_where_libreoffice_moves_cells(
    net: str, suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    found = through_libreoffice(NETS[net], suffix, tmp_path, libreoffice, 29, len(net))
    assert found["right"]


@pytest.mark.long
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("net", NETS)
def test_no_wrong_read_for_any_row_or_column_through_libreoffice(
    net: str, suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    assert through_libreoffice(NETS[net], suffix, tmp_path, libreoffice, 1, 0).total() > 50


def test_the_fuzzer_finds_a_reader_that_trusts_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a look at what stands around, weights are taken from their neighbours."""
    monkeypatch.setattr("sheetnet.workbooks.surroundings.Surroundings.objection",
                        lambda *_: "")  # fmt: skip
    made, out = NETS["softmax"], tmp_path / "changed.xlsx"
    area = build(made).names()["W_1"]
    change = apart.Change("Training", "columns", area.column - 1, False)
    apart.by_openpyxl(written(made, tmp_path, ".xlsx"), change, out, names=False, values=True)
    assert outcome(out, made) == "WRONG"


# --- what is said ---------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    with pytest.raises(FileError) as caught:
        read(path)
    return str(caught.value)


def test_it_says_that_the_names_no_longer_mark_the_yellow_cells() -> None:
    for name in ("o-insert-rows.xlsx", "y-relsm-openpyxl-delcol1.xlsx"):
        text = refusal(CASES / name)
        assert "the names no longer mark the yellow cells of 'Training'" in text
        assert "Retype" not in text and "Type one" not in text
        assert "\n" not in text, "one line for all of it"


# file: the first weight of layer 1, words of the warning
READ_ALL_THE_SAME = {
    "c-pandas-rewrite.xlsx": (0.8125, "'Training' are missing .*found by their headings"),
    "c-pylightxl.xlsx": (0.8125, r"written without the \$ .*found by their headings"),
    "lo-copy_delete_orig.xlsx": (0.8125, "'Training_2' was read"),
    "lo-scenario.xlsx": (0.8125, "'Training' was read"),
}


@pytest.mark.parametrize("name", READ_ALL_THE_SAME)
def test_names_lost_and_cells_in_place_are_read_with_a_warning(name: str) -> None:
    weight, words = READ_ALL_THE_SAME[name]
    with pytest.warns(sheetnet.FileWarning, match=words):
        found = sheetnet.read(CASES / name)
    assert found.network.weights[0][0, 0] == weight
    assert found.network.weights[0].ravel()[1:].tolist() == [-0.2, 0.2, -0.6]
    assert found.inputs.tolist() == [[0.1, 0.9]] and found.training.learning_rate == 0.5


def test_check_warns_of_names_lost_as_read_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(lesson(steps=2), tmp_path, ".xlsx")
    raw.rewrite(path, {"xl/workbook.xml": lambda data: re.sub(
        rb"<definedNames>.*</definedNames>", b"", data)})  # fmt: skip
    assert main(["check", str(path), "--engine", "ironcalc"]) == 1, "formulas use the names"
    assert f"warning: {path}: The names of the yellow cells" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("net", NETS)
def test_all_names_lost_is_read_in_place(net: str, suffix: str, tmp_path: Path) -> None:
    made, path = NETS[net], written(NETS[net], tmp_path, suffix)
    if suffix == ".xlsx":
        raw.rewrite(path, {"xl/workbook.xml": lambda data: re.sub(
            rb"<definedNames>.*</definedNames>", b"", data)})  # fmt: skip
    else:
        raw.rewrite(path, {"content.xml": lambda data: re.sub(
            rb"<table:named-expressions>.*</table:named-expressions>", b"", data)})  # fmt: skip
    saved = open_saved(path)
    assert saved.lesson() == made
    assert saved.placement() == {
        name: area for name, area in build(made).names().items() if name != "sheetnet_lesson"
    }, "computed cells are found too"
    (warning,) = {re.sub("'.*?'", "", text) for text in saved.warnings}
    assert "missing" in warning


def test_blank_rows_that_a_program_dropped_hide_nothing(tmp_path: Path) -> None:
    """No names, and every sheet without its blank rows, as a list of rows is written again."""
    made, out = lesson(steps=2), tmp_path / "out.xlsx"
    book = openpyxl.load_workbook(written(made, tmp_path, ".xlsx"))
    bare = openpyxl.Workbook()
    bare.remove(bare.active)
    for sheet in book:
        copy = bare.create_sheet(sheet.title)
        for row in sheet.iter_rows(values_only=True):
            if any(value is not None for value in row):
                copy.append(row)
    bare.save(out)
    assert same(read(out), made)


@pytest.mark.parametrize("suffix", FORMATS)
def test_headings_in_another_language_are_no_objection(suffix: str, tmp_path: Path) -> None:
    made, path = lesson(steps=2), tmp_path / f"net{suffix}"
    area = build(made).names()["W_1"]
    raw.set_cells(written(made, tmp_path, suffix), "Training",
                  {(area.row - 1, area.column + k): ("text", f"Gewicht {k}")
                   for k in range(area.columns)}, path)  # fmt: skip
    saved = open_saved(path)
    assert saved.lesson() == made and not saved.warnings and not saved.is_confirmed


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_formula_of_ones_own_in_a_yellow_cell_is_no_objection(
    suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    made, out = lesson(steps=2), tmp_path / f"out{suffix}"
    area = build(made).names()["W_1"]
    rate = build(made).names()["learning_rate"]
    cell = f"{raw.letters(rate.column)}{rate.row + 1}"
    libreoffice.edit(written(made, tmp_path, suffix), [
        ("formula", "Training", area.row, area.column, f"={cell}*2"),
        ("formula", "Training", area.row, area.column + 1, "=SUM(0.25;0.5)")], out)  # fmt: skip
    found = read(out)
    assert found.network.weights[0][0].tolist() == [made.training.learning_rate * 2, 0.75]


def test_a_whole_row_without_numbers_is_one_problem(tmp_path: Path) -> None:
    made, out = xor(training={"steps": 2}), tmp_path / "out.xlsx"
    area = build(made).names()["inputs"]
    change = apart.Change("Training", "rows", area.row, True)
    apart.by_openpyxl(written(made, tmp_path, ".xlsx"), change, out, names=False, values=False)
    assert "a whole row or column without a number" in refusal(out)


# --- copies, content and damage -----------------------------------------------------------------


def test_content_decides_what_a_file_is(tmp_path: Path) -> None:
    assert read(CASES / "c-lo.xlsm").network.weights[0][0, 0] == 0.8125
    made = lesson(steps=1)
    for suffix, other in (FORMATS, FORMATS[::-1]):
        path = written(made, tmp_path, suffix)
        for name in (f"wrong{other}", "bare", "net.xltx", "net.ots"):
            (tmp_path / name).write_bytes(path.read_bytes())
            saved = open_saved(tmp_path / name)
            assert saved.lesson() == made
            told = f"It is an {suffix} under a name that ends in {other}"
            assert [told in text for text in saved.warnings] == [True] * name.startswith("wrong")


@pytest.mark.parametrize("suffix", FORMATS)
def test_damage_beside_the_cells_is_said(suffix: str, tmp_path: Path) -> None:
    made, part = lesson(steps=1), {".ods": "styles.xml", ".xlsx": "docProps/app.xml"}[suffix]
    path = written(made, tmp_path, suffix)
    assert not open_saved(path).warnings
    raw.rewrite(path, {part: lambda data: data[: len(data) // 2],
                       "meta.xml" if suffix == ".ods" else "xl/theme/theme1.xml":
                       lambda data: data[:-9]})  # fmt: skip
    saved = open_saved(path)
    assert saved.lesson() == made
    (warning,) = saved.warnings
    assert "(1 more such parts): found ill-formed XML" in warning and "damaged" in warning


# --- what a yellow cell holds ---------------------------------------------------------------------

# a text in a yellow cell: what leads out
ADVICE = {
    "0.5": "Format the cell as a number first",
    "50%": "If 0.5 is meant, format the cell as a number and type that.",
    "12,5 %": "If 0.125 is meant",
    "1 000": "If 1000.0 is meant",
    "1\N{NARROW NO-BREAK SPACE}000": "If 1000.0 is meant",
    "½": "If 0.5 is meant",
    "-1½": "If -1.5 is meant",
    "x²": "Retype it.",
    "1.234,5": "Retype it.",
    "%": "Retype it.",
}


@pytest.mark.parametrize("text", ADVICE)
def test_a_text_that_means_a_number_gets_advice_that_leads_out(text: str, tmp_path: Path) -> None:
    area = build(lesson(steps=1)).names()["W_1"]
    path = written(lesson(steps=1), tmp_path, ".ods")
    raw.set_cells(path, "Training", {(area.row, area.column): ("text", text)})
    assert refusal(path).endswith(ADVICE[text]) or ADVICE[text] in refusal(path)


def test_a_cell_formatted_as_text_is_told_how_to_become_a_number() -> None:
    assert "Format the cell as a number first" in refusal(CASES / "lo-text_fmt.xlsx")


def test_no_two_programs_read_a_comma_alike() -> None:
    assert "holds '0,5', which no two programs read alike" in refusal(CASES / "v-comma.xlsx")
