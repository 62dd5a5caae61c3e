"""What the tests of foreign files share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.foreign import Parts, zipped


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Parts | bytes], Path]:
    def write(content: Parts | bytes) -> Path:
        path = tmp_path / "foreign.bin"  # the format is in the content
        path.write_bytes(content if isinstance(content, bytes) else zipped(content))
        return path

    return write
