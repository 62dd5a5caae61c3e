"""What must hold of any file whatever, tried on workbooks damaged at random.

`sheetnet.read` gives a lesson whose every number stands in the yellow cells (`other_reader`), or
raises a SheetnetError, in little time and memory.

    PYTHONPATH=.:tests python -m support.fuzz FOLDER FIRST COUNT [--check]

runs COUNT mutations of the workbooks in FOLDER, which it makes where there are none, and
prints what it found as one line of JSON.
"""

from __future__ import annotations

import datetime
import json
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

import sheetnet
from sheetnet.engines import open_engine
from support.mutations import mutation
from support.other_reader import UNTOLD, Found, look, named_cells, spelled_out

SECONDS = 5.0  # that one file may take; they take milliseconds


def flat(lesson: sheetnet.Lesson) -> list[float]:
    """Everything that a person may edit, in one row."""
    network = lesson.network
    arrays = [*network.weights, *network.bias, lesson.inputs, lesson.targets]
    numbers = np.concatenate([array.ravel() for array in arrays]).tolist()
    return [lesson.training.learning_rate, *numbers]


def layout(lesson: sheetnet.Lesson) -> tuple[object, ...]:
    """What decides where the yellow cells stand."""
    n = lesson.network
    return (n.sizes, n.biases, lesson.inputs.shape, lesson.training.batch, lesson.notation,
            lesson.formulas, lesson.sheets)  # fmt: skip


class Base:
    """An intact workbook: which yellow cell holds which number of its lesson."""

    def __init__(self, path: Path) -> None:
        self.name, self.data = path.name, path.read_bytes()
        self.lesson = sheetnet.read(path)
        numbers = flat(self.lesson)
        assert len(set(numbers)) == len(numbers), "each number tells where it came from"
        found = look(self.data)
        self.cells: dict[tuple[str, int], int] = {}  # (name, cell) -> place in `flat`
        for name in found.names:
            cells = named_cells(found, name)
            if not re.fullmatch(r"w_\d+|inputs|targets|learning_rate", name):
                continue
            assert cells is not None
            for k, value in enumerate(cells):
                self.cells[name, k] = numbers.index(value)
        assert sorted(self.cells.values()) == list(range(len(numbers))), "every number is found"

    def wrong(self, data: bytes, lesson: sheetnet.Lesson) -> tuple[bool, str]:
        """(whether it could be judged, what is wrong with what was read from a damaged file)."""
        if layout(lesson) != layout(self.lesson):
            return False, ""
        got, wrong = flat(lesson), []
        try:
            found = look(data)
        except Exception:  # more than this reader understands
            return False, "" if got == flat(self.lesson) else "nothing can tell, and values differ"
        judged = True
        held: dict[str, list[Any] | None] = {}
        for (name, k), place in self.cells.items():
            if name not in held:
                held[name] = named_cells(found, name)
            cells = held[name]
            there = None if cells is None else cells[k : k + 1]
            if there is None or found.broken:
                judged = False
                known = [flat(self.lesson)[place], *spelled_out(found.broken)]
                if got[place] not in known:
                    wrong.append(f"{name}[{k}] is {got[place]!r}, and nothing can tell")
            elif there == [UNTOLD]:
                judged = False
            elif there != [got[place]]:
                wrong.append(f"{name}[{k}]: read {got[place]!r}, file {there}")
        wrong += self._settings(found, lesson)
        return judged, "; ".join(wrong[:3])

    def _settings(self, found: Found, lesson: sheetnet.Lesson) -> Iterator[str]:
        texts = named_cells(found, "sheetnet_lesson")
        try:
            says = json.loads("".join(texts or []))["lesson"]
            told = (says["title"], says["network"]["loss"], says["training"]["steps"])
        except (ValueError, TypeError, LookupError):
            return
        got = (lesson.title, lesson.network.loss, lesson.training.steps)
        if told != got:
            yield f"settings: read {got}, file {told}"


def two() -> sheetnet.Lesson:
    """2-2-1 with two examples: every number of it another."""
    table = {
        "network": {"sizes": [2, 2, 1], "seed": 3},
        "training": {"learning_rate": 0.5, "steps": 2},
        "data": {"inputs": [[0.11, 0.92], [0.33, -1.5]], "targets": [[0.25], [0.75]]},
    }
    return sheetnet.load(table)


def one() -> sheetnet.Lesson:
    """2-2 with one example, and numbers that are long or small."""
    weights = [[[0.1 + 0.2, -0.2], [1 / 3, 1e-300]]]
    rules = {"activations": "softmax", "loss": "categorical_cross_entropy"}
    table = {
        "network": {"sizes": [2, 2], "weights": weights, "bias": [[0.7, -12.25]], **rules},
        "training": {"steps": 2},
        "data": {"inputs": [[0.1, 0.9]], "targets": [[0.35, 0.4]]},
    }
    return sheetnet.load(table)


def bases(folder: Path) -> list[Path]:
    """Small workbooks of both formats; one as openpyxl saves it, with texts in their cells, a date
    elsewhere, and no cached values."""
    for name, lesson in (("two", two()), ("one", one())):
        for suffix in (".xlsx", ".ods"):
            sheetnet.write(lesson, folder / f"{name}{suffix}")
    book = openpyxl.load_workbook(folder / "two.xlsx")
    book["About"]["F20"] = datetime.datetime(2020, 3, 4, 12)
    book.save(folder / "saved.xlsx")
    return sorted(folder.iterdir())


class TooLongError(BaseException):
    """One file took more than SECONDS; no handler of the reader's may swallow it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Ends what takes too long, where the system has timers."""

    def stop(*_: object) -> None:
        raise TooLongError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def verdict(use: Callable[[Path], Any], path: Path) -> tuple[Any, str]:
    """(the result or None, "" or what went wrong) of using one file."""
    try:
        with limited(SECONDS):
            return use(path), ""
    except sheetnet.SheetnetError as error:
        text = str(error)
        if len(text) < 20 or len(text) > 5000 or str(path) not in text:
            return None, f"a message that does not say enough, or too much: {text[:300]!r}"
        return None, ""
    except TooLongError:
        return None, f"took more than {SECONDS} s"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None, f"{type(error).__name__}: {str(error)[:300]}"


def run(folder: Path, first: int, count: int, checked: bool = False) -> dict[str, Any]:
    """Numbers first … first + count - 1 of the mutations of the workbooks in `folder`."""
    originals = [Base(path) for path in sorted(folder.iterdir()) or bases(folder)]
    tally: Counter[str] = Counter()
    faults: list[list[Any]] = []
    slowest = 0.0
    engine = open_engine("ironcalc") if checked else None
    with tempfile.TemporaryDirectory() as place:
        for number in range(first, first + count):
            chosen, done, data = mutation([base.data for base in originals], number)
            base = originals[chosen]
            path = Path(place, f"mutated{Path(base.name).suffix}")
            path.write_bytes(data)
            started = time.perf_counter()
            lesson, fault = verdict(sheetnet.read, path)
            slowest = max(slowest, time.perf_counter() - started)
            if not fault and lesson is not None:
                judged, fault = base.wrong(data, lesson)
                tally["read" if judged else "read, not judged"] += 1
                tally["read, changed"] += flat(lesson) != flat(base.lesson)
            elif not fault:
                tally["refused"] += 1
            if engine is not None and not fault:
                report, fault = verdict(lambda p: sheetnet.check(p, engine), path)
                tally["checked"] += report is not None
            if fault:
                faults.append([number, base.name, done, fault])
    return {"count": count, **tally, "slowest": round(slowest, 3), "memory": peak(),
            "faults": faults}  # fmt: skip


def peak() -> int:
    """The most memory that this process has held, in MB; 0 where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    place, first, count, *more = sys.argv[1:]
    sys.stdout.write(json.dumps(run(Path(place), int(first), int(count), "--check" in more)))
