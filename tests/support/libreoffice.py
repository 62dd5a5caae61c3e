"""LibreOffice as a person's hands: edits, saves in another format, prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sheetnet.engines import libreoffice
from sheetnet.engines.values import workbook_path
from sheetnet.errors import EngineError

STORES = frozenset({".xlsx", ".ods", ".pdf"})


class LibreOffice(libreoffice.LibreOffice):
    """The engine, which also does to a workbook what a person would."""

    server = Path(__file__).with_name("uno_edits.py")

    def edit(self, path: Path, operations: Sequence[Sequence[Any]], out: Path) -> None:
        """Do to the workbook what a person would, recalculate, and store it as `out`.

        `operations` are applied in order: ("set", sheet, row, column, value), ("formula", sheet,
        row, column, text), ("insert_rows", sheet, row, count), ("rename", sheet, new), ...; the
        table with all of them is `uno_edits.OPERATIONS`. The suffix of `out` (.xlsx, .ods or
        .pdf) chooses the format; `out` is replaced, and `path` only if it is the same.
        """
        found, suffix = workbook_path(path, self.name)
        if Path(out).suffix.lower() not in STORES:
            raise EngineError(f"{out}: LibreOffice stores {', '.join(sorted(STORES))} here.")
        request = {"command": "edit", "path": str(found), "suffix": suffix}
        request["out"] = str(Path(out).resolve())
        self._ask(request | {"operations": [list(each) for each in operations]}, path)

    def to_pdf(self, path: Path, out: Path) -> None:
        """Print the recalculated workbook into a PDF file."""
        self.edit(path, [], out)
