"""A page that sheetnet wrote, taken apart: the table in it, as cells and names.

Knows: where the table stands in the file, and the numbers that were typed since (in a page that was
saved, or in a link to it), and that anybody may have written them: whatever is not as a page has it
is refused. Runs nothing. Does not know lessons.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from sheetnet.errors import FileError
from sheetnet.formulas import compact
from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import XLSX, Marks, Printer
from sheetnet.page import packing
from sheetnet.reading.cell import MAX_CELLS, Cell, Sheet
from sheetnet.reading.defined_names import Names

MAX_BYTES: Final = 40_000_000
FORMAT_VERSION: Final = 1
_BEGINS: Final = b"<!doctype html>"
_OURS: Final = b'<meta name="generator" content="sheetnet">'
_HEAD: Final = 4096
_SCRIPT: Final = r'<script\b[^>]*\bid="{}"[^>]*>(.*?)</script>'
_WRITE_ANEW: Final = "Write the page anew with 'sheetnet write'."
_LINK: Final = "Copy the link, or save the page, once more."
_EDIT: Final = re.compile(r"(\d{1,9}):([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?)")
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384


class PageBlock(NamedTuple):
    """A block of the page: where it stands, its typed numbers, its formulas by column."""

    name: str
    typed_name: str
    area: Area
    typed_rows: int
    numbers: NDArray[np.float64]  # shape (typed rows, columns)
    runs: list[tuple[int, Any]]  # columns that share a formula, and its tree as JSON


def is_page(path: Path) -> bool:
    """Whether the file is a page that sheetnet wrote."""
    try:
        with parted(path)[0].open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return False
    return head.lower().startswith(_BEGINS) and _OURS in head


def parted(path: Path) -> tuple[Path, str]:
    """The file of a link to a page, as the page copies it, and the numbers typed since."""
    file, _, edits = path.as_posix().partition("#")
    if not edits or path.exists():
        return path, ""
    if file.startswith("file:/"):
        from urllib.request import url2pathname  # takes long to import

        file = url2pathname(re.sub("^file:/+", "/", file))
    return Path(file), edits


class Page:
    """An opened page; use `open_page`."""

    def __init__(self, path: Path, text: str, link: str = "") -> None:
        self.path = path
        self.engine, self.table_text = self._opened(text)
        table = self._parsed(self.table_text)
        if table.get("page") != FORMAT_VERSION:
            self._refuse(
                f"a page of format {table.get('page')!r}, written by sheetnet "
                f"{table.get('version')!r}", f"format {FORMAT_VERSION}",
                "Install that version of sheetnet.",
            )  # fmt: skip
        self.version = str(table.get("version"))
        self.sheets = self._sheet_names(table)
        self._table = table
        self.blocks = [self._block(entry) for entry in self._list(table, "blocks")]
        names = [block.name for block in self.blocks]
        if len(set(names)) < len(names):
            self._refuse("two blocks of one name", "every block once")
        if sum(block.area.rows * block.area.columns for block in self.blocks) > MAX_CELLS:
            self._refuse("too many cells", f"at most {MAX_CELLS:,}")
        for edits in (*re.findall(_SCRIPT.format("sheetnet-edits"), text, re.DOTALL), link):
            self._type(str(edits))

    def names(self) -> Names:
        """Every name of the page and its area."""
        areas = {block.name: block.area for block in self.blocks}
        for block in self.blocks:
            if block.typed_name:
                area = block.area.part(0, 0, block.typed_rows, block.area.columns)
                areas[block.typed_name] = area
        for entry in self._list(self._table, "sheets"):
            extra = entry.get("names", {})
            if not isinstance(extra, dict):
                self._refuse("names that are no table", "a table")
            areas |= {str(name): self._area(at) for name, at in extra.items()}
        return Names(areas, {})

    def cells(self, sheet: str) -> Sheet | None:
        """The cells of one sheet, or None if there is no such sheet."""
        return self.all_cells.get(sheet)

    @cached_property
    def all_cells(self) -> dict[str, Sheet]:
        """Every cell: texts, typed numbers, and formulas, which have no value in the file."""
        found: dict[str, Sheet] = {name: {} for name in self.sheets}
        for entry in self._list(self._table, "sheets"):
            found[entry["name"]] |= self._texts(entry)
        for block in self.blocks:
            found[block.area.sheet] |= self._block_cells(block)
        return found

    def numbers(self, areas: Mapping[str, Area]) -> dict[str, NDArray[np.float64]]:
        """The typed numbers of those areas that are blocks' typed rows."""
        typed = {block.typed_name: block.numbers for block in self.blocks if block.typed_name}
        return {name: typed[name] for name in areas if name in typed}

    # --- the table's parts, each looked at before it is used -------------------------------------

    def _refuse(self, found: str, expected: str, todo: str = _WRITE_ANEW) -> NoReturn:
        raise FileError(f"{self.path}: found {found}; expected {expected}. {todo}")

    def _opened(self, text: str) -> tuple[str, str]:
        """The script by which the page computes itself, and its table."""
        found = re.findall(_SCRIPT.format("sheetnet-packed"), text, re.DOTALL)
        if len(found) != 1:
            self._refuse(f"{len(found)} scripts called 'sheetnet-packed'", "one")
        try:
            engine, _, _, table = packing.unpacked(str(found[0]), MAX_BYTES)
        except ValueError as problem:
            self._refuse(f"packed texts that cannot be unpacked ({problem})", "those of a page")
        return engine, table

    def _type(self, edits: str) -> None:
        """Take numbers typed since, as the page writes them: step=60&W_1=0:0.5,3:1"""
        typed = {block.typed_name: k for k, block in enumerate(self.blocks) if block.typed_name}
        for part in filter(None, edits.strip().removeprefix("#").split("&")):
            name, _, listed = part.partition("=")
            if name == "step" and re.fullmatch(r"\d{1,9}", listed):
                continue  # what is shown, and no number of the lesson
            number = typed.get(unquote(name))
            if number is None:
                self._refuse(f"typed numbers for {name[:40]!r}", "the name of yellow cells", _LINK)
            block = self.blocks[number]
            numbers = block.numbers.copy()
            for pair in listed.split(","):
                found = _EDIT.fullmatch(pair)
                at = int(found[1]) if found else numbers.size
                if found is None or at >= numbers.size or not math.isfinite(float(found[2])):
                    self._refuse(f"{pair[:40]!r} typed into '{name}'", "place:number", _LINK)
                numbers.flat[at] = float(found[2])
            self.blocks[number] = block._replace(numbers=numbers)
            self._table["blocks"][number]["numbers"] = numbers.reshape(-1).tolist()
            self.table_text = json.dumps(self._table)

    def _parsed(self, text: str) -> dict[str, Any]:
        def refused(name: str) -> NoReturn:
            raise ValueError(name)

        try:
            table = json.loads(text, parse_constant=refused)
        except (ValueError, RecursionError) as problem:
            self._refuse(f"a table that is no JSON ({str(problem)[:80]})", "the table of a page")
        if not isinstance(table, dict):
            self._refuse("a table of another kind", "the table of a page")
        return table

    def _list(self, table: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        found = table.get(key)
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            self._refuse(f"{key} that are no list of tables", "a list")
        return found

    def _sheet_names(self, table: Mapping[str, Any]) -> list[str]:
        names = [entry.get("name") for entry in self._list(table, "sheets")]
        texts = [name for name in names if isinstance(name, str)]
        if len(set(texts)) < len(names):
            self._refuse("sheets without names of their own", "a name for each")
        return texts

    def _area(self, at: Any) -> Area:
        if not (isinstance(at, list) and len(at) == 5 and all(map(_is_count, at))):
            self._refuse(f"{str(at)[:60]!r} for a place", "five whole numbers")
        sheet, row, column, rows, columns = at
        fits = row + rows <= _MOST_ROWS and column + columns <= _MOST_COLUMNS
        if sheet >= len(self.sheets) or rows < 1 or columns < 1 or not fits:
            self._refuse(f"{at} for a place", "a place on a sheet")
        return Area(self.sheets[sheet], row, column, rows, columns)

    def _block(self, entry: Mapping[str, Any]) -> PageBlock:
        area, name, typed = self._area(entry.get("at")), entry.get("name"), entry.get("typed", 0)
        typed_name = entry.get("typedName", "")
        if not isinstance(name, str) or not isinstance(typed_name, str):
            self._refuse("a block without a name", "a name")
        if not _is_count(typed) or typed > area.rows:
            self._refuse(f"{str(typed)[:20]!r} typed rows in '{name}'", f"at most {area.rows}")
        numbers = self._numbers(name, entry.get("numbers", []))
        if len(numbers) != typed * area.columns:
            self._refuse(f"{len(numbers)} numbers in '{name}'", str(typed * area.columns))
        runs = self._runs(name, entry.get("formulas", []))
        columns = area.columns if typed < area.rows else 0
        if sum(count for count, _ in runs) != columns:
            self._refuse(f"formulas for another number of columns in '{name}'", str(columns))
        return PageBlock(name, typed_name, area, typed, numbers.reshape(typed, area.columns), runs)

    def _numbers(self, name: str, found: Any) -> NDArray[np.float64]:
        if isinstance(found, str):
            try:
                array = np.frombuffer(base64.b64decode(found, validate=True), "<f8")
            except (binascii.Error, ValueError):
                self._refuse(f"numbers of '{name}' that cannot be read", "base64 of doubles")
        elif isinstance(found, list) and all(map(_is_number, found)):
            array = np.array(found, dtype=np.float64)
        else:
            self._refuse(f"something else than numbers in '{name}'", "numbers")
        if not np.isfinite(array).all():
            self._refuse(f"a number of '{name}' that is not finite", "finite numbers")
        return array.astype(np.float64)

    def _runs(self, name: str, found: Any) -> list[tuple[int, Any]]:
        def is_run(run: Any) -> bool:
            return isinstance(run, list) and len(run) == 2 and _is_count(run[0]) and run[0] > 0

        if not isinstance(found, list) or not all(map(is_run, found)):
            self._refuse(f"formulas of '{name}' that are no list of runs", "a list")
        return [(count, tree) for count, tree in found]

    def _texts(self, entry: Mapping[str, Any]) -> Sheet:
        texts: Sheet = {}
        for line in entry.get("texts", []):
            is_line = isinstance(line, list) and len(line) > 3 and all(map(_is_count, line[:2]))
            if not is_line or not all(isinstance(text, str) for text in line[2:]):
                self._refuse("a text without a place", "row, column, style, texts")
            row, column, _, *written = line
            for k, text in enumerate(written):
                texts[row, column + k] = Cell(None, text, "text")
        return texts

    def _block_cells(self, block: PageBlock) -> Iterator[tuple[tuple[int, int], Cell]]:
        area = block.area
        for (row, column), number in np.ndenumerate(block.numbers):
            yield (area.row + row, area.column + column), Cell(None, float(number), "number")
        placement = {one.name: one.area for one in self.blocks}
        names = [one.name for one in self.blocks]
        ends = [0]
        for count, _ in block.runs:
            ends.append(ends[-1] + count)
        for (first, last), (_, tree) in zip(pairwise(ends), block.runs, strict=True):
            for column in range(first, last):
                marks = Marks()
                printer = Printer(XLSX, placement, area, marks)
                try:
                    pattern = printer.text(compact.loaded(tree, column, names))
                except (FileError, OverflowError, IndexError) as problem:
                    self._refuse(f"a formula of '{block.name}' that cannot be read: {problem}",
                                 "a formula")  # fmt: skip
                for row in range(area.row + block.typed_rows, area.row + area.rows):
                    yield (row, area.column + column), Cell(marks.fill(pattern, row), None, "empty")


def open_page(path: Path) -> Page:
    """Open a page, or a link to one. Raises FileError for what sheetnet did not write so."""
    path, link = parted(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FileError(
                f"{path}: has {size:,} bytes; expected at most {MAX_BYTES:,}. {_WRITE_ANEW}"
            )
        data = path.read_bytes()
    except OSError as problem:
        raise FileError(f"{path}: cannot be read ({problem.strerror}).") from None
    try:
        return Page(path, data.decode("utf-8"), link)
    except UnicodeDecodeError:
        raise FileError(
            f"{path}: found bytes that are no UTF-8; expected a page. {_WRITE_ANEW}"
        ) from None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1 << 40


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
