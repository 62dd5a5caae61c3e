"""Whether two formula texts say the same: equal trees, whatever their spelling.

Knows: which differences between trees are spelling alone. Does not know grammar (see `parse`) or
what a function computes. A form is flat (reverse Polish), so that comparing and hashing hostile
nesting costs no recursion.
"""

from __future__ import annotations

import re

from sheetnet.formulas.parse import parse
from sheetnet.formulas.references import Dialect
from sheetnet.formulas.tree import (
    Address,
    Array,
    Binary,
    Call,
    ErrorValue,
    Missing,
    Name,
    Negative,
    Node,
    Number,
    Percent,
    Positive,
    Reference,
    Text,
    postorder,
)

Canonical = tuple[tuple[object, ...], ...]

_LEADING = re.compile(r"\s*=?(?:\s*\+)*")


def canonical(text: str, dialect: Dialect, sheet: str) -> Canonical:
    """A comparable form of a formula that stands on `sheet`: two texts have equal forms when
    they differ only in spelling (dialect, spaces, case, redundant parentheses, digits of a
    number, the own sheet written or not, function prefixes, corners of a range, a leading +).

    A text that does not parse has a form that equals only its own.
    """
    tree = parse(text[_LEADING.match(text).end() :], dialect)  # type: ignore[union-attr]
    own = sheet.casefold()
    return (("text", dialect, own, text),) if tree is None else form(tree, own)


def form(tree: Node, own: str) -> Canonical:
    """The tree of a formula of the sheet `own` (case-folded), in reverse Polish order.

    Items: ("num", float), ("str", text), ("error", text), ("name", sheet or "", name),
    ("ref", sheet, row, column, row_absolute, column_absolute),
    ("area", sheet, last sheet, then both corners), ("func", NAME, number of arguments),
    ("missing",), ("array", rows), ("op", symbol, number of operands). Sheets and names are
    case-folded.
    """
    return tuple([_item(one, own) for one in postorder(tree)])


def _item(one: Node, own: str) -> tuple[object, ...]:
    match one:
        case Address(reference):
            return _place(reference, own)
        case Number(value):
            return ("num", value)
        case Binary(operator):
            return ("op", operator, 2)
        case Call(function, arguments):
            return ("func", function, len(arguments))
        case Name(name, owner):
            folded = (owner or "").casefold()
            return ("name", "" if folded == own else folded, name.casefold())
        case Negative():
            return ("op", "-", 1)
        case Positive():
            return ("op", "+", 1)
        case Percent():
            return ("op", "%", 1)
        case Text(value):
            return ("str", value)
        case ErrorValue(value):
            return ("error", value)
        case Missing():
            return ("missing",)
        case Array(rows):
            return ("array", tuple(tuple(_item(each, own) for each in row) for row in rows))
    raise TypeError(f"not a node of a file's formula: {one!r}")


def _place(reference: Reference, own: str) -> tuple[object, ...]:
    sheet = own if reference.sheet is None else reference.sheet.casefold()
    last = own if reference.last_sheet is None else reference.last_sheet.casefold()
    if sheet == last and reference[1:5] == reference[6:10]:
        return ("ref", sheet, *reference[1:5])  # Gnumeric saves A1:A1 as A1
    return ("area", sheet, last, *reference[1:5], *reference[6:10])
