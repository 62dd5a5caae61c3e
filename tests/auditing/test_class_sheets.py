"""The corpus that the audit is judged by: its right sheets are right, its wrong ones wrong.

All by finite differences over the corpus's own recalculation, which is held against ironcalc and
LibreOffice; nothing of sheetnet takes part.
"""

from __future__ import annotations

import zipfile
from dataclasses import replace
from html import unescape
from pathlib import Path

import ironcalc as ironcalc_package
import openpyxl
import pytest

from tests.support.class_sheets.book import Book, Cell
from tests.support.class_sheets.cases import Plan, build, plans
from tests.support.class_sheets.compose import Change, compose
from tests.support.class_sheets.evaluate import Sheets
from tests.support.class_sheets.files import KINDS, open_formula, resave, save
from tests.support.class_sheets.layouts import Look
from tests.support.class_sheets.nets import Spec, scalar_net
from tests.support.class_sheets.prove import prove
from tests.support.class_sheets.recipes import RECIPES, model_of
from tests.support.class_sheets.slips import SLIPS


@pytest.mark.parametrize("recipe", RECIPES)
def test_right_sheets_are_right(recipe: str) -> None:
    case = build(Plan(recipe, (), "plain", 3))
    assert case is not None and case.truth.verdict == "right"


def test_planted_slips_are_wrong_where_they_stand() -> None:
    some = [p for p in plans() if p.slips][:16]
    cases = [case for case in map(build, some) if case is not None]
    assert len(cases) >= 14  # the others found no place where they do harm
    for case in cases:
        truth = case.truth
        if truth.verdict == "right":
            assert truth.causes == ("changes no value",)
            continue
        assert truth.updates and truth.due, case.plan.name
        for cell, due in truth.due.items():
            assert case.sheet.book.cells[cell] != due


def test_putting_the_due_formulas_back_makes_a_slip_right() -> None:
    plan = Plan("rows", ("other slope",), "plain", 3)
    case = build(plan)
    assert case is not None and case.truth.verdict == "wrong"
    right = build(replace(plan, slips=()))
    assert right is not None
    repaired = case.sheet.book.copy()
    repaired.cells |= {c: right.sheet.book.cells[c] for c in repaired.cells}
    assert prove(replace(case.sheet, book=repaired)).verdict == "right"


def test_a_slope_off_by_a_ten_thousandth_is_proved_wrong() -> None:
    model = scalar_net(Spec(), 1)
    q = model.quantities["d1.0.0"]
    change = Change(q.with_parts(slope=q.parts["slope"] + "*1.0001"), (2,))
    proof = prove(compose(model, Look(), [change]))
    assert proof.verdict == "wrong"
    assert {t for t, _ in proof.wrong} == {2}


def test_every_slip_and_every_recipe_occurs() -> None:
    planned = plans()
    assert len(planned) >= 300
    assert {p.recipe for p in planned} == set(RECIPES)
    assert {s for p in planned for s in p.slips} == set(SLIPS)
    assert {p.kind for p in planned} == set(KINDS)
    assert planned == plans()


# --- the corpus's own recalculation --------------------------------------------------------------

SOME = [r for r in RECIPES if r in (
    "rows", "blocks, INDEX", "sheets, names", "softmax", "relu", "tanh", "cross entropy",
    "regression, adam", "rows, no rate", "rows, decoys", "rows, indirect",
)]  # fmt: skip


def numbers(book: Book) -> dict[Cell, float]:
    values = Sheets(book)
    return {
        cell: values.value(cell)
        for cell, content in book.cells.items()
        if not isinstance(content, str) or content.startswith("=")
    }


@pytest.mark.parametrize("recipe", SOME)
def test_the_recalculation_agrees_with_ironcalc(recipe: str, tmp_path: Path) -> None:
    book = compose(model_of(recipe, 5), RECIPES[recipe][1]).shown()
    model = ironcalc_package.load_from_xlsx(
        str(save(book, tmp_path, "book", "plain")), "en", "UTC", "en"
    )
    model.evaluate()
    for cell, value in numbers(book).items():
        got = model.get_cell_value(book.sheets.index(cell.sheet), cell.row, cell.column)
        assert got == pytest.approx(value, rel=1e-12, abs=1e-16), (cell, book.cells[cell])


@pytest.mark.engine
def test_the_recalculation_agrees_with_libreoffice(tmp_path: Path) -> None:
    books = {
        f"{i}-{kind}": compose(model_of(recipe, 5), look).shown()
        for i, (recipe, (_, look)) in enumerate(RECIPES.items())
        for kind in ("plain", "bare")
    }
    (tmp_path / "out").mkdir()
    paths = {stem: save(book, tmp_path, stem, stem.split("-")[1]) for stem, book in books.items()}
    resaved = resave(paths.values(), tmp_path / "out", ".xlsx", tmp_path / "profile")
    for path in resaved:
        book = books[path.stem]
        workbook = openpyxl.load_workbook(path, data_only=True)
        for cell, value in numbers(book).items():
            got = workbook[cell.sheet].cell(cell.row, cell.column).value
            assert got == pytest.approx(value, rel=1e-12, abs=1e-15), (path.name, cell)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_holds_the_formulas(kind: str, tmp_path: Path) -> None:
    book = compose(model_of("sheets, names", 5), RECIPES["sheets, names"][1]).shown()
    path = save(book, tmp_path, "book", kind)
    if path.suffix == ".xlsx":
        found = openpyxl.load_workbook(path)
        for cell, content in book.cells.items():
            assert found[cell.sheet].cell(cell.row, cell.column).value == content
    else:
        xml = unescape(zipfile.ZipFile(path).read("content.xml").decode())
        for content in book.cells.values():
            if isinstance(content, str) and content.startswith("="):
                assert f"of:={open_formula(content[1:])}" in xml
