"""A saved workbook becomes a lesson again, with whatever a person changed in its yellow cells.

Knows: that blocks are found by their defined names wherever they stand now, and what a yellow
cell may hold. Does not know how files are taken apart (see `package`, `names`, `cells`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np

from sheetnet.errors import FileError, LessonError
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.lessons import Lesson, with_values
from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import Cell, cells
from sheetnet.reading.defined_names import Names, sheet_names
from sheetnet.reading.fast_path import Plain
from sheetnet.reading.page import Page, is_page, open_page
from sheetnet.reading.settings import Setting, settings
from sheetnet.sheets.model import Block, FloatArray, Workbook
from sheetnet.workbooks import metadata
from sheetnet.workbooks.cached import without_bias
from sheetnet.workbooks.missing import deleted, without
from sheetnet.workbooks.size import built
from sheetnet.workbooks.versions import as_written, names_as_today

Sheets = dict[str, dict[tuple[int, int], Cell]]
_MOST_PROBLEMS = 20
_MOST_OPEN = 256  # parentheses
_NO_DATA = "step_shown"  # a yellow cell that chooses what is shown
_MORE_CELLS = 200_000  # that people may add, whatever the size of the lesson
_REBUILD = "Undo that change, or write the workbook anew and type the values into it."


@dataclass(frozen=True)
class Saved:
    """A workbook as it lies on disk.

    `original` is the lesson at the time of writing, `workbook` the blocks that such a lesson has;
    `names` says where they stand now and `cells` what stands there. `has_numbers` is false for a
    large lesson, whose numbers stand in the yellow cells only: those of `original` mean nothing.
    `plain` holds the yellow blocks in which nothing but typed numbers stands. Of a sheet that was
    deleted, `workbook` has no blocks: `gone` names it, and `hanging` are the blocks of other
    sheets that refer to it.
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

    def placement(self, typed_only: bool = False) -> dict[str, Area]:
        """Where every block stands now. Raises FileError naming each block lost or resized, and
        then all else that is wrong as well."""
        found, problems = self._placed(typed_only)
        if problems:
            _refuse(self.path, problems + self._numbers(found, None)[1])
        return found

    def _placed(self, typed_only: bool) -> tuple[dict[str, Area], list[str]]:
        """Where blocks stand, and what is wrong with the others."""
        found: dict[str, Area] = {}
        problems: list[str] = []
        for name, expected in _wanted(self.workbook, typed_only):
            area = self.names.areas.get(name)
            if area is None:
                problems.append(self._lost(name))
            elif _size(area) != _size(expected):
                problems.append(
                    f"{_where(area)} ('{name}') has {area.rows} rows and {area.columns} columns; "
                    f"expected {expected.rows} and {expected.columns}: rows or columns were "
                    f"inserted or deleted inside it. {_REBUILD}"
                )
            else:
                found[name] = area
        return found, problems

    def _lost(self, name: str) -> str:
        if name in self.names.broken:
            text = _shown(self.names.broken[name])
            return (
                f"the name '{name}' stands for {text}; expected a range of cells in this workbook. "
                f"{_REBUILD}"
            )
        return f"the name '{name}' is missing; expected it to mark a block of cells. {_REBUILD}"

    def lesson(self, value: Callable[[str, int, int], object] | None = None) -> Lesson:
        """The lesson with the values of the yellow cells.

        `value(sheet, row, column)` gives a cell's value, as an engine computed it; without it the
        saved values count. Raises FileError listing every block lost or resized and every yellow
        cell that is not a number.
        """
        placement, problems = self._placed(typed_only=True)
        arrays, more = self._numbers(placement, value)
        _refuse(self.path, problems + more)
        return _with(self.original, arrays)

    def _numbers(
        self, placement: dict[str, Area], value: Callable[[str, int, int], object] | None
    ) -> tuple[dict[str, FloatArray], list[str]]:
        """The numbers of the yellow blocks that have a place, and what is wrong with the others."""
        arrays: dict[str, FloatArray] = {}
        problems: list[str] = []
        for block in self.workbook.blocks():
            if block.typed_name not in placement:
                continue
            if value is None and block.typed_name in self.plain:
                numbers = self.plain[block.typed_name]
                problems += _unfit_numbers(block.typed_name, placement[block.typed_name], numbers)
                arrays[block.typed_name] = _array(block, numbers)
                continue
            area = placement[block.typed_name]
            numbers = np.empty((area.rows, area.columns))
            for (row, column), found in self._typed(area, value):
                wrong = _unfit(block.typed_name, found)
                if isinstance(found, float):
                    numbers[row, column] = found
                if wrong:
                    where = Area(area.sheet, area.row + row, area.column + column, 1, 1)
                    problems.append(f"{_where(where)} {wrong}")
            arrays[block.typed_name] = _array(block, numbers)
        return arrays, problems

    def refuse_deep_formulas(self) -> None:
        """Refuse what no person writes and what would end an engine's process.

        Raises FileError naming a formula with more than 256 open parentheses.
        """
        for sheet, found in self.cells.items():
            for (row, column), cell in found.items():
                if cell.formula is not None and _is_deep(cell.formula):
                    where = _where(Area(sheet, row, column, 1, 1))
                    raise FileError(
                        f"{self.path}: {where} holds a formula with more than {_MOST_OPEN} "
                        "parentheses open at once; Excel allows 64 functions within functions. "
                        "Delete that cell."
                    )

    def uncomputed(self) -> bool:
        """Whether a yellow cell holds a formula without a saved value."""
        for name, area in self._placed(typed_only=True)[0].items():
            if name not in self.plain:
                found = self.cells.get(area.sheet, {})
                cells_of = (found.get((area.row + r, area.column + c))
                            for r, c in np.ndindex(area.rows, area.columns))  # fmt: skip
                if any(cell is not None and cell.kind == "empty" for cell in cells_of):
                    return True
        return False

    def _typed(
        self, area: Area, value: Callable[[str, int, int], object] | None
    ) -> Iterator[tuple[tuple[int, int], float | str]]:
        """Each cell of the area: its number, or what is wrong with it."""
        saved = self.cells.get(area.sheet, {})
        for row in range(area.rows):
            for column in range(area.columns):
                at = (area.row + row, area.column + column)
                cell = saved.get(at)
                if cell is None:  # some engines take an empty cell for 0
                    yield (row, column), _number(None, "empty")
                elif value is not None and cell.kind in ("number", "empty", "error"):
                    computed = value(area.sheet, *at)
                    yield (row, column), _number(computed, "number")
                elif cell.kind == "empty":
                    yield (row, column), _UNCOMPUTED
                else:
                    yield (row, column), _number(cell.value, cell.kind)


def open_saved(path: str | Path) -> Saved:
    """Open a workbook that sheetnet wrote, edited or not. Raises FileError."""
    source = Path(path)
    if is_page(source):
        page = open_page(source)
        return _opened(source, "html", page, page)
    with open_package(source) as package:
        return _opened(source, package.format, Plain(package), None)


def _opened(source: Path, form: str, plain: Plain | Page, page: Page | None) -> Saved:
    names = plain.names()
    try:
        written = metadata.parse(_metadata(source, names, plain), str(source))
        original, has_numbers = written.lesson, written.has_numbers
        workbook = as_written(built(original), written.blocks)
        names = names if written.version else names_as_today(names)
    except LessonError as problem:
        raise FileError(
            f"{source}: the sheet '{metadata.SHEET}' was changed: {problem} "
            "Ask for the original workbook, or write it anew with 'sheetnet write'."
        ) from None
    gone = deleted(workbook, lambda name: name not in names.areas, lambda: _sheet_names(plain))
    workbook, hanging = without(workbook, gone)
    areas = {
        name: area for name, expected in _wanted(workbook, typed_only=True)
        if (area := names.areas.get(name)) and _size(area) == _size(expected)
    }  # fmt: skip
    numbers = plain.numbers(areas)
    return Saved(
        source, form, original, workbook, names, has_numbers, numbers, page, gone, hanging
    )


def _sheet_names(plain: Plain | Page) -> list[str]:
    if isinstance(plain, Page):
        return list(plain.sheets)
    return [name for name, _ in sheet_names(plain.package)]


def read(path: str | Path) -> Lesson:
    """The lesson in a workbook, with the saved values of its yellow cells. Raises FileError."""
    return open_saved(path).lesson()


def _metadata(path: Path, names: Names, plain: Plain | Page) -> list[str]:
    area = names.areas.get(metadata.NAME)
    if area is not None and area.rows <= metadata.MOST_CHUNKS:
        found = plain.cells(area.sheet) or {}
        texts = [found.get((area.row + k, area.column)) for k in range(area.rows)]
    elif (sheet := plain.cells(metadata.SHEET)) is not None:
        column = sorted((at, cell) for at, cell in sheet.items() if at[1] == 0)
        texts = [cell for (row, _), cell in column if row >= metadata.FIRST_ROW]
    else:
        raise FileError(
            f"{path}: has no sheet '{metadata.SHEET}' with a lesson in it; expected a workbook "
            "that sheetnet wrote. Choose another file, or write a workbook with 'sheetnet write'."
        )
    return [str(cell.value) if cell is not None and cell.kind == "text" else "" for cell in texts]


def _wanted(workbook: Workbook, typed_only: bool) -> Iterator[tuple[str, Area]]:
    for block in workbook.blocks():
        if block.typed_name and not (typed_only and block.typed_name == _NO_DATA):
            yield block.typed_name, block.typed_area()
        if not typed_only and block.name != block.typed_name:
            yield block.name, block.area


def _size(area: Area) -> tuple[int, int]:
    return area.rows, area.columns


def _where(area: Area) -> str:
    return f"{area.sheet}!{column_name(area.column)}{area.row + 1}"


_UNCOMPUTED = (
    "holds a formula without a saved value; expected a number. Open and save the workbook in a "
    "spreadsheet program, or type the number."
)
_HINTS = {
    "empty": "is empty; expected a number. Type one.",
    "boolean": "holds a truth value; expected a number. Type the number.",
    "date": "holds a date; expected a number. Format the cell as a number and type it again.",
}


def _number(value: object, kind: str) -> float | str:
    """The number, or what is wrong and what to do."""
    if kind == "number" and isinstance(value, float | int) and not isinstance(value, bool):
        if math.isfinite(value):
            return float(value)
        return f"holds {value}; expected a finite number. Retype it."
    if kind in _HINTS:
        return _HINTS[kind]
    if value is None:
        return _HINTS["empty"]
    text = str(value)
    shown = _shown(text)
    if kind == "error" or text.startswith(("#", "Err:")):
        return f"shows the error {shown}; expected a number. Correct its formula or type a number."
    if _is_number(text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-")):
        return (
            f"holds the text {shown}; expected a number. Type it with the decimal sign that your "
            "spreadsheet program uses, and without an apostrophe or a space."
        )
    return f"holds the text {shown}; expected a number. Retype it."


def _shown(text: str) -> str:
    return repr(text if len(text) < 40 else text[:37] + "...")


def _unfit(name: str, found: float | str) -> str:
    """What is wrong with a typed cell of that name, or an empty text."""
    if isinstance(found, str):
        return found
    if name == "learning_rate" and found < 0:
        return f"holds {found!r}; expected a learning rate of 0 or more. Retype it."
    return ""


def _unfit_numbers(name: str, area: Area, numbers: FloatArray) -> list[str]:
    """What is wrong with typed numbers, which are finite."""
    return [
        f"{_where(area.part(row, column, 1, 1))} {wrong}"
        for row, column in np.ndindex(numbers.shape if name == "learning_rate" else (0, 0))
        if (wrong := _unfit(name, float(numbers[row, column])))
    ]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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


def _with(original: Lesson, arrays: dict[str, FloatArray]) -> Lesson:
    network = original.network
    pairs = [
        without_bias(arrays[f"W_{layer}"], network.biases) for layer in range(1, network.layers + 1)
    ]
    targets, rate = arrays.get("targets"), arrays.get("learning_rate")  # Predict has neither
    return with_values(
        original,
        weights=[weights for weights, _ in pairs],
        bias=[bias for _, bias in pairs],
        inputs=arrays["inputs"].reshape(original.inputs.shape),
        targets=None if targets is None else targets.reshape(original.targets.shape),
        learning_rate=None if rate is None else float(rate.item()),
    )


def _refuse(path: Path, problems: list[str]) -> None:
    """One message with everything that is wrong, as far as a person reads."""
    if not problems:
        return
    shown = problems[:_MOST_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"… and {len(problems) - len(shown)} more")
    raise FileError(f"{path}: " + ("\n  " if len(problems) > 1 else "") + "\n  ".join(shown))
