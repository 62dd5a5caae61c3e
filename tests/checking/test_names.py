"""Names that no longer mark their blocks are named, in every format and engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.checked import Written, both_formats
from support.libreoffice import LibreOffice
from support.planting import At, redirect, type_number

import sheetnet
from sheetnet.engines import Engine
from sheetnet.engines.ironcalc import IronCalc

# lesson, name, the block it is redirected to, and which part of that
TO_BLOCKS = [
    ("reference", "learning_rate", "Training_a_1", (0, 0, 1, 1)),
    ("reference", "learning_rate", "first_loss", (0, 0, 1, 1)),
    ("reference", "inputs", "targets", (0, 0, 1, 2)),
    ("reference", "inputs", "Training_a_2", (3, 0, 1, 2)),
    ("reference", "W_1", "W_2", (0, 0, 1, 6)),
    ("reference", "W_1", "Training_W_1", (1, 0, 1, 6)),
    ("online", "targets", "inputs", (0, 0, 3, 2)),
    ("matrices", "W_1", "W_2", (0, 0, 3, 4)),
]


@both_formats
@pytest.mark.parametrize(("lesson", "name", "block", "where"), TO_BLOCKS)
def test_a_name_redirected_to_another_block_is_named(
    lesson: str,
    name: str,
    block: str,
    where: tuple[int, int, int, int],
    suffix: str,
    fresh: Callable[[str], Written],
    ironcalc: IronCalc,
    tmp_path: Path,
) -> None:
    written = fresh(lesson)
    path = written.copy(suffix, tmp_path)
    target = written.workbook.names()[block].part(*where)
    redirect(path, name, target)
    report = sheetnet.check(path, ironcalc)
    assert not report.ok
    found = [each for each in report.mismatches if each.why == "name"]
    assert name in {each.name for each in found}
    assert At(target.sheet, target.row, target.column).a1 in report.to_text()
    assert "All agree" not in report.to_text()


@both_formats
def test_a_rate_redirected_to_a_free_cell_is_named_with_the_cell_at_its_heading(
    suffix: str, fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    """Typing into the visible rate then does nothing."""
    written = fresh("reference")
    path = written.copy(suffix, tmp_path)
    own = written.workbook.names()["learning_rate"]
    # a number of ours that is no block's: step 0 of the column of steps has one beside it
    number = written.workbook.names()["step_shown"]
    redirect(path, "learning_rate", number)
    type_number(path, At(number.sheet, number.row, number.column), 1)
    report = sheetnet.check(path, engine)
    (found,) = [each for each in report.mismatches if each.why == "name"]
    assert found.name == "learning_rate"
    assert found.cell == str(At(number.sheet, number.row, number.column))
    assert At(own.sheet, own.row, own.column).a1 in found.detail


@both_formats
def test_a_rate_that_was_cut_and_pasted_is_no_mistake(
    suffix: str,
    fresh: Callable[[str], Written],
    libreoffice: LibreOffice,
    ironcalc: IronCalc,
    tmp_path: Path,
) -> None:
    """Its name goes along; what stands under the heading is empty."""
    written = fresh("reference")
    path = tmp_path / f"cut{suffix}"
    own = written.workbook.names()["learning_rate"]
    libreoffice.edit(
        written.files[suffix],
        [("move_range", own.sheet, (own.row, own.column, own.row, own.column), own.sheet, 30, 1)],
        path,
    )
    assert sheetnet.check(path, ironcalc).mismatches == ()
