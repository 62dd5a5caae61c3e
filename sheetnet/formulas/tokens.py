"""Formula texts: cut into tokens, compared, moved and translated between the two dialects.

Knows: how xlsx (`'My sheet'!A1:B2`, `,`) and OpenFormula (`[$'My sheet'.A1:.B2]`, `;`) spell the
same formula. Does not know: what a function computes, formula trees, files, or cell values.

Sources: ECMA-376 part 1, 18.17 (xlsx); ODF 1.3 part 4, section 5 (OpenFormula). Both bind prefix
minus tighter than `^` and bind `^` to the left, so -3^2 is 9 and 2^3^2 is 64.
A canonical form is flat (reverse Polish), so hostile nesting costs no recursion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from sheetnet.errors import FileError

Dialect = Literal["xlsx", "openformula"]
Canonical = tuple[tuple[object, ...], ...]

MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 16_384


class Reference(NamedTuple):
    """One cell or one rectangle, 0-based; a single cell has equal corners and `area` False."""

    sheet: str | None  # None: the sheet on which the formula stands
    row: int
    column: int
    row_absolute: bool
    column_absolute: bool
    last_sheet: str | None  # differs from `sheet` only in a reference through several sheets
    last_row: int
    last_column: int
    last_row_absolute: bool
    last_column_absolute: bool
    area: bool


class Token(NamedTuple):
    """`kind`: string, error, ref, func, name, number, op, sep, rowsep, open, close, brace,
    unbrace, space or other (not understood). A func's text ends with its parenthesis."""

    kind: str
    text: str
    reference: Reference | None = None
    sheet: str | None = None  # of a name that is qualified by a sheet


@lru_cache(maxsize=MAX_COLUMNS)
def column_name(column: int) -> str:
    """Letters of a 0-based column: 0 is "A". Raises ValueError outside the sheet."""
    if not 0 <= column < MAX_COLUMNS:
        raise ValueError(f"column {column} is outside 0 to {MAX_COLUMNS - 1}")
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


@lru_cache(maxsize=MAX_COLUMNS)
def _row_name(row: int) -> str:
    if not 0 <= row < MAX_ROWS:
        raise ValueError(f"row {row} is outside 0 to {MAX_ROWS - 1}")
    return str(row + 1)


@lru_cache(maxsize=MAX_COLUMNS)
def column_number(letters: str) -> int:
    """The 0-based number of column letters: "A" is 0. Raises ValueError outside the sheet."""
    number = 0
    for letter in letters.upper() if len(letters) < 4 else "":
        number = number * 26 + ord(letter) - 64 if "A" <= letter <= "Z" else MAX_COLUMNS + 1
    if not 1 <= number <= MAX_COLUMNS:
        raise ValueError(f"{letters[:20]!r} is not a column from A to XFD")
    return number - 1


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


def _reference(first: str, last: str | None, sheet: str | None, sheet2: str | None
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
                     sheet2, row2, column2, row2_fixed, column2_fixed, bool(last))


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


_PREFIX = re.compile(
    r"(?:_XLFN\.(?:_XLWS\.)?|_XLFNGNUMERIC\.|COM\.MICROSOFT\."
    r"|ORG\.(?:GNUMERIC|OPENOFFICE|LIBREOFFICE)\.)"
)
_BINARY: Final = {":": 9, "!": 8, "~": 7, "^": 4, "*": 3, "/": 3, "+": 2, "-": 2, "&": 1,
                  "=": 0, "<": 0, ">": 0, "<=": 0, ">=": 0, "<>": 0}
_SIGN: Final = 6
_PERCENT: Final = 5
_FRAME: Final = -1  # an open parenthesis on the operator stack; nothing pops past it
_LEADING = re.compile(r"\s*=?(?:\s*\+)*\s*")
_OPERANDS: Final = {"string", "error", "ref", "name", "number"}


def canonical(text: str, dialect: Dialect, sheet: str) -> Canonical:
    """A comparable form of a formula that stands on `sheet`: two texts have equal forms when
    they differ only in spelling (dialect, spaces, case, redundant parentheses, digits of a
    number, the own sheet written or not, function prefixes, corners of a range, a leading +).

    Items, in reverse Polish order: ("num", float), ("str", text), ("error", text),
    ("name", sheet or "", name), ("ref", sheet, row, column, row_absolute, column_absolute),
    ("area", sheet, last sheet, then both corners), ("func", NAME, number of arguments),
    ("missing",), ("array", rows), ("op", symbol, number of operands). Sheets and names are
    case-folded. A text that does not parse has a form that equals only its own.
    """
    own = sheet.casefold()
    items = _reverse_polish(text[_LEADING.match(text).end() :], dialect, own)  # type: ignore[union-attr]
    return (("text", dialect, own, text),) if items is None else tuple(items)


def _reverse_polish(text: str, dialect: Dialect, own: str) -> list[tuple[object, ...]] | None:
    out: list[tuple[object, ...]] = []
    # (precedence, symbol or function name, operands, or arguments so far; -1 for a bare "(")
    stack: list[tuple[int, str, int]] = []
    wanted, spaced = True, False  # is an operand wanted here; did a space come just before

    def reduce(precedence: int) -> None:
        while stack and stack[-1][0] >= precedence:
            _, symbol, operands = stack.pop()
            out.append(("op", symbol, operands))

    tokens = tokenise(text, dialect)
    for kind, source, reference, owner in tokens:
        if kind == "space":
            spaced = True
            continue
        begins = kind in _OPERANDS or kind in ("func", "open", "brace")
        if begins and not wanted:
            if not spaced or dialect != "xlsx" or kind in ("number", "string", "error", "brace"):
                return None
            reduce(_BINARY["!"])  # a space between two references is xlsx's intersection
            stack.append((_BINARY["!"], "!", 2))
            wanted = True
        spaced = False
        if kind in _OPERANDS:
            out.append(_operand(kind, source, reference, owner, own))
            wanted = False
        elif kind == "op":
            if source == "%" and not wanted:
                reduce(_PERCENT)
                out.append(("op", "%", 1))
            elif wanted and source in ("+", "-"):
                stack.append((_SIGN, source, 1))
            elif wanted or source == "%":
                return None
            else:
                reduce(_BINARY[source])
                stack.append((_BINARY[source], source, 2))
                wanted = True
        elif kind == "func":
            stack.append((_FRAME, _PREFIX.sub("", source[:-1].upper(), count=1), 0))
            wanted = True
        elif kind == "open":
            stack.append((_FRAME, "(", -1))
        elif kind == "sep":
            reduce(0)
            if stack and stack[-1][2] >= 0:
                if wanted:
                    out.append(("missing",))
                _, name, arguments = stack.pop()
                stack.append((_FRAME, name, arguments + 1))
            elif wanted:
                return None
            else:  # outside a call it joins areas; Gnumeric writes ; there in OpenFormula too
                stack.append((_BINARY["~"], "~", 2))
            wanted = True
        elif kind == "close":
            reduce(0)
            if not stack:
                return None
            _, name, arguments = stack.pop()
            if wanted and arguments != 0:
                if arguments < 0:
                    return None
                out.append(("missing",))
            if arguments >= 0:
                out.append(("func", name, arguments + (not wanted or arguments > 0)))
            wanted = False
        elif kind == "brace":
            array = _array(tokens)
            if array is None:
                return None
            out.append(("array", array))
            wanted = False
        else:
            return None
    reduce(0)
    return None if wanted or stack else out


def _operand(kind: str, source: str, reference: Reference | None, owner: str | None, own: str
             ) -> tuple[object, ...]:
    if reference is not None:
        sheet = own if reference.sheet is None else reference.sheet.casefold()
        last = own if reference.last_sheet is None else reference.last_sheet.casefold()
        if sheet == last and reference[1:5] == reference[6:10]:
            return ("ref", sheet, *reference[1:5])  # Gnumeric saves A1:A1 as A1
        return ("area", sheet, last, *reference[1:5], *reference[6:10])
    if kind == "number":
        return ("num", float(source))
    if kind == "string":
        return ("str", source[1:-1].replace('""', '"'))
    name = source.casefold()
    if kind == "name" and name in ("true", "false"):
        return ("func", name.upper(), 0)
    if kind == "name":
        folded = (owner or "").casefold()
        return ("name", "" if folded == own else folded, name)
    return ("error", source.upper())


def _array(tokens: Iterator[Token]) -> tuple[tuple[object, ...], ...] | None:
    """Rows of an inline array, read up to its closing brace; None if it is not one."""
    rows: list[tuple[object, ...]] = []
    row: list[object] = []
    sign = ""
    for kind, source, _, _ in tokens:
        if kind == "number":
            row.append(float(sign + source))
        elif kind in ("string", "error", "name") and not sign:
            row.append(_operand(kind, source, None, None, ""))
        elif kind == "op" and source in ("+", "-") and not sign:
            sign = source
            continue
        elif kind in ("rowsep", "unbrace"):
            rows.append(tuple(row))
            row = []
            if kind == "unbrace":
                return tuple(rows)
        elif kind not in ("sep", "space"):
            return None
        sign = ""
    return None


# Functions newer than the first xlsx carry a prefix in its files; OpenFormula has these bare …
_FUTURE: Final = frozenset(
    re.findall(
        r"\w+",
        "ACOT ACOTH ARABIC BASE BITAND BITLSHIFT BITOR BITRSHIFT BITXOR COMBINA COT COTH CSC CSCH "
        "DAYS DECIMAL GAMMA GAUSS IFNA ISOWEEKNUM MUNIT NUMBERVALUE PDURATION PERMUTATIONA PHI "
        "RRI SEC SECH SHEET SHEETS UNICHAR UNICODE XOR",
    )
)
# … and these two with a prefix, because its own functions of that name differ below zero.
_DIFFERING: Final = frozenset({"CEILING", "FLOOR"})
_PLAIN_SHEET: Final = {
    "xlsx": re.compile(r"(?!(?i:[a-z]{1,3}[0-9]+|r[0-9]*c?[0-9]*|c[0-9]*|true|false)$)[A-Za-z_]\w*",
                       re.ASCII),
    "openformula": re.compile(r"[A-Za-z_]\w*", re.ASCII),
}


def _function(name: str, dialect: Dialect) -> str:
    """The function's name, with parenthesis, as `dialect` (the target) writes it."""
    bare = _PREFIX.sub("", name.upper(), count=1)
    if dialect == "xlsx":
        new = bare in _FUTURE or (name.upper().startswith("COM.") and bare not in _DIFFERING)
        return f"_xlfn.{bare}(" if new else f"{bare}("
    foreign = bare in _DIFFERING or (name.upper().startswith("_XLFN") and bare not in _FUTURE)
    return f"COM.MICROSOFT.{bare}(" if foreign else f"{bare}("


def quote_sheet(name: str, dialect: Dialect) -> str:
    """The sheet's name as a formula writes it, in quotes where they are needed."""
    plain = _PLAIN_SHEET[dialect].fullmatch(name)
    return name if plain else "'" + name.replace("'", "''") + "'"


def _axis(number: int, fixed: bool, is_row: bool, slots: bool) -> str:
    """One column or row of a corner; with `slots`, a relative one as NUL, letter, number, NUL."""
    if slots and not fixed:
        return f"\0{'r' if is_row else 'c'}{number}\0"
    return "$" * fixed + (str(number + 1) if is_row else column_name(number))


def print_reference(reference: Reference, dialect: Dialect, own: str = "", slots: bool = False
                    ) -> str:
    """The reference in `dialect`; `own` is the formula's sheet, needed across sheets only."""
    (sheet, row, column, row_fixed, column_fixed,
     sheet2, row2, column2, row2_fixed, column2_fixed, area) = reference
    left, right = (_axis(*end, False, slots) for end in ((column, column_fixed),
                                                         (column2, column2_fixed)))
    top, bottom = (_axis(*end, True, slots) for end in ((row, row_fixed), (row2, row2_fixed)))
    if dialect == "openformula":
        place = f"${quote_sheet(sheet, dialect)}" if sheet is not None else ""
        place2 = f"${quote_sheet(sheet2 or own, dialect)}" if sheet2 != sheet else ""
        last = f":{place2}.{right}{bottom}" if area or sheet2 != sheet else ""
        return f"[{place}.{left}{top}{last}]"
    text = f"{left}{top}:{right}{bottom}" if area else f"{left}{top}"
    if area and row == 0 and row2 == MAX_ROWS - 1 and row_fixed and row2_fixed:
        text = f"{left}:{right}"
    elif area and column == 0 and column2 == MAX_COLUMNS - 1 and column_fixed and column2_fixed:
        text = f"{top}:{bottom}"
    if sheet == sheet2:
        return text if sheet is None else f"{quote_sheet(sheet, dialect)}!{text}"
    # Excel quotes both names as one: 'One:T wo'!A1.
    names = (sheet or own, sheet2 or own)
    if all(_PLAIN_SHEET[dialect].fullmatch(name) for name in names):
        return f"{names[0]}:{names[1]}!{text}"
    return "'" + ":".join(names).replace("'", "''") + f"'!{text}"


def translate(text: str, source: Dialect, target: Dialect, sheet: str) -> str:
    """The formula of `sheet`, respelt from one dialect in the other.

    Raises FileError for a text that has no certain reading or no spelling in the target.
    """
    if source == target:
        return text
    items = canonical(text, source, sheet)
    if items[0][0] == "text":
        raise _untranslatable(text, source, target, sheet, "its parts could not be told apart")
    out: list[str] = []
    frames: list[str] = []  # the kinds that opened what is open: func, open or brace
    space, operand = "", False
    for kind, part, reference, owner in tokenise(text, source):
        if kind == "space":
            space = part
            continue
        begins = kind in _OPERANDS or kind in ("func", "open", "brace")
        if space and not (operand and begins and source == "xlsx"):
            out.append(space)
        elif space:
            out.append("!")
        space = ""
        operand = kind in _OPERANDS or kind in ("close", "unbrace") or part == "%"
        if kind in ("func", "open", "brace"):
            frames.append(kind)
        elif kind in ("close", "unbrace"):
            frames.pop()
        frame = frames[-1] if frames else "open"
        if reference is not None:
            part = print_reference(reference, target, sheet)
        elif kind == "func":
            part = _function(part[:-1], target)
        elif owner is not None and owner.casefold() != sheet.casefold():
            raise _untranslatable(text, source, target, sheet, f"{part} is another sheet's name")
        elif kind == "sep":
            part = ("," if target == "xlsx" else "~" if frame == "open" else ";")
        elif kind == "rowsep":
            part = ";" if target == "xlsx" else "|"
        elif part == "~" and target == "xlsx":
            if frame != "open":
                raise _untranslatable(text, source, target, sheet, "~ stands without parentheses")
            part = ","
        elif part == "!" and target == "xlsx":
            part = " "
        out.append(part)
    return "".join(out)


def _untranslatable(text: str, source: str, target: str, sheet: str, why: str) -> FileError:
    return FileError(
        f"{sheet}: the formula {text[:200]!r} cannot be written in the {target} dialect: {why}; "
        f"expected {source} text of plain references, names, functions and operators. "
        "Retype the formula in its cell."
    )


@lru_cache(maxsize=1024)
def _parts(text: str, dialect: Dialect) -> tuple[str | Reference, ...]:
    return tuple(token.reference or token.text if token.sheet is None
                 else f"{quote_sheet(token.sheet, dialect)}!{token.text}"
                 for token in tokenise(text, dialect))


@lru_cache(maxsize=1024)
def _template(text: str, dialect: Dialect) -> tuple[str, tuple[tuple[bool, int], ...]]:
    """A %-template of the formula and, for each gap, whether a row goes there, and which."""
    pieces = "".join(
        part.replace("\0", "") if isinstance(part, str)
        else print_reference(part, dialect, slots=True)
        for part in _parts(text, dialect)
    ).replace("%", "%%").split("\0")
    return "%s".join(pieces[::2]), tuple((slot[0] == "r", int(slot[1:])) for slot in pieces[1::2])


def shift(text: str, dialect: Dialect, rows: int, columns: int) -> str:
    """The formula as it reads when filled `rows` down and `columns` to the right: relative
    references move, absolute ones stay, and one that leaves the sheet becomes #REF!."""
    template, slots = _template(text, dialect)
    try:
        return template % tuple([
            _row_name(number + rows) if is_row else column_name(number + columns)
            for is_row, number in slots
        ])
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
    return print_reference(reference._replace(
        row=row, last_row=last_row, column=column, last_column=last_column), dialect)
