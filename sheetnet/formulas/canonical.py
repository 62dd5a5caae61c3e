"""Whether two formula texts say the same: a comparable form of each.

Knows: the grammar and the precedence of both dialects. Does not know what a function computes.

Both dialects bind prefix minus tighter than `^` and bind `^` to the left, so -3^2 is 9 and 2^3^2
is 64. A form is flat (reverse Polish), so hostile nesting costs no recursion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sheetnet.formulas.references import (
    FUNCTION_PREFIX,
    OPERANDS,
    Dialect,
    Reference,
    Token,
    tokenise,
)

Canonical = tuple[tuple[object, ...], ...]

_BINARY: Final = {":": 9, "!": 8, "~": 7, "^": 4, "*": 3, "/": 3, "+": 2, "-": 2, "&": 1,
                  "=": 0, "<": 0, ">": 0, "<=": 0, ">=": 0, "<>": 0}
_SIGN: Final = 6
_PERCENT: Final = 5
_FRAME: Final = -1  # an open parenthesis on the operator stack; nothing pops past it
_LEADING = re.compile(r"\s*=?(?:\s*\+)*\s*")


def canonical(text: str, dialect: Dialect, sheet: str) -> Canonical:
    """A comparable form of a formula that stands on `sheet`: two texts have equal forms when
    they differ only in spelling (dialect, spaces, case, redundant parentheses, digits of a
    number, the own sheet written or not, function prefixes, corners of a range, a leading +).

    Items, in reverse Polish order: ("num", float), ("str", text), ("error", text),
    ("name", sheet or "", name), ("ref", sheet, row, column, row_absolute, column_absolute),
    ("area", sheet, last sheet, then both corners), ("func", NAME, number of arguments),
    ("missing",), ("array", rows), ("op", symbol, number of operands). Sheets and names are
    case-folded. A text that does not parse has a form that equals only its own.
    """
    own = sheet.casefold()
    items = _reverse_polish(text[_LEADING.match(text).end() :], dialect, own)  # type: ignore[union-attr]
    return (("text", dialect, own, text),) if items is None else tuple(items)


def _reverse_polish(text: str, dialect: Dialect, own: str) -> list[tuple[object, ...]] | None:
    out: list[tuple[object, ...]] = []
    # (precedence, symbol or function name, operands, or arguments so far; -1 for a bare "(")
    stack: list[tuple[int, str, int]] = []
    wanted, spaced = True, False  # is an operand wanted here; did a space come just before

    def reduce(precedence: int) -> None:
        while stack and stack[-1][0] >= precedence:
            _, symbol, operands = stack.pop()
            out.append(("op", symbol, operands))

    tokens = tokenise(text, dialect)
    for kind, source, reference, owner in tokens:
        if kind == "space":
            spaced = True
            continue
        begins = kind in OPERANDS or kind in ("func", "open", "brace")
        if begins and not wanted:
            if not spaced or dialect != "xlsx" or kind in ("number", "string", "error", "brace"):
                return None
            reduce(_BINARY["!"])  # a space between two references is xlsx's intersection
            stack.append((_BINARY["!"], "!", 2))
            wanted = True
        spaced = False
        if kind in OPERANDS:
            out.append(_operand(kind, source, reference, owner, own))
            wanted = False
        elif kind == "op":
            if source == "%" and not wanted:
                reduce(_PERCENT)
                out.append(("op", "%", 1))
            elif wanted and source in ("+", "-"):
                stack.append((_SIGN, source, 1))
            elif wanted or source == "%":
                return None
            else:
                reduce(_BINARY[source])
                stack.append((_BINARY[source], source, 2))
                wanted = True
        elif kind == "func":
            stack.append((_FRAME, FUNCTION_PREFIX.sub("", source[:-1].upper(), count=1), 0))
            wanted = True
        elif kind == "open":
            stack.append((_FRAME, "(", -1))
        elif kind == "sep":
            reduce(0)
            if stack and stack[-1][2] >= 0:
                if wanted:
                    out.append(("missing",))
                _, name, arguments = stack.pop()
                stack.append((_FRAME, name, arguments + 1))
            elif wanted:
                return None
            else:  # outside a call it joins areas; Gnumeric writes ; there in OpenFormula too
                stack.append((_BINARY["~"], "~", 2))
            wanted = True
        elif kind == "close":
            reduce(0)
            if not stack:
                return None
            _, name, arguments = stack.pop()
            if wanted and arguments != 0:
                if arguments < 0:
                    return None
                out.append(("missing",))
            if arguments >= 0:
                out.append(("func", name, arguments + (not wanted or arguments > 0)))
            wanted = False
        elif kind == "brace":
            array = _array(tokens)
            if array is None:
                return None
            out.append(("array", array))
            wanted = False
        else:
            return None
    reduce(0)
    return None if wanted or stack else out


def _operand(kind: str, source: str, reference: Reference | None, owner: str | None, own: str
             ) -> tuple[object, ...]:
    if reference is not None:
        sheet = own if reference.sheet is None else reference.sheet.casefold()
        last = own if reference.last_sheet is None else reference.last_sheet.casefold()
        if sheet == last and reference[1:5] == reference[6:10]:
            return ("ref", sheet, *reference[1:5])  # Gnumeric saves A1:A1 as A1
        return ("area", sheet, last, *reference[1:5], *reference[6:10])
    if kind == "number":
        return ("num", float(source))
    if kind == "string":
        return ("str", source[1:-1].replace('""', '"'))
    name = source.casefold()
    if kind == "name" and name in ("true", "false"):
        return ("func", name.upper(), 0)
    if kind == "name":
        folded = (owner or "").casefold()
        return ("name", "" if folded == own else folded, name)
    return ("error", source.upper())


def _array(tokens: Iterator[Token]) -> tuple[tuple[object, ...], ...] | None:
    """Rows of an inline array, read up to its closing brace; None if it is not one."""
    rows: list[tuple[object, ...]] = []
    row: list[object] = []
    sign = ""
    for kind, source, _, _ in tokens:
        if kind == "number":
            row.append(float(sign + source))
        elif kind in ("string", "error", "name") and not sign:
            row.append(_operand(kind, source, None, None, ""))
        elif kind == "op" and source in ("+", "-") and not sign:
            sign = source
            continue
        elif kind in ("rowsep", "unbrace"):
            rows.append(tuple(row))
            row = []
            if kind == "unbrace":
                return tuple(rows)
        elif kind not in ("sep", "space"):
            return None
        sign = ""
    return None
