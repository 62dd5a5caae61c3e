"""One slip filled down: the same edit of all cells that hold formulas of one shape.

Knows: which cells on the way to wrong weights have formulas of the same shape, and what an edit of
one of them is in the others. Does not know how a single cell's slip is found (see `causes`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sheetnet.auditing.book import Place
from sheetnet.auditing.functions import Floats
from sheetnet.auditing.measured import Step
from sheetnet.auditing.repairs import (
    Cause,
    Edit,
    dropped,
    exchanges,
    filled,
    near_to,
    parentheses,
    plain,
    replaced,
    signs,
)
from sheetnet.formulas.compare import form
from sheetnet.formulas.tree import Address, Binary, Missing, Node, Number, postorder

if TYPE_CHECKING:
    from sheetnet.auditing.causes import Finder


def together(
    finder: Finder, nodes: list[int], ways: list[tuple[Floats, dict[int, Floats]]], step: Step
) -> Cause | None:
    """One slip filled down: the same edit of all cells that hold the same formula."""
    book, values = finder.graph.book, finder.graph.tape.values
    groups: dict[object, list[int]] = {}
    for node in nodes:
        place = finder.graph.cell_of[node]
        tree = book.tree(place)
        if tree is not None:
            groups.setdefault(form(_shape(tree), ""), []).append(node)
    for group in (each for each in groups.values() if 2 <= len(each) <= 40):
        places = [finder.graph.cell_of[node] for node in group]
        own = [np.array(values[node]) for node in group]
        tree = book.tree(places[0])
        assert tree is not None, "cells with a formula alone are grouped"
        finder.after = set().union(*(finder.made_of(node) for node in group))
        for edit in _blind(finder, places[0], tree, step):
            if time.process_time() > finder.until:
                return None
            moves: list[Floats] = []
            for place, before in zip(places, own, strict=True):
                made = _likewise(finder, edit.tree, places[0], place)
                after = None if made is None else finder.value(place, made)
                if after is None:
                    break
                moves.append(after - before)
            if len(moves) == len(group) and all(
                near_to(lack, sum((slopes[n][0] * m for n, m in zip(group, moves, strict=True)
                                 if n in slopes), np.zeros_like(lack)))
                for lack, slopes in ways
            ):  # fmt: skip
                return Cause(places[0], edit.kind, edit.tree, edit.cell, tuple(places[1:]))
    return None

def _likewise(finder: Finder, edited: Node, first: Place, place: Place) -> Node | None:
    """An edit of the first cell's formula, in the place of another of the same shape: its own
    references stand for those of the first, others move as far as the cells are apart."""
    down, across = place.row - first.row, place.column - first.column
    moved = filled(edited, down, across)
    if moved is None or place == first:
        return edited if place == first else None
    one, other = finder.graph.book.tree(first), finder.graph.book.tree(place)
    assert one is not None and other is not None, "cells with a formula alone are grouped"
    own = {
        a: b for a, b in zip(postorder(one), postorder(other), strict=True)
        if isinstance(a, Address)
    }  # fmt: skip
    tree = moved
    for at, (before, after) in enumerate(
        zip(postorder(edited), postorder(moved), strict=True)
    ):
        if before in own and own[before] != after:
            tree = replaced(tree, at, own[before])
    return tree

def _blind(finder: Finder, place: Place, tree: Node, step: Step) -> Iterator[Edit]:
    """Edits that need not know which value is due."""
    yield from signs(tree)
    yield from dropped(tree)
    yield from finder.one_step_back(place, tree, step)
    yield from parentheses(finder.graph.book.text(place) or "", finder.graph.book.dialect)
    yield from exchanges(tree, finder.near, place, finder.graph.book, finder.place_of(place))
    for constant in (2.0, 0.5):
        yield Edit("missing factor", Binary("*", tree, Number(constant)))
    for near in finder.near:
        a = plain(near, place, finder.graph.book)
        yield Edit("missing slope", Binary("*", tree, a * (1 - a)))
        yield Edit("missing slope", Binary("*", tree, 1 - a * a))
        yield Edit("missing factor", Binary("*", tree, a))


def _shape(tree: Node) -> Node:
    """The formula without its references."""
    for at, one in enumerate(postorder(tree)):
        if isinstance(one, Address):
            tree = replaced(tree, at, Missing())
    return tree
