"""Step ÷ derivative: one number for all weights, or else which of them are wrong.

Knows: how the loss is chosen by consensus, what rounding may do to a derivative, when weights
agree. Does not know why a wrong one is wrong (see `causes`) or how it is told (see `report`).

In a right sheet every weight's step is −λ times the derivative of the loss by that weight, with
one λ. No cell says which one the loss is, and none needs to: it is the candidate for which most
weights agree on λ, at the sheet's own weights and at others, moved at random. A chance agreement
does not hold at several points. Whether a weight is wrong is then a matter of the sheet's own
point alone; a slip that shows only elsewhere is hidden by the sheet's own numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from sheetnet.auditing.derivative import gradient
from sheetnet.auditing.functions import Floats
from sheetnet.auditing.graph import Graph
from sheetnet.auditing.grouping import Hints, groups
from sheetnet.auditing.losses import Loss, Users, candidates, reached, unseen
from sheetnet.auditing.measured import Judgement, Measured, Step
from sheetnet.auditing.rates import check_rates, shared, stands_in
from sheetnet.auditing.tape import LEAF
from sheetnet.auditing.trials import Trials
from sheetnet.auditing.updates import (
    Chain,
    Table,
    lengths,
    step_of,
    successors,
    table,
)

POINTS = 4
MOST_VISITED = 500_000  # nodes of one derivative
BUDGET = 150_000, 10_000  # nodes that may be visited in looking for the first loss, and others


def move(graph: Graph, roots: Collection[int], points: int = POINTS) -> None:
    """Run the tape at the file's own weights, and at others nearby."""
    random = np.random.default_rng(20)
    own = graph.own
    moved = {}
    for root in sorted(roots):
        width = 0.15 * abs(own[root]) + 0.05
        moved[root] = own[root] + width * np.concatenate(
            [[0.0], random.uniform(-1, 1, points - 1)]
        )
    graph.tape.run(points, moved)


class Judge:
    """Judges one workbook's updates."""

    def __init__(self, graph: Graph, hints: Hints) -> None:
        self.graph, self.hints = graph, hints
        self.users = Users(graph)
        self.trials = Trials(graph, self.users)
        self.after = successors(graph)
        self.length = lengths(self.after)
        self.budget = BUDGET[0]
        self.unjudged: list[list[Chain]] = []  # as large as tables of weights, but of no loss

    def groups(self) -> list[list[Chain]]:
        """Chains of one length, the likeliest group of weights first."""
        return groups(self.graph, self.users, self.after, self.hints)

    def judgements(self) -> list[Judgement]:
        """One for each table of weights whose loss finds consensus, the largest first."""
        found: list[Judgement] = []
        taken: set[int] = set()
        groups = self.groups()
        for group in groups[:8]:
            longest = len(group[0].nodes)
            sheets = {self.graph.cell_of[c.nodes[1]].sheet for c in group}
            if taken.intersection(n for chain in group for n in chain.nodes):
                continue
            broken = [
                c for other in groups if other is not group for c in other
                if 2 < len(c.nodes) < longest and self.graph.cell_of[c.nodes[1]].sheet in sheets
            ]  # fmt: skip
            self.budget = BUDGET[bool(found)]
            one = self._group(group, broken)
            if one is None and len(group) > 2 and longest > 2:
                self.unjudged.append(group)
            if one is not None:
                found.append(one)
                taken.update(node for nodes in one.table.nodes for node in nodes)
        return sorted(found, key=lambda j: -j.agreeing * len(j.steps))

    def judged(self) -> Judgement | None:
        """The judgement of the largest table."""
        return next(iter(self.judgements()), None)

    def _group(self, group: list[Chain], broken: list[Chain]) -> Judgement | None:
        graph = self.graph
        whole = table(graph, group, broken)
        steps = min(whole.steps, self.hints.steps or whole.steps)
        self.run(whole)
        for first in range(min(2, steps)):
            chosen = self._loss(whole, first)
            if chosen is not None:
                break
        else:
            return None
        loss, rate, used, is_other = chosen
        whole = whole.part(used)
        if is_other:  # the rate is that of the shown loss
            numbers = shared(graph, *self.ends(whole, first))
            if numbers:
                rate = float(graph.own[numbers[0]])
        is_turned = rate < 0 and self._is_cost(loss)
        judgement = Judgement(whole, loss, abs(rate) if is_turned else rate, [], 0)
        judgement.is_sure = is_turned or is_other
        for _ in range(2):
            judgement.rates = self._rates(judgement, first, is_turned)
            judged = [self._step(judgement, number, first) for number in range(steps)]
            judgement.steps = [one for one in judged if one is not None]
            usual = self._usual_rate(judgement)
            if abs(usual - judgement.rate) <= 1e-7 * abs(usual):
                break
            judgement.rate = usual
        judgement.agreeing = max((int(s.right.sum()) for s in judgement.steps), default=0)
        check_rates(graph, judgement)
        return judgement

    def supposed(self, group: list[Chain]) -> Iterator[Judgement]:
        """What would be wrong if the likeliest cells were the loss, and a number that all steps
        are multiples of the rate: for sheets in which one slip spoils every weight."""
        whole = table(self.graph, group)
        self.run(whole)
        old, new = self.ends(whole, 0)
        rates = [self.graph.own[n] for n in shared(self.graph, old, new)][:3]
        masks = reached(self.users, old, self.step_ends(old, new))
        for loss in candidates(self.graph, self.users, masks, set(old), set(new))[:3]:
            slopes, _ = self._slopes(old, loss, MOST_VISITED)
            turning = slopes[:, 0].any(axis=1) & ~np.isnan(slopes[:, 0]).any(axis=1)
            used = [int(i) for i in np.flatnonzero(turning)]
            if len(used) < max(3, 0.6 * len(old)) or _is_flat(slopes[:, 0]):
                continue
            for rate in rates:
                yield self._sure(whole.part(used), loss, float(rate))

    def _sure(self, whole: Table, loss: Loss, rate: float) -> Judgement:
        judgement = Judgement(whole, loss, rate, [], 0, np.full(len(whole.slots), rate), True)
        steps = min(whole.steps, self.hints.steps or whole.steps)
        judged = [self._step(judgement, number, 0) for number in range(steps)]
        judgement.steps = [one for one in judged if one is not None]
        judgement.agreeing = max((int(s.right.sum()) for s in judgement.steps), default=0)
        check_rates(self.graph, judgement)
        return judgement

    def _is_cost(self, loss: Loss) -> bool:
        """Whether a loss is one to be made small: never negative, as a log-likelihood is."""
        if loss.place is None:
            return True
        values = self.graph.tape.values[self.graph.at[loss.place]]
        return bool(np.all(values[np.isfinite(values)] >= 0))

    def _usual_rate(self, judgement: Judgement) -> float:
        """The rate of most steps: the first one may be the odd one out."""
        found = [s.rate for s in judgement.steps if s.rate is not None and s.right.sum() > 1]
        if not found or judgement.is_sure:
            return judgement.rate
        counted = [sum(abs(a - b) <= 1e-7 * abs(a) for b in found) for a in found]
        usual = found[int(np.argmax(counted))]
        if max(counted) * 2 <= len(found) or abs(usual - judgement.rate) <= 1e-7 * abs(usual):
            return judgement.rate
        # A rate that is written nowhere is none: there it was forgotten.
        def is_written(rate: float) -> bool:
            step = next(s for s in judgement.steps if s.rate == rate)
            whole, at = judgement.table, step.number
            news = [whole.column(at + 1)[i] for i in np.flatnonzero(step.right)[:4]]
            return stands_in(self.graph, rate, whole.column(at), news)

        first = next((s.rate for s in judgement.steps if s.rate == judgement.rate), None)
        if first is not None and is_written(first) and not is_written(usual):
            return judgement.rate
        return usual

    def _rates(self, judgement: Judgement, first: int, is_turned: bool) -> Floats:
        """The rate of each weight: that of all, or one of its layer that stands in the updates."""
        whole, rate = judgement.table, judgement.rate
        old, new = whole.column(first), whole.column(first + 1)
        rates = np.full(len(old), rate)
        if is_turned:
            return rates
        own = self.measure(old, new, judgement.loss).steady()
        for i, ratio in enumerate(own):
            if not ratio > 0 or abs(ratio - rate) <= 1e-7 * abs(rate):
                continue
            like = np.flatnonzero(np.abs(own - ratio) <= 1e-7 * ratio)
            if len(like) > 1 and stands_in(self.graph, float(ratio), old, [new[j] for j in like]):
                rates[i] = ratio
        kept = [i for i in range(len(old)) if abs(own[i] - rates[i]) <= 1e-7 * rates[i]]
        for i in range(len(old)) if len(set(rates.tolist())) > 1 else ():
            beside = [next((rates[j] for j in way if j in kept), None)
                      for way in (range(i - 1, -1, -1), range(i + 1, len(old)))]  # fmt: skip
            if i not in kept and beside[0] == beside[1] is not None:
                rates[i] = beside[0]  # as on both sides of it
        return rates

    def ends(self, whole: Table, step: int) -> tuple[list[int], list[int]]:
        """The nodes of the old weights in a step, and of the new ones."""
        return whole.column(step), whole.column(step + 1)

    def run(self, whole: Table) -> None:
        """The tape at the file's own weights of a table and at others."""
        names = self.graph.tape.names
        move(self.graph, {node for nodes in whole.nodes for node in nodes[:-1]
                          if names[node] == LEAF})  # fmt: skip

    def measure(self, old: list[int], new: list[int], loss: Loss) -> Measured:
        """One step of all weights against one loss."""
        slopes, _ = self._slopes(old, loss, MOST_VISITED)
        return Measured(self._steps(old, new), slopes[:, 0], slopes[:, 1])

    def _slopes(self, old: list[int], loss: Loss, most: int) -> tuple[Floats, int]:
        """Derivative and magnitude by every old weight, and how many nodes took part."""
        found = gradient(self.graph.tape, loss.seeds, set(old), min(old), most)
        nothing = np.zeros((2, self.graph.tape.points))
        return np.array([found.get(node, nothing) for node in old]), len(found) or most

    def _steps(self, old: list[int], new: list[int]) -> Floats:
        with np.errstate(all="ignore"):
            return np.array([step_of(self.graph, a, b) for a, b in zip(old, new, strict=True)])

    def _loss(self, whole: Table, step: int) -> tuple[Loss, float, list[int], bool] | None:
        """The loss with most agreement in a step, its rate, the weights that it depends on, and
        whether it is a cell that nobody agrees with: all agree on the loss of another problem."""
        graph, old, new = self.graph, whole.column(step), whole.column(step + 1)
        masks = reached(self.users, old, self.step_ends(old, new))
        if self.hints.loss is not None and step == 0:
            node = graph.at.get(self.hints.loss)
            seed = {} if node is None else {node: np.ones(graph.tape.points)}
            tried = [Loss(graph.book.name(self.hints.loss), seed, self.hints.loss)]
        else:
            tried = candidates(graph, self.users, masks, set(old), set(new))
            tried += list(unseen(graph, masks))
        best: tuple[tuple[float, ...], Loss, float, list[int], Floats] | None = None
        shown: list[tuple[Loss, Floats]] = []
        hidden: list[Floats] = []
        widest = 0
        sheets = {graph.cell_of[node].sheet for node in new}
        steps = self._steps(old, new)
        budget = self.budget
        for number, loss in enumerate(tried):
            if budget < 0 and number > 3:
                break
            slopes, visited = self._slopes(old, loss, max(2000, budget))
            budget -= visited
            measured = Measured(steps, slopes[:, 0], slopes[:, 1])
            if loss.place is None:
                hidden.append(measured.slope)
            elif number < 12:
                shown.append((loss, measured.slope))
            is_linear = loss.place is not None and _is_flat(measured.slope)
            rate, count = measured.rate()
            if rate is None or (is_linear and graph.tape.points > 1):
                continue
            turning = np.asarray(
                measured.slope.any(axis=1) & ~np.isnan(measured.slope).all(axis=1)
            )
            agree = measured.agree(rate).all(axis=1) & turning
            used = [i for i in range(len(old)) if turning[i]]
            agreeing = [int(i) for i in np.flatnonzero(agree)]
            count = len(agreeing)
            known = count < 3 and stands_in(self.graph, rate, old, [new[i] for i in agreeing])
            if count + known < 2 or (count < 2 and len(used) > 2):
                continue
            widest = max(widest, len(used))
            if len(used) < 0.6 * widest:
                continue
            is_near = loss.place is not None and loss.place.sheet in sheets
            score = (count, rate > 0, known, loss.place is not None, is_near, len(used), -number)
            if best is None or score > best[0] or len(best[3]) < 0.6 * widest:
                best = score, loss, rate, used, measured.slope
            if count == len(old) and rate > 0 and is_near:
                break
        if best is None:
            return None
        _, loss, rate, used, slope = best
        if loss.place is None:  # but is there a cell that is another problem's loss?
            for cell, own in shown:
                if any(_alike(own, each) for each in hidden) and not _alike(own, slope):
                    return cell, rate, used, True
        return loss, rate, used, False

    def step_ends(self, old: list[int], new: list[int]) -> set[int]:
        """Where a step ends: at its new weights, and at other formulas' updates of the old ones,
        which are told from sums such as z = b + … by the long chains that they begin."""
        found = set(new)
        for node in old:
            news = self.after.get(node, [])
            most = max((self.length.get(each, 0) for each in news), default=0)
            found.update(each for each in news if self.length.get(each, 0) == most >= 3)
        return found

    def _loss_at(self, whole: Table, loss: Loss, first: int, number: int) -> Loss | None:
        """The same loss, in another step."""
        graph = self.graph
        if number == first:
            return loss
        if loss.place is None:
            old, new = whole.column(number), whole.column(number + 1)
            masks = reached(self.users, old, self.step_ends(old, new))
            return next((one for one in unseen(graph, masks) if one.name == loss.name), None)
        way = whole.slots[0][first + 1].apart(whole.slots[0][number + 1])
        for place in (loss.place.moved(*way), loss.place):
            node = graph.at.get(place)
            if node is not None and graph.book.has_formula(place):
                seeds = {node: np.ones(graph.tape.points)}
                return Loss(graph.book.name(place), seeds, place)
        return None

    def _step(self, judgement: Judgement, number: int, first: int) -> Step | None:
        whole, rate = judgement.table, judgement.rate
        old, new = whole.column(number), whole.column(number + 1)
        here = self._loss_at(whole, judgement.loss, first, number)
        if here is None:
            return None
        measured = self.measure(old, new, here)
        if not measured.slope.any():
            return None
        own, _ = measured.rate()
        rates, taken = judgement.rates[:, None], rate
        agree = measured.agree(rates)
        if own is not None and own > 0 and not judgement.is_sure:
            others = measured.agree(rates * (own / rate))
            if others[:, 0].sum() > agree[:, 0].sum():
                agree, taken = others, own
        known = ~np.isnan(measured.slope[:, 0]) & ~np.isnan(measured.step[:, 0])
        right = agree[:, 0] & known
        return Step(number, here, taken, measured, right, ~agree[:, 0] & known,
                    right & ~(agree | np.isnan(measured.slope) | np.isnan(measured.step)).all(1),
                    )  # fmt: skip


def _is_flat(slope: Floats) -> bool:
    """Whether derivatives are the same numbers at all points: what is linear is no loss."""
    return bool(np.all(np.abs(slope - slope[:, :1]) <= 1e-12 * np.abs(slope)))


def _alike(one: Floats, other: Floats) -> bool:
    """Whether two derivatives are the same but for a constant factor."""
    at = np.unravel_index(np.argmax(np.abs(np.nan_to_num(one))), one.shape)
    with np.errstate(all="ignore"):
        scaled = other * (one[at] / other[at])
    return bool(np.all(np.abs(one - scaled) <= 1e-8 * np.abs(one[at])))
