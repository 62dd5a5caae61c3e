"""A net's formulas for one training step, as templates over names.

    x0.2 t0.2       input 0 and target 0 of example 2
    W1.0.2 b1.0     weight from neuron 2 to neuron 0 of layer 1, bias
    z1.0.2 a1.0.2 d1.0.2   pre-activation, activation, δ of neuron 0 in layer 1, example 2
    gW1.0.2 gb1.0   gradients       err.2 loss       loss of an example, of all

`{name}` is that name at this step, `{name@-1}` at the one before, `{p:q}` a range from p to q.
A template is a pattern with `<parts>`, so that a slip can change one part and say which.
Written from the textbook, and proved by finite differences (`prove`); shares nothing with
sheetnet.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Quantity:
    """One name's formula: `pattern` with each `<part>` filled in."""

    name: str
    kind: str  # z a err loss delta gradient update state copy decoy
    pattern: str
    parts: dict[str, str]
    shape: tuple[int, int] = (1, 1)

    @property
    def template(self) -> str:
        return re.sub(r"<(\w+)>", lambda m: self.parts[m[1]], self.pattern)

    def with_parts(self, **parts: str) -> Quantity:
        return replace(self, parts=self.parts | parts)


@dataclass(frozen=True)
class Spec:
    """What is trained, and how the sheet spells it."""

    sizes: tuple[int, ...] = (2, 2, 2)
    hidden: str = "sigmoid"
    output: str = "sigmoid"
    loss: str = "half"  # half, squared, bce, ce
    examples: int = 1
    reduction: str = "sum"
    biases: str = "trained"  # trained, fixed, none
    online: bool = False
    eta: float = 0.5
    rate: str = "anchored"  # anchored, row, literal, layer, delta, absent, named, indirect
    ascent: bool = False  # δ = t - a, and updates add
    sumproduct: bool = False  # sums over a layer as SUMPRODUCT, where both run alike
    loss_shown: bool = True
    decoys: tuple[str, ...] = ()  # difference, finite, unread
    steps: int = 8
    optimiser: str = ""  # one of `optimised`, in place of plain descent


@dataclass
class Model:
    """All formulas of one step, the first values, and the numbers that are given."""

    spec: Spec
    quantities: dict[str, Quantity] = field(default_factory=dict)
    updates: dict[str, Quantity] = field(default_factory=dict)
    start: dict[str, float | list[list[float]]] = field(default_factory=dict)
    given: dict[str, float | list[list[float]]] = field(default_factory=dict)
    turns: dict[str, list[float]] = field(default_factory=dict)  # another number each step
    weights: list[str] = field(default_factory=list)  # those that are trained
    rate: float = 0.5

    def add(self, name: str, kind: str, pattern: str, **parts: str) -> None:
        self.quantities[name] = Quantity(name, kind, pattern, parts)


def act(layer: int, neuron: int, example: int) -> str:
    """The name of what a layer puts out; layer 0 is the input."""
    return f"{f'a{layer}' if layer else 'x'}{'.' if layer else ''}{neuron}.{example}"


ACTIVATIONS = {
    "sigmoid": "1/(1+EXP(-{%s}))",
    "tanh": "TANH({%s})",
    "relu": "MAX(0,{%s})",
    "identity": "{%s}",
}
# In terms of the activation a and the pre-activation z.
SLOPES = {
    "sigmoid": "{%(a)s}*(1-{%(a)s})",
    "tanh": "(1-{%(a)s}^2)",
    "relu": "IF({%(z)s}>0,1,0)",
}
ERRORS = {
    "half": ("<factor>(<terms>)", "({%(a)s}-{%(t)s})^2", "0.5*"),
    "squared": ("<factor>(<terms>)", "({%(a)s}-{%(t)s})^2", ""),
    "bce": ("-(<terms>)", "{%(t)s}*LN({%(a)s})+(1-{%(t)s})*LN(1-{%(a)s})", ""),
    "ce": ("-(<terms>)", "{%(t)s}*LN({%(a)s})", ""),
}


def scalar_net(spec: Spec, seed: int) -> Model:
    """Forward pass, loss, δ, gradients and updates, one formula a cell."""
    model = Model(spec, rate=1.0 if spec.rate == "absent" else spec.eta)
    pick = random.Random(seed)
    _numbers(model, pick)
    for e in range(spec.examples):
        _forward(model, e)
    errors = "+".join(f"{{err.{e}}}" for e in range(spec.examples))
    mean = spec.reduction == "mean"
    model.add("loss", "loss", "(<sum>)/<n>" if mean else "<sum>", sum=errors, n="{n}")
    if spec.examples == 1:
        model.quantities["loss"] = replace(model.quantities.pop("err.0"), name="loss", kind="loss")
    for e in range(spec.examples):
        _backward(model, e)
    _gradients(model)
    _decoys(model)
    return model


def _numbers(model: Model, pick: random.Random) -> None:
    spec = model.spec
    count = spec.steps if spec.online else spec.examples
    xs = [[round(pick.uniform(0.05, 1.0), 2) for _ in range(spec.sizes[0])] for _ in range(count)]
    if spec.output == "softmax":
        ts = [[float(k == e % spec.sizes[-1]) for k in range(spec.sizes[-1])] for e in range(count)]
    else:
        ts = [
            [round(pick.uniform(0.05, 0.95), 2) for _ in range(spec.sizes[-1])]
            for _ in range(count)
        ]
    for letter, rows in (("x", xs), ("t", ts)):
        for i in range(len(rows[0])):
            if spec.online:
                # four samples, taken in turn
                model.turns[f"{letter}{i}.0"] = [rows[t % 4][i] for t in range(count)]
            else:
                for e in range(spec.examples):
                    model.given[f"{letter}{i}.{e}"] = rows[e][i]
    if spec.rate in ("anchored", "named", "delta", "indirect"):
        model.given["eta"] = model.rate
    elif spec.rate == "row":
        model.turns["eta"] = [model.rate] * spec.steps
    if spec.reduction == "mean":
        model.given["n"] = float(spec.examples)
    for l, (before, here) in enumerate(zip(spec.sizes, spec.sizes[1:], strict=False), 1):
        for j in range(here):
            for i in range(before):
                sign = 1.0 if spec.hidden == "relu" else pick.choice((-1.0, 1.0))
                model.start[f"W{l}.{j}.{i}"] = sign * round(pick.uniform(0.1, 0.9), 2)
            if spec.biases != "none":
                target = model.start if spec.biases == "trained" else model.given
                target[f"b{l}.{j}"] = round(pick.uniform(0.1, 0.6), 2)


def _forward(model: Model, e: int) -> None:
    spec = model.spec
    last = len(spec.sizes) - 1
    for l in range(1, last + 1):
        before, here = spec.sizes[l - 1], spec.sizes[l]
        for j in range(here):
            terms = "+".join(f"{{W{l}.{j}.{i}}}*{{{act(l - 1, i, e)}}}" for i in range(before))
            if spec.sumproduct:
                terms = (
                    f"SUMPRODUCT({{W{l}.{j}.0:W{l}.{j}.{before - 1}}},"
                    f"{{{act(l - 1, 0, e)}:{act(l - 1, before - 1, e)}}})"
                )
            bias = spec.biases != "none"
            model.add(f"z{l}.{j}.{e}", "z", "<sum>+<bias>" if bias else "<sum>",
                      sum=terms, bias=f"{{b{l}.{j}}}")  # fmt: skip
        kind = spec.output if l == last else spec.hidden
        for j in range(here):
            if kind == "softmax":
                total = "+".join(f"EXP({{z{l}.{k}.{e}}})" for k in range(here))
                model.add(f"a{l}.{j}.{e}", "a", "<f>", f=f"EXP({{z{l}.{j}.{e}}})/({total})")
            else:
                model.add(f"a{l}.{j}.{e}", "a", "<f>", f=ACTIVATIONS[kind] % f"z{l}.{j}.{e}")
    pattern, term, factor = ERRORS[spec.loss]
    terms = "+".join(term % {"a": act(last, k, e), "t": f"t{k}.{e}"} for k in range(spec.sizes[-1]))
    model.add(f"err.{e}", "err", pattern, factor=factor, terms=terms)


def slope(spec: Spec, l: int, j: int, e: int) -> str:
    """The slope of a neuron's activation; empty where it is 1."""
    kind = spec.output if l == len(spec.sizes) - 1 else spec.hidden
    return SLOPES.get(kind, "") % {"a": act(l, j, e), "z": f"z{l}.{j}.{e}"}


def _backward(model: Model, e: int) -> None:
    spec = model.spec
    last = len(spec.sizes) - 1
    fused = spec.loss in ("bce", "ce")
    for k in range(spec.sizes[-1]):
        a, t = act(last, k, e), f"t{k}.{e}"
        pattern = "<rate><factor>(<difference>)"
        factor = "2*" if spec.loss == "squared" else ""
        inner = slope(spec, last, k, e)
        model.add(f"d{last}.{k}.{e}", "delta",
                  pattern if fused or not inner else pattern + "*<slope>",
                  rate="{eta}*" if spec.rate == "delta" else "", factor=factor, slope=inner,
                  difference=f"{{{t}}}-{{{a}}}" if spec.ascent else f"{{{a}}}-{{{t}}}")  # fmt: skip
    for l in range(last - 1, 0, -1):
        for j in range(spec.sizes[l]):
            terms = "+".join(
                f"{{d{l + 1}.{k}.{e}}}*{{W{l + 1}.{k}.{j}}}" for k in range(spec.sizes[l + 1])
            )
            inner = slope(spec, l, j, e)
            model.add(f"d{l}.{j}.{e}", "delta", "(<sum>)*<slope>" if inner else "<sum>",
                      sum=terms, slope=inner)  # fmt: skip


def _gradients(model: Model) -> None:
    spec = model.spec
    pattern = "(<sum>)/<n>" if spec.reduction == "mean" else "<sum>"
    for name in model.start:
        l, j, *source = name[1:].split(".")
        terms = [
            f"{{d{l}.{j}.{e}}}" + (f"*{{{act(int(l) - 1, int(source[0]), e)}}}" if source else "")
            for e in range(spec.examples)
        ]
        model.add(f"g{name}", "gradient", pattern, sum="+".join(terms), n="{n}")
        rate = {
            "literal": f"{spec.eta}*",
            "layer": "0.5*" if l == "1" else "0.2*",
            "delta": "",
            "absent": "",
            "indirect": 'INDIRECT("{eta}")*',
        }.get(spec.rate, "{eta}*")
        pattern_2 = "<old><sign><rate><gradient>"
        parts = {"old": f"{{{name}@-1}}", "sign": "+" if spec.ascent else "-",
                 "rate": rate, "gradient": f"{{g{name}@-1}}"}  # fmt: skip
        model.updates[name] = Quantity(name, "update", pattern_2, parts)
        model.weights.append(name)


def _decoys(model: Model) -> None:
    """Columns that people add to see what happens; nothing reads them."""
    first = model.weights[0]
    if "difference" in model.spec.decoys:
        for name in model.weights[:2]:
            parts = {"f": f"{{{name}@-1}}-{{{name}}}"}
            model.updates[f"diff {name}"] = Quantity(f"diff {name}", "decoy", "<f>", parts)
    if "finite" in model.spec.decoys:
        model.add(f"fd {first}", "decoy", "(<f>-{loss})/0.001", f=f"[loss|{first}|0.001]")
    if "unread" in model.spec.decoys:
        model.add(f"try {first}", "decoy", "<f>", f=f"{{{first}}}-0.1*{{g{first}}}")
