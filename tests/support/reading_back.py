"""What is compared when a lesson is read back: its numbers, its rules, its blocks' addresses."""

from __future__ import annotations

from typing import Any

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.lessons import Lesson, with_values
from sheetnet.workbooks.build import build
from support import raw

Operations = list[tuple[Any, ...]]


def names_of(made: Lesson) -> dict[str, Area]:
    """Where every block stands in a fresh workbook."""
    return build(made).names()


def at(area: Area, row: int = 0, column: int = 0) -> tuple[int, int]:
    """A cell of an area."""
    return area.row + row, area.column + column


def address(area: Area, row: int = 0, column: int = 0) -> str:
    """The same as 'Sheet!B2'."""
    return f"{area.sheet}!{raw.letters(area.column + column)}{area.row + row + 1}"


def numbers(made: Lesson) -> np.ndarray:
    """Everything that a person may edit, in one row."""
    arrays = [*made.network.weights, *made.network.bias, made.inputs, made.targets]
    rate = np.array([made.training.learning_rate])
    return np.concatenate([rate, *(array.ravel() for array in arrays)])


def rules(made: Lesson) -> tuple[object, ...]:
    """Everything else."""
    n, t = made.network, made.training
    return (made.title, made.notation, made.formulas, n.sizes, n.activations, n.loss, n.reduction,
            n.biases, t.steps, t.optimizer, t.batch)  # fmt: skip


def close(found: Lesson, wanted: Lesson, relative: float = 5e-15, absolute: float = 0.0) -> bool:
    """Settings equal, numbers as close as a program with 15 digits can keep them."""
    distance = np.abs(numbers(found) - numbers(wanted))
    return rules(found) == rules(wanted) and bool(
        np.all(distance <= relative * np.abs(numbers(wanted)) + absolute)
    )


def with_one(made: Lesson, block: str, row: int, column: int, value: float) -> Lesson:
    """The lesson with one editable number replaced, by its place in its block."""
    flat = len(made.inputs) == 1 and "Training_a_0" in names_of(made)
    if block == "learning_rate":
        return with_values(made, learning_rate=value)
    if block in ("inputs", "targets"):
        array = np.array(getattr(made, block))
        transposed = block == "targets" and "Training_step" not in names_of(made)
        array[(column, row) if transposed else (row, column)] = value
        return with_values(made, **{block: array})
    layer = int(block.removeprefix("W_")) - 1
    weights = [np.array(w) for w in made.network.weights]
    bias = [np.array(b) for b in made.network.bias]
    width = weights[layer].shape[1] + (made.network.biases != "none")
    if flat or "Training_step" in names_of(made):
        row, column = divmod(column, width)
    if column == weights[layer].shape[1]:
        bias[layer][row] = value
    else:
        weights[layer][row, column] = value
    return with_values(made, weights=weights, bias=bias)


def edited(made: Lesson) -> tuple[Operations, Lesson]:
    """A new number in a cell of every editable block, and the lesson that it makes."""
    operations: Operations = []
    for number, block in enumerate(b for b in build(made).blocks() if b.typed_name):
        if block.typed_name == "step_shown":
            operations.append(("set", block.area.sheet, *at(block.area), 1))
            continue
        area = block.typed_area()
        value = [0.1 + 0.2, -1 / 3, 1e-7 / 3, 123.456][number % 4]
        value = abs(value) if block.typed_name == "learning_rate" else value
        row, column = area.rows - 1, area.columns - 1
        operations.append(("set", area.sheet, *at(area, row, column), value))
        made = with_one(made, block.typed_name, row, column, value)
    return operations, made
