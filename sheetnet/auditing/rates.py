"""Where the learning rate stands: in a cell, as a number in the formulas, or nowhere.

Knows: of what typed numbers a step is a multiple. Does not know whether a step is right.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from sheetnet.auditing.derivative import gradient
from sheetnet.auditing.graph import Graph
from sheetnet.auditing.measured import EXACT, Judgement
from sheetnet.auditing.tape import LEAF
from sheetnet.auditing.updates import terms


def factors(graph: Graph, old: Collection[int], new: int) -> dict[int, float]:
    """The numbers that the whole step is a multiple of: typed ones in cells and formulas."""
    tape = graph.tape
    seeds = {part.node: part.sign * np.ones(tape.points)
             for part in terms(graph, new) if part.node not in old}  # fmt: skip
    step = sum((seed * tape.values[node] for node, seed in seeds.items()), np.zeros(tape.points))
    found = {}
    for node, slope in gradient(tape, seeds, set(old), 0, 3000).items():
        if tape.names[node] != LEAF or node in old or not step.any():
            continue
        if np.all(np.abs(slope[0] * tape.values[node] - step) <= EXACT * np.abs(step)):
            found[node] = float(tape.values[node][0])
    return found


def shared(graph: Graph, old: Collection[int], news: list[int]) -> list[int]:
    """The typed numbers that all steps are multiples of; those in cells first."""
    found: dict[int, None] | None = None
    for new in news[:12]:
        own = factors(graph, old, new)
        found = dict.fromkeys(own) if found is None else {n: None for n in found if n in own}
    return sorted(found or (), key=lambda node: (node not in graph.cell_of, node))


def stands_in(graph: Graph, rate: float, old: Collection[int], news: list[int]) -> bool:
    """Whether the rate stands in the updates, in a cell or as a number."""
    return bool(news) and all(
        any(abs(abs(rate) - abs(v)) <= EXACT * abs(v) for v in factors(graph, old, new).values())
        for new in news
    )


def check_rates(graph: Graph, judgement: Judgement) -> None:
    """Steps whose rate is another one without a number that says so are wrong; and the cell of
    the rate is noted."""
    for step in judgement.steps:
        old = judgement.table.column(step.number)
        news = judgement.table.column(step.number + 1)
        rate = step.rate
        if rate is None or abs(rate - judgement.rate) <= 1e-7 * abs(judgement.rate):
            continue
        rights = np.flatnonzero(step.right)[:12]
        if rate != 0 and stands_in(graph, rate, old, [news[i] for i in rights]):
            continue
        step.wrong |= step.right & step.measured.step.any(axis=1)
        step.right &= False
    for step in judgement.steps[:1]:
        old = judgement.table.column(step.number)
        news = judgement.table.column(step.number + 1)
        shared: set[int] | None = None
        for i in np.flatnonzero(step.right)[:12]:
            near = {
                node for node, value in factors(graph, old, news[i]).items()
                if abs(abs(value) - abs(judgement.rate)) <= EXACT * abs(judgement.rate)
            }  # fmt: skip
            shared = near if shared is None else shared & near
        cells = sorted(graph.cell_of[n] for n in shared or () if n in graph.cell_of)
        judgement.rate_cell = cells[0] if cells else None
