"""The command, as a person at a terminal meets it: status, messages, what it leaves behind.

Knows: arguments and what must come of them, one table row each; a case that fails may change no
file. Does not know the numbers (see the tests of `core` and `checking`). Most cases run `main` in
this process; what needs a real terminal's pipes and signals (`test_terminal`) starts its own.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.commands import Run, snapshot

import sheetnet
from sheetnet.cli.main import COMMANDS, _parser

# --- status and messages -------------------------------------------------------------------------


# What is typed, the status, and what the answer holds: standard output for 0 and 1, standard
# error for 2.
CASES: list[tuple[str, int, str]] = [
    ("--version", 0, sheetnet.__version__),
    ("--help", 0, "Begin with: sheetnet demo"),
    ("", 2, "COMMAND. See 'sheetnet --help'"),
    ("frite net.json", 2, "invalid choice: 'frite'"),
    ("write net.json", 2, "required: -o/--output. See 'sheetnet write --help'"),
    ("write net.json -o new.xlsx", 0, "new.xlsx: "),
    ("write net.json -o new.ods --steps 0", 0, "sheetnet check new.ods"),
    ("write net.json -o new.xlsx --safe", 0, "formulas"),
    ("write net.json -o weight.xlsx", 0, "weight.xlsx: "),
    ("write net.json -o foreign.xlsx --force", 0, "foreign.xlsx: "),
    ("write net.json -o foreign.xlsx", 2, "foreign.xlsx: exists and was not written by sheetnet"),
    ("write net.json -o foreign.ods", 2, "--force"),
    ("write net.json -o empty.xlsx", 2, "empty.xlsx: exists"),
    ("write net.json -o new.csv", 2, ".xlsx or .ods"),
    ("write net.json -o net.json", 2, ".xlsx or .ods"),
    ("write net.json -o net.json --force", 2, ".xlsx or .ods"),
    ("write net.json -o drawer", 2, ".xlsx or .ods"),
    ("write net.json -o ''", 2, ".xlsx or .ods"),
    ("write net.json -o nowhere/new.xlsx", 2, "nowhere/new.xlsx: cannot be written"),
    (f"write net.json -o {'x' * 300}.xlsx", 2, "xxx.xlsx"),
    ("write net.json -o net.xlsx --steps -1", 2, "training.steps is -1"),
    ("write net.json -o net.xlsx --steps many", 2, "invalid int value: 'many'"),
    ("write net.json -o net.xlsx --steps 100000000000", 2, "Use fewer"),
    ("write nothing.toml -o net.xlsx", 2, "nothing.toml does not exist"),
    ("write wrong.toml -o net.xlsx", 2, "Did you mean 'loss'?"),
    ("write broken.toml -o net.xlsx", 2, "broken.toml cannot be read as TOML"),
    ("write runes.json -o net.xlsx", 2, "runes"),
    ("write net.xlsx -o new.xlsx", 2, ".toml, .json or .npz"),
    ("read net.xlsx", 0, "No number of the lesson was changed"),
    ("read hidden.XLSX", 0, "No number of the lesson was changed"),
    ("read weight.ods", 0, "0.5 → 0.75"),
    ("read mistaken.xlsx", 0, "No number of the lesson was changed"),
    ("read net.xlsx -o new.toml", 0, "new.toml: Small"),
    ("read net.xlsx -o net.json", 0, "net.json: Small"),
    ("read net.xlsx -o notes.toml --force", 0, "notes.toml"),
    ("read net.xlsx -o notes.toml", 2, "notes.toml: exists and is not a lesson"),
    ("read net.xlsx -o notes.json", 2, "--force"),
    ("read net.xlsx -o model.npz", 2, "model.npz: exists and is not a lesson"),
    ("read net.xlsx -o net.xlsx", 2, ".toml, .json or .npz"),
    ("read net.xlsx -o ''", 2, ".toml, .json or .npz"),
    ("read net.xlsx -o nowhere/new.toml", 2, "nowhere/new.toml: cannot be written"),
    ("read text.xlsx -o net.json", 2, "holds the text 'abc'; expected a number"),
    ("check net.xlsx --engine ironcalc", 0, "All agree with NumPy"),
    ("check net.ods --engine ironcalc", 0, "All agree with NumPy"),
    ("check weight.xlsx --engine ironcalc", 1, "3 of them show an old value"),
    ("check mistaken.xlsx --engine ironcalc", 1, "1 of them is not what it should be"),
    ("check net.xlsx --engine excel", 2, "invalid choice: 'excel'"),
    ("step net.xlsx -o new.ods", 0, "new.ods: after 1 step the loss is"),
    ("step net.xlsx -o weight.xlsx -n 2", 0, "after 2 steps"),
    ("step net.xlsx -o foreign.xlsx", 2, "--force"),
    ("step net.xlsx -o foreign.xlsx --force", 0, "foreign.xlsx"),
    ("step net.xlsx -o weight.xlsx -n -1", 2, "is -1"),
    ("step nothing.xlsx -o weight.xlsx", 2, "nothing.xlsx: no such file"),
    ("step nothing.xlsx -o new.xlsx", 2, "nothing.xlsx: no such file"),
    ("step text.xlsx -o weight.xlsx", 2, "holds the text 'abc'"),
    ("diff net.xlsx net.xlsx", 0, "No difference."),
    ("diff net.xlsx net.ods", 0, "No difference."),
    ("diff weight.ods weight.xlsx", 0, "No difference."),
    ("diff net.xlsx weight.ods", 1, "0.5 → 0.75"),
    ("diff weight.xlsx net.ods", 1, "0.75 → 0.5"),
    ("diff net.xlsx", 2, "required: FILE"),
    ("gallery", 0, "simple-neural-net"),
    ("gallery simple-neural-net -o new.xlsx", 0, "new.xlsx: "),
    ("gallery simple-neural-net", 2, "-o simple-neural-net.xlsx"),
    ("gallery simple-neural-nett -o new.xlsx", 2, "Did you mean 'simple-neural-net'?"),
    ("gallery simple-neural-net -o foreign.xlsx", 2, "--force"),
    ("gallery -o new.xlsx", 2, "say which lesson"),
    ("demo --folder nowhere", 2, "cannot be written"),
]


@pytest.mark.parametrize(("line", "status", "holds"), CASES, ids=[case[0][:60] for case in CASES])
def test_status_and_message(run: Run, here: Path, line: str, status: int, holds: str) -> None:
    before = snapshot(here)
    got, out, err = run(line)
    assert got == status, out + err
    assert holds in (err if status == 2 else out)
    if status == 2:
        assert err.startswith("sheetnet")
        assert err.endswith("\n") and "Error" not in err and "  File " not in err
        assert snapshot(here) == before, "a command that fails leaves every file as it was"
    else:
        told = [line for line in err.splitlines() if not line.startswith("warning: mistaken.xlsx")]
        assert not told and bool(err) is line.startswith("read mistaken")


BAD = [
    "nothing.xlsx",
    "empty.xlsx",
    "half.xlsx",
    "foreign.xlsx",
    "foreign.ods",
    "text.xlsx",
    "net.json",
    "drawer",
]
COMMANDS_OF_A_FILE = [
    "read {}",
    "read {} -o new.toml",
    "check {} --engine ironcalc",
    "check {} --json",
    "step {} -o weight.xlsx",
    "diff {} net.xlsx",
    "diff net.xlsx {}",
]


@pytest.mark.parametrize("command", COMMANDS_OF_A_FILE)
def test_a_file_that_cannot_be_used(run: Run, here: Path, command: str) -> None:
    before = snapshot(here)
    for file in [*BAD, "nameless.xlsx"]:
        status, out, err = run(command.format(file))
        assert status == 2, (file, out)
        assert err.startswith(f"sheetnet: {file}") and len(err.split(". ")) > 1, err
        assert not out
    assert snapshot(here) == before


# --- help ----------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, object]]:
    for action in _parser([command.name for command in COMMANDS])._actions:
        yield from getattr(action, "choices", None).items() if action.nargs == "A..." else ()


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_help_has_an_example_that_parses(run: Run, name: str) -> None:
    status, out, err = run(f"{name} --help")
    assert (status, err) == (0, "")
    (example,) = re.findall(r"^example: (.*)$", out, re.MULTILINE)
    assert example == example.rstrip()
    program, *arguments = shlex.split(example)
    assert (program, arguments[0]) == ("sheetnet", name)
    _parser(arguments).parse_args(arguments)
    parser = dict(commands())[name]
    assert all(action.help for action in parser._actions)  # type: ignore[attr-defined]


def test_there_are_eight_commands() -> None:
    known = {"write", "read", "check", "step", "diff", "audit", "gallery", "demo"}
    assert {name for name, _ in commands()} == known
