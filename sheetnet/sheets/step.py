"""The sheet `Step`: one training step as the matrices of the document.

Knows: a strip for each layer, read from left to right: W under the activations that enter it, z,
a, dC/da, the slope, delta, the change matrix as a multiplication table (delta down its side, A
across its top), the new W. One row is one neuron, so nothing needs a transposition and both long
sums run along ranges of equal shape. Does not know looks, file formats or numbers.

With a `Training` sheet, Step shows the step that its yellow cell names; without one, Step holds
the editable matrices itself.
"""

from __future__ import annotations

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import (
    SPELLED_OUT,
    I,
    Index,
    Name,
    Node,
    Number,
    Span,
    added,
    call,
    cell,
    row_span,
)
from sheetnet.lesson import Lesson
from sheetnet.sheets import mathematics
from sheetnet.sheets.model import Block, Formula, Sheet, Text, WholeNumber
from sheetnet.sheets.notation import NOTATIONS
from sheetnet.sheets.views import STEP, StepMatrices, history, row_examples, sources

_CONTROL = 3  # the row of the step chooser
_FIRST_STRIP = 7


def build(lesson: Lesson, has_training: bool) -> Sheet:
    """The sheet; `has_training` says whether the editable start stands in `Training`."""
    return _Builder(lesson, has_training).sheet()


class _Builder:
    """Lays the strips under one another, their sections aligned in columns."""

    def __init__(self, lesson: Lesson, has_training: bool) -> None:
        self.lesson = lesson
        self.network = lesson.network
        self.notation = NOTATIONS[lesson.notation]
        self.has_training = has_training
        self.examples = row_examples(lesson) if has_training else len(lesson.inputs)
        layers = range(1, self.network.layers + 1)
        shown: set[str] = set()
        for layer in layers:
            fused = layer == self.network.layers and mathematics.is_fused(lesson)
            softmax = self.network.activations[layer - 1] == "softmax"
            shown.add(f"z_{layer}")
            shown |= {f"grown_{layer}"} if softmax else set()
            shown |= {f"error_{layer}"} if not fused else set()
            shown |= {f"slope_{layer}"} if not fused and not softmax else set()
        self.view = StepMatrices(lesson, self.examples, frozenset(shown), has_training)
        self.out = Sheet(STEP, frozen=(0, 1), widths={0: 15.0})
        self.columns = self._sections(max(sources(lesson, layer) for layer in layers))

    def _sections(self, widest: int) -> dict[str, int]:
        """First column of each section; a section that no layer shows takes no room."""
        widths = {
            "W": widest,
            "z": self.examples,
            "grown": self.examples,
            "a": self.examples,
            "target": self.examples,
            "loss_term": self.examples,
            "error": self.examples,
            "slope": self.examples,
            "delta": self.examples,
            "dW": widest,
            "new": widest,
        }
        optional = {"grown", "error", "slope"}
        column, first = 1, {}
        for section, width in widths.items():
            used = any(name.startswith(section + "_") for name in self.view.shown)
            if section in optional and not used:
                continue
            first[section] = column
            glued = section == "delta"  # delta stands at the very side of the table
            self.out.widths.update({} if glued else {column + width: 1.5})
            column += width + (0 if glued else 1)
        return first

    def sheet(self) -> Sheet:
        self._controls()
        row = _FIRST_STRIP
        for layer in range(1, self.network.layers + 1):
            row = self._strip(layer, row)
        return self.out

    def _add(
        self,
        name: str,
        row: int,
        column: int,
        shape: tuple[int, int],
        style: str,
        formula: Formula | None,
        *,
        quantity: str = "",
        transposed: bool = False,
        typed_name: str = "",
    ) -> None:
        rows, columns = shape[::-1] if transposed else shape
        area = Area(STEP, row, column, rows, columns)
        typed = 0 if formula else rows
        layout = "transposed" if transposed else "matrix"
        self.out.blocks.append(
            Block(
                name,
                area,
                quantity or name,
                shape,
                layout,
                style,
                formula,
                typed,
                typed_name,
                style,
            )
        )

    def _text(self, row: int, column: int, text: str, style: str) -> None:
        self.out.texts.append(Text(row, column, text, style))

    def _controls(self) -> None:
        """What is shown and with which learning rate; the loss that comes of it."""
        notation = self.notation
        self._text(0, 0, f"One training step of: {self.lesson.title}", "title")
        hint = "Change a yellow cell and the whole network follows."
        row = _CONTROL
        if self.has_training:
            steps = self.lesson.training.steps
            hint = (
                f"Type a step from 0 to {steps} into the yellow cell. The weights themselves are "
                "edited in Training."
            )
            self._text(row, 0, "step shown", "label")
            self._add("step_shown", row, 1, (1, 1), "chooser", None, typed_name="step_shown")
            limits = f"A whole number from 0 to {steps}."
            area = Area(STEP, row, 1, 1, 1)
            self.out.whole_numbers.append(WholeNumber(area, 0, steps, limits, "chooser"))
            row += 1
        self._text(1, 0, hint, "hint")
        self._text(row, 0, f"learning rate {notation.learning_rate}", "label")
        if self.has_training:
            self._add(
                "Step_learning_rate",
                row,
                1,
                (1, 1),
                "plain_number",
                lambda i, j: Name("learning_rate"),
                quantity="learning_rate",
            )
        else:
            self._add("learning_rate", row, 1, (1, 1), "editable", None, typed_name="learning_rate")
        self._text(row + 1, 0, f"{notation.loss_word} {notation.loss}", "label")
        self._add("loss", row + 1, 1, (1, 1), "loss", lambda i, j: self._loss())

    def _loss(self) -> Node:
        outputs = self.network.sizes[-1]
        whole = Span("loss_term", Index(0), Index(0), Index(outputs - 1), Index(self.examples - 1))
        terms = mathematics.total(
            outputs * self.examples,
            lambda k: cell("loss_term", Index(k % outputs, "j"), Index(k // outputs, "j")),
            whole,
        )
        return mathematics.loss(self.view, terms)

    def _strip(self, layer: int, top: int) -> int:
        """One layer; returns the row where the next strip begins."""
        network, notation = self.network, self.notation
        up, down = notation.layer(layer), notation.layer(layer - 1)
        heading = f"Layer {layer + notation.layer_base}"
        is_last = layer == network.layers
        self._text(top, 0, f"{heading}, {network.activations[layer - 1]}", "heading")
        symbols, entering = top + 2, top + 3
        first = entering + self.examples
        count, below = network.sizes[layer], network.sizes[layer - 1]
        for e in range(self.examples):
            suffix = f", ex. {e + 1}" if self.examples > 1 else ""
            self._text(entering + e, 0, f"{notation.nodes}{down}{suffix}", "row_label")
        for n in range(count):
            label = notation.neuron(notation.activation, layer, n)
            self._text(first + n, 0, f"neuron {n + notation.neuron_base}: {label}", "row_label")

        self._entering(layer, entering)
        into = sources(self.lesson, layer)
        head = "head_input" if layer == 1 else "head_activation"
        for section in ("W", "dW"):
            for s in range(below):
                label = notation.neuron(notation.activation, layer - 1, s)
                self._text(symbols, self.columns[section] + s, label, head)
            if into > below:
                self._text(symbols, self.columns[section] + below, "bias", head)

        sections = {
            "W": f"{notation.weights}{up}",
            "dW": f"d{notation.loss}/d{notation.weights}{up} = {notation.delta}{up}·{notation.nodes}{down}",
            "new": f"new {notation.weights}{up} = {notation.weights}{up} − "
            f"{notation.learning_rate}·d{notation.loss}/d{notation.weights}{up}",
        }
        for section, text in sections.items():
            self._text(top + 1, self.columns[section], text, "group")
        self._weights(layer, first)
        self._neuron_columns(layer, first, symbols, is_last)
        return first + count + 1

    def _entering(self, layer: int, row: int) -> None:
        """The activations below as rows: above W, and across the top of the change matrix."""
        network, view = self.network, self.view
        below, column = network.sizes[layer - 1], self.columns["W"]
        name = view.row_block(layer - 1)
        shape = (self.examples, below)
        quantity = f"a_{layer - 1}"
        if layer == 1 and not self.has_training:
            self._add(
                name, row, column, shape, "editable", None, quantity="inputs", typed_name="inputs"
            )
        elif layer == 1:
            self._add(name, row, column, shape, "input", self._shown_input, quantity=quantity)
        else:
            self._add(
                name,
                row,
                column,
                shape,
                "activation",
                lambda i, j: cell(quantity, Index(j.value, "j"), I),
                quantity=quantity,
            )
        style = "input" if layer == 1 else "activation"
        self._add(
            f"top_a_{layer - 1}",
            row,
            self.columns["dW"],
            shape,
            style,
            lambda i, j: cell(name, I, j),
            quantity=quantity,
        )
        if network.biases != "none":
            for prefix, section in (("", "W"), ("top_", "dW")):
                self._add(
                    f"{prefix}bias_node_{layer - 1}",
                    row,
                    self.columns[section] + below,
                    (self.examples, 1),
                    style,
                    lambda i, j: Number(1.0),
                    quantity=f"bias_node_{layer - 1}",
                )

    def _shown_input(self, i: Index, j: Index) -> Node:
        if row_examples(self.lesson) < self.examples or self.examples > 1:
            return cell("inputs", i, j)
        return self._of_step("a_0", j)

    def _of_step(self, quantity: str, column: Index) -> Node:
        """The element of a Training column that belongs to the step shown."""
        last = self.lesson.training.steps
        span = Span(history(quantity), Index(0), column, Index(last), column)
        return call("INDEX", span, Name("step_shown") + 1)

    def _weights(self, layer: int, row: int) -> None:
        network, notation, view = self.network, self.notation, self.view
        count, into, below = (
            network.sizes[layer],
            sources(self.lesson, layer),
            network.sizes[layer - 1],
        )
        name, shape = view.weights_block(layer), (count, into)
        if self.has_training:
            self._add(
                name,
                row,
                self.columns["W"],
                shape,
                "weight",
                lambda i, j: self._of_step(f"W_{layer}", i * into + j.value),
                quantity=f"W_{layer}",
            )
        else:
            self._add(name, row, self.columns["W"], shape, "editable", None, typed_name=name)
        self._add(f"dW_{layer}", row, self.columns["dW"], shape, "gradient", self._change(layer))

        def updated(i: Index, j: Index) -> Node:
            old = cell(name, i, j)
            if network.biases == "fixed" and j.value == below:
                return old
            return old - Name("learning_rate") * cell(f"dW_{layer}", i, j)

        self._add(f"W_{layer}_new", row, self.columns["new"], shape, "weight", updated)

    def _change(self, layer: int) -> Formula:
        """delta down the side times A across the top, summed over the examples."""
        below = self.network.sizes[layer - 1]
        many = self.examples > SPELLED_OUT

        def formula(i: Index, j: Index) -> Node:
            is_bias = j.value == below
            across = row_span(f"delta_{layer}", i, Index(0), self.examples)
            if many and is_bias:
                return call("SUM", across)
            if many and layer > 1:
                a = row_span(f"a_{layer - 1}", Index(j.value, "j"), Index(0), self.examples)
                return call("SUMPRODUCT", across, a)
            block = f"top_bias_node_{layer - 1}" if is_bias else f"top_a_{layer - 1}"
            column = Index(0, "j") if is_bias else j
            return added(
                [
                    cell(f"delta_{layer}", i, Index(e)) * cell(block, Index(e), column)
                    for e in range(self.examples)
                ]
            )

        return formula

    def _neuron_columns(self, layer: int, first: int, symbols: int, is_last: bool) -> None:
        """Everything that is one number for a neuron and an example."""
        network, notation, view = self.network, self.notation, self.view
        up, above = notation.layer(layer), notation.layer(layer + 1)
        f = {"sigmoid": notation.activation_function}.get(network.activations[layer - 1], "f")
        z, a, delta, loss = (
            notation.weighted_input,
            notation.activation,
            notation.delta,
            notation.loss,
        )
        error = f"d{loss}/d{a}{up}"
        if is_last and network.loss == "half_squared_error" and network.reduction == "sum":
            error = f"{a}{up}−{notation.target}"
        elif not is_last:
            error = f"{notation.weights}{above}ᵀ{delta}{above}"
        rows = [
            ("z", f"{z}{up}", "sum", mathematics.weighted_input),
            ("grown", f"e^{z}", "sum", mathematics.grown),
            ("a", f"{a}{up}={f}({z})", "activation", mathematics.activation),
            ("error", error, "delta", mathematics.error),
            ("slope", f"{f}′({z}{up})", "delta", mathematics.slope),
            ("delta", f"{delta}{up}", "delta", mathematics.delta),
        ]
        for quantity, text, style, formula in rows:
            if quantity in ("a", "delta") or view.shows(quantity, layer):
                self._neuron_column(
                    f"{quantity}_{layer}",
                    quantity,
                    text,
                    style,
                    layer,
                    first,
                    symbols,
                    lambda i, j, f=formula: f(view, layer, j, i),
                )
        if is_last:
            self._targets(layer, first, symbols)
            self._neuron_column(
                "loss_term",
                "loss_term",
                f"{loss} terms",
                "loss",
                layer,
                first,
                symbols,
                lambda i, j: mathematics.loss_term(view, j, i),
            )

    def _neuron_column(
        self,
        name: str,
        section: str,
        text: str,
        style: str,
        layer: int,
        first: int,
        symbols: int,
        formula: Formula,
    ) -> None:
        column = self.columns[section]
        shape = (self.examples, self.network.sizes[layer])
        self._add(name, first, column, shape, style, formula, transposed=True)
        self._heads(symbols, column, text, style)

    def _heads(self, symbols: int, column: int, text: str, style: str) -> None:
        self._text(symbols, column, text, f"head_{style}")
        if self.examples > 1:
            for e in range(self.examples):
                self._text(symbols + 1, column + e, f"ex. {e + 1}", "group")

    def _targets(self, layer: int, first: int, symbols: int) -> None:
        column, shape = self.columns["target"], (self.examples, self.network.sizes[layer])
        name = self.view.targets_block()
        self._heads(symbols, column, self.notation.target, "target")
        if not self.has_training:
            self._add(
                name, first, column, shape, "editable", None, transposed=True, typed_name="targets"
            )
            return

        def formula(i: Index, j: Index) -> Node:
            if self.examples > 1:
                return cell("targets", Index(j.value, "j"), i)
            return self._of_step("targets", i)

        self._add(
            name, first, column, shape, "target", formula, quantity="targets", transposed=True
        )
