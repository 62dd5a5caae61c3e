"""What a view says of training where nothing is trained: a network that answers and no more.

Knows which questions of `quantities.trees.View` only an update asks. Does not know a sheet.
"""

from __future__ import annotations

from sheetnet.formulas.tree import Node
from sheetnet.quantities.trees import Place


class ForwardOnly:
    """The rest of a `View` whose sheet has a forward pass alone."""

    def share(self, example: Place) -> Node | None:
        """All examples count the same."""
        return None

    def backward_spans(self, layer: int, example: Place, source: Place) -> None:
        """Nothing is sent back."""

    def change(self, layer: int, destination: Place, source: Place) -> Node:
        """Nothing is trained."""
        raise NotImplementedError

    def state(
        self, name: str, layer: int, destination: Place, source: Place, *, new: bool
    ) -> Node:
        """Nothing is trained."""
        raise NotImplementedError

    def number(self, name: str) -> Node:
        """Nothing is trained."""
        raise NotImplementedError

    def change_factors(
        self, layer: int, example: int, destination: Place, source: Place
    ) -> tuple[Node, Node | None]:
        """Nothing is trained."""
        raise NotImplementedError

    def change_spans(self, layer: int, destination: Place, source: Place) -> None:
        """Nothing is trained."""
