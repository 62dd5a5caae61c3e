"""A network of your own as a dict, written in both formats.

The keys are those of a lesson file. `seed` draws the starting weights; the same seed draws the
same weights again.
"""

from pathlib import Path

import sheetnet

lesson = sheetnet.load(
    {
        "title": "Three flowers from two measurements",
        "network": {
            "sizes": [2, 4, 3],
            "activations": ["tanh", "softmax"],
            "loss": "categorical_cross_entropy",
            "reduction": "mean",
            "seed": 3,
        },
        "training": {"learning_rate": 0.3, "steps": 60},
        "data": {
            "inputs": [[1.4, 0.2], [4.7, 1.4], [6.0, 2.5]],
            "targets": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        },
    }
)
for name in ("flowers.xlsx", "flowers.ods"):
    formulas = sheetnet.write(lesson, name)
    print(f"{name}: {formulas:,} formulas, {Path(name).stat().st_size:,} bytes")

assert sheetnet.read("flowers.xlsx") == sheetnet.read("flowers.ods") == lesson
