"""Network, training, data and state from plain tables: dicts, lists, texts and numbers.

Knows the keys of the four tables, their defaults, and how to note everything that is wrong in
them. Does not know where a table comes from (file, dict, workbook) nor what a lesson adds to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from sheetnet.core.checks import (
    choice_problems,
    few,
    nearest,
    number_problems,
    read_only,
    show,
    whole_problems,
)
from sheetnet.core.functions import Array
from sheetnet.core.initial import RULES
from sheetnet.core.network import (
    MAX_LAYERS,
    Network,
    parameter_problems,
    rule_problems,
    size_problems,
)
from sheetnet.core.settings import SETTINGS, Training, training_of, training_problems
from sheetnet.core.state import State, state_keys, state_problems
from sheetnet.core.step import data_problems

RULE_DEFAULTS: dict[str, Any] = {
    "loss": "half_squared_error",
    "reduction": "sum",
    "biases": "trained",
}
DATA = ("inputs", "targets", "test_inputs", "test_targets")
KEYS: dict[str, tuple[str, ...]] = {
    "network": ("sizes", "activations", *RULE_DEFAULTS, "weights", "bias", "seed", "init"),
    "training": tuple(SETTINGS),
    "data": DATA,
}


def note_unknown(
    path: str, table: Mapping[str, object], keys: Iterable[str], problems: list[str]
) -> None:
    """Note every key of `table` that is not one of `keys`, with the nearest known name."""
    known = tuple(keys)

    def unknown() -> Iterator[str]:
        for name in table:
            if name not in known:
                hint = nearest(name, known) or f" Known keys: {', '.join(known)}."
                where = path + show(name).strip("'")
                yield f"{where} is not a key of a lesson.{hint} Or remove it."

    problems += few(unknown(), path.rstrip(".") or "the lesson")


def _section(top: Mapping[str, object], key: str, problems: list[str]) -> Mapping[str, object]:
    table = top.get(key, {})
    if not isinstance(table, Mapping):
        problems.append(f"{key} is {show(table)}; expected a table. Write [{key}] in TOML.")
        return {}
    if key in KEYS:
        note_unknown(f"{key}.", table, KEYS[key], problems)
    return table


def _numbers(path: str, value: object, depth: int, problems: list[str]) -> Array | None:
    found = number_problems(path, value, depth)
    problems += found
    return None if found else read_only(path, np.array(value, dtype=np.float64))


def _list(path: str, value: object, problems: list[str], advice: str) -> list[object] | None:
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if isinstance(value, (list, tuple)):
        return list(value)
    found = "missing" if value is None else show(value)
    problems.append(f"{path} is {found}; expected a list. {advice}")
    return None


def _layers(path: str, value: object, depth: int, problems: list[str]) -> list[Array] | None:
    rows = _list(path, value, problems, "Write weights and bias, or instead of both seed = 7.")
    if rows is not None and len(rows) > MAX_LAYERS:
        problems.append(f"{path} has {len(rows)} layers; expected at most {MAX_LAYERS:,}.")
        return None
    arrays = [_numbers(f"{path}[{i}]", row, depth, problems) for i, row in enumerate(rows or ())]
    good = [array for array in arrays if array is not None]
    return good if rows is not None and len(good) == len(arrays) else None


def _sizes(table: Mapping[str, object], problems: list[str]) -> list[Any] | None:
    before = len(problems)
    sizes = _list("network.sizes", table.get("sizes"), problems, "Write sizes = [2, 2, 2].")
    problems += size_problems(sizes) if sizes is not None else ()
    return sizes if len(problems) == before else None


def network_from(top: Mapping[str, object], problems: list[str]) -> Network | None:
    """The network of top["network"], or None and what is wrong added to `problems`."""
    before = len(problems)
    table = _section(top, "network", problems)
    sizes = _sizes(table, problems)
    count = len(sizes) - 1 if sizes else None
    names = table.get("activations", "sigmoid")
    names = [names] * (count or 1) if isinstance(names, str) else names
    activations = _list("network.activations", names, problems, 'Write activations = "sigmoid".')
    rules = {key: table.get(key, default) for key, default in RULE_DEFAULTS.items()}
    problems += rule_problems(activations or (), None if activations is None else count, **rules)
    values: dict[str, Any] = {"sizes": sizes, "activations": activations, **rules}
    if "seed" in table:
        seed: Any = table["seed"]
        problems += whole_problems("network.seed", seed, 0, "seed = 7")
        for key in ("weights", "bias"):
            if key in table:
                problems.append(f"network.{key} stands beside network.seed; remove one of them.")
        init: Any = table.get("init", "uniform")
        problems += choice_problems("network.init", init, RULES)
        return None if len(problems) > before else Network.random(**values, seed=seed, init=init)
    if "init" in table:
        problems.append("network.init needs network.seed; add seed = 7, or remove init.")
    weights = _layers("network.weights", table.get("weights"), 2, problems)
    no_bias = rules["biases"] == "none" and "bias" not in table
    bias = [] if no_bias else _layers("network.bias", table.get("bias"), 1, problems)
    if sizes and weights is not None and bias is not None:
        problems += parameter_problems(sizes, rules["biases"], weights, bias)
    if len(problems) > before:
        return None
    return Network(**values, weights=tuple(weights or ()), bias=tuple(bias or ()))


def training_from(top: Mapping[str, object], problems: list[str]) -> Training | None:
    """The settings of top["training"], or None and what is wrong added to `problems`."""
    before = len(problems)
    table = _section(top, "training", problems)
    settings = {key: value for key, value in table.items() if key in SETTINGS}
    problems += training_problems(settings)
    return None if len(problems) > before else training_of(settings)


def data_from(top: Mapping[str, object], problems: list[str]) -> dict[str, Array] | None:
    """The arrays of top["data"] by key, or None and what is wrong added to `problems`.

    The test set is left out where there is none.
    """
    before = len(problems)
    table = _section(top, "data", problems)
    has_test = any(key in table for key in DATA[2:])
    wanted = DATA if has_test else DATA[:2]
    arrays = {key: _numbers(f"data.{key}", table.get(key), 2, problems) for key in wanted}
    network = top.get("network")
    sizes = _sizes(network, []) if isinstance(network, Mapping) else None  # noted with the network
    for kind in ("", "test_")[: 1 + has_test]:
        inputs, targets = arrays[f"{kind}inputs"], arrays[f"{kind}targets"]
        if sizes and inputs is not None and targets is not None:
            problems += data_problems(sizes, inputs, targets, kind)
    good = {key: array for key, array in arrays.items() if array is not None}
    return None if len(problems) > before else good


def state_from(
    top: Mapping[str, object],
    network: Network | None,
    training: Training | None,
    problems: list[str],
) -> State | None:
    """The state of top["state"], or None and what is wrong added to `problems`.

    Without a network and a training nothing is said: their own problems come first.
    """
    before = len(problems)
    table = _section(top, "state", problems)
    if network is None or training is None:
        return None
    depth = {"weights": 2, "bias": 1}
    layers = {
        key: _layers(f"state.{key}", table[key], depth[key.rpartition("_")[2]], problems)
        for key in state_keys(network, training)
        if key in table
    }
    unknown: dict[str, list[Array]] = {
        key: [] for key in table if key != "count" and key not in layers
    }
    arrays = {**{key: found for key, found in layers.items() if found is not None}, **unknown}
    count: Any = table.get("count", 0)
    if len(problems) == before:
        problems += few(state_problems(network, training, count, arrays), "state")
    return None if len(problems) > before else State(count, arrays)
