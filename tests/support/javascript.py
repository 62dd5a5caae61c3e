"""The page's JavaScript in the tests without a browser: one module, run by QuickJS."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import quickjs

from sheetnet.page import scripts


class Module:
    """A module of `sheetnet/page/` with all that it imports; `setup` may stand in for a browser."""

    def __init__(self, name: str, setup: str = "") -> None:
        self._context = quickjs.Context()
        self._context.set_max_stack_size(8_000_000)
        self._context.eval(scripts.bundle(name) + setup)
        self._variable = f"${Path(name).stem}"

    def call(self, function: str, *arguments: Any) -> Any:
        """What an exported function makes of arguments, which go and come as JSON."""
        self._context.set("given", json.dumps(arguments))
        return self.run(f"{self._variable}.{function}(...JSON.parse(given))")

    def run(self, script: str) -> Any:
        """The value of an expression, by way of JSON; undefined is None."""
        answer = self._context.eval(f"JSON.stringify({script})")
        return None if answer is None else json.loads(answer)


def table_of(path: Path) -> dict[str, Any]:
    """The table in a page."""
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="sheetnet-table">(.*?)</script>', text)
    assert found is not None
    table: dict[str, Any] = json.loads(found[1])
    return table


def with_table(path: Path, table: object) -> None:
    """Put another table into a page."""
    text = path.read_text(encoding="utf-8")
    start = text.index('id="sheetnet-table">') + len('id="sheetnet-table">')
    stop = text.index("</script>", start)
    written = table if isinstance(table, str) else json.dumps(table).replace("<", "\\u003c")
    path.write_text(text[:start] + written + text[stop:], encoding="utf-8")
