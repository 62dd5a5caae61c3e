"""LibreOffice driven over UNO: a stand-alone helper that answers JSON lines on standard output.

Knows: how to start one soffice with a throw-away profile, load a workbook without running macros
or following links, and recalculate it hard. Runs under whichever Python has `uno`: the standard
library only, and only what Python 3.8 understands.
Does not know: sheetnet, where soffice is, timeouts, or restarts (see `libreoffice`).

usage: python uno_server.py SOFFICE FOLDER
(FOLDER: an empty one with a unique name, for the profile and files)
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

START_SECONDS = 90.0
FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8"}
# Error numbers that Calc shows as words; every other is shown as "Err:" and the number.
ERROR_WORDS = {
    503: "#NUM!",
    519: "#VALUE!",
    521: "#NULL!",
    524: "#REF!",
    525: "#NAME?",
    532: "#DIV/0!",
    32767: "#N/A",
}
CONTENT = 1 | 2 | 4 | 16  # com.sun.star.sheet.CellFlags: VALUE, DATETIME, STRING, FORMULA
TEXT_RESULT, ERROR_RESULT = 2, 4  # com.sun.star.sheet.FormulaResult
# What no document may do in this profile, whatever the load arguments are understood to mean.
SETTINGS = (
    ("/org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    ("/org.openoffice.Office.Calc/Formula/Load", "OOXMLRecalcMode", "0"),
    ("/org.openoffice.Office.Calc/Formula/Load", "ODFRecalcMode", "0"),
)
FLAGS = ("--headless", "--invisible", "--norestore", "--nologo", "--nodefault", "--nolockcheck")
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">%s</oor:items>"""
ITEM = '<item oor:path="%s"><prop oor:name="%s" oor:op="fuse"><value>%s</value></prop></item>'


class SofficeGone(Exception):
    """The soffice process ended or does not answer any more."""


class Office:
    """One soffice process and the UNO desktop inside it."""

    def __init__(self, soffice: str, folder: Path) -> None:
        self.uno = importlib.import_module("uno")
        self.work = folder / "work"
        self.work.mkdir()
        user = folder / "profile" / "user"
        user.mkdir(parents=True)
        settings = PROFILE % "".join(ITEM % setting for setting in SETTINGS)
        (user / "registrymodifications.xcu").write_text(settings, encoding="utf-8")
        address = f"pipe,name={folder.name};urp;StarOffice.ComponentContext"
        self.process = subprocess.Popen(
            [
                soffice,
                *FLAGS,
                f"-env:UserInstallation={user.parent.as_uri()}",
                f"--accept={address}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # our standard output carries the answers
        )
        try:
            self.context = self._connect("uno:" + address)
            self.desktop = self._service("com.sun.star.frame.Desktop")
        except BaseException:
            self.process.kill()
            raise

    def _service(self, name: str) -> Any:
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def _connect(self, address: str) -> Any:
        local = self.uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext(
            "com.sun.star.bridge.UnoUrlResolver", local
        )
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                return resolver.resolve(address)
            except Exception as error:
                if self.process.poll() not in (None, 0):  # 0: a launcher that has handed over
                    raise SofficeGone(f"soffice ended with {self.process.returncode}") from error
                if time.monotonic() > end:
                    raise SofficeGone(f"no answer within {START_SECONDS:.0f} s") from error
            time.sleep(0.02)

    def version(self) -> str:
        """The version of LibreOffice, such as '7.4.7.2'."""
        provider = self._service("com.sun.star.configuration.ConfigurationProvider")
        product = provider.createInstanceWithArguments(
            "com.sun.star.configuration.ConfigurationAccess",
            (self.property_value("nodepath", "/org.openoffice.Setup/Product"),),
        )
        return str(product.getByName("ooSetupVersionAboutBox"))

    def property_value(self, name: str, value: Any) -> Any:
        made = self.uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        made.Name, made.Value = name, value
        return made

    @contextlib.contextmanager
    def document(self, path: str, suffix: str) -> Iterator[Any]:
        """The open workbook, whose format has that suffix; a copy is loaded, so no lock file
        appears beside the original."""
        copy = self.work / (uuid.uuid4().hex + suffix)
        shutil.copyfile(path, str(copy))
        arguments = {
            "Hidden": True,
            "FilterName": FILTERS[suffix],
            "MacroExecutionMode": 0,  # com.sun.star.document.MacroExecMode.NEVER_EXECUTE
            "UpdateDocMode": 0,  # com.sun.star.document.UpdateDocMode.NO_UPDATE
        }
        properties = tuple(self.property_value(*item) for item in arguments.items())
        document = None
        try:
            document = self.desktop.loadComponentFromURL(copy.as_uri(), "_blank", 0, properties)
            if document is None or not hasattr(document, "Sheets"):
                raise ValueError("it does not open as a workbook")
            yield document
        finally:
            if document is not None:
                with contextlib.suppress(Exception):
                    document.close(True)
            copy.unlink()

    def stop(self) -> None:
        """Ask soffice to end, which also removes its pipes; kill it if it does not."""
        with contextlib.suppress(Exception):
            self.desktop.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()


def size(area: Sequence[int]) -> int:
    """The number of cells in (row, column, last row, last column)."""
    return (area[2] - area[0] + 1) * (area[3] - area[1] + 1)


def areas_to_read(areas: Sequence[Any]) -> list[tuple[int, int, int, int]]:
    """Rectangles (row, column, last row, last column) that hold all cells with content.

    One rectangle around everything costs one call; where that would be mostly empty (a stray cell
    in the last row), each area is read for itself.
    """
    each = [(a.StartRow, a.StartColumn, a.EndRow, a.EndColumn) for a in areas]
    if not each:
        return []
    top, left, bottom, right = zip(*each)
    whole = (min(top), min(left), max(bottom), max(right))
    return [whole] if size(whole) <= 4 * sum(map(size, each)) + 10_000 else each


def cells_in(ranges: Any) -> Iterator[tuple[int, int]]:
    """Every (row, column) of a com.sun.star.sheet.SheetCellRanges."""
    for area in ranges.RangeAddresses:
        for row in range(area.StartRow, area.EndRow + 1):
            for column in range(area.StartColumn, area.EndColumn + 1):
                yield row, column


def sheet_values(sheet: Any) -> list[list[Any]]:
    """[row, column, value, is error] of every cell with content."""
    cells: dict[tuple[int, int], Any] = {}
    content = sheet.queryContentCells(CONTENT).RangeAddresses
    for top, left, bottom, right in areas_to_read(content):
        data = sheet.getCellRangeByPosition(left, top, right, bottom).getDataArray()
        for row, values in enumerate(data, top):
            for column, value in enumerate(values, left):
                if value not in ("", None):  # errors read None and are asked for below
                    cells[row, column] = value
    for at in cells_in(sheet.queryFormulaCells(TEXT_RESULT)):
        cells.setdefault(at, "")  # an empty text reads as an empty cell does
    found = [[row, column, value, False] for (row, column), value in cells.items()]
    for row, column in cells_in(sheet.queryFormulaCells(ERROR_RESULT)):
        number = sheet.getCellByPosition(column, row).getError()
        found.append([row, column, ERROR_WORDS.get(number, f"Err:{number}"), True])
    return found


def recalculate(office: Office, request: dict[str, Any]) -> dict[str, Any]:
    """{"sheets": {name: [[row, column, value, is error], ...]}}"""
    with office.document(request["path"], request["suffix"]) as document:
        document.IsIterationEnabled = False  # circular cells would start from cached values
        document.calculateAll()
        return {"sheets": {sheet.Name: sheet_values(sheet) for sheet in document.Sheets}}


COMMANDS = {"recalculate": recalculate}


def answer(office: Office, line: str) -> dict[str, Any]:
    """The answer to one request; {"error": why} when LibreOffice refuses."""
    request = json.loads(line)
    try:
        return COMMANDS[request["command"]](office, request)
    except Exception as error:
        try:
            office.desktop.getCurrentComponent()
        except Exception as gone:
            raise SofficeGone(str(error)) from gone
        return {"error": str(error) or type(error).__name__}


def end_all(folder: str) -> None:
    """End this process and everything it started at once, and remove the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def main(soffice: str, folder: str) -> int:
    """Serve requests until standard input ends."""
    requests: queue.Queue[str] = queue.Queue()
    stopped = threading.Event()

    def listen() -> None:
        for line in sys.stdin:
            requests.put(line)
        requests.put("")
        if not stopped.wait(10):  # whoever asked is gone, and soffice is still at work
            end_all(folder)

    threading.Thread(target=listen, daemon=True).start()
    try:
        office = Office(soffice, Path(folder))
        print(json.dumps({"version": office.version()}), flush=True)
        for line in iter(requests.get, ""):
            print(json.dumps(answer(office, line)), flush=True)
    except SofficeGone as gone:
        print(f"LibreOffice is gone: {gone}", file=sys.stderr)
        return 3
    office.stop()
    shutil.rmtree(folder, ignore_errors=True)
    stopped.set()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
