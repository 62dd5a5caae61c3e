"""Any edits in any order through LibreOffice: nothing lost, nothing misread.

What single edits come to stands in `test_read`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import fuzz
from support.edited import near
from support.fuzz import two
from support.lessons import FORMATS, written
from support.libreoffice import LibreOffice

import sheetnet
from sheetnet.checking.read import read
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.formulas.place import Area
from sheetnet.workbooks import edits
from sheetnet.workbooks.build import build
from sheetnet.workbooks.saved import open_saved
from sheetnet.workbooks.write import write

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
