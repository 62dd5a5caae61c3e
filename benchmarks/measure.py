"""Measuring: one process a run, several runs, medians.

Knows: how to start a child and what to ask of it. Does not know what is compared with what.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.nets import lesson_of
from sheetnet.engines import find_office
from sheetnet.formulas.tree import SPELLED_OUT
from sheetnet.sheets import layer_strips as strips
from sheetnet.sheets import mathematics
from sheetnet.workbooks.write import write

ROOT = Path(__file__).parents[1]
# Compiled modules are kept, as an installation has them; and a second thread of NumPy's linear
# algebra would find no work, but count as CPU time while it looks for some.
ENVIRONMENT = {
    key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"
} | {"OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Cost:
    """Medians of several runs: CPU seconds, wall seconds, peak memory in MB."""

    cpu: float
    wall: float
    peak: float
    said: object = None


def child(work: str, net: str, file: Path, runs: int) -> Cost:
    """One of `child.WORKS`, prepared before its clock starts."""
    found = []
    for _ in range(runs):
        command = [sys.executable, "-m", "benchmarks.child", work, net, str(file)]
        done = subprocess.run(
            command, cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True, text=True
        )
        found.append(json.loads(done.stdout))
    medians = {
        key: statistics.median(each[key] for each in found) for key in ("cpu", "wall", "peak")
    }
    return Cost(**medians, said=found[0]["said"])


def whole(commands: Sequence[Sequence[str]], runs: int) -> list[Cost]:
    """Whole processes from start to end, imports and all, in turn; one more run each to warm up."""
    found: list[list[tuple[float, float, float]]] = [[] for _ in commands]
    for _ in range(runs + 1):
        for command, costs in zip(commands, found, strict=True):
            costs.append(_process(command))
    return [
        Cost(*(statistics.median(column) for column in zip(*costs[1:], strict=True)))
        for costs in found
    ]


def _process(command: Sequence[str]) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak memory in MB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {status}")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


@contextmanager
def spelled_out() -> Iterator[None]:
    """Every sum written out term by term, however long."""
    old, depth, modules = SPELLED_OUT, sys.getrecursionlimit(), (mathematics, strips)
    sys.setrecursionlimit(100_000)  # a sum of 784 terms is a tree as deep
    for module in modules:
        vars(module)["SPELLED_OUT"] = 10**9
    try:
        yield
    finally:
        for module in modules:
            vars(module)["SPELLED_OUT"] = old
        sys.setrecursionlimit(depth)


def recalculations(folder: Path, runs: int) -> dict[str, tuple[float, float]] | None:
    """What LibreOffice takes for a net: as written, and with sums spelled out; None without it."""
    if find_office.why_missing():
        return None
    nets = {
        "Step, 1 example": lesson_of("784-30-10"),
        "Step, 20 examples": lesson_of("784-30-10", examples=20),
        "Predict, 100 examples": lesson_of("784-30-10", ("predict",), 100),
    }
    files = []
    for number, lesson in enumerate(nets.values()):
        files += [folder / f"net{number}.ods", folder / f"net{number}-spelled-out.ods"]
        write(lesson, files[-2], force=True)
        with spelled_out():
            write(lesson, files[-1], force=True)
    with tempfile.TemporaryDirectory(prefix="sheetnet-bench-") as profile:
        script = Path(__file__).parent / "recalculate_uno.py"
        command = [find_office.uno_python(), script, find_office.soffice(), profile, str(runs)]
        done = subprocess.run(
            list(map(str, [*command, *files])), check=True, capture_output=True, text=True
        )
    seconds = json.loads(done.stdout)
    return dict(zip(nets, zip(seconds[::2], seconds[1::2], strict=True), strict=True))
