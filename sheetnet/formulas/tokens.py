"""The words of a formula text, in both dialects.

Knows: how xlsx (`'My sheet'!A1:B2`, `,`) and OpenFormula (`[$'My sheet'.A1:.B2]`, `;`) spell
references, names, numbers and operators. Does not know grammar: see `parse`.

Sources: ECMA-376 part 1, 18.17 (xlsx); ODF 1.3 part 4, section 5 (OpenFormula).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from sheetnet.formulas.columns import (
    MAX_COLUMNS,
    MAX_ROWS,
    column_number,
)
from sheetnet.formulas.references import Dialect
from sheetnet.formulas.tree import Reference


class Token(NamedTuple):
    """`kind`: string, error, ref, func, name, number, op, sep, rowsep, open, close, brace,
    unbrace, space or other (not understood). A func's text ends with its parenthesis."""

    kind: str
    text: str
    reference: Reference | None = None
    sheet: str | None = None  # of a name that is qualified by a sheet


# Possessive repeats (++, *+), bounded sheet names and an "other" that takes everything after an
# unclosed quote or bracket keep the lexers linear: a hostile text must not cost its square.
# Gnumeric writes an apostrophe inside a quoted sheet name as \' where the standards double it.
_QUOTED = r"'(?:[^'\\]|''|\\.)++'"
_BARE = r"""[^\s'"!\#$%&()*+,\-/:;<=>?@\[\]^{|}~\\]{1,255}+"""
_NAME = r"[^\W\d][\w.]*+"
_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}"
_COLUMN = r"\$?[A-Za-z]{1,3}"
_ROW = r"\$?[0-9]{1,7}"
_CORNER = rf"(?:{_CELL}|{_COLUMN}|{_ROW})"
_DOT_SHEET = rf"\$?(?:{_QUOTED}|{_BARE.replace('[^', '[^.', 1)})"
_COMMON = r"""
  | (?P<number> (?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
  | (?P<open> \() | (?P<close> \)) | (?P<brace> \{) | (?P<unbrace> \})
  | (?P<space> \s++)
"""
_HEAD = r"""
    (?P<string> "(?:[^"]|"")*+")
  | (?P<error> \#(?:REF!(?:\$?[A-Za-z]{1,3}\$?[0-9]+(?::\$?[A-Za-z]{1,3}\$?[0-9]+)?)?
               |DIV/0!|N/A|NAME\?|NULL!|NUM!|VALUE!))
"""
_LEXERS: Final[dict[str, re.Pattern[str]]] = {
    "xlsx": re.compile(
        rf"""{_HEAD}
  | (?P<lost> (?:{_QUOTED}|{_BARE})!\#REF!)
  | (?P<ref> (?:(?P<sheet>(?:{_QUOTED}|{_BARE})(?::(?:{_QUOTED}|{_BARE}))?)!)?
      (?: (?P<first>{_CELL})(?::(?:(?P<sheet2>{_QUOTED}|{_BARE})!)?(?P<last>{_CELL}))? |
          (?P<first2>{_COLUMN}):(?P<last2>{_COLUMN}) |
          (?P<first3>{_ROW}):(?P<last3>{_ROW})) (?![\w.(!\\]))
  | (?P<func> {_NAME}\()
  | (?P<name> (?:(?P<owner>{_QUOTED}|{_BARE})!)?(?:{_NAME}) (?![(!]))
  {_COMMON}
  | (?P<sep> ,) | (?P<rowsep> ;)
  | (?P<op> <=|>=|<>|[-+*/^&=<>%:~])
  | (?P<other> \[[^\]]*+\]|['"\[].*+|.)""",
        re.VERBOSE | re.DOTALL,
    ),
    "openformula": re.compile(
        rf"""{_HEAD}
  | (?P<ref> \[(?P<sheet>{_DOT_SHEET})?\.(?P<first>{_CORNER})
      (?::(?:(?P<sheet2>{_DOT_SHEET})?\.)?(?P<last>{_CORNER}))?\])
  | (?P<bracket> \[(?:'(?:[^']|'')*+'|[^\]'])*+\])
  | (?P<func> {_NAME}\()
  | (?P<name> (?:\$\$)?{_NAME})
  {_COMMON}
  | (?P<sep> ;) | (?P<rowsep> \|)
  | (?P<op> <=|>=|<>|[-+*/^&=<>%:~!])
  | (?P<other> ['"\[].*+|.)""",
        re.VERBOSE | re.DOTALL,
    ),
}
_CORNER_PARTS = re.compile(r"(\$?)([A-Za-z]*)(\$?)([0-9]*)")


@lru_cache(maxsize=65_536)
def _corner(text: str) -> tuple[int | None, int | None, bool, bool] | None:
    """(row, column, row absolute, column absolute); None for what the text leaves open."""
    match = _CORNER_PARTS.fullmatch(text)
    assert match is not None  # the lexers let nothing else through
    dollar, letters, second, digits = match.groups()
    try:
        column = column_number(letters) if letters else None
    except ValueError:
        return None
    row = int(digits) - 1 if digits else None
    if row is not None and not 0 <= row < MAX_ROWS:
        return None
    return row, column, bool(second if letters else dollar), bool(dollar and letters)


def _reference(
    first: str, last: str | None, sheet: str | None, sheet2: str | None
) -> Reference | None:
    head = _corner(first)
    tail = _corner(last) if last else head
    if head is None or tail is None:
        return None
    (row, column, row_fixed, column_fixed), (row2, column2, row2_fixed, column2_fixed) = head, tail
    if (row is None) != (row2 is None) or (column is None) != (column2 is None):
        return None
    if not last and (row is None or column is None):
        return None
    if row is None or row2 is None:
        row, row2, row_fixed, row2_fixed = 0, MAX_ROWS - 1, True, True
    if column is None or column2 is None:
        column, column2, column_fixed, column2_fixed = 0, MAX_COLUMNS - 1, True, True
    if row > row2:
        row, row_fixed, row2, row2_fixed = row2, row2_fixed, row, row_fixed
    if column > column2:
        column, column_fixed, column2, column2_fixed = column2, column2_fixed, column, column_fixed
    return Reference(sheet, row, column, row_fixed, column_fixed,
                     sheet2, row2, column2, row2_fixed, column2_fixed, bool(last))  # fmt: skip


def unquote(sheet: str) -> str:
    """The sheet's name without `$`, quotes and doubled apostrophes."""
    sheet = sheet.removeprefix("$")
    if sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'").replace("\\'", "'")
    return sheet


def _xlsx_sheets(text: str) -> tuple[str, str]:
    """First and last sheet of `Sheet`, `One:Two`, `One:'T wo'` or `'One:T wo'`."""
    # No sheet name may hold a colon, so any colon parts two names.
    first, _, last = text.replace("':'", ":").partition(":")
    if not last:
        return unquote(first), unquote(first)
    parts = [part.strip("'").replace("''", "'").replace("\\'", "'") for part in (first, last)]
    return parts[0], parts[1]


def tokenise(text: str, dialect: Dialect) -> Iterator[Token]:
    """Tokens of a formula text without its leading `=`; what is not understood is "other"."""
    for match in _LEXERS[dialect].finditer(text):
        kind, source = match.lastgroup or "other", match.group()
        if kind == "ref":
            sheet, sheet2 = match["sheet"], None
            if dialect == "xlsx":
                first = match["first"] or match["first2"] or match["first3"]
                last = match["last"] or match["last2"] or match["last3"]
                if sheet:
                    sheet, sheet2 = _xlsx_sheets(sheet)
                if match["sheet2"] and unquote(match["sheet2"]) != sheet2:
                    yield Token("other", source)  # Sheet!A1:Other!B2 is no rectangle
                    continue
            else:
                first, last = match["first"], match["last"]
                sheet = unquote(sheet) if sheet else None
                sheet2 = unquote(match["sheet2"]) if match["sheet2"] else sheet
            reference = _reference(first, last, sheet, sheet2)
            if reference is not None:
                yield Token("ref", source, reference)
            elif dialect == "xlsx" and not last and not sheet and not source.startswith("$"):
                yield Token("name", source)  # XFE1 is beyond the sheet, hence a name
            else:
                yield Token("other", source)
        elif kind == "lost" or (kind == "bracket" and "#REF!" in source):
            yield Token("error", "#REF!")
        elif kind == "bracket":
            yield Token("other", source)
        elif kind == "error" and source.startswith("#REF!"):
            yield Token("error", "#REF!")
        elif kind == "name" and dialect == "xlsx" and match["owner"]:
            owner = match["owner"]
            yield Token("name", source[len(owner) + 1 :], None, unquote(owner))
        else:
            yield Token(kind, source.removeprefix("$$") if kind == "name" else source)


def parse_reference(text: str, dialect: Dialect) -> Reference | None:
    """The reference that `text` is, as a whole; None if it is anything else."""
    tokens = list(tokenise(text, dialect))
    return tokens[0].reference if len(tokens) == 1 else None


FUNCTION_PREFIX = re.compile(
    r"(?:_XLFN\.(?:_XLWS\.)?|_XLFNGNUMERIC\.|COM\.MICROSOFT\."
    r"|ORG\.(?:GNUMERIC|OPENOFFICE|LIBREOFFICE)\.)"
)
OPERANDS: Final = {"string", "error", "ref", "name", "number"}
