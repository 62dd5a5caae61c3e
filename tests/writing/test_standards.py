"""Written workbooks follow the standards, other libraries open them, titles stay as they are."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from importlib import resources
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from openxml_audit import FileFormat, OdfValidator, OpenXmlValidator, ValidationResult
from python_calamine import CalamineWorkbook
from support import raw
from support.lessons import FORMATS, KINDS, demo, lesson, written

from sheetnet.lessons import Lesson
from sheetnet.reading.archive import open_package
from sheetnet.reading.defined_names import defined_names
from sheetnet.sheets import training
from sheetnet.sheets.step import is_small
from sheetnet.workbooks.build import build

formats = pytest.mark.parametrize("suffix", FORMATS)


# --- the standards -------------------------------------------------------------------------------


def short(lesson: Lesson) -> Lesson:
    """The lesson with few enough steps to validate its file quickly."""
    steps = min(lesson.training.steps, 20)
    return replace(lesson, training=replace(lesson.training, steps=steps))

OFFICES = (FileFormat.MICROSOFT_365, FileFormat.OFFICE_2013)


def complaints(result: ValidationResult) -> list[str]:
    """Everything a validator has to say, errors and warnings alike."""
    return [str(error) for error in result.errors] + ([] if result.is_valid else ["not valid"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.value)
def test_xlsx_is_valid(kind: str, office: FileFormat, tmp_path: Path) -> None:
    path = written(short(KINDS[kind]), tmp_path, ".xlsx")
    assert complaints(OpenXmlValidator(office, max_errors=0).validate(path)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_ods_is_valid(kind: str, tmp_path: Path) -> None:
    path = written(KINDS[kind], tmp_path, ".ods")
    result = OdfValidator(FileFormat.ODF_1_3, max_errors=0, security_validation=True).validate(path)
    assert complaints(result) == []

_FOREIGN = re.compile(r"\{(?:urn:org:documentfoundation:|http://openoffice.org/2009/)[^}]*\}")


def schema_errors(path: Path) -> list[str]:
    """What the schemas of OASIS, for the version that the file declares, say to each part.

    Elements and attributes of LibreOffice's and OpenOffice's own are left out first: an extended
    document is one that conforms without them (ODF 1.2 part 1, 22.2.1).
    """
    folder = resources.files("openxml_audit") / "odf" / "schemas"
    parts = raw.parts(path)
    version = etree.fromstring(parts["content.xml"]).get(f"{raw.OFFICE}version")
    names = {"1.2": "1.2-os", "1.3": "1.3"}[version]

    def schema(what: str) -> etree.RelaxNG:
        return etree.RelaxNG(
            etree.parse(str(folder / f"odf-{version}" / f"OpenDocument-v{names}-{what}schema.rng"))
        )

    document, manifest = schema(""), schema("manifest-")
    found = []
    for name, data in parts.items():
        if not name.endswith(".xml"):
            continue
        tree = etree.fromstring(data)
        for element in [e for e in tree.iter() if isinstance(e.tag, str) and _FOREIGN.match(e.tag)]:
            if (parent := element.getparent()) is not None:
                parent.remove(element)
        for element in tree.iter():
            for key in [k for k in element.attrib if _FOREIGN.match(k)]:
                del element.attrib[key]
        judge = manifest if name.startswith("META-INF") else document
        if not judge.validate(tree):
            found += [f"{name}: {error.message}" for error in judge.error_log]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_ods_follows_the_schemas_of_its_standard(kind: str, tmp_path: Path) -> None:
    made = short(KINDS[kind])
    assert schema_errors(written(made, tmp_path, ".ods")) == []


def test_the_validators_find_a_planted_fault(tmp_path: Path) -> None:
    xlsx, ods = (written(lesson(), tmp_path, suffix) for suffix in FORMATS)
    raw.rewrite(xlsx, {"xl/worksheets/sheet2.xml": lambda d: d.replace(b"sheetData>", b"datum>")})
    assert complaints(OpenXmlValidator(OFFICES[0], max_errors=0).validate(xlsx))
    raw.rewrite(
        ods, {"content.xml": lambda d: d.replace(b"office:value-type=", b"office:value-tip=")}
    )
    assert schema_errors(ods)
    raw.rewrite(ods, {"styles.xml": None})
    assert complaints(OdfValidator(FileFormat.ODF_1_3, max_errors=0).validate(ods))


# --- opened by others ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@formats
def test_other_libraries_open_it_without_a_word(kind: str, suffix: str, tmp_path: Path) -> None:
    path = written(KINDS[kind], tmp_path, suffix)
    has_training = "training" in KINDS[kind].sheets and training.fits(KINDS[kind])
    names = [sheet.name for sheet in build(KINDS[kind]).sheets]
    assert names[0] == "About" and names[-1] == "sheetnet" and ("Training" in names) == has_training
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert CalamineWorkbook.from_path(path).sheet_names == names
        if suffix == ".ods":
            return
        book = openpyxl.load_workbook(path)
    assert book.sheetnames == names
    assert book.active.title == "About"
    charts = [len(sheet.charts) for sheet in build(KINDS[kind]).sheets]
    assert [len(sheet._charts) for sheet in book] == charts
    assert bool(sum(charts)) == has_training
    assert book["sheetnet"].sheet_state == "hidden"
    frozen = {name: book[name].freeze_panes for name in names}
    assert frozen["About"] is None and frozen["sheetnet"] is None
    assert frozen["Step"] == ("A5" if is_small(KINDS[kind]) else "B1")  # its choosers, or names
    if has_training:
        assert frozen["Training"] == f"{raw.letters(build(KINDS[kind]).sheets[1].frozen[1])}7"
        chosen = book["Step"].data_validations.dataValidation[0]
        assert chosen.type == "whole" and str(chosen.sqref) == "A4"
        assert (chosen.formula1, chosen.formula2) == ("0", str(KINDS[kind].training.steps))


@pytest.mark.parametrize("kind", KINDS)
@formats
def test_every_block_has_a_name_that_leads_to_it(kind: str, suffix: str, tmp_path: Path) -> None:
    path = written(KINDS[kind], tmp_path, suffix)
    wanted = build(KINDS[kind]).names()
    with open_package(path) as package:
        names = defined_names(package)
    assert names.areas == wanted and not names.broken
    if suffix == ".ods":
        return
    book = openpyxl.load_workbook(path)
    assert set(book.defined_names) == set(wanted), "names of workbook scope"
    own = {"Print_Area", "Print_Titles"}
    assert all(own.issuperset(sheet.defined_names) for sheet in book)
    for name, area in wanted.items():
        [(sheet, where)] = book.defined_names[name].destinations
        first, _, last = where.partition(":")
        bottom = (area.row + area.rows - 1, area.column + area.columns - 1)
        assert (sheet, raw.place(first)) == (area.sheet, (area.row, area.column))
        assert raw.place(last or first) == bottom


def test_ods_has_its_panes_its_chart_and_its_first_sheet(tmp_path: Path) -> None:
    parts = raw.parts(written(demo(), tmp_path, ".ods"))
    config = "{urn:oasis:names:tc:opendocument:xmlns:config:1.0}name"
    settings = etree.fromstring(parts["settings.xml"])
    items = {i.get(config): i.text for i in settings.iter() if i.get(config) and not len(i)}
    assert items["ActiveTable"] == "About"
    panes = {
        entry.get(config): {i.get(config): i.text for i in entry}
        for entry in settings.iter()
        if entry.get(config) in ("Training", "Step")
    }
    assert panes["Training"]["VerticalSplitMode"] == panes["Training"]["HorizontalSplitMode"] == "2"
    assert panes["Training"]["VerticalSplitPosition"] == "6"
    assert panes["Step"]["VerticalSplitMode"] == "2"
    assert panes["Step"]["VerticalSplitPosition"] == "4"
    assert panes["Step"]["HorizontalSplitMode"] == "0"
    content = etree.fromstring(parts["content.xml"])
    tables = list(content.iter(f"{raw.TABLE}table"))
    charts = [
        len(list(t.iter("{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}object")))
        for t in tables
    ]
    assert charts == [len(sheet.charts) for sheet in build(demo()).sheets] and any(charts)
    assert b'chart:class="chart:scatter"' in parts["Object 1/content.xml"]
    area = build(demo()).names()["Training_loss"]
    column = raw.letters(area.column)
    drawn = f"Training.{column}{area.row + 1}:Training.{column}{area.row + area.rows}"
    assert drawn.encode() in parts["Object 1/content.xml"]


# --- titles --------------------------------------------------------------------------------------

TITLES = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "0.5",
    "1e5",
    "TRUE",
    "#REF!",
    "'quoted",
    "Zurückrechnen, καλό, обучение, 神经网络, تعلم, नमस्ते, 🧠👩🏽\u200d🔬 e\u0301",
    "<b>&amp; \"so\" 'on'</b> ]]>",
    "two\nlines",
    "a\ttab",
    "  spaces   kept  ",
    "_x0041_ is no A",
    "x" * 5000,
    " ",
    "",
    "sheetnet rows 0",
    "xmlns:office=\"here\" and <office:body xmlns:a='b'>",
    '&P &D &"Arial"',
    "[Red]0",
    "\u200f\u202etfel",
]


@pytest.mark.parametrize("title", TITLES, ids=lambda title: repr(title)[:20])
@formats
def test_a_title_is_text_and_stays_as_it_is(title: str, suffix: str, tmp_path: Path) -> None:
    made = replace(lesson(), title=title)
    path = written(made, tmp_path, suffix)
    found = raw.cells(path)
    cell = found["About"].get((0, 1))
    if not title:
        assert cell is None
        return
    assert cell is not None and cell.formula is None and cell.digits is None
    assert cell.text is not None
    plain = re.sub("_x005F_(?=x)", "_", cell.text) if suffix == ".xlsx" else cell.text
    assert plain == title
    assert found["Training"][0, 0].text == cell.text
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = CalamineWorkbook.from_path(path).get_sheet_by_name("About").to_python()
        top = got[0][-1] if isinstance(got[0], list) else got[0]
        if suffix == ".xlsx":
            other = openpyxl.load_workbook(path)["About"]["B1"]
            assert other.data_type == "s" and other.value == title
    if suffix == ".xlsx" or title.strip() == title:
        assert top is not None
    if suffix == ".ods":
        assert schema_errors(path) == []


@pytest.mark.parametrize("title", TITLES[:13], ids=lambda title: repr(title)[:20])
def test_a_file_with_any_title_is_valid_xlsx(title: str, tmp_path: Path) -> None:
    path = written(replace(lesson((1, 1), steps=0), title=title), tmp_path, ".xlsx")
    assert complaints(OpenXmlValidator(OFFICES[0], max_errors=0).validate(path)) == []
