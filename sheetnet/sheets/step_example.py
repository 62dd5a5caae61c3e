"""One example of a step that has several: which one, and its own numbers.

Knows: the yellow cell that chooses it, how its inputs and targets are looked up, and which rules
differ while one example is shown: what is reduced over all of them is so here too, so that its
delta is its share of the step. Everything else of it is computed like any other step's. Does not
know where anything stands (see `step`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sheetnet.formulas.tree import Index, Name, Node, call, column_span, row_span
from sheetnet.quantities import trees
from sheetnet.quantities.arrays import fused_delta, output_error
from sheetnet.quantities.evaluation import Rule
from sheetnet.sheets.model import FloatArray, Formula
from sheetnet.sheets.views import StepMatrices

CHOOSER = "example_shown"
PREFIX = "shown_"


def of_example(step: StepMatrices) -> StepMatrices:
    """The view of the one example that is shown."""
    return replace(step, examples=1, prefix=PREFIX, of=step.examples)


def given(step: StepMatrices) -> Callable[[str], Formula]:
    """The example's inputs, one a column, and its targets, one a row, by the block's name."""

    def formula(name: str) -> Formula:
        number, count, first = _number(step), step.examples, Index(0)
        if name == of_example(step).targets_block():
            targets = step.targets_block()
            return lambda i, j: call("INDEX", row_span(targets, i, first, count), 1, number)
        if name == of_example(step).share_block():
            shares = step.share_block()
            return lambda i, j: call("INDEX", row_span(shares, first, first, count), 1, number)
        inputs = step.row_block(0)
        return lambda i, j: call("INDEX", column_span(inputs, first, j, count), number, 1)

    return formula


def rules(step: StepMatrices) -> dict[str, Rule]:
    """The rules of the blocks whose quantity is not made as usual."""
    view, last = of_example(step), step.lesson.network.layers
    found: dict[str, Rule] = {
        view.row_block(0): _chosen(step, "a_0"),
        view.targets_block(): _chosen(step, "targets"),
        view.share_block(): _chosen(step, "share", axis=-1),
    }
    if trees.is_fused(step.lesson):
        return found | {view.block(f"delta_{last}"): lambda q, _: fused_delta(q, step.examples)}
    return found | {view.block(f"error_{last}"): lambda q, _: output_error(q, step.examples)}


def _number(step: StepMatrices) -> Node:
    """The example's number from 1, whatever was typed."""
    return call("MIN", call("MAX", call("ROUND", Name(CHOOSER), 0), 1), step.examples)


def _chosen(step: StepMatrices, quantity: str, axis: int = -2) -> Rule:
    def rule(q: Any, _: int) -> FloatArray:
        typed = q[CHOOSER].item()
        rounded = np.sign(typed) * np.floor(np.abs(typed) + 0.5)
        if not np.isfinite(rounded):
            return np.full((1, q[quantity].shape[-1] if axis == -2 else 1), np.nan)
        row = int(np.clip(rounded, 1, step.examples)) - 1
        return np.asarray(np.take(q[quantity], [row], axis=axis))

    return rule
