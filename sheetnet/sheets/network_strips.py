"""What is drawn of a layer of many neurons: a strip of colour, with its mean and its ends.

Knows: from how many neurons on a layer is a strip, and how it and the weights at its sides are
summed up. Does not know where a strip stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sheetnet.formulas.tree import Index, Name, Node, call, cell, joined
from sheetnet.lessons import Lesson
from sheetnet.sheets import network_words
from sheetnet.sheets.model import FloatArray, Formula
from sheetnet.sheets.network_state import Rule

MOST_DRAWN, MOST_IN_STRIP = 8, 40
"""Neurons of a layer that are drawn one by one, and those that a strip has rows for."""


def strips(lesson: Lesson) -> frozenset[int]:
    """The layers that are strips; 0 is the inputs."""
    sizes = lesson.network.sizes
    return frozenset(layer for layer, size in enumerate(sizes) if size > MOST_DRAWN)


def touches(lesson: Lesson, layer: int) -> bool:
    """Whether the weights of the layer lead from or into a strip: too many to be shown."""
    return not strips(lesson).isdisjoint((layer - 1, layer))


def column_of(source: str) -> tuple[Formula, Rule]:
    """A row of the hidden sheet as a column."""
    return (lambda i, j: cell(source, Index(0), i * 1), lambda q, _: np.asarray(q[source].T))


def summed_up(source: str) -> list[tuple[str, Formula, Rule]]:
    """The mean, the smallest and the largest number of a block, each as words."""
    spread: list[tuple[str, list[str]]] = [("mean", ["AVERAGE"]), ("spread", ["MIN", "MAX"])]
    return [(key, *_words(source, key, functions)) for key, functions in spread]


def _number(source: str, function: str) -> tuple[Node, Callable[[Any], str]]:
    tree = call(function, Name(source))
    return network_words.spelled(tree, lambda q: _VALUES[function](q[source]), "coarse")


_VALUES: dict[str, Callable[[FloatArray], float]] = {
    "AVERAGE": lambda x: float(np.mean(x)),
    "MIN": lambda x: float(np.min(x)),
    "MAX": lambda x: float(np.max(x)),
}


def _words(source: str, key: str, functions: list[str]) -> tuple[Formula, Rule]:
    made = [_number(source, name) for name in functions]
    before = "mean " if key == "mean" else ""
    parts: list[Node | str] = [before]
    for place, (tree, _) in enumerate(made):
        parts += [" … "] * (place > 0) + [tree]
    words = joined(*parts)

    def rule(q: Any, _: int) -> FloatArray:
        return network_words.one(before + " … ".join(written(q) for _, written in made))

    return (lambda i, j: words), rule
