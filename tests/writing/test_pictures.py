"""What a person sees: workbooks printed by LibreOffice, their text and their colours.

A cell too narrow for its number shows ###, a formula that fails shows its error; both are text in
the print. Needs LibreOffice, pdftotext and pdftoppm.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import raw
from support.lessons import FORMATS, KINDS, demo, lesson
from support.libreoffice import LibreOffice

from sheetnet.lessons import Lesson, with_values
from sheetnet.workbooks.build import build
from sheetnet.workbooks.write import write
from sheetnet.writing.styles import STYLES

pytestmark = pytest.mark.picture
BROKEN = ("###", "Err:", "#NAME?", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#N/A")
SHOWN = {
    "demo": demo(),
    "softmax": KINDS["softmax"],
    "xor": KINDS["xor"],
    "wide": KINDS["wide"],
    "large numbers": with_values(
        lesson((2, 2, 2), "tanh", rate=1e-9),
        inputs=[[-123456.789, 1e9 / 3]],
        targets=[[12345.678, -999.5]],
    ),
}


def program(name: str) -> str:
    """The path of a program; without it the test is skipped, or fails where all are required."""
    if found := shutil.which(name):
        return found
    why = f"{name} was not found. Install poppler-utils."
    if os.environ.get("SHEETNET_REQUIRE_ENGINES") == "1":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def text_of(pdf: Path) -> str:
    """All text of a PDF file."""
    run = [program("pdftotext"), "-layout", "-enc", "UTF-8", str(pdf), "-"]
    return subprocess.run(run, check=True, capture_output=True).stdout.decode()


def broken(text: str) -> set[str]:
    """What no sheet should show."""
    return {mark for mark in BROKEN if mark in text}


def picture(pdf: Path, page: int) -> np.ndarray:
    """One page as (height, width, 3) bytes."""
    out = pdf.with_suffix("")
    run = [program("pdftoppm"), "-r", "100", "-f", str(page), "-l", str(page), "-singlefile"]
    subprocess.run([*run, str(pdf), str(out)], check=True)
    data = out.with_suffix(".ppm").read_bytes()
    kind, width, height, depth = data.split(maxsplit=4)[:4]
    assert (kind, depth) == (b"P6", b"255")
    size = int(width) * int(height) * 3
    return np.frombuffer(data[-size:], np.uint8).reshape(int(height), int(width), 3)


def has_colour(image: np.ndarray, colour: str) -> bool:
    """Whether some pixels are of that colour, give or take what rendering does to it."""
    wanted = np.array([int(colour[k : k + 2], 16) for k in (0, 2, 4)])
    return int(np.all(np.abs(image.astype(int) - wanted) <= 3, axis=2).sum()) > 20


def printed(made: Lesson, suffix: str, folder: Path, libreoffice: LibreOffice) -> Path:
    """The lesson's workbook as LibreOffice prints it."""
    path, pdf = folder / f"net{suffix}", folder / "net.pdf"
    write(made, path)
    libreoffice.to_pdf(path, pdf)
    return pdf


def squeezed(text: str) -> str:
    """The text without spaces: LibreOffice sets some of its own."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("suffix", FORMATS)
def test_nothing_is_broken_or_cut(
    name: str, suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    pdf = printed(SHOWN[name], suffix, tmp_path, libreoffice)
    text = text_of(pdf)
    assert not broken(text)
    about = build(SHOWN[name]).sheets[0]
    pages = squeezed(text.split("\f")[0])
    for piece in about.texts:
        assert squeezed(piece.text) in pages, "the first page is About, every word of it"
    assert len(text.split("\f")) >= len(build(SHOWN[name]).sheets)


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_colours_and_the_chart_are_there(
    suffix: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    made = replace(demo(), training=replace(demo().training, steps=40))
    pdf = printed(made, suffix, tmp_path, libreoffice)
    sheets = {"About": ("editable", "input", "weight", "activation", "target"),
              "Training": ("editable", "weight", "activation", "target")}  # fmt: skip
    for page, styles in enumerate(sheets.values(), start=1):
        image = picture(pdf, page)
        for style in styles:
            assert has_colour(image, STYLES[style].fill), (page, style)
        assert not has_colour(image, "FF00FF"), "a colour that no sheet has"
    drawn = replace(made, sheets=("network", "training"))
    first = picture(printed(drawn, suffix, tmp_path, libreoffice), 1)
    assert has_colour(first, "833C0B"), "the line of the loss chart"


# --- the tester tested ---------------------------------------------------------------------------


def test_a_narrow_column_is_found(libreoffice: LibreOffice, tmp_path: Path) -> None:
    path, pdf = tmp_path / "net.ods", tmp_path / "net.pdf"
    write(lesson(), path)

    def narrow(data: bytes) -> bytes:
        return re.sub(rb'style:column-width="[0-9.]+in"', b'style:column-width="0.1in"', data)

    def unshrunk(data: bytes) -> bytes:
        assert b'style:shrink-to-fit="true"' in data, "what keeps a wide number readable"
        return data.replace(b'style:shrink-to-fit="true"', b"")

    raw.rewrite(path, {"content.xml": narrow, "styles.xml": unshrunk})
    libreoffice.to_pdf(path, pdf)
    assert "###" in broken(text_of(pdf))


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("=1/0", "#DIV/0!"),
        ("=NOFUNCTION(1)", "#NAME?"),
        ('=1+"a"', "#VALUE!"),
        ("=SQRT(-1)", "Err:"),
    ],
)
def test_an_error_is_found(
    formula: str, shown: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    path, pdf = tmp_path / "net.xlsx", tmp_path / "net.pdf"
    write(lesson(), path)
    area = build(lesson()).names()["Training_a_2"]
    libreoffice.edit(path, [("formula", area.sheet, area.row, area.column, formula)], pdf)
    assert broken(text_of(pdf)) & {shown, "###"}


def test_a_missing_colour_is_found(libreoffice: LibreOffice, tmp_path: Path) -> None:
    path, pdf = tmp_path / "net.ods", tmp_path / "net.pdf"
    write(lesson(), path)
    yellow = f"#{STYLES['editable'].fill}".encode()
    raw.rewrite(path, {"styles.xml": lambda data: data.replace(yellow, b"#FFFFFF")})
    libreoffice.to_pdf(path, pdf)
    assert not has_colour(picture(pdf, 1), STYLES["editable"].fill)
    assert has_colour(picture(pdf, 1), STYLES["weight"].fill)
