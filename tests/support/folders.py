"""Where the repository keeps what the tests read."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
ORACLES = TESTS / "oracles"  # numbers and quotations that others made
CASES = TESTS / "cases"  # workbooks that other programs rearranged
OLD = TESTS / "data" / "0.1.0"  # workbooks that an older version wrote
