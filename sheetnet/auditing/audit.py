"""One workbook from its cells to what is said about it.

Knows: the order of the work: graph, judgement, causes. Does not know files or how it is printed
(see `report`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sheetnet.auditing.book import Book, Place
from sheetnet.auditing.causes import Finder
from sheetnet.auditing.functions import Floats
from sheetnet.auditing.graph import Graph
from sheetnet.auditing.grouping import Hints
from sheetnet.auditing.judge import Judge
from sheetnet.auditing.measured import Judgement, Step
from sheetnet.auditing.rates import factors, stands_in
from sheetnet.auditing.repairs import Cause
from sheetnet.auditing.updates import Chain, Table

Verdict = Literal["right", "wrong", "could not tell"]


@dataclass
class Finding:
    """One mistake: the first wrong new weight, by how much, and why."""

    step: int
    cell: Place
    others: list[Place]  # wrong in the same step, by the same slip or one not known
    times: float | None  # what is subtracted, as a multiple of what should be
    cause: Cause | None
    later: int  # further steps with wrong weights
    old: Place  # the weight that the update takes on
    loss: Place | None
    slope: float  # the derivative of the loss by it
    rate: float
    confirmed: bool | None = None  # by a second engine, if it could


@dataclass
class Training:
    """What was found about one table of weights."""

    judgement: Judgement
    verdict: Verdict
    findings: list[Finding]
    notes: list[str] = field(default_factory=list)


@dataclass
class Audit:
    """What was found about one workbook."""

    book: Book
    graph: Graph
    trainings: list[Training]
    looked: list[str] = field(default_factory=list)  # what was found where there is no verdict
    notes: list[str] = field(default_factory=list)
    is_whole: bool = True  # whether every table of updates came to a judgement

    @property
    def verdict(self) -> Verdict:
        verdicts = {training.verdict for training in self.trainings}
        if "wrong" in verdicts:
            return "wrong"
        return "right" if verdicts == {"right"} and self.is_whole else "could not tell"


def audit(book: Book, hints: Hints | None = None, sheet: int | None = None) -> Audit:
    """Judge a workbook; `sheet` confines it to the updates on one sheet."""
    hints = hints or Hints()
    graph = Graph(book)
    judge = Judge(graph, hints)
    trainings = [
        _training(judge, judgement)
        for judgement in judge.judgements()
        if sheet is None or judgement.table.slots[0][1].sheet == sheet
    ]
    found = Audit(book, graph, trainings)
    found.notes += _given_up(graph) + _stale_values(graph)
    for group in judge.unjudged if sheet is None else []:
        explained = _supposed(judge, group)
        if explained is not None:
            trainings.append(explained)
            continue
        start = book.name(graph.cell_of[group[0].nodes[0]])
        found.is_whole = False
        found.notes.append(
            f"{len(group)} chains of updates, the first from {start}, were not judged: no loss was "
            "found for which their steps agree on one learning rate. Name it with --loss, or "
            "judge one sheet alone with --sheet."
        )
    if not trainings:
        found.looked = _looked(judge)
    return found


def _supposed(judge: Judge, group: list[Chain]) -> Training | None:
    """A sheet in which no weights agree, if one slip explains all of them."""
    for judgement in judge.supposed(group):
        if judgement.wrong:
            found = _training(judge, judgement, only_whole=True)
            if found.findings:
                return found
    return None


def _training(judge: Judge, judgement: Judgement, only_whole: bool = False) -> Training:
    """What is wrong with one table; `only_whole`: nothing, unless one slip explains all."""
    wrong = judgement.wrong
    if not wrong:
        return Training(judgement, "right", [], _notes(judge, judgement))
    first = wrong[0][0]
    step = next(one for one in judgement.steps if one.number == first)
    weights = [weight for number, weight in wrong if number == first]
    judge.run(judgement.table)
    cause, explained = Finder(judge, judgement).cause(step, weights)
    if only_whole and len(explained) < max(3, len(weights)):
        return Training(judgement, "could not tell", [])
    right = int(step.right.sum())
    slots = judgement.table.slots
    cells = [slots[weight][first + 1] for weight in weights]
    later = len({number for number, _ in wrong}) - 1
    times = _times(judgement.rates, step, weights[0])
    finding = Finding(
        first, cells[0], cells[1:], times, cause, later, slots[weights[0]][first],
        step.loss.place, float(step.measured.slope[weights[0], 0]),
        float(judgement.rates[weights[0]]),
    )  # fmt: skip
    # Where most weights disagree and no slip explains them, the loss may be another one.
    sure = (
        right * 2 >= len(weights) or cause is not None or judgement.is_sure
        or judgement.agreeing > 2 * right
    )  # fmt: skip
    verdict: Verdict = "wrong" if sure else "could not tell"
    return Training(judgement, verdict, [finding], _notes(judge, judgement))


def _times(rates: Floats, step: Step, weight: int) -> float | None:
    due = -rates[weight] * step.measured.slope[weight, 0]
    got = step.measured.step[weight, 0]
    return float(got / due) if due else None


def _notes(judge: Judge, judgement: Judgement) -> list[str]:
    book, notes = judge.graph.book, list(judgement.notes)
    rate = judgement.rate
    if judgement.rate_cell is None:
        told = _rate_notes(judge, judgement.table, rate)
        old, new = judge.ends(judgement.table, 0)
        if not told and not stands_in(judge.graph, rate, old, new[:4]):
            told = [f"Every step is {rate:.7g} times the derivative, and no number in the updates "
                    "says so: is the learning rate missing?"]  # fmt: skip
        notes += told
    hidden = sum(int(step.hidden.sum()) for step in judgement.steps)
    if hidden:
        step = next(step for step in judgement.steps if step.hidden.any())
        weight = int(np.flatnonzero(step.hidden)[0])
        cell = judgement.table.slots[weight][step.number + 1]
        notes.append(
            f"The sheet's own numbers hide a slip: with other weights {book.name(cell)} would "
            "not follow the derivative."
        )
    if rate < 0:
        notes.append("The updates add the derivative: they make the loss larger.")
    return notes


_LOG = "LOG stands where LN is due, or the other way round"
_FACTORS = {
    math.log(10): _LOG,
    1 / math.log(10): _LOG,
    2.0: "the loss lacks a ½, or the gradient has a 2",
    0.5: "the gradient lacks a 2",
}


def _rate_notes(judge: Judge, table: Table, rate: float) -> list[str]:
    """What the rate is in terms of a cell that all updates use."""
    shared: set[int] | None = None
    for new in table.column(1)[:12]:
        near = {n for n in factors(judge.graph, table.column(0), new) if n in judge.graph.cell_of}
        shared = near if shared is None else shared & near
    for node in sorted(shared or ()):
        value = float(judge.graph.tape.values[node][0])
        if value <= 0:
            continue
        cell = judge.graph.book.name(judge.graph.cell_of[node])
        for factor, meaning in _FACTORS.items():
            if abs(rate / value - factor) <= 1e-9 * factor:
                return [f"Every step is {factor:.7g} times {cell} times the derivative: {meaning}."]
        for count in range(3, 1001):
            for factor in (float(count), 1 / count):
                if abs(rate / value - factor) <= 1e-9 * factor:
                    return [
                        f"Every step is {factor:.7g} times {cell} times the derivative: a sum over "
                        f"{count} where the loss has a mean, or the other way round."
                    ]
    return []


def _given_up(graph: Graph) -> list[str]:
    return [
        f"{graph.book.name(lost.place)}: {lost.why}; its value was taken from the file."
        for lost in graph.lost[:5]
    ] + ([f"{len(graph.lost) - 5} further formulas likewise."] if len(graph.lost) > 5 else [])


def _stale_values(graph: Graph) -> list[str]:
    """Values in the file that its formulas do not give."""
    found = []
    own = graph.own
    for place in graph.book.cells:
        number = graph.book.number(place)
        if number is None or not graph.book.has_formula(place) or place in graph.volatile:
            continue
        value = float(own[graph.at[place]])
        if abs(value - number) > 1e-6 * max(abs(value), abs(number), 1e-6):
            found.append(place)
    if not found:
        return []
    return [f"{len(found)} cells hold a value that their formula does not give, the first is "
            f"{graph.book.name(found[0])}; the formulas were judged."]  # fmt: skip


def _looked(judge: Judge) -> list[str]:
    """What there is, where nothing came to a verdict, and what would help."""
    graph, said = judge.graph, []
    groups = judge.groups()
    if not groups:
        said.append(
            "No formula of the form old − something was found that takes a typed weight on; name "
            "old and new weights with --weights E33:L33 --new E34:L34."
        )
    else:
        group = groups[0]
        cells = ", ".join(graph.book.name(graph.cell_of[c.nodes[0]]) for c in group[:4])
        said.append(f"{len(group)} chains of {len(group[0].nodes) - 1} updates start at {cells}"
                    f"{' …' if len(group) > 4 else ''}, but there is no cell for which their steps "
                    "agree on one learning rate; name the loss with --loss Sheet1!W33, or the "
                    "weights with --weights E33:L33.")  # fmt: skip
    return said


__all__ = ["Audit", "Finding", "Hints", "Training", "Verdict", "audit"]
