"""How large a workbook may be: what a spreadsheet program opens and what `read` takes.

Knows: the limits, and a workbook's blocks. Does not know files, and counts no cell but a block's.
"""

from __future__ import annotations

from sheetnet.core.checks import show
from sheetnet.errors import LessonError
from sheetnet.formulas.columns import MAX_COLUMNS, MAX_ROWS
from sheetnet.lessons import Lesson
from sheetnet.quantities.batch_trees import picks_examples
from sheetnet.reading.cell import MAX_CELLS
from sheetnet.sheets import predict, training
from sheetnet.sheets.model import Workbook
from sheetnet.workbooks.build import build

MAX_LABELLED = 20_000  # examples laid out side by side, each with some fifteen labels


def built(lesson: Lesson) -> Workbook:
    """The workbook of a lesson, if a spreadsheet program can open it and `read` take it.

    What is plainly too large is refused before anything is laid out. Raises LessonError.
    """
    for number in range(1, len(lesson.compare) + 1):
        _check_variant(lesson.variant(number), lesson.compare[number - 1].label)
    _check_shown(lesson)
    arrays = (*lesson.network.weights, *lesson.network.bias, lesson.inputs, lesson.targets)
    numbers = sum(array.size for array in arrays)
    if numbers > MAX_CELLS:
        raise LessonError(
            f"the lesson has {numbers:,} numbers, and its workbook would need more cells than "
            f"that; expected at most {MAX_CELLS:,}. Use a smaller network or fewer examples."
        )
    if lesson.training.batch == "full" and len(lesson.inputs) > MAX_LABELLED:
        raise LessonError(
            f"data.inputs has {len(lesson.inputs):,} examples; expected at most {MAX_LABELLED:,} "
            'with batch "full". Use fewer examples, or batch = "online".'
        )
    steps = lesson.training.steps
    if steps >= MAX_ROWS and "training" in lesson.sheets and training.fits(lesson):
        raise LessonError(
            f"the sheet Training would need {show(steps)} rows and more; a spreadsheet has "
            f"{MAX_ROWS:,}. Use fewer training.steps."
        )
    workbook = build(lesson)
    check_size(workbook)
    return workbook


def _check_variant(lesson: Lesson, label: str) -> None:
    """Refuse a training that has no room on a sheet. Raises LessonError."""
    if why := training.why_not(lesson):
        raise LessonError(
            f"compare: of '{label}' {why} Use a smaller network, or fewer examples a step."
        )
    if lesson.training.steps >= MAX_ROWS:
        raise LessonError(
            f"compare: '{label}' has {show(lesson.training.steps)} steps; a sheet has "
            f"{MAX_ROWS:,} rows. Use fewer training.steps."
        )


def _check_shown(lesson: Lesson) -> None:
    """Refuse a training that no sheet shows yet; a workbook for predicting only shows none."""
    if predict.is_alone(lesson):
        return
    if lesson.compare and picks_examples(lesson):
        raise LessonError(
            f"training.batch is {lesson.training.batch!r}: a comparison shows all examples a step, "
            'or one in turn. Use batch = "full", or "online" without shuffle.'
        )
    found = ["data.test_inputs"] if lesson.test_inputs is not None else []
    if found:
        raise LessonError(
            f"{', '.join(found)}: a workbook cannot show a test set yet. sheetnet.train measures "
            "it; or leave it out, test_targets too."
        )


def check_size(workbook: Workbook) -> None:
    """Refuse what no spreadsheet program could open, or `read` would not. Raises LessonError."""
    for block in workbook.blocks():
        last_row = block.area.row + block.area.rows
        last_column = block.area.column + block.area.columns
        if last_row > MAX_ROWS or last_column > MAX_COLUMNS:
            raise LessonError(
                f"the sheet {block.area.sheet} would need {last_row:,} rows and {last_column:,} "
                f"columns; a spreadsheet has {MAX_ROWS:,} and {MAX_COLUMNS:,}. Use fewer "
                "training.steps, a smaller network or fewer examples."
            )
    count = sum(block.area.rows * block.area.columns for block in workbook.blocks())
    if count > MAX_CELLS:
        raise LessonError(
            f"the workbook would need {count:,} cells; expected at most {MAX_CELLS:,}. Use fewer "
            "training.steps, a smaller network or fewer examples."
        )
