"""A mistake filled down a column is one finding for people; JSON lists every cell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
from support.checked import Written, both_formats, mistakes, reference
from support.planting import At, formula_at, plant, type_number

import sheetnet
from sheetnet.checking.findings import Mismatch, findings
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.formulas.translate import shift
from sheetnet.workbooks.build import build


def column(name: str, first: int, last: int, block_row: int) -> list[At]:
    area = build(reference(steps=40)).names()[name]
    return [At(area.sheet, area.row + block_row + k, area.column) for k in range(last - first)]


@both_formats
def test_a_mistake_filled_down_is_one_finding(
    suffix: str, ironcalc: IronCalc, tmp_path: Path
) -> None:
    path = tmp_path / f"net{suffix}"
    plain = tmp_path / "plain.xlsx"
    for target in (path, plain):
        sheetnet.write(reference(steps=40), target)
    cells = column("Training_W_2", 3, 40, 3)
    for at in cells:
        right = formula_at(plain, at)
        plant(path, at, right.replace("-learning_rate", "+learning_rate"))
    report = sheetnet.check(path, ironcalc)
    wrong = mistakes(report)
    assert [each.cell for each in wrong] == [str(at) for at in cells]
    text = report.to_text()
    assert f"(37 cells, from {cells[0].a1} down to {cells[-1].a1})" in text
    assert text.count("formula changed") == 1 and "more (--json" not in text
    listed = json.loads(report.to_json())["mismatches"]
    assert len([each for each in listed if each["why"] == "formula changed"]) == 37


@both_formats
def test_two_different_mistakes_below_one_another_are_two_findings(
    suffix: str, fresh: Callable[[str], Written], ironcalc: IronCalc, tmp_path: Path
) -> None:
    written = fresh("reference")
    path = written.copy(suffix, tmp_path)
    for row, wrong in ((1, "1"), (2, "2"), (3, "2"), (5, "2")):
        at = written.at("Training_W_2", row, 0)
        plant(path, at, f"{formula_at(written.files['.xlsx'], at)}*{wrong}")
    at = written.at("Training_W_2", 6, 0)
    type_number(path, at, 0.5)
    text = sheetnet.check(path, ironcalc).to_text()
    assert text.count(": formula changed") == 4
    assert "(2 cells, from V9 down to V10)" in text


def mismatch(cell: str, formula: str = "", why: str = "value", detail: str = "") -> Mismatch:
    return Mismatch(cell, "x", formula, 1.0, 2.0, why, detail=detail)  # type: ignore[arg-type]


def test_what_is_joined() -> None:
    """(formulas of cells below one another, how many findings)"""
    for cells, count in (
        (["A1", "A2", "A3"], 1),
        (["A1", "A3"], 2),
        (["A1", "B2"], 2),
        (["A2", "A1"], 2),
        (["A9", "A10", "A11"], 1),
    ):
        row = {cell: int(re.sub(r"\D", "", cell)) for cell in cells}
        made = [mismatch(f"S!{cell}", f"=B{row[cell]}+$C$1") for cell in cells]
        assert len(findings(made, "xlsx")) == count, cells
    fixed = [mismatch("S!A1", "=B1"), mismatch("S!A2", "=B1")]
    assert len(findings(fixed, "xlsx")) == 2, "the second is not the first filled down"
    kinds = [mismatch("S!A1", why="value"), mismatch("S!A2", why="error")]
    assert len(findings(kinds, "xlsx")) == 2
    sheets = [mismatch("S!A1"), mismatch("T!A2")]
    assert len(findings(sheets, "xlsx")) == 2
    assert findings([], "xlsx") == []
    open_formula = [mismatch(f"S!A{k}", f"=[.B{k}]+[.$C$1]") for k in (1, 2, 3)]
    assert len(findings(open_formula, "openformula")) == 1
    assert shift("B1+$C$1", "xlsx", 1, 0) == "B2+$C$1"


def test_a_workbook_turned_to_values_is_told_in_one_sentence(
    fresh: Callable[[str], Written], ironcalc: IronCalc, tmp_path: Path
) -> None:
    written = fresh("reference")
    source, path = written.files[".xlsx"], tmp_path / "values.xlsx"
    book = openpyxl.load_workbook(source, data_only=True)
    book.save(path)
    report = sheetnet.check(path, ironcalc)
    assert len(report.mismatches) == report.formulas
    text = report.to_text()
    assert f"None of its {report.formulas:,} formulas is live any more" in text
    assert len(text.splitlines()) == 2
    assert len(json.loads(report.to_json())["mismatches"]) == report.formulas
