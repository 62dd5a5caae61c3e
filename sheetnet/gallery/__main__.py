"""`python -m sheetnet.gallery FOLDER`: writes every lesson of the gallery, in both formats.

Knows: which files belong into the folder. Does not know how they are written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sheetnet.gallery import names, path_of
from sheetnet.lessons import load
from sheetnet.workbooks.write import FORMATS, write_all


def rebuild(folder: Path) -> list[Path]:
    """Write NAME.xlsx and NAME.ods for every lesson; the same lessons give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in names():
        targets = [folder / f"{name}{suffix}" for suffix in FORMATS]
        write_all(load(path_of(name)), targets)
        written += targets
    return written


if __name__ == "__main__":
    for path in rebuild(Path(sys.argv[1] if len(sys.argv) > 1 else "workbooks")):
        print(path)
