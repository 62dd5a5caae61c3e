"""Trees of formulas: printed and parsed back in both dialects, and the one table of functions."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetnet.checking.tolerance import complete, tolerances
from sheetnet.errors import FileError
from sheetnet.formulas.columns import MAX_COLUMNS, MAX_ROWS
from sheetnet.formulas.compare import form
from sheetnet.formulas.functions import FUNCTIONS, OPERATORS
from sheetnet.formulas.parse import BINDING, parse
from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import DIALECTS, OPENFORMULA, XLSX, Dialect, Marks, Printer
from sheetnet.formulas.printing import print_tree as printed
from sheetnet.formulas.sized import UNIT, Sized, exact
from sheetnet.formulas.tree import (
    Address,
    Array,
    Binary,
    Call,
    ErrorValue,
    I,
    Index,
    Missing,
    Name,
    Negative,
    Node,
    Number,
    Percent,
    Positive,
    Reference,
    Span,
    Text,
    call,
    cell,
    fold,
    joined,
    postorder,
)
from sheetnet.sheets.model import Block

OWN = "Own"

# --- every tree comes back from its text --------------------------------------------------------

_SHEETS = st.sampled_from([None, "Data", "It's 1.5", "W1", "Ark2", "日本"])


@st.composite
def _references(draw: st.DrawFn) -> Reference:
    sheet = draw(_SHEETS)
    rows = sorted(draw(st.lists(st.integers(0, MAX_ROWS - 2), min_size=2, max_size=2)))
    columns = sorted(draw(st.lists(st.integers(0, MAX_COLUMNS - 2), min_size=2, max_size=2)))
    fixed = [draw(st.booleans()) for _ in range(4)]
    if draw(st.booleans()):
        return Reference(sheet, rows[0], columns[0], fixed[0], fixed[1],
                         sheet, rows[0], columns[0], fixed[0], fixed[1], False)  # fmt: skip
    if draw(st.booleans()):  # whole columns
        rows, fixed[0], fixed[2] = [0, MAX_ROWS - 1], True, True
    return Reference(sheet, rows[0], columns[0], fixed[0], fixed[1],
                     sheet, rows[1], columns[1], fixed[2], fixed[3], True)  # fmt: skip


_NUMBERS = st.floats(0, allow_infinity=False).map(Number)
_CONSTANTS = st.one_of(
    _NUMBERS,
    st.floats(-9, -1).map(Number),
    st.text(max_size=5).map(Text),
    st.sampled_from([ErrorValue("#N/A"), Call("TRUE", ())]),
)
_REFERRING = st.one_of(
    _references().map(Address),
    st.sampled_from([Name("eta"), Name("w_1"), Call("OFFSET", (Number(1.0), Missing()))]),
)
_LEAVES = st.one_of(
    _NUMBERS,
    _REFERRING,
    st.text(max_size=8).map(Text),
    st.sampled_from([ErrorValue("#REF!"), ErrorValue("#N/A"), Call("FALSE", ()), Call("PI", ())]),
    st.integers(1, 3).flatmap(
        lambda width: st.lists(st.tuples(*[_CONSTANTS] * width), min_size=1, max_size=3)
    ).map(lambda rows: Array(tuple(rows))),
    st.builds(Binary, st.sampled_from(["!", "~"]), _REFERRING, _REFERRING),
    st.builds(Binary, st.just(":"), _references().map(Address), st.just(call("INDEX", 1, 2))),
)  # fmt: skip


def _grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    symbols = sorted(set(BINDING) - {":", "!", "~"})
    arguments = st.lists(inner | st.just(Missing()), min_size=2, max_size=4)
    return st.one_of(
        st.builds(Binary, st.sampled_from(symbols), inner, inner),
        st.builds(Negative, inner),
        st.builds(Positive, inner),
        st.builds(Percent, inner),
        st.builds(
            Call,
            st.sampled_from(["SUM", "IF", "MMULT", "XOR", "FLOOR", "NOBODYS.OWN"]),
            arguments.map(tuple),
        ),
        inner.map(lambda one: Call("SUM", (one,))),
    )


@settings(max_examples=300, deadline=None)
@given(st.recursive(_LEAVES, _grown, max_leaves=25))
@pytest.mark.parametrize("dialect", [XLSX, OPENFORMULA], ids=lambda dialect: dialect.name)
def test_a_printed_tree_parses_to_itself(dialect: Dialect, tree: Node) -> None:
    assert parse(printed(tree, dialect, OWN), dialect.name) == tree


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="A1B$2:.,;()+-*/^&=<>%'\"#!{}[]| SUM~", max_size=30))
@pytest.mark.parametrize("dialect", [XLSX, OPENFORMULA], ids=lambda dialect: dialect.name)
def test_whatever_parses_prints_and_means_the_same(dialect: Dialect, text: str) -> None:
    tree = parse(text, dialect.name)
    if tree is not None:
        again = parse(printed(tree, dialect, OWN), dialect.name)
        assert again is not None
        assert form(again, OWN.casefold()) == form(tree, OWN.casefold())


TREES = [
    ("-3^2", Binary("^", Negative(Number(3.0)), Number(2.0))),
    ("2^3^2", Binary("^", Binary("^", Number(2.0), Number(3.0)), Number(2.0))),
    ("=1-2-3", Binary("-", Binary("-", Number(1.0), Number(2.0)), Number(3.0))),
    ("a&b=c", Binary("=", Binary("&", Name("a"), Name("b")), Name("c"))),
    ("1+2&3", Binary("&", Binary("+", Number(1.0), Number(2.0)), Number(3.0))),
    ("-a%", Percent(Negative(Name("a")))),
    ("if(a<>1,,\"x\")", Call("IF", (Binary("<>", Name("a"), Number(1.0)), Missing(), Text("x")))),
    ("Data!eta", Name("eta", "Data")),
    ("+a", Positive(Name("a"))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_the_grammar_binds_as_the_standards_say(text: str, tree: Node) -> None:
    assert parse(text, "xlsx") == tree


@pytest.mark.parametrize("text", ["SUM(1+,2)", "SUM(1,2+)", "(1+)", "SUM(-)", "1+", "{1+2}"])
def test_an_operator_without_an_operand_does_not_parse(text: str) -> None:
    assert parse(text, "xlsx") is None


def test_another_sheets_name_has_no_spelling_in_openformula() -> None:
    with pytest.raises(FileError, match="another sheet's name"):
        printed(Name("eta", "Data"), OPENFORMULA, OWN)


def test_a_deep_tree_is_folded_and_printed_without_recursion() -> None:
    tree: Node = Name("a")
    for _ in range(20_000):
        tree = Negative(tree)
    assert len(postorder(tree)) == 20_001
    assert fold(tree, lambda _, depths: 1 + max(depths, default=0)) == 20_001
    assert printed(tree, XLSX, OWN).count("-") == 20_000


# --- the table of functions ---------------------------------------------------------------------

HERE = {"x": Area("Training", 7, 5, 3, 2), "y": Area("Training", 1, 1, 3, 2)}


def _text(tree: Node, form: str) -> str:
    return Printer(DIALECTS[form], HERE, HERE["x"], Marks()).text(tree)


@pytest.mark.parametrize("form", ["xlsx", "ods"])
@pytest.mark.parametrize("function", ["HUBER", "FLOOR", "XOR"])
def test_a_function_without_a_value_is_refused_with_cell_and_block(
    function: str, form: str
) -> None:
    with pytest.raises(FileError) as caught:
        _text(1 + call(function, cell("y", I, 0)), form)
    said = str(caught.value)
    assert said.startswith("Training!F8: the formula of x uses the function ")
    assert function in said and "Add a row" in said


def test_texts_and_comparisons_print_in_both_dialects() -> None:
    tree = joined('loss "', call("FIXED", cell("y", I, 0), 4), '" <')
    marked = Binary("&", tree, call("IF", Binary("<=", Number(1.0), Number(2.0)), "yes", "no"))
    assert _text(marked, "xlsx").startswith('"loss """&FIXED($B')
    assert _text(marked, "xlsx").endswith('&""" <"&IF(1<=2,"yes","no")')
    assert _text(marked, "ods").endswith('&""" <"&IF(1<=2;"yes";"no")')


def test_every_operator_of_a_tree_has_its_place() -> None:
    assert set(OPERATORS) | {":", "!", "~"} == set(BINDING)


# arguments and value, from the functions' definitions and Python's own mathematics
VALUES: list[tuple[str, tuple[float | str, ...], float | str]] = [
    ("ABS", (-2.5,), 2.5), ("AND", (1, 0), 0), ("AND", (1, 2), 1), ("AVERAGE", (1, 2, 6), 3),
    ("CHOOSE", (2, 5, 7, 9), 7), ("CONCATENATE", ("a", 0.5, "b"), "a0.5b"),
    ("COS", (0.3,), math.cos(0.3)), ("COUNTIF", (3, ">=3"), 1), ("COUNTIF", (3, 4), 0),
    ("EXP", (1.5,), math.exp(1.5)), ("FALSE", (), 0), ("FIXED", (1234.5678, 1), "1,234.6"),
    ("FIXED", (-0.125, 3), "-0.125"), ("FIXED", (1234.5678, 2, 1), "1234.57"),
    ("IF", (0, 1, 2), 2), ("IF", (3, 1), 1), ("INDEX", (4, 1), 4), ("INT", (-1.5,), -2),
    ("ISNUMBER", (2,), 1), ("ISNUMBER", ("two",), 0), ("MATCH", (4, 4, 0), 1),
    ("LN", (2,), math.log(2)), ("LOG", (100,), 2), ("LOG", (8, 2), 3), ("LOG10", (0.01,), -2),
    ("MAX", (1, 3, 2), 3), ("MIN", (1, 3, -2), -2), ("MOD", (-1, 3), 2), ("NOT", (0,), 1),
    ("OR", (0, 0), 0), ("OR", (0, 4), 1), ("PI", (), math.pi), ("POWER", (3, 4), 81),
    ("ROUND", (2.345, 1), 2.3),
    ("ROUND", (-2.5, 0), -3), ("ROUND", (1234, -2), 1200), ("SIGN", (-3,), -1),
    ("SIN", (0.3,), math.sin(0.3)), ("SQRT", (2.25,), 1.5), ("SUM", (1, 2, 3), 6),
    ("SUMPRODUCT", (2, 3), 6), ("SUMSQ", (3, 4), 25), ("TANH", (0.5,), math.tanh(0.5)),
    ("TRUE", (), 1),
]  # fmt: skip


def test_the_values_of_every_function_are_tried() -> None:
    valued = {name for name, row in FUNCTIONS.items() if row.value is not None}
    assert {function for function, _, _ in VALUES} == valued


def _argument(value: float | str) -> Sized:
    return exact(np.array([value], dtype=object if isinstance(value, str) else float))


@pytest.mark.parametrize(("function", "arguments", "expected"), VALUES)
def test_a_function_has_its_value(
    function: str, arguments: tuple[float | str, ...], expected: float | str
) -> None:
    value = FUNCTIONS[function].value
    assert value is not None
    found = value(*map(_argument, arguments))
    if isinstance(expected, str):
        assert found.value[0] == expected
    else:
        allowed = 2 * (found.operations + 1) * UNIT * max(found.size[0], 1e-300)
        assert abs(found.value[0] - expected) <= allowed


@pytest.mark.parametrize("function", ["EXP", "LN", "TANH", "SQRT", "SIN", "COS", "LOG10"])
@given(st.floats(0.01, 20), st.floats(-1, 1))
@settings(max_examples=40, deadline=None)
def test_a_functions_size_covers_a_wrong_last_digit(function: str, x: float, off: float) -> None:
    """A rounded argument moves the value by no more than the size allows for."""
    value = FUNCTIONS[function].value
    assert value is not None
    moved = value(_argument(x * (1 + 4 * UNIT * off))).value[0]
    found = value(Sized(np.array([x]), np.array([abs(x)]), 2))
    assert abs(moved - found.value[0]) <= 2 * (found.operations + 1) * UNIT * found.size[0]


JUMPS: list[tuple[Callable[[Node], Node], float, bool]] = [
    (lambda x: call("INT", x * 10), 0.3, True),  # 0.3 * 10 is 3, or a hair less
    (lambda x: call("INT", x * 10), 0.35, False),
    (lambda x: call("ROUND", x, 2), 2.675, True),
    (lambda x: call("ROUND", x, 2), 2.674, False),
    (lambda x: call("IF", Binary("<", x * 3, Number(0.3)), 1, 0), 0.1, True),
    (lambda x: call("IF", Binary("<", x * 3, Number(0.3)), 1, 0), 0.2, False),
    (lambda x: call("IF", call("AND", Binary(">", x * 3, Number(0.3)), 1), 1, 0), 0.1, True),
    (lambda x: call("IF", call("OR", Binary(">", x * 3, Number(0.3)), 1), 1, 0), 0.1, False),
    (lambda x: call("SIGN", x * 3 - 0.3), 0.2, False),
    (lambda x: call("IF", x, 1, 0), 2.0, False),
]


@pytest.mark.parametrize(("formula", "at", "is_open"), JUMPS)
def test_a_jump_is_allowed_where_rounding_decides_and_nowhere_else(
    formula: Callable[[Node], Node], at: float, is_open: bool
) -> None:
    block = Block("b", Area("S", 0, 0, 1, 1), "b", (1, 1), "matrix", "plain",
                  lambda i, j: formula(cell("x", 0, 0)))  # fmt: skip
    grids = {"x": np.array([[at]]), "b": np.zeros((1, 1))}
    allowed = tolerances(block, grids)[0, 0]
    assert allowed >= 0.009 if is_open else allowed < 1e-12
    assert complete(block, grids).all()


def test_ranges_are_counted_and_looked_up() -> None:
    grids = {"x": np.arange(6.0).reshape(3, 2)}
    whole = Span("x", Index(0), Index(0), Index(2), Index(1))

    def value(tree: Node) -> float:
        block = Block("b", Area("S", 0, 0, 1, 1), "b", (1, 1), "matrix", "plain", lambda i, j: tree)
        from sheetnet.checking.tolerance import _Sizes

        assert complete(block, grids).all()
        return float(_Sizes(grids, np.arange(1)).of(tree).value[0])

    assert value(call("COUNTIF", whole, ">=2")) == 4
    assert value(call("INDEX", whole, 2, 2)) == 3
    assert value(call("SUMPRODUCT", whole, whole)) == 55
    assert value(call("AVERAGE", whole)) == 2.5
    assert value(call("MIN", whole, -1)) == -1


def test_the_table_is_loaded_only_where_formulas_are() -> None:
    code = "import sheetnet.cli, sys; assert 'sheetnet.formulas.functions' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
