"""The right sheets of the corpus: what is trained, and how it is laid out."""

from __future__ import annotations

from tests.support.class_sheets.layouts import Look
from tests.support.class_sheets.nets import Model, Spec, scalar_net
from tests.support.class_sheets.optimised import OPTIMISERS, matrix_net, optimise, regression

S, L = Spec, Look
LEAN = ("a", "delta")
GRADED = ("a", "delta", "gradient")
UNGRADED = ("z", "a", "err", "delta")
ARRAYS = ("z", "a", "delta", "gradient")
DECOYS = ("difference", "finite", "unread")
CLASSES: tuple[int, ...] = (3, 2, 3)
RECIPES: dict[str, tuple[Spec | str, Look]] = {
    "rows": (S(), L(chart=True)),
    "rows, no biases": (S(biases="none", rate="literal"), L(stack=False)),
    "rows, biases fixed": (S(biases="fixed"), L(keep=("a", "delta", "err"), anchor="B$3")),
    "rows, rate in delta": (S(rate="delta"), L(keep=("z", "a", "delta"), stack=False, words="de")),
    "rows, rate retyped": (S(rate="row", loss="squared", eta=0.3), L(words="de")),
    "rows, t - a": (S(ascent=True), L(keep=UNGRADED, words="no")),
    "rows, no headings": (S((2, 3, 2)), L(words="none", chart=True)),
    "rows, by hand": (S((3, 2, 1), steps=5), L(anchor="B3", keep=LEAN)),
    "rows, no rate": (S(rate="absent", sumproduct=True), L(words="ja", stack=False)),
    "rows, rate a layer": (S(rate="layer"), L()),
    "rows, two examples": (S(examples=2), L(words="none")),
    "rows, mean": (S(examples=3, reduction="mean", biases="none"), L(keep=GRADED)),
    "rows, decoys": (S(decoys=DECOYS), L()),
    "rows, one neuron": (S((3, 1)), L(stack=False)),
    "rows, indirect": (S(rate="indirect"), L()),
    "rows, data on a sheet": (S(examples=2, rate="row"), L(data="Data", stack=False)),
    "rows, rate on a sheet": (S((3, 3, 1), biases="none"), L(data="Data", words="none")),
    "rows, 300 steps": (S((2, 2, 1), steps=300, eta=0.1), L(keep=UNGRADED, chart=True)),
    "grid": (S((3, 3, 2)), L("grid", keep=ARRAYS)),
    "grid, examples": (S(examples=4, reduction="mean", rate="row"), L("grid", words="de")),
    "net, momentum": (S((2, 2, 1), optimiser="momentum", steps=10), L()),
    "net, adam": (S((2, 2, 1), optimiser="adam", steps=10), L(words="none", stack=False)),
    "net, rmsprop": (S((2, 1), examples=3, optimiser="rmsprop"), L("blocks", words="no")),
    "names": (S(rate="named"), L(words="de")),
    "blocks": (S(examples=3, reduction="mean", rate="row"), L("blocks", keep=GRADED)),
    "blocks, four examples": (
        S((2, 2, 1), examples=4, biases="fixed"),
        L("blocks", gap=1, words="no"),
    ),
    "blocks, no loss": (S((2, 2, 1), examples=2, loss_shown=False), L("blocks", keep=GRADED)),
    "blocks, INDEX": (S(examples=4, biases="none"), L("blocks", indexed=True)),
    "sheets": (S(steps=5), L("sheets")),
    "sheets, names": (S((2, 2, 1), rate="named", steps=4), L("sheets", words="ja")),
    "scattered": (S(), L("scattered")),
    "scattered, decoys": (S((2, 2, 1), biases="none", decoys=DECOYS), L("scattered", keep=LEAN)),
    "scattered, no loss": (
        S((2, 3, 2), loss_shown=False, rate="literal"),
        L("scattered", words="none"),
    ),
    "matrices": (S((2, 2, 2), steps=5), L("matrices", keep=ARRAYS)),
    "matrices, mean": (
        S((3, 3, 3), examples=4, reduction="mean", steps=4),
        L("matrices", keep=ARRAYS),
    ),
    "matrices, no biases": (
        S((3, 3, 2), examples=2, biases="none", steps=4),
        L("matrices", keep=("z", "a", "delta"), words="de"),
    ),
    "transposed": (S(), L("transposed")),
    "transposed, no headings": (
        S((2, 2, 1), rate="literal"),
        L("transposed", words="none", keep=LEAN),
    ),
    "three layers": (S((2, 2, 2, 2)), L(words="none")),
    "three layers, blocks": (S((2, 3, 2, 1), examples=2, rate="row"), L("blocks")),
    "softmax": (S(CLASSES, output="softmax", loss="ce"), L()),
    "softmax, blocks": (
        S(CLASSES, output="softmax", loss="ce", examples=3, reduction="mean"),
        L("blocks", words="no"),
    ),
    "tanh": (S(hidden="tanh", output="tanh", eta=0.2), L(words="de")),
    "cross entropy": (S((2, 3, 2), hidden="tanh", loss="bce"), L(keep=ARRAYS)),
    "relu": (S((2, 3, 2), hidden="relu", output="identity", eta=0.05), L()),
    "relu, blocks": (
        S((2, 3, 1), hidden="relu", output="sigmoid", examples=3, eta=0.2),
        L("blocks", words="none"),
    ),
    "online": (S((2, 2, 1), online=True), L()),
    "online, t - a": (
        S(online=True, ascent=True, rate="row", biases="none"),
        L(words="no", keep=LEAN),
    ),
    "perceptron": (S((3, 1), loss="bce", loss_shown=False, online=True), L(words="none")),
    "perceptron, blocks": (
        S((2, 1), loss="bce", loss_shown=False, examples=4),
        L("blocks", keep=LEAN),
    ),
} | {f"regression, {o}": (o, L(stack=o in ("adam", "momentum"))) for o in OPTIMISERS}


# What may stand on another sheet of the same file, and must not mislead.
BESIDE = ("rows", "blocks", "scattered", "matrices, no biases", "grid", "regression, adam")


def optimiser_of(recipe: str) -> str:
    """The optimiser of a recipe; empty for plain descent."""
    spec, _ = RECIPES[recipe]
    return spec if isinstance(spec, str) else spec.optimiser


def model_of(recipe: str, seed: int) -> Model:
    """A fresh model of a recipe; its numbers depend on the seed."""
    spec, look = RECIPES[recipe]
    if isinstance(spec, str):
        return regression(spec, seed)
    if spec.optimiser:
        return optimise(scalar_net(spec, seed), spec.optimiser)
    return matrix_net(spec, seed) if look.layout == "matrices" else scalar_net(spec, seed)
