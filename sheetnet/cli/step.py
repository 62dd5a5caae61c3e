"""`sheetnet step`: train a workbook further in NumPy, write the result."""

from __future__ import annotations

import argparse
from pathlib import Path

from sheetnet.cli.shared import add_force, add_output, add_workbook, print_remarks
from sheetnet.progress import progress_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow `sheetnet step`."""
    add_workbook(parser, "file", "; it stays as it is")
    add_output(parser)
    steps = "training steps (default 1)"
    parser.add_argument("-n", "--steps", type=int, default=1, metavar="N", help=steps)
    add_force(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from sheetnet.checking.read import lesson_of
    from sheetnet.errors import FileError
    from sheetnet.lessons import train, trained
    from sheetnet.workbooks.saved import open_saved
    from sheetnet.workbooks.write import check_target, write

    target = Path(options.output)
    if target.exists() and Path(options.file).exists() and target.samefile(options.file):
        raise FileError(
            f"{target}: is the input itself, which stays as it is. Choose another name."
        )
    check_target(target, options.force)
    with progress_of(f"training, then writing {target}") as progress:
        saved = open_saved(options.file)
        lesson = lesson_of(saved)
        if lesson.compare:
            raise FileError(
                f"{options.file}: compares {len(lesson.compare)} trainings; expected a workbook of "
                "one. For more steps: 'sheetnet read' it into a lesson with -o, and "
                "'sheetnet write' that with --steps."
            )
        run = train(lesson, options.steps)
        notes: list[str] = []
        made = trained(lesson, run)
        write(made, target, force=options.force, progress=progress, warn=notes.append)
    print_remarks(options.file, saved)
    steps = "1 step" if options.steps == 1 else f"{options.steps:,} steps"
    print(f"{target}: after {steps} the loss is {run.losses[-1]:.6g} "
          f"(it was {run.losses[0]:.6g}).")  # fmt: skip
    print(*notes, sep="\n", end="\n" * bool(notes))
    return 0
