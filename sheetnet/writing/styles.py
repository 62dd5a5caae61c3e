"""The look of every style key, one table row each; both file formats draw from it.

Knows: fills, fonts, number formats, and what a rule changes of them. Does not know what any cell
means beyond its style key, nor a colour: those are `palette`'s.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from sheetnet.palette import (
    BANDS,
    BANDS_UNDER,
    FRAME,
    INK,
    LOSS,
    PAPER,
    QUANTITIES,
    SECONDARY,
    TITLE,
    VEILED,
    YOURS,
)

FONT = "Arial"  # its letters are as wide as Liberation Sans': columns fit wherever they are opened
FONT_SIZE = 10
COLUMN_WIDTH = 9.5
"""Characters of a column for which a sheet asks no other width."""
ROW_HEIGHT = 15.0
"""Points of a row for which a sheet asks no other height and whose letters ask for no more."""

NumberFormat = Literal[
    "general", "fixed", "three", "two", "long", "small", "tiny", "whole", "none", "dot", "cross"
]
"""general: as typed; fixed: four decimals; three, two: so many; long: eight; small: four, or a
power of ten where those would show next to nothing; tiny: a power of ten; whole: an integer; none:
nothing at all; dot, cross: a sign in place of the number. ('small' is a condition on the cell: of a
number format's own conditional sections LibreOffice drops the minus sign.)"""
TINY = 0.001
"""A 'small' number nearer to 0 than this is shown as a 'tiny' one, unless it is 0."""


class Style(NamedTuple):
    """One look. Colours are 'RRGGBB'; an empty fill is none."""

    fill: str = ""
    color: str = INK
    bold: bool = False
    italic: bool = False
    size: int = FONT_SIZE
    number: NumberFormat = "general"
    align: Literal["", "left", "center", "right"] = ""
    border: str = ""  # colour of a line all around
    thick: bool = False  # that line
    font: str = FONT
    wrap: bool = False  # text longer than its column goes on in a new line of the cell

    @property
    def shrinks(self) -> bool:
        """Whether a number too long for its column is shown smaller; a general one is rounded."""
        return self.align in ("", "center") and self.number not in ("general", "none")

    @property
    def is_yours(self) -> bool:
        """Whether a person may edit the cell; only such cells are yellow."""
        return self.fill == YOURS.tint


def _head(quantity: str, align: Literal["center", "right"] = "right") -> Style:
    colours = QUANTITIES[quantity]
    return Style(fill=colours.head, color=colours.letters, bold=True, align=align)


def _tint(quantity: str, number: NumberFormat) -> Style:
    return Style(fill=QUANTITIES[quantity].tint, number=number)


_YOURS = Style(fill=YOURS.tint, border=YOURS.head)
_HEADS = {
    "input": "input",
    "weight": "weight",
    "sum": "sum",
    "activation": "activation",
    "delta": "delta",
    "slope": "sum",
    "gradient": "delta",
    "target": "target",
}

STYLES: dict[str, Style] = {
    "plain": Style(align="left"),
    "wrapped": Style(align="left", wrap=True),
    "title": Style(bold=True, size=18, color=TITLE, align="left"),
    "hint": Style(italic=True, color=SECONDARY, align="left"),
    "heading": Style(bold=True, color=TITLE, size=12, align="left"),
    "group": Style(color=SECONDARY, italic=True, align="left"),
    "example": Style(color=SECONDARY, italic=True, align="right"),
    "label": Style(align="left"),
    "row_label": Style(color=SECONDARY, align="left"),
    "operator": Style(bold=True, align="center"),
    "arrow": Style(bold=True, size=11, color=TITLE, align="center"),
    "code": Style(font="Liberation Mono", size=8, color=SECONDARY, align="left"),
    "editable": _YOURS,
    "editable_weight": _YOURS._replace(number="small"),
    "chooser": _YOURS._replace(number="whole"),
    "plain_number": Style(),
    "step": Style(number="whole", color=SECONDARY),
    "when": Style(number="whole", color=SECONDARY, align="right"),
    "limit": Style(number="tiny", color=SECONDARY, align="right"),
    "arrived": Style(number="small", bold=True, color=LOSS, align="right"),
    "per_step": Style(number="small"),
    "input": _tint("input", "fixed"),
    "input_plain": _tint("input", "general"),
    "weight": _tint("weight", "fixed"),
    "sum": _tint("sum", "fixed"),
    "activation": _tint("activation", "fixed"),
    "activation_plain": _tint("activation", "general"),
    "delta": _tint("delta", "small"),
    "slope": _tint("sum", "fixed"),
    "gradient": _tint("delta", "small"),
    "target": _tint("target", "fixed"),
    "target_plain": _tint("target", "general"),
    "loss": Style(number="small", bold=True, color=LOSS),
    "errata_printed": _tint("delta", "small"),
    "errata_right": _tint("target", "small"),
    "note": Style(number="small"),
    "distance": _tint("delta", "tiny"),
    "verdict_count": Style(number="whole", bold=True, align="center"),
    "verdict_distance": Style(number="tiny", bold=True, align="center"),
    "head_text": Style(fill=VEILED, bold=True, align="left"),
    "head_step": Style(bold=True, color=SECONDARY, align="right"),
    "head_per_step": Style(bold=True, color=SECONDARY, align="right"),
    "head_loss": Style(bold=True, color=LOSS, align="right"),
}
_NODE = Style(number="three", bold=True, align="center", border=FRAME, thick=True)
STYLES |= {  # of the drawn network
    "above": Style(color=SECONDARY, size=9, align="left"),
    "big_chooser": _YOURS._replace(
        number="whole", bold=True, size=12, align="center", border=YOURS.head, thick=True
    ),
    "big_loss": Style(number="small", bold=True, size=14, color=LOSS, align="left"),
    "stage": Style(bold=True, size=12, color=TITLE, align="left"),
    "node": _NODE,
    "node_input": _NODE._replace(number="general"),
    "node_target": _NODE._replace(number="general", border=QUANTITIES["target"].head),
    "node_z": Style(number="three", size=8, color=SECONDARY, align="center"),
    "node_delta": Style(number="small", size=8, align="center"),
    "node_title": Style(bold=True, size=11, color=TITLE, align="center"),
    "node_kind": Style(color=SECONDARY, size=9, align="center"),
    "says": Style(align="left"),
    "tile": Style(number="two", align="center"),
    "tile_head": Style(color=SECONDARY, align="center"),
    "tile_side": Style(color=SECONDARY, align="right"),
    "map": Style(number="none", align="center", size=9),
    "map_title": Style(bold=True, color=TITLE, align="left"),
}
STYLES |= {f"head_{key}": _head(quantity) for key, quantity in _HEADS.items()}
STYLES |= {f"over_{key}": _head(quantity, "center") for key, quantity in _HEADS.items()}
STYLES |= {"over_loss": Style(bold=True, color=LOSS, align="center")}
_LONG = ("sum", "activation", "delta", "slope", "gradient", "weight")
STYLES |= {f"long_{key}": STYLES[key]._replace(number="long") for key in (*_LONG, "loss")}


class Look(NamedTuple):
    """What a rule changes of a cell's style; None: nothing."""

    fill: str | None = None
    color: str | None = None
    number: NumberFormat | None = None
    border: str | None = None
    bold: bool | None = None

    def of(self, style: Style) -> Style:
        """The style with these changes."""
        changes = {key: value for key, value in self._asdict().items() if value is not None}
        return style._replace(**changes)


LOOKS: dict[str, Look] = {
    "tiny": Look(number="tiny"),
    "zero": Look(number="fixed"),
    "veiled": Look(fill=VEILED, color=VEILED, number="none"),
    "unsaid": Look(color=PAPER),
    "dot": Look(fill="FFFFFF", number="dot", bold=True, color=INK, border=INK),
    "cross": Look(fill="FFFFFF", number="cross", bold=True, color=INK, border=INK),
    "chosen": Look(border=FRAME),
    "wrong": Look(
        fill=QUANTITIES["delta"].head, color=QUANTITIES["delta"].letters, bold=True
    ),
    "right": Look(fill=QUANTITIES["target"].head, color=QUANTITIES["target"].letters),
}
LOOKS |= {f"band_{number}": Look(fill=fill) for number, fill in enumerate(BANDS)}
LOOKS |= {f"under_{number}": Look(fill=fill) for number, fill in enumerate(BANDS_UNDER)}


def looks_of(number: NumberFormat) -> tuple[tuple[str, tuple[float, float]], ...]:
    """The rules that a number format brings along: look and between which numbers, in order."""
    return (("zero", (0.0, 0.0)), ("tiny", (-TINY, TINY))) if number == "small" else ()


def in_footer(title: str) -> str:
    """A title as a footer takes it: one line, not too long, nothing that XML refuses."""
    return " ".join("".join(c if c.isprintable() else " " for c in title).split())[:100]


def height_of(style: str) -> float:
    """Points that a row with letters of this style needs."""
    size = STYLES[style].size
    return ROW_HEIGHT if size <= 11 else float(round(size * 1.35))
