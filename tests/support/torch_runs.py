"""What torch made of small networks (oracles/torch_*.json), as lessons and as runs to compare."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from sheetnet import lessons
from sheetnet.core.train import Run
from sheetnet.lessons import Lesson
from support.folders import ORACLES

TORCH = {
    name: json.loads((ORACLES / f"torch_{name}.json").read_text("utf-8"))
    for name in ("xor", "iris", "starts")
}


def lesson_of(name: str, settings: dict[str, Any], steps: int | None = None) -> Lesson:
    table = TORCH[name]
    start = table["start"]
    batch = {key: table[key] for key in ("batch", "shuffle") if key in table}
    batch = {} if "batch" in settings else batch
    return lessons.load(
        {
            "network": {
                **{key: table[key] for key in ("sizes", "activations", "loss", "reduction")},
                "weights": start[::2],
                "bias": start[1::2],
            },
            "training": {"steps": table["steps"] if steps is None else steps, **batch, **settings},
            "data": {key: table[key] for key in ("inputs", "targets")},
        }
    )


def differences(run: Run, case: dict[str, Any], every: int) -> float:
    """The largest relative difference of losses and parameters, by the size of each array."""
    ends = [x for pair in zip(run.network.weights, run.network.bias, strict=True) for x in pair]
    pairs = [(run.losses[:-1:every], case["losses"]), *zip(ends, case["end"], strict=True)]
    return max(
        float(np.max(np.abs(mine - theirs) / np.max(np.abs(theirs)))) for mine, theirs in pairs
    )
