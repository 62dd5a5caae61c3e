"""What a yellow cell may hold, and what to do about one that holds something else.

Knows: the kinds of cells and the spellings of numbers that programs keep as texts. Does not know
how a yellow cell was found, or files.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator

from sheetnet.core.settings import number_problems
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area

UNCOMPUTED = (
    "holds a formula without a saved value; expected a number. Open and save the workbook in a "
    "spreadsheet program, or type the number."
)
_HINTS = {
    "empty": "is empty; expected a number. Type one.",
    "boolean": "holds a truth value; expected a number. Type the number.",
    "date": "holds a date; expected a number. Format the cell as a number and type it again.",
}
_AS_NUMBER = (
    "Format the cell as a number first (a cell formatted as text keeps whatever is typed as text), "
    "then type it again with the decimal sign that your spreadsheet program uses, and without an "
    "apostrophe or a space."
)
_OF_VARIANT = re.compile(r"^v\d+_(?=.)")
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f']")


def number(value: object, kind: str) -> float | str:
    """The number, or what is wrong and what to do: the rest of a sentence about the cell."""
    if kind == "number" and isinstance(value, float | int) and not isinstance(value, bool):
        if math.isfinite(value):
            return float(value)
        return f"holds {value}; expected a finite number. Retype it."
    if kind in _HINTS:
        return _HINTS[kind]
    if value is None:
        return _HINTS["empty"]
    text = str(value)
    if kind == "error" and not text.startswith(("#", "Err:")):
        return (
            f"holds {shown(text)}, which no two programs read alike; expected a number in digits "
            "with a decimal point. Retype it in a spreadsheet program and save."
        )
    if kind == "error" or text.startswith(("#", "Err:")):
        return (
            f"shows the error {shown(text)}; expected a number. Correct its formula or type a "
            "number."
        )
    return f"holds the text {shown(text)}; expected a number. {_advice(text)}"


def _advice(text: str) -> str:
    plain = text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-")
    if _value(plain) is not None:
        return _AS_NUMBER
    if (meant := _meant(plain)) is not None:
        return f"If {meant!r} is meant, format the cell as a number and type that."
    return "Retype it."


def _meant(text: str) -> float | None:
    """The number that '50%', '1 000', '½' or '1½' most likely stands for."""
    compact = _SPACES.sub("", text)
    if compact.endswith("%"):
        share = _value(compact[:-1])
        return None if share is None else share / 100
    if compact and unicodedata.category(compact[-1]) == "No" and "FRACTION" in unicodedata.name(
        compact[-1], ""
    ):
        whole = _value(compact[:-1]) if compact[:-1] not in ("", "-") else 0.0
        part = unicodedata.numeric(compact[-1])
        if whole is None:
            return None
        return whole + (-part if compact.startswith("-") else part)
    return _value(compact)


def _value(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def shown(text: str) -> str:
    """The text in quotes, cut where a person has seen enough."""
    return repr(text if len(text) < 40 else text[:37] + "...")


def plain_name(name: str) -> str:
    """What a yellow block is called without the variant that it belongs to."""
    return _OF_VARIANT.sub("", name)


def unfit(name: str, found: float | str) -> str:
    """What is wrong with a yellow cell of the block of that name, or an empty text."""
    name = plain_name(name)
    if isinstance(found, str):
        return found
    if name == "learning_rate" and found < 0:
        return f"holds {found!r}; expected a learning rate of 0 or more. Retype it."
    if name == "count" and (found < 0 or found != int(found)):
        return f"holds {found!r}; expected the whole number of updates done before. Retype it."
    return next((f"holds {text}" for text in number_problems(name, found)), "")


def told(name: str, area: Area, problems: dict[tuple[int, int], str]) -> Iterator[str]:
    """What is wrong with a block's cells; a whole row or column without numbers is one thing."""
    if not problems:
        return
    empty = {at for at, wrong in problems.items() if wrong == number(None, "empty")}
    lines = [{(r, c) for c in range(area.columns)} for r in range(area.rows) if area.columns > 1]
    lines += [{(r, c) for r in range(area.rows)} for c in range(area.columns) if area.rows > 1]
    whole = [line for line in lines if line <= empty]
    if whole:
        first = min(min(line) for line in whole)
        yield (
            f"{_where(area, *first)} ('{name}') begins a whole row or column without a "
            "number: its numbers were deleted, or a row or column was inserted there and the names "
            "were left behind. Undo that, or write the workbook anew and type the values into it."
        )
        problems = {at: wrong for at, wrong in problems.items() if at not in set().union(*whole)}
    for (row, column), wrong in problems.items():
        if wrong:
            yield f"{_where(area, row, column)} {wrong}"


def _where(area: Area, row: int, column: int) -> str:
    return f"{area.sheet}!{column_name(area.column + column)}{area.row + row + 1}"
