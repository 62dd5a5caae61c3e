"""Every quotation and every number in the texts of the lessons and of workbooks/README.md.

A quotation is held against the document's own source (tests/oracles/quotations.toml), a number
is recomputed here, or is one that the document prints, or part of an expression that the sheet
computes live. Nothing else may stand there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from support.folders import ORACLES, ROOT
from support.quoting import plain

import sheetnet
from sheetnet import gallery
from sheetnet.lessons import Lesson, with_values
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached

README = (ROOT / "workbooks" / "README.md").read_text("utf-8")
QUOTATIONS: list[dict[str, Any]] = tomllib.loads(
    (ORACLES / "quotations.toml").read_text("utf-8")
)["quotations"]
Text = tuple[str, str]  # where it stands, what it says


@cache
def lesson_of(name: str) -> Lesson:
    return sheetnet.load(gallery.path_of(name))


@cache
def trained(name: str, steps: int) -> Lesson:
    """The lesson with the weights after so many steps."""
    network = sheetnet.train(lesson_of(name), steps).network
    return with_values(lesson_of(name), weights=network.weights, bias=network.bias)


def outputs(name: str, steps: int) -> np.ndarray:
    return np.asarray(sheetnet.train_step(trained(name, steps)).a[-1])


def texts_of(name: str) -> Iterator[Text]:
    for erratum in lesson_of(name).errata:
        for text in (erratum.where, erratum.printed, erratum.right, erratum.shows):
            yield erratum.where, text
    for note in lesson_of(name).notes:
        for text in (note.where, note.text, note.hint, note.answer, *note.shows):
            yield note.where, text


# --- quotations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(len(QUOTATIONS)))
def test_a_quotation_says_what_the_document_says(place: int) -> None:
    quotation = QUOTATIONS[place]
    shown = quotation["shown"]
    texts = [text for where, text in texts_of(quotation["lesson"]) if where == quotation["where"]]
    assert any(shown in text for text in texts), "not in the lesson"
    assert plain(shown) in plain(quotation["source"])


@pytest.mark.parametrize("name", gallery.names())
def test_every_erratum_and_every_quotation_mark_has_its_source(name: str) -> None:
    shown = [(q["where"], q["shown"]) for q in QUOTATIONS if q["lesson"] == name]
    for erratum in lesson_of(name).errata:
        found = [words for where, words in shown if where == erratum.where]
        sources = [words for words in found if words in erratum.printed]
        assert sources, f"{erratum.where}: no source for {erratum.printed!r}"
    for where, text in texts_of(name):
        for quoted in re.findall("“[^”]*”", text):
            if len(quoted) > 6:  # “or” is a sign on our own sheet
                assert any(quoted in s for _, s in shown), f"{where}: no source for {quoted}"


@pytest.mark.parametrize(
    ("source", "text", "same"),
    [
        (r"\frac{\partial h2_{out2}}{\partial h1_{in2}}", "∂h2ₒᵤₜ₂/∂h1ᵢₙ₂", True),
        (r"w_{01}^{(1)} a_1^{(0)}", "w₀₁⁽¹⁾a₁⁽⁰⁾", True),
        (r"w_{01}^{(1)} a_0^{(0)}", "w₀₁⁽¹⁾a₁⁽⁰⁾", False),
        (r"a_1^{(2)} (1 - a_1^{(2)})", "a₁⁽²⁾(1 − a₀⁽²⁾)", False),  # what stood there once
        (r"\frac{1}{(1 - e^{-x})}", "1/(1 + e⁻ˣ)", False),
    ],
)
def test_the_comparison_tells_right_from_wrong(source: str, text: str, same: bool) -> None:
    assert (plain(text) in plain(source)) is same


# --- numbers -------------------------------------------------------------------------------------


def close(value: float, text: str) -> bool:
    """Whether the number rounds to what is written."""
    digits = len(text.partition(".")[2])
    return f"{value:.{digits}f}" == text.replace(",", "")


def vanishing(neuron: int) -> float:
    delta = sheetnet.train_step(lesson_of("question-vanishing")).delta
    return float(abs(delta[4][0, 0] / delta[0][0, neuron]))


@cache
def mazur_with_new_weights(steps: int) -> tuple[float, np.ndarray]:
    """Error and outputs where the hidden δ are computed with the new w₅…w₈: a plain loop."""
    lesson = lesson_of("mazur")
    (w, v), (b, c) = (list(map(np.array, part)) for part in
                      (lesson.network.weights, lesson.network.bias))  # fmt: skip
    x, y, rate = lesson.inputs[0], lesson.targets[0], lesson.training.learning_rate
    for _ in range(steps):
        h = 1 / (1 + np.exp(-(w @ x + b)))
        o = 1 / (1 + np.exp(-(v @ h + c)))
        d = (o - y) * o * (1 - o)
        v = v - rate * np.outer(d, h)
        w = w - rate * np.outer((v.T @ d) * h * (1 - h), x)
    o = 1 / (1 + np.exp(-(v @ (1 / (1 + np.exp(-(w @ x + b)))) + c)))
    return float(0.5 * ((o - y) ** 2).sum()), o


def loss_after(name: str, steps: int) -> float:
    return float(sheetnet.train(lesson_of(name), steps).losses[-1])


BOUNDARY = "question-bias-answer"
RECOMPUTED: dict[Text, Callable[[], float]] = {
    ("mazur", "0.291027774"): lambda: loss_after("mazur", 1),
    ("mazur", "0.0000351019"): lambda: loss_after("mazur", 10_000),
    ("mazur", "0.0000351085"): lambda: loss_after("mazur", 9_999),
    ("mazur", "0.015913620"): lambda: outputs("mazur", 10_000)[0, 0],
    ("mazur", "0.984064274"): lambda: outputs("mazur", 10_000)[0, 1],
    ("mazur", "10,000"): lambda: 10_000,  # a number of rounds, as is the next
    ("mazur", "9,999"): lambda: 9_999,
    ("mazur", "0.291027924"): lambda: mazur_with_new_weights(1)[0],
    ("mazur", "0.015912196"): lambda: mazur_with_new_weights(10_000)[1][0],
    ("mazur", "0.984065734"): lambda: mazur_with_new_weights(10_000)[1][1],
    ("question-vanishing", "2,421"): lambda: vanishing(0),
    ("question-vanishing", "1,958"): lambda: vanishing(1),
    ("question-bias", "0.5"): lambda: outputs("question-bias", 200)[1, 0],
    (BOUNDARY, "0.5"): lambda: 1 / (1 + np.exp(-0.0)),
    (BOUNDARY, "0.474"): lambda: float(
        -trained(BOUNDARY, 200).network.bias[0][0] / trained(BOUNDARY, 200).network.weights[0][0, 0]
    ),
    ("removed-connection", "0.354"): lambda: trained("removed-connection", 200).network.weights[0][
        0, 0
    ],
    ("xor", "0.5"): lambda: float(outputs("xor", 0).mean()),
    ("xor", "0.06"): lambda: 0.06,  # a bound: see test_xor_is_learnt_as_its_note_says
}

NUMBER = re.compile(r"\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+")


def known_numbers(name: str) -> set[str]:
    """Those of quotations, of expressions and of the lesson's own data."""
    lesson = lesson_of(name)
    written = [q["shown"] for q in QUOTATIONS if q["lesson"] == name]
    written += [part for e in lesson.errata for part in (e.printed_value, e.right_value)]
    written += [value for note in lesson.notes for value in note.values]
    return {number for text in written for number in NUMBER.findall(text)}


@pytest.mark.parametrize("name", gallery.names())
def test_every_number_is_quoted_live_or_recomputed(name: str) -> None:
    known = known_numbers(name)
    for where, text in texts_of(name):
        for number in NUMBER.findall(text):
            if (name, number) in RECOMPUTED:
                value = RECOMPUTED[name, number]()
                assert close(value, number), f"{where}: {number} is {value}"
            else:
                assert number in known, f"{where}: nobody has computed {number}"


def test_a_wrong_number_would_be_found() -> None:
    assert not close(vanishing(0), "2,420") and not close(vanishing(0), "100")
    assert close(vanishing(0), "2,421")


# --- what errata and notes come to, at step 0, by numbers of others ------------------------------

TERM = "Change matrix of layer (1), dC/dw₁₁⁽¹⁾, first term"
MEASURED = [  # lesson, where, as printed, as it must be: measured elsewhere, or printed
    ("simple-neural-net", TERM, 0.0051695, 0.0057156),
    ("simple-neural-net", "Change matrix of layer (1), dC/dw₁₂⁽¹⁾", 0.00984, 0.01093),
    ("simple-neural-net", "Simple_Neural_Net.ods, N5", 10.9330854113259, 0.0109330854113259),
    ("one-neuron-chain", "Simple_Neural_Net.ods, Ark2, D9: the new w₀₀⁽¹⁾", 0.1, 0.10023135),
    ("matrices-3-3-3-3", "Layer 2, the example", 4.001, 4.004),
    ("matrices-3-3-3-3", "Layer 3, the example", 2.8204, 2.8230360),  # -, the oracle's O_in
    ("matrices-3-3-3-3", "∂E₁/∂Oₒᵤₜ₁, the number", -3.70644, -5.0357538),
    ("matrices-3-3-3-3", "∂E₂/∂Oₒᵤₜ₂, the number", -1.4755, 1.3997564),
    ("matrices-3-3-3-3", "∂E₃/∂Oₒᵤₜ₃, the number", -1.6886, 2.0653903),
    ("matrices-3-3-3-3", "The softmax derivative, third number", 0.3685, 0.2497494),
    ("matrices-3-3-3-3", "δWₖₗ, its second column", -0.0576, -0.28234),
    ("matrices-3-3-3-3", "The new Wₖₗ, third row", 0.25017, 0.2006017),
    ("matrices-3-3-3-3", "The new Wᵢⱼ, third row", 0.400007245, 0.40007245),
]


@cache
def fresh(name: str) -> dict[str, np.ndarray]:
    lesson = replace(lesson_of(name), training=replace(lesson_of(name).training, steps=1))
    return cached(lesson, build(lesson))


@pytest.mark.parametrize(("name", "where", "printed", "right"), MEASURED)
def test_errata_come_to_what_others_measured(
    name: str, where: str, printed: float, right: float
) -> None:
    place = [erratum.where for erratum in lesson_of(name).errata].index(where) + 1
    for kind, number in (("printed", printed), ("right", right)):
        (shown,) = fresh(name)[f"errata_{place}_{kind}"].ravel()
        digits = len(str(number).partition(".")[2])
        assert shown == pytest.approx(number, abs=0.6 * 10.0**-digits), kind


@pytest.mark.parametrize("name", gallery.names())
def test_the_right_number_is_another_one(name: str) -> None:
    for place, erratum in enumerate(lesson_of(name).errata, start=1):
        if erratum.printed_value:
            printed, right = (fresh(name)[f"errata_{place}_{k}"] for k in ("printed", "right"))
            assert abs(printed - right) > 1e-6, erratum.where


@pytest.mark.parametrize("name", gallery.names())
def test_no_figure_of_one_step_stands_beside_a_live_number(name: str) -> None:
    """A constant that is no 0 is what a document prints for one step: its neighbour must be too."""
    from sheetnet.documents.expression import is_figure

    for erratum in lesson_of(name).errata:
        both = (erratum.printed_value, erratum.right_value)
        figures = [text for text in both if text and is_figure(text) and float(eval(text, {
            "exp": np.exp, "ln": np.log})) != 0]  # fmt: skip
        assert len(figures) in (0, 2), erratum.where


def test_the_articles_causes_reproduce() -> None:
    """−3.70644, −1.4755 and −1.6886 without exponentials, 0.3685 by a neighbour, −0.301."""
    o = np.array([1.8658, 2.2292, 2.8204])
    share = o / o.sum()
    assert 1 / share[0] == pytest.approx(3.70644, abs=5e-5)
    np.testing.assert_allclose(1 / (1 - share[1:]), [1.4755, 1.6886], atol=3e-4)
    grown = np.exp(o)
    assert grown[2] * (grown[0] + grown[2]) / grown.sum() ** 2 == pytest.approx(0.3685, abs=5e-5)
    np.testing.assert_allclose(1.4755 * 0.2040, 0.301, atol=5e-4)


def test_ark2_reproduces_as_printed() -> None:
    """The spreadsheet's own D9, H9, D10, H10 and J200, with the rate dropped where it drops it."""
    assert lesson_of("one-neuron-chain").training.steps == 200 - 8
    x, y, w, b, v, c = 0.3, 0.7, 0.1, 0.1, 0.3, 0.3  # C8, L8, D8, E8, H8, I8
    found = {}
    out = 0.0
    for row in range(8, 201):
        found[f"D{row}"], found[f"H{row}"] = w, v
        a = 1 / (1 + np.exp(-(x * w + b)))
        out = 1 / (1 + np.exp(-(a * v + c)))
        d = (out - y) * out * (1 - out)
        e = a * (1 - a) * d * v
        rate_of_w, rate = (0.0, 0.5) if row == 8 else (1.0, 1.0)
        w, b, v, c = w - rate_of_w * x * e, b - rate * e, v - rate * a * d, c - rate * d
    author = {"D9": 0.1, "H9": 0.305497997240582, "D10": 0.10045270755626, "H10": 0.316067204611097}
    for cell, value in author.items():
        assert found[cell] == pytest.approx(value, rel=1e-13), cell
    assert out == pytest.approx(0.699999222002256, rel=1e-13)


# --- what notes claim without a number -----------------------------------------------------------


def test_xor_is_learnt_as_its_note_says() -> None:
    lesson = lesson_of("xor")
    assert lesson.training.batch == "full" and lesson.training.steps == 500
    assert np.abs(outputs("xor", 500) - lesson.targets).max() < 0.06
    assert np.abs(outputs("xor", 0) - 0.5).max() < 0.06
    losses = sheetnet.train(lesson, 100).losses
    assert losses[20] > 0.95 * losses[0] and losses[100] < 0.2 * losses[0]
    delta = sheetnet.train_step(lesson).delta[-1]
    assert abs(delta.sum()) < 0.1 * np.abs(delta).sum()


def test_twins_stay_twins() -> None:
    for step in (0, 1, 200):
        network = trained("question-equal-weights", step).network
        assert (network.weights[0] == network.weights[0][0]).all(), step


def test_a_bias_lets_all_three_targets_be_met() -> None:
    targets = lesson_of(BOUNDARY).targets
    assert (np.round(outputs(BOUNDARY, 200)) == targets).all()
    assert not (np.round(outputs("question-bias", 200) - 1e-9) == targets).all()


def test_the_slope_is_at_most_a_quarter_and_the_weights_below_one() -> None:
    lesson = lesson_of("question-vanishing")
    trace = sheetnet.train_step(lesson)
    assert max((a * (1 - a)).max() for a in trace.a[1:]) <= 0.25
    assert max(np.abs(w).max() for w in lesson.network.weights) < 1


def test_the_update_waits_for_all_changes() -> None:
    """The note's two δ: from the old weights, as NumPy has it, and from the new."""
    trace = sheetnet.train_step(lesson_of("simple-neural-net"))
    old, new = (fresh("simple-neural-net")[f"note_1_{k}"].item() for k in (1, 2))
    assert old == pytest.approx(trace.delta[0][0, 0], rel=1e-14)
    slope = trace.a[1][0, 0] * (1 - trace.a[1][0, 0])
    sent = trace.network.weights[1][:, 0] @ trace.delta[1][0]
    assert new == pytest.approx(slope * sent, rel=1e-14) and new != pytest.approx(old, rel=1e-3)


def test_the_five_factors_and_their_sum() -> None:
    values = [fresh("delta-notes")[f"note_1_{k}"].item() for k in range(1, 10)]
    assert values[5] == pytest.approx(np.prod(values[:5]), rel=1e-14)
    gradient = sheetnet.train_step(lesson_of("delta-notes")).dW[0][0, 0]
    assert sum(values[5:8]) == pytest.approx(values[8]) == pytest.approx(gradient, rel=1e-13)


def test_the_hadamard_example_is_the_tutorials() -> None:
    shown = [fresh("four-layer-tutorial")[f"note_1_{k}"].item() for k in range(1, 7)]
    assert shown == [7, 16, 27, 40, 55, 72]


# --- workbooks/README.md -------------------------------------------------------------------------


def test_the_readme_of_the_workbooks_counts_right() -> None:
    assert "995 steps" in README and lesson_of("simple-neural-net").training.steps == 995
    assert "193 rows" in README and lesson_of("one-neuron-chain").training.steps == 192
    assert "1/2,000 of" in README and 1_900 < vanishing(1) < vanishing(0) < 2_500
    assert "0.354" in README and close(RECOMPUTED["removed-connection", "0.354"](), "0.354")
    assert "within 0.06" in README  # see test_xor_is_learnt_as_its_note_says
    assert "stays 0.5" in README and close(RECOMPUTED["question-bias", "0.5"](), "0.5")
    numbers = set(NUMBER.findall(README)) - {"2,000", "0.354", "0.06", "0.5"}
    assert not numbers, "numbers that nobody has recomputed"


def test_the_readme_of_the_workbooks_names_every_lesson() -> None:
    assert set(re.findall(r"^## (.+)$", README, re.MULTILINE)) == set(gallery.names())
