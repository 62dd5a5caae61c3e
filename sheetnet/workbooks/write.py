"""A lesson becomes a file: builds the workbook, fills in the numbers, picks the format.

Knows: which suffix means which format, and when an existing file may be replaced. Does not know
how either format is written (see `xlsx`, `ods`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sheetnet.atomic import written_whole
from sheetnet.errors import FileError
from sheetnet.lessons import Lesson
from sheetnet.sheets.model import Workbook
from sheetnet.workbooks import metadata
from sheetnet.workbooks.cached import cached
from sheetnet.workbooks.engine_error import engine_error
from sheetnet.workbooks.size import built
from sheetnet.writing.zip import Parts, write_whole

FORMATS = {
    ".xlsx": "sheetnet.writing.xlsx",
    ".ods": "sheetnet.writing.ods",
    ".html": "sheetnet.writing.html",
}
"""Suffix -> the module that writes it, imported when it is needed."""


def write(
    lesson: Lesson,
    path: str | Path,
    *,
    force: bool = False,
    protect: bool = False,
    progress: Callable[[float], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> int:
    """Write the lesson's workbook to `path` (.xlsx, .ods or .html); returns how many formulas.

    `progress` is called after every row with the share of the file that is written, `warn` with a
    sentence if a spreadsheet program will answer a formula with an error where NumPy has a number.
    A file that exists is replaced only if sheetnet wrote it, or with `force`. With `protect`
    formulas are locked and yellow cells are not, without a password. On any failure the old file
    stays as it was. Raises FileError (suffix, folder, permission, somebody else's file) and
    LessonError (training that diverges, `safe` formulas that would not be).
    """
    return write_all(lesson, [path], force=force, protect=protect, progress=progress, warn=warn)


def write_all(
    lesson: Lesson,
    paths: Sequence[str | Path],
    *,
    force: bool = False,
    protect: bool = False,
    progress: Callable[[float], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> int:
    """As `write`, to several files whose numbers are computed once; formulas in each of them.

    Every path is looked at before the first file is written.
    """
    targets = [Path(path) for path in paths]
    for target in targets:
        check_target(target, force)
        if lesson.compare and target.suffix.lower() == ".html":
            raise FileError(
                f"{target}: a page shows one training, and this lesson compares several. Choose a "
                "name that ends in .xlsx or .ods."
            )
    workbook = replace(built(lesson), is_protected=protect)
    values = cached(lesson, workbook)
    if (sentence := engine_error(lesson, workbook, values)) and warn is not None:
        warn(sentence)
    for target in targets:
        parts: Parts = importlib.import_module(FORMATS[target.suffix.lower()]).parts(
            workbook, values
        )
        told = _told(parts, workbook, progress) if progress else parts
        _PACKED.get(target.suffix.lower(), write_whole)(told, target)
    return sum(
        (block.area.rows - block.typed_rows) * block.area.columns for block in workbook.blocks()
    )


def _as_it_is(parts: Parts, target: Path) -> None:
    """A file that is no archive: the bytes of its parts, whole or not at all."""
    with written_whole(target) as stream:
        stream.writelines(piece for _, pieces in parts for piece in pieces)


_PACKED: dict[str, Callable[[Parts, Path], None]] = {".html": _as_it_is}


def _told(parts: Parts, workbook: Workbook, progress: Callable[[float], None]) -> Parts:
    """The same parts, whose progress is told row by row."""
    rows = {(b.area.sheet, b.area.row + k) for b in workbook.blocks() for k in range(b.area.rows)}
    rows |= {(sheet.name, text.row) for sheet in workbook.sheets for text in sheet.texts}
    done = 0

    def counted(pieces: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal done
        for piece in pieces:
            yield piece
            done += 1
            progress(min(1.0, done / len(rows)))

    for name, pieces in parts:
        yield name, counted(pieces)


def check_target(target: Path, force: bool) -> None:
    """Refuse a target that cannot or should not be written. Raises FileError."""
    if target.suffix.lower() not in FORMATS:
        raise FileError(
            f"{target}: the name ends in '{target.suffix}'; a workbook's name ends in .xlsx or "
            ".ods, a page's in .html. Choose one of these."
        )
    try:
        is_folder, exists = target.is_dir(), target.exists()
    except OSError as problem:
        raise FileError(
            f"{target}: cannot be written ({problem.strerror}). Choose another name."
        ) from None
    if is_folder:
        raise FileError(f"{target}: is a folder; expected the name of a file. Add a file name.")
    if exists and not force and not is_ours(target):
        raise FileError(
            f"{target}: exists and was not written by sheetnet. Choose another name, or replace it "
            "with --force."
        )


def is_ours(path: Path) -> bool:
    """Whether the file is a workbook with a lesson in it, be it one that cannot be read any more.

    Its name alone is no proof: in somebody else's workbook it may stand for anything.
    """
    # Readers are imported only here: most files written are new, and the first import costs
    if path.suffix.lower() == ".html":
        from sheetnet.reading.page import is_page

        return is_page(path)
    from sheetnet.reading.archive import open_package
    from sheetnet.reading.fast_path import Plain

    try:
        with open_package(path) as package:
            plain = Plain(package)
            area = plain.names().areas.get(metadata.NAME)
            sheet = (plain.cells(area.sheet) if area else None) or {}
            first = sheet.get((area.row, area.column)) if area else None
            return first is not None and str(first.value).startswith(metadata.BEGINS)
    except FileError:
        return False
