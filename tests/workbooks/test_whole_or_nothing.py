"""Writers that are killed, refused or out of room: a file is written whole, or not at all."""

from __future__ import annotations

import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from support import raw
from support.edited import command
from support.folders import ROOT, TESTS
from support.fuzz import two
from support.lessons import FORMATS, written
from support.libreoffice import LibreOffice

import sheetnet
from sheetnet import atomic as whole
from sheetnet.checking.read import read
from sheetnet.errors import FileError
from sheetnet.lessons.save import export
from sheetnet.workbooks.saved import open_saved
from sheetnet.workbooks.write import write

formats = pytest.mark.parametrize("suffix", FORMATS)


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from support.lessons import lesson
from sheetnet import read, write
target, count, rng = Path(sys.argv[2]), int(sys.argv[3]), random.Random(int(sys.argv[4]))
made = [lesson((9, 9, 3), seed=s, steps=20, examples=2) for s in (1, 2)]
write(made[0], target)
started = time.perf_counter()
write(made[0], target)
takes = time.perf_counter() - started
seen = [0, 0]
for _ in range(count):
    child = os.fork()
    if not child:
        for k in range(1, 1000):
            write(made[k % 2], target)
        os._exit(0)
    time.sleep(rng.uniform(0.2, 3.5) * takes)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = read(target)
    seen[made.index(found)] += 1
print(seen)
"""


def kill_writers(folder: Path, suffix: str, count: int) -> list[Path]:
    """Kill so many writers half-way; returns what they left beside the target."""
    target = folder / f"net{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(TESTS), str(target), str(count), "5"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    old, new = json.loads(done.stdout)
    assert old + new == count and old and new, "both have been met"
    return [path for path in folder.iterdir() if path != target]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
@formats
def test_a_writer_killed_half_way_leaves_the_old_file_or_the_new(
    suffix: str, tmp_path: Path
) -> None:
    left = kill_writers(tmp_path, suffix, 25)
    assert left, "some were killed in the midst of it"
    for path in left:
        assert re.fullmatch(rf"\.net\{suffix}\.\w{{16}}\.unfinished", path.name)
    target = tmp_path / f"net{suffix}"
    write(two(), target)
    assert all(path.exists() for path in left), "their writers may be alive"
    others = [tmp_path / name for name in (f".net{suffix}.notes", f"net{suffix}.unfinished",
                                           f".other{suffix}.abcdefgh.unfinished")]  # fmt: skip
    for path in [*left, *others]:
        path.touch()
        hours_ago = time.time() - 2 * whole.STALE
        os.utime(path, (hours_ago, hours_ago))
    write(two(), target)
    assert {*tmp_path.iterdir()} == {target, *others}, "an hour later the next write removes them"


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
@formats
def test_many_writers_killed_half_way(suffix: str, tmp_path: Path) -> None:
    assert kill_writers(tmp_path, suffix, 400)


def test_a_name_as_long_as_names_may_be(tmp_path: Path) -> None:
    for name in ("神" * 83 + ".ods", "🙂" * 62 + ".xlsx", "n" * 250 + ".xlsx"):
        path = tmp_path / name
        write(two(), path)
        assert read(path) == two()
        write(two(), path)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="links of POSIX")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "cloud").mkdir()
    real, link = tmp_path / "cloud" / "net.xlsx", tmp_path / "link.xlsx"
    link.symlink_to("cloud/net.xlsx")
    for steps in (2, 3):  # it leads nowhere, then to a workbook of ours
        made = replace(two(), training=replace(two().training, steps=steps))
        write(made, link)
        assert link.is_symlink() and read(real) == read(link) == made
        assert {*tmp_path.rglob("*")} == {real.parent, real, link}
    export(two(), tmp_path / "new.json")
    link = tmp_path / "link.json"
    link.symlink_to("new.json")
    export(made, link)
    assert link.is_symlink() and sheetnet.load(tmp_path / "new.json") == made


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
def test_what_is_no_ordinary_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for suffix in (".xlsx", ".npz", ".toml"):
        for name, leads in (("null", "/dev/null"), ("pipe", "pipe"), ("circle", f"circle{suffix}")):
            path = tmp_path / f"{name}{suffix}"
            path.symlink_to(leads)
            with pytest.raises(FileError, match="no ordinary file"):
                if suffix == ".xlsx":
                    write(two(), path, force=True)
                else:
                    export(two(), path, force=True)
            assert path.is_symlink(), path
            if name != "circle":  # which does not exist, in a way
                with pytest.raises(FileError, match="exists and "):
                    write(two(), path) if suffix == ".xlsx" else export(two(), path)


def test_a_name_of_ours_does_not_make_a_workbook_ours(tmp_path: Path) -> None:
    path = tmp_path / "budget.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = 5
    for what in ("$A$1", "$A$2"):
        book.defined_names["sheetnet_lesson"] = DefinedName(
            "sheetnet_lesson", attr_text=f"Sheet!{what}"
        )
        book.save(path)
        with pytest.raises(FileError, match=r"was not written by sheetnet"):
            write(two(), path)
    for suffix in FORMATS:  # while ours may be replaced, however it was edited
        path = written(two(), tmp_path, suffix)
        raw.set_cells(path, "Training", {(3, 3): ("text", "abc")})
        write(two(), path)


def test_no_target_of_whatever_content_gives_more_than_a_refusal(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x", "y")
    at = stream.getvalue().index(b"PK\x01\x02")
    future, nameless = bytearray(stream.getvalue()), bytearray(stream.getvalue())
    future[at + 6] = 99  # the version needed
    nameless[at + 9] |= 8  # its name is said to be UTF-8 …
    nameless[at + 46] = 0xFF  # … and is not
    for content in (b"", b"PK", stream.getvalue(), bytes(future), bytes(nameless)):
        for suffix in (".npz", ".json", ".toml"):
            path = tmp_path / f"target{suffix}"
            path.write_bytes(content)
            with pytest.raises(FileError, match="exists and is not a lesson"):
                export(two(), path)
            assert path.read_bytes() == content


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that other users can enter: a workbook, a lesson, and room to warm up in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "warm").mkdir()
        for place in (folder, folder / "warm"):
            write(two(), place / "net.xlsx")
            write(two(), place / "net.ods")
            (place / "net.json").write_text(sheetnet.lessons.dumps_json(two()))
        yield folder


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


LINES = ["write net.json -o new.xlsx", "write net.json -o net.ods", "step net.xlsx -o net.ods",
         "read net.xlsx -o net.json", "read net.ods -o new.npz"]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_without_room_nothing_changes(shelf: Path) -> None:
    before = snapshot(shelf)
    for status, message in command(shelf, LINES, limit=512):
        assert status == 2 and len(message.splitlines()) == 1, message
        assert "cannot be written (File too large). Make room or choose" in message
    assert snapshot(shelf) == before


@pytest.mark.skipif(sys.platform == "win32", reason="users of POSIX")
def test_where_one_may_not_write_nothing_changes(shelf: Path) -> None:
    before = snapshot(shelf)
    shelf.chmod(0o555)
    for status, message in command(shelf, LINES, user=65534):
        assert status == 2 and len(message.splitlines()) == 1, message
        assert "cannot be written (Permission denied)" in message or "write-protected" in message
    shelf.chmod(0o755)
    assert snapshot(shelf) == before


@pytest.mark.skipif(sys.platform == "win32", reason="users of POSIX")
def test_what_may_not_be_read_or_replaced(shelf: Path) -> None:
    before = snapshot(shelf)
    shelf.chmod(0o777)
    for path in shelf.iterdir():
        if path.is_file():
            path.chmod(0o444)
    (shelf / "net.xlsx").chmod(0o000)
    lines = ["read net.xlsx", "check net.xlsx", "diff net.ods net.xlsx", "step net.xlsx -o a.ods"]
    for status, message in command(shelf, lines, user=65534):
        assert status == 2 and "net.xlsx: cannot be opened (Permission denied)" in message
    for status, message in command(shelf, ["write net.json -o net.ods"], user=65534):
        assert status == 2 and "net.ods: is write-protected" in message
    for path in shelf.iterdir():
        path.chmod(0o755)
    assert snapshot(shelf) == before


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
def test_a_file_that_fails_while_it_is_read() -> None:
    with pytest.raises(FileError, match=r"/proc/self/mem: cannot be read \(Input/output error\)"):
        read("/proc/self/mem")
    with pytest.raises(FileError, match=r"/proc/net\.xlsx: cannot be written"):
        write(two(), "/proc/net.xlsx")


def test_labels_and_titles_in_any_script_stay_texts(
    libreoffice: LibreOffice, tmp_path: Path
) -> None:
    """Through both formats and a program that would compute what begins with =."""
    rng = random.Random(1)
    titles = ["=1+1", "+3", "-4", "@SUM(A1)", "شبكة عصبية", "神经网络 🙂👩‍🔬", "'quoted", "0,5"]
    for title in titles:
        made = sheetnet.load(sheetnet.lessons.to_dict(two()) | {"title": title})
        suffixes = rng.sample([*FORMATS, *FORMATS], 3)
        path = written(made, tmp_path, suffixes[0])
        for suffix in suffixes[1:]:
            libreoffice.edit(path, [], saved := tmp_path / f"saved{suffix}")
            path = saved.replace(tmp_path / f"next{suffix}")
        assert read(path).title == title
        about = open_saved(path).cells["About"]
        assert title in [found.value for found in about.values()]
        assert all(found.formula is None for found in about.values() if found.value == title)
