"""The engines: what they compute, that they never trust a file, and that they leave nothing behind.

Workbooks come from XlsxWriter and odfpy, with a wrong cached value in every formula. What each
formula should read is worked out in Python.
"""

from __future__ import annotations

import math
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import NamedExpressions, NamedRange, Table, TableCell, TableRow
from odf.text import P

from sheetnet.engines import (
    ENGINES,
    Engine,
    available,
    find_office,
    open_engine,
    why_missing,
)
from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.engines.libreoffice import LibreOffice, _pipes
from sheetnet.engines.uno_client import Helper, HelperGone, HelperTimeout
from sheetnet.engines.uno_server import areas_to_read
from sheetnet.engines.values import CellError, CellValue, finite
from sheetnet.engines.without_cache import MARKER, write_without_cached_values
from sheetnet.engines.xlsx_values import position, read_values
from sheetnet.errors import EngineError, FileError, SheetnetError

WRONG = 12345.0  # the cached value of every formula
SECOND = "The second sheet"
NUMBERS = (0.1, 0.2, -3.5, 7.0)  # Data!A1:A4, named W_1; eta is A1 of the second sheet, 0.5

# (formula as in .xlsx, formula as in .ods, what it reads), one row each, in column C of Data.
CASES: tuple[tuple[str, str, CellValue], ...] = (
    ("A1+A2", "[.A1]+[.A2]", 0.1 + 0.2),
    ("1/3", "1/3", 1 / 3),
    ("EXP(1)", "EXP(1)", math.e),
    ("TANH(0.3)", "TANH(0.3)", math.tanh(0.3)),
    ("LN(2)", "LN(2)", math.log(2)),
    ("INDEX(W_1,3,1)", "INDEX(W_1;3;1)", -3.5),
    ("SUMPRODUCT(W_1,W_1)", "SUMPRODUCT(W_1;W_1)", math.fsum(x * x for x in NUMBERS)),
    ("SUM(Data!A1:A4)/7", "SUM([$Data.A1:.A4])/7", math.fsum(NUMBERS) / 7),
    ("MAX(W_1)", "MAX(W_1)", 7.0),
    ("MOD(-7,3)", "MOD(-7;3)", 2.0),
    ("ABS(A3)", "ABS([.A3])", 3.5),
    ("IF(A1>0,1,2)", "IF([.A1]>0;1;2)", 1.0),
    ("'The second sheet'!A1*2", "['The second sheet'.A1]*2", 1.0),
    ("eta", "eta", 0.5),
    ("C1*3", "[.C1]*3", (0.1 + 0.2) * 3),
    ("1/(1+EXP(-A4))", "1/(1+EXP(-[.A4]))", 1 / (1 + math.exp(-7))),
    ('IF(A1>0,"yes","no")', 'IF([.A1]>0;"yes";"no")', "yes"),
    ('""', '""', ""),
    ("1=1", "1=1", True),
    ("1/0", "1/0", CellError("#DIV/0!")),
    ("NA()", "NA()", CellError("#N/A")),
    ("UNKNOWN(1)", "UNKNOWN(1)", CellError("#NAME?")),
    ("no_such_name", "no_such_name", CellError("")),
    ('IF(1=1,"#DIV/0!",0)', 'IF(1=1;"#DIV/0!";0)', "#DIV/0!"),
    ("SQRT(-1)", "SQRT(-1)", CellError("")),  # each engine has a word of its own
    ("LN(0)", "LN(0)", CellError("")),
)


def write_xlsx(path: Path) -> Path:
    """The cases in an .xlsx file."""
    with xlsxwriter.Workbook(path) as book:
        data, second = book.add_worksheet("Data"), book.add_worksheet(SECOND)
        data.write_column(0, 0, NUMBERS)
        second.write(0, 0, 0.5)
        book.define_name("W_1", "=Data!$A$1:$A$4")
        book.define_name("eta", f"='{SECOND}'!$A$1")
        for row, (formula, _, _) in enumerate(CASES):
            data.write_formula(row, 2, f"={formula}", None, WRONG)
        data.write_string(0, 5, "#DIV/0!")
        book.add_worksheet("Empty")
    return path


def ods_sheet(name: str, rows: list[list[tuple[str, object]]]) -> Table:
    """A sheet whose cells are (kind, content); a formula carries the wrong value."""
    sheet = Table(name=name)
    for cells in rows:
        row = TableRow()
        for kind, content in cells:
            if kind == "formula":
                row.addElement(TableCell(formula=f"of:={content}", valuetype="float", value=WRONG))
            elif kind == "number":
                row.addElement(TableCell(valuetype="float", value=repr(content)))
            else:
                cell = TableCell(**({"valuetype": "string"} if content else {}))
                if content:
                    cell.addElement(P(text=content))
                row.addElement(cell)
        sheet.addElement(row)
    return sheet


def write_ods(path: Path) -> Path:
    """The cases in an .ods file."""
    rows: list[list[tuple[str, object]]] = []
    for index, (_, formula, _) in enumerate(CASES):
        first = ("number", NUMBERS[index]) if index < len(NUMBERS) else ("text", "")
        rows.append([first, ("text", ""), ("formula", formula)])
    rows[0] += [("text", ""), ("text", ""), ("text", "#DIV/0!")]
    book = OpenDocumentSpreadsheet()
    book.spreadsheet.addElement(ods_sheet("Data", rows))
    book.spreadsheet.addElement(ods_sheet(SECOND, [[("number", 0.5)]]))
    book.spreadsheet.addElement(ods_sheet("Empty", [[("text", "")]]))
    names = NamedExpressions()
    for name, address in (("W_1", "$Data.$A$1:.$A$4"), ("eta", f"$'{SECOND}'.$A$1")):
        names.addElement(
            NamedRange(name=name, cellrangeaddress=address, basecelladdress="$Data.$A$1")
        )
    book.spreadsheet.addElement(names)
    book.save(path)
    return path


WRITERS = {".xlsx": write_xlsx, ".ods": write_ods}


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Suffix -> the workbook of the cases."""
    folder = tmp_path_factory.mktemp("engines")
    return {suffix: write(folder / f"cases{suffix}") for suffix, write in WRITERS.items()}


def agrees(got: CellValue, expected: CellValue, ulps: float) -> bool:
    """Whether an engine's value is the one that Python worked out."""
    if isinstance(expected, CellError) or isinstance(got, CellError):
        both = isinstance(expected, CellError) and isinstance(got, CellError)
        return both and expected in ("", got)
    if isinstance(expected, str | None) or isinstance(got, str | None):
        return got == expected
    return abs(got - expected) <= ulps * math.ulp(expected)


# --- values ----------------------------------------------------------------------------------


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


# --- files that mean harm ----------------------------------------------------------------------


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


# --- LibreOffice as an editor ------------------------------------------------------------------


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("out", WRITERS)
def test_libreoffice_edits_as_a_person_does(
    libreoffice: LibreOffice, workbooks: dict[str, Path], suffix: str, out: str, tmp_path: Path
) -> None:
    source, stored = workbooks[suffix], tmp_path / f"edited{out}"
    before = source.read_bytes()
    operations = [
        ("set", SECOND, 0, 0, 0.25),
        ("set", "Data", 0, 5, None),
        ("set", "Data", 1, 5, "a text"),
        ("formula", "Data", 2, 5, "=SUM(W_1;eta)"),
        ("rename", SECOND, "It"),
        ("insert_rows", "Data", 0, 2),
        ("insert_columns", "Data", 0, 1),
        ("delete_columns", "Data", 0, 1),
        ("new_sheet", "New"),
        ("move_range", "Data", (2, 0, 5, 0), "New", 1, 1),
        ("copy_range", "New", (1, 1, 4, 1), "New", 1, 3),
        ("copy_sheet", "It", "Twin"),
        ("move_sheet", "Twin", 0),
        ("hide", "Empty"),
        ("show", "Empty"),
        ("delete_rows", "Data", 0, 1),
        ("delete_sheet", "Empty"),
    ]
    libreoffice.edit(source, operations, stored)
    assert source.read_bytes() == before
    assert list(tmp_path.iterdir()) == [stored]
    values = libreoffice.recalculate(stored)
    assert list(values) == ["Twin", "Data", "It", "New"]
    data = values["Data"]
    assert data[1, 2] == pytest.approx(0.3, rel=1e-14)  # A1+A2, moved to New and down a row
    assert data[1 + 13, 2] == 0.25  # eta follows its renamed sheet
    assert data[1 + 2, 5] == pytest.approx(4.05, rel=1e-14)
    assert data[1 + 1, 5] == "a text"
    assert (1, 5) not in data
    assert values["New"][4, 1] == values["New"][4, 3] == 7.0
    assert values["Twin"] == {(0, 0): 0.25}


def test_libreoffice_prints(
    libreoffice: LibreOffice, workbooks: dict[str, Path], tmp_path: Path
) -> None:
    libreoffice.to_pdf(workbooks[".xlsx"], tmp_path / "cases.pdf")
    assert (tmp_path / "cases.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (("set", "Nowhere", 0, 0, 1), "operation 0, set.*no sheet 'Nowhere'.*sheets are Data"),
        (("paint", "Data"), "operation 0, paint.*the operations are set, "),
        (("set", "Data", -1, 0, 1), "operation 0, set"),
    ],
)
def test_a_wrong_edit_is_an_error_that_names_it(
    libreoffice: LibreOffice,
    workbooks: dict[str, Path],
    operation: tuple[object, ...],
    message: str,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out.xlsx"
    with pytest.raises(EngineError, match=message):
        libreoffice.edit(workbooks[".xlsx"], [operation], out)
    assert not out.exists()


def test_an_edit_stores_only_known_formats(
    libreoffice: LibreOffice, workbooks: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match=r"out\.docx.*\.ods, \.pdf, \.xlsx"):
        libreoffice.edit(workbooks[".xlsx"], [], tmp_path / "out.docx")


# --- processes -------------------------------------------------------------------------------


def children(folder: Path) -> list[int]:
    """The processes that have the folder in their command line (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc")


def ended(folder: Path) -> bool:
    """Whether the folder's processes end within seconds, and the folder and pipes with them."""
    for _ in range(100):
        left = [folder, *_pipes(folder)]
        if not children(folder) and not any(path.exists() for path in left):
            return True
        time.sleep(0.1)
    return False


@needs_proc
def test_libreoffice_is_restarted_and_leaves_nothing_behind(
    libreoffice: LibreOffice, workbooks: dict[str, Path]
) -> None:
    with LibreOffice() as own:
        first = own.recalculate(workbooks[".ods"])
        assert own._helper is not None
        folder = own._helper.folder
        for process in children(folder / "profile"):
            os.kill(process, signal.SIGKILL)
        assert own.recalculate(workbooks[".ods"]) == first
        assert own._helper.folder != folder
        assert ended(folder)
        folder = own._helper.folder
        assert children(folder)
        assert all(pipe.is_socket() for pipe in _pipes(folder))
    assert ended(folder)
    own.close()


@needs_proc
@pytest.mark.parametrize("killed", [False, True])
def test_libreoffice_does_not_outlive_python(libreoffice: LibreOffice, killed: bool) -> None:
    script = (
        "from sheetnet.engines.libreoffice import LibreOffice\n"
        "engine = LibreOffice(); engine.version; print(engine._helper.folder, flush=True)\n"
        + ("import os; os.kill(os.getpid(), 9)" if killed else "")
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == (-9 if killed else 0), done.stderr
    assert ended(Path(done.stdout.strip()))


def test_libreoffice_that_takes_too_long_is_stopped(
    libreoffice: LibreOffice, workbooks: dict[str, Path]
) -> None:
    with LibreOffice(timeout=0.001) as own:
        assert own.version == libreoffice.version
        assert own._helper is not None
        folder = own._helper.folder
        with pytest.raises(EngineError, match=r"cases\.xlsx.*more than 0\.001 s"):
            own.recalculate(workbooks[".xlsx"])
        assert not folder.exists()
        own._timeout = 100.0
        assert own.recalculate(workbooks[".xlsx"])["Empty"] == {}


def test_gnumeric_that_takes_too_long_is_stopped(
    gnumeric: Gnumeric, workbooks: dict[str, Path]
) -> None:
    with pytest.raises(EngineError, match=r"cases\.xlsx.*more than 0\.001 s"):
        Gnumeric(timeout=0.001).recalculate(workbooks[".xlsx"])


def helper(code: str) -> Helper:
    """A helper that runs this Python code."""
    return Helper(lambda folder: [sys.executable, "-c", code])


def test_a_helper_that_fails_says_why() -> None:
    gone = helper("import sys; sys.exit('out of order')")
    with pytest.raises(HelperGone, match="out of order"):
        gone.receive(30)
    assert not gone.folder.exists()
    with pytest.raises(HelperGone):
        gone.send({})


def test_a_helper_that_is_silent_is_killed() -> None:
    silent = helper("import time; time.sleep(100)")
    started = time.monotonic()
    with pytest.raises(HelperTimeout):
        silent.receive(0.1)
    assert time.monotonic() - started < 5
    assert not silent.folder.exists()


# --- names, and engines that are not there -----------------------------------------------------


def test_versions(engine: Engine) -> None:
    assert engine.version[0].isdigit()
    assert "." in engine.version


def test_the_table_of_engines() -> None:
    assert list(ENGINES) == ["ironcalc", "libreoffice", "gnumeric", "page"]
    assert all(name == engine.name for name, engine in ENGINES.items())
    assert available("ironcalc")
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
    assert not available(name)
    assert advice in str(why_missing(name))
    with pytest.raises(EngineError, match=advice):
        open_engine(name)


# --- parts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "at"),
    [("A1", (0, 0)), ("B3", (2, 1)), ("AA10", (9, 26)), ("XFD1048576", (1_048_575, 16_383))],
)
def test_positions(address: str, at: tuple[int, int]) -> None:
    assert position(address) == at


@pytest.mark.parametrize("address", ["", "A", "1", "a1", "A1:B2"])
def test_what_is_no_position(address: str) -> None:
    with pytest.raises(ValueError, match="not the address"):
        position(address)


def test_xlsx_values_read_all_that_xlsxwriter_writes(workbooks: dict[str, Path]) -> None:
    values = read_values(workbooks[".xlsx"])
    assert values["Data"][0, 2] == WRONG
    assert values["Data"][0, 5] == "#DIV/0!"
    assert values["Empty"] == {}


def test_every_cached_value_in_the_copy_is_the_marker(
    workbooks: dict[str, Path], tmp_path: Path
) -> None:
    for suffix, path in workbooks.items():
        copy = tmp_path / f"copy{suffix}"
        write_without_cached_values(path, copy, path.suffix)
        with zipfile.ZipFile(copy) as new, zipfile.ZipFile(path) as old:
            before = b"".join(old.read(name) for name in old.namelist())
            after = b"".join(new.read(name) for name in new.namelist())
            assert new.namelist() == old.namelist()
        assert before.count(b"12345") == len(CASES)
        assert b"12345" not in after
        assert after.count(MARKER.encode()) == len(CASES)
        for kept in (b"0.2", b"SUMPRODUCT(W_1", b"#DIV/0!"):
            assert after.count(kept) == before.count(kept)


class Area:
    """A com.sun.star.table.CellRangeAddress."""

    def __init__(self, row: int, column: int, last_row: int, last_column: int) -> None:
        self.StartRow, self.StartColumn = row, column
        self.EndRow, self.EndColumn = last_row, last_column


def test_libreoffice_reads_dense_sheets_at_once_and_sparse_ones_in_pieces() -> None:
    assert areas_to_read([]) == []
    assert areas_to_read([Area(0, 0, 9, 0), Area(0, 2, 9, 2)]) == [(0, 0, 9, 2)]
    far = [(0, 0, 9, 0), (1_048_575, 500, 1_048_575, 500)]
    assert areas_to_read([Area(*each) for each in far]) == far


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_not_finite_is_an_error(value: float) -> None:
    assert isinstance(finite(value), CellError)
    assert finite(1.5) == 1.5
    assert finite("inf") == "inf"


def test_an_error_is_a_text_of_its_own_type() -> None:
    assert CellError("#N/A") == "#N/A"
    assert repr(CellError("#N/A")) == "CellError('#N/A')"


@pytest.mark.parametrize(
    ("name", "cell", "marked"),
    [
        (
            "xl/worksheets/sheet7.xml",
            '<c r="A1" t="e" s="3"><f>B1</f><v>#N/A</v></c><c r="B1"><v>1</v></c>',
            '<c r="A1" s="3" t="str"><f>B1</f><v>@</v></c><c r="B1"><v>1</v></c>',
        ),
        (
            "xl/worksheets/sheet1.xml",
            '<x:c r="A1"><x:f t="shared" si="0"/></x:c><x:c r="A2"/>',
            '<x:c r="A1" t="str"><x:f t="shared" si="0"/><x:v>@</x:v></x:c><x:c r="A2"/>',
        ),
        ("xl/workbook.xml", "<c><f>1</f><v>2</v></c>", "<c><f>1</f><v>2</v></c>"),
        (
            "content.xml",
            "<table:table-cell office:value='7' table:formula='of:=1>2' office:value-type='float'>",
            "<table:table-cell table:formula='of:=1>2'"
            ' office:value-type="string" office:string-value="@">',
        ),
        (
            "content.xml",
            '<table:table-cell office:value="7" office:value-type="float"/>',
            '<table:table-cell office:value="7" office:value-type="float"/>',
        ),
    ],
)
def test_how_cached_values_are_marked(name: str, cell: str, marked: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.ods" if name == "content.xml" else "a.xlsx")
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(name, cell)
    write_without_cached_values(path, copy := tmp_path / "copy", path.suffix)
    with zipfile.ZipFile(copy) as new:
        assert new.read(name).decode() == marked.replace("@", MARKER)
