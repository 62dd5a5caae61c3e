"""One open engine of each kind for the whole run, and the marks of the tests that use them.

A missing engine skips its tests and says what to install; with SHEETNET_REQUIRE_ENGINES=1 it
fails them instead, so that a machine which ought to have all engines cannot pass without them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import cast

import pytest
from support.checked import fresh, values_only
from support.libreoffice import LibreOffice

from sheetnet.engines import ENGINES, Engine, open_engine, why_missing
from sheetnet.engines.gnumeric import Gnumeric
from sheetnet.engines.ironcalc import IronCalc

__all__ = ["engine", "fresh", "gnumeric", "ironcalc", "libreoffice", "values_only"]

# Those that pip does not install; their tests bear the mark `engine`.
PROGRAMS = frozenset({"libreoffice", "gnumeric"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whatever asks for a program by the name of its fixture."""
    for item in items:
        if PROGRAMS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.engine)


def _open(name: str) -> Iterator[Engine]:
    if why := why_missing(name):
        if os.environ.get("SHEETNET_REQUIRE_ENGINES") == "1":
            pytest.fail(f"{why} (SHEETNET_REQUIRE_ENGINES=1)", pytrace=False)
        pytest.skip(why)
    # Tests also edit and print with LibreOffice
    with LibreOffice() if name == "libreoffice" else open_engine(name) as engine:
        yield engine


@pytest.fixture(scope="session")
def ironcalc() -> Iterator[IronCalc]:
    """The open ironcalc engine."""
    yield from cast(Iterator[IronCalc], _open("ironcalc"))


@pytest.fixture(scope="session")
def libreoffice() -> Iterator[LibreOffice]:
    """The open LibreOffice engine, which also edits and prints workbooks."""
    yield from cast(Iterator[LibreOffice], _open("libreoffice"))


@pytest.fixture(scope="session")
def gnumeric() -> Iterator[Gnumeric]:
    """The open Gnumeric engine."""
    yield from cast(Iterator[Gnumeric], _open("gnumeric"))


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(name, marks=[pytest.mark.engine] if name in PROGRAMS else [])
        for name in ENGINES
        if ".xlsx" in ENGINES[name].suffixes  # the page's own engine reads pages alone
    ],
)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    return cast(Engine, request.getfixturevalue(request.param))
