"""A lesson file becomes a Lesson: TOML, JSON, .npz, or a dict with the same keys.

Knows the keys of a lesson file, their defaults, and how to say everything that is wrong with one
at once. Does not know workbooks.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sheetnet.core.checks import few, reason, show
from sheetnet.core.settings import batch_problems
from sheetnet.core.tables import data_from, network_from, note_unknown, state_from, training_from
from sheetnet.errors import LessonError
from sheetnet.lessons import npz, variants
from sheetnet.lessons.lesson import (
    KEYS,
    SHEETS_DEFAULT,
    TEXT_DEFAULTS,
    Lesson,
    sheet_problems,
    text_problems,
)
from sheetnet.lessons.remarks import REMARKS, Erratum, Note, remark_problems

MAX_BYTES = 64 * 2**20
SUFFIXES = (".toml", ".json", ".npz")


def load(source: str | Path | Mapping[str, object]) -> Lesson:
    """Read a lesson from a .toml or .json file, from an .npz that `sheetnet read -o` made, or
    from a dict with the same keys.

    Required: network.sizes, network.weights and bias (or network.seed), data.inputs,
    data.targets. Defaults: title "A neural net", activations "sigmoid", loss
    "half_squared_error", reduction "sum", biases "trained", learning_rate 0.5 (with optimizer
    "sgd"; else the optimizer's own), steps 500, optimizer "sgd", batch "full", notation
    "simple-neural-net", formulas "plain", sheets ["training", "step"].
    Raises LessonError listing everything that is wrong, one line a problem.
    """
    name, table = ("lesson", source) if isinstance(source, Mapping) else _parsed(source)
    problems: list[str] = []
    lesson = _lesson(table, problems)
    if lesson is None:
        count = f"{len(problems)} problems\n- " if len(problems) > 1 else ""
        raise LessonError(f"{name}: {count}" + "\n- ".join(problems))
    return lesson


def _refuse_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r} stands twice")
    return table


def _parsed(source: object) -> tuple[str, Mapping[str, object]]:
    """(file name, its table), or LessonError with the one reason why there is none."""
    if not isinstance(source, (str, Path)):
        raise LessonError(f"lesson is {show(source)}; expected a file name or a dict.")
    path = Path(source)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise LessonError(
            f"{path}: expected a lesson file ending in .toml, .json or .npz. Choose such a file."
        )
    try:
        if not path.is_file():
            what = "is a directory or a device" if path.exists() else "does not exist"
            raise LessonError(f"{path} {what}; expected a lesson file. Check the name.")
        if path.stat().st_size > MAX_BYTES:
            raise LessonError(
                f"{path} has {path.stat().st_size:,} bytes; expected at most {MAX_BYTES:,}. "
                "Use fewer examples or a smaller network."
            )
        if suffix == ".npz":
            return path.name, npz.table(path)
        text = path.read_bytes().decode("utf-8-sig")
        if suffix == ".toml":
            return path.name, tomllib.loads(text)
        table = json.loads(text, object_pairs_hook=_refuse_repeats)
    except OSError as error:
        raise LessonError(f"{path} cannot be read: {error.strerror}. Check the file.") from None
    except RecursionError:
        raise LessonError(f"{path} is nested too deeply; expected tables of numbers.") from None
    except ValueError as error:
        raise LessonError(
            f"{path} cannot be read as {path.suffix[1:].upper()}: {reason(error)}. "
            "Correct the file there."
        ) from None
    if not isinstance(table, dict):
        raise LessonError(f"{path} holds {show(table)}; expected an object with a lesson's keys.")
    return path.name, table


def _lesson(top: Mapping[str, object], problems: list[str]) -> Lesson | None:
    """The lesson that `top` describes, or None and everything that is wrong in `problems`."""
    note_unknown("", top, KEYS, problems)
    texts: dict[str, Any] = {key: top.get(key, old) for key, old in TEXT_DEFAULTS.items()}
    problems += text_problems(**texts)
    sheets: Any = top.get("sheets", SHEETS_DEFAULT)
    problems += sheet_problems(sheets)
    remarks: dict[str, Any] = {key: top.get(key, ()) for key in REMARKS}
    for key, entries in remarks.items():
        problems += few(remark_problems(key, entries), key)
    network = network_from(top, problems)
    training = training_from(top, problems)
    data: dict[str, Any] | None = data_from(top, problems)
    if training is not None and data is not None:
        problems += batch_problems(training.batch, len(data["inputs"]))
    state = state_from(top, network, training, problems)
    compare = variants.variants_from(top.get(variants.KEY, ()), network, training, problems)
    if problems or network is None or training is None or data is None or state is None:
        return None
    return Lesson(
        network=network,
        training=training,
        state=state,
        compare=compare,
        sheets=tuple(sheets),
        errata=tuple(Erratum(**entry) for entry in remarks["errata"]),
        notes=tuple(Note(**entry) for entry in remarks["notes"]),
        **data,
        **texts,
    )
