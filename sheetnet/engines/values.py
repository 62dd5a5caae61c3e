"""What a spreadsheet engine is: it takes a file and gives the value of every cell.

Knows: the type of a cell's value, of a workbook's values, and the protocol of an engine.
Does not know: any engine, and what the values should be.
"""

from __future__ import annotations

import math
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeAlias

from sheetnet.errors import EngineError, FileError
from sheetnet.reading.archive import open_package
from sheetnet.reading.page import is_page


class CellError(str):
    """An error value as its engine writes it: '#DIV/0!', 'Err:502', '#NAME?', ...

    A `str` of its own type, so that a text that reads '#DIV/0!' is not taken for an error.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"CellError({str.__repr__(self)})"


CellValue: TypeAlias = float | str | bool | CellError | None
Cells: TypeAlias = dict[tuple[int, int], CellValue]
"""(row, column), both counted from 0 -> value; empty cells are left out."""
Values: TypeAlias = dict[str, Cells]
"""Sheet name -> cells, in the order of the sheets; a sheet without cells is there, empty."""


class Engine(Protocol):
    """A program that recalculates workbooks.

    `name` is its key in ENGINES, `suffixes` the formats it reads, each by the usual suffix of its
    files. An engine is a context manager; leaving it, or `close`, ends its processes and removes
    its files. Not thread-safe.
    """

    name: str
    suffixes: frozenset[str]

    @staticmethod
    def why_missing() -> str | None:
        """A sentence saying what to install, or None when the engine can be used."""

    @property
    def version(self) -> str:
        """The version of the program, such as '7.4.7.2'."""

    def recalculate(self, path: Path) -> Values:
        """Every cell's value after all formulas are computed anew from the file's inputs.

        Cached values are never used. Numbers are the engine's doubles, bit for bit.
        Raises FileError when there is no such file or it is no workbook, EngineError when the
        engine cannot read it.
        """

    def close(self) -> None:
        """End everything the engine started; a second call does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class ContextManager:
    """`with` for whatever has a `close`."""

    def close(self) -> None:
        """End everything the engine started; a second call does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def finite(value: CellValue) -> CellValue:
    """The value, or the error '#NUM!' for a number that is not finite.

    Spreadsheets have no infinities, but Gnumeric computes in 80 bits and reaches beyond doubles,
    and a file may hold '1e999'.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return CellError("#NUM!")
    return value


def workbook_path(path: Path | str, engine: str) -> tuple[Path, str]:
    """The absolute path of a workbook, and the suffix of its format, ".xlsx" or ".ods".

    The content decides, not the name: .xlsm, .xltx, .ots and files without a suffix are workbooks
    too. Raises FileError for a file that is missing or no workbook, EngineError for a page.
    """
    found = Path(path).resolve()
    if not found.is_file():
        raise FileError(f"{path}: there is no such file. Check the name and the folder.")
    if is_page(found):
        raise EngineError(
            f"{path}: is a page, which computes itself; {engine} reads .ods and .xlsx files. "
            "Check it with --engine page."
        )
    with open_package(found) as package:  # LibreOffice would take an empty file for a new workbook
        return found, f".{package.format}"
