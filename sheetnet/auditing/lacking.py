"""What a formula lacks, found from the value that is due in its cell.

Knows: for each part of a formula the value that it would need, and where in the sheet that value,
or the factor or term in between, stands. Does not know which repair is the likeliest.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sheetnet.auditing.book import Place
from sheetnet.auditing.functions import Floats
from sheetnet.auditing.repairs import (
    Edit,
    exchanged,
    near_to,
    plain,
    reference,
    replaced,
    slopes,
)
from sheetnet.auditing.suspects import Scene
from sheetnet.formulas.tree import Address, Binary, Node, Number, Reference, postorder

_CONSTANTS = (-1.0, 2.0, 0.5, *(1.0 / n for n in range(3, 11)), *map(float, range(3, 11)))


class Lacking:
    """Looks in the cells of one step."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.graph = scene, scene.graph
        self.trials, self.book = scene.judge.trials, scene.graph.book
        self.rate = scene.judgement.rate
        self.index: dict[tuple[float, ...], list[Place]] = {}
        for place in scene.near:
            values = self.graph.tape.values[self.graph.at[place]]
            if np.all(np.isfinite(values)) and np.any(values):
                self.index.setdefault(_key(values), []).append(place)

    def _at(self, values: Floats, like: Place) -> Place | None:
        """The cell with these values, the nearest to another one."""
        found = self.index.get(_key(values)) if np.all(np.isfinite(values)) else None
        return None if not found else min(found, key=lambda p: _far(p, like))

    def solved(self, place: Place, tree: Node, target: Floats) -> Iterator[Edit]:
        """For each part of the formula: is the value that it needs, or the factor or term that it
        lacks, a cell, a slope or a small number?"""
        own = self.trials.value(place, tree)
        if own is None:
            return
        parts: list[tuple[int, Node, Floats, Floats]] = []
        for at, part in enumerate(postorder(tree)):
            if isinstance(part, Address) and part.reference.area:
                continue
            held = self.trials.value(place, part)
            lifted = self.trials.value(place, replaced(tree, at, Binary("+", part, Number(1.0))))
            if held is not None and lifted is not None and np.all(lifted - own):
                parts.append((at, part, held, held + (target - own) / (lifted - own)))
        for at, part, _, needed in parts:
            if not isinstance(part, Address):
                continue
            cell = self._at(needed, self.trials.place_of(part, place) or place)
            if cell is not None:
                name = Address(reference(cell, part.reference, place, self.book))
                yield Edit("another cell", replaced(tree, at, name), cell)
        for at, part, held, needed in reversed(parts):  # the whole formula first
            for kind, made in self._missing(place, part, held, needed):
                yield Edit(kind, replaced(tree, at, made))
        for at, part, _, needed in parts:
            cell = self._at(needed, place)
            if cell is not None and not isinstance(part, Address):
                yield Edit("another value", replaced(tree, at, plain(cell, place, self.book)), cell)

    def _missing(self, place: Place, part: Node, held: Floats, needed: Floats
                 ) -> Iterator[tuple[str, Node]]:
        tape = self.graph.tape
        factor, term = needed / held, needed - held
        is_update = self.graph.at[place] in self.scene.new
        for value, operator in ((factor, "*"), (1 / factor, "/"), (term, "+"), (-term, "-")):
            cell = self._at(value, place)
            if cell is None:
                continue
            made: Node = plain(cell, place, self.book)
            kind = "missing factor" if operator in "*/" else "missing term"
            if operator == "*" and cell == self.scene.judgement.rate_cell and is_update:
                anchored = Reference(None, 0, 0, True, True, None, 0, 0, True, True, False)
                made = Address(reference(cell, anchored, place, self.book))
                yield "missing rate", Binary("*", made, part)
            yield kind, Binary(operator, part, made)  # type: ignore[arg-type]
        for constant in (self.rate, *_CONSTANTS):
            if near_to(factor, np.full_like(factor, constant)):
                if constant == self.rate and is_update and self.scene.judgement.rate_cell is None:
                    yield "missing rate", Binary("*", Number(constant), part)
                kind = "sign" if constant < 0 else "missing factor"
                yield kind, Binary("*", part, Number(constant))
        for near in self.scene.near:
            a = tape.values[self.graph.at[near]]
            cell_node = plain(near, place, self.book)
            tried = (a * (1 - a), 1 - a, 1 - a * a, (a > 0) * 1.0)
            if not near_to(a, np.full_like(a, a[0])):  # what does not move is no activation
                for value, made in zip(tried, slopes(cell_node), strict=True):
                    if near_to(factor, value):
                        yield "missing slope", Binary("*", part, made)
            other = self._at(term / a, near) if np.all(a) else None
            if other is not None:
                yield "missing term", Binary(
                    "+", part, Binary("*", cell_node, plain(other, place, self.book))
                )

    def pairs(self, place: Place, tree: Node, target: Floats) -> Iterator[Edit]:
        """Both factors of a product named wrongly: two other cells, the nearest that fit."""
        own = self.trials.value(place, tree)
        for at, part in enumerate(postorder(tree)):
            match part:
                case Binary("*", Address(a), Address(b)) if not (a.area or b.area):
                    held = self.trials.value(place, part)
                    lifted = self.trials.value(
                        place, replaced(tree, at, Binary("+", part, Number(1.0)))
                    )
                    homes = [self.trials.place_of(Address(r), place) for r in (a, b)]
                    if own is None or held is None or lifted is None or None in homes:
                        continue
                    needed = held + (target - own) / (lifted - own)
                    found = []
                    for near in self.scene.near:
                        value = self.graph.tape.values[self.graph.at[near]]
                        other = self._at(needed / value, homes[1]) if np.all(value) else None  # type: ignore[arg-type]
                        if other is not None:
                            far = _far(near, homes[0]), _far(other, homes[1])  # type: ignore[arg-type]
                            found.append((far, near, other))
                    for _, one, other in sorted(found)[:1]:
                        made = Binary("*", Address(reference(one, a, place, self.book)),
                                      Address(reference(other, b, place, self.book)))  # fmt: skip
                        yield Edit("neighbour's product", replaced(tree, at, made))

    def exchanges(self, place: Place, tree: Node, target: Floats) -> Iterator[Edit]:
        """One cell named in place of another, wherever the formula names it: all at once."""
        tape, at = self.graph.tape, self.graph.at
        after = self.trials.made_of(at[place])
        cells = [cell for cell in self.scene.near if at[cell] not in after]
        values = np.array([tape.values[at[cell]] for cell in cells])
        named = dict.fromkeys(
            one.reference for one in postorder(tree)
            if isinstance(one, Address) and not one.reference.area
        )  # fmt: skip
        for old in named if len(cells) else ():
            own = self.trials.place_of(Address(old), place)
            node = None if own is None else at.get(own)
            made = None if node is None else self.trials.exchanged(place, tree, {node: values})
            if made is None or own is None:
                continue
            fits = [cell for cell, each in zip(cells, made, strict=True)
                    if cell != own and near_to(each, target)]  # fmt: skip
            for cell in sorted(fits, key=lambda c: _far(c, own))[:3]:
                new = reference(cell, old, place, self.book)
                yield Edit("another cell", exchanged(tree, old, new), cell)

    def areas(self, place: Place, tree: Node) -> Iterator[Edit]:
        """In array formulas: another range of the step named in place of one; the slope of one
        as a further factor; one of the cells that count examples as a divisor."""
        known: dict[Reference, None] = {}
        for near in self.scene.near:
            home = self.book.filled.get(near, near)
            other = self.book.tree(home) if home.sheet == place.sheet else None
            for one in postorder(other) if other is not None else ():
                if isinstance(one, Address) and one.reference.area:
                    known[one.reference] = None
        named = [one.reference for one in postorder(tree)
                 if isinstance(one, Address) and one.reference.area]  # fmt: skip
        for old in dict.fromkeys(named):
            for new in known:
                if new != old:
                    yield Edit("another cell", exchanged(tree, old, new))
        for area in known:
            for made in slopes(Address(area)):
                yield Edit("missing slope", Binary("*", tree, made))
        for constant in _CONSTANTS:
            yield Edit("missing factor", Binary("*", tree, Number(constant)))
        rate = self.scene.judgement.rate_cell
        for at, one in enumerate(postorder(tree)):
            if rate is not None and isinstance(one, Address) and one.reference.area:
                made = Binary("*", plain(rate, place, self.book), one)
                yield Edit("missing rate", replaced(tree, at, made))


def _far(one: Place, other: Place) -> tuple[int, int, int]:
    sheets, rows, columns = one.apart(other)
    straight = rows == 0 or columns == 0
    return abs(sheets), not straight, abs(rows) + abs(columns)


def _key(values: Floats) -> tuple[float, ...]:
    return tuple(float(f"{value:.8e}") for value in values)
