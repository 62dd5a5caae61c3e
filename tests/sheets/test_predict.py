"""The sheets Predict and Weights: a trained network in use, alone or beside Training and Step."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openxml_audit import FileFormat, OdfValidator, OpenXmlValidator
from support import raw
from support.checked import mistakes
from support.lessons import CE, FORMATS, SHAPES, lesson, written
from support.libreoffice import LibreOffice
from support.planting import At, formula_at, plant, type_number

from sheetnet import check, read
from sheetnet.cli import main
from sheetnet.core.functions import ACTIVATIONS
from sheetnet.engines import Engine
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.errors import FileError
from sheetnet.lessons import Lesson, train
from sheetnet.sheets import predict
from sheetnet.workbooks import metadata
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached
from sheetnet.workbooks.saved import open_saved

formats = pytest.mark.parametrize("suffix", FORMATS)


def alone(made: Lesson) -> Lesson:
    return replace(made, sheets=("predict",))


def beside(made: Lesson, *others: str) -> Lesson:
    return replace(made, sheets=(*others, "predict"))


SOFTMAX = lesson((2, 3, 3), ["tanh", "softmax"], CE, examples=4, batch="online")
ALONE: dict[str, Lesson] = {
    "one example": alone(lesson()),
    "four examples": alone(lesson((2, 3, 2), examples=4)),
    "one layer": alone(lesson((3, 2), "tanh", examples=2)),
    "deep": alone(lesson((2, 3, 2, 4, 1), ["tanh", "relu", "leaky_relu", "sigmoid"], examples=3)),
    "softmax": alone(SOFTMAX),
    "softmax within, safe": alone(replace(SHAPES["softmax below sigmoid"], formulas="safe")),
    "long sums": alone(lesson((20, 14, 13), ["relu", "softmax"], CE, examples=3, formulas="safe")),
    "no bias": alone(lesson((2, 3, 2), examples=3, biases="none")),
    "fixed bias": alone(lesson((13, 2), examples=3, biases="fixed")),
}
BESIDE: dict[str, Lesson] = {
    "all three": beside(lesson(), "training", "step"),
    "training, many examples": beside(lesson((2, 3, 2), examples=4), "training"),
    "training, one at a time": beside(SOFTMAX, "training", "step"),
    "training, no bias": beside(lesson(biases="none"), "training"),
    "step, wide": beside(SHAPES["wide, softmax, safe, 3 examples"], "step"),
    "step, no steps": beside(lesson((30, 20, 2), steps=0), "training", "step"),
}
EVERY = ALONE | BESIDE


def answers(made: Lesson) -> np.ndarray:
    """What the network answers, by the shortest NumPy there is."""
    if "training" in made.sheets and any(s.name == "Training" for s in build(made).sheets):
        network = train(made).network
    else:
        network = made.network
    a = made.inputs
    for weights, bias, name in zip(network.weights, network.bias, network.activations, strict=True):
        a = ACTIVATIONS[name].value(a @ weights.T + bias)
    return a


@pytest.mark.parametrize("kind", EVERY)
def test_the_outputs_are_the_networks_answers(kind: str) -> None:
    made = EVERY[kind]
    outputs = cached(made, build(made))[f"Predict_a_{made.network.layers}"]
    np.testing.assert_allclose(outputs, answers(made), rtol=1e-13, atol=1e-300)


@formats
@pytest.mark.parametrize("kind", EVERY)
def test_it_comes_back_as_it_was(kind: str, suffix: str, tmp_path: Path) -> None:
    assert read(written(EVERY[kind], tmp_path, suffix)) == EVERY[kind]


@pytest.mark.parametrize("kind", EVERY)
def test_every_formula_agrees_with_numpy(kind: str, ironcalc: IronCalc, tmp_path: Path) -> None:
    report = check(written(EVERY[kind], tmp_path, ".xlsx"), ironcalc)
    assert report.ok, report.mismatches[:3]
    assert report.formulas > 0 and report.max_abs < 1e-13
    if kind in ALONE:
        assert all(np.isnan(report.losses)), "nothing is trained"
        assert json.loads(report.to_json())["losses"] == [None, None]


@formats
@pytest.mark.parametrize("kind", ["long sums", "all three", "training, one at a time"])
def test_libreoffice_agrees(
    kind: str, suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    assert check(written(EVERY[kind], tmp_path, suffix), libreoffice).ok


@formats
def test_a_hundred_images_are_recognised(
    suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    made = alone(lesson((784, 30, 10), examples=100))
    path = written(made, tmp_path, suffix)
    report = check(path, libreoffice)
    assert report.ok and report.formulas == 100 * 2 * (30 + 10)
    assert read(path) == made


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("four examples", ["About", "Predict", "Weights", "sheetnet"]),
        ("all three", ["About", "Training", "Step", "Predict", "Weights", "sheetnet"]),
        ("training, no bias", ["About", "Training", "Predict", "Weights", "sheetnet"]),
        ("step, wide", ["About", "Step", "Predict", "Weights", "sheetnet"]),
    ],
)
def test_which_sheets_it_has(kind: str, names: list[str]) -> None:
    assert [sheet.name for sheet in build(EVERY[kind]).sheets] == names


def test_errata_bring_step_with_them(tmp_path: Path) -> None:
    from support.lessons import demo

    made = replace(demo(), sheets=("predict",))
    names = [sheet.name for sheet in build(made).sheets]
    assert predict.is_alone(made) is (not made.errata)
    assert ("Step" in names) is bool(made.errata)
    assert read(written(made, tmp_path, ".xlsx")) == made


def test_only_inputs_and_weights_are_yellow() -> None:
    for made, typed in ((ALONE["four examples"], {"inputs", "W_1", "W_2"}),
                        (BESIDE["all three"], set())):  # fmt: skip
        blocks = [b for b in build(made).blocks() if b.area.sheet in ("Predict", "Weights")]
        yellow = {b.name for b in blocks if b.typed_rows}
        assert (
            yellow
            == typed
            == {b.name for b in blocks if b.typed_style.startswith("editable") and typed}
        )
        assert {b.name for b in blocks if b.formula is None} == typed


# kind, cell (block, row, column), its formula in .xlsx and in .ods
SPELLED = [
    ("four examples", ("Predict_z_1", 1, 2),
     "$E7*Weights!$B$7+$F7*Weights!$C$7+Weights!$D$7",
     "[.$E7]*[$Weights.$B$7]+[.$F7]*[$Weights.$C$7]+[$Weights.$D$7]"),
    ("four examples", ("Predict_a_2", 0, 1), "1/(1+EXP(-$Q6))", "1/(1+EXP(-[.$Q6]))"),
    ("long sums", ("Predict_z_1", 0, 0),
     "SUMPRODUCT($P6:$AI6,Weights!$B$5:$U$5)+Weights!$V$5",
     "SUMPRODUCT([.$P6:.$AI6];[$Weights.$B$5:.$U$5])+[$Weights.$V$5]"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "place", "xlsx", "ods"), SPELLED)
def test_how_the_formulas_read(
    kind: str, place: tuple[str, int, int], xlsx: str, ods: str, tmp_path: Path
) -> None:
    name, row, column = place
    area = build(EVERY[kind]).names()[name]
    at = At(area.sheet, area.row + row, area.column + column)
    for suffix, expected in ((".xlsx", xlsx), (".ods", ods)):
        assert formula_at(written(EVERY[kind], tmp_path, suffix), at) == expected


def cell_of(path: Path, name: str, row: int, column: int) -> At:
    area = open_saved(path).names.areas[name]
    return At(area.sheet, area.row + row, area.column + column)


# kind, cell, how its right formula is spoilt
PLANTED = [
    ("four examples", ("Predict_z_1", 2, 1), lambda f: f.replace("$6", "$7")),
    ("four examples", ("Predict_z_2", 0, 0), lambda f: f.rpartition("+")[0]),
    ("four examples", ("Predict_a_1", 3, 2), lambda f: f.replace("EXP(-", "EXP(")),
    ("softmax", ("Predict_exp_z_2", 1, 1), lambda f: f.replace("R7", "S7")),
    ("softmax", ("Predict_a_2", 1, 0), lambda f: f + "*1.000001"),
    ("all three", ("Predict_W_1", 0, 1), lambda f: f.replace("10", "9")),
    ("all three", ("Predict_inputs", 0, 0), lambda f: f + "+0.001"),
    ("step, wide", ("Predict_W_2", 1, 1), lambda f: f + "*2"),
]


@formats
@pytest.mark.parametrize("number", range(len(PLANTED)))
def test_a_planted_mistake_is_found_where_it_is(
    number: int, suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    kind, (name, row, column), spoil = PLANTED[number]
    path = written(EVERY[kind], tmp_path, suffix)
    at = cell_of(path, name, row, column)
    xlsx = formula_at(written(EVERY[kind], tmp_path, ".xlsx", "other"), at)
    assert spoil(xlsx) != xlsx, xlsx
    plant(path, at, spoil(xlsx))
    report = check(path, libreoffice)
    assert [mismatch.cell for mismatch in report.mismatches] == [str(at)]


def test_a_typed_value_in_place_of_a_formula_is_found(ironcalc: IronCalc, tmp_path: Path) -> None:
    path = written(ALONE["four examples"], tmp_path, ".xlsx")
    at = cell_of(path, "Predict_a_2", 1, 1)
    type_number(path, at, 0.5)
    assert [m.cell for m in check(path, ironcalc).mismatches] == [str(at)]


@formats
def test_new_inputs_and_weights_are_used_and_read(
    suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    made = ALONE["four examples"]
    path = written(made, tmp_path, suffix)
    type_number(path, cell_of(path, "inputs", 3, 1), 0.25)
    type_number(path, cell_of(path, "W_2", 1, 3), -2.5)
    report = check(path, libreoffice)
    assert mistakes(report) == () and report.max_abs < 1e-13
    found = read(path)
    assert found.inputs[3, 1] == 0.25 and found.network.bias[1][1] == -2.5
    assert (found.targets == made.targets).all() and found.training == made.training


@formats
def test_a_text_among_the_inputs_is_named(suffix: str, tmp_path: Path) -> None:
    path = written(ALONE["four examples"], tmp_path, suffix)
    at = cell_of(path, "inputs", 0, 0)
    raw.set_cells(path, at.sheet, {(at.row, at.column): ("text", "dark")})
    with pytest.raises(FileError, match=f"Predict!{at.a1}.*'dark'"):
        read(path)


def test_targets_too_many_for_the_file_are_kept_all_the_same(tmp_path: Path) -> None:
    made = alone(lesson((50, 40, 200), examples=60))
    path = written(made, tmp_path, ".xlsx")
    saved = open_saved(path)
    assert not saved.has_numbers
    assert (saved.original.targets == made.targets).all(), "no cell holds them"
    assert saved.lesson() == made
    sheet = metadata.build(made, saved.workbook.blocks())
    assert "targets" in json.loads("".join(t.text for t in sheet.texts[2:]))["lesson"]["data"]


@pytest.mark.parametrize("kind", ["softmax", "long sums", "all three"])
def test_its_files_are_valid(kind: str, tmp_path: Path) -> None:
    for office in (FileFormat.MICROSOFT_365, FileFormat.OFFICE_2013):
        path = written(EVERY[kind], tmp_path, ".xlsx")
        result = OpenXmlValidator(office, max_errors=0).validate(path)
        assert result.is_valid and not result.errors
    path = written(EVERY[kind], tmp_path, ".ods")
    result = OdfValidator(FileFormat.ODF_1_3, max_errors=0, security_validation=True).validate(path)
    assert result.is_valid and not result.errors


def test_about_speaks_of_predictions_only(tmp_path: Path) -> None:
    path = written(ALONE["four examples"], tmp_path, ".xlsx")
    texts = {place: cell.text or "" for place, cell in raw.cells(path)["About"].items()}
    words = "\n".join(texts.values())
    assert "the outputs follow" in words and "every step of the training" not in words
    legend = [text for (_, column), text in texts.items() if column == 3]
    assert "activations" in legend
    assert "δ and what it is made of" not in legend, "a colour that stands on no sheet"


def test_the_command_line_knows_it(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if ".xlsx" not in engine.suffixes:
        pytest.skip("reads no .xlsx")
    path = written(ALONE["four examples"], tmp_path, ".xlsx")
    type_number(path, cell_of(path, "inputs", 3, 1), 0.25)
    assert mistakes(check(path, engine)) == ()
    assert main(["read", str(path)]) == 0
    said = capsys.readouterr().out
    assert "Predict!F9" in said and "0.25" in said
