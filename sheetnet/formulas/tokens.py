"""Formula texts: cut into tokens, compared, moved and translated between the two dialects.

Knows: how one dialect's text is respelt in the other, and what filling down does to it. Does not
know what a function computes, formula trees, files, or cell values. It also hands on what
`references` and `canonical` offer, so that other rooms need one import.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from sheetnet.errors import FileError
from sheetnet.formulas.canonical import Canonical, canonical
from sheetnet.formulas.columns import (
    MAX_COLUMNS,
    MAX_ROWS,
    column_name,
    column_number,
    row_name,
)
from sheetnet.formulas.references import (
    FUNCTION_PREFIX,
    OPERANDS,
    Dialect,
    Reference,
    Token,
    parse_reference,
    print_reference,
    quote_sheet,
    tokenise,
    unquote,
)

__all__ = [
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Canonical",
    "Dialect",
    "Reference",
    "Token",
    "canonical",
    "column_name",
    "column_number",
    "parse_reference",
    "print_reference",
    "quote_sheet",
    "readable",
    "shift",
    "tokenise",
    "translate",
    "unquote",
]

# Functions newer than the first xlsx carry a prefix in its files; OpenFormula has these bare …
_FUTURE: Final = frozenset(
    re.findall(
        r"\w+",
        "ACOT ACOTH ARABIC BASE BITAND BITLSHIFT BITOR BITRSHIFT BITXOR COMBINA COT COTH CSC CSCH "
        "DAYS DECIMAL GAMMA GAUSS IFNA ISOWEEKNUM MUNIT NUMBERVALUE PDURATION PERMUTATIONA PHI "
        "RRI SEC SECH SHEET SHEETS UNICHAR UNICODE XOR",
    )
)
# … and these two with a prefix, because its own functions of that name differ below zero.
_DIFFERING: Final = frozenset({"CEILING", "FLOOR"})


def _function(name: str, dialect: Dialect) -> str:
    """The function's name, with parenthesis, as `dialect` (the target) writes it."""
    bare = FUNCTION_PREFIX.sub("", name.upper(), count=1)
    if dialect == "xlsx":
        new = bare in _FUTURE or (name.upper().startswith("COM.") and bare not in _DIFFERING)
        return f"_xlfn.{bare}(" if new else f"{bare}("
    foreign = bare in _DIFFERING or (name.upper().startswith("_XLFN") and bare not in _FUTURE)
    return f"COM.MICROSOFT.{bare}(" if foreign else f"{bare}("


def translate(text: str, source: Dialect, target: Dialect, sheet: str) -> str:
    """The formula of `sheet`, respelt from one dialect in the other.

    Raises FileError for a text that has no certain reading or no spelling in the target.
    """
    if source == target:
        return text
    items = canonical(text, source, sheet)
    if items[0][0] == "text":
        raise _untranslatable(text, source, target, sheet, "its parts could not be told apart")
    out: list[str] = []
    frames: list[str] = []  # the kinds that opened what is open: func, open or brace
    space, operand = "", False
    for kind, part, reference, owner in tokenise(text, source):
        if kind == "space":
            space = part
            continue
        begins = kind in OPERANDS or kind in ("func", "open", "brace")
        if space and not (operand and begins and source == "xlsx"):
            out.append(space)
        elif space:
            out.append("!")
        space = ""
        operand = kind in OPERANDS or kind in ("close", "unbrace") or part == "%"
        if kind in ("func", "open", "brace"):
            frames.append(kind)
        elif kind in ("close", "unbrace"):
            frames.pop()
        frame = frames[-1] if frames else "open"
        if reference is not None:
            part = print_reference(reference, target, sheet)
        elif kind == "func":
            part = _function(part[:-1], target)
        elif owner is not None and owner.casefold() != sheet.casefold():
            raise _untranslatable(text, source, target, sheet, f"{part} is another sheet's name")
        elif kind == "sep":
            part = "," if target == "xlsx" else "~" if frame == "open" else ";"
        elif kind == "rowsep":
            part = ";" if target == "xlsx" else "|"
        elif part == "~" and target == "xlsx":
            if frame != "open":
                raise _untranslatable(text, source, target, sheet, "~ stands without parentheses")
            part = ","
        elif part == "!" and target == "xlsx":
            part = " "
        out.append(part)
    return "".join(out)


def readable(text: str, source: Dialect, sheet: str) -> str:
    """The formula of `sheet` as people see it in their program, A1 and commas.

    A text that has no certain reading stays as it stands in the file.
    """
    try:
        return translate(text, source, "xlsx", sheet)
    except FileError:
        return text


def _untranslatable(text: str, source: str, target: str, sheet: str, why: str) -> FileError:
    return FileError(
        f"{sheet}: the formula {text[:200]!r} cannot be written in the {target} dialect: {why}; "
        f"expected {source} text of plain references, names, functions and operators. "
        "Retype the formula in its cell."
    )


@lru_cache(maxsize=1024)
def _parts(text: str, dialect: Dialect) -> tuple[str | Reference, ...]:
    return tuple(
        token.reference or token.text
        if token.sheet is None
        else f"{quote_sheet(token.sheet, dialect)}!{token.text}"
        for token in tokenise(text, dialect)
    )


@lru_cache(maxsize=1024)
def _template(text: str, dialect: Dialect) -> tuple[str, tuple[tuple[bool, int], ...]]:
    """A %-template of the formula and, for each gap, whether a row goes there, and which."""
    pieces = (
        "".join(
            part.replace("\0", "")
            if isinstance(part, str)
            else print_reference(part, dialect, slots=True)
            for part in _parts(text, dialect)
        )
        .replace("%", "%%")
        .split("\0")
    )
    return "%s".join(pieces[::2]), tuple((slot[0] == "r", int(slot[1:])) for slot in pieces[1::2])


def shift(text: str, dialect: Dialect, rows: int, columns: int) -> str:
    """The formula as it reads when filled `rows` down and `columns` to the right: relative
    references move, absolute ones stay, and one that leaves the sheet becomes #REF!."""
    template, slots = _template(text, dialect)
    try:
        return template % tuple(
            [
                row_name(number + rows) if is_row else column_name(number + columns)
                for is_row, number in slots
            ]
        )
    except ValueError:
        return "".join(
            part if isinstance(part, str) else _moved(part, dialect, rows, columns)
            for part in _parts(text, dialect)
        )


def _moved(reference: Reference, dialect: Dialect, rows: int, columns: int) -> str:
    corners = [
        number if fixed else number + step
        for number, fixed, step in (
            (reference.row, reference.row_absolute, rows),
            (reference.last_row, reference.last_row_absolute, rows),
            (reference.column, reference.column_absolute, columns),
            (reference.last_column, reference.last_column_absolute, columns),
        )
    ]
    row, last_row, column, last_column = corners
    if min(corners) < 0 or max(corners[:2]) >= MAX_ROWS or max(corners[2:]) >= MAX_COLUMNS:
        return "#REF!"
    return print_reference(
        reference._replace(row=row, last_row=last_row, column=column, last_column=last_column),
        dialect,
    )
