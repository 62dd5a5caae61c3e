"""The pages that the tests open in a browser, and what they ask them."""

from __future__ import annotations

import json

from sheetnet import gallery
from sheetnet.lessons import Lesson, load
from support.chromium import Chromium
from support.lessons import lesson, xor

WIDE = lesson((784, 30, 10), ["relu", "softmax"], "categorical_cross_entropy", formulas="safe")
FIT = lesson((1, 6, 1), ["tanh", "identity"], examples=8, steps=30)
EVIL = "</script><img src=x onerror=alert(1)>{{table}} <!--"


def made() -> dict[str, Lesson]:
    """The pages that the tests open."""
    return {
        "net": load(gallery.path_of("simple-neural-net")),
        "xor": xor(training={"learning_rate": 2.0, "steps": 600}),
        "matrices": load(gallery.path_of("matrices-3-3-3-3")),
        "wide": WIDE,
        "fit": FIT,
        "evil": xor(title=EVIL),
    }


def value(page: Chromium, block: str, index: int) -> float:
    """What the page's engine has in a cell of a block."""
    script = f"document.sheetnet.state.book.byName.get({json.dumps(block)}).cells.peek({index})"
    return float(page.run(script))


def show(page: Chromium, block: str, index: int = 0) -> None:
    """Select a cell of a block, as a click on it does."""
    page.run(
        f"(() => {{ const s = document.sheetnet.state; const b = s.book.byName.get('{block}');"
        f"const r = Math.floor({index} / b.columns), c = {index} % b.columns;"
        "s.select(b.sheet, b.row + r, b.column + c);"
        "document.querySelector('[role=grid]').focus(); })()"
    )
    page.frame()


def drawn(page: Chromium, selector: str, what: str = "textContent") -> list[str]:
    """A property of every element of that kind, in order."""
    script = f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.{what})"
    return list(page.run(script))
