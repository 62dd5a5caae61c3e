"""How long LibreOffice recalculates each file: python recalculate_uno.py SOFFICE FOLDER RUNS FILE…

Runs under the Python that has `uno`, beside the engine's own helper, whose folder is its own
second last argument's neighbour on the module path. Prints a JSON list: median seconds a file.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "sheetnet" / "engines"))
from uno_server import Office  # type: ignore[import-not-found]


def seconds(office: Office, runs: int, path: str) -> float:
    """The median of several hard recalculations of one opened file, after a first one."""
    with office.document(path) as document:
        document.calculateAll()
        found = []
        for _ in range(runs):
            start = time.perf_counter()
            document.calculateAll()
            found.append(time.perf_counter() - start)
        return statistics.median(found)


def main(soffice: str, folder: str, runs: str, *paths: str) -> None:
    """Start LibreOffice, measure, stop it."""
    office = Office(soffice, Path(folder))
    try:
        print(json.dumps([seconds(office, int(runs), path) for path in paths]))
    finally:
        office.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
