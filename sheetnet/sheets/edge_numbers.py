"""Where the number of an edge stands: on its line, and on no other number.

Knows: the lines between two columns of neurons, and how much room a number takes. Does not know
cells, formulas, nor charts.

Lines are straight and stand still (only their colour and thickness follow the weights), so the
places are found once, when the workbook is made: as near to the middle of its line as the others
let it, and rather where no other line passes. Where there are too many lines, or no place is left,
the number stands among the tiles alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST_EDGES = 16
"""Lines of a gap up to which they carry numbers; more would be a thicket."""
_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.19, 0.81)
_WIDE, _HIGH = 0.36, 0.8  # of the gap's width; rows
_LINE_PASSES = 0.3  # as bad as so far from the middle

Edge = tuple[int, int]
"""The number of the target and of the source."""


def places(sources: Sequence[float], targets: Sequence[float]) -> dict[Edge, tuple[float, float]]:
    """Edge -> how far along the gap (0 to 1) and at which height, of the edges that have a place.

    `sources` and `targets` are the heights of the neurons, in rows.
    """
    lines = {(d, s): (y, end - y) for s, y in enumerate(sources) for d, end in enumerate(targets)}
    if len(lines) > MOST_EDGES:
        return {}
    wishes = {edge: _wishes(edge, lines) for edge in lines}
    found: dict[Edge, tuple[float, float]] = {}
    waiting = set(lines)
    while waiting:
        left = {e: [at for at in wishes[e] if _is_free(at, found.values())] for e in waiting}
        edge = min(waiting, key=lambda e: (len(left[e]), e))  # the one with the least choice first
        waiting.remove(edge)
        if left[edge]:
            found[edge] = left[edge][0]
    return dict(sorted(found.items()))


def _wishes(edge: Edge, lines: dict[Edge, tuple[float, float]]) -> list[tuple[float, float]]:
    """The places along an edge, the best first."""

    def cost(x: float) -> float:
        y, passing = _height(lines[edge], x), 0
        for other, line in lines.items():
            ends = sorted(_height(line, x + side * _WIDE / 2) for side in (-1, 1))
            passing += other != edge and ends[0] < y + _HIGH / 2 and ends[1] > y - _HIGH / 2
        return abs(x - 0.5) + _LINE_PASSES * passing

    return [(x, _height(lines[edge], x)) for x in sorted(_ALONG, key=cost)]


def _height(line: tuple[float, float], x: float) -> float:
    return line[0] + line[1] * x


def _is_free(at: tuple[float, float], taken: Iterable[tuple[float, float]]) -> bool:
    return not any(abs(at[0] - x) < _WIDE and abs(at[1] - y) < _HIGH for x, y in taken)
