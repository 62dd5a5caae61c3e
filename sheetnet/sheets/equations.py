"""The document's own equations, as matrices beside one another: A · W = z, D · c = delta, …

Knows: which equations a layer has, in which orientation the notation writes each factor, and that
a result is computed from the very factors that stand to its left. The factors are copies of the
strips' cells, so strips and equations say the same in two ways, and the check sees that they do.
Does not know numbers, looks or file formats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sheetnet.formulas.tree import Index, Node, added, cell
from sheetnet.quantities import trees
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.equation_matrices import Factors, Matrix
from sheetnet.sheets.model import Layout
from sheetnet.sheets.views import StepMatrices, sources

_MOST_NEURONS, _MOST_EXAMPLES = 6, 4
"""Larger networks would fill the screen with copies; their strips say it all."""


Item = Matrix | str | Callable[[], Matrix]
Result = Callable[[Sequence[str]], Matrix]
"""Makes a line's result from the names of the blocks that stand to its left."""


def fit(view: StepMatrices) -> bool:
    """Whether the network is small enough to be written out, and writes delta as a product."""
    small = max(view.lesson.network.sizes) <= _MOST_NEURONS and view.examples <= _MOST_EXAMPLES
    return small and not trees.is_fused(view.lesson)


class Equations:
    """Writes the equations of every layer, one a line, from a row of the sheet on."""

    def __init__(self, canvas: Canvas, view: StepMatrices) -> None:
        self.canvas, self.view = canvas, view
        self.network, self.examples = view.lesson.network, view.examples
        self.factors = Factors(view)
        self.labels, self.notation = self.factors.labels, self.factors.notation
        self.row, self.column = 0, 1  # where the next matrix will stand
        self.height = 1  # of the line
        self.placed = 0

    def draw(self, row: int) -> int:
        """All equations, forward and back; returns the row after them."""
        self.row = row
        self.canvas.text(self.row, 0, "The same step in the document's equations", "heading")
        self.row += 1
        for layer in range(1, self.network.layers + 1):
            self._forward(layer)
        for layer in range(self.network.layers, 0, -1):
            self._delta(layer)
            self._gradient(layer)
        return self.row

    # --- lines -----------------------------------------------------------------------------

    def _line(self, title: str, items: Sequence[Item], result: Result | None) -> None:
        """Factors with their signs, then "=" and the result."""
        self.canvas.label(self.row + 1, 0, title, "row_label")
        self.column, self.height = 1, 1
        self._product_line(items, result)
        self.row += self.height + 2

    def _beside(self, items: Sequence[Item], result: Result) -> None:
        """Another way to the same result, to the right of the line just written."""
        self.row -= self.height + 2
        self._sign("or")
        self._product_line(items, result)
        self.row += self.height + 2

    def _product_line(self, items: Sequence[Item], result: Result | None) -> None:
        names = []
        for item in items:
            if isinstance(item, str):
                self._sign(item)
                continue
            names.append(self._matrix(item() if callable(item) else item))
        if result is not None:
            self._sign("=")
            self._matrix(result(names))

    def _sign(self, sign: str) -> None:
        self.canvas.text(self.row + 1, self.column, sign, "operator")
        self.column += 1

    def _matrix(self, matrix: Matrix) -> str:
        self.placed += 1
        name, column = f"doc{self.placed}_{matrix.quantity}", self.column
        self.column += matrix.columns
        self.height = max(self.height, matrix.rows)
        self.canvas.text(self.row, column, matrix.label, "group")
        shape = (matrix.rows, matrix.columns)
        self.canvas.computed(
            name,
            (self.row + 1, column),
            shape[::-1] if matrix.layout == "transposed" else shape,
            matrix.style,
            matrix.entry,
            quantity=matrix.by or matrix.quantity,
            layout=matrix.layout,
        )
        return name

    def _forward(self, layer: int) -> None:
        labels, network = self.labels, self.network
        z = labels.of_layer("weighted_inputs", layer)
        has_bias = network.biases != "none"
        in_rows = "z" in self.notation.rows
        if in_rows and has_bias and self.notation.bias_in_weights:
            items: list[Item] = [
                self.factors.nodes(layer - 1),
                "·",
                self.factors.weights(layer, "with bias"),
            ]
            title = "{} · {}".format(
                labels.of_layer("nodes", layer - 1), labels.of_layer("weights_matrix", layer)
            )
        else:
            a = self.factors.vector("a", layer - 1)
            weights = self.factors.weights(layer, "sources down" if in_rows else "sources across")
            items = [a, "·", weights] if in_rows else [weights, "·", a]
            title = " · ".join(item.label for item in items if isinstance(item, Matrix))
            if has_bias:
                items += ["+", self.factors.bias(layer)]
                title += f" + {labels.of_layer('bias_vector', layer)}"
        self._line(f"{z} = {title}", items, self._product_plus(layer, has_bias and len(items) > 3))
        f = labels.function(layer)
        a_label = labels.of_layer("activations", layer)
        self._line(
            f"{a_label} = {f}({z})", [f, self.factors.vector("z", layer)], self._activated(layer)
        )

    def _product_plus(self, layer: int, plus_bias: bool) -> Result:
        """z as the product of the first two factors, and the third added."""

        def result(names: Sequence[str]) -> Matrix:
            in_rows = "z" in self.notation.rows
            inner = self.network.sizes[layer - 1] + (
                in_rows and len(names) == 2 and self._bias_inside
            )
            first, second = names[:2]

            def entry(i: Index, j: Index) -> Node:
                product = _product(first, second, inner, i, j)
                if not plus_bias:
                    return product
                spot = (Index(0), j) if in_rows else (i, Index(0))
                return product + cell(names[2], *spot)

            # A bias within the nodes is one more product, and rounds in its turn
            by = f"z_by_nodes_{layer}" if in_rows and len(names) == 2 and self._bias_inside else ""
            return self.factors.vector("z", layer, entry)._replace(by=by)

        return result

    @property
    def _bias_inside(self) -> bool:
        return self.network.biases != "none" and self.notation.bias_in_weights

    def _activated(self, layer: int) -> Result:
        def result(names: Sequence[str]) -> Matrix:
            softmax = self.network.activations[layer - 1] == "softmax"

            def entry(i: Index, j: Index) -> Node:
                if softmax:  # its sum stands in the strips
                    neuron, example = (j, i) if "a" in self.notation.rows else (i, j)
                    return trees.activation(self.view, layer, example, neuron)
                return trees.of_weighted_input(self.view.lesson, layer, cell(names[0], i, j))

            return self.factors.vector("a", layer, entry)

        return result

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
            self._line(title, [self.factors.vector("delta", layer)], None)
        if softmax:
            return
        factors: list[Item] = [
            self.factors.vector("error", layer),
            "⊙",
            self.factors.vector("slope", layer),
        ]
        if diagonal:
            self._beside(factors, self._entrywise(layer))
        else:
            slope = labels.of_layer("slope", layer)
            self._line(f"{delta} = {error} ⊙ {slope}", factors, self._entrywise(layer))

    def _by_diagonal(self, layer: int, delta: str, error: str) -> None:
        """delta = D · c, and D · wᵀ · delta of the layer above; softmax has its Jacobian for D."""
        labels, network = self.labels, self.network
        softmax = network.activations[layer - 1] == "softmax"
        diagonal = "Jacobian" if softmax else labels.of_layer("diagonal", layer)
        matrix = partial(self._diagonal, layer)
        if layer == network.layers or softmax:
            factors: list[Item] = [matrix, "·", self.factors.vector("error", layer)]
            in_rows = "error" in self.notation.rows
            self._line(
                f"{delta} = {error} · {diagonal}" if in_rows else f"{delta} = {diagonal} · {error}",
                factors[::-1] if in_rows else factors,
                self._times("delta", layer, network.sizes[layer], by=f"delta_by_diagonal_{layer}"),
            )
            return
        w, above = (labels.of_layer(kind, layer + 1) for kind in ("plain_weights", "deltas"))
        weights, deltas = (
            self.factors.weights(layer + 1, "sources down", "ᵀ"),
            self.factors.vector("delta", layer + 1),
        )
        title = f"{delta} = {diagonal} · {w}ᵀ · {above}"
        self._line(title, [matrix, "·", weights, "·", deltas], self._thrice(layer))

    def _sent_back(self, layer: int) -> None:
        labels = self.labels
        w, above = (labels.of_layer(kind, layer + 1) for kind in ("plain_weights", "deltas"))
        error = labels.of_layer("error", layer)
        deltas, outer = self.factors.vector("delta", layer + 1), self.network.sizes[layer + 1]
        if "delta" in self.notation.rows:
            items: list[Item] = [
                deltas,
                "·",
                self.factors.weights(layer + 1, "sources across", "ᵀ"),
            ]
            self._line(f"{error} = {above} · {w}ᵀ", items, self._times("error", layer, outer))
        else:
            items = [self.factors.weights(layer + 1, "sources down", "ᵀ"), "·", deltas]
            self._line(f"{error} = {w}ᵀ · {above}", items, self._times("error", layer, outer))

    def _gradient(self, layer: int) -> None:
        labels = self.labels
        gradient, delta = (labels.of_layer(kind, layer) for kind in ("gradient", "deltas"))
        below, deltas = (
            labels.of_layer("activations", layer - 1),
            self.factors.vector("delta", layer),
        )
        if "delta" in self.notation.rows:
            a = self.factors.vector("a", layer - 1, turned=True)
            self._line(
                f"{gradient} = {below}ᵀ · {delta}",
                [a, "·", deltas],
                self._change(layer, "gradient", "transposed"),
            )
        elif self._bias_inside and "a" in self.notation.rows:
            nodes = self.factors.nodes(layer - 1)
            self._line(
                f"{gradient} = {delta} · {nodes.label}",
                [deltas, "·", nodes],
                self._change(layer, "dW", "matrix"),
            )
        else:
            a = self.factors.vector("a", layer - 1, turned="a" not in self.notation.rows)
            self._line(
                f"{gradient} = {delta} · {a.label}",
                [deltas, "·", a],
                self._change(layer, "gradient", "matrix"),
            )
        if self.network.biases != "none" and not (self._bias_inside and "a" in self.notation.rows):
            bias = labels.of_layer("bias_gradient", layer)
            several = ", summed" if self.examples > 1 else ""
            self._line(f"{bias} = {delta}{several}", [deltas], self._bias_change(layer))

    def _diagonal(self, layer: int) -> Matrix:
        return self.factors.diagonal(layer, self._neuron_numbers(layer))

    def _neuron_numbers(self, layer: int) -> str:
        """A column of neuron numbers where the next matrix will stand; returns its block."""
        self.placed += 1
        name = f"doc{self.placed}_neurons_{layer}"
        at = (self.row + 1, self.column)
        numbers = [[self.labels.neuron_number(n)] for n in range(self.network.sizes[layer])]
        self.canvas.text(self.row, self.column, "neuron", "group")
        self.canvas.constant(name, at, numbers, "step", quantity=f"neurons_{layer}")
        self.column += 1
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
        in_rows, count = "delta" in self.notation.rows, self.network.sizes[layer]
        label, quantity = self.labels.of_layer("bias_gradient", layer), f"bias_gradient_{layer}"

        def result(names: Sequence[str]) -> Matrix:
            if in_rows:
                return Matrix(
                    label,
                    quantity,
                    1,
                    count,
                    lambda i, j: added([cell(names[0], Index(e), j) for e in range(self.examples)]),
                    "gradient",
                )
            return Matrix(
                label,
                quantity,
                count,
                1,
                lambda i, j: added([cell(names[0], i, Index(e)) for e in range(self.examples)]),
                "gradient",
                "transposed",
            )

        return result


def _product(first: str, second: str, inner: int, i: Index, j: Index) -> Node:
    """Entry (i, j) of a matrix product."""
    return added([cell(first, i, Index(k)) * cell(second, Index(k), j) for k in range(inner)])
