"""What reading a lesson back needs of a workbook: its names, one sheet's cells, a few numbers.

Knows: how this project and the usual programs spell a cell that holds a typed number. Whatever is
spelled otherwise (dates, texts, formulas, repeated cells, comments, other prefixes) it leaves to
`cells`, which reads every cell with care and says what is wrong with one.

A workbook has three times as many computed cells as yellow ones, and to read a lesson back only
the latter count. In XML without comments and CDATA, "<" begins a tag and nothing else, so a tag's
beginning can be searched for; the cells of an area must then match a strict pattern, one after
the other. What is not well-formed elsewhere in the part goes unnoticed here.
Sources: ECMA-376 part 1, 18.3.1; ODF 1.3 part 3, 9.1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sheetnet.formulas.place import Area
from sheetnet.reading.archive import Package
from sheetnet.reading.cell import Sheet
from sheetnet.reading.cells import cells
from sheetnet.reading.cells_ods import cells_in
from sheetnet.reading.cells_xlsx import shared_strings, xlsx_cells
from sheetnet.reading.defined_names import Names, defined_names, ods_names_in, sheet_names
from sheetnet.reading.plain import NotPlain, Rows, held
from sheetnet.reading.plain_ods import Content, Table
from sheetnet.reading.plain_xlsx import Worksheet
from sheetnet.reading.xml import FEW_TAGS


class Plain:
    """An opened package, read no further than asked; FileError as `cells` and `names` raise it."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._opened: dict[str, Rows] = {}

    @cached_property
    def _content(self) -> Content | None:
        """The content.xml of an .ods, if it is plain."""
        if self.package.format != "ods":
            return None
        try:
            where = f"{self.package.path}, {self.package.main}"
            return Content(held(self.package, self.package.main), where)
        except NotPlain:
            return None

    @cached_property
    def _all_cells(self) -> dict[str, Sheet]:
        return cells(self.package)

    def names(self) -> Names:
        """The names of workbook scope."""
        content = self._content
        return defined_names(self.package) if content is None else ods_names_in(content.reduced())

    @cached_property
    def _strings(self) -> list[str]:
        return shared_strings(self.package)

    @cached_property
    def sheets(self) -> list[str]:
        """The names of the sheets, in order."""
        if self._content is not None:
            return list(self._content.tables)
        return [name for name, _ in sheet_names(self.package)]

    def cells(self, sheet: str) -> Sheet | None:
        """The cells of one small sheet, or None if there is no such sheet."""
        if self.package.format == "xlsx":
            return xlsx_cells(self.package, sheet, FEW_TAGS, self._strings).get(sheet)
        try:
            if self._content is not None:
                return cells_in(self._content.reduced(sheet)).get(sheet)
        except NotPlain:
            pass
        return self._all_cells.get(sheet)

    def numbers(self, areas: Mapping[str, Area]) -> dict[str, NDArray[np.float64]]:
        """The numbers of those areas in which nothing but plain typed numbers stands."""
        found: dict[str, NDArray[np.float64]] = {}
        for name, area in areas.items():
            sheet = self._rows(area.sheet)
            try:
                rows = [sheet.row(area, area.row + row) for row in range(area.rows)]
            except NotPlain:
                continue
            array = np.array(rows, dtype=np.float64)
            if np.isfinite(array).all():
                found[name] = array
        return found

    def texts(self, sheet: str, row: int, columns: Collection[int]) -> dict[int, str] | None:
        """The texts in some columns of a row; None where that needs reading with care."""
        try:
            return self._rows(sheet).texts(row, columns)
        except NotPlain:
            return None

    def formulas(self, sheet: str) -> int | None:
        """How many cells of a sheet hold a formula; None where that needs reading with care."""
        try:
            return self._rows(sheet).formulas()
        except NotPlain:
            return None

    def _rows(self, sheet: str) -> Rows:
        if sheet not in self._opened:
            try:
                self._opened[sheet] = self._open(sheet)
            except NotPlain:
                self._opened[sheet] = _Unreadable()
        return self._opened[sheet]

    def _open(self, sheet: str) -> Rows:
        if self.package.format == "xlsx":
            return Worksheet(self.package, sheet, self._strings)
        if self._content is None:
            raise NotPlain
        return Table(self._content.data, *self._content.place(sheet))


class _Unreadable:
    """A sheet that has to be read with care."""

    def row(self, area: Area, row: int) -> list[float]:
        raise NotPlain

    def texts(self, row: int, columns: Collection[int]) -> dict[int, str]:
        raise NotPlain

    def formulas(self) -> int:
        raise NotPlain
