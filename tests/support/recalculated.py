"""A training as an engine recalculates it from the formulas of a workbook."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sheetnet.core.train import Run
from sheetnet.engines import Values, open_engine
from sheetnet.lessons import Lesson
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import without_bias


def recalculated(lesson: Lesson, path: Path, engine: str) -> Run:
    """Losses and last weights as an engine makes them of the sheet's formulas."""
    book = build(lesson)
    with open_engine(engine) as running:
        values: Values = running.recalculate(path)
    blocks = {block.name: block for block in book.blocks()}

    def grid(name: str) -> np.ndarray:
        area = blocks[name].area
        cells = values[area.sheet]
        return np.array([[cells[area.row + r, area.column + c] for c in range(area.columns)]
                         for r in range(area.rows)], dtype=float)  # fmt: skip

    parts = [
        without_bias(blocks[f"Training_W_{n}"].from_sheet(grid(f"Training_W_{n}"))[-1], "trained")
        for n in range(1, lesson.network.layers + 1)
    ]
    network = lesson.network.with_parameters([w for w, _ in parts], [b for _, b in parts])
    return Run(grid("Training_loss")[:, 0], network)
