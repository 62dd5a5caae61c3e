"""The page in a real browser: what a person does there, and what is drawn then.

Chromium opens files as by a double click; keys and mouse are real events of its protocol. Whatever
a test does, the page must ask for nothing and complain of nothing (the fixture `page` sees to it).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.chromium import CONTROL, SHIFT, Chromium, program
from support.javascript import table_of
from support.lessons import lesson, xor

import sheetnet
from sheetnet import gallery
from sheetnet.lessons import Lesson, load
from sheetnet.workbooks.write import write

pytestmark = pytest.mark.engine

WIDE = lesson((784, 30, 10), ["relu", "softmax"], "categorical_cross_entropy", formulas="safe")
FIT = lesson((1, 6, 1), ["tanh", "identity"], examples=8, steps=30)
EVIL = "</script><img src=x onerror=alert(1)>{{table}} <!--"


def made() -> dict[str, Lesson]:
    """The pages that the tests open."""
    return {
        "net": load(gallery.path_of("simple-neural-net")),
        "xor": xor(training={"learning_rate": 2.0, "steps": 600}),
        "matrices": load(gallery.path_of("matrices-3-3-3-3")),
        "wide": WIDE,
        "fit": FIT,
        "evil": xor(title=EVIL),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pages")
    for name, each in made().items():
        write(each, place / f"{name}.html")
    return place


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    if program() is None:
        if os.environ.get("SHEETNET_REQUIRE_ENGINES") == "1":
            pytest.fail("no chromium on this machine (SHEETNET_REQUIRE_ENGINES=1)", pytrace=False)
        pytest.skip("no chromium on this machine; install it with: apt-get install chromium")
    with Chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Chromium) -> Iterator[Chromium]:
    """The browser at desktop size; afterwards nothing may have gone wrong or been asked for."""
    browser.size(1600, 900)
    yield browser
    browser.frame()
    assert browser.problems == []
    own = ("file:", "blob:", "data:")
    assert [url for url in browser.requests if not url.startswith(own)] == []
    files = [url for url in browser.requests if url.startswith("file:")]
    assert all(url.split("#")[0].endswith(".html") for url in files)


def value(page: Chromium, block: str, index: int) -> float:
    """What the page's engine has in a cell of a block."""
    script = f"document.sheetnet.state.book.byName.get({json.dumps(block)}).cells.peek({index})"
    return float(page.run(script))


def show(page: Chromium, block: str, index: int = 0) -> None:
    """Select a cell of a block, as a click on it does."""
    page.run(
        f"(() => {{ const s = document.sheetnet.state; const b = s.book.byName.get('{block}');"
        f"const r = Math.floor({index} / b.columns), c = {index} % b.columns;"
        "s.select(b.sheet, b.row + r, b.column + c);"
        "document.querySelector('[role=grid]').focus(); })()"
    )
    page.frame()


def drawn(page: Chromium, selector: str, what: str = "textContent") -> list[str]:
    """A property of every element of that kind, in order."""
    script = f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.{what})"
    return list(page.run(script))


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
    table = table_of(saved)
    assert table == table_of(folder / "net.html") | {"blocks": table["blocks"]}
    page.open(saved)
    assert value(page, "Training_W_2", 5) == 0.125


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


# --- what is drawn -------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(1600, 900), (390, 844)])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", list(made()))
def test_every_page_fits_its_screen(
    name: str, width: int, height: int, dark: bool, page: Chromium, folder: Path
) -> None:
    page.size(width, height, dark=dark, touch=width < 500)
    page.open(folder / f"{name}.html")
    page.frame()
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run("document.documentElement.scrollHeight") <= height
    sheets = page.run("document.sheetnet.state.visible.length")
    for k in range(sheets):
        page.run(f"document.sheetnet.state.open(document.sheetnet.state.visible[{k}])")
        page.frame()
        page.frame()
        grid = page.run("document.querySelector('.panel-body').getBoundingClientRect().height")
        assert grid > 0.25 * height
        assert page.run("document.querySelector('.panel-body').innerText.trim().length") > 20
    assert page.run(OUTSIDE) == []


OUTSIDE = """(() => {  // numbers and names of the picture that are not inside it
    const outer = document.querySelector('.network .place').getBoundingClientRect();
    return [...document.querySelectorAll('.network svg text')].filter((text) => {
        const box = text.getBoundingClientRect();
        return box.left < outer.left - 1 || box.right > outer.right + 1;
    }).map((text) => text.textContent);
})()"""


def test_only_what_is_in_sight_is_drawn(page: Chromium, folder: Path) -> None:
    page.open(folder / "wide.html")
    count = "document.sheetnet.state.book.blocks.reduce((n, b) => n + b.rows * b.columns, 0)"
    assert page.run(count) > 70_000
    assert 100 < page.run("document.querySelectorAll('.cell').length") < 2500
    page.run("document.querySelector('.grid').scrollTo(20000, 100)")
    page.frame()
    page.frame()
    assert page.run(
        "(() => { const b = document.querySelector('.grid').getBoundingClientRect();"
        "return !!document.elementFromPoint(b.x + 700, b.y + 200).closest('.cell'); })()"
    )


def test_a_title_is_text_and_nothing_else(page: Chromium, folder: Path) -> None:
    page.open(folder / "evil.html")
    assert page.run("document.querySelector('h1').textContent") == EVIL
    assert page.run("document.title") == EVIL
    assert page.run("document.querySelectorAll('img').length") == 0
    show(page, "Training_W_1")
    page.write("1")
    page.key("Enter")
    saved = page.saved("script-img-src-x-onerror-alert-1-table.html", lambda: page.click(".page"))
    assert sheetnet.read(saved).title == EVIL
    page.open(saved)
    assert page.run("document.querySelector('h1').textContent") == EVIL
    assert page.run("document.querySelectorAll('img').length") == 0


def test_the_policy_stops_other_scripts_and_requests(browser: Chromium, folder: Path) -> None:
    browser.open(folder / "xor.html")
    browser.run(
        "document.body.append(Object.assign(document.createElement('img'), {src: 'x.png'}))"
    )
    browser.run(
        "document.body.append(Object.assign(document.createElement('script'),"
        "{textContent: 'window.ran = true'}))"
    )
    browser.frame()
    assert browser.run("window.ran") is None
    assert any("Content Security Policy" in problem for problem in browser.problems)
    browser.problems.clear()


def test_sheets_look_as_in_the_workbook(page: Chromium, folder: Path) -> None:
    """Texts and numbers of the first rows of Step, by the workbook's own formats."""
    page.open(folder / "xor.html")
    page.run(
        "document.sheetnet.state.open(document.sheetnet.state.visible.find((k) =>"
        "document.sheetnet.state.book.sheets[k].name === 'Step'))"
    )
    page.frame()
    page.frame()
    cells = drawn(page, ".cell")
    assert "One training step of: XOR" in cells and "step shown" in cells
    assert any(cell.startswith("0.") and len(cell) == 6 for cell in cells)


# --- without a mouse, without eyes, on paper -----------------------------------------------------


def test_everything_can_be_reached_by_keys(page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    page.run("document.activeElement.blur()")
    reached = []
    for _ in range(40):
        page.key("Tab")
        reached.append(
            page.run(
                "(document.activeElement.getAttribute('role') || '') + ' ' +"
                "(document.activeElement.getAttribute('aria-label') ||"
                "document.activeElement.textContent || document.activeElement.id)"
            )
        )
    together = "\n".join(reached)
    for wanted in (
        "Start again", "Random start", "Save as lesson", "Copy a link", "example", "shows-delta",
        "Logarithmic", "Play", "Step shown", "Speed", "tab ", "grid ",
    ):  # fmt: skip
        assert wanted in together, wanted


def test_the_grid_is_moved_in_by_arrows(page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    show(page, "Training_W_1")
    start = page.run("document.sheetnet.state.selected")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        page.key(key)
    now = page.run("document.sheetnet.state.selected")
    assert (now["row"], now["column"]) == (start["row"] + 2, start["column"])
    name = "aria-activedescendant"
    active = page.run(f"document.querySelector('[role=grid]').getAttribute('{name}')")
    assert active == f"c{now['row']}-{now['column']}"
    assert page.run(f"document.getElementById('{active}').getAttribute('aria-selected')") == "true"


def test_a_screen_reader_finds_names_for_everything(page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    page.ask("Accessibility.enable")
    nodes = page.ask("Accessibility.getFullAXTree")["nodes"]
    page.ask("Accessibility.disable")
    found = {}
    for node in nodes:
        role = node.get("role", {}).get("value")
        found.setdefault(role, []).append(node.get("name", {}).get("value", ""))
    for role in ("button", "slider", "tab", "grid", "image", "combobox", "checkbox", "heading"):
        assert found.get(role), role
        assert all(name.strip() for name in found[role]), (role, found[role])
    assert any("outputs" in name for name in found["image"])
    assert any("Loss by step" in name for name in found["image"])
    assert len(found["gridcell"]) > 100


PALE = """(() => {  // words whose contrast with what lies behind them is below 4.5
    const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
    const light = (color) => {
        const [r, g, b] = color.slice(0, 3).map((v) => v / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        for (let e = element; e; e = e.parentElement) {
            const color = rgb(getComputedStyle(e).backgroundColor);
            if (color.length === 3 || color[3] > 0.99) return color;
        }
        return [255, 255, 255];
    };
    const kinds = '.cell, .head, .inspector *, h1, button:not(:disabled), figcaption span';
    return [...document.querySelectorAll(kinds)].filter((e) => e.textContent.trim() &&
        ![...e.children].some((child) => child.textContent.trim())).map((e) => {
        const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        return `${e.className} ${e.textContent.slice(0, 20)} ${ratio.toFixed(2)}`;
    }).filter((text) => Number(text.split(' ').pop()) < 4.5);
})()"""


def test_letters_can_be_told_from_their_ground(page: Chromium, folder: Path) -> None:
    """WCAG 2.1, 1.4.3: 4.5 to 1, of every cell and word in sight, light and dark."""
    for dark in (False, True):
        page.size(1600, 900, dark=dark)
        page.open(folder / "matrices.html")
        show(page, "Training_a_1", 5)
        assert page.run(PALE) == [], "dark" if dark else "light"
        assert len(page.run(PALE.replace("< 4.5", "< 22"))) > 100  # it does look


def test_it_prints(page: Chromium, folder: Path) -> None:
    page.open(folder / "xor.html")
    data = page.ask("Page.printToPDF", landscape=True, printBackground=True)["data"]
    assert len(data) > 20_000
    page.ask("Emulation.setEmulatedMedia", media="print")
    hidden = page.run("getComputedStyle(document.querySelector('.transport')).display")
    page.ask("Emulation.setEmulatedMedia", media="")
    assert hidden == "none"
