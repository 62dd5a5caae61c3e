"""Rows and columns inserted and deleted, by programs that move names along and by others.

Knows: openpyxl, which moves cells and leaves names and formulas; how a name moves that is moved
along; and how to put the old names back into what LibreOffice saved.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import openpyxl
from openpyxl.workbook.workbook import Workbook as Book

from sheetnet.formulas.place import Area
from sheetnet.lessons import Lesson
from sheetnet.workbooks.build import build


class Change(NamedTuple):
    """One row or column, counted from 0, inserted or deleted."""

    sheet: str
    axis: str  # "rows" or "columns"
    at: int
    is_insert: bool

    def hits(self, area: Area) -> bool:
        """Whether an area loses, or gains, a row or column of its own."""
        if area.sheet != self.sheet:
            return False
        first, count = (
            (area.row, area.rows) if self.axis == "rows" else (area.column, area.columns)
        )
        return first + self.is_insert <= self.at < first + count


def changes(made: Lesson, step: int = 1, start: int = 0) -> Iterator[Change]:
    """Every single row and column of the sheets with blocks, or each `step`th of them."""
    blocks = list(build(made).blocks())
    every = [
        Change(sheet, axis, at, is_insert)
        for sheet in sorted({block.area.sheet for block in blocks if block.typed_name
                             and block.typed_name != "step_shown"})
        for axis in ("rows", "columns")
        for at in range(_last(blocks, sheet, axis) + 2)
        for is_insert in (True, False)
    ]  # fmt: skip
    yield from every[start::step]


def _last(blocks: list, sheet: str, axis: str) -> int:  # type: ignore[type-arg]
    """The last row or column of interest: rows go no further than the yellow ones, but one."""
    if axis == "columns":
        return max(b.area.column + b.area.columns for b in blocks if b.area.sheet == sheet)
    return max(b.area.row + b.typed_rows for b in blocks if b.area.sheet == sheet and b.typed_name)


def by_openpyxl(path: Path, change: Change, out: Path, *, names: bool, values: bool) -> Path:
    """The change as openpyxl makes it; with `names` they are moved along, with `values` every
    formula is turned into its saved value."""
    book = openpyxl.load_workbook(path, data_only=values)
    sheet = book[change.sheet]
    verb = "insert" if change.is_insert else "delete"
    axis = "rows" if change.axis == "rows" else "cols"
    getattr(sheet, f"{verb}_{axis}")(change.at + 1)
    if names:
        _move_names(book, change)
    book.save(out)
    return out


_PLACE = re.compile(r"\$([A-Z]+)\$(\d+)")


def _move_names(book: Book, change: Change) -> None:
    for name, defined in list(book.defined_names.items()):
        text = defined.attr_text
        if text.rpartition("!")[0].strip("'") != change.sheet:
            continue
        corners = [[int(row) - 1, openpyxl.utils.column_index_from_string(column) - 1]
                   for column, row in _PLACE.findall(text)]  # fmt: skip
        axis = 0 if change.axis == "rows" else 1
        first, last = corners[0][axis], corners[-1][axis]
        if change.is_insert:
            first, last = first + (change.at <= first), last + (change.at <= last)
        else:
            first, last = first - (change.at < first), last - (change.at <= last)
        if first > last:
            defined.attr_text = "#REF!"
            continue
        corners[0][axis], corners[-1][axis] = first, last
        shown = ":".join(f"${openpyxl.utils.get_column_letter(c + 1)}${r + 1}" for r, c in corners)
        defined.attr_text = f"{text.rpartition('!')[0]}!{shown}"
        assert name in book.defined_names


def with_names_of(path: Path, other: Path) -> None:
    """Put the names of another file of the same format into one: as if they had been left."""
    part = "content.xml" if path.suffix == ".ods" else "xl/workbook.xml"
    pattern = (
        rb"(?s)<table:named-expressions>.*?</table:named-expressions>(?!.*</table:table>)"
        if path.suffix == ".ods"
        else rb"(?s)<definedNames>.*?</definedNames>"
    )
    with zipfile.ZipFile(other) as archive:
        names = re.findall(pattern, archive.read(part))[-1]
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert len(re.findall(pattern, parts[part])) == 1
    parts[part] = re.sub(pattern, lambda _: names, parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def numbers(made: Lesson) -> np.ndarray:
    """Everything that is read from yellow cells."""
    arrays = [*made.network.weights, *made.network.bias, made.inputs]
    if "training" in made.sheets:
        arrays += [made.targets, np.array(made.training.learning_rate)]
    return np.concatenate([array.ravel() for array in arrays])
