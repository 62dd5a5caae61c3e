"""What a check finds: one mismatch a cell, and those that are one mistake filled down as one.

Knows: the fields of a mismatch, when the next cell repeats the mistake of the one above, and how
people read both. Does not know how a mismatch is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from sheetnet.formulas.columns import column_number
from sheetnet.formulas.references import Dialect
from sheetnet.formulas.translate import readable, shift

Why = Literal["value", "formula changed", "error", "old value", "name", "whole run"]
_SHOWN: dict[Why, str] = {
    "old value": "shows an old value",
    "name": "the name does not mark its block",
    "whole run": "differs from NumPy's own run",
}


@dataclass(frozen=True)
class Mismatch:
    """One wrong cell. `formula` is the text that stands there, empty for a typed constant;
    `expected_formula` what should stand there. `expected` and `got` are values; where the cell
    shows an old value, what its formula gives and what is saved. `detail` is a sentence for what
    formulas and values do not tell."""

    cell: str  # "Sheet!F8"
    name: str  # "delta_2[0,1]"
    formula: str
    expected: float | str | None
    got: float | str | None
    why: Why
    expected_formula: str = ""
    detail: str = ""

    def lines(self, dialect: Dialect) -> Iterator[str]:
        """What people read of it; formulas as their program shows them, not as files hold them."""
        yield f"  {self.cell}  {self.name}: {self.reason}"
        yield from self.particulars(dialect)

    @property
    def reason(self) -> str:
        """`why` in words."""
        return _SHOWN.get(self.why, self.why)

    def particulars(self, dialect: Dialect) -> Iterator[str]:
        """The lines below the first: formulas, values, the sentence."""

        def shown(formula: str) -> str:
            if formula[0] != "=":
                return formula
            return f"={readable(formula[1:], dialect, self.cell.rpartition('!')[0])}"

        if self.detail:
            yield f"    {self.detail}"
        if self.why == "name":
            return
        typed = "nothing" if self.got is None else "a typed value"
        yield f"    found     {shown(self.formula) if self.formula else typed}"
        if self.expected_formula and self.why == "formula changed":
            yield f"    expected  {shown(self.expected_formula)}"
        got = "no value" if self.got is None else f"value {self.got!r}"
        wanted = "no number" if self.expected is None else repr(self.expected)
        if self.why == "old value":
            yield f"    saved {got}, the formula gives {wanted}"
        else:
            yield f"    {got}, NumPy has {wanted}"


@dataclass(frozen=True)
class Finding:
    """One mistake: a cell, or the cells below it in which it is repeated."""

    cells: Sequence[Mismatch]

    @property
    def count(self) -> int:
        """How many cells it stands in."""
        return len(self.cells)

    def lines(self, dialect: Dialect) -> Iterator[str]:
        """What people read of it: the first cell, and how far down it goes."""
        first, last = self.cells[0], self.cells[-1]
        if self.count == 1:
            yield from first.lines(dialect)
            return
        at = first.cell.rpartition("!")[2]
        yield (
            f"  {first.cell}  {first.name}: {first.reason} ({self.count:,} cells, from {at} down "
            f"to {last.cell.rpartition('!')[2]})"
        )
        yield from first.particulars(dialect)


def findings(mismatches: Sequence[Mismatch], dialect: Dialect) -> list[Finding]:
    """The mismatches in their order, those that repeat the cell above joined to it."""
    found: list[list[Mismatch]] = [[each] for each in mismatches[:1]]
    for above, each in pairwise(mismatches):
        if _repeats(above, each, dialect):
            found[-1].append(each)
        else:
            found.append([each])
    return [Finding(cells) for cells in found]


def _repeats(above: Mismatch, below: Mismatch, dialect: Dialect) -> bool:
    """Whether a cell stands below another with the same mistake, filled down."""
    sheet, column, row = _place(above.cell)
    if _place(below.cell) != (sheet, column, row + 1) or below.why != above.why:
        return False
    if "name" in (above.why, below.why) or above.detail != below.detail:
        return False
    if not (above.formula.startswith("=") and below.formula.startswith("=")):
        return above.formula == below.formula
    return shift(above.formula[1:], dialect, 1, 0) == below.formula[1:]


def _place(cell: str) -> tuple[str, int, int]:
    """'Sheet!F8' -> ('Sheet', 5, 7)."""
    sheet, _, address = cell.rpartition("!")
    letters = address.rstrip("0123456789")
    return sheet, column_number(letters), int(address[len(letters) :]) - 1
