"""The page's modules put together: what stands in `sheetnet/page/` becomes two scripts.

Knows: the few forms of `import` and `export` that these modules use, and that a module becomes a
function of its own, so that no two of them can disturb each other. Does not know what they do.

There is no build tool: comments and indentation are left out, and nothing else is changed. The
first script is the engine, which needs no browser; `sheetnet check` runs exactly that text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
ENGINE, APP = "engine/recalculated.js", "app/main.js"

_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n|^[ \t]*//[^\n]*\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


@lru_cache(maxsize=1)
def scripts() -> tuple[str, str]:
    """The engine's text and the page's own."""
    done: set[str] = set()
    return bundle(ENGINE, done), bundle(APP, done)


def bundle(name: str, done: set[str] | None = None) -> str:
    """A module and all that it imports as one script, without those that are `done` already.

    What the module exports is in a variable of its name: `$book` for `engine/book.js`.
    """
    return "".join(['"use strict";\n', *_modules(name, set() if done is None else done)])


@lru_cache(maxsize=1)
def sheet_of_styles() -> str:
    """The page's own style sheet."""
    return _bare((FOLDER / "page.css").read_text(encoding="utf-8"))


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
    body = _bare(_EXPORT.sub("", _IMPORT.sub("", text)))
    head = _bare("".join(imports))
    wrapped = f"const {_variable(name)} = (() => {{\n{head}{body}return {{{exports}}};\n}})();\n"
    return [*before, wrapped]


def _variable(name: str) -> str:
    return "$" + Path(name).stem


def _bare(text: str) -> str:
    return _INDENT.sub("", _COMMENT.sub("", text))
