"""Areas as OpenDocument's attributes write them."""

from __future__ import annotations

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import OPENFORMULA


def range_address(area: Area, absolute: bool = True) -> str:
    """An area as $Sheet.$A$1:$Sheet.$B$2, or without the dollar signs."""
    mark = "$" if absolute else ""
    sheet = OPENFORMULA.sheet(area.sheet)[0 if absolute else 1 :]

    def corner(row: int, column: int) -> str:
        return f"{sheet}.{mark}{column_name(column)}{mark}{row + 1}"

    first = corner(area.row, area.column)
    last = corner(area.row + area.rows - 1, area.column + area.columns - 1)
    return first if first == last else f"{first}:{last}"
