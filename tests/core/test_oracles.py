"""The documents' networks against reference numbers that this project did not compute.

The numbers were made by automatic differentiation in another library and, in the block `mp50`,
by 50-digit arithmetic. The last test compares with a spreadsheet made by the author of document 2.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from support.folders import ORACLES
from support.forward import loss

from sheetnet import gallery, lessons
from sheetnet.core.functions import ACTIVATIONS, Array
from sheetnet.core.network import Network
from sheetnet.core.step import Trace, train_step, updated

FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in ORACLES.glob("*.json")}
ORACLES = {name: table for name, table in FILES.items() if table.get("schema")}
REDUCTION = {"sum": "sum", "mean_batch": "mean", "mean_all": "mean_all"}
TOLERANCE = 1e-12
FLOOR = 1e-15


def network_of(oracle: dict[str, Any]) -> Network:
    return Network(
        tuple(oracle["sizes"]),
        tuple(oracle["activations"]),
        oracle["loss"]["name"],
        REDUCTION[oracle["loss"]["reduction"]],
        "fixed" if oracle.get("freeze_bias") else "trained",
        tuple(oracle["W"]),
        tuple(oracle["b"]),
    )


def differences(oracle: dict[str, Any]) -> list[str]:
    """Every quantity of the trace that differs from the oracle by more than the tolerance."""
    network = network_of(oracle)
    inputs, targets, rate = oracle["X"], oracle["Y"], oracle["lr"]
    trace = train_step(network, inputs, targets, rate)
    expected = oracle["expected"]
    mine: dict[str, Any] = {key: getattr(trace, key) for key in ("loss", "z", "a", "dE_da")}
    mine |= {key: getattr(trace, key) for key in ("delta", "dW", "db")}
    mine["da_dz"] = slopes(trace, network, expected["da_dz"])
    mine["W_new"] = trace.network.weights
    # The oracle's b_new is updated even where its loss after one step freezes the bias.
    mine["b_new"] = [updated(b, g, rate) for b, g in zip(network.bias, trace.db, strict=True)]
    mine["loss_after_one_step"] = loss(trace.network, inputs, targets)
    theirs = {**expected, "da_dz": [row["value"] for row in expected["da_dz"]]}
    assert set(mine) == set(theirs)
    return [
        key
        for key in mine
        if not all(
            np.shape(m) == np.shape(t)
            and np.allclose(m, np.array(t, dtype=float), rtol=TOLERANCE, atol=FLOOR)
            for m, t in zip(np_list(mine[key]), np_list(theirs[key]), strict=True)
        )
    ]


def np_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def slopes(trace: Trace, network: Network, wanted: list[dict[str, Any]]) -> list[Array]:
    """The slope of each layer, or the Jacobian row by row through `backward` where wanted."""
    found = []
    for l, (name, row) in enumerate(zip(network.activations, wanted, strict=True)):
        if row["type"] == "diagonal":
            found.append(trace.slope[l])
            continue
        backward, n = ACTIVATIONS[name].backward, network.sizes[l + 1]
        z, a = trace.z[l], trace.a[l + 1]
        rows = [backward(z, a, np.broadcast_to(np.eye(n)[i], a.shape)) for i in range(n)]
        found.append(np.stack(rows, axis=1))
        np.testing.assert_allclose(trace.slope[l], np.einsum("eii->ei", found[-1]), rtol=TOLERANCE)
    return found


def test_all_oracles_are_here() -> None:
    assert len(ORACLES) == 8


@pytest.mark.parametrize("name", ORACLES)
def test_every_quantity_of_one_step(name: str) -> None:
    assert differences(ORACLES[name]) == []


@pytest.mark.parametrize("name", ORACLES)
def test_gradients_against_50_digits(name: str) -> None:
    oracle = ORACLES[name]
    if "mp50" not in oracle:
        pytest.skip("this oracle has no 50-digit block")
    trace = train_step(network_of(oracle), oracle["X"], oracle["Y"], oracle["lr"])
    np.testing.assert_allclose(trace.loss, float(oracle["mp50"]["loss"]), rtol=1e-14)
    for key in ("dW", "db"):
        for mine, theirs in zip(getattr(trace, key), oracle["mp50"][key], strict=True):
            exact = np.array(theirs, dtype=object).astype(float)
            np.testing.assert_allclose(mine, exact, rtol=TOLERANCE, atol=FLOOR)


@pytest.mark.parametrize("key", ["z", "a", "dE_da", "delta", "dW", "db", "W_new", "b_new"])
@pytest.mark.parametrize("name", ORACLES)
def test_a_changed_number_is_noticed(name: str, key: str) -> None:
    oracle = copy.deepcopy(ORACLES[name])
    array = np.array(oracle["expected"][key][-1])
    array.flat[np.abs(array).argmax()] *= 1 + 1e-11
    oracle["expected"][key][-1] = array.tolist()
    assert differences(oracle) == [key]


def test_without_biases_equals_fixed_zero_biases() -> None:
    oracle = ORACLES["seed002_2_3_3"]
    fixed = network_of(oracle)
    none = Network(fixed.sizes, fixed.activations, fixed.loss, "sum", "none", fixed.weights)
    for mine, theirs in zip(
        train_step(none, oracle["X"], oracle["Y"], 0.1).dW,
        train_step(fixed, oracle["X"], oracle["Y"], 0.1).dW,
        strict=True,
    ):
        np.testing.assert_array_equal(mine, theirs)


# Rows of the spreadsheet that document 2 names: the step; of layers 1 and 2 each the numbers
# w00 w01 bias0 w10 w11 bias1; the cost.
SPREADSHEET: list[tuple[int, list[float], float]] = [
    (0, [0.5, -0.2, 0.3, 0.2, -0.6, 0.6, 0.1, 0.5, -0.3, 0.2, 0.3, 0.5], 0.0605716938833457),
    (
        1,
        [
            0.499784958426768,
            -0.201935374159091,
            0.297849584267677,
            0.199453345729434,
            -0.604919888435097,
            0.594533457294337,
            0.0861994813799953,
            0.486769635296225,
            -0.325443530630486,
            0.183403689648995,
            0.284089348760956,
            0.469401966520538,
        ],
        0.0555798750359162,
    ),
    (
        2,
        [
            0.499596855107426,
            -0.203628304033166,
            0.29596855107426,
            0.198947256510217,
            -0.60947469140805,
            0.589472565102167,
            0.0731207307854909,
            0.474268718262984,
            -0.349599632274716,
            0.167185147911781,
            0.268587360005068,
            0.439446754828531,
        ],
        0.0509364029475614,
    ),
    (
        3,
        [
            0.499433783010578,
            -0.205095952904796,
            0.294337830105783,
            0.198479509620225,
            -0.613684413417971,
            0.584795096202254,
            0.0607296306456151,
            0.462459171216745,
            -0.372521652725871,
            0.15137366032024,
            0.253517954990542,
            0.410197435732952,
        ],
        0.0466269433118775,
    ),
    (
        4,
        [
            0.49929385434252,
            -0.206355310917319,
            0.292938543425201,
            0.198047855529554,
            -0.617569300234014,
            0.58047855529554,
            0.0489914643615342,
            0.45130287615375,
            -0.394265477255672,
            0.13599443713393,
            0.238901093416618,
            0.381708903344273,
        ],
        0.0426364186131948,
    ),
    (
        10,
        [
            0.498840728693995,
            -0.210433441754046,
            0.288407286939949,
            0.196093141124858,
            -0.635161729876274,
            0.560931411248584,
            -0.00960335206569613,
            0.396073628970735,
            -0.503137875353252,
            0.0536761901117406,
            0.161320499398855,
            0.228751428058627,
        ],
        0.0244979172929989,
    ),
    (
        24,
        [
            0.499058686963442,
            -0.208471817329023,
            0.290586869634419,
            0.194062712442355,
            -0.653435588018809,
            0.540627124423546,
            -0.0930526623348785,
            0.318780454527974,
            -0.658475868542652,
            -0.0738913261488242,
            0.0431722116579458,
            -0.00871039454856679,
        ],
        0.00649112959073309,
    ),
    (
        50,
        [
            0.499949008334879,
            -0.200458924986091,
            0.299490083348788,
            0.193175367800298,
            -0.661421689797317,
            0.531753678002981,
            -0.158410704098119,
            0.259358368604316,
            -0.779537156099079,
            -0.168252179761604,
            -0.0426378590764608,
            -0.183511819636724,
        ],
        0.000626437652007868,
    ),
    (
        100,
        [
            0.500496538552786,
            -0.19553115302492,
            0.304965385527867,
            0.192909240865521,
            -0.663816832210307,
            0.529092408655214,
            -0.19021831504955,
            0.230772640331067,
            -0.838073707864883,
            -0.203129001013129,
            -0.0739897325644059,
            -0.247707168026883,
        ],
        1.0857766665965e-05,
    ),
    (
        500,
        [
            0.500589268760275,
            -0.194696581157516,
            0.30589268760276,
            0.192855793964206,
            -0.664297854322147,
            0.528557939642056,
            -0.196624702555581,
            0.22503918615793,
            -0.849831667092625,
            -0.207023804498139,
            -0.0774757190834591,
            -0.254855863502838,
        ],
        6.43148892086602e-18,
    ),
]


@pytest.mark.parametrize(("t", "parameters", "cost"), SPREADSHEET)
def test_rows_of_the_documents_spreadsheet(t: int, parameters: list[float], cost: float) -> None:
    run = lessons.train(lessons.load(gallery.path_of("simple-neural-net")), steps=t, record=True)
    wanted = np.array(parameters).reshape(2, 2, 3)
    for l in range(2):
        np.testing.assert_allclose(run.weights[l][t], wanted[l][:, :2], rtol=1e-13)
        np.testing.assert_allclose(run.bias[l][t], wanted[l][:, 2], rtol=1e-13)
    # The cost is a difference of nearly equal numbers squared: its error scales with its root.
    np.testing.assert_allclose(run.losses[t], cost, rtol=1e-13, atol=1e-15 * cost**0.5)
