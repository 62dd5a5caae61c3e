"""Texts packed into letters that may stand inside a page, and unpacked again.

Knows: LZMA without a header, in the form that `page/unpack/lzma.js` undoes, and base 85 with other
letters for those that begin a tag or a text. They may come from anybody: no more is unpacked than
is asked for. Does not know what the texts are.
"""

from __future__ import annotations

import base64
import lzma
from collections.abc import Sequence

BETWEEN = "\0"
"""What stands between two texts, and in none of them."""

_FILTERS = [
    {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 22, "lc": 3, "lp": 0, "pb": 0, "nice_len": 273}
]
_IN_PAGE, _IN_PYTHON = str.maketrans("<`", ".,"), str.maketrans(".,", "<`")


def packed(texts: Sequence[str]) -> tuple[int, str]:
    """How many bytes the texts have, and the letters that hold them."""
    data = BETWEEN.join(texts).encode("utf-8", "replace")
    squeezed = lzma.compress(data, format=lzma.FORMAT_RAW, filters=_FILTERS)
    return len(data), base64.b85encode(squeezed, pad=True).decode().translate(_IN_PAGE)


def unpacked(letters: str, most: int) -> list[str]:
    """The texts again. Raises ValueError where that is not possible, or takes over `most` bytes."""
    squeezed = base64.b85decode(letters.strip().translate(_IN_PYTHON))
    opened = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_FILTERS)
    try:
        data = opened.decompress(squeezed, most)
    except lzma.LZMAError as problem:
        raise ValueError(str(problem)) from None
    if not opened.eof:
        raise ValueError("it does not come to an end")
    return data.decode("utf-8").split(BETWEEN)
