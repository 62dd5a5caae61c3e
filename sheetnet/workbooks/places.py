"""Where the yellow blocks of an edited workbook stand now.

Knows: that a block is where its name says AND what stands around it agrees. Programs move names
along with cells, but not all: where names and cells have come apart, a name marks other cells, and
whatever is read there is wrong. Then, and where names were lost, a block is looked for by its
headings, in the place where it stood when the workbook was written. Does not know what a yellow
cell may hold, or how files are taken apart.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.formulas.references import Dialect
from sheetnet.reading.cells import Cell
from sheetnet.reading.defined_names import Names
from sheetnet.reading.local_names import Local
from sheetnet.sheets.model import Sheet, Workbook
from sheetnet.workbooks.surroundings import STEP, Marked, Surroundings, yellow
from sheetnet.workbooks.yellow import shown

Sheets = Mapping[str, Mapping[tuple[int, int], Cell]]
REBUILD = "Undo that change, or write the workbook anew and type the values into it."


@dataclass
class Places:
    """Where blocks stand. `areas`: the yellow ones that were found; `problems`: what is wrong with
    the others; `warnings`: what had to be supposed. `shifts` has, for each sheet of a fresh
    workbook that was found by its headings, the sheet in the file and how far it was moved."""

    areas: dict[str, Area] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    shifts: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    local: dict[str, Mapping[str, Area]] = field(default_factory=dict)

    def area_of(self, name: str, fresh: Area, names: Names) -> Area | None:
        """Where any block stands, a computed one too."""
        if fresh.sheet in self.shifts:
            return shifted(fresh, *self.shifts[fresh.sheet])
        return self.local.get(fresh.sheet, names.areas).get(name)


def shifted(area: Area, sheet: str, rows: int, columns: int) -> Area:
    """The area on another sheet and so many rows and columns further on."""
    return replace(area, sheet=sheet, row=area.row + rows, column=area.column + columns)


def size(area: Area) -> tuple[int, int]:
    return area.rows, area.columns


def where(area: Area) -> str:
    """The first cell, as 'Training!K7'."""
    return f"{area.sheet}!{column_name(area.column)}{area.row + 1}"


def resized(name: str, area: Area, fresh: Area) -> str:
    """What is wrong with a block that has grown or shrunk."""
    return (
        f"{where(area)} ('{name}') has {area.rows} rows and {area.columns} columns; expected "
        f"{fresh.rows} and {fresh.columns}: rows or columns were inserted or deleted inside it. "
        f"{REBUILD}"
    )


def lost(name: str, names: Names) -> str:
    """What is wrong with a block that has no place."""
    if name not in names.broken:
        return f"the name '{name}' is missing; expected it to mark a block of cells. {REBUILD}"
    return (
        f"the name '{name}' stands for {shown(names.broken[name])}; expected one range of cells "
        f"in this workbook, as $A$1:$B$2. {REBUILD}"
    )


def by_names(workbook: Workbook, names: Names) -> Places:
    """The places that the names say, without a look at what stands there."""
    found = Places()
    for block in workbook.blocks():
        if name := yellow(block):
            found.areas[name] = names.areas[name]
    return found


def grown_or_shrunk(surroundings: Surroundings, names: Names) -> Places | None:
    """What the names say, if one of them stands for more or fewer cells than its block has: no
    look at cells would make that right. None if there is no such name."""
    found, is_wrong = Places(), False
    for marked in surroundings.marked:
        area = names.areas.get(marked.name)
        if marked.name == STEP:
            continue
        if area is None:
            found.problems.append(lost(marked.name, names))
        elif size(area) != size(marked.area):
            found.problems.append(resized(marked.name, area, marked.area))
            is_wrong = True
        else:
            found.areas[marked.name] = area
    return found if is_wrong else None


def is_confirmed(
    surroundings: Surroundings,
    areas: Mapping[str, Area],
    texts: Callable[[str, int, Collection[int]], dict[int, str] | None],
) -> bool:
    """Whether every heading stands where the names say it should: most often, and soon told.

    `texts(sheet, row, columns)` gives what stands there, or None.
    """
    wanted: dict[tuple[str, int], dict[int, str]] = {}
    for marked in surroundings.marked:
        area = areas[marked.name]
        for column, (up, text) in marked.above.items():
            wanted.setdefault((area.sheet, area.row - up), {})[area.column + column] = text
        for row, (left, text) in marked.left.items():
            wanted.setdefault((area.sheet, area.row + row), {})[area.column - left] = text
    if any(row < 0 or min(columns) < 0 for (_, row), columns in wanted.items()):
        return False  # beyond the sheet's edge, where no heading stands
    return all(texts(*line, texts_there) == texts_there for line, texts_there in wanted.items())


def find_places(
    surroundings: Surroundings,
    names: Names,
    cells: Sheets,
    local: Callable[[], Local],
    dialect: Dialect,
) -> Places:
    """Where the yellow blocks stand in a file with those cells and names."""
    found = Places()
    by_sheet: dict[str, list[Marked]] = {}
    for marked in surroundings.marked:
        by_sheet.setdefault(marked.area.sheet, []).append(marked)
    for sheet, marks in by_sheet.items():
        _OneSheet(surroundings, names, cells, local, dialect, sheet, marks).find(found)
    for other in surroundings.workbook.sheets:  # without yellow cells: its texts tell of it
        is_lost = not any(block.name in names.areas for block in other.blocks)
        if other.name not in by_sheet and is_lost and _is_in_place(other, cells):
            found.shifts[other.name] = (other.name, 0, 0)
    return found


def _is_in_place(sheet: Sheet, cells: Sheets) -> bool:
    """Whether every text of a fresh sheet stands where it was written."""
    here = cells.get(sheet.name, {})
    return bool(sheet.blocks) and all(
        (cell := here.get((row, column))) is not None and cell.value == text
        for row, column, text, *_ in sheet.texts
        if text
    )


@dataclass
class _OneSheet:
    """The yellow blocks of one sheet of a fresh workbook, to be found in a file."""

    surroundings: Surroundings
    names: Names
    cells: Sheets
    local: Callable[[], Local]
    dialect: Dialect
    sheet: str
    marks: list[Marked]

    def find(self, found: Places) -> None:
        named = {m.name: area for m in self.marks if (area := m.named(self.names.areas))
                 and area.sheet in self.cells}  # fmt: skip
        yellow = [m for m in self.marks if m.name != STEP]
        missing = [m for m in yellow if m.name not in named]
        objection = self._objection(named)
        if not objection and not missing:
            self._accept(found, named)
            return
        if not objection and (own := self._own_names(missing, found)):
            found.local[self.sheet] = {**self.names.areas, **own}
            self._accept(found, named | own)
            return
        if place := self._by_headings(named, bool(objection)):
            found.shifts[self.sheet] = place
            self._accept(found, {m.name: shifted(m.area, *place) for m in self.marks})
            found.warnings.append(self._told(objection, missing, place[0]))
        elif objection:
            found.problems.append(
                f"the names no longer mark the yellow cells of '{self.sheet}': {objection}. "
                "Rows or columns were inserted or deleted by a program that left the names where "
                f"they were. {REBUILD} Typing into the cells as they stand makes it worse."
            )
        else:
            self._accept(found, named)
            found.problems += [lost(m.name, self.names) for m in missing]

    def _accept(self, found: Places, areas: Mapping[str, Area]) -> None:
        for marked in self.marks:
            if marked.name in areas and marked.name != STEP:
                found.areas[marked.name] = areas[marked.name]

    def _look(self, sheet: str, row: int, column: int) -> Cell | None:
        return self.cells.get(sheet, {}).get((row, column))

    def _objection(self, areas: Mapping[str, Area]) -> str:
        """The first thing that speaks against blocks standing in those places."""
        for marked in self.marks:
            area = areas.get(marked.name)
            if area is None or size(area) != size(marked.area):
                continue
            if marked.name == STEP:
                cell, below = (self._look(area.sheet, area.row + k, area.column) for k in (0, 1))
                is_live = below is not None and below.formula is not None
                if cell and isinstance(cell.value, float) and cell.value >= 1 and not is_live:
                    return f"{where(area)} holds step {cell.value:g}, where step 0 belongs"
            elif said := self.surroundings.objection(marked, area, self._look, self.dialect):
                return said
        return ""

    def _own_names(self, missing: list[Marked], found: Places) -> dict[str, Area]:
        """The names of the one sheet that has a fitting one for each block missing: a copy whose
        original was deleted, or one of several places that go by the same name."""
        choices: dict[str, dict[str, Area]] = {}
        for name, areas in self.names.several.items():
            for area in areas:
                choices.setdefault(area.sheet, {})[name] = area
        for sheet, own in self.local().items():
            choices.setdefault(sheet, {}).update(own)
        fitting = {}
        for sheet, own in choices.items():
            taken = {m.name: at for m in self.marks if (at := m.named(own))}
            whole = sheet in self.cells and all(m.name in taken for m in missing)
            if whole and not self._objection(taken):
                fitting[sheet] = own
        sheet = self.sheet if self.sheet in fitting else next(iter(fitting), "")
        if not sheet or (len(fitting) > 1 and sheet != self.sheet):
            return {}
        others = " and ".join(f"'{each}'" for each in choices if each != sheet)
        found.warnings.append(
            f"The names of the yellow cells lead to '{sheet}' and to {others} alike; '{sheet}' was "
            "read, and what stands on the other was not."
            if others
            else f"The names of the yellow cells of '{self.sheet}' lead nowhere, or to several "
            f"places; '{sheet}' was read, where they can be followed."
        )
        return choices[sheet]

    def _by_headings(
        self, named: Mapping[str, Area], apart: bool
    ) -> tuple[str, int, int] | None:
        """The sheet on which all headings stand, and how far it was moved, if there is no doubt.

        Where names and cells have come apart, only the place of a fresh workbook will do.
        """
        homes = {area.sheet for area in named.values()} or {self.sheet}
        homes = homes & set(self.cells) or set(self.cells)
        there = [(home, 0, 0) for home in homes if self._stand(home, 0, 0)]
        if not there and not apart:
            there = [place for place in self._shifts() if self._stand(*place)]
        return there[0] if len(there) == 1 else None

    def _stand(self, home: str, rows: int, columns: int) -> bool:
        places = {m.name: shifted(m.area, home, rows, columns) for m in self.marks}
        return all(
            self.surroundings.agrees(m, places[m.name], self._look) for m in self.marks
        ) and not self._objection(places)

    def _shifts(self) -> Iterator[tuple[str, int, int]]:
        """Every place where the first heading stands, as a shift of the whole sheet."""
        first = self.marks[0]
        column, (up, text) = next(iter(first.above.items()), (0, (0, "")))
        for sheet, cells in self.cells.items():
            for (row, at), cell in cells.items():
                if text and cell.value == text:
                    yield sheet, row + up - first.area.row, at - column - first.area.column

    def _told(self, objection: str, missing: list[Marked], home: str) -> str:
        if objection:
            return (
                f"Names and cells of '{home}' have come apart ({objection}); the yellow cells were "
                "found by their headings, in the place where they were written."
            )
        broken = [self.names.broken.get(m.name, "") for m in missing]
        if not any(broken):
            why = "are missing (some programs drop all defined names in saving)"
        elif all("$" not in text and "#" not in text for text in broken):
            why = "are written without the $ that fixes them to their cells"
        else:
            why = "lead nowhere"
        return (
            f"The names of the yellow cells of '{home}' {why}; the cells were found by their "
            "headings."
        )
