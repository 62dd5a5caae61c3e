"""A workbook becomes a page: one .html file that opens without a network and computes itself.

Knows: how the table of the workbook, the scripts and the style sheet are packed into one file, and
what the file allows itself: a content security policy by which nothing is loaded, nothing is sent,
and no other script runs. Texts of a lesson are data: they reach the page packed, inside the JSON,
and through `textContent`. Does not know the page's JavaScript, nor how packing is done.
"""

from __future__ import annotations

import base64
import colorsys
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from html import escape

from sheetnet import palette
from sheetnet.errors import LessonError
from sheetnet.page import packing, scripts
from sheetnet.sheets.model import FloatArray, Workbook
from sheetnet.version import VERSION
from sheetnet.writing import page_data
from sheetnet.writing.styles import FONT_SIZE, LOOKS, STYLES, Look, Style
from sheetnet.writing.zip import Parts

MOST_BYTES = 5_000_000
"""A page larger than this is slow to open where it is needed most: on a telephone."""
_MARK = re.compile(r"\{\{(\w+)\}\}")


def parts(workbook: Workbook, values: Mapping[str, FloatArray]) -> Parts:
    """The one part of the file. `values` holds the numbers of each block, shape (rows, columns).

    Raises LessonError where the page would become too large to be used.
    """
    table = page_data.table(workbook, values, VERSION)
    text = _document(workbook, json_text(table)).encode()
    if len(text) > MOST_BYTES:
        raise LessonError(
            f"the page would take {len(text) / 1e6:.1f} MB; expected at most "
            f"{MOST_BYTES / 1e6:.0f} MB. Use a smaller network or fewer examples, or write a "
            "workbook: .xlsx or .ods."
        )
    yield "", iter([text])


def json_text(table: object) -> str:
    """The table as compact JSON."""
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"))


def _document(workbook: Workbook, table: str) -> str:
    engine, app = scripts.scripts()
    opener = scripts.opener()
    style = _palette() + scripts.sheet_of_styles() + "".join(_looks(workbook))
    size, letters = packing.packed([engine, app, style, table])
    filled = {
        "title": escape(workbook.title),
        "policy": _policy([opener, engine, app], style),
        "bytes": str(size),
        "packed": letters,
        "opener": opener,
    }
    return _MARK.sub(lambda mark: filled[mark[1]], scripts.skeleton())


def _policy(scripts: list[str], style: str) -> str:
    """What the page may do: run these scripts, wear this style, and nothing else."""
    allowed = " ".join(_hash(text) for text in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _palette() -> str:
    """The workbook's colours under the names that the style sheet uses."""
    colors = {
        "ground": palette.PAPER,
        "text": palette.INK,
        "quiet": palette.SECONDARY,
        "strong": palette.TITLE,
        "plus": palette.PLUS,
        "minus": palette.MINUS,
        "heat-plus": palette.BANDS[-1],
        "heat-minus": palette.BANDS[0],
        "heat-zero": palette.PAPER,
        "loss": palette.LOSS,
        "yours": palette.YOURS.tint,
        "yours-frame": palette.YOURS.head,
        "input": palette.QUANTITIES["input"].tint,
        "activation": palette.QUANTITIES["activation"].tint,
        "delta": palette.QUANTITIES["delta"].head,
    }
    return ":root{" + ";".join(f"--{name}:#{color}" for name, color in colors.items()) + "}\n"


def _looks(workbook: Workbook) -> Iterator[str]:
    """A rule for each style key in use, and its twin on a dark screen."""
    used = {text.style for sheet in workbook.sheets for text in sheet.texts}
    used |= {key for block in workbook.blocks() for key in (block.style, block.typed_style)}
    styles = {key: STYLES[key] for key in STYLES if key in used}
    looks = {rule.look: LOOKS[rule.look] for sheet in workbook.sheets for rule in sheet.rules}
    for key, style in styles.items():
        yield f".s-{key}{{{''.join(_declarations(style))}}}\n"
    for key, look in looks.items():
        yield f".cell.l-{key}{{{_changes(look, lambda color: color, lambda color: color)}}}\n"
    yield "@media screen and (prefers-color-scheme:dark){\n"
    for key, style in styles.items():
        colors = {"--fill": style.fill, "--frame": style.border}
        dark = [f"{name}:#{_dark(color)};" for name, color in colors.items() if color]
        ink = _light(style.color)
        yield f".s-{key}{{{''.join(dark)}--ink:#{ink}}}\n"
    for key, look in looks.items():
        yield f".cell.l-{key}{{{_changes(look, _dark, _light)}}}\n"
    yield "}\n"


def _changes(look: Look, fill: Callable[[str], str], ink: Callable[[str], str]) -> str:
    found = f"--fill:#{fill(look.fill)};" if look.fill else ""
    if look.color:
        found += f"--ink:#{(fill if look.color == look.fill else ink)(look.color)};"
    found += f"box-shadow:inset 0 0 0 1.5px #{ink(look.border)};" if look.border else ""
    return found + ("font-weight:700" if look.bold else "")


def _declarations(style: Style) -> Iterator[str]:
    yield f"--ink:#{style.color};"
    if style.fill:
        yield f"--fill:#{style.fill};"
    if style.border:
        yield f"--frame:#{style.border};"
    if style.bold:
        yield "font-weight:700;"
    if style.italic:
        yield "font-style:italic;"
    if style.size != FONT_SIZE:
        yield f"font-size:{style.size / FONT_SIZE:.3g}em;"
    if style.font != STYLES["plain"].font:
        yield "font-family:var(--mono);"
    yield f"text-align:{style.align or 'right'}"


def _dark(color: str) -> str:
    """A fill for a dark screen: the same hue, its lightness turned round."""
    hue, light, saturation = _split(color)
    return _joined(hue, 0.14 + 0.22 * (1 - light), min(saturation, 0.55))


def _light(color: str) -> str:
    """Writing for a dark screen."""
    hue, light, saturation = _split(color)
    return _joined(hue, 0.93 - 0.25 * light if light < 0.75 else light, min(saturation, 0.75))


def _split(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[k : k + 2], 16) / 255 for k in (0, 2, 4))
    return colorsys.rgb_to_hls(red, green, blue)


def _joined(hue: float, light: float, saturation: float) -> str:
    parts_of = colorsys.hls_to_rgb(hue, light, saturation)
    return "".join(f"{round(255 * part):02X}" for part in parts_of)
