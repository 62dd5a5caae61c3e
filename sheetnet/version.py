"""The version of this program, as workbooks remember it.

Knows: one text, and how versions are ordered. Imports nothing, so that anything may ask.
"""

from __future__ import annotations

import re

VERSION = "0.2.0"


def is_newer(version: str) -> bool:
    """Whether a version that a file names is later than this one; any other text is not."""
    return _numbers(version) > _numbers(VERSION)


def _numbers(version: str) -> tuple[int, ...]:
    found = re.fullmatch(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})", version)
    return tuple(map(int, found.groups())) if found else ()
