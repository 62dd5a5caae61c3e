"""One training step as strips, a strip for each layer, read from left to right.

Knows: W under the activations that enter it, z, a, dC/da, the slope, delta, the change matrix as a
multiplication table (delta down its side, A across its top), the new W; and that of several
examples one can be shown above, with the sum over all of them, and all of them below. One row is
one neuron, so nothing needs a transposition and both long sums run along ranges of equal shape.
Does not know what stands over the columns (see `strip_heads`), which step is shown, looks, file
formats or numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from sheetnet.formulas.tree import SPELLED_OUT, I, Index, Name, Node, Number, Span, call, cell
from sheetnet.lessons import Lesson
from sheetnet.quantities import trees, update_trees, updates
from sheetnet.quantities.table import QUANTITIES
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import Formula, Layout
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.strip_heads import Columns, Heads
from sheetnet.sheets.views import (
    TURNED_DELTA,
    StepMatrices,
    data_style,
    history,
    sees_all,
    sources,
    trained_sources,
)

Part = Literal["whole", "one", "all"]
"""All of a step; or one example of it with the sum over all, and below it all of the examples."""

_HEAD_ROWS = 2  # of headings above the activations that enter


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
    """Lays the strips under one another, their sections aligned in columns.

    `view` says where the quantities stand that each example has of its own, `step` where the
    weights and the sums over all examples do. `given` are the inputs and targets of the one
    example, where one is shown; `spacious` leaves columns between the sections free for arrows.
    """

    def __init__(
        self,
        canvas: Canvas,
        view: StepMatrices,
        step: StepMatrices | None = None,
        *,
        part: Part = "whole",
        given: Callable[[str], Formula] | None = None,
        spacious: bool = False,
    ) -> None:
        self.canvas, self.view, self.step, self.part = canvas, view, step or view, part
        self.given, self.lesson, self.examples = given, view.lesson, view.examples
        self.network, self.labels = view.lesson.network, Labels(view.lesson)
        self.columns = Columns(view, spacious)
        self.heads = Heads(canvas, view, self.columns, spacious)

    def draw(self, row: int) -> int:
        """All layers from `row` on; returns the row after them."""
        for layer in range(1, self.network.layers + 1):
            row = self._strip(layer, row)
        return row

    def _strip(self, layer: int, top: int) -> int:
        """One layer; returns the row where the next strip begins."""
        entering = top + _HEAD_ROWS
        first = entering + self.examples
        count, change = self.network.sizes[layer], f"dW_{layer}"
        self.heads.sides(layer, top, first)
        self._entering(layer, entering)
        self._neurons(layer, first, top + 1)
        below = first + count
        heads: dict[str, tuple[int, int | None]] = {"dW": (top, top + 1)}
        if self.part != "all":
            heads["W"] = (top, top + 1)
            self._weights(layer, first)
        if self.part == "whole":
            # Right above the block, where nothing else stands there
            above = None if self._turns_delta(layer) else entering + self.examples - 1
            heads["new"] = (top, above)
            self._after(layer, first)
        elif self.part == "one":
            heads["total"] = (below, None)
            heads["new"] = (below, None)
            self._of_weight("dW", change, self.step, layer, (below + 1, self.columns.at("dW")))
            self._after(layer, below + 1)
            below += 1 + count
        if self.part == "all":
            heads["entering"] = (top, top + 1)
            self._repeated(layer, (first, self.columns.at("dW")))
        else:
            self._of_weight("dW", change, self.view, layer, (first, self.columns.at("dW")))
        self.heads.blocks(layer, heads)
        self.heads.arrows(layer, entering, below, first)
        return below + 1

    def _entering(self, layer: int, row: int) -> None:
        """The activations below as rows: above W, and across the top of the change matrix."""
        view, below = self.view, self.network.sizes[layer - 1]
        name, quantity = view.row_block(layer - 1), f"a_{layer - 1}"
        shape, at = (self.examples, below), (row, self.columns.at("W"))
        style = data_style(self.lesson, "input") if layer == 1 else "activation"
        if name == "inputs":
            self.canvas.typed(name, at, shape)
        elif layer == 1 and self.given is not None:
            self._put(name, quantity, at, shape, style, self.given(name), by=name)
        else:
            formula = self._shown_input if layer == 1 else self._turned(view.block(quantity))
            self._put(name, quantity, at, shape, style, formula)
        if self._turns_delta(layer):
            self._turned_delta(row)
        top, at = view.block(f"top_a_{layer - 1}"), (row, self.columns.at("dW"))
        self._put(top, quantity, at, shape, style, lambda i, j: cell(name, I, j))
        if self.network.biases == "none":
            return
        for prefix, section in (("", "W"), ("top_", "dW")):
            self._put(
                view.block(f"{prefix}bias_node_{layer - 1}"),
                f"bias_node_{layer - 1}",
                (row, self.columns.at(section) + below),
                (self.examples, 1),
                "input_plain" if layer == 1 else "activation_plain",
                lambda i, j: Number(1.0),
            )

    def _put(
        self,
        name: str,
        quantity: str,
        at: tuple[int, int],
        shape: tuple[int, int],
        style: str,
        formula: Formula,
        layout: Layout = "matrix",
        by: str = "",
    ) -> None:
        """A block; a report calls those of the one example by their own names."""
        prefix = self.view.prefix
        self.canvas.computed(
            name, at, shape, style, formula, quantity=quantity, layout=layout, by=by,
            called=name if prefix and name.startswith(prefix) else "",
        )  # fmt: skip

    def _turns_delta(self, layer: int) -> bool:
        return layer == 1 and self.examples > SPELLED_OUT

    def _turned_delta(self, row: int) -> None:
        """delta of layer 1 once more, one example a row as the inputs are, for SUMPRODUCT."""
        at = (row, self.columns.at("new"))
        shape = (self.examples, self.network.sizes[1])
        label = self.labels.vector("deltas", 1, as_row=True)
        self.canvas.text(row - 1, at[1], f"{label}, one example a row", "group")
        formula = self._turned("delta_1")
        self._put(TURNED_DELTA, "delta_1", at, shape, "delta", formula)

    def _turned(self, quantity: str) -> Formula:
        """A column of the strip above, as a row."""
        return lambda i, j: cell(quantity, Index(j.value, "j"), I)

    def _shown_input(self, i: Index, j: Index) -> Node:
        if self._in_table():
            return cell("inputs", i, j)
        own = j if self.examples == 1 else i * self.network.sizes[0] + j.value
        return self._of_step("a_0", own)

    def _in_table(self) -> bool:
        """Whether every step sees all of several examples, which stand in a table."""
        return self.examples > 1 and sees_all(self.lesson)

    def _of_step(self, quantity: str, column: Index) -> Node:
        """The element of a Training column that belongs to the step shown."""
        last = self.lesson.training.steps
        span = Span(history(quantity), Index(0), column, Index(last), column)
        return call("INDEX", span, Name("step_shown") + 1)

    # --- what each weight has ------------------------------------------------------------------

    def _weights(self, layer: int, row: int) -> None:
        """W of the step."""
        into = sources(self.lesson, layer)
        name, shape = self.step.weights_block(layer), (self.network.sizes[layer], into)
        at, quantity = (row, self.columns.at("W")), f"W_{layer}"
        if self.step.has_training:
            self._put(name, quantity, at, shape, "weight", self._remembered(quantity, into))
        else:
            self.canvas.typed(name, at, shape, style="editable_weight")

    def _after(self, layer: int, row: int) -> None:
        """What the optimiser remembers of each weight, and the new W."""
        into = trained_sources(self.lesson, layer)
        shape, view = (self.network.sizes[layer], into), self.step
        for name in updates.states_of(self.lesson):
            before, quantity = view.state_block(name, layer), f"{name}_{layer}"
            at = (row, self.columns.at(f"last_{name}"))
            if view.has_training:
                shown = self._remembered(quantity, into)
                self._put(before, quantity, at, shape, "gradient", shown)
            else:
                self.canvas.typed(before, at, shape)
            at = (row, self.columns.at(f"new_{name}"))
            made, new = _piece(name, view, layer), f"{quantity}_new"
            self._put(new, new, at, shape, "gradient", made)
        self._of_weight("W_new", f"W_{layer}_new", view, layer, (row, self.columns.at("new")))

    def _of_weight(
        self, quantity: str, name: str, view: StepMatrices, layer: int, at: tuple[int, int]
    ) -> None:
        """A quantity with one row a destination and one column a source."""
        kind, shape = QUANTITIES[quantity], (self.network.sizes[layer], sources(self.lesson, layer))
        tree = kind.tree
        assert tree is not None, "every quantity of a weight has a formula"
        self._put(
            view.block(name), name, at, shape, kind.style, lambda i, j: tree(view, layer, i, j)
        )

    def _repeated(self, layer: int, at: tuple[int, int]) -> None:
        """The gradient once more, where the table stands that it is the sum of."""
        source = f"dW_{layer}"
        shape = (self.network.sizes[layer], sources(self.lesson, layer))
        name = f"table_{source}"
        self.canvas.computed(
            name, at, shape, "gradient", lambda i, j: cell(source, i, j),
            quantity=source, called=name,
        )  # fmt: skip

    def _remembered(self, quantity: str, into: int) -> Formula:
        """What belongs to a weight in the step shown."""
        return lambda i, j: self._of_step(quantity, i * into + j.value)

    # --- what each neuron has ------------------------------------------------------------------

    def _neurons(self, layer: int, first: int, symbols: int) -> None:
        """Everything that is one number for a neuron and an example."""
        view, shape = self.view, (self.examples, self.network.sizes[layer])
        words = self.heads.of_neurons(layer)
        for quantity, head in words.items():
            if quantity in ("a", "delta") or view.shows(quantity, layer):
                at, style = (first, self.columns.at(quantity, layer)), QUANTITIES[quantity].style
                name, made = f"{quantity}_{layer}", self._made_of_one(quantity, layer)
                shown = _by_neuron(quantity, view, layer)
                self._put(view.block(name), name, at, shape, style, shown, "transposed", made)
                self.heads.over(symbols, at[1], head, style)
        if layer == self.network.layers:
            self._targets(first, symbols, shape)
            at = (first, self.columns.at("loss_term", self.network.layers))
            name, terms = "loss_term", lambda i, j: trees.loss_term(view, j, i)
            self._put(view.block(name), name, at, shape, "loss", terms, "transposed")
            self.heads.over(symbols, at[1], f"{self.labels.notation.loss} terms", "loss")

    def _made_of_one(self, quantity: str, layer: int) -> str:
        """The rule of what is reduced over all examples of the step, while one is shown."""
        if self.part != "one" or layer < self.network.layers:
            return ""
        reduced = "delta" if trees.is_fused(self.lesson) else "error"
        return self.view.block(f"{quantity}_{layer}") if quantity == reduced else ""

    def _targets(self, first: int, symbols: int, shape: tuple[int, int]) -> None:
        at = (first, self.columns.at("target", self.network.layers))
        style = data_style(self.lesson, "target")
        self.heads.over(symbols, at[1], self.heads.of_targets(), "target")
        name = self.view.targets_block()
        if self.given is not None:
            given = self.given(name)
            self._put(name, "targets", at, shape, style, given, "transposed", name)
            return
        if not self.view.has_training:
            self.canvas.typed(name, at, shape, layout="transposed")
            return

        def formula(i: Index, j: Index) -> Node:
            if self._in_table():
                return cell("targets", Index(j.value, "j"), i)
            return self._of_step("targets", i + j.value * self.network.sizes[-1])

        self._put(name, "targets", at, shape, style, formula, "transposed")


def _by_neuron(quantity: str, view: StepMatrices, layer: int) -> Formula:
    """A quantity with its neurons down and its examples across."""
    tree = QUANTITIES[quantity].tree
    assert tree is not None, "every quantity of a neuron has a formula"
    return lambda i, j: tree(view, layer, j, i)


def _piece(name: str, view: StepMatrices, layer: int) -> Formula:
    """What the optimiser remembers after the step."""
    return lambda i, j: update_trees.piece(view, layer, i, j, name)
