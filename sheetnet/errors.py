"""The errors that sheetnet raises on purpose; the type says whose fault it was.

Knows: three kinds of fault. Does not know: exit codes or how a message is shown (see `cli`).
Every message says where, what was found, what was expected and what to do next.
"""

from __future__ import annotations


class SheetnetError(Exception):
    """Base of all errors that sheetnet raises on purpose."""


class LessonError(SheetnetError):
    """A lesson (file or dict) that cannot be used; the message names the key."""


class FileError(SheetnetError):
    """A workbook that cannot be read or written; the message names the file or the cell."""


class FileWarning(UserWarning):
    """A workbook that was read, although something in it is not as it should be."""


class EngineError(SheetnetError):
    """A spreadsheet engine that is missing or that failed."""
