"""The command `sheetnet`: reads the arguments, calls the library, prints, and exits.

Knows: arguments, what people see, exit status (0 done; 1 differences found; 2 wrong usage or an
input that cannot be used). Does nothing itself. Everything heavy is imported by the command that
needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from sheetnet import __version__
from sheetnet.errors import SheetnetError


class _Parser(argparse.ArgumentParser):
    """argparse with this project's manner: one message, and where to read on."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See '{self.prog} --help'.\n")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except SheetnetError as problem:
        print(f"sheetnet: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("sheetnet: stopped; nothing was left half-written.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="sheetnet",
        description="Neural networks in spreadsheets: every step of back-propagation a live "
        "formula, checked against NumPy.",
        epilog="Begin with: sheetnet demo",
    )
    parser.add_argument("--version", action="version", version=f"sheetnet {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def command(
        name: str, run: Callable[[argparse.Namespace], int], summary: str, example: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example: {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(run=run)
        return made

    write = command("write", _write, "write a lesson's workbook", "sheetnet write net.toml -o net.xlsx")
    write.add_argument("lesson", metavar="LESSON", help="a lesson file: .toml or .json")
    _output(write, "the workbook: .xlsx or .ods")
    write.add_argument("--steps", type=int, metavar="N", help="training steps, in place of the lesson's")
    write.add_argument("--safe", action="store_true", help="overflow-proof formulas")
    _force(write)

    read = command("read", _read, "read an edited workbook back", "sheetnet read net.xlsx -o net.toml")
    read.add_argument("file", metavar="FILE", help="a workbook that sheetnet wrote")
    read.add_argument("-o", "--output", metavar="OUT", help="a lesson: .toml, .json or .npz; "
                      "without it, a summary")  # fmt: skip

    check = command("check", _check, "recalculate a workbook and compare every formula with NumPy",
                    "sheetnet check net.xlsx --engine libreoffice")  # fmt: skip
    check.add_argument("file", metavar="FILE", help="a workbook that sheetnet wrote, edited or not")
    check.add_argument("--engine", default="auto", choices=["auto", "ironcalc", "libreoffice", "gnumeric"],
                       help="the spreadsheet program that recalculates (default: the first installed)")  # fmt: skip
    check.add_argument("--json", action="store_true", help="print the report as one JSON object")

    step = command("step", _step, "read a workbook, train in NumPy, write the result",
                   "sheetnet step net.xlsx -o trained.xlsx -n 100")  # fmt: skip
    step.add_argument("file", metavar="FILE", help="a workbook that sheetnet wrote; it stays as it is")
    _output(step, "the new workbook: .xlsx or .ods")
    step.add_argument("-n", "--steps", type=int, default=1, metavar="N", help="training steps (default 1)")
    _force(step)

    diff = command("diff", _diff, "say what differs between two workbooks, by cell",
                   "sheetnet diff handed-out.xlsx returned.xlsx")  # fmt: skip
    diff.add_argument("before", metavar="FILE")
    diff.add_argument("after", metavar="FILE")

    gallery = command("gallery", _gallery, "list the documents' lessons, or write one of them",
                      "sheetnet gallery simple-neural-net -o net.xlsx")  # fmt: skip
    gallery.add_argument("name", metavar="NAME", nargs="?", help="a lesson of the list")
    gallery.add_argument("-o", "--output", metavar="FILE", help="the workbook: .xlsx or .ods")
    _force(gallery)

    demo = command("demo", _demo, "write a workbook, recalculate it, compare it with NumPy", "sheetnet demo")
    demo.add_argument("--folder", default=".", metavar="DIR", help="where to write (default: here)")
    return parser


def _output(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help=text)


def _force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace a file that is not sheetnet's")


def _write(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from sheetnet.files.write import write
    from sheetnet.lesson import load

    lesson = load(options.lesson)
    if options.steps is not None:
        lesson = replace(lesson, training=replace(lesson.training, steps=options.steps))
    if options.safe:
        lesson = replace(lesson, formulas="safe")
    formulas = write(lesson, options.output, force=options.force)
    print(f"{options.output}: {formulas:,} formulas. Check them: sheetnet check {options.output}")
    return 0


def _read(options: argparse.Namespace) -> int:
    from sheetnet.files.export import export
    from sheetnet.files.read import open_saved

    saved = open_saved(options.file)
    lesson = saved.lesson()
    if options.output:
        export(lesson, options.output)
        print(f"{options.output}: {lesson.title}")
        return 0
    from sheetnet.files import edits
    from sheetnet.lesson import train

    network = lesson.network
    print(f"{options.file}: {lesson.title}")
    print(f"{'-'.join(map(str, network.sizes))}, {', '.join(network.activations)}; "
          f"{network.loss} ({network.reduction}); biases {network.biases}; "
          f"learning rate {lesson.training.learning_rate!r}")  # fmt: skip
    changed = list(edits.values(saved.original, lesson, saved))
    _print_edits("Changed since it was written:", changed)
    if not changed:
        print("Nothing was changed since it was written.")
    losses = train(lesson).losses
    print(f"Loss, by NumPy: {losses[0]:.6g} at step 0, {losses[-1]:.6g} at step {len(losses) - 1}.")
    print(f"Save it as a lesson: sheetnet read {options.file} -o lesson.toml")
    return 0


def _print_edits(heading: str, found: list, most: int = 40) -> None:  # type: ignore[type-arg]
    if not found:
        return
    print(heading)
    widths = [max(len(getattr(edit, field)) for edit in found[:most]) for field in ("where", "label")]
    for edit in found[:most]:
        name = f"{edit.label:<{widths[1]}}  " if edit.label != edit.where else ""
        print(f"  {edit.where:<{widths[0]}}  {name}{edit.before} → {edit.after}")
    if len(found) > most:
        print(f"  … and {len(found) - most} more")


def _check(options: argparse.Namespace) -> int:
    from sheetnet.checking.check import check

    report = check(options.file, options.engine)
    if options.json:
        print(report.to_json())
        return 0 if report.ok else 1
    print(f"{report.file}: {report.formulas:,} formulas recalculated by {report.engine} "
          f"{report.engine_version}")  # fmt: skip
    if report.ok:
        print(f"All agree with NumPy; largest difference {report.max_abs:.1e} "
              f"({report.max_rel:.1e} of the quantity's largest value).")  # fmt: skip
        return 0
    most = 20
    print(f"{len(report.mismatches)} of them are not what they should be:")
    for wrong in report.mismatches[:most]:
        print(f"  {wrong.cell}  {wrong.name}: {wrong.why}")
        print(f"    found     {wrong.formula or 'a typed value'}")
        if wrong.expected_formula and wrong.why == "formula changed":
            print(f"    expected  {wrong.expected_formula}")
        print(f"    value {wrong.got!r}, NumPy has {wrong.expected!r}")
    if len(report.mismatches) > most:
        print(f"  … and {len(report.mismatches) - most} more (--json lists all)")
    return 1


def _step(options: argparse.Namespace) -> int:
    from sheetnet.errors import FileError
    from sheetnet.files.read import read
    from sheetnet.files.write import check_target, write
    from sheetnet.lesson import train, with_values

    target = Path(options.output)
    if target.exists() and target.samefile(options.file):
        raise FileError(f"{target}: is the input itself, which stays as it is. Choose another name.")
    check_target(target, options.force)
    lesson = read(options.file)
    run = train(lesson, options.steps)
    trained = with_values(lesson, weights=run.network.weights, bias=run.network.bias)
    write(trained, target, force=options.force)
    print(f"{target}: after {options.steps} steps the loss is {run.losses[-1]:.6g} "
          f"(it was {run.losses[0]:.6g}).")  # fmt: skip
    return 0


def _diff(options: argparse.Namespace) -> int:
    from sheetnet.files import edits
    from sheetnet.files.read import open_saved

    before, after = open_saved(options.before), open_saved(options.after)
    lessons = before.lesson(), after.lesson()
    settings = list(edits.settings(*lessons))
    _print_edits("Settings:", settings)
    structure = {"title"}
    if any(edit.where not in structure for edit in settings):
        print("With these settings the cells do not correspond, so they were not compared.")
        return 1
    values = list(edits.values(*lessons, after))
    _print_edits("Values:", values)
    formulas = list(edits.formulas(before, after))
    _print_edits("Formulas:", formulas)
    if not (settings or values or formulas):
        print("No difference.")
        return 0
    return 1


def _gallery(options: argparse.Namespace) -> int:
    from sheetnet import gallery
    from sheetnet.errors import FileError

    if options.name is None:
        import tomllib

        width = max(map(len, gallery.names()))
        for name in gallery.names():
            title = tomllib.loads(gallery.path_of(name).read_text(encoding="utf-8"))["title"]
            print(f"{name:<{width}}  {title}")
        return 0
    lesson_file = gallery.path_of(options.name)
    if options.output is None:
        raise FileError(
            f"Say where to write it, for example: sheetnet gallery {options.name} -o {options.name}.xlsx"
        )
    from sheetnet.files.write import write
    from sheetnet.lesson import load

    formulas = write(load(lesson_file), options.output, force=options.force)
    print(f"{options.output}: {formulas:,} formulas")
    return 0


def _demo(options: argparse.Namespace) -> int:
    from sheetnet import gallery
    from sheetnet.checking.check import check
    from sheetnet.checking.engines import open_engine, why_missing
    from sheetnet.files.write import write
    from sheetnet.lesson import load

    lesson = load(gallery.path_of("simple-neural-net"))
    sizes = "-".join(map(str, lesson.network.sizes))
    print(f"{lesson.title}: {sizes}, sigmoid, {lesson.training.steps} steps of training\n")
    files = [Path(options.folder) / f"simple-neural-net{suffix}" for suffix in (".xlsx", ".ods")]
    for path in files:
        print(f"  {path}: {write(lesson, path):,} formulas")
    print("\nRecalculated, and compared with NumPy cell by cell:")
    wrong = 0
    for name in ("ironcalc", "libreoffice"):
        if why_missing(name) is not None:
            print(f"  {name}: not installed, left out")
            continue
        with open_engine(name) as engine:
            for path in files:
                report = check(path, engine)
                wrong += len(report.mismatches)
                verdict = "all agree" if report.ok else f"{len(report.mismatches)} DIFFER"
                print(f"  {name} {engine.version}, {path.suffix}: {verdict}, "
                      f"largest difference {report.max_abs:.1e}")  # fmt: skip
    first, last = report.losses
    print(f"\nLoss: {first:.4g} at step 0, {last:.2g} at step {lesson.training.steps}.")
    print(f"\nNext: open {files[0]}, change a yellow cell in Training, save it, and run\n"
          f"  {_this_command()} read {files[0]}")  # fmt: skip
    return 1 if wrong else 0


def _this_command() -> str:
    """How the person called us, so that a line printed can be typed again."""
    if shutil.which("sheetnet"):
        return "sheetnet"
    called = Path(sys.argv[0])
    return str(called) if called.name == "sheetnet" else f"{Path(sys.executable).name} -m sheetnet"
