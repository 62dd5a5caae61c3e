"""Where a file holds the lesson itself: the cells that `metadata` wrote.

Knows: that they go by a name, failing that by their sheet's, and failing both by how the first of
them begins, wherever blank rows were dropped or names and cells have come apart. Does not know
what a lesson is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sheetnet.errors import FileError
from sheetnet.reading.cell import Sheet
from sheetnet.reading.defined_names import Names
from sheetnet.reading.fast_path import Plain
from sheetnet.reading.page import Page
from sheetnet.workbooks import metadata


def lesson_texts(path: Path, names: Names, plain: Plain | Page) -> list[str]:
    """The pieces of the lesson's text. Raises FileError where there is no such thing."""
    area = names.areas.get(metadata.NAME)
    pieces: list[str] = []
    if area is not None and area.rows <= metadata.MOST_CHUNKS:
        found = plain.cells(area.sheet) or {}
        pieces = [_text(found, area.row + k, area.column) for k in range(area.rows)]
        if pieces[:1] and pieces[0].startswith(metadata.BEGINS):
            return pieces
    for sheet in _likely(names, plain):
        if found_pieces := _pieces(sheet):
            return found_pieces
    if pieces or metadata.SHEET in plain.sheets:
        return pieces  # damaged, as whoever parses them will say
    raise FileError(
        f"{path}: has no sheet '{metadata.SHEET}' with a lesson in it; expected a workbook "
        "that sheetnet wrote. Choose another file, or write a workbook with 'sheetnet write'."
    )


def _likely(names: Names, plain: Plain | Page) -> Iterator[Sheet]:
    """Sheets that may hold a lesson, the likeliest first."""
    named = names.areas.get(metadata.NAME)
    first = [metadata.SHEET, *([named.sheet] if named else [])]
    for name in dict.fromkeys([*first, *reversed(plain.sheets)]):
        if name in plain.sheets:
            try:
                yield plain.cells(name) or {}
            except FileError:
                if name in first:
                    raise
                # a sheet too large for a lesson's text, or damaged: none of ours


def _pieces(sheet: Sheet) -> list[str]:
    """The first cell that begins as a lesson does, and the texts right below it."""
    for row, column in sorted(sheet):
        if _text(sheet, row, column).startswith(metadata.BEGINS):
            texts: list[str] = []
            while (text := _text(sheet, row, column)) and len(texts) < metadata.MOST_CHUNKS:
                texts.append(text)
                row += 1
            return texts
    return []


def _text(sheet: Sheet, row: int, column: int) -> str:
    cell = sheet.get((row, column))
    return str(cell.value) if cell is not None and cell.kind == "text" else ""
