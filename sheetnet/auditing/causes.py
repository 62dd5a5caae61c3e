"""Why a weight is wrong: the one slip that, undone, makes formulas equal what is due.

Knows: in which order suspects and edits are tried, and which of several repairs is the likeliest.
Does not know which cells are suspect (see `suspects`), what people mistype (see `repairs`), or
which weights are wrong (see `judge`).

A cause counts only if the repaired formula gives the due value at every point to 1e-9, and if the
wrong weights are right with it and the right ones stay so. The cells that most wrong weights share
are tried first; among the repairs, formulas as they stand in right steps or beside, then what
makes a formula like its siblings, then the smallest edits.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sheetnet.auditing.book import Place
from sheetnet.auditing.judge import Judge
from sheetnet.auditing.lacking import Lacking
from sheetnet.auditing.measured import Judgement, Step
from sheetnet.auditing.repairs import (
    Cause,
    Edit,
    dropped,
    exchanged,
    filled,
    near_to,
    parentheses,
    ranges,
    reference,
    shape,
    shifts,
    signs,
)
from sheetnet.auditing.suspects import Scene, Suspect
from sheetnet.formulas.tree import Address, Node, postorder

SECONDS = 2.5  # of CPU, for one finding
MOST_SUSPECTS = 14
_ORDER = ("updated weights", "another cell", "sign", "lost parenthesis", "untransposed W",
          "LOG for LN", "extra factor", "missing rate", "missing slope", "missing factor",
          "reference drifted", "neighbour's product", "extra parenthesis", "extra term",
          "missing term", "another value")  # fmt: skip


class Finder:
    """Looks for causes in one judged table."""

    def __init__(self, judge: Judge, judgement: Judgement) -> None:
        self.judge, self.judgement = judge, judgement
        self.graph, self.trials = judge.graph, judge.trials

    def cause(self, step: Step, weights: list[int]) -> tuple[Cause | None, set[int]]:
        """The slip that explains most wrong weights of a step, and the weights it explains."""
        self.until = time.process_time() + SECONDS
        mark = len(self.graph.tape)
        try:
            with np.errstate(all="ignore"):
                return self._cause(step, weights)
        finally:
            self.graph.tape.cut(mark)

    def _cause(self, step: Step, weights: list[int]) -> tuple[Cause | None, set[int]]:
        self.scene = Scene(self.judge, self.judgement, step, weights)
        if not self.scene.ways:
            return None, set()
        self.lacking = Lacking(self.scene)
        self.shapes = Counter(
            shape(tree) for place in self.scene.near
            if (tree := self.graph.book.tree(place)) is not None
        )  # fmt: skip
        best: tuple[Cause | None, set[int]] = None, set()
        for look in (self._patterns, self._singles, self._groups):
            cause, explained = look()
            if cause is not None and len(explained) > len(best[1]):
                best = cause, explained
            if best[0] is not None and len(best[1]) >= len(self.scene.weights):
                break
        return best

    # --- what right steps have in these cells ------------------------------------------------

    def _patterns(self) -> tuple[Cause | None, set[int]]:
        """Formulas of the nearest right step, filled to here: each cell alone, then all."""
        ways = list(self._ways_of_right_steps())
        scene, changes = self.scene, dict[int, tuple[Place, Node]]()
        cells = {node: self.graph.cell_of[node] for slopes in scene.ways.values()
                 for node in slopes if node in self.graph.cell_of}  # fmt: skip
        for node, place in sorted(cells.items(), reverse=True):
            if node in scene.stop or (node in scene.forward and node not in scene.new):
                continue
            for way in ways:
                made = self._filled_from(place, way)
                if made is None or made == self.graph.book.tree(place):
                    continue
                value = self.trials.value(place, made)
                if value is not None and not near_to(value, self.graph.tape.values[node]):
                    changes[node] = place, made
                break
        best: tuple[Cause | None, set[int]] = None, set()
        tried = [{node: each} for node, each in list(changes.items())[:20]]
        for some in tried + ([changes] if len(changes) > 1 else []):
            explained = scene.replay_fits(dict(some))
            if explained and len(explained) > len(best[1]):
                (place, tree), *more = [some[node] for node in sorted(some)]
                kind = "value typed" if self.graph.book.tree(place) is None else "pattern"
                best = Cause(place, kind, tree, None, tuple(more)), explained
        return best

    def _ways_of_right_steps(self) -> Iterator[tuple[int, int, int]]:
        """From here to the same cells in the nearest steps that are right."""
        here, table = self.scene.step.number, self.judgement.table
        right = [s.number for s in self.judgement.steps if not s.wrong.any() and s.right.any()]
        for number in sorted(right, key=lambda n: (abs(n - here), n))[:2]:
            yield table.new_place(0, here).apart(table.new_place(0, number))

    def _filled_from(self, place: Place, way: tuple[int, int, int]) -> Node | None:
        source = place.moved(*way)
        if min(source) < 0:
            return None
        book = self.graph.book
        home, own = book.filled.get(source, source), book.filled.get(place, place)
        tree = book.tree(source)
        if tree is None or (home == source) != (own == place):
            return None
        back = (-way[0], -way[1], -way[2])
        return filled(tree, back, source, book)

    # --- one formula, one edit ---------------------------------------------------------------

    def _singles(self) -> tuple[Cause | None, set[int]]:
        units: dict[Place, list[Suspect]] = {}
        for one in self.scene.singles():
            home = self.graph.book.filled.get(one.place, one.place)
            units.setdefault(home, []).append(one)
        ranked = sorted(
            units.values(), key=lambda unit: -len(frozenset().union(*(s.reach for s in unit)))
        )
        best: tuple[tuple[float, ...], Cause, set[int]] | None = None
        most = 0
        for number, unit in enumerate(ranked[:MOST_SUSPECTS]):
            reach = len(frozenset().union(*(s.reach for s in unit)))
            if best is not None and reach < most:
                break
            for rank, cause in self._repaired(unit):
                if best is not None and (*rank, number) >= best[0]:
                    continue
                explained = self.scene.replay_fits({s.node: s.target for s in unit})
                if explained:
                    most = reach
                    best = (*rank, number), cause, explained
            if time.process_time() > self.until or (best is not None and best[0][0] == 0):
                break
        return (None, set()) if best is None else best[1:]

    def _repaired(self, unit: list[Suspect]) -> Iterator[tuple[tuple[float, ...], Cause]]:
        """Repairs of a formula, each with its rank: the smaller the likelier."""
        first = unit[0]
        tree = self.graph.book.tree(first.place)
        found = 0
        before = shape(tree) if tree is not None else ()
        for edit in self._edits(first, tree, len(unit) > 1):
            if time.process_time() > self.until or (found and edit.kind == "?"):
                return
            if edit.kind == "?" or (tree is not None and edit.tree == tree):
                continue
            if all(self._meets(edit.tree, one) for one in unit):
                found += 1
                after = shape(edit.tree)
                likeness = 2 if edit.kind in _ORDER and not self.shapes[after] else 1
                if self.shapes[after] and self.shapes[before] <= len(unit) and after != before:
                    likeness = 0
                order = _ORDER.index(edit.kind) if edit.kind in _ORDER else -1
                near = float("inf") if edit.cell is None else 0.0
                size = len(list(postorder(edit.tree)))
                yield (likeness, order, size, near), Cause(
                    self.graph.book.filled.get(first.place, first.place), edit.kind, edit.tree,
                    edit.cell,
                )  # fmt: skip

    def _meets(self, tree: Node, suspect: Suspect) -> bool:
        values = self.trials.value(suspect.place, tree)
        return values is not None and near_to(values, suspect.target)

    def _edits(self, suspect: Suspect, tree: Node | None, is_array: bool) -> Iterator[Edit]:
        place = suspect.place
        yield from self._beside(place, tree)
        if tree is None:
            return
        is_array = is_array or place in self.graph.book.filled
        yield from self._one_step_back(place, tree)
        yield from signs(tree)
        yield from dropped(tree)
        yield from ranges(tree)
        if is_array:
            yield from self.lacking.areas(place, tree)
        else:
            yield from self.lacking.solved(place, tree, suspect.target)
            yield from self.lacking.exchanges(place, tree, suspect.target)
            yield from shifts(tree, self._small_ways())
            yield from self.lacking.pairs(place, tree, suspect.target)
        yield Edit("?", tree)
        yield from parentheses(self.graph.book.text(place) or "", self.graph.book.dialect)

    def _beside(self, place: Place, tree: Node | None) -> Iterator[Edit]:
        """The formulas of cells beside, filled to here."""
        for way in ((0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)):
            moved = self._filled_from(place, way)
            if moved is not None:
                yield Edit("value typed" if tree is None else "pattern", moved)

    def _small_ways(self) -> list[tuple[int, int]]:
        """One row or column, or one step, on and back."""
        table = self.judgement.table
        ways = [(0, 1), (0, -1), (1, 0), (-1, 0)]
        if table.steps > 1:
            _, down, across = table.slots[0][0].apart(table.slots[0][1])
            ways += [(down, across), (-down, -across)]
        return list(dict.fromkeys(way for way in ways if way != (0, 0)))

    def _one_step_back(self, place: Place, tree: Node) -> Iterator[Edit]:
        """New weights named where the old ones are due, or the other way round."""
        scene, trials = self.scene, self.trials
        for one, other in ((scene.new, scene.old), (scene.old, scene.new)):
            turned = dict(zip(one, other, strict=True))
            made, is_turned = tree, False
            for each in set(postorder(tree)):
                cell = trials.place_of(each, place) if isinstance(each, Address) else None
                node = self.graph.at.get(cell) if cell is not None else None
                if cell is None or node is None or not isinstance(each, Address):
                    continue
                due = turned.get(self.graph.tape.source(node))
                if due is not None:
                    is_turned = True
                    here = self._shown(due, place)
                    new = reference(here, each.reference, place, self.graph.book)
                    made = exchanged(made, each.reference, new)
            if is_turned:
                yield Edit("updated weights", made)

    def _shown(self, node: int, home: Place) -> Place:
        """The cell of a node, or of a copy that stands on the sheet at hand."""
        place = self.graph.cell_of[node]
        for user in self.judge.users.of[node] if place.sheet != home.sheet else []:
            other = self.graph.cell_of.get(user)
            if self.graph.tape.names[user] == "copy" and other and other.sheet == home.sheet:
                return other
        return place

    # --- several formulas, the same edit -----------------------------------------------------

    def _groups(self) -> tuple[Cause | None, set[int]]:
        """Cells that are wrong each by itself: the same slip filled down, or in a whole layer."""
        suspects = self.scene.matched()
        if not suspects:
            return None, set()
        repairs: list[tuple[Suspect, Cause]] = []
        self.until = time.process_time() + SECONDS
        units: dict[Place, list[Suspect]] = {}
        for one in suspects:
            units.setdefault(self.graph.book.filled.get(one.place, one.place), []).append(one)
        kind = None
        for unit in list(units.values())[:40]:
            found = list(self._repaired(unit))
            if found:
                _, cause = min(found, key=lambda f: (f[1].kind != kind, f[0]))
                kind = kind or cause.kind
                repairs.append((unit[0], cause))
            elif not repairs:
                return None, set()
        explained = self.scene.replay_fits({one.node: one.target for one in suspects})
        if not explained or not repairs:
            return None, set()
        first = repairs[0][1]
        more = tuple((c.place, c.tree) for _, c in repairs[1:] if c.kind == first.kind)
        return replace(first, more=more), explained
