"""The drawn network: its cells are checked like any other, and its drawing follows them.

The oracle of the drawing is the lesson itself: which edge has which colour and thickness, what the
output is at a point, what a line of text says, worked out here from `core`'s training alone.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.lessons import BCE, CE, FORMATS, demo, lesson, written, xor

from sheetnet.checking.check import check
from sheetnet.engines import Engine
from sheetnet.lessons import Lesson, train
from sheetnet.palette import MINUS, PLUS
from sheetnet.sheets import network, network_maps
from sheetnet.sheets.model import Sheet, Workbook
from sheetnet.sheets.network_state import DRAWING, SHEET
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached
from sheetnet.workbooks.saved import open_saved

DRAWN = ("network", "training", "step")


def drawn(made: Lesson) -> Lesson:
    return replace(made, sheets=DRAWN)


LESSONS = {
    "demo": drawn(replace(demo(), training=replace(demo().training, steps=9))),
    "xor": drawn(xor()),
    "one input": drawn(lesson((1, 3, 1), ["tanh", "identity"], examples=4)),
    "one input, one example": drawn(lesson((1, 1))),
    "softmax": drawn(lesson((2, 2, 3), ["relu", "softmax"], CE, examples=3, formulas="safe")),
    "curve of a softmax": drawn(lesson((1, 3), "softmax", CE, formulas="safe")),
    "no bias": drawn(lesson((2, 3, 2), "leaky_relu", biases="none")),
    "fixed bias": drawn(lesson((3, 2), "tanh", biases="fixed", examples=2, reduction="mean")),
    "online": drawn(lesson((2, 2), examples=3, steps=5, batch="online")),
    "safe": drawn(lesson((2, 2, 1), formulas="safe", loss=BCE, examples=2)),
    "six layers": drawn(lesson((2, 2, 2, 2, 2, 2), "tanh", steps=2)),
    "eight neurons": drawn(lesson((2, 8, 1), "tanh", steps=2)),
    "no step": drawn(lesson(steps=0)),
}
every = pytest.mark.parametrize("name", LESSONS)


def sheet_of(book: Workbook, name: str) -> Sheet:
    return next(sheet for sheet in book.sheets if sheet.name == name)


@every
def test_it_stands_in_front_and_its_numbers_behind(name: str) -> None:
    names = [sheet.name for sheet in build(LESSONS[name]).sheets]
    assert names[:2] == [SHEET, "Training"]
    assert names[-3:] == ["About", DRAWING, "sheetnet"]
    hidden = [sheet.name for sheet in build(LESSONS[name]).sheets if sheet.is_hidden]
    assert hidden == [DRAWING, "sheetnet"]


@every
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_cell_is_right(name: str, suffix: str, ironcalc: Engine, tmp_path: Path) -> None:
    report = check(written(LESSONS[name], tmp_path, suffix), ironcalc)
    assert report.ok, report.to_text()


@pytest.mark.parametrize("name", ["xor", "softmax", "one input", "demo"])
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("engine_name", ["libreoffice", "gnumeric"])
@pytest.mark.engine
def test_other_programs_agree(
    name: str, suffix: str, engine_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    engine: Engine = request.getfixturevalue(engine_name)
    report = check(written(LESSONS[name], tmp_path, suffix), engine)
    assert report.ok, report.to_text()


@pytest.mark.parametrize(
    "made",
    [
        lesson((2, 9, 1)),
        lesson((2,) * 7),
        replace(lesson((2, 2)), sheets=("step",)),
        replace(lesson((784, 10)), sheets=("network", "training", "step")),
    ],
)
def test_what_cannot_be_drawn_is_left_out(made: Lesson) -> None:
    assert SHEET not in [sheet.name for sheet in build(made).sheets]


def test_a_network_of_mnists_size_gets_none_of_it() -> None:
    assert not network.is_asked_for(replace(lesson((784, 30, 10)), sheets=DRAWN))


# --- the edges -----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0, 7, 40])
def test_the_edges_have_the_sign_and_size_of_their_weights(step: int) -> None:
    made = LESSONS["xor"]
    book = build(made)
    values = cached(made, book, {"Net_step": np.array([[float(step)]])})
    run = train(made, record=True)
    for layer in (1, 2):
        gap = [c for c in sheet_of(book, SHEET).charts if c.is_bare][layer - 1]
        found = {}
        for line in gap.series:
            x, y = (values[_name(book, area)][_row(book, area)] for area in (line.x, line.y))
            assert set(x[::2]) == {0.0}, "home between any two visits"
            source = y[0]
            assert set(y[::2]) == {source}
            for d, visited in enumerate(x[1::2]):
                if visited:
                    assert (source, d) not in found, "an edge is drawn once"
                    found[source, d] = (line.color, line.width)
        weights = run.weights[layer - 1][step]
        homes = sorted({line_home for line_home, _ in found}, reverse=True)
        for (source, d), (color, width) in found.items():
            w = weights[d, homes.index(source)] if len(homes) == weights.shape[1] else None
            if w is None:
                continue
            assert color == (PLUS if w > 0 else MINUS)
            limits = {0.75: (0.05, 0.5), 1.75: (0.5, 1.25), 3.25: (1.25, 2.5), 5.5: (2.5, 1e300)}
            low, high = limits[width]
            assert low <= abs(w) < high
        assert len(found) == int((np.abs(weights) >= 0.05).sum())


def _name(book: Workbook, area: object) -> str:
    return next(b.name for b in book.blocks() if b.area.sheet == DRAWING and _holds(b.area, area))


def _holds(home: object, area: object) -> bool:
    a, b = home, area
    return (  # type: ignore[attr-defined]
        a.row <= b.row < a.row + a.rows and a.column == b.column and a.columns == b.columns
    )


def _row(book: Workbook, area: object) -> int:
    home = next(b.area for b in book.blocks() if b.name == _name(book, area))
    return area.row - home.row  # type: ignore[attr-defined]


def test_before_its_stage_nothing_is_drawn() -> None:
    made = LESSONS["xor"]
    values = cached(made, build(made), {"Net_show": np.array([[1.0]])})
    edges = [value for name, value in values.items() if name.startswith("Draw_x_")]
    assert edges and all((value == 0).all() for value in edges)


# --- the maps ------------------------------------------------------------------------------------


def test_a_map_is_what_the_network_answers() -> None:
    made = LESSONS["xor"]
    values = cached(made, build(made))
    run = train(made, record=True)
    weights = [(w[-1], b[-1]) for w, b in zip(run.weights, run.bias, strict=True)]
    grid = values["Net_map_2_0"]
    across, down = values["Draw_across"][0], values["Draw_down"][:, 0]
    assert across[0] == pytest.approx(-0.25) and across[-1] == pytest.approx(1.25)
    assert down[0] > down[-1], "as in a diagram, large values of input 1 are on top"
    for i, j in ((0, 0), (3, 17), (20, 20)):
        a = np.array([across[j], down[i]])
        a = np.tanh(weights[0][0] @ a + weights[0][1])
        z = weights[1][0] @ a + weights[1][1]
        assert grid[i, j] == pytest.approx(float(1 / (1 + np.exp(-z[0]))), rel=1e-12)


def test_each_example_lies_in_its_cell_of_the_map() -> None:
    made = LESSONS["xor"]
    values = cached(made, build(made))
    spots = {n: set(values[f"Draw_{n}_0"].ravel()) - {-1.0} for n in ("high", "low")}
    assert {n: len(found) for n, found in spots.items()} == {"high": 2, "low": 2}
    across, down = values["Draw_across"][0], values["Draw_down"][:, 0]
    for place in spots["high"]:
        i, j = divmod(int(place), 1000)
        nearest = (round(float(across[j])), round(float(down[i])))
        assert nearest in {(0, 1), (1, 0)}


def test_maps_grow_coarse_before_they_grow_many() -> None:
    sides = [network_maps.grid_of(lesson((2, *n, 1))) for n in ((1,), (8, 8))]
    assert sides[0] == 21 > sides[1] > 0
    assert network_maps.grid_of(lesson((3, 1))) == 0


# --- the words -----------------------------------------------------------------------------------


def test_a_line_says_what_it_adds_up() -> None:
    made = LESSONS["demo"]
    values = cached(made, build(made))
    text = str(values["Net_says_1_0"].item())
    assert text.startswith("z₀⁽¹⁾ = 0.499·0.1 + (-0.210)·0.9 + 0.289 = "), text
    numbers = [float(found) for found in re.findall(r"-?\d+\.\d+", text)]
    total = numbers[0] * numbers[1] + numbers[2] * numbers[3] + numbers[4]
    assert total == pytest.approx(numbers[5], abs=2e-3)
    assert 1 / (1 + np.exp(-numbers[5])) == pytest.approx(numbers[-1], abs=1e-3)


@every
def test_no_line_is_empty_or_in_doubt(name: str) -> None:
    made = LESSONS[name]
    book = build(made)
    values = cached(made, book)
    lines = [b.name for b in book.blocks() if b.holds == "texts"]
    assert len(lines) > sum(made.network.sizes[1:])
    for line in lines:
        words = str(values[line].item())
        assert words and "?" not in words and "nan" not in words, (line, words)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_planted_text_is_named(suffix: str, ironcalc: Engine, tmp_path: Path) -> None:
    """A line whose formula was overwritten says something else than it should."""
    from support import raw

    path = written(LESSONS["demo"], tmp_path, suffix)
    part = "content.xml" if suffix == ".ods" else "xl/worksheets/sheet1.xml"
    raw.rewrite(path, {part: lambda data: data.replace(b" after the step", b" after this step")})
    report = check(path, ironcalc)
    names = {wrong.name for wrong in report.mismatches}
    assert names == {"Net_says_update_1", "Net_says_update_2"}, report.to_text()


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", FORMATS)
def test_choosing_is_no_edit(suffix: str, tmp_path: Path) -> None:
    path = written(LESSONS["xor"], tmp_path, suffix)
    assert open_saved(path).lesson() == LESSONS["xor"]
