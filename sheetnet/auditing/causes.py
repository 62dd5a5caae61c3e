"""Why a weight is wrong: the one slip that, undone, makes a formula equal what is due.

Knows: how a due step becomes the value that is due in each cell on the way to it, and in each part
of that cell's formula; where in the sheet a value, a factor or a term that is missing stands. Does
not know which weights are wrong (see `judge`).

A cause counts only if the repaired formula gives the due value at every point to 1e-9. The cells
on the way that several wrong weights share are tried first; among the repairs, a formula filled
from a neighbour, then the smallest edits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from sheetnet.auditing.book import Place
from sheetnet.auditing.derivative import gradient
from sheetnet.auditing.functions import Floats
from sheetnet.auditing.graph import Graph
from sheetnet.auditing.judge import Judge
from sheetnet.auditing.measured import Judgement, Step
from sheetnet.auditing.repairs import (
    Cause,
    Edit,
    dropped,
    exchanged,
    exchanges,
    filled,
    near_to,
    parentheses,
    plain,
    ranges,
    reference,
    replaced,
    signs,
)
from sheetnet.auditing.spreading import Needed, Unknown, Volatile
from sheetnet.auditing.together import together
from sheetnet.formulas.tree import Address, Binary, Node, Number, Reference, postorder

SECONDS = 2.5  # for one finding
_CONSTANTS = (-1.0, 2.0, 0.5, *(1.0 / n for n in range(3, 11)), *map(float, range(3, 11)))


class Finder:
    """Looks for causes in one judged table."""

    def __init__(self, judge: Judge, judgement: Judgement) -> None:
        self.judge, self.judgement = judge, judgement
        self.graph: Graph = judge.graph
        self.cache: dict[object, Cause | None] = {}

    def cause(self, step: Step, weights: list[int]) -> Cause | None:
        """The one slip that explains the wrong weights of a step, or else the first of them."""
        self.until = time.process_time() + SECONDS
        mark = len(self.graph.tape)
        try:
            with np.errstate(all="ignore"):
                return self._cause(step, weights)
        finally:
            self.graph.tape.cut(mark)

    def _cause(self, step: Step, weights: list[int]) -> Cause | None:
        table = self.judgement.table
        old, new = table.column(step.number), table.column(step.number + 1)
        due = -self.judgement.rates[:, None] * step.measured.slope
        wanted: dict[int, list[Floats]] = {}
        ways: list[tuple[Floats, dict[int, Floats]]] = []
        order: dict[int, int] = {}
        for weight in weights[:24]:
            lack = due[weight] - step.measured.step[weight]
            if new[weight] in old:
                continue
            slopes = gradient(self.graph.tape, {new[weight]: np.ones(len(lack))}, set(old),
                              0, 5000)  # fmt: skip
            ways.append((lack, slopes))
            for node, slope in slopes.items():
                if node in old or not np.all(slope[0]):
                    continue
                wanted.setdefault(node, []).append(self.graph.tape.values[node] + lack / slope[0])
                order.setdefault(node, len(order))
        forward = gradient(self.graph.tape, step.loss.seeds, set(old), min(old))
        random = np.random.default_rng(3)
        fine = {new[i]: random.uniform(1, 2, self.graph.tape.points)
                for i in np.flatnonzero(step.right) if step.measured.step[i].any()}  # fmt: skip
        # what right weights are made of is right
        used = gradient(self.graph.tape, fine, set(old), 0, 50_000)
        free = [node for node in wanted if node in self.graph.cell_of
                and (node not in used or not used[node][0].all())
                and (node not in forward or node in new)]  # fmt: skip
        nodes = [node for node in free if all(near_to(wanted[node][0], v) for v in wanted[node])]
        odd = self._odd_updates(step, weights, due, new)
        nodes.sort(key=lambda node: (
            node not in odd, -len(wanted[node]), node in new, order[node]
        ))  # fmt: skip
        self.near = self._cells_near(step, old, new, weights)
        self.index = self._indexed()
        for node in nodes[:12]:
            target = wanted[node][0]
            if np.all(np.isfinite(target)):
                found = self._repaired(node, target, step)
                if found is not None:
                    return found
        self.until = time.process_time() + SECONDS
        return together(self, free, ways, step)

    def _odd_updates(self, step: Step, weights: list[int], due: Floats, new: list[int]
                     ) -> set[int]:
        """Updates that lack the rate, or have the wrong sign: the slip is theirs, if anybody's."""
        found = set()
        for weight in weights[:24]:
            own, rate = step.measured.step[weight], self.judgement.rates[weight]
            if near_to(own * rate, due[weight]) or near_to(-own, due[weight]):
                found.add(new[weight])
        return found if len(found) < 3 else set()

    def _cells_near(self, step: Step, old: list[int], new: list[int], weights: list[int]
                    ) -> list[Place]:
        """The cells of the step, those of the forward pass first."""
        tape = self.graph.tape
        seen: dict[int, None] = {}
        ahead = [*step.loss.seeds, *(new[i] for i in weights[:4]), *new]
        stop = set(old)
        while ahead and len(seen) < 3000:
            node = ahead.pop(0)
            if node in seen:
                continue
            seen[node] = None
            if node not in stop:
                ahead += tape.arguments[node]
        found = [self.graph.cell_of[node] for node in seen if node in self.graph.cell_of][:160]
        rate = self.judgement.rate_cell
        return found if rate is None else [rate, *found]

    def _indexed(self) -> dict[tuple[float, ...], Place]:
        """Values at all points to the cell that has them, that of the rate before others."""
        found: dict[tuple[float, ...], Place] = {}
        for place in self.near:
            values = self.graph.tape.values[self.graph.at[place]]
            if np.all(np.isfinite(values)) and np.any(values):
                found.setdefault(_key(values), place)
        return found

    def _repaired(self, node: int, target: Floats, step: Step) -> Cause | None:
        place = self.graph.cell_of[node]
        tree = self.graph.book.tree(place)
        self.after = self.made_of(node)
        for edit in self._edits(place, tree, target, step):
            if time.process_time() > self.until:
                return None
            if tree is not None and edit.tree == tree:
                continue
            values = self.value(place, edit.tree)
            if values is not None and near_to(values, target):
                return Cause(place, edit.kind, edit.tree, edit.cell)
        return None

    def made_of(self, node: int) -> set[int]:
        """The nodes that depend on a cell, as far as this step goes."""
        found, ahead = {node}, [node]
        while ahead and len(found) < 4000:
            for user in self.judge.users.of[ahead.pop()]:
                if user not in found:
                    found.add(user)
                    ahead.append(user)
        return found

    def value(self, place: Place, tree: Node) -> Floats | None:
        of = self.place_of(place)
        for one in postorder(tree):
            if isinstance(one, Address):
                cell = of(one.reference)
                if cell == place or self.graph.at.get(cell or place) in self.after:
                    return None  # a formula is not made of what is made of it
        try:
            node = self.graph.value_of(place, tree)
            return np.array(self.graph.tape.values[node])
        except (Needed, Unknown, Volatile, RecursionError, IndexError, TypeError):
            return None

    def _edits(self, place: Place, tree: Node | None, target: Floats, step: Step
               ) -> Iterator[Edit]:
        yield from self._from_neighbours(place, tree)
        if tree is None:
            return
        yield from self.one_step_back(place, tree, step)
        yield from signs(tree)
        yield from dropped(tree)
        yield from ranges(tree)
        yield from parentheses(self.graph.book.text(place) or "", self.graph.book.dialect)
        yield from exchanges(tree, self.near, place, self.graph.book, self.place_of(place))
        yield from self._solved(place, tree, target)

    def _from_neighbours(self, place: Place, tree: Node | None) -> Iterator[Edit]:
        """The formulas of cells beside and of the steps before and after, filled to here."""
        table = self.judgement.table
        ways = {(0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)}
        if table.steps > 1:
            way = table.slots[0][1].apart(table.slots[0][2])
            ways |= {way, tuple(-part for part in way)}  # type: ignore[arg-type]
        for way in sorted(ways, reverse=True):
            source = place.moved(*way)
            other = self.graph.book.tree(source) if source.sheet >= 0 else None
            if other is None:
                continue
            moved = filled(other, -way[1], -way[2])
            if moved is not None:
                yield Edit("value typed" if tree is None else "pattern", moved)

    def one_step_back(self, place: Place, tree: Node, step: Step) -> Iterator[Edit]:
        """New weights named where the old ones are due, or the other way round."""
        table, of = self.judgement.table, self.place_of(place)
        old = [slots[step.number] for slots in table.slots]
        new = [slots[step.number + 1] for slots in table.slots]
        for one, other in ((new, old), (old, new)):
            turned = dict(zip(one, other, strict=True))
            made = tree
            for each in postorder(tree):
                if isinstance(each, Address) and of(each.reference) in turned:
                    cell = turned[of(each.reference)]  # type: ignore[index]
                    due = reference(cell, each.reference, place, self.graph.book)
                    made = exchanged(made, each.reference, due)
            yield Edit("updated weights", made)

    def place_of(self, home: Place) -> Callable[[Reference], Place | None]:
        def of(reference: Reference) -> Place | None:
            rect = self.graph.rect(Address(reference), home)
            return None if rect is None else Place(*rect[:3])

        return of

    def _solved(self, place: Place, tree: Node, target: Floats) -> Iterator[Edit]:
        """For each part of the formula the value that it would need: is it, or the factor or
        term that it lacks, a cell, a slope or a small number?"""
        book = self.graph.book
        own = self.value(place, tree)
        if own is None:
            return
        parts: list[tuple[int, Node, Floats, Floats]] = []
        for at, part in enumerate(postorder(tree)):
            if isinstance(part, Address) and part.reference.area:
                continue
            held = self.value(place, part)
            lifted = self.value(place, replaced(tree, at, Binary("+", part, Number(1.0))))
            if held is not None and lifted is not None and np.all(lifted - own):
                parts.append((at, part, held, held + (target - own) / (lifted - own)))
        for at, part, _, needed in parts:
            cell = self.index.get(_key(needed))
            if cell is not None and isinstance(part, Address):
                name = Address(reference(cell, part.reference, place, book))
                yield Edit("another cell", replaced(tree, at, name), cell)
        lacking = [
            Edit(kind, replaced(tree, at, made))
            for at, part, held, needed in reversed(parts)  # the whole formula first
            for kind, made in self._missing(place, part, held, needed)
        ]
        yield from sorted(lacking, key=lambda edit: edit.kind == "missing term")
        for at, part, _, needed in parts:
            cell = self.index.get(_key(needed))
            if cell is not None and not isinstance(part, Address):
                yield Edit("another cell", replaced(tree, at, plain(cell, place, book)), cell)

    def _missing(self, place: Place, part: Node, held: Floats, needed: Floats
                 ) -> Iterator[tuple[str, Node]]:
        book, tape = self.graph.book, self.graph.tape
        factor, term = needed / held, needed - held
        for value, operator in ((factor, "*"), (1 / factor, "/"), (term, "+"), (-term, "-")):
            cell = self.index.get(_key(value))
            if cell is not None and np.all(np.isfinite(value)):
                kind = "missing factor" if operator in "*/" else "missing term"
                if operator == "*" and cell == self.judgement.rate_cell:
                    kind = "missing rate"
                yield kind, Binary(operator, part, plain(cell, place, book))  # type: ignore[arg-type]
        for constant in _CONSTANTS:
            if near_to(factor, np.full_like(factor, constant)):
                kind = "sign" if constant < 0 else "missing factor"
                if near_to(factor, np.full_like(factor, self.judgement.rate)):
                    kind = "missing rate"
                yield kind, Binary("*", part, Number(constant))
        for near in self.near:
            a = tape.values[self.graph.at[near]]
            cell_node = plain(near, place, book)
            one = Number(1.0)
            for slope, made in (
                (a * (1 - a), Binary("*", cell_node, one - cell_node)),
                (1 - a * a, one - cell_node**2),
                ((a > 0) * 1.0, None),
            ):
                if made is not None and near_to(factor, slope):
                    yield "missing slope", Binary("*", part, made)
            other = self.index.get(_key(term / a)) if np.all(a) else None
            if other is not None:
                yield "missing term", Binary(
                    "+", part, Binary("*", cell_node, plain(other, place, book))
                )


def _key(values: Floats) -> tuple[float, ...]:
    return tuple(float(f"{value:.8e}") for value in values)
