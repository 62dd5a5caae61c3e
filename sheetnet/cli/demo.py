"""`sheetnet demo`: write a workbook, recalculate it, compare it with NumPy."""

from __future__ import annotations

import argparse
from pathlib import Path

from sheetnet.cli.shared import as_typed, this_command, with_steps

_DEMO_STEPS = 500
_SUFFIXES = (".xlsx", ".ods", ".html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow `sheetnet demo`."""
    where = "where to write (default: here)"
    parser.add_argument("--folder", default=".", metavar="DIR", help=where)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from sheetnet import gallery
    from sheetnet.checking.check import check
    from sheetnet.engines import open_engine, why_missing
    from sheetnet.lessons import load
    from sheetnet.workbooks.write import write_all

    lesson = with_steps(load(gallery.path_of("simple-neural-net")), _DEMO_STEPS)
    sizes = "-".join(map(str, lesson.network.sizes))
    print(f"{lesson.title}: {sizes}, sigmoid, {lesson.training.steps} steps of training\n")
    files = [Path(options.folder) / f"simple-neural-net{suffix}" for suffix in _SUFFIXES]
    formulas = write_all(lesson, files)
    print("\n".join(f"  {path}: {formulas:,} formulas" for path in files))
    print("\nRecalculated, and compared with NumPy cell by cell:")
    wrong = 0
    for name in ("ironcalc", "libreoffice", "page"):
        if why_missing(name) is not None:
            print(f"  {name}: not installed, left out")
            continue
        with open_engine(name) as engine:
            for path in [path for path in files if path.suffix in engine.suffixes]:
                report = check(path, engine)
                wrong += len(report.mismatches)
                verdict = "all agree" if report.ok else f"{len(report.mismatches)} DIFFER"
                print(f"  {name} {engine.version}, {path.suffix}: {verdict}, "
                      f"largest difference {report.max_abs:.1e}")  # fmt: skip
    first, last = report.losses
    print(f"\nLoss: {first:.4g} at step 0, {last:.2g} at step {lesson.training.steps}.")
    print(f"\nNext: open {files[-1]} in a browser, or open {files[0]}, change a yellow cell in\n"
          f"Training, save it, and run\n"
          f"  {this_command()} read {as_typed(files[0])}")  # fmt: skip
    return 1 if wrong else 0
