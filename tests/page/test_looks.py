"""The page in a browser, as it is seen: what is drawn, by keys, by a screen reader, on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.chromium import Chromium
from support.pages import EVIL, drawn, made, show

import sheetnet

pytestmark = pytest.mark.engine


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
