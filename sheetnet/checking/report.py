"""The result of a check: what was compared, how close it came, what is wrong.

Knows: the report's fields, its text for people and its JSON. Does not know engines, or what a
formula means; which findings are one mistake is known by `findings`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Literal

from sheetnet.checking.findings import Finding, Mismatch, Why, findings
from sheetnet.formulas.references import Dialect
from sheetnet.reading.settings import PRECISION, Setting

__all__ = ["Mismatch", "Report", "Why"]


@dataclass(frozen=True)
class Report:
    """What `check` found.

    `max_abs` is the largest difference between a formula's value and NumPy's own run from the
    file's inputs and weights; `max_rel` the largest share that such a difference has in the
    largest value of the same quantity (so that it keeps its meaning where values vanish).
    `losses` are those of the first and the last step. `mismatches` come from judging each cell by
    itself; see `tolerance` and `expected`. `settings` are those of the file that change results,
    `missing` the sheets that are gone and were not checked, `warnings` whole sentences.
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
    settings: tuple[Setting, ...] = ()
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    format: Literal["xlsx", "ods"] = "xlsx"

    @property
    def ok(self) -> bool:
        """Whether every formula is as it should be, in text and in value."""
        return not self.mismatches

    def to_text(self, most: int = 20) -> str:
        """What `sheetnet check` prints: the verdict, and the first `most` findings."""
        lines = [
            f"{self.file}: {self.formulas:,} formulas recalculated by {self.engine} "
            f"{self.engine_version}"
        ]
        if self.missing:
            lines.append(_gone(self.missing))
        lines += [f"Setting: {name} is on: {effect}" for name, effect in self.settings]
        lines += [f"Note: {text}" for text in self.warnings]
        wrong = [each for each in self.mismatches if each.why != "old value"]
        old = [each for each in self.mismatches if each.why == "old value"]
        if self._is_dead():
            lines.append(
                f"None of its {self.formulas:,} formulas is live any more: typed values stand in "
                "their places. Write the workbook anew: sheetnet read this one into a lesson, "
                "then sheetnet write."
            )
            return "\n".join(lines)
        lines.append(self._verdict(len(wrong)))
        lines += self._listed(wrong, most)
        if old:
            show = "shows an old value" if len(old) == 1 else "show an old value"
            lines.append(
                f"{len(old):,} of them {show}: what is saved is not what the formula gives. "
                "Recalculate in a spreadsheet program (LibreOffice: Ctrl+Shift+F9, Excel: "
                "Ctrl+Alt+F9) and save. First seen, before what follows from them:"
            )
            lines += self._listed(old, most)
        return "\n".join(lines)

    def _verdict(self, wrong: int) -> str:
        if wrong:
            are = "is not what it" if wrong == 1 else "are not what they"
            return f"{wrong:,} of them {are} should be:"
        where = f", as {self.engine} computes them" if self._computes_otherwise() else ""
        return (
            f"All agree with NumPy{where}; largest difference {self.max_abs:.1e} "
            f"({self.max_rel:.1e} of the quantity's largest value)."
        )

    def _computes_otherwise(self) -> bool:
        return any(setting.name == PRECISION for setting in self.settings)

    def _is_dead(self) -> bool:
        typed = [m for m in self.mismatches if m.why == "formula changed" and not m.formula]
        return self.formulas > 1 and len(typed) >= self.formulas

    def _listed(self, found: list[Mismatch], most: int) -> Iterator[str]:
        dialect: Dialect = "openformula" if self.format == "ods" else "xlsx"
        whole: list[Finding] = findings(found, dialect)
        for finding in whole[:most]:
            yield from finding.lines(dialect)
        left = sum(finding.count for finding in whole[most:])
        if left:
            yield f"  … and {left:,} more (--json lists all)"

    def to_json(self) -> str:
        """One JSON object, as `sheetnet check --json` prints it."""
        fields = asdict(self)
        fields["settings"] = [setting._asdict() for setting in self.settings]
        fields["ok"] = self.ok
        fields["losses"] = [loss if isfinite(loss) else None for loss in self.losses]
        for name in ("max_abs", "max_rel"):
            if not isfinite(fields[name]):
                fields[name] = None  # JSON has no NaN
        return json.dumps(fields, ensure_ascii=False, indent=2)


def _gone(sheets: tuple[str, ...]) -> str:
    names = ", ".join(sheets)
    are = "The sheet {} is" if len(sheets) == 1 else "The sheets {} are"
    return f"{are.format(names)} gone (deleted); the rest was checked."
