"""The matrices that a document's equations are made of, in the orientation it writes them.

Knows: which cells of the strips a factor repeats, turned or not; how D and softmax's Jacobian are
made. Does not know which equations there are (see `equations`), nor where anything stands.
"""

from __future__ import annotations

from typing import NamedTuple

from sheetnet.formulas.tree import Binary, Index, Node, Number, call, cell
from sheetnet.sheets.model import Formula, Layout
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import StepMatrices, sources


class Matrix(NamedTuple):
    """A matrix as it is written: rows x columns, the formula of its entry (row, column).

    `quantity` and `layout` say which array of the mathematics it shows, and how it is turned; `by`
    names the row of the table of quantities where its formula is not the quantity's usual one.
    """

    label: str
    quantity: str
    rows: int
    columns: int
    entry: Formula
    style: str
    layout: Layout = "matrix"
    by: str = ""


class Factors:
    """Makes the matrices of one lesson."""

    def __init__(self, view: StepMatrices) -> None:
        self.view = view
        self.network, self.examples = view.lesson.network, view.examples
        self.labels = Labels(view.lesson)
        self.notation = self.labels.notation

    def vector(
        self, quantity: str, layer: int, entry: Formula | None = None, *, turned: bool = False
    ) -> Matrix:
        """A layer's vector, one a row or a column for each example, as the notation has it."""
        kinds = {
            "a": "activations",
            "z": "weighted_inputs",
            "delta": "deltas",
            "error": "error",
            "slope": "slope",
        }
        kind = kinds[quantity]
        if quantity == "error" and layer == self.network.layers:
            kind = "output_error"
        in_rows = (quantity in self.notation.rows) != turned
        name, count = f"{quantity}_{layer}", self.network.sizes[layer]
        label = self.labels.of_layer(kind, layer) + ("ᵀ" if turned else "")
        rows_first = name == "a_0"  # the strips hold the inputs as rows, all else as columns
        source = self.view.row_block(0) if rows_first else name

        def copied(i: Index, j: Index) -> Node:
            return cell(source, i, j) if in_rows == rows_first else cell(source, j, i)

        shape = (self.examples, count) if in_rows else (count, self.examples)
        styles = {"a": "input" if layer == 0 else "activation", "z": "sum", "slope": "slope"}
        return Matrix(
            label,
            name,
            *shape,
            entry or copied,
            styles.get(quantity, "delta"),
            "matrix" if in_rows else "transposed",
        )

    def nodes(self, layer: int) -> Matrix:
        """Activations with the bias node, one example a row."""
        row, count = self.view.row_block(layer), self.network.sizes[layer]

        def entry(i: Index, j: Index) -> Node:
            if j.value == count:
                return cell(f"bias_node_{layer}", i, Index(0, "j"))
            return cell(row, i, j)

        return Matrix(
            self.labels.of_layer("nodes", layer),
            f"nodes_{layer}",
            self.examples,
            count + 1,
            entry,
            "input" if layer == 0 else "activation",
        )

    def weights(self, layer: int, form: str, mark: str = "") -> Matrix:
        """W "with bias" and sources down; or without it, "sources down" or "sources across"."""
        block = self.view.weights_block(layer)
        below, count = self.network.sizes[layer - 1], self.network.sizes[layer]
        if form == "with bias":
            return Matrix(
                self.labels.of_layer("weights_matrix", layer),
                f"W_{layer}",
                sources(self.view.lesson, layer),
                count,
                lambda i, j: cell(block, j, i),
                "weight",
                "transposed",
            )
        label = self.labels.of_layer("plain_weights", layer) + mark
        if form == "sources down":
            return Matrix(
                label,
                f"weights_{layer}",
                below,
                count,
                lambda i, j: cell(block, j, i),
                "weight",
                "transposed",
            )
        return Matrix(
            label, f"weights_{layer}", count, below, lambda i, j: cell(block, i, j), "weight"
        )

    def bias(self, layer: int) -> Matrix:
        block, last = self.view.weights_block(layer), Index(self.network.sizes[layer - 1])
        label, count = self.labels.of_layer("bias_vector", layer), self.network.sizes[layer]
        if "z" in self.notation.rows:
            return Matrix(
                label, f"bias_{layer}", 1, count, lambda i, j: cell(block, j, last), "weight"
            )
        return Matrix(
            label,
            f"bias_{layer}",
            count,
            1,
            lambda i, j: cell(block, i, last),
            "weight",
            "transposed",
        )

    def diagonal(self, layer: int, numbers: str) -> Matrix:
        """D: the slopes on the diagonal; for softmax its Jacobian, which is symmetric.

        `numbers` is the block that says which row is which neuron.
        """
        count = self.network.sizes[layer]
        softmax = self.network.activations[layer - 1] == "softmax"

        def entry(i: Index, j: Index) -> Node:
            own_number = Number(float(self.labels.neuron_number(j.value)))
            same = Binary("=", cell(numbers, i, Index(0)), own_number)
            if not softmax:
                return call("IF", same, cell(f"slope_{layer}", i, Index(0)), 0)
            own = cell(f"a_{layer}", i, Index(0))
            other = cell(f"a_{layer}", Index(j.value), Index(0))
            return call("IF", same, own * (1 - own), -(own * other))

        label = "Jacobian" if softmax else self.labels.of_layer("diagonal", layer)
        return Matrix(label, f"diagonal_{layer}", count, count, entry, "slope")
