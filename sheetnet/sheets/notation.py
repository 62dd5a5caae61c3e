"""A notation: how a document names the quantities. Pure data; no number depends on it.

Knows: letters, where indices start, the order of a weight's two indices, how layers are written,
which vectors lie in rows, where the bias lives. Does not know any sheet. Headings are Unicode,
the same in both file formats.

A template's fields: {n} a neuron, {d} and {s} a weight's destination and source, {l} the layer,
{p} and {c} the letters of the previous and the current layer, {h} the layer's stem, {k} the
number of a weight counted through the network, {b} the number of the layer, {f} its activation
function.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sheetnet.lessons import Lesson

_SUBSCRIPTS = str.maketrans("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SMALL_LETTERS = "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
_AS_USUAL = str.maketrans(_SMALL_LETTERS, "aehijklmnoprstuvx")
_SMALL_WORD = re.compile(f"(.)([{_SMALL_LETTERS}]+)")
_COUNTED = "Wb₀₁₂₃₄₅₆₇₈₉"  # weights and biases; other letters have words
_SUPERSCRIPTS = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")


class Notation(NamedTuple):
    """One document's way of writing; the defaults are those of 'simple-neural-net'.

    `neuron_base` and `layer_base` are the numbers of the first neuron and of the input layer.
    `rows` names the quantities whose vectors lie in rows; all others stand in columns.
    `row_product`: a row of activations times W, whose rows are then sources; else W times a column.
    `bias_in_weights`: the bias is the weight of a node with the constant value 1, the last source.
    `delta_forms`: how delta is written, "diagonal" (matrices D) or "hadamard", or both.
    `before` and `updated` are a parameter before and after the update, `change` what is added to
    it where the document has a name for that. `written_out`: the shapes stand under the matrices,
    and the last gradient is also written entry by entry, δ across ⊙ a down.
    """

    name: str = "simple-neural-net"
    source: str = "Back propagation in a simple neural net (HappyDustbunny, 2019)"
    neuron_base: int = 0
    layer_base: int = 0
    layer_format: str = "({})"
    letters: str = ""  # of the layers, the input first
    stems: tuple[str, str, str] = ("", "", "")  # input, hidden, output; {b} is the layer's number

    weight: str = "w{d}{s}{l}"
    bias: str = "w{d}{s}{l}"
    activation: str = "a{n}{l}"
    input: str = ""  # the inputs, where they have a name of their own
    weighted_input: str = "z{n}{l}"
    delta: str = "δ{n}{l}"
    target: str = "T{n}"

    weights_matrix: str = "W{l}"
    plain_weights: str = "w{l}"  # the matrix without the biases, where that differs
    bias_vector: str = "b{l}"
    activations: str = "a{l}"
    inputs: str = ""
    nodes: str = "A{l}"  # activations with the bias node
    weighted_inputs: str = "z{l}"
    deltas: str = "δ{l}"
    targets: str = "T"
    output_error: str = "c"
    error: str = "dC/da{l}"
    slope: str = "{f}′(z{l})"
    diagonal: str = "D{l}"
    gradient: str = "dC/dW{l}"
    bias_gradient: str = "dC/db{l}"

    loss: str = "C"
    loss_word: str = "cost"
    learning_rate: str = "γ"
    rows: frozenset[str] = frozenset()
    row_product: bool = True
    bias_in_weights: bool = True
    delta_forms: tuple[str, ...] = ("diagonal", "hadamard")
    before: str = "{}"
    updated: str = "new {}"
    change: str = ""
    written_out: bool = False


_ALL_ROWS = frozenset({"a", "z", "error", "slope", "delta", "bias", "target"})
_OF_VECTOR = {
    "activations": "a",
    "weighted_inputs": "z",
    "deltas": "delta",
    "error": "error",
    "output_error": "error",
    "slope": "slope",
    "bias_vector": "bias",
    "bias_gradient": "bias",
    "targets": "target",
}
"""The label of a vector, and its name in `rows`."""

NOTATIONS: dict[str, Notation] = {
    notation.name: notation
    for notation in (
        Notation(),
        Notation(
            name="matrices-3-3-3-3",
            source="Back propagation (14prakash), three layers of three neurons",
            neuron_base=1,
            layer_base=0,
            layer_format="",
            letters="ijklmnop",
            stems=("i", "h{b}", "O"),
            weight="W{p}{s}{c}{d}",
            bias="b{c}{d}",
            activation="{h}ₒᵤₜ{n}",
            input="i{n}",
            weighted_input="{h}ᵢₙ{n}",
            delta="∂E/∂{h}ᵢₙ{n}",
            target="y{n}",
            weights_matrix="W{p}{c}",
            plain_weights="W{p}{c}",
            bias_vector="b{c}",
            activations="{h}ₒᵤₜ",
            inputs="Input",
            nodes="{h}ₒᵤₜ",
            weighted_inputs="{h}ᵢₙ",
            deltas="∂E/∂{h}ᵢₙ",
            targets="Output",
            output_error="∂E/∂{h}ₒᵤₜ",
            error="∂E/∂{h}ₒᵤₜ",
            slope="∂{h}ₒᵤₜ/∂{h}ᵢₙ",
            diagonal="∂{h}ₒᵤₜ/∂{h}ᵢₙ",
            gradient="δW{p}{c}",
            bias_gradient="δb{c}",
            loss="E",
            loss_word="error",
            learning_rate="lr",
            rows=_ALL_ROWS,
            bias_in_weights=False,
            delta_forms=("hadamard",),
            updated="{}´",
        ),
        Notation(
            name="delta-notes",
            source="Notes on δ: δ⁽ᴸ⁾ = cross entropy prime × σ′, Wᵀδ, δ·aᵀ",
            neuron_base=1,
            weight="W{d}{s}{l}",
            bias="b{d}₁{l}",
            activation="a{n}₁{l}",
            weighted_input="z{n}₁{l}",
            delta="δ{n}₁{l}",
            target="y{n}₁",
            plain_weights="W{l}",
            nodes="a{l}",
            targets="y",
            output_error="CE′",
            error="∂J/∂a{l}",
            gradient="∂J/∂W{l}",
            bias_gradient="∂J/∂b{l}",
            loss="J",
            learning_rate="η",
            row_product=False,
            bias_in_weights=False,
            delta_forms=("hadamard",),
        ),
        Notation(
            name="four-layer-tutorial",
            source="Backpropagation (2017), w from source s to destination d of layer l",
            neuron_base=1,
            layer_base=1,
            layer_format="{}",
            bias="b{d}{l}",
            target="y{n}",
            plain_weights="W{l}",
            nodes="a{l}",
            targets="y",
            output_error="∂E/∂a{l}",
            error="∂E/∂a{l}",
            slope="∂a{l}/∂z{l}",
            gradient="∂E/∂W{l}",
            bias_gradient="∂E/∂b{l}",
            loss="E",
            loss_word="error",
            learning_rate="η",
            row_product=False,
            bias_in_weights=False,
            delta_forms=("hadamard",),
            before="{}(t)",
            updated="{}(t+1)",
            change="Δ{}",
            written_out=True,
        ),
        Notation(
            name="mazur",
            source="A Step by Step Backpropagation Example (Mazur, 2015)",
            neuron_base=1,
            layer_format="",
            stems=("ᵢ", "ₕ", "ₒ"),
            weight="w{k}",
            bias="b{b}",
            activation="out{h}{n}",
            input="i{n}",
            weighted_input="net{h}{n}",
            delta="δ{h}{n}",
            target="target{h}{n}",
            weights_matrix="W{h}",
            plain_weights="W{h}",
            bias_vector="b{b}",
            activations="out{h}",
            inputs="i",
            nodes="out{h}",
            weighted_inputs="net{h}",
            deltas="δ{h}",
            targets="target",
            output_error="∂E/∂out{h}",
            error="∂E/∂out{h}",
            slope="∂out{h}/∂net{h}",
            gradient="∂E/∂W{h}",
            bias_gradient="∂E/∂b{b}",
            loss="Eₜₒₜₐₗ",
            loss_word="error",
            learning_rate="η",
            row_product=False,
            bias_in_weights=False,
            delta_forms=("hadamard",),
            updated="{}⁺",
        ),
    )
}


FUNCTIONS = {
    "identity": "f",
    "sigmoid": "σ",
    "tanh": "tanh",
    "relu": "ReLU",
    "leaky_relu": "LReLU",
    "softmax": "softmax",
}


def notation_of(lesson: Lesson) -> Notation:
    """The lesson's notation."""
    return NOTATIONS[lesson.notation]


class Labels:
    """The headings of one lesson in its notation. Layers count from 0, the input; so do neurons."""

    def __init__(self, lesson: Lesson) -> None:
        self.notation = notation_of(lesson)
        self.sizes = lesson.network.sizes
        self.activations = lesson.network.activations
        self._layers: dict[int, dict[str, str]] = {}

    def of_neuron(self, quantity: str, layer: int, neuron: int) -> str:
        """One neuron's "activation", "weighted_input", "delta" or "target": 'a₀⁽¹⁾'."""
        template = getattr(self.notation, quantity)
        if quantity == "activation" and layer == 0 and self.notation.input:
            template = self.notation.input
        return str(template).format(n=self._index(neuron), **self._layer(layer))

    def weight(self, layer: int, destination: int, source: int) -> str:
        """One weight: 'w₀₁⁽¹⁾'; the source after the last neuron is the bias."""
        below = self.sizes[layer - 1]
        template = self.notation.bias if source == below else self.notation.weight
        before = sum(d * s for s, d in zip(self.sizes, self.sizes[1:layer], strict=False))
        number = before + destination * below + source + 1
        d, s = self._index(destination), self._index(source)
        if len(d) + len(s) > 2:  # "w₁₁₂" could be 1,12 or 11,2
            template = template.replace("{d}{s}", "{d},{s}")
        return template.format(d=d, s=s, k=_sub(str(number)), **self._layer(layer))

    def template(self, quantity: str, layer: int) -> str:
        """How one element of a layer is named, with {n}, {d}, {s} or {k} for its number."""
        text = getattr(self.notation, quantity)
        if quantity == "activation" and layer == 0 and self.notation.input:
            text = self.notation.input
        open_numbers = {name: f"{{{name}}}" for name in "ndsk"}
        return str(text).format(**self._layer(layer), **open_numbers)

    def of_layer(self, quantity: str, layer: int) -> str:
        """A whole layer's "activations", "weights_matrix", "gradient", …: 'W⁽¹⁾'."""
        template = getattr(self.notation, quantity)
        if quantity in ("activations", "nodes") and layer == 0 and self.notation.inputs:
            template = self.notation.inputs
        return str(template).format(**self._layer(layer))

    def vector(self, quantity: str, layer: int, *, as_row: bool) -> str:
        """A layer's vector as it is shown: its name, transposed where the notation turns it."""
        own = _OF_VECTOR[quantity] in self.notation.rows
        name = self.of_layer(quantity, layer)
        return name if own == as_row else transposed(name)

    def matrix(self, quantity: str, layer: int, *, sources_down: bool, form: str = "{}") -> str:
        """A layer's "weights_matrix", "plain_weights" or "gradient" as it is shown.

        `form` is the notation's `before`, `updated` or `change`.
        """
        name = form.format(self.of_layer(quantity, layer))
        return name if self.sources_down(quantity) == sources_down else transposed(name)

    def sources_down(self, quantity: str) -> bool:
        """Whether a row of that matrix belongs to a source; else to a destination."""
        if quantity == "weights_matrix":
            return self.notation.row_product
        return "delta" in self.notation.rows

    def function(self, layer: int) -> str:
        """The activation function of a layer: 'σ'."""
        return FUNCTIONS[self.activations[layer - 1]] if layer else "f"

    def layer_title(self, layer: int) -> str:
        """'Layer 1', numbered as the document numbers its layers."""
        return f"Layer {layer + self.notation.layer_base}"

    def neuron_number(self, neuron: int) -> int:
        """The number that the document gives a neuron."""
        return neuron + self.notation.neuron_base

    def _layer(self, layer: int) -> dict[str, str]:
        if layer not in self._layers:
            self._layers[layer] = self._made(layer)
        return self._layers[layer]

    def _made(self, layer: int) -> dict[str, str]:
        notation, last = self.notation, len(self.sizes) - 1
        kind = 0 if layer == 0 else 2 if layer == last else 1
        letters = notation.letters.translate(_SUBSCRIPTS)
        stem = notation.stems[kind]
        if kind == 1 and last > 2 and stem and "{b}" not in stem:
            stem += f"({layer})".translate(_SUPERSCRIPTS)  # the document has one hidden layer
        return {
            "l": notation.layer_format.format(layer + notation.layer_base).translate(_SUPERSCRIPTS),
            "h": stem.format(b=layer),
            "b": _sub(str(layer)),
            "f": self.function(layer),
            "p": letters[layer - 1] if 0 < layer <= len(letters) else "",
            "c": letters[layer] if layer < len(letters) else "",
        }

    def _index(self, neuron: int) -> str:
        return _sub(str(self.neuron_number(neuron)))


def transposed(name: str) -> str:
    """A matrix's name with ᵀ; a quotient needs brackets."""
    return f"({name})ᵀ" if "/" in name else f"{name}ᵀ"


def readable(words: str) -> str:
    """The words without letters too small for a projector: 'h1ₒᵤₜ₁' is 'h1 out₁'.

    Letters that count, as in 'Wⱼₖ', stand close; those that tell, as in 'Eₜₒₜₐₗ', apart.
    """

    def usual(found: re.Match[str]) -> str:
        apart = "" if found[1] in _COUNTED else " "
        return found[1] + apart + found[2].translate(_AS_USUAL)

    return _SMALL_WORD.sub(usual, words)


def _sub(text: str) -> str:
    return text.translate(_SUBSCRIPTS)
