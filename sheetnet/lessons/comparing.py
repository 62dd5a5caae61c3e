"""A lesson and a wish become a comparison: rates, optimisers, seeds, rules of a start.

Knows: how a wish is spelled on a command line, and which variant each part of it is. Does not know
what a variant may hold (see `variants`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from sheetnet.core.checks import nearest, show
from sheetnet.core.initial import RULES
from sheetnet.core.network import Network
from sheetnet.core.optimizers import OPTIMIZERS, Value
from sheetnet.core.state import State
from sheetnet.errors import LessonError
from sheetnet.lessons.lesson import Lesson
from sheetnet.lessons.variants import MOST, Variant

PRESETS: dict[str, dict[str, Value]] = {
    "sgd": {},
    "momentum": {"optimizer": "sgd", "momentum": 0.9},
    "nesterov": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    **{name: {"optimizer": name} for name in OPTIMIZERS if name != "sgd"},
}
"""Optimisers by the names that people use for them."""
_SEED = 1  # of the rules of a start, where none is given


class Wish(NamedTuple):
    """What is compared: its words in the title, an example, and the variants of a text."""

    words: str
    example: str
    variants: Callable[[Lesson, str], Iterator[Variant]]


def compared(lesson: Lesson, what: str, text: str) -> Lesson:
    """The lesson as a comparison of `what`, a key of `WISHES`. Raises LessonError."""
    wish = WISHES[what]
    plain = replace(lesson, state=State(), compare=(), errata=(), notes=(),
                    title=f"{lesson.title}: {wish.words} compared")  # fmt: skip
    found: list[Variant] = []
    for variant in wish.variants(plain, text):
        found.append(variant)
        if len(found) > MOST:
            raise LessonError(
                f"{what}: {show(text)} asks for more than {MOST} trainings; their curves could "
                f"not be told apart. Leave some out, for example: {wish.example}"
            )
    if len(found) < 2:
        raise LessonError(
            f"{what}: {show(text)} asks for {len(found)} training; expected 2 to {MOST}, parted "
            f"by commas, for example: {wish.example}"
        )
    return replace(plain, compare=tuple(found))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _number(what: str, text: str, example: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise LessonError(
            f"{what}: {show(text)} is no number; write for example {example}."
        ) from None


def _rates(lesson: Lesson, text: str) -> Iterator[Variant]:
    """Named by letters: a class changes the rates."""
    for place, part in enumerate(_parts(text)):
        rate = _number("learning rates", part, WISHES["learning rates"].example)
        yield Variant(f"curve {chr(ord('A') + place)}", {"learning_rate": rate})


def _optimizers(lesson: Lesson, text: str) -> Iterator[Variant]:
    """NAME, or NAME:RATE; those of the lesson's own family take its learning rate."""
    training, seen = lesson.training, Counter[str]()
    for part in _parts(text):
        name, _, rate = part.partition(":")
        if name not in PRESETS:
            hint = nearest(name, PRESETS) or f" Known are {', '.join(PRESETS)}."
            raise LessonError(f"optimizers: {show(name)} is none of them.{hint}")
        settings: dict[str, Value] = {"optimizer": "sgd", **PRESETS[name]}
        if rate:
            settings["learning_rate"] = _number("optimizers", rate, "adam:0.05")
        elif settings["optimizer"] == training.optimizer:
            settings["learning_rate"] = training.learning_rate
        seen[name] += 1
        yield Variant(f"{name} {seen[name]}" if seen[name] > 1 else name, settings)


def _seeds(lesson: Lesson, text: str) -> Iterator[Variant]:
    """Whole numbers, or 1..6 for all of them."""
    for part in _parts(text):
        found = re.fullmatch(r"(\d{1,9})(?:\.\.(\d{1,9}))?", part)
        if found is None:
            raise LessonError(f"seeds: {show(part)} is no seed; write for example 1..6 or 1,2,5.")
        first = int(found[1])
        for seed in range(first, int(found[2] or first) + 1):
            yield _started(lesson, f"seed {seed}", "uniform", seed)


def _inits(lesson: Lesson, text: str) -> Iterator[Variant]:
    """NAME, or NAME:SEED."""
    for part in _parts(text):
        name, _, seed = part.partition(":")
        if name not in RULES or not (seed.isdigit() or not seed):
            hint = nearest(name, RULES) or f" Known are {', '.join(RULES)}, as in xavier:7."
            raise LessonError(f"inits: {show(part)} is no rule for a start.{hint}")
        yield _started(lesson, part.replace(":", " "), name, int(seed or _SEED))


def _started(lesson: Lesson, label: str, init: str, seed: int) -> Variant:
    network = lesson.network
    rules = (network.activations, network.loss, network.reduction, network.biases)
    made = Network.random(network.sizes, *rules, seed=seed, init=init)
    return Variant(label, {}, made.weights, made.bias)


WISHES: dict[str, Wish] = {
    "learning rates": Wish("learning rates", "0.1,0.2,0.5,0.8,1,2", _rates),
    "optimizers": Wish("optimisers", "sgd,momentum,adam:0.05", _optimizers),
    "seeds": Wish("starts", "1..6", _seeds),
    "inits": Wish("starts", "xavier,he,uniform", _inits),
}
"""What may be compared, as the command line calls it."""
