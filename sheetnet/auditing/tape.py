"""Every operation of a sheet, one after the other, with its values at several points.

Knows: operations (by number of their arguments), leaves, constants; how to run them all. Does not
know cells or formulas (see `graph`). Arguments always come before what is made of them, so the
order of the tape is an order of calculation, and its reverse one for derivatives.

An operation with the same arguments as an earlier one is that one. Cells are told apart all the
same: a further cell with the same formula, or that names another alone, is a copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sheetnet.auditing.functions import OPERATIONS, Floats

LEAF = "leaf"
OPAQUE = "opaque"  # a value that is known, of arguments that are known, by a way that is not


class Tape:
    """Nodes by number: `names`, `arguments` and, for leaves and opaque nodes, `given` values."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.arguments: list[tuple[int, ...]] = []
        self.given: list[float] = []
        self.known: dict[tuple[str, tuple[int, ...]], int] = {}
        self.values = np.empty((256, 1))
        self._literals: dict[float, int] = {}
        self._literal_nodes: set[int] = set()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def points(self) -> int:
        return int(self.values.shape[1])

    def _append(self, name: str, arguments: tuple[int, ...], given: float) -> int:
        number = len(self.names)
        self.names.append(name)
        self.arguments.append(arguments)
        self.given.append(given)
        if number >= len(self.values):
            self.values = np.concatenate([self.values, np.empty_like(self.values)])
        self.values[number] = self._value(number)
        return number

    def leaf(self, value: float) -> int:
        """A new leaf: a number that stands in a cell."""
        return self._append(LEAF, (), value)

    def literal(self, value: float) -> int:
        """A number that stands in a formula."""
        if value not in self._literals:
            self._literals[value] = self.leaf(value)
            self._literal_nodes.add(self._literals[value])
        return self._literals[value]

    def is_literal(self, node: int) -> bool:
        """Whether a node is a number that stands in a formula, or follows from such alone."""
        return node in self._literal_nodes

    def opaque(self, value: float, arguments: Sequence[int]) -> int:
        """A value taken from the file, since nobody here knows how it comes from its arguments."""
        return self._append(OPAQUE, tuple(arguments), value)

    def node(self, name: str, *arguments: int) -> int:
        """The operation of that name."""
        key = (name, arguments)
        number = self.known.get(key)
        if number is None:
            number = self.known[key] = self._append(name, arguments, np.nan)
        return number

    def copy(self, node: int) -> int:
        """Another node of the same value: a cell that repeats another."""
        return self._append("copy", (node,), np.nan)

    def forget(self, node: int) -> None:
        """From now on an operation like this one is another node: this one is a cell's own."""
        self.known.pop((self.names[node], self.arguments[node]), None)

    def source(self, node: int) -> int:
        """What a copy, or a copy of a copy, is one of."""
        while self.names[node] == "copy":
            (node,) = self.arguments[node]
        return node

    def cut(self, length: int) -> None:
        """Forget the nodes from `length` on: a formula that was only tried."""
        for number in range(length, len(self.names)):
            key = (self.names[number], self.arguments[number])
            if self.known.get(key) == number:
                del self.known[key]
        if any(number >= length for number in self._literals.values()):
            self._literals = {v: n for v, n in self._literals.items() if n < length}
            self._literal_nodes = set(self._literals.values())
        del self.names[length:], self.arguments[length:], self.given[length:]

    def _value(self, number: int) -> Floats | float:
        name, arguments = self.names[number], self.arguments[number]
        if name == LEAF:
            return self.given[number]
        if name == OPAQUE:  # holds where its arguments are those of the file
            inside = self.values[list(arguments)]
            same = np.all((inside == inside[:, :1]) | np.isnan(inside[:, :1]), axis=0)
            return np.where(same, self.given[number], np.nan)
        return OPERATIONS[name].value(self.values[list(arguments)])

    def run(self, points: int, moved: Mapping[int, Floats]) -> None:
        """All values anew at so many points; `moved` gives leaves other values, point by point."""
        self.values = np.empty((max(256, len(self.names)), points))
        with np.errstate(all="ignore"):
            for number in range(len(self.names)):
                self.values[number] = moved[number] if number in moved else self._value(number)
