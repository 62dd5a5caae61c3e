"""What is no workbook of ours, or none any more, is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from support import raw
from support.lessons import FORMATS, lesson, written
from support.libreoffice import LibreOffice
from support.reading_back import at, names_of

from sheetnet.errors import FileError
from sheetnet.workbooks import metadata
from sheetnet.workbooks.saved import read

formats = pytest.mark.parametrize("suffix", FORMATS)


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
