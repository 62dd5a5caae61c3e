"""The look of every style key, one table row each; both file formats draw from it.

Knows: fills, fonts, number formats. Does not know what any cell means beyond its style key.
Colours: yellow is what a person may edit, and nothing else is yellow; inputs blue, weights
lavender, activations peach, targets green, as calm as will still tell them apart.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

FONT = "Calibri"
FONT_SIZE = 11
COLUMN_WIDTH = 9.0
"""Characters of a column for which a sheet asks no other width."""

NumberFormat = Literal["general", "fixed", "long", "small", "tiny", "whole"]
"""general: as typed; fixed: four decimals; long: eight; small: four, or a power of ten where those
would show next to nothing; tiny: a power of ten; whole: an integer. ('small' is a condition on the
cell: of a number format's own conditional sections LibreOffice drops the minus sign.)"""
TINY = 0.001
"""A 'small' number nearer to 0 than this is shown as a 'tiny' one."""


class Style(NamedTuple):
    """One look. Colours are 'RRGGBB'; an empty fill is none."""

    fill: str = ""
    color: str = "1F1F1F"
    bold: bool = False
    italic: bool = False
    size: int = FONT_SIZE
    number: NumberFormat = "general"
    align: Literal["", "left", "center", "right"] = ""
    border: str = ""  # colour of a thin line all around
    font: str = FONT
    wrap: bool = False  # text longer than its column goes on in a new line of the cell

    @property
    def shrinks(self) -> bool:
        """Whether a number too long for its column is shown smaller; a general one is rounded."""
        return not self.align and self.number != "general"


_YELLOW, _BLUE, _LAVENDER, _PEACH = "FFF2A8", "E3EEF9", "EBE4F2", "FBE3D6"
_GREEN, _GREY, _ROSE = "E2F0D9", "F2F2F2", "FBE9EC"


def _head(fill: str) -> Style:
    return Style(fill=fill, bold=True, align="right")


STYLES: dict[str, Style] = {
    "plain": Style(align="left"),
    "wrapped": Style(align="left", wrap=True),
    "title": Style(bold=True, size=16, color="1F3864", align="left"),
    "hint": Style(italic=True, color="595959", align="left"),
    "heading": Style(bold=True, color="1F3864", size=12, align="left"),
    "group": Style(color="595959", italic=True, align="left"),
    "example": Style(color="595959", italic=True, align="right"),
    "label": Style(color="404040", align="left"),
    "row_label": Style(color="595959", align="left"),
    "operator": Style(bold=True, align="center", color="404040"),
    "code": Style(font="Liberation Mono", size=8, color="7F7F7F", align="left"),
    "editable": Style(fill=_YELLOW, border="BF9000"),
    "chooser": Style(fill=_YELLOW, border="BF9000", number="whole"),
    "plain_number": Style(),
    "step": Style(number="whole", color="7F7F7F"),
    "input": Style(fill=_BLUE, number="fixed"),
    "weight": Style(fill=_LAVENDER, number="fixed"),
    "sum": Style(fill=_GREY, number="fixed"),
    "activation": Style(fill=_PEACH, number="fixed"),
    "delta": Style(number="small"),
    "slope": Style(number="fixed"),
    "gradient": Style(fill=_ROSE, number="small"),
    "target": Style(fill=_GREEN, number="fixed"),
    "loss": Style(number="small", bold=True, color="833C0B"),
    "errata_printed": Style(fill=_ROSE, number="small"),
    "errata_right": Style(fill=_GREEN, number="small"),
    "note": Style(number="small"),
    "head_text": Style(fill="E7E6E6", bold=True, align="left"),
    "head_step": Style(bold=True, color="7F7F7F", align="right"),
    "head_input": _head("C5DCF3"),
    "head_weight": _head("D3C4E3"),
    "head_sum": _head("DDDDDD"),
    "head_activation": _head("F4C3A7"),
    "head_delta": _head("E7E6E6"),
    "head_slope": _head("E7E6E6"),
    "head_target": _head("BFDFAC"),
    "head_loss": Style(bold=True, color="833C0B", align="right"),
}
_LONG = ("sum", "activation", "delta", "slope", "gradient", "weight")
STYLES |= {f"long_{key}": STYLES[key]._replace(number="long") for key in _LONG}
