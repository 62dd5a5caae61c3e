"""The result of a check: what was compared, how close it came, what is wrong.

Knows: the report's fields and its JSON. Does not know engines or formulas.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Literal

Why = Literal["value", "formula changed", "error"]


@dataclass(frozen=True)
class Mismatch:
    """One wrong cell. `formula` is the text that stands there, empty for a typed constant;
    `expected_formula` what should stand there. `expected` and `got` are values."""

    cell: str  # "Sheet!F8"
    name: str  # "delta_2[0,1]"
    formula: str
    expected: float | None
    got: float | str | None
    why: Why
    expected_formula: str = ""


@dataclass(frozen=True)
class Report:
    """What `check` found.

    `max_abs` is the largest difference between a formula's value and NumPy's own run from the
    file's inputs and weights; `max_rel` the largest share that such a difference has in the
    largest value of the same quantity (so that it keeps its meaning where values vanish).
    `losses` are those of the first and the last step. `mismatches` come from judging each cell by
    itself; see `tolerance` and `expected`.
    """

    file: str
    engine: str
    engine_version: str
    cells: int
    formulas: int
    max_abs: float
    max_rel: float
    losses: tuple[float, float]
    mismatches: tuple[Mismatch, ...]

    @property
    def ok(self) -> bool:
        """Whether every formula is as it should be, in text and in value."""
        return not self.mismatches

    def to_json(self) -> str:
        """One JSON object, as `sheetnet check --json` prints it."""
        fields = asdict(self)
        fields["ok"] = self.ok
        fields["losses"] = [loss if isfinite(loss) else None for loss in self.losses]
        for name in ("max_abs", "max_rel"):
            if not isfinite(fields[name]):
                fields[name] = None  # JSON has no NaN
        return json.dumps(fields, ensure_ascii=False, indent=2)
