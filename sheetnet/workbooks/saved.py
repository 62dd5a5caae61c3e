"""A saved workbook becomes a lesson again, with whatever a person changed in its yellow cells.

Knows: the order of the work, and everything that is known of one file. Does not know how files
are taken apart (see `reading`), where a block is looked for (`places`), or what a yellow cell may
hold (`yellow`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np

from sheetnet.errors import FileError, LessonError
from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import DIALECTS
from sheetnet.lessons import Lesson
from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import Cell, cells
from sheetnet.reading.damage import damaged_parts
from sheetnet.reading.defined_names import Names
from sheetnet.reading.fast_path import Plain
from sheetnet.reading.local_names import local_names
from sheetnet.reading.page import Page, is_page, open_page
from sheetnet.reading.settings import Setting, settings
from sheetnet.sheets.model import Block, FloatArray, Workbook
from sheetnet.workbooks import metadata
from sheetnet.workbooks.filled_in import with_yellow
from sheetnet.workbooks.lesson_texts import lesson_texts
from sheetnet.workbooks.missing import deleted, without
from sheetnet.workbooks.places import (
    Places,
    by_names,
    find_places,
    grown_or_shrunk,
    is_confirmed,
    lost,
    resized,
    size,
    where,
)
from sheetnet.workbooks.size import built
from sheetnet.workbooks.surroundings import STEP, Surroundings, yellow
from sheetnet.workbooks.versions import as_written, names_as_today
from sheetnet.workbooks.yellow import UNCOMPUTED, number, told, unfit

Sheets = dict[str, dict[tuple[int, int], Cell]]
Value = Callable[[str, int, int], object]
"""A cell's value as an engine computed it: (sheet, row, column)."""
_MOST_PROBLEMS = 20
_MOST_OPEN = 256  # parentheses
_MORE_CELLS = 200_000  # that people may add, whatever the size of the lesson


@dataclass(frozen=True)
class Saved:
    """A workbook as it lies on disk.

    `original` is the lesson at the time of writing, `workbook` the blocks that such a lesson has;
    `names` says where they should stand now, `placement` where they do, and `cells` what stands
    there. `has_numbers` is false for a large lesson, whose numbers stand in the yellow cells only:
    those of `original` mean nothing. `plain` holds the yellow blocks in which nothing but typed
    numbers stands. Of a sheet that was deleted, `workbook` has no blocks: `gone` names it, and
    `hanging` are the blocks of other sheets that refer to it. `is_confirmed` is true where every
    heading was found where the names say.
    """

    path: Path
    format: str  # "xlsx", "ods" or "html"
    original: Lesson
    workbook: Workbook
    names: Names
    has_numbers: bool
    plain: dict[str, FloatArray]
    page: Page | None = None  # what the file is, if it is no workbook
    gone: tuple[str, ...] = ()
    hanging: tuple[Block, ...] = ()
    is_confirmed: bool = False

    @cached_property
    def settings(self) -> list[Setting]:
        """The settings of the file that change what formulas come to. Raises FileError."""
        if self.page is not None:
            return []
        with open_package(self.path) as package:
            return settings(package)

    @cached_property
    def cells(self) -> Sheets:
        """Every cell of the file. Raises FileError, also where there are far too many of them."""
        own = sum(block.area.rows * block.area.columns for block in self.workbook.blocks())
        if self.page is not None:
            return self.page.all_cells
        with open_package(self.path) as package:
            return cells(package, 2 * own + _MORE_CELLS)

    def cell_at(self, sheet: str, row: int, column: int) -> Cell | None:
        """What stands in a cell, or None for nothing."""
        return self.cells.get(sheet, {}).get((row, column))

    @cached_property
    def surroundings(self) -> Surroundings:
        """What stands around the blocks in a fresh workbook."""
        return Surroundings(self.workbook)

    @cached_property
    def places(self) -> Places:
        """Where the yellow blocks stand, by their names and what stands around them."""
        if self.is_confirmed:
            return by_names(self.workbook, self.names)
        if wrong := grown_or_shrunk(self.surroundings, self.names):
            return wrong

        def local() -> dict[str, dict[str, Area]]:
            if self.page is not None:  # whose names are all its own
                return {}
            with open_package(self.path) as package:
                return local_names(package)

        dialect = DIALECTS[self.format].name
        return find_places(self.surroundings, self.names, self.cells, local, dialect)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What should be known of the file, although it was read: whole sentences."""
        found = list(self.places.warnings)
        suffix = self.path.suffix.lower()
        if {".xlsx": "ods", ".ods": "xlsx"}.get(suffix) == self.format:
            found.append(
                f"It is an .{self.format} under a name that ends in {suffix}. Rename it: other "
                "programs go by the name."
            )
        if self.page is None:
            with open_package(self.path) as package:
                found += damaged_parts(package)
        return tuple(found)

    @cached_property
    def losses(self) -> tuple[str, ...]:
        """What is gone from the workbook itself: whole sentences."""
        found = []
        if self.gone:
            names = " and ".join(f"'{name}'" for name in self.gone)
            found.append(f"{names}: deleted, or no longer to be found; the rest was read.")
        if self.is_static:
            found.append(
                "Not one formula is left: a program turned them all into values, so nothing is "
                "live any more. Save the lesson with 'sheetnet read -o' and write it anew."
            )
        return tuple(found)

    @cached_property
    def formula_count(self) -> int | None:
        """How many formulas stand on the sheets with computed blocks; None where they would have
        to be read with care, or where there are more sheets than ours."""
        if self.page is not None:
            return None
        areas = self.names.areas
        homes = {areas[b.name].sheet for b in self.workbook.blocks() if b.name in areas}
        with open_package(self.path) as package:
            plain = Plain(package)
            counts = [plain.formulas(sheet) for sheet in homes]
            if None in counts or len(plain.sheets) > len(self.workbook.sheets):
                return None
        return sum(filter(None, counts))

    @cached_property
    def is_static(self) -> bool:
        """Whether every formula was turned into a value."""
        expected = sum(
            (block.area.rows - block.typed_rows) * block.area.columns
            for block in self.workbook.blocks()
        )
        if self.formula_count is not None and 2 * self.formula_count >= expected:
            return False
        return expected > 0 and not any(
            cell.formula is not None or cell.matrix
            for sheet in self.cells.values()
            for cell in sheet.values()
        )

    def placement(self, typed_only: bool = False) -> dict[str, Area]:
        """Where every block stands now. Raises FileError naming each block lost or resized, and
        then all else that is wrong as well."""
        found, problems = self._placed(typed_only)
        if problems:
            _refuse(self.path, problems + self._numbers(found, None)[1])
        return found

    def _placed(self, typed_only: bool) -> tuple[dict[str, Area], list[str]]:
        """Where blocks stand, and what is wrong with the others."""
        found, problems = dict(self.places.areas), list(self.places.problems)
        for name, fresh in () if typed_only else _others(self.workbook):
            area = self.places.area_of(name, fresh, self.names)
            if area is None:
                problems.append(lost(name, self.names))
            elif size(area) != size(fresh):
                problems.append(resized(name, area, fresh))
            else:
                found[name] = area
        return found, problems

    def lesson(self, value: Value | None = None) -> Lesson:
        """The lesson with the values of the yellow cells.

        `value(sheet, row, column)` gives a cell's value, as an engine computed it; without it the
        saved values count. Raises FileError listing every block lost or resized and every yellow
        cell that is not a number.
        """
        placement, problems = self._placed(typed_only=True)
        arrays, more = self._numbers(placement, value)
        _refuse(self.path, problems + more)
        return with_yellow(self.original, arrays)

    def _numbers(
        self, placement: dict[str, Area], value: Value | None
    ) -> tuple[dict[str, FloatArray], list[str]]:
        """The numbers of the yellow blocks that have a place, and what is wrong with the others."""
        arrays: dict[str, FloatArray] = {}
        problems: list[str] = []
        for block in self.workbook.blocks():
            name = yellow(block)
            if name not in placement:
                continue
            area = placement[name]
            if value is None and name in self.plain and self.is_confirmed:
                numbers = self.plain[name]
                found: dict[tuple[int, int], str] = {}
                if numbers.size == 1:
                    found = {(0, 0): unfit(name, float(numbers[0, 0]))}
            else:
                numbers, found = self._typed(name, area, value)
            problems += told(name, area, found)
            arrays[name] = _array(block, numbers)
        return arrays, problems

    def refuse_deep_formulas(self) -> None:
        """Refuse what no person writes and what would end an engine's process.

        Raises FileError naming a formula with more than 256 open parentheses.
        """
        for sheet, found in self.cells.items():
            for (row, column), cell in found.items():
                if cell.formula is not None and _is_deep(cell.formula):
                    at = where(Area(sheet, row, column, 1, 1))
                    raise FileError(
                        f"{self.path}: {at} holds a formula with more than {_MOST_OPEN} "
                        "parentheses open at once; Excel allows 64 functions within functions. "
                        "Delete that cell."
                    )

    def uncomputed(self) -> bool:
        """Whether a yellow cell holds a formula without a saved value."""
        for name, area in self._placed(typed_only=True)[0].items():
            if name not in self.plain or not self.is_confirmed:
                found = self.cells.get(area.sheet, {})
                cells_of = (found.get((area.row + r, area.column + c))
                            for r, c in np.ndindex(area.rows, area.columns))  # fmt: skip
                if any(cell is not None and cell.kind == "empty" for cell in cells_of):
                    return True
        return False

    def _typed(
        self, name: str, area: Area, value: Value | None
    ) -> tuple[FloatArray, dict[tuple[int, int], str]]:
        """The area's numbers, and what is wrong with each cell that holds none."""
        numbers = np.zeros((area.rows, area.columns))
        problems: dict[tuple[int, int], str] = {}
        saved = self.cells.get(area.sheet, {})
        for row, column in np.ndindex(numbers.shape):
            at = (area.row + row, area.column + column)
            if value is None:
                found = _as_saved(saved.get(at))
            else:
                found = _as_computed(saved.get(at), value(area.sheet, *at))
            if isinstance(found, float):
                numbers[row, column] = found
            if wrong := unfit(name, found):
                problems[row, column] = wrong
        return numbers, problems


def _as_saved(cell: Cell | None) -> float | str:
    """The number in a yellow cell, or what is wrong with it."""
    if cell is None:
        return number(None, "empty")
    if cell.kind == "empty":
        return UNCOMPUTED
    return number(cell.value, cell.kind)


def _as_computed(cell: Cell | None, computed: object) -> float | str:
    """The same where an engine has computed all cells. What was typed and is no number to us is
    none, whatever an engine takes it for; some take an empty cell for 0."""
    typed = cell is None or (cell.formula is None and not cell.matrix)
    if typed and (cell is None or cell.kind != "number"):
        return _as_saved(cell)
    return number(computed, "number")


def open_saved(path: str | Path) -> Saved:
    """Open a workbook that sheetnet wrote, edited or not. Raises FileError."""
    source = Path(path)
    if is_page(source):
        page = open_page(source)
        return _opened(source, "html", page, page)
    with open_package(source) as package:
        return _opened(source, package.format, Plain(package), None)


def _opened(source: Path, form: str, plain: Plain | Page, page: Page | None) -> Saved:
    names, sheets = plain.names(), set(plain.sheets)
    names = replace(names, areas={k: a for k, a in names.areas.items() if a.sheet in sheets})
    try:
        written = metadata.parse(lesson_texts(source, names, plain), str(source))
        original, has_numbers = written.lesson, written.has_numbers
        whole = built(original)
        workbook = as_written(whole, written.blocks)
        if lacking := {*map(yellow, whole.blocks())} - {*map(yellow, workbook.blocks())}:
            raise LessonError(f"its list of blocks lacks {', '.join(sorted(lacking))}.")
        names = names if written.version else names_as_today(names)
    except LessonError as problem:
        raise FileError(
            f"{source}: the sheet '{metadata.SHEET}' was changed: {problem} "
            "Ask for the original workbook, or write it anew with 'sheetnet write'."
        ) from None
    gone = deleted(workbook, lambda name: name not in names.areas, lambda: sheets)
    workbook, hanging = without(workbook, gone)
    found = Saved(source, form, original, workbook, names, has_numbers, {}, page, gone, hanging)
    marked = found.surroundings.marked
    areas = {m.name: area for m in marked if (area := m.named(names.areas))
             and size(area) == size(m.area)}  # fmt: skip
    numbers = plain.numbers(areas)
    confirmed = len(areas) == len(marked) and areas.keys() - {STEP} <= numbers.keys()
    if isinstance(plain, Plain):  # whose cells anybody may have moved
        confirmed &= STEP not in areas or (STEP in numbers and numbers[STEP][0, 0] == 0)
        confirmed = confirmed and is_confirmed(found.surroundings, areas, plain.texts)
    numbers.pop(STEP, None)
    return replace(found, plain=numbers, is_confirmed=confirmed)


def read(path: str | Path) -> Lesson:
    """The lesson in a workbook, with the saved values of its yellow cells. Raises FileError."""
    return open_saved(path).lesson()


def _others(workbook: Workbook) -> Iterator[tuple[str, Area]]:
    """The names of all blocks but the yellow ones, and their places in a fresh workbook."""
    for block in workbook.blocks():
        if block.name != yellow(block):
            yield block.name, block.area


def _is_deep(formula: str) -> bool:
    if formula.count("(") <= _MOST_OPEN:
        return False
    signs = re.findall(r"[()]", re.sub(r'"[^"]*"', "", formula))
    return max(accumulate(1 if sign == "(" else -1 for sign in signs), default=0) > _MOST_OPEN


def _array(block: Block, numbers: FloatArray) -> FloatArray:
    """The typed cells as the array that they lay out."""
    if block.layout == "history":
        return numbers.reshape(block.shape[1:])
    return block.from_sheet(numbers)


def _refuse(path: Path, problems: list[str]) -> None:
    """One message with everything that is wrong, as far as a person reads."""
    if not problems:
        return
    shown = problems[:_MOST_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"… and {len(problems) - len(shown)} more")
    raise FileError(f"{path}: " + ("\n  " if len(problems) > 1 else "") + "\n  ".join(shown))
