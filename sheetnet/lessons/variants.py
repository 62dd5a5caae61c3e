"""Variants of one training that a workbook compares: what each of them has of its own.

Knows: that a variant is the lesson with other training settings, or with another start, and how
to say everything that is wrong with a list of them. Does not know sheets, nor trains anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from sheetnet.core.checks import choice_problems, few, show, whole_problems
from sheetnet.core.functions import Array
from sheetnet.core.initial import RULES
from sheetnet.core.network import Network, parameter_problems
from sheetnet.core.optimizers import Value
from sheetnet.core.settings import SETTINGS, Training, changed, training_problems
from sheetnet.errors import LessonError

KEY = "compare"
FEWEST, MOST = 2, 8
"""As many as there are colours that are told apart."""
_LONGEST = 25
_NOT_IN_A_SHEETS_NAME = set("[]:*?/\\'\"$#!")
_TAKEN = ("compare", "about", "sheetnet")
_START = ("weights", "bias", "seed", "init")


@dataclass(frozen=True, eq=False)
class Variant:
    """One curve: its label (the name of its sheet), its own settings by key, its own start.

    Without weights it starts where the lesson does. Equality is by value, arrays bit for bit.
    """

    label: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    weights: tuple[Array, ...] = ()
    bias: tuple[Array, ...] = ()

    def __post_init__(self) -> None:
        listed = {k: tuple(x) if isinstance(x, list) else x for k, x in self.settings.items()}
        object.__setattr__(self, "settings", MappingProxyType(listed))

    def _key(self) -> tuple[object, ...]:
        arrays = (*self.weights, *self.bias)
        return self.label, dict(self.settings), [(x.shape, x.tobytes()) for x in arrays]

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Variant) else NotImplemented

    def network(self, of: Network) -> Network:
        """The lesson's network as this variant starts."""
        return of.with_parameters(self.weights, self.bias) if self.weights else of

    def training(self, of: Training) -> Training:
        """The lesson's training with this variant's settings. Raises LessonError."""
        return changed(of, self.settings)

    def to_dict(self, biases: str) -> dict[str, object]:
        """As a lesson file holds it."""
        settings = {k: list(v) if isinstance(v, tuple) else v for k, v in self.settings.items()}
        table: dict[str, object] = {"label": self.label, **settings}
        if self.weights:
            table["weights"] = [w.tolist() for w in self.weights]
            table |= {"bias": [b.tolist() for b in self.bias]} if biases != "none" else {}
        return table


def variants_from(
    entries: object, network: Network | None, training: Training | None, problems: list[str]
) -> tuple[Variant, ...]:
    """The variants that a lesson file lists under `compare`; what is wrong is added to
    `problems`. Without a network and a training nothing is said: their own come first."""
    if network is None or training is None:
        return ()
    if not isinstance(entries, (list, tuple)):
        problems.append(f"{KEY} is {show(entries)}; expected tables. Write [[{KEY}]] in TOML.")
        return ()
    found: list[Variant] = []
    for place, entry in enumerate(entries[: MOST + 1]):
        path = f"{KEY}[{place}]"
        if not isinstance(entry, Mapping):
            problems.append(f"{path} is {show(entry)}; expected a table with a label.")
            continue
        before = len(problems)
        problems += few(_entry_problems(path, entry, network), path)
        settings = {k: v for k, v in entry.items() if k in SETTINGS}
        if len(problems) == before:
            weights, bias = _start(entry, network)
            made = Variant(str(entry["label"]), settings, weights, bias)
            found.append(made)
    if len(found) == len(entries):
        problems += few(variant_problems(found, training), KEY)
    elif len(entries) > MOST:
        problems += variant_problems([Variant(str(n)) for n in range(len(entries))], training)
    return tuple(found)


def variant_problems(variants: Sequence[Variant], training: Training) -> Iterator[str]:
    """What is wrong with a list of variants of a training; none at all is nothing wrong."""
    if not variants:
        return
    if not FEWEST <= len(variants) <= MOST:
        yield (
            f"{KEY} has {len(variants)} variants; expected {FEWEST} to {MOST}, so that their "
            "curves can be told apart. Leave some out."
        )
        return
    seen: set[str] = set()
    for place, variant in enumerate(variants):
        path, label = f"{KEY}[{place}]", variant.label
        if not label.strip() or len(label) > _LONGEST or not label.isprintable():
            yield f"{path}.label is {show(label)}; expected 1 to {_LONGEST} letters."
        elif bad := _NOT_IN_A_SHEETS_NAME.intersection(label):
            yield (
                f"{path}.label is {show(label)}; it is the name of a sheet, which cannot hold "
                f"{' '.join(sorted(bad))}. Choose another."
            )
        elif label.casefold() in seen or label.casefold() in _TAKEN:
            yield f"{path}.label {show(label)} is taken; choose another."
        seen.add(label.casefold())
        try:
            variant.training(training)
        except LessonError as problem:
            yield from (f"{path}: {line}" for line in str(problem).splitlines())


def _entry_problems(path: str, entry: Mapping[str, Any], network: Network) -> Iterator[str]:
    known = ("label", *SETTINGS, *_START)
    for key in entry:
        if key not in known:
            yield f"{path}.{show(key)} is not a key of a variant; known are label, the settings " \
                  f"of training, and {', '.join(_START)}. Remove it."
    if not isinstance(entry.get("label"), str):
        yield f"{path}.label is {show(entry.get('label'))}; expected text, a name of the variant."
    problems = training_problems({k: v for k, v in entry.items() if k == "learning_rate"})
    yield from (problem.replace("training.", f"{path}.") for problem in problems)
    if "seed" in entry:
        yield from whole_problems(f"{path}.seed", entry["seed"], 0, "seed = 7")
        yield from choice_problems(f"{path}.init", entry.get("init", "uniform"), RULES)
        if "weights" in entry or "bias" in entry:
            yield f"{path} has weights beside a seed; remove one of them."
    elif "init" in entry:
        yield f"{path}.init needs {path}.seed; add seed = 7, or remove init."
    elif "weights" in entry or "bias" in entry:
        try:
            weights, bias = _given(entry, network)
            yield from parameter_problems(network.sizes, network.biases, weights, bias)
        except (TypeError, ValueError):
            yield f"{path}.weights and {path}.bias must be lists of numbers, as in network."


def _given(entry: Mapping[str, Any], network: Network) -> tuple[list[Array], list[Array]]:
    weights = [np.array(w, dtype=float) for w in entry.get("weights", ())]
    none = [np.zeros(n) for n in network.sizes[1:]] if network.biases == "none" else ()
    return weights, [np.array(b, dtype=float) for b in entry.get("bias", none)]


def _start(
    entry: Mapping[str, Any], network: Network
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """The weights and biases that an entry gives, or that its seed makes."""
    if "seed" in entry:
        rules = (network.activations, network.loss, network.reduction, network.biases)
        init = entry.get("init", "uniform")
        made = Network.random(network.sizes, *rules, seed=entry["seed"], init=init)
    elif "weights" in entry:
        made = network.with_parameters(*_given(entry, network))
    else:
        return (), ()
    return made.weights, made.bias
