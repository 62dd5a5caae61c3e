"""One step of back-propagation, and one of its numbers worked out by hand.

The network is that of "Back propagation in a simple neural net": two inputs, two neurons in each
of two layers, sigmoid throughout. The number is the new value of w₀₀⁽²⁾, the weight from the
first inner neuron to the first output.
"""

from math import exp, isclose

import sheetnet

lesson = sheetnet.load(
    {
        "network": {
            "sizes": [2, 2, 2],
            "weights": [[[0.5, -0.2], [0.2, -0.6]], [[0.1, 0.5], [0.2, 0.3]]],
            "bias": [[0.3, 0.6], [-0.3, 0.5]],
        },
        "data": {"inputs": [[0.1, 0.9]], "targets": [[0.3, 0.4]]},
    }
)
trace = sheetnet.train_step(lesson)
print("loss ", trace.loss)
print("a    ", trace.a[2])
print("delta", trace.delta[1])
print("dW   ", trace.dW[1])

# The same by hand: forwards to the output a0, then back to the one weight.
h0 = 1 / (1 + exp(-(0.5 * 0.1 - 0.2 * 0.9 + 0.3)))
h1 = 1 / (1 + exp(-(0.2 * 0.1 - 0.6 * 0.9 + 0.6)))
a0 = 1 / (1 + exp(-(0.1 * h0 + 0.5 * h1 - 0.3)))
delta = (a0 - 0.3) * a0 * (1 - a0)
by_hand = 0.1 - 0.5 * delta * h0  # old weight - learning rate · δ · activation

print(f"w00 of layer 2: 0.1 becomes {trace.network.weights[1][0, 0]:.6f}, by hand {by_hand:.6f}")
assert isclose(trace.network.weights[1][0, 0], by_hand, rel_tol=1e-14)
