"""A line with the numbers plugged in, as a formula and, beside it, as plain Python.

Knows: how words and numbers are put together, how a number is written, and the line of a neuron's
forward pass. Does not know which sheet a line stands on, nor where: a sheet's `Cells` answer.
FIXED, never TEXT: TEXT(0.5;"0.0000") is "00.001" in a German program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple, Protocol

import numpy as np

from sheetnet.formulas.tree import Binary, Node, Number, Text, call, joined
from sheetnet.lessons import Lesson
from sheetnet.quantities.evaluation import Rule
from sheetnet.sheets.model import FloatArray, Formula
from sheetnet.sheets.notation import Labels

_LONG = Context(prec=400)  # as many digits as the largest double has
_FIGURES, _MORE_FIGURES = 3, 4  # decimals; more for what is small late in a training
_HUGE, _HUGE_WORD = 1e9, "huge"
STAGE_OF_FORWARD, STAGE_OF_DELTA, STAGE_OF_UPDATE = 2, 4, 5


class Line(NamedTuple):
    """A line: the name of its block, the stage from which it is shown, its formula and its rule."""

    name: str
    stage: int
    formula: Formula
    rule: Rule


Part = str | tuple[Node, Callable[[Any], Any], str]
"""Words, or a number: its cell, where to look its value up, and how it is written. Words that
depend on a cell are written as "words"."""


class Cells(Protocol):
    """Where a sheet keeps the numbers of one example, each as a part of a line.

    A neuron is a number from 0, or None: the one that a cell chooses.
    """

    labels: Labels
    lesson: Lesson

    def weight(self, layer: int, destination: int | None, source: int, kind: str) -> Part:
        """A weight; the source after the last neuron is the bias."""
        ...

    def of_neuron(self, quantity: str, layer: int, neuron: int | None, kind: str) -> Part:
        """The "a", "z", "delta", …"""
        ...

    def name(self, quantity: str, layer: int, neuron: int | None) -> Part:
        """What the notation calls its "activation", "weighted_input", "delta", …"""
        ...


def forward(cells: Cells, layer: int, n: int | None) -> list[Part]:
    """z of a neuron as the sum that it is, and its activation."""
    network = cells.lesson.network
    below, name = network.sizes[layer - 1], network.activations[layer - 1]
    kind = "data factor" if layer == 1 else "factor"
    parts: list[Part] = [cells.name("weighted_input", layer, n), " = "]
    for s in range(below):
        parts += [" + "] * (s > 0)
        parts += [cells.weight(layer, n, s, "factor"), "·"]
        parts += [cells.of_neuron("a", layer - 1, s, kind)]
    if network.biases != "none":
        parts += [" + ", cells.weight(layer, n, below, "factor")]
    z = cells.of_neuron("z", layer, n, "plain")
    parts += [" = ", z, ",     ", cells.name("activation", layer, n), " = "]
    if name == "softmax":
        parts += ["e^", cells.of_neuron("z", layer, n, "factor"), " / Σe^z"]
    elif name == "identity":
        parts += ["z"]
    else:
        sign = "σ" if name == "sigmoid" else name.replace("_", " ")
        parts += [f"{sign}(", z, ")"]
    return [*parts, " = ", cells.of_neuron("a", layer, n, "plain")]


def line(name: str, stage: int, parts: list[Part]) -> Line:
    tree = joined(*(_spelled(part) for part in _merged(parts)))

    def rule(q: Any, _: int) -> FloatArray:
        text = "".join(part if isinstance(part, str) else _written(part, q) for part in parts)
        return one(text)

    return Line(name, stage, lambda i, j: tree, rule)


def one(text: str) -> FloatArray:
    """The array of a block that holds one text."""
    return np.array([[text]], dtype=object)


def chosen(words: Sequence[str], number: FloatArray) -> str:
    """The word that a chooser chooses, counted from 1; none for what a file may hold besides."""
    at = float(number.item())
    return words[int(at) - 1] if 1 <= at < len(words) + 1 else ""


def _merged(parts: list[Part]) -> Iterator[Part]:
    """Neighbouring words as one."""
    words = ""
    for part in parts:
        if isinstance(part, str):
            words += part
        else:
            if words:
                yield words
            yield part
            words = ""
    if words:
        yield words


def _spelled(part: Part) -> Node | str:
    if isinstance(part, str):
        return part
    tree, _, kind = part
    if kind == "words":
        return tree
    figures = _MORE_FIGURES if "fine" in kind else _FIGURES
    rounded = call("ROUND", tree, figures)
    fixed = rounded if "data" in kind else call("FIXED", rounded, figures, 1)
    shown: Node = fixed
    if "factor" in kind:
        negative = Binary("<", rounded, Number(0.0))
        shown = call("IF", negative, joined("(", fixed, ")"), fixed)
    # Programs write out more digits than a double has, each in its own way
    return call("IF", Binary("<", call("ABS", tree), Number(_HUGE)), shown, Text(_HUGE_WORD))


def _written(part: tuple[Node, Callable[[Any], Any], str], q: Any) -> str:
    _, value_of, kind = part
    value = value_of(q)
    if kind == "words":
        return str(value)
    value = float(value)
    if np.isnan(value):
        return "?"
    if not abs(value) < _HUGE:
        return _HUGE_WORD
    figures = _MORE_FIGURES if "fine" in kind else _FIGURES
    exact = Decimal(repr(value)).quantize(Decimal(1).scaleb(-figures), ROUND_HALF_UP, _LONG)
    text = f"{exact if exact else abs(exact):f}"
    if "data" in kind:
        text = text.rstrip("0").rstrip(".")
    return f"({text})" if "factor" in kind and exact < 0 else text
