"""Defined names of foreign files: what is an area, what is none, and where sheets are hidden."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.foreign import Save, cell, ods_parts, row, table, xlsx_parts

from sheetnet.formulas.place import Area
from sheetnet.reading import defined_names as names_module
from sheetnet.reading.archive import open_package
from sheetnet.reading.defined_names import defined_names, sheet_names

APOSTROPHE = "It's 1.5 🙂 x"
NAMES = [  # name, xlsx text, OpenFormula text, area
    ("W_1", "Data!$B$2:$D$3", "$Data.$B$2:.$D$3", Area("Data", 1, 1, 2, 3)),
    ("b_1", "Data!$B$2", "$Data.$B$2", Area("Data", 1, 1, 1, 1)),
    ("far", "Data!$XFD$1048576", "$Data.$XFD$1048576", Area("Data", 1048575, 16383, 1, 1)),
    ("both", "Data!$A$1:Data!$B$2", "$Data.$A$1:$Data.$B$2", Area("Data", 0, 0, 2, 2)),
    ("turned", "Data!$B$2:$A$1", "$Data.$B$2:.$A$1", Area("Data", 0, 0, 2, 2)),
    ("odd", f"'{APOSTROPHE.replace(chr(39), chr(39) * 2)}'!$A$1:$A$2",
     f"$'{APOSTROPHE.replace(chr(39), chr(39) * 2)}'.$A$1:.$A$2", Area(APOSTROPHE, 0, 0, 2, 1)),
    ("column", "Data!$A:$A", "$Data.$A$1:.$A$1048576", Area("Data", 0, 0, 1048576, 1)),
    ("constant", "0.5", "of:=0.5", None),
    ("lost", "#REF!", "$Data.#REF!", None),
    ("gone", "Data!#REF!", "#REF!.$A$1", None),
    ("several", "Data!$A$1,Data!$B$2", "$Data.$A$1 $Data.$B$2", None),
    ("deep", "Data:Zed!$A$1", "$Data.$A$1:$Zed.$A$1", None),
    ("moving", "Data!A1", "$Data.A1", None),
    ("outside", "Data!$XFE$1", "$Data.$XFE$1", None),
    ("below", "Data!$A$1048577", "$Data.$A$1048577", None),
    ("homeless", "$A$1", ".$A$1", None),
    ("computed", "SUM(Data!$A$1)", "of:=SUM([$Data.$A$1])", None),
]  # fmt: skip


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&apos;")


def ods_names(expression: bool, prefix: str = "table") -> str:
    found = []
    for name, _, text, _ in NAMES:
        kind, attribute = "named-range", "cell-range-address"
        if expression or text.startswith("of:"):
            kind, attribute = "named-expression", "expression"
            text = text if text.startswith("of:") else f"of:=[{text}]"
        found.append(
            f'<{prefix}:{kind} {prefix}:name="{name}" {prefix}:{attribute}="{escaped(text)}"/>'
        )
    inside = "".join(found)
    return f"<{prefix}:named-expressions>{inside}</{prefix}:named-expressions>"


LOCAL = (
    '<table:named-expressions><table:named-range table:name="W_1" '
    'table:cell-range-address="$Zed.$A$1"/></table:named-expressions>'
)


def assert_names(path: Path) -> None:
    with open_package(path) as package:
        found = defined_names(package)
    assert found.areas == {name: area for name, _, _, area in NAMES if area is not None}
    assert set(found.broken) == {name for name, _, _, area in NAMES if area is None}


def test_names_of_workbook_scope_in_xlsx(save: Save) -> None:
    defined = "".join(
        f'<definedName name="{name}">{escaped(text)}</definedName>' for name, text, _, _ in NAMES
    )
    local = '<definedName name="W_1" localSheetId="0">Data!$A$9</definedName>'
    parts = xlsx_parts(names=local + defined + local, **{escaped(APOSTROPHE): ""})
    assert_names(save(parts))


def test_a_name_on_a_sheet_in_other_letters_or_on_none(save: Save) -> None:
    sheets = ("DATA", "'data'", "Gone", "'[1]Data'", "[1]Data", "Maße", "MASSE")
    names = "".join(
        f'<definedName name="n{k}">{sheet}!$A$1</definedName>' for k, sheet in enumerate(sheets)
    )
    with open_package(save(xlsx_parts(names=names, Maße="", masse=""))) as package:
        found = defined_names(package)
    homes = {"n0": "Data", "n1": "Data", "n5": "Maße", "n6": "masse"}
    assert found.areas == {name: Area(sheet, 0, 0, 1, 1) for name, sheet in homes.items()}
    assert set(found.broken) == {"n2", "n3", "n4"}


@pytest.mark.parametrize("expression", [False, True])
def test_names_of_workbook_scope_in_ods(expression: bool, save: Save) -> None:
    tables = table(row(cell())) + table(row(cell()) + LOCAL, "Zed")
    assert_names(save(ods_parts(tables, ods_names(expression))))


# What may stand around the names without changing them; True where the short cut should serve.
TAILS: list[tuple[str, Callable[[str], str], bool]] = [
    ("as written", lambda text: text, True),
    ("another prefix", lambda text: re.sub(r"(?<=[</ ])table:|(?<=xmlns:)table(?==)", lambda m:
                                           "t:" if m[0][-1] == ":" else "t", text), True),
    ("a comment", lambda text: text.replace("</office:sp", "<!-- </table:table> --></office:sp"),
     False),
    ("a hidden comment", lambda text: text.replace(
        "</office:sp", "<!-- </table:table><table:named-expressions><table:named-range "
        'table:name="W_1" table:cell-range-address="$Evil.$A$1"/></table:named-expressions> -->'
        "</office:sp"), False),
    ("spaced end tags", lambda text: text.replace("</table:table>", "</table:table >"), True),
    ("another meaning", lambda text: text.replace(
        "</office:sp", '<office:x xmlns:table="urn:x"><table:table></table:table></office:x>'
        "</office:sp"), False),
    ("a linked table", lambda text: text.replace(
        "</office:sp", "<table:dde-link><table:table></table:table></table:dde-link></office:sp"),
     True),
    ("utf-16", lambda text: text.replace("UTF-8", "UTF-16"), False),
]  # fmt: skip


@pytest.mark.parametrize(("change", "short"), [row[1:] for row in TAILS], ids=[r[0] for r in TAILS])
def test_the_short_cut_to_the_names_finds_what_the_whole_says(
    change: Callable[[str], str], short: bool, save: Save
) -> None:
    parts = ods_parts(table(row(cell())) + table(LOCAL, "Zed"), ods_names(False))
    text = change(str(parts["content.xml"]))
    parts["content.xml"] = text.encode("utf-16" if "UTF-16" in text else "utf-8")
    path = save(parts)
    assert_names(path)
    with open_package(path) as package, package.open("content.xml") as stream:
        assert (names_module._tail(stream) is not None) == short


def test_a_name_defined_twice_is_no_area(save: Save) -> None:
    twice = '<definedName name="W_1">Data!$A$1</definedName><definedName name="w_1">Data!$A$2'
    with open_package(save(xlsx_parts(names=f"{twice}</definedName>"))) as package:
        found = defined_names(package)
    assert found.areas == {}
    assert found.broken == {"W_1": "Data!$A$1 and Data!$A$2"}


def test_sheets_and_their_visibility(save: Save) -> None:
    parts = xlsx_parts(Hidden="", Deep="")
    book = str(parts["xl/workbook.xml"])
    book = book.replace('name="Hidden"', 'name="Hidden" state="hidden"')
    parts["xl/workbook.xml"] = book.replace('name="Deep"', 'name="Deep" state="veryHidden"')
    with open_package(save(parts)) as package:
        assert sheet_names(package) == [("Data", True), ("Hidden", False), ("Deep", False)]
    head = (
        '<office:automatic-styles><style:style style:name="ta1"><style:table-properties '
        'table:display="true"/></style:style><style:style style:name="ta2">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    )
    tables = table("", "A", 'table:style-name="ta1"') + table("", "B", 'table:style-name="ta2"')
    with open_package(save(ods_parts(tables, head=head))) as package:
        assert sheet_names(package) == [("A", True), ("B", False)]
