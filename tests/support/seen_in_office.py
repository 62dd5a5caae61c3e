"""A workbook as LibreOffice shows it in some country: what its cells say, and what is locked.

Two halves of one file: `seen` is what tests call; run as a script, under whichever Python has
`uno`, it opens the workbook and prints what it sees. A text here is the displayed one (decimal
commas in German), which no engine of the package ever looks at.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

SECONDS = 120


class Cell(NamedTuple):
    """A cell with content: the text on the screen, what kind it is, whether it is locked."""

    text: str
    kind: str  # VALUE, TEXT or FORMULA
    is_locked: bool


class Shown(NamedTuple):
    """One sheet: its cells by (row, column) from 0, and whether LibreOffice protects it."""

    cells: dict[tuple[int, int], Cell]
    is_protected: bool


def seen(path: Path, locale: str = "en-US") -> dict[str, Shown]:
    """Every sheet of the workbook, opened and recalculated where people have this locale."""
    from sheetnet.engines import find_office, uno_server

    script, server = Path(__file__), Path(uno_server.__file__).parent
    command = [find_office.uno_python(), str(script), str(server), find_office.soffice()]
    done = subprocess.run(
        [*map(str, command), locale, str(path.resolve())],
        capture_output=True, text=True, timeout=SECONDS, check=True,
    )  # fmt: skip
    return {
        name: Shown({(row, column): Cell(*cell) for row, column, *cell in cells}, is_protected)
        for name, (cells, is_protected) in json.loads(done.stdout).items()
    }


def _main(server: str, soffice: str, locale: str, path: str) -> None:
    sys.path.insert(0, server)
    import uno_server  # type: ignore[import-not-found]

    uno_server.SETTINGS += (("/org.openoffice.Setup/L10N", "ooSetupSystemLocale", locale),)
    with tempfile.TemporaryDirectory(prefix="sheetnet-") as folder:
        office = uno_server.Office(soffice, Path(folder))
        try:
            with office.document(path, Path(path).suffix) as document:
                document.calculateAll()
                json.dump({sheet.Name: _sheet(sheet) for sheet in document.Sheets}, sys.stdout)
        finally:
            office.stop()


def _sheet(sheet: Any) -> tuple[list[Any], bool]:
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    end = cursor.RangeAddress
    cells = []
    # One call tells which cells hold something; each further call about a cell takes its time.
    formulas = sheet.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow).getFormulaArray()
    for row, texts in enumerate(formulas):
        for column, text in enumerate(texts):
            if text:
                cell = sheet.getCellByPosition(column, row)
                locked = cell.CellProtection.IsLocked
                cells.append((row, column, cell.String, cell.Type.value, locked))
    return cells, sheet.isProtected()


if __name__ == "__main__":
    _main(*sys.argv[1:])
