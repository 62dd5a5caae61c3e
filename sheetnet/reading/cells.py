"""The cells of an opened workbook: formula texts and cached values, as they are stored.

Knows: how both formats store cells, repeated, shared and dated ones. Does not know what a formula
computes, whether a cached value is right, or what a cell is for; defined names are in `names`.

Cells of the interior of a matrix (array) formula are plain values in both formats; its first cell
has `matrix` set and no formula text, because it does not compute by itself.
Sources: ECMA-376 part 1, 18.3.1 and 18.18; ODF 1.3 part 3, 9.1 and 19.
"""

from __future__ import annotations

from sheetnet.reading.archive import Package
from sheetnet.reading.cell import MAX_CELLS, Cell, CellErrorText, Kind, Sheet
from sheetnet.reading.cells_ods import ods_cells
from sheetnet.reading.cells_xlsx import xlsx_cells
from sheetnet.reading.xml import MAX_TAGS, TAGS_A_CELL

__all__ = ["Cell", "CellErrorText", "Kind", "Sheet", "cells", "formulas"]


def cells(package: Package, most: int = MAX_CELLS) -> dict[str, Sheet]:
    """Sheet name to {(row, column): cell}, 0-based; sheets in order; empty cells are left out.

    Raises FileError for damaged parts, cells that cannot be read, and more than `most` cells.
    """
    tags = min(MAX_TAGS, most * TAGS_A_CELL)
    return ods_cells(package, tags) if package.format == "ods" else xlsx_cells(package, tags=tags)


def formulas(package: Package) -> dict[str, dict[tuple[int, int], str]]:
    """Sheet name to {(row, column): formula text}, without `=` or prefix, in the dialect of the
    file's format; shared formulas are written out. Raises FileError as `cells` does."""
    return {
        sheet: {place: cell.formula for place, cell in found.items() if cell.formula is not None}
        for sheet, found in cells(package).items()
    }
