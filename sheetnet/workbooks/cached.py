"""The numbers that a fresh workbook holds beside its formulas, computed by NumPy alone.

Knows: that a lesson's numbers stand in the yellow cells, that a training is run once, and that
everything else follows block by block (see `due`). Does not know formulas or places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sheetnet.core.optimizers import numbers
from sheetnet.lessons import Lesson, train
from sheetnet.quantities.batch_trees import picks_examples
from sheetnet.quantities.updates import states_of
from sheetnet.sheets.model import Block, FloatArray, Workbook
from sheetnet.sheets.variant_rows import DIVERGED
from sheetnet.sheets.views import TRAINING, history, of_variant, row_examples
from sheetnet.workbooks.due import due, reads


def with_bias(weights: FloatArray, bias: FloatArray, biases: str) -> FloatArray:
    """[W | b]: the bias as the last weight of each neuron; shape (..., destination, sources)."""
    if biases == "none":
        return weights
    return np.concatenate([weights, bias[..., None]], axis=-1)


def without_bias(both: FloatArray, biases: str) -> tuple[FloatArray, FloatArray]:
    """The inverse of `with_bias`; zeros for the bias of a network that has none."""
    if biases == "none":
        return both, np.zeros(both.shape[:-1])
    return both[..., :-1], both[..., -1]


def start(lesson: Lesson) -> dict[str, FloatArray]:
    """What a person may edit, by the name of its yellow block."""
    network = lesson.network
    pairs = zip(network.weights, network.bias, strict=True)
    values = {f"W_{n}": with_bias(w, b, network.biases) for n, (w, b) in enumerate(pairs, start=1)}
    values["inputs"], values["targets"] = lesson.inputs, lesson.targets
    values["learning_rate"] = np.array([[lesson.training.learning_rate]])
    for name, number in numbers(lesson.training.options).items():
        values[name] = np.array([[number]])
    values["count"] = np.array([[float(lesson.state.count)]])
    values |= _remembered(lesson, lesson.state.arrays)
    for number in range(1, len(lesson.compare) + 1):
        own = start(lesson.variant(number))
        values |= {of_variant(number, name): array for name, array in own.items()}
    return values


def _remembered(
    lesson: Lesson, arrays: Mapping[str, Sequence[FloatArray]]
) -> dict[str, FloatArray]:
    """What the optimiser remembers, by layer, the bias as the last of each neuron's."""
    found: dict[str, FloatArray] = {}
    for name in states_of(lesson):
        biases = arrays.get(f"{name}_bias")
        for n, weights in enumerate(arrays[f"{name}_weights"]):
            whole = weights if biases is None else with_bias(weights, biases[n], "trained")
            found[f"{name}_{n + 1}"] = whole
    return found


def _until_divergence(lesson: Lesson) -> dict[str, FloatArray]:
    """The states of a training that may diverge: NaN from the row on that follows such a loss."""
    found = states(lesson, stop=True)
    losses, rows = found.pop("loss"), lesson.training.steps + 1
    alive = int(np.argmax([*~(losses < DIVERGED), True])) + 1  # rows that begin with a number
    whole = {}
    for name, array in found.items():
        whole[name] = np.full((rows, *array.shape[1:]), np.nan)
        kept = min(alive, len(array))
        whole[name][:kept] = array[:kept]
    alive = min(alive, rows)
    whole["step"][:alive] = np.arange(alive)
    return whole


def states(lesson: Lesson, *, stop: bool = False) -> dict[str, FloatArray]:
    """What each step of the training starts from, and what it made of it, steps first.

    z, a and delta are kept as well, since training had them to the last bit; not those of batches,
    whose rows may hold more examples than were trained on. With `stop` the rows end where numbers
    do, and the losses are there too.
    """
    run = train(lesson, record=True, stop=stop)
    biases = lesson.network.biases
    found = {"step": lesson.state.count + np.arange(len(run.losses), dtype=float)}
    found |= _remembered(lesson, run.states)
    for n, (w, b) in enumerate(zip(run.weights, run.bias, strict=True), start=1):
        found[f"W_{n}"] = with_bias(w, b, biases)
    found |= {"loss": run.losses} if stop else {}
    if picks_examples(lesson):
        return found
    for n in range(1, lesson.network.layers + 1):
        found[f"z_{n}"], found[f"a_{n}"] = run.z[n - 1], run.a[n]
        found[f"delta_{n}"] = run.delta[n - 1]
    found["a_0"] = run.a[0]
    steps, count = len(run.losses), len(lesson.inputs)
    turns = found["step"].astype(int) % count
    all_at_once = row_examples(lesson) == count
    found["targets"] = (
        np.repeat(lesson.targets[None], steps, axis=0)
        if all_at_once
        else lesson.targets[turns][:, None, :]
    )
    return found


def cached(
    lesson: Lesson,
    workbook: Workbook,
    chosen: Mapping[str, FloatArray] | None = None,
    changed: Callable[[Block, FloatArray], FloatArray] = lambda _, array: array,
) -> dict[str, FloatArray]:
    """Block name -> the numbers of its cells, shape (rows, columns), as a fresh file holds them.

    `chosen` are the values of choosers that do not stand on their first choice. `changed` gets
    each block's array as it is worked out, and gives the one that its followers are to read.
    """
    blocks = {block.name: block for block in workbook.blocks()}
    typed, rules = start(lesson), workbook.array_rules()
    has_history = any(name.startswith(TRAINING) for name in blocks)
    trained = {0: states(lesson) if has_history else {}}
    for number in range(1, len(lesson.compare) + 1):
        trained[number] = _until_divergence(lesson.variant(number))
    arrays: dict[str, FloatArray] = {}

    def work_out(block: Block) -> None:
        run = trained[block.variant]
        is_of_run = block.name == of_variant(block.variant, history(block.quantity))
        if is_of_run and block.quantity in run:
            arrays[block.name] = run[block.quantity].reshape(block.shape)
        elif chosen and block.name in chosen:
            arrays[block.name] = block.from_sheet(chosen[block.name])
        elif block.typed_name in typed:
            arrays[block.name] = typed[block.typed_name].reshape(block.shape)
        else:
            for name, _ in reads(block) if block.formula is not None else ():
                if name not in arrays:
                    work_out(blocks[name])
            arrays[block.name] = changed(block, due(lesson, block, blocks, rules, arrays))

    for block in blocks.values():
        if block.name not in arrays:
            work_out(block)
    return {
        name: np.asarray(block.to_sheet(arrays[name].reshape(block.shape)))
        for name, block in blocks.items()
    }
