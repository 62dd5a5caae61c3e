"""The yellow cells as an engine reads them, held against the file, and the limits of engines.

Knows: what engines are known not to understand, and that such a gap is the engine's and no fault
of the workbook. Does not know engines themselves, nor what a lesson is made of.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from sheetnet.engines import CellError, CellValue, Values
from sheetnet.errors import EngineError
from sheetnet.formulas.columns import column_name
from sheetnet.reading.cell import Cell
from sheetnet.workbooks.saved import Saved

SAME = 1e-14
"""Relative difference up to which two readings of one text are one number."""

# What some spreadsheet programs compute and others do not, by its spelling in files of any format
_BEYOND = (
    (re.compile(r"\bLET\(", re.IGNORECASE), "the function LET"),
    (re.compile(r"\bLAMBDA\(", re.IGNORECASE), "the function LAMBDA"),
    (re.compile(r"\[\d+\]|\[[^\]]*\.(?:xls|ods)|'file:|#\$", re.IGNORECASE), "another workbook"),
    (re.compile(r"\bODF\."), "a function that Gnumeric alone writes"),
    (re.compile(r"\b(?:ORG\.|COM\.)[A-Z]", re.IGNORECASE), "a function of one program alone"),
)
# How engines say that they do not know something, rather than that a computation failed
_NOT_KNOWN = re.compile(r"#NAME\?|#N/IMPL!|Err:5(?:08|09|10|11|1[6-9]|25)|#UNCOMPUTED!|#\"|#ERROR!")


def reader(saved: Saved, values: Values, engine: str) -> Callable[[str, int, int], object]:
    """`value(sheet, row, column)` of a yellow cell, for `Saved.lesson`.

    A typed number is the file's, and the engine must have read the same; a formula's value is the
    engine's. Raises EngineError where the engine cannot read or compute what others can.
    """

    def value(sheet: str, row: int, column: int) -> object:
        cell = saved.cells.get(sheet, {}).get((row, column))
        got = values.get(sheet, {}).get((row, column))
        if cell is None:
            return got
        where = f"{sheet}!{column_name(column)}{row + 1}"
        if cell.formula is None and not cell.matrix:
            if cell.kind != "number" or not is_number(cell.value):
                return cell.value
            if not _same(got, cell.value):
                raise EngineError(
                    f"{saved.path}: {where} holds {cell.value!r}; {engine} reads "
                    f"{'nothing' if got is None else repr(got)} there, perhaps because cells are "
                    f"merged over it. That is a limit of {engine}, not a mistake in the workbook. "
                    + other_engine(engine)
                )
        elif why := beyond(cell, got):
            raise EngineError(limit(f"{saved.path}: {where}", cell, got, why, engine))
        return got

    return value


def beyond(cell: Cell, got: CellValue) -> str | None:
    """What in a formula the engine does not understand, if that is why it has no number there.

    None where it has one, and where the program that saved the file had none either.
    """
    if is_number(got) or not is_number(cell.value):
        return None
    if cell.matrix:
        return "an array formula"
    for pattern, what in _BEYOND:
        if pattern.search(cell.formula or ""):
            return what
    is_unknown = isinstance(got, CellError) and _NOT_KNOWN.match(got)
    return "something" if is_unknown else None


def limit(where: str, cell: Cell, got: CellValue, what: str, engine: str) -> str:
    """A sentence that names the engine's limit, the saved value and the way out."""
    formula = "an array formula" if cell.matrix else f"={cell.formula}"
    shows = f" (it shows {str(got)[:40]})" if got is not None else ""
    return (
        f"{where} holds {formula[:120]}, with {what} that {engine} cannot compute{shows}. That is "
        f"a limit of {engine}, not a mistake in the workbook; the saved value is {cell.value!r}. "
        + other_engine(engine)
    )


def other_engine(engine: str) -> str:
    """What to do about a limit of an engine."""
    others = [name for name in ("ironcalc", "libreoffice", "gnumeric") if name != engine]
    return (
        f"Check with another engine (--engine {others[0]} or {others[1]}), or type the number in "
        "place of the formula."
    )


def is_number(value: object) -> bool:
    """Whether a cell's value is a number that a formula can go on with."""
    return isinstance(value, float | int) and not isinstance(value, bool) and math.isfinite(value)


def _same(got: CellValue, typed: object) -> bool:
    if not (is_number(got) and isinstance(typed, float)):
        return False
    assert isinstance(got, float | int)
    return abs(got - typed) <= SAME * abs(typed)
