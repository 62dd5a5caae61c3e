"""Lessons in .npz, and what is said of numbers in a lesson file that are none."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from support.lessons import KINDS, lesson

import sheetnet
from sheetnet.cli import main
from sheetnet.errors import LessonError
from sheetnet.lessons import load
from sheetnet.lessons.save import export


@pytest.mark.parametrize("kind", KINDS)
def test_what_read_wrote_is_loaded(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    export(KINDS[kind], path)
    assert load(path) == KINDS[kind]


def test_write_takes_what_read_made(tmp_path: Path) -> None:
    book, kept, again = (str(tmp_path / name) for name in ("a.xlsx", "m.npz", "b.ods"))
    sheetnet.write(lesson(), book)
    assert main(["read", book, "-o", kept]) == 0
    assert main(["write", kept, "-o", again]) == 0
    assert sheetnet.read(again) == lesson()


def test_an_array_that_was_changed_counts(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    export(lesson(), path)
    with np.load(path) as saved:
        arrays = dict(saved)
    arrays["W_2"] = np.asfortranarray(arrays["W_2"] + 1)
    arrays["inputs"] = np.array([[3, 4]])
    np.savez_compressed(path, **arrays)
    found = load(path)
    assert np.array_equal(found.network.weights[1], lesson().network.weights[1] + 1)
    assert found.inputs.tolist() == [[3.0, 4.0]]
    assert np.array_equal(found.network.weights[0], lesson().network.weights[0])


def _npy(header: str, data: bytes = b"") -> bytes:
    text = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + data


def _zip(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in parts.items():
            archive.writestr(f"{name}.npy", data)
    return stream.getvalue()


HUGE = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
TEXT = "{'descr': '<U9', 'fortran_order': False, 'shape': (), }"
HOSTILE = {
    "no zip": b"\x93NUMPY",
    "empty": _zip(),
    "no lesson": _zip(W_1=_npy(HUGE)),
    "a pickle": _zip(lesson=_npy(TEXT.replace("<U9", "|O"), b"cos.")),
    "shorter than it says": _zip(lesson=_npy(TEXT, b"x")),
    "no JSON": _zip(lesson=_npy(TEXT, "{'sizes':".encode("utf-32-le"))),
    "a list": _zip(lesson=_npy(TEXT, "[1, 2, 3]".encode("utf-32-le"))),
    "no header": _zip(lesson=b"\x93NUMPY\x01\x00\xff\xff"),
    "code in the header": _zip(lesson=_npy("__import__('os').system('true')")),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_an_npz_that_is_no_lesson_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(HOSTILE[kind])
    with pytest.raises(LessonError, match=r"net\.npz"):
        load(path)


def test_an_npz_that_grows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.npz"
    export(lesson(), path)
    monkeypatch.setattr("sheetnet.lessons.npz.MAX_BYTES", 1000)
    with pytest.raises(LessonError, match="expected at most 1,000"):
        load(path)


# what stands in the place of a weight: what to do about it
ADVICE = {
    "inf": "Replace it: infinities",
    "nan": "Replace it: infinities",
    "true": "Write 1 instead.",
    "2020-01-31": "Replace it by a number such as 0.5.",
    '"0.5"': "Retype it without quotation marks.",
    "9007199254740993": "Write 9007199254740992.0 if the nearest one is meant.",
    "[1]": "Replace it by a number",
}


@pytest.mark.parametrize("value", ADVICE)
def test_the_advice_suits_what_was_found(value: str, tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_text(f"[network]\nsizes = [1, 1]\nweights = [[[{value}]]]\nbias = [[0]]\n"
                    "[data]\ninputs = [[1]]\ntargets = [[1]]\n")  # fmt: skip
    with pytest.raises(LessonError) as caught:
        load(path)
    assert "network.weights[0][0][0] is " in str(caught.value)
    assert ADVICE[value] in str(caught.value)
    assert ("quotation marks" in str(caught.value)) is value.startswith('"')


@pytest.mark.parametrize("value", ["9007199254740992", "-9007199254740994", "1"])
def test_a_whole_number_that_a_cell_holds_exactly_is_taken(value: str, tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(f'{{"network": {{"sizes": [1, 1], "weights": [[[{value}]]], "bias": [[0]]}},'
                    '"data": {"inputs": [[1]], "targets": [[1]]}}')  # fmt: skip
    assert load(path).network.weights[0][0, 0] == int(value)


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_a_number_of_5000_digits_is_refused_in_our_words(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    path.write_text("x = " * (suffix == ".toml") + "1" * 5000)
    with pytest.raises(LessonError, match="thousands of digits") as caught:
        load(path)
    assert "sys." not in str(caught.value)
