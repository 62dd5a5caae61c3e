"""`sheetnet read`: what was edited in a workbook, or its lesson as a file."""

from __future__ import annotations

import argparse

from sheetnet.cli.shared import add_force, add_workbook, as_typed, print_edits, print_remarks
from sheetnet.errors import SheetnetError
from sheetnet.progress import progress_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow `sheetnet read`."""
    add_workbook(parser, "file")
    lesson = "a lesson: .toml, .json or .npz; without it, a summary"
    parser.add_argument("-o", "--output", metavar="OUT", help=lesson)
    add_force(parser, "a lesson")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from sheetnet.checking.read import lesson_of
    from sheetnet.lessons.save import export
    from sheetnet.workbooks.saved import open_saved

    with progress_of(f"reading {options.file}"):
        saved = open_saved(options.file)
        lesson = lesson_of(saved)
    print_remarks(options.file, saved)
    if options.output is not None:
        export(lesson, options.output, force=options.force)
        print(f"{options.output}: {lesson.title}")
        return 0
    from sheetnet.checking.read import old_inputs_of
    from sheetnet.lessons import quick_losses
    from sheetnet.workbooks import edits

    network = lesson.network
    rate = f"learning rate {lesson.training.learning_rate!r}"
    compares = ", ".join(variant.label for variant in lesson.compare)
    compares = compares and f"compares {compares}"
    print(f"{options.file}: {lesson.title}")
    print(f"{'-'.join(map(str, network.sizes))}, {', '.join(network.activations)}; "
          f"{network.loss} ({network.reduction}); biases {network.biases}; "
          f"{compares or rate}")  # fmt: skip
    changed = list(edits.values(saved.original, lesson, saved)) if saved.has_numbers else []
    print_edits("Yellow cells changed since it was written:", changed)
    if not saved.has_numbers:
        print("Its numbers are too many to be kept twice, so edits cannot be listed. "
              "'sheetnet diff' compares two files.")  # fmt: skip
    elif not changed:
        print("No number of the lesson was changed since it was written.")
    if old := old_inputs_of(saved):
        print("Shows an old value, which was read; recalculate in a spreadsheet program and save:")
        for each in old:
            print(f"  {each.cell}  {each.got!r} is saved, {each.formula} gives {each.expected!r}")
    shown = [lesson.variant(n) for n in range(1, len(lesson.compare) + 1)] or [lesson]
    for one, label in zip(shown, [v.label for v in lesson.compare] or [""], strict=True):
        whose = f"Loss of {label}" if label else "Loss"
        try:
            loss = quick_losses(one)
            print(f"{whose}, by NumPy: {loss[0]:.6g} at step 0, {loss[-1]:.6g} at step "
                  f"{len(loss) - 1}.")  # fmt: skip
        except SheetnetError as problem:  # the numbers are read all the same
            print(f"{whose}, by NumPy: none. {problem}")
    print(f"Save it as a lesson: sheetnet read {as_typed(options.file)} -o lesson.toml")
    return 0
