"""A file is written whole or not at all.

Knows: a temporary file beside the target, fsync, rename; and what a killed process leaves behind:
a hidden file `.NAME.RANDOM.unfinished`, which the next write of NAME removes once it is an hour
old. Does not know what is written.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sheetnet.errors import FileError

UNFINISHED = ".unfinished"
STALE = 3600.0  # seconds without a change, in which no writer lives


@contextmanager
def written_whole(target: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become the file `target` when the block ends well.

    On any failure, Ctrl-C included, the old file stays as it was and nothing else is left behind.
    Where the target is a link, it stays one, and the file it names is written. Raises FileError
    where the folder is missing, full or cannot be written, and for a target that is
    write-protected or no ordinary file, such as a pipe.
    """
    try:
        # Path.resolve raises one error or another, by Python's version, where links go in a circle
        place = Path(os.path.realpath(target)) if target.is_symlink() else target
        prefix = f".{os.fsencode(place.name)[:80].decode(errors='ignore')}."
        if place.is_symlink() or (place.exists() and not place.is_file()):
            raise FileError(f"{target}: is no ordinary file. Choose another name.")
        if place.exists() and not os.access(place, os.W_OK):
            raise FileError(
                f"{target}: is write-protected. Choose another name, or allow writing to it."
            )
    except OSError as problem:
        raise _refusal(target, problem) from None
    # The name is chosen before there is a file, so that no Ctrl-C comes between it and its removal
    temporary = place.parent / f"{prefix}{os.urandom(8).hex()}{UNFINISHED}"
    try:
        try:
            stream = open(temporary, "xb", opener=_private)  # noqa: SIM115
        except OSError as problem:
            raise _refusal(target, problem) from None
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(_mode(place))
        temporary.replace(place)
        _sweep(place.parent, prefix)
    except OSError as problem:
        raise FileError(
            f"{target}: cannot be written ({problem.strerror}). Make room or choose another folder."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _refusal(target: Path, problem: OSError) -> FileError:
    return FileError(
        f"{target}: cannot be written ({problem.strerror}). Choose a folder that exists and "
        "that you may write to."
    )


def _sweep(folder: Path, prefix: str) -> None:
    """Remove what killed writers of the same name left. Others may be writing it at this moment:
    theirs are young."""
    oldest = time.time() - STALE
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.name.endswith(UNFINISHED):
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < oldest:
                        Path(entry.path).unlink()


def _mode(target: Path) -> int:
    """The mode of the file replaced, or what a new file gets (the temporary one is private)."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
