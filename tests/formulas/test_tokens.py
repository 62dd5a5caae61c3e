"""Formula texts: one table of spellings, planted differences, and real programs' re-saves."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
import xlsxwriter

from sheetnet.errors import FileError
from sheetnet.formulas.columns import column_name, column_number
from sheetnet.formulas.compare import canonical
from sheetnet.formulas.references import Dialect
from sheetnet.formulas.tokens import parse_reference, tokenise
from sheetnet.formulas.translate import shift, translate
from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import cells

OWN = "Training"

# xlsx, and the OpenFormula text that LibreOffice or Gnumeric saves for it
SAME = [
    ("1/(1+EXP(-(A1*B1+C1)))", "1/(1+EXP(-([.A1]*[.B1]+[.C1])))"),
    ("E8-learning_rate*M8*C8", "[.E8]-learning_rate*[.M8]*[.C8]"),
    ("0.5*(U8-Y8)^2+0.5*(V8-Z8)^2", "0.5*([.U8]-[.Y8])^2+.50*([.V8]-[.Z8])^2"),
    ("SUMPRODUCT(A1:A20,B1:B20)+C1", "SUMPRODUCT([.A1:.A20];[.B1:.B20])+[.C1]"),
    ("SUMPRODUCT(A1:A2,B1:B2)", "ORG.GNUMERIC.SUMPRODUCT([.A1:.A2];[.B1:.B2])"),
    ("INDEX(Training!E$8:E$508,step_shown+1)", "INDEX([.E$8:.E$508];step_shown+1)"),
    ("INDEX(E$8:E$508,Step_Shown+1)", "INDEX([$Training.E$8:.E$508];step_shown+1)"),
    ("MAX(A1,0)-A1*B1+LN(1+EXP(-ABS(A1)))", "MAX([.A1];0)-[.A1]*[.B1]+LN(1+EXP(-ABS([.A1])))"),
    ("'It''s 1.5 🙂'!$A$1", "[$'It''s 1.5 🙂'.$A$1]"),
    ("'It''s'!A1:B2", "[$'It\\'s'.A1:.B2]"),
    ("'a]b'!A1", "['a]b'.A1]"),
    ("Data!A1:Data!B2", "[$Data.A1:$Data.B2]"),
    ("Data!B2:A1", "[Data.A1:.B2]"),
    ("'One:T wo'!A1", "[$One.A1:$'T wo'.A1]"),
    ("One:'T wo'!A1:A1", "[$One.A1:$'T wo'.A1]"),
    ("SUM(A:C)", "SUM([.A$1:.C$1048576])"),
    ("SUM(A:C)", "SUM([.A:.C])"),
    ("SUM(1:$3)", "SUM([.$A1:.$XFD$3])"),
    ("SUM(A1:A1)", "SUM([.A1])"),
    ("-3^2", "(-3)^2"),
    ("--A1", "-(-[.A1])"),
    ("((A1))+(B1)", "[.A1]+[.B1]"),
    ("(A1*B1)+C1", "[.A1]*[.B1]+[.C1]"),
    ("2^3^2", "(2^3)^2"),
    ("+A1", "[.A1]"),
    ("=A1", "[.A1]"),
    (" sum( a1 , 2 ) ", "SUM([.A1];2)"),
    ("1E-08*A1", "0.00000001*[.A1]"),
    ("100000000000000000000", "1E+020"),
    ("0.1", "0.100000000000000000001"),
    ("TRUE", "TRUE()"),
    ("IF(A1,,2)", "IF([.A1];;2)"),
    ("SUM()", "SUM()"),
    ("SUM(,)", "SUM(;)"),
    ("A1%", "[.A1]%"),
    ("A1&\"a\"\"b;\"", "[.A1]&\"a\"\"b;\""),
    ("SUM({1,-2;3,\"x\"})", "SUM({1;-2|3;\"x\"})"),
    ("SUM(A1:A3,(B1:B2,C1))", "SUM([.A1:.A3];([.B1:.B2]~[.C1]))"),
    ("SUM(A1:A3,(B1:B2,C1))", "SUM([.A1:.A3];([.B1:.B2];[.C1]))"),
    ("A1:B2 B1:C2", "[.A1:.B2]![.B1:.C2]"),
    ("A1:INDEX(A1:A9,3)", "[.A1]:INDEX([.A1:.A9];3)"),
    ("A1:INDEX(A1:A9,3) A2", "([.A1]:INDEX([.A1:.A9];3))![.A2]"),
    ("_xlfn.STDEV.S(A1:A3)", "COM.MICROSOFT.STDEV.S([.A1:.A3])"),
    ("_xlfn.XOR(1,0)", "XOR(1;0)"),
    ("CEILING(A1,1)", "COM.MICROSOFT.CEILING([.A1];1)"),
    ("#REF!+1", "[.#REF!]+1"),
    ("Gone!#REF!", "[$#REF!.$A$1]"),
    ("#REF!$A$1", "#REF!"),
    ("XFE1+LOG10(A1)", "xfe1+log10([.A1])"),
    ("Training!own_name", "own_name"),
]

# Spellings that mean something else, however alike
DIFFERENT = [
    ("A1+(B1+C1)", "A1+B1+C1"),
    ("A1-(B1-C1)", "A1-B1-C1"),
    ("A1/(B1*C1)", "A1/B1*C1"),
    ("2^(3^2)", "2^3^2"),
    ("-(3^2)", "-3^2"),
    ("B$29", "B29"),
    ("$B29", "B29"),
    ("A1", "B1"),
    ("A1*B1", "B1*A1"),
    ("Data!A1", "A1"),
    ("Data!learning_rate", "learning_rate"),
    ("0.5", "0.50000000000000011"),
    ("SUM(A1,B1)", "SUM(A1:B1)"),
    ("SUM(A1)", "SUM(A1,)"),
    ("SUM((A1,B1))", "SUM(A1,B1)"),
    ("SUM({1,2})", "SUM({1;2})"),
    ('"a"', '"A"'),
    ('"1"', "1"),
    ("MAX(A1)", "MIN(A1)"),
    ("A1>B1", "A1>=B1"),
    ("IF(A1,,2)", "IF(A1,2)"),
    ("A1:A2", "A1"),
    ("A1:B2 B2:C3", "A1:B2,B2:C3"),
    ("A1:$A1", "A1"),
]

UNREADABLE = [
    "1+", "*1", "(1", "1)", "SUM(1", "A1 2)", "1 2 3", "Table1[Col]", "[1]Sheet!A1", "{1", "%",
    "A1#", "@A1", '"open', "'open!A1", "", "A1;B1", "Sheet!A1:Other!B2", "()", "{A1}",
]  # fmt: skip


@pytest.mark.parametrize(("xlsx", "openformula"), SAME)
def test_one_formula_has_one_form(xlsx: str, openformula: str) -> None:
    expected = canonical(xlsx, "xlsx", OWN)
    assert expected[0][0] != "text"
    assert canonical(openformula, "openformula", OWN) == expected


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_planted_difference_is_kept(one: str, other: str) -> None:
    forms = canonical(one, "xlsx", OWN), canonical(other, "xlsx", OWN)
    assert forms[0] != forms[1]
    assert "text" not in (forms[0][0][0], forms[1][0][0])


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_does_not_parse_equals_only_itself(text: str) -> None:
    form = canonical(text, "xlsx", OWN)
    assert form == (("text", "xlsx", OWN.casefold(), text),)
    assert form != canonical(text, "openformula", OWN)
    with pytest.raises(FileError, match="Training"):
        translate(text, "xlsx", "openformula", OWN)


def test_a_form_shows_its_parts() -> None:
    assert canonical("-$A1+sum(Data!B$2:C3,.5)", "xlsx", OWN) == (
        ("ref", "training", 0, 0, False, True),
        ("op", "-", 1),
        ("area", "data", "data", 1, 1, True, False, 2, 2, False, False),
        ("num", 0.5),
        ("func", "SUM", 2),
        ("op", "+", 2),
    )


@pytest.mark.parametrize("xlsx", sorted({pair[0] for pair in SAME if "Gone!" not in pair[0]}))
def test_a_translation_and_its_way_back_mean_the_same(xlsx: str) -> None:
    there = translate(xlsx, "xlsx", "openformula", OWN)
    back = translate(there, "openformula", "xlsx", OWN)
    expected = canonical(xlsx, "xlsx", OWN)
    assert canonical(there, "openformula", OWN) == expected
    assert canonical(back, "xlsx", OWN) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1/(1+EXP(-([.A1]*[.B1]+[.C1])))", "1/(1+EXP(-(A1*B1+C1)))"),
        ("SUM([$'My ''x'' sheet'.A1:.B$2]; 1)", "SUM('My ''x'' sheet'!A1:B$2,1)"),
        ("[$W1.A1]+[$Data.A1]", "'W1'!A1+Data!A1"),
        ("COM.MICROSOFT.STDEV.S([.A1:.A3])", "_xlfn.STDEV.S(A1:A3)"),
        ("COM.MICROSOFT.FLOOR([.A1];1)", "FLOOR(A1,1)"),
        ("XOR(1;0)", "_xlfn.XOR(1,0)"),
        ("[.A1:$Data.A1]", "Training:Data!A1:A1"),
        ("[.A1:.B2]![.B1:.C2]", "A1:B2 B1:C2"),
        ("{1;2|3;4}", "{1,2;3,4}"),
        ("[.$A$1:.$A$1048576]", "$A:$A"),
    ],
)
def test_translation_for_an_engine_that_reads_only_xlsx(source: str, expected: str) -> None:
    assert translate(source, "openformula", "xlsx", OWN) == expected


@pytest.mark.parametrize(
    ("text", "dialect", "rows", "columns", "expected"),
    [
        ("A1+$A1+A$1+$A$1", "xlsx", 2, 1, "B3+$A3+B$1+$A$1"),
        ("SUM('It''s'!A1:B$2)", "xlsx", 1, 0, "SUM('It''s'!A2:B$2)"),
        ("A2+B1", "xlsx", -1, 0, "A1+#REF!"),
        ("B1*A1", "xlsx", 0, -1, "A1*#REF!"),
        ("XFD1048576", "xlsx", 1, 0, "#REF!"),
        ("SUM(A:B)+SUM(1:2)", "xlsx", 3, 1, "SUM(B:C)+SUM(4:5)"),
        ("LOG10(A1)&\"A1\"&W_1&Data!W_1", "xlsx", 1, 1, "LOG10(B2)&\"A1\"&W_1&Data!W_1"),
        ("Table1[A1]+A1", "xlsx", 1, 0, "Table1[A1]+A2"),
        ("[.A1]+[$Data.$A$1:.B2]", "openformula", 1, 1, "[.B2]+[$Data.$A$1:.C3]"),
        ("A1", "xlsx", 0, 0, "A1"),
    ],
)
def test_filling_down_moves_relative_references(
    text: str, dialect: Dialect, rows: int, columns: int, expected: str
) -> None:
    assert shift(text, dialect, rows, columns) == expected


def test_columns_have_names_and_numbers() -> None:
    assert [column_name(n) for n in (0, 25, 26, 701, 702, 16_383)] == [
        "A", "Z", "AA", "ZZ", "AAA", "XFD",
    ]  # fmt: skip
    assert all(column_number(column_name(n)) == n for n in range(16_384))
    assert column_number("xfd") == 16_383
    for wrong in ("", "XFE", "AAAA", "1", "É", "A1"):
        with pytest.raises(ValueError, match="A to XFD"):
            column_number(wrong)
    for outside in (-1, 16_384):
        with pytest.raises(ValueError, match="outside"):
            column_name(outside)


def test_a_reference_is_read_as_a_whole_or_not() -> None:
    found = parse_reference("'My sheet'!$B$3:C4", "xlsx")
    assert found is not None
    assert (found.sheet, found.row, found.column, found.last_row, found.last_column) == (
        "My sheet", 2, 1, 3, 2,
    )  # fmt: skip
    assert (found.row_absolute, found.last_row_absolute, found.area) == (True, False, True)
    for text in ("1", "A1,B1", "A1 ", "#REF!", "name", "A0", "A1048577", "XFE1"):
        assert parse_reference(text, "xlsx") is None
    assert parse_reference("[.A1048577]", "openformula") is None


@pytest.mark.parametrize(
    "text",
    [
        "(" * 60_000, "-" * 60_000 + "1", "1" + "+1" * 30_000, "SUM(" * 20_000 + ")" * 20_000,
        "'" * 60_000, "[" * 60_000, '"' * 59_999, "A" * 60_000, "A1:" * 20_000, "{" * 60_000,
        "1" * 60_000, "'a" + "''" * 30_000, "a." * 30_000, "_xlfn." * 10_000, " " * 60_000,
        "[.A1" * 15_000, "'a'" * 20_000, "\\" * 60_000, "A!" * 30_000, "1.5" * 20_000,
    ],
    ids=lambda text: text[:5],
)  # fmt: skip
@pytest.mark.parametrize("dialect", ["xlsx", "openformula"])
def test_hostile_texts_cost_neither_time_nor_stack(text: str, dialect: Dialect) -> None:
    started = time.process_time()
    form = canonical(text, dialect, OWN)
    assert form == canonical(text, dialect, OWN)
    hash(form)
    "".join(token.text for token in tokenise(text, dialect))
    shift(text, dialect, 1, 1)
    assert time.process_time() - started < 2


# --- what real programs make of the formulas --------------------------------------------------

REAL = [
    "1/(1+EXP(-(A1*B1+C1)))",
    "E8-learning_rate*M8*C8",
    "0.5*(U8-Y8)^2+0.5*(V8-Z8)^2",
    "SUMPRODUCT(A1:A20,B1:B20)+C1",
    "IF(A1>=0,1/(1+EXP(-A1)),EXP(A1)/(1+EXP(A1)))",
    "INDEX(Training!E$8:E$508,step_shown+1)",
    "-(A1*LN(B1)+C1*LN(D1))",
    "MAX(A1,0)-A1*B1+LN(1+EXP(-ABS(A1)))",
    "'My 1.5 🙂 sheet'!$A$1+Training!A1",
    "IF(A1>0,1,0.01)", "1E-08*A1", "A1*-1", "((A1))+(B1*C1)", "-3^2", "--A1", "TRUE", "A1%",
    "SUM(A:A)", "SUM(B2:A1)", "SUM(A1:A3,(B1:B2,C1))", "IF(A1,,2)", "+A1", "SUM({1,2;3,4})",
]  # fmt: skip


def _written(path: Path) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Training")
    book.add_worksheet("My 1.5 🙂 sheet")
    for row, text in enumerate(REAL):
        sheet.write_formula(row, 30, f"={text}")
    book.define_name("learning_rate", "=Training!$AZ$1")
    book.define_name("step_shown", "=Training!$AZ$2")
    book.close()
    return path


def _assert_equal_forms(path: Path, dialect: Dialect) -> None:
    with open_package(path) as package:
        found = cells(package)["Training"]
    for row, text in enumerate(REAL):
        saved = found[row, 30].formula
        assert saved is not None
        assert canonical(saved, dialect, "Training") == canonical(text, "xlsx", "Training"), saved


@pytest.mark.engine
@pytest.mark.skipif(shutil.which("soffice") is None, reason="install libreoffice-calc-nogui")
def test_libreoffice_saves_formulas_of_the_same_form(tmp_path: Path) -> None:
    written = _written(tmp_path / "a.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "ods", "--outdir"]
    subprocess.run([*command, str(tmp_path), str(written)], check=True, capture_output=True)
    _assert_equal_forms(tmp_path / "a.ods", "openformula")


@pytest.mark.engine
@pytest.mark.skipif(shutil.which("ssconvert") is None, reason="install gnumeric")
@pytest.mark.parametrize(("suffix", "dialect"), [("ods", "openformula"), ("xlsx", "xlsx")])
def test_gnumeric_saves_formulas_of_the_same_form(
    suffix: str, dialect: Dialect, tmp_path: Path
) -> None:
    written, saved = _written(tmp_path / "a.xlsx"), tmp_path / f"saved.{suffix}"
    subprocess.run(["ssconvert", str(written), str(saved)], check=True, capture_output=True)
    _assert_equal_forms(saved, dialect)
