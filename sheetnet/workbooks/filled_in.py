"""The numbers of the yellow cells become a lesson: parameters, data, options, states.

Knows: which yellow block is which of a lesson's numbers. Does not know files or cells.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sheetnet.core.settings import with_numbers
from sheetnet.core.state import State
from sheetnet.lessons import Lesson, Variant, with_values
from sheetnet.quantities.updates import states_of
from sheetnet.sheets.model import FloatArray
from sheetnet.sheets.views import of_variant
from sheetnet.workbooks.cached import without_bias


def with_yellow(original: Lesson, arrays: dict[str, FloatArray]) -> Lesson:
    """The lesson with the arrays of the yellow cells, by their names. Raises LessonError."""
    if original.compare:
        return _compared(original, arrays)
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


def _compared(original: Lesson, arrays: dict[str, FloatArray]) -> Lesson:
    """The same for a comparison: what its variants share, and each one's own."""
    network = original.network

    def starts(variant: int) -> tuple[list[FloatArray], list[FloatArray]] | None:
        names = [of_variant(variant, f"W_{layer}") for layer in range(1, network.layers + 1)]
        if names[0] not in arrays:
            return None
        pairs = [without_bias(arrays[name], network.biases) for name in names]
        return [weights for weights, _ in pairs], [bias for _, bias in pairs]

    variants = []
    for number, variant in enumerate(original.compare, start=1):
        before = original.variant(number).training.settings()
        own = {name: float(arrays[key].item()) for name in (*before, "beta_1", "beta_2")
               if (key := of_variant(number, name)) in arrays}  # fmt: skip
        after: dict[str, Any] = with_numbers(before, own)
        changes = {key: x for key, x in after.items() if before[key] != x}
        changes = {k: tuple(x) if isinstance(x, list) else x for k, x in changes.items()}
        changes = {k: x for k, x in changes.items() if x != before[k]}
        start = starts(number) or ((), ())
        made = Variant(variant.label, {**variant.settings, **changes}, *map(tuple, start))
        variants.append(made)
    shared = starts(0) or (list(network.weights), list(network.bias))
    return replace(
        original,
        network=network.with_parameters(*shared),
        inputs=arrays["inputs"].reshape(original.inputs.shape),
        targets=arrays["targets"].reshape(original.targets.shape),
        compare=tuple(variants),
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
