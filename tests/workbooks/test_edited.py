"""Workbooks that have been out among people and programs: nothing lost, nothing misread.

Here: what other programs leave out or add, formulas typed for weights, and all that is wrong told
at once.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import LineChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.styles import Font, PatternFill
from support import fuzz, mutations, raw
from support.edited import near
from support.fuzz import two
from support.lessons import FORMATS, lesson, written

import sheetnet
from sheetnet import engines
from sheetnet.checking.read import read
from sheetnet.cli import main
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.errors import FileError
from sheetnet.formulas.place import Area
from sheetnet.workbooks.build import build
from sheetnet.workbooks.saved import open_saved

formats = pytest.mark.parametrize("suffix", FORMATS)


def cell(area: Area, row: int = 0, column: int = 0) -> str:
    """'Training!K7'."""
    return f"{area.sheet}!{raw.letters(area.column + column)}{area.row + row + 1}"


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
    parts = dict(mutations.unzipped(path.read_bytes()))
    for name, change in changes.items():
        changed = change(parts[name].decode()).encode()
        assert changed != parts[name]
        parts[name] = changed
    path.write_bytes(mutations.zipped(list((parts | more).items())))
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
    content = dict(mutations.unzipped(path.read_bytes()))["content.xml"].decode()
    assert 'office:value="0.5"/>' in content, "how the learning rate is written"
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
    names = [name for name, _ in mutations.unzipped(path.read_bytes())
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
        path.write_bytes(mutations.with_document(path.read_bytes(), json.dumps(document)))
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
