"""A tree prints in both dialects."""

from __future__ import annotations

import pytest

from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import OPENFORMULA, XLSX, Marks, Printer
from sheetnet.formulas.tree import (
    Binary,
    I,
    Index,
    Name,
    Negative,
    Node,
    Number,
    Span,
    added,
    call,
    cell,
    column_span,
    row_span,
)

HERE, THERE = Area("Here", 1, 1, 5, 5), Area("The other's", 9, 26, 5, 5)
PLACES = {"A": HERE, "B": THERE, "rate": Area("Here", 0, 0, 1, 1)}
a, b = cell("A", I, Index(1, "j")), cell("A", 0, Index(1, "j"))
x, y = Name("x"), Name("y")
PRINTED: tuple[tuple[Node, str, str], ...] = (
    (a, "C3", "[.C3]"),
    (cell("A", I - 1, Index(1, "j")), "C2", "[.C2]"),
    (cell("A", 0, 0), "$B$2", "[.$B$2]"),
    (b, "C$2", "[.C$2]"),
    (cell("A", I, 0), "$B3", "[.$B3]"),
    (cell("A", Index(2, "j"), I), "C4", "[.C4]"),  # transposed: row 1 of the block is column 1
    (cell("A", Index(0, "j"), I * 2 + 1), "E2", "[.E2]"),
    (cell("B", I, Index(0, "j")), "'The other''s'!AA11", "[$'The other''s'.AA11]"),
    (Name("rate"), "rate", "rate"),
    (Number(3.0), "3", "3"),
    (Number(0.1), "0.1", "0.1"),
    (Number(1e15), "1000000000000000.0", "1000000000000000.0"),
    (row_span("A", I, Index(0, "j"), 3) and call("SUM", row_span("A", I, Index(0, "j"), 3)),
     "SUM(B3:D3)", "SUM([.B3:.D3])"),
    (call("SUM", column_span("A", Index(0), 0, 3)), "SUM($B$2:$B$4)", "SUM([.$B$2:.$B$4])"),
    (call("SUM", Span("B", Index(0), Index(0), Index(1), Index(1))),
     "SUM('The other''s'!$AA$10:$AB$11)", "SUM([$'The other''s'.$AA$10:.$AB$11])"),
    (call("INDEX", Name("B"), 1, x), "INDEX(B,1,x)", "INDEX(B;1;x)"),
    (call("IF", Binary(">=", x, Number(0.0)), 1, 2), "IF(x>=0,1,2)", "IF(x>=0;1;2)"),
    # Parentheses where they are needed, and nowhere else.
    (x + y * x, "x+y*x", "x+y*x"),
    ((x + y) * x, "(x+y)*x", "(x+y)*x"),
    (x - (y - x), "x-(y-x)", "x-(y-x)"),
    (x - y - x, "x-y-x", "x-y-x"),
    (x + (y + x), "x+(y+x)", "x+(y+x)"),  # the order of a sum decides its last bits
    (x / (y / x), "x/(y/x)", "x/(y/x)"),
    (x / y / x, "x/y/x", "x/y/x"),
    (x / (y * x), "x/(y*x)", "x/(y*x)"),
    (0.5 * (x - y) ** 2, "0.5*(x-y)^2", "0.5*(x-y)^2"),
    ((x * y) ** 2, "(x*y)^2", "(x*y)^2"),
    # -3^2 is 9 in a spreadsheet: the sign binds tighter than the power.
    (Negative(x**2), "-(x^2)", "-(x^2)"),
    (Negative(x) ** 2, "(-x)^2", "(-x)^2"),
    (Number(-3.0) ** 2, "(-3)^2", "(-3)^2"),
    (0 - x**2, "0-x^2", "0-x^2"),
    (x**Number(-2.0), "x^(-2)", "x^(-2)"),
    (x - Negative(y), "x-(-y)", "x-(-y)"),
    (x * Number(-2.0), "x*(-2)", "x*(-2)"),
    (Negative(x) + y, "-x+y", "-x+y"),
    (Negative(x + y), "-(x+y)", "-(x+y)"),
    (Negative(x / y), "-(x/y)", "-(x/y)"),
    (Negative(Negative(x)), "-(-x)", "-(-x)"),
    (1 / (1 + call("EXP", -x)), "1/(1+EXP(-x))", "1/(1+EXP(-x))"),
    (added([x, y, x]), "x+y+x", "x+y+x"),
)  # fmt: skip


@pytest.mark.parametrize(("tree", "xlsx", "openformula"), PRINTED, ids=[row[1] for row in PRINTED])
def test_a_tree_prints_in_both_dialects(tree: Node, xlsx: str, openformula: str) -> None:
    for dialect, text in ((XLSX, xlsx), (OPENFORMULA, openformula)):
        marks = Marks()
        printed = Printer(dialect, PLACES, HERE, marks).text(tree)
        assert marks.fill(printed, HERE.row + 1) == text


def test_an_open_row_cannot_be_divided() -> None:
    with pytest.raises(ValueError, match="open row"):
        I.split(2)
