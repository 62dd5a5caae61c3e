"""One training step as strips, a strip for each layer, read from left to right.

Knows: W under the activations that enter it, z, a, dC/da, the slope, delta, the change matrix as a
multiplication table (delta down its side, A across its top), the new W. One row is one neuron, so
nothing needs a transposition and both long sums run along ranges of equal shape. Does not know
which step is shown, looks, file formats or numbers.
"""

from __future__ import annotations

from sheetnet.formulas.tree import (
    SPELLED_OUT,
    I,
    Index,
    Name,
    Node,
    Number,
    Span,
    call,
    cell,
)
from sheetnet.lessons import Lesson
from sheetnet.quantities import trees, update_trees, updates
from sheetnet.quantities.table import QUANTITIES
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import Formula
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import (
    TURNED_DELTA,
    StepMatrices,
    example_word,
    history,
    sees_all,
    sources,
    trained_sources,
)

_NUMBER_WIDTH = 9.0  # characters that a column of numbers needs
_LONGEST_HEAD = 16  # characters; a longer "a=f(z)" is cut to a, for the strip's title names f


def matrices(lesson: Lesson, examples: int, has_training: bool) -> StepMatrices:
    """The view of a step: which quantities its strips show."""
    network = lesson.network
    shown = {"loss_term_0", *(f"dW_{layer}" for layer in range(1, network.layers + 1))}
    for layer in range(1, network.layers + 1):
        fused = layer == network.layers and trees.is_fused(lesson)
        softmax = network.activations[layer - 1] == "softmax"
        shown.add(f"z_{layer}")
        shown |= {f"exp_z_{layer}"} if softmax else set()
        shown |= {f"error_{layer}"} if not fused else set()
        shown |= {f"slope_{layer}"} if not fused and not softmax else set()
    return StepMatrices(lesson, examples, frozenset(shown), has_training)


class Strips:
    """Lays the strips under one another, their sections aligned in columns."""

    def __init__(self, canvas: Canvas, view: StepMatrices) -> None:
        self.canvas, self.view, self.lesson = canvas, view, view.lesson
        self.network = view.lesson.network
        self.examples = view.examples
        self.labels = Labels(view.lesson)
        self.notation = self.labels.notation
        layers = range(1, self.network.layers + 1)
        self.columns = self._sections(max(sources(self.lesson, layer) for layer in layers))

    def draw(self, row: int) -> int:
        """All layers from `row` on; returns the row after them."""
        for layer in range(1, self.network.layers + 1):
            row = self._strip(layer, row)
        return row

    def _sections(self, widest: int) -> dict[str, int]:
        """First column of each section; a section that no layer shows takes no room."""
        each = ("z", "exp_z", "a", "target", "loss_term", "error", "slope", "delta")
        widths = {"W": widest, **dict.fromkeys(each, self.examples), "dW": widest}
        for name in updates.states_of(self.lesson):
            widths |= {f"last_{name}": widest, f"new_{name}": widest}
        widths["new"] = widest
        column, first = 1, {}
        for section, width in widths.items():
            used = any(name.startswith(section + "_") for name in self.view.shown)
            if section in ("exp_z", "error", "slope") and not used:
                continue
            first[section] = column
            column += width
        return first

    def _strip(self, layer: int, top: int) -> int:
        """One layer; returns the row where the next strip begins."""
        network, labels, text = self.network, self.labels, self.canvas.text
        name = network.activations[layer - 1].replace("_", " ")
        text(top, 0, f"{labels.layer_title(layer)}, {name}", "heading")
        symbols, entering = top + 2, top + 3
        first = entering + self.examples
        for e in range(self.examples):
            suffix = f", {example_word(self.lesson, e)}" if self.examples > 1 else ""
            text(entering + e, 0, self._nodes(layer - 1) + suffix, "row_label")
        for n in range(network.sizes[layer]):
            label = labels.of_neuron("activation", layer, n)
            text(first + n, 0, f"neuron {labels.neuron_number(n)}: {label}", "row_label")
        self._headings(layer, top + 1, symbols)
        self._entering(layer, entering)
        self._weights(layer, first)
        self._neurons(layer, first, symbols)
        return first + network.sizes[layer] + 1

    def _headings(self, layer: int, row: int, symbols: int) -> None:
        labels, below, notation = self.labels, self.network.sizes[layer - 1], self.notation
        weights = labels.matrix("weights_matrix", layer, sources_down=False)
        change = labels.matrix("gradient", layer, sources_down=False)
        delta = labels.vector("deltas", layer, as_row=False)
        before, after = (
            labels.matrix("weights_matrix", layer, sources_down=False, form=form)
            for form in (notation.before, notation.updated)
        )
        sections = {
            "W": weights,
            "dW": f"{change} = {delta}·{self._nodes(layer - 1)}",
            "new": f"{after} = {before} − {notation.learning_rate}·{change}",
        }
        if updates.needs_gradient(self.lesson):
            sections["new"] = f"{after}, by {updates.order_of(self.lesson)}"
        for name in updates.states_of(self.lesson):
            old, made = updates.lines_of(name, labels.matrix("gradient", layer, sources_down=False))
            sections |= {f"last_{name}": old, f"new_{name}": made}
        for section, words in sections.items():
            self.canvas.text(row, self.columns[section], words, "group")
        head = "head_input" if layer == 1 else "head_activation"
        heads = [labels.of_neuron("activation", layer - 1, s) for s in range(below)]
        heads += ["bias"] * (sources(self.lesson, layer) - below)
        rows = {"W": symbols, "dW": symbols}
        if not self._turns_delta(layer):
            rows["new"] = symbols + self.examples  # right above it
        for section, at in rows.items():
            for column, label in enumerate(heads, start=self.columns[section]):
                self.canvas.text(at, column, label, head)

    def _nodes(self, layer: int) -> str:
        """The name of the activations of a layer, one example a row."""
        if self.notation.bias_in_weights:
            return self.labels.of_layer("nodes", layer)
        return self.labels.vector("activations", layer, as_row=True)

    def _entering(self, layer: int, row: int) -> None:
        """The activations below as rows: above W, and across the top of the change matrix."""
        view, below = self.view, self.network.sizes[layer - 1]
        name, quantity = view.row_block(layer - 1), f"a_{layer - 1}"
        shape, at = (self.examples, below), (row, self.columns["W"])
        style = "input" if layer == 1 else "activation"
        if name == "inputs":
            self.canvas.typed(name, at, shape)
        else:
            formula = self._shown_input if layer == 1 else self._turned(quantity)
            self.canvas.computed(name, at, shape, style, formula, quantity=quantity)
        top = f"top_a_{layer - 1}"
        at = (row, self.columns["dW"])
        if self._turns_delta(layer):
            self._turned_delta(row)
        self.canvas.computed(
            top, at, shape, style, lambda i, j: cell(name, I, j), quantity=quantity
        )
        if self.network.biases == "none":
            return
        for prefix, section in (("", "W"), ("top_", "dW")):
            self.canvas.computed(
                f"{prefix}bias_node_{layer - 1}",
                (row, self.columns[section] + below),
                (self.examples, 1),
                style,
                lambda i, j: Number(1.0),
                quantity=f"bias_node_{layer - 1}",
            )

    def _turns_delta(self, layer: int) -> bool:
        return layer == 1 and self.examples > SPELLED_OUT

    def _turned_delta(self, row: int) -> None:
        """delta of layer 1 once more, one example a row as the inputs are, for SUMPRODUCT."""
        at = (row, self.columns["new"])
        shape = (self.examples, self.network.sizes[1])
        label = self.labels.vector("deltas", 1, as_row=True)
        self.canvas.text(row - 1, at[1], f"{label}, one example a row", "group")
        formula = self._turned("delta_1")
        self.canvas.computed(TURNED_DELTA, at, shape, "delta", formula, quantity="delta_1")

    def _turned(self, quantity: str) -> Formula:
        """A column of the strip above, as a row."""
        return lambda i, j: cell(quantity, Index(j.value, "j"), I)

    def _shown_input(self, i: Index, j: Index) -> Node:
        if self._sees_all():
            return cell("inputs", i, j)
        own = j if self.examples == 1 else i * self.network.sizes[0] + j.value
        return self._of_step("a_0", own)

    def _sees_all(self) -> bool:
        """Whether every step sees all of several examples, which stand in a table."""
        return self.examples > 1 and sees_all(self.lesson)

    def _of_step(self, quantity: str, column: Index) -> Node:
        """The element of a Training column that belongs to the step shown."""
        last = self.lesson.training.steps
        span = Span(history(quantity), Index(0), column, Index(last), column)
        return call("INDEX", span, Name("step_shown") + 1)

    def _weights(self, layer: int, row: int) -> None:
        """W, the change matrix, the new W."""
        into = sources(self.lesson, layer)
        name, shape = self.view.weights_block(layer), (self.network.sizes[layer], into)
        columns, quantity = self.columns, f"W_{layer}"
        if self.view.has_training:
            self.canvas.computed(
                name,
                (row, columns["W"]),
                shape,
                "weight",
                lambda i, j: self._of_step(quantity, i * into + j.value),
                quantity=quantity,
            )
        else:
            self.canvas.typed(name, (row, columns["W"]), shape, style="editable_weight")
        self._states(layer, row)
        for made, section in (("dW", "dW"), ("W_new", "new")):
            kind = QUANTITIES[made]
            full = f"{kind.name}_{layer}" if made == "dW" else f"{quantity}_new"
            formula = _of_weight(made, self.view, layer)
            self.canvas.computed(full, (row, columns[section]), shape, kind.style, formula)

    def _states(self, layer: int, row: int) -> None:
        """What the optimiser remembers of each weight, before the step and after it."""
        into = trained_sources(self.lesson, layer)
        shape, view = (self.network.sizes[layer], into), self.view
        for name in updates.states_of(self.lesson):
            before, quantity = view.state_block(name, layer), f"{name}_{layer}"
            at = (row, self.columns[f"last_{name}"])
            if view.has_training:
                shown = self._remembered(quantity, into)
                self.canvas.computed(before, at, shape, "gradient", shown, quantity=quantity)
            else:
                self.canvas.typed(before, at, shape)
            at = (row, self.columns[f"new_{name}"])
            made = _piece(name, view, layer)
            self.canvas.computed(f"{quantity}_new", at, shape, "gradient", made)

    def _remembered(self, quantity: str, into: int) -> Formula:
        """A state of the step shown."""
        return lambda i, j: self._of_step(quantity, i * into + j.value)

    def _neurons(self, layer: int, first: int, symbols: int) -> None:
        """Everything that is one number for a neuron and an example."""
        network, labels, view = self.network, self.labels, self.view
        is_last, is_safe = layer == network.layers, self.lesson.formulas == "safe"
        z, a, slopes, delta = (
            labels.vector(kind, layer, as_row=False)
            for kind in ("weighted_inputs", "activations", "slope", "deltas")
        )
        named = f"{a}={labels.function(layer)}({z})"
        named = named if len(named) <= _LONGEST_HEAD else a
        headings = {
            "z": z,
            "exp_z": f"e^({z}−max)" if is_safe else f"e^{z}",
            "a": named,
            "error": self._error_heading(layer),
            "slope": slopes,
            "delta": delta,
        }
        shape = (self.examples, network.sizes[layer])
        for quantity, words in headings.items():
            if quantity in ("a", "delta") or view.shows(quantity, layer):
                at, style = (first, self.columns[quantity]), QUANTITIES[quantity].style
                name = f"{quantity}_{layer}"
                shown = _by_neuron(quantity, view, layer)
                self.canvas.computed(name, at, shape, style, shown, layout="transposed")
                self._heads(symbols, at[1], words, style)
        if is_last:
            self._targets(first, symbols, shape)
            at = (first, self.columns["loss_term"])
            self.canvas.computed(
                "loss_term",
                at,
                shape,
                "loss",
                lambda i, j: trees.loss_term(view, j, i),
                layout="transposed",
            )
            self._heads(symbols, at[1], f"{self.notation.loss} terms", "loss")

    def _error_heading(self, layer: int) -> str:
        network, labels = self.network, self.labels
        if layer < network.layers:
            weights = labels.matrix("plain_weights", layer + 1, sources_down=True)
            return f"{weights}·{labels.vector('deltas', layer + 1, as_row=False)}"
        if network.loss == "half_squared_error" and network.reduction == "sum":
            a, y = (labels.vector(kind, layer, as_row=False) for kind in ("activations", "targets"))
            return f"{a}−{y}"
        return labels.vector("error", layer, as_row=False)

    def _heads(self, symbols: int, column: int, words: str, style: str) -> None:
        self.canvas.text(symbols, column, words, f"head_{style}")
        widths = self.canvas.sheet.widths
        widths[column] = max(widths.get(column, _NUMBER_WIDTH), len(words) + 1.0)
        if self.examples > 1:
            for e in range(self.examples):
                self.canvas.text(symbols + 1, column + e, example_word(self.lesson, e), "example")
                if e:  # the heading's colour over all its columns
                    self.canvas.text(symbols, column + e, "", f"head_{style}")

    def _targets(self, first: int, symbols: int, shape: tuple[int, int]) -> None:
        at = (first, self.columns["target"])
        words = self.labels.vector("targets", self.network.layers, as_row=False)
        self._heads(symbols, at[1], words, "target")
        name = self.view.targets_block()
        if not self.view.has_training:
            self.canvas.typed(name, at, shape, layout="transposed")
            return

        def formula(i: Index, j: Index) -> Node:
            if self._sees_all():
                return cell("targets", Index(j.value, "j"), i)
            return self._of_step("targets", i + j.value * self.network.sizes[-1])

        self.canvas.computed(
            name, at, shape, "target", formula, quantity="targets", layout="transposed"
        )


def _by_neuron(quantity: str, view: StepMatrices, layer: int) -> Formula:
    """A quantity with its neurons down and its examples across."""
    tree = QUANTITIES[quantity].tree
    assert tree is not None, "every quantity of a neuron has a formula"
    return lambda i, j: tree(view, layer, j, i)


def _piece(name: str, view: StepMatrices, layer: int) -> Formula:
    """What the optimiser remembers after the step."""
    return lambda i, j: update_trees.piece(view, layer, i, j, name)


def _of_weight(quantity: str, view: StepMatrices, layer: int) -> Formula:
    """A quantity with one row a destination and one column a source."""
    tree = QUANTITIES[quantity].tree
    assert tree is not None, "every quantity of a weight has a formula"
    return lambda i, j: tree(view, layer, i, j)
