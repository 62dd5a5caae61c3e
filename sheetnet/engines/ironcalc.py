"""The ironcalc engine: both formats, inside this process, with no office program installed.

Knows: ironcalc's model and how to tell its errors from texts. ironcalc reads .xlsx itself, most of
the time; an .ods, and what Gnumeric saves, is translated into a model (see `ironcalc_model`). Its
saved files lose charts, so nothing is saved with it. Where a formula names a function that
ironcalc lacks, its cell reads '#NAME?'.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from sheetnet.engines.ironcalc_model import translated_model
from sheetnet.engines.values import (
    CellError,
    ContextManager,
    Values,
    finite,
    workbook_path,
)
from sheetnet.errors import EngineError, SheetnetError
from sheetnet.reading.archive import open_package
from sheetnet.reading.defined_names import sheet_names

LOCALE, TIMEZONE, LANGUAGE = "en", "UTC", "en"
T = TypeVar("T")


class IronCalc(ContextManager):
    """ironcalc, imported when it is first needed.

    Raises EngineError when the package is not installed.
    """

    name = "ironcalc"
    suffixes = frozenset({".xlsx", ".ods"})

    def __init__(self) -> None:
        if why := self.why_missing():
            raise EngineError(why)

    @staticmethod
    def why_missing() -> str | None:
        """A sentence saying what to install, or None when the engine can be used."""
        if importlib.util.find_spec("ironcalc") is None:
            return "The engine ironcalc is not installed. Install it with: pip install ironcalc"
        return None

    @property
    def version(self) -> str:
        """The version of the ironcalc package."""
        return version("ironcalc")

    def recalculate(self, path: Path) -> Values:
        """Every cell's value, computed anew; see `Engine.recalculate`."""
        found, suffix = workbook_path(path, self.name)
        with _refusals(path):
            return values_of(_loaded(found, suffix))


At = tuple[int, int, int]
"""Sheet, row and column of a cell, from 0."""


def difference(path: Path, of: At, by: At, step: float) -> float | None:
    """The central difference of one cell by another, which is overwritten for it.

    None where either is no number. Raises EngineError as `IronCalc.recalculate` does.
    """
    return _with_model(path, lambda model: _difference(model, of, by, step))


def with_formula(path: Path, at: At, formula: str, read: list[At]) -> list[float | None]:
    """What some cells come to with another formula in one cell, its `=` included."""

    def run(model: Any) -> list[float | None]:
        model.update_cell_with_formula(at[0], at[1] + 1, at[2] + 1, formula)
        model.evaluate()
        return [_number(model, each) for each in read]

    return _with_model(path, run)


def _with_model(path: Path, run: Callable[[Any], T]) -> T:
    found, suffix = workbook_path(path, IronCalc.name)
    with _refusals(path):
        return run(_loaded(found, suffix))


def _difference(model: Any, of: At, by: At, step: float) -> float | None:
    model.evaluate()
    middle = _number(model, by)
    if middle is None:
        return None
    ends: list[float] = []
    for value in (middle - step, middle + step):
        model.update_cell_with_number(by[0], by[1] + 1, by[2] + 1, value)
        model.evaluate()
        end = _number(model, of)
        if end is None:
            return None
        ends.append(end)
    return (ends[1] - ends[0]) / (2 * step)


def _number(model: Any, at: At) -> float | None:
    value = model.get_cell_value(at[0], at[1] + 1, at[2] + 1)
    return float(value) if isinstance(value, int | float) else None


def _loaded(path: Path, suffix: str) -> Any:
    if suffix == ".xlsx" and not _has_bare_number_sheet(path):
        try:
            with _quiet():
                return _package().load_from_xlsx(str(path), LOCALE, TIMEZONE, LANGUAGE)
        except BaseException as error:
            if not _is_refusal(error):
                raise
    return translated_model(path, _package().create("model", LOCALE, TIMEZONE, LANGUAGE))


def _has_bare_number_sheet(path: Path) -> bool:
    """Whether a sheet's name begins with a digit. LibreOffice writes `12pm!A1` without quotation
    marks, which ironcalc takes for a number and a name."""
    with open_package(path) as package:
        return any(name[:1].isdecimal() for name, _ in sheet_names(package))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Nothing on the terminal: where it does not know a style or an element, ironcalc says so on
    standard output, and panics with a trace."""
    kept: dict[int, int] = {}
    with contextlib.suppress(OSError), open(os.devnull, "wb") as nothing:  # noqa: PTH123
        for stream in (1, 2):
            kept[stream] = os.dup(stream)
            os.dup2(nothing.fileno(), stream)
    try:
        yield
    finally:
        for stream, own in kept.items():
            os.dup2(own, stream)
            os.close(own)


def _is_refusal(error: BaseException) -> bool:
    # A panic in its Rust code is a BaseException of a type that cannot be imported.
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def values_of(model: Any) -> Values:
    """Evaluate an `ironcalc.Model` and give the value of every cell that has one."""
    model.evaluate()
    error_type = _package().CellType.ErrorValue
    names = [sheet["name"] for sheet in model.get_worksheets_properties()]
    values: Values = {name: {} for name in names}
    for sheet, row, column in model.get_all_cells():
        value = model.get_cell_value(sheet, row, column)
        if value is None:
            continue
        # Errors arrive as texts; only a text that looks like one is worth a second call.
        if (
            isinstance(value, str)
            and value.startswith("#")
            and model.get_cell_type(sheet, row, column) == error_type
        ):
            value = CellError(value)
        values[names[sheet]][row - 1, column - 1] = finite(value)
    return values


def _package() -> ModuleType:
    return importlib.import_module("ironcalc")


@contextlib.contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Turn what ironcalc raises into an EngineError that names the file."""
    try:
        yield
    except SheetnetError:
        raise
    except BaseException as error:
        if _is_refusal(error):
            raise EngineError(
                f"{path}: ironcalc cannot compute it ({error})."
                " Open it in an office program and save it again, or use another engine."
            ) from error
        raise
