"""The workbooks whose pictures are looked at: every kind of sheet, for five shapes of network.

Knows: which lessons show everything that a sheet may look like. Does not know how a picture is
taken (see `screenshots.py`). Run from the repository's root: python tools/matrix.py FOLDER
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from sheetnet import gallery
from sheetnet.lessons import Lesson, load
from sheetnet.workbooks.write import write

FORMATS = (".xlsx", ".ods")
MORE = ("gradient_check", "predict")
ONE_INPUT = {
    "title": "A curve through five points",
    "network": {"sizes": [1, 4, 1], "activations": ["tanh", "identity"], "seed": 3},
    "training": {"steps": 300, "learning_rate": 0.1},
    "data": {
        "inputs": [[-2.0], [-1.0], [0.0], [1.0], [2.0]],
        "targets": [[0.5], [-0.5], [0.0], [0.8], [0.1]],
    },
}


def lessons() -> dict[str, Lesson]:
    """The lessons by the names of their files, each with every sheet that it may have."""
    shown = {
        "2-2-2": load(gallery.path_of("simple-neural-net")),
        "xor": load(gallery.path_of("xor")),
        "3-3-3-3": load(gallery.path_of("matrices-3-3-3-3")),
        "one-input": load(ONE_INPUT),
    }
    return {
        name: replace(made, sheets=tuple(dict.fromkeys([*made.sheets, *MORE])))
        for name, made in shown.items()
    } | {"784-30-10": load(_like_mnist())}


def _like_mnist() -> dict[str, object]:
    rng = np.random.default_rng(1)
    return {
        "title": "A network of 784-30-10",
        "network": {"sizes": [784, 30, 10], "seed": 7},
        "training": {"steps": 1},
        "data": {"inputs": rng.random((1, 784)).tolist(), "targets": np.eye(10)[:1].tolist()},
    }


def main(folder: Path) -> None:
    """Every lesson in both formats."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in lessons().items():
        for suffix in FORMATS:
            write(made, folder / f"{name}{suffix}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
