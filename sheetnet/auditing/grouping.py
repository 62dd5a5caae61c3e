"""Which chains of updates belong together: one length, one sheet, the likeliest first.

Knows: what a person said about weights, and which of several formulas of a single step are the
updates. Does not know losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sheetnet.auditing.book import Place
from sheetnet.auditing.graph import Graph
from sheetnet.auditing.losses import Users
from sheetnet.auditing.repairs import shape
from sheetnet.auditing.updates import Chain, chains, olds


@dataclass
class Hints:
    """What a person may say beforehand: cells by place."""

    loss: Place | None = None
    weights: Sequence[Place] = ()
    news: Sequence[Place] = ()
    steps: int | None = None


def groups(
    graph: Graph, users: Users, after: dict[int, list[int]], hints: Hints
) -> list[list[Chain]]:
    """Chains of one length, the likeliest group of weights first."""
    if hints.news:
        at, of = graph.at, graph.source
        pairs = zip(hints.weights, hints.news, strict=False)
        return [[Chain([of(old), of(new)]) for old, new in pairs if old in at and new in at]]
    found = chains(graph, after)
    if hints.weights:
        wanted = {graph.source(p) for p in hints.weights if p in graph.at}
        found = [chain for chain in found if wanted & set(chain.nodes)]
    together: dict[tuple[int, int], list[Chain]] = {}
    for chain in found:
        sheet = graph.cell_of[chain.nodes[1]].sheet
        together.setdefault((len(chain.nodes), sheet), []).append(chain)
    for key, group in together.items():
        if key[0] == 2:  # a single step: an update is what nothing is made of
            together[key] = _settled(graph, users, group)
    return sorted(
        together.values(),
        key=lambda group: (len(group[0].nodes) > 2, len(group), len(group[0].nodes)),
        reverse=True,
    )


def _settled(graph: Graph, users: Users, group: list[Chain]) -> list[Chain]:
    """A single step's chains, each with the update that leads nowhere else, if it has one, or
    that is formed like those."""
    book, cell_of = graph.book, graph.cell_of
    found: dict[int, Chain] = {}
    forms = set()
    for number, chain in enumerate(group):
        for new in (chain.nodes[-1], *chain.others):
            tree = book.tree(cell_of[new])
            if tree is not None and not any(_is_read(graph, users, user) for user in users.of[new]):
                found[number] = Chain([chain.nodes[0], new], [])
                forms.add(shape(tree))
                break
    for number, chain in enumerate(group) if found else []:
        for new in (chain.nodes[-1], *chain.others) if number not in found else ():
            tree = book.tree(cell_of[new])
            if tree is not None and shape(tree) in forms:
                found[number] = Chain([chain.nodes[0], new], [])
                break
    return [found[number] for number in sorted(found)] or group


def _is_read(graph: Graph, users: Users, user: int) -> bool:
    """Whether something is made of a cell that uses a new weight: not of old − new."""
    place = graph.cell_of.get(user)
    return place is None or bool(users.of[user]) or not olds(graph, user)
