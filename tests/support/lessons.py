"""Lessons of many shapes, and their workbooks, for the tests of sheets, files and pictures.

`LESSONS` is the table that those tests run through; `any_lesson` draws what no table thought of.
Every lesson of the table trains to finite numbers, so that every cell of its workbook has a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

import sheetnet
from sheetnet.core.functions import ACTIVATIONS, LOSSES, REDUCTIONS
from sheetnet.core.network import BIASES, Network
from sheetnet.lessons import Lesson, Training, dumps_json, load
from sheetnet.sheets.notation import NOTATIONS
from sheetnet.workbooks.write import write

DEMO = Path(sheetnet.__file__).parent / "gallery" / "simple-neural-net.toml"
FORMATS = (".xlsx", ".ods")
NUMBERS_ONLY = ("training", "step")
"""Sheets of most lessons here: the drawn network has tests of its own (`test_network`)."""
SQUARED = ("half_squared_error", "squared_error")


def lesson(
    sizes: Sequence[int] = (2, 2, 2),
    activations: str | Sequence[str] = "sigmoid",
    loss: str = "half_squared_error",
    *,
    examples: int = 1,
    steps: int = 3,
    batch: str = "full",
    biases: str = "trained",
    reduction: str = "sum",
    formulas: str = "plain",
    title: str = "A lesson for a test",
    rate: float = 0.1,
    seed: int = 7,
) -> Lesson:
    """A lesson with random weights and data; the targets of each example add up to 1."""
    rng = np.random.default_rng(seed)
    network = Network.random(sizes, activations, loss, reduction, biases, seed=seed)
    targets = rng.uniform(0.1, 0.9, (examples, sizes[-1]))
    if sizes[-1] > 1:
        targets /= targets.sum(axis=1, keepdims=True)
    return Lesson(
        title,
        network,
        rng.uniform(-1, 1, (examples, sizes[0])),
        targets,
        Training(rate, steps, batch=batch),
        formulas=formulas,
        sheets=NUMBERS_ONLY,
    )


def xor(**changes: object) -> Lesson:
    """XOR: four examples, 2-3-1, tanh below a sigmoid."""
    table: dict[str, object] = {
        "title": "XOR",
        "sheets": list(NUMBERS_ONLY),
        "network": {"sizes": [2, 3, 1], "activations": ["tanh", "sigmoid"],
                    "loss": "binary_cross_entropy", "reduction": "mean", "seed": 1},
        "training": {"learning_rate": 0.5, "steps": 40},
        "data": {"inputs": [[0, 0], [0, 1], [1, 0], [1, 1]], "targets": [[0], [1], [1], [0]]},
    }  # fmt: skip
    return load(table | changes)


def demo() -> Lesson:
    """The second document's network, as the gallery has it but for the drawing of it."""
    return replace(load(DEMO), sheets=NUMBERS_ONLY)


def _rules() -> dict[str, Lesson]:
    """Every activation in both places with every loss that suits its outputs, plain and safe."""
    found = {}
    for activation in ACTIVATIONS:
        probability = activation in ("sigmoid", "softmax")
        for loss in LOSSES if probability else SQUARED:
            for formulas in ("plain", "safe"):
                found[f"{activation} {loss} {formulas}"] = lesson(
                    (2, 3, 2), activation, loss, formulas=formulas
                )
    return found


CE, BCE = "categorical_cross_entropy", "binary_cross_entropy"
SHAPES: dict[str, Lesson] = {
    "one weight": lesson((1, 1)),
    "no step": lesson(steps=0),
    "deep": lesson((2, 3, 2, 4, 1), ["tanh", "relu", "leaky_relu", "sigmoid"]),
    "two examples": lesson(examples=2),
    "12 sources": lesson((12, 2)),
    "13 sources": lesson((13, 2)),
    "13 neurons": lesson((2, 13, 2), steps=2),
    "13 outputs": lesson((2, 13), "softmax", CE, formulas="safe", steps=2),
    "13 examples": lesson((2, 2, 1), examples=13, steps=2),
    "13 examples, wide": lesson((20, 12, 2), examples=13),
    "mean": lesson(examples=3, reduction="mean"),
    "mean of all": lesson(examples=3, reduction="mean_all", loss="squared_error"),
    "no bias": lesson(biases="none"),
    "fixed bias": lesson(biases="fixed"),
    "no bias, 2 examples": lesson(biases="none", examples=2),
    "fixed bias, 2 examples": lesson(biases="fixed", examples=2),
    "online": lesson(examples=3, steps=7, batch="online"),
    "online, one example": lesson(batch="online"),
    "online, softmax": lesson((2, 3, 3), ["tanh", "softmax"], CE, examples=4, batch="online"),
    "softmax, 2 examples, mean": lesson(
        (2, 2, 3), ["sigmoid", "softmax"], CE, examples=2, reduction="mean"
    ),
    "softmax below sigmoid": lesson((2, 3, 1), ["softmax", "sigmoid"], BCE, examples=2),
    "wide": lesson((30, 20, 10)),
    "wide, no bias, 2 examples": lesson((30, 20, 10), biases="none", examples=2),
    "wide, fixed bias": lesson((30, 20, 10), biases="fixed"),
    "wide, softmax, safe, 3 examples": lesson(
        (30, 20, 14), ["relu", "softmax"], CE, examples=3, reduction="mean", formulas="safe"
    ),
}
# Their weights are edited in matrices, as those of all networks that no Training has room for
SHAPES |= {name: replace(made, sheets=("step",)) for name, made in SHAPES.items() if "wide" in name}
SHAPES["classroom"] = lesson((4, 5, 3), ["tanh", "softmax"], CE, examples=10, steps=2)
SHAPES["classroom, online"] = lesson((30, 20, 10), examples=2, batch="online")
LESSONS: dict[str, Lesson] = {"demo": demo(), "xor": xor(), **SHAPES, **_rules()}
LESSONS |= {name: replace(lesson(examples=2), notation=name) for name in NOTATIONS}
LESSONS |= {f"wide, {name}": replace(SHAPES["wide"], notation=name) for name in NOTATIONS}

# One of each kind of workbook, for what takes long.
KINDS: dict[str, Lesson] = {
    "demo": LESSONS["demo"],
    "safe": lesson(formulas="safe", loss=BCE),
    "softmax": LESSONS["softmax, 2 examples, mean"],
    "xor": LESSONS["xor"],
    "online": LESSONS["online"],
    "wide": LESSONS["wide"],
}


_FILES: dict[tuple[str, str], bytes] = {}


def written(made: Lesson, folder: Path, suffix: str, name: str = "net") -> Path:
    """The lesson's workbook in a new file; the same bytes are written by sheetnet only once."""
    path, key = folder / f"{name}{suffix}", (dumps_json(made), suffix)
    if key not in _FILES:
        write(made, path, force=True)
        _FILES[key] = path.read_bytes()
    path.write_bytes(_FILES[key])
    return path


# --- lessons drawn at random ---------------------------------------------------------------------

floats = st.floats(allow_nan=False, allow_infinity=False)
_printable = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
titles = st.text(_printable | st.sampled_from("\t\n"), max_size=40)


@st.composite
def any_lesson(draw: st.DrawFn, numbers: st.SearchStrategy[float] = floats) -> Lesson:
    """A lesson of any shape and rules with any numbers; with no steps, so that none can diverge."""

    def array(*shape: int) -> np.ndarray:
        count = int(np.prod(shape))
        return np.array(draw(st.lists(numbers, min_size=count, max_size=count))).reshape(shape)

    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    pairs = list(zip(sizes[1:], sizes, strict=False))
    biases = draw(st.sampled_from(BIASES))
    examples = draw(st.integers(1, 4))
    network = Network(
        tuple(sizes),
        tuple(draw(st.sampled_from(list(ACTIVATIONS))) for _ in pairs),
        draw(st.sampled_from(list(LOSSES))),
        draw(st.sampled_from(list(REDUCTIONS))),
        biases,
        tuple(array(d, s) for d, s in pairs),
        () if biases == "none" else tuple(array(d) for d, _ in pairs),
    )
    settings = Training(
        abs(draw(numbers)), draw(st.integers(0, 3)), batch=draw(st.sampled_from(["full", "online"]))
    )
    inputs, targets = array(examples, sizes[0]), array(examples, sizes[-1])
    formulas = draw(st.sampled_from(["plain", "safe"]))
    return Lesson(draw(titles), network, inputs, targets, settings, formulas=formulas)
