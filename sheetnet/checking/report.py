"""The result of a check: what was compared, how close it came, what is wrong.

Knows: the report's fields, its text for people and its JSON. Does not know engines, or what a
formula means.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import PurePath
from typing import Literal

from sheetnet.formulas.references import Dialect
from sheetnet.formulas.translate import readable

Why = Literal["value", "formula changed", "error"]


@dataclass(frozen=True)
class Mismatch:
    """One wrong cell. `formula` is the text that stands there, empty for a typed constant;
    `expected_formula` what should stand there. `expected` and `got` are values."""

    cell: str  # "Sheet!F8"
    name: str  # "delta_2[0,1]"
    formula: str
    expected: float | str | None
    got: float | str | None
    why: Why
    expected_formula: str = ""

    def lines(self, dialect: Dialect) -> Iterator[str]:
        """What people read of it; formulas as their program shows them, not as files hold them."""

        def shown(formula: str) -> str:
            if formula[0] != "=":
                return formula
            return f"={readable(formula[1:], dialect, self.cell.rpartition('!')[0])}"

        typed = "nothing" if self.got is None else "a typed value"
        yield f"  {self.cell}  {self.name}: {self.why}"
        yield f"    found     {shown(self.formula) if self.formula else typed}"
        if self.expected_formula and self.why == "formula changed":
            yield f"    expected  {shown(self.expected_formula)}"
        got = "no value" if self.got is None else f"value {self.got!r}"
        wanted = "no number" if self.expected is None else repr(self.expected)
        yield f"    {got}, NumPy has {wanted}"


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

    def to_text(self, most: int = 20) -> str:
        """What `sheetnet check` prints: the verdict, and the first `most` wrong cells."""
        count = len(self.mismatches)
        lines = [
            f"{self.file}: {self.formulas:,} formulas recalculated by {self.engine} "
            f"{self.engine_version}"
        ]
        if self.ok:
            lines.append(
                f"All agree with NumPy; largest difference {self.max_abs:.1e} "
                f"({self.max_rel:.1e} of the quantity's largest value)."
            )
        else:
            are = "is not what it" if count == 1 else "are not what they"
            lines.append(f"{count:,} of them {are} should be:")
        dialect: Dialect = "openformula" if PurePath(self.file).suffix.lower() == ".ods" else "xlsx"
        for wrong in self.mismatches[:most]:
            lines += wrong.lines(dialect)
        if count > most:
            lines.append(f"  … and {count - most} more (--json lists all)")
        return "\n".join(lines)

    def to_json(self) -> str:
        """One JSON object, as `sheetnet check --json` prints it."""
        fields = asdict(self)
        fields["ok"] = self.ok
        fields["losses"] = [loss if isfinite(loss) else None for loss in self.losses]
        for name in ("max_abs", "max_rel"):
            if not isfinite(fields[name]):
                fields[name] = None  # JSON has no NaN
        return json.dumps(fields, ensure_ascii=False, indent=2)
