"""Workbooks of other versions: what they hold, and how to take them up.

Knows: that a workbook lists its blocks, so that an older one is read and checked by its own list
and not by what today's version would write; and what version 0.1.0, which kept no list, wrote.
Does not know files. A block whose formula changes gets another name: then an old workbook is not
accused of a formula that was right when it was written.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace

from sheetnet.reading.defined_names import Names
from sheetnet.sheets.model import Block, Workbook
from sheetnet.workbooks.due import reads

# What 0.1.0 wrote. It counted the matrices of the documents' equations through the sheet, so
# those that came since moved the numbers: its equations are not judged.
_FIRST = re.compile(
    r"(Training_)?(step|a_\d+|W_\d+|z_\d+|exp_z_\d+|error_\d+|delta_\d+|targets|loss_term|loss)"
    r"|first_loss|last_loss|learning_rate|inputs|step_shown|delta_1_row"
    r"|Step_(W_\d+|targets|learning_rate)|(top_)?(a_\d+|bias_node_\d+)|a_\d+_row"
    r"|slope_\d+|dW_\d+|W_\d+_new|errata_\d+_\w+|published_\w+|Predict_\w+"
)
_FIRST_SHEETS = ("Training", "Step", "Errata", "As published", "Predict", "Weights")
_RENAMED = {"grown": "exp_z"}


class _FirstBlocks:
    """The blocks of 0.1.0, as a list that is asked for one."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _FIRST.fullmatch(name) is not None


def as_written(workbook: Workbook, listed: Container[str] | None) -> Workbook:
    """The workbook with the blocks that a file has by its own list; None if it has no list."""
    known: Container[str] = _FirstBlocks() if listed is None else listed

    def is_listed(block: Block) -> bool:
        if block.typed_name and block.initial is None:
            return True  # the lesson's own numbers; a chooser may have come since
        old_sheet = listed is not None or block.area.sheet in _FIRST_SHEETS
        return old_sheet and block.name in known

    blocks = {block.name: block for block in workbook.blocks()}
    kept = {name for name, block in blocks.items() if is_listed(block)}
    if len(kept) == len(blocks):
        return workbook
    ahead = list(kept)  # whatever a list says: what a kept formula reads is there too
    while ahead:
        block = blocks[ahead.pop()]
        more = {name for name, _ in reads(block)} - kept if block.formula is not None else set()
        kept |= more
        ahead += more
    sheets = tuple(
        replace(sheet, blocks=[block for block in sheet.blocks if block.name in kept])
        for sheet in workbook.sheets
    )
    return replace(workbook, sheets=sheets)


def names_as_today(names: Names) -> Names:
    """The names of a file without a list, as today's version calls their blocks."""

    def today(name: str) -> str:
        for old, new in _RENAMED.items():
            name = re.sub(rf"(^|_){old}(_|$)", rf"\g<1>{new}\g<2>", name)
        return name

    return Names(
        {today(name): area for name, area in names.areas.items()},
        {today(name): text for name, text in names.broken.items()},
        {today(name): areas for name, areas in names.several.items()},
    )
