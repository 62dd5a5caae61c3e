"""Errata and Notes: nothing is cut off, live numbers are told from printed figures."""

from __future__ import annotations

import math
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

import sheetnet
from sheetnet import gallery
from sheetnet.documents import errata, expression, notes
from sheetnet.errors import LessonError
from sheetnet.lessons import Lesson, to_dict
from sheetnet.sheets.model import Sheet
from sheetnet.workbooks.build import build
from sheetnet.writing.styles import STYLES

_LINE, _SCREEN = 13.0, 150.0  # points of a line; characters on a screen of 1280 pixels


def lesson_of(name: str) -> Lesson:
    return sheetnet.load(gallery.path_of(name))


def sheets_of(name: str) -> list[Sheet]:
    wanted = (errata.SHEET, notes.SHEET)
    return [sheet for sheet in build(lesson_of(name)).sheets if sheet.name in wanted]


def cut_off(sheet: Sheet) -> list[str]:
    """Texts wider than their column whose row is not high enough, or that do not wrap at all."""
    beside = {(text.row, text.column) for text in sheet.texts}
    beside |= {(b.area.row, b.area.column) for b in sheet.blocks}
    found = []
    for text in sheet.texts:
        width = sheet.widths[text.column]
        if STYLES[text.style].wrap:
            lines = math.ceil(len(text.text) / (1.2 * width))
            if sheet.heights.get(text.row, 15.0) < _LINE * lines:
                found.append(text.text)
        elif len(text.text) > width + 1 and (text.row, text.column + 1) in beside:
            found.append(text.text)
    return found


@pytest.mark.parametrize("name", gallery.names())
def test_no_text_is_cut_off_and_a_screen_is_wide_enough(name: str) -> None:
    lesson = lesson_of(name)
    assert len(sheets_of(name)) == bool(lesson.errata) + bool(lesson.notes)
    for sheet in sheets_of(name):
        assert cut_off(sheet) == [], sheet.name
        assert sum(sheet.widths.values()) < _SCREEN


def test_a_text_without_room_would_be_found() -> None:
    (sheet, *_) = sheets_of("matrices-3-3-3-3")
    long = max(sheet.texts, key=lambda text: len(text.text) * STYLES[text.style].wrap)
    del sheet.heights[long.row]
    assert long.text in cut_off(sheet)


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_the_files_say_that_texts_wrap_and_how_high_their_rows_are(
    suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"net{suffix}"
    sheetnet.write(lesson_of("mazur"), path)
    with ZipFile(path) as archive:
        if suffix == ".ods":
            styles = archive.read("styles.xml").decode()
            wrapped = re.search(r'<style:style style:name="wrapped".*?</style:style>', styles, re.S)
            assert wrapped and 'fo:wrap-option="wrap"' in wrapped[0]
            return
        assert 'wrapText="1"' in archive.read("xl/styles.xml").decode()
        pages = [archive.read(n).decode() for n in archive.namelist() if "worksheets/sheet" in n]
        assert any(re.search(r'<row r="6" ht="\d+" customHeight="1"', page) for page in pages)


@pytest.mark.parametrize("name", [name for name in gallery.names() if "question" in name])
def test_a_questions_lesson_asks_it_on_about(name: str) -> None:
    sheets, questions = build(lesson_of(name)).sheets, lesson_of(name).notes
    about = next(sheet for sheet in sheets if sheet.name == "About")
    assert questions and all(note.hint and note.answer for note in questions)
    texts = [text for text in about.texts if text.text in {note.text for note in questions}]
    assert len(texts) == len(questions)
    room = sum(width for column, width in about.widths.items() if column >= texts[0].column)
    assert all(len(text.text) < 1.2 * room for text in texts)


# --- what follows a step, and what does not -------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "figure"),
    [("4.001", True), ("-1/0.19858", True), ("1/(1+exp(-2.731))", True), ("loss/3", False),
     ("a_2[0]", False), ("ln(10)*learning_rate", False)],
)  # fmt: skip
def test_a_figure_is_told_from_a_live_number(text: str, figure: bool) -> None:
    assert expression.is_figure(text) is figure


def test_errata_say_which_of_their_numbers_stay() -> None:
    (sheet, *_) = sheets_of("matrices-3-3-3-3")
    words = {text.row: text.text for text in sheet.texts if text.column == 6}
    by_where = {text.text: text.row for text in sheet.texts if text.column == 0}
    assert words[by_where["Layer 2, the example"]] == "printed figures"
    assert words[by_where["Layer 2, the sigmoid"]] == "the step shown"
    assert by_where["Layer 3, the softmax"] not in words  # it has no numbers
    hints = [text.text for text in sheet.texts if text.style == "hint" and text.row < 4]
    assert any("live" in text for text in hints) and any("stay" in text for text in hints)


def test_a_note_whose_expression_is_wrong_is_refused(tmp_path: Path) -> None:
    note = {"where": "w", "text": "t", "shows": ["z"], "values": ["z_9[0]"]}
    lesson = sheetnet.load({**to_dict(lesson_of("mazur")), "notes": [note]})
    with pytest.raises(LessonError, match="z_9"):
        sheetnet.write(lesson, tmp_path / "net.xlsx")
    assert not list(tmp_path.iterdir())


def test_a_lesson_for_predicting_with_a_note_has_the_step_it_refers_to() -> None:
    table = {**to_dict(lesson_of("mazur")), "sheets": ["predict"], "errata": []}
    note = {"where": "w", "text": "t", "shows": ["z"], "values": ["z_1[0]"]}
    names = [sheet.name for sheet in build(sheetnet.load({**table, "notes": [note]})).sheets]
    assert {"Step", "Notes"} <= set(names)


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_notes_come_back_from_a_workbook(suffix: str, tmp_path: Path) -> None:
    lesson = lesson_of("question-vanishing")
    path = tmp_path / f"net{suffix}"
    sheetnet.write(lesson, path)
    assert sheetnet.read(path) == lesson
