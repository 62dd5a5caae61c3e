"""The command `sheetnet`: finds the command's module, runs it, and exits.

Knows: the table of commands, one module each, and the exit status (0 done; 1 differences found;
2 wrong usage or an input that cannot be used). Does nothing itself. A command's module is imported
when it is called, and everything heavy by what it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import sys
from typing import NamedTuple, NoReturn, TextIO

from sheetnet import __version__
from sheetnet.errors import SheetnetError


class Command(NamedTuple):
    """One command: its module in this folder has its name."""

    name: str
    summary: str
    example: str


COMMANDS = (
    Command("write", "write a lesson's workbook", "net.toml -o net.xlsx"),
    Command("read", "read an edited workbook back", "net.xlsx -o edited.toml"),
    Command(
        "check",
        "recalculate a workbook and compare every formula with NumPy",
        "net.xlsx --engine libreoffice",
    ),
    Command(
        "step",
        "read a workbook, train in NumPy, write the result",
        "net.xlsx -o trained.xlsx -n 100",
    ),
    Command(
        "diff", "say what differs between two workbooks, by cell", "handed-out.xlsx returned.xlsx"
    ),
    Command(
        "compare",
        "write a workbook of several trainings, a live curve each",
        "net.toml --learning-rates 0.1,0.2,0.5,0.8,1,2 -o rates.xlsx",
    ),
    Command("audit", "judge anyone's spreadsheet of training", "homework.xlsx"),
    Command(
        "gallery",
        "list the documents' lessons, or write one of them",
        "simple-neural-net -o net.xlsx",
    ),
    Command("demo", "write a workbook, recalculate it, compare it with NumPy", ""),
)


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
            given = sys.argv[1:] if arguments is None else arguments
            options = _parser(given).parse_args(given)
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


def _parser(given: list[str]) -> argparse.ArgumentParser:
    """The parser of all commands, with the arguments of the one that is called."""
    parser = _Parser(
        prog="sheetnet",
        description="Neural networks in spreadsheets: every step of back-propagation a live "
        "formula, checked against NumPy.",
        epilog="Begin with: sheetnet demo",
    )
    parser.add_argument("--version", action="version", version=f"sheetnet {__version__}")
    made = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for name, summary, example in COMMANDS:
        of = made.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"example: sheetnet {name} {example}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in given:
            module = importlib.import_module(f"sheetnet.cli.{name}")
            module.add_arguments(of)
            of.set_defaults(run=module.run)
    return parser
