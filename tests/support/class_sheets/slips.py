"""The mistakes that people make in such sheets, each a change to one template.

A slip is a row of SLIPS: its kind (the cause that an audit should name), the kinds of quantity it
happens to, and a function that returns the changed quantity, or None where it cannot happen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.support.class_sheets.nets import Model, Quantity, act

Changed = Quantity | None


@dataclass(frozen=True)
class Slip:
    """One kind of mistake."""

    cause: str
    happens_to: tuple[str, ...]
    change: Callable[[Model, Quantity], Changed]
    where: tuple[str, ...] = ("first", "middle", "one", "all")


def _indices(q: Quantity) -> tuple[int, int, int]:
    """Layer, neuron and example of a δ (a gradient's source in place of the example, or -1)."""
    match = re.fullmatch(r"(?:g?[Wb]|d|z|a)(\d+)\.(\d+)(?:\.(\d+))?", q.name)
    return (int(match[1]), int(match[2]), int(match[3] or -1)) if match else (0, 0, -1)


def _other(model: Model, layer: int, neuron: int) -> int | None:
    count = model.spec.sizes[layer]
    return (neuron + 1) % count if count > 1 else None


def _swap(text: str, old: str, new: str) -> str:
    return text.replace(f"{{{old}}}", f"{{{new}}}")


def _part(q: Quantity, part: str, new: Callable[[str], str]) -> Changed:
    """The quantity with one part changed, if it has it and that changes it."""
    if f"<{part}>" not in q.pattern or not q.parts.get(part):
        return None
    text = new(q.parts[part])
    return q.with_parts(**{part: text}) if text != q.parts[part] else None


def other_slope(model: Model, q: Quantity) -> Changed:
    l, j, e = _indices(q)
    k = _other(model, l, j) if l else None
    if k is None:
        return None
    return _part(q, "slope", lambda s: s.replace(f"{l}.{j}.{e}}}", f"{l}.{k}.{e}}}"))


def other_delta(model: Model, q: Quantity) -> Changed:
    l, j, _ = _indices(q)
    k = _other(model, l, j) if l else None
    if k is None:
        return None
    return _part(q, "sum", lambda s: s.replace(f"{{d{l}.{j}.", f"{{d{l}.{k}."))


def untransposed(model: Model, q: Quantity) -> Changed:
    if "W" in q.parts:
        l = int(q.name[1:])
        square = model.spec.sizes[l] == model.spec.sizes[l + 1]
        return _part(q, "W", lambda s: s[10:-1]) if square else None
    l, _, _ = _indices(q)
    if not l or l + 1 >= len(model.spec.sizes) or model.spec.sizes[l] != model.spec.sizes[l + 1]:
        return None
    return _part(q, "sum", lambda s: re.sub(r"\{W(\d)\.(\d)\.(\d)\}", r"{W\1.\3.\2}", s))


def unanchored(model: Model, q: Quantity) -> Changed:
    """The first given number loses its dollars and wanders as the formula is filled down."""
    mark = "^" if q.kind == "update" else "~"  # where the filling begins
    for part, text in q.parts.items():
        for name in re.findall(r"\{([^{}~>!@:]+)\}", text):
            if name in model.given:
                return q.with_parts(**{part: text.replace(f"{{{name}}}", f"{{{mark}{name}}}", 1)})
    return None


def stale(model: Model, q: Quantity) -> Changed:
    """A reference one step too high: the row before."""
    part = "gradient" if q.kind == "update" else "sum"
    if q.kind == "update":
        return _part(q, part, lambda s: s.replace("@-1", "@-2"))
    return _part(q, part, lambda s: re.sub(r"\{(d[\d.]+)\}", r"{\1@-1}", s, count=1))


def neighbour_cell(model: Model, q: Quantity) -> Changed:
    """A reference to an input or activation one cell off."""
    l, _, i = _indices(q)
    if not l or i < 0 or (k := _other(model, l - 1, i)) is None:
        return None
    return _part(
        q, "sum", lambda s: s.replace(f"{{{act(l - 1, i, 0)}}}", f"{{{act(l - 1, k, 0)}}}")
    )


def no_slope(model: Model, q: Quantity) -> Changed:
    if not q.parts.get("slope") or "*<slope>" not in q.pattern:
        return None
    return replace(q, pattern=q.pattern.replace("*<slope>", ""))


def no_mask(model: Model, q: Quantity) -> Changed:
    return no_slope(model, q) if "IF(" in q.parts.get("slope", "") else None


def half_slope(model: Model, q: Quantity) -> Changed:
    """a where a(1 - a) is due."""
    return _part(q, "slope", lambda s: re.sub(r"\*\(1-\{.*\}\)$", "", s))


def slope_twice(model: Model, q: Quantity) -> Changed:
    if not q.parts.get("slope") or "*<slope>" not in q.pattern:
        return None
    return replace(q, pattern=q.pattern + "*<slope>")


def slope_too_many(model: Model, q: Quantity) -> Changed:
    """A slope at the output where cross entropy has cancelled it: a squared error's δ."""
    if model.spec.loss not in ("bce", "ce") or not q.name.startswith("d"):
        return None
    l, j, e = _indices(q)
    if l != len(model.spec.sizes) - 1:
        return None
    text = f"{{{act(l, j, e)}}}*(1-{{{act(l, j, e)}}})"
    return replace(q, pattern=q.pattern + "*<slope>", parts=q.parts | {"slope": text})


def loss_of_cross_entropy(model: Model, q: Quantity) -> Changed:
    """a - t where a squared error's δ has the slope."""
    l, _, _ = _indices(q)
    outer = l == len(model.spec.sizes) - 1 or q.name == f"D{len(model.spec.sizes) - 1}"
    if model.spec.loss not in ("half", "squared") or not outer:
        return None
    return no_slope(model, q)


def no_rate(model: Model, q: Quantity) -> Changed:
    return _part(q, "rate", lambda _: "")


def empty_rate(model: Model, q: Quantity) -> Changed:
    return _part(q, "rate", lambda s: s.replace("{eta}", "{!eta}"))


def no_count(model: Model, q: Quantity) -> Changed:
    if "/<n>" not in q.pattern:
        return None
    return replace(q, pattern=q.pattern.replace("/<n>", ""))


def extra_two(model: Model, q: Quantity) -> Changed:
    return replace(q, pattern=f"2*{q.pattern}") if q.pattern[0] in "(<" else None


def extra_half(model: Model, q: Quantity) -> Changed:
    return replace(q, pattern=f"0.5*{q.pattern}") if q.pattern.startswith("(") else None


def no_two(model: Model, q: Quantity) -> Changed:
    return _part(q, "factor", lambda s: "" if s == "2*" else s)


def sign(model: Model, q: Quantity) -> Changed:
    if q.kind == "delta":
        return _part(q, "difference", lambda s: "-".join(reversed(s.split("-"))))
    return _part(q, "sign", lambda s: "+" if s == "-" else "-")


def no_parentheses(model: Model, q: Quantity) -> Changed:
    """(a + b)·c becomes a + b·c."""
    inner = q.parts.get("sum") or q.parts.get("difference") or ""
    match = re.search(r"\(<(sum|difference)>\)", q.pattern)
    if match is None or not re.search(r"[+-]", re.sub(r"\{.*?\}", "", inner)):
        return None
    return replace(q, pattern=q.pattern.replace(match[0], match[0][1:-1]))


def slope_without_parentheses(model: Model, q: Quantity) -> Changed:
    return _part(q, "slope", lambda s: re.sub(r"\*\((1-\{.*\})\)$", r"*\1", s))


def other_gradient(model: Model, q: Quantity) -> Changed:
    """The update takes the gradient of the next weight of the same neuron."""
    if q.name not in model.weights or len(model.weights) < 2:
        return None
    at = model.weights.index(q.name)
    other = model.weights[(at + 1) % len(model.weights)]
    if isinstance(model.start[q.name], list):
        return None
    return _part(q, "gradient", lambda s: s.replace(f"{{g{q.name}@", f"{{g{other}@"))


def already_updated(model: Model, q: Quantity) -> Changed:
    if "W" in q.parts:
        return _part(q, "W", lambda s: s.replace("}", "@+1}"))
    if q.kind != "delta":
        return None
    return _part(q, "sum", lambda s: re.sub(r"\{(W[\d.]+)\}", r"{\1@+1}", s))


def sum_missing(model: Model, q: Quantity) -> Changed:
    """The gradient takes one example only, or leaves the last one out."""
    if q.kind != "gradient":
        return None
    return _part(q, "sum", lambda s: s.rpartition("+")[0] or s)


def one_term(model: Model, q: Quantity) -> Changed:
    """δ of a hidden neuron from one output only."""
    if q.kind != "delta":
        return None
    return _part(q, "sum", lambda s: s.split("+")[0])


def log_for_ln(model: Model, q: Quantity) -> Changed:
    """LOG, which is base 10, in the loss; in its first term only where it has several."""
    return _part(q, "terms", lambda s: s.replace("LN(", "LOG("))


def log_in_one_term(model: Model, q: Quantity) -> Changed:
    return _part(q, "terms", lambda s: s.replace("LN(", "LOG(", 1) if s.count("LN(") > 1 else s)


def other_weight_forward(model: Model, q: Quantity) -> Changed:
    """The forward pass takes another neuron's weight: the backward pass no longer fits."""
    l, j, _ = _indices(q)
    k = _other(model, l, j) if l else None
    if k is None or q.kind != "z":
        return None
    return _part(q, "sum", lambda s: s.replace(f"{{W{l}.{j}.0}}", f"{{W{l}.{k}.0}}", 1))


def square_missing(model: Model, q: Quantity) -> Changed:
    return _part(q, "rule", lambda s: s.replace("}^2", "}"))


def no_correction(model: Model, q: Quantity) -> Changed:
    return _part(q, "step", lambda s: re.sub(r"\(1-\{mu\}\^\{step\}\)", "1", s))


def root_missing(model: Model, q: Quantity) -> Changed:
    return _part(q, "step", lambda s: s.replace("SQRT(", "("))


D, G, U = ("delta",), ("gradient",), ("update",)
ONE = ("first", "middle", "one")
SLIPS: dict[str, Slip] = {
    "other slope": Slip("another neuron's slope", D, other_slope),
    "other delta": Slip("another neuron's delta", G, other_delta),
    "untransposed": Slip("untransposed W", D, untransposed),
    "unanchored": Slip("reference not anchored", D + G + U, unanchored, ("all",)),
    "stale": Slip("reference drifted", G + U, stale),
    "neighbour": Slip("neighbour's cell", G, neighbour_cell),
    "no slope": Slip("missing slope", D, no_slope),
    "no mask": Slip("missing mask", D, no_mask),
    "half slope": Slip("missing factor", D, half_slope),
    "no rate": Slip("missing rate", U, no_rate),
    "no 1/n": Slip("missing 1/n", G, no_count),
    "extra 2": Slip("extra factor", D + G, extra_two),
    "extra 1/2": Slip("extra factor", D, extra_half),
    "no 2": Slip("missing factor", D + G, no_two),
    "slope twice": Slip("extra slope", D, slope_twice),
    "slope too many": Slip("extra slope", D, slope_too_many),
    "sign": Slip("sign", D + U, sign),
    "no parentheses": Slip("lost parenthesis", D, no_parentheses),
    "bare slope": Slip("lost parenthesis", D, slope_without_parentheses),
    "other gradient": Slip("neighbour's gradient", U, other_gradient),
    "already updated": Slip("updated weights", D, already_updated),
    "empty rate": Slip("rate cell empty", U, empty_rate),
    "sum missing": Slip("sum over examples", G, sum_missing),
    "one term": Slip("missing term", D, one_term),
    "other loss": Slip("another loss", D, loss_of_cross_entropy, ("all",)),
    "typed": Slip("value typed", D + G + U + ("a",), lambda m, q: q, ONE),
    "log": Slip("LOG for LN", ("loss", "err"), log_for_ln, ("all", "one")),
    "log one term": Slip("LOG for LN", ("loss", "err"), log_in_one_term, ("all", "one")),
    "forward": Slip("forward pass", ("z",), other_weight_forward, ("all", "one")),
    "no square": Slip("optimiser", ("state",), square_missing, ("all",)),
    "no correction": Slip("optimiser", U, no_correction, ("all",)),
    "no root": Slip("optimiser", U, root_missing, ("all",)),
}  # fmt: skip
