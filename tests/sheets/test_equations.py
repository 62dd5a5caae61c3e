"""Step's equations: the cost and the update in every notation, and one symbol, one orientation.

The numbers' oracle is torch's (tests/oracles); shapes are counted on the sheet as it is built.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from support.folders import ORACLES

import sheetnet
from sheetnet import gallery
from sheetnet.lessons import Lesson
from sheetnet.sheets.model import Block, Sheet
from sheetnet.sheets.notation import NOTATIONS, Labels, readable
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached

ORACLE_OF = {
    "simple-neural-net": "dustbunny_2_2_2_ods",
    "matrices-3-3-3-3": "seed000_B1_bce_softmax",
    "delta-notes": "seed002_2_3_3",
    "four-layer-tutorial": "seed003_2_4_3_4",
    "mazur": "mazur_2_2_2",
}
COSTS = {
    "simple-neural-net": "C = ½Σ(a⁽²⁾ − T)²",
    "matrices-3-3-3-3": "E = −Σ[Output·ln O out + (1 − Output)·ln(1 − O out)]",
    "delta-notes": "J = −Σ[y·ln a⁽²⁾ + (1 − y)·ln(1 − a⁽²⁾)]",
    "four-layer-tutorial": "E = ½Σ(a⁴ − y)²",
    "mazur": "E total = ½Σ(out o − target)²",
}
UPDATES = {
    "simple-neural-net": ["new W⁽²⁾ = W⁽²⁾ − γ·(dC/dW⁽²⁾)ᵀ"],
    "matrices-3-3-3-3": ["Wkl´ = Wkl − lr·δWkl", "bl´ = bl − lr·δbl"],
    "delta-notes": ["new W⁽²⁾ = W⁽²⁾ − η·∂J/∂W⁽²⁾"],
    "four-layer-tutorial": ["ΔW⁴ = −η·∂E/∂W⁴", "W⁴(t+1) = W⁴(t) + ΔW⁴", "b⁴(t+1) = b⁴(t) + Δb⁴"],
    "mazur": ["Wo⁺ = Wo − η·∂E/∂Wo"],
}
"""The last layer's, in the words of each document."""


def lesson_of(name: str) -> Lesson:
    lesson = sheetnet.load(gallery.path_of(name))
    return replace(lesson, training=replace(lesson.training, steps=2), errata=(), notes=())


def step_of(lesson: Lesson) -> tuple[Sheet, dict[str, np.ndarray]]:
    workbook = build(lesson)
    sheet = next(sheet for sheet in workbook.sheets if sheet.name == "Step")
    return sheet, cached(lesson, workbook)


def last_of_line(sheet: Sheet, title: str) -> Block:
    """The result of the line with that title: its last matrix."""
    row = next(t.row for t in sheet.texts if t.text == title and t.style == "row_label")
    return max((b for b in sheet.blocks if b.area.row == row + 2), key=lambda b: b.area.column)


@pytest.mark.parametrize("name", ORACLE_OF)
def test_cost_and_update_come_to_what_torch_says(name: str) -> None:
    path = ORACLES / f"{ORACLE_OF[name]}.json"
    expected = json.loads(path.read_text("utf-8"))["expected"]
    lesson = lesson_of(name)
    sheet, values = step_of(lesson)
    assert COSTS[name] in {text.text for text in sheet.texts}
    loss = readable(Labels(lesson).notation.loss)
    total = last_of_line(sheet, f"{loss} = Σ {loss} terms")
    np.testing.assert_allclose(values[total.name], [[expected["loss"]]], rtol=1e-13)
    for title in UPDATES[name]:
        block = last_of_line(sheet, title)
        shown = block.from_sheet(values[block.name])
        if title.startswith("Δ"):
            rate = lesson.training.learning_rate
            np.testing.assert_allclose(shown, -rate * np.array(expected["dW"][-1]), rtol=1e-12)
        elif re.match("new W|W", title):
            new = shown[:, : lesson.network.sizes[-2]]
            np.testing.assert_allclose(new, expected["W_new"][-1], rtol=1e-12)
        else:
            np.testing.assert_allclose(shown, [expected["b_new"][-1]], rtol=1e-12)


def test_fixed_biases_are_not_updated() -> None:
    sheet, _ = step_of(lesson_of("mazur"))
    assert not [text for text in sheet.texts if text.text.startswith("b") and "⁺" in text.text]
    own = replace(lesson_of("mazur"), notation="simple-neural-net")
    sheet, _ = step_of(own)
    block = last_of_line(sheet, "new w⁽²⁾ = w⁽²⁾ − γ·dC/dW⁽²⁾")
    assert block.shape == (2, 2)


@pytest.mark.parametrize(
    ("reduction", "title", "divisor"),
    [("mean", "1/3·", 3), ("mean_all", "1/(3·4)·", 12)],
)
def test_the_cost_of_a_mean(reduction: str, title: str, divisor: int) -> None:
    lesson = lesson_of("four-layer-tutorial")
    lesson = replace(lesson, network=replace(lesson.network, reduction=reduction))
    sheet, values = step_of(lesson)
    assert f"E = {title}½Σ(a⁴ − y)²" in {text.text for text in sheet.texts}
    block = last_of_line(sheet, f"E = {title}Σ E terms")
    a = sheetnet.train_step(lesson).a[-1]
    loss = 0.5 * ((a - lesson.targets) ** 2).sum() / divisor
    np.testing.assert_allclose(values[block.name], [[loss]], rtol=1e-13)


# --- one symbol, one orientation ---------------------------------------------------------------


def headed(sheet: Sheet, lesson: Lesson) -> Iterator[tuple[str, tuple[int, int]]]:
    """Every matrix's heading and its (rows, columns), in the band and in the equations."""
    blocks = {(b.area.row, b.area.column): b for b in sheet.blocks}
    inside = Labels(lesson).notation.bias_in_weights or lesson.network.biases == "none"
    for text in sheet.texts:
        if text.style != "group" or text.text == "neuron":
            continue
        below = blocks.get((text.row + 1, text.column))
        in_band = below is None or not below.name.startswith("doc")
        if not in_band:
            assert below is not None
            yield text.text, (below.area.rows, below.area.columns)
            continue
        under = [b for b in sheet.blocks if b.area.column == text.column and b.area.row > text.row]
        weights = [b for b in under if re.fullmatch(r"(Step_)?W_\d|dW_\d|W_\d_new", b.name)]
        if weights:
            area = min(weights, key=lambda b: b.area.row).area
            name = text.text.split(" = ")[0]
            yield name, (area.rows, area.columns - (not inside))


def conflicts(lesson: Lesson) -> list[str]:
    """Names that stand over matrices of two shapes, or over both a shape and its transpose's."""
    sheet, _ = step_of(lesson)
    shapes: dict[str, set[tuple[int, int]]] = {}
    for name, shape in headed(sheet, lesson):
        if name.endswith("ᵀ"):
            name, shape = name.removesuffix("ᵀ"), shape[::-1]
            name = name[1:-1] if name.startswith("(") else name
        shapes.setdefault(name, set()).add(shape)
    return [name for name, found in shapes.items() if len(found) > 1]


LESSONS = ["simple-neural-net", "four-layer-tutorial", "question-bias"]


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("name", LESSONS)
def test_a_name_stands_over_one_orientation(name: str, notation: str) -> None:
    lesson = lesson_of(name)
    table = {
        **sheetnet.lessons.to_dict(lesson),  # type: ignore[attr-defined]
        "notation": notation,
    }
    if name == "simple-neural-net":  # all sizes different, so that no transpose hides
        table["network"] = {"sizes": [3, 2, 4], "seed": 1}
        table["data"] = {"inputs": [[0.1, 0.9, 0.5]], "targets": [[0.3, 0.4, 0.5, 0.6]]}
    assert conflicts(sheetnet.load(table)) == []


def test_the_old_headings_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The band under the document's own name, whatever its orientation, as it once was."""
    monkeypatch.setattr(
        Labels, "matrix", lambda self, q, layer, *, sources_down, form="{}": form.format(
            self.of_layer(q, layer))
    )  # fmt: skip
    lesson = sheetnet.load(
        {
            "network": {"sizes": [3, 2, 4], "seed": 1},
            "data": {"inputs": [[0.1, 0.9, 0.5]], "targets": [[0.3, 0.4, 0.5, 0.6]]},
            "training": {"steps": 1},
        }
    )
    assert "W⁽¹⁾" in conflicts(lesson)


def test_the_tutorials_shapes_stand_under_its_matrices() -> None:
    """\"(3 × 1) (3 × 4) (4 × 1) (3 × 1)\", its dimensions line, with one case a column."""
    lesson = lesson_of("four-layer-tutorial")
    one = replace(lesson, inputs=lesson.inputs[:1], targets=lesson.targets[:1])
    sheet, values = step_of(one)
    row = next(text.row for text in sheet.texts if text.text == "z³ = W³ · a² + b³")
    shapes = [t.text for t in sheet.texts if t.style == "group" and t.row == row + 6]
    assert shapes == ["(3 × 4)", "(4 × 1)", "(3 × 1)", "(3 × 1)"]  # W, a, b and, last here, z
    block = last_of_line(sheet, "∂E/∂W⁴, entry by entry")
    np.testing.assert_array_equal(values[block.name], sheetnet.train_step(one).dW[-1])
