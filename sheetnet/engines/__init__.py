"""The spreadsheet programs that can recalculate a workbook, by name.

Knows: which there are and how to open one. Does not know: what any of them is asked to check.
"""

from __future__ import annotations

from typing import TypeAlias

from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.engines.libreoffice import LibreOffice
from sheetnet.engines.page import PageEngine
from sheetnet.engines.values import CellError, CellValue, Engine, Values
from sheetnet.errors import EngineError

__all__ = [
    "ENGINES",
    "CellError",
    "CellValue",
    "Engine",
    "Values",
    "open_engine",
    "why_missing",
]

EngineClass: TypeAlias = type[IronCalc] | type[LibreOffice] | type[Gnumeric] | type[PageEngine]

# In the order of preference: the quickest first; of them, the first that reads a file is taken.
ENGINES: dict[str, EngineClass] = {
    engine.name: engine for engine in (IronCalc, LibreOffice, Gnumeric, PageEngine)
}


def _engine(name: str) -> EngineClass:
    if name not in ENGINES:
        raise EngineError(f"There is no engine {name!r}. The engines are {', '.join(ENGINES)}.")
    return ENGINES[name]


def why_missing(name: str) -> str | None:
    """A sentence saying what to install, or None. Raises EngineError on an unknown name."""
    return _engine(name).why_missing()


def open_engine(name: str) -> Engine:
    """An open engine; close it, or use it with `with`.

    Raises EngineError when the name is unknown, or when the program is missing: the message says
    what to install.
    """
    return _engine(name)()
