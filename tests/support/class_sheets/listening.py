"""What `sheetnet audit` says of a file, in the words of the judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sheetnet.auditing.audit import audit
from sheetnet.auditing.files import open_book
from sheetnet.auditing.report import program
from tests.support.class_sheets.book import Cell
from tests.support.class_sheets.evaluate import place
from tests.support.class_sheets.judge import Said


def hear(path: Path) -> Said:
    """Audit a file in this process."""
    return understood(program(audit(open_book(path)), path.name))


def cell(text: str, sheet: str = "") -> Cell:
    """A cell of the report: Sheet1!G34, 'Step 2'!B3."""
    home, _, a1 = text.rpartition("!")
    return Cell(home.strip("'") or sheet, *place(a1))


def understood(report: dict[str, Any]) -> Said:
    """The report as `audit --json` prints it."""
    trainings = report["trainings"]
    notes = tuple(report["notes"]) + tuple(note for one in trainings for note in one["notes"])
    verdict = {"could not tell": "unclear"}.get(report["verdict"], report["verdict"])
    for training in trainings:
        if training["verdict"] != "wrong":
            continue
        first = training["findings"][0]
        named = [first["cell"], *first["likewise"], *filter(None, [first["culprit"]])]
        repair = None
        if first["likely_formula"]:
            repair = cell(first["culprit"], training["sheet"]), first["likely_formula"]
        cells = tuple(cell(text, training["sheet"]) for text in named)
        return Said(verdict, cells, first["kind"] or "", repair, notes)
    return Said(verdict, notes=notes)
