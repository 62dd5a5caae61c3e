"""Step on one screen: one example, the sum over all of them, lines in words, stages.

Oracles: `core`'s training for every number, plain string formatting for every line, and the sizes
of columns and rows as they were measured on a screen.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import planting
from support.checked import mistakes
from support.lessons import BCE, CE, FORMATS, lesson, written, xor
from support.planting import At

import sheetnet
from sheetnet import gallery
from sheetnet.checking.check import check
from sheetnet.engines import Engine
from sheetnet.lessons import Lesson
from sheetnet.quantities.table import QUANTITIES
from sheetnet.sheets import step, step_reveal
from sheetnet.sheets.model import Block, Sheet, Workbook
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached
from sheetnet.writing.rows import row_heights
from sheetnet.writing.styles import COLUMN_WIDTH, ROW_HEIGHT

LESSONS = {
    "xor": xor(),
    "three": lesson((2, 4, 3), ["tanh", "identity"], examples=3, reduction="mean"),
    "softmax": lesson((2, 2, 3), ["relu", "softmax"], CE, examples=3, formulas="safe"),
    "softmax, plain": lesson((2, 3), "softmax", CE, examples=2, reduction="mean_all"),
    "safe": lesson((2, 2, 1), formulas="safe", loss=BCE, examples=2, reduction="mean"),
    "no bias": lesson((2, 3, 2), "leaky_relu", biases="none", examples=2),
    "fixed bias": lesson((1, 2, 1), "tanh", biases="fixed", examples=14),
}
every = pytest.mark.parametrize("name", LESSONS)


def sheet_of(book: Workbook) -> Sheet:
    return next(sheet for sheet in book.sheets if sheet.name == "Step")


def block_of(book: Workbook, name: str) -> Block:
    return next(block for block in book.blocks() if block.name == name)


# --- one example ---------------------------------------------------------------------------------


@every
def test_each_example_has_its_own_numbers_and_the_sum_is_that_of_all(name: str) -> None:
    made = LESSONS[name]
    trace, book = sheetnet.train_step(made), build(made)
    summed = [np.zeros_like(w) for w in trace.dW]
    for e in range(len(made.inputs)):
        shown = cached(made, book, {"example_shown": np.array([[e + 1.0]])})
        np.testing.assert_array_equal(shown["shown_targets"][:, 0], made.targets[e])
        for layer in range(1, made.network.layers + 1):
            for quantity, arrays in (("z", trace.z), ("a", trace.a[1:]), ("delta", trace.delta)):
                found = shown[f"shown_{quantity}_{layer}"][:, 0]
                np.testing.assert_allclose(found, arrays[layer - 1][e], atol=1e-15)
            below = trace.a[layer - 1][e]
            product = np.outer(trace.delta[layer - 1][e], below)
            found = shown[f"shown_dW_{layer}"][:, : len(below)]
            np.testing.assert_allclose(found, product, atol=1e-15)
            summed[layer - 1] += found
            total = shown[f"dW_{layer}"][:, : len(below)]
            np.testing.assert_allclose(total, trace.dW[layer - 1], atol=1e-15)
            np.testing.assert_array_equal(shown[f"table_dW_{layer}"], shown[f"dW_{layer}"])
    for found, total in zip(summed, trace.dW, strict=True):
        np.testing.assert_allclose(found, total, atol=1e-14)


@every
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_cell_is_right_whatever_is_chosen(
    name: str, suffix: str, ironcalc: Engine, tmp_path: Path
) -> None:
    path = written(LESSONS[name], tmp_path, suffix)
    choose(path, LESSONS[name], example=2, layer=99, neuron=1, stage=3)
    report = check(path, ironcalc)
    assert not mistakes(report), report.to_text()


@pytest.mark.engine
@pytest.mark.parametrize("name", ["xor", "softmax", "safe"])
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("engine_name", ["libreoffice", "gnumeric"])
def test_every_cell_is_right_in_programs(
    name: str, suffix: str, engine_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = written(LESSONS[name], tmp_path, suffix)
    choose(path, LESSONS[name], example=2, layer=2, neuron=-3, stage=1)
    report = check(path, request.getfixturevalue(engine_name))
    assert not mistakes(report), report.to_text()


def choose(path: Path, made: Lesson, **numbers: float) -> None:
    """Type into Step's yellow cells."""
    names = {"example": "example_shown", "stage": "stage_shown"}
    for key, number in numbers.items():
        block = block_of(build(made), names.get(key, f"{key}_explained"))
        planting.type_number(path, At("Step", block.area.row, block.area.column), number)


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_chosen_is_not_part_of_the_lesson(suffix: str, tmp_path: Path) -> None:
    path = written(LESSONS["xor"], tmp_path, suffix)
    before = sheetnet.read(path)
    choose(path, LESSONS["xor"], example=4, layer=2, neuron=7, stage=2)
    assert sheetnet.read(path) == before


@pytest.mark.parametrize(
    ("block", "row", "column", "formula"),
    [
        ("shown_a_0_row", 0, 1, "1+1"),
        ("shown_targets", 0, 0, "0.25"),
        ("shown_z_1", 1, 0, "0.5"),
        ("shown_error_1", 0, 0, "1/3"),
        ("shown_dW_2", 0, 1, "1/7"),
        ("table_dW_1", 2, 1, "5"),
        ("explained_1", 0, 0, "2"),
        ("says_delta_1", 0, 0, '"z = 0"'),
        ("explained_forward", 0, 0, '"z = 0"'),
    ],
)
def test_a_planted_mistake_is_named_alone(
    block: str, row: int, column: int, formula: str, ironcalc: Engine, tmp_path: Path
) -> None:
    made = LESSONS["xor"]
    path = written(made, tmp_path, ".xlsx")
    area = block_of(build(made), block).area
    at = At("Step", area.row + row, area.column + column)
    planting.plant(path, at, formula)
    wrong = mistakes(check(path, ironcalc))
    assert [each.cell for each in wrong] == [str(at)]
    assert block in wrong[0].name


# --- lines in words ------------------------------------------------------------------------------


def test_the_lines_say_what_python_says() -> None:
    made = sheetnet.load(gallery.path_of("xor"))
    book, trace, network = build(made), sheetnet.train_step(made), made.network
    chosen = {"example_shown": 3.0, "layer_explained": 1.0, "neuron_explained": 1.0}
    found = cached(made, book, {name: np.array([[x]]) for name, x in chosen.items()})
    (w, v), a = network.weights, trace.a[1][2]
    z = w[0, 0] * 1 + w[0, 1] * 0  # so that the neurons are told apart
    assert z != trace.z[0][2, 1]
    assert line_of(found, "forward") == (
        f"z₁⁽¹⁾ = {w[1, 0]:.3f}·1 + ({w[1, 1]:.3f})·0 + 0.000 = {trace.z[0][2, 1]:.3f},"
        f"     a₁⁽¹⁾ = tanh({trace.z[0][2, 1]:.3f}) = {a[1]:.3f}"
    )
    sent = v[0, 1] * trace.delta[1][2, 0]
    assert line_of(found, "delta") == (
        f"δ₁⁽¹⁾ = (({v[0, 1]:.3f})·({trace.delta[1][2, 0]:.4f})) · tanh′(z₁⁽¹⁾) = "
        f"{sent:.4f}·{1 - a[1] ** 2:.4f} = {trace.delta[0][2, 1]:.4f}"
    )
    assert line_of(found, "gradient") == (
        f"∂C/∂w₁₀⁽¹⁾ = δ₁⁽¹⁾·a₀⁽⁰⁾ = {trace.delta[0][2, 1]:.4f}·1 = "
        f"{trace.delta[0][2, 1]:.4f} in this example"
    )
    new = w[1, 0] - 2 * trace.dW[0][1, 0]
    assert line_of(found, "update") == (
        f"new w₁₀⁽¹⁾ = {w[1, 0]:.4f} − 2·({trace.dW[0][1, 0]:.4f}) = {new:.4f} "
        "(gradient: the sum over all examples)"
    )


def line_of(values: dict[str, np.ndarray], which: str) -> str:
    return str(values[f"explained_{which}"].item())


@pytest.mark.parametrize(
    ("layer", "neuron", "starts"),
    [(2, 1, "z₁² ="), (3, 4, "z₃³ ="), (4, 0, "z₁⁴ ="), (0, 2, "z₂² ="), (9, 9, "z₃⁴ ="),
     (2.4, 2.5, "z₃² =")],
)  # fmt: skip
def test_a_neuron_is_chosen_by_the_numbers_of_the_document(
    layer: float, neuron: float, starts: str
) -> None:
    """"Layer 2" is the first after the inputs there, and neurons count from 1: 2-4-3-3."""
    made = sheetnet.load(gallery.path_of("four-layer-tutorial"))
    assert made.network.sizes == (2, 4, 3, 4) or made.network.sizes[1:3] == (4, 3)
    typed = {"layer_explained": layer, "neuron_explained": neuron}
    values = cached(made, build(made), {name: np.array([[x]]) for name, x in typed.items()})
    last = made.network.sizes[-1]
    wanted = starts.replace("z₃⁴", f"z{'₀₁₂₃₄₅'[last]}⁴")
    assert line_of(values, "forward").startswith(wanted)


def test_no_line_is_made_by_text() -> None:
    """TEXT(0.5;"0.0000") is "00.001" in a German program."""
    book = build(sheetnet.load(gallery.path_of("xor")))
    lines = [block for block in sheet_of(book).blocks if block.holds == "texts"]
    assert len(lines) == 4 * (2 + 1)
    assert not any("TEXT(" in repr(b.formula(None, None)) for b in lines)  # type: ignore


# --- stages --------------------------------------------------------------------------------------


@every
def test_every_computed_block_waits_for_its_stage(name: str) -> None:
    sheet = sheet_of(build(LESSONS[name]))
    hidden: dict[str, float] = {}
    for rule in sheet.rules:
        if rule.look not in ("veiled", "unsaid"):
            continue
        assert rule.formula is not None
        stage = float(re.findall(r"Number\(value=([\d.]+)", repr(rule.formula(None, None)))[0])  # type: ignore
        for area in rule.areas():
            owner = next(block for block in sheet.blocks if block.area == area)
            assert owner.style == rule.style
            hidden[owner.name] = stage
    for block in sheet.blocks:
        quantity = block.quantity.rstrip("0123456789").rstrip("_")
        if block.typed_name or quantity in ALWAYS or block.quantity.endswith("_0"):
            wanted = 4.0 if quantity in ("error", "delta") else None
            wanted = 3.0 if quantity == "loss_term" else wanted
            assert hidden.get(block.name) == wanted, block.name
        else:
            assert block.name in hidden, f"{block.name} is never hidden"


ALWAYS = ("W", "weights", "bias", "learning_rate", "explained", "inputs", "step", "rate")


def test_the_stages_are_in_the_order_of_the_computation() -> None:
    order = ["a_0", "z_1", "a_1", "loss_term", "loss", "error_2", "slope_1", "delta_1", "dW_1"]
    stages = [step_reveal.stage_of(name) for name in order]
    assert stages == sorted(stages) == [1, 2, 2, 3, 3, 4, 4, 4, 5]
    assert step_reveal.stage_of("W_1_new") == 5 and step_reveal.stage_of("W_1") == 1
    kinds = {name for name in QUANTITIES if name not in ("z_by_nodes", "delta_by_diagonal")}
    late = {name for name in kinds if step_reveal.stage_of(f"{name}_1") > 1}
    late |= {name for name in kinds if step_reveal.stage_of(name) > 1}
    assert kinds - late == {"next_step"}


# --- the screen ----------------------------------------------------------------------------------

SCREEN = (1500, 719)
"""Pixels for cells at 1600 × 900 in LibreOffice: without menus, bars, headings, sidebar."""


def wide(characters: float) -> float:
    """Pixels of a column: measured there at 6.8 and 17.6 characters, in both formats."""
    return 1.12 * (7 * characters + 5)


def tall(points: float) -> float:
    """Pixels of a row at 96 dots an inch."""
    return points * 96 / 72


@pytest.mark.parametrize("name", ["xor", "simple-neural-net", "matrices-3-3-3-3", "mazur"])
def test_a_step_fits_the_first_screen(name: str) -> None:
    """z, a, δ, gradient and new weights of all layers, and the lines in words."""
    sheet = sheet_of(build(sheetnet.load(gallery.path_of(name))))
    first = [b for b in sheet.blocks if b.name.startswith(("W_", "Step_W", "dW_", "explained_f"))]
    first += [b for b in sheet.blocks if b.name.startswith(("explained_u", "shown_"))]
    several = any(block.name.startswith("shown_") for block in sheet.blocks)
    if not several:
        first += [b for b in sheet.blocks if re.match(r"(z|a|delta|slope)_\d$", b.name)]
    assert len(first) > 12
    right = max(block.area.column + block.area.columns for block in first)
    bottom = max(block.area.row + block.area.rows for block in first)
    across = sum(wide(sheet.widths.get(column, COLUMN_WIDTH)) for column in range(right))
    heights = row_heights(sheet)
    down = sum(tall(heights.get(row, ROW_HEIGHT)) for row in range(bottom))
    assert (across <= SCREEN[0], down <= SCREEN[1]) == (True, True), (across, down)


OF_NEURONS = r"(shown_)?(z|a|error|slope|delta|targets|loss_term)(_[1-9])?|Step_targets"


@every
def test_heads_stand_over_the_whole_of_their_blocks(name: str) -> None:
    sheet = sheet_of(build(LESSONS[name]))
    found = 0
    for block in sheet.blocks:
        if not re.fullmatch(OF_NEURONS, block.name):
            continue
        heads = [t for t in sheet.texts if t.column == block.area.column and t.row < block.area.row
                 and t.style.startswith("over_") and "arrow" not in t.style]  # fmt: skip
        head = max(heads, key=lambda text: text.row)
        assert head.span == block.area.columns, block.name
        found += 1
    assert found >= 8


def test_large_networks_have_plain_strips() -> None:
    made = lesson((13, 9, 2), steps=1)
    assert not step.is_small(made)
    names = {block.name for block in sheet_of(build(made)).blocks}
    assert not {"stage_shown", "example_shown", "layer_explained"} & names
    assert not sheet_of(build(made)).rules


@pytest.mark.parametrize("name", ["xor", "softmax"])
def test_without_training_all_examples_are_edited_where_they_stand(name: str) -> None:
    made = replace(LESSONS[name], sheets=("step",))
    names = {block.name for block in sheet_of(build(made)).blocks}
    assert {"inputs", "targets", "W_1"} <= names and "example_shown" not in names


def test_the_first_screen_is_printed_and_the_wide_table_is_not() -> None:
    sheet = sheet_of(build(sheetnet.load(gallery.path_of("xor"))))
    assert sheet.print is not None
    first, rest = sheet.print.areas
    inside = [b for b in sheet.blocks if b.area.row < first.row + first.rows]
    assert any(b.name == "explained_update" for b in inside)
    assert all(b.area.column + b.area.columns <= first.columns for b in inside)
    wide = {b.name for b in sheet.blocks if first.rows <= b.area.row < rest.row}
    assert {"delta_1", "table_dW_1"} <= wide and "doc1_nodes_0" not in wide
