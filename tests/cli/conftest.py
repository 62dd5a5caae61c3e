"""A folder of files, good and bad, in which the person stands, and the command that they run."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from support.commands import LESSON, Run, at, type_into

import sheetnet
from sheetnet.cli.main import main


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workbooks and other files, good and bad, made once."""
    folder = tmp_path_factory.mktemp("shelf")
    net = folder / "net.xlsx"
    (folder / "net.json").write_text(json.dumps(LESSON), encoding="utf-8")
    (folder / "wrong.toml").write_text("[network]\nsizes = [2]\nlos = 1\n", encoding="utf-8")
    (folder / "broken.toml").write_text("title = ", encoding="utf-8")
    unknown = {**LESSON, "notation": "runes"}
    (folder / "runes.json").write_text(json.dumps(unknown), encoding="utf-8")
    lesson = sheetnet.load(folder / "net.json")
    for name in ("net.xlsx", "net.ods", "hidden.XLSX"):
        sheetnet.write(lesson, folder / name)

    for name, block, value in [
        ("weight.xlsx", "W_1", 0.75),
        ("weight.ods", "W_1", 0.75),
        ("mistaken.xlsx", "Training_delta_1", 0.25),
    ]:
        shutil.copy(net.with_suffix(Path(name).suffix), folder / name)
        type_into(folder / name, block, value, row=2 if "delta" in block else 0)

    book = openpyxl.load_workbook(net)
    place = at(net, "W_1")
    book[place.sheet][place.a1] = "abc"
    book.save(folder / "text.xlsx")
    book = openpyxl.load_workbook(net)
    del book.defined_names["W_2"]  # and a heading by which it would be found
    place = at(net, "W_2")
    book[place.sheet].cell(place.row, place.column + 1).value = "a weight"
    book.save(folder / "nameless.xlsx")
    openpyxl.Workbook().save(folder / "foreign.xlsx")
    (folder / "foreign.ods").write_bytes(b"PK\x03\x04 nobody's workbook")
    (folder / "empty.xlsx").touch()
    (folder / "half.xlsx").write_bytes(net.read_bytes()[:5000])
    (folder / "notes.toml").write_text("[project]\nname = 'mine'\n", encoding="utf-8")
    (folder / "notes.json").write_text("[1, 2]", encoding="utf-8")
    np.savez(folder / "model.npz", weights=np.ones(3))
    (folder / "drawer").mkdir()
    return folder


@pytest.fixture
def here(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shelf, in which the person stands."""
    folder = tmp_path / "here"
    shutil.copytree(shelf, folder, symlinks=True)
    (folder / "link.xlsx").symlink_to("net.xlsx")
    (folder / "twin.xlsx").hardlink_to(folder / "net.xlsx")
    (folder / "alias").symlink_to(".", target_is_directory=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(here: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command line; returns status, standard output, standard error."""

    def command(line: str) -> tuple[int, str, str]:
        try:
            status = main(shlex.split(line))
        except SystemExit as left:  # argparse leaves this way
            status = int(left.code or 0)
        return (status, *capsys.readouterr())

    return command
