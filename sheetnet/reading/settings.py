"""Settings of a workbook that change what its formulas come to, or when they are computed.

Knows: where both formats keep them. Does not know cells, names, or what an engine makes of them.
Sources: ECMA-376 part 1, 18.2.2 (calcPr) and 18.2.28 (workbookPr); ODF 1.3 part 3, 9.4.1 to 9.4.4
(calculation-settings); LibreOffice keeps AutoCalculate in settings.xml.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from sheetnet.reading.archive import Package
from sheetnet.reading.defined_names import SHEET, TABLE
from sheetnet.reading.xml import FEW_TAGS, scan_xml


class Setting(NamedTuple):
    """A setting that is not as a fresh workbook has it: its name, and what it does."""

    name: str
    effect: str


PRECISION: Final = "precision as displayed"
_EFFECTS: Final = {
    PRECISION: "Excel and LibreOffice round every value to the digits shown before they go on "
    "with it, so they come to other numbers; ironcalc and Gnumeric do not. Turn it off (Excel: "
    "Options, Advanced, When calculating this workbook; LibreOffice: Tools, Options, Calc, "
    "Calculate).",
    "manual calculation": "formulas keep their old values when a number is changed. Turn automatic "
    "calculation on, or recalculate with F9.",
    "recalculate never": "calculation is manual, and not even saving recalculates, so formulas "
    "keep their old values. Turn automatic calculation on.",
    "iteration": "formulas that refer to themselves in a circle give numbers instead of an error. "
    "Turn it off; no formula of this workbook needs it.",
    "1904 dates": "days count from 1904, so a date typed into a cell is another number here than "
    "in other workbooks. Type numbers as numbers.",
}
_TRUE: Final = ("1", "true", "on")
_CONFIG: Final = "urn:oasis:names:tc:opendocument:xmlns:config:1.0}"
_DATE_1904: Final = "1904-01-01"


def settings(package: Package) -> list[Setting]:
    """The settings that are unlike a fresh workbook's, in the order of their weight.

    Raises FileError for a damaged part.
    """
    found = set(_xlsx(package) if package.format == "xlsx" else _ods(package))
    return [Setting(name, effect) for name, effect in _EFFECTS.items() if name in found]


def _xlsx(package: Package) -> Iterator[str]:
    own: dict[str, dict[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition("}")[2]
        if local in ("calcPr", "workbookPr"):
            own[local] = attributes

    with package.open(package.main, FEW_TAGS) as stream:
        scan_xml(stream, start)
    calc = own.get("calcPr", {})
    if calc.get("fullPrecision", "1") not in _TRUE:
        yield PRECISION
    if calc.get("calcMode", "auto") == "manual":
        saves = calc.get("calcOnSave", "1") in _TRUE
        yield "manual calculation" if saves else "recalculate never"
    if calc.get("iterate", "0") in _TRUE:
        yield "iteration"
    if own.get("workbookPr", {}).get("date1904", "0") in _TRUE:
        yield "1904 dates"


class _Found(Exception):
    """The first sheet: settings stand before it."""


def _ods(package: Package) -> Iterator[str]:
    found: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == SHEET:
            raise _Found
        if not tag.startswith(TABLE):
            return
        match tag.removeprefix(TABLE):
            case "calculation-settings":
                if attributes.get(f"{TABLE}precision-as-shown") == "true":
                    found.append(PRECISION)
            case "iteration":
                if attributes.get(f"{TABLE}status") == "enable":
                    found.append("iteration")
            case "null-date":
                if attributes.get(f"{TABLE}date-value", "")[:10] == _DATE_1904:
                    found.append("1904 dates")

    with package.open(package.main, FEW_TAGS) as stream, contextlib.suppress(_Found):
        scan_xml(stream, start)
    yield from found
    if "settings.xml" in package and not _calculates_by_itself(package):
        yield "manual calculation"


def _calculates_by_itself(package: Package) -> bool:
    """What LibreOffice's AutoCalculate says; a document without it calculates."""
    name, text, answers = "", list[str](), list[str]()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal name
        text.clear()
        name = attributes.get(f"{_CONFIG}name", "")

    def end(tag: str) -> None:
        if name == "AutoCalculate" and tag == f"{_CONFIG}config-item":
            answers.append("".join(text).strip())
        text.clear()

    with package.open("settings.xml", FEW_TAGS) as stream:
        scan_xml(stream, start, end, text)
    return "false" not in answers
