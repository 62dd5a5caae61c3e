"""Formula trees: what a cell computes, free of any place and of any dialect.

Knows: numbers, texts, errors, cells and ranges of named blocks, references as they stand in a
file, defined names, operators, function calls. Does not know: where a block stands (see `place`),
how a dialect spells it (see `printing`, `parse`), or what any of it is worth (the engines and
NumPy know, independently of each other).

A block has ONE formula for its cell (i, j), a function of two `Index`es. `i` stays open until a
row is printed, so one tree per column serves every row; `j` is a number that remembers where it
came from, so that a dialect can anchor (`$`) what does not move when the formula is filled.

The formulas of a foreign file are trees too; their leaves are `Address`es instead of cells of
blocks. Such a tree may be as deep as its author liked, so whatever walks trees uses `fold`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeVar

SPELLED_OUT = 12
"""Sums of up to this many terms are spelled out; longer ones use SUMPRODUCT or SUM."""


@dataclass(frozen=True, slots=True)
class Index:
    """A row or column of a block: fixed, or moving with the formula's own row `i` or column `j`.

    With axis "i" it is i * scale + value, i still open. With axis "j" the value is final.
    """

    value: int
    axis: Literal["", "i", "j"] = ""
    scale: int = 1

    def __add__(self, other: int) -> Index:
        return Index(self.value + other, self.axis, self.scale)

    def __sub__(self, other: int) -> Index:
        return self + -other

    def __mul__(self, other: int) -> Index:
        return Index(self.value * other, self.axis, self.scale * other)

    def split(self, size: int) -> tuple[Index, Index]:
        """Quotient and remainder of a closed index: unravels j = d * size + s into (d, s)."""
        if self.axis == "i":
            raise ValueError("an open row index cannot be divided")
        quotient, remainder = divmod(self.value, size)
        return Index(quotient, self.axis), Index(remainder, self.axis)


I = Index(0, "i")
"""The formula's own row within its block."""


class Reference(NamedTuple):
    """One cell or one rectangle as a file names it, 0-based; a single cell has equal corners and
    `area` False."""

    sheet: str | None  # None: the sheet on which the formula stands
    row: int
    column: int
    row_absolute: bool
    column_absolute: bool
    last_sheet: str | None  # differs from `sheet` only in a reference through several sheets
    last_row: int
    last_column: int
    last_row_absolute: bool
    last_column_absolute: bool
    area: bool


class Node:
    """Base of all tree nodes; the operators build trees."""

    __slots__ = ()

    def operands(self) -> tuple[Node, ...]:
        """The nodes that this one is made of, from left to right."""
        return ()

    def __add__(self, other: Node | float) -> Node:
        return Binary("+", self, node(other))

    def __sub__(self, other: Node | float) -> Node:
        return Binary("-", self, node(other))

    def __mul__(self, other: Node | float) -> Node:
        return Binary("*", self, node(other))

    def __rmul__(self, other: float) -> Node:
        return Binary("*", node(other), self)

    def __rsub__(self, other: float) -> Node:
        return Binary("-", node(other), self)

    def __radd__(self, other: float) -> Node:
        return Binary("+", node(other), self)

    def __truediv__(self, other: Node | float) -> Node:
        return Binary("/", self, node(other))

    def __rtruediv__(self, other: float) -> Node:
        return Binary("/", node(other), self)

    def __pow__(self, other: int) -> Node:
        return Binary("^", self, node(other))

    def __neg__(self) -> Node:
        return Negative(self)


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: float


@dataclass(frozen=True, slots=True)
class Text(Node):
    value: str


@dataclass(frozen=True, slots=True)
class ErrorValue(Node):
    """An error that stands in a formula: #REF!, #N/A, …"""

    value: str


@dataclass(frozen=True, slots=True)
class Missing(Node):
    """An argument left out: IF(A1,,2)."""


@dataclass(frozen=True, slots=True)
class Array(Node):
    """An inline array, {1,2;3,4}: rows of numbers, texts, errors and truth values."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Address(Node):
    """A cell or an area as a file names it, whatever stands there."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Cell(Node):
    """One cell of a block."""

    block: str
    row: Index
    column: Index


@dataclass(frozen=True, slots=True)
class Span(Node):
    """A rectangle of a block, both corners included; only ever a function's argument."""

    block: str
    row: Index
    column: Index
    last_row: Index
    last_column: Index


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A defined name; our own are those of blocks: a shared cell, or a whole table in INDEX.

    `sheet` is the one that a file qualifies the name by, if any.
    """

    block: str
    sheet: str | None = None


Operator = Literal[
    "+", "-", "*", "/", "^", "&", "=", "<>", "<", "<=", ">", ">=", ":", "!", "~"
]
"""`:` spans two references, `!` is their intersection and `~` their union, as in OpenFormula."""


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: Operator
    left: Node
    right: Node

    def operands(self) -> tuple[Node, ...]:
        return self.left, self.right


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """Base of what has one operand."""

    operand: Node

    def operands(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Negative(Unary):
    """-x; it binds tighter than ^."""


@dataclass(frozen=True, slots=True)
class Positive(Unary):
    """+x, which is x."""


@dataclass(frozen=True, slots=True)
class Percent(Unary):
    """x%."""


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function call; TRUE and FALSE are calls without arguments.

    `prefixed` remembers that a file marks the function as newer than its format, for functions
    that our table does not know.
    """

    function: str
    arguments: tuple[Node, ...]
    prefixed: bool = field(default=False, compare=False)

    def operands(self) -> tuple[Node, ...]:
        return self.arguments


def postorder(tree: Node) -> list[Node]:
    """All nodes of the tree, operands before what they are operands of, from left to right."""
    order, ahead = [], [tree]
    while ahead:
        one = ahead.pop()
        order.append(one)
        ahead.extend(one.operands())
    order.reverse()
    return order


T = TypeVar("T")


def fold(tree: Node, visit: Callable[[Node, list[T]], T]) -> T:
    """The result of `visit(node, results of its operands)` for the root, without recursion.

    A node that is an operand several times is visited once.
    """
    results: list[T] = []
    known: dict[int, T] = {}
    for one in postorder(tree):
        cut, key = len(results) - len(one.operands()), id(one)
        if key not in known:
            known[key] = visit(one, results[cut:])
        results[cut:] = [known[key]]
    return results[0]


def node(value: Node | float | str) -> Node:
    """The value itself, or a number or text as a leaf."""
    if isinstance(value, str):
        return Text(value)
    return value if isinstance(value, Node) else Number(float(value))


def index(value: Index | int) -> Index:
    """A fixed index for a plain number."""
    return value if isinstance(value, Index) else Index(value)


def cell(block: str, row: Index | int, column: Index | int) -> Cell:
    """One cell of `block`."""
    return Cell(block, index(row), index(column))


def row_span(block: str, row: Index | int, column: Index, count: int) -> Span:
    """`count` neighbouring cells of one row."""
    return Span(block, index(row), column, index(row), column + (count - 1))


def column_span(block: str, row: Index, column: Index | int, count: int) -> Span:
    """`count` neighbouring cells of one column."""
    return Span(block, row, index(column), row + (count - 1), index(column))


def call(function: str, *arguments: Node | float | str) -> Call:
    """A function call."""
    return Call(function, tuple(node(argument) for argument in arguments))


def above(tree: Node) -> Node:
    """The same formula as its cell one row up would have it; what stands in fixed rows stays."""
    match tree:
        case Cell(block, row, column) if row.axis == "i":
            return Cell(block, row - 1, column)
        case Negative(operand):
            return Negative(above(operand))
        case Binary(operator, left, right):
            return Binary(operator, above(left), above(right))
        case Call(function, arguments):
            return Call(function, tuple(above(argument) for argument in arguments))
        case Span(block, row, column, last_row, last_column) if row.axis == "i":
            return Span(block, row - 1, column, last_row - 1, last_column)
    return tree


def references(tree: Node) -> Iterator[tuple[str, int]]:
    """The blocks that a formula names, each with how far below its own row it looks there."""
    ahead = [tree]
    while ahead:
        match ahead.pop():
            case Cell(name, row, _) | Span(name, row):
                yield name, row.value if row.axis == "i" else 0
            case Name(name):
                yield name, 0
            case other:
                ahead += other.operands()


def joined(*parts: Node | float | str) -> Node:
    """The parts as one text, part & part & …"""
    total = node(parts[0])
    for part in parts[1:]:
        total = Binary("&", total, node(part))
    return total


def added(terms: Sequence[Node]) -> Node:
    """The terms added from left to right, each spelled out."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
