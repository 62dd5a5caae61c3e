"""The engine of a page, outside a browser: the page's own script, run by QuickJS in this process.

Knows: that script and what it answers. Only the script that this version of sheetnet writes is
run; a page with another one is refused, since a foreign script is nobody's engine. Does not know
what the page is for.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from pathlib import Path
from typing import Any

from sheetnet.engines.values import CellError, CellValue, ContextManager, Values
from sheetnet.errors import EngineError, FileError
from sheetnet.page import scripts
from sheetnet.reading.page import Page, open_page, parted
from sheetnet.version import VERSION

_MOST_MEMORY = 2_000_000_000  # bytes
_MOST_SECONDS = 120
_STACK = 8_000_000


class PageEngine(ContextManager):
    """QuickJS (PyPI's quickjs-ng), imported when it is first needed.

    Raises EngineError when the package is not installed.
    """

    name = "page"
    suffixes = frozenset({".html"})

    def __init__(self) -> None:
        if why := self.why_missing():
            raise EngineError(why)

    @staticmethod
    def why_missing() -> str | None:
        """A sentence saying what to install, or None when the engine can be used."""
        if importlib.util.find_spec("quickjs") is None:
            return "The engine page is not installed. Install it with: pip install quickjs-ng"
        return None

    @property
    def version(self) -> str:
        """The version of sheetnet, whose engine it is."""
        return VERSION

    def recalculate(self, path: Path) -> Values:
        """Every cell's value, computed anew; see `Engine.recalculate`."""
        file, _ = parted(Path(path))
        if file.suffix.lower() not in self.suffixes:
            raise EngineError(
                f"{path}: page reads .html files, not {file.suffix or 'others'}. Choose "
                "another engine, or write a page: sheetnet write LESSON -o FILE.html"
            )
        if not file.is_file():
            raise FileError(f"{path}: there is no such file. Check the name and the folder.")
        page = open_page(Path(path))
        engine = scripts.scripts()[0]
        if page.engine != engine:
            raise EngineError(
                f"{path}: computes itself by another script than the one that sheetnet "
                f"{self.version} writes (the page says: sheetnet {page.version[:20]}). Install "
                "that version, or write the page anew: sheetnet step FILE.html -o NEW.html -n 0"
            )
        return _values(page, self.ask(engine, "recalculated", page.table_text, path))

    def ask(self, engine: str, function: str, table: str, path: Path | str = "the page") -> Any:
        """What a function of the engine's last module makes of a page's table."""
        context = importlib.import_module("quickjs").Context()
        context.set_memory_limit(_MOST_MEMORY)
        context.set_time_limit(_MOST_SECONDS)
        context.set_max_stack_size(_STACK)
        try:
            context.eval(engine)
            context.set("table", table)
            answer = context.eval(f"$recalculated.{function}(JSON.parse(table))")
        except Exception as problem:
            first = str(problem).partition("\n")[0]
            raise EngineError(
                f"{path}: the page's engine cannot compute it ({first}). Write the page anew."
            ) from problem
        return json.loads(answer)


def _values(page: Page, answer: list[list[Any]]) -> Values:
    """Sheet name -> cells: the texts of the file, and what the engine made of the blocks."""
    values: Values = {name: {} for name in page.sheets}
    for sheet, cells in page.all_cells.items():
        values[sheet] |= {at: str(cell.value) for at, cell in cells.items() if cell.kind == "text"}
    for block, found in zip(page.blocks, answer, strict=True):
        area = block.area
        for k, value in enumerate(found):
            row, column = divmod(k, area.columns)
            values[area.sheet][area.row + row, area.column + column] = _value(value)
    return values


def _value(found: Any) -> CellValue:
    if isinstance(found, dict):
        return CellError(found["error"])
    return float(found) if isinstance(found, int) and not isinstance(found, bool) else found
