"""Formula texts: translated between the two dialects, and filled down.

Knows: how one dialect's text is respelt in the other, and what filling down does to it. Does not
know what a function computes, files, or cell values.
"""

from __future__ import annotations

from functools import lru_cache

from sheetnet.errors import FileError
from sheetnet.formulas.columns import MAX_COLUMNS, MAX_ROWS, column_name, row_name
from sheetnet.formulas.parse import parse
from sheetnet.formulas.printing import OPENFORMULA, XLSX, print_tree
from sheetnet.formulas.references import Dialect, print_reference, quote_sheet
from sheetnet.formulas.tokens import tokenise
from sheetnet.formulas.tree import Reference

_PRINTED = {"xlsx": XLSX, "openformula": OPENFORMULA}


def translate(text: str, source: Dialect, target: Dialect, sheet: str) -> str:
    """The formula of `sheet`, respelt from one dialect in the other: parsed, and printed.

    Raises FileError for a text that has no certain reading or no spelling in the target.
    """
    if source == target:
        return text
    tree = parse(text, source)
    if tree is None:
        why = "its parts could not be told apart"
        raise _untranslatable(text, source, target, sheet, why)
    try:
        return print_tree(tree, _PRINTED[target], sheet)
    except FileError as error:
        raise _untranslatable(text, source, target, sheet, str(error)) from None


def readable(text: str, source: Dialect, sheet: str) -> str:
    """The formula of `sheet` as people see it in their program, A1 and commas.

    A text that has no certain reading stays as it stands in the file.
    """
    try:
        return translate(text, source, "xlsx", sheet)
    except FileError:
        return text


def _untranslatable(text: str, source: str, target: str, sheet: str, why: str) -> FileError:
    return FileError(
        f"{sheet}: the formula {text[:200]!r} cannot be written in the {target} dialect: {why}; "
        f"expected {source} text of plain references, names, functions and operators. "
        "Retype the formula in its cell."
    )


@lru_cache(maxsize=1024)
def _parts(text: str, dialect: Dialect) -> tuple[str | Reference, ...]:
    return tuple(
        token.reference or token.text
        if token.sheet is None
        else f"{quote_sheet(token.sheet, dialect)}!{token.text}"
        for token in tokenise(text, dialect)
    )


@lru_cache(maxsize=1024)
def _template(text: str, dialect: Dialect) -> tuple[str, tuple[tuple[bool, int], ...]]:
    """A %-template of the formula and, for each gap, whether a row goes there, and which."""
    pieces = (
        "".join(
            part.replace("\0", "")
            if isinstance(part, str)
            else print_reference(part, dialect, slots=True)
            for part in _parts(text, dialect)
        )
        .replace("%", "%%")
        .split("\0")
    )
    return "%s".join(pieces[::2]), tuple((slot[0] == "r", int(slot[1:])) for slot in pieces[1::2])


def shift(text: str, dialect: Dialect, rows: int, columns: int) -> str:
    """The formula as it reads when filled `rows` down and `columns` to the right: relative
    references move, absolute ones stay, and one that leaves the sheet becomes #REF!."""
    template, slots = _template(text, dialect)
    try:
        return template % tuple(
            [
                row_name(number + rows) if is_row else column_name(number + columns)
                for is_row, number in slots
            ]
        )
    except ValueError:
        return "".join(
            part if isinstance(part, str) else _moved(part, dialect, rows, columns)
            for part in _parts(text, dialect)
        )


def _moved(reference: Reference, dialect: Dialect, rows: int, columns: int) -> str:
    corners = [
        number if fixed else number + step
        for number, fixed, step in (
            (reference.row, reference.row_absolute, rows),
            (reference.last_row, reference.last_row_absolute, rows),
            (reference.column, reference.column_absolute, columns),
            (reference.last_column, reference.last_column_absolute, columns),
        )
    ]
    row, last_row, column, last_column = corners
    if min(corners) < 0 or max(corners[:2]) >= MAX_ROWS or max(corners[2:]) >= MAX_COLUMNS:
        return "#REF!"
    return print_reference(
        reference._replace(row=row, last_row=last_row, column=column, last_column=last_column),
        dialect,
    )
