"""The left band of `Training`: what a person edits besides row 0, with the charts in sight.

Knows: the learning rate, the loss at both ends, and the table of examples where there are several.
Does not know the columns of a step (see `training`), what the charts show (see `charts`), looks or
file formats.
"""

from __future__ import annotations

from dataclasses import replace

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import cell
from sheetnet.lessons import Lesson
from sheetnet.quantities import updates
from sheetnet.sheets import charts
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import Formula, Sheet
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import history

FIRST_LABEL, START = 3, 6  # rows: the first of three lines of labels, and step 0
_COLUMNS = 5
_WIDTH = 10.0  # characters of each
_VALUE = 3  # the column of the values beside the labels
_CHART_ROWS = 16  # and an empty one
_FEW_EXAMPLES = 10  # so many rows of data may stand above the chart


def has_table(lesson: Lesson) -> bool:
    """Whether the examples stand in a table of the band; a single one stands in row 0."""
    return len(lesson.inputs) > 1


def columns(lesson: Lesson) -> int:
    """Columns that the band takes."""
    table = lesson.network.sizes[0] + lesson.network.sizes[-1] + 1
    return max(_COLUMNS, table if has_table(lesson) else 0)


def build(lesson: Lesson, sheet: Sheet, rows: int) -> None:
    """Add the band to the sheet, whose `rows` steps already stand there."""
    canvas, notation = Canvas(sheet), Labels(lesson).notation
    for column in range(columns(lesson)):
        sheet.widths[column] = _WIDTH
    canvas.text(FIRST_LABEL, 0, f"learning rate {notation.learning_rate}", "label")
    canvas.typed("learning_rate", (FIRST_LABEL, _VALUE), (1, 1))
    start = lesson.state.count
    ends = (("first_loss", 0), ("last_loss", rows - 1))
    for row, (name, step) in enumerate(ends, start=FIRST_LABEL + 1):
        canvas.text(row, 0, f"{notation.loss_word} {notation.loss} at step {start + step}", "label")
        canvas.computed(
            name,
            (row, _VALUE),
            (1, 1),
            "loss",
            _loss_at(step),
            quantity="loss",
            called=name,
            moment=step,
        )
    top = _options(canvas, lesson) + 1
    count = len(lesson.inputs)
    table_first = has_table(lesson) and count <= _FEW_EXAMPLES
    chart_row = top + (count + 4 if table_first else 0)
    if has_table(lesson):
        _table(canvas, lesson, top if table_first else top + 1 + _CHART_ROWS)
    below = top + _CHART_ROWS + (count + 4 if has_table(lesson) else 0)
    for place, chart in enumerate(charts.of_training(lesson, sheet)):
        row = below + _CHART_ROWS * (place - 1) if place else chart_row
        area = Area(sheet.name, row, 0, _CHART_ROWS - 1, _COLUMNS)
        sheet.charts.append(replace(chart, area=area))


def _options(canvas: Canvas, lesson: Lesson) -> int:
    """The optimiser's and the schedule's numbers; returns the row after them."""
    row = START
    for name, label in updates.options_of(lesson):
        canvas.text(row, 0, label, "label")
        canvas.typed(name, (row, _VALUE), (1, 1))
        row += 1
    return row


def _loss_at(step: int) -> Formula:
    return lambda i, j: cell(history("loss"), step, 0)


def _table(canvas: Canvas, lesson: Lesson, row: int) -> None:
    """Inputs and targets, one example a row."""
    labels = Labels(lesson)
    ins, outs, count = lesson.network.sizes[0], lesson.network.sizes[-1], len(lesson.inputs)
    canvas.text(row, 0, f"{count} examples: inputs and targets", "heading")
    for n in range(ins):
        canvas.text(row + 1, n, labels.of_neuron("activation", 0, n), "head_input")
    for n in range(outs):
        canvas.text(
            row + 1, ins + n, labels.of_neuron("target", lesson.network.layers, n), "head_target"
        )
    canvas.typed("inputs", (row + 2, 0), (count, ins))
    canvas.typed("targets", (row + 2, ins), (count, outs), quantity="target_table")
