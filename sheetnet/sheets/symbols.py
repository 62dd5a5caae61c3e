"""The name of every quantity's elements in the lesson's notation, as templates.

Knows: which template a quantity has, and what its words are. Does not know where a quantity
stands. A template holds {n} for a neuron, {d} and {s} for a weight's destination and source, {k}
for its running number; whoever fills it in writes the numbers as subscripts, from `base` on, with
a comma between {d}{s} where one of them has two digits (see `notation.Labels`, from which a test
takes every name).
"""

from __future__ import annotations

from typing import Any

from sheetnet.lessons import Lesson
from sheetnet.quantities.updates import SIGNS, options_of, states_of
from sheetnet.sheets.notation import Labels

_OF_NEURONS = {
    # quantity: kind in the notation, how its name is built from that, words
    "a": ("activation", "{of}", "activation"),
    "nodes": ("activation", "{of}", "activation"),
    "z": ("weighted_input", "{of}", "weighted input"),
    "grown": ("weighted_input", "e^{of}", "exponential"),
    "error": ("activation", "∂{loss}/∂{of}", "how the {word} changes with the activation"),
    "delta": ("delta", "{of}", "how the {word} changes with the weighted input"),
    "slope": ("weighted_input", "{f}′({of})", "slope of the activation function"),
    "bias": ("bias", "{of}", "bias"),
    "bias_gradient": ("bias", "∂{loss}/∂{of}", "how the {word} changes with the bias"),
}
_OF_WEIGHTS = {
    "W": ("{of}", "weight"),
    "weights": ("{of}", "weight"),
    "dW": ("∂{loss}/∂{of}", "how the {word} changes with the weight"),
    "gradient": ("∂{loss}/∂{of}", "how the {word} changes with the weight"),
    "W_new": ("new {of}", "weight after the step"),
}


def symbols(lesson: Lesson) -> dict[str, dict[str, Any]]:
    """Quantity to its template: `text`, `words`, and for weights `bias`, `below`, `before`."""
    labels = Labels(lesson)
    notation, sizes = labels.notation, lesson.network.sizes
    loss, word = notation.loss, notation.loss_word
    found: dict[str, dict[str, Any]] = {
        "loss": {"text": loss, "words": word},
        "first_loss": {"text": loss, "words": f"{word} at the first step"},
        "last_loss": {"text": loss, "words": f"{word} at the last step"},
        "loss_term": {"text": loss, "words": f"one output's part of the {word}"},
        "learning_rate": {"text": notation.learning_rate, "words": "learning rate"},
        "step": {"text": "step", "words": "number of the training step"},
        "step_shown": {"text": "step", "words": "the step that is shown"},
        "Net_step": {"text": "step", "words": "the step that is shown"},
        "Net_example": {"text": "example", "words": "the example that is shown"},
        "Net_show": {"text": "show", "words": "how much is shown, 1 to 5"},
    }
    names = {name: SIGNS[name] for name in states_of(lesson)}
    of_states = {name: (f"{sign}({{of}})", words) for name, (sign, words) in names.items()}
    of_states |= {f"{name}_new": (f"new {text}", f"{words} after the step")
                  for name, (text, words) in of_states.items()}
    found |= {name: {"text": label, "words": label} for name, label in options_of(lesson)}
    before = 0
    for layer in range(len(sizes)):
        facts = {"loss": loss, "word": word, "f": labels.function(layer)}
        for quantity, (kind, text, words) in _OF_NEURONS.items():
            if layer or quantity in ("a", "nodes"):
                found[f"{quantity}_{layer}"] = {
                    "text": text.format(of=labels.template(kind, layer), **facts),
                    "words": words.format(**facts),
                    "base": notation.neuron_base,
                    "neurons": sizes[layer],
                }
        if layer:
            for quantity, (text, words) in (_OF_WEIGHTS | of_states).items():
                is_new = quantity.endswith("_new")
                name = f"{quantity.removesuffix('_new')}_{layer}" + "_new" * is_new
                found[name] = {
                    "text": text.format(of=labels.template("weight", layer), **facts),
                    "bias": text.format(of=labels.template("bias", layer), **facts),
                    "words": words.format(**facts),
                    "base": notation.neuron_base,
                    "below": sizes[layer - 1],
                    "before": before,
                }
            before += sizes[layer] * sizes[layer - 1]
    found["a_0"]["words"] = "input"
    found["inputs"] = found["a_0"]
    last = len(sizes) - 1
    found["targets"] = {
        "text": labels.template("target", last),
        "words": "target",
        "base": notation.neuron_base,
        "neurons": sizes[last],
    }
    return found
