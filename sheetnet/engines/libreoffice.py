"""The LibreOffice engine: .xlsx and .ods files.

Knows: one long-lived LibreOffice behind a helper process, and what to do when it fails. Does not
know: UNO (see `uno_server`). LibreOffice has no truth values: TRUE arrives as 1.0.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from sheetnet.engines import find_office
from sheetnet.engines.uno_client import Helper, HelperGone, HelperTimeout
from sheetnet.engines.values import (
    CellError,
    Cells,
    ContextManager,
    Values,
    finite,
    workbook_path,
)
from sheetnet.errors import EngineError

START_SECONDS = 100.0
TIMEOUT_SECONDS = 120.0


class LibreOffice(ContextManager):
    """LibreOffice, started at the first request and once more if it dies.

    Raises EngineError when LibreOffice, or a Python with its package `uno`, is not installed.
    """

    name = "libreoffice"
    suffixes = frozenset({".xlsx", ".ods"})
    server = Path(__file__).with_name("uno_server.py")

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        if why := self.why_missing():
            raise EngineError(why)
        self._timeout = timeout
        self._helper: Helper | None = None
        self._version = ""

    @staticmethod
    def why_missing() -> str | None:
        """A sentence saying what to install, or None when the engine can be used."""
        return find_office.why_missing()

    @property
    def version(self) -> str:
        """The version of LibreOffice, such as '7.4.7.2'; starts it."""
        if not self._version:
            self._started()
        return self._version

    def recalculate(self, path: Path) -> Values:
        """Every cell's value, computed anew; see `Engine.recalculate`."""
        found, suffix = workbook_path(path, self.name)
        request = {"command": "recalculate", "path": str(found), "suffix": suffix}
        answer = self._ask(request, path)
        return {name: _cells(cells) for name, cells in answer["sheets"].items()}

    def close(self) -> None:
        """End LibreOffice and remove its profile."""
        if self._helper is not None:
            self._helper.close()
            self._helper = None

    def _started(self) -> Helper:
        if self._helper is not None:
            return self._helper
        python, soffice = find_office.uno_python(), find_office.soffice()
        if python is None or soffice is None:
            raise EngineError(self.why_missing())
        try:
            helper = Helper(lambda folder: [python, str(self.server), soffice, str(folder)], _pipes)
            self._version = helper.receive(START_SECONDS)["version"]
        except (OSError, HelperGone, HelperTimeout) as error:
            raise EngineError(
                f"LibreOffice ({soffice}) does not start: {error}. See whether"
                " `soffice --headless --version` works, or use another engine."
            ) from error
        self._helper = helper
        return helper

    def _ask(self, request: dict[str, Any], path: Path) -> dict[str, Any]:
        for last_try in (False, True):
            helper = self._started()
            try:
                helper.send(request)
                answer = helper.receive(self._timeout)
                break
            except HelperTimeout as error:
                self._helper = None
                raise EngineError(
                    f"{path}: LibreOffice took more than {self._timeout:g} s and was stopped."
                    " Open the file in LibreOffice to see what holds it up, try a smaller"
                    " workbook, or use another engine."
                ) from error
            except HelperGone as error:
                self._helper = None
                if last_try:
                    raise EngineError(
                        f"{path}: LibreOffice ended twice over this file ({error})."
                        " Open it in LibreOffice and save it again, or use another engine."
                    ) from error
        if "error" in answer:
            raise EngineError(
                f"{path}: LibreOffice refuses: {answer['error']}."
                " Open the file in LibreOffice and save it again, or use another engine."
            )
        return answer


def _pipes(folder: Path) -> list[Path]:
    """The sockets that soffice leaves in /tmp when it is killed (Unix).

    One bears the name that `uno_server` gave it, the other the MD5 of the profile's address in
    UTF-16, in hexadecimal without leading zeros (desktop/source/app/officeipcthread.cxx).
    """
    if not hasattr(os, "getuid"):
        return []
    profile = (folder / "profile").as_uri().encode("utf-16-le")
    digest = "".join(f"{byte:x}" for byte in hashlib.md5(profile, usedforsecurity=False).digest())
    names = (folder.name, f"SingleOfficeIPC_{digest}")
    return [Path(f"/tmp/OSL_PIPE_{os.getuid()}_{name}") for name in names]


def _cells(found: list[list[Any]]) -> Cells:
    """The helper's [row, column, value, is error] as cells."""
    return {
        (row, column): CellError(value) if is_error else finite(value)
        for row, column, value, is_error in found
    }
