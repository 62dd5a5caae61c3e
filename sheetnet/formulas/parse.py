"""The text of a formula, in either dialect, as a tree.

    formula     = ["="] operation
    operation   = operand { binary operand }
    operand     = { "+" | "-" } primary { "%" }
    primary     = number | text | error | reference | name | array | call | "(" operation ")"
    call        = NAME "(" [ argument { separator argument } ] ")"      argument = [ operation ]
    array       = "{" constant { separator constant } { row-separator … } "}"

    binary      = ":" | intersection | union | "^" | "*" "/" | "+" "-" | "&" | comparison
                  (from the tightest to the loosest; all bind to the left)
    comparison  = "=" | "<>" | "<" | "<=" | ">" | ">="

Signs bind tighter than all but `:`, intersection and union, and "%" comes next: -3^2 is 9 and
2^3^2 is 64. xlsx writes "," between arguments and columns, ";" between rows, a space for the
intersection and "," for the union outside of calls; OpenFormula writes ";", "|", "!" and "~".

Knows: this grammar. Does not know what a function computes or whether it exists. The parser keeps
its own stack, so hostile nesting costs no recursion.

Sources: ECMA-376 part 1, 18.17 (xlsx); ODF 1.3 part 4, section 5 (OpenFormula).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

from sheetnet.formulas.references import Dialect
from sheetnet.formulas.tokens import FUNCTION_PREFIX, OPERANDS, Token, tokenise
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
    Operator,
    Percent,
    Positive,
    Text,
)

BINDING: Final = {":": 9, "!": 8, "~": 7, "^": 4, "*": 3, "/": 3, "+": 2, "-": 2, "&": 1,
                  "=": 0, "<": 0, ">": 0, "<=": 0, ">=": 0, "<>": 0}  # fmt: skip
"""How tightly a binary operator binds; a sign binds at 6, a percent sign at 5."""
_SIGN: Final = 6
_PERCENT: Final = 5
_FRAME: Final = -1  # an open parenthesis on the operator stack; nothing pops past it
_LEADING = re.compile(r"\s*=?\s*")
_SIGNS: Final = {"-": Negative, "+": Positive}


def parse(text: str, dialect: Dialect) -> Node | None:
    """The tree of a formula, with or without its leading `=`; None if it does not parse."""
    return _Parser(dialect).tree(text[_LEADING.match(text).end() :])  # type: ignore[union-attr]


class _Parser:
    """One text's stacks: the operands ready, and the operators that wait for theirs."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.out: list[Node] = []
        # (binding, symbol or function name, arguments so far; -1 for a sign, an operator or "(")
        self.stack: list[tuple[int, str, int]] = []

    def tree(self, text: str) -> Node | None:
        out, stack = self.out, self.stack
        wanted, spaced = True, False  # is an operand wanted here; did a space come just before
        tokens = tokenise(text, self.dialect)
        for kind, source, reference, owner in tokens:
            if kind == "space":
                spaced = True
                continue
            begins = kind in OPERANDS or kind in ("func", "open", "brace")
            if begins and not wanted:
                refers = kind not in ("number", "string", "error", "brace")
                if not spaced or self.dialect != "xlsx" or not refers:
                    return None
                self.operator("!")  # a space between two references is xlsx's intersection
                wanted = True
            spaced = False
            if reference is not None:
                out.append(Address(reference))
                wanted = False
            elif kind in OPERANDS:
                out.append(_leaf(kind, source, owner))
                wanted = False
            elif kind == "op":
                if source == "%" and not wanted:
                    self.reduce(_PERCENT)
                    out.append(Percent(out.pop()))
                elif wanted and source in _SIGNS:
                    stack.append((_SIGN, source, -1))
                elif wanted or source == "%":
                    return None
                else:
                    self.operator(source)
                    wanted = True
            elif kind == "func":
                stack.append((_FRAME, source[:-1].upper(), 0))
                wanted = True
            elif kind == "open":
                stack.append((_FRAME, "(", -1))
            elif wanted and kind in ("sep", "close") and stack and stack[-1][0] >= 0:
                return None  # an operator without its right operand
            elif kind == "sep":
                self.reduce(0)
                if stack and stack[-1][2] >= 0:
                    if wanted:
                        out.append(Missing())
                    _, name, arguments = stack.pop()
                    stack.append((_FRAME, name, arguments + 1))
                elif wanted:
                    return None
                else:  # outside a call it joins areas; Gnumeric writes ; there in OpenFormula too
                    self.operator("~")
                wanted = True
            elif kind == "close":
                self.reduce(0)
                if not stack or not self.close(wanted):
                    return None
                wanted = False
            elif kind == "brace":
                array = _array(tokens)
                if array is None:
                    return None
                out.append(array)
                wanted = False
            else:
                return None
        if wanted:
            return None
        self.reduce(0)
        return None if stack else out[0]

    def operator(self, symbol: str) -> None:
        """A binary operator: what binds as tightly to its left is complete."""
        self.reduce(BINDING[symbol])
        self.stack.append((BINDING[symbol], symbol, 2))

    def reduce(self, binding: int) -> None:
        """Give the waiting operators that bind at least so tightly their operands."""
        out, stack = self.out, self.stack
        while stack and stack[-1][0] >= binding:
            _, symbol, count = stack.pop()
            last = out.pop()
            if count == -1:
                out.append(_SIGNS[symbol](last))
            else:
                out.append(Binary(cast(Operator, symbol), out.pop(), last))

    def close(self, wanted: bool) -> bool:
        """A closing parenthesis: of a call, or of an operation; False for an empty one."""
        out = self.out
        _, name, arguments = self.stack.pop()
        if wanted and arguments != 0:
            if arguments < 0:
                return False
            out.append(Missing())
        if arguments >= 0:
            cut = len(out) - (arguments + (not wanted or arguments > 0))
            bare = FUNCTION_PREFIX.sub("", name, count=1)
            prefixed = name.startswith(("_XLFN.", "COM."))
            out[cut:] = [Call(bare, tuple(out[cut:]), prefixed)]
        return True


def _leaf(kind: str, source: str, owner: str | None) -> Node:
    if kind == "number":
        return Number(float(source))
    if kind == "string":
        return Text(source[1:-1].replace('""', '"'))
    if kind == "name":
        is_truth = owner is None and source.upper() in ("TRUE", "FALSE")
        return Call(source.upper(), ()) if is_truth else Name(source, owner)
    return ErrorValue(source.upper())


def _array(tokens: Iterator[Token]) -> Array | None:
    """An inline array, read up to its closing brace; None if it is not one."""
    rows: list[tuple[Node, ...]] = []
    row: list[Node] = []
    sign, wanted = "", True
    for kind, source, _, _ in tokens:
        if kind == "space":
            continue
        if wanted and kind == "op" and source in _SIGNS and not sign:
            sign = source
        elif wanted and kind == "number":
            row.append(Number(float(sign + source)))
            sign, wanted = "", False
        elif wanted and kind in ("string", "error", "name") and not sign:
            row.append(_leaf(kind, source, None))
            wanted = False
        elif wanted:
            return None
        elif kind in ("rowsep", "unbrace"):
            rows.append(tuple(row))
            row, wanted = [], True
            if kind == "unbrace":
                return Array(tuple(rows))
        elif kind == "sep":
            wanted = True
        else:
            return None
    return None
