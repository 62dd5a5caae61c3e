"""A file becomes a `Book`, and what a person names in it a place.

Knows: the readers of `reading`. Everything else in this room is without files.
"""

from __future__ import annotations

from pathlib import Path

from sheetnet.auditing.book import Book, Place
from sheetnet.errors import FileError
from sheetnet.formulas.tokens import parse_reference
from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import cells
from sheetnet.reading.defined_names import defined_names

MOST_CELLS = 200_000


def open_book(path: Path) -> Book:
    """The file's cells and names. Raises FileError for a file that cannot be read, or is larger
    than anything that an audit would finish."""
    with open_package(path) as package:
        names = defined_names(package)
        found = cells(package, MOST_CELLS)
        dialect = "xlsx" if package.format == "xlsx" else "openformula"
    return Book(found, names.areas, names.broken, dialect)  # type: ignore[arg-type]


def places(book: Book, text: str, what: str) -> list[Place]:
    """The cells of Sheet1!E33:L33, row by row; without a sheet, on the first one."""
    reference = parse_reference(text, "xlsx")
    sheet = 0
    if reference is not None and reference.sheet is not None:
        sheet = book.numbers.get(reference.sheet.casefold(), -1)
    if reference is None or sheet < 0:
        raise FileError(
            f"{what} {text!r} is no cell of this file; expected one like Sheet1!E33:L33, with one "
            f"of the sheets {', '.join(book.titles[:8])}. Check the spelling."
        )
    return [
        Place(sheet, row, column)
        for row in range(reference.row, reference.last_row + 1)
        for column in range(reference.column, reference.last_column + 1)
    ]
