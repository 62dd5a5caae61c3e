"""Parts become a zip file, whole or not at all.

Knows: zip entries with fixed dates, a temporary file beside the target, fsync, rename. Does not
know what the parts hold.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sheetnet.errors import FileError

Parts = Iterator[tuple[str, Iterator[bytes]]]
"""Name and bytes, in pieces, of every part of a file, in order."""

_LEVEL = 6
_STORED = {"mimetype"}  # an .ods begins with this part, uncompressed
_ENOUGH = 1 << 16  # bytes gathered before they are compressed


def write_whole(parts: Parts, target: Path) -> None:
    """Write the zip file `target` from its parts; on any failure the old file stays as it was.

    Raises FileError if the folder is missing or cannot be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as problem:
        raise FileError(
            f"{target}: cannot be written ({problem.strerror}). Choose a folder that exists and "
            "that you may write to."
        ) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            with ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                for name, pieces in parts:
                    _add(archive, name, pieces)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except OSError as problem:
        raise FileError(f"{target}: cannot be written ({problem.strerror}).") from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """The mode of the file replaced, or what a new file gets (mkstemp makes it private)."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


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
