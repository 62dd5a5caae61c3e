"""A small lesson's files, and what a person at a terminal does to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sheetnet.workbooks.saved import open_saved
from support import planting

LESSON = {
    "title": "Small",
    "network": {
        "sizes": [2, 2, 1],
        "weights": [[[0.5, -0.2], [0.2, -0.6]], [[0.1, 0.7]]],
        "bias": [[0.3, 0.6], [-0.3]],
    },
    "training": {"learning_rate": 0.5, "steps": 3},
    "data": {"inputs": [[0.1, 0.9]], "targets": [[0.3]]},
}


def at(path: Path, name: str, row: int = 0, column: int = 0) -> planting.At:
    """A cell of a block, counted from the block's corner."""
    area = open_saved(path).placement()[name]
    return planting.At(area.sheet, area.row + row, area.column + column)


def type_into(path: Path, name: str, value: float | str, row: int = 0, column: int = 0) -> str:
    """Type a number into a cell of a block; returns the cell as `Sheet!A1`."""
    place = at(path, name, row, column)
    planting.type_number(path, place, value)
    return str(place)


def snapshot(folder: Path) -> dict[str, bytes | str]:
    """Every file's bytes, and every link's target."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }

Run = Callable[[str], tuple[int, str, str]]
