"""The cost at one end of a step, and the update at the other, as the document writes them.

Knows: the cost as a sum of terms, and every parameter less the learning rate times its gradient,
through Δw where the document has that. Does not know how a gradient comes about (see
`equations`).
"""

from __future__ import annotations

from collections.abc import Sequence

from sheetnet.formulas.spelling import LOSSES
from sheetnet.formulas.tree import Index, Node, Span, cell
from sheetnet.quantities import trees
from sheetnet.sheets.equation_lines import Lines
from sheetnet.sheets.equation_matrices import Factors, Matrix, placed_as, turned
from sheetnet.sheets.model import Formula

_COSTS = {
    "half_squared_error": "½Σ({a} − {y})²",
    "squared_error": "Σ({a} − {y})²",
    "binary_cross_entropy": "−Σ[{y}·ln {a} + (1 − {y})·ln(1 − {a})]",
    "categorical_cross_entropy": "−Σ {y}·ln {a}",
}
_REDUCTIONS = {"sum": "", "mean": "1/{n}·", "mean_all": "1/({n}·{m})·"}


class Updates:
    """Writes the cost and the update of one step."""

    def __init__(self, lines: Lines, factors: Factors) -> None:
        self.lines, self.factors, self.view = lines, factors, factors.view
        self.labels, self.notation = factors.labels, factors.notation
        self.network, self.examples = factors.network, factors.examples

    def cost(self) -> None:
        """The cost as the sum of a term for each output and example."""
        network, lines, loss = self.network, self.lines, self.notation.loss
        last, outputs = network.layers, network.sizes[-1]
        a = self.factors.vector("a", last)
        y = self.factors.vector("targets", last)
        factor = _REDUCTIONS[network.reduction].format(n=self.examples, m=outputs)
        written = _COSTS[network.loss].format(a=a.label, y=y.label)
        sign = "−" if written.startswith("−") else ""
        lines.heading(f"{loss} = {sign}{factor}{written.removeprefix(sign)}", "row_label")
        lines.begin(f"{loss} = {factor}Σ {loss} terms")
        names = lines.more([a, ",", y, "→"])
        spelled = LOSSES[network.loss]

        def term(i: Index, j: Index) -> Node:
            part = spelled.term(cell(names[0], i, j), cell(names[1], i, j))
            return -part if spelled.negative else part

        terms = a._replace(label=f"{loss} terms", quantity="loss_term", entry=term, style="loss")
        lines.more([terms, f"{factor}Σ"], lambda names: self._sum(terms, names[0]))
        lines.end()

    def _sum(self, terms: Matrix, block: str) -> Matrix:
        rows, columns = terms.rows, terms.columns
        whole = Span(block, Index(0), Index(0), Index(rows - 1), Index(columns - 1))
        places = [divmod(k, columns) for k in range(rows * columns)]
        total = trees.total(
            len(places), lambda k: cell(block, Index(places[k][0]), Index(places[k][1])), whole
        )
        formula = trees.loss(self.view, total)
        return Matrix(self.notation.loss, "loss", 1, 1, lambda i, j: formula, "loss")

    def draw(self) -> None:
        """The update of every layer's weights and biases."""
        if self.network.layers > 1:
            self.lines.heading("The update: all changes above come from the old weights.", "hint")
        trained = self.network.biases == "trained"
        for layer in range(1, self.network.layers + 1):
            if trained and self.notation.bias_in_weights:
                old = self.factors.weights_and_bias(layer)
                gradient = self.factors.gradient_turned(layer)
                self._update(old, gradient, f"W_{layer}_new", "")
                continue
            down = self.labels.sources_down("plain_weights")
            changes = f"dW_{layer}"
            gradient = self.factors.of_weights(
                self.labels.matrix("gradient", layer, sources_down=down),
                f"gradient_{layer}",
                layer,
                turned(changes) if down else placed_as(changes),
                "gradient",
                sources_down=down,
            )
            old = self.factors.weights(layer, sources_down=down)
            self._update(old, gradient, f"new_weights_{layer}", f"change_{layer}")
            if trained:
                self._bias(layer)

    def _bias(self, layer: int) -> None:
        as_row, last = self.factors.in_rows("bias"), Index(self.network.sizes[layer - 1])
        changes = f"dW_{layer}"

        def entry(i: Index, j: Index) -> Node:
            return cell(changes, j, last) if as_row else cell(changes, i, last)

        gradient = self.factors.of_biases(
            self.labels.vector("bias_gradient", layer, as_row=as_row),
            f"bias_gradient_{layer}",
            layer,
            entry,
            "gradient",
            as_row=as_row,
        )
        old = self.factors.bias(layer, as_row=as_row)
        self._update(old, gradient, f"new_bias_{layer}", f"bias_change_{layer}")

    def _update(self, old: Matrix, gradient: Matrix, new: str, change: str) -> None:
        """One parameter's update; `new` and `change` are the quantities it shows."""
        notation, rate, lines = self.notation, self.factors.rate(), self.lines
        before, after = notation.before.format(old.label), notation.updated.format(old.label)
        first = old._replace(label=before)
        product = f"{rate.label}·{gradient.label}"

        def scaled(names: Sequence[str], i: Index, j: Index) -> Node:
            return cell(names[0], Index(0), Index(0)) * cell(names[1], i, j)

        def result(entry: Formula) -> Matrix:
            return old._replace(label=after, quantity=new, entry=entry)

        if not notation.change:
            lines.line(
                f"{after} = {before} − {product}",
                [first, "−", rate, "·", gradient],
                lambda n: result(lambda i, j: cell(n[0], i, j) - scaled(n[1:], i, j)),
            )
            return
        step = gradient._replace(label=notation.change.format(old.label), quantity=change)
        names = lines.line(
            f"{step.label} = −{product}",
            ["−", rate, "·", gradient],
            lambda n: step._replace(entry=lambda i, j: -scaled(n, i, j)),
        )
        lines.line(
            f"{after} = {before} + {step.label}",
            [first, "+", step._replace(entry=placed_as(names[-1]))],
            lambda n: result(lambda i, j: cell(n[0], i, j) + cell(n[1], i, j)),
        )
