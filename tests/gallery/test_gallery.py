"""The gallery: every document's workbook is right on real engines and agrees with the oracles."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from python_calamine import CalamineWorkbook
from support.folders import ORACLES, ROOT

import sheetnet
from sheetnet import gallery
from sheetnet.engines import Engine
from sheetnet.errors import LessonError
from sheetnet.gallery.__main__ import rebuild
from sheetnet.lessons import Lesson, to_dict
from sheetnet.lessons import lesson as lesson_module
from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import cells
from sheetnet.reading.page import open_page
from sheetnet.sheets.notation import NOTATIONS, Labels
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached
from sheetnet.workbooks.saved import open_saved
from sheetnet.workbooks.write import FORMATS

WORKBOOKS = tuple(suffix for suffix in FORMATS if suffix != ".html")
ORACLE_OF = {  # gallery name: oracle
    "simple-neural-net": "dustbunny_2_2_2_ods",
    "mazur": "mazur_2_2_2",
    "matrices-3-3-3-3": "seed000_B1_bce_softmax",
    "matrices-3-3-3-3-categorical": "seed000_B2_cce_softmax",
    "delta-notes": "seed002_2_3_3",
    "four-layer-tutorial": "seed003_2_4_3_4",
}
DOCUMENTS = {"one-neuron-chain", *ORACLE_OF}


def lesson_of(name: str) -> Lesson:
    return sheetnet.load(gallery.path_of(name))


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workbooks")
    rebuild(folder)
    return folder


def checked(path: Path, engine: Engine) -> None:
    report = sheetnet.check(path, engine)
    assert report.ok, report.mismatches[:3]
    assert report.max_rel < 1e-12


def test_the_documents_are_there() -> None:
    assert set(gallery.names()) >= DOCUMENTS
    with pytest.raises(LessonError, match="Did you mean 'mazur'"):
        gallery.path_of("mazzur")


@pytest.mark.parametrize("suffix", WORKBOOKS)
@pytest.mark.parametrize("name", gallery.names())
def test_every_workbook_is_right_on_ironcalc(
    name: str, suffix: str, workbooks: Path, ironcalc: Engine
) -> None:
    checked(workbooks / f"{name}{suffix}", ironcalc)


@pytest.mark.parametrize("suffix", WORKBOOKS)
@pytest.mark.parametrize("name", gallery.names())
def test_every_workbook_is_right_on_libreoffice(
    name: str, suffix: str, workbooks: Path, libreoffice: Engine
) -> None:
    checked(workbooks / f"{name}{suffix}", libreoffice)


@pytest.mark.parametrize("name", gallery.names())
def test_every_ods_is_right_on_gnumeric(name: str, workbooks: Path, gnumeric: Engine) -> None:
    checked(workbooks / f"{name}.ods", gnumeric)


@pytest.mark.parametrize(("name", "oracle"), ORACLE_OF.items())
def test_step_agrees_with_the_oracle(
    name: str, oracle: str, workbooks: Path, ironcalc: Engine
) -> None:
    """The engine's own numbers, block by block, against numbers that this project did not make."""
    expected = json.loads((ORACLES / f"{oracle}.json").read_text("utf-8"))["expected"]
    saved = open_saved(workbooks / f"{name}.xlsx")
    values = ironcalc.recalculate(saved.path)
    biases = saved.original.network.biases

    def shown(block_name: str) -> np.ndarray:
        block = next(b for b in saved.workbook.blocks() if b.name == block_name)
        area = saved.names.areas[block_name]
        cells_of = values[area.sheet]
        grid = [
            [cells_of[area.row + r, area.column + c] for c in range(area.columns)]
            for r in range(area.rows)
        ]
        return block.from_sheet(np.array(grid, dtype=float))

    def close(mine: np.ndarray, theirs: object) -> None:
        np.testing.assert_allclose(mine, np.array(theirs), rtol=1e-12, atol=1e-15)

    for index in range(saved.original.network.layers):
        layer = index + 1
        close(shown(f"z_{layer}"), expected["z"][index])
        close(shown(f"a_{layer}"), expected["a"][layer])
        close(shown(f"delta_{layer}"), expected["delta"][index])
        close(shown(f"error_{layer}"), expected["dE_da"][index])
        change, new = shown(f"dW_{layer}"), shown(f"W_{layer}_new")
        if biases != "none":
            close(change[:, -1], expected["db"][index])
            change, new = change[:, :-1], new[:, :-1]
        close(change, expected["dW"][index])
        close(new, expected["W_new"][index])
    close(shown("loss"), [[expected["loss"]]])


def test_the_same_lessons_give_the_same_bytes(workbooks: Path, tmp_path: Path) -> None:
    for path in rebuild(tmp_path):
        assert path.read_bytes() == (workbooks / path.name).read_bytes(), path.name


def test_the_published_workbooks_are_up_to_date(workbooks: Path) -> None:
    """Formulas and typed numbers to the letter; cached values but for a machine's rounding."""
    published = ROOT / "workbooks"
    names = {p.name for p in published.iterdir() if p.suffix in FORMATS}
    assert names == {p.name for p in workbooks.iterdir()}, "run: make workbooks"
    for name in sorted(names):
        if name.endswith(".html"):
            one, other = (open_page(folder / name).all_cells for folder in (published, workbooks))
        else:
            with open_package(published / name) as ours, open_package(workbooks / name) as fresh:
                one, other = cells(ours), cells(fresh)
        assert one.keys() == other.keys(), f"{name}: run 'make workbooks'"
        for sheet, found in one.items():
            assert found.keys() == other[sheet].keys(), f"{name}: run 'make workbooks'"
            for at, cell in found.items():
                twin = other[sheet][at]
                assert cell.formula == twin.formula, f"{name}, {sheet}: run 'make workbooks'"
                if isinstance(cell.value, float) and cell.formula is not None:
                    assert cell.value == pytest.approx(twin.value, rel=1e-9, abs=1e-12)
                else:
                    assert cell.value == twin.value, f"{name}, {sheet}: run 'make workbooks'"


def test_a_stale_workbook_is_noticed(workbooks: Path, tmp_path: Path) -> None:
    """The tester is tested: one other weight gives other bytes."""
    lesson = lesson_of("mazur")
    weights = [w.copy() for w in lesson.network.weights]
    weights[0][0, 0] += 1e-9
    other = replace(lesson, network=lesson.network.with_parameters(weights, lesson.network.bias))
    sheetnet.write(other, tmp_path / "mazur.xlsx")
    assert (tmp_path / "mazur.xlsx").read_bytes() != (workbooks / "mazur.xlsx").read_bytes()


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("name", ["simple-neural-net", "four-layer-tutorial", "question-batch"])
def test_any_lesson_in_any_notation(
    name: str, notation: str, tmp_path: Path, ironcalc: Engine
) -> None:
    """Numbers do not depend on the notation; headings do, and are the same in both formats."""
    lesson = replace(lesson_of(name), notation=notation, training=replace(
        lesson_of(name).training, steps=3), errata=())  # fmt: skip
    plain = replace(lesson, notation="simple-neural-net")
    mine, theirs = cached(lesson, build(lesson)), cached(plain, build(plain))
    for block in mine.keys() & theirs.keys():
        if not block.startswith("doc") and mine[block].dtype == float:  # words follow it
            np.testing.assert_array_equal(mine[block], theirs[block])
    texts = []
    for suffix in WORKBOOKS:
        path = tmp_path / f"net{suffix}"
        sheetnet.write(lesson, path)
        checked(path, ironcalc)
        book = CalamineWorkbook.from_path(path)
        texts.append([
            [cell for row in book.get_sheet_by_name(sheet).to_python() for cell in row
             if isinstance(cell, str)]
            for sheet in ("Training", "Step")
        ])  # fmt: skip
    assert texts[0] == texts[1]
    labels = Labels(lesson)
    assert labels.weight(1, 0, 0) in texts[0][0]
    assert labels.of_layer("weighted_inputs", 1) in texts[0][1]


@pytest.mark.parametrize(
    ("notation", "layer", "destination", "source", "label"),
    [
        ("simple-neural-net", 1, 0, 1, "w₀₁⁽¹⁾"),
        ("simple-neural-net", 1, 1, 2, "w₁₂⁽¹⁾"),  # the bias of neuron 1
        ("matrices-3-3-3-3", 1, 1, 0, "Wᵢ₁ⱼ₂"),  # source, then destination
        ("matrices-3-3-3-3", 2, 0, 2, "bₖ₁"),
        ("delta-notes", 2, 1, 0, "W₂₁⁽²⁾"),
        ("four-layer-tutorial", 1, 1, 0, "w₂₁²"),  # the input is layer 1
        ("four-layer-tutorial", 2, 0, 2, "b₁³"),
        ("mazur", 1, 1, 0, "w₃"),
        ("mazur", 2, 1, 1, "w₈"),
        ("mazur", 2, 0, 2, "b₂"),
    ],
)
def test_labels(notation: str, layer: int, destination: int, source: int, label: str) -> None:
    lesson = replace(lesson_of("mazur"), notation=notation, errata=())
    assert Labels(lesson).weight(layer, destination, source) == label


def test_an_unknown_notation_is_refused_with_all_else_that_is_wrong() -> None:
    assert tuple(NOTATIONS) == lesson_module.NOTATIONS
    table = to_dict(lesson_of("mazur")) | {"notation": "mazzur", "formulas": "save"}
    with pytest.raises(LessonError, match=r"Did you mean 'mazur'.*\n.*Did you mean 'safe'"):
        sheetnet.load(table)


def test_two_digit_indices_are_told_apart() -> None:
    lesson = sheetnet.load(
        {
            "network": {"sizes": [12, 12], "seed": 1},
            "data": {"inputs": [[0.0] * 12], "targets": [[0.0] * 12]},
        }
    )
    labels = Labels(lesson)
    assert labels.weight(1, 1, 11) == "w₁,₁₁⁽¹⁾"
    assert labels.weight(1, 11, 1) == "w₁₁,₁⁽¹⁾"


@pytest.mark.parametrize("suffix", WORKBOOKS)
@pytest.mark.parametrize("name", sorted(DOCUMENTS - {"matrices-3-3-3-3-categorical"}))
def test_errata_are_listed_with_both_numbers(name: str, suffix: str, workbooks: Path) -> None:
    saved = open_saved(workbooks / f"{name}{suffix}")
    assert saved.original.errata
    texts = {cell.value for cell in saved.cells["Errata"].values()}
    for erratum in saved.original.errata:
        assert {erratum.where, erratum.printed, erratum.right} <= texts
    live = [b for b in saved.workbook.blocks() if b.name.startswith("errata_")]
    assert len(live) == 2 * sum(bool(e.shows) for e in saved.original.errata)
    for printed, right in zip(live[::2], live[1::2], strict=True):
        areas = [saved.names.areas[block.name] for block in (printed, right)]
        numbers = [saved.cells["Errata"][area.row, area.column] for area in areas]
        assert numbers[0].formula and numbers[1].formula
        assert numbers[0].value != numbers[1].value, printed.name


def test_delta_notes_as_printed_equals_the_oracle(workbooks: Path) -> None:
    oracle = json.loads((ORACLES / "seed002_2_3_3.json").read_text("utf-8"))
    saved = open_saved(workbooks / "delta-notes.xlsx")
    area = saved.names.areas["errata_1_printed"]
    printed = saved.cells["Errata"][area.row, area.column].value
    wrong = oracle["document_notation"]["delta_L_WRONG_as_printed_sigma_of_a"]
    assert printed == pytest.approx(wrong[0], rel=1e-12)


BAD_EXPRESSIONS = [
    "",
    "z_1[",
    "z_9[0]",
    "z_1[7]",
    "open('x')",
    "z_1[0].real",
    "[1]",
    "2**9",
    "a" * 999,
]


@pytest.mark.parametrize("expression", BAD_EXPRESSIONS[1:])
def test_a_bad_expression_is_refused(expression: str, tmp_path: Path) -> None:
    erratum = {"where": "w", "printed": "p", "right": "r", "shows": "s",
               "printed_value": expression, "right_value": "1"}  # fmt: skip
    lesson = lesson_of("mazur")
    table = {**sheetnet.lessons.to_dict(lesson), "errata": [erratum]}  # type: ignore[attr-defined]
    with pytest.raises(LessonError, match="errata"):
        sheetnet.write(sheetnet.load(table), tmp_path / "net.xlsx")
    assert not list(tmp_path.iterdir())


def test_archives_hold_no_dates(workbooks: Path) -> None:
    for path in (path for path in workbooks.iterdir() if path.suffix in WORKBOOKS):
        with ZipFile(path) as archive:
            assert {info.date_time[0] for info in archive.infolist()} == {1980}
