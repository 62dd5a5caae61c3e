"""All examples in every step ("full"), or one example a step in turn ("online").

Two examples, one neuron, two steps. Online, the second example already meets the weight that the
first has changed, so the two ways part after the first step.
"""

import numpy as np

import sheetnet

table: dict[str, object] = {
    "network": {
        "sizes": [1, 1],
        "activations": "identity",
        "biases": "none",
        "weights": [[[1.0]]],
    },
    "data": {"inputs": [[1.0], [2.0]], "targets": [[0.0], [0.0]]},
}
weights = {}
for batch in ("full", "online"):
    training = {"learning_rate": 0.25, "steps": 2, "batch": batch}
    lesson = sheetnet.load({**table, "training": training})
    run = sheetnet.train(lesson, record=True)
    weights[batch] = run.weights[0].ravel()
    print(f"{batch:>6}: the weight is", *weights[batch])
    sheetnet.write(lesson, f"{batch}.xlsx")

# Each example x pulls the weight w by γ·x·x·w: 1/4 w and 1 w here.
assert np.array_equal(weights["full"], [1, -0.25, 0.0625]) and np.array_equal(
    weights["online"], [1, 0.75, 0]
)
