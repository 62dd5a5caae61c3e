"""The colours of everything that is drawn: workbooks, the page, pictures.

Knows: one row a quantity, the two signs and their shades, what is yours. Does not know where a
colour is used, nor file formats. All are 'RRGGBB'.

Found by search and measured (`tests/test_palette.py`): any two head bands differ by 22 or more
(CIE76 ΔE) in normal vision and in each simulated colour blindness, and by 8 in lightness,
so that grey paper and weak projectors tell them apart too. Tints only guide the eye; colour is
never alone: a symbol, a frame or a number beside it says the same. Yellow is what a person may
edit, and nothing else is yellow. Saturated blue and orange are signs, and nothing else.
"""

from __future__ import annotations

from typing import NamedTuple


class Colours(NamedTuple):
    """A quantity's colours: its head band, the letters on it, and the tint of its cells."""

    head: str
    letters: str
    tint: str


INK, SECONDARY, TITLE = "1F2933", "5F6B76", "12324F"
"""Letters: numbers and words, what stands back, titles."""
PAPER, VEILED, LINE = "FFFFFF", "F3F4F6", "C9CED4"
"""Background; what is not shown yet; thin lines."""
FRAME = "5F6B76"
"""The frame of a drawn neuron."""

YOURS = Colours("B58900", INK, "FFF2A8")
"""What a person may edit: its frame and its fill; the frame is what remains in grey."""

QUANTITIES = {
    "input": Colours("5C71A6", PAPER, "C5EBFD"),
    "weight": Colours("5932A4", PAPER, "C9CAF9"),
    "sum": Colours("C3C1BD", INK, "F8F9F9"),
    "activation": Colours("EA882D", INK, "FDD7AC"),
    "target": Colours("29986B", "0B1116", "DBF1D1"),
    "delta": Colours("AB342C", PAPER, "E6CFD4"),
}
"""By the kind of number: weights are also biases, sums also slopes, deltas also gradients."""

LOSS = "833C0B"

PLUS, MINUS = "0B5CAD", "E07B00"
"""Lines: what pushes up, what pushes down."""
BANDS = (
    "F2A33A", "F5B965", "F8CF98", "FCE6CB", "FFFFFF", "CBDDF1", "98BCE5", "649AD4", "2F78C4",
)  # fmt: skip
"""Nine bands from the strongest minus over nothing to the strongest plus: areas without numbers."""
BANDS_UNDER = (
    "F5A742", "F8BF77", "FAD3A2", "FDE8D0", "FFFFFF", "DDE9F6", "BDD6F0", "93BDE7", "6AA5DE",
)  # fmt: skip
"""The same, light enough for a number on them."""

SERIES = ("5932A4", "EA882D", "29986B", "5C71A6", "AB342C", "8A8F98", "12324F", "C77CC7")
"""Lines of a chart in which every line is another neuron or layer, in order, round and round."""
