"""How sums are spelled, and how safe formulas are."""

from __future__ import annotations

import re

import pytest
from support.formula_texts import EVERY, formulas_of, texts
from support.lessons import BCE, CE, SHAPES, lesson
from support.raw import place

from sheetnet.core import functions as core
from sheetnet.sheets.model import Block, Workbook
from sheetnet.workbooks.build import build


def block(book: Workbook, name: str) -> Block:
    """The block of that name."""
    return next(b for b in book.blocks() if b.name == name)


def first(book: Workbook, name: str) -> str:
    """The formula of a block's first computed cell, each address as "z_1[0,0]"; no "$"."""
    found = block(book, name)
    homes = {
        (row, column): f"{b.name}[{row - b.area.row},{column - b.area.column}]"
        for b in book.blocks()
        if b.area.sheet == found.area.sheet
        for row in range(b.area.row, b.area.row + b.area.rows)
        for column in range(b.area.column, b.area.column + b.area.columns)
    }
    text = next(formulas_of(found, book))[2].replace("$", "")
    return re.sub(r"\b([A-Z]+)([0-9]+)\b", lambda m: homes[place(f"{m[1]}{m[2]}")], text)


# --- sums ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "longest"), [("12 sources", 12), ("13 sources", 0)])
def test_sums_are_spelled_out_up_to_12_terms(name: str, longest: int) -> None:
    book = build(SHAPES[name])
    for where in ("Training_a_1", "z_1"):
        text = first(book, where)
        assert text.count("*") == longest, text
        assert text.count("SUMPRODUCT(") == (0 if longest else 1), text


def test_the_sums_of_13_neurons() -> None:
    book = build(SHAPES["13 neurons"])
    assert first(book, "z_2") == (
        "SUMPRODUCT(a_1_row[0,0]:a_1_row[0,12],Step_W_2[0,0]:Step_W_2[0,12])+Step_W_2[0,13]"
    )
    own = "SUMPRODUCT(Training_a_1[0,0]:Training_a_1[0,12],Training_W_2[0,0]:Training_W_2[0,12])"
    assert first(book, "Training_a_2") == f"1/(1+EXP(-({own}+Training_W_2[0,13])))"
    sent_back = first(build(lesson((2, 2, 13))), "error_1")  # 13 deltas come back to one neuron
    assert sent_back == ("SUMPRODUCT(Step_W_2[0,0]:Step_W_2[12,0],delta_2[0,0]:delta_2[12,0])")


def test_the_sums_of_13_examples() -> None:
    book = build(SHAPES["13 examples, wide"])
    ours = "SUMPRODUCT(delta_2[0,0]:delta_2[0,12],a_1[0,0]:a_1[0,12])"
    assert first(book, "dW_2") == ours
    assert first(book, "loss") == "SUM(loss_term[0,0]:loss_term[1,12])"


def test_both_ranges_of_every_sumproduct_have_one_shape() -> None:
    ranges = re.compile(r"SUMPRODUCT\(\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+),"
                        r"\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)\)")  # fmt: skip
    seen = 0
    for lesson_ in EVERY.values():
        for where, text in texts(build(lesson_)).items():
            found = ranges.findall(text)
            assert len(found) == text.count("SUMPRODUCT"), (where, text)
            for one in found:
                (c, r, d, s), (e, t, f, u) = one[:4], one[4:]
                assert int(s) - int(r) == int(u) - int(t), (where, text)
                assert _number(d) - _number(c) == _number(f) - _number(e), (where, text)
                seen += 1
    assert seen > 500


def _number(column: str) -> int:
    total = 0
    for letter in column:
        total = 26 * total + ord(letter) - 64
    return total


# --- safe forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "loss", "formulas", "name", "text"),
    [
        ("sigmoid", BCE, "safe", "a_1", "IF(z>=0,1/(1+EXP(-z)),EXP(z)/(1+EXP(z)))"),
        ("sigmoid", BCE, "plain", "a_1", "1/(1+EXP(-z))"),
        ("softmax", CE, "safe", "exp_z_1", "EXP(z-MAX(z:z1))"),
        ("softmax", CE, "plain", "exp_z_1", "EXP(z)"),
        ("softmax", CE, "plain", "a_1", "e/(e+e1)"),
        ("softmax", CE, "safe", "delta_1", "a*(y+y1)-y"),
        ("softmax", CE, "plain", "delta_1", "a*(r-(a*r+a1*r1))"),
        ("softmax", CE, "plain", "error_1", "-(y/a)"),
        ("softmax", CE, "safe", "loss_term", "y*(LN(e+e1)-(z-MAX(z:z1)))"),
        ("softmax", CE, "plain", "loss_term", "-(y*LN(a))"),
        ("sigmoid", BCE, "safe", "delta_1", "a-y"),
        ("sigmoid", BCE, "safe", "loss_term", "MAX(z,0)-z*y+LN(1+EXP(-ABS(z)))"),
        ("sigmoid", BCE, "plain", "loss_term", "-(y*LN(a)+(1-y)*LN(1-a))"),
        ("sigmoid", BCE, "plain", "error_1", "(a-y)/(a*(1-a))"),
    ],
)
def test_the_spelling_of_what_may_overflow(
    activation: str, loss: str, formulas: str, name: str, text: str
) -> None:
    book = build(lesson((2, 2), activation, loss, formulas=formulas))
    short = {"exp_z_1": "e", "z_1": "z", "a_1": "a", "error_1": "r", "Step_targets": "y"}
    found = first(book, name)
    for quantity, letter in short.items():
        found = found.replace(f"{quantity}[0,0]", letter).replace(f"{quantity}[1,0]", f"{letter}1")
    assert found == text
    # The same in Training, whatever its columns: the functions in the same order.
    if f"Training_{name}" in book.names() and "Training_z_1" in book.names():
        functions = re.findall(r"[A-Z]+(?=\()", first(book, f"Training_{name}"))
        assert functions == re.findall(r"[A-Z]+(?=\()", text)


def test_safe_formulas_never_divide_by_a_product_that_may_vanish() -> None:
    for name, one in EVERY.items():
        if one.formulas == "safe" and (one.network.activations[-1], one.network.loss) in core.FUSED:
            book = build(one)
            for text in texts(book).values():
                assert not re.search(r"/\(\w+\*\(1-\w+\)\)", text), (name, text)
