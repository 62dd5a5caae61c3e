"""Each script in examples/ runs in an empty folder, is short, and ends in an assertion.

Knows: what makes an example one. Does not know what any of them shows.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.folders import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
MOST_LINES = 40


def faults(source: str) -> list[str]:
    """What keeps a script from being an example."""
    tree = ast.parse(source)
    found = []
    if not ast.get_docstring(tree):
        found.append("no docstring that says what it shows")
    if len(source.splitlines()) >= MOST_LINES:
        found.append(f"{len(source.splitlines())} lines; an example stays under {MOST_LINES}")
    if not tree.body or not isinstance(tree.body[-1], ast.Assert):
        found.append("the last statement is not an assertion")
    elif isinstance(tree.body[-1].test, ast.Constant | ast.Tuple):
        found.append("the last assertion cannot fail")
    return found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path, tmp_path: Path) -> None:
    assert not faults(path.read_text(encoding="utf-8"))
    done = subprocess.run(
        [sys.executable, str(path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONOPTIMIZE": "", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert done.stdout, "an example prints what it found"


def test_the_examples_are_there() -> None:
    wanted = {"first_step", "own_network", "edit_and_read_back", "check_a_workbook", "xor", "batch"}
    assert wanted <= {path.stem for path in EXAMPLES}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('"""Shows x."""\nassert f()\n', 0),
        ("assert f()\n", 1),
        ('"""Shows x."""\nprint()\n', 1),
        ('"""Shows x."""\nassert f()\nprint()\n', 1),
        ('"""Shows x."""\nassert True\n', 1),
        ('"""Shows x."""\nassert (f(), "why")\n', 1),
        ('"""Shows x."""\n' + "\n" * 38 + "assert f()\n", 1),
        ('"""Shows x."""\n' + "\n" * 37 + "assert f()\n", 0),
        ("", 2),
    ],
)
def test_a_planted_fault_is_found(source: str, count: int) -> None:
    assert len(faults(source)) == count
