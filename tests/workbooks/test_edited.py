"""Workbooks that have been out among people and programs: nothing lost, nothing misread.

Here: edits in any order through LibreOffice, what other programs leave out or add, formulas typed
for weights, and writers that are killed, refused or out of room. What single edits come to stands
in `test_read`, the messages of the command in `test_cli`, files made to hurt in `test_hostile`.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.chart import LineChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from support import fuzz, raw
from support.folders import ROOT, TESTS
from support.fuzz import two
from support.lessons import FORMATS, lesson, written

import sheetnet
from sheetnet import atomic as whole
from sheetnet import engines
from sheetnet.checking.read import read
from sheetnet.cli import main
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.engines.libreoffice import LibreOffice
from sheetnet.errors import FileError
from sheetnet.formulas.place import Area
from sheetnet.lessons.save import export
from sheetnet.workbooks import edits
from sheetnet.workbooks.build import build
from sheetnet.workbooks.saved import open_saved
from sheetnet.workbooks.write import write

formats = pytest.mark.parametrize("suffix", FORMATS)


def near(found: list[float], wanted: list[float], relative: float, absolute: float = 0.0) -> bool:
    """Whether numbers agree, in order."""
    return len(found) == len(wanted) and all(
        abs(a - b) <= relative * abs(b) + absolute for a, b in zip(found, wanted, strict=True)
    )


def cell(area: Area, row: int = 0, column: int = 0) -> str:
    """'Training!K7'."""
    return f"{area.sheet}!{raw.letters(area.column + column)}{area.row + row + 1}"


# --- any edits, in any order, through LibreOffice ------------------------------------------------

NAMES = ["Übung 1", "It's", "a.b c", "神经网络", "🙂 net", "x'!$y", "A1", "2026", "Sheet 'q' (2)"]


class Person:
    """Somebody at work on a workbook: what was done, and where the yellow cells stand now."""

    def __init__(self, path: Path, draw: st.DataObject) -> None:
        self.base = fuzz.Base(path)
        self.draw = draw
        self.numbers = fuzz.flat(self.base.lesson)
        self.operations: list[tuple[Any, ...]] = []
        workbook = build(self.base.lesson)
        self.blocks = {block.name: block.area for block in workbook.blocks()}
        self.typed = {
            block.typed_name.casefold(): block.name
            for block in workbook.blocks()
            if block.typed_name and block.typed_name != "step_shown"
        }
        self.sheets = [sheet.name for sheet in workbook.sheets]
        self.hidden: set[str] = set()
        self.free = iter(NAMES)
        self.parked = 0
        self.edited: set[int] = set()

    def pick(self, *choices: Any) -> Any:
        return self.draw.draw(st.sampled_from(choices))

    def sheet(self) -> str:
        """One of the sheets that hold blocks, whatever they are called now."""
        return str(self.pick(*sorted({area.sheet for area in self.blocks.values()})))

    def do(self, name: str) -> None:
        """Do one thing, and keep account of it."""
        getattr(self, name)()

    def shift(self, sheet: str, axis: str, at: int, by: int) -> None:
        for name, area in self.blocks.items():
            place = {"row": area.row, "column": area.column}
            if area.sheet == sheet and place[axis] >= at:
                place[axis] += by
                self.blocks[name] = Area(sheet, place["row"], place["column"], area.rows,
                                         area.columns)  # fmt: skip

    def taken(self, sheet: str, axis: str) -> set[int]:
        """Rows or columns that hold a part of a block."""
        own = [area for area in self.blocks.values() if area.sheet == sheet]
        if axis == "row":
            return {area.row + k for area in own for k in range(area.rows)}
        return {area.column + k for area in own for k in range(area.columns)}

    def insert(self, axis: str) -> None:
        sheet, count = self.sheet(), self.pick(1, 2, 5)
        taken = self.taken(sheet, axis)
        # in front of a row in which no block goes on
        inside = {
            place
            for area in self.blocks.values()
            if area.sheet == sheet
            for start, length in [(area.row, area.rows) if axis == "row" else
                                  (area.column, area.columns)]
            for place in range(start + 1, start + length)
        }  # fmt: skip
        at = self.pick(*(k for k in range(max(taken) + 2) if k not in inside))
        self.operations.append((f"insert_{axis}s", sheet, at, count))
        self.shift(sheet, axis, at, count)

    def delete(self, axis: str) -> None:
        sheet = self.sheet()
        taken = self.taken(sheet, axis)
        free = [k for k in range(max(taken)) if k not in taken]
        if free:
            at = self.pick(*free)
            self.operations.append((f"delete_{axis}s", sheet, at, 1))
            self.shift(sheet, axis, at + 1, -1)

    def insert_rows(self) -> None:
        self.insert("row")

    def insert_columns(self) -> None:
        self.insert("column")

    def delete_rows(self) -> None:
        self.delete("row")

    def delete_columns(self) -> None:
        self.delete("column")

    def rename(self) -> None:
        old, new = self.pick(*self.sheets), next(self.free, "")
        if not new:
            return
        self.operations.append(("rename", old, new))
        self.sheets[self.sheets.index(old)] = new
        for name, area in self.blocks.items():
            if area.sheet == old:
                self.blocks[name] = Area(new, area.row, area.column, area.rows, area.columns)

    def move_sheet(self) -> None:
        self.operations.append(("move_sheet", self.pick(*self.sheets), self.pick(0, 2, 9)))

    def copy_sheet(self) -> None:
        """The copy's names are the sheet's own; a number typed into it is nobody's."""
        new = next(self.free, "")
        if new:
            area = self.blocks[self.pick(*self.typed.values())]
            self.operations.append(("copy_sheet", area.sheet, new))
            self.operations.append(("set", new, area.row, area.column, 77.0))

    def new_sheet(self) -> None:
        new = next(self.free, "")
        if new:
            self.operations.append(("new_sheet", new))
            self.operations.append(("set", new, 3, 3, "my notes"))

    def hide(self) -> None:
        sheet = self.pick(*self.sheets)
        if len(self.hidden) < 2:
            self.hidden.add(sheet)
            self.operations.append(("hide", sheet))

    def cut_and_paste(self) -> None:
        """A whole block, to where nothing stands, perhaps on another sheet."""
        name = self.typed[self.pick(*self.typed)]
        area = self.blocks[name]
        corner, sheet = (120 + 20 * self.parked, 150), self.sheet()
        self.parked += 1
        last = (area.row + area.rows - 1, area.column + area.columns - 1)
        self.operations.append(
            ("move_range", area.sheet, (area.row, area.column, *last), sheet, *corner)
        )
        self.blocks[name] = Area(sheet, *corner, area.rows, area.columns)

    def type(self) -> None:
        (name, k), place = self.pick(*sorted(self.base.cells.items()))
        area = self.blocks[self.typed[name]]
        value = self.draw.draw(st.floats(1e-6, 1e6) | st.sampled_from([1 / 3, 0.1 + 0.2, 7.0]))
        value = -value if self.draw.draw(st.booleans()) and name != "learning_rate" else value
        row, column = divmod(k, area.columns)
        self.operations.append(("set", area.sheet, area.row + row, area.column + column, value))
        self.numbers[place] = value
        self.edited.add(place)


WORK = ["insert_rows", "insert_columns", "delete_rows", "delete_columns", "rename", "move_sheet",
        "copy_sheet", "new_sheet", "hide", "cut_and_paste", "type", "type", "type"]  # fmt: skip


def work_and_read(draw: st.DataObject, folder: Path, libreoffice: LibreOffice) -> None:
    """One workbook through one to three sittings of edits, each saved in either format."""
    start = folder / f"start{draw.draw(st.sampled_from(FORMATS))}"
    write(two(), start, force=True)
    person, path = Person(start, draw), start
    for sitting in range(draw.draw(st.integers(1, 3))):
        person.operations.clear()
        for name in draw.draw(st.lists(st.sampled_from(WORK), max_size=7)):
            person.do(name)
        saved = folder / f"saved{sitting}{draw.draw(st.sampled_from(FORMATS))}"
        libreoffice.edit(path, person.operations, saved)
        path = saved
        found = fuzz.flat(read(path))
        assert near(found, person.numbers, 1e-14, 1.5e-20), person.operations
        opened = open_saved(path)
        changed = list(edits.values(opened.original, opened.lesson(), opened))
        were = fuzz.flat(person.base.lesson)
        assert len(changed) == sum(a != b for a, b in zip(were, person.numbers, strict=True))


random_work = settings(
    deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True
)


@settings(random_work, max_examples=12, derandomize=True)
@given(st.data())
def test_any_edits_in_any_order(
    libreoffice: LibreOffice, tmp_path_factory: pytest.TempPathFactory, draw: st.DataObject
) -> None:
    work_and_read(draw, tmp_path_factory.getbasetemp(), libreoffice)


@pytest.mark.long
@settings(random_work, max_examples=300)
@given(st.data())
def test_many_edits_in_any_order(
    libreoffice: LibreOffice, tmp_path_factory: pytest.TempPathFactory, draw: st.DataObject
) -> None:
    work_and_read(draw, tmp_path_factory.getbasetemp(), libreoffice)


@pytest.mark.parametrize("route", [".xlsx .ods .xlsx", ".ods .xlsx .ods"])
def test_there_and_back_again_is_no_edit(
    route: str, libreoffice: LibreOffice, ironcalc: IronCalc, tmp_path: Path
) -> None:
    first, *others = route.split()
    path = written(two(), tmp_path, first)
    for number, suffix in enumerate(others):
        libreoffice.edit(path, [], tmp_path / f"saved{number}{suffix}")
        path = tmp_path / f"saved{number}{suffix}"
    opened = open_saved(path)
    assert list(edits.values(two(), opened.lesson(), opened)) == []
    assert sheetnet.check(path, ironcalc).ok


# --- what other programs add and leave out -------------------------------------------------------

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# A pivot table whose cache lacks what openpyxl asks for.
CACHE = (
    f'<pivotCacheDefinition xmlns="{MAIN}" refreshedVersion="x"><cacheFields/>'
    "</pivotCacheDefinition>"
)
PIVOT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/pivotCacheDefinition"
Changes = dict[str, Callable[[str], str]]


def with_parts(path: Path, more: dict[str, bytes], changes: Changes) -> Path:
    """The file with parts added and others changed."""
    parts = dict(fuzz.unzipped(path.read_bytes()))
    for name, change in changes.items():
        changed = change(parts[name].decode()).encode()
        assert changed != parts[name]
        parts[name] = changed
    path.write_bytes(fuzz.zipped(list((parts | more).items())))
    return path


def test_what_openpyxl_cannot_open_is_read(tmp_path: Path) -> None:
    path = with_parts(
        written(two(), tmp_path, ".xlsx"),
        {"xl/pivotCache/pivotCacheDefinition1.xml": CACHE.encode(),
         "xl/media/image1.png": b"\x89PNG\r\n", "xl/drawings/drawing9.xml": b"<not-even-xml"},
        {
            "xl/_rels/workbook.xml.rels": lambda text: text.replace(
                "</Relationships>", f'<Relationship Id="rP" Type="{PIVOT}" '
                'Target="pivotCache/pivotCacheDefinition1.xml"/></Relationships>'),
            "xl/workbook.xml": lambda text: text.replace(
                "</definedNames>", '</definedNames><pivotCaches><pivotCache cacheId="7" '
                'r:id="rP"/></pivotCaches>'),
            "[Content_Types].xml": lambda text: text.replace(
                "</Types>", '<Override PartName="/xl/pivotCache/pivotCacheDefinition1.xml" '
                'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
                'pivotCacheDefinition+xml"/></Types>'),
        },
    )  # fmt: skip
    with pytest.raises(Exception, match=r".") as caught:
        openpyxl.load_workbook(path)
    assert not isinstance(caught.value, FileNotFoundError)
    assert read(path) == two()


def test_an_ods_with_a_picture_a_note_and_formats_is_read(tmp_path: Path) -> None:
    """A note in a yellow cell, a picture over the sheet, a weight shown as a percentage."""
    note = "<office:annotation><text:p>0.7?</text:p></office:annotation>"
    picture = ('<table:shapes><draw:frame><draw:image xlink:href="Pictures/1.png"/>'
               "<draw:text-box><text:p>9.5</text:p></draw:text-box></draw:frame></table:shapes>")
    rate = build(two()).names()["learning_rate"]
    path = written(two(), tmp_path, ".ods")
    assert re.search(r'office:value="0.5"/>', dict(fuzz.unzipped(path.read_bytes()))["content.xml"]
                     .decode()), "how the learning rate is written"  # fmt: skip
    with_parts(
        path,
        {"Pictures/1.png": b"\x89PNG\r\n"},
        {
            "content.xml": lambda text: re.sub(
                r'(<table:table table:name="Training"[^>]*>)', rf"\1{picture}", text
            )
            .replace('office:value-type="float" office:value="0.5"/>',
                     f'office:value-type="percentage" office:value="0.5">{note}<text:p>50 %'
                     "</text:p></table:table-cell>")
            .replace("<office:document-content", '<office:document-content xmlns:draw="urn:oasis:'
                     'names:tc:opendocument:xmlns:drawing:1.0"' if "xmlns:draw=" not in text
                     else "<office:document-content", 1)
            .replace("<office:document-content", '<office:document-content xmlns:xlink='
                     '"http://www.w3.org/1999/xlink"' if "xmlns:xlink=" not in text
                     else "<office:document-content", 1)
        },
    )  # fmt: skip
    assert read(path) == two()
    assert open_saved(path).cells[rate.sheet][rate.row, rate.column].value == 0.5


def test_a_workbook_decorated_with_openpyxl_is_read(tmp_path: Path) -> None:
    """Notes, formats, a chart, a rule of colours, sheets; and openpyxl saves no cached value."""
    path = written(two(), tmp_path, ".xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["Training"]
    area = build(two()).names()["W_1"]
    for k, look in enumerate(["0.00", "0%", "0.00E+00", "#,##0", "General", "0.0000"]):
        yellow = sheet.cell(area.row + 1, area.column + 1 + k)
        yellow.number_format, yellow.font = look, Font(bold=True)
        yellow.fill = PatternFill("solid", fgColor="FF0000")
        yellow.comment = Comment("what if 0.7?", "a student")
    colours = ColorScaleRule("min", None, "FF0000", "max", None, "00FF00")
    sheet.conditional_formatting.add("H7:M9", colours)
    chart = LineChart()
    chart.add_data(Reference(sheet, 8, 7, 8, 9))
    sheet.add_chart(chart, "AK3")
    book.create_sheet("Notes", 0)["A1"] = "=SUM(Training!H7:M7)"
    book.copy_worksheet(sheet)["H7"] = 99
    sheet.merge_cells("A40:C41")
    book.save(path)
    assert near(fuzz.flat(read(path)), fuzz.flat(two()), 1e-15)
    assert open_saved(path).placement(), "the computed blocks are found as well"


def rounded(path: Path, digits: int) -> Path:
    """The workbook as a program saves it that keeps so many digits of every number, typed or
    computed: Google Sheets keeps 10, LibreOffice 15."""

    def short(match: re.Match[str]) -> str:
        return f"{match[1]}{float(match[2]):.{digits}g}{match[3]}"

    number = r"(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)"
    pattern = {
        # a text's value is a whole number too: the place of a shared string, which rounds to itself
        ".xlsx": rf"(<v>){number}(</v>)",
        ".ods": rf'(office:value="){number}(")',
    }[path.suffix]
    names = [name for name, _ in fuzz.unzipped(path.read_bytes())
             if name == "content.xml" or name.startswith("xl/worksheets/sheet")]  # fmt: skip
    sheets = {name: lambda text: re.sub(pattern, short, text) for name in names}
    if path.suffix == ".xlsx":  # About and the lesson hold no numbers
        del sheets["xl/worksheets/sheet1.xml"], sheets["xl/worksheets/sheet4.xml"]
    return with_parts(path, {}, sheets)


@formats
@pytest.mark.parametrize("digits", [10, 15])
def test_numbers_saved_with_fewer_digits_are_no_edits(
    digits: int, suffix: str, ironcalc: IronCalc, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole_file = written(two(), tmp_path, suffix)
    path = tmp_path / f"rounded{suffix}"
    shutil.copy(whole_file, path)
    found = read(rounded(path, digits))
    assert found != two(), "digits are lost"
    assert near(fuzz.flat(found), fuzz.flat(two()), 10.0 ** (1 - digits))
    assert main(["read", str(path)]) == 0
    assert "No number of the lesson was changed" in capsys.readouterr().out
    assert sheetnet.check(path, ironcalc).ok
    for both in ((whole_file, path), (path, whole_file)):
        main(["diff", *map(str, both)])
        assert "Values:" not in capsys.readouterr().out
    area = build(two()).names()["W_1"]
    raw.set_cells(path, area.sheet, {(area.row, area.column + 1): ("number", "0.123456789")})
    assert main(["read", str(path)]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "→" in line]
    assert line.split()[0] == cell(area, 0, 1), "an edit among rounded numbers is named, alone"


# --- formulas typed for weights ------------------------------------------------------------------


def type_formula(path: Path, area: Area, formula: str, cached: str | None, k: int = 0) -> None:
    """A formula in the yellow cell, with this saved value or without any."""
    of = formula.replace("D4", "[.D4]")

    def xlsx(text: str) -> str:
        address = f"{raw.letters(area.column + k)}{area.row + 1}"
        value = "" if cached is None else f"<v>{cached}</v>"
        return re.sub(rf'(<c r="{address}"[^>]*>)<v>[^<]*</v>', rf"\1<f>{formula}</f>{value}", text)

    def ods(text: str) -> str:
        value = "" if cached is None else f' office:value-type="float" office:value="{cached}"'
        old = repr(float([*two().network.weights[0][0], two().network.bias[0][0]][k]))
        return text.replace(
            f' office:value-type="float" office:value="{old}"/>',
            f' table:formula="of:={of}"{value}/>', 1,
        )  # fmt: skip

    part, change = (
        ("xl/worksheets/sheet2.xml", xlsx) if path.suffix == ".xlsx" else ("content.xml", ods)
    )
    with_parts(path, {}, {part: change})


TYPED = [("1/3", 1 / 3), ("PI()/4", 0.7853981633974483), ("-2^2", 4.0), ("D4/2", 0.25),
         ("Learning_Rate/2", 0.25)]


@formats
@pytest.mark.parametrize(("formula", "value"), TYPED)
def test_a_formula_without_a_saved_value_is_recalculated(
    formula: str, value: float, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, area = written(two(), tmp_path, suffix), build(two()).names()["W_1"]
    type_formula(path, area, formula, None)
    found = read(path)
    assert found.network.weights[0][0, 0] == value
    assert fuzz.flat(found).count(value) == 1 + fuzz.flat(two()).count(value)
    assert sheetnet.read is read
    assert main(["read", str(path)]) == 0
    assert f"→ {value!r}" in capsys.readouterr().out
    assert main(["step", str(path), "-o", str(tmp_path / "next.ods")]) == 0


@formats
def test_the_saved_value_of_a_formula_counts(suffix: str, tmp_path: Path) -> None:
    """Beside one that has none, too; and a random number is what it was when it was saved."""
    path, area = written(two(), tmp_path, suffix), build(two()).names()["W_1"]
    type_formula(path, area, "RAND()-0.5", "0.0625")
    assert read(path).network.weights[0][0, 0] == 0.0625
    type_formula(path, area, "1/4", None, 1)
    assert read(path).network.weights[0][0].tolist() == [0.0625, 0.25]
    type_formula(path, area, "RAND()-0.5", None, 2)
    assert -0.5 <= read(path).network.bias[0][0] < 0.5


@formats
def test_without_an_engine_it_says_what_to_do(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, area = written(two(), tmp_path, suffix), build(two()).names()["W_1"]
    type_formula(path, area, "1/3", None)
    monkeypatch.setattr(engines, "why_missing", lambda name: f"no {name}")
    with pytest.raises(FileError, match="a formula without a saved value") as caught:
        read(path)
    assert cell(area) in str(caught.value) and "Open and save the workbook" in str(caught.value)


def test_content_decides_whether_an_engine_computes_it(tmp_path: Path) -> None:
    path, area = written(two(), tmp_path, ".xlsx"), build(two()).names()["W_1"]
    type_formula(path, area, "1/3", None)
    path = path.rename(tmp_path / "net.xlsm")
    assert read(path).network.weights[0][0, 0] == 1 / 3


@formats
@pytest.mark.parametrize(("formula", "there"), [("1/0", "#DIV/0!"), ('"0.5"', "the text '0.5'"),
                                                ("1=1", "True")])  # fmt: skip
def test_a_formula_that_gives_no_number_is_refused(
    formula: str, there: str, suffix: str, tmp_path: Path
) -> None:
    path, area = written(two(), tmp_path, suffix), build(two()).names()["W_1"]
    type_formula(path, area, formula.replace('"', "&quot;"), None)
    with pytest.raises(FileError, match=re.escape(cell(area))) as caught:
        read(path)
    assert there in str(caught.value)


# --- all that is wrong, at once ------------------------------------------------------------------


@formats
def test_lost_blocks_and_wrong_cells_are_told_together(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    areas = build(two()).names()
    path = written(two(), tmp_path, suffix)
    wrong = {
        ("learning_rate", 0): ("number", "nan"), ("W_1", 0): ("number", "NaN"),
        ("W_1", 1): ("text", "0,5"), ("W_1", 2): ("blank", ""), ("W_1", 3): ("error", "#DIV/0!"),
        ("W_1", 4): ("boolean", "true"), ("W_1", 5): ("date", "2020-01-31"),
    }  # fmt: skip
    for (name, k), edit in wrong.items():
        area = areas[name]
        raw.set_cells(path, area.sheet, {(area.row, area.column + k): edit})
    part = {".ods": "content.xml", ".xlsx": "xl/workbook.xml"}[suffix]
    with_parts(path, {}, {part: lambda text: re.sub(
        r'name="W_2"', 'name="lost"', re.sub(r"(inputs\"[^>]*[>=]\"?\$?)Training([.!])\$[^<\"]*",
                                             r"\1Training\2#REF!", text))})  # fmt: skip
    texts = {".ods": "content.xml", ".xlsx": "xl/sharedStrings.xml"}[suffix]
    with_parts(path, {}, {texts: lambda text: text.replace("w₀₀⁽²⁾", "first weight")})
    with pytest.raises(FileError) as caught:
        read(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 1 + len(wrong) + 2
    for name, k in wrong:
        (line,) = [line for line in lines if line.strip().startswith(f"{cell(areas[name], 0, k)} ")]
        assert "expected a number" in line
    assert any("'W_2' is missing" in line for line in lines)
    assert any("'inputs' stands for" in line and "#REF!" in line for line in lines)
    for command in (["read"], ["read", "-o", str(tmp_path / "new.toml")],
                    ["step", "-o", str(tmp_path / "new.ods")], ["check"]):  # fmt: skip
        capsys.readouterr()
        assert main([command[0], str(path), *command[1:]]) == 2
        assert capsys.readouterr().err.splitlines()[1:] == lines[1:]
    assert list(tmp_path.iterdir()) == [path]


def test_a_newer_format_is_named_before_anything_else(tmp_path: Path) -> None:
    """Whatever it keeps, and however."""
    for document in ({"sheetnet": 9}, {"sheetnet": 9, "lesson": "packed"}):
        path = written(two(), tmp_path, ".ods")
        path.write_bytes(fuzz.with_document(path.read_bytes(), json.dumps(document)))
        with pytest.raises(FileError, match=r"written in format 9.*Install a newer sheetnet"):
            read(path)


def test_training_that_diverges_is_still_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(lesson((2, 2, 2), "identity", steps=400), tmp_path, ".xlsx")
    area = build(lesson()).names()["learning_rate"]
    raw.set_cells(path, area.sheet, {(area.row, area.column): ("number", "1e6")})
    assert main(["read", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "→ 1000000.0" in shown and "Use a smaller training.learning_rate" in shown


# --- written whole, or not at all ----------------------------------------------------------------

KILLED = """
import os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from support.lessons import lesson
from sheetnet import read, write
target, count, rng = Path(sys.argv[2]), int(sys.argv[3]), random.Random(int(sys.argv[4]))
made = [lesson((9, 9, 3), seed=s, steps=20, examples=2) for s in (1, 2)]
write(made[0], target)
started = time.perf_counter()
write(made[0], target)
takes = time.perf_counter() - started
seen = [0, 0]
for _ in range(count):
    child = os.fork()
    if not child:
        for k in range(1, 1000):
            write(made[k % 2], target)
        os._exit(0)
    time.sleep(rng.uniform(0.2, 3.5) * takes)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = read(target)
    seen[made.index(found)] += 1
print(seen)
"""


def kill_writers(folder: Path, suffix: str, count: int) -> list[Path]:
    """Kill so many writers half-way; returns what they left beside the target."""
    target = folder / f"net{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(TESTS), str(target), str(count), "5"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    old, new = json.loads(done.stdout)
    assert old + new == count and old and new, "both have been met"
    return [path for path in folder.iterdir() if path != target]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
@formats
def test_a_writer_killed_half_way_leaves_the_old_file_or_the_new(
    suffix: str, tmp_path: Path
) -> None:
    left = kill_writers(tmp_path, suffix, 25)
    assert left, "some were killed in the midst of it"
    for path in left:
        assert re.fullmatch(rf"\.net\{suffix}\.\w{{16}}\.unfinished", path.name)
    target = tmp_path / f"net{suffix}"
    write(two(), target)
    assert all(path.exists() for path in left), "their writers may be alive"
    others = [tmp_path / name for name in (f".net{suffix}.notes", f"net{suffix}.unfinished",
                                           f".other{suffix}.abcdefgh.unfinished")]  # fmt: skip
    for path in [*left, *others]:
        path.touch()
        hours_ago = time.time() - 2 * whole.STALE
        os.utime(path, (hours_ago, hours_ago))
    write(two(), target)
    assert {*tmp_path.iterdir()} == {target, *others}, "an hour later the next write removes them"


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
@formats
def test_many_writers_killed_half_way(suffix: str, tmp_path: Path) -> None:
    assert kill_writers(tmp_path, suffix, 400)


def test_a_name_as_long_as_names_may_be(tmp_path: Path) -> None:
    for name in ("神" * 83 + ".ods", "🙂" * 62 + ".xlsx", "n" * 250 + ".xlsx"):
        path = tmp_path / name
        write(two(), path)
        assert read(path) == two()
        write(two(), path)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="links of POSIX")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "cloud").mkdir()
    real, link = tmp_path / "cloud" / "net.xlsx", tmp_path / "link.xlsx"
    link.symlink_to("cloud/net.xlsx")
    for steps in (2, 3):  # it leads nowhere, then to a workbook of ours
        made = replace(two(), training=replace(two().training, steps=steps))
        write(made, link)
        assert link.is_symlink() and read(real) == read(link) == made
        assert {*tmp_path.rglob("*")} == {real.parent, real, link}
    export(two(), tmp_path / "new.json")
    link = tmp_path / "link.json"
    link.symlink_to("new.json")
    export(made, link)
    assert link.is_symlink() and sheetnet.load(tmp_path / "new.json") == made


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
def test_what_is_no_ordinary_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for suffix in (".xlsx", ".npz", ".toml"):
        for name, leads in (("null", "/dev/null"), ("pipe", "pipe"), ("circle", f"circle{suffix}")):
            path = tmp_path / f"{name}{suffix}"
            path.symlink_to(leads)
            with pytest.raises(FileError, match="no ordinary file"):
                if suffix == ".xlsx":
                    write(two(), path, force=True)
                else:
                    export(two(), path, force=True)
            assert path.is_symlink(), path
            if name != "circle":  # which does not exist, in a way
                with pytest.raises(FileError, match="exists and "):
                    write(two(), path) if suffix == ".xlsx" else export(two(), path)


def test_a_name_of_ours_does_not_make_a_workbook_ours(tmp_path: Path) -> None:
    path = tmp_path / "budget.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = 5
    for what in ("$A$1", "$A$2"):
        book.defined_names["sheetnet_lesson"] = DefinedName(
            "sheetnet_lesson", attr_text=f"Sheet!{what}"
        )
        book.save(path)
        with pytest.raises(FileError, match=r"was not written by sheetnet"):
            write(two(), path)
    for suffix in FORMATS:  # while ours may be replaced, however it was edited
        path = written(two(), tmp_path, suffix)
        raw.set_cells(path, "Training", {(3, 3): ("text", "abc")})
        write(two(), path)


def test_no_target_of_whatever_content_gives_more_than_a_refusal(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x", "y")
    at = stream.getvalue().index(b"PK\x01\x02")
    future, nameless = bytearray(stream.getvalue()), bytearray(stream.getvalue())
    future[at + 6] = 99  # the version needed
    nameless[at + 9] |= 8  # its name is said to be UTF-8 …
    nameless[at + 46] = 0xFF  # … and is not
    for content in (b"", b"PK", stream.getvalue(), bytes(future), bytes(nameless)):
        for suffix in (".npz", ".json", ".toml"):
            path = tmp_path / f"target{suffix}"
            path.write_bytes(content)
            with pytest.raises(FileError, match="exists and is not a lesson"):
                export(two(), path)
            assert path.read_bytes() == content


COMMANDS = """
import json, os, resource, sys
from pathlib import Path
from sheetnet.cli import main
folder, limit, user, lines = Path(sys.argv[1]), *map(int, sys.argv[2:4]), json.loads(sys.argv[4])
os.chdir(folder / "warm")
for line in lines:  # everything is imported before nothing more can be opened
    main(line)
os.chdir(folder)
os.dup2(2, 1)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
if user and os.geteuid() == 0:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
for line in lines:
    sys.stderr.write(f"{main(line)}\\n")
    sys.stderr.flush()
"""


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that other users can enter: a workbook, a lesson, and room to warm up in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "warm").mkdir()
        for place in (folder, folder / "warm"):
            write(two(), place / "net.xlsx")
            write(two(), place / "net.ods")
            (place / "net.json").write_text(sheetnet.lessons.dumps_json(two()))
        yield folder


def command(folder: Path, lines: list[str], limit: int = 0, user: int = 0) -> list[tuple[int, str]]:
    """(status, message) of each command line, in a process with a limit or of another user."""
    arguments = [line.split() for line in lines]
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, str(folder), str(limit), str(user), json.dumps(arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = re.findall(r"(.*?)^(\d+)\n", done.stderr, re.DOTALL | re.MULTILINE)
    assert len(found) >= len(lines), done.stderr
    return [(int(status), message) for message, status in found[-len(lines) :]]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


LINES = ["write net.json -o new.xlsx", "write net.json -o net.ods", "step net.xlsx -o net.ods",
         "read net.xlsx -o net.json", "read net.ods -o new.npz"]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_without_room_nothing_changes(shelf: Path) -> None:
    before = snapshot(shelf)
    for status, message in command(shelf, LINES, limit=512):
        assert status == 2 and len(message.splitlines()) == 1, message
        assert "cannot be written (File too large). Make room or choose" in message
    assert snapshot(shelf) == before


@pytest.mark.skipif(sys.platform == "win32", reason="users of POSIX")
def test_where_one_may_not_write_nothing_changes(shelf: Path) -> None:
    before = snapshot(shelf)
    shelf.chmod(0o555)
    for status, message in command(shelf, LINES, user=65534):
        assert status == 2 and len(message.splitlines()) == 1, message
        assert "cannot be written (Permission denied)" in message or "write-protected" in message
    shelf.chmod(0o755)
    assert snapshot(shelf) == before


@pytest.mark.skipif(sys.platform == "win32", reason="users of POSIX")
def test_what_may_not_be_read_or_replaced(shelf: Path) -> None:
    before = snapshot(shelf)
    shelf.chmod(0o777)
    for path in shelf.iterdir():
        if path.is_file():
            path.chmod(0o444)
    (shelf / "net.xlsx").chmod(0o000)
    lines = ["read net.xlsx", "check net.xlsx", "diff net.ods net.xlsx", "step net.xlsx -o a.ods"]
    for status, message in command(shelf, lines, user=65534):
        assert status == 2 and "net.xlsx: cannot be opened (Permission denied)" in message
    for status, message in command(shelf, ["write net.json -o net.ods"], user=65534):
        assert status == 2 and "net.ods: is write-protected" in message
    for path in shelf.iterdir():
        path.chmod(0o755)
    assert snapshot(shelf) == before


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
def test_a_file_that_fails_while_it_is_read() -> None:
    with pytest.raises(FileError, match=r"/proc/self/mem: cannot be read \(Input/output error\)"):
        read("/proc/self/mem")
    with pytest.raises(FileError, match=r"/proc/net\.xlsx: cannot be written"):
        write(two(), "/proc/net.xlsx")


def test_labels_and_titles_in_any_script_stay_texts(
    libreoffice: LibreOffice, tmp_path: Path
) -> None:
    """Through both formats and a program that would compute what begins with =."""
    rng = random.Random(1)
    titles = ["=1+1", "+3", "-4", "@SUM(A1)", "شبكة عصبية", "神经网络 🙂👩‍🔬", "'quoted", "0,5"]
    for title in titles:
        made = sheetnet.load(sheetnet.lessons.to_dict(two()) | {"title": title})
        suffixes = rng.sample([*FORMATS, *FORMATS], 3)
        path = written(made, tmp_path, suffixes[0])
        for suffix in suffixes[1:]:
            libreoffice.edit(path, [], saved := tmp_path / f"saved{suffix}")
            path = saved.replace(tmp_path / f"next{suffix}")
        assert read(path).title == title
        about = open_saved(path).cells["About"]
        assert title in [found.value for found in about.values()]
        assert all(found.formula is None for found in about.values() if found.value == title)
