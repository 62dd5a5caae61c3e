"""What every computed cell should be, by `core`, given what the engine made of its inputs.

Knows: which quantity each block shows and where its inputs come from. Does not know formulas,
tolerances or engines.

Each cell is judged alone: its inputs are the engine's own values. By induction from the yellow
cells, a workbook in which every cell is right by itself is right as a whole; and a wrong cell is
named without the thousands that follow from it.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from functools import cache

import numpy as np

from sheetnet.core.functions import LOSSES, reduction_factor
from sheetnet.documents import errata, notes, published
from sheetnet.formulas.tree import Binary, Call, Cell, I, Index, Name, Negative, Node, Span
from sheetnet.lessons import Lesson
from sheetnet.sheets import predict, views
from sheetnet.sheets.mathematics import is_fused
from sheetnet.sheets.model import Block, FloatArray, Workbook
from sheetnet.sheets.views import row_examples
from sheetnet.workbooks.cached import quantities

Grids = Mapping[str, FloatArray]


def expected(lesson: Lesson, workbook: Workbook, grids: Grids) -> dict[str, FloatArray]:
    """Block name -> what its cells should hold, shape (rows, columns); typed cells are NaN.

    `grids` are the engine's values by block; NaN where a cell has no number.
    """
    blocks = {block.name: block for block in workbook.blocks()}
    arrays = {name: block.from_sheet(grids[name]) for name, block in blocks.items()}
    wanted: dict[str, FloatArray] = {}
    if predict.is_asked_for(lesson):
        wanted |= _predict(lesson, arrays)
    trained = {n: b for n, b in blocks.items() if n not in wanted}
    if not predict.is_alone(lesson):
        wanted |= _trained(lesson, trained, arrays)
    return {name: _sheet(blocks[name], array) for name, array in wanted.items()}


def _trained(
    lesson: Lesson, blocks: Mapping[str, Block], arrays: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """The blocks of Training, Step and what refers to them."""
    rate = arrays["learning_rate"].reshape(())
    history: dict[str, FloatArray] = {}
    for block in blocks.values():
        if block.layout == "history":
            history[block.quantity] = arrays[block.name]
    wanted: dict[str, FloatArray] = {}
    if history:
        wanted |= _training(lesson, blocks, arrays, history, rate)
    if "loss" in blocks:
        wanted |= _step(lesson, blocks, arrays, history, rate)
    return wanted


def _predict(lesson: Lesson, arrays: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The blocks of Predict and Weights, from the cells that each of them refers to."""

    def weights(layer: int) -> FloatArray:
        trained = views.history(f"W_{layer}")
        return arrays[trained][-1] if trained in arrays else arrays[f"W_{layer}"]

    inputs = arrays["inputs"] if "inputs" in arrays else arrays[views.history("a_0")][0]
    return predict.numbers(lesson, inputs, weights, arrays)


def _sheet(block: Block, array: FloatArray) -> FloatArray:
    """The array as the sheet shows it, without the cells that a person types."""
    grid = np.array(block.to_sheet(array.reshape(block.shape)), dtype=float)
    if block.typed_name:
        grid[: block.typed_rows] = np.nan
    return grid


def _training(
    lesson: Lesson,
    blocks: Mapping[str, Block],
    arrays: Mapping[str, FloatArray],
    history: Mapping[str, FloatArray],
    rate: FloatArray,
) -> dict[str, FloatArray]:
    steps = len(history["step"])
    given = {**history, "learning_rate": rate}
    for quantity, table in (("a_0", "inputs"), ("targets", "targets")):
        if quantity not in given:
            given[quantity] = np.broadcast_to(arrays[table], (steps, *arrays[table].shape))
    own = _alone(lesson, given)
    own["step"] = np.concatenate([[0.0], history["step"][:-1] + 1])
    for quantity, table in (("a_0", "inputs"), ("targets", "targets")):
        if quantity not in history:
            continue
        if row_examples(lesson) < len(lesson.inputs):
            turns = np.nan_to_num(history["step"]).astype(int) % len(lesson.inputs)
            own[quantity] = arrays[table][turns][:, None, :]
        else:
            own[quantity] = _later(history[quantity])
    for layer in range(1, lesson.network.layers + 1):
        new = own[f"W_{layer}_new"]
        own[f"W_{layer}"] = np.concatenate([np.full_like(new[:1], np.nan), new[:-1]])
    wanted = {b.name: own[b.quantity] for b in blocks.values() if b.layout == "history"}
    wanted["first_loss"], wanted["last_loss"] = history["loss"][0], history["loss"][-1]
    return wanted


def _alone(lesson: Lesson, given: Grids) -> dict[str, FloatArray]:
    """Every quantity from those of `given` that its formula uses.

    Formulas take the loss and a slope from a, where `core` may take them from z, and delta from
    the slope. They need not agree: relu's a is 0 where an engine rounds a z of 1e-17 to 0 and
    NumPy does not.
    """
    network = lesson.network
    own = quantities(lesson, given)
    layers = enumerate(network.activations, start=1)
    bent = {
        f"z_{layer}": given[f"a_{layer}"]
        for layer, name in layers
        if name in ("relu", "leaky_relu") and f"a_{layer}" in given  # z > 0 where a > 0
    }
    if bent:
        back = quantities(lesson, {**given, **bent})
        own |= {name: back[name] for name in back if name.rpartition("_")[0] in _FROM_SLOPE}
    for layer in range(1, network.layers + 1):
        if f"slope_{layer}" in given and f"error_{layer}" not in given:
            with np.errstate(invalid="ignore"):  # an infinite error at a slope of 0
                own[f"delta_{layer}"] = own[f"error_{layer}"] * given[f"slope_{layer}"]
    if "loss_term" not in given and not is_fused(lesson):
        y, a = given["targets"], given.get(f"a_{network.layers}", own[f"a_{network.layers}"])
        factor = reduction_factor(network.reduction, *y.shape[-2:])
        own["loss"] = factor * LOSSES[network.loss].value(a, y).sum(axis=-1)
    return own


_FROM_SLOPE = {"slope", "delta", "diagonal"}


def _later(rows: FloatArray) -> FloatArray:
    """Each row as the one above it, which the first row has not."""
    return np.concatenate([np.full_like(rows[:1], np.nan), rows[:-1]])


def _step(
    lesson: Lesson,
    blocks: Mapping[str, Block],
    arrays: Mapping[str, FloatArray],
    history: Mapping[str, FloatArray],
    rate: FloatArray,
) -> dict[str, FloatArray]:
    """Step's blocks. Activations shown as rows are copies of the columns they come from."""
    network = lesson.network
    layers = range(1, network.layers + 1)
    prefix = "Step_" if history else ""
    first = "a_0_row" if history else "inputs"
    given = {"a_0": arrays[first], "targets": arrays[prefix + "targets"]}
    given |= {f"W_{layer}": arrays[f"{prefix}W_{layer}"] for layer in layers}
    given = {name: array[None] for name, array in given.items()} | {"learning_rate": rate}
    shown = {name for name in blocks if name.rpartition("_")[0] in _SHOWN or name == "loss_term"}
    uses = {name: _uses(block) for name, block in blocks.items()}

    @cache
    def judged_by(names: frozenset[str]) -> dict[str, FloatArray]:
        known = given | {name: arrays[name][None] for name in names}
        own = {name: array[0] for name, array in _alone(lesson, known).items()}
        return own | {"learning_rate": rate}

    wanted = _taken(lesson, arrays, history) if history else {}
    if lesson.errata or lesson.notes:
        cells = {name: array[0] for name, array in given.items() if array.ndim} | {
            name: arrays[name] for name in shown
        }
        known = ChainMap(cells, judged_by(frozenset(shown)))
        wanted |= errata.numbers(lesson, known) | notes.numbers(lesson, known)
    if published.is_asked_for(lesson):
        cells = {name: array[0] for name, array in given.items() if array.ndim}
        cells |= {**arrays, "learning_rate": arrays.get("Step_learning_rate", rate)}
        numbers = published.numbers(ChainMap(cells, judged_by(frozenset(shown))))
        wanted |= {name: array for name, array in numbers.items() if name in blocks}
    for name, block in blocks.items():
        in_step = block.layout != "history" and name not in ("first_loss", "last_loss")
        if in_step and block.typed_rows == 0 and name not in wanted:
            quantity = block.quantity
            if name not in shown and _copies(block) and quantity in shown | given.keys():
                wanted[name] = arrays[quantity] if quantity in shown else given[quantity]
            else:
                wanted[name] = judged_by(frozenset(_upstream(name, uses) & shown))[quantity]
    return wanted


def _uses(block: Block) -> set[str]:
    """The blocks that a block's formulas refer to."""
    found: set[str] = set()
    trees: list[Node] = []
    if block.formula is not None:  # the bias, in the last column, has a formula of its own
        trees = [block.formula(I, Index(j, "j")) for j in (0, block.area.columns - 1)]
    while trees:
        match trees.pop():
            case Cell(name) | Span(name) | Name(name):
                found.add(name)
            case Negative(operand):
                trees.append(operand)
            case Binary(_, left, right):
                trees += [left, right]
            case Call(_, arguments):
                trees += arguments
    return found


def _upstream(name: str, uses: Mapping[str, set[str]]) -> set[str]:
    """The blocks that a block is computed from, at any distance."""
    found: set[str] = set()
    ahead = set(uses[name])
    while ahead:
        found |= ahead
        ahead = set().union(*(uses[each] for each in ahead)) - found
    return found


def _copies(block: Block) -> bool:
    """Whether the block repeats cells that stand, and are judged, elsewhere."""
    return block.formula is not None and isinstance(block.formula(I, Index(0, "j")), Cell)


_SHOWN = {"z", "grown", "a", "error", "slope", "delta", "dW"}
"""Quantities that Step shows once a layer and that later ones are computed from."""


def _taken(
    lesson: Lesson, arrays: Mapping[str, FloatArray], history: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """What Step takes over from Training: weights, inputs and targets of the step shown."""
    shown = float(arrays["step_shown"].item())
    row = int(shown) if 0 <= shown < len(history["step"]) else None
    sources = {f"Step_W_{n}": f"W_{n}" for n in range(1, lesson.network.layers + 1)}
    sources |= {"a_0_row": "a_0", "Step_targets": "targets"}
    taken: dict[str, FloatArray] = {}
    for name, quantity in sources.items():
        if quantity in history:
            rows = history[quantity]
            taken[name] = np.full_like(rows[0], np.nan) if row is None else rows[row]
        else:
            taken[name] = arrays["inputs" if quantity == "a_0" else "targets"]
    return taken
