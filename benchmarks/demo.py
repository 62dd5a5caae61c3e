"""The 2-2-2 demo, 500 steps, as a whole process: python -m benchmarks.demo WHO FOLDER SUFFIX…

Ours trains the net and writes its formulas with their values. openpyxl knows neither .ods nor
cached values: for either suffix it writes an .xlsx with the same formulas, typed numbers, styles
and chart; it finds them ready in a file made beforehand.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def ours(folder: Path, suffixes: Sequence[str]) -> None:
    from benchmarks.nets import lesson_of
    from sheetnet.workbooks.write import write_all

    write_all(lesson_of("demo"), [folder / f"demo{suffix}" for suffix in suffixes], force=True)


def prepare(folder: Path, suffixes: Sequence[str]) -> None:
    """The demo's cells as one file that any program can load quickly."""
    import pickle

    from benchmarks.nets import cells_of, lesson_of
    from sheetnet.formulas.printing import XLSX

    _, cells = cells_of(lesson_of("demo"), XLSX)
    plain = {name: [tuple(cell) for cell in found] for name, found in cells.items()}
    (folder / "cells.pickle").write_bytes(pickle.dumps(plain))


def openpyxl(folder: Path, suffixes: Sequence[str]) -> None:
    import pickle

    from benchmarks.rivals import openpyxl as write

    cells = pickle.loads((folder / "cells.pickle").read_bytes())
    for suffix in suffixes:
        write(cells, str(folder / f"openpyxl{suffix}.xlsx"))


if __name__ == "__main__":
    {"ours": ours, "prepare": prepare, "openpyxl": openpyxl}[sys.argv[1]](
        Path(sys.argv[2]), sys.argv[3:]
    )
