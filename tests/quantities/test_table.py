"""The table of quantities: every rule and every formula is planted wrong, and must be noticed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from support.lessons import lesson

import sheetnet
from sheetnet.checking.report import Report
from sheetnet.core.functions import ACTIVATIONS
from sheetnet.engines import Engine
from sheetnet.formulas.columns import column_number
from sheetnet.formulas.spelling import ACTIVATIONS as SPELLED
from sheetnet.lessons import Lesson
from sheetnet.quantities.evaluation import Quantities
from sheetnet.quantities.table import QUANTITIES, RULES
from sheetnet.sheets.model import Block, Workbook
from sheetnet.workbooks import size
from sheetnet.workbooks.build import build

# Enough lessons to show every row: documents differ in the equations that they write.
LESSONS: dict[str, Lesson] = {
    "rows": lesson((2, 2, 2)),
    "columns": replace(lesson((2, 3, 2)), notation="four-layer-tutorial"),
    "matrices": replace(lesson((3, 3, 3)), notation="matrices-3-3-3-3"),
    "cases": replace(lesson((2, 2, 2), examples=2), notation="four-layer-tutorial"),
    "softmax": lesson((2, 2), "softmax", "categorical_cross_entropy"),
    "online": lesson((2, 2, 2), examples=3, batch="online"),
}


def base(quantity: str) -> str:
    """The row of a block's quantity: "W_1_new" is of "W_new"."""
    name = quantity.removesuffix("_new")
    head, _, layer = name.rpartition("_")
    head = head if head and layer.isdigit() else name
    return f"{head}_new" if name != quantity else head


@cache
def shown(name: str) -> frozenset[str]:
    blocks = build(LESSONS[name]).blocks()
    rows = {base(q) for block in blocks for q in (block.by or block.quantity, block.carries) if q}
    return frozenset(rows & QUANTITIES.keys())


def lesson_with(row: str) -> str:
    if row == "targets":  # elsewhere they are typed, or copied
        return "online"
    return next((name for name in LESSONS if row in shown(name)), "")


def test_every_row_stands_on_some_sheet() -> None:
    assert not {row for row in QUANTITIES if not lesson_with(row)}


ROWS = [row for row in QUANTITIES if row != "next_step"]


@pytest.mark.parametrize("row", ROWS)
def test_a_wrong_rule_is_noticed(
    row: str, tmp_path: Path, ironcalc: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = lesson_with(row)
    path = tmp_path / "net.xlsx"
    sheetnet.write(LESSONS[name], path)
    right = RULES[row]
    monkeypatch.setitem(RULES, row, lambda q, l: right(q, l) * (1 + 1e-9) + 1e-9)
    report = sheetnet.check(path, ironcalc)
    assert row in rows_of(name, report)


@pytest.mark.parametrize("row", ROWS)
def test_a_wrong_formula_is_noticed(
    row: str, tmp_path: Path, ironcalc: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same wrong formula in the file and in the check's expectation: only the value tells."""
    name = lesson_with(row)
    real = size.build

    def bent(made: Lesson) -> Workbook:
        book = real(made)
        sheets = (replace(s, blocks=[_bent(b, row) for b in s.blocks]) for s in book.sheets)
        return replace(book, sheets=tuple(sheets))

    monkeypatch.setattr(size, "build", bent)
    path = tmp_path / "net.xlsx"
    sheetnet.write(LESSONS[name], path)
    report = sheetnet.check(path, ironcalc)
    assert report.mismatches and {wrong.why for wrong in report.mismatches} == {"value"}
    assert row in rows_of(name, report)


def _bent(block: Block, row: str) -> Block:
    if block.formula is None or base(block.carries or block.by or block.quantity) != row:
        return block
    right = block.formula
    return replace(block, formula=lambda i, j: right(i, j) * (1 + 1e-9) + 1e-9)


def rows_of(name: str, report: Report) -> set[str]:
    """The rows of the table whose cells a report names."""
    found = set()
    for wrong in report.mismatches:
        sheet, _, place = wrong.cell.rpartition("!")
        letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", place).groups()  # type: ignore[union-attr]
        row, column = int(digits) - 1, column_number(letters)
        for block in build(LESSONS[name]).blocks():
            area = block.area
            if (
                area.sheet == sheet
                and area.row <= row < area.row + area.rows
                and area.column <= column < area.column + area.columns
            ):
                found.add(base(block.carries or block.by or block.quantity))
    return found


def test_a_rule_that_asks_for_what_no_formula_reads_fails_loudly() -> None:
    made = LESSONS["rows"]
    given = {"a_0": made.inputs}
    with pytest.raises(LookupError, match="weights_1 follows from none of a_0"):
        Quantities(made, RULES, given)["z", 1]


def test_parts_and_wholes_follow_from_one_another() -> None:
    made = LESSONS["rows"]
    whole = np.arange(6.0).reshape(2, 3)
    q = Quantities(made, RULES, {"W_1": whole})
    assert q["weights", 1].tolist() == whole[:, :2].tolist()
    assert q["bias", 1].tolist() == [whole[:, 2].tolist()]
    back = Quantities(made, RULES, {"weights_1": q["weights", 1], "bias_1": q["bias", 1]})
    assert back["W", 1].tolist() == whole.tolist()


def test_both_spellings_say_what_a_slope_is_made_of() -> None:
    assert {n: row.slope_of for n, row in ACTIVATIONS.items() if row.elementwise} == {
        n: row.slope_of for n, row in SPELLED.items() if row.slope is not None
    }


def rows_with_a_formula() -> Iterator[Callable[..., object]]:
    return (row.tree for row in QUANTITIES.values() if row.tree is not None)


def test_the_two_spellings_share_no_code() -> None:
    room = "sheetnet.quantities."
    spelled = {tree.__module__.removeprefix(room) for tree in rows_with_a_formula()}
    computed = {rule.__module__.removeprefix(room) for rule in RULES.values()}
    assert spelled == {"trees", "update_trees"}
    assert computed == {"arrays", "batch_arrays", "update_arrays"}
