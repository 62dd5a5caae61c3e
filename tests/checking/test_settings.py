"""Settings that change results are read from the file and said, whatever the engine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.checked import Written, both_formats, mistakes
from support.planting import rewrite

import sheetnet
from sheetnet.engines import Engine
from sheetnet.engines.ironcalc import IronCalc

# setting, format, the part that holds it, what is replaced there, by what
SWITCHES = [
    ("precision as displayed", ".xlsx", "xl/workbook.xml", "<calcPr ",
     '<calcPr fullPrecision="0" '),
    ("manual calculation", ".xlsx", "xl/workbook.xml", "<calcPr ", '<calcPr calcMode="manual" '),
    ("recalculate never", ".xlsx", "xl/workbook.xml", "<calcPr ",
     '<calcPr calcMode="manual" calcOnSave="0" '),
    ("iteration", ".xlsx", "xl/workbook.xml", "<calcPr ", '<calcPr iterate="1" '),
    ("1904 dates", ".xlsx", "xl/workbook.xml", "<workbookPr ", '<workbookPr date1904="1" '),
    ("precision as displayed", ".ods", "content.xml", "<office:spreadsheet>",
     '<office:spreadsheet><table:calculation-settings table:precision-as-shown="true"/>'),
    ("iteration", ".ods", "content.xml", "<office:spreadsheet>",
     "<office:spreadsheet><table:calculation-settings>"
     '<table:iteration table:status="enable"/></table:calculation-settings>'),
    ("1904 dates", ".ods", "content.xml", "<office:spreadsheet>",
     "<office:spreadsheet><table:calculation-settings>"
     '<table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'),
    ("manual calculation", ".ods", "settings.xml", r"</config:config-item-set>",
     '<config:config-item config:name="AutoCalculate" config:type="boolean">false'
     "</config:config-item></config:config-item-set>"),
]  # fmt: skip


def switch(path: Path, part: str, old: str, new: str) -> None:
    """Change one place in one part of the file."""

    def changed(text: str) -> str:
        result, count = re.subn(re.escape(old), lambda _: new, text, count=1)
        assert count == 1, f"{part} has no {old}"
        return result

    rewrite(path, {part: changed})


@pytest.mark.parametrize(("name", "suffix", "part", "old", "new"), SWITCHES)
def test_a_setting_is_said_in_text_and_json(
    name: str,
    suffix: str,
    part: str,
    old: str,
    new: str,
    fresh: Callable[[str], Written],
    engine: Engine,
    tmp_path: Path,
) -> None:
    path = fresh("reference").copy(suffix, tmp_path)
    switch(path, part, old, new)
    report = sheetnet.check(path, engine)
    assert [setting.name for setting in report.settings] == [name]
    assert f"Setting: {name} is on: " in report.to_text()
    (told,) = json.loads(report.to_json())["settings"]
    assert told["name"] == name and len(told["effect"]) > 40


@both_formats
@pytest.mark.parametrize("name", ["reference", "matrices"])
def test_a_fresh_workbook_has_no_such_setting(
    name: str, suffix: str, fresh: Callable[[str], Written], ironcalc: IronCalc
) -> None:
    report = sheetnet.check(fresh(name).files[suffix], ironcalc)
    assert report.settings == ()
    assert "Setting" not in report.to_text()


@both_formats
def test_precision_as_displayed_is_no_full_agreement(
    suffix: str, fresh: Callable[[str], Written], engine: Engine, tmp_path: Path
) -> None:
    """ironcalc and Gnumeric compute as if it were off; LibreOffice rounds, and it shows."""
    path = fresh("reference").copy(suffix, tmp_path)
    switch(path, *next(row[2:] for row in SWITCHES if row[1] == suffix))
    report = sheetnet.check(path, engine)
    if engine.name == "libreoffice":
        assert len(mistakes(report)) > 50
    else:
        assert report.mismatches == ()
        assert f"as {engine.name} computes them" in report.to_text()
    assert not [each for each in report.mismatches if each.why == "old value"]
