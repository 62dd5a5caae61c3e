"""The gallery: the documents' networks as lesson files.

Knows: which lessons there are. Does not know how a workbook is written (see `files`).
"""

from __future__ import annotations

import difflib
from pathlib import Path

from sheetnet.errors import LessonError

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The lessons' names, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def path_of(name: str) -> Path:
    """The lesson file of that name. Raises LessonError with the nearest name."""
    if name in names():
        return FOLDER / f"{name}.toml"
    begins = [known for known in names() if name and known.startswith(name)]
    near = begins or difflib.get_close_matches(name, names(), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "'sheetnet gallery' lists them."
    raise LessonError(f"The gallery has no lesson {name!r}. {hint}")
