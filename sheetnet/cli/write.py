"""`sheetnet write`: a lesson file becomes a workbook."""

from __future__ import annotations

import argparse

from sheetnet.cli.shared import add_force, add_output, as_typed, with_steps
from sheetnet.progress import progress_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow `sheetnet write`."""
    parser.add_argument("lesson", metavar="LESSON", help="a lesson file: .toml, .json or .npz")
    add_output(parser)
    steps = "training steps, in place of the lesson's"
    parser.add_argument("--steps", type=int, metavar="N", help=steps)
    parser.add_argument("--safe", action="store_true", help="overflow-proof formulas")
    locked = "lock formulas, not yellow cells; there is no password"
    parser.add_argument("--protect", action="store_true", help=locked)
    add_force(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from dataclasses import replace

    from sheetnet.lessons import load
    from sheetnet.sheets import predict, training
    from sheetnet.workbooks.write import write

    lesson = load(options.lesson)
    if options.steps is not None:
        lesson = with_steps(lesson, options.steps)
    if options.safe:
        lesson = replace(lesson, formulas="safe")
    with progress_of(f"writing {options.output}") as progress:
        notes: list[str] = []
        formulas = write(
            lesson,
            options.output,
            force=options.force,
            protect=options.protect,
            progress=progress,
            warn=notes.append,
        )
    print(f"{options.output}: {formulas:,} formulas. "
          f"Check them: sheetnet check {as_typed(options.output)}")  # fmt: skip
    print(*notes, sep="\n", end="\n" * bool(notes))
    if "training" in lesson.sheets and not lesson.compare and not predict.is_alone(lesson):
        why = training.why_not(lesson)
        if why:
            print(f"It has no sheet Training: {why} Step holds the weights to edit; "
                  "'sheetnet step' trains.")  # fmt: skip
    return 0
