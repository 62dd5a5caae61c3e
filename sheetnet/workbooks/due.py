"""What a block's cells should hold, by NumPy, given the cells that its formula reads.

Knows: which blocks a formula reads, told by its tree, and which training step is meant where it
reads a block of many. Does not know what any quantity is (see `quantities`), nor whose numbers it
is given: a fresh workbook's own (`cached`) or an engine's (`checking`).

The argument. Let every computed cell equal its quantity's rule, applied to the cells that its own
formula reads. Then, by induction from the typed cells, every cell holds what the mathematics says.
So it is enough to judge each block alone, with the values that were found, right or wrong, in the
cells that it reads; a wrong cell is then wrong by itself, and its followers are not.
Which cells those are is read off the formula tree. A rule that asks for anything that does not
follow from them raises LookupError: the formula and the rule disagree about what goes into the
quantity, and that is a mistake in this program, not in a file.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sheetnet.formulas.tree import I, Index, references
from sheetnet.lessons import Lesson
from sheetnet.quantities.evaluation import Quantities, Rule
from sheetnet.sheets.model import Block, FloatArray

_FEW = 64  # columns of a block that are each asked for their formula


def due(
    lesson: Lesson,
    block: Block,
    blocks: Mapping[str, Block],
    rules: Mapping[str, Rule],
    arrays: Mapping[str, FloatArray],
) -> FloatArray:
    """The array that a block should show, of its own shape.

    `arrays` are those of the blocks by name (see `Block.from_sheet`). Where a history carries on
    from row to row, its row 0 comes from nothing and is NaN.
    """
    lesson = lesson.variant(block.variant)
    if block.formula is None:
        assert block.initial is not None, f"{block.name} holds the lesson's numbers"
        return block.from_sheet(block.initial)
    given: dict[str, FloatArray] = {}
    for name, offset in sorted(reads(block)):
        read = blocks[name]
        quantity, array = read.quantity, arrays[name]
        if read.layout == "history" and block.carries:
            # Row t takes over from row t - 1; a state read in row t is what that one handed on
            quantity = (read.carries or f"{quantity}_new") if offset == 0 else quantity
            array = array[1:] if offset == 0 else array[:-1]
        elif read.layout == "history" and block.layout != "history":
            array = _at_moment(block, read, array, arrays)
        given.setdefault(quantity, array)
    result = Quantities(lesson, rules, given)[block.carries or block.by or block.quantity]
    if block.wherever:
        result = _ended(result, given["next_step" if block.carries else block.wherever])
    if block.carries:
        return _handed_on(result, block.shape)
    if np.size(result) != np.prod(block.shape):
        return np.broadcast_to(result, block.shape)
    return np.reshape(result, block.shape)


def _ended(result: FloatArray, wherever: FloatArray) -> FloatArray:
    """The same without the rows in which another quantity has no number."""
    alive = np.isfinite(wherever)
    whole = np.broadcast_to(result, (len(alive), *np.shape(result)[1:]))
    return np.where(alive.reshape(-1, *[1] * (whole.ndim - 1)), whole, np.nan)


def _handed_on(result: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Rows 1 and on of a history, below a row 0 of NaN."""
    rows = np.broadcast_to(result, (shape[0] - 1, *np.shape(result)[1:]))
    full = np.full(shape, np.nan)
    full[1:] = rows.reshape(full[1:].shape)
    return full


def _at_moment(
    block: Block, read: Block, array: FloatArray, arrays: Mapping[str, FloatArray]
) -> FloatArray:
    """The rows of a history that a block shows; NaN for one that does not exist."""
    moment = block.moment
    assert moment is not None, f"{block.name} reads {read.name}, and does not say which step"
    if isinstance(moment, str):
        chosen = float(arrays[moment].item())
        if not 0 <= chosen < len(array):
            return np.full_like(array[0], np.nan)
        moment = int(chosen)
    return np.asarray(array[moment])


def reads(block: Block) -> set[tuple[str, int]]:
    """The blocks that a block's formulas refer to, with how far below its own row they look."""
    assert block.formula is not None, "typed blocks have no formula"
    columns = block.area.columns
    # Columns that differ in what they read are few, and the bias stands last
    asked = range(columns) if columns <= _FEW else (0, columns - 1)
    return {found for j in asked for found in references(block.formula(I, Index(j, "j")))}
