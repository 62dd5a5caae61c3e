#!/usr/bin/python3
"""Pictures of workbooks as they look on a screen: the first view, then every visible sheet.

Knows: LibreOffice under Xvfb, driven through UNO. Does not know sheetnet. It runs under the Python
that has UNO (Debian: /usr/bin/python3) and needs xvfb, imagemagick and LibreOffice with windows.

Where a workbook is given in both formats, each sheet's two pictures are joined side
by side as well.

usage: tools/screenshots.py FOLDER [--size 1600x900] [--first] WORKBOOK...
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import uno

START_SECONDS, LOAD_SECONDS, SHEET_SECONDS = 120, 4.0, 2.0


def connected(port: int) -> object:
    """The desktop of the LibreOffice that listens at the port."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    where = f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext"
    for _ in range(START_SECONDS):
        try:
            context = resolver.resolve(where)
        except Exception:  # not there yet; UNO has a class of its own for each reason
            time.sleep(1)
            continue
        return context.ServiceManager.createInstanceWithContext(
            "com.sun.star.frame.Desktop", context
        )
    raise SystemExit("LibreOffice did not start. Install libreoffice-calc (not -nogui).")


def shoot(path: Path, display: str) -> None:
    """One picture of the whole screen."""
    subprocess.run(
        ["import", "-window", "root", str(path)], env=os.environ | {"DISPLAY": display}, check=True
    )


def join(folder: Path, stem: str) -> None:
    """Each sheet of a workbook's .xlsx beside the same sheet of its .ods."""
    for left in sorted(folder.glob(f"{stem}-xlsx-*.png")):
        right = folder / left.name.replace("-xlsx-", "-ods-", 1)
        both = folder / left.name.replace("-xlsx-", "-both-", 1)
        if right.exists():
            subprocess.run(["convert", str(left), str(right), "+append", str(both)], check=True)


def main() -> None:
    """Pictures of every workbook named on the command line."""
    parser = argparse.ArgumentParser(description="Pictures of workbooks as they look on a screen.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="1600x900")
    parser.add_argument("--first", action="store_true", help="the first view alone")
    parser.add_argument("workbooks", type=Path, nargs="+")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    display, port = f":{60 + os.getpid() % 30}", 3200 + os.getpid() % 500
    profile = tempfile.mkdtemp(prefix="screenshots-")
    screen = subprocess.Popen(["Xvfb", display, "-screen", "0", f"{options.size}x24"])
    time.sleep(1)
    office = subprocess.Popen(
        ["soffice", f"-env:UserInstallation=file://{profile}", "--norestore", "--nologo",
         "--nofirststartwizard", "--nodefault",
         f"--accept=socket,host=127.0.0.1,port={port};urp;"],
        env=os.environ | {"DISPLAY": display},
    )  # fmt: skip
    try:
        desktop = connected(port)
        width, height = map(int, options.size.split("x"))
        for workbook in options.workbooks:
            address = workbook.resolve().as_uri()
            document = desktop.loadComponentFromURL(address, "_blank", 0, ())  # type: ignore
            view = document.CurrentController
            view.Frame.ContainerWindow.setPosSize(0, 0, width, height, 15)
            time.sleep(LOAD_SECONDS)
            name = workbook.name.replace(".", "-")
            shoot(options.folder / f"{name}-first.png", display)
            for sheet in (document.Sheets.getByIndex(k) for k in range(document.Sheets.Count)):
                if sheet.IsVisible and not options.first:
                    view.setActiveSheet(sheet)
                    time.sleep(SHEET_SECONDS)
                    shoot(options.folder / f"{name}-{sheet.Name.replace(' ', '-')}.png", display)
            document.close(True)
        desktop.terminate()  # type: ignore
        for stem in {workbook.stem for workbook in options.workbooks}:
            join(options.folder, stem)
    finally:
        time.sleep(1)
        office.terminate()
        screen.terminate()


if __name__ == "__main__":
    main()
