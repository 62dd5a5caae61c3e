"""LibreOffice as an editor and a printer, and its process: restarted, stopped, gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.engine_cases import SECOND, WRITERS

from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.engines.libreoffice import LibreOffice, _pipes
from sheetnet.engines.uno_client import Helper, HelperGone, HelperTimeout
from sheetnet.errors import EngineError

# --- LibreOffice as an editor --------------------------------------------------------------------


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("out", WRITERS)
def test_libreoffice_edits_as_a_person_does(
    libreoffice: LibreOffice, workbooks: dict[str, Path], suffix: str, out: str, tmp_path: Path
) -> None:
    source, stored = workbooks[suffix], tmp_path / f"edited{out}"
    before = source.read_bytes()
    operations = [
        ("set", SECOND, 0, 0, 0.25),
        ("set", "Data", 0, 5, None),
        ("set", "Data", 1, 5, "a text"),
        ("formula", "Data", 2, 5, "=SUM(W_1;eta)"),
        ("rename", SECOND, "It"),
        ("insert_rows", "Data", 0, 2),
        ("insert_columns", "Data", 0, 1),
        ("delete_columns", "Data", 0, 1),
        ("new_sheet", "New"),
        ("move_range", "Data", (2, 0, 5, 0), "New", 1, 1),
        ("copy_range", "New", (1, 1, 4, 1), "New", 1, 3),
        ("copy_sheet", "It", "Twin"),
        ("move_sheet", "Twin", 0),
        ("hide", "Empty"),
        ("show", "Empty"),
        ("delete_rows", "Data", 0, 1),
        ("delete_sheet", "Empty"),
    ]
    libreoffice.edit(source, operations, stored)
    assert source.read_bytes() == before
    assert list(tmp_path.iterdir()) == [stored]
    values = libreoffice.recalculate(stored)
    assert list(values) == ["Twin", "Data", "It", "New"]
    data = values["Data"]
    assert data[1, 2] == pytest.approx(0.3, rel=1e-14)  # A1+A2, moved to New and down a row
    assert data[1 + 13, 2] == 0.25  # eta follows its renamed sheet
    assert data[1 + 2, 5] == pytest.approx(4.05, rel=1e-14)
    assert data[1 + 1, 5] == "a text"
    assert (1, 5) not in data
    assert values["New"][4, 1] == values["New"][4, 3] == 7.0
    assert values["Twin"] == {(0, 0): 0.25}


def test_libreoffice_prints(
    libreoffice: LibreOffice, workbooks: dict[str, Path], tmp_path: Path
) -> None:
    libreoffice.to_pdf(workbooks[".xlsx"], tmp_path / "cases.pdf")
    assert (tmp_path / "cases.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (("set", "Nowhere", 0, 0, 1), "operation 0, set.*no sheet 'Nowhere'.*sheets are Data"),
        (("paint", "Data"), "operation 0, paint.*the operations are set, "),
        (("set", "Data", -1, 0, 1), "operation 0, set"),
    ],
)
def test_a_wrong_edit_is_an_error_that_names_it(
    libreoffice: LibreOffice,
    workbooks: dict[str, Path],
    operation: tuple[object, ...],
    message: str,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out.xlsx"
    with pytest.raises(EngineError, match=message):
        libreoffice.edit(workbooks[".xlsx"], [operation], out)
    assert not out.exists()


def test_an_edit_stores_only_known_formats(
    libreoffice: LibreOffice, workbooks: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match=r"out\.docx.*\.ods, \.pdf, \.xlsx"):
        libreoffice.edit(workbooks[".xlsx"], [], tmp_path / "out.docx")


# --- processes -----------------------------------------------------------------------------------


def children(folder: Path) -> list[int]:
    """The processes that have the folder in their command line (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found

needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc")


def ended(folder: Path) -> bool:
    """Whether the folder's processes end within seconds, and the folder and pipes with them."""
    for _ in range(100):
        left = [folder, *_pipes(folder)]
        if not children(folder) and not any(path.exists() for path in left):
            return True
        time.sleep(0.1)
    return False


@needs_proc
def test_libreoffice_is_restarted_and_leaves_nothing_behind(
    libreoffice: LibreOffice, workbooks: dict[str, Path]
) -> None:
    with LibreOffice() as own:
        first = own.recalculate(workbooks[".ods"])
        assert own._helper is not None
        folder = own._helper.folder
        for process in children(folder / "profile"):
            os.kill(process, signal.SIGKILL)
        assert own.recalculate(workbooks[".ods"]) == first
        assert own._helper.folder != folder
        assert ended(folder)
        folder = own._helper.folder
        assert children(folder)
        assert all(pipe.is_socket() for pipe in _pipes(folder))
    assert ended(folder)
    own.close()


@needs_proc
@pytest.mark.parametrize("killed", [False, True])
def test_libreoffice_does_not_outlive_python(libreoffice: LibreOffice, killed: bool) -> None:
    script = (
        "from sheetnet.engines.libreoffice import LibreOffice\n"
        "engine = LibreOffice(); engine.version; print(engine._helper.folder, flush=True)\n"
        + ("import os; os.kill(os.getpid(), 9)" if killed else "")
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == (-9 if killed else 0), done.stderr
    assert ended(Path(done.stdout.strip()))


def test_libreoffice_that_takes_too_long_is_stopped(
    libreoffice: LibreOffice, workbooks: dict[str, Path]
) -> None:
    with LibreOffice(timeout=0.001) as own:
        assert own.version == libreoffice.version
        assert own._helper is not None
        folder = own._helper.folder
        with pytest.raises(EngineError, match=r"cases\.xlsx.*more than 0\.001 s"):
            own.recalculate(workbooks[".xlsx"])
        assert not folder.exists()
        own._timeout = 100.0
        assert own.recalculate(workbooks[".xlsx"])["Empty"] == {}


def test_gnumeric_that_takes_too_long_is_stopped(
    gnumeric: Gnumeric, workbooks: dict[str, Path]
) -> None:
    with pytest.raises(EngineError, match=r"cases\.xlsx.*more than 0\.001 s"):
        Gnumeric(timeout=0.001).recalculate(workbooks[".xlsx"])


def helper(code: str) -> Helper:
    """A helper that runs this Python code."""
    return Helper(lambda folder: [sys.executable, "-c", code])


def test_a_helper_that_fails_says_why() -> None:
    gone = helper("import sys; sys.exit('out of order')")
    with pytest.raises(HelperGone, match="out of order"):
        gone.receive(30)
    assert not gone.folder.exists()
    with pytest.raises(HelperGone):
        gone.send({})


def test_a_helper_that_is_silent_is_killed() -> None:
    silent = helper("import time; time.sleep(100)")
    started = time.monotonic()
    with pytest.raises(HelperTimeout):
        silent.receive(0.1)
    assert time.monotonic() - started < 5
    assert not silent.folder.exists()
