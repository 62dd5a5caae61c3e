"""The table of quantities: one row each, its NumPy rule beside its formula.

Knows: which quantities there are, how their cells look and what stands over them. Does not know
what any of them is (see `arrays` and `trees`, which never share code), nor which sheet shows what.
A sheet with a quantity of its own brings its rows along (see `sheets.model.Sheet.quantities`).
"""

from __future__ import annotations

from typing import NamedTuple

from sheetnet.quantities import arrays, batch_arrays, trees, update_arrays, update_trees
from sheetnet.quantities.evaluation import Rule
from sheetnet.quantities.trees import NeuronFormula


class Quantity(NamedTuple):
    """One row.

    `array` is the NumPy rule, `tree` the formula of one cell where sheets share it; `style` the
    look of its cells. Over a row of neurons stands `symbol`, with {neuron} for the neuron's own
    name of the kind `names` (see `sheets.notation`), under the word `heading`.
    """

    name: str
    array: Rule
    tree: NeuronFormula | None = None
    style: str = ""
    names: str = ""
    symbol: str = "{neuron}"
    heading: str = ""


QUANTITIES: dict[str, Quantity] = {
    row.name: row
    for row in (
        Quantity("a", arrays.a, trees.activation, "activation", "activation",
                 heading="activations"),
        Quantity("targets", arrays.targets, style="target", names="target", heading="targets"),
        Quantity("z", arrays.z, trees.weighted_input, "sum", "weighted_input",
                 heading="weighted inputs"),
        Quantity("z_by_nodes", arrays.z_by_nodes),
        Quantity("exp_z", arrays.exp_z, trees.exp_z, "sum", "weighted_input", "e^{neuron}",
                 "exponentials"),
        Quantity("bias_node", arrays.bias_node),
        Quantity("loss_term", arrays.loss_term, style="loss"),
        Quantity("loss", arrays.loss, style="loss"),
        Quantity("error", arrays.error, trees.error, "delta", "activation", "∂{loss}/∂{neuron}",
                 "errors"),
        Quantity("slope", arrays.slope, trees.slope, "slope"),
        Quantity("delta", arrays.delta, trees.delta, "delta", "delta", heading="δ"),
        Quantity("diagonal", arrays.diagonal, style="slope"),
        Quantity("delta_by_diagonal", arrays.delta_by_diagonal, style="delta"),
        Quantity("dW", arrays.dW, trees.gradient, "gradient"),
        Quantity("bias_gradient", arrays.bias_gradient),
        Quantity("W_new", update_arrays.W_new, update_trees.updated, "weight"),
        Quantity("change", arrays.change),
        Quantity("bias_change", arrays.bias_change),
        Quantity("new_weights", arrays.new_weights),
        Quantity("new_bias", arrays.new_bias),
        Quantity("delta_across", arrays.delta_across),
        Quantity("a_down", arrays.a_down),
        Quantity("case_gradient", arrays.case_gradient),
        Quantity("next_step", arrays.next_step),
    )
}  # fmt: skip

RULES: dict[str, Rule] = {
    **{name: row.array for name, row in QUANTITIES.items()},
    **batch_arrays.RULES,
    **update_arrays.RULES,
}
