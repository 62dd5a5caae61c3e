"""The numbers of the yellow cells become a lesson: parameters, data, options, states.

Knows: which yellow block is which of a lesson's numbers. Does not know files or cells.
"""

from __future__ import annotations

from sheetnet.core.settings import with_numbers
from sheetnet.core.state import State
from sheetnet.lessons import Lesson, with_values
from sheetnet.quantities.updates import states_of
from sheetnet.sheets.model import FloatArray
from sheetnet.workbooks.cached import without_bias


def with_yellow(original: Lesson, arrays: dict[str, FloatArray]) -> Lesson:
    """The lesson with the arrays of the yellow cells, by their names. Raises LessonError."""
    network = original.network
    pairs = [
        without_bias(arrays[f"W_{layer}"], network.biases) for layer in range(1, network.layers + 1)
    ]
    targets = arrays.get("targets")  # Predict has none, nor any setting
    state = original.state
    count = int(arrays["count"].item()) if "count" in arrays else state.count
    return with_values(
        original,
        weights=[weights for weights, _ in pairs],
        bias=[bias for _, bias in pairs],
        inputs=arrays["inputs"].reshape(original.inputs.shape),
        targets=None if targets is None else targets.reshape(original.targets.shape),
        settings=with_numbers(
            original.training.settings(),
            {name: float(array.item()) for name, array in arrays.items() if array.size == 1},
        ),
        state=State(count, {**state.arrays, **_remembered(original, arrays)}),
    )


def _remembered(original: Lesson, arrays: dict[str, FloatArray]) -> dict[str, list[FloatArray]]:
    """The optimiser's state in the yellow cells, by the names that a lesson gives it."""
    layers = range(1, original.network.layers + 1)
    found: dict[str, list[FloatArray]] = {}
    for name in states_of(original):
        if f"{name}_1" in arrays:
            biases = "trained" if f"{name}_bias" in original.state.arrays else "none"
            pairs = [without_bias(arrays[f"{name}_{layer}"], biases) for layer in layers]
            found[f"{name}_weights"] = [weights for weights, _ in pairs]
            if biases == "trained":
                found[f"{name}_bias"] = [bias for _, bias in pairs]
    return found
