"""Files outlive a version: older ones are judged by their own list, newer ones name the version.

The workbooks in tests/data/0.1.0 were written by version 0.1.0 and never since.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import planting
from support.checked import mistakes
from support.folders import OLD
from support.lessons import FORMATS, lesson
from support.planting import At

import sheetnet
from sheetnet.engines import Engine
from sheetnet.errors import FileError
from sheetnet.version import VERSION, is_newer
from sheetnet.workbooks import metadata
from sheetnet.workbooks.build import build
from sheetnet.workbooks.saved import open_saved
from sheetnet.workbooks.versions import as_written

FILES = sorted(path.name for path in OLD.iterdir())


@pytest.mark.parametrize("name", FILES)
def test_a_workbook_of_the_first_version_is_read_and_checked(name: str, ironcalc: Engine) -> None:
    made = sheetnet.read(OLD / name)
    assert made.title == "Handed out in 0.1.0"
    report = sheetnet.check(OLD / name, ironcalc)
    assert report.ok, report.to_text()
    assert report.formulas > 20


def test_its_yellow_cells_are_still_read_and_its_mistakes_named(
    tmp_path: Path, ironcalc: Engine
) -> None:
    path = tmp_path / "old.xlsx"
    path.write_bytes((OLD / "plain.xlsx").read_bytes())
    names = open_saved(path).placement()
    rate, delta = names["learning_rate"], names["Training_delta_1"]
    planting.type_number(path, At(rate.sheet, rate.row, rate.column), 0.25)
    assert sheetnet.read(path).training.learning_rate == 0.25
    planting.plant(path, At(delta.sheet, delta.row + 2, delta.column), "1+1")
    wrong = mistakes(sheetnet.check(path, ironcalc))
    assert [each.name for each in wrong] == ["delta_1[0,0] at step 2"]


def test_a_workbook_says_who_wrote_it_and_what_it_holds() -> None:
    made = lesson((2, 2, 2))
    book = build(made)
    texts = [text.text for text in book.sheets[-1].texts[2:]]
    found = metadata.parse(texts, "net.xlsx")
    assert (found.lesson, found.version) == (made, VERSION)
    assert found.blocks == {block.name for block in book.blocks()}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_block_that_only_a_later_version_writes_is_not_asked_for(
    suffix: str, tmp_path: Path, ironcalc: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the loss at both ends were a novelty: an older file lacks it, and is right."""
    made = lesson((2, 2, 2))
    listed = {block.name for block in build(made).blocks()} - {"first_loss", "last_loss"}
    assert {block.name for block in as_written(build(made), listed).blocks()} == listed
    real = metadata._document
    monkeypatch.setattr(
        metadata, "_document", lambda l, b: real(l, [x for x in b if x.name in listed])
    )
    path = tmp_path / f"net{suffix}"
    sheetnet.write(made, path)
    monkeypatch.undo()
    saved = open_saved(path)
    assert {block.name for block in saved.workbook.blocks()} == listed
    assert sheetnet.check(path, ironcalc).ok


def test_a_damaged_list_loses_no_yellow_cell_and_nothing_that_formulas_read() -> None:
    book = build(lesson((2, 3, 2), "softmax"))
    few = as_written(book, frozenset({"Training_a_2"}))
    names = {block.name for block in few.blocks()}
    yellow = {b.name for b in book.blocks() if b.typed_name and b.initial is None}
    assert {"inputs", "Training_W_1"} < yellow <= names, "choosers are no part of the lesson"
    assert {"Training_exp_z_2", "Training_z_2", "Training_a_1", "Training_W_1"} <= names
    assert len(names) < len(list(book.blocks()))


@pytest.mark.parametrize("change", [{"sheetnet": 99}, {"lesson": {"quantum": True}}])
def test_a_newer_version_is_named(change: dict[str, object]) -> None:
    sheet = build(lesson((2, 2, 2))).sheets[-1]
    document = json.loads("".join(text.text for text in sheet.texts[2:]))
    document |= {"version": "7.1.0"} | change
    with pytest.raises(FileError, match=r"sheetnet 7\.1\.0 wrote it.*pip install 'sheetnet>=7\.1"):
        metadata.parse([json.dumps(document)], "net.xlsx")


@pytest.mark.parametrize(
    ("version", "newer"),
    [("7.0.0", True), ("0.10.0", True), (VERSION, False), ("0.1.0", False), ("", False),
     ("x" * 99, False), ("9" * 5000 + ".0.0", False)],
)  # fmt: skip
def test_versions_are_ordered_by_number(version: str, newer: bool) -> None:
    assert is_newer(version) is newer
