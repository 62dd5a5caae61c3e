"""Cells of an edited workbook by block, and numbers compared in order."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from support.folders import ROOT


def near(found: list[float], wanted: list[float], relative: float, absolute: float = 0.0) -> bool:
    """Whether numbers agree, in order."""
    return len(found) == len(wanted) and all(
        abs(a - b) <= relative * abs(b) + absolute for a, b in zip(found, wanted, strict=True)
    )


COMMANDS = """
import json, os, resource, sys
from pathlib import Path
from sheetnet.cli import main
folder, limit, user, lines = Path(sys.argv[1]), *map(int, sys.argv[2:4]), json.loads(sys.argv[4])
os.chdir(folder / "warm")
for line in lines:  # everything is imported before nothing more can be opened
    main(line)
os.chdir(folder)
os.dup2(2, 1)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
if user and os.geteuid() == 0:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
for line in lines:
    sys.stderr.write(f"{main(line)}\\n")
    sys.stderr.flush()
"""


def command(folder: Path, lines: list[str], limit: int = 0, user: int = 0) -> list[tuple[int, str]]:
    """(status, message) of each command line, in a process with a limit or of another user."""
    arguments = [line.split() for line in lines]
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, str(folder), str(limit), str(user), json.dumps(arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = re.findall(r"(.*?)^(\d+)\n", done.stderr, re.DOTALL | re.MULTILINE)
    assert len(found) >= len(lines), done.stderr
    return [(int(status), message) for message, status in found[-len(lines) :]]
