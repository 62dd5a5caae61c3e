"""How large a workbook may be: what a spreadsheet program opens and what `read` takes.

Knows: the limits, and a workbook's blocks. Does not know files, and counts no cell but a block's.
"""

from __future__ import annotations

from sheetnet.errors import LessonError
from sheetnet.files.cell import MAX_CELLS
from sheetnet.formulas.columns import MAX_COLUMNS, MAX_ROWS
from sheetnet.sheets.model import Workbook


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
