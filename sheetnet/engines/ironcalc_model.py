"""A file as an ironcalc model: its formulas translated to the dialect that ironcalc reads.

Knows: how cells, names and formulas of a file are handed to ironcalc one by one, which keeps every
number bit for bit. An .ods needs it, and an .xlsx that ironcalc cannot open by itself. Does not
know what the file is for. Cached values of formulas stay behind.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sheetnet.errors import FileError
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.references import Dialect, quote_sheet
from sheetnet.formulas.translate import shift, translate
from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import cells
from sheetnet.reading.defined_names import defined_names, sheet_names

_WORD = re.compile(r"[\w.\\]+")  # names, and much else


def translated_model(path: Path, model: Any) -> Any:
    """Fill an empty ironcalc model with the file's cells. Raises FileError if it cannot be read."""
    with open_package(path) as package:
        names = defined_names(package)
        order = [name for name, _ in sheet_names(package)]
        found = cells(package)
        dialect: Dialect = "xlsx" if package.format == "xlsx" else "openformula"
    for position, name in enumerate(order):
        if position:
            model.new_sheet()
        model.rename_sheet(position, name)
    formulas = (cell.formula for sheet in found.values() for cell in sheet.values())
    used = {word.casefold() for text in formulas if text for word in _WORD.findall(text)}
    for name, area in names.areas.items():
        if name.casefold() not in used:  # ironcalc takes minutes for 100,000 names
            continue
        corners = [
            f"${column_name(column)}${row + 1}"
            for row, column in (
                (area.row, area.column),
                (area.row + area.rows - 1, area.column + area.columns - 1),
            )
        ]
        text = f"{quote_sheet(area.sheet, 'xlsx')}!{':'.join(dict.fromkeys(corners))}"
        model.new_defined_name(name, None, text)
    for position, name in enumerate(order):
        for (row, column), cell in found[name].items():
            at = (position, row + 1, column + 1)
            if cell.formula is not None:
                try:
                    formula = translate(cell.formula, dialect, "xlsx", name)
                    formula = shift(formula, "xlsx", 0, 0)  # puts sheets' names into quotes
                except FileError:
                    formula = "NA()"  # untranslatable: shown as an error, named by the check
                model.update_cell_with_formula(*at, f"={formula}")
            elif isinstance(cell.value, bool):
                model.update_cell_with_bool(*at, cell.value)
            elif isinstance(cell.value, float):
                model.update_cell_with_number(*at, cell.value)
            elif cell.value is not None:
                model.update_cell_with_text(*at, str(cell.value))
    return model
