"""The matrices that a document's equations are made of, in the orientation it writes them.

Knows: which cells of the strips a factor repeats, turned or not; how D and softmax's Jacobian are
made. Does not know which equations there are (see `equations`), nor where anything stands.
"""

from __future__ import annotations

from typing import NamedTuple

from sheetnet.formulas.tree import Binary, Index, Node, Number, call, cell
from sheetnet.sheets.model import Formula, Layout
from sheetnet.sheets.notation import Labels, transposed
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


def placed_as(name: str) -> Formula:
    """The formula of a matrix that repeats a block cell by cell."""
    return lambda i, j: cell(name, i, j)


def turned(name: str) -> Formula:
    """The formula of a matrix that repeats a block transposed."""
    return lambda i, j: cell(name, j, i)


_VECTORS = {  # quantity: its label, and its style
    "a": ("activations", "activation"),
    "z": ("weighted_inputs", "sum"),
    "delta": ("deltas", "delta"),
    "error": ("error", "delta"),
    "slope": ("slope", "slope"),
    "targets": ("targets", "target"),
}


class Factors:
    """Makes the matrices of one lesson."""

    def __init__(self, view: StepMatrices) -> None:
        self.view = view
        self.network, self.examples = view.lesson.network, view.examples
        self.labels = Labels(view.lesson)
        self.notation = self.labels.notation

    def in_rows(self, quantity: str) -> bool:
        """Whether the notation writes the vectors of "a", "z", "delta", … as rows."""
        return ("target" if quantity == "targets" else quantity) in self.notation.rows

    def vector(
        self,
        quantity: str,
        layer: int,
        entry: Formula | None = None,
        *,
        as_row: bool | None = None,
    ) -> Matrix:
        """A layer's vector, one a row or a column for each example; as the notation has it."""
        label, style = _VECTORS[quantity]
        if quantity == "error" and layer == self.network.layers:
            label = "output_error"
        as_row = self.in_rows(quantity) if as_row is None else as_row
        name = quantity if quantity == "targets" else f"{quantity}_{layer}"
        rows_first = name == "a_0"  # the strips hold the inputs as rows, all else as columns
        block = self.view.targets_block() if quantity == "targets" else name
        source = self.view.row_block(0) if rows_first else block
        copied = placed_as(source) if as_row == rows_first else turned(source)
        count = self.network.sizes[layer]
        shape = (self.examples, count) if as_row else (count, self.examples)
        return Matrix(
            self.labels.vector(label, layer, as_row=as_row),
            name,
            *shape,
            entry or copied,
            "input" if name == "a_0" else style,
            "matrix" if as_row else "transposed",
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

    def weights(self, layer: int, *, sources_down: bool) -> Matrix:
        """The weights without the biases, one source or one destination a row."""
        block = self.view.weights_block(layer)
        return self.of_weights(
            self.labels.matrix("plain_weights", layer, sources_down=sources_down),
            f"weights_{layer}",
            layer,
            turned(block) if sources_down else placed_as(block),
            "weight",
            sources_down=sources_down,
        )

    def of_weights(
        self,
        label: str,
        quantity: str,
        layer: int,
        entry: Formula,
        style: str,
        *,
        sources_down: bool,
    ) -> Matrix:
        """A matrix with an entry for each weight of a layer that is no bias."""
        shape = (self.network.sizes[layer], self.network.sizes[layer - 1])
        return Matrix(
            label,
            quantity,
            *(shape[::-1] if sources_down else shape),
            entry,
            style,
            "transposed" if sources_down else "matrix",
        )

    def of_nodes(self, label: str, quantity: str, layer: int, entry: Formula, style: str) -> Matrix:
        """A matrix with an entry for each weight and bias of a layer, one source a row."""
        shape = (sources(self.view.lesson, layer), self.network.sizes[layer])
        return Matrix(label, quantity, *shape, entry, style, "transposed")

    def weights_and_bias(self, layer: int) -> Matrix:
        """W with the biases as the weights of the bias node, one source a row."""
        label = self.labels.matrix("weights_matrix", layer, sources_down=True)
        entry = turned(self.view.weights_block(layer))
        return self.of_nodes(label, f"W_{layer}", layer, entry, "weight")

    def bias(self, layer: int, *, as_row: bool) -> Matrix:
        """The biases of a layer, the last column of the strips' weights."""
        block, last = self.view.weights_block(layer), Index(self.network.sizes[layer - 1])
        label = self.labels.vector("bias_vector", layer, as_row=as_row)

        def entry(i: Index, j: Index) -> Node:
            return cell(block, j, last) if as_row else cell(block, i, last)

        return self.of_biases(label, f"bias_{layer}", layer, entry, "weight", as_row=as_row)

    def of_biases(
        self, label: str, quantity: str, layer: int, entry: Formula, style: str, *, as_row: bool
    ) -> Matrix:
        """A vector with an entry for each bias of a layer."""
        count = self.network.sizes[layer]
        if as_row:
            return Matrix(label, quantity, 1, count, entry, style)
        return Matrix(label, quantity, count, 1, entry, style, "transposed")

    def rate(self) -> Matrix:
        """The learning rate."""
        label, block = self.notation.learning_rate, self.view.rate_block()
        return Matrix(label, "learning_rate", 1, 1, placed_as(block), "plain_number")

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

    def gradient_turned(self, layer: int) -> Matrix:
        """The change matrix of weights and biases, transposed to the shape of W."""
        label = transposed(self.labels.of_layer("gradient", layer))
        return self.of_nodes(label, f"dW_{layer}", layer, turned(f"dW_{layer}"), "gradient")
