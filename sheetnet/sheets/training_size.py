"""How many columns and pages a step of a training takes, and whether a sheet has room for it.

Knows: the limits, and what is printed. Does not know what stands in the columns (see `training`).
"""

from __future__ import annotations

from sheetnet.formulas.columns import MAX_COLUMNS
from sheetnet.formulas.place import Area
from sheetnet.lessons import Lesson
from sheetnet.lessons.lesson import SHEETS_DEFAULT
from sheetnet.quantities import updates
from sheetnet.quantities.batch_trees import picks_examples
from sheetnet.sheets.controls import START
from sheetnet.sheets.model import Print
from sheetnet.sheets.views import TRAINING, parameters, row_examples

FEW_COLUMNS = 250
"""Up to so many a step is read from left to right; a wider one has its outcome in front, and its
layers are folded."""
MOST_COLUMNS = 2_000
"""Up to so many a network has a Training without being asked for it in `sheets`."""
_BESIDE = 100  # columns that the band, the gaps and the result may take
_FIRST_PRINTED, _LAST_PRINTED, _MOST_PRINTED = 40, 10, 60  # steps


def columns_of(lesson: Lesson) -> int:
    """About how many columns a step of this network takes."""
    network = lesson.network
    examples = row_examples(lesson)
    neurons = sum(network.sizes[1:])
    of_weights = 1 + updates.needs_gradient(lesson) + len(updates.states_of(lesson))
    of_neurons = 4 * examples * neurons + 2 * network.sizes[0]
    if picks_examples(lesson):
        of_neurons += examples * (network.sizes[0] + 2)
    return of_weights * parameters(lesson) + of_neurons


def why_not(lesson: Lesson) -> str:
    """Why a workbook has no Training although it may have one; empty where it has."""
    columns, is_asked_for = columns_of(lesson), lesson.sheets != SHEETS_DEFAULT
    if columns > MAX_COLUMNS - _BESIDE:
        return (
            f"one step would take about {columns:,} columns, and a spreadsheet has {MAX_COLUMNS:,}."
        )
    if columns > MOST_COLUMNS and not is_asked_for:
        return (
            f"one step would take about {columns:,} columns, more than {MOST_COLUMNS:,}. "
            'Name it in the lesson to have it all the same: sheets = ["training"].'
        )
    return ""


def fits(lesson: Lesson) -> bool:
    """Whether one step of this network has a row."""
    return not why_not(lesson)


def printed(rows: int, first: int, columns: int) -> Print:
    """The columns of a step with its headings on every page: the first rows and the last ones."""
    shown = (_FIRST_PRINTED, _LAST_PRINTED) if rows > _MOST_PRINTED else (rows, 0)
    areas = [(0, shown[0]), (rows - shown[1], shown[1])]
    return Print(
        tuple(Area(TRAINING, START + row, first, count, columns) for row, count in areas if count),
        (START - 3, START - 1),
    )
