"""One case held against what an audit said of it, and the table of many.

A cell is right if the first finding names a planted one. A cause is right if its kind fits the
slip and the formula proposed comes to the same as the due one whatever numbers the sheet holds.
A slip in the forward pass is as well one of the backward pass, and an optimiser's rule is not
judged by derivatives: of those, only the verdict counts.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.support.class_sheets.book import Book, Cell
from tests.support.class_sheets.cases import Case
from tests.support.class_sheets.evaluate import NoValue, Sheets

ONLY_VERDICT = {"forward", "no square", "no correction", "no root"}


@dataclass(frozen=True)
class Said:
    """What an audit said: right, wrong or unclear; the first finding's cells, cause and repair."""

    verdict: str
    cells: tuple[Cell, ...] = ()
    cause: str = ""
    repair: tuple[Cell, str] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mark:
    """How well that fits the truth; None where it does not count."""

    verdict: bool
    accused: bool
    cell: bool | None = None
    cause: bool | None = None


def same_formula(book: Book, cell: Cell, one: str, two: str) -> bool:
    """Whether two formulas in a cell come to the same, also with all numbers a little moved."""
    pick = random.Random(5)
    numbers = [c for c, content in book.cells.items() if isinstance(content, float)]
    for moved in (False, True, True):
        instead = {
            c: float(book.cells[c]) * (1 + (pick.uniform(-0.2, 0.2) if moved else 0))
            for c in numbers
            if c != cell
        }
        values = []
        for text in (one, two):
            copy = book.copy()
            copy.cells[cell] = text
            try:
                values.append(Sheets(copy, instead).filled(cell))
            except (NoValue, AssertionError, KeyError, RecursionError):
                return False
        if abs(values[0] - values[1]) > 1e-9 * max(map(abs, values)) + 1e-15:
            return False
    return True


def mark(case: Case, said: Said) -> Mark:
    """Hold what was said against the truth."""
    truth = case.truth
    if truth.verdict == "right":
        return Mark(said.verdict == "right", accused=said.verdict == "wrong")
    if truth.verdict == "uniform":
        noted = said.verdict == "wrong" or (said.verdict == "right" and bool(said.notes))
        return Mark(noted, accused=False)
    found = said.verdict == "wrong"
    if ONLY_VERDICT.intersection(case.plan.slips):
        return Mark(found, accused=False)
    cell = found and not truth.due.keys().isdisjoint(said.cells)
    cause = False
    if cell and said.repair is not None and said.repair[0] in truth.due:
        at, formula = said.repair
        cause = same_formula(case.book, at, formula, truth.due[at])
    return Mark(found, accused=False, cell=cell, cause=cause)


@dataclass
class Table:
    """Figures of many cases, by layout, by slip and by truth."""

    rows: dict[str, Counter[str]]

    @classmethod
    def of(cls, marks: Iterable[tuple[Case, Mark]]) -> Table:
        rows: dict[str, Counter[str]] = defaultdict(Counter)
        for case, one in marks:
            slips = case.plan.slips
            slip = "none" if not slips else slips[0] if len(slips) == 1 else "two slips"
            keys = ["all", f"truth: {case.truth.verdict}", f"slip: {slip}",
                    f"layout: {case.plan.recipe}", f"file: {case.plan.kind}",
                    f"where: {case.truth.where or '-'}"]  # fmt: skip
            for key in keys:
                row = rows[key]
                row["cases"] += 1
                row["verdict"] += one.verdict
                row["accused"] += one.accused
                for name, value in (("cell", one.cell), ("cause", one.cause)):
                    if value is not None:
                        row[f"{name} of"] += 1
                        row[name] += value
        return cls(dict(rows))

    def share(self, name: str, key: str = "all") -> float:
        """The share of cases with the right verdict, cell or cause."""
        row = self.rows[key]
        of = row["cases"] if name == "verdict" else row[f"{name} of"]
        return row[name] / of if of else 1.0

    def __str__(self) -> str:
        lines = [f"{'':32}{'cases':>6}{'verdict':>9}{'accused':>9}{'cell':>11}{'cause':>11}"]
        for key in sorted(self.rows, key=lambda k: (k != "all", k)):
            row = self.rows[key]
            cell, cause = (
                f"{row[name]}/{row[f'{name} of']}" if row[f"{name} of"] else "-"
                for name in ("cell", "cause")
            )
            lines.append(f"{key:32}{row['cases']:6}{row['verdict']:9}{row['accused']:9}"
                         f"{cell:>11}{cause:>11}")  # fmt: skip
        return "\n".join(lines)
