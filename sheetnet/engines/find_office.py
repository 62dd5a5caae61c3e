"""Where LibreOffice is, and which Python can talk to it.

Knows: the usual places on Linux, macOS and Windows. Does not know: how to start or drive it.
The package `uno` belongs to LibreOffice and cannot be installed into a virtual environment, so a
Python that has it is looked for: this one, the system's, or the one that LibreOffice brings.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("soffice", "libreoffice")
PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
    "/usr/lib/libreoffice/program/soffice",
    "/usr/lib64/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
)
# Pythons relative to the folder in which soffice really is.
BESIDE_SOFFICE = ("python3", "python", "python.exe", "../Resources/python")
INSTALL = (
    "Debian and Ubuntu: apt-get install libreoffice-calc-nogui python3-uno;"
    " other systems: the installer from libreoffice.org, which has both"
)


@functools.cache
def soffice() -> str | None:
    """The path of LibreOffice's program, or None."""
    found = (shutil.which(name) for name in (*PROGRAMS, *PLACES))
    versioned = sorted(Path("/opt").glob("libreoffice*/program/soffice"), reverse=True)
    return next((path for path in (*found, *map(str, versioned)) if path), None)


@functools.cache
def uno_python() -> str | None:
    """The path of a Python that imports `uno`, or None."""
    return next((python for python in _pythons() if _has_uno(python)), None)


def _pythons() -> Iterator[str]:
    yield sys.executable
    yield "/usr/bin/python3"
    if program := soffice():
        folder = Path(program).resolve().parent
        for name in BESIDE_SOFFICE:
            # Not resolved: a virtual environment's or a wrapper's own name matters.
            yield str(folder / name)
    if python := shutil.which("python3"):
        yield python


def _has_uno(python: str) -> bool:
    if not Path(python).is_file():
        return False
    try:
        done = subprocess.run(
            [python, "-c", "import uno"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def why_missing() -> str | None:
    """A sentence saying what to install, or None when LibreOffice can be driven."""
    if soffice() is None:
        return f"LibreOffice was not found. Install it ({INSTALL})."
    if uno_python() is None:
        return (
            f"LibreOffice is here ({soffice()}), but no Python that imports its package uno."
            f" Install that too ({INSTALL})."
        )
    return None
