"""A plain lesson as a dict, and the same with one value changed."""

from __future__ import annotations

import copy
from typing import Any

PLAIN: dict[str, Any] = {
    "title": "A simple neural net",
    "network": {
        "sizes": [2, 2, 2],
        "activations": ["sigmoid", "sigmoid"],
        "weights": [[[0.5, -0.2], [0.2, -0.6]], [[0.1, 0.5], [0.2, 0.3]]],
        "bias": [[0.3, 0.6], [-0.3, 0.5]],
    },
    "training": {"learning_rate": 0.5, "steps": 500},
    "data": {"inputs": [[0.1, 0.9]], "targets": [[0.3, 0.4]]},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """PLAIN with the key at a dotted path set, or removed where the value is `...`."""
    table = copy.deepcopy(PLAIN)
    *parents, key = path.split(".")
    inner = table
    for parent in parents:
        inner = inner[parent]
    if value is ...:
        del inner[key]
    else:
        inner[key] = value
    return table
