"""Five optimisers, linear regression with them, and nets written as matrices.

Both are Models like those of `nets`, with the same names where they mean the same. The rules of
the optimisers are those of torch.optim's documentation.
"""

from __future__ import annotations

import random

from tests.support.class_sheets.nets import Model, Quantity, Spec

# The states that an optimiser keeps, and what the weight loses; g is the gradient before.
OPTIMISERS: dict[str, tuple[dict[str, str], str]] = {
    "sgd": ({}, "{eta}*<g>"),
    "momentum": ({"v": "{mu}*<v>+<g>"}, "{eta}*{v}"),
    "rmsprop": ({"s": "{rho}*<s>+(1-{rho})*<g>^2"}, "{eta}*<g>/(SQRT({s})+{eps})"),
    "adagrad": ({"s": "<s>+<g>^2"}, "{eta}*<g>/(SQRT({s})+{eps})"),
    "adam": (
        {"m": "{mu}*<m>+(1-{mu})*<g>", "s": "{rho}*<s>+(1-{rho})*<g>^2"},
        "{eta}*({m}/(1-{mu}^{step}))/(SQRT({s}/(1-{rho}^{step}))+{eps})",
    ),
}
CONSTANTS = {"eta": 0.1, "mu": 0.9, "rho": 0.99, "eps": 1e-8}


def regression(optimiser: str, seed: int, steps: int = 10, examples: int = 5) -> Model:
    """y = w·x + b over five examples, mean squared error."""
    model = Model(Spec(sizes=(1, 1), output="identity", loss="squared", reduction="mean",
                       examples=examples, steps=steps), rate=0.1)  # fmt: skip
    pick = random.Random(seed)
    slope = pick.uniform(1, 3)
    for e in range(examples):
        x = round(0.3 * (e + 1), 2)
        model.given[f"x0.{e}"] = x
        model.given[f"t0.{e}"] = round(slope * x + pick.uniform(-0.3, 0.3), 2)
    model.start |= {"W1.0.0": round(pick.uniform(-1, 1), 2), "b1.0": round(pick.uniform(-1, 1), 2)}
    last = examples - 1
    xs, ts = f"{{x0.0:x0.{last}}}", f"{{t0.0:t0.{last}}}"
    residual = f"({{W1.0.0}}*{xs}+{{b1.0}}-{ts})"
    model.add("loss", "loss", "SUMPRODUCT(<residual>^2)/<n>", residual=residual, n=str(examples))
    model.add("gW1.0.0", "gradient", "<factor>SUMPRODUCT(<residual>*<xs>)/<n>",
              factor="2*", residual=residual, n=str(examples), xs=xs)  # fmt: skip
    model.add("gb1.0", "gradient", "<factor>SUMPRODUCT(<residual>*1)/<n>",
              factor="2*", residual=residual, n=str(examples))  # fmt: skip
    return optimise(model, optimiser)


def optimise(model: Model, optimiser: str) -> Model:
    """Give a model an optimiser's states and updates in place of plain descent."""
    states, step = OPTIMISERS[optimiser]
    used = step + "".join(states.values())
    model.given |= {name: value for name, value in CONSTANTS.items() if f"{{{name}}}" in used}
    model.rate = CONSTANTS["eta"]
    if "{step}" in used:
        model.turns["step"] = [float(t) for t in range(model.spec.steps)]
    model.weights = [name for name in model.start if f"g{name}" in model.quantities]
    for name in model.weights:

        def own(text: str, name: str = name) -> str:
            for state in states:
                text = text.replace(f"{{{state}}}", f"{{{state} {name}}}")
                text = text.replace(f"<{state}>", f"{{{state} {name}@-1}}")
            return text.replace("<g>", f"{{g{name}@-1}}")

        for state, rule in states.items():
            model.start[f"{state} {name}"] = 0.0
            model.updates[f"{state} {name}"] = Quantity(
                f"{state} {name}", "state", "<rule>", {"rule": own(rule)}
            )
        parts = {"old": f"{{{name}@-1}}", "sign": "-", "step": own(step)}
        model.updates[name] = Quantity(name, "update", "<old><sign><step>", parts)
    return model


def matrix_net(spec: Spec, seed: int) -> Model:
    """Two layers or more as array formulas: examples are columns.

    Names: X T, and for layer l W b Z A D G H (the gradient of b); each a whole matrix.
    """
    model = Model(spec, rate=0.5)
    pick = random.Random(seed)
    n, last = spec.examples, len(spec.sizes) - 1

    def numbers(rows: int, columns: int) -> list[list[float]]:
        return [[round(pick.uniform(0.05, 0.95), 2) for _ in range(columns)] for _ in range(rows)]

    def add(name: str, kind: str, shape: tuple[int, int], pattern: str, **parts: str) -> None:
        model.quantities[name] = Quantity(name, kind, pattern, parts, shape)

    model.given |= {"X": numbers(spec.sizes[0], n), "T": numbers(spec.sizes[-1], n)}
    model.given["ones"] = [[1.0] for _ in range(n)]
    model.given["eta"] = 0.5
    mean = "/<n>" if spec.reduction == "mean" else ""
    for l in range(1, last + 1):
        shape = (spec.sizes[l], n)
        before = f"{{A{l - 1}}}" if l > 1 else "{X}"
        model.start[f"W{l}"] = [
            [pick.choice((-1, 1)) * x for x in row]
            for row in numbers(spec.sizes[l], spec.sizes[l - 1])
        ]
        bias = "+<bias>" if spec.biases != "none" else ""
        add(f"Z{l}", "z", shape, f"MMULT({{W{l}}},{before}){bias}", bias=f"{{b{l}}}")  # fmt: skip
        add(f"A{l}", "a", shape, "<f>", f=f"1/(1+EXP(-{{Z{l}}}))")
        if spec.biases != "none":
            model.start[f"b{l}"] = numbers(spec.sizes[l], 1)
    add(
        "loss", "loss", (1, 1), f"<factor>SUMXMY2({{A{last}}},{{T}}){mean}", factor="0.5*", n=str(n)
    )
    for l in range(last, 0, -1):
        shape = (spec.sizes[l], n)
        inner = f"{{A{l}}}*(1-{{A{l}}})"
        if l == last:
            add(f"D{l}", "delta", shape, "(<difference>)*<slope>",
                difference=f"{{A{l}}}-{{T}}", slope=inner)  # fmt: skip
        else:
            add(f"D{l}", "delta", shape, "MMULT(<W>,<D>)*<slope>", W=f"TRANSPOSE({{W{l + 1}}})",
                D=f"{{D{l + 1}}}", slope=inner)  # fmt: skip
        before = f"{{A{l - 1}}}" if l > 1 else "{X}"
        names = [(f"W{l}", f"TRANSPOSE({before})", (spec.sizes[l], spec.sizes[l - 1]))]
        if spec.biases == "trained":
            names.append((f"b{l}", "{ones}", (spec.sizes[l], 1)))
        for name, factor, size in names:
            add(f"g{name}", "gradient", size, f"MMULT(<D>,<a>){mean}",
                D=f"{{D{l}}}", a=factor, n=str(n))  # fmt: skip
            model.updates[name] = Quantity(
                name, "update", "<old><sign><rate><gradient>",
                {"old": f"{{{name}@-1}}", "sign": "-", "rate": "{eta}*",
                 "gradient": f"{{g{name}@-1}}"}, size)  # fmt: skip
            model.weights.append(name)
    for name in [key for key in model.start if key not in model.weights]:
        model.given[name] = model.start.pop(name)
    return model
