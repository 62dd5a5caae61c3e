"""The audit of whole sheets: right ones accepted, slips named, nothing claimed without grounds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter
from support.folders import ROOT

from sheetnet.auditing.audit import Audit, audit
from sheetnet.auditing.book import Book
from sheetnet.cli.main import main
from sheetnet.formulas.columns import column_number
from sheetnet.reading.cell import Cell

GALLERY = sorted((ROOT / "workbooks").glob("*.*s*"))

# One row a step: x, t, w1, b1, w2, b2, then a1, a2, loss, the two deltas.
ROW = {
    "G": "=1/(1+EXP(-(C{r}*$A$1+D{r})))",
    "H": "=1/(1+EXP(-(E{r}*G{r}+F{r})))",
    "I": "=0.5*(H{r}-$A$2)^2",
    "J": "=(H{r}-$A$2)*H{r}*(1-H{r})",
    "K": "=J{r}*E{r}*G{r}*(1-G{r})",
}
NEW = {"C": "=C{p}-$A$3*K{p}*$A$1", "D": "=D{p}-$A$3*K{p}", "E": "=E{p}-$A$3*J{p}*G{p}",
       "F": "=F{p}-$A$3*J{p}"}  # fmt: skip
START = {"C": 0.4, "D": -0.3, "E": 0.8, "F": 0.2}


def sheet(steps: int = 6, **changed: str) -> Book:
    """The net above, with the formulas of some columns (or single cells) replaced."""
    cells: dict[tuple[int, int], Cell] = {}

    def put(name: str, row: int, held: str | float) -> None:
        text = changed.get(f"{name}{row}", held)
        place = row - 1, column_number(name)
        if isinstance(text, str):
            cells[place] = Cell(text[1:], None, "empty")
        else:
            cells[place] = Cell(None, text, "number")

    for row, value in enumerate((0.7, 0.9, 0.5), start=1):
        put("A", row, value)
    for step in range(steps + 1):
        row = 8 + step
        for name, start in START.items():
            made = changed.get(name, NEW[name]).format(p=row - 1)
            put(name, row, start if step == 0 else made)
        for name, made in ROW.items():
            put(name, row, changed.get(name, made).format(r=row))
    return Book({"Net": cells})


def verdict(found: Audit) -> tuple[str, str, str]:
    """Verdict, first wrong cell, likely formula."""
    for training in found.trainings:
        for finding in training.findings:
            likely = ""
            if finding.cause is not None:
                likely = found.book.shown(finding.cause.tree, finding.cause.place)
            return found.verdict, found.book.name(finding.cell, 0), likely
    return found.verdict, "", ""


def test_a_right_sheet_is_right() -> None:
    found = audit(sheet())
    (training,) = found.trainings
    assert found.verdict == "right"
    assert training.judgement.rate == pytest.approx(0.5, rel=1e-12)
    assert found.book.name(training.judgement.rate_cell or (0, 0, 0), 0) == "A3"  # type: ignore[arg-type]
    assert training.judgement.loss.name == "Net!I8"
    assert len(training.judgement.steps) == 6


SLIPS = [
    ({"K": "=J{r}*E{r}*H{r}*(1-H{r})"}, "C9", "=J8*E8*G8*(1-G8)"),
    ({"K": "=J{r}*E{r}"}, "C9", "=J8*E8*(G8*(1-G8))"),
    ({"K": "=J{r}*E{r}*G{r}*1-G{r}"}, "C9", "=J8*E8*G8*(1-G8)"),
    ({"C": "=C{p}+$A$3*K{p}*$A$1"}, "C9", "=C8-$A$3*K8*$A$1"),
    ({"E": "=E{p}-$A$3*J{p}*H{p}"}, "E9", "=E8-$A$3*J8*G8"),
    ({"F": "=F{p}-J{p}"}, "F9", "=F8-$A$3*J8"),
    ({"E11": "=E10-$A$4*J10*G10"}, "E11", "=E10-$A$3*J10*G10"),
]  # fmt: skip


@pytest.mark.parametrize(("slip", "cell", "likely"), SLIPS)
def test_a_slip_is_named_with_the_formula_that_is_due(
    slip: dict[str, str], cell: str, likely: str
) -> None:
    assert verdict(audit(sheet(**slip))) == ("wrong", cell, likely)


def test_a_rate_that_is_forgotten_from_the_second_step_on_is_missed() -> None:
    """As on the second sheet of the .ods that comes with one of the documents."""
    bare = {f"{name}{row}": made.format(p=row - 1).replace("$A$3*", "")
            for name, made in NEW.items() for row in range(10, 15)}  # fmt: skip
    bare["C9"] = "=C8-$A$4*K8*$A$1"
    found = audit(sheet(**bare))
    assert verdict(found) == ("wrong", "C9", "=C8-$A$3*K8*$A$1")
    assert found.trainings[0].findings[0].later == 5


def test_a_rate_that_a_column_schedules_is_right() -> None:
    rates = {f"L{row}": 0.5 / (row - 7) for row in range(8, 15)}
    made = {f"{name}{row}": text.format(p=row - 1).replace("$A$3", f"L{row - 1}")
            for name, text in NEW.items() for row in range(9, 15)}  # fmt: skip
    book = sheet(**made)
    cells = dict(book.sheets["Net"])
    for name, value in rates.items():
        cells[int(name[1:]) - 1, 11] = Cell(None, value, "number")
    assert audit(Book({"Net": cells})).verdict == "right"


def test_a_value_typed_over_a_formula_is_found() -> None:
    book = sheet()
    cells = dict(book.sheets["Net"])
    cells[10, column_number("E")] = Cell(None, 0.75, "number")
    assert verdict(audit(Book({"Net": cells})))[:2] == ("wrong", "E11")


def test_sums_that_train_nothing_get_no_verdict() -> None:
    cells = {(row, 0): Cell(f"A{row}+B{row}", None, "empty") for row in range(1, 30)}
    cells[0, 0] = Cell(None, 1.0, "number")
    cells |= {(row, 1): Cell(None, float(row), "number") for row in range(30)}
    found = audit(Book({"Sums": cells}))
    assert found.verdict == "could not tell" and found.looked


SMALL = [path for path in GALLERY if path.stem in ("mazur", "one-neuron-chain", "question-bias")]


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.name)
def test_our_own_workbooks_are_right(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(path), "--json", "--steps", "5"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] == "right" and said["trainings"][0]["learning_rate"] > 0


def test_the_command_says_what_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.xlsx").write_text("no workbook")
    assert main(["audit", str(tmp_path / "a.xlsx")]) == 2
    assert "a.xlsx" in capsys.readouterr().err
    assert main(["audit", str(SMALL[0]), "--loss", "Nowhere!A1"]) == 2
    assert "expected one like" in capsys.readouterr().err


def test_a_finding_in_a_file_is_confirmed_by_a_second_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "homework.xlsx"
    written = xlsxwriter.Workbook(str(path))
    page = written.add_worksheet("Net")
    for (row, column), cell in sheet(K="=J{r}*E{r}*H{r}*(1-H{r})").sheets["Net"].items():
        if cell.formula is None:
            page.write_number(row, column, float(cell.value or 0))
        else:
            page.write_formula(row, column, f"={cell.formula}")
    written.close()
    assert main(["audit", str(path), "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["trainings"][0]["findings"]
    assert finding["confirmed"] is True
    assert (finding["culprit"], finding["likely_formula"]) == ("Net!K8", "=J8*E8*G8*(1-G8)")
    assert main(["audit", str(path)]) == 1
    said = capsys.readouterr().out
    assert "WRONG from the first step: the update of Net!C9" in said
    assert "Confirmed by ironcalc" in said and "Nothing in the file was changed" in said
    assert main(["audit", str(path), str(SMALL[0])]) == 1  # a table of several
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in table[1:]] == ["wrong", "right"]
