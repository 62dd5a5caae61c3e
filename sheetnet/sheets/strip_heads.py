"""What stands over and beside the numbers of a strip: names, equations, arrows.

Knows: the column in which each section of a strip begins, the words over it in the lesson's
notation, and which way numbers flow: down into the next layer, up with what comes back. Does not
know the numbers themselves (see `layer_strips`), looks or file formats.
"""

from __future__ import annotations

from collections.abc import Mapping

from sheetnet.quantities import updates
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import StepMatrices, example_word, sources

NUMBER_WIDTH = 6.8  # characters that a column of numbers needs
_LETTER, _SMALL_LETTER = 1.1, 0.9  # digits that a bold letter, and one of a side's words, take
_LONGEST_HEAD = 11  # characters
_FORWARD = ("z", "exp_z", "a", "target", "loss_term")
_BACK = ("error", "slope", "delta")


class Columns:
    """The first column of each section.

    What goes forward is pushed to the left, against W; what comes back to the right, against the
    table that delta is a side of. Both together are as wide as the layer needs that shows most.
    """

    def __init__(self, view: StepMatrices, spacious: bool) -> None:
        self.view, wide, gap = view, view.examples, int(spacious)
        layers = range(1, view.lesson.network.layers + 1)
        widest = max(sources(view.lesson, layer) for layer in layers)
        self._left = 1 + widest
        shown = [len(self._used(_FORWARD, n)) + len(self._used(_BACK, n)) for n in layers]
        self._right = self._left + max(shown) * wide
        column = self._right + gap
        self._first = {"W": 1, "dW": column}
        column += widest + gap
        self.after_change = column - 1
        for name in updates.states_of(view.lesson):
            self._first |= {f"last_{name}": column, f"new_{name}": column + widest}
            column += 2 * widest
        self._first["new"] = column
        self.end = column + widest

    def _used(self, names: tuple[str, ...], layer: int) -> list[str]:
        last = layer == self.view.lesson.network.layers
        here = {"a", "delta"} | ({"target", "loss_term"} if last else set())
        return [name for name in names if name in here or self.view.shows(name, layer)]

    def at(self, section: str, layer: int = 0) -> int:
        """Where it begins; what a neuron has of its own stands elsewhere in each layer."""
        if section in self._first:
            return self._first[section]
        wide = self.view.examples
        if section in _FORWARD:
            return self._left + self._used(_FORWARD, layer).index(section) * wide
        back = self._used(_BACK, layer)
        return self._right - (len(back) - back.index(section)) * wide


class Heads:
    """Writes them for one view of a step."""

    def __init__(
        self, canvas: Canvas, view: StepMatrices, columns: Columns, spacious: bool
    ) -> None:
        self.canvas, self.view, self.columns = canvas, view, columns
        self.spacious, self.examples = spacious, view.examples
        self.lesson, self.network = view.lesson, view.lesson.network
        self.labels = Labels(view.lesson)
        self.notation = self.labels.notation

    def sides(self, layer: int, top: int, first: int) -> None:
        """The layer's title, and what each row is."""
        labels, text = self.labels, self.canvas.text
        name = self.network.activations[layer - 1].replace("_", " ")
        title = f"{labels.layer_title(layer)}, {name}"
        text(top, 0, title, "heading")
        self._widen(0, len(title) * _LETTER)
        for e in range(self.examples):
            suffix = f", {example_word(self.lesson, e)}" if self.examples > 1 else ""
            text(first - self.examples + e, 0, self._nodes(layer - 1) + suffix, "row_label")
        for n in range(self.network.sizes[layer]):
            label = labels.of_neuron("activation", layer, n)
            words = f"neuron {labels.neuron_number(n)}: {label}"
            text(first + n, 0, words, "row_label")
            self._widen(0, len(words) * _SMALL_LETTER)

    def _widen(self, column: int, characters: float) -> None:
        widths = self.canvas.sheet.widths
        widths[column] = max(widths.get(column, NUMBER_WIDTH), characters)

    def blocks(self, layer: int, rows: Mapping[str, tuple[int, int | None]]) -> None:
        """Over each matrix of weights its equation, and below that the name of every source.

        `rows` says for each section in which rows they stand; None where the names have no room.
        """
        head = "over_input" if layer == 1 else "over_activation"
        below = self.network.sizes[layer - 1]
        heads = [self.labels.of_neuron("activation", layer - 1, s) for s in range(below)]
        heads += ["bias"] * (sources(self.lesson, layer) - below)
        words = self._equations(layer)
        for section, (row, names) in rows.items():
            column = self.columns.at({"total": "dW", "entering": "W"}.get(section, section))
            self.canvas.text(row, column, words[section], "group")
            for place, label in enumerate(heads if names is not None else ()):
                self.canvas.text(names or 0, column + place, label, head)
        if "new" in rows:
            for name in updates.states_of(self.lesson):
                for section in (f"last_{name}", f"new_{name}"):
                    at = self.columns.at(section)
                    self.canvas.text(rows["new"][0], at, words[section], "group")

    def _equations(self, layer: int) -> dict[str, str]:
        labels, notation = self.labels, self.notation
        weights = labels.matrix("weights_matrix", layer, sources_down=False)
        change = labels.matrix("gradient", layer, sources_down=False)
        delta = labels.vector("deltas", layer, as_row=False)
        before, after = (
            labels.matrix("weights_matrix", layer, sources_down=False, form=form)
            for form in (notation.before, notation.updated)
        )
        of_one = " of this example" if self.view.of else ""
        words = {
            "W": weights,
            "entering": self._nodes(layer - 1),
            "dW": f"{change} = {delta}·{self._nodes(layer - 1)}{of_one}",
            "total": f"{change} = Σ over all {self.view.of} examples",
            "new": f"{after} = {before} − {notation.learning_rate}·{change}",
        }
        if updates.needs_gradient(self.lesson):
            words["new"] = f"{after}, by {updates.order_of(self.lesson)}"
        for name in updates.states_of(self.lesson):
            old, made = updates.lines_of(name, labels.matrix("gradient", layer, sources_down=False))
            words |= {f"last_{name}": old, f"new_{name}": made}
        return words

    def _nodes(self, layer: int) -> str:
        """The name of the activations of a layer, one example a row."""
        if self.notation.bias_in_weights:
            return self.labels.of_layer("nodes", layer)
        return self.labels.vector("activations", layer, as_row=True)

    def of_neurons(self, layer: int) -> dict[str, str]:
        """The words over what each neuron has, by quantity; short ones where there are any."""
        f = self.labels.function(layer)
        z, a, slope, delta = (
            self._column(kind, layer)
            for kind in ("weighted_inputs", "activations", "slope", "deltas")
        )
        return {
            "z": z,
            "exp_z": f"e^({z}−max)" if self.lesson.formulas == "safe" else f"e^{z}",
            "a": _short(f"{a}={f}({z})", a),
            "error": _short(self._error(layer), self._column("error", layer)),
            "slope": _short(slope, f"{f}′"),
            "delta": delta,
        }

    def _column(self, kind: str, layer: int) -> str:
        """The name of a column: a vector's own, or that of the matrix of several examples."""
        if self.examples == 1:
            return self.labels.of_layer(kind, layer)
        return self.labels.vector(kind, layer, as_row=False)

    def _error(self, layer: int) -> str:
        network, labels = self.network, self.labels
        if layer < network.layers:
            weights = labels.matrix("plain_weights", layer + 1, sources_down=True)
            return f"{weights}·{labels.vector('deltas', layer + 1, as_row=False)}"
        if network.loss == "half_squared_error" and network.reduction == "sum":
            return f"{self._column('activations', layer)}−{self.of_targets()}"
        return self._column("error", layer)

    def of_targets(self) -> str:
        """The word over the targets."""
        return self._column("targets", self.network.layers)

    def over(self, row: int, column: int, words: str, style: str) -> None:
        """One head centred over all columns of a block, and under it which example each is."""
        self.canvas.text(row, column, words, f"over_{style}", self.examples)
        if self.examples == 1:
            self._widen(column, len(words) * _LETTER)
            return
        for e in range(self.examples):
            self.canvas.text(row + 1, column + e, example_word(self.lesson, e), "example")

    def arrows(self, layer: int, entering: int, below: int, first: int) -> None:
        """Which way the numbers go, where one example is shown in the free row over its columns."""
        if self.examples > 1 or not self.spacious:
            return
        text, columns, last = self.canvas.text, self.columns, layer == self.network.layers
        signs = {"z": "→", "exp_z": "→", "a": "→", "error": "→" if last else "↑"}
        signs |= {"slope": "×", "delta": "=" if self.view.shows("slope", layer) else "→"}
        for quantity, sign in signs.items():
            if quantity in ("a", "delta") or self.view.shows(quantity, layer):
                text(entering, columns.at(quantity, layer), sign, "arrow")
        middle = first + (self.network.sizes[layer] - 1) // 2
        text(middle, columns.at("dW") - 1, "→", "arrow")
        new = first if self.view.of == 0 else below - self.network.sizes[layer]
        text(new + middle - first, columns.after_change, "→", "arrow")
        if not last:
            text(below, columns.at("a", layer), "↓", "arrow")
            text(below, columns.at("error", layer), "↑", "arrow")


def _short(words: str, shorter: str) -> str:
    return words if len(words) <= _LONGEST_HEAD else shorter
