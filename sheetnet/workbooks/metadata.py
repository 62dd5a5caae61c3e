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
from typing import Any

import numpy as np

from sheetnet.core.checks import show
from sheetnet.core.network import size_problems
from sheetnet.core.tables import DATA
from sheetnet.errors import FileError, LessonError
from sheetnet.formulas.place import Area
from sheetnet.lessons import Lesson, load, to_dict
from sheetnet.sheets import training
from sheetnet.sheets.model import Sheet, Text

SHEET = "sheetnet"
NAME = "sheetnet_lesson"
FORMAT_VERSION = 1
_LAYOUT = 2  # which sheets a lesson has; before there were numbers it was another
BEGINS = '{"sheetnet":'
"""What a lesson's first cell begins with, in any format."""
WITHOUT_NUMBERS = 2
"""The format of a lesson whose numbers stand in yellow cells only."""
MOST_NUMBERS = 10_000
"""Lessons with more numbers than this are laid down without them."""
_MOST_LEFT_OUT = 5_000_000  # as many cells as a workbook may hold
_MOST_TEXT = 4_000_000  # characters; Python's objects take twenty times the memory
_CHUNK = 16_000  # a cell holds 32,767 UTF-16 units, and a character may take two
MOST_CHUNKS = 20_000
FIRST_ROW = 4


def build(lesson: Lesson, typed: Iterable[str]) -> Sheet:
    """The sheet: a word to people, the format version, the lesson in chunks of JSON.

    `typed` are the names of the workbook's yellow blocks.
    """
    document = _document(lesson, frozenset(typed))
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


def _document(lesson: Lesson, typed: frozenset[str]) -> dict[str, Any]:
    arrays = (*lesson.network.weights, *lesson.network.bias, lesson.inputs, lesson.targets)
    if sum(array.size for array in arrays) <= MOST_NUMBERS:
        return {"sheetnet": FORMAT_VERSION, "layout": _LAYOUT, "lesson": to_dict(lesson)}
    table: dict[str, Any] = to_dict(lesson, "W_1" not in typed, frozenset(DATA) - typed)
    head = {"sheetnet": WITHOUT_NUMBERS, "layout": _LAYOUT, "examples": len(lesson.inputs)}
    return {**head, "lesson": table}


def parse(chunks: Sequence[str], where: str) -> tuple[Lesson, bool]:
    """The lesson at the time of writing, and whether its numbers are those of that time.

    Where numbers were left out, any may stand in their place: the yellow cells alone hold them.
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
        message = f"{where}: the lesson in the sheet '{SHEET}' is damaged ({problem}). {again}"
        raise FileError(message) from None
    version: Any = document.get("sheetnet") if isinstance(document, dict) else None
    if isinstance(version, int) and version > WITHOUT_NUMBERS:
        raise FileError(
            f"{where}: written in format {show(version)}, and this sheetnet reads up to format "
            f"{WITHOUT_NUMBERS}. Install a newer sheetnet."
        )
    if type(version) is not int or version < 1 or not isinstance(document.get("lesson"), dict):
        raise FileError(f"{where}: the sheet '{SHEET}' holds no lesson of sheetnet's. {again}")
    has_numbers = version < WITHOUT_NUMBERS
    table = document["lesson"]
    lesson = load(table if has_numbers else _filled(table, document.get("examples")))
    return lesson if document.get("layout") else _as_laid_out_before(lesson), has_numbers


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
