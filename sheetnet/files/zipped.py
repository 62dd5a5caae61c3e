"""Parts become a zip file.

Knows: zip entries. Does not know what the parts hold, nor how a file is written whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sheetnet.files.whole import written_whole

Parts = Iterator[tuple[str, Iterator[bytes]]]
"""Name and bytes, in pieces, of every part of a file, in order."""

_LEVEL = 1  # a third of level 6's time for a tenth more bytes: most are digits, which are random
_STORED = {"mimetype"}  # an .ods begins with this part, uncompressed
_ENOUGH = 1 << 16  # bytes gathered before they are compressed


def write_whole(parts: Parts, target: Path) -> None:
    """Write the zip file `target` from its parts, whole or not at all. Raises FileError."""
    with (
        written_whole(target) as stream,
        ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive,
    ):
        for name, pieces in parts:
            _add(archive, name, pieces)


def _add(archive: ZipFile, name: str, pieces: Iterator[bytes]) -> None:
    # Both ways zipfile dates the entry 1980: the same lesson gives the same bytes.
    with archive.open(ZipInfo(name) if name in _STORED else name, "w") as part:
        gathered: list[bytes] = []
        size = 0
        for piece in pieces:
            gathered.append(piece)
            size += len(piece)
            if size > _ENOUGH:
                part.write(b"".join(gathered))
                gathered, size = [], 0
        part.write(b"".join(gathered))
