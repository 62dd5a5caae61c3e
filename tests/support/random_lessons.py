"""Lessons drawn at random: any functions, sizes, examples and settings, by a number."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise, product

import numpy as np

import sheetnet
from sheetnet.core.functions import ACTIVATIONS, LOSSES
from sheetnet.lessons import Lesson
from sheetnet.sheets.training import fits

PAIRS = list(product(ACTIVATIONS, LOSSES, ("plain", "safe")))
REACHES = (1, 3, 5, 8)


def random_lesson(seed: int) -> Lesson:
    """Any activations with any loss, reduction, biases, spelling, batch, examples and sizes.

    Raises LessonError for one that cannot be.
    """
    pick, numbers = random.Random(seed), np.random.default_rng(seed)
    activation, loss, formulas = PAIRS[seed % len(PAIRS)]
    layers = pick.choice([1, 2, 2, 2, 3])
    sizes = [
        pick.randint(1, 4) if pick.random() < 0.85 else pick.choice([13, 20])
        for _ in range(layers + 1)
    ]
    reach, examples = pick.choice(REACHES), pick.choice([1, 1, 2, 5, 13])

    def drawn(low: float, high: float, *shape: int) -> list[list[float]]:
        return np.round(numbers.uniform(low, high, shape), 2).tolist()

    targets = drawn(0.1, 0.9, examples, sizes[-1])
    if pick.random() < 0.5:
        targets = [[float(k == e % sizes[-1]) for k in range(sizes[-1])] for e in range(examples)]
    biases = pick.choice(["trained", "fixed", "none"])
    network = {
        "sizes": sizes,
        "activations": [pick.choice(list(ACTIVATIONS)) for _ in range(layers - 1)] + [activation],
        "loss": loss,
        "reduction": pick.choice(["sum", "mean", "mean_all"]),
        "biases": biases,
        "weights": [drawn(-reach, reach, d, s) for s, d in pairwise(sizes)],
    }
    if biases != "none":
        network["bias"] = [drawn(-reach, reach, d) for d in sizes[1:]]
    lesson = sheetnet.load(
        {
            "title": f"Random lesson {seed}",
            "formulas": formulas,
            "network": network,
            "training": {
                "learning_rate": pick.choice([0.5, 0.1, 0.02]),
                "steps": pick.choice([1, 3, 8, 30]),
                "batch": pick.choice(["full", "online"]),
            },
            "data": {"inputs": drawn(-2.5, 2.5, examples, sizes[0]), "targets": targets},
        }
    )
    if not fits(lesson):  # only Training takes examples in turn
        lesson = replace(lesson, training=replace(lesson.training, batch="full"))
    return lesson
