"""What is no mistake: edited yellow cells, false cached values, any step chosen to be shown."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from support.checked import (
    SUFFIXES,
    Written,
    approximately,
    both_formats,
    mistakes,
    reference,
)
from support.planting import At, clear, falsify, plant, type_number

import sheetnet
from sheetnet.engines import Engine
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.errors import FileError
from sheetnet.workbooks.build import build


@both_formats
def test_a_yellow_cell_may_be_changed(
    suffix: str, fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    written = fresh("reference")
    path = written.copy(suffix, tmp_path)
    before = sheetnet.check(path, engine)
    for name, row, column, number in (
        ("W_1", 0, 1, 0.75),
        ("W_2", 0, 5, -1.5),
        ("inputs", 0, 0, 0.35),
        ("targets", 0, 1, 0.9),
        ("learning_rate", 0, 0, 1.25),
    ):
        type_number(path, written.at(name, row, column), number)
    plant(path, written.at("W_1", 0, 0), "1/3")
    report = sheetnet.check(path, engine)
    assert mistakes(report) == ()
    assert report.max_abs < 1e-14 < abs(report.losses[1] - before.losses[1])


def test_a_yellow_cell_that_openpyxl_emptied_is_refused(
    fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    """It stays in the file as a number without a value, which ironcalc takes for 0."""
    written = fresh("reference")
    path, at = written.copy(".xlsx", tmp_path), written.at("W_1", 0, 0)
    book = openpyxl.load_workbook(path)
    book[at.sheet][at.a1] = None
    book.save(path)
    with pytest.raises(FileError, match=f"{at} is empty"):
        sheetnet.check(path, engine)


@both_formats
@pytest.mark.parametrize("name", ["online", "matrices"])
def test_a_yellow_cell_of_a_table_may_be_changed(
    name: str, suffix: str, fresh: Callable[[str], Written], ironcalc: IronCalc, tmp_path: Path
) -> None:
    written = fresh(name)
    path = written.copy(suffix, tmp_path)
    before = sheetnet.check(path, ironcalc)
    for block, row, column in (("inputs", 0, 1), ("targets", 1, 1), ("W_1", 0, 1)):
        type_number(path, written.at(block, row, column), 0.375)
    plant(path, written.at("learning_rate", 0, 0), "2/3")
    report = sheetnet.check(path, ironcalc)
    assert mistakes(report) == ()
    assert report.losses[1] != before.losses[1]


@both_formats
@pytest.mark.parametrize("name", ["reference", "online"])
def test_cached_values_are_not_trusted(
    name: str, suffix: str, fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    path = fresh(name).copy(suffix, tmp_path)
    right = sheetnet.check(path, engine)
    assert falsify(path, "123") == right.formulas
    report = sheetnet.check(path, engine)
    assert mistakes(report) == ()
    assert (report.max_abs, report.losses) == (right.max_abs, right.losses)


@pytest.fixture(scope="session")
def ten_steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    files = {s: tmp_path_factory.mktemp("ten") / f"ten{s}" for s in SUFFIXES}
    for file in files.values():
        sheetnet.write(reference(steps=10), file)
    return files


def choose(path: Path, step: str, folder: Path) -> Path:
    target = Path(shutil.copy(path, folder))
    area = build(reference(steps=10)).names()["step_shown"]
    type_number(target, At(area.sheet, area.row, area.column), step)
    return target


@both_formats
@pytest.mark.parametrize("step", ["7", "10"])
def test_any_step_may_be_shown(
    step: str, suffix: str, ten_steps: dict[str, Path], engine: Engine, tmp_path: Path
) -> None:
    path = choose(ten_steps[suffix], step, tmp_path)
    report = sheetnet.check(path, engine)
    assert mistakes(report) == ()
    assert report.max_abs < 1e-14
    area = build(reference(steps=10)).names()["loss"]
    shown = engine.recalculate(path)[area.sheet][area.row, area.column]
    assert shown == approximately(sheetnet.train(reference(), 10).losses[int(step)])


# LibreOffice and ironcalc take INDEX(range, 0) for the range's cell in the formula's own row: a
# number, and no number of any step.
@both_formats
@pytest.mark.parametrize("step", ["11", "-1", "1e300"])
def test_a_step_that_is_not_there_is_reported_where_step_takes_it_over(
    step: str, suffix: str, ten_steps: dict[str, Path], engine: Engine, tmp_path: Path
) -> None:
    report = sheetnet.check(choose(ten_steps[suffix], step, tmp_path), engine)
    names = build(reference(steps=10)).names()
    taken = [names[name] for name in ("a_0_row", "Step_W_1", "Step_W_2", "Step_targets")]
    assert {each.cell for each in mistakes(report)} == {
        str(At(a.sheet, a.row + r, a.column + c))
        for a in taken
        for r in range(a.rows)
        for c in range(a.columns)
    }
    assert {each.expected for each in mistakes(report)} == {None}
    if step != "-1":
        assert {each.why for each in mistakes(report)} == {"error"}
    json.loads(report.to_json(), parse_constant=pytest.fail)


@both_formats
def test_no_step_chosen_is_step_0(
    suffix: str, ten_steps: dict[str, Path], ironcalc: IronCalc, tmp_path: Path
) -> None:
    path = choose(ten_steps[suffix], "3", tmp_path)
    names = build(reference(steps=10)).names()
    clear(path, At("Step", names["step_shown"].row, names["step_shown"].column))
    assert mistakes(sheetnet.check(path, ironcalc)) == ()
    taken = names["Step_W_1"]
    wrong = At(taken.sheet, taken.row, taken.column)
    type_number(path, wrong, 0.125)
    (found,) = mistakes(sheetnet.check(path, ironcalc))
    assert (found.cell, found.expected, found.got) == (str(wrong), 0.5, 0.125)
