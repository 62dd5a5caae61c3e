"""The Gnumeric engine: .xlsx and .ods files through `ssconvert --recalc`.

Knows: how to have Gnumeric compute in a folder of its own. Does not know: how to edit.
Gnumeric is commonly built with 80-bit numbers: it reads 0.1 to 64 bits, computes with them, and
writes 21 digits into .xlsx, which are read back as the nearest doubles. So its values carry
every bit a double can hold, but may differ in the last one from those of 64-bit engines, and
overflow inside a formula goes unnoticed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path

from sheetnet.engines.values import (
    CellError,
    CellValue,
    ContextManager,
    Values,
    finite,
    workbook_path,
)
from sheetnet.engines.without_cache import MARKER, write_without_cached_values
from sheetnet.errors import EngineError, FileError
from sheetnet.reading.archive import open_package
from sheetnet.reading.cells import Cell, CellErrorText, cells

TIMEOUT_SECONDS = 120.0
# Named outright, so that a file is never opened as something other than its content is.
IMPORTERS = {".xlsx": "Gnumeric_Excel:xlsx", ".ods": "Gnumeric_OpenCalc:openoffice"}
# The export that keeps all digits and all error values; .ods keeps the digits four times slower.
EXPORTER = "Gnumeric_Excel:xlsx2"
# A circular cell, or a formula in an .ods file with something in it that Gnumeric does not know.
NOT_COMPUTED = CellError("#UNCOMPUTED!")


class Gnumeric(ContextManager):
    """Gnumeric's converter; one short process a file.

    Raises EngineError when `ssconvert` is not installed.
    """

    name = "gnumeric"
    suffixes = frozenset(IMPORTERS)

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        if why := self.why_missing():
            raise EngineError(why)
        self._timeout = timeout

    @staticmethod
    def why_missing() -> str | None:
        """A sentence saying what to install, or None when the engine can be used."""
        if shutil.which("ssconvert") is None:
            return (
                "Gnumeric's ssconvert was not found. Install the package gnumeric"
                " (Debian and Ubuntu: apt-get install gnumeric) so that ssconvert is on the PATH."
            )
        return None

    @property
    def version(self) -> str:
        """The version of Gnumeric, such as '1.12.55'."""
        with tempfile.TemporaryDirectory(prefix="sheetnet-") as folder:
            shown = self._run(["--version"], Path(folder), "ssconvert --version")
        return shown.split("'")[1] if "'" in shown else shown.strip()

    def recalculate(self, path: Path) -> Values:
        """Every cell's value, computed anew; see `Engine.recalculate`."""
        found, suffix = workbook_path(path, self.name)
        with tempfile.TemporaryDirectory(prefix="sheetnet-") as name:
            folder = Path(name)
            source, out = folder / f"in{suffix}", folder / "out.xlsx"
            try:
                write_without_cached_values(found, source, suffix)
            except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError) as error:
                raise _refusal(str(path), str(error)) from error
            arguments = ["--recalc", f"--import-type={IMPORTERS[suffix]}"]
            arguments += [f"--export-type={EXPORTER}", str(source), str(out)]
            said = self._run(arguments, folder, str(path))
            try:
                with open_package(out) as package:
                    sheets = cells(package)
            except FileError as error:
                raise _refusal(str(path), said or str(error)) from error
        return {
            sheet: {at: _value(cell) for at, cell in found.items() if cell.kind != "empty"}
            for sheet, found in sheets.items()
        }

    def _run(self, arguments: list[str], home: Path, subject: str) -> str:
        """Run ssconvert with `home` as its home; what it printed."""
        program = shutil.which("ssconvert")
        if program is None:
            raise EngineError(self.why_missing())
        kept = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
        own = {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "XDG_CACHE_HOME": str(home),
            "TMPDIR": str(home),
            "GSETTINGS_BACKEND": "memory",
            "LC_ALL": "C.UTF-8",
        }
        try:
            done = subprocess.run(
                [program, *arguments],
                env=kept | own,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self._timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(
                f"{subject}: Gnumeric took more than {self._timeout:g} s and was stopped."
                " Try a smaller workbook or another engine."
            ) from error
        except OSError as error:
            raise EngineError(f"{program} cannot be run ({error}). Install gnumeric.") from error
        said = done.stdout.decode("utf-8", "replace").strip()
        if done.returncode:
            raise _refusal(subject, said or f"exit status {done.returncode}")
        return said


def _value(cell: Cell) -> CellValue:
    """What Gnumeric computed, with every digit it wrote: the nearest double."""
    if cell.value == MARKER:
        return NOT_COMPUTED
    return CellError(cell.value) if isinstance(cell.value, CellErrorText) else finite(cell.value)


def _refusal(subject: str, why: str) -> EngineError:
    return EngineError(
        f"{subject}: Gnumeric cannot recalculate it ({why[-500:]})."
        " Open it in an office program and save it again, or use another engine."
    )
