"""Formulas that put a new weight in an old one's place: old − something, step after step.

Knows: which nodes of a tape are updates, the chains that they make, and where a broken chain would
have gone on, from the way its neighbours go. Does not know derivatives or losses, and so not
whether a chain is one of weights: a running total is found here as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from sheetnet.auditing.book import Place
from sheetnet.auditing.functions import Floats
from sheetnet.auditing.graph import Graph
from sheetnet.auditing.tape import LEAF

MOST_TERMS = 40


class Term(NamedTuple):
    """A summand of a formula, with its sign."""

    sign: int
    node: int


def terms(graph: Graph, node: int) -> list[Term]:
    """The summands of a cell's formula, down to products and other cells."""
    tape, ahead = graph.tape, [Term(1, node)]
    found: list[Term] = []
    while ahead and len(found) <= MOST_TERMS:
        sign, one = ahead.pop()
        name, inside = tape.names[one], tape.arguments[one]
        if one != node and one in graph.cell_of:
            found.append(Term(sign, tape.source(one)))
        elif name in ("+", "SUM"):
            ahead += [Term(sign, each) for each in inside]
        elif name == "-":
            ahead += [Term(sign, inside[0]), Term(-sign, inside[1])]
        elif name == "negative":
            ahead.append(Term(-sign, inside[0]))
        else:
            found.append(Term(sign, one))
    return found


def olds(graph: Graph, node: int) -> list[int]:
    """The cells that a formula adds something to, or takes something from."""
    parts = terms(graph, node)
    if not 2 <= len(parts) <= MOST_TERMS:
        return []
    found = [part.node for part in parts if part.sign > 0 and part.node in graph.cell_of]
    for sign, one in parts:  # old * (1 - decay) - …
        if sign > 0 and graph.tape.names[one] == "*" and one not in graph.cell_of:
            for a, b in (graph.tape.arguments[one], graph.tape.arguments[one][::-1]):
                if a in graph.cell_of and 0.5 < graph.tape.values[b][0] < 1:
                    found.append(graph.tape.source(a))
    return found


def step_of(graph: Graph, old: int, new: int) -> Floats:
    """What the update adds to the old weight, at every point, without cancellation if it can."""
    values = graph.tape.values
    parts = terms(graph, new)
    if Term(1, old) not in parts:
        return np.asarray(values[new] - values[old])
    parts.remove(Term(1, old))
    return np.asarray(sum((sign * values[one] for sign, one in parts), np.zeros(graph.tape.points)))


@dataclass
class Chain:
    """One weight's cells, step by step; `others` are further updates that its last cell has."""

    nodes: list[int]
    others: list[int] = field(default_factory=list)


def successors(graph: Graph) -> dict[int, list[int]]:
    """Every number that formulas add to or take from, and those formulas."""
    after: dict[int, list[int]] = {}
    for node, place in graph.cell_of.items():
        if graph.book.has_formula(place) and place not in graph.volatile:
            for old in olds(graph, node):
                if old < node:
                    after.setdefault(old, []).append(node)
    shown = differences(graph, after)
    kept = {old: [n for n in news if n not in shown] for old, news in after.items()}
    return {old: news for old, news in kept.items() if news}


def differences(graph: Graph, after: dict[int, list[int]]) -> set[int]:
    """Cells that show by how much a number was changed, old − new: they are no updates."""
    return {
        new
        for news in after.values()
        for new in news
        if any(sign < 0 and node != new and node in news for sign, node in terms(graph, new))
    }


def lengths(after: dict[int, list[int]]) -> dict[int, int]:
    """How many updates may follow one another from a number on."""
    found: dict[int, int] = {}
    for old in sorted(after, reverse=True):
        found[old] = 1 + max(found.get(new, 0) for new in after[old])
    return found


def chains(graph: Graph, after: dict[int, list[int]]) -> list[Chain]:
    """From every typed number the way through its successors: the longest, and once it has gone
    on the same way twice, only that way."""
    length = lengths(after)
    into = {new for news in after.values() for new in news}
    found = []
    for root in sorted(after):
        if graph.tape.names[root] != LEAF and (root in into or not _is_start(graph, root, after)):
            continue
        nodes, others, ways = [root], [], list[tuple[int, int, int]]()
        while nodes[-1] in after:
            news, here = after[nodes[-1]], graph.cell_of[nodes[-1]]
            far = {new: here.apart(graph.cell_of[new]) for new in news}
            is_regular = len(ways) > 2 and ways[-1] == ways[-2]
            best = [new for new in news if ways and far[new] == ways[-1]]
            if is_regular and not best:
                break
            if not best or not is_regular:
                most = max(length.get(new, 0) for new in news)
                longest = [new for new in news if length.get(new, 0) == most]
                best = [new for new in longest if ways and far[new] == ways[-1]] or longest
            others = best[1:]
            ways.append(far[best[0]])
            nodes.append(best[0])
        found.append(Chain(nodes, others))
    return found


def _is_start(graph: Graph, root: int, after: dict[int, list[int]]) -> bool:
    """A formula that could set a starting weight: of few typed numbers, none of them trained."""
    seen, ahead = set[int](), [root]
    while ahead and len(seen) < 12:
        one = ahead.pop()
        if one != root and one in after:
            return False
        if one not in seen:
            seen.add(one)
            ahead += graph.tape.arguments[one]
    return len(seen) < 12


@dataclass
class Table:
    """The weights that are updated together: `slots[weight][step]`, step 0 the starting ones."""

    slots: list[list[Place]]
    nodes: list[list[int]]

    @property
    def steps(self) -> int:
        return len(self.slots[0]) - 1 if self.slots else 0

    def column(self, step: int) -> list[int]:
        """The nodes of all weights at a step."""
        return [nodes[step] for nodes in self.nodes]

    def new_place(self, weight: int, step: int) -> Place:
        """The cell of a weight after a step."""
        return self.slots[weight][step + 1]

    def part(self, used: list[int]) -> Table:
        """Some of the weights."""
        return Table([self.slots[i] for i in used], [self.nodes[i] for i in used])


def table(graph: Graph, chosen: Iterable[Chain], broken: Iterable[Chain] = ()) -> Table:
    """Chains side by side. Where one is cut short, its cells are those that stand to its others
    as its neighbours' do; a chain that starts late begins where its neighbours begin."""
    found = list(chosen)
    longest = max(len(chain.nodes) for chain in found)
    whole = [[graph.cell_of[n] for n in chain.nodes] for chain in found]
    full = [places for places in whole if len(places) == longest]
    ways = [
        Counter(places[0].apart(places[step]) for places in full).most_common(1)[0][0]
        for step in range(longest)
    ]
    slots, taken = [], {place for places in full for place in places}
    for places in whole + [[graph.cell_of[n] for n in chain.nodes] for chain in broken]:
        late = longest - len(places)
        if not late:
            slots.append(places)
            continue
        first = places[0].moved(*(-part for part in ways[late]))
        is_late = places[0].apart(places[-1]) == tuple(
            b - a for a, b in zip(ways[late], ways[-1], strict=True)
        )
        start = first if is_late and first in graph.at and first not in taken else places[0]
        filled = [start.moved(*way) for way in ways]
        if all(place in graph.at for place in filled) and not taken.intersection(filled):
            slots.append(filled)
            taken.update(filled)
    order = sorted(range(len(slots)), key=lambda i: slots[i][0])
    slots = [slots[i] for i in order]
    return Table(slots, [[graph.source(place) for place in places] for places in slots])
