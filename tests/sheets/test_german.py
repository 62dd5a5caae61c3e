"""A German class sees the same numbers, with commas: nothing on a sheet is true in English only.

A text that a formula puts together would break there if it used TEXT, whose formats are words of
a language, or pasted a number in, which takes as many digits as it likes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.lessons import FORMATS, lesson
from support.libreoffice import LibreOffice
from support.seen_in_office import seen

import sheetnet

SHEETS = ("network", "training", "step", "gradient_check")


@pytest.mark.engine
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_german_program_shows_the_same_numbers_with_commas(
    suffix: str, tmp_path: Path, libreoffice: LibreOffice
) -> None:
    path = tmp_path / f"net{suffix}"
    made = replace(lesson((2, 3, 1), "tanh", examples=4, steps=20), sheets=SHEETS)
    sheetnet.write(made, path)
    english, german = seen(path), seen(path, "de-DE")
    sentences = 0
    for name in english:
        for at, cell in english[name].cells.items():
            shown = german[name].cells[at].text
            if cell.kind == "TEXT":
                assert shown == cell.text, (name, at)
                continue
            assert shown == re.sub(r"(?<=\d)\.(?=\d)", ",", cell.text), (name, at)
            assert not shown.startswith(("#", "Err:")), (name, at)
            sentences += " = " in shown
    assert sentences >= 8, "numbers plugged in, on Network"
