"""What the engines compute, that they trust no cached value, and that they follow no link."""

from __future__ import annotations

import math
import socket
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from odf.opendocument import OpenDocumentSpreadsheet
from support.engine_cases import CASES, NUMBERS, SECOND, WRITERS, WRONG, ods_sheet
from support.libreoffice import LibreOffice

from sheetnet.engines import ENGINES, Engine, find_office, open_engine, why_missing
from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.engines.values import CellError, CellValue
from sheetnet.errors import EngineError, FileError, SheetnetError


def agrees(got: CellValue, expected: CellValue, ulps: float) -> bool:
    """Whether an engine's value is the one that Python worked out."""
    if isinstance(expected, CellError) or isinstance(got, CellError):
        both = isinstance(expected, CellError) and isinstance(got, CellError)
        return both and expected in ("", got)
    if isinstance(expected, str | None) or isinstance(got, str | None):
        return got == expected
    return abs(got - expected) <= ulps * math.ulp(expected)


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_formula_is_computed_anew(
    engine: Engine, suffix: str, workbooks: dict[str, Path]
) -> None:
    if suffix not in engine.suffixes:
        pytest.skip(f"{engine.name} does not read {suffix}")
    values = engine.recalculate(workbooks[suffix])
    data = values["Data"]
    wrong = {
        formula: (data.get((row, 2)), expected)
        for row, (formula, _, expected) in enumerate(CASES)
        if not agrees(data.get((row, 2)), expected, ulps=2)
    }
    assert not wrong
    assert list(values) == ["Data", SECOND, "Empty"]
    assert (values[SECOND], values["Empty"]) == ({(0, 0): 0.5}, {})
    assert data[0, 5] == "#DIV/0!"
    assert not isinstance(data[0, 5], CellError)
    assert [data[row, 0] for row in range(4)] == list(NUMBERS)
    assert (4, 0) not in data
    assert all(isinstance(value, float | str | bool) for value in data.values())


@pytest.mark.parametrize("expected", [1.0, "a", True, None, CellError("#N/A")])
def test_the_comparison_of_these_tests_finds_a_planted_mistake(expected: CellValue) -> None:
    mistakes: tuple[CellValue, ...] = (1.0 + 1e-15, "b", False, CellError("#REF!"), "#N/A", WRONG)
    assert not any(agrees(got, expected, ulps=2) for got in mistakes)


def test_ironcalc_and_libreoffice_agree_bit_for_bit(
    ironcalc: IronCalc, libreoffice: LibreOffice, workbooks: dict[str, Path]
) -> None:
    one, other = (each.recalculate(workbooks[".xlsx"])["Data"] for each in (ironcalc, libreoffice))
    numbers = {at: value for at, value in one.items() if type(value) is float}
    assert len(numbers) > 15
    assert numbers == {at: other[at] for at in numbers}


def test_gnumeric_is_within_a_unit_in_the_last_place(
    ironcalc: IronCalc, gnumeric: Gnumeric, tmp_path: Path
) -> None:
    """Its digits come through 80-bit numbers and text, and lose no bit of a double."""
    path = tmp_path / "digits.xlsx"
    # 15 digits: those of a number inside a formula that ironcalc keeps when it loads a file.
    inputs = [float(f"{math.sin(n) * 10.0 ** (n % 13 - 6):.15g}") for n in range(1, 301)]
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("S")
        for row, value in enumerate(inputs):
            sheet.write_formula(row, 0, f"={value!r}", None, WRONG)
            sheet.write_formula(row, 1, f"=A{row + 1}/7", None, WRONG)
    got = gnumeric.recalculate(path)["S"]
    # Rounding to 64 bits and then to 53 is not always rounding to 53: once in some 2,000 numbers.
    assert sum(got[row, 0] != inputs[row] for row in range(300)) <= 2
    expected = ironcalc.recalculate(path)["S"]
    apart = {
        at: (got[at], value) for at, value in expected.items() if not agrees(got[at], value, ulps=1)
    }
    assert not apart


# A cell that depends on itself is where Gnumeric trusts the file, and LibreOffice iterates.
CIRCLES = {
    ".xlsx": ("C2", "C1"),
    ".ods": ("[.C2]", "[.C1]"),
}


@pytest.mark.parametrize("suffix", CIRCLES)
def test_a_circle_does_not_keep_its_cached_value(
    engine: Engine, suffix: str, tmp_path: Path
) -> None:
    if suffix not in engine.suffixes:
        pytest.skip(f"{engine.name} does not read {suffix}")
    path, formulas = tmp_path / f"circle{suffix}", CIRCLES[suffix]
    if suffix == ".xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("S")
            for row, formula in enumerate(formulas):
                sheet.write_formula(row, 2, f"={formula}", None, WRONG)
        turn_iteration_on(path)
    else:
        document = OpenDocumentSpreadsheet()
        empty: tuple[str, object] = ("text", "")
        rows = [[empty, empty, ("formula", formula)] for formula in formulas]
        document.spreadsheet.addElement(ods_sheet("S", rows))
        document.save(path)
    values = engine.recalculate(path)["S"]
    for at in ((0, 2), (1, 2)):
        assert isinstance(values[at], CellError)


def turn_iteration_on(path: Path) -> None:
    """Let the .xlsx file ask for iterative calculation."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    book = parts["xl/workbook.xml"]
    parts["xl/workbook.xml"] = book.replace(b"<calcPr ", b'<calcPr iterate="1" ')
    assert parts["xl/workbook.xml"] != book
    with zipfile.ZipFile(path, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)


def test_a_stray_cell_in_the_last_row_costs_little(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "stray.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("S")
        sheet.write(0, 0, 1.5)
        sheet.write_formula(1_048_575, 16_000 if engine.name == "ironcalc" else 200, "=A1*2")
    started = time.monotonic()
    assert sorted(map(float, engine.recalculate(path)["S"].values())) == [1.5, 3.0]  # type: ignore[arg-type]
    assert time.monotonic() - started < 20


def test_gnumeric_reports_what_no_double_holds(gnumeric: Gnumeric, tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("S").write_formula(0, 0, "=EXP(800)", None, WRONG)
    assert gnumeric.recalculate(path)["S"][0, 0] == CellError("#NUM!")


# --- files that mean harm ------------------------------------------------------------------------


def test_no_engine_follows_a_link(engine: Engine, tmp_path: Path) -> None:
    """Neither to another file nor to a server; a listening socket sees no visitor."""
    other = tmp_path / "other.xlsx"
    with xlsxwriter.Workbook(other) as book:
        book.add_worksheet("Data").write(0, 0, 31337)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        path = tmp_path / "links.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("S")
            formulas = (
                f'=_xlfn.WEBSERVICE("{url}/")',
                f"='{url}/[other.xlsx]Data'!A1",
                f"='{tmp_path}/[other.xlsx]Data'!A1",
                f"=INDIRECT(\"'{url}/[other.xlsx]Data'!A1\")",
                f"=INDIRECT(\"'{tmp_path}/[other.xlsx]Data'!A1\")",
            )
            for row, formula in enumerate(formulas):
                sheet.write_formula(row, 0, formula, None, 31337)
        values = engine.recalculate(path)["S"]
        assert 31337 not in values.values()
        assert all(isinstance(value, CellError) for value in values.values())
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"no workbook", "plain text"),
        (b"PK\x05\x06" + bytes(18), "empty zip"),
    ],
)
def test_a_broken_file_is_an_error_that_names_it(
    engine: Engine, content: bytes, message: str, tmp_path: Path
) -> None:
    for suffix in engine.suffixes:
        path = tmp_path / f"broken{suffix}"
        path.write_bytes(content)
        with pytest.raises(SheetnetError, match=rf"broken{suffix}.*{message}"):
            engine.recalculate(path)


def test_a_wrong_path_is_an_error_that_names_it(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"nowhere\.xlsx"):
        engine.recalculate(tmp_path / "nowhere.xlsx")
    text = tmp_path / "notes.csv"
    text.write_text("1,2")
    with pytest.raises(FileError, match=r"notes\.csv: this is plain text"):
        engine.recalculate(text)


# --- names, and engines that are not there -------------------------------------------------------


def test_versions(engine: Engine) -> None:
    assert engine.version[0].isdigit()
    assert "." in engine.version


def test_the_table_of_engines() -> None:
    assert list(ENGINES) == ["ironcalc", "libreoffice", "gnumeric", "page"]
    assert all(name == engine.name for name, engine in ENGINES.items())
    with pytest.raises(EngineError, match=r"no engine 'excel'.*ironcalc, libreoffice, gnumeric"):
        open_engine("excel")


def nothing(*_: object, **__: object) -> None:
    """What a search gives when nothing is installed."""


@pytest.mark.parametrize(
    ("name", "where", "advice"),
    [
        ("ironcalc", "importlib.util.find_spec", "pip install ironcalc"),
        ("gnumeric", "shutil.which", "apt-get install gnumeric"),
        ("libreoffice", "sheetnet.engines.find_office.soffice", "libreoffice-calc-nogui"),
        ("libreoffice", "sheetnet.engines.find_office.uno_python", "python3-uno"),
    ],
)
def test_a_missing_engine_says_what_to_install(
    name: str, where: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_office, "soffice", lambda: "/opt/libreoffice/program/soffice")
    monkeypatch.setattr(where, nothing)
    assert why_missing(name) is not None
    assert advice in str(why_missing(name))
    with pytest.raises(EngineError, match=advice):
        open_engine(name)
