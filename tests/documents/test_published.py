"""The sheet `As published`: the article's figures, its chain and the true values, each by oracle.

The oracle was computed outside this package from the article's text: every printed figure, what
its own formula gives from the printed operands, the article's chain with all digits, the true
gradients.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.checked import mistakes
from support.folders import ORACLES
from support.planting import At, number_at, plant, type_number

import sheetnet
from sheetnet import gallery
from sheetnet.documents import published
from sheetnet.documents.published_chain import RULES, STARTS
from sheetnet.engines import Engine
from sheetnet.errors import LessonError
from sheetnet.formulas.tree import Index, Node
from sheetnet.lessons import Lesson
from sheetnet.sheets.model import Block, Workbook
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached
from sheetnet.workbooks.saved import open_saved

ORACLE: dict[str, Any] = json.loads(
    (ORACLES / "seed000_errata.json").read_text("utf-8")
)
FIGURES = [
    (quantity, place, figure)
    for quantity in published.article().quantities.values()
    for place, figure in enumerate(quantity.figures)
]
STATUS = {"ok": "right", "truncated/1ulp": "rounded", "SLIP": "slip"}
LIST = {"own": "own_formula_from_printed_operands", "live": "doc_chain_full_precision",
        "true": "correct_B1_bce"}  # fmt: skip

both_formats = pytest.mark.parametrize("suffix", [".xlsx", ".ods"])


def the_lesson(name: str = "matrices-3-3-3-3", **changes: object) -> Lesson:
    """The gallery's lesson with three steps of training and whatever else is changed."""
    lesson = sheetnet.load(gallery.path_of(name))
    training = replace(lesson.training, steps=3)
    return replace(lesson, **{"training": training, "sheets": ("training", "step", "published"),
                              **changes})  # type: ignore[arg-type]  # fmt: skip


@pytest.fixture(scope="module")
def workbook() -> Workbook:
    return build(the_lesson())


@pytest.fixture(scope="module")
def numbers(workbook: Workbook) -> Mapping[str, np.ndarray]:
    return cached(the_lesson(), workbook)


def block_of(workbook: Workbook, name: str) -> Block:
    return next(block for block in workbook.blocks() if block.name == name)


def at(workbook: Workbook, name: str, row: int = 0, column: int = 0) -> At:
    """The cell of a block in a fresh workbook."""
    area = block_of(workbook, name).area
    return At(area.sheet, area.row + row, area.column + column)


def in_list(numbers: Mapping[str, np.ndarray], kind: str, name: str, place: int) -> float:
    """The number of one figure in one of the list's columns."""
    length = 1 if RULES[name].closed else 3
    first = place - place % length
    return float(numbers[f"published_{kind}_{name}_{first + 1}"][place % length, 0])


# --- the figures ---------------------------------------------------------------------------------


def verdict(printed: str, own: float) -> str:
    """By how much of its last digit a printed figure is off."""
    unit = Decimal(1).scaleb(int(Decimal(printed).as_tuple().exponent))
    units = abs(Decimal(printed) - Decimal(own)) / unit
    return "right" if units <= Decimal("0.5000001") else "rounded" if units < 1 else "slip"


def test_verdict_tells_the_three_apart() -> None:
    cases = {("1.8", 1.7999999999999998): "right", ("0.938", 0.93877): "rounded",
             ("0.938", 0.9375): "right", ("4.001", 4.004): "slip",
             ("-1.0810", -1.0808): "slip", ("-1.081", -1.0808): "right"}  # fmt: skip
    assert {case: verdict(*case) for case in cases} == cases


def test_the_figures_are_those_of_the_oracle_in_its_order() -> None:
    ours = [(quantity.name, figure.printed, figure.verdict) for quantity, _, figure in FIGURES]
    theirs = [(f["quantity"], f["published"], STATUS[f["status"]]) for f in ORACLE["figures"]]
    assert ours == theirs
    assert len(ours) == 96
    assert Counter(word for *_, word in ours) == {"right": 64, "rounded": 11, "slip": 21}


def test_every_verdict_follows_from_its_own_formula(numbers: Mapping[str, np.ndarray]) -> None:
    for quantity, place, figure in FIGURES:
        own = in_list(numbers, "own", quantity.name, place)
        assert verdict(figure.printed, own) == figure.verdict, (quantity.name, place)


def test_every_verdict_has_a_reason_that_fits_it(numbers: Mapping[str, np.ndarray]) -> None:
    for quantity, place, figure in FIGURES:
        where, why = (quantity.name, place), figure.why
        assert why and why == why.strip(), where
        own = in_list(numbers, "own", quantity.name, place)
        exact = abs(own - float(figure.printed)) < 1e-12
        assert why.startswith("exact") == exact, where
        assert ("cut off" in why) == (figure.verdict == "rounded") or figure.verdict == "slip"
        if figure.verdict == "rounded":  # cut off says that no digit was carried
            digits = len(figure.printed.partition(".")[2])
            assert figure.printed == f"{own:.{digits + 12}f}"[:-12], where
        if figure.verdict != "slip" and not exact:  # the reason states what the formula gives
            stated = why.split()[0].replace("−", "-")
            places = len(stated.partition(".")[2])
            assert float(stated) == pytest.approx(own, abs=0.51 * 10**-places), where


TEN_TIMES = {  # figure: (old weight, what was added, what had to be)
    ("Wkl_new", 3): (0.3, 0.00055, 0.00554347),
    ("Wkl_new", 5): (0.2, 0.0005849, 0.005849),
    ("Wkl_new", 6): (0.5, 0.0005779, 0.00577937),
    ("Wkl_new", 8): (0.9, 0.0006098, 0.006098),
    ("Wjk_new", 8): (0.8, 0.003813, 0.0003813),
}
IN_SLIPS = {  # what the other reasons claim, computed anew
    ("h2_in", 2): 0.675 + 0.889 + 1.44 + 1 - 0.003,
    ("dE_dO", 0): -(1.8658 + 2.2292 + 2.8204) / 1.8658,
    ("dE_dO", 1): -1 / (1 - 2.2292 / (1.8658 + 2.2292 + 2.8204)),
    ("dE_dO", 2): -1 / (1 - 2.8204 / (1.8658 + 2.2292 + 2.8204)),
    ("dO_dOin", 0): 0.19853 * (1 - 0.19853),
    ("dO_dOin", 2): np.exp(2.8204) * (np.exp(1.8658) + np.exp(2.8204))
    / np.exp([1.8658, 2.2292, 2.8204]).sum() ** 2,
    **{("dWkl", 3 * k + 1): -0.301 * 0.2040 * h for k, h in enumerate((0.938, 0.94, 0.98))},
    **{("dE_dh2_terms", 3 * k + 1): -0.5957 * w for k, w in enumerate((0.4, 0.7, 0.2))},
    **{("dE_dh2_terms", 3 * k + 2): -0.7414 * w for k, w in enumerate((0.8, 0.2, 0.9))},
    ("dE_dh2", 2): -1.0808,
    **{key: old + added for key, (old, added, _) in TEN_TIMES.items()},
}  # fmt: skip
ABOUT = {("dE_dO", 0): 5.0, ("dE_dO", 1): 2.0, ("dE_dO", 2): 2.0, ("dE_dh2", 2): 2.1}
"""Where a reason says "about" or states the right sum: units of the last digit, otherwise 1."""


def test_the_reason_of_every_slip_leads_to_the_printed_figure() -> None:
    slips = {(q.name, place): figure for q, place, figure in FIGURES if figure.verdict == "slip"}
    assert slips.keys() == IN_SLIPS.keys()
    for key, figure in slips.items():
        digits = len(figure.printed.partition(".")[2])
        by_reason = abs(IN_SLIPS[key] - float(figure.printed))
        assert by_reason < ABOUT.get(key, 1.0) * 10**-digits, (key, by_reason)
    for key, (_, added, needed) in TEN_TIMES.items():
        assert f"{added} added for {needed}" in slips[key].why


def test_what_reasons_say_beside_the_verdict_is_right() -> None:
    """\"with all its digits 1.8671\", \"sigmoid(2.73) itself gives 0.0575\"."""
    found = 0
    for quantity, place, figure in FIGURES:
        if whole := re.search(r"with all its digits ([\d.]+)", figure.why):
            value = np.ravel(ORACLE["doc_chain"][quantity.name])[place]
            assert f"{value:.4f}" == whole[1], quantity.name
        elif own := re.search(r"sigmoid\(([\d.]+)\) itself gives ([\d.]+)", figure.why):
            a = 1 / (1 + np.exp(-float(own[1])))
            assert f"{a * (1 - a):.4f}" == own[2]
        found += bool(whole or "itself gives" in figure.why)
    assert found == 6


# --- the numbers ---------------------------------------------------------------------------------


def test_the_chain_is_the_oracles(numbers: Mapping[str, np.ndarray]) -> None:
    oracle = ORACLE["doc_chain"]
    for name in RULES:
        wanted = np.atleast_2d(oracle[name])
        np.testing.assert_allclose(numbers[f"published_{name}"], wanted, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("kind", LIST)
def test_the_list_is_the_oracles(kind: str, numbers: Mapping[str, np.ndarray]) -> None:
    for (quantity, place, _), entry in zip(FIGURES, ORACLE["figures"], strict=True):
        row, column = divmod(place, 3)
        assert entry["index"] == ([row, column] if RULES[quantity.name].rows > 1 else [column])
        got = in_list(numbers, kind, quantity.name, place)
        assert got == pytest.approx(entry[LIST[kind]], rel=1e-12), (kind, quantity.name, place)


def test_a_rule_uses_only_what_stands_above_it() -> None:
    """Found by running each rule on names alone."""
    above = set(STARTS)
    for name, rule in RULES.items():
        used: set[str] = set()

        def of(operand: str, row: Index, column: Index, used: set[str] = used) -> Node:
            used.add(operand)
            return published._printed_operand("lr", row, column)

        rule.tree(of, Index(0), Index(1))
        assert used <= above, name
        above.add(name)
    assert list(RULES) == list(published.article().quantities)


def test_all_of_the_list_is_live(workbook: Workbook) -> None:
    """Printed figures are numbers; whatever stands beside them is a formula for every figure."""
    counts = Counter[str]()
    for block in workbook.blocks():
        if block.area.sheet == published.SHEET:
            kind = block.name.split("_")[1]
            counts[kind] += block.area.rows * block.area.columns
            assert (block.formula is None) == (kind in ("printed", "start")), block.name
            assert not block.typed_name, "nobody edits the article"
    assert [counts[kind] for kind in ("printed", "own", "live", "true")] == [96] * 4


@both_formats
def test_a_file_shows_the_list(suffix: str, tmp_path: Path, workbook: Workbook) -> None:
    path = tmp_path / f"net{suffix}"
    sheetnet.write(the_lesson(), path)
    cells = open_saved(path).cells[published.SHEET]
    for quantity, place, figure in FIGURES:
        area = block_of(workbook, f"published_printed_{quantity.name}").area
        row, column = area.row + place, area.column
        assert cells[row, column].value == float(figure.printed) and not cells[row, column].formula
        texts = [cells[row, c].value for c in (column - 1, column + 5, column + 6)]
        assert texts == [quantity.symbol_at(place), figure.verdict, figure.why]
        assert all(cells[row, column + k].formula for k in (1, 2, 3))


def test_symbols_are_the_articles() -> None:
    quantities = published.article().quantities
    assert quantities["dWkl"].symbol_at(5) == "δWₖ₂ₗ₃"
    assert quantities["dE_dh2_terms"].symbol_at(5) == "∂E₃/∂h2ₒᵤₜ₂"
    assert quantities["O_in"].symbol_at(2) == "Oᵢₙ₃"
    symbols = [quantity.symbol_at(place) for quantity, place, _ in FIGURES]
    assert len(set(symbols)) == 96


# --- engines -------------------------------------------------------------------------------------


@both_formats
def test_an_engine_agrees(suffix: str, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    sheetnet.write(the_lesson(), path)
    report = sheetnet.check(path, engine)
    assert report.ok, report.mismatches[:3]


PLANTED = [
    # block, row, column, the wrong formula, how the cell is named
    ("published_dE_dO", 0, 1, "1.39929719", "published_dE_dO[0,1]"),
    ("published_dE_dh1", 0, 2, "D37*E37*Step!D22", "published_dE_dh1[0,2]"),
    ("published_dWkl", 2, 0, "C19*C20", "published_dWkl[2,0]"),
    ("published_own_h2_in_1", 2, 0, "4.001", "published_own_h2_in_1[2,0]"),
    ("published_live_Wjk_new_7", 1, 0, "0.4", "published_live_Wjk_new_7[1,0]"),
    ("published_true_dO_dOin_3", 0, 0, "0.3685", "published_true_dO_dOin_3"),
]


@both_formats
@pytest.mark.parametrize(("name", "row", "column", "formula", "label"), PLANTED)
def test_a_planted_mistake_is_named_alone(
    name: str, row: int, column: int, formula: str, label: str,
    suffix: str, tmp_path: Path, ironcalc: Engine, workbook: Workbook,
) -> None:  # fmt: skip
    path, where = tmp_path / f"net{suffix}", at(workbook, name, row, column)
    sheetnet.write(the_lesson(), path)
    plant(path, where, formula)
    report = sheetnet.check(path, ironcalc)
    assert [(m.cell, m.name) for m in report.mismatches] == [(str(where), label)]


@both_formats
def test_the_live_columns_follow_the_step_shown(
    suffix: str, tmp_path: Path, ironcalc: Engine, workbook: Workbook
) -> None:
    path = tmp_path / f"net{suffix}"
    sheetnet.write(the_lesson(), path)
    before = ironcalc.recalculate(path)
    type_number(path, at(workbook, "step_shown"), 2)
    after = ironcalc.recalculate(path)
    for kind, moves in {"own": False, "live": True, "true": True}.items():
        cell = at(workbook, f"published_{kind}_O_in_1")
        values = [book[cell.sheet][cell.row, cell.column] for book in (before, after)]
        assert (values[0] != values[1]) == moves, kind
    assert mistakes(sheetnet.check(path, ironcalc)) == ()


def test_the_own_formula_follows_a_printed_figure(
    tmp_path: Path, ironcalc: Engine, workbook: Workbook
) -> None:
    path = tmp_path / "net.xlsx"
    sheetnet.write(the_lesson(), path)
    printed = at(workbook, "published_printed_h2_in", 2)
    assert number_at(path, printed) == 4.001
    type_number(path, printed, 4.004)
    sigmoid = at(workbook, "published_own_h2_out_1", 2)
    got = ironcalc.recalculate(path)[sigmoid.sheet][sigmoid.row, sigmoid.column]
    assert got == pytest.approx(1 / (1 + np.exp(-4.004)), rel=1e-14)


# --- which lessons have it -----------------------------------------------------------------------


def test_only_a_lesson_that_asks_has_the_sheet() -> None:
    names = [sheet.name for sheet in build(the_lesson()).sheets]
    assert names[names.index("Errata") + 1] == published.SHEET
    without = build(the_lesson(sheets=("training", "step")))
    assert published.SHEET not in [sheet.name for sheet in without.sheets]
    assert not [block for block in without.blocks() if block.name.startswith("published_")]
    assert f"{published.SHEET}:" in " ".join(t.text for t in build(the_lesson()).sheets[0].texts)


OTHERS = {
    "sizes": lambda: the_lesson("mazur"),
    "number of examples": lambda: the_lesson(inputs=np.zeros((2, 3)), targets=np.zeros((2, 3))),
    "biases": lambda: the_lesson(
        network=replace(the_lesson().network, biases="none", bias=()), errata=()
    ),
}


@pytest.mark.parametrize("what", OTHERS)
def test_another_network_is_refused(what: str, tmp_path: Path) -> None:
    with pytest.raises(LessonError, match=f"sheets holds 'published'.*other {what}.*Remove"):
        sheetnet.write(OTHERS[what](), tmp_path / "net.xlsx")
    assert not list(tmp_path.iterdir())


VARIANTS: dict[str, dict[str, object]] = {
    "safe": {"formulas": "safe"},
    "mean": {"network": replace(the_lesson().network, reduction="mean_all")},
    "fixed biases": {"network": replace(the_lesson().network, biases="fixed")},
    "another notation": {"notation": "mazur"},
    "no training shown": {"sheets": ("published",)},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_of_the_network_have_it_too(
    variant: str, tmp_path: Path, ironcalc: Engine
) -> None:
    path = tmp_path / "net.ods"
    sheetnet.write(the_lesson(**VARIANTS[variant]), path)
    report = sheetnet.check(path, ironcalc)
    assert report.ok, report.mismatches[:3]


def test_a_true_value_that_step_does_not_show_stays_empty(tmp_path: Path, ironcalc: Engine) -> None:
    """In its overflow-proof form Step goes from softmax to delta at once."""
    lesson = the_lesson("matrices-3-3-3-3-categorical", formulas="safe")
    names = {block.name for block in build(lesson).blocks()}
    assert "published_live_dE_dO_1" in names and "published_true_dE_dO_1" not in names
    path = tmp_path / "net.xlsx"
    sheetnet.write(lesson, path)
    assert sheetnet.check(path, ironcalc).ok
