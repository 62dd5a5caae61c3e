"""Files damaged at random: read right or refused, in little time and room.

The mutations stand in `support.mutations`, the reader that judges them in `support.other_reader`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import fuzz, mutations
from support.folders import ROOT, TESTS
from support.lessons import FORMATS

import sheetnet
from sheetnet.errors import FileError
from sheetnet.lessons import to_dict


def fuzzed(folder: Path, first: int, count: int, *more: str) -> dict[str, Any]:
    """What came of so many mutations, in a process that may die of them."""
    done = subprocess.run(
        [sys.executable, "-m", "support.fuzz", str(folder), str(first), str(count), *more],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(TESTS)])},
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["count"] == count and found["faults"] == [], found["faults"]
    assert found["slowest"] < 2 and found["memory"] < 300
    return found


def test_damaged_files_are_read_right_or_refused(tmp_path: Path) -> None:
    found = fuzzed(tmp_path, 0, 500)
    assert found["refused"] > 100 and found["read"] > 100 and found["read, changed"] > 1
    assert found["read, not judged"] < 25


def test_damaged_files_are_checked_or_refused(tmp_path: Path) -> None:
    assert fuzzed(tmp_path, 1_000, 60, "--check")["checked"] > 10


@pytest.mark.long
@pytest.mark.parametrize("first", range(10_000, 40_000, 5_000))
def test_very_many_damaged_files(first: int, tmp_path: Path) -> None:
    fuzzed(tmp_path, first, 5_000)


@pytest.mark.long
@pytest.mark.parametrize("first", range(50_000, 54_000, 1_000))
def test_many_damaged_files_are_checked_or_refused(first: int, tmp_path: Path) -> None:
    fuzzed(tmp_path, first, 1_000, "--check")


@pytest.mark.long
@pytest.mark.engine
def test_damaged_files_of_other_programs(tmp_path: Path, libreoffice: Any, gnumeric: Any) -> None:
    """What LibreOffice and Gnumeric save, damaged: shared formulas, styles, repeated cells."""
    own, saved = tmp_path / "own", tmp_path / "saved"
    own.mkdir()
    saved.mkdir()
    for path in fuzz.bases(own):
        for suffix in FORMATS:
            target = saved / f"{path.stem}-{path.suffix[1:]}{suffix}"
            libreoffice.edit(path, [], target)
        subprocess.run(["ssconvert", path, saved / f"gnumeric-{path.name}"], check=True,
                       capture_output=True, env=os.environ | {"HOME": str(tmp_path)})  # fmt: skip
    fuzzed(saved, 0, 5_000)


def bases(folder: Path) -> list[fuzz.Base]:
    return [fuzz.Base(path) for path in fuzz.bases(folder)]


def test_a_mutation_follows_from_its_number(tmp_path: Path) -> None:
    originals = [base.data for base in bases(tmp_path)]
    seen, changed, kinds = set(), 0, set()
    for number in range(300):
        base, done, data = mutations.mutation(originals, number)
        assert (base, done, data) == mutations.mutation(originals, number)
        seen.add(data)
        changed += data != originals[base]
        kinds.add(done.split(":")[0])
    assert kinds == {"zip", "part", "xml", "json"}
    assert len(seen) > 280 and changed > 290


def test_the_judge_finds_a_misread_number(tmp_path: Path) -> None:
    """One that is off by its last bit, one taken for its neighbour, one not edited."""
    for base in bases(tmp_path):
        assert base.wrong(base.data, base.lesson) == (True, "")
        inputs = base.lesson.inputs
        for planted in (inputs * (1 + 2**-52), inputs[:, ::-1]):
            lesson = sheetnet.lessons.with_values(base.lesson, inputs=planted)
            assert "inputs" in base.wrong(base.data, lesson)[1]
        old = repr(fuzz.flat(base.lesson)[1]).encode()
        parts = [(n, d.replace(b">" + old, b">0.875").replace(b'"' + old, b'"0.875'))
                 for n, d in mutations.unzipped(base.data)]  # fmt: skip
        data = mutations.zipped(parts)
        assert "read" in base.wrong(data, base.lesson)[1], "the edit was not read"
        lesson = sheetnet.load(to_dict(base.lesson) | {"title": "Another"})
        assert "settings" in base.wrong(base.data, lesson)[1]


def _refuses(path: Path) -> None:
    raise FileError(f"{path}: what is here; expected something else. Do this.")


def _stalls(_: Path) -> None:
    time.sleep(60)


def _is_brief(_: Path) -> None:
    raise FileError("no")


def _floods(path: Path) -> None:
    raise FileError(f"{path}: " + "x" * 10_000)


def _breaks(_: Path) -> None:
    raise KeyError("}")


@pytest.mark.parametrize(
    ("use", "fault"),
    [(_refuses, ""), (_stalls, "took more than"), (_is_brief, "a message"), (_floods, "a message"),
     (_breaks, "KeyError")],
)  # fmt: skip
def test_the_judge_finds_what_is_no_clean_refusal(
    use: Callable[[Path], None], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "SECONDS", 0.1)
    result, found = fuzz.verdict(use, tmp_path)
    assert result is None and found.startswith(fault) and bool(found) == bool(fault)
