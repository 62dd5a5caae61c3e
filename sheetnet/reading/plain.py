"""A part of a workbook that is plain enough to be searched as bytes.

Knows: what makes a part plain, and how plain digits and texts are read. Does not know either
format: see `plain_xlsx`, `plain_ods`.

In XML without comments and CDATA, "<" begins a tag and nothing else, so a tag's beginning can be
searched for; the cells of an area must then match a strict pattern, one after the other. What is
not well-formed elsewhere in the part goes unnoticed here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final, Protocol

import orjson

from sheetnet.formulas.place import Area
from sheetnet.reading.archive import Package

MAX_BYTES: Final = 64 * 2**20  # of a part that is held in memory, for a moment twice

_DECLARATION, _INSTRUCTION = re.compile(rb"<!"), re.compile(rb"<\?")
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*['\"]([^'\"]*)")


class NotPlain(Exception):
    """The cells have to be read with care."""


class Rows(Protocol):
    """One sheet of a workbook, row by row. Both raise NotPlain."""

    def row(self, area: Area, row: int) -> list[float]:
        """The numbers of an area in one row of its sheet."""
        ...

    def texts(self, row: int, columns: Collection[int]) -> dict[int, str]:
        """The texts that stand in these columns of a row; columns without a text are left out."""
        ...

    def formulas(self) -> int:
        """How many cells hold a formula."""
        ...


def held(package: Package, part: str) -> bytes:
    """A whole part in which every "<" begins a tag. Raises NotPlain for another."""
    with package.open(part) as stream:
        data = stream.read(MAX_BYTES)
        if stream.read(1):
            raise NotPlain
    encoding = _ENCODING.match(data)
    if (encoding and encoding[1].lower() != b"utf-8") or not data.rstrip().endswith(b">"):
        raise NotPlain
    if _DECLARATION.search(data) or _INSTRUCTION.search(data, 1):
        raise NotPlain
    return data


def beginnings(data: bytes, tag: bytes, start: int, stop: int) -> list[int]:
    return [match.start() for match in re.compile(tag).finditer(data, start, stop)]


_ENTITY = re.compile(r"&([^;]*);?")
_ENTITIES: Final = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}


def plain_text(source: bytes) -> str:
    """The text that an attribute or an element's characters spell. Raises NotPlain."""
    text = source.decode()
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if name in _ENTITIES:
        return _ENTITIES[name]
    if not (name.startswith("#") and name[1:].isdecimal() and name.isascii() and len(name) < 7):
        raise NotPlain
    number = int(name[1:])
    if number < 0x20 or 0xD800 <= number < 0xE000 or number >= 0xFFFE:
        raise NotPlain
    return chr(number)


def floats(texts: Sequence[bytes | None]) -> list[float]:
    if None in texts:
        raise NotPlain
    try:
        if b"-0" not in texts:  # whose sign JSON loses
            found: list[float] = orjson.loads(b"[" + b",".join(filter(None, texts)) + b"]")
            return found
        return [float(text or b"") for text in texts]
    except ValueError:
        raise NotPlain from None
