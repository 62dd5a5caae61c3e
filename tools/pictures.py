"""Pictures of the published workbooks, for workbooks/README.md.

Knows: which sheet shows a lesson best, and how a page becomes a trimmed PNG. Needs LibreOffice
and poppler (pdftotext, pdftoppm). Run from the repository's root: python tools/pictures.py
"""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

from sheetnet import gallery

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from support.libreoffice import LibreOffice

FOLDER = Path("workbooks")
MARGIN, WIDEST = 12, 1500  # pixels
QUESTION, DOCUMENT = "Choose a step and how much to show", "One training step of:"


def page_with(pdf: Path, words: str) -> int:
    """Number of the first page that holds the words."""
    pages = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout.split("\f")
    return next(number for number, page in enumerate(pages, start=1) if words in page)


def pixels(pdf: Path, page: int, resolution: int, tallest: int) -> np.ndarray:
    """One page as an array (rows, columns, 3), white edges cut off."""
    raw = subprocess.run(
        ["pdftoppm", "-r", str(resolution), "-f", str(page), "-l", str(page), str(pdf)],
        capture_output=True,
        check=True,
    ).stdout
    _, size, _, data = raw.split(b"\n", 3)
    width, height = map(int, size.split())
    image = np.frombuffer(data, np.uint8).reshape(height, width, 3)
    ink = (image < 250).any(axis=2)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    image = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1][:tallest, :WIDEST]
    return np.pad(image, [(MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)], constant_values=255)


def write_png(image: np.ndarray, path: Path) -> None:
    """The array as a PNG, 8 bits a colour."""
    rows = np.concatenate([np.zeros((len(image), 1), np.uint8), image.reshape(len(image), -1)], 1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", image.shape[1], image.shape[0], 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b""))


def main() -> None:
    """One picture for every lesson of the gallery."""
    (FOLDER / "pictures").mkdir(exist_ok=True)
    with LibreOffice() as office, tempfile.TemporaryDirectory() as folder:
        for name in gallery.names():
            pdf = Path(folder) / f"{name}.pdf"
            office.to_pdf(FOLDER / f"{name}.xlsx", pdf)
            question = name.startswith("question")
            page = page_with(pdf, QUESTION if question else DOCUMENT)
            image = pixels(pdf, page, *((190, 340) if question else (110, 720)))
            write_png(image, FOLDER / "pictures" / f"{name}.png")


if __name__ == "__main__":
    main()
