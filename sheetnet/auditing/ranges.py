"""Functions of whole ranges, and conditions, made of the operations that a tape holds.

Knows: what each comes to, as sums, products and choices of its cells. Does not know derivatives:
those follow from what it is made of. One row a function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from sheetnet.auditing.spreading import Grid, Spreader, Unknown, Value, Volatile
from sheetnet.formulas.tree import Missing, Node


def _sum(s: Spreader, nodes: list[int]) -> int:
    if len(nodes) < 2:
        return nodes[0] if nodes else s.tape.literal(0.0)
    return s.tape.node("+" if len(nodes) == 2 else "SUM", *nodes)


def _of_all(name: str) -> Callable[..., int]:
    def read(s: Spreader, *arguments: Node) -> int:
        nodes = list(s.numbers(arguments))
        if not nodes:
            return s.tape.literal(0.0)
        return nodes[0] if len(nodes) == 1 and name != "SUMSQ" else s.tape.node(name, *nodes)

    return read


def _added(s: Spreader, *arguments: Node) -> int:
    return _sum(s, list(s.numbers(arguments)))


def _mean_of(s: Spreader, nodes: list[int]) -> int:
    return s.tape.node("/", _sum(s, nodes), s.tape.literal(float(len(nodes))))


def _mean(s: Spreader, *arguments: Node) -> int:
    return _mean_of(s, list(s.numbers(arguments)))


def _spread(divisor: int | None, is_root: bool) -> Callable[..., int]:
    """Squares of the distances from the mean: added, or their mean over n - divisor."""

    def read(s: Spreader, *arguments: Node) -> int:
        nodes = list(s.numbers(arguments))
        middle = _mean_of(s, nodes)
        total = s.tape.node("SUMSQ", *(s.tape.node("-", node, middle) for node in nodes))
        if divisor is not None:
            total = s.tape.node("/", total, s.tape.literal(float(len(nodes) - divisor)))
        return s.tape.node("SQRT", total) if is_root else total

    return read


def _count(s: Spreader, *arguments: Node) -> int:
    return s.tape.literal(float(len(list(s.numbers(arguments)))))


def _count_all(s: Spreader, *arguments: Node) -> int:
    held = [n for each in arguments for row in s.grid(each) for n in row if n != s.graph.blank]
    return s.tape.literal(float(len(held)))


def _flat(s: Spreader, tree: Node) -> list[int]:
    return [node for row in s.grid(tree) for node in row]


def _sumproduct(s: Spreader, *arguments: Node) -> int:
    parts = [_flat(s, each) for each in arguments]
    if len({len(part) for part in parts}) > 1:
        return s.graph.error
    texts, nothing = s.graph.texts, s.tape.literal(0.0)
    parts = [[nothing if node in texts else node for node in part] for part in parts]
    if len(parts) == 1:
        return _sum(s, parts[0])
    while len(parts) > 2:
        last = parts.pop()
        parts[-1] = [s.tape.node("*", a, b) for a, b in zip(parts[-1], last, strict=True)]
    if len(parts[0]) == 1:
        return s.tape.node("*", parts[0][0], parts[1][0])
    return s.tape.node("dot", *parts[0], *parts[1])


def _paired(combine: Callable[[Spreader, int, int], int]) -> Callable[..., int]:
    def read(s: Spreader, one: Node, other: Node) -> int:
        a, b = _flat(s, one), _flat(s, other)
        if len(a) != len(b):
            return s.graph.error
        return _sum(s, [combine(s, x, y) for x, y in zip(a, b, strict=True)])

    return read


def _square(s: Spreader, node: int) -> int:
    return s.tape.node("*", node, node)


def _mmult(s: Spreader, one: Node, other: Node) -> Grid:
    a, b = s.grid(one), s.grid(other)
    if len(a[0]) != len(b):
        return [[s.graph.error]]
    columns = list(zip(*b, strict=True))
    if len(b) == 1:
        return [[s.tape.node("*", row[0], column[0]) for column in columns] for row in a]
    return [[s.tape.node("dot", *row, *column) for column in columns] for row in a]


def _transpose(s: Spreader, tree: Node) -> Grid:
    return [list(row) for row in zip(*s.grid(tree), strict=True)]


def _if(s: Spreader, condition: Node, *branches: Node) -> Value:
    wanted = s.of(condition)
    if isinstance(wanted, int) and s.tape.is_literal(wanted):
        at = 0 if s.number(wanted) else 1  # the formula itself says which: only that one is read
        return s.of(branches[at]) if at < len(branches) else s.tape.literal(0.0)
    values: list[Value] = []
    taken = None if not isinstance(wanted, int) else (0 if s.number(wanted) else 1)
    for number, branch in enumerate(branches[:2]):
        try:
            values.append(s.of(branch))
        except Unknown:
            if number == taken or taken is None:
                raise
            values.append(s.graph.error)  # what is not taken need not be known
    if len(values) < 2:
        values.append(s.tape.literal(0.0))
    if taken is not None and values[taken] in s.graph.texts:
        return values[taken]
    return s.each("IF", wanted, *values)


def _ifs(s: Spreader, *arguments: Node) -> Value:
    value: Value = s.graph.error
    for condition, branch in reversed(list(zip(arguments[::2], arguments[1::2], strict=False))):
        value = s.each("IF", s.of(condition), s.of(branch), value)
    return value


def _if_error(s: Spreader, tree: Node, instead: Node) -> Value:
    value = s.of(tree)
    if isinstance(value, int) and value in s.graph.texts:
        return value
    return s.each("IFERROR", value, s.of(instead))


def _logical(name: str) -> Callable[..., int]:
    def read(s: Spreader, *arguments: Node) -> int:
        return s.tape.node(name, *s.numbers(arguments))

    return read


_SIGNS: Final = ("<>", "<=", ">=", "<", ">", "=")


def _meets(s: Spreader, node: int, criterion: int) -> int:
    """Whether a cell meets the criterion of a COUNTIF: a number, or a text such as ">=0.5"."""
    text = s.graph.texts.get(criterion)
    if text is None:
        return s.tape.node("=", node, criterion)
    sign = next((each for each in _SIGNS if text.startswith(each)), "")
    try:
        wanted = s.tape.literal(float(text[len(sign) :]))
    except ValueError:
        wanted = s.graph.text_node(text[len(sign) :])
    if node == s.graph.blank and sign != "<>":
        return s.tape.literal(0.0)
    value = s.operation(sign or "=", node, wanted)
    return value if isinstance(value, int) else s.graph.error


def _count_if(s: Spreader, where: Node, criterion: Node) -> int:
    wanted = s.one(criterion)
    return _sum(s, [_meets(s, node, wanted) for node in _flat(s, where)])


def _sum_if(s: Spreader, where: Node, criterion: Node, *added: Node) -> int:
    wanted, cells = s.one(criterion), _flat(s, where)
    parts = _flat(s, added[0]) if added else cells
    return _sum(s, [
        s.tape.node("*", _meets(s, node, wanted), part)
        for node, part in zip(cells, parts, strict=False)
        if part not in s.graph.texts
    ])  # fmt: skip


def _average_if(s: Spreader, where: Node, criterion: Node, *added: Node) -> int:
    return s.tape.node(
        "/", _sum_if(s, where, criterion, *added), _count_if(s, where, criterion)
    )


def _log(s: Spreader, number: Node, *base: Node) -> Value:
    if not base or isinstance(base[0], Missing):
        return s.each("LOG10", s.of(number))
    return s.each("/", s.each("LN", s.of(number)), s.each("LN", s.of(base[0])))


def _with_default(name: str, default: float) -> Callable[..., Value]:
    def read(s: Spreader, *arguments: Node) -> Value:
        values = [s.of(each) for each in arguments]
        if len(values) == 1:
            values.append(s.tape.literal(default))
        return s.each(name, *values[:2])

    return read


def _renamed(name: str, count: int) -> Callable[..., Value]:
    def read(s: Spreader, *arguments: Node) -> Value:
        return s.each(name, *[s.of(each) for each in arguments[:count]])

    return read


def _same(s: Spreader, tree: Node, *_: Node) -> Value:
    return s.of(tree)


def _constant(value: float) -> Callable[..., int]:
    return lambda s, *_: s.tape.literal(value)


def _volatile(s: Spreader, *_: Node) -> int:
    raise Volatile


def _norm_s_dist(s: Spreader, x: Node, cumulative: Node | None = None) -> Value:
    is_sum = cumulative is None or bool(s.known_number(cumulative))
    return s.each("NORMSDIST" if is_sum else "PHI", s.of(x))


def _kind(is_it: Callable[[Spreader, int], bool]) -> Callable[..., int]:
    return lambda s, tree: s.tape.literal(float(is_it(s, s.one(tree))))


def _is_number(s: Spreader, node: int) -> bool:
    return node not in s.graph.texts and node != s.graph.blank and not math.isnan(s.number(node))


def _text(make: Callable[..., str]) -> Callable[..., int]:
    def read(s: Spreader, *arguments: Node) -> int:
        return s.graph.text_node(make(*[s.words(s.of(each)) for each in arguments]))

    return read


def _value_of_text(s: Spreader, tree: Node) -> int:
    node = s.one(tree)
    if node not in s.graph.texts:
        return node
    try:
        return s.tape.literal(float(s.graph.texts[node]))
    except ValueError:
        return s.graph.error


RANGES: Final[dict[str, Callable[..., Value]]] = {
    "SUM": _added,
    "PRODUCT": _of_all("PRODUCT"),
    "SUMSQ": _of_all("SUMSQ"),
    "MAX": _of_all("MAX"),
    "MIN": _of_all("MIN"),
    "MAXA": _of_all("MAX"),
    "MINA": _of_all("MIN"),
    "AVERAGE": _mean,
    "DEVSQ": _spread(None, False),
    "VAR": _spread(1, False),
    "VAR.S": _spread(1, False),
    "VARP": _spread(0, False),
    "VAR.P": _spread(0, False),
    "STDEV": _spread(1, True),
    "STDEV.S": _spread(1, True),
    "STDEVP": _spread(0, True),
    "STDEV.P": _spread(0, True),
    "COUNT": _count,
    "COUNTA": _count_all,
    "COUNTIF": _count_if,
    "SUMIF": _sum_if,
    "AVERAGEIF": _average_if,
    "SUMPRODUCT": _sumproduct,
    "SUMXMY2": _paired(lambda s, x, y: _square(s, s.tape.node("-", x, y))),
    "SUMX2MY2": _paired(lambda s, x, y: s.tape.node("-", _square(s, x), _square(s, y))),
    "SUMX2PY2": _paired(lambda s, x, y: s.tape.node("+", _square(s, x), _square(s, y))),
    "MMULT": _mmult,
    "TRANSPOSE": _transpose,
    "IF": _if,
    "IFS": _ifs,
    "IFERROR": _if_error,
    "IFNA": _if_error,
    "AND": _logical("AND"),
    "OR": _logical("OR"),
    "XOR": _logical("XOR"),
    "TRUE": _constant(1.0),
    "FALSE": _constant(0.0),
    "PI": _constant(math.pi),
    "NA": lambda s: s.graph.error,
    "LOG": _log,
    "POWER": _renamed("^", 2),
    "ERF": _renamed("ERF", 1),
    "ERF.PRECISE": _renamed("ERF", 1),
    "NORM.S.DIST": _norm_s_dist,
    "ROUND": _with_default("ROUND", 0.0),
    "ROUNDUP": _with_default("ROUNDUP", 0.0),
    "ROUNDDOWN": _with_default("ROUNDDOWN", 0.0),
    "TRUNC": _with_default("TRUNC", 0.0),
    "FLOOR": _with_default("FLOOR", 1.0),
    "FLOOR.MATH": _with_default("FLOOR", 1.0),
    "CEILING": _with_default("CEILING", 1.0),
    "CEILING.MATH": _with_default("CEILING", 1.0),
    "N": _same,
    "SINGLE": _same,
    "VALUE": _value_of_text,
    "ISNUMBER": _kind(_is_number),
    "ISBLANK": _kind(lambda s, node: node == s.graph.blank),
    "ISTEXT": _kind(lambda s, node: node in s.graph.texts),
    "CONCATENATE": _text(lambda *parts: "".join(parts)),
    "CONCAT": _text(lambda *parts: "".join(parts)),
    "FIXED": _text(lambda number, *_: number),
    "TEXT": _text(lambda number, *_: number),
    "RAND": _volatile,
    "RANDBETWEEN": _volatile,
    "RANDARRAY": _volatile,
    "NOW": _volatile,
    "TODAY": _volatile,
}
"""Name to reader."""
