"""The page's engine against NumPy, against ironcalc, and against the workbook's own formulas.

Everything here runs without a browser, by QuickJS; what is drawn stands in test_page_browser.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.javascript import Module, inside, table_of, with_inside, with_table
from support.lessons import LESSONS, any_lesson, lesson, written, xor
from support.libreoffice import LibreOffice
from support.random_lessons import random_lesson

import sheetnet
from sheetnet import gallery
from sheetnet.core.functions import ACTIVATIONS
from sheetnet.engines import Engine
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.engines.page import PageEngine
from sheetnet.engines.values import CellError
from sheetnet.errors import EngineError, LessonError, SheetnetError
from sheetnet.formulas.functions import FUNCTIONS, OPERATORS
from sheetnet.formulas.printing import XLSX, Marks, Printer
from sheetnet.formulas.tree import Call, I, Index, Node
from sheetnet.lessons import Lesson, load
from sheetnet.page import scripts
from sheetnet.reading.page import open_page
from sheetnet.sheets.model import Workbook
from sheetnet.workbooks.size import built
from sheetnet.workbooks.write import write

GALLERY = {name: load(gallery.path_of(name)) for name in gallery.names()}


@pytest.fixture(scope="module")
def engine() -> Iterator[PageEngine]:
    with PageEngine() as opened:
        yield opened


# --- against NumPy -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GALLERY)
def test_the_gallery_agrees_with_numpy(name: str, tmp_path: Path) -> None:
    report = sheetnet.check(written(GALLERY[name], tmp_path, ".html"))
    assert (report.engine, report.mismatches) == ("page", ())
    assert report.formulas > 1000


@pytest.mark.parametrize("name", LESSONS)
def test_every_shape_and_rule_agrees_with_numpy(
    name: str, engine: PageEngine, tmp_path: Path
) -> None:
    assert sheetnet.check(written(LESSONS[name], tmp_path, ".html"), engine).mismatches == ()


@pytest.mark.parametrize("seed", range(12))
def test_random_lessons_agree_with_numpy(seed: int, engine: PageEngine, tmp_path: Path) -> None:
    path = tmp_path / "net.html"
    told: list[str] = []
    try:
        write(random_lesson(seed), path, warn=told.append)
    except LessonError:
        return  # no such lesson can be trained
    if not told:
        assert sheetnet.check(path, engine).mismatches == ()


@settings(max_examples=15, deadline=None)
@given(made=any_lesson(st.integers(-12, 12).map(lambda k: k / 4)))
def test_lessons_with_any_numbers_agree_with_ironcalc(
    made: Lesson, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same cells are numbers, and the same cells errors."""
    folder = tmp_path_factory.mktemp("any")
    try:
        write(made, folder / "net.html")
        write(made, folder / "net.xlsx")
    except SheetnetError:
        return
    with IronCalc() as ironcalc:
        _assert_alike(folder, ironcalc)


def _assert_alike(folder: Path, other: Engine) -> None:
    with PageEngine() as page:
        found = page.recalculate(folder / "net.html")
    wanted = other.recalculate(folder / "net.xlsx")
    assert list(found) == list(wanted)
    for sheet, cells in wanted.items():
        kinds = {at: isinstance(value, CellError) for at, value in cells.items() if value != ""}
        assert {at: isinstance(v, CellError) for at, v in found[sheet].items() if v != ""} == kinds
        for at, value in cells.items():
            if isinstance(value, float):
                assert math.isclose(found[sheet][at], value, rel_tol=1e-6, abs_tol=1e-9)  # type: ignore[arg-type]


# --- errors --------------------------------------------------------------------------------------


def _far(z: float, loss: str, *, formulas: str = "plain") -> Lesson:
    """One neuron whose weighted input is z."""
    return load(
        {
            "title": "far", "formulas": formulas,
            "network": {"sizes": [1, 1], "activations": "sigmoid", "loss": loss,
                        "weights": [[[z]]], "bias": [[0]]},
            "training": {"learning_rate": 0.5, "steps": 0},
            "data": {"inputs": [[1]], "targets": [[1]]},
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (_far(-800, "half_squared_error"), "#NUM!"),  # 1/(1+EXP(800))
        (_far(50, "binary_cross_entropy"), "#NUM!"),  # LN(1-1)
    ],
)
def test_errors_are_those_of_a_spreadsheet_and_spread(
    made: Lesson, code: str, tmp_path: Path, libreoffice: LibreOffice
) -> None:
    """LibreOffice is the judge: ironcalc takes EXP(800) for infinite, and 1/(1+EXP(800)) for 0."""
    for suffix in (".html", ".xlsx"):
        write(made, tmp_path / f"net{suffix}")
    with PageEngine() as page:
        values = page.recalculate(tmp_path / "net.html")
    errors = [v for cells in values.values() for v in cells.values() if isinstance(v, CellError)]
    assert code in errors and len(errors) > 2
    _assert_alike(tmp_path, libreoffice)
    safe = tmp_path / "safe.html"
    write(Lesson(**{**made.__dict__, "formulas": "safe"}), safe)
    assert sheetnet.check(safe).ok


CASES: list[tuple[Any, Any]] = [
    (["/", 1, 0], "#DIV/0!"),
    (["EXP", 800], "#NUM!"),
    (["/", 1, ["+", 1, ["EXP", 800]]], "#NUM!"),
    (["LN", 0], "#NUM!"),
    (["LN", -1], "#NUM!"),
    (["*", 1e200, 1e200], "#NUM!"),
    (["+", 1, "a"], "#VALUE!"),
    (["+", 1, "2"], 3),
    (["MOD", 5, 0], "#DIV/0!"),
    (["MOD", -1, 3], 2),
    (["^", 0, 0], "#NUM!"),
    (["^", ["-", 3], 2], 9),
    (["SQRT", -1], "#NUM!"),
    (["NOSUCH", 1], "#NAME?"),
    (["IF", [">", 1, 2], ["/", 1, 0], 7], 7),
    (["IF", ["/", 0, 0], 1, 2], "#DIV/0!"),
    (["&", "δ = ", 0.5], "δ = 0.5"),
    (["&", ["/", 1, 3], ""], "0.333333333333333"),
    (["&", 1e-10, ""], "1E-10"),
    ([">", "a", 5], True),
    (["=", "A", "a"], True),
    (["FIXED", 0.5, 4, True], "0.5000"),
    (["FIXED", -1234.567, 1], "-1,234.6"),
    (["FIXED", -1234.567, 1, True], "-1234.6"),
    (["ROUND", 2.5, 0], 3),
    (["ROUND", -2.5, 0], -3),
    (["ROUND", 1.005, 2], 1.01),
    (["ROUND", 1234, -2], 1200),
    (["INT", -1.5], -2),
    (["MAX", 1, 5, 3], 5),
    (["AND", True, ["=", 1, 1]], True),
    (["CHOOSE", 2, "a", "b"], "b"),
    (["CHOOSE", 3, "a", "b"], "#VALUE!"),
    (["CONCATENATE", "w = ", 2], "w = 2"),
    (["LOG", 8, 2], 3),
]  # fmt: skip


def _book(trees: list[Any]) -> dict[str, Any]:
    """A table of one sheet with a block for each tree; block 0 holds 1 … 6, typed."""
    blocks: list[dict[str, Any]] = [
        {"name": "t", "at": [0, 0, 0, 2, 3], "typed": 2, "numbers": [1, 2, 3, 4, 5, 6],
         "typedName": "t", "shape": [2, 3], "layout": "matrix", "style": "", "quantity": "t"},
    ]  # fmt: skip
    for k, tree in enumerate(trees):
        blocks.append(
            {"name": f"b{k}", "at": [0, 9 + k, 0, 1, 1], "formulas": [[1, tree]], "shape": [1, 1],
             "layout": "matrix", "style": "", "quantity": f"b{k}"}
        )  # fmt: skip
    return {"page": 1, "sheets": [{"name": "S", "texts": []}], "blocks": blocks, "symbols": {}}


def _computed(*trees: Any) -> list[Any]:
    answer = json.loads(Module(scripts.ENGINE).call("recalculated", _book(list(trees))))
    return [cells[0]["error"] if isinstance(cells[0], dict) else cells[0] for cells in answer[1:]]


def test_single_formulas() -> None:
    found = _computed(*(tree for tree, _ in CASES))
    for (tree, wanted), value in zip(CASES, found, strict=True):
        assert value == wanted, tree


def test_ranges_and_references() -> None:
    whole = [0, 0, 0, 1, 2]
    trees = {
        "later": ["+", [7, 0, 0], 1],  # refers to a block that comes after it
        "sum": ["SUM", whole],
        "product": ["SUMPRODUCT", [0, 0, 0, 0, 2], [0, 1, 0, 1, 2]],
        "largest": ["MAX", whole],
        "element": ["INDEX", [0], 2, 3],
        "beyond": ["INDEX", [0], 3, 1],
        "count": ["COUNTIF", whole, ">=4"],
        "unequal": ["SUMPRODUCT", [0, 0, 0, 0, 2], [0, 0, 0, 1, 0]],
        "circle": ["+", [9, 0, 0], 1],
    }
    found = dict(zip(trees, _computed(*trees.values()), strict=True))
    assert found == {
        "later": 4, "sum": 21, "product": 32, "largest": 6, "element": 6, "beyond": "#REF!",
        "count": 3, "unequal": "#VALUE!", "circle": "#CIRC!",
    }  # fmt: skip


def test_a_long_chain_read_from_its_end_is_computed() -> None:
    chain = [["+", [k + 2, 0, 0], 1] for k in range(3000)]
    assert _computed(*chain, 1)[0] == 3001


# --- formulas ------------------------------------------------------------------------------------


def _trees(workbook: Workbook) -> Iterator[Node]:
    for block in workbook.blocks():
        if block.formula is not None:
            for column in range(block.area.columns):
                yield block.formula(I, Index(column, "j"))


def _functions(tree: object) -> Iterator[str]:
    if isinstance(tree, Call):
        yield tree.function
    if isinstance(tree, Node):
        for name in getattr(type(tree), "__slots__", ()):
            part = getattr(tree, name)
            for each in part if isinstance(part, tuple) else (part,):
                yield from _functions(each)


def test_every_function_that_a_workbook_uses_is_in_the_page() -> None:
    used = {
        name
        for made in [*GALLERY.values(), *LESSONS.values()]
        for tree in _trees(built(made))
        for name in _functions(tree)
    }
    assert {"EXP", "INDEX", "SUMPRODUCT"} <= used <= _known("FUNCTIONS")


def _known(table: str) -> set[str]:
    return set(Module("engine/functions.js").run(f"Object.keys($functions.{table})"))


def test_both_tables_of_functions_hold_the_same_names() -> None:
    assert _known("FUNCTIONS") == {name for name, row in FUNCTIONS.items() if row.value is not None}
    assert _known("OPERATORS") == set(OPERATORS)


@pytest.mark.parametrize("name", ["matrices-3-3-3-3", "simple-neural-net", "mazur"])
def test_the_page_shows_every_formula_as_the_workbook_has_it(name: str, tmp_path: Path) -> None:
    made = GALLERY[name]
    path = written(made, tmp_path, ".html")
    found = json.loads(Module(scripts.ENGINE).call("formulas", table_of(path)))
    workbook = built(made)
    places = workbook.names()
    for block, texts in zip(workbook.blocks(), found, strict=True):
        columns = block.area.columns
        for column in range(columns if block.formula else 0):
            marks = Marks()
            assert block.formula is not None
            printer = Printer(XLSX, places, block.area, marks)
            pattern = printer.text(block.formula(I, Index(column, "j")))
            for row in range(block.typed_rows, block.area.rows):
                wanted = "=" + marks.fill(pattern, block.area.row + row)
                assert texts[row * columns + column] == wanted


@pytest.mark.parametrize("name", ["xor", "wide, fixed bias", "online, softmax"])
def test_a_page_holds_the_formulas_of_the_workbook(name: str, tmp_path: Path) -> None:
    """Read back by Python: cell by cell the text that the .xlsx holds."""
    openpyxl = pytest.importorskip("openpyxl")
    made = LESSONS[name]
    page = open_page(written(made, tmp_path, ".html"))
    book = openpyxl.load_workbook(written(made, tmp_path, ".xlsx"))
    for sheet in book.worksheets:
        wanted = {
            (cell.row - 1, cell.column - 1): cell.value[1:]
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        }
        cells = page.cells(sheet.title) or {}
        assert {at: c.formula for at, c in cells.items() if c.formula is not None} == wanted


# --- the tester is tested ------------------------------------------------------------------------


def _planted(tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / "net.html"
    write(xor(), path)
    text = json.dumps(table_of(path), separators=(",", ":"), ensure_ascii=False)
    assert old in text
    with_table(path, json.loads(text.replace(old, new, 1)))
    return path


def test_a_planted_formula_is_named(tmp_path: Path) -> None:
    report = sheetnet.check(_planted(tmp_path, '["TANH",', '["EXP",'))
    assert {m.why for m in report.mismatches} == {"formula changed"}
    assert {m.name.partition("[")[0] for m in report.mismatches} == {"a_1"}
    assert "TANH" in report.mismatches[0].expected_formula


def test_a_planted_constant_is_named(tmp_path: Path) -> None:
    path = tmp_path / "net.html"
    write(xor(), path)
    table = table_of(path)
    block = next(b for b in table["blocks"] if b["name"] == "Training_step")
    block["numbers"] = [1]
    with_table(path, table)
    assert "step at step 0" in {m.name for m in sheetnet.check(path).mismatches}


@pytest.mark.parametrize(
    ("old", "new", "quantity"),
    [
        ("TANH:ofNumbers(Math.tanh)", "TANH:ofNumbers((x) => Math.tanh(x) * (1 + 1e-14))", "a_1"),
        ("finite(a(i,j)- b(i,j))", "finite(b(i,j)- a(i,j))", ""),
    ],
)
def test_an_engine_that_computes_wrongly_is_found(
    old: str, new: str, quantity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, app = scripts.scripts()
    assert old in engine
    monkeypatch.setattr(scripts, "scripts", lambda: (engine.replace(old, new), app))
    path = tmp_path / "net.html"
    write(xor(), path)
    report = sheetnet.check(path)
    assert "value" in {m.why for m in report.mismatches}
    if quantity:
        names = {m.name.partition("[")[0].removeprefix("shown_") for m in report.mismatches}
        assert names == {quantity}


def test_a_page_with_another_script_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "net.html"
    write(xor(), path)
    engine, *rest = inside(path)
    with_inside(path, [engine.replace("Math.tanh", "Math.sinh", 1), *rest])
    with pytest.raises(EngineError, match=r"another script.*write the page anew"):
        sheetnet.check(path)
    assert sheetnet.read(path).network.sizes == (2, 3, 1)


def test_the_engine_says_what_it_reads(engine: PageEngine, tmp_path: Path) -> None:
    workbook = written(lesson(), tmp_path, ".xlsx")
    with pytest.raises(EngineError, match=r"page reads \.html"):
        sheetnet.check(workbook, "page")
    with pytest.raises(EngineError, match=r"ironcalc reads \.ods and \.xlsx"):
        sheetnet.check(written(lesson(), tmp_path, ".html"), "ironcalc")
    assert engine.version == sheetnet.__version__


# --- the pictures' arithmetic --------------------------------------------------------------------


def test_the_pictures_know_every_activation_function() -> None:
    module = Module("app/forward.js")
    assert set(module.run("Object.keys($forward.ACTIVATIONS)")) == set(ACTIVATIONS)
    z = np.array([-800.0, -3.0, -0.5, 0.0, 0.25, 2.0, 30.0])
    for name, rule in ACTIVATIONS.items():
        found = module.run(f"$forward.ACTIVATIONS.{name}({z.tolist()})")
        np.testing.assert_allclose(found, rule.value(z), rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("biases", ["trained", "none"])
def test_the_pictures_answer_as_the_network_does(biases: str) -> None:
    made = lesson((2, 4, 3), ["tanh", "softmax"], "categorical_cross_entropy", biases=biases)
    network = made.network
    both = [
        np.column_stack([w, b]) if biases != "none" else w
        for w, b in zip(network.weights, network.bias, strict=True)
    ]
    found = Module("app/forward.js").call(
        "answer", [w.tolist() for w in both], list(network.activations), made.inputs[0].tolist()
    )
    np.testing.assert_allclose(found, sheetnet.train_step(made).a[-1][0], rtol=1e-14)
