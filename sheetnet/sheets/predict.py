"""The sheets `Predict` and `Weights`: a trained network to use, one example a row, nothing else.

Knows: the layout (outputs beside the example's number, then its inputs, then the layers between).
Does not know training, what any quantity is (see `quantities`), looks or file formats.

As the only sheets of a workbook they hold the yellow cells themselves: inputs here, weights there.
Beside Training or Step they show what the network answers once it is trained, and refer to the
yellow cells of those. Both factors of a weighted input lie in rows, so SUMPRODUCT takes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sheetnet.formulas.tree import Index, Node, Span, cell, row_span
from sheetnet.lessons import Lesson
from sheetnet.quantities.table import QUANTITIES
from sheetnet.quantities.trees import Place
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.forward_only import ForwardOnly
from sheetnet.sheets.model import Formula, Sheet
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import history, sources

KEY = "predict"
"""Its name in a lesson's `sheets`."""
SHEET, WEIGHTS = "Predict", "Weights"

_GROUPS, _SYMBOLS, _FIRST = 3, 4, 5  # rows: headings, symbols, the first example
_LABELS = 14.0  # characters
_FEW_OUTPUTS = 10  # so many stay in sight beside the example's number


def is_asked_for(lesson: Lesson) -> bool:
    """Whether the workbook has these sheets."""
    return KEY in lesson.sheets


def is_alone(lesson: Lesson) -> bool:
    """Whether the workbook has no others that compute: no Training and no Step."""
    return set(lesson.sheets) == {KEY} and not (lesson.errata or lesson.notes)


@dataclass(frozen=True)
class Prediction(ForwardOnly):
    """Where the quantities stand (see `quantities.trees.View`): examples down, neurons across."""

    lesson: Lesson
    has_training: bool

    @property
    def examples(self) -> int:
        """All of the lesson's examples, however training takes them."""
        return len(self.lesson.inputs)

    @property
    def reduced_over(self) -> int:
        """See `quantities.trees.View`."""
        return self.examples

    def block(self, quantity: str, layer: int) -> str:
        """The name of the block that holds a layer's quantity; "a" of layer 0 are the inputs."""
        own = f"{quantity}_{layer}" if layer or quantity != "a" else "inputs"
        return own if is_alone(self.lesson) and own in _typed(self.lesson) else f"{SHEET}_{own}"

    def shows(self, quantity: str, layer: int) -> bool:
        """Every weighted input has a cell of its own."""
        return quantity == "z"

    def at(self, quantity: str, layer: int, example: Place, neuron: Place) -> Node:
        """See `quantities.trees.View`."""
        return cell(self.block(quantity, layer), example, _anchored(neuron))

    def weight(self, layer: int, destination: Place, source: Place) -> Node:
        """See `quantities.trees.View`."""
        return cell(self.block("W", layer), _anchored(destination), _anchored(source))

    def neurons(self, quantity: str, layer: int, example: Place) -> Span:
        """See `quantities.trees.View`."""
        count = self.lesson.network.sizes[layer]
        return row_span(self.block(quantity, layer), example, Index(0), count)

    def forward_spans(self, layer: int, example: Place, destination: Place) -> tuple[Span, Span]:
        """See `quantities.trees.View`."""
        below = self.lesson.network.sizes[layer - 1]
        weights = row_span(self.block("W", layer), _anchored(destination), Index(0), below)
        return self.neurons("a", layer - 1, example), weights

    # --- beside other sheets: where the numbers come from --------------------------------------

    def given_input(self, i: Index, j: Index) -> Node:
        """The yellow cell of an input."""
        in_row = self.has_training and self.examples == 1
        return cell(history("a_0") if in_row else "inputs", 0 if in_row else i, j)

    def given_weight(self, layer: int) -> Formula:
        """The weight after the last step of Training, or Step's yellow cell."""
        into, last = sources(self.lesson, layer), self.lesson.training.steps
        if self.has_training:
            return lambda i, j: cell(history(f"W_{layer}"), last, i * into + j.value)
        return lambda i, j: cell(f"W_{layer}", i, j)


def _typed(lesson: Lesson) -> set[str]:
    return {"inputs", *(f"W_{layer}" for layer in range(1, lesson.network.layers + 1))}


def _anchored(place: Place) -> Place:
    """A neuron stays the same one when its formula is filled down or right."""
    return Index(place.value) if isinstance(place, Index) and place.axis == "j" else place


def build(lesson: Lesson, has_training: bool) -> list[Sheet]:
    """Both sheets."""
    view, labels = Prediction(lesson, has_training), Labels(lesson)
    return [_predict(view, labels), _weights(view, labels)]


def _predict(view: Prediction, labels: Labels) -> Sheet:
    lesson, network = view.lesson, view.lesson.network
    outputs = network.sizes[-1]
    frozen = 1 + (outputs if outputs <= _FEW_OUTPUTS else 0)
    sheet = Sheet(SHEET, frozen=(_FIRST, frozen), widths={0: _LABELS})
    canvas = Canvas(sheet)
    canvas.text(0, 0, f"What the network answers: {lesson.title}", "title")
    canvas.text(1, 0, _hint(lesson), "hint")
    for e in range(view.examples):
        canvas.text(_FIRST + e, 0, f"example {e + 1}", "row_label")
    column = 1
    for quantity, layer in _order(view):
        columns = network.sizes[layer]
        canvas.text(_GROUPS, column, _group(labels, quantity, layer, network.layers), "group")
        style, head = _styles(quantity, layer)
        for n in range(columns):
            kind = "activation" if quantity == "a" else "weighted_input"
            label = labels.of_neuron(kind, layer, n)
            prefix = "e^" if quantity == "exp_z" else ""
            canvas.text(_SYMBOLS, column + n, prefix + label, f"head_{head}")
        name, at, shape = view.block(quantity, layer), (_FIRST, column), (view.examples, columns)
        if layer == 0 and is_alone(lesson):
            canvas.typed(name, at, shape)
        else:
            formula = view.given_input if layer == 0 else _of_layer(quantity, view, layer)
            own, moment = f"{quantity}_{layer}", 0 if layer == 0 else None
            canvas.computed(name, at, shape, style, formula, quantity=own, moment=moment)
        column += columns + 1
    return sheet


def _order(view: Prediction) -> list[tuple[str, int]]:
    """Quantity and layer from left to right: the answer first, then how it comes about."""
    last = view.lesson.network.layers
    order = [("a", last), ("a", 0)]
    for layer in range(1, last + 1):
        order.append(("z", layer))
        if view.lesson.network.activations[layer - 1] == "softmax":
            order.append(("exp_z", layer))
        if layer < last:
            order.append(("a", layer))
    return order


def _of_layer(quantity: str, view: Prediction, layer: int) -> Formula:
    tree = QUANTITIES[quantity].tree
    assert tree is not None, "every quantity of a neuron has a formula"
    return lambda i, j: tree(view, layer, i, j)


def _hint(lesson: Lesson) -> str:
    if is_alone(lesson):
        return "Type inputs into the yellow cells, one example a row: its outputs are at the left."
    return "Its answers with the weights of the sheet Weights, for the examples typed elsewhere."


def _group(labels: Labels, quantity: str, layer: int, last: int) -> str:
    if quantity == "a" and layer in (0, last):
        return "inputs" if layer == 0 else "outputs"
    words = {"z": "weighted inputs", "exp_z": "exponentials", "a": "activations"}
    return f"{labels.layer_title(layer)}: {words[quantity]}"


def _styles(quantity: str, layer: int) -> tuple[str, str]:
    """Style of the cells, and whose heading they have."""
    style = "sum" if quantity != "a" else "activation" if layer else "input"
    return style, style


def _weights(view: Prediction, labels: Labels) -> Sheet:
    network = view.lesson.network
    sheet = Sheet(WEIGHTS, frozen=(0, 1), widths={0: _LABELS})
    canvas = Canvas(sheet)
    canvas.text(0, 0, "Weights, one row a neuron: from each neuron of the layer below", "title")
    row = 2
    for layer in range(1, network.layers + 1):
        into = sources(view.lesson, layer)
        title = f"{labels.layer_title(layer)}, {labels.of_layer('weights_matrix', layer)}"
        canvas.text(row, 0, title, "heading")
        for s in range(into):
            is_bias = s == network.sizes[layer - 1]
            label = "bias" if is_bias else labels.of_neuron("activation", layer - 1, s)
            canvas.text(row + 1, 1 + s, label, "head_weight")
        for n in range(network.sizes[layer]):
            label = labels.of_neuron("activation", layer, n)
            canvas.text(row + 2 + n, 0, f"into {label}", "row_label")
        name, at, shape = view.block("W", layer), (row + 2, 1), (network.sizes[layer], into)
        if is_alone(view.lesson):
            canvas.typed(name, at, shape, style="editable_weight")
        else:
            formula = view.given_weight(layer)
            canvas.computed(name, at, shape, "weight", formula, quantity=f"W_{layer}", moment=-1)
        row += network.sizes[layer] + 3
    return sheet
