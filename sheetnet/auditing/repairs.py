"""A formula with one slip undone: every tree that differs from it by one small edit.

Knows: what slips people make in such formulas, as edits of trees, each with its name. Does not
know which edit is the right one (see `causes`), nor any value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from sheetnet.auditing.book import Book, Place
from sheetnet.auditing.functions import Floats
from sheetnet.formulas.parse import parse
from sheetnet.formulas.references import Dialect
from sheetnet.formulas.tokens import OPERANDS, tokenise
from sheetnet.formulas.tree import (
    Address,
    Binary,
    Call,
    Negative,
    Node,
    Number,
    Reference,
    fold,
    postorder,
)

MOST_PARTS = 45  # operands of a formula whose parentheses are tried
MOST_FACTORS = 12

CLOSE = 1e-9  # relative: how near a repaired formula has to come


@dataclass(frozen=True)
class Cause:
    """A cell, the slip in it, and the formula that is due (None: the cell should be another)."""

    place: Place
    kind: str
    tree: Node
    cell: Place | None = None
    more: tuple[tuple[Place, Node], ...] = ()  # further cells with the same slip: what is due there


def near_to(found: Floats, wanted: Floats) -> bool:
    scale = np.maximum(np.abs(found), np.abs(wanted))
    with np.errstate(invalid="ignore"):
        return bool(np.all(np.abs(found - wanted) <= CLOSE * scale + 1e-300))


class Edit(NamedTuple):
    """A formula that may have been meant, and the slip that made the sheet's own of it."""

    kind: str
    tree: Node
    cell: Place | None = None  # the one that is due where another stands


def rebuilt(one: Node, operands: list[Node]) -> Node:
    """The node with other operands."""
    match one:
        case Binary(operator):
            return Binary(operator, *operands)
        case Call(function, _, prefixed):
            return Call(function, tuple(operands), prefixed)
    return one if not operands else type(one)(operands[0])  # type: ignore[call-arg]


def replaced(tree: Node, at: int, by: Node) -> Node:
    """The tree with its node number `at`, in postorder, replaced."""
    number = -1

    def visit(one: Node, operands: list[Node]) -> Node:
        nonlocal number
        number += 1
        return by if number == at else rebuilt(one, operands)

    return fold(tree, visit)


def exchanged(tree: Node, old: Reference, new: Reference) -> Node:
    """The tree with every occurrence of a reference replaced."""
    return fold(
        tree,
        lambda one, operands: Address(new) if one == Address(old) else rebuilt(one, operands),
    )


def reference(place: Place, like: Reference, home: Place, book: Book) -> Reference:
    """A reference to a place, anchored as another one is."""
    sheet = like.sheet
    if place.sheet != home.sheet or sheet is not None:
        sheet = book.titles[place.sheet]
    return Reference(sheet, place.row, place.column, like.row_absolute, like.column_absolute,
                     sheet, place.row, place.column, like.row_absolute, like.column_absolute,
                     False)  # fmt: skip


def plain(place: Place, home: Place, book: Book) -> Address:
    """The place as a relative reference."""
    sheet = None if place.sheet == home.sheet else book.titles[place.sheet]
    return Address(Reference(sheet, place.row, place.column, False, False,
                             sheet, place.row, place.column, False, False, False))  # fmt: skip


def filled(tree: Node, way: tuple[int, int, int], home: Place, book: Book) -> Node | None:
    """The formula of `home` as it reads when filled so many sheets, rows and columns on; None off
    the sheets. What is anchored in both ways stays, on its sheet too."""
    sheets, rows, columns = way

    def other(title: str | None, is_anchored: bool) -> str | None:
        number = book.numbers.get((title or "").casefold())
        if title is None or is_anchored or number is None or not sheets:
            return title
        return book.titles[(number + sheets)] if 0 <= number + sheets < len(book.titles) else ""

    def moved(r: Reference) -> Reference:
        anchored = r.row_absolute and r.column_absolute
        return r._replace(
            sheet=other(r.sheet, anchored),
            last_sheet=other(r.last_sheet, anchored),
            row=r.row + rows * (not r.row_absolute),
            last_row=r.last_row + rows * (not r.last_row_absolute),
            column=r.column + columns * (not r.column_absolute),
            last_column=r.last_column + columns * (not r.last_column_absolute),
        )

    for one in postorder(tree):
        if isinstance(one, Address):
            place = moved(one.reference)
            if place.row < 0 or place.column < 0 or place.sheet == "":
                return None
    return fold(
        tree,
        lambda one, operands: (
            Address(moved(one.reference)) if isinstance(one, Address) else rebuilt(one, operands)
        ),
    )


def signs(tree: Node) -> Iterator[Edit]:
    """One sign turned."""
    for at, one in enumerate(postorder(tree)):
        match one:
            case Binary("+", left, right):
                yield Edit("sign", replaced(tree, at, Binary("-", left, right)))
            case Binary("-", left, right):
                yield Edit("sign", replaced(tree, at, Binary("+", left, right)))
                yield Edit("sign", replaced(tree, at, Binary("-", right, left)))
            case Negative(operand):
                yield Edit("sign", replaced(tree, at, operand))
    yield Edit("sign", Negative(tree))


def _factors(tree: Node) -> list[tuple[str, Node]]:
    """A product's factors from left to right, each with its operator; the first counts as times."""
    found: list[tuple[str, Node]] = []
    while isinstance(tree, Binary) and tree.operator in ("*", "/"):
        found.append((tree.operator, tree.right))
        tree = tree.left
    return [("*", tree), *reversed(found)]


def _product(factors: list[tuple[str, Node]]) -> Node:
    made = factors[0][1] if factors[0][0] == "*" else Binary("/", Number(1.0), factors[0][1])
    for operator, factor in factors[1:]:
        made = Binary(operator, made, factor)  # type: ignore[arg-type]
    return made


def dropped(tree: Node) -> Iterator[Edit]:
    """One factor or two, or one term, left out."""
    inner = set()
    parts = list(enumerate(postorder(tree)))
    for at, one in reversed(parts):
        match one:
            case Binary("*" | "/", left, _):
                if id(one) in inner:
                    inner.add(id(left))
                    continue
                inner.add(id(left))
                factors = _factors(one)
                for gone in (*combinations(range(len(factors)), 1),
                             *combinations(range(len(factors)), 2)):  # fmt: skip
                    kept = [each for i, each in enumerate(factors) if i not in gone]
                    if kept and len(factors) <= MOST_FACTORS:
                        yield Edit("extra factor", replaced(tree, at, _product(kept)))
            case Binary("^", left, _):
                yield Edit("extra factor", replaced(tree, at, left))
            case Binary("+" | "-", left, right):
                yield Edit("extra term", replaced(tree, at, left))
                yield Edit("extra term", replaced(tree, at, right))


def shifts(tree: Node, ways: list[tuple[int, int]]) -> Iterator[Edit]:
    """All references of one part of the formula some rows and columns on, those that are not
    anchored; or all those that share a column, or a row."""
    parts = list(postorder(tree))
    for at, one in enumerate(parts):
        held = [a for a in postorder(one) if isinstance(a, Address)]
        if isinstance(one, Binary | Call) and 1 < len(set(held)) <= 24:
            for way in ways:
                moved = _shifted(one, way, set(held))
                if moved is not None:
                    yield Edit("reference drifted", replaced(tree, at, moved))
    cells = [one for one in parts if isinstance(one, Address)]
    for key in (_column, _row):
        for line in dict.fromkeys(map(key, cells)):
            family = {one for one in cells if key(one) == line}
            if len(family) > 1:
                for far in (-4, -3, -2, -1, 1, 2, 3, 4):
                    moved = _shifted(tree, (0, far) if key is _column else (far, 0), family)
                    if moved is not None:
                        yield Edit("reference drifted", moved)


def _column(one: Address) -> tuple[object, int]:
    return one.reference.sheet, one.reference.column


def _row(one: Address) -> tuple[object, int]:
    return one.reference.sheet, one.reference.row


def _shifted(tree: Node, way: tuple[int, int], which: set[Address]) -> Node | None:
    def moved(one: Address) -> Address:
        r = one.reference
        down, across = way[0] * (not r.row_absolute), way[1] * (not r.column_absolute)
        return Address(r._replace(row=r.row + down, last_row=r.last_row + down,
                                  column=r.column + across, last_column=r.last_column + across,
                                  ))  # fmt: skip

    if any(moved(one).reference.row < 0 or moved(one).reference.column < 0 for one in which):
        return None
    return fold(tree, lambda one, operands: (
        moved(one) if isinstance(one, Address) and one in which else rebuilt(one, operands)
    ))  # fmt: skip


def slopes(cell: Node) -> Iterator[Node]:
    """What an activation's slope is made of, in terms of the activation or of its sum."""
    yield Binary("*", cell, 1 - cell)
    yield 1 - cell
    yield 1 - cell**2
    yield Call("IF", (Binary(">", cell, Number(0.0)), Number(1.0), Number(0.0)))


def _word(one: Node) -> object:
    match one:
        case Binary(operator):
            return operator
        case Number(value):
            return value
        case Call(function, arguments):
            return function, len(arguments)
    return type(one).__name__


def shape(tree: Node) -> tuple[object, ...]:
    """The formula without its references: what formulas of one kind have in common."""
    blank: list[object] = []
    for one in postorder(tree):
        if isinstance(one, Address):
            blank.append(one.reference.area)
        else:
            blank.append(_word(one))
    return tuple(blank)


def parentheses(text: str, dialect: Dialect) -> Iterator[Edit]:
    """A pair of parentheses set, or taken away, anywhere."""
    parts = [token.text if token.sheet is None else "" for token in tokenise(text, dialect)]
    kinds = [token.kind for token in tokenise(text, dialect)]
    if "" in parts or not 3 <= len(parts) <= 2 * MOST_PARTS:
        return
    starts = [i for i, kind in enumerate(kinds) if kind in OPERANDS or kind in ("open", "func")]
    ends = [i for i, kind in enumerate(kinds) if kind in OPERANDS or kind == "close"]
    tried = 0
    for i in starts:
        for j in ends:
            if j > i + 1 and tried < 900:
                tried += 1
                inside = "".join(parts[i : j + 1])
                tree = parse("".join(parts[:i]) + f"({inside})" + "".join(parts[j + 1 :]), dialect)
                if tree is not None:
                    yield Edit("lost parenthesis", tree)
    opened: list[int] = []
    for j, kind in enumerate(kinds):
        if kind in ("open", "func"):
            opened.append(j)
        elif kind == "close" and opened:
            i = opened.pop()
            if kinds[i] == "open":
                rest = parts[:i] + parts[i + 1 : j] + parts[j + 1 :]
                tree = parse("".join(rest), dialect)
                if tree is not None:
                    yield Edit("extra parenthesis", tree)


def ranges(tree: Node) -> Iterator[Edit]:
    """An area one cell longer, shorter or further; a matrix turned, or left as it is."""
    steps = [(a, b, c, d) for a in (-1, 0, 1) for b in (-1, 0, 1)
             for c in (-1, 0, 1) for d in (-1, 0, 1) if (a, b, c, d) != (0, 0, 0, 0)]  # fmt: skip
    for at, one in enumerate(postorder(tree)):
        match one:
            case Address(r) if r.area:
                for top, left, bottom, right in steps:
                    area = r._replace(row=r.row + top, column=r.column + left,
                                      last_row=r.last_row + bottom,
                                      last_column=r.last_column + right)  # fmt: skip
                    if 0 <= area.row <= area.last_row and 0 <= area.column <= area.last_column:
                        yield Edit("reference drifted", replaced(tree, at, Address(area)))
                yield Edit("untransposed W", replaced(tree, at, Call("TRANSPOSE", (one,))))
            case Call("TRANSPOSE", (inner,)):
                yield Edit("untransposed W", replaced(tree, at, inner))
            case Call("LOG" | "LOG10", (inner, *_)):
                yield Edit("LOG for LN", replaced(tree, at, Call("LN", (inner,))))
