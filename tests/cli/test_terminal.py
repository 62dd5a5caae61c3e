"""Interrupted, cut off, unprintable: what a terminal, a pipe and a full disk do; and the demo."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.commands import Run, snapshot
from support.folders import ROOT

from sheetnet import engines
from sheetnet.cli.main import main

# --- demo ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_path", [True, False])
def test_demo_without_libreoffice(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch, on_path: bool
) -> None:
    monkeypatch.setattr(
        engines, "why_missing", lambda name: f"no {name}" if name == "libreoffice" else None
    )
    monkeypatch.setattr(shutil, "which", lambda name: name if on_path else None)
    status, out, err = run("demo --folder drawer")
    assert (status, err) == (0, "")
    assert len(re.findall("all agree", out)) == 3 and "libreoffice: not installed" in out
    assert {path.name for path in Path("drawer").iterdir()} == {
        "simple-neural-net.xlsx", "simple-neural-net.ods", "simple-neural-net.html"
    }  # fmt: skip
    typed = shlex.split(out.splitlines()[-1])
    assert typed[-2:] == ["read", str(Path("drawer", "simple-neural-net.xlsx"))]
    assert on_path == (typed[0] == "sheetnet")


# --- interrupted, cut off, unprintable -----------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["write net.json -o net.xlsx", "write net.json -o new.ods", "step weight.xlsx -o net.xlsx",
     "read weight.xlsx -o net.json", "read weight.xlsx -o new.npz",
     "gallery simple-neural-net -o new.xlsx"],
)  # fmt: skip
def test_ctrl_c_leaves_nothing(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """At the last moment: the new file is complete, but not yet in its place."""

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    before = snapshot(here)
    status, out, err = run(line)
    assert (status, out) == (130, "") and "stopped" in err
    assert snapshot(here) == before


def start(*arguments: str, **more: object) -> subprocess.Popen[str]:
    """The command in a process of its own, under the Python that runs the tests."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}  # type: ignore[dict-item]
    return subprocess.Popen(
        [sys.executable, "-m", "sheetnet", *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        **more,  # type: ignore[call-overload]
    )


@pytest.mark.skipif(os.name == "nt", reason="signals of a terminal are those of POSIX")
def test_a_real_ctrl_c_while_writing(here: Path) -> None:
    before = snapshot(here)
    process = start("write", "net.json", "-o", "net.xlsx", "--steps", "40000")
    deadline = time.monotonic() + 30
    while not list(here.glob(".net.xlsx.*")):
        assert process.poll() is None and time.monotonic() < deadline, "nothing was being written"
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (
        130,
        "sheetnet: stopped; nothing was left half-written.\n",
    )
    assert snapshot(here) == before


@pytest.mark.parametrize("line", ["--help", "gallery", "read net.xlsx", "diff net.xlsx weight.ods"])
def test_a_reader_that_goes_away_is_no_error(here: Path, line: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*shlex.split(line), stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full")
def test_a_full_disk_behind_the_output_is_said(here: Path) -> None:
    with Path("/dev/full").open("w") as full:
        _, err = (process := start("gallery", stdout=full)).communicate(timeout=30)
    assert process.returncode == 2
    assert err == "sheetnet: No space left on device.\n"


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
@pytest.mark.parametrize("nowhere", ["2>&-", "2>/dev/full", ">&- 2>&-"])
@pytest.mark.parametrize(
    ("line", "status"),
    [("bogus", 2), ("check nothing.xlsx", 2), ("read net.xlsx", 0), ("write net.json -o a.ods", 0)],
)
def test_the_status_is_right_though_nobody_can_be_told(
    here: Path, line: str, status: int, nowhere: str
) -> None:
    command = f"exec {shlex.quote(sys.executable)} -m sheetnet {line} {nowhere}"
    for unbuffered in ("", "1"):  # Python writes at exit what a buffer holds, and may fail then
        done = subprocess.run(
            command, shell=True, check=False, capture_output=True, timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered},
        )  # fmt: skip
        assert done.returncode == status


def test_a_terminal_without_greek_letters(here: Path) -> None:
    process = start(
        "read",
        "weight.xlsx",
        stdout=subprocess.PIPE,
        env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert r"w\u2080\u2080" in out and "0.75" in out


def test_main_prints_to_any_stream(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a notebook or a test calls it."""
    monkeypatch.setattr(sys, "stdout", text := io.StringIO())
    assert main(["read", "weight.xlsx"]) == 0
    assert "w₀₀⁽¹⁾" in text.getvalue()
