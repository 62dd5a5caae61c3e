"""Runs a command by itself and says what it took: status, output, seconds of CPU, megabytes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Run(NamedTuple):
    """What became of a command."""

    status: int
    out: str
    error: str
    seconds: float
    megabytes: float


def run(arguments: Sequence[str | Path], *, most_seconds: int = 60) -> Run:
    """`sheetnet` with these arguments, in a process of its own; killed after so much CPU."""
    command = [sys.executable, "-m", "sheetnet", *map(str, arguments)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
        process = subprocess.Popen(
            ["sh", "-c", f'ulimit -t {most_seconds}; exec "$@"', "sh", *command],
            stdout=out, stderr=error, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, error):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    return Run(process.returncode, texts[0], texts[1],
               used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)  # fmt: skip
