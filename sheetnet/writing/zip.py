"""Parts become a zip file.

Knows: zip entries. Does not know what the parts hold, nor how a file is written whole.

Compression would be half of all the time that a large workbook takes. isal (Intel's igzip) deflates
five times as fast as zlib's fastest level and packs tighter; where a platform has no isal, zlib
does the same work. zipfile knows one compressor only, its own, hence the few records below.
Source: .ZIP File Format Specification 6.3.10, 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sheetnet.atomic import written_whole
from sheetnet.errors import FileError

try:
    from isal import isal_zlib as deflate
except ImportError:  # pragma: no cover
    import zlib as deflate  # type: ignore[no-redef]

Parts = Iterator[tuple[str, Iterator[bytes]]]
"""Name and bytes, in pieces, of every part of a file, in order."""

_LEVEL = 1  # more would pack little better: most of a workbook is digits, which are random
_STORED = {"mimetype"}  # an .ods begins with this part, uncompressed
_ENOUGH = 1 << 18  # bytes gathered before they are compressed
_MOST = 0xFFFFFFFF  # bytes that these records can count

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION, _STORE, _DEFLATE = 20, 0, 8
_MADE_ON_UNIX, _READ_WRITE = 3 << 8, 0o600 << 16
_DATE = 1 << 5 | 1  # 1980-01-01, so that the same lesson gives the same bytes


class _Entry(NamedTuple):
    """A finished entry, as the directory at the end lists it."""

    name: bytes
    method: int
    crc: int
    packed: int
    size: int
    offset: int

    def facts(self) -> tuple[int, ...]:
        """What its local header and the directory both say, from the method on."""
        return self.method, 0, _DATE, self.crc, self.packed, self.size, len(self.name)


def write_whole(parts: Parts, target: Path) -> None:
    """Write the zip file `target` from its parts, whole or not at all. Raises FileError."""
    with written_whole(target) as stream:
        entries = [_add(stream, name.encode(), pieces) for name, pieces in parts]
        start = stream.tell()
        for e in entries:
            stream.write(
                _CENTRAL.pack(
                    b"PK\x01\x02", _MADE_ON_UNIX | _VERSION, _VERSION, 0, *e.facts(),
                    0, 0, 0, 0, _READ_WRITE, e.offset,
                ) + e.name
            )  # fmt: skip
        end = stream.tell()
        count = len(entries)
        if end > _MOST:
            raise FileError(f"{target}: would be larger than 4 GB. Use a smaller lesson.")
        stream.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, end - start, start, 0))


def _add(stream: BinaryIO, name: bytes, pieces: Iterator[bytes]) -> _Entry:
    """One entry: its header, which is filled in at last, and its data."""
    offset = stream.tell()
    is_stored = name.decode() in _STORED
    packer = deflate.compressobj(_LEVEL, deflate.DEFLATED, -zlib.MAX_WBITS)
    stream.write(bytes(_LOCAL.size) + name)
    crc = size = 0
    for piece in _gathered(pieces):
        crc, size = deflate.crc32(piece, crc), size + len(piece)
        stream.write(piece if is_stored else packer.compress(piece))
    if not is_stored:
        stream.write(packer.flush())
    end = stream.tell()
    packed = end - offset - _LOCAL.size - len(name)
    entry = _Entry(name, _STORE if is_stored else _DEFLATE, crc, packed, min(size, _MOST), offset)
    stream.seek(offset)
    stream.write(_LOCAL.pack(b"PK\x03\x04", _VERSION, 0, *entry.facts(), 0))
    stream.seek(end)
    return entry


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces large enough to be worth a call."""
    gathered: list[bytes] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size > _ENOUGH:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)
