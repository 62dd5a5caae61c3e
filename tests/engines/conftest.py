"""The workbooks that every engine computes."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.engine_cases import WRITERS


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Suffix -> the workbook of the cases."""
    folder = tmp_path_factory.mktemp("engines")
    return {suffix: write(folder / f"cases{suffix}") for suffix, write in WRITERS.items()}
