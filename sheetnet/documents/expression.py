"""Small expressions over a step's quantities, such as `1/(1-exp(-z_1[0]))`.

Knows: how such a text becomes a formula tree for the sheet, and a number by NumPy for the check.
Does not know what an expression is for. Names are those of the blocks of `Step`: z_1, a_1, W_1,
error_1, slope_1, delta_1, dW_1, targets, loss, learning_rate; `[n]` is a neuron of the first
example, `[n, e]` of example e, and `[d, s]` a weight, all counted from 0.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Container, Mapping
from typing import Any, NamedTuple

import numpy as np

from sheetnet.errors import LessonError
from sheetnet.formulas.tree import I, Index, Node, Number, call, cell, references
from sheetnet.quantities.evaluation import Quantities, Rule
from sheetnet.sheets.model import FloatArray, Formula, Sheet
from sheetnet.sheets.views import StepMatrices

_MOST_CHARACTERS = 500


class _Rule(NamedTuple):
    """One operation: its arity is that of both functions."""

    tree: Callable[..., Any]
    number: Callable[..., Any]


_OPERATIONS: dict[type[ast.AST] | str, _Rule] = {
    ast.Add: _Rule(operator.add, operator.add),
    ast.Sub: _Rule(operator.sub, operator.sub),
    ast.Mult: _Rule(operator.mul, operator.mul),
    ast.Div: _Rule(operator.truediv, operator.truediv),
    ast.USub: _Rule(operator.neg, operator.neg),
    "exp": _Rule(lambda x: call("EXP", x), np.exp),
    "ln": _Rule(lambda x: call("LN", x), np.log),
}
_MATRICES = ("W", "dW")  # indexed [destination, source]; all else [neuron, example]


def tree(text: str, view: StepMatrices) -> Node:
    """The expression as a formula over the blocks of Step. Raises LessonError."""
    made: Node = _walk(text, lambda name, place: _cell(view, name, place), Number, 0)
    return made


def number(text: str, quantities: Quantities | Mapping[str, FloatArray]) -> float:
    """The expression by NumPy. `quantities` are those of one step. Raises LessonError."""

    def element(name: str, place: tuple[int, ...]) -> float:
        array = np.asarray(quantities[name])
        if name.partition("_")[0] not in _MATRICES and array.ndim == 2:
            place = place[::-1]  # [neuron, example] of an array (examples, neurons)
        return float(array[place] if place else array.item())

    with np.errstate(all="ignore"):
        return float(_walk(text, element, float, 1))


def formula(text: str, view: StepMatrices) -> Formula:
    """The expression as the formula of a cell that stands alone. Raises LessonError."""
    made = tree(text, view)
    return lambda i, j: made


def rule(text: str) -> Rule:
    """The NumPy rule of that cell, shape (1, 1). It raises LessonError."""
    return lambda q, layer: np.array([[number(text, q)]])


def refuse_unknown(sheet: Sheet, known: Container[str]) -> None:
    """Refuse expressions over blocks that the workbook lacks. Raises LessonError."""
    for block in sheet.blocks:
        for name, _ in references(block.formula(I, Index(0, "j"))) if block.formula else ():
            if name not in known:
                raise LessonError(
                    f"{sheet.name.lower()}: {name} stands in an expression; it names a quantity "
                    "that this network does not have, or that Step does not show. Correct it."
                )


def is_figure(text: str) -> bool:
    """Whether the expression names no quantity: it follows no step and no yellow cell."""
    names = {part.id for part in ast.walk(_parsed(text)) if isinstance(part, ast.Name)}
    return names <= _OPERATIONS.keys()


def _cell(view: StepMatrices, name: str, place: tuple[int, ...]) -> Node:
    row, column = (*place, 0, 0)[:2]
    kind, _, layer = name.partition("_")
    if kind == "W" and layer.isdigit():
        return cell(view.weights_block(int(layer)), Index(row), Index(column))
    if name == "a_0":
        return cell(view.row_block(0), Index(column), Index(row))
    scalar = {"targets": view.targets_block(), "learning_rate": view.rate_block()}
    return cell(scalar.get(name, name), Index(row), Index(column))


def _walk(
    text: str,
    element: Callable[[str, tuple[int, ...]], Any],
    literal: Callable[[float], Any],
    side: int,
) -> Any:
    """Evaluate an expression with one side of the rules: trees or numbers."""

    def of(part: ast.AST) -> Any:
        match part:
            case ast.Expression(body):
                return of(body)
            case ast.BinOp(left, op, right) if type(op) in _OPERATIONS:
                return _OPERATIONS[type(op)][side](of(left), of(right))
            case ast.UnaryOp(op, operand) if type(op) in _OPERATIONS:
                return _OPERATIONS[type(op)][side](of(operand))
            case ast.Call(ast.Name(name), [argument]) if name in _OPERATIONS:
                return _OPERATIONS[name][side](of(argument))
            case ast.Constant(bool()):
                pass
            case ast.Constant(int() | float() as value):
                return literal(value)
            case ast.Name(name):
                return element(name, ())
            case ast.Subscript(ast.Name(name), ast.Constant(int() as n)):
                return element(name, (n, 0) if name.partition("_")[0] not in _MATRICES else (n,))
            case ast.Subscript(
                ast.Name(name), ast.Tuple([ast.Constant(int() as n), ast.Constant(int() as m)])
            ):
                return element(name, (n, m))
        raise LessonError(
            f"errata or notes: {text!r} holds {ast.unparse(part)!r}; expected numbers, "
            "+ - * /, exp(), ln() and quantities such as z_1[0] or W_2[1, 0]."
        )

    try:
        return of(_parsed(text))
    except (RecursionError, MemoryError):
        raise _no_expression(text) from None
    except (KeyError, IndexError):
        raise LessonError(
            f"errata or notes: {text!r} names a quantity that this network does not have."
        ) from None


def _parsed(text: str) -> ast.Expression:
    if len(text) > _MOST_CHARACTERS:
        raise LessonError(
            f"errata or notes: an expression has {len(text)} characters; at most "
            f"{_MOST_CHARACTERS} are read."
        )
    try:
        return ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _no_expression(text) from None


def _no_expression(text: str) -> LessonError:
    return LessonError(
        f"errata or notes: {text!r} is no expression. Write it like 1/(1+exp(-z_1[0]))."
    )
