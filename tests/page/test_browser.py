"""The page in a real browser: what a person does there, and what is drawn then.

Chromium opens files as by a double click; keys and mouse are real events of its protocol. Whatever
a test does, the page must ask for nothing and complain of nothing (the fixture `page` sees to it).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from support.chromium import CONTROL, SHIFT, Chromium
from support.javascript import inside
from support.lessons import xor
from support.pages import drawn, show, value

import sheetnet
from sheetnet import gallery
from sheetnet.lessons import load
from sheetnet.workbooks.write import write

pytestmark = pytest.mark.engine


# --- editing -------------------------------------------------------------------------------------


def test_an_edit_runs_through_the_training_and_the_pictures(page: Chromium, folder: Path) -> None:
    page.open(folder / "net.html")
    before = drawn(page, "svg .curve", "getAttribute('d')"), drawn(page, ".neuron text")
    page.click(".cell.typed.selected")  # the workbook's cursor: a yellow cell
    show(page, "Training_W_1")
    page.write("2,5")
    assert page.run("document.activeElement.className") == "editor"
    page.key("Enter")
    page.frame()
    assert value(page, "Training_W_1", 0) == 2.5
    after = drawn(page, "svg .curve", "getAttribute('d')"), drawn(page, ".neuron text")
    assert before[0] != after[0] and before[1] != after[1]
    edited = load(gallery.path_of("simple-neural-net"))
    weights = [w.copy() for w in edited.network.weights]
    weights[0][0, 0] = 2.5
    run = sheetnet.train(sheetnet.lessons.with_values(edited, weights=weights))
    last = value(page, "Training_loss", edited.training.steps)
    np.testing.assert_allclose(value(page, "Training_loss", 10), run.losses[10], rtol=1e-12)
    np.testing.assert_allclose(last, run.losses[-1], rtol=1e-2, atol=1e-30)


def test_undo_redo_start_again_and_random_start(page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    first = value(page, "Training_W_1", 0)
    show(page, "Training_W_1")
    page.write("-1.25")
    page.key("Enter")
    page.key("z", CONTROL)
    assert value(page, "Training_W_1", 0) == first
    page.key("y", CONTROL)
    assert value(page, "Training_W_1", 0) == -1.25
    page.key("z", CONTROL)
    page.key("z", CONTROL | SHIFT)
    assert value(page, "Training_W_1", 0) == -1.25
    page.click(".random-start")
    drawn_at_random = [value(page, "Training_W_1", k) for k in range(9)]
    assert len(set(drawn_at_random)) == 9 and max(map(abs, drawn_at_random)) <= 2**-0.5
    page.click(".start-again")
    assert value(page, "Training_W_1", 0) == first
    page.click("[aria-label^=Undo]")
    assert [value(page, "Training_W_1", k) for k in range(9)] == drawn_at_random


@pytest.mark.parametrize("text", ["abc", "1,2,3", "=1", "1e999", "--1"])
def test_what_is_no_number_is_not_taken(text: str, page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    first = value(page, "Training_W_1", 0)
    show(page, "Training_W_1")
    page.key("F2")
    page.write(text)
    page.key("Enter")
    assert drawn(page, ".editor", "getAttribute('aria-invalid')") == ["true"]
    assert "number" in drawn(page, ".said")[0]
    page.key("Escape")
    assert drawn(page, ".editor") == [] and value(page, "Training_W_1", 0) == first


def test_a_negative_rate_is_refused_and_computed_cells_stay(page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    show(page, "learning_rate")
    page.write("-1")
    page.key("Enter")
    page.key("Escape")
    assert value(page, "learning_rate", 0) == 2.0
    show(page, "Training_loss", 3)
    page.write("7")
    assert drawn(page, ".editor") == []
    assert "computed" in drawn(page, ".said")[0]


# --- the step ------------------------------------------------------------------------------------


def test_everything_follows_the_slider(page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    seen = []
    for share in (0.0, 0.2, 0.9):
        box = page.run(
            "(() => { const b = document.querySelector('.step-slider').getBoundingClientRect();"
            "return [b.x, b.y, b.width, b.height]; })()"
        )
        x = box[0] + 9 + (box[2] - 18) * share
        page.drag((box[0] + box[2] / 2, box[1] + box[3] / 2), (x, box[1] + box[3] / 2))
        step = page.run("document.sheetnet.state.step")
        assert abs(step - 600 * share) < 12
        assert value(page, "step_shown", 0) == step
        assert page.run("document.querySelector('.step-number').value") == str(step)
        shades = page.run("document.querySelector('canvas').toDataURL()")
        seen.append((drawn(page, ".edge", "getAttribute('stroke-width')"), shades))
        np.testing.assert_allclose(
            value(page, "loss", 0), value(page, "Training_loss", step), rtol=1e-12
        )
    assert len({str(one) for one in seen}) == 3


def test_every_sheet_shows_the_step_and_the_example_of_the_page(
    page: Chromium, tmp_path: Path
) -> None:
    write(load(gallery.path_of("xor")), tmp_path / "net.html")
    page.open(tmp_path / "net.html")
    assert value(page, "Net_step", 0) == value(page, "step_shown", 0) == 0
    page.run("document.sheetnet.state.step = 77")
    assert value(page, "Net_step", 0) == value(page, "step_shown", 0) == 77
    assert value(page, "Net_loss", 0) == pytest.approx(value(page, "loss", 0))
    show(page, "Net_step")
    page.write("300")
    page.key("Enter")
    assert page.run("document.querySelector('.step-slider').value") == "300"
    show(page, "Net_example")
    page.write("3")
    page.key("Enter")
    assert page.run("document.sheetnet.state.example") == 2
    assert page.run("document.querySelector('select[aria-label=example]').value") == "2"
    assert value(page, "example_shown", 0) == 3
    assert drawn(page, ".neuron.input .inside") == ["1.00", "0.000"]
    assert len(drawn(page, "circle.point")) == len(drawn(page, "path.point")) == 2, (
        "two targets are 1"
    )
    assert page.run("document.sheetnet.state.edits().length") == 0, "nothing of the lesson"


def test_play_arrows_and_space(page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    page.run("document.activeElement.blur()")
    page.key("ArrowRight")
    page.key("ArrowRight")
    page.key("ArrowLeft")
    assert page.run("document.sheetnet.state.step") == 1
    page.key(" ")
    page.wait("document.sheetnet.state.step > 3")
    assert drawn(page, ".play", "getAttribute('aria-pressed')") == ["true"]
    page.key(" ")
    stopped = page.run("document.sheetnet.state.step")
    page.frame()
    assert page.run("document.sheetnet.state.step") == stopped
    page.click(".play")
    page.wait(f"document.sheetnet.state.step > {stopped}")
    page.click(".play")
    page.key("End")  # the button has the focus: keys are its own
    page.run("document.activeElement.blur()")
    page.key("End")
    assert page.run("document.sheetnet.state.step") == 600
    page.key("Home")
    assert page.run("document.sheetnet.state.step") == 0


# --- a cell explained ----------------------------------------------------------------------------


def test_a_cell_is_explained_and_its_numbers_lead_on(page: Chromium, folder: Path) -> None:
    page.open(folder / "net.html")
    show(page, "Training_a_1", 2)  # a₀⁽¹⁾ at step 1
    text = drawn(page, ".inspector")[0]
    address = drawn(page, ".address")[0]
    assert "a₀⁽¹⁾" in text and "step 1" in text and address.startswith("Training!")
    (formula,) = drawn(page, ".formula", "dataset.formula")
    assert formula.startswith("=1/(1+EXP(-(")
    assert "0.9" in drawn(page, ".numbers")[0]
    assert len(drawn(page, ".cell.precedent")) == len(set(drawn(page, ".formula .reference"))) == 5
    page.click(".numbers .reference")
    assert drawn(page, ".address")[0] != address
    page.click(".back-cell")
    assert drawn(page, ".address")[0] == address


def test_a_walk_leads_to_other_sheets(page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    show(page, "Step_W_1")
    assert drawn(page, "[role=tab][aria-selected=true]") == ["Step"]
    page.click(".formula .reference")
    assert drawn(page, "[role=tab][aria-selected=true]") == ["Training"]


def test_every_cell_of_every_sheet_can_be_explained(page: Chromium, folder: Path) -> None:
    """In every block of a lesson with an odd notation: a name, a formula, a value, no complaint."""
    page.open(folder / "matrices.html")
    count = page.run("document.sheetnet.state.book.blocks.length")
    for k in range(count):
        page.run(
            f"(() => {{ const s = document.sheetnet.state; const b = s.book.blocks[{k}];"
            "s.select(b.sheet, b.row + b.rows - 1, b.column + b.columns - 1); })()"
        )
        page.frame()
        text = drawn(page, ".what")[0]
        assert " = " in text and "undefined" not in text and "NaN" not in text and "{" not in text


def test_an_error_is_shown_with_a_way_out(page: Chromium, folder: Path) -> None:
    page.open(folder / "net.html")
    show(page, "Training_W_1", 2)
    page.write("-800")
    page.key("Enter")
    show(page, "Training_a_1", 0)
    assert "#NUM!" in drawn(page, ".inspector")[0] and "--safe" in drawn(page, ".inspector")[0]
    assert "error" in drawn(page, ".neuron text")
    assert not page.run("/NaN|Infinity|undefined/.test(document.querySelector('.app').innerText)")
    page.key("z", CONTROL)
    assert "error" not in drawn(page, ".neuron text")


# --- keeping it ----------------------------------------------------------------------------------


def test_saved_as_lesson_and_as_page_it_comes_back(page: Chromium, folder: Path) -> None:
    page.open(folder / "net.html")
    show(page, "Training_W_2", 5)
    page.write("0,125")
    page.key("Enter")
    name = "back-propagation-in-a-simple-neural-net"
    for suffix, button in ((".toml", ".lesson"), (".html", ".page")):
        saved = page.saved(name + suffix, lambda button=button: page.click(button))  # type: ignore[misc]
        kept = load(saved) if suffix == ".toml" else sheetnet.read(saved)
        written = load(gallery.path_of("simple-neural-net"))
        assert kept.network.bias[1][1] == 0.125
        np.testing.assert_array_equal(kept.network.weights[1], written.network.weights[1])
        assert kept.title == written.title and kept.errata == written.errata
        assert kept.notes == written.notes and kept.training == written.training
    assert sheetnet.check(saved).ok
    assert inside(saved) == inside(folder / "net.html")
    page.open(saved)
    assert value(page, "Training_W_2", 5) == 0.125
    show(page, "Training_W_2", 5)
    page.write("0.75")
    page.key("Enter")
    show(page, "Training_W_1", 0)
    page.write("-1")
    page.key("Enter")
    again = page.saved(name + ".html", lambda: page.click(".page"))
    kept = sheetnet.read(again)
    assert (kept.network.bias[1][1], kept.network.weights[0][0, 0]) == (0.75, -1)
    page.click(".start-again")
    assert value(page, "Training_W_2", 5) == 0.125, "as it was handed out"


def test_a_link_opens_the_same_state(page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    show(page, "Training_W_1", 3)
    page.write("0.1")
    page.key("Enter")
    page.run("document.sheetnet.state.step = 77")
    page.click(".link")
    page.frame()
    address = page.run("location.href")
    assert address.endswith("#step=77&W_1=3:0.1")
    page.open(address)
    assert value(page, "Training_W_1", 3) == 0.1
    assert page.run("document.sheetnet.state.step") == 77
    page.run("location.hash = '#step=5&W_1=3:0.2,9999:1,x:2&learning_rate=0:-3&<img>=1:NaN'")
    page.frame()
    assert value(page, "Training_W_1", 3) == 0.2 and value(page, "learning_rate", 0) == 2.0


# --- optimisers ----------------------------------------------------------------------------------

OPTIMIZED = {
    "adam": (
        {"optimizer": "adam", "learning_rate": 0.05, "schedule": "step", "step_size": 5,
         "gamma": 0.5},
        {"beta_1": ("betas", 0.75), "gamma": ("gamma", 0.25)},
    ),
    "momentum": (
        {"momentum": 0.9, "schedule": "cosine", "T_max": 12},
        {"momentum": ("momentum", 0.5)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZED)
def test_options_of_an_optimizer_are_edited_saved_and_sent(
    name: str, page: Chromium, tmp_path: Path
) -> None:
    training, typed = OPTIMIZED[name]
    sheets = ("network", "training", "step", "gradient_check")
    made = xor(training=training | {"steps": 12}, sheets=list(sheets))
    path = tmp_path / "net.html"
    write(made, path)
    page.open(path)
    loss = value(page, "Training_loss", 12)
    for block, (_, number) in typed.items():
        cell = page.run(
            "(document.sheetnet.state.book.typed.find((b) => b.typedName === "
            f"{json.dumps(block)}) || {{}}).name"
        )
        assert cell, f"no yellow cell {block}"
        show(page, cell)
        page.write(str(number))
        page.key("Enter")
    assert value(page, "Training_loss", 12) != loss
    page.click(".link")
    page.frame()
    link = page.run("location.href")
    saved = page.saved("xor.toml", lambda: page.click(".lesson"))
    file = page.saved("xor.html", lambda: page.click(".page"))
    for found in (load(saved), sheetnet.read(link), sheetnet.read(file)):
        for key, number in typed.values():
            option = found.training.options[key]
            assert (option[0] if isinstance(option, tuple | list) else option) == number
        run = sheetnet.train(found, 12)
        assert run.losses[-1] == pytest.approx(value(page, "Training_loss", 12), rel=1e-12)
    assert sheetnet.check(file).ok
    edited = value(page, "Training_loss", 12)
    page.open(link)
    assert value(page, "Training_loss", 12) == edited
