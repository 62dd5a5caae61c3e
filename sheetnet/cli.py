"""The command `sheetnet`: reads the arguments, calls the library, prints, and exits.

Knows: arguments, what people see, exit status (0 done; 1 differences found; 2 wrong usage or an
input that cannot be used). Does nothing itself. Everything heavy is imported by the command that
needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from sheetnet import __version__
from sheetnet.errors import SheetnetError
from sheetnet.progress import progress_of

if TYPE_CHECKING:
    from sheetnet.lesson import Lesson


class _Parser(argparse.ArgumentParser):
    """argparse with this project's manner: one message, and where to read on."""

    def error(self, message: str) -> NoReturn:
        raise SystemExit(_end(2, f"{self.prog}: {message}. See '{self.prog} --help'."))


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # not every terminal can print w₀₀⁽¹⁾
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            options = _parser().parse_args(arguments)
            status: int = options.run(options)
        finally:
            print(end="", flush=True)
        return status
    except SheetnetError as problem:
        return _end(2, f"sheetnet: {problem}")
    except KeyboardInterrupt:
        return _end(130, "sheetnet: stopped; nothing was left half-written.")
    except BrokenPipeError:  # the reader of our output has seen enough
        _drop(sys.stdout)
        return 0
    except OSError as problem:  # a full disk behind our output, a name that no file can have
        _drop(sys.stdout)
        where = f"{problem.filename}: " if problem.filename else ""
        return _end(2, f"sheetnet: {where}{problem.strerror or problem}.")


def _end(status: int, message: str) -> int:
    """The status, whether anybody can be told why or not."""
    try:
        if sys.stderr is not None:
            print(message, file=sys.stderr, flush=True)
    except OSError:  # it is full
        _drop(sys.stderr)
    return status


def _drop(stream: TextIO) -> None:
    """Keep Python from trying once more, at exit, to print what nobody can take."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _parser() -> argparse.ArgumentParser:
    compares = "recalculate a workbook and compare every formula with NumPy"
    commands = [  # name, function, summary, example
        ("write", _write, "write a lesson's workbook", "net.toml -o net.xlsx"),
        ("read", _read, "read an edited workbook back", "net.xlsx -o edited.toml"),
        ("check", _check, compares, "net.xlsx --engine libreoffice"),
        ("step", _step, "read a workbook, train in NumPy, write the result",
         "net.xlsx -o trained.xlsx -n 100"),
        ("diff", _diff, "say what differs between two workbooks, by cell",
         "handed-out.xlsx returned.xlsx"),
        ("gallery", _gallery, "list the documents' lessons, or write one of them",
         "simple-neural-net -o net.xlsx"),
        ("demo", _demo, "write a workbook, recalculate it, compare it with NumPy", ""),
    ]  # fmt: skip
    parser = _Parser(
        prog="sheetnet",
        description="Neural networks in spreadsheets: every step of back-propagation a live "
        "formula, checked against NumPy.",
        epilog="Begin with: sheetnet demo",
    )
    parser.add_argument("--version", action="version", version=f"sheetnet {__version__}")
    made = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    of: dict[str, argparse.ArgumentParser] = {}
    for name, run, summary, example in commands:
        of[name] = made.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"example: sheetnet {name} {example}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        of[name].set_defaults(run=run)

    of["write"].add_argument("lesson", metavar="LESSON", help="a lesson file: .toml or .json")
    _output(of["write"])
    steps = "training steps, in place of the lesson's"
    of["write"].add_argument("--steps", type=int, metavar="N", help=steps)
    of["write"].add_argument("--safe", action="store_true", help="overflow-proof formulas")
    _force(of["write"])

    _workbook(of["read"], "file")
    lesson = "a lesson: .toml, .json or .npz; without it, a summary"
    of["read"].add_argument("-o", "--output", metavar="OUT", help=lesson)
    _force(of["read"], "a lesson")

    _workbook(of["check"], "file")
    of["check"].add_argument(
        "--engine",
        default="auto",
        choices=["auto", "ironcalc", "libreoffice", "gnumeric"],
        help="the spreadsheet program that recalculates (default: the first installed)",
    )
    of["check"].add_argument("--json", action="store_true", help="print one JSON object")

    _workbook(of["step"], "file", "; it stays as it is")
    _output(of["step"])
    steps = "training steps (default 1)"
    of["step"].add_argument("-n", "--steps", type=int, default=1, metavar="N", help=steps)
    _force(of["step"])

    _workbook(of["diff"], "before")
    _workbook(of["diff"], "after")

    of["gallery"].add_argument("name", metavar="NAME", nargs="?", help="a lesson of the list")
    _output(of["gallery"], required=False)
    _force(of["gallery"])

    where = "where to write (default: here)"
    of["demo"].add_argument("--folder", default=".", metavar="DIR", help=where)
    return parser


def _workbook(parser: argparse.ArgumentParser, name: str, more: str = "") -> None:
    parser.add_argument(name, metavar="FILE", help=f"a workbook that sheetnet wrote{more}")


def _output(parser: argparse.ArgumentParser, required: bool = True) -> None:
    text = "the workbook to write: .xlsx or .ods"
    parser.add_argument("-o", "--output", metavar="FILE", required=required, help=text)


def _force(parser: argparse.ArgumentParser, ours: str = "sheetnet's") -> None:
    parser.add_argument("--force", action="store_true", help=f"replace a file that is not {ours}")


def _write(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from sheetnet.files.write import write
    from sheetnet.lesson import load
    from sheetnet.sheets import predict, training

    lesson = load(options.lesson)
    if options.steps is not None:
        lesson = _with_steps(lesson, options.steps)
    if options.safe:
        lesson = replace(lesson, formulas="safe")
    with progress_of(f"writing {options.output}") as progress:
        formulas = write(lesson, options.output, force=options.force, progress=progress)
    print(f"{options.output}: {formulas:,} formulas. "
          f"Check them: sheetnet check {_typed(options.output)}")  # fmt: skip
    if "training" in lesson.sheets and not (predict.is_alone(lesson) or training.fits(lesson)):
        print("It has no sheet Training: a step of this network is too wide for a row. "
              "Step holds the weights to edit; 'sheetnet step' trains.")  # fmt: skip
    return 0


def _with_steps(lesson: Lesson, steps: int) -> Lesson:
    from dataclasses import replace

    return replace(lesson, training=replace(lesson.training, steps=steps))


def _read(options: argparse.Namespace) -> int:
    from sheetnet.checking.recalled import lesson_of
    from sheetnet.files.export import export
    from sheetnet.files.read import open_saved

    with progress_of(f"reading {options.file}"):
        saved = open_saved(options.file)
        lesson = lesson_of(saved)
    if options.output is not None:
        export(lesson, options.output, force=options.force)
        print(f"{options.output}: {lesson.title}")
        return 0
    from sheetnet.files import edits
    from sheetnet.lesson import quick_losses

    network = lesson.network
    print(f"{options.file}: {lesson.title}")
    print(f"{'-'.join(map(str, network.sizes))}, {', '.join(network.activations)}; "
          f"{network.loss} ({network.reduction}); biases {network.biases}; "
          f"learning rate {lesson.training.learning_rate!r}")  # fmt: skip
    changed = list(edits.values(saved.original, lesson, saved)) if saved.has_numbers else []
    _print_edits("Yellow cells changed since it was written:", changed)
    if not saved.has_numbers:
        print("Its numbers are too many to be kept twice, so edits cannot be listed. "
              "'sheetnet diff' compares two files.")  # fmt: skip
    elif not changed:
        print("No number of the lesson was changed since it was written.")
    try:
        loss = quick_losses(lesson)
        print(f"Loss, by NumPy: {loss[0]:.6g} at step 0, {loss[-1]:.6g} at step {len(loss) - 1}.")
    except SheetnetError as problem:  # the numbers are read all the same
        print(f"Loss, by NumPy: none. {problem}")
    print(f"Save it as a lesson: sheetnet read {_typed(options.file)} -o lesson.toml")
    return 0


def _print_edits(heading: str, found: list, most: int = 40) -> None:  # type: ignore[type-arg]
    if not found:
        return
    print(heading)
    shown = found[:most]
    widths = [max(len(getattr(edit, field)) for edit in shown) for field in ("where", "label")]
    for edit in shown:
        name = f"{edit.label:<{widths[1]}}  " if edit.label != edit.where else ""
        print(f"  {edit.where:<{widths[0]}}  {name}{edit.before} → {edit.after}")
    if len(found) > most:
        print(f"  … and {len(found) - most} more")


def _check(options: argparse.Namespace) -> int:
    from sheetnet.checking.check import check

    with progress_of(f"checking {options.file}"):
        report = check(options.file, options.engine)
    print(report.to_json() if options.json else report.to_text())
    return 0 if report.ok else 1


def _step(options: argparse.Namespace) -> int:
    from sheetnet.checking.recalled import read
    from sheetnet.errors import FileError
    from sheetnet.files.write import check_target, write
    from sheetnet.lesson import train, with_values

    target = Path(options.output)
    if target.exists() and Path(options.file).exists() and target.samefile(options.file):
        raise FileError(
            f"{target}: is the input itself, which stays as it is. Choose another name."
        )
    check_target(target, options.force)
    with progress_of(f"training, then writing {target}") as progress:
        lesson = read(options.file)
        run = train(lesson, options.steps)
        trained = with_values(lesson, weights=run.network.weights, bias=run.network.bias)
        write(trained, target, force=options.force, progress=progress)
    steps = "1 step" if options.steps == 1 else f"{options.steps:,} steps"
    print(f"{target}: after {steps} the loss is {run.losses[-1]:.6g} "
          f"(it was {run.losses[0]:.6g}).")  # fmt: skip
    if lesson.training.batch == "online" and options.steps % len(lesson.inputs):
        print("Its row 0 takes example 1 again: examples come in turn, so a training that goes on "
              f"takes a multiple of {len(lesson.inputs)} steps.")  # fmt: skip
    return 0


def _diff(options: argparse.Namespace) -> int:
    from sheetnet.checking.recalled import lesson_of
    from sheetnet.files import edits
    from sheetnet.files.read import open_saved

    before, after = open_saved(options.before), open_saved(options.after)
    lessons = lesson_of(before), lesson_of(after)
    settings = list(edits.settings(*lessons))
    _print_edits("Settings:", settings)
    if any(edit.where != "title" for edit in settings):
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
        if options.output is not None:
            raise FileError(
                f"{options.output}: say which lesson to write; 'sheetnet gallery' lists them."
            )
        import tomllib

        width = max(map(len, gallery.names()))
        for name in gallery.names():
            title = tomllib.loads(gallery.path_of(name).read_text(encoding="utf-8"))["title"]
            print(f"{name:<{width}}  {title}")
        return 0
    lesson_file = gallery.path_of(options.name)
    if options.output is None:
        raise FileError(
            "Say where to write it, for example: "
            f"sheetnet gallery {options.name} -o {options.name}.xlsx"
        )
    from sheetnet.files.write import write
    from sheetnet.lesson import load

    formulas = write(load(lesson_file), options.output, force=options.force)
    print(f"{options.output}: {formulas:,} formulas")
    return 0


_DEMO_STEPS = 500


def _demo(options: argparse.Namespace) -> int:
    from sheetnet import gallery
    from sheetnet.checking.check import check
    from sheetnet.checking.engines import open_engine, why_missing
    from sheetnet.files.write import write_all
    from sheetnet.lesson import load

    lesson = _with_steps(load(gallery.path_of("simple-neural-net")), _DEMO_STEPS)
    sizes = "-".join(map(str, lesson.network.sizes))
    print(f"{lesson.title}: {sizes}, sigmoid, {lesson.training.steps} steps of training\n")
    files = [Path(options.folder) / f"simple-neural-net{suffix}" for suffix in (".xlsx", ".ods")]
    formulas = write_all(lesson, files)
    print("\n".join(f"  {path}: {formulas:,} formulas" for path in files))
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
          f"  {_this_command()} read {_typed(files[0])}")  # fmt: skip
    return 1 if wrong else 0


def _typed(name: str | Path) -> str:
    """A file's name as it is typed in a command."""
    return f'"{name}"' if " " in str(name) else str(name)


def _this_command() -> str:
    """How the person called us, so that a line printed can be typed again."""
    if shutil.which("sheetnet"):
        return "sheetnet"
    called = Path(sys.argv[0])
    return str(called) if called.name == "sheetnet" else f"{Path(sys.executable).name} -m sheetnet"
