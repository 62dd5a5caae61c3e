"""What is right is proved by finite differences over a recalculation of the Book itself.

For every weight and step: the loss cell is recalculated with the weight's cell a little changed,
everything before it held; the step that the sheet takes must be the learning rate times that
derivative. Of a planted mistake it is proved likewise that it is one, and in which step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.support.class_sheets.book import Cell
from tests.support.class_sheets.compose import Sheet
from tests.support.class_sheets.evaluate import Sheets

H = 1e-3
SURE = 1e-7  # finite differences are good to about 1e-10 of the largest derivative
PLAIN = 1e-5  # a mistake smaller than this is not used


class Unproved(Exception):
    """Neither clearly right nor clearly wrong: such a case is not used."""


@dataclass(frozen=True)
class Step:
    """Derivatives and steps of all weights at one step, side by side."""

    cells: tuple[Cell, ...]
    derivative: np.ndarray
    taken: np.ndarray


@dataclass(frozen=True)
class Proof:
    """`wrong`: the steps and cells whose update is not what is due."""

    verdict: str  # right, wrong, uniform (one other factor everywhere)
    wrong: tuple[tuple[int, Cell], ...] = ()
    factor: float = 1.0


def weight_cells(sheet: Sheet, step: int) -> list[tuple[str, Cell]]:
    """The cells of all trained weights at a step, by name."""
    found = []
    for name in sheet.model.weights:
        top = sheet.layout.find(name, step)
        assert top is not None, (name, step)
        shape = np.shape(sheet.model.start[name]) or (1, 1)
        for i in range(shape[0]):
            for j in range(shape[1]):
                found.append((name, Cell(top.sheet, top.row + i, top.column + j)))
    return found


def derivative(sheet: Sheet, weight: Cell, loss: Cell, base: dict[Cell, float]) -> float:
    """d loss / d weight, by central differences of two widths."""

    def at(h: float) -> float:
        return Sheets(sheet.book, base | {weight: base[weight] + h}).value(loss)

    narrow = (at(H) - at(-H)) / (2 * H)
    wide = (at(2 * H) - at(-2 * H)) / (4 * H)
    return (4 * narrow - wide) / 3


def steps(sheet: Sheet) -> Iterator[Step]:
    """Derivative and step of every weight, for all steps that are taken."""
    values = Sheets(sheet.book)
    for t in range(sheet.layout.steps or sheet.model.spec.steps - 1):
        loss = sheet.layout.find("loss", t)
        assert loss is not None
        here = weight_cells(sheet, t)
        base = {cell: values.value(cell) for _, cell in here}
        slopes = [derivative(sheet, cell, loss, base) for _, cell in here]
        after = [values.value(cell) for _, cell in weight_cells(sheet, t + 1)]
        taken = np.array([base[cell] for _, cell in here]) - np.array(after)
        later = tuple(cell for _, cell in weight_cells(sheet, t + 1))
        yield Step(later, np.array(slopes), taken)


def rates(sheet: Sheet) -> np.ndarray:
    """The learning rate of each weight cell."""
    spec, rate = sheet.model.spec, sheet.model.rate
    return np.array(
        [
            (0.5 if name.startswith(("W1", "b1")) else 0.2) if spec.rate == "layer" else rate
            for name, _ in weight_cells(sheet, 0)
        ]
    )


def prove(sheet: Sheet) -> Proof:
    """Judge a sheet of plain gradient descent. Raises Unproved, NoValue."""
    rate = rates(sheet)
    wrong, ratios = [], []
    for t, step in enumerate(steps(sheet)):
        size = float(np.max(np.abs(step.derivative)))
        off = np.abs(step.taken - rate * step.derivative) / rate
        if size < 1e-5:
            if np.max(off) < 1e-11:
                continue
            raise Unproved(f"step {t}: hardly any gradient")
        for cell, error, due in zip(step.cells, off, np.abs(step.derivative), strict=True):
            if error > SURE * size:
                if error < PLAIN * max(due, 0.01 * size):
                    raise Unproved(f"step {t}, {cell}: off by {error}")
                wrong.append((t, cell))
        plain = np.abs(step.derivative) > 1e-3 * size
        ratios.append(step.taken[plain] / (rate * step.derivative)[plain])
        if wrong and np.ptp(ratios[-1]) > PLAIN:
            return Proof("wrong", tuple(wrong))  # the steps that follow can change nothing of that
    together = np.concatenate(ratios or [np.ones(1)])
    factor = float(np.median(together))
    if wrong and factor > 0 and np.all(np.abs(together / factor - 1) < 1e-6):
        return Proof("uniform", tuple(wrong), factor)
    return Proof("wrong" if wrong else "right", tuple(wrong), factor)


def _torch_step(optimiser: str, g: float, state: dict[str, float], t: int) -> float:
    """What a weight loses, by the rules of torch.optim; `t` counts from 1."""
    eta, mu, rho, eps = 0.1, 0.9, 0.99, 1e-8
    if optimiser == "sgd":
        return eta * g
    if optimiser == "momentum":
        state["v"] = mu * state.get("v", 0.0) + g
        return eta * state["v"]
    if optimiser == "adagrad":
        state["s"] = state.get("s", 0.0) + g * g
        return eta * g / (state["s"] ** 0.5 + eps)
    state["s"] = rho * state.get("s", 0.0) + (1 - rho) * g * g
    if optimiser == "rmsprop":
        return eta * g / (state["s"] ** 0.5 + eps)
    state["m"] = mu * state.get("m", 0.0) + (1 - mu) * g
    return eta * (state["m"] / (1 - mu**t)) / ((state["s"] / (1 - rho**t)) ** 0.5 + eps)


def prove_optimised(sheet: Sheet, optimiser: str) -> Proof:
    """Judge a sheet with an optimiser: its steps are the optimiser's, on proved derivatives."""
    states: list[dict[str, float]] = [{} for _ in weight_cells(sheet, 0)]
    wrong = []
    for t, step in enumerate(steps(sheet)):
        for i, cell in enumerate(step.cells):
            due = _torch_step(optimiser, float(step.derivative[i]), states[i], t + 1)
            error = abs(step.taken[i] - due) / (abs(due) + 1e-9)
            if error > 1e-6:
                if error < PLAIN:
                    raise Unproved(f"step {t}, {cell}: off by {error}")
                wrong.append((t, cell))
        if wrong:
            break
    return Proof("wrong" if wrong else "right", tuple(wrong))


def same_values(one: Sheet, two: Sheet) -> bool:
    """Whether all shown cells have the same numbers, to rounding. Raises NoValue."""
    first, second = Sheets(one.book), Sheets(two.book)
    for cell, content in two.book.cells.items():
        if isinstance(content, str) and not content.startswith("="):
            continue
        a, b = first.value(cell), second.value(cell)
        if abs(a - b) > 1e-13 * max(abs(a), abs(b)) + 1e-300:
            return False
    return True
