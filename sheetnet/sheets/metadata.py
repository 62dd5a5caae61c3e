"""The sheet `sheetnet`: the lesson itself, as JSON, so that the workbook can be read back.

Knows: how the lesson is laid down and taken up again. Does not know where the sheet stands: it is
found by its defined name, or failing that by its sheet name. The numbers in it are those at the
time of writing; the yellow cells hold the current ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sheetnet.errors import FileError
from sheetnet.formulas.place import Area
from sheetnet.lesson import Lesson, load, to_dict
from sheetnet.sheets.model import Sheet, Text

SHEET = "sheetnet"
NAME = "sheetnet_lesson"
FORMAT_VERSION = 1
_CHUNK = 30_000  # a cell holds 32,767 characters
MOST_CHUNKS = 20_000
FIRST_ROW = 4


def build(lesson: Lesson) -> Sheet:
    """The sheet: a word to people, the format version, the lesson in chunks of JSON."""
    document = {"sheetnet": FORMAT_VERSION, "lesson": to_dict(lesson)}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    chunks = [text[k : k + _CHUNK] for k in range(0, len(text), _CHUNK)]
    sheet = Sheet(SHEET, widths={0: 90.0})
    sheet.texts.append(Text(0, 0, "The lesson, for sheetnet", "title"))
    sheet.texts.append(
        Text(
            1, 0, "sheetnet reads the workbook back with what stands here. Please leave it.", "hint"
        )
    )
    sheet.texts += [Text(FIRST_ROW + k, 0, chunk, "code") for k, chunk in enumerate(chunks)]
    sheet.extra_names[NAME] = Area(SHEET, FIRST_ROW, 0, len(chunks), 1)
    return sheet


def parse(chunks: Sequence[str], where: str) -> Lesson:
    """The lesson at the time of writing; `where` names the file in messages. Raises FileError."""
    again = "Ask for the original workbook, or write it anew with 'sheetnet write'."
    try:
        document = json.loads("".join(chunks))
    except (ValueError, RecursionError) as problem:
        message = f"{where}: the lesson in the sheet '{SHEET}' is damaged ({problem}). {again}"
        raise FileError(message) from None
    version = document.get("sheetnet") if isinstance(document, dict) else None
    if not isinstance(version, int) or not isinstance(document.get("lesson"), dict):
        raise FileError(f"{where}: the sheet '{SHEET}' holds no lesson of sheetnet's. {again}")
    if version > FORMAT_VERSION:
        raise FileError(
            f"{where}: written in format {version}, and this sheetnet reads up to format "
            f"{FORMAT_VERSION}. Install a newer sheetnet."
        )
    return load(document["lesson"])
