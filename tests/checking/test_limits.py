"""Engines' limits are the engines': content decides what is read, and gaps are named as such."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.checked import Written, mistakes
from support.libreoffice import LibreOffice
from support.planting import At, plant_text, rewrite

import sheetnet
from sheetnet.cli.main import main
from sheetnet.engines import Engine
from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.errors import EngineError, FileError

SHEETS = [f"xl/worksheets/sheet{n}.xml" for n in (1, 2, 3, 4, 5)]


def everywhere(path: Path, *pairs: tuple[str, str]) -> None:
    """Replace texts in the workbook's part and its sheets."""

    def changed(text: str) -> str:
        for old, new in pairs:
            text = text.replace(old, new)
        return text

    rewrite(path, dict.fromkeys(["xl/workbook.xml", *SHEETS], changed))


# --- the name of the file --------------------------------------------------------------------

# suffix, format, the part to change, old text, new text
NAMES = [
    (".xlsm", ".xlsx", "[Content_Types].xml", "spreadsheetml.sheet.main+xml",
     "application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
    (".xltx", ".xlsx", "[Content_Types].xml", "spreadsheetml.sheet.main",
     "spreadsheetml.template.main"),
    (".ots", ".ods", "mimetype", "spreadsheet", "spreadsheet-template"),
    ("", ".xlsx", "", "", ""),
    ("", ".ods", "", "", ""),
    (".xlsx", ".ods", "", "", ""),
    (".ods", ".xlsx", "", "", ""),
    (".XLSX", ".xlsx", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("suffix", "own", "part", "old", "new"), NAMES)
def test_the_content_decides_not_the_name(
    suffix: str,
    own: str,
    part: str,
    old: str,
    new: str,
    fresh: Callable[[str], Written],
    engine: Engine,
    tmp_path: Path,
) -> None:
    path = fresh("reference").copy(own, tmp_path)
    if part == "[Content_Types].xml" and suffix == ".xlsm":
        old = f"application/vnd.openxmlformats-officedocument.{old}"
    if part:
        parts = [part, "META-INF/manifest.xml"] if own == ".ods" else [part]
        rewrite(
            path,
            dict.fromkeys(
                parts, lambda text: re.sub(rf"{re.escape(old)}(?![\w-])", new, text, count=1)
            ),
        )
    named = path.rename(tmp_path / f"net{suffix}")
    assert sheetnet.read(named).network.sizes == (2, 2, 2)
    report = sheetnet.check(named, engine)
    assert report.mismatches == () and report.formulas > 300


# --- a sheet that LibreOffice does not quote ---------------------------------------------------


@pytest.mark.parametrize("name", ["12pm", "2nd"])
def test_a_sheet_named_like_a_number_is_checked_right(
    name: str, fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    """LibreOffice writes `12pm!A1`, which is no formula by the standard."""
    path = fresh("reference").copy(".xlsx", tmp_path)
    everywhere(path, ("Training!", f"{name}!"), ('name="Training"', f'name="{name}"'))
    assert sheetnet.check(path, engine).mismatches == ()


def test_a_sheet_renamed_in_libreoffice(
    fresh: Callable[[str], Written], libreoffice: LibreOffice, ironcalc: IronCalc, tmp_path: Path
) -> None:
    path = tmp_path / "renamed.xlsx"
    libreoffice.edit(fresh("reference").files[".xlsx"], [("rename", "Training", "12pm")], path)
    assert sheetnet.check(path, ironcalc).mismatches == ()


# --- what an engine does not read --------------------------------------------------------------


def test_a_number_under_merged_cells_is_the_engines_gap(
    fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    path = fresh("reference").copy(".xlsx", tmp_path)
    merge = '</sheetData><mergeCells count="1"><mergeCell ref="K7:L7"/></mergeCells>'
    rewrite(path, {SHEETS[1]: lambda text: text.replace("</sheetData>", merge, 1)})
    if engine.name != "ironcalc":
        assert sheetnet.check(path, engine).mismatches == ()
        return
    with pytest.raises(EngineError) as refusal:
        sheetnet.check(path, engine)
    said = str(refusal.value)
    assert "Training!L7 holds -0.2" in said and "limit of ironcalc" in said
    assert "merged" in said and "--engine libreoffice" in said


# a yellow cell's formula, its saved value, the engines that do not compute it, the word for it
BEYOND = [
    ("_xlfn.LET(_xlpm.x,0.25,_xlpm.x*2)", {"libreoffice", "gnumeric"}, "the function LET"),
    ("_xlfn.LAMBDA(_xlpm.x,_xlpm.x*2)(0.25)", {"libreoffice", "gnumeric"}, "the function LAMBDA"),
    ("[1]Weights!$A$1", {"ironcalc", "libreoffice", "gnumeric"}, "another workbook"),
    ("no_such_function(1)", {"ironcalc", "libreoffice", "gnumeric"}, "something"),
]


@pytest.mark.parametrize(("formula", "engines", "what"), BEYOND)
def test_a_formula_beyond_an_engine_is_named_with_its_saved_value(
    formula: str,
    engines: set[str],
    what: str,
    fresh: Callable[[str], Written],
    engine: Engine,
    tmp_path: Path,
) -> None:
    written = fresh("reference")
    path, at = written.copy(".xlsx", tmp_path), written.at("W_1", 0, 0)
    plant_text(path, at, formula)  # the saved value stays 0.5
    if engine.name not in engines:
        assert sheetnet.check(path, engine).mismatches == ()
        return
    with pytest.raises(EngineError) as refusal:
        sheetnet.check(path, engine)
    said = str(refusal.value)
    assert f"{at} holds" in said and what in said and "0.5" in said
    assert f"limit of {engine.name}, not a mistake in the workbook" in said
    assert "--engine" in said


def test_a_formula_that_is_wrong_everywhere_is_no_limit(
    fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    written = fresh("reference")
    path, at = written.copy(".xlsx", tmp_path), written.at("W_1", 0, 0)
    plant_text(path, at, "1/0")
    with pytest.raises(FileError, match=f"{at} shows the error"):
        sheetnet.check(path, engine)


def test_gnumerics_own_spelling_accuses_nobody(
    fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    path = fresh("matrices").copy(".xlsx", tmp_path)
    everywhere(path, (">SUMPRODUCT(", ">ODF.SUMPRODUCT("))
    if engine.name == "gnumeric":
        report = sheetnet.check(path, engine)
        assert mistakes(report) == ()
        assert "bear the prefix ODF., which Gnumeric writes" in report.to_text()
        assert len(report.warnings) == 1
        return
    with pytest.raises(EngineError, match=r"a function that Gnumeric alone writes"):
        sheetnet.check(path, engine)


def test_a_wrong_formula_in_gnumerics_spelling_is_wrong(
    fresh: Callable[[str], Written], gnumeric: Gnumeric, tmp_path: Path
) -> None:
    path = fresh("matrices").copy(".xlsx", tmp_path)
    everywhere(path, (">SUMPRODUCT(", ">ODF.SUMPRODUCT(2*"))
    assert {each.why for each in mistakes(sheetnet.check(path, gnumeric))} == {"formula changed"}


# --- read and check judge the same numbers -----------------------------------------------------


@pytest.mark.parametrize(
    "digits", ["0,5", "NaN", "INF", "1e400", "1_0", "0x10", "½", "1 000", " 0.75 ", "0.75\n"]
)
def test_what_read_refuses_check_refuses(
    digits: str, fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    path, at = with_digits(fresh("reference"), digits, tmp_path)
    for judge in (sheetnet.read, lambda path: sheetnet.check(path, engine)):
        with pytest.raises(FileError, match=rf"{at} "):
            judge(path)


@pytest.mark.parametrize("digits", ["+0.75", "7.5E-1", "0.750", "75e-2"])
def test_what_read_reads_check_reads_or_the_engine_cannot(
    digits: str, fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    path, at = with_digits(fresh("reference"), digits, tmp_path)
    assert sheetnet.read(path).network.weights[0][0, 0] == 0.75
    try:
        assert mistakes(sheetnet.check(path, engine)) == ()
    except EngineError as limit:
        assert f"{at} holds 0.75; {engine.name} reads" in str(limit)
        assert digits.strip() != digits or digits[0] == "+"


def with_digits(written: Written, digits: str, folder: Path) -> tuple[Path, At]:
    path, at = written.copy(".xlsx", folder), written.at("W_1", 0, 0)

    def changed(text: str) -> str:
        pattern = rf'(<c r="{at.a1}"[^>]*><v>)[^<]*'
        new, count = re.subn(pattern, lambda match: match[1] + digits, text)
        assert count == 1
        return new

    rewrite(path, {SHEETS[1]: changed})
    return path, at


def test_the_command_ends_with_2_for_a_limit(
    fresh: Callable[[str], Written], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = fresh("reference")
    path = written.copy(".xlsx", tmp_path)
    plant_text(path, written.at("W_1", 0, 0), "[1]Weights!$A$1")
    assert main(["check", str(path), "--engine", "ironcalc"]) == 2
    assert "another workbook" in capsys.readouterr().err
