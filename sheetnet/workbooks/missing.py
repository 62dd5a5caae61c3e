"""Sheets that a person deleted, and what is left of a workbook without them.

Knows: which sheets may go (those without a lesson's numbers), and which blocks of other sheets
refer to them. Does not know files, or what a name that is lost has to do with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from sheetnet.sheets.model import Block, Sheet, Workbook
from sheetnet.workbooks.due import reads


def deleted(
    workbook: Workbook, lost: Callable[[str], bool], present: Callable[[], Collection[str]]
) -> tuple[str, ...]:
    """The optional sheets that are gone: every name of theirs is `lost`, and no sheet among those
    `present` bears their name."""
    gone = [
        sheet.name
        for sheet in workbook.sheets
        if sheet.blocks and not _needed(sheet) and all(lost(block.name) for block in sheet.blocks)
    ]
    here = {name.casefold() for name in present()} if gone else set()
    return tuple(name for name in gone if name.casefold() not in here)


def without(workbook: Workbook, gone: Collection[str]) -> tuple[Workbook, tuple[Block, ...]]:
    """The workbook without these sheets, and the blocks of others that refer to them, at any
    distance: they show #REF! now, and are taken out as well."""
    if not gone:
        return workbook, ()
    lost = {b.name for sheet in workbook.sheets if sheet.name in gone for b in sheet.blocks}
    left = [sheet for sheet in workbook.sheets if sheet.name not in gone]
    hanging: list[Block] = []
    while more := [
        block
        for sheet in left
        for block in sheet.blocks
        if block.name not in lost
        and block.formula is not None
        and lost.intersection(name for name, _ in reads(block))
    ]:
        hanging += more
        lost |= {block.name for block in more}
    sheets = (
        replace(sheet, blocks=[b for b in sheet.blocks if b.name not in lost]) for sheet in left
    )
    return Workbook(workbook.title, tuple(sheets)), tuple(hanging)


def _needed(sheet: Sheet) -> bool:
    """Whether the lesson's numbers stand on the sheet, and not only what may be chosen there."""
    return any(block.typed_name and block.initial is None for block in sheet.blocks)
