"""One part of a foreign workbook: its bytes as they come, and its XML, both within limits.

Knows: how much may come, and how to parse XML safely. Does not know: zips, formats, or what any
element means.

XML goes through the standard library's expat (compiled), with every document type declaration
refused. An entity can be declared nowhere else, so none is ever expanded or fetched. defusedxml
0.7.1 refuses the same constructs, but only through ElementTree's pure-Python parser (several
times slower), it sets no limit to nesting or to the length of one tag, and it gives a tree where
the readers here want a stream; so it would cost a dependency and add nothing.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import IO, Final
from xml.etree import ElementTree
from xml.parsers import expat

from sheetnet.errors import FileError

MAX_TOTAL: Final = 512 * 2**20  # bytes, decompressed
MAX_DEPTH: Final = 200  # nested XML elements
MAX_TAG: Final = 4 * 2**20  # bytes between two parser events, characters of one run of text
MAX_PART: Final = 4 * 2**20  # bytes of a part that is read as a tree
MAX_TAGS: Final = 50_000_000  # in a part; each is a call in Python, and 50 KB hold 10 million …
TAGS_A_CELL: Final = 8  # at most, and a cell takes longer than a tag
FEW_TAGS: Final = 1_000_000  # … so there may not be as many in what is no sheet of results
_CHUNK: Final = 2**20


class Reader(AbstractContextManager["Reader"]):
    """One entry's decompressed bytes, counted while they come, whatever its header declares.

    `tags`: how many more may come.
    """

    def __init__(self, stream: IO[bytes], where: str, limit: int, tags: int = MAX_TAGS) -> None:
        self.where, self.tags = where, tags
        self._stream, self.size, self._count = stream, limit, 0

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, all of them if negative. Raises FileError for damaged data and for
        more data than the limit."""
        if size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK), b""))
        try:
            data = self._stream.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise FileError(
                f"{self.where}: damaged or cut short ({error}); expected intact compressed data. "
                "Copy or download the file again, or save it anew from a spreadsheet program."
            ) from error
        self._count += len(data)
        if self._count > self.size:
            raise too_large(self.where, f"more than {self.size:,} bytes of data", MAX_TOTAL)
        return data

    def close(self) -> None:
        self._stream.close()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()


def too_large(where: str, found: str, limit: int) -> FileError:
    return FileError(
        f"{where}: {found}; expected a workbook within {limit:,}. It may be made to exhaust this "
        "computer; if it is genuine, delete what is not needed in a spreadsheet program and save."
    )


Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], object]


def scan_xml(stream: Reader, start: Start, end: End | None = None, text: list[str] | None = None,
             namespace: Callable[[str | None, str], None] | None = None) -> None:
    """Run through XML; `start(name, attributes)` and `end(name)` are called for each element.

    Names read "uri}local". Characters are appended to `text`, which the callbacks empty. It gives
    callbacks rather than an iterator because a sheet has a million events.
    Raises FileError for ill-formed XML, any document type declaration (hence any entity), nesting
    deeper than 200, and a tag or a run of text longer than 4 MB.
    """
    where, depth, tags = stream.where, 0, stream.tags

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _xml_error(where, f"elements nested deeper than {MAX_DEPTH}")
        start(name, attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(name)

    parser = _parser(where)
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    if namespace is not None:
        parser.StartNamespaceDeclHandler = namespace
    if text is not None:
        parser.buffer_text = True
        parser.CharacterDataHandler = text.append
    fed = 0
    try:
        while chunk := stream.read(_CHUNK):
            stream.tags -= chunk.count(b"<")
            if stream.tags < 0:
                raise too_large(where, f"more than {tags:,} tags", tags)
            parser.Parse(chunk, False)
            fed += len(chunk)
            # An unfinished tag is parsed again with every chunk: long ones would cost the square.
            if fed - parser.CurrentByteIndex > MAX_TAG or (text and sum(map(len, text)) > MAX_TAG):
                raise _xml_error(where, f"a tag or text longer than {MAX_TAG:,} bytes")
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two: encodings
        raise _xml_error(where, f"ill-formed XML ({error})") from error


def _parser(where: str) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator="}")

    def doctype(*_: object) -> None:
        raise _xml_error(where, "a document type declaration (DTD), where entities are declared")

    parser.StartDoctypeDeclHandler = doctype
    return parser


def _xml_error(where: str, found: str) -> FileError:
    return FileError(
        f"{where}: found {found}; expected XML as spreadsheet programs write it. "
        "Save the workbook anew from a spreadsheet program."
    )


def parse_xml(data: bytes, where: str) -> ElementTree.Element:
    """A small part as a tree, names as "{uri}local". Raises FileError as `scan_xml` does, and for
    more than 4 MB: a tree takes many times the memory of its text."""
    if len(data) > MAX_PART:
        raise too_large(where, f"more than {MAX_PART:,} bytes", MAX_PART)
    builder = ElementTree.TreeBuilder()
    text: list[str] = []

    def flush() -> None:
        if text:
            builder.data("".join(text))
            text.clear()

    def start(name: str, attributes: dict[str, str]) -> None:
        flush()
        builder.start("{" * ("}" in name) + name, attributes)

    def end(name: str) -> None:
        flush()
        builder.end("{" * ("}" in name) + name)

    scan_xml(Reader(io.BytesIO(data), where, MAX_PART), start, end, text)
    return builder.close()
