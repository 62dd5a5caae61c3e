"""The engines' parts: values, errors, and copies without cached values."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import pytest
from support.engine_cases import CASES

from sheetnet.engines.uno_server import areas_to_read
from sheetnet.engines.values import CellError, finite
from sheetnet.engines.without_cache import MARKER, write_without_cached_values


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
