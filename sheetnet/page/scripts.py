"""The page's modules put together: what stands in `sheetnet/page/` becomes three scripts.

Knows: the few forms of `import` and `export` that these modules use, and that a module becomes a
function of its own, so that no two of them can disturb each other. Does not know what they do.

There is no build tool: comments and spaces are left out, and nothing else is changed. One
script is the engine, which needs no browser; `sheetnet check` runs exactly that text. Another opens
the page: it unpacks the rest (see `page.packing`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
ENGINE, APP, OPEN = "engine/recalculated.js", "app/main.js", "unpack/open.js"

_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n|^[ \t]*//[^\n]*\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)
_REMARK = re.compile(r"[ \t]+// [^\"'`\n]*$", re.MULTILINE)
_UNSAFE = re.compile("[/`']")
"""A line with one of these may hold a text or a pattern whose spaces count: it stays as it is."""
_GOES_ON = (";", ",", "{")
_LOOSE = re.compile(r'("(?:[^"\\]|\\.)*")| *([*%&|^<>?:,;{}()\[\]!=~]) *')
_LOOSE_STYLE = re.compile(r'("[^"]*")| *([{};,]) *|(?<=:) +')


@lru_cache(maxsize=1)
def scripts() -> tuple[str, str]:
    """The engine's text and the page's own."""
    done: set[str] = set()
    return bundle(ENGINE, done), bundle(APP, done)


@lru_cache(maxsize=1)
def opener() -> str:
    """The text of the script that unpacks the others."""
    return bundle(OPEN)


def bundle(name: str, done: set[str] | None = None) -> str:
    """A module and all that it imports as one script, without those that are `done` already.

    What the module exports is in a variable of its name: `$book` for `engine/book.js`.
    """
    return "".join(['"use strict";\n', *_modules(name, set() if done is None else done)])


@lru_cache(maxsize=1)
def sheet_of_styles() -> str:
    """The page's own style sheet."""
    bare = _bare((FOLDER / "page.css").read_text(encoding="utf-8"))
    return _LOOSE_STYLE.sub(lambda found: found[1] or found[2] or "", bare)


@lru_cache(maxsize=1)
def skeleton() -> str:
    """The page's HTML, with {{marks}} where the rest goes."""
    return (FOLDER / "page.html").read_text(encoding="utf-8")


def _modules(name: str, done: set[str]) -> list[str]:
    """The module of that name, after all those that it imports and nobody has yet."""
    done.add(name)
    text = (FOLDER / name).read_text(encoding="utf-8")
    before: list[str] = []
    imports: list[str] = []
    for names, source in _IMPORT.findall(text):
        needed = (FOLDER / name).parent.joinpath(source).resolve().relative_to(FOLDER).as_posix()
        if needed not in done:
            before += _modules(needed, done)
        imports.append(f"const {{{names.replace(' as ', ': ')}}} = {_variable(needed)};\n")
    exports = ", ".join(_EXPORT.findall(text))
    body = "".join(imports) + _EXPORT.sub("", _IMPORT.sub("", text))
    wrapped = f"const {_variable(name)} = (() => {{\n{body}return {{{exports}}};\n}})();\n"
    return [*before, _tight(_bare(wrapped))]


def _variable(name: str) -> str:
    return "$" + Path(name).stem


def _tight(text: str) -> str:
    """Without the spaces around signs, but for "+" and "-", which would become "++" and "--"."""

    def line(found: str) -> str:
        if not _UNSAFE.search(found):
            found = _LOOSE.sub(lambda sign: sign[1] or sign[2], found)
        return found if found.endswith(_GOES_ON) and "//" not in found else found + "\n"

    return "".join(map(line, _REMARK.sub("", text).splitlines()))


def _bare(text: str) -> str:
    return _INDENT.sub("", _COMMENT.sub("", text))
