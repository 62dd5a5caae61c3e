"""sheetnet: a neural network in a spreadsheet, every computed cell a live formula.

The names below are the whole Python interface. They are imported when they are first used, so
that `import sheetnet` and `sheetnet --help` cost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sheetnet.version import VERSION

if TYPE_CHECKING:
    from sheetnet.checking.check import check
    from sheetnet.checking.read import read
    from sheetnet.checking.report import Report
    from sheetnet.core.network import Network
    from sheetnet.core.settings import Training
    from sheetnet.core.step import Trace
    from sheetnet.core.train import Run
    from sheetnet.errors import EngineError, FileError, FileWarning, LessonError, SheetnetError
    from sheetnet.lessons import Lesson, load, train, train_step
    from sheetnet.workbooks.write import write

__version__ = VERSION

_HOME = {
    "Lesson": "sheetnet.lessons",
    "load": "sheetnet.lessons",
    "train": "sheetnet.lessons",
    "train_step": "sheetnet.lessons",
    "Network": "sheetnet.core.network",
    "Trace": "sheetnet.core.step",
    "Run": "sheetnet.core.train",
    "Training": "sheetnet.core.settings",
    "write": "sheetnet.workbooks.write",
    "read": "sheetnet.checking.read",
    "check": "sheetnet.checking.check",
    "Report": "sheetnet.checking.report",
    "SheetnetError": "sheetnet.errors",
    "LessonError": "sheetnet.errors",
    "FileError": "sheetnet.errors",
    "FileWarning": "sheetnet.errors",
    "EngineError": "sheetnet.errors",
}

__all__ = [
    "EngineError",
    "FileError",
    "FileWarning",
    "Lesson",
    "LessonError",
    "Network",
    "Report",
    "Run",
    "SheetnetError",
    "Trace",
    "Training",
    "check",
    "load",
    "read",
    "train",
    "train_step",
    "write",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'sheetnet' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
