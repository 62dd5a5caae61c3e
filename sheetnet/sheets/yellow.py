"""What every sheet's yellow cells have in common, whatever stands in them.

Knows: that they take numbers only, and what a program says to anything else; that a tab is yellow
where there are some. Does not know which cells there are.
"""

from __future__ import annotations

from sheetnet.palette import SECONDARY, TITLE, YOURS
from sheetnet.sheets.model import Block, Sheet, Validation

_SMALLEST = {"learning_rate": 0.0}
_SIGN = "Type it with the decimal sign that your program uses."


def guard(sheet: Sheet) -> None:
    """Let the sheet's yellow cells take numbers only, and colour its tab."""
    guarded = {rule.area for rule in sheet.validations}
    typed = [block for block in sheet.blocks if block.typed_name]
    for block in typed:
        if block.typed_area() not in guarded:
            sheet.validations.append(_number(block))
    if not sheet.tab:
        sheet.tab = YOURS.head if typed else TITLE if sheet.blocks else SECONDARY


def _number(block: Block) -> Validation:
    smallest = _SMALLEST.get(block.quantity)
    wanted = "This cell holds a number" + ("" if smallest is None else f" from {smallest:g} on")
    example = "such as 0.5" if smallest is not None else "such as 0.25 or -1.5"
    message = f"{wanted}, {example}. {_SIGN}"
    return Validation(block.typed_area(), "number", "Not a number", message, smallest)
