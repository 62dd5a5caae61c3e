"""What a person does to a workbook in LibreOffice, as operations on a UNO document.

Knows: one table, name of the operation -> what it does, and how a document is stored. Runs in place
of the engine's `uno_server`, whose command `recalculate` it also answers, under LibreOffice's own
Python: the standard library only, and only what Python 3.8 understands. Rows and columns are
counted from 0; areas are (row, column, last row, last column); formulas are in LibreOffice's own
syntax ("=SUM($Sheet1.A1:B2;3)").
"""

from __future__ import annotations

import shutil
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "sheetnet" / "engines"))
import uno_server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Item = str | float | bool | Sequence[int] | None


def _sheet(book: Any, name: str) -> Any:
    if not book.Sheets.hasByName(name):
        names = ", ".join(book.Sheets.ElementNames)
        raise ValueError(f"there is no sheet {name!r}; the sheets are {names}")
    return book.Sheets.getByName(name)


def _set(book: Any, sheet: str, row: int, column: int, value: Any) -> None:
    cell = _sheet(book, sheet).getCellByPosition(column, row)
    if value is None or isinstance(value, str):
        cell.setString(value or "")
    else:
        cell.setValue(float(value))


def _formula(book: Any, sheet: str, row: int, column: int, text: str) -> None:
    _sheet(book, sheet).getCellByPosition(column, row).setFormula(text)


def _area(book: Any, sheet: str, area: Sequence[int]) -> Any:
    top, left, bottom, right = area
    return _sheet(book, sheet).getCellRangeByPosition(left, top, right, bottom)


def _move(book: Any, sheet: str, area: Sequence[int], to: str, row: int, column: int) -> None:
    corner = _sheet(book, to).getCellByPosition(column, row).CellAddress
    _sheet(book, sheet).moveRange(corner, _area(book, sheet, area).RangeAddress)


def _copy(book: Any, sheet: str, area: Sequence[int], to: str, row: int, column: int) -> None:
    corner = _sheet(book, to).getCellByPosition(column, row).CellAddress
    _sheet(book, sheet).copyRange(corner, _area(book, sheet, area).RangeAddress)


# Each takes (document, *the operation's other items).
OPERATIONS: dict[str, Callable[..., None]] = {
    "set": _set,  # sheet, row, column, number or text or truth value or None
    "formula": _formula,  # sheet, row, column, text
    "insert_rows": lambda d, s, at, n: _sheet(d, s).Rows.insertByIndex(at, n),
    "delete_rows": lambda d, s, at, n: _sheet(d, s).Rows.removeByIndex(at, n),
    "insert_columns": lambda d, s, at, n: _sheet(d, s).Columns.insertByIndex(at, n),
    "delete_columns": lambda d, s, at, n: _sheet(d, s).Columns.removeByIndex(at, n),
    "move_range": _move,  # sheet, area, to sheet, row, column: cut and paste
    "copy_range": _copy,  # sheet, area, to sheet, row, column: copy and paste
    "new_sheet": lambda d, new: d.Sheets.insertNewByName(new, d.Sheets.Count),
    "copy_sheet": lambda d, s, new: d.Sheets.copyByName(_sheet(d, s).Name, new, d.Sheets.Count),
    "move_sheet": lambda d, s, position: d.Sheets.moveByName(_sheet(d, s).Name, position),
    "delete_sheet": lambda d, s: d.Sheets.removeByName(_sheet(d, s).Name),
    "rename": lambda d, s, new: _sheet(d, s).setName(new),
    "hide": lambda d, s: setattr(_sheet(d, s), "IsVisible", False),
    "show": lambda d, s: setattr(_sheet(d, s), "IsVisible", True),
}


def apply(book: Any, operations: Sequence[Sequence[Item]]) -> None:
    """Apply the operations in order. Raises ValueError, which names the one that failed."""
    for index, (name, *items) in enumerate(operations):
        try:
            if name not in OPERATIONS:
                raise ValueError(f"the operations are {', '.join(OPERATIONS)}")
            OPERATIONS[str(name)](book, *items)
        except Exception as error:
            # UNO's own errors often have no text at all.
            why = str(error) or type(error).__name__
            raise ValueError(f"operation {index}, {name}{tuple(items)}: {why}") from error


def store(office: Any, document: Any, out: str) -> None:
    """Store a copy of the document in the format that the suffix of `out` names."""
    suffix = Path(out).suffix.lower()
    made = office.work / (uuid.uuid4().hex + suffix)
    form = {**uno_server.FILTERS, ".pdf": "calc_pdf_Export"}[suffix]
    document.storeToURL(made.as_uri(), (office.property_value("FilterName", form),))
    shutil.move(str(made), out)


def edit(office: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Apply the operations in order, recalculate, and store the document as `out`."""
    with office.document(request["path"], request["suffix"]) as document:
        apply(document, request["operations"])
        document.calculateAll()
        store(office, document, request["out"])
    return {}


if __name__ == "__main__":
    uno_server.COMMANDS["edit"] = edit
    raise SystemExit(uno_server.main(*sys.argv[1:]))
