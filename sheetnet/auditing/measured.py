"""Steps held against derivatives: when weights agree, and what came out.

Knows: what rounding may do to a derivative, and what one rate for all weights means. Does not know
where steps and derivatives come from (see `judge`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sheetnet.auditing.book import Place
from sheetnet.auditing.functions import Floats
from sheetnet.auditing.losses import Loss
from sheetnet.auditing.updates import Table

EXACT = 1e-9  # relative; a slope from the wrong neuron may be off by 1e-4 and less
_UNIT = 2.0**-52


@dataclass
class Measured:
    """One step held against one loss, by weight and point: step, derivative and its magnitude."""

    step: Floats
    slope: Floats
    magnitude: Floats

    def ratios(self) -> Floats:
        """−step ÷ derivative; NaN where there is no derivative to speak of."""
        with np.errstate(all="ignore"):
            tiny = np.abs(self.slope) <= 1e3 * _UNIT * self.magnitude
            return np.where(tiny, np.nan, -self.step / self.slope)

    def agree(self, rate: float | Floats) -> NDArray[np.bool_]:
        """Where the step is −rate times the derivative, to rounding."""
        with np.errstate(all="ignore"):
            due = -np.asarray(rate) * self.slope
            allowed = (
                EXACT * np.maximum(np.abs(due), np.abs(self.step)) * (np.abs(due) > 0)
                + 1e3 * _UNIT * np.abs(rate) * self.magnitude
                + 1e-300
            )
            return np.asarray(np.abs(self.step - due) <= allowed)

    def silent(self) -> NDArray[np.bool_]:
        """Weights on which neither the loss nor the step turns, at any point."""
        return np.asarray((self.slope == 0).all(axis=1) & (self.step == 0).all(axis=1))

    def rate(self) -> tuple[float | None, int]:
        """The number that most weights' ratio is at all points, and how many those are."""
        ratios = self.ratios()
        heard = np.isfinite(ratios).sum(axis=1) >= min(2, ratios.shape[1])
        ratios = ratios[heard]
        if not len(ratios):
            return None, 0
        with np.errstate(all="ignore"):
            middle = np.nanmedian(ratios, axis=1)
            steady = np.nanmax(np.abs(ratios - middle[:, None]), axis=1) <= 1e-7 * np.abs(middle)
        steady_ones = np.sort(middle[steady & (middle != 0)])
        found: list[tuple[int, float]] = []
        start = 0
        for stop in range(1, len(steady_ones) + 1):
            apart = stop == len(steady_ones) or (
                steady_ones[stop] - steady_ones[stop - 1] > 1e-7 * abs(steady_ones[stop])
            )
            if apart:
                found.append((stop - start, float(np.median(steady_ones[start:stop]))))
                start = stop
        count, rate = max(found, default=(0, 0.0))
        turned = [one for one in found if rate < 0 and abs(one[1] + rate) <= 1e-7 * abs(rate)]
        if turned:  # where some go up and some go down, down is meant
            count, rate = turned[0]
        return (rate, count) if count else (None, 0)

    def steady(self) -> Floats:
        """Each weight's ratio where it is one number at all points, else NaN."""
        ratios = self.ratios()
        first = ratios[:, :1]
        with np.errstate(invalid="ignore"):
            same = np.all(np.abs(ratios - first) <= 1e-7 * np.abs(first), axis=1)
        return np.where(same, first[:, 0], np.nan)


@dataclass
class Step:
    """One step's judgement. `right` and `wrong` are by weight; a weight may be neither."""

    number: int
    loss: Loss
    rate: float | None
    measured: Measured
    right: NDArray[np.bool_]
    wrong: NDArray[np.bool_]
    hidden: NDArray[np.bool_]  # right at the sheet's own numbers, wrong at others


@dataclass
class Judgement:
    """What came out of one sheet, or of several that belong together."""

    table: Table
    loss: Loss
    rate: float
    steps: list[Step]
    agreeing: int
    rates: Floats = field(default_factory=lambda: np.ones(0))  # of each weight: a layer's own
    is_sure: bool = False  # wrong though no weight is right: all agree on something else
    rate_cell: Place | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[tuple[int, int]]:
        """(step, weight) of everything wrong, in the order in which it happens."""
        return [
            (step.number, int(weight))
            for step in self.steps
            for weight in np.flatnonzero(step.wrong)
        ]
