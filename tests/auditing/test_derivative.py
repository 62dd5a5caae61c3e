"""The audit's derivatives: operations against finite differences, a net against torch."""

from __future__ import annotations

import numpy as np
import pytest

from sheetnet.auditing.book import Book, Place
from sheetnet.auditing.derivative import gradient
from sheetnet.auditing.functions import OPERATIONS
from sheetnet.auditing.graph import Graph
from sheetnet.reading.cell import Cell

# where an operation is defined and smooth; the others take these
PLACES: dict[str, list[list[float]]] = {
    "LN": [[0.3, 2.5]], "LOG10": [[0.3, 2.5]], "SQRT": [[0.3, 2.5]], "SQRTPI": [[0.3, 2.5]],
    "ASIN": [[0.3, -0.6]], "ACOS": [[0.3, -0.6]], "ATANH": [[0.3, -0.6]], "ACOSH": [[1.3, 2.6]],
    "^": [[1.3, 0.7], [2.2, -1.4]], "NOT": [[0.4, 1.2]], "ISERROR": [[0.4, 1.2]],
    "IF": [[1.0, 0.0], [0.3, 0.4], [0.7, -0.9]],
}  # fmt: skip
TWO = {"+", "-", "*", "/", "=", "<>", "<", "<=", ">", ">=", "ATAN2", "MOD", "ROUND", "TRUNC",
       "ROUNDDOWN", "ROUNDUP", "QUOTIENT", "FLOOR", "CEILING", "AND", "OR", "XOR",
       "IFERROR"}  # fmt: skip
MANY = {"SUM", "PRODUCT", "SUMSQ", "MAX", "MIN", "dot"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_derivative_is_the_limit_of_differences(name: str) -> None:
    operation = OPERATIONS[name]
    if name in TWO:
        given = [[1.37, -0.62], [0.71, 1.93]]
    elif name in MANY:
        given = [[1.37, -0.62], [0.71, 1.93], [-0.44, 0.85], [2.1, 0.3]]
    else:
        given = PLACES.get(name, [[0.37, -1.62]])
    x = np.array(given)
    found = operation.derivative(x, operation.value(x))
    assert found.shape == x.shape
    for i in range(len(x)):
        if name == "IF" and i == 0:
            continue  # a condition has no derivative
        up, down = x.copy(), x.copy()
        up[i] += 1e-6
        down[i] -= 1e-6
        difference = (operation.value(up) - operation.value(down)) / 2e-6
        np.testing.assert_allclose(found[i], difference, rtol=1e-7, atol=1e-8)


def book(cells: dict[str, str | float]) -> Book:
    """A workbook of one sheet, by the cells' names."""
    sheet = {}
    for name, held in cells.items():
        place = int(name[1:]) - 1, ord(name[0]) - 65
        if isinstance(held, str) and held.startswith("="):
            sheet[place] = Cell(held[1:], None, "empty")
        else:
            sheet[place] = Cell(None, held, "text" if isinstance(held, str) else "number")
    return Book({"Sheet1": sheet})


def at(name: str) -> Place:
    return Place(0, int(name[1:]) - 1, ord(name[0]) - 65)


# The net of Matt Mazur's article (2-2-2, sigmoid, ½ squared error), with every kind of reference;
# its derivatives by torch 2.13 in float64.
MAZUR: dict[str, str | float] = {
    "A1": 0.05, "A2": 0.10, "B1": 0.15, "B2": 0.20, "B3": 0.25, "B4": 0.30, "B5": 0.35,
    "C1": 0.40, "C2": 0.45, "C3": 0.50, "C4": 0.55, "C5": 0.60, "D1": 0.01, "D2": 0.99,
    "E1": "=1/(1+EXP(-(SUMPRODUCT(A1:A2,B1:B2)+B5)))",
    "E2": "=1/(1+EXP(-(MMULT(TRANSPOSE(A1:A2),B3:B4)+B5)))",
    "F1": "=1/(1+EXP(-(C1*E1+C2*E2+$C$5)))",
    "F2": "=1/(1+EXP(-(INDEX(C:C,3)*E1+OFFSET(C1,3,0)*INDIRECT(\"E2\")+C5)))",
    "G1": "=SUMXMY2(D1:D2,F1:F2)/2",
}  # fmt: skip
TORCH = {
    "B1": 0.0004385677344743467, "B2": 0.0008771354689486934,
    "B3": 0.0004977127352608599, "B4": 0.0009954254705217198,
    "C1": 0.08216704056423077, "C2": 0.08266762784753325,
    "C3": -0.022602540477475067, "C4": -0.02274024221597822,
}  # fmt: skip


def test_a_nets_derivatives_are_those_of_torch() -> None:
    graph = Graph(book(MAZUR))
    assert not graph.lost
    loss = graph.at[at("G1")]
    assert abs(graph.tape.values[loss][0] - 0.2983711087600027) < 1e-15
    stop = {graph.at[at(name)] for name in TORCH}
    found = gradient(graph.tape, {loss: np.ones(1)}, stop)
    for name, expected in TORCH.items():
        assert found[graph.at[at(name)]][0, 0] == pytest.approx(expected, rel=1e-12)


def test_what_is_not_known_gives_up_only_what_depends_on_it() -> None:
    graph = Graph(book({"A1": 2.0, "B1": "=BESSELJ(A1,0)", "C1": "=A1^2+1", "D1": "=B1+C1"}))
    assert [(lost.place, "BESSELJ" in lost.why) for lost in graph.lost] == [(at("B1"), True)]
    leaf = graph.at[at("A1")]
    fine = gradient(graph.tape, {graph.at[at("C1")]: np.ones(1)}, {leaf})
    assert fine[leaf][0, 0] == 4
    lost = gradient(graph.tape, {graph.at[at("D1")]: np.ones(1)}, {leaf})
    assert np.isnan(lost[leaf][0, 0])


def test_a_circle_is_named_and_costs_no_recursion() -> None:
    cells: dict[str, str | float] = {"A1": "=A2+1", "A2": "=A1+1", "B1": "=1+1"}
    cells |= {f"C{row}": f"=C{row - 1}+1" for row in range(2, 5000)}
    graph = Graph(book(cells))
    assert {lost.why for lost in graph.lost} == {"refers to itself"}
    assert graph.tape.values[graph.at[at("C4999")]][0] == 4998
