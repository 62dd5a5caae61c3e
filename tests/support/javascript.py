"""The page's JavaScript in the tests without a browser: one module, run by QuickJS."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import quickjs

from sheetnet.page import packing, scripts


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


_PACKED = re.compile(r'(data-bytes=")\d+(">)(.*?)(?=</script>)', re.DOTALL)


def inside(path: Path) -> list[str]:
    """What is packed into a page: its engine, its script, its style sheet, its table."""
    found = _PACKED.search(path.read_text(encoding="utf-8"))
    assert found is not None
    return packing.unpacked(found[3], 100_000_000)


def with_inside(path: Path, texts: Sequence[str]) -> None:
    """Pack other texts into a page."""
    size, letters = packing.packed(texts)
    text = path.read_text(encoding="utf-8")
    changed = _PACKED.sub(lambda found: f"{found[1]}{size}{found[2]}{letters}", text, count=1)
    path.write_text(changed, encoding="utf-8")


def table_of(path: Path) -> dict[str, Any]:
    """The table in a page."""
    table: dict[str, Any] = json.loads(inside(path)[-1])
    return table


def with_table(path: Path, table: object) -> None:
    """Put another table into a page."""
    written = table if isinstance(table, str) else json.dumps(table)
    with_inside(path, [*inside(path)[:-1], written])
