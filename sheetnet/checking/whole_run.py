"""The whole run against NumPy's own, from the yellow cells on, and what rounding explains of it.

Every cell is judged by itself (see `judged`), and by induction the workbook is then right as a
whole, provided that the yellow cells are those that the formulas read. This is the witness for
that proviso: NumPy trains by itself from the lesson that was read, and knows no cell.

How far rounding may take the two apart depends on the run: training can be chaotic. So the run is
asked: NumPy trains again from starts that differ from the lesson's by 2^-40 of each number, which
is what 8,000 roundings of one number come to, far more than go into one step; and each number that
is made of the training (Step, the gradient check) differs by what rounding explains in its own
formula, for those that read it may divide it by next to nothing. A small change of
the start and rounding early on grow alike (to first order both pass through the same derivatives);
rounding later on has had less time to grow. So a row may differ by 16 times the largest change
that such a start made in it, or by 2^-36 of the largest
number in its row, where the run forgets its start, or by 1,024 times what rounding explains in the
cell's own formula. Beyond that it is not rounding. Where a changed start diverges, and from the
step on at which it has come a million times as far as it was changed, nothing is claimed. (A bound
that multiplies absolute values step by step would soon exceed every number and forbid nothing.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.random import Generator

from sheetnet.errors import SheetnetError
from sheetnet.lessons import Lesson, with_values
from sheetnet.sheets.model import Block, FloatArray, Workbook
from sheetnet.workbooks.cached import cached

_CHANGE = 2.0**-40
_STARTS = 3
_GROWN, _FORGOTTEN, _OWN = 16.0, 2.0**-36, 1024.0
_LOST = 2.0**-20
_NEVER = 2**31


@dataclass(frozen=True)
class WholeRun:
    """The largest absolute and relative difference, the run itself by block, and the first cell
    that rounding does not explain: (block, row, column). `grown` says that it explains more than
    it usually comes to, because the run enlarges it."""

    largest: float
    relative: float
    numbers: Mapping[str, FloatArray]
    beyond: tuple[Block, int, int] | None
    grown: bool


def whole_run(
    lesson: Lesson,
    workbook: Workbook,
    grids: Mapping[str, FloatArray],
    rounding: Mapping[str, FloatArray],
) -> WholeRun:
    """NumPy's own run beside the engine's values by block. Raises LessonError if it diverges.

    `rounding` is what it explains in each computed cell's own formula (see `tolerance`).
    """
    own = numpy_run(lesson, workbook, grids)
    computed = [
        block
        for block in workbook.blocks()
        if block.formula is not None and block.holds == "numbers"
    ]
    sizes = _row_sizes(computed, own)
    allowed = {
        block.name: _explained(block, rounding, own) + _FORGOTTEN * sizes[block.name][:, None]
        for block in computed
    }
    largest = 0.0
    furthests: dict[tuple[str, str], float] = {}
    scales: dict[str, float] = {}  # the largest value of a quantity, wherever it is shown
    far: list[Block] = []
    for block in computed:
        distance = _distance(block, grids, own)
        furthest = float(np.max(distance, initial=0.0))
        size = float(np.max(_largest(own[block.name][block.typed_rows :]), initial=block.unit))
        largest = max(largest, furthest)
        names = block.quantity, (block.called or block.quantity).partition("[")[0]
        furthests[names] = max(furthests.get(names, 0.0), furthest)
        for name in names:
            scales[name] = max(scales.get(name, 0.0), size)
        if (distance > allowed[block.name]).any():
            far.append(block)
    relative = max(
        (
            furthest / scale
            for names, furthest in furthests.items()
            if (scale := max(scales[name] for name in names))
        ),
        default=0.0,
    )
    if not far:
        return WholeRun(largest, relative, own, None, False)
    changed = _changed_runs(lesson, workbook, grids, rounding)
    beyond = None
    lost_from = _lost_from(computed, own, changed, sizes, rounding)
    for block in far:
        grown, lost = _GROWN * _moved(block, own, changed)[:, None], lost_from[block.variant]
        if _is_history(block):
            grown[max(lost - block.typed_rows, 0) :] = np.inf
        elif lost < _NEVER:
            grown[:] = np.inf
        where = np.argwhere(_distance(block, grids, own) > allowed[block.name] + grown)
        if len(where):
            row, column = where[0].tolist()
            first = (block, row + block.typed_rows, column)
            beyond = first if beyond is None else min(beyond, first, key=_earliest)
    return WholeRun(largest, relative, own, beyond, grown=relative > 1e-9)


def _is_history(block: Block) -> bool:
    """Whether its rows are the steps of the training."""
    return block.layout == "history" and block.counts == "step" and block.area.rows > 1


def _lost_from(
    blocks: list[Block],
    own: Mapping[str, FloatArray],
    changed: list[dict[str, FloatArray]] | None,
    sizes: Mapping[str, FloatArray],
    rounding: Mapping[str, FloatArray],
) -> dict[int, int]:
    """The first training step from which nothing is claimed, for each variant of the lesson.

    There a changed start has come a million times as far as it was changed, so that the run says
    nothing about its start; or a formula loses its figures by itself, as plain cross entropies do
    that divide by what is left of 1 - a, which no change of the start shows.
    """
    found = {block.variant: _NEVER for block in blocks}
    for block in filter(_is_history, blocks):
        lost = _moved(block, own, changed) > _LOST * sizes[block.name]
        noise = np.max(rounding[block.name], axis=1, initial=0.0)
        largest = _largest(own[block.name][block.typed_rows :])
        # Neurons that ReLU silences are 0 exactly, and lose no figures
        lost |= noise > _FORGOTTEN * np.where(largest > 0, largest, sizes[block.name])
        if lost.any():
            first = int(np.argmax(lost)) + block.typed_rows
            found[block.variant] = min(found[block.variant], first)
    return found


def _earliest(found: tuple[Block, int, int]) -> tuple[bool, int]:
    block, row, _ = found
    return not _is_history(block), row


def _distance(
    block: Block, grids: Mapping[str, FloatArray], own: Mapping[str, FloatArray]
) -> FloatArray:
    """How far each computed cell is off; 0 where there is no number."""
    typed = block.typed_rows
    with np.errstate(invalid="ignore"):
        distance = np.abs(grids[block.name][typed:] - own[block.name][typed:])
    return np.asarray(np.nan_to_num(distance, nan=0.0, posinf=0.0))


def _explained(
    block: Block, rounding: Mapping[str, FloatArray], own: Mapping[str, FloatArray]
) -> FloatArray:
    """What needs no other run to explain it: rounding in the formula itself, the last digits."""
    numbers = np.abs(own[block.name][block.typed_rows :])
    allowed = _OWN * rounding[block.name]
    bounded = np.where(np.isfinite(allowed), allowed, np.inf)
    return np.asarray(np.maximum(bounded, 16 * 2.0**-53 * numbers))


def _changed_runs(
    lesson: Lesson,
    workbook: Workbook,
    grids: Mapping[str, FloatArray],
    rounding: Mapping[str, FloatArray],
) -> list[dict[str, FloatArray]] | None:
    """Runs from changed starts, each with its opposite, so that one of the two crosses a bend that
    the run stands on; None if one of them comes to no numbers."""
    found = []
    for seed, sign in product(range(_STARTS), (1.0, -1.0)):
        pick = np.random.default_rng(seed)

        def near(array: FloatArray, pick: Generator = pick, sign: float = sign) -> FloatArray:
            size = pick.uniform(0.5, 1.0, np.shape(array))
            change = size * pick.choice([-1.0, 1.0], np.shape(array))
            return np.asarray(array * (1 + sign * _CHANGE * change))

        start = with_values(
            lesson,
            weights=[near(w) for w in lesson.network.weights],
            bias=[near(b) for b in lesson.network.bias],
            inputs=near(lesson.inputs),
            learning_rate=float(near(np.array(lesson.training.learning_rate))),
        )
        def rounded(block: Block, array: FloatArray, pick: Generator = pick) -> FloatArray:
            if block.name not in rounding or block.holds == "texts":
                return array
            off = np.zeros((block.area.rows, block.area.columns))
            most = rounding[block.name]
            off[block.typed_rows :] = most * pick.uniform(-1.0, 1.0, most.shape)
            with np.errstate(invalid="ignore"):
                return np.asarray(array + np.reshape(block.from_sheet(off), np.shape(array)))

        try:
            found.append(numpy_run(start, workbook, grids, rounded))
        except SheetnetError:
            return None
    return found


def _moved(
    block: Block, own: Mapping[str, FloatArray], changed: list[dict[str, FloatArray]] | None
) -> FloatArray:
    """For each computed row of a block: how far a changed start moved it, at most."""
    rows = own[block.name][block.typed_rows :]
    if changed is None:
        return np.full(len(rows), np.inf)
    with np.errstate(invalid="ignore", over="ignore"):
        moves = [np.abs(run[block.name][block.typed_rows :] - rows) for run in changed]
    furthest = np.max(moves, axis=(0, 2), initial=0.0)
    return np.where(np.isnan(furthest), np.inf, furthest)


def _row_sizes(blocks: list[Block], own: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """For each block its computed rows' sizes: the largest number in a training step, or for what
    shows one step the largest number there."""
    histories: dict[int, list[FloatArray]] = {}
    for b in filter(_is_history, blocks):
        histories.setdefault(b.variant, []).append(_largest(own[b.name]))
    steps = {variant: np.max(rows, axis=0) for variant, rows in histories.items()}
    others = [own[b.name] for b in blocks if not _is_history(b)]
    whole = max((float(np.max(_largest(grid), initial=0.0)) for grid in others), default=0.0)
    return {
        b.name: steps[b.variant][b.typed_rows :]
        if _is_history(b)
        else np.full(b.area.rows - b.typed_rows, whole)
        for b in blocks
    }


def _largest(grid: FloatArray) -> FloatArray:
    sizes = np.abs(grid)
    return np.asarray(np.max(np.where(np.isfinite(sizes), sizes, 0.0), axis=1, initial=0.0))


def numpy_run(
    lesson: Lesson,
    workbook: Workbook,
    grids: Mapping[str, FloatArray],
    changed: Callable[[Block, FloatArray], FloatArray] = lambda _, array: array,
) -> dict[str, FloatArray]:
    """NumPy's own numbers by block, with the step shown that `grids` choose.

    Raises LessonError if training diverges.
    """
    chosen = {
        block.name: grids[block.name]
        for block in workbook.blocks()
        if block.typed_name and block.initial is not None
    }
    return cached(lesson, workbook, chosen, changed)
