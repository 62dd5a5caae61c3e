"""The tables of a lesson in an .npz file, which NumPy opens too.

Knows: that the lesson lies in it as JSON, and its numbers as arrays besides; where somebody has
changed an array, the array counts. Reads foreign files: no pickles, and no array is made before
its size is known to be that of the bytes at hand. Does not know the lesson's keys (see `load`).
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from sheetnet.errors import LessonError

MAX_BYTES = 256 * 2**20  # decompressed; a text takes four bytes a character


def table(path: Path) -> dict[str, Any]:
    """The lesson's tables, as JSON has them. Raises LessonError."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MAX_BYTES:
                raise LessonError(
                    f"{path} holds {size:,} bytes; expected at most {MAX_BYTES:,}. "
                    "Use fewer examples or a smaller network."
                )
            arrays = {name.removesuffix(".npy"): _array(_bytes(archive, name))
                      for name in archive.namelist()}  # fmt: skip
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise LessonError(
            f"{path} cannot be read as NPZ: {error}. Copy or write the file again."
        ) from None
    if not isinstance(text := arrays.pop("lesson", None), str):
        raise LessonError(
            f"{path} holds no lesson; expected an .npz with the lesson's text in 'lesson', as "
            "'sheetnet read FILE -o NAME.npz' writes it. Choose such a file, or a .toml."
        )
    found: Any = json.loads(text)
    if not isinstance(found, dict):
        raise LessonError(f"{path}: 'lesson' is no table of a lesson's keys. Write it again.")
    _put(found, arrays)
    return found


def _bytes(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise zipfile.BadZipFile("more data than it declares")
    return data


def _array(data: bytes) -> Any:
    """A text or an array of numbers, or None for anything else."""
    stream = io.BytesIO(data)
    try:
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, kind = read(stream)
        count = 1
        for length in shape:
            count *= length
        if kind.kind not in "Ufiu" or count * kind.itemsize != len(data) - stream.tell():
            return None
        found = np.frombuffer(data, kind, count, stream.tell())
        if kind.kind == "U":
            return str(found[0]) if shape == () else None
        return found.reshape(shape, order="F" if fortran else "C")
    except (ValueError, TypeError, OverflowError):
        return None


def _put(found: dict[str, Any], arrays: dict[str, Any]) -> None:
    """The arrays in the places of the tables that they belong to."""
    network, data, training = (found.get(key) for key in ("network", "data", "training"))
    for key, letter in (("weights", "W"), ("bias", "b")):
        if isinstance(network, dict) and isinstance(network.get(key), list):
            for number in range(len(network[key])):
                if (array := arrays.get(f"{letter}_{number + 1}")) is not None:
                    network[key][number] = array.tolist()
    for key in ("inputs", "targets"):
        if isinstance(data, dict) and (array := arrays.get(key)) is not None:
            data[key] = array.tolist()
    rate = arrays.get("learning_rate")
    if isinstance(training, dict) and rate is not None and rate.shape == ():
        training["learning_rate"] = float(rate)
