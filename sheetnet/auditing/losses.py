"""Which cell the sheet makes small: candidates for the loss, and losses that no cell shows.

Knows: how far a weight's influence reaches within one step, which cells there could be a loss,
and what losses are built from outputs and targets where no cell is one. Does not know updates: it
is told where a step begins and ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sheetnet.auditing.book import Place
from sheetnet.auditing.derivative import Seeds
from sheetnet.auditing.functions import Floats
from sheetnet.auditing.graph import Graph
from sheetnet.auditing.tape import LEAF

MOST_REACHED = 60_000
MOST_CANDIDATES = 400


@dataclass(frozen=True)
class Loss:
    """What is differentiated: a cell of the sheet, or a loss that no cell shows (`place` None)."""

    name: str
    seeds: Seeds
    place: Place | None = None


class Users:
    """For every node, what is made of it."""

    def __init__(self, graph: Graph) -> None:
        self.of: list[list[int]] = [[] for _ in range(len(graph.tape))]
        for node, arguments in enumerate(graph.tape.arguments):
            for argument in dict.fromkeys(arguments):
                self.of[argument].append(node)


def reached(
    users: Users, leaves: Sequence[int], news: Collection[int]
) -> dict[int, int]:
    """Nodes that depend on the leaves without passing an update: node to the set of leaves, as
    bits of the first 60."""
    masks = {leaf: 1 << (number % 60) for number, leaf in enumerate(leaves)}
    ahead, found = list(masks), set(masks)
    while ahead and len(found) < MOST_REACHED:
        one = ahead.pop()
        if one in news and one not in masks:
            continue
        for user in users.of[one]:
            if user not in found:
                found.add(user)
                ahead.append(user)
    for one in sorted(found):
        if one in news and one not in leaves:
            masks.setdefault(one, 0)
            continue
        for user in users.of[one]:
            if user in found and user not in leaves:
                masks[user] = masks.get(user, 0) | masks.get(one, 0)
    return masks


def candidates(
    graph: Graph, users: Users, masks: dict[int, int], leaves: Collection[int],
    news: Collection[int],
) -> list[Loss]:
    """Cells that could be the loss, the likeliest first: they depend on most weights, and
    nothing else depends on them."""
    most = max((mask.bit_count() for mask in masks.values()), default=0)
    ranked = []
    for node, mask in masks.items():
        place = graph.cell_of.get(node)
        if place is None or node in leaves or node in news or graph.tape.names[node] == "copy":
            continue
        if mask.bit_count() < max(2, most // 3) and most > 2:
            continue
        used = sum(user in masks for user in users.of[node])
        ranked.append((-mask.bit_count(), used > 0, used, -node, node))
    ranked.sort()
    ones = np.ones(graph.tape.points)
    return [
        Loss(graph.book.name(graph.cell_of[node]), {node: ones}, graph.cell_of[node])
        for *_, node in ranked[:MOST_CANDIDATES]
    ]


def differences(graph: Graph, masks: dict[int, int]) -> list[tuple[int, int]]:
    """(output, target) of every difference of the two in the step: one depends on the weights,
    the other is a cell that does not. The same pair written both ways is one."""
    found: dict[tuple[int, int], None] = {}
    for node in masks:
        if graph.tape.names[node] != "-":
            continue
        a, b = map(graph.tape.source, graph.tape.arguments[node])
        for output, target in ((a, b), (b, a)):
            is_target = target in graph.cell_of or target == graph.blank
            is_output = bool(masks.get(output)) and graph.tape.names[output] != LEAF
            if is_output and is_target and not masks.get(target):
                found[output, target] = None
    return list(found)


def unseen(graph: Graph, masks: dict[int, int]) -> Iterator[Loss]:
    """Losses made of outputs and targets, for sheets that have no cell for theirs."""
    pairs = differences(graph, masks)
    if not pairs:
        return
    values = graph.tape.values

    def seeds(slope: dict[int, Floats] | None = None) -> dict[int, Floats]:
        return slope or {}

    squared: dict[int, Floats] = {}
    binary: dict[int, Floats] = {}
    several: dict[int, Floats] = {}
    stepped: dict[int, Floats] = {}
    with np.errstate(all="ignore"):
        for output, target in pairs:
            a, t = values[output], values[target]
            squared[output] = squared.get(output, 0.0) + (a - t)
            binary[output] = binary.get(output, 0.0) + (a - t) / (a * (1 - a))
            several[output] = several.get(output, 0.0) - t / a
            before = _before_step(graph, output)
            if before is not None:
                stepped[before] = stepped.get(before, 0.0) + (a - t)
    yield Loss("half the squared error, ½Σ(a−t)²", seeds(squared))
    yield Loss("the cross entropy of two classes, −Σ[t·ln a + (1−t)·ln(1−a)]", seeds(binary))
    yield Loss("the cross entropy, −Σ t·ln a", seeds(several))
    if stepped:
        yield Loss("the perceptron's rule, δ = a − t at the sum", seeds(stepped))


def _before_step(graph: Graph, node: int) -> int | None:
    """The sum that a step activation looks at: IF(z >= 0, 1, 0)."""
    tape = graph.tape
    if tape.names[node] == "IF":
        condition = tape.arguments[node][0]
        if tape.names[condition] in (">", ">=", "<", "<="):
            a, b = tape.arguments[condition]
            return a if tape.names[b] == LEAF else b
    if tape.names[node] == "SIGN":
        return tape.arguments[node][0]
    return None
