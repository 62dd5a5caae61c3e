"""The sheet `sheetnet`: the lesson itself, as JSON, so that the workbook can be read back.

Knows: how the lesson is laid down and taken up again. Does not know where the sheet stands: it is
found by its defined name, or failing that by its sheet name. The numbers in it are those at the
time of writing; the yellow cells hold the current ones. Numbers by the ten thousand would stand in
the file twice, in digits that nothing compresses: then those that have yellow cells are left out,
and the file says format 2, which a reader that wants them all refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from sheetnet.core.checks import reason, show
from sheetnet.core.network import size_problems
from sheetnet.core.tables import DATA
from sheetnet.errors import FileError, LessonError
from sheetnet.formulas.place import Area
from sheetnet.lessons import Lesson, load, to_dict
from sheetnet.sheets import training
from sheetnet.sheets.model import Block, Sheet, Text
from sheetnet.version import VERSION, is_newer

SHEET = "sheetnet"
NAME = "sheetnet_lesson"
FORMAT_VERSION = 3
_LAYOUT = 2  # which sheets a lesson has; before there were numbers it was another
BEGINS = '{"sheetnet":'
"""What a lesson's first cell begins with, in any format."""
WITHOUT_NUMBERS = 4
"""The format of a lesson whose numbers stand in yellow cells only."""
MOST_NUMBERS = 10_000
"""Lessons with more numbers than this are laid down without them."""
_MOST_LEFT_OUT = 5_000_000  # as many cells as a workbook may hold
_MOST_TEXT = 4_000_000  # characters; Python's objects take twenty times the memory
_CHUNK = 16_000  # a cell holds 32,767 UTF-16 units, and a character may take two
MOST_CHUNKS = 20_000
FIRST_ROW = 4


class Written(NamedTuple):
    """What a workbook says of itself: the lesson, the version that wrote it, its blocks by name.

    Without `has_numbers`, the lesson's numbers are stand-ins: the yellow cells alone hold them.
    Files of 0.1.0 name neither version nor blocks.
    """

    lesson: Lesson
    has_numbers: bool
    version: str
    blocks: frozenset[str] | None


def build(lesson: Lesson, blocks: Iterable[Block]) -> Sheet:
    """The sheet: a word to people, the format version, the lesson in chunks of JSON.

    `blocks` are those of all other sheets.
    """
    document = _document(lesson, tuple(blocks))
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if len(text) > _MOST_TEXT:
        raise LessonError(
            f"the lesson's texts need {len(text):,} characters; expected at most {_MOST_TEXT:,}. "
            "Shorten title, errata and notes."
        )
    chunks = [text[k : k + _CHUNK] for k in range(0, len(text), _CHUNK)]
    sheet = Sheet(SHEET, widths={0: 90.0}, is_hidden=True, print=None)
    sheet.texts.append(Text(0, 0, "The lesson, for sheetnet", "title"))
    sheet.texts.append(
        Text(
            1, 0, "sheetnet reads the workbook back with what stands here. Please leave it.", "hint"
        )
    )
    sheet.texts += [Text(FIRST_ROW + k, 0, chunk, "code") for k, chunk in enumerate(chunks)]
    sheet.extra_names[NAME] = Area(SHEET, FIRST_ROW, 0, len(chunks), 1)
    return sheet


def _document(lesson: Lesson, blocks: Sequence[Block]) -> dict[str, Any]:
    typed = {block.typed_name for block in blocks}
    own = {"version": VERSION, "layout": _LAYOUT, "blocks": [block.name for block in blocks]}
    arrays = (*lesson.network.weights, *lesson.network.bias, lesson.inputs, lesson.targets)
    if sum(array.size for array in arrays) <= MOST_NUMBERS:
        return {"sheetnet": FORMAT_VERSION, **own, "lesson": to_dict(lesson)}
    table: dict[str, Any] = to_dict(lesson, "W_1" not in typed, frozenset(DATA) - typed)
    head = {"sheetnet": WITHOUT_NUMBERS, **own, "examples": len(lesson.inputs)}
    return {**head, "lesson": table}


def parse(chunks: Sequence[str], where: str) -> Written:
    """What the chunks of JSON say; the lesson is that at the time of writing.

    `where` names the file in messages. Raises FileError, and LessonError for what no lesson holds.
    """
    again = "Ask for the original workbook, or write it anew with 'sheetnet write'."
    text = "".join(chunks)
    if len(text) > _MOST_TEXT:
        raise FileError(
            f"{where}: the sheet '{SHEET}' holds {len(text):,} characters; expected at most "
            f"{_MOST_TEXT:,}. {again}"
        )
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as problem:
        why = reason(problem) if isinstance(problem, ValueError) else problem
        message = f"{where}: the lesson in the sheet '{SHEET}' is damaged ({why}). {again}"
        raise FileError(message) from None
    version: Any = document.get("sheetnet") if isinstance(document, dict) else None
    by = document.get("version", "") if isinstance(document, dict) else ""
    by = by if isinstance(by, str) else ""
    newer = f"{where}: sheetnet {by} wrote it, and this is {VERSION}. " + (
        f"Install that one or a later one: pip install 'sheetnet>={by}'"
    )
    if isinstance(version, int) and version > WITHOUT_NUMBERS:
        raise FileError(
            newer
            if is_newer(by)
            else f"{where}: written in format {show(version)}, and this sheetnet reads up to "
            f"format {WITHOUT_NUMBERS}. Install a newer sheetnet."
        )
    if type(version) is not int or version < 1 or not isinstance(document.get("lesson"), dict):
        raise FileError(f"{where}: the sheet '{SHEET}' holds no lesson of sheetnet's. {again}")
    has_numbers = version in (1, FORMAT_VERSION)
    table = document["lesson"]
    try:
        lesson = load(table if has_numbers else _filled(table, document.get("examples")))
    except LessonError:
        if is_newer(by):
            raise FileError(newer) from None
        raise
    lesson = lesson if document.get("layout") else _as_laid_out_before(lesson)
    return Written(lesson, has_numbers, by, _listed(document.get("blocks")))


def _listed(names: object) -> frozenset[str] | None:
    if not isinstance(names, list):
        return None
    return frozenset(name for name in names if isinstance(name, str))


def _as_laid_out_before(lesson: Lesson) -> Lesson:
    """The lesson of a workbook older than layouts with a number: no Training with many columns."""
    if "training" in lesson.sheets and training.columns_of(lesson) > training.FEW_COLUMNS:
        others = tuple(name for name in lesson.sheets if name != "training")
        return replace(lesson, sheets=others or ("step",))
    return lesson


def _filled(table: dict[str, Any], examples: object) -> dict[str, Any]:
    """The lesson with a stand-in for every number left out, unless that would be too many."""
    network, data = table.get("network"), table.get("data")
    if not isinstance(network, dict) or not isinstance(data, dict):
        return table
    sizes = network.get("sizes")
    if "weights" not in network and isinstance(sizes, list) and not any(size_problems(sizes)):
        few = sum(d * s for s, d in pairwise(sizes)) <= _MOST_LEFT_OUT
        network |= {"seed": 0} if few else {}
    ends = (sizes[0], sizes[-1]) if isinstance(sizes, list) and sizes else (None, None)
    for key, size in zip(("inputs", "targets"), ends, strict=True):
        wanted = isinstance(examples, int) and isinstance(size, int) and examples > 0 < size
        if key not in data and wanted and examples * size <= _MOST_LEFT_OUT:
            data[key] = np.zeros((examples, size))
    return table
