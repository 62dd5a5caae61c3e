"""What a written workbook holds: NumPy's values to the bit, and the same bytes every day."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from support import raw
from support.folders import ROOT, TESTS
from support.lessons import FORMATS, KINDS, LESSONS, demo, lesson, written

from sheetnet.core.functions import Array
from sheetnet.lessons import Lesson, train, train_step
from sheetnet.sheets.model import Block
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached
from sheetnet.workbooks.write import write

formats = pytest.mark.parametrize("suffix", FORMATS)
Readers = dict[str, Callable[[Path], dict[str, dict[tuple[int, int], object]]]]


# --- values --------------------------------------------------------------------------------------


def same_bits(found: object, wanted: object) -> bool:
    """Whether two numbers are one and the same double: -0.0 is not 0.0."""
    return np.float64(found).tobytes() == np.float64(wanted).tobytes()


@pytest.mark.parametrize("name", LESSONS)
@formats
def test_every_cell_holds_what_numpy_computed(name: str, suffix: str, tmp_path: Path) -> None:
    """Formula cells and typed ones, all digits, each where its name says."""
    made = LESSONS[name]
    path = written(made, tmp_path, suffix)
    book = build(made)
    values, found = cached(made, book), raw.cells(path)
    formulas = 0
    for block in book.blocks():
        here = found[block.area.sheet]
        for (row, column), value in np.ndenumerate(values[block.name]):
            cell = here.pop((block.area.row + row, block.area.column + column))
            assert same_bits(cell.digits, value), (block.name, row, column)
            assert (cell.formula is None) == (row < block.typed_rows), (block.name, row, column)
            formulas += cell.formula is not None
    assert formulas > 0
    rest = [cell for cells in found.values() for cell in cells.values()]
    assert all(cell.text is not None and cell.formula is None for cell in rest)


@formats
def test_write_returns_the_number_of_formulas(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    count = write(lesson(), path)
    found = [cell for cells in raw.cells(path).values() for cell in cells.values()]
    assert count == sum(cell.formula is not None for cell in found)


def _with_bias(lesson: Lesson, weights: Array, bias: Array) -> Array:
    both = np.concatenate([weights, bias[..., None]], axis=-1)
    return both[..., :-1] if lesson.network.biases == "none" else both


def from_core(lesson: Lesson) -> dict[str, Array]:
    """Block name -> its numbers by `train` and `train_step` alone; not every block is there."""
    run, trace = train(lesson, record=True), train_step(lesson)
    found: dict[str, Array] = {"loss": np.array(trace.loss), "Training_loss": run.losses}
    found["first_loss"], found["last_loss"] = run.losses[0], run.losses[-1]
    found["Training_a_0"], found["a_0_row"] = run.a[0], trace.a[0]
    for n in range(1, lesson.network.layers + 1):
        found[f"Training_W_{n}"] = _with_bias(lesson, run.weights[n - 1], run.bias[n - 1])
        found[f"Training_z_{n}"], found[f"Training_a_{n}"] = run.z[n - 1], run.a[n]
        found[f"Training_delta_{n}"] = run.delta[n - 1]
        found[f"z_{n}"], found[f"a_{n}"] = trace.z[n - 1].T, trace.a[n].T
        found[f"a_{n}_row"] = found[f"top_a_{n}"] = trace.a[n]
        found[f"error_{n}"], found[f"slope_{n}"] = trace.dE_da[n - 1].T, trace.slope[n - 1].T
        found[f"delta_{n}"] = trace.delta[n - 1].T
        found[f"dW_{n}"] = _with_bias(lesson, trace.dW[n - 1], trace.db[n - 1])
        old = _with_bias(lesson, lesson.network.weights[n - 1], lesson.network.bias[n - 1])
        found[f"W_{n}"] = found[f"Step_W_{n}"] = old
        new = trace.network.weights[n - 1], trace.network.bias[n - 1]
        found[f"W_{n}_new"] = _with_bias(lesson, *new)
    return found


def _by_openpyxl(path: Path) -> dict[str, dict[tuple[int, int], object]]:
    book = openpyxl.load_workbook(path, data_only=True)
    return {
        sheet.title: {(c.row - 1, c.column - 1): c.value for row in sheet for c in row}
        for sheet in book
    }


def _by_calamine(path: Path) -> dict[str, dict[tuple[int, int], object]]:
    book = CalamineWorkbook.from_path(path)
    found: dict[str, dict[tuple[int, int], object]] = {}
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        found[name] = {(r, c): v for r, row in enumerate(rows) for c, v in enumerate(row)}
    return found

READERS: Readers = {".xlsx": _by_openpyxl, ".ods": _by_calamine}


def grid(block: Block, found: dict[str, dict[tuple[int, int], object]]) -> Array:
    """A block's numbers as an independent reader gives them, shape (rows, columns)."""
    area, here = block.area, found[block.area.sheet]
    return np.array(
        [
            [here[area.row + r, area.column + c] for c in range(area.columns)]
            for r in range(area.rows)
        ],
        dtype=float,
    )


@pytest.mark.parametrize("name", LESSONS)
@formats
def test_an_independent_reader_finds_a_training_of_its_own(
    name: str, suffix: str, tmp_path: Path
) -> None:
    """openpyxl and calamine against `train` and `train_step`, without sheetnet's own values.

    The document's network agrees bit for bit. Elsewhere core sums many steps in one matmul when
    it fills a workbook, and one step at a time when it trains: sums of up to ten products, which
    may round differently by 4 parts in 1e15 of the largest.
    """
    made = LESSONS[name]
    found = READERS[suffix](written(made, tmp_path, suffix))
    wanted = from_core(made)
    compared = 0
    for block in build(made).blocks():
        if block.name not in wanted:
            continue
        own = wanted[block.name].reshape(block.area.rows, block.area.columns)
        got = grid(block, found)
        if name == "demo":
            assert got.tobytes() == own.tobytes(), block.name
        else:
            assert np.max(np.abs(got - own)) <= 4e-15 * max(np.max(np.abs(own)), 1e-300), block.name
        compared += got.size
    assert compared > 0


@formats
def test_that_comparison_would_find_one_changed_bit(suffix: str, tmp_path: Path) -> None:
    path = written(demo(), tmp_path, suffix)
    area = build(demo()).names()["Training_a_2"]
    value = raw.cells(path)["Training"][area.row + 3, area.column].digits
    assert value is not None
    wrong = repr(float(np.nextafter(float(value), 1)))
    raw.set_cells(path, "Training", {(area.row + 3, area.column): ("number", wrong)})
    got = READERS[suffix](path)["Training"][area.row + 3, area.column]
    assert not same_bits(got, value)


HARD = [0.1 + 0.2, 1 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e308, -0.0,
        0.0, 1e15, 1e16, 123456789012345678.0, 1e22, 1e23, -1e-5, 4.35, 2.675]  # fmt: skip


@formats
def test_numbers_keep_every_bit(suffix: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    bits = rng.integers(0, 2**63, 4000, dtype=np.int64) * rng.choice([1, -1], 4000)
    numbers = bits.view(np.float64)
    numbers = np.concatenate([HARD, numbers[np.isfinite(numbers)]])[:4000]
    made = lesson((len(numbers), 1), steps=0, rate=1e-300)
    network = made.network.with_parameters([np.zeros((1, len(numbers)))], [np.zeros(1)])
    made = replace(made, network=network, inputs=numbers[None])
    path = written(made, tmp_path, suffix)
    area = build(made).names()["inputs"]
    assert area.columns == len(numbers) > 3500
    found, other = raw.cells(path)[area.sheet], READERS[suffix](path)[area.sheet]
    for offset, number in enumerate(numbers):
        at = (area.row, area.column + offset)
        assert same_bits(found[at].digits, number), number
        assert other[at] == number


# --- the same bytes ------------------------------------------------------------------------------

_TOMORROW = """
import datetime, os, sys, time
real = time.time
class Later(datetime.datetime):
    @classmethod
    def now(cls, tz=None): return cls(2031, 5, 17, 3, 4, 5, tzinfo=tz)
    @classmethod
    def utcnow(cls): return cls(2031, 5, 17, 3, 4, 5)
    @classmethod
    def today(cls): return cls(2031, 5, 17, 3, 4, 5)
datetime.datetime = Later
time.time = lambda: real() + 3e8
local = time.localtime
time.localtime = lambda seconds=None: local(time.time() if seconds is None else seconds)
sys.path.insert(0, sys.argv[1])
from support import lessons
from sheetnet.workbooks.write import write
for name, made in lessons.KINDS.items():
    for suffix in lessons.FORMATS:
        write(made, os.path.join(sys.argv[2], name + suffix))
"""


def test_the_same_lesson_gives_the_same_bytes_on_another_day(tmp_path: Path) -> None:
    """Also in another process, where texts hash otherwise, in another time zone and language."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    subprocess.run(
        [sys.executable, "-c", _TOMORROW, str(TESTS), str(there)],
        check=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "3", "TZ": "Pacific/Auckland", "USER": "somebody"},
    )
    for name, made in KINDS.items():
        for suffix in FORMATS:
            own = written(made, here, suffix, name)
            other = there / own.name
            for part, data in raw.parts(own).items():
                assert data == raw.parts(other)[part], (name, suffix, part)
            assert own.read_bytes() == other.read_bytes()


@formats
def test_no_file_says_when_or_by_whom_it_was_made(suffix: str, tmp_path: Path) -> None:
    for data in raw.parts(written(demo(), tmp_path, suffix)).values():
        assert time.strftime("%Y-%m-%d").encode() not in data
        assert str(Path.home()).encode() not in data or str(Path.home()) == "/"
