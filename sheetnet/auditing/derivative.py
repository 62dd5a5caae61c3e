"""The chain rule, backwards over a tape: the derivative of anything by any of its nodes.

Knows: how derivatives of operations make one of a whole sheet (reverse mode; Griewank and
Walther, Evaluating Derivatives, 2nd ed., chapter 3). Does not know what is a loss or a weight.

Beside each derivative goes its magnitude: the same sum with every term replaced by its size. What
rounding may do to the derivative is a few units in the last place of that.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping

import numpy as np

from sheetnet.auditing.functions import OPERATIONS, Floats
from sheetnet.auditing.tape import LEAF, OPAQUE, Tape

Seeds = Mapping[int, Floats]
"""Nodes to what their own derivative is; a loss cell alone is {cell: ones}."""


def gradient(
    tape: Tape, seeds: Seeds, stop: Collection[int], floor: int = 0, most: int = 2_000_000
) -> dict[int, Floats]:
    """Derivatives by every node between the seeds and the nodes of `stop`, both included.

    Each is an array of shape (2, points): derivative and magnitude. Nodes of `stop` count as
    independent; nodes before `floor` are left out. A derivative through an operation that nobody
    here knows is NaN. Where more than `most` nodes take part, there is no answer.
    """
    found: dict[int, Floats] = {}
    ahead: list[int] = []
    for node, seed in seeds.items():
        found[node] = np.stack([seed, np.abs(seed)])
        heapq.heappush(ahead, -node)
    with np.errstate(all="ignore"):
        while ahead:
            node = -heapq.heappop(ahead)
            if node in stop or tape.names[node] == LEAF:
                continue
            own = found[node]
            partial = partials(tape, node)
            shares = np.where(own == 0, 0.0, own * np.stack([partial, np.abs(partial)], axis=1))
            for argument, share, counts in zip(
                tape.arguments[node], shares, (shares != 0).any(axis=(1, 2)).tolist(), strict=True
            ):
                if argument < floor or not counts:
                    continue
                if argument in found:
                    found[argument] = found[argument] + share
                else:
                    found[argument] = share
                    heapq.heappush(ahead, -argument)
            if len(found) > most:
                return {}
    return found


def partials(tape: Tape, node: int) -> Floats:
    arguments = list(tape.arguments[node])
    inside = tape.values[arguments]
    if tape.names[node] == OPAQUE:
        return np.full_like(inside, np.nan)
    return OPERATIONS[tape.names[node]].derivative(inside, tape.values[node])
