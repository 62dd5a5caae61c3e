"""Whole or not at all: failures half-way, and targets that may not be replaced."""

from __future__ import annotations

import errno
import hashlib
import importlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from support import raw
from support.lessons import FORMATS, demo, lesson, written

from sheetnet import atomic as whole
from sheetnet.core.functions import FUSED
from sheetnet.errors import FileError, LessonError
from sheetnet.lessons import Lesson, load, to_dict, train, with_values
from sheetnet.workbooks.build import build
from sheetnet.workbooks.write import write, write_all
from sheetnet.writing import zip as zipped

formats = pytest.mark.parametrize("suffix", FORMATS)


# --- whole or not at all -------------------------------------------------------------------------


def _broken_after(
    parts_: Iterator[tuple[str, Iterator[bytes]]], error: BaseException
) -> zipped.Parts:
    """The first two parts, a piece of the third, then the error."""
    yield next(parts_)
    yield next(parts_)
    name, pieces = next(parts_)

    def breaking() -> Iterator[bytes]:
        yield next(pieces)
        raise error

    yield name, breaking()


FAILURES = [ValueError("half-way"), OSError(errno.ENOSPC, "No space left on device"),
            KeyboardInterrupt(), MemoryError()]  # fmt: skip


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("exists", [True, False], ids=["over a file", "a new file"])
@formats
def test_a_failure_half_way_changes_nothing(
    error: BaseException, exists: bool, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"net{suffix}"
    if exists:
        write(lesson(), path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    module = importlib.import_module(f"sheetnet.writing{suffix}")
    real = module.parts
    monkeypatch.setattr(module, "parts", lambda *given: _broken_after(real(*given), error))
    expected = FileError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected) as caught:
        write(demo(), path)
    if isinstance(error, OSError):
        assert str(path) in str(caught.value) and "No space left" in str(caught.value)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_at_the_very_end_changes_nothing(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(lesson(), tmp_path, ".xlsx")
    before = path.read_bytes()

    def fail(*given: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(FileError, match="Input/output error"):
        write(demo(), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_training_that_diverges_changes_nothing(tmp_path: Path) -> None:
    path = written(lesson(), tmp_path, ".xlsx")
    before = path.read_bytes()
    wild = lesson((2, 2, 2), "identity", steps=400, rate=1e6)
    with pytest.raises(LessonError, match="no longer a finite number"):
        write(wild, path)
    with pytest.raises(LessonError):
        write(wild, tmp_path / "new.xlsx")
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lesson((1, 1), steps=1_048_570), "rows.*a spreadsheet has 1,048,576.*training.steps"),
        (lesson((6000, 1)), "columns.*and 16,384.*a smaller network"),
        (lesson((6, 6), steps=200_000), "cells; expected at most 5,000,000"),
    ],
    ids=["rows", "columns", "cells"],
)
@formats
def test_what_no_spreadsheet_can_hold_is_refused(
    made: Lesson, message: str, suffix: str, tmp_path: Path
) -> None:
    with pytest.raises(LessonError, match=message):
        write(made, tmp_path / f"net{suffix}")
    assert not list(tmp_path.iterdir())


def test_writing_and_reading_leave_the_lesson_as_it_was(tmp_path: Path) -> None:
    made = demo()
    write(made, tmp_path / "net.xlsx")
    assert made == demo()


# --- targets -------------------------------------------------------------------------------------


def test_several_files_are_written_as_each_alone_would_be(tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    alone.mkdir()
    together.mkdir()
    made = lesson(steps=4)
    counts = {write(made, alone / f"net{suffix}") for suffix in FORMATS}
    assert {write_all(made, [together / f"net{suffix}" for suffix in FORMATS])} == counts
    for suffix in FORMATS:
        assert (together / f"net{suffix}").read_bytes() == (alone / f"net{suffix}").read_bytes()


def test_several_files_or_none(tmp_path: Path) -> None:
    (tmp_path / "theirs.ods").write_text("not ours")
    with pytest.raises(FileError, match=r"theirs\.ods: exists"):
        write_all(lesson(steps=2), [tmp_path / "new.xlsx", tmp_path / "theirs.ods"])
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.ods"]


@formats
def test_a_file_of_ours_is_replaced_and_another_is_not(suffix: str, tmp_path: Path) -> None:
    path = written(lesson(), tmp_path, suffix)
    old = path.read_bytes()
    write(demo(), path)
    assert path.read_bytes() != old
    foreign: list[bytes] = [b"", b"my notes", b"PK\x03\x04"]
    table = tmp_path / "table.xlsx"
    openpyxl.Workbook().save(table)
    foreign.append(table.read_bytes())
    for data in foreign:
        path.write_bytes(data)
        with pytest.raises(FileError, match=r"was not written by sheetnet.*--force"):
            write(demo(), path)
        assert path.read_bytes() == data
    write(demo(), path, force=True)
    assert raw.cells(path)["About"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net.csv", r"ends in '\.csv'; a workbook's name ends in \.xlsx or \.ods"),
        ("net", r"ends in ''"),
        (".xlsx", r"ends in ''"),
        ("net.xls", r"\.xls'"),
        ("net.xlsx.zip", r"\.zip'"),
        ("folder.xlsx", "is a folder"),
        ("missing/net.xlsx", "Choose a folder that exists"),
        ("file.txt/net.xlsx", "cannot be written"),
        ("n" * 300 + ".xlsx", "cannot be written"),
    ],
)
def test_a_target_that_cannot_be_written_is_refused(
    name: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "file.txt").write_text("text")
    before = sorted(tmp_path.rglob("*"))
    for force in (False, True):
        with pytest.raises(FileError, match=message) as caught:
            write(lesson(), tmp_path / name, force=force)
        assert str(tmp_path / name) in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


@formats
def test_a_suffix_in_capitals_is_as_good(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"NET{suffix.upper()}"
    write(lesson(), path)
    assert path.stat().st_size > 5000


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For root every folder can be written, so the system's refusal is simulated there."""
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):

        def refuse(*given: object, **named: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr("sheetnet.atomic._private", refuse)
    with pytest.raises(FileError, match=r"Permission denied.*may write to"):
        write(lesson(), folder / "net.xlsx")
    folder.chmod(0o755)
    assert not list(folder.iterdir())


def test_ctrl_c_in_the_moment_of_creation_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = whole._private

    def interrupted(path: str, flags: int) -> int:
        os.close(created(path, flags))
        raise KeyboardInterrupt

    monkeypatch.setattr(whole, "_private", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(lesson(), tmp_path / "net.xlsx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_gets_the_usual_mode_and_an_old_one_keeps_its_own(
    mask: int, tmp_path: Path
) -> None:
    before = os.umask(mask)
    try:
        path = written(lesson(), tmp_path, ".ods")
        assert path.stat().st_mode & 0o777 == 0o666 & ~mask
        path.chmod(0o640)
        write(demo(), path)
        assert path.stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)
    assert os.umask(before) == before


def test_a_link_to_a_file(tmp_path: Path) -> None:
    """The link gives way to a file of its own; what it led to stays as it was."""
    real = written(lesson(), tmp_path, ".xlsx", "real")
    digest = hashlib.sha256(real.read_bytes()).hexdigest()
    link = tmp_path / "link.xlsx"
    link.symlink_to(real)
    write(demo(), link)
    assert raw.cells(link)["About"][0, 1].text == demo().title
    assert hashlib.sha256(real.read_bytes()).hexdigest() == digest or link.is_symlink()


def test_diverged_cells_carry_no_value(tmp_path: Path) -> None:
    """A loss slope without bound has no number that a file could hold: its cell has none."""
    made = lesson((1, 1), loss="binary_cross_entropy", steps=0)
    network = made.network.with_parameters([np.array([[800.0]])], [np.array([0.0])])
    made = with_values(replace(made, network=network), inputs=[[1.0]], targets=[[0.0]])
    assert ("sigmoid", made.network.loss) in FUSED
    for suffix in FORMATS:
        found = raw.cells(written(made, tmp_path, suffix))["Step"]
        area = build(made).names()["error_1"]
        cell = found[area.row, area.column]
        assert cell.formula and cell.digits is None
        loss = build(made).names()["loss"]  # LN(0): an engine has none either
        assert found[loss.row, loss.column].digits is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"batch": 1}, r"training\.batch: a workbook cannot show this yet"),
        ({"batch": "online", "shuffle": 7}, r"training\.shuffle: a workbook"),
    ],
)
def test_a_training_that_no_sheet_shows_is_refused(
    tmp_path: Path, settings: dict[str, object], words: str
) -> None:
    table = to_dict(demo())
    made = load({**table, "training": {"steps": 3, **settings}})
    with pytest.raises(LessonError, match=words):
        write(made, tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())
    assert train(made).losses.shape == (4,)
