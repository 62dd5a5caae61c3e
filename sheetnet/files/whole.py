"""A file is written whole or not at all.

Knows: a temporary file beside the target, fsync, rename. Does not know what is written.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sheetnet.errors import FileError


@contextmanager
def written_whole(target: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become the file `target` when the block ends well.

    On any failure, Ctrl-C included, the old file stays as it was and nothing else is left behind.
    Raises FileError where the folder is missing, full or cannot be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:80]}.", dir=target.parent)
    except OSError as problem:
        raise FileError(
            f"{target}: cannot be written ({problem.strerror}). Choose a folder that exists and "
            "that you may write to."
        ) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(_mode(target))
        Path(temporary).replace(target)
    except OSError as problem:
        raise FileError(
            f"{target}: cannot be written ({problem.strerror}). Make room or choose another folder."
        ) from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """The mode of the file replaced, or what a new file gets (mkstemp makes it private)."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
