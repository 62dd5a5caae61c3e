"""What of Step is hidden until its stage, for showing a step bit by bit: inputs, forward, loss, …

Knows: the stage that each quantity belongs to, and the rules that veil it before. Does not know
where anything stands. Cells keep their numbers: only how they look follows the yellow cell, so that
nothing computed depends on it. The stages are those of the sheet Network.
"""

from __future__ import annotations

from collections.abc import Mapping

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Binary, Name, Number
from sheetnet.sheets.model import Block, Rule, Sheet
from sheetnet.sheets.network_state import STAGES, always

CHOOSER = "stage_shown"
LAST = len(STAGES)
WORDS = ", ".join(f"{number} {words}" for number, words in enumerate(STAGES, start=1))
_FORWARD, _LOSS, _BACK, _UPDATE = range(2, 6)
_STAGES = {
    "a": _FORWARD, "nodes": _FORWARD, "bias_node": _FORWARD,
    "z": _FORWARD, "exp_z": _FORWARD,
    "targets": _LOSS, "loss_term": _LOSS, "loss": _LOSS,
    "error": _BACK, "slope": _BACK, "delta": _BACK, "diagonal": _BACK, "delta_across": _BACK,
    "a_down": _UPDATE, "case_gradient": _UPDATE,
    "dW": _UPDATE, "gradient": _UPDATE, "bias_gradient": _UPDATE,
    "change": _UPDATE, "bias_change": _UPDATE, "new_weights": _UPDATE, "new_bias": _UPDATE,
}  # fmt: skip
_OF_INPUTS = ("a_0", "nodes_0", "bias_node_0")


def stage_of(quantity: str) -> int:
    """From which stage on a quantity is shown; 1 for what is there before anything is computed."""
    if quantity in _OF_INPUTS:
        return 1
    if quantity.endswith("_new"):
        return _UPDATE
    name, _, layer = quantity.rpartition("_")
    return _STAGES.get(name if layer.isdigit() else quantity, 1)


def veil(sheet: Sheet, stages: Mapping[str, int]) -> None:
    """Hide every computed block before its stage; `stages` are those of blocks of words."""
    groups: dict[tuple[str, int], list[Area]] = {}
    for block in sheet.blocks:
        stage = stages.get(block.name) or _of_block(block)
        if stage > 1:
            groups.setdefault((block.style, stage), []).append(block.area)
    for (style, stage), (first, *others) in groups.items():
        hidden = always(Binary("<", Name(CHOOSER), Number(float(stage))))
        look = "unsaid" if style == "says" else "veiled"
        sheet.rules.append(Rule(first, style, look, formula=hidden, others=tuple(others)))


def _of_block(block: Block) -> int:
    return 1 if block.typed_name or block.formula is None else stage_of(block.quantity)
