"""A notation: how headings name the quantities. Pure data; no number depends on it.

Knows: letters, where indices start, the order of a weight's two indices, how layers are written.
Does not know any sheet. Headings are Unicode, the same in both file formats.
"""

from __future__ import annotations

from dataclasses import dataclass

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")


@dataclass(frozen=True)
class Notation:
    """One document's way of writing; the defaults are those of 'simple-neural-net'.

    `neuron_base` and `layer_base` are the numbers of the first neuron and of the input layer.
    """

    name: str = "simple-neural-net"
    source: str = "Back propagation in a simple neural net (HappyDustbunny, 2019)"
    neuron_base: int = 0
    layer_base: int = 0
    layer_format: str = "({})"
    destination_first: bool = True
    weight: str = "w"
    weights: str = "W"
    activation: str = "a"
    nodes: str = "A"
    weighted_input: str = "z"
    delta: str = "δ"
    target: str = "T"
    loss: str = "C"
    loss_word: str = "cost"
    learning_rate: str = "γ"
    sigmoid: str = "σ"

    def layer(self, layer: int) -> str:
        """The superscript of a layer: '⁽¹⁾'."""
        return self.layer_format.format(layer + self.layer_base).translate(_SUPERSCRIPTS)

    def neuron(self, letter: str, layer: int, neuron: int) -> str:
        """A quantity of one neuron: 'a₀⁽¹⁾'."""
        return letter + self._indices(neuron) + self.layer(layer)

    def weight_label(self, layer: int, destination: int, source: int) -> str:
        """One weight: 'w₀₁⁽¹⁾'; the bias is the weight of the bias node, the last source."""
        pair = (destination, source) if self.destination_first else (source, destination)
        return self.weight + self._indices(*pair) + self.layer(layer)

    def function(self, activation: str) -> str:
        """The letter of an activation function: the sigmoid has one of its own."""
        return self.sigmoid if activation == "sigmoid" else "f"

    def target_label(self, neuron: int) -> str:
        """One target: 'T₀'."""
        return self.target + self._indices(neuron)

    def _indices(self, *indices: int) -> str:
        numbers = [str(index + self.neuron_base) for index in indices]
        # "w₁₁₂" could be 1,12 or 11,2: a comma where an index has two digits
        joint = "," if any(len(number) > 1 for number in numbers) else ""
        return joint.join(numbers).translate(_SUBSCRIPTS)


NOTATIONS = {notation.name: notation for notation in (Notation(),)}
