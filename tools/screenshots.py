#!/usr/bin/python3
"""Pictures of workbooks as they look on a screen: the first view, then every visible sheet.

Knows: LibreOffice under Xvfb, driven through UNO. Does not know sheetnet. It runs under the Python
that has UNO (Debian: /usr/bin/python3) and needs xvfb, imagemagick and LibreOffice with windows.

usage: tools/screenshots.py FOLDER [--size 1600x900] WORKBOOK...
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


def main() -> None:
    """Pictures of every workbook named on the command line."""
    parser = argparse.ArgumentParser(description="Pictures of workbooks as they look on a screen.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="1600x900")
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
                if sheet.IsVisible:
                    view.setActiveSheet(sheet)
                    time.sleep(SHEET_SECONDS)
                    shoot(options.folder / f"{name}-{sheet.Name.replace(' ', '-')}.png", display)
            document.close(True)
        desktop.terminate()  # type: ignore
    finally:
        time.sleep(1)
        office.terminate()
        screen.terminate()


if __name__ == "__main__":
    main()
