"""What each quantity is, as a formula: one tree a quantity, written once for every sheet.

Knows: what each quantity of a layer is in terms of others. Does not know NumPy (see `arrays`: the
two never share code) nor where anything stands: a `View` answers "the cell of z_1 for example e
and neuron n", so Training's rows and Step's matrices share these formulas. Examples e and neurons
n, d (destination), s (source) count from 0; layer l from 1, with the input as layer 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sheetnet.formulas.spelling import ACTIVATIONS, FUSED, LOSSES
from sheetnet.formulas.tree import SPELLED_OUT, Binary, Index, Node, Span, added, call
from sheetnet.lessons import Lesson

Place = Index | int
"""An example or a neuron: fixed, or the formula's own row or column."""


class View(Protocol):
    """Where one sheet keeps the quantities."""

    @property
    def lesson(self) -> Lesson:
        """The lesson shown."""
        ...

    @property
    def examples(self) -> int:
        """Examples that one step sees here (1 when they are taken one a step)."""
        ...

    @property
    def reduced_over(self) -> int:
        """Examples that the loss is reduced over: all of the step, also where one is shown."""
        ...

    def at(self, quantity: str, layer: int, example: Place, neuron: Place) -> Node:
        """The cell of a quantity: "a", "z", "exp_z", "error", "slope", "delta" or "target"."""
        ...

    def weight(self, layer: int, destination: Place, source: Place) -> Node:
        """The cell of a weight; source = neurons of the layer below is the bias."""
        ...

    def neurons(self, quantity: str, layer: int, example: Place) -> Span | None:
        """All neurons of one example as one range, or None if they do not stand together."""
        ...

    def forward_spans(self, layer: int, example: Place, destination: Place) -> tuple[Span, Span]:
        """Activations below and weights into one neuron, as two ranges of equal shape."""
        ...

    def backward_spans(self, layer: int, example: Place, source: Place) -> tuple[Span, Span] | None:
        """Weights out of one neuron into `layer` and that layer's delta, or None."""
        ...

    def shows(self, quantity: str, layer: int) -> bool:
        """Whether the sheet has cells of its own for the quantity."""
        ...

    def share(self, example: Place) -> Node | None:
        """The cell that says what an example counts in the loss, where they count differently."""
        ...

    def change(self, layer: int, destination: Place, source: Place) -> Node:
        """The cell of dC/dw, where the sheet shows it."""
        ...

    def state(
        self, name: str, layer: int, destination: Place, source: Place, *, new: bool
    ) -> Node:
        """What the optimiser remembers of a weight, before the step or after it."""
        ...

    def number(self, name: str) -> Node:
        """A number of the step: "rate", "count", "correction_1"; the last two of the update."""
        ...

    def change_factors(
        self, layer: int, example: int, destination: Place, source: Place
    ) -> tuple[Node, Node | None]:
        """delta of the destination and a of the source; None where the bias's 1 has no cell."""
        ...

    def change_spans(
        self, layer: int, destination: Place, source: Place
    ) -> tuple[Span, Span | None] | None:
        """The same for all examples as ranges of equal shape, or None if they are not ranges."""
        ...


NeuronFormula = Callable[[View, int, Place, Place], Node]
"""The formula of one quantity for (view, layer, example, neuron)."""


def products(
    count: int, pair: Callable[[int], tuple[Node, Node]], spans: tuple[Span, Span] | None
) -> Node:
    """A sum of `count` products: spelled out while short, SUMPRODUCT of two ranges beyond."""
    if count > SPELLED_OUT and spans is not None:
        return call("SUMPRODUCT", *spans)
    return added([first * second for first, second in map(pair, range(count))])


def total(count: int, term: Callable[[int], Node], span: Span | None) -> Node:
    """A sum of `count` cells: spelled out while short, SUM of a range beyond."""
    if count > SPELLED_OUT and span is not None:
        return call("SUM", span)
    return added([term(k) for k in range(count)])


def is_fused(lesson: Lesson) -> bool:
    """Whether the output's delta and loss take their closed, overflow-proof form."""
    pair = (lesson.network.activations[-1], lesson.network.loss)
    return lesson.formulas == "safe" and pair in FUSED


def needs_weighted_input(lesson: Lesson, layer: int) -> bool:
    """Whether formulas name z_layer more than once, so that it deserves a cell of its own."""
    network = lesson.network
    activation = network.activations[layer - 1]
    safe = lesson.formulas == "safe" and ACTIVATIONS[activation].safe is not None
    fused = layer == network.layers and is_fused(lesson)
    slope_of_z = "z" in ACTIVATIONS[activation].slope_of
    return activation in ("softmax", "leaky_relu") or safe or fused or slope_of_z


def weighted_input(view: View, layer: int, example: Place, neuron: Place) -> Node:
    """z = sum over s of a_s * w_ns, and the bias."""
    network = view.lesson.network
    below = network.sizes[layer - 1]
    result = products(
        below,
        lambda s: (view.at("a", layer - 1, example, s), view.weight(layer, neuron, s)),
        view.forward_spans(layer, example, neuron),
    )
    return result if network.biases == "none" else result + view.weight(layer, neuron, below)


def exp_z(view: View, layer: int, example: Place, neuron: Place) -> Node:
    """softmax's e^z; the safe form takes the largest z off first, which changes no quotient."""
    z = view.at("z", layer, example, neuron)
    if view.lesson.formulas == "safe":
        z = z - _largest(view, layer, example)
    return call("EXP", z)


def activation(view: View, layer: int, example: Place, neuron: Place) -> Node:
    """a = f(z)."""
    lesson = view.lesson
    name = lesson.network.activations[layer - 1]
    if name == "softmax":
        own = view.at("exp_z", layer, example, neuron)
        return own / _exp_z_total(view, layer, example)
    if view.shows("z", layer):
        z = view.at("z", layer, example, neuron)
    else:
        z = weighted_input(view, layer, example, neuron)
    return of_weighted_input(lesson, layer, z)


def of_weighted_input(lesson: Lesson, layer: int, z: Node) -> Node:
    """f(z) of one neuron; not for softmax, which needs its whole layer."""
    spelling = ACTIVATIONS[lesson.network.activations[layer - 1]]
    value = spelling.safe if lesson.formulas == "safe" and spelling.safe else spelling.value
    assert value is not None, "softmax needs its whole layer"
    return value(z)


def loss_term(view: View, example: Place, neuron: Place) -> Node:
    """One output's share of the loss, before the reduction unless examples count differently."""
    part = _loss_part(view, example, neuron)
    part = -part if _is_negative(view) else part
    share = view.share(example)
    return part if share is None else part * share


def loss(view: View, terms: Node) -> Node:
    """The loss from the sum of the cells that hold its terms."""
    return terms if view.share(0) is not None else _reduced(view, terms)


def spelled_loss(view: View) -> Node:
    """The loss in one formula, its terms spelled out; a sign that all of them share in front."""
    count = view.lesson.network.sizes[-1]
    parts = [_loss_part(view, e, n) for e in range(view.examples) for n in range(count)]
    return _reduced(view, -added(parts) if _is_negative(view) else added(parts))


def _is_negative(view: View) -> bool:
    return LOSSES[view.lesson.network.loss].negative and not is_fused(view.lesson)


def _loss_part(view: View, example: Place, neuron: Place) -> Node:
    """One output's share of the loss without the sign that all shares have in common."""
    network = view.lesson.network
    last = network.layers
    y = view.at("target", last, example, neuron)
    if is_fused(view.lesson):
        z = view.at("z", last, example, neuron)
        softmax = network.activations[-1] == "softmax"
        largest = _largest(view, last, example) if softmax else z
        summed = _exp_z_total(view, last, example) if softmax else z
        return FUSED[network.activations[-1], network.loss].term(z, y, largest, summed)
    return LOSSES[network.loss].term(view.at("a", last, example, neuron), y)


def error(view: View, layer: int, example: Place, neuron: Place) -> Node:
    """dC/da: the loss's slope at the output, the errors sent back through W below it."""
    network = view.lesson.network
    if layer == network.layers:
        a, y = view.at("a", layer, example, neuron), view.at("target", layer, example, neuron)
        return _reduced(view, LOSSES[network.loss].slope(a, y), view.share(example))
    return products(
        network.sizes[layer + 1],
        lambda d: (view.at("delta", layer + 1, example, d), view.weight(layer + 1, d, neuron)),
        view.backward_spans(layer + 1, example, neuron),
    )


def slope(view: View, layer: int, example: Place, neuron: Place) -> Node:
    """f'(z) in terms of a or z; not for softmax, whose outputs all depend on all z."""
    spelled = ACTIVATIONS[view.lesson.network.activations[layer - 1]]
    assert spelled.slope is not None, "softmax has no slope of one neuron"
    a = view.at("a", layer, example, neuron)
    z = view.at("z", layer, example, neuron) if "z" in spelled.slope_of else a
    return spelled.slope(z, a)


def delta(view: View, layer: int, example: Place, neuron: Place) -> Node:
    """delta = dC/dz: error times slope; softmax takes its full Jacobian."""
    network = view.lesson.network
    if layer == network.layers and is_fused(view.lesson):
        return _fused_delta(view, example, neuron)
    name = network.activations[layer - 1]
    if name == "softmax":
        count = network.sizes[layer]
        weighted = products(
            count,
            lambda k: (view.at("a", layer, example, k), view.at("error", layer, example, k)),
            _pair(view.neurons("a", layer, example), view.neurons("error", layer, example)),
        )
        own = view.at("error", layer, example, neuron)
        return view.at("a", layer, example, neuron) * (own - weighted)
    shown = view.shows("error", layer)
    sent = (
        view.at("error", layer, example, neuron) if shown else error(view, layer, example, neuron)
    )
    if name == "identity":
        return sent
    if view.shows("slope", layer):
        return sent * view.at("slope", layer, example, neuron)
    # The document writes a (1 - a) (sum over d) for hidden neurons, (a - T) a (1 - a) for outputs.
    own_slope = slope(view, layer, example, neuron)
    if layer < network.layers:
        return own_slope * sent
    if isinstance(own_slope, Binary) and own_slope.operator == "*":
        return sent * own_slope.left * own_slope.right
    return sent * own_slope


def gradient(view: View, layer: int, destination: Place, source: Place) -> Node:
    """dC/dw: delta of the destination times a of the source, summed over the examples."""
    spans = view.change_spans(layer, destination, source)
    if view.examples > SPELLED_OUT and spans is not None:
        delta_span, a_span = spans
        return call("SUM", delta_span) if a_span is None else call("SUMPRODUCT", delta_span, a_span)
    factors = (
        view.change_factors(layer, e, destination, source) for e in range(view.examples)
    )
    return added([own if a is None else own * a for own, a in factors])


def updated(view: View, layer: int, destination: Place, source: Place) -> Node:
    """w - rate * dC/dw; a bias that is used and never trained stays as it is."""
    network = view.lesson.network
    old = view.weight(layer, destination, source)
    place = source.value if isinstance(source, Index) else source
    if network.biases == "fixed" and place == network.sizes[layer - 1]:
        return old
    rate = view.number("rate")
    if view.shows("dW", layer):
        return old - rate * view.change(layer, destination, source)
    if view.examples > 1:
        return old - rate * gradient(view, layer, destination, source)
    own, a = view.change_factors(layer, 0, destination, source)
    return old - (rate * own if a is None else rate * own * a)  # the documents' order


def _fused_delta(view: View, example: Place, neuron: Place) -> Node:
    network = view.lesson.network
    last = network.layers
    targets = total(
        network.sizes[-1],
        lambda k: view.at("target", last, example, k),
        view.neurons("target", last, example),
    )
    fused = FUSED[network.activations[-1], network.loss].delta(
        view.at("a", last, example, neuron), view.at("target", last, example, neuron), targets
    )
    return _reduced(view, fused, view.share(example))


def _reduced(view: View, tree: Node, share: Node | None = None) -> Node:
    if share is not None:
        return tree * share
    network = view.lesson.network
    examples = view.reduced_over
    divisors = {"sum": 1, "mean": examples, "mean_all": examples * network.sizes[-1]}
    divisor = divisors[network.reduction]
    return tree if divisor == 1 else tree / divisor


def _largest(view: View, layer: int, example: Place) -> Node:
    span = view.neurons("z", layer, example)
    assert span is not None, "a layer's z stand together on every sheet"
    return call("MAX", span)


def _exp_z_total(view: View, layer: int, example: Place) -> Node:
    return total(
        view.lesson.network.sizes[layer],
        lambda k: view.at("exp_z", layer, example, k),
        view.neurons("exp_z", layer, example),
    )


def _pair(first: Span | None, second: Span | None) -> tuple[Span, Span] | None:
    return (first, second) if first is not None and second is not None else None
