"""Formulas that are only tried: what a cell would hold, and what would follow from it.

Knows: the value of another formula in a cell's place, of a formula with one of its cells exchanged
for many others at once, and what a step's new weights would be if some cells held other values.
Does not know which formulas are worth trying (see `repairs`) or what is due.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

import numpy as np

from sheetnet.auditing.book import Place
from sheetnet.auditing.functions import OPERATIONS, Floats
from sheetnet.auditing.graph import Graph
from sheetnet.auditing.losses import Users
from sheetnet.auditing.spreading import Needed, Unknown, Volatile
from sheetnet.auditing.tape import LEAF, OPAQUE
from sheetnet.formulas.tree import Address, Node, postorder

MOST_AFTER = 4000
MOST_REPLAYED = 30_000
_REFUSED = (Needed, Unknown, Volatile, RecursionError, IndexError, TypeError, ValueError)


class Trials:
    """Tries formulas in one workbook, with the values that its tape holds at the moment."""

    def __init__(self, graph: Graph, users: Users) -> None:
        self.graph, self.users = graph, users
        self._after: dict[int, set[int]] = {}

    def made_of(self, node: int) -> set[int]:
        """The nodes that depend on one, as far as a step or two."""
        if node not in self._after:
            found, ahead = {node}, [node]
            while ahead and len(found) < MOST_AFTER:
                for user in self.users.of[ahead.pop()]:
                    if user not in found:
                        found.add(user)
                        ahead.append(user)
            self._after[node] = found
        return self._after[node]

    def place_of(self, address: Address, home: Place) -> Place | None:
        """The cell that a reference names, the first one of an area."""
        rect = self.graph.rect(address, home)
        return None if rect is None else Place(*rect[:3])

    def is_circular(self, place: Place, tree: Node) -> bool:
        """Whether a formula would use its own cell, or what is made of it."""
        after = self.made_of(self.graph.at[place]) if place in self.graph.at else set()
        for one in postorder(tree):
            if isinstance(one, Address):
                rect = self.graph.rect(one, place)
                if rect is None:
                    continue
                corners = (Place(rect.sheet, rect.row, rect.column),
                           Place(rect.sheet, rect.last_row, rect.last_column))  # fmt: skip
                if any(corner == place or self.graph.at.get(corner) in after for corner in corners):
                    return True
        return False

    def value(self, place: Place, tree: Node) -> Floats | None:
        """What the formula would come to in that cell; None where it cannot stand there."""
        if self.is_circular(place, tree):
            return None
        mark = len(self.graph.tape)
        found = None
        with suppress(*_REFUSED):
            found = np.array(self.graph.tape.values[self.graph.value_of(place, tree)])
        self.graph.tape.cut(mark)
        return found

    def exchanged(self, place: Place, tree: Node, instead: Mapping[int, Floats]) -> Floats | None:
        """The formula's values with some nodes that it uses having others.

        All of `instead` have one shape, (tries, points) or (points,); so has the answer.
        """
        tape = self.graph.tape
        mark, known = len(tape), tape.known
        shape = next(iter(instead.values())).shape
        tape.known = {}  # so that every operation of the formula is made anew
        try:
            result = self.graph.value_of(place, tree)
            values = dict(instead)
            for number in range(mark, len(tape)):
                if any(argument in values for argument in tape.arguments[number]):
                    values[number] = self._calculated(number, values, shape)
            own = tape.values[result]
            return np.array(np.broadcast_to(values.get(result, own), shape))
        except _REFUSED:
            return None
        finally:
            tape.cut(mark)
            tape.known = known

    def _calculated(
        self, node: int, values: Mapping[int, Floats], shape: tuple[int, ...]
    ) -> Floats:
        tape = self.graph.tape
        inside = np.array([
            np.broadcast_to(values.get(n, tape.values[n]), shape).reshape(-1)
            for n in tape.arguments[node]
        ])  # fmt: skip
        return np.asarray(OPERATIONS[tape.names[node]].value(inside)).reshape(shape)

    def replayed(
        self, changes: Mapping[int, Floats | tuple[Place, Node]], goals: Sequence[int],
        stop: Collection[int],
    ) -> list[Floats] | None:
        """The values of some nodes if others had these values or formulas; `stop` is where a step
        begins. None where a formula cannot stand in its place."""
        tape = self.graph.tape
        first = min(changes)
        between, ahead = set[int](), [goal for goal in goals if goal >= first]
        while ahead and len(between) < MOST_REPLAYED:
            one = ahead.pop()
            if one not in between and one not in stop:
                between.add(one)
                ahead += [each for each in tape.arguments[one] if each >= first]
        values: dict[int, Floats] = {}
        shape = (tape.points,)
        for one in sorted(between | changes.keys()):
            change = changes.get(one)
            if isinstance(change, tuple):
                made = (self.exchanged(*change, values) if values else self.value(*change))
                if made is None:
                    return None
                values[one] = made
            elif change is not None:
                values[one] = change
            elif tape.names[one] not in (LEAF, OPAQUE) and any(
                each in values for each in tape.arguments[one]
            ):
                values[one] = self._calculated(one, values, shape)
        return [values.get(goal, tape.values[goal]) for goal in goals]
