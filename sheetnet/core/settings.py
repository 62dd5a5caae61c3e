"""The settings of a training: one table row each, and the value that holds them all.

Knows every key of a lesson's training: its default, what it may be, its sign, a line about it; and
which optimiser or schedule it belongs to. To add a setting is to add a row. Does not know what a
setting does (see `optimizers`, `schedules`, `batches`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from sheetnet.core.batches import BATCHES
from sheetnet.core.checks import choice_problems, is_number, nearest, refuse, show, whole_problems
from sheetnet.core.optimizers import OPTIMIZERS, Value
from sheetnet.core.schedules import SCHEDULES

Problems = Callable[[str, object], Iterator[str]]


def _number(example: str, below: float = sys.float_info.max, above: float = -1.0) -> Problems:
    """Finite numbers from 0 on that are less than `below` and more than `above`."""

    def problems(path: str, value: object) -> Iterator[str]:
        if not is_number(value) or not (0 <= value <= below) or value <= above:
            least = ", more than 0" if above == 0 else ", 0 or more"
            most = f" and at most {below:g}" if below < sys.float_info.max else ""
            yield (
                f"{path} is {show(value)}; expected a finite number{least}{most}. "
                f"Write for example {path.rpartition('.')[2]} = {example}."
            )

    return problems


def _whole(example: str, least: int = 0) -> Problems:
    def problems(path: str, value: object) -> Iterator[str]:
        yield from whole_problems(path, value, least, f"{path.rpartition('.')[2]} = {example}")

    return problems


def _switch(path: str, value: object) -> Iterator[str]:
    if not isinstance(value, (bool, np.bool_)):
        yield f"{path} is {show(value)}; expected true or false, without quotation marks."


def _choice(known: Iterable[str]) -> Problems:
    return lambda path, value: choice_problems(path, value, known)


def _betas(path: str, value: object) -> Iterator[str]:
    pair = value if isinstance(value, (list, tuple, np.ndarray)) else ()
    if len(pair) != 2 or not all(is_number(x) and 0 <= x < 1 for x in pair):
        yield (
            f"{path} is {show(value)}; expected two numbers, each from 0 to less than 1. "
            "Write for example betas = [0.9, 0.999]."
        )


def _batch(path: str, value: object) -> Iterator[str]:
    if isinstance(value, str):
        for problem in choice_problems(path, value, BATCHES):
            yield problem.replace("; expected", "; expected a whole number, or", 1)
    else:
        yield from whole_problems(path, value, 1, 'batch = 2, or batch = "full"')


class Setting(NamedTuple):
    """One key of `training`. `signs` are its letters as torch's documentation writes them, one
    for each number that it holds; `about` says in a line what it does."""

    key: str
    problems: Problems
    made: Callable[[Any], Value]
    signs: tuple[str, ...] = ()
    about: str = ""


_UNDER_ONE = 1.0 - 2.0**-53

SETTINGS: dict[str, Setting] = {
    row.key: row
    for row in (
        Setting("learning_rate", _number("0.5"), float, ("γ",), "how far one step goes"),
        Setting("steps", _whole("500"), int, (), "how many steps the training has"),
        Setting("optimizer", _choice(OPTIMIZERS), str, (), "how a gradient becomes a step"),
        Setting("batch", _batch, lambda x: x if isinstance(x, str) else int(x), (),
                "how many examples one step takes"),
        Setting("shuffle", _whole("7"), int, (),
                "the seed of the order in which examples are taken, new in each round"),
        Setting("schedule", _choice(SCHEDULES), str, (), "how the learning rate changes"),
        Setting("momentum", _number("0.9"), float, ("μ",), "how much of the velocity is kept"),
        Setting("dampening", _number("0.1"), float, ("τ",),
                "how much of a new gradient is left out of the velocity"),
        Setting("nesterov", _switch, bool, (), "whether a step looks ahead along the velocity"),
        Setting("weight_decay", _number("0.01"), float, ("λ",), "how fast unused weights shrink"),
        Setting("decay_biases", _switch, bool, (), "whether biases shrink too"),
        Setting("lr_decay", _number("0.01"), float, ("d",), "how fast the learning rate falls"),
        Setting("alpha", _number("0.99"), float, ("α",), "how much of the averages is kept"),
        Setting("centered", _switch, bool, (), "whether squares are taken about their mean"),
        Setting("betas", _betas, lambda x: (float(x[0]), float(x[1])), ("β₁", "β₂"),
                "how much of the averages of gradients and of squares is kept"),
        Setting("eps", _number("1e-8"), float, ("ε",), "keeps the divisor from being 0"),
        Setting("gamma", _number("0.5"), float, ("f",), "the factor of the learning rate"),
        Setting("step_size", _whole("100", 1), int, ("n",), "steps from one factor to the next"),
        Setting("decay_rate", _number("0.01"), float, ("d",), "how fast the learning rate falls"),
        Setting("T_max", _whole("500", 1), int, ("T",), "steps to the lowest learning rate"),
        Setting("eta_min", _number("0.001"), float, ("γ_min",), "the lowest learning rate"),
        Setting("start_factor", _number("0.1", 1.0, 0.0), float, ("f",),
                "the first step's part of the learning rate"),
        Setting("total_iters", _whole("100", 1), int, ("N",), "steps to the full learning rate"),
    )
}  # fmt: skip
MAIN: dict[str, Value] = {
    "learning_rate": 0.5,
    "steps": 500,
    "optimizer": "sgd",
    "batch": "full",
    "schedule": "constant",
}
"""The settings that every training has, and their defaults; all others are options."""


def _belonging(optimizer: str, schedule: str, batch: object) -> dict[str, Value | None]:
    """The options that these have and their defaults; None is left out unless named."""
    row = OPTIMIZERS[optimizer]
    named: dict[str, Value | None] = dict.fromkeys(row.named)
    shuffle = {"shuffle": None} if batch != "full" else {}
    return {**shuffle, **row.always, **named, **SCHEDULES[schedule].takes}


def _owners(key: str) -> str:
    """What a setting belongs to, in words: 'optimizer = "sgd" or "rmsprop"'."""
    if key == "shuffle":
        return 'batch = "online" or a number'
    optimizers = [row.name for row in OPTIMIZERS.values() if key in (*row.always, *row.named)]
    schedules = [row.name for row in SCHEDULES.values() if key in row.takes]
    kind = "optimizer" if optimizers else "schedule"
    return f"{kind} = " + " or ".join(f'"{name}"' for name in optimizers or schedules)


def _fit_problems(options: Mapping[str, object]) -> Iterator[str]:
    """Options that do not go together, by torch's rules."""
    for key, needed in (("dampening", "momentum"), ("nesterov", "momentum")):
        if options.get(key) and needed not in options:
            yield f"training.{key} needs training.{needed}; add {needed} = 0.9, or remove {key}."
    if options.get("nesterov") and options.get("dampening"):
        yield "training.nesterov needs training.dampening to be 0; remove one of them."
    if "decay_biases" in options and "weight_decay" not in options:
        yield "training.decay_biases needs training.weight_decay; add weight_decay = 0.01."


def training_problems(settings: Mapping[str, object]) -> Iterator[str]:
    """Problems of the settings of a training by key; keys left out have their defaults."""
    found = {key: list(row.problems(f"training.{key}", settings[key]))
             for key, row in SETTINGS.items() if key in settings}  # fmt: skip
    yield from (problem for problems in found.values() for problem in problems)
    chosen: Any = {**MAIN, **settings}
    if any(found.get(key) for key in ("optimizer", "schedule", "batch")):
        return  # which options there are is not known
    known = _belonging(chosen["optimizer"], chosen["schedule"], chosen["batch"])
    options = {key: value for key, value in settings.items() if key not in MAIN}
    for key in options:
        if key in known:
            continue
        if key in SETTINGS:
            kind = _owners(key).partition(" =")[0]
            yield (
                f"training.{key} does not go with {kind} = {show(chosen[kind])}; it belongs to "
                f"{_owners(key)}. Remove it, or choose another {kind}."
            )
        else:
            names = (*MAIN, *known)
            hint = nearest(key, SETTINGS) or f" Known keys: {', '.join(names)}."
            where = "training." + show(key).strip("'")
            yield f"{where} is not a key of a lesson.{hint} Or remove it."
    always = {key: value for key, value in known.items() if value is not None}
    yield from _fit_problems({**always, **{key: options[key] for key in options if key in known}})


def batch_problems(batch: str | int, examples: int) -> Iterator[str]:
    """A problem if a step would take more examples than there are."""
    if isinstance(batch, int) and batch > examples:
        yield (
            f"training.batch is {batch}; data.inputs has {examples} examples. Use at most so many, "
            'or batch = "full".'
        )


@dataclass(frozen=True)
class Training:
    """How a network trains. Raises LessonError naming every wrong key.

    batch "full" uses all examples in each step, "online" one example a step, a number so many,
    round and round. `options` are the settings of the optimiser, the schedule and the batch by
    key (see `SETTINGS`), completed with torch's defaults; not to be changed.
    """

    learning_rate: float = 0.5
    steps: int = 500
    optimizer: str = "sgd"
    batch: str | int = "full"
    schedule: str = "constant"
    options: Mapping[str, Value] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        main = {key: getattr(self, key) for key in MAIN}
        refuse(training_problems({**self.options, **main}))
        for key, value in main.items():
            object.__setattr__(self, key, SETTINGS[key].made(value))
        known = _belonging(self.optimizer, self.schedule, self.batch)
        given = {**known, **self.options}
        made = {key: SETTINGS[key].made(x) for key, x in given.items() if x is not None}
        object.__setattr__(self, "options", MappingProxyType(made))

    def settings(self) -> dict[str, Value]:
        """Every setting by key, as `training_of` takes them."""
        return {**{key: getattr(self, key) for key in MAIN}, **self.options}

    def is_plain(self) -> bool:
        """Whether this is gradient descent with nothing added."""
        plain = self.optimizer == "sgd" and self.schedule == "constant"
        return plain and not self.options and isinstance(self.batch, str)


def number_problems(name: str, value: float) -> Iterator[str]:
    """What is wrong with one of the numbers of `optimizers.numbers`, as the end of a sentence."""
    key, single = _key_of(name)
    if key not in SETTINGS or key in MAIN:
        return
    number: Any = int(value) if value == int(value) else value
    for _ in SETTINGS[key].problems(key, [single(number)] * 2 if key == "betas" else number):
        least = "from 0 to less than 1" if key == "betas" else "that fits the setting"
        yield f"{value!r}; expected a number {least} ({SETTINGS[key].about}). Retype it."


def _key_of(name: str) -> tuple[str, Callable[[float], float]]:
    """The setting that a number belongs to: beta_1 is one of `betas`."""
    return ("betas", float) if name in ("beta_1", "beta_2") else (name, lambda x: x)


def with_numbers(
    settings: Mapping[str, Value], numbers: Mapping[str, float]
) -> dict[str, object]:
    """The settings with some of their numbers replaced, by the names of `optimizers.numbers`.

    Whole settings stay whole where the number is; names of nothing among them are left alone.
    """
    found: dict[str, object] = {**settings}
    for key, value in settings.items():
        if isinstance(value, tuple):
            names = [f"{key.removesuffix('s')}_{n + 1}" for n in range(len(value))]
            found[key] = [numbers.get(n, x) for n, x in zip(names, value, strict=True)]
        elif key in numbers and key != "shuffle":
            new = numbers[key]
            found[key] = int(new) if isinstance(value, int) and new == int(new) else new
    return found


def changed(training: Training, changes: Mapping[str, Any]) -> Training:
    """The training with some settings changed. An optimizer or a schedule that is named brings
    its own options and learning rate, whatever they were before. Raises LessonError."""
    kept = training.settings()
    gone: list[str] = []
    if "optimizer" in changes:
        row = OPTIMIZERS[training.optimizer]
        gone += ["learning_rate", *row.always, *row.named]
    if "schedule" in changes:
        gone += SCHEDULES[training.schedule].takes
    if changes.get("batch") == "full":
        gone.append("shuffle")
    return training_of({**{k: x for k, x in kept.items() if k not in gone}, **changes})


def training_of(settings: Mapping[str, Any]) -> Training:
    """The training with these settings by key; a missing learning rate is the optimiser's own.

    Raises LessonError naming every wrong key.
    """
    refuse(training_problems(settings))
    rate = OPTIMIZERS[settings.get("optimizer", MAIN["optimizer"])].learning_rate
    main: dict[str, Any] = {key: settings.get(key, default) for key, default in MAIN.items()}
    options = {key: value for key, value in settings.items() if key not in MAIN}
    main["learning_rate"] = settings.get("learning_rate", rate)
    return Training(**main, options=options)
