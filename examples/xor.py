"""XOR: what no network without an inner layer can learn, with three inner neurons.

All four examples enter every step. The workbook that is written shows each of them, step by step.
"""

import sheetnet

lesson = sheetnet.load(
    {
        "title": "Exclusive or",
        "network": {
            "sizes": [2, 3, 1],
            "activations": ["tanh", "sigmoid"],
            "loss": "binary_cross_entropy",
            "seed": 7,
        },
        "training": {"learning_rate": 0.5, "steps": 300},
        "data": {"inputs": [[0, 0], [0, 1], [1, 0], [1, 1]], "targets": [[0], [1], [1], [0]]},
    }
)
run = sheetnet.train(lesson)
for step in (0, 10, 100, 300):
    print(f"loss at step {step:>3}: {run.losses[step]:.4f}")

sheetnet.write(lesson, "xor.xlsx")
report = sheetnet.check("xor.xlsx", engine="ironcalc")
print(f"the workbook's own last loss: {report.losses[1]:.4f}")

assert report.ok and run.losses[-1] < 0.01 * run.losses[0]
