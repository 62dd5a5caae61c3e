"""Pages written once, and one open in chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.chromium import Chromium, program
from support.pages import made

from sheetnet.workbooks.write import write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pages")
    for name, each in made().items():
        write(each, place / f"{name}.html")
    return place


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    if program() is None:
        if os.environ.get("SHEETNET_REQUIRE_ENGINES") == "1":
            pytest.fail("no chromium on this machine (SHEETNET_REQUIRE_ENGINES=1)", pytrace=False)
        pytest.skip("no chromium on this machine; install it with: apt-get install chromium")
    with Chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Chromium) -> Iterator[Chromium]:
    """The browser at desktop size; afterwards nothing may have gone wrong or been asked for."""
    browser.size(1600, 900)
    yield browser
    browser.frame()
    assert browser.problems == []
    own = ("file:", "blob:", "data:")
    assert [url for url in browser.requests if not url.startswith(own)] == []
    files = [url for url in browser.requests if url.startswith("file:")]
    assert all(url.split("#")[0].endswith(".html") for url in files)
