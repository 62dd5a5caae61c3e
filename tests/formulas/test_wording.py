"""Texts: what rounding may make of one, and that it may make nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.checked import Written, mistakes
from support.planting import formula_at, plant
from support.random_lessons import random_lesson

import sheetnet
from sheetnet.checking.tolerance import said
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.errors import LessonError
from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Binary, Node, Number, call, cell, joined
from sheetnet.formulas.wording import may_be
from sheetnet.sheets.model import Block
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached

X = cell("x", 0, 0)


def fixed(tree: Node, figures: int = 3) -> Node:
    return call("FIXED", call("ROUND", tree, figures), figures, 1)


def signed(tree: Node) -> Node:
    """As factors of a sentence are written: negative ones in parentheses."""
    below = Binary("<", call("ROUND", tree, 3), Number(0.0))
    return call("IF", below, joined("(", fixed(tree), ")"), fixed(tree))


SLOPE = call("IF", Binary(">", X, Number(0.0)), Number(1.0), Number(0.0))

# the formula, x, a text, whether rounding alone may have made it
WORDS: list[tuple[Node, float, str, bool]] = [
    (joined("z = ", fixed(X)), 0.1234, "z = 0.123", True),
    (joined("z = ", fixed(X)), 0.1234, "z = 0.124", False),  # nothing is in doubt here
    (joined("z = ", fixed(X)), 0.1234, "z = 0.123 ", False),
    (joined("z = ", fixed(X)), 0.1234, "y = 0.123", False),
    (joined("z = ", fixed(X)), -13.9725, "z = -13.972", True),  # a half: up here, down there
    (joined("z = ", fixed(X)), -13.9725, "z = -13.973", True),
    (joined("z = ", fixed(X)), -13.9725, "z = -13.976", False),
    (joined("z = ", fixed(X)), -13.9725, "z = 13.973", False),
    (joined("z = ", fixed(X)), -13.9725, "z = -13.97", False),  # of another count of figures
    (joined("z = ", fixed(X)), -1e-9, "z = 0.000", True),
    (joined(signed(X), "·w"), -0.0005, "(-0.001)·w", True),  # a half before a condition
    (joined(signed(X), "·w"), -0.0005, "0.000·w", True),
    (joined(signed(X), "·w"), -0.0005, "(0.001·w", False),
    (joined(signed(X), "·w"), -0.4, "0.400·w", False),
    (joined("f' ", fixed(SLOPE)), 5.6e-17, "f' 1.000", True),  # more than 0, or as good as 0
    (joined("f' ", fixed(SLOPE)), 5.6e-17, "f' 0.000", True),
    (joined("f' ", fixed(SLOPE)), 5.6e-17, "f' 2.500", False),
    (joined("f' ", fixed(SLOPE)), 0.3, "f' 0.000", False),
    (joined("η = ", call("ROUND", X, 3)), 0.5, "η = 0.5", True),
    (joined("η = ", call("ROUND", X, 3)), 0.5, "η = 0.51", False),
    (joined(call("ROUND", X, 3), "·w"), -0.0, "-0·w", True),
    (joined(call("ROUND", X, 3), "·w"), -0.0, "0.001·w", False),
    (fixed(X - X * Number(0.1)), 0.1 + 0.01 / 18, "0.090", True),  # 0.0905, by two roundings
    (fixed(X - X * Number(0.1)), 0.1 + 0.01 / 18, "0.091", True),
    (fixed(X - X * Number(0.1)), 0.1 + 0.01 / 17, "0.090", False),
    (call("CHOOSE", X, "forward", "update"), 2.0, "update", True),
    (call("CHOOSE", X, "forward", "update"), 2.0, "forward", False),
    (fixed(X), 1e-300, "0.000", True),
]


@pytest.mark.parametrize(("tree", "x", "text", "may"), WORDS)
def test_what_rounding_may_make_of_a_text(tree: Node, x: float, text: str, may: bool) -> None:
    block = Block("s", Area("Own", 0, 0, 1, 1), "s", (1, 1), "row", "", lambda i, j: tree)
    grids = {"x": np.array([[x]])}
    assert may_be(said(block, grids)[0, 0], text) is may


@pytest.mark.parametrize("first", range(0, 48, 12))
def test_rules_want_what_their_formulas_may_say(first: int) -> None:
    """Else a text could only be judged to the letter."""
    seen = 0
    for seed in range(first, first + 12):
        try:
            lesson = random_lesson(seed)
            workbook = build(lesson)
            numbers = cached(lesson, workbook)
        except LessonError:
            continue
        for block in workbook.blocks():
            if block.holds == "texts":
                for says, wanted in zip(
                    said(block, numbers).flat, numbers[block.name].flat, strict=True
                ):
                    assert may_be(says, wanted), f"seed {seed}: {block.name}"
                seen += 1
    assert seen > 30


PLANTED = ['"nothing of the sort"', '{old}&" "', "FIXED({a}+0.0011,3,1)", "{a}"]


@pytest.mark.parametrize("wrong", PLANTED)
def test_a_wrong_sentence_is_named(
    wrong: str,
    fresh: Callable[[str], Written],
    ironcalc: IronCalc,
    tmp_path: Path,
    values_only: Callable[[], None],
) -> None:
    """By what it says, with the comparison of formulas switched off."""
    written = fresh("reference")
    path, at = written.copy(".xlsx", tmp_path), written.at("Net_says_1_0", 0, 0)
    activation = written.at("Draw_a_1", 0, 0)
    old, _, last = formula_at(path, at).rpartition("&")
    formula = wrong.format(old=f"{old}&{last}", a=activation)
    values_only()
    assert mistakes(sheetnet.check(path, ironcalc)) == ()
    plant(path, at, f"{old}&{formula}" if "FIXED" in wrong else formula)
    assert [each.name for each in mistakes(sheetnet.check(path, ironcalc))] == ["Net_says_1_0"]
