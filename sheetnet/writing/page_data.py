"""A workbook as the one JSON table that a page holds.

Knows: what of sheets, blocks, texts and looks the page needs. Formulas go as trees (see
`formulas.compact`), one for all cells of a block; typed numbers go as digits or, where that is
shorter, as base64 of their doubles; computed numbers do not go at all, the page computes them.
Does not know JavaScript, HTML, or what any quantity means.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from itertools import groupby
from typing import Any

import numpy as np
import orjson

from sheetnet.formulas import compact
from sheetnet.formulas.place import Area
from sheetnet.sheets.model import Block, FloatArray, Rule, Sheet, Text, Workbook
from sheetnet.writing.styles import COLUMN_WIDTH, LOOKS, ROW_HEIGHT, STYLES, height_of

FORMAT_VERSION = 1
"""What `page` says in the file; a reader refuses any other."""


def table(workbook: Workbook, values: Mapping[str, FloatArray], version: str) -> dict[str, Any]:
    """The table of a page; `values` holds the numbers of each block, shape (rows, columns)."""
    blocks = list(workbook.blocks())
    numbered = {block.name: number for number, block in enumerate(blocks)}
    sheets = {sheet.name: number for number, sheet in enumerate(workbook.sheets)}
    return {
        "page": FORMAT_VERSION,
        "version": version,
        "title": workbook.title,
        "columnWidth": COLUMN_WIDTH,
        "rowHeight": ROW_HEIGHT,
        "sheets": [_sheet(sheet, numbered, sheets) for sheet in workbook.sheets],
        "blocks": [_block(block, values[block.name], numbered, sheets) for block in blocks],
        "styles": {key: style.number for key, style in STYLES.items()},
        "wraps": [key for key, style in STYLES.items() if style.wrap],
        "tall": {key: height_of(key) for key in STYLES if height_of(key) > ROW_HEIGHT},
        "looks": {key: look.number for key, look in LOOKS.items() if look.number},
        "symbols": dict(workbook.symbols),
    }


def _sheet(sheet: Sheet, numbered: Mapping[str, int], sheets: Mapping[str, int]) -> dict[str, Any]:
    found = {
        "name": sheet.name,
        "frozen": sheet.frozen,
        "widths": [[column, width] for column, width in sorted(sheet.widths.items())],
        "heights": [[row, height] for row, height in sorted(sheet.heights.items())],
        "texts": _texts(sheet.texts),
        "charts": [_plain(chart, sheets) for chart in sheet.charts],
        "rules": [_rule(rule, numbered, sheets) for rule in sheet.rules],
        "validations": [_plain(rule, sheets) for rule in sheet.validations],
        "cursor": sheet.first_typed(),
        "hidden": sheet.is_hidden,
        "names": {name: _at(area, sheets) for name, area in sheet.extra_names.items()},
    }
    always = ("name", "texts")
    return {key: value for key, value in found.items() if value or key in always}


def _rule(rule: Rule, numbered: Mapping[str, int], sheets: Mapping[str, int]) -> dict[str, Any]:
    """A rule with its formula, if it has one, as a block has it."""
    found = {"at": _at(rule.area, sheets), "look": rule.look}
    if rule.formula is None:
        return found | {"between": rule.between}
    return found | {"formulas": list(compact.runs(rule.formula, rule.area.columns, numbered))}


def _texts(texts: list[Text]) -> list[list[Any]]:
    """Row, column, style, and the texts that stand side by side from there on.

    A text that lies over several cells stands alone, with how many after its style: "title:3".
    """
    ordered = sorted(texts, key=lambda text: (text.row, text.column))

    def line(numbered: tuple[int, Text]) -> tuple[int, str, int]:
        place, text = numbered
        return text.row, _style(text), text.column - place if text.span == 1 else -1 - place

    grouped = [[text for _, text in group] for _, group in groupby(enumerate(ordered), line)]
    return [[g[0].row, g[0].column, _style(g[0]), *(text.text for text in g)] for g in grouped]


def _style(text: Text) -> str:
    return text.style if text.span == 1 else f"{text.style}:{text.span}"


def _block(
    block: Block, values: FloatArray, numbered: Mapping[str, int], sheets: Mapping[str, int]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": block.name,
        "at": _at(block.area, sheets),
        "shape": block.shape,
        "layout": block.layout,
        "style": block.style,
    }
    if block.quantity != block.name:
        found["quantity"] = block.quantity
    if block.typed_rows:
        found |= {"typed": block.typed_rows, "numbers": _numbers(values[: block.typed_rows])}
        if block.typed_name:
            found |= {"typedName": block.typed_name, "typedStyle": block.typed_style}
    if block.formula is not None and block.typed_rows < block.area.rows:
        found["formulas"] = list(compact.runs(block.formula, block.area.columns, numbered))
    return found


def _at(area: Area, sheets: Mapping[str, int]) -> list[int]:
    return [sheets[area.sheet], area.row, area.column, area.rows, area.columns]


def _numbers(array: FloatArray) -> Any:
    """The numbers as a list of digits, or as base64 where that is shorter."""
    flat = np.ascontiguousarray(array, dtype="<f8").reshape(-1)
    digits = orjson.dumps(flat, option=orjson.OPT_SERIALIZE_NUMPY)
    packed = base64.b64encode(flat.tobytes()).decode()
    return packed if len(packed) < len(digits) else flat.tolist()


def _plain(value: Any, sheets: Mapping[str, int]) -> Any:
    """A value of the sheet (a chart, a rule) as tables, lists, texts and numbers."""
    if isinstance(value, Area):
        return _at(value, sheets)
    if hasattr(value, "_asdict"):
        return {key: _plain(part, sheets) for key, part in value._asdict().items()}
    if is_dataclass(value):
        own = (part.name for part in fields(value))
        return {name: _plain(getattr(value, name), sheets) for name in own}
    if isinstance(value, list | tuple):
        return [_plain(part, sheets) for part in value]
    return value
