"""Makes tests/oracles/torch_*.json: what torch.optim makes of two small networks, step by step.

Knows torch and scikit-learn's copy of the iris data; imports nothing of sheetnet, so that the
numbers are an oracle. Needs an environment of its own:

    python3 -m venv ENV && ENV/bin/pip install torch==2.13.0 scikit-learn numpy
    ENV/bin/python tools/make_torch_oracles.py

Batches are those of torch's DataLoader, which takes the examples in the order it is given.
"""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_iris

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "oracles"
STEPS, EVERY = 240, 12
BATCH, SHUFFLE = 16, 7
CLASSES = {
    "sgd": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
# Settings as a lesson has them; learning rates are large enough for the networks to move.
CASES: list[dict[str, Any]] = [
    {"optimizer": "sgd", "learning_rate": 0.5},
    {"optimizer": "sgd", "learning_rate": 0.2, "momentum": 0.9},
    {"optimizer": "sgd", "learning_rate": 0.2, "momentum": 0.9, "dampening": 0.3},
    {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    {"optimizer": "sgd", "learning_rate": 0.5, "weight_decay": 0.001},
    {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.8, "nesterov": True,
     "weight_decay": 0.003},
    {"optimizer": "sgd", "learning_rate": 0.2, "momentum": 0.9, "dampening": 0.5,
     "weight_decay": 0.001, "decay_biases": False},
    {"optimizer": "adagrad", "learning_rate": 0.1},
    {"optimizer": "adagrad", "learning_rate": 0.2, "lr_decay": 0.01, "eps": 1e-3},
    {"optimizer": "adagrad", "learning_rate": 0.1, "weight_decay": 0.001},
    {"optimizer": "rmsprop"},
    {"optimizer": "rmsprop", "learning_rate": 0.02, "alpha": 0.9, "centered": True, "eps": 0.01},
    {"optimizer": "rmsprop", "learning_rate": 0.005, "momentum": 0.8, "eps": 1e-4},
    {"optimizer": "rmsprop", "alpha": 0.95, "centered": True, "momentum": 0.5, "eps": 0.01,
     "weight_decay": 0.001},
    {"optimizer": "adam"},
    {"optimizer": "adam", "learning_rate": 0.02, "betas": [0.8, 0.95], "eps": 1e-3},
    {"optimizer": "adam", "learning_rate": 0.01, "weight_decay": 0.001},
    {"optimizer": "adamw"},
    {"optimizer": "adamw", "learning_rate": 0.02, "weight_decay": 0.1},
    {"optimizer": "adamw", "learning_rate": 0.02, "betas": [0.8, 0.95], "eps": 1e-3},
    {"optimizer": "adamw", "learning_rate": 0.02, "weight_decay": 0.1, "decay_biases": False},
    {"optimizer": "sgd", "learning_rate": 0.5, "schedule": "step", "step_size": 50, "gamma": 0.5},
    {"optimizer": "adam", "learning_rate": 0.05, "schedule": "exponential", "gamma": 0.98},
    {"optimizer": "sgd", "learning_rate": 0.5, "momentum": 0.5, "schedule": "inverse",
     "decay_rate": 0.02},
    {"optimizer": "sgd", "learning_rate": 0.5, "schedule": "cosine", "T_max": 200,
     "eta_min": 0.01},
    {"optimizer": "adamw", "learning_rate": 0.02, "schedule": "warm_up", "start_factor": 0.05,
     "total_iters": 60},
]  # fmt: skip
# With a test set, whose loss falls and rises again within so many steps.
TESTED: list[dict[str, Any]] = [
    {"optimizer": "sgd", "learning_rate": 0.2},
    {"optimizer": "adam", "learning_rate": 0.05},
]
MINE = ("optimizer", "learning_rate", "decay_biases", "schedule", "step_size", "T_max", "eta_min")
SCHEDULED = ("gamma", "decay_rate", "start_factor", "total_iters")


def optimizer_of(case: dict[str, Any], parameters: list[torch.Tensor]) -> torch.optim.Optimizer:
    options = {key: x for key, x in case.items() if key not in (*MINE, *SCHEDULED)}
    if "learning_rate" in case:
        options["lr"] = case["learning_rate"]
    groups: list[dict[str, Any]] = [{"params": parameters}]
    if not case.get("decay_biases", True):
        biases = [p for p in parameters if p.ndim == 1]
        groups = [
            {"params": [p for p in parameters if p.ndim == 2]},
            {"params": biases, "weight_decay": 0.0},
        ]
    return CLASSES[case["optimizer"]](groups, **options, foreach=False)


def scheduler_of(case: dict[str, Any], optimizer: torch.optim.Optimizer) -> Any:
    later = torch.optim.lr_scheduler
    match case.get("schedule", "constant"):
        case "step":
            return later.StepLR(optimizer, case["step_size"], case["gamma"])
        case "exponential":
            return later.ExponentialLR(optimizer, case["gamma"])
        case "inverse":
            return later.LambdaLR(optimizer, lambda t: 1.0 / (1.0 + case["decay_rate"] * t))
        case "cosine":
            return later.CosineAnnealingLR(optimizer, case["T_max"], case["eta_min"])
        case "warm_up":
            return later.LinearLR(optimizer, case["start_factor"], 1.0, case["total_iters"])
    return later.ConstantLR(optimizer, 1.0)


def start(sizes: list[int], seed: int, times: float) -> list[torch.Tensor]:
    """Weights and bias of each layer, `times` what torch.nn.Linear draws."""
    torch.manual_seed(seed)
    layers = [torch.nn.Linear(s, d) for s, d in pairwise(sizes)]
    return [times * p.detach() for layer in layers for p in layer.parameters()]


def calm(case: dict[str, Any], name: str) -> dict[str, Any]:
    """The case as the network takes it: gradients of one batch of iris jump about, and where
    training is chaotic no two ways of adding agree for long."""
    if name == "xor" or case["optimizer"] != "sgd":
        return case
    return {**case, "learning_rate": case["learning_rate"] / 10}


def xor_loss(parameters: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    w1, b1, w2, b2 = parameters
    a = torch.sigmoid(torch.sigmoid(x @ w1.T + b1) @ w2.T + b2)
    return 0.5 * ((a - y) ** 2).sum()


def iris_loss(parameters: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    w1, b1, w2, b2 = parameters
    return torch.nn.functional.cross_entropy(torch.tanh(x @ w1.T + b1) @ w2.T + b2, y)


def trained(case: dict[str, Any], network: dict[str, Any], rows: list[list[int]]) -> dict[str, Any]:
    """Losses at every EVERY-th step, those of the test set and its accuracy where there is one,
    and the parameters after the last step."""
    parameters = [torch.tensor(p, requires_grad=True) for p in network["start"]]
    x, y = torch.tensor(network["inputs"]), torch.tensor(network["targets"])
    optimizer = optimizer_of(case, parameters)
    scheduler = scheduler_of(case, optimizer)
    losses, measured = [], []
    for taken in [*rows, rows[0]]:
        if "test_inputs" in network:
            measured.append(tested(network, parameters))
        optimizer.zero_grad()
        loss = LOSSES[network["name"]](parameters, x[taken], y[taken])
        losses.append(loss.item())
        if len(losses) <= len(rows):
            loss.backward()
            optimizer.step()
            scheduler.step()
    test = [list(column) for column in zip(*measured[::EVERY], strict=True)]
    return {
        "settings": case,
        "losses": losses[:-1:EVERY],
        "end": [p.tolist() for p in parameters],
        **dict(zip(("test_losses", "test_accuracies"), test, strict=False)),
    }


def tested(network: dict[str, Any], parameters: list[torch.Tensor]) -> tuple[float, float]:
    """Loss and accuracy on the test set."""
    x, y = torch.tensor(network["test_inputs"]), torch.tensor(network["test_targets"])
    w1, b1, w2, b2 = parameters
    with torch.no_grad():
        z = torch.tanh(x @ w1.T + b1) @ w2.T + b2
        right = z.argmax(dim=1) == y.argmax(dim=1)
        return iris_loss(parameters, x, y).item(), right.double().mean().item()


LOSSES = {"xor": xor_loss, "iris": iris_loss}


def rows_of(examples: int) -> list[list[int]]:
    """BATCH examples a step, one seeded permutation a round, on and on, by torch's DataLoader."""
    rows: list[list[int]] = []
    for turn in range(math.ceil(STEPS / math.ceil(examples / BATCH))):
        order = np.argsort(np.random.default_rng((SHUFFLE, turn)).random(examples), kind="stable")
        loader = torch.utils.data.DataLoader(
            range(examples), batch_size=BATCH, sampler=order.tolist(), drop_last=False
        )
        rows += [batch.tolist() for batch in loader]
    return rows[:STEPS]


def starts() -> dict[str, Any]:
    """For each rule of initial values the largest weight and the variance of a large sample."""
    torch.manual_seed(0)
    found = []
    for fan_in, fan_out in ((400, 300), (50, 2000)):
        layer = torch.nn.Linear(fan_in, fan_out)
        rules = {
            "uniform": lambda w, layer=layer: layer.reset_parameters(),
            "xavier": torch.nn.init.xavier_uniform_,
            "he": lambda w: torch.nn.init.kaiming_uniform_(w, nonlinearity="relu"),
        }
        for rule, fill in rules.items():
            with torch.no_grad():
                fill(layer.weight)
            found.append(
                {
                    "init": rule,
                    "fan_in": fan_in,
                    "fan_out": fan_out,
                    "largest": layer.weight.abs().max().item(),
                    "variance": layer.weight.var().item(),
                    "bias_variance": layer.bias.var().item() if rule == "uniform" else 0.0,
                }
            )
    return {"torch": torch.__version__, "starts": found}


def write(name: str, table: dict[str, Any]) -> None:
    path = FOLDER / f"torch_{name}.json"
    path.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")


def main() -> None:
    torch.set_default_dtype(torch.float64)
    iris = load_iris()
    data = {
        "xor": {"sizes": [2, 3, 1], "activations": "sigmoid", "loss": "half_squared_error",
                "reduction": "sum", "inputs": [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
                "targets": [[0.0], [1.0], [1.0], [0.0]], "batch": "full"},
        "iris": {"sizes": [4, 5, 3], "activations": ["tanh", "softmax"],
                 "loss": "categorical_cross_entropy", "reduction": "mean",
                 "inputs": np.round(iris.data - iris.data.mean(axis=0), 3).tolist(),
                 "targets": np.eye(3)[iris.target].tolist(), "batch": BATCH, "shuffle": SHUFFLE},
    }  # fmt: skip
    scale = {"xor": 4.0, "iris": 1.0}
    held_out = np.arange(150) % 5 == 4
    inputs, targets = (np.array(data["iris"][key]) for key in ("inputs", "targets"))
    tested_iris = data["iris"] | {
        "inputs": inputs[~held_out].tolist(), "targets": targets[~held_out].tolist(),
        "test_inputs": inputs[held_out].tolist(), "test_targets": targets[held_out].tolist(),
    }  # fmt: skip
    for seed, (name, table) in enumerate(data.items(), start=3):
        first = start(table["sizes"], seed, scale[name])
        network = {"name": name, "torch": torch.__version__, **table, "steps": STEPS,
                   "every": EVERY, "start": [p.tolist() for p in first]}  # fmt: skip
        rows = rows_of(150) if name == "iris" else [[0, 1, 2, 3]] * STEPS
        network["rows"] = rows if name == "iris" else []
        cases = [trained(calm(case, name), network, rows) for case in CASES]
        write(name, {**network, "cases": cases})
        if name == "iris":
            table = {**network, **tested_iris, "rows": []}
            rows = rows_of(len(table["inputs"]))
            cases = [trained(case, table, rows) for case in TESTED]
            write("iris_test", {**table, "cases": cases})
    write("starts", starts())


if __name__ == "__main__":
    main()
