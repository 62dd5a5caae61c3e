"""A lesson becomes a lesson file: .toml, .json, or .npz for NumPy.

Knows: which suffix means which format. Does not know workbooks.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from sheetnet.atomic import written_whole
from sheetnet.errors import FileError, LessonError
from sheetnet.lessons import Lesson, dumps_json, dumps_toml, load
from sheetnet.lessons.load import SUFFIXES


def export(lesson: Lesson, path: str | Path, *, force: bool = False) -> None:
    """Write the lesson to `path`; every number keeps its bits. Raises FileError.

    A file that exists is replaced only if it holds a lesson, or with `force`. An .npz holds W_1,
    b_1, …, inputs, targets, learning_rate, and the lesson as JSON in `lesson`.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise FileError(
            f"{target}: the name ends in '{target.suffix}'; a lesson's name ends in "
            f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}. Choose one of these."
        )
    if target.is_dir():
        raise FileError(f"{target}: is a folder; expected the name of a file. Add a file name.")
    if target.exists() and not force and not _is_lesson(target):
        raise FileError(
            f"{target}: exists and is not a lesson. Choose another name, or replace it with "
            "--force."
        )
    with written_whole(target) as stream:
        if suffix == ".npz":
            network = lesson.network
            arrays: dict[str, Any] = {f"W_{n}": w for n, w in enumerate(network.weights, start=1)}
            arrays |= {f"b_{n}": b for n, b in enumerate(network.bias, start=1)}
            rate = np.array(lesson.training.learning_rate)
            np.savez(
                stream,
                **arrays,
                inputs=lesson.inputs,
                targets=lesson.targets,
                learning_rate=rate,
                lesson=np.array(dumps_json(lesson)),
            )
        else:
            text = dumps_toml(lesson) if suffix == ".toml" else dumps_json(lesson)
            stream.write(text.encode())


def _is_lesson(path: Path) -> bool:
    """Whether the file could have been written by `export`, or as a lesson by hand."""
    if not path.is_file():  # a pipe would wait for ever
        return False
    try:
        if path.suffix.lower() != ".npz":
            load(path)
            return True
        with zipfile.ZipFile(path) as archive:
            return "lesson.npy" in archive.namelist()
    # NotImplementedError: a zip of the future; ValueError: names in no encoding
    except (LessonError, OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
        return False
