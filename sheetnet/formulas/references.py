"""References and sheet names as the two dialects write them.

Knows: `'My sheet'!A1:B2` and `[$'My sheet'.A1:.B2]`. Does not know how to read them back: see
`tokens`.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from sheetnet.formulas.columns import MAX_COLUMNS, MAX_ROWS, column_name
from sheetnet.formulas.tree import Reference

Dialect = Literal["xlsx", "openformula"]

_PLAIN_SHEET: Final = {
    "xlsx": re.compile(
        r"(?!(?i:[a-z]{1,3}[0-9]+|r[0-9]*c?[0-9]*|c[0-9]*|true|false)$)[A-Za-z_]\w*", re.ASCII
    ),
    "openformula": re.compile(r"[A-Za-z_]\w*", re.ASCII),
}


def quote_sheet(name: str, dialect: Dialect) -> str:
    """The sheet's name as a formula writes it, in quotes where they are needed."""
    plain = _PLAIN_SHEET[dialect].fullmatch(name)
    return name if plain else "'" + name.replace("'", "''") + "'"


def _axis(number: int, fixed: bool, is_row: bool, slots: bool) -> str:
    """One column or row of a corner; with `slots`, a relative one as NUL, letter, number, NUL."""
    if slots and not fixed:
        return f"\0{'r' if is_row else 'c'}{number}\0"
    return "$" * fixed + (str(number + 1) if is_row else column_name(number))


def print_reference(
    reference: Reference, dialect: Dialect, own: str = "", slots: bool = False
) -> str:
    """The reference in `dialect`; `own` is the formula's sheet, needed across sheets only."""
    (sheet, row, column, row_fixed, column_fixed,
     sheet2, row2, column2, row2_fixed, column2_fixed, area) = reference  # fmt: skip
    left, right = (
        _axis(*end, False, slots) for end in ((column, column_fixed), (column2, column2_fixed))
    )
    top, bottom = (_axis(*end, True, slots) for end in ((row, row_fixed), (row2, row2_fixed)))
    if dialect == "openformula":
        place = f"${quote_sheet(sheet, dialect)}" if sheet is not None else ""
        place2 = f"${quote_sheet(sheet2 or own, dialect)}" if sheet2 != sheet else ""
        last = f":{place2}.{right}{bottom}" if area or sheet2 != sheet else ""
        return f"[{place}.{left}{top}{last}]"
    text = f"{left}{top}:{right}{bottom}" if area else f"{left}{top}"
    if area and row == 0 and row2 == MAX_ROWS - 1 and row_fixed and row2_fixed:
        text = f"{left}:{right}"
    elif area and column == 0 and column2 == MAX_COLUMNS - 1 and column_fixed and column2_fixed:
        text = f"{top}:{bottom}"
    if sheet == sheet2:
        return text if sheet is None else f"{quote_sheet(sheet, dialect)}!{text}"
    # Excel quotes both names as one: 'One:T wo'!A1.
    names = (sheet or own, sheet2 or own)
    if all(_PLAIN_SHEET[dialect].fullmatch(name) for name in names):
        return f"{names[0]}:{names[1]}!{text}"
    return "'" + ":".join(names).replace("'", "''") + f"'!{text}"
