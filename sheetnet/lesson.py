"""What one workbook holds: network, data, training settings, title; read from TOML or JSON.

Knows the keys of a lesson file, their defaults, and how to say everything that is wrong with one
at once. Does not know workbooks or formulas, and leaves the mathematics to `core`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy.typing as npt

from sheetnet.core import step as core_step
from sheetnet.core import train as core_train
from sheetnet.core.checks import choice_problems, few, read_only, refuse, same_bits, show
from sheetnet.core.functions import Array
from sheetnet.core.network import Network
from sheetnet.core.tables import data_from, network_from, note_unknown, training_from
from sheetnet.core.train import Training
from sheetnet.errors import LessonError

__all__ = [
    "Lesson",
    "Training",
    "dumps_json",
    "dumps_toml",
    "load",
    "quick_losses",
    "to_dict",
    "train",
    "train_step",
    "with_values",
]

TEXT_DEFAULTS: dict[str, Any] = {
    "title": "A neural net",
    "notation": "simple-neural-net",
    "formulas": "plain",
}
KEYS = (*TEXT_DEFAULTS, "sheets", "network", "training", "data", "errata")
NOTATIONS = (
    "simple-neural-net", "matrices-3-3-3-3", "delta-notes", "four-layer-tutorial", "mazur"
)
"""What `notation` may be; `sheets.notation` knows how each of them writes."""
FORMULAS = ("plain", "safe")
SHEETS = ("training", "step", "published", "predict")
SHEETS_DEFAULT = ("training", "step")
MAX_BYTES = 64 * 2**20

# Neither XML nor UTF-8 can hold these, so no workbook could.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def _text_problems(title: object, notation: object, formulas: object) -> Iterator[str]:
    if not isinstance(title, str):
        yield f"title is {show(title)}; expected text. Put it in quotation marks."
    elif bad := _UNPRINTABLE.search(title):
        yield (
            f"title holds the character U+{ord(bad[0]):04X}, which no workbook can store; "
            "expected printable text. Remove it."
        )
    yield from choice_problems("notation", notation, NOTATIONS)
    yield from choice_problems("formulas", formulas, FORMULAS)


def _sheet_problems(sheets: object) -> Iterator[str]:
    if not isinstance(sheets, (list, tuple)) or not sheets:
        yield f"sheets is {show(sheets)}; expected a list such as {list(SHEETS_DEFAULT)}."
        return
    named = (
        problem
        for place, name in enumerate(sheets)
        for problem in choice_problems(f"sheets[{place}]", name, SHEETS)
    )
    yield from few(named, "sheets")


@dataclass(frozen=True)
class Erratum:
    """A mistake of the lesson's document: where it stands, as printed, as it must be.

    `shows` names a quantity that comes out differently; `printed_value` and `right_value` are
    expressions for it over the quantities of a step, such as "1/(1-exp(-z_1[0]))".
    """

    where: str
    printed: str
    right: str
    shows: str = ""
    printed_value: str = ""
    right_value: str = ""


def _errata_problems(errata: object) -> Iterator[str]:
    if not isinstance(errata, (list, tuple)):
        yield f"errata is {show(errata)}; expected tables. Write [[errata]] in TOML."
        return
    keys = tuple(field.name for field in fields(Erratum))
    for place, entry in enumerate(errata):
        path = f"errata[{place}]"
        table = asdict(entry) if isinstance(entry, Erratum) else entry
        if not isinstance(table, Mapping):
            yield f"{path} is {show(entry)}; expected a table with the keys {', '.join(keys)}."
            continue
        unknown: list[str] = []
        note_unknown(f"{path}.", table, keys, unknown)
        yield from unknown
        for key in keys:
            text = table.get(key, "" if key in keys[3:] else None)
            if not isinstance(text, str) or _UNPRINTABLE.search(text):
                yield f"{path}.{key} is {show(text)}; expected printable text."


@dataclass(frozen=True, eq=False)
class Lesson:
    """Network, inputs (examples, first size), targets (examples, last size) and settings.

    `sheets` names the sheets that the workbook has between About and the lesson itself; `errata`
    gives it one more. Arrays are copied, float64 and read-only. Equality is by value, arrays bit
    for bit. Raises LessonError naming every wrong key.
    """

    title: str
    network: Network
    inputs: Array
    targets: Array
    training: Training
    notation: str = "simple-neural-net"
    formulas: str = "plain"
    sheets: tuple[str, ...] = SHEETS_DEFAULT
    errata: tuple[Erratum, ...] = ()

    def __post_init__(self) -> None:
        refuse(_text_problems(self.title, self.notation, self.formulas))
        refuse(_sheet_problems(self.sheets))
        refuse(_errata_problems(self.errata))
        object.__setattr__(self, "sheets", tuple(self.sheets))
        object.__setattr__(self, "errata", tuple(self.errata))
        inputs, targets = core_step.checked_data(self.network, self.inputs, self.targets)
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "targets", targets)

    def _texts(self) -> tuple[str, ...]:
        return (self.title, self.notation, self.formulas)

    def _settings(self) -> tuple[object, ...]:
        return (*self._texts(), self.sheets, self.errata, self.training, self.network)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Lesson):
            return NotImplemented
        return (
            self._settings() == other._settings()
            and same_bits(self.inputs, other.inputs)
            and same_bits(self.targets, other.targets)
        )


def train_step(lesson: Lesson) -> core_step.Trace:
    """The first step of the lesson: all examples, or example 0 for batch "online"."""
    rows = slice(0, 1) if lesson.training.batch == "online" else slice(None)
    return core_step.train_step(
        lesson.network, lesson.inputs[rows], lesson.targets[rows], lesson.training.learning_rate
    )


def train(lesson: Lesson, steps: int | None = None, record: bool = False) -> core_train.Run:
    """Train for `steps` updates, the lesson's own number if None; see `core.train.train`."""
    t = lesson.training
    steps = t.steps if steps is None else steps
    return core_train.train(
        lesson.network, lesson.inputs, lesson.targets, t.learning_rate, steps, t.batch, record
    )


def quick_losses(lesson: Lesson) -> Array:
    """The losses of as many of the lesson's steps as take about a second: at most (steps + 1,).

    Raises LessonError as `train` does.
    """
    weights = sum(array.size for array in lesson.network.weights)
    rows = 1 if lesson.training.batch == "online" else len(lesson.inputs)
    steps = 10**9 // (50_000 + 6 * weights * rows)
    return train(lesson, min(lesson.training.steps, steps)).losses


def with_values(
    lesson: Lesson,
    *,
    weights: Sequence[Array] | None = None,
    bias: Sequence[Array] | None = None,
    inputs: npt.ArrayLike | None = None,
    targets: npt.ArrayLike | None = None,
    learning_rate: float | None = None,
) -> Lesson:
    """The same lesson with some numbers replaced; raises LessonError if they do not fit."""
    old, rate = lesson.network, lesson.training.learning_rate
    return replace(
        lesson,
        network=old.with_parameters(
            old.weights if weights is None else weights, old.bias if bias is None else bias
        ),
        inputs=lesson.inputs if inputs is None else read_only("data.inputs", inputs),
        targets=lesson.targets if targets is None else read_only("data.targets", targets),
        training=replace(
            lesson.training, learning_rate=rate if learning_rate is None else learning_rate
        ),
    )


def to_dict(
    lesson: Lesson, parameters: bool = True, data: Set[str] = frozenset({"inputs", "targets"})
) -> dict[str, object]:
    """The lesson as plain dicts, lists, texts and numbers, as `load` reads it; floats exact.

    Weights and bias are left out without `parameters`, and of the data what `data` does not name.
    """
    n, t = lesson.network, lesson.training
    network: dict[str, object] = {
        "sizes": list(n.sizes),
        "activations": list(n.activations),
        "loss": n.loss,
        "reduction": n.reduction,
        "biases": n.biases,
    }
    if parameters:
        network["weights"] = [w.tolist() for w in n.weights]
    if parameters and n.biases != "none":
        network["bias"] = [b.tolist() for b in n.bias]
    arrays = {"inputs": lesson.inputs, "targets": lesson.targets}
    return {
        "title": lesson.title,
        "notation": lesson.notation,
        "formulas": lesson.formulas,
        "sheets": list(lesson.sheets),
        "network": network,
        "training": asdict(t),
        "data": {key: array.tolist() for key, array in arrays.items() if key in data},
        **({"errata": [asdict(entry) for entry in lesson.errata]} if lesson.errata else {}),
    }


def _laid_out(value: object, indent: int) -> str:
    """Text that is both JSON and TOML: lists on one line while short, then one item a line."""
    text = json.dumps(value, ensure_ascii=False)  # floats print as repr does: exact
    if not (isinstance(value, list) and isinstance(value[0], list)) or len(text) <= 80:
        return text
    pad = " " * (indent + 2)
    items = ",\n".join(pad + _laid_out(item, indent + 2) for item in value)
    return f"[\n{items}\n{' ' * indent}]"


def dumps_toml(lesson: Lesson) -> str:
    """The lesson as a TOML file; `load` reads it back bit for bit."""
    lines: list[str] = []
    for key, value in to_dict(lesson).items():
        if key == "errata" and isinstance(value, list):
            for entry in value:
                lines += ["", "[[errata]]", *(f"{k} = {_laid_out(v, 0)}" for k, v in entry.items())]
        elif isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{k} = {_laid_out(v, 0)}" for k, v in value.items())]
        else:
            lines.append(f"{key} = {_laid_out(value, 0)}")
    return "\n".join(lines) + "\n"


def dumps_json(lesson: Lesson) -> str:
    """The lesson as a JSON file; `load` reads it back bit for bit."""
    parts: list[str] = []
    for key, value in to_dict(lesson).items():
        if isinstance(value, dict):
            inner = ",\n".join(f'    "{k}": {_laid_out(v, 4)}' for k, v in value.items())
            parts.append(f'  "{key}": {{\n{inner}\n  }}')
        else:
            parts.append(f'  "{key}": {_laid_out(value, 2)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def load(source: str | Path | Mapping[str, object]) -> Lesson:
    """Read a lesson from a .toml or .json file, or from a dict with the same keys.

    Required: network.sizes, network.weights and bias (or network.seed), data.inputs,
    data.targets. Defaults: title "A neural net", activations "sigmoid", loss
    "half_squared_error", reduction "sum", biases "trained", learning_rate 0.5, steps 500,
    optimizer "sgd", batch "full", notation "simple-neural-net", formulas "plain",
    sheets ["training", "step"].
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
    if path.suffix.lower() not in (".toml", ".json"):
        raise LessonError(f"{path}: expected a lesson file ending in .toml or .json. Rename it.")
    try:
        if not path.is_file():
            what = "is a directory or a device" if path.exists() else "does not exist"
            raise LessonError(f"{path} {what}; expected a lesson file. Check the name.")
        if path.stat().st_size > MAX_BYTES:
            raise LessonError(
                f"{path} has {path.stat().st_size:,} bytes; expected at most {MAX_BYTES:,}. "
                "Use fewer examples or a smaller network."
            )
        text = path.read_bytes().decode("utf-8-sig")
        if path.suffix.lower() == ".toml":
            return path.name, tomllib.loads(text)
        table = json.loads(text, object_pairs_hook=_refuse_repeats)
    except OSError as error:
        raise LessonError(f"{path} cannot be read: {error.strerror}. Check the file.") from None
    except RecursionError:
        raise LessonError(f"{path} is nested too deeply; expected tables of numbers.") from None
    except ValueError as error:
        raise LessonError(
            f"{path} cannot be read as {path.suffix[1:].upper()}: {error}. Correct the file there."
        ) from None
    if not isinstance(table, dict):
        raise LessonError(f"{path} holds {show(table)}; expected an object with a lesson's keys.")
    return path.name, table


def _lesson(top: Mapping[str, object], problems: list[str]) -> Lesson | None:
    """The lesson that `top` describes, or None and everything that is wrong in `problems`."""
    note_unknown("", top, KEYS, problems)
    texts: dict[str, Any] = {key: top.get(key, old) for key, old in TEXT_DEFAULTS.items()}
    problems += _text_problems(**texts)
    sheets: Any = top.get("sheets", SHEETS_DEFAULT)
    problems += _sheet_problems(sheets)
    errata: Any = top.get("errata", ())
    problems += few(_errata_problems(errata), "errata")
    network = network_from(top, problems)
    training = training_from(top, problems)
    data = data_from(top, problems)
    if problems or network is None or training is None or data is None:
        return None
    return Lesson(
        network=network,
        inputs=data[0],
        targets=data[1],
        training=training,
        sheets=tuple(sheets),
        errata=tuple(Erratum(**entry) for entry in errata),
        **texts,
    )
