"""How far apart two colours are, for people who see all of them and for those who do not.

CIE76 ΔE in CIELAB (D65), and the lightness L* of a colour, which is all that grey paper shows.
Colour blindness is simulated by the matrices of Machado, Oliveira and Fernandes (2009), severity 1,
on linear RGB.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

_XYZ = np.array([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
])  # fmt: skip
_WHITE = np.array([0.95047, 1.0, 1.08883])
VISIONS: dict[str, NDArray[np.float64]] = {
    "normal": np.eye(3),
    "protan": np.array([
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "deutan": np.array([
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
    "tritan": np.array([
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip


def linear(colour: str) -> NDArray[np.float64]:
    """Linear RGB of 'RRGGBB', sRGB undone."""
    c = np.array([int(colour[k : k + 2], 16) / 255 for k in (0, 2, 4)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB of linear RGB."""
    x = _XYZ @ rgb / _WHITE
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(first: str, second: str, vision: str = "normal") -> float:
    """ΔE of two colours as that vision sees them."""
    matrix = VISIONS[vision]
    seen = [lab(np.clip(matrix @ linear(colour), 0, 1)) for colour in (first, second)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def lightness(colour: str) -> float:
    """L* from 0, black, to 100, white."""
    return float(lab(linear(colour))[0])


def contrast(first: str, second: str) -> float:
    """WCAG's ratio of luminances, from 1 to 21."""
    low, high = sorted(float((_XYZ @ linear(colour))[1]) for colour in (first, second))
    return (high + 0.05) / (low + 0.05)


def closest(colours: Mapping[str, str], vision: str) -> tuple[float, str, str]:
    """The two that are easiest to mistake for each other, and how far apart they are."""
    pairs = combinations(colours.items(), 2)
    return min((distance(a, b, vision), i, j) for (i, a), (j, b) in pairs)
