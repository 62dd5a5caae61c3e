"""Cells that may hold the slip, each with the value that is due in it.

Knows: how what a wrong weight lacks becomes the value that is due in each cell on the way to it;
and, where several cells may be wrong at once, what is due in a cell that stands for the
derivative by a sum z, since the weights that enter z tell. Does not know formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sheetnet.auditing.book import Place
from sheetnet.auditing.derivative import gradient, partials
from sheetnet.auditing.functions import Floats
from sheetnet.auditing.judge import Judge
from sheetnet.auditing.losses import reached
from sheetnet.auditing.measured import Judgement, Step
from sheetnet.auditing.repairs import near_to
from sheetnet.auditing.tape import LEAF

MOST_WEIGHTS = 24  # wrong ones that are looked at
MOST_NEAR = 160


@dataclass
class Suspect:
    """A cell, what is due in it, and the weights that would be right then."""

    node: int
    place: Place
    target: Floats
    reach: frozenset[int]


class Scene:
    """One step with wrong weights: what is due, and the ways on which it went astray."""

    def __init__(
        self, judge: Judge, judgement: Judgement, step: Step, weights: Sequence[int]
    ) -> None:
        self.judge, self.graph, self.judgement, self.step = judge, judge.graph, judgement, step
        table, tape = judgement.table, judge.graph.tape
        self.old, self.new = judge.ends(table, step.number)
        self.stop = set(self.old)
        self.weights = [w for w in weights if self.new[w] not in self.stop]
        self.due = -judgement.rates[:, None] * step.measured.slope
        self.lack = self.due - step.measured.step
        self.ways = {
            weight: gradient(tape, {self.new[weight]: np.ones(tape.points)}, self.stop,
                             0, 5000)
            for weight in self.weights[:MOST_WEIGHTS]
        }  # fmt: skip
        self.forward = gradient(tape, step.loss.seeds, self.stop, min(self.old))
        self.given = self._given()
        random = np.random.default_rng(3)
        fine = {self.new[i]: random.uniform(1, 2, tape.points)
                for i in np.flatnonzero(step.right) if step.measured.step[i].any()}  # fmt: skip
        used = gradient(tape, fine, self.stop, 0, 50_000)
        # what right weights are made of is right
        self.used = {node for node, slope in used.items() if slope[0].all()}
        self.near = self._cells_near()

    def _given(self) -> set[int]:
        """The typed numbers that the loss is made of: inputs and targets."""
        tape, seen, ahead = self.graph.tape, set(self.stop), list(self.step.loss.seeds)
        while ahead:
            node = ahead.pop()
            if node not in seen:
                seen.add(node)
                ahead += tape.arguments[node]
        return {node for node in seen - self.stop if tape.names[node] == LEAF}

    def _is_free(self, node: int) -> bool:
        is_backward = (node not in self.forward and node not in self.given) or node in self.new
        return node in self.graph.cell_of and is_backward and node not in self.stop

    def singles(self) -> list[Suspect]:
        """Cells each of which could alone have made all weights wrong that it has a part in."""
        wanted: dict[int, dict[int, Floats]] = {}
        order: dict[int, int] = {}
        for weight, slopes in self.ways.items():
            for node, slope in slopes.items():
                if not self._is_free(node) or node in self.used or not np.all(slope[0]):
                    continue
                target = self.graph.tape.values[node] + self.lack[weight] / slope[0]
                wanted.setdefault(node, {})[weight] = target
                order.setdefault(node, len(order))
        found = []
        for node, targets in wanted.items():
            one = next(iter(targets.values()))
            if np.all(np.isfinite(one)) and all(near_to(one, each) for each in targets.values()):
                place = self.graph.cell_of[node]
                found.append(Suspect(node, place, one, frozenset(targets)))
        odd = self._odd_updates()
        found.sort(key=lambda s: (
            s.node not in odd, -len(s.reach), s.node in self.new, order[s.node]
        ))  # fmt: skip
        return found

    def _odd_updates(self) -> set[int]:
        """Updates that lack the rate, or have the wrong sign: the slip is theirs, if anybody's."""
        found = set()
        for weight in self.ways:
            own, rate = self.step.measured.step[weight], self.judgement.rates[weight]
            if near_to(own * rate, self.due[weight]) or near_to(-own, self.due[weight]):
                found.add(self.new[weight])
        return found if len(found) < 3 else set()

    def matched(self) -> list[Suspect]:
        """Cells that are the derivative by a sum z, all those that are wrong by themselves.

        A weight w that enters z as w·a has ∂z/∂w = a; a cell that takes part in its step with a
        factor that is a times one constant, for all weights of z alike, stands for ∂loss/∂z.
        """
        enters = {weight: self._entered(self.old[weight]) for weight in self.ways}
        told: dict[int, list[tuple[int, Floats]]] = {}
        for weight, slopes in self.ways.items():
            rate = self.judgement.rates[weight]
            for node, slope in slopes.items():
                if not self._is_free(node) or not np.all(slope[0]):
                    continue
                for partial, adjoint in enters[weight]:
                    ratio = partial / slope[0]
                    if near_to(ratio, np.full_like(ratio, ratio[0])):
                        told.setdefault(node, []).append((weight, -rate * ratio[0] * adjoint))
        wrong: dict[int, Suspect] = {}
        for node, given in told.items():
            best = max(given, key=lambda one: len({w for w, due in given if near_to(due, one[1])}))
            reach = frozenset(w for w, due in given if near_to(due, best[1]))
            own = self.graph.tape.values[node]
            if len(reach) > 1 and not near_to(own, best[1]) and np.all(np.isfinite(best[1])):
                wrong[node] = Suspect(node, self.graph.cell_of[node], best[1], reach)
        for node in sorted(wrong):
            if node in wrong:
                for later in self.judge.trials.made_of(node) & wrong.keys() - {node}:
                    del wrong[later]
        return [wrong[node] for node in sorted(wrong, key=lambda n: self.graph.cell_of[n])]

    def _entered(self, weight: int) -> list[tuple[Floats, Floats]]:
        """The sums that a weight enters: its factor there, and the derivative by the sum."""
        tape, users = self.graph.tape, self.judge.users.of
        found, ahead = [], [weight]
        while ahead:
            one = ahead.pop()
            for user in users[one]:
                if user not in self.forward:
                    continue
                if tape.names[user] == "copy":
                    ahead.append(user)
                    continue
                at = tape.arguments[user].index(one)
                found.append((partials(tape, user)[at], self.forward[user][0]))
        return found

    def replay_fits(self, changes: dict[int, object]) -> set[int] | None:
        """The wrong weights that would be right with these changes; None where they spoil any."""
        values = self.judge.trials.replayed(changes, self.new, self.stop)  # type: ignore[arg-type]
        if values is None:
            return None
        tape, found = self.graph.tape, set[int]()
        for i, (value, node) in enumerate(zip(values, self.new, strict=True)):
            moved = value - tape.values[node]
            if self.step.right[i]:
                if not np.all(np.abs(moved) <= 1e-9 * np.abs(self.due[i]) + 1e-14):
                    return None
                continue
            scale = np.maximum(np.abs(self.due[i]), np.abs(self.lack[i]))
            old = 1e-15 * np.abs(tape.values[node])
            if np.all(np.abs(moved - self.lack[i]) <= 1e-8 * scale + 4 * old):
                found.add(i)
        return found

    def _cells_near(self) -> list[Place]:
        """The cells of the step, those of the forward pass first."""
        tape = self.graph.tape
        seen: dict[int, None] = {}
        ahead = [*self.step.loss.seeds, *(self.new[i] for i in self.weights[:4]), *self.new]
        at = 0
        while at < len(ahead) and len(seen) < 3000:
            node = ahead[at]
            at += 1
            if node in seen:
                continue
            seen[node] = None
            if node not in self.stop:
                ahead += tape.arguments[node]
        cell_of = self.graph.cell_of
        beside = reached(self.judge.users, self.old, self.judge.step_ends(self.old, self.new))
        found = [cell_of[node] for node in seen if node in cell_of][:MOST_NEAR]
        found += [cell_of[n] for n in beside if n in cell_of and n not in seen][:MOST_NEAR]
        rate = self.judgement.rate_cell
        return found if rate is None else [rate, *found]

    def is_leaf(self, place: Place) -> bool:
        """Whether a cell holds a typed number."""
        return self.graph.tape.names[self.graph.at[place]] == LEAF
