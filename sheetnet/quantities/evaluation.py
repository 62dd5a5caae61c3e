"""Quantities by name, each taken from what is given or worked out by its rule.

Knows: how a rule gets at what it needs, and that some arrays are parts of others (the bias is the
last column of W). Does not know what any quantity is (see `arrays`), nor blocks or cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sheetnet.core.functions import Array
from sheetnet.lessons import Lesson

Rule = Callable[["Quantities", int], Array]
"""The array of a quantity of one layer, from `Quantities`; 0 for one that has no layer."""

# A whole and its two parts, beside one another along the last axis. The second part of W and dW
# is kept as a row, as documents write a bias; that of the nodes is the column of the constant 1.
_PARTS = {
    "W": ("weights", "bias"),
    "dW": ("gradient", "bias_gradient"),
    "nodes": ("a", "bias_node"),
}
_WHOLE = {part: whole for whole, parts in _PARTS.items() for part in parts}
_ROW = ("bias", "bias_gradient")


class Quantities:
    """`q["z_1"]` or `q["z", 1]`: given, a part of what is given, or by its rule, computed once.

    Leading axes are free: with `given` of shape (steps, …) everything has it. Raises LookupError
    for a quantity that follows from nothing given.
    """

    def __init__(
        self, lesson: Lesson, rules: Mapping[str, Rule], given: Mapping[str, Array]
    ) -> None:
        self.lesson, self.network = lesson, lesson.network
        self.rules = rules
        self.given = given
        self._made: dict[str, Array] = {}

    def has(self, name: str, layer: int) -> bool:
        """Whether the quantity is given as it is, so that nothing has to be worked out."""
        return f"{name}_{layer}" in self.given

    def __getitem__(self, key: str | tuple[str, int]) -> Array:
        name, layer = key if isinstance(key, tuple) else _parted(key)
        full = key if isinstance(key, str) else f"{name}_{layer}"
        if full in self.given:
            return self.given[full]
        if full not in self._made:
            with np.errstate(all="ignore"):
                self._made[full] = self._worked_out(full, name, layer)
        return self._made[full]

    def _worked_out(self, full: str, name: str, layer: int) -> Array:
        whole = _WHOLE.get(name)
        if whole is not None and self.has(whole, layer):
            return self._part(name, self[whole, layer])
        if name == "bias" and self.network.biases == "none":
            return self._part(name, self["weights", layer])
        if name in _PARTS:
            parts_given = all(self.has(part, layer) for part in self._parts_of(name))
            if parts_given or name not in self.rules:
                return self._joined(name, layer)
        if full in self.rules:  # of one sheet, by its full name
            return self.rules[full](self, layer)
        if name in self.rules:
            return self.rules[name](self, layer)
        if whole is not None and whole in self.rules:
            return self._part(name, self[whole, layer])
        raise LookupError(
            f"{full} follows from none of {', '.join(self.given) or 'nothing'}: "
            "the formula reads other cells than the rule asks for"
        )

    def _parts_of(self, whole: str) -> tuple[str, ...]:
        return _PARTS[whole] if self.network.biases != "none" else _PARTS[whole][:1]

    def _part(self, name: str, whole: Array) -> Array:
        first = name not in _ROW and name != "bias_node"
        if self.network.biases == "none":
            return whole if first else np.zeros((*whole.shape[:-2], 1, whole.shape[-2]))
        if first:
            return whole[..., :-1]
        return whole[..., None, :, -1] if name in _ROW else whole[..., -1:]

    def _joined(self, name: str, layer: int) -> Array:
        first, *rest = (self[part, layer] for part in self._parts_of(name))
        if not rest:
            return first
        second = rest[0].mT if _PARTS[name][1] in _ROW else rest[0]
        wide = np.broadcast_shapes((*first.shape[:-1], 1), second.shape)
        return np.concatenate(
            [np.broadcast_to(first, (*wide[:-1], first.shape[-1])), np.broadcast_to(second, wide)],
            axis=-1,
        )


def _parted(key: str) -> tuple[str, int]:
    """ "delta_2" is quantity "delta" of layer 2; "W_1_new" is "W_new" of layer 1."""
    base = key.removesuffix("_new")
    name, _, layer = base.rpartition("_")
    if not name or not layer.isdigit():
        return key, 0
    return (f"{name}_new" if key != base else name), int(layer)
