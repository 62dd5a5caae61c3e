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
UPDATES: tuple[dict[str, object], ...] = (
    {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    {"optimizer": "sgd", "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.05},
    {"optimizer": "adagrad", "lr_decay": 0.1},
    {"optimizer": "rmsprop", "momentum": 0.5},
    {"optimizer": "rmsprop", "centered": True, "weight_decay": 0.01, "decay_biases": False},
    {"optimizer": "adam"},
    {"optimizer": "adam", "betas": [0.5, 0.75], "eps": 0.001, "weight_decay": 0.01},
    {"optimizer": "adamw", "weight_decay": 0.1},
    {"schedule": "exponential", "gamma": 0.7},
    {"schedule": "step", "step_size": 2, "gamma": 0.5},
    {"schedule": "cosine", "T_max": 7, "eta_min": 0.001},
    {"schedule": "warm_up", "start_factor": 0.2, "total_iters": 5, "optimizer": "adam"},
    {"schedule": "inverse", "decay_rate": 0.5, "optimizer": "sgd", "momentum": 0.5},
)
REACHES = (1, 3, 5, 8)


def random_lesson(seed: int) -> Lesson:
    """Any activations with any loss, reduction, biases, spelling, batch, optimiser and sizes, with
    Network where there is room, some with the gradient check.

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
    checked = pick.random() < 0.3 and sum((s + 1) * d for s, d in pairwise(sizes)) <= 60
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
                **(pick.choice(UPDATES) if pick.random() < 0.4 else {}),
            },
            "sheets": ["network", "training", "step"] + checked * ["gradient_check"],
            "data": {"inputs": drawn(-2.5, 2.5, examples, sizes[0]), "targets": targets},
        }
    )
    if not fits(lesson):  # only Training takes examples in turn
        lesson = replace(lesson, training=replace(lesson.training, batch="full"))
    return lesson
