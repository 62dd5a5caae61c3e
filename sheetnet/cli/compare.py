"""`sheetnet compare`: one workbook of several trainings of a lesson."""

from __future__ import annotations

import argparse

from sheetnet.cli.shared import add_force, add_output, as_typed, with_steps
from sheetnet.progress import progress_of

_HELP = {
    "learning-rates": ("RATES", "learning rates, for example 0.1,0.2,0.5,0.8,1,2"),
    "optimizers": ("NAMES", "optimisers, each with a learning rate or without: sgd,adam:0.05"),
    "seeds": ("SEEDS", "random starts, for example 1..6"),
    "inits": ("RULES", "rules of a start, each with a seed or without: xavier,he:7,uniform"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow `sheetnet compare`."""
    parser.add_argument("lesson", metavar="LESSON", help="a lesson file: .toml, .json or .npz")
    add_output(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    for name, (shape, words) in _HELP.items():
        what.add_argument(f"--{name}", metavar=shape, help=words)
    steps = "training steps, in place of the lesson's"
    parser.add_argument("--steps", type=int, metavar="N", help=steps)
    parser.add_argument("--safe", action="store_true", help="overflow-proof formulas")
    add_force(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from dataclasses import replace

    from sheetnet.lessons import load, train
    from sheetnet.lessons.comparing import compared
    from sheetnet.sheets.variant_rows import DIVERGED
    from sheetnet.workbooks.write import write

    lesson = load(options.lesson)
    if options.steps is not None:
        lesson = with_steps(lesson, options.steps)
    if options.safe:
        lesson = replace(lesson, formulas="safe")
    key = next(key for key in _HELP if getattr(options, key.replace("-", "_")) is not None)
    wish = getattr(options, key.replace("-", "_"))
    lesson = compared(lesson, key.replace("-", " "), wish)
    with progress_of(f"writing {options.output}") as progress:
        notes: list[str] = []
        formulas = write(
            lesson, options.output, force=options.force, progress=progress, warn=notes.append
        )
    print(f"{options.output}: {formulas:,} formulas. "
          f"Check them: sheetnet check {as_typed(options.output)}")  # fmt: skip
    print(*notes, sep="\n", end="\n" * bool(notes))
    width = max(len(variant.label) for variant in lesson.compare)
    for number, variant in enumerate(lesson.compare, start=1):
        own = lesson.variant(number)
        losses = train(own, stop=True).losses
        last = len(losses) - 1
        is_whole = last == own.training.steps and losses[-1] < DIVERGED
        end = f"{losses[-1]:.4g} at step {last:,}" if is_whole else "then it diverges"
        rate = own.training.learning_rate
        print(f"  {variant.label:<{width}}  learning rate {rate:g}: loss {losses[0]:.4g} at "
              f"step 0, {end}")  # fmt: skip
    return 0
