"""The document's own equations, as matrices beside one another: A · W = z, D · c = delta, …

Knows: which equations a layer has, forward and back, in which orientation the notation writes
each factor, and that a result is computed from the very factors that stand to its left. The
factors are copies of the strips' cells, so strips and equations say the same in two ways, and the
check sees that they do. Does not know the cost and the update (see `equation_updates`), numbers,
looks or file formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sheetnet.formulas.tree import Index, Node, added, cell
from sheetnet.quantities import trees
from sheetnet.quantities.batch_trees import has_smaller_batch
from sheetnet.quantities.updates import is_plain
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.equation_lines import Item, Lines, Result
from sheetnet.sheets.equation_matrices import Factors, Matrix
from sheetnet.sheets.equation_updates import Updates
from sheetnet.sheets.model import Layout
from sheetnet.sheets.views import StepMatrices, sources

_MOST_NEURONS, _MOST_EXAMPLES = 6, 4
"""Larger networks would fill the screen with copies; their strips say it all."""


def fit(view: StepMatrices) -> bool:
    """Whether the network is small enough to be written out, and writes delta as a product."""
    if has_smaller_batch(view.lesson):  # the documents' equations let all examples count the same
        return False
    small = max(view.lesson.network.sizes) <= _MOST_NEURONS and view.examples <= _MOST_EXAMPLES
    return small and not trees.is_fused(view.lesson)


class Equations:
    """Writes the equations of every layer, one a line, from a row of the sheet on."""

    def __init__(self, canvas: Canvas, view: StepMatrices, row: int) -> None:
        self.lines, self.view = Lines(canvas, row), view
        self.network, self.examples = view.lesson.network, view.examples
        self.factors = Factors(view)
        self.labels, self.notation = self.factors.labels, self.factors.notation
        self.in_rows = self.factors.in_rows

    def draw(self) -> int:
        """All equations, forward and back, and the update; returns the row after them."""
        self.lines.heading("The same step in the document's equations")
        updates = Updates(self.lines, self.factors)
        for layer in range(1, self.network.layers + 1):
            self._forward(layer)
        updates.cost()
        for layer in range(self.network.layers, 0, -1):
            self._delta(layer)
            self._gradient(layer)
        if is_plain(self.view.lesson):
            updates.draw()
        return self.lines.row

    # --- forward ---------------------------------------------------------------------------

    def _forward(self, layer: int) -> None:
        labels, has_bias = self.labels, self.network.biases != "none"
        as_row = self.notation.row_product
        inside = self._bias_inside and as_row
        items: list[Item]
        if inside:
            items = [
                self.factors.nodes(layer - 1), "·", self.factors.weights_and_bias(layer)
            ]  # fmt: skip
        else:
            a = self.factors.vector("a", layer - 1, as_row=as_row)
            weights = self.factors.weights(layer, sources_down=as_row)
            items = [a, "·", weights] if as_row else [weights, "·", a]
            items += ["+", self.factors.bias(layer, as_row=as_row)] if has_bias else []
        z = labels.vector("weighted_inputs", layer, as_row=as_row)
        title = " ".join(item.label if isinstance(item, Matrix) else str(item) for item in items)
        self.lines.line(
            f"{z} = {title}",
            items,
            self._product_plus(layer, inside, has_bias and not inside),
            dimensions=self.notation.written_out,
        )
        f, like_a = labels.function(layer), self.in_rows("a")
        z = labels.vector("weighted_inputs", layer, as_row=like_a)
        self.lines.line(
            f"{labels.of_layer('activations', layer)} = {f}({z})",
            [f, self.factors.vector("z", layer, as_row=like_a)],
            self._activated(layer),
        )

    def _product_plus(self, layer: int, bias_inside: bool, plus_bias: bool) -> Result:
        """z as the product of the first two factors, and the third added."""
        as_row = self.notation.row_product
        inner = self.network.sizes[layer - 1] + bias_inside

        def result(names: Sequence[str]) -> Matrix:
            first, second = names[:2]

            def entry(i: Index, j: Index) -> Node:
                product = _product(first, second, inner, i, j)
                if not plus_bias:
                    return product
                spot = (Index(0), j) if as_row else (i, Index(0))
                return product + cell(names[2], *spot)

            # A bias within the nodes is one more product, and rounds in its turn
            made = self.factors.vector("z", layer, entry, as_row=as_row)
            return made._replace(by=f"z_by_nodes_{layer}" if bias_inside else "")

        return result

    @property
    def _bias_inside(self) -> bool:
        return self.network.biases != "none" and self.notation.bias_in_weights

    def _activated(self, layer: int) -> Result:
        softmax = self.network.activations[layer - 1] == "softmax"

        def result(names: Sequence[str]) -> Matrix:
            def entry(i: Index, j: Index) -> Node:
                if softmax:  # its sum stands in the strips
                    neuron, example = (j, i) if self.in_rows("a") else (i, j)
                    return trees.activation(self.view, layer, example, neuron)
                return trees.of_weighted_input(self.view.lesson, layer, cell(names[0], i, j))

            return self.factors.vector("a", layer, entry)

        return result

    # --- back ------------------------------------------------------------------------------

    def _delta(self, layer: int) -> None:
        """dC/da of a hidden layer from the layer above, then delta in the document's forms."""
        labels, network = self.labels, self.network
        delta = labels.of_layer("deltas", layer)
        last = layer == network.layers
        error = labels.of_layer("output_error" if last else "error", layer)
        softmax, single = network.activations[layer - 1] == "softmax", self.examples == 1
        diagonal = single and ("diagonal" in self.notation.delta_forms or softmax)
        if not last:
            self._sent_back(layer)
        if diagonal:
            self._by_diagonal(layer, delta, error)
        if softmax and not single:
            title = f"{delta}, by the Jacobian of each example"
            self.lines.line(title, [self.factors.vector("delta", layer)])
        if softmax:
            return
        factors: list[Item] = [
            self.factors.vector("error", layer),
            "⊙",
            self.factors.vector("slope", layer),
        ]
        if diagonal:
            self.lines.beside(factors, self._entrywise(layer))
        else:
            slope = labels.of_layer("slope", layer)
            self.lines.line(f"{delta} = {error} ⊙ {slope}", factors, self._entrywise(layer))

    def _by_diagonal(self, layer: int, delta: str, error: str) -> None:
        """delta = D · c, and D · wᵀ · delta of the layer above; softmax has its Jacobian for D."""
        labels, network = self.labels, self.network
        softmax = network.activations[layer - 1] == "softmax"
        diagonal = "Jacobian" if softmax else labels.of_layer("diagonal", layer)
        matrix = partial(self._diagonal, layer)
        if layer == network.layers or softmax:
            factors: list[Item] = [matrix, "·", self.factors.vector("error", layer)]
            in_rows = self.in_rows("error")
            self.lines.line(
                f"{delta} = {error} · {diagonal}" if in_rows else f"{delta} = {diagonal} · {error}",
                factors[::-1] if in_rows else factors,
                self._times("delta", layer, network.sizes[layer], by=f"delta_by_diagonal_{layer}"),
            )
            return
        weights = self.factors.weights(layer + 1, sources_down=True)
        above = self.factors.vector("delta", layer + 1, as_row=False)
        title = f"{delta} = {diagonal} · {weights.label} · {above.label}"
        self.lines.line(title, [matrix, "·", weights, "·", above], self._thrice(layer))

    def _sent_back(self, layer: int) -> None:
        error, outer = self.labels.of_layer("error", layer), self.network.sizes[layer + 1]
        deltas = self.factors.vector("delta", layer + 1)
        in_rows = self.in_rows("delta")
        weights = self.factors.weights(layer + 1, sources_down=not in_rows)
        pair = [deltas, weights] if in_rows else [weights, deltas]
        self.lines.line(
            f"{error} = {pair[0].label} · {pair[1].label}",
            [pair[0], "·", pair[1]],
            self._times("error", layer, outer),
        )

    def _gradient(self, layer: int) -> None:
        labels, factors = self.labels, self.factors
        gradient, delta = (labels.of_layer(kind, layer) for kind in ("gradient", "deltas"))
        deltas = factors.vector("delta", layer)
        if self.in_rows("delta"):
            below = factors.vector("a", layer - 1, as_row=False)
            pair, change = (below, deltas), self._change(layer, "gradient", "transposed")
        elif self._bias_inside:
            pair = (deltas, factors.nodes(layer - 1))
            change = self._change(layer, "dW", "matrix")
        else:
            pair = (deltas, factors.vector("a", layer - 1, as_row=True))
            change = self._change(layer, "gradient", "matrix")
        title = f"{gradient} = {pair[0].label} · {pair[1].label}"
        self.lines.line(title, [pair[0], "·", pair[1]], change)
        if self.notation.written_out and layer == self.network.layers:
            self._entry_by_entry(layer)
        if self.network.biases != "none" and not self._bias_inside:
            bias = labels.of_layer("bias_gradient", layer)
            several = ", summed" if self.examples > 1 else ""
            self.lines.line(f"{bias} = {delta}{several}", [deltas], self._bias_change(layer))

    def _entry_by_entry(self, layer: int) -> None:
        """The gradient of a single example: delta in every column times a in every row."""
        labels, row = self.labels, self.view.row_block(layer - 1)
        gradient, delta = (labels.of_layer(kind, layer) for kind in ("gradient", "deltas"))
        below = labels.vector("activations", layer - 1, as_row=True)
        shape = (self.network.sizes[layer], self.network.sizes[layer - 1])
        first = Index(0)
        across = Matrix(
            f"{delta} in every column",
            f"delta_across_{layer}",
            *shape,
            lambda i, j: cell(f"delta_{layer}", i, first),
            "delta",
        )
        down = Matrix(
            f"{below} in every row",
            f"a_down_{layer - 1}",
            *shape,
            lambda i, j: cell(row, first, j),
            "activation",
        )
        case = ", case 1" if self.examples > 1 else ""
        self.lines.line(
            f"{gradient}{case}, entry by entry",
            [across, "⊙", down],
            lambda n: Matrix(
                gradient,
                f"case_gradient_{layer}",
                *shape,
                lambda i, j: cell(n[0], i, j) * cell(n[1], i, j),
                "gradient",
            ),
        )

    def _diagonal(self, layer: int) -> Matrix:
        return self.factors.diagonal(layer, self._neuron_numbers(layer))

    def _neuron_numbers(self, layer: int) -> str:
        """A column of neuron numbers where the next matrix will stand; returns its block."""
        lines = self.lines
        name = lines.numbered(f"neurons_{layer}")
        at = (lines.row + 1, lines.column)
        numbers = [[self.labels.neuron_number(n)] for n in range(self.network.sizes[layer])]
        lines.canvas.text(lines.row, lines.column, "neuron", "group")
        lines.canvas.constant(name, at, numbers, "step", quantity=f"neurons_{layer}")
        lines.column += 1
        return name

    # --- results ---------------------------------------------------------------------------

    def _times(self, quantity: str, layer: int, inner: int, by: str = "") -> Result:
        return lambda names: self.factors.vector(
            quantity, layer, lambda i, j: _product(names[0], names[1], inner, i, j)
        )._replace(by=by)

    def _thrice(self, layer: int) -> Result:
        """D · (wᵀ · delta)."""
        here, above = self.network.sizes[layer], self.network.sizes[layer + 1]

        def result(names: Sequence[str]) -> Matrix:
            def entry(i: Index, j: Index) -> Node:
                return added(
                    [
                        cell(names[0], i, Index(k))
                        * _product(names[1], names[2], above, Index(k), j)
                        for k in range(here)
                    ]
                )

            by = f"delta_by_diagonal_{layer}"
            return self.factors.vector("delta", layer, entry)._replace(by=by)

        return result

    def _entrywise(self, layer: int) -> Result:
        return lambda names: self.factors.vector(
            "delta", layer, lambda i, j: cell(names[0], i, j) * cell(names[1], i, j)
        )

    def _change(self, layer: int, quantity: str, layout: Layout) -> Result:
        """delta · A, or the transposed a · delta, summed over the examples by the product."""
        below, count = self.network.sizes[layer - 1], self.network.sizes[layer]
        across = sources(self.view.lesson, layer) if quantity == "dW" else below
        shape = (below, count) if layout == "transposed" else (count, across)
        label = self.labels.of_layer("gradient", layer)
        return lambda names: Matrix(
            label,
            f"{quantity}_{layer}",
            *shape,
            lambda i, j: _product(names[0], names[1], self.examples, i, j),
            "gradient",
            layout,
        )

    def _bias_change(self, layer: int) -> Result:
        as_row, examples = self.in_rows("delta"), range(self.examples)
        label = self.labels.vector("bias_gradient", layer, as_row=as_row)

        def result(names: Sequence[str]) -> Matrix:
            def entry(i: Index, j: Index) -> Node:
                if as_row:
                    return added([cell(names[0], Index(e), j) for e in examples])
                return added([cell(names[0], i, Index(e)) for e in examples])

            quantity = f"bias_gradient_{layer}"
            return self.factors.of_biases(label, quantity, layer, entry, "gradient", as_row=as_row)

        return result


def _product(first: str, second: str, inner: int, i: Index, j: Index) -> Node:
    """Entry (i, j) of a matrix product."""
    return added([cell(first, i, Index(k)) * cell(second, Index(k), j) for k in range(inner)])
