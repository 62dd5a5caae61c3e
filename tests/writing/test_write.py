"""Writing: what stands in the file, that both standards accept it, and whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import importlib
import os
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from lxml import etree
from openxml_audit import FileFormat, OdfValidator, OpenXmlValidator, ValidationResult
from python_calamine import CalamineWorkbook
from support import raw
from support.folders import ROOT, TESTS
from support.lessons import FORMATS, KINDS, LESSONS, demo, lesson, written

from sheetnet import atomic as whole
from sheetnet.core.functions import FUSED, Array
from sheetnet.errors import FileError, LessonError
from sheetnet.lessons import Lesson, load, to_dict, train, train_step, with_values
from sheetnet.reading.archive import open_package
from sheetnet.reading.defined_names import defined_names
from sheetnet.sheets import training
from sheetnet.sheets.model import Block
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached
from sheetnet.workbooks.write import write, write_all
from sheetnet.writing import zip as zipped

formats = pytest.mark.parametrize("suffix", FORMATS)
Readers = dict[str, Callable[[Path], dict[str, dict[tuple[int, int], object]]]]


# --- values --------------------------------------------------------------------------------------


def same_bits(found: object, wanted: object) -> bool:
    """Whether two numbers are one and the same double: -0.0 is not 0.0."""
    return np.float64(found).tobytes() == np.float64(wanted).tobytes()


@pytest.mark.parametrize("name", LESSONS)
@formats
def test_every_cell_holds_what_numpy_computed(name: str, suffix: str, tmp_path: Path) -> None:
    """Formula cells and typed ones, all digits, each where its name says."""
    made = LESSONS[name]
    path = written(made, tmp_path, suffix)
    book = build(made)
    values, found = cached(made, book), raw.cells(path)
    formulas = 0
    for block in book.blocks():
        here = found[block.area.sheet]
        for (row, column), value in np.ndenumerate(values[block.name]):
            cell = here.pop((block.area.row + row, block.area.column + column))
            assert same_bits(cell.digits, value), (block.name, row, column)
            assert (cell.formula is None) == (row < block.typed_rows), (block.name, row, column)
            formulas += cell.formula is not None
    assert formulas > 0
    rest = [cell for cells in found.values() for cell in cells.values()]
    assert all(cell.text is not None and cell.formula is None for cell in rest)


@formats
def test_write_returns_the_number_of_formulas(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    count = write(lesson(), path)
    found = [cell for cells in raw.cells(path).values() for cell in cells.values()]
    assert count == sum(cell.formula is not None for cell in found)


def _with_bias(lesson: Lesson, weights: Array, bias: Array) -> Array:
    both = np.concatenate([weights, bias[..., None]], axis=-1)
    return both[..., :-1] if lesson.network.biases == "none" else both


def from_core(lesson: Lesson) -> dict[str, Array]:
    """Block name -> its numbers by `train` and `train_step` alone; not every block is there."""
    run, trace = train(lesson, record=True), train_step(lesson)
    found: dict[str, Array] = {"loss": np.array(trace.loss), "Training_loss": run.losses}
    found["first_loss"], found["last_loss"] = run.losses[0], run.losses[-1]
    found["Training_a_0"], found["a_0_row"] = run.a[0], trace.a[0]
    for n in range(1, lesson.network.layers + 1):
        found[f"Training_W_{n}"] = _with_bias(lesson, run.weights[n - 1], run.bias[n - 1])
        found[f"Training_z_{n}"], found[f"Training_a_{n}"] = run.z[n - 1], run.a[n]
        found[f"Training_delta_{n}"] = run.delta[n - 1]
        found[f"z_{n}"], found[f"a_{n}"] = trace.z[n - 1].T, trace.a[n].T
        found[f"a_{n}_row"] = found[f"top_a_{n}"] = trace.a[n]
        found[f"error_{n}"], found[f"slope_{n}"] = trace.dE_da[n - 1].T, trace.slope[n - 1].T
        found[f"delta_{n}"] = trace.delta[n - 1].T
        found[f"dW_{n}"] = _with_bias(lesson, trace.dW[n - 1], trace.db[n - 1])
        old = _with_bias(lesson, lesson.network.weights[n - 1], lesson.network.bias[n - 1])
        found[f"W_{n}"] = found[f"Step_W_{n}"] = old
        new = trace.network.weights[n - 1], trace.network.bias[n - 1]
        found[f"W_{n}_new"] = _with_bias(lesson, *new)
    return found


def _by_openpyxl(path: Path) -> dict[str, dict[tuple[int, int], object]]:
    book = openpyxl.load_workbook(path, data_only=True)
    return {
        sheet.title: {(c.row - 1, c.column - 1): c.value for row in sheet for c in row}
        for sheet in book
    }


def _by_calamine(path: Path) -> dict[str, dict[tuple[int, int], object]]:
    book = CalamineWorkbook.from_path(path)
    found: dict[str, dict[tuple[int, int], object]] = {}
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        found[name] = {(r, c): v for r, row in enumerate(rows) for c, v in enumerate(row)}
    return found


READERS: Readers = {".xlsx": _by_openpyxl, ".ods": _by_calamine}


def grid(block: Block, found: dict[str, dict[tuple[int, int], object]]) -> Array:
    """A block's numbers as an independent reader gives them, shape (rows, columns)."""
    area, here = block.area, found[block.area.sheet]
    return np.array(
        [
            [here[area.row + r, area.column + c] for c in range(area.columns)]
            for r in range(area.rows)
        ],
        dtype=float,
    )


@pytest.mark.parametrize("name", LESSONS)
@formats
def test_an_independent_reader_finds_a_training_of_its_own(
    name: str, suffix: str, tmp_path: Path
) -> None:
    """openpyxl and calamine against `train` and `train_step`, without sheetnet's own values.

    The document's network agrees bit for bit. Elsewhere core sums many steps in one matmul when
    it fills a workbook, and one step at a time when it trains: sums of up to ten products, which
    may round differently by 4 parts in 1e15 of the largest.
    """
    made = LESSONS[name]
    found = READERS[suffix](written(made, tmp_path, suffix))
    wanted = from_core(made)
    compared = 0
    for block in build(made).blocks():
        if block.name not in wanted:
            continue
        own = wanted[block.name].reshape(block.area.rows, block.area.columns)
        got = grid(block, found)
        if name == "demo":
            assert got.tobytes() == own.tobytes(), block.name
        else:
            assert np.max(np.abs(got - own)) <= 4e-15 * max(np.max(np.abs(own)), 1e-300), block.name
        compared += got.size
    assert compared > 0


@formats
def test_that_comparison_would_find_one_changed_bit(suffix: str, tmp_path: Path) -> None:
    path = written(demo(), tmp_path, suffix)
    area = build(demo()).names()["Training_a_2"]
    value = raw.cells(path)["Training"][area.row + 3, area.column].digits
    assert value is not None
    wrong = repr(float(np.nextafter(float(value), 1)))
    raw.set_cells(path, "Training", {(area.row + 3, area.column): ("number", wrong)})
    got = READERS[suffix](path)["Training"][area.row + 3, area.column]
    assert not same_bits(got, value)


HARD = [0.1 + 0.2, 1 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e308, -0.0,
        0.0, 1e15, 1e16, 123456789012345678.0, 1e22, 1e23, -1e-5, 4.35, 2.675]  # fmt: skip


@formats
def test_numbers_keep_every_bit(suffix: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    bits = rng.integers(0, 2**63, 4000, dtype=np.int64) * rng.choice([1, -1], 4000)
    numbers = bits.view(np.float64)
    numbers = np.concatenate([HARD, numbers[np.isfinite(numbers)]])[:4000]
    made = lesson((len(numbers), 1), steps=0, rate=1e-300)
    network = made.network.with_parameters([np.zeros((1, len(numbers)))], [np.zeros(1)])
    made = replace(made, network=network, inputs=numbers[None])
    path = written(made, tmp_path, suffix)
    area = build(made).names()["inputs"]
    assert area.columns == len(numbers) > 3500
    found, other = raw.cells(path)[area.sheet], READERS[suffix](path)[area.sheet]
    for offset, number in enumerate(numbers):
        at = (area.row, area.column + offset)
        assert same_bits(found[at].digits, number), number
        assert other[at] == number


# --- the same bytes ------------------------------------------------------------------------------

_TOMORROW = """
import datetime, os, sys, time
real = time.time
class Later(datetime.datetime):
    @classmethod
    def now(cls, tz=None): return cls(2031, 5, 17, 3, 4, 5, tzinfo=tz)
    @classmethod
    def utcnow(cls): return cls(2031, 5, 17, 3, 4, 5)
    @classmethod
    def today(cls): return cls(2031, 5, 17, 3, 4, 5)
datetime.datetime = Later
time.time = lambda: real() + 3e8
local = time.localtime
time.localtime = lambda seconds=None: local(time.time() if seconds is None else seconds)
sys.path.insert(0, sys.argv[1])
from support import lessons
from sheetnet.workbooks.write import write
for name, made in lessons.KINDS.items():
    for suffix in lessons.FORMATS:
        write(made, os.path.join(sys.argv[2], name + suffix))
"""


def test_the_same_lesson_gives_the_same_bytes_on_another_day(tmp_path: Path) -> None:
    """Also in another process, where texts hash otherwise, in another time zone and language."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    subprocess.run(
        [sys.executable, "-c", _TOMORROW, str(TESTS), str(there)],
        check=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "3", "TZ": "Pacific/Auckland", "USER": "somebody"},
    )
    for name, made in KINDS.items():
        for suffix in FORMATS:
            own = written(made, here, suffix, name)
            other = there / own.name
            for part, data in raw.parts(own).items():
                assert data == raw.parts(other)[part], (name, suffix, part)
            assert own.read_bytes() == other.read_bytes()


@formats
def test_no_file_says_when_or_by_whom_it_was_made(suffix: str, tmp_path: Path) -> None:
    for data in raw.parts(written(demo(), tmp_path, suffix)).values():
        assert time.strftime("%Y-%m-%d").encode() not in data
        assert str(Path.home()).encode() not in data or str(Path.home()) == "/"


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
    assert frozen["About"] is None and frozen["sheetnet"] is None and frozen["Step"] == "B1"
    if has_training:
        assert frozen["Training"] == f"{raw.letters(build(KINDS[kind]).sheets[1].frozen[1])}7"
        chosen = book["Step"].data_validations.dataValidation[0]
        assert chosen.type == "whole" and str(chosen.sqref) == "B4"
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
    assert panes["Step"]["VerticalSplitMode"] == "0"
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


# --- whole or not at all -------------------------------------------------------------------------


def _broken_after(
    parts_: Iterator[tuple[str, Iterator[bytes]]], error: BaseException
) -> zipped.Parts:
    """The first two parts, a piece of the third, then the error."""
    yield next(parts_)
    yield next(parts_)
    name, pieces = next(parts_)

    def breaking() -> Iterator[bytes]:
        yield next(pieces)
        raise error

    yield name, breaking()


FAILURES = [ValueError("half-way"), OSError(errno.ENOSPC, "No space left on device"),
            KeyboardInterrupt(), MemoryError()]  # fmt: skip


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("exists", [True, False], ids=["over a file", "a new file"])
@formats
def test_a_failure_half_way_changes_nothing(
    error: BaseException, exists: bool, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"net{suffix}"
    if exists:
        write(lesson(), path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    module = importlib.import_module(f"sheetnet.writing{suffix}")
    real = module.parts
    monkeypatch.setattr(module, "parts", lambda *given: _broken_after(real(*given), error))
    expected = FileError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected) as caught:
        write(demo(), path)
    if isinstance(error, OSError):
        assert str(path) in str(caught.value) and "No space left" in str(caught.value)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_at_the_very_end_changes_nothing(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(lesson(), tmp_path, ".xlsx")
    before = path.read_bytes()

    def fail(*given: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(FileError, match="Input/output error"):
        write(demo(), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_training_that_diverges_changes_nothing(tmp_path: Path) -> None:
    path = written(lesson(), tmp_path, ".xlsx")
    before = path.read_bytes()
    wild = lesson((2, 2, 2), "identity", steps=400, rate=1e6)
    with pytest.raises(LessonError, match="no longer a finite number"):
        write(wild, path)
    with pytest.raises(LessonError):
        write(wild, tmp_path / "new.xlsx")
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lesson((1, 1), steps=1_048_570), "rows.*a spreadsheet has 1,048,576.*training.steps"),
        (lesson((6000, 1)), "columns.*and 16,384.*a smaller network"),
        (lesson((6, 6), steps=200_000), "cells; expected at most 5,000,000"),
    ],
    ids=["rows", "columns", "cells"],
)
@formats
def test_what_no_spreadsheet_can_hold_is_refused(
    made: Lesson, message: str, suffix: str, tmp_path: Path
) -> None:
    with pytest.raises(LessonError, match=message):
        write(made, tmp_path / f"net{suffix}")
    assert not list(tmp_path.iterdir())


def test_writing_and_reading_leave_the_lesson_as_it_was(tmp_path: Path) -> None:
    made = demo()
    write(made, tmp_path / "net.xlsx")
    assert made == demo()


# --- targets -------------------------------------------------------------------------------------


def test_several_files_are_written_as_each_alone_would_be(tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    alone.mkdir()
    together.mkdir()
    made = lesson(steps=4)
    counts = {write(made, alone / f"net{suffix}") for suffix in FORMATS}
    assert {write_all(made, [together / f"net{suffix}" for suffix in FORMATS])} == counts
    for suffix in FORMATS:
        assert (together / f"net{suffix}").read_bytes() == (alone / f"net{suffix}").read_bytes()


def test_several_files_or_none(tmp_path: Path) -> None:
    (tmp_path / "theirs.ods").write_text("not ours")
    with pytest.raises(FileError, match=r"theirs\.ods: exists"):
        write_all(lesson(steps=2), [tmp_path / "new.xlsx", tmp_path / "theirs.ods"])
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.ods"]


@formats
def test_a_file_of_ours_is_replaced_and_another_is_not(suffix: str, tmp_path: Path) -> None:
    path = written(lesson(), tmp_path, suffix)
    old = path.read_bytes()
    write(demo(), path)
    assert path.read_bytes() != old
    foreign: list[bytes] = [b"", b"my notes", b"PK\x03\x04"]
    table = tmp_path / "table.xlsx"
    openpyxl.Workbook().save(table)
    foreign.append(table.read_bytes())
    for data in foreign:
        path.write_bytes(data)
        with pytest.raises(FileError, match=r"was not written by sheetnet.*--force"):
            write(demo(), path)
        assert path.read_bytes() == data
    write(demo(), path, force=True)
    assert raw.cells(path)["About"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net.csv", r"ends in '\.csv'; a workbook's name ends in \.xlsx or \.ods"),
        ("net", r"ends in ''"),
        (".xlsx", r"ends in ''"),
        ("net.xls", r"\.xls'"),
        ("net.xlsx.zip", r"\.zip'"),
        ("folder.xlsx", "is a folder"),
        ("missing/net.xlsx", "Choose a folder that exists"),
        ("file.txt/net.xlsx", "cannot be written"),
        ("n" * 300 + ".xlsx", "cannot be written"),
    ],
)
def test_a_target_that_cannot_be_written_is_refused(
    name: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "file.txt").write_text("text")
    before = sorted(tmp_path.rglob("*"))
    for force in (False, True):
        with pytest.raises(FileError, match=message) as caught:
            write(lesson(), tmp_path / name, force=force)
        assert str(tmp_path / name) in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


@formats
def test_a_suffix_in_capitals_is_as_good(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"NET{suffix.upper()}"
    write(lesson(), path)
    assert path.stat().st_size > 5000


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For root every folder can be written, so the system's refusal is simulated there."""
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):

        def refuse(*given: object, **named: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr("sheetnet.atomic._private", refuse)
    with pytest.raises(FileError, match=r"Permission denied.*may write to"):
        write(lesson(), folder / "net.xlsx")
    folder.chmod(0o755)
    assert not list(folder.iterdir())


def test_ctrl_c_in_the_moment_of_creation_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = whole._private

    def interrupted(path: str, flags: int) -> int:
        os.close(created(path, flags))
        raise KeyboardInterrupt

    monkeypatch.setattr(whole, "_private", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(lesson(), tmp_path / "net.xlsx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_gets_the_usual_mode_and_an_old_one_keeps_its_own(
    mask: int, tmp_path: Path
) -> None:
    before = os.umask(mask)
    try:
        path = written(lesson(), tmp_path, ".ods")
        assert path.stat().st_mode & 0o777 == 0o666 & ~mask
        path.chmod(0o640)
        write(demo(), path)
        assert path.stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)
    assert os.umask(before) == before


def test_a_link_to_a_file(tmp_path: Path) -> None:
    """The link gives way to a file of its own; what it led to stays as it was."""
    real = written(lesson(), tmp_path, ".xlsx", "real")
    digest = hashlib.sha256(real.read_bytes()).hexdigest()
    link = tmp_path / "link.xlsx"
    link.symlink_to(real)
    write(demo(), link)
    assert raw.cells(link)["About"][0, 1].text == demo().title
    assert hashlib.sha256(real.read_bytes()).hexdigest() == digest or link.is_symlink()


def test_diverged_cells_carry_no_value(tmp_path: Path) -> None:
    """A loss slope without bound has no number that a file could hold: its cell has none."""
    made = lesson((1, 1), loss="binary_cross_entropy", steps=0)
    network = made.network.with_parameters([np.array([[800.0]])], [np.array([0.0])])
    made = with_values(replace(made, network=network), inputs=[[1.0]], targets=[[0.0]])
    assert ("sigmoid", made.network.loss) in FUSED
    for suffix in FORMATS:
        found = raw.cells(written(made, tmp_path, suffix))["Step"]
        area = build(made).names()["error_1"]
        cell = found[area.row, area.column]
        assert cell.formula and cell.digits is None
        loss = build(made).names()["loss"]  # LN(0): an engine has none either
        assert found[loss.row, loss.column].digits is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"batch": 1}, r"training\.batch: a workbook cannot show this yet"),
        ({"batch": "online", "shuffle": 7}, r"training\.shuffle: a workbook"),
    ],
)
def test_a_training_that_no_sheet_shows_is_refused(
    tmp_path: Path, settings: dict[str, object], words: str
) -> None:
    table = to_dict(demo())
    made = load({**table, "training": {"steps": 3, **settings}})
    with pytest.raises(LessonError, match=words):
        write(made, tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())
    assert train(made).losses.shape == (4,)
