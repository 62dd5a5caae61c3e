"""`python -m sheetnet.gallery FOLDER`: writes every lesson of the gallery, in both formats.

Knows: which files belong into the folder. Does not know how they are written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sheetnet.files.write import FORMATS, write
from sheetnet.gallery import names, path_of
from sheetnet.lesson import load


def rebuild(folder: Path) -> list[Path]:
    """Write NAME.xlsx and NAME.ods for every lesson; the same lessons give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in names():
        for suffix in FORMATS:
            target = folder / f"{name}{suffix}"
            write(load(path_of(name)), target)
            written.append(target)
    return written


if __name__ == "__main__":
    for path in rebuild(Path(sys.argv[1] if len(sys.argv) > 1 else "workbooks")):
        print(path)
