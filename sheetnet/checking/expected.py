"""What every computed cell should be, by NumPy, given what the engine made of its inputs.

Knows: that a block is judged from the engine's own values (see `workbooks.due`, where the argument
stands). Does not know formulas, tolerances or engines.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sheetnet.lessons import Lesson
from sheetnet.sheets.model import FloatArray, Workbook
from sheetnet.workbooks.due import due


def expected(
    lesson: Lesson, workbook: Workbook, grids: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """Block name -> what its cells should hold, shape (rows, columns); yellow cells are NaN.

    `grids` are the engine's values by block; NaN where a cell has no number.
    """
    blocks = {block.name: block for block in workbook.blocks()}
    arrays = {name: block.from_sheet(grids[name]) for name, block in blocks.items()}
    rules = workbook.array_rules()
    wanted: dict[str, FloatArray] = {}
    for name, block in blocks.items():
        if block.formula is None and block.typed_name:
            continue
        with np.errstate(all="ignore"):
            array = due(lesson, block, blocks, rules, arrays)
        grid = np.array(block.to_sheet(array), dtype=object if block.holds == "texts" else float)
        if block.typed_rows and block.formula is not None:
            grid[: block.typed_rows] = np.nan if block.initial is None else block.initial
        wanted[name] = grid
    return wanted
