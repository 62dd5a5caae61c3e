"""A formula or sentence as a document's source writes it, and as our sheets print it: the same?

Knows: how LaTeX and Unicode are brought to one plain form without spaces, signs of position and
brackets of grouping. Does not know any document.
"""

from __future__ import annotations

import re

_POSITION = str.maketrans(
    "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₍₎₋⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁻ᵀᴸˡᵈˢˣ",
    "0123456789aehijklmnoprstuvx()-0123456789()-TLldsx",
)
_SIGNS = {
    r"\delta": "δ", r"\sigma": "σ", r"\gamma": "γ", r"\eta": "η", r"\alpha": "α",
    r"\Delta": "Δ", r"\sum": "Σ", r"\partial": "∂", r"\circ": "∘", r"\odot": "⊙",
    r"\cdot": "·", r"\times": "·", r"\dots": "…", r"\vdots": "…", r"\log": "log",
}  # fmt: skip
_GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_FRACTION = re.compile(rf"\\[dt]?frac{_GROUP}{_GROUP}")
_DROPPED = re.compile(
    r"\\(?:left|right|vec|mathrm|mathbf|text|underbrace|quad|qquad|hspace\{[^}]*\}|begin\{[^}]*\}"
    r"|end\{[^}]*\}|[,;:! ()\[\]\\])|[\s$&{}_^\\]|\*{2}"
)


def plain(text: str) -> str:
    """The one form of a quotation; equal for the document's source and for our text of it."""
    while (shorter := _FRACTION.sub(r"\1/\2", text)) != text:
        text = shorter
    text = text.replace(" / ", " ")  # between the rows of a matrix, as our texts write it
    for name, sign in _SIGNS.items():
        text = re.sub(re.escape(name) + r"(?![a-zA-Z])", sign, text)
    text = _DROPPED.sub("", text.replace("′", "'").translate(_POSITION))
    for one, other in (("−", "-"), ("*", "·"), ("×", "·"), ("[.", ""), ("]", ""), ("[", "")):
        text = text.replace(one, other)
    return re.sub(r"[‘’“”]", "", text).casefold()
