"""The command, as a person at a terminal meets it: status, messages, what it leaves behind.

Knows: arguments and what must come of them, one table row each; a case that fails may change no
file. Does not know the numbers (see the tests of `core` and `checking`). Most cases run `main` in
this process; what needs a real terminal's pipes and signals starts a process of its own.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from support import planting

import sheetnet
from sheetnet import engines
from sheetnet.cli.main import COMMANDS, _parser, main
from sheetnet.engines.libreoffice import LibreOffice
from sheetnet.sheets.notation import NOTATIONS
from sheetnet.workbooks.saved import open_saved

ROOT = Path(__file__).resolve().parents[1]
LESSON = {
    "title": "Small",
    "network": {
        "sizes": [2, 2, 1],
        "weights": [[[0.5, -0.2], [0.2, -0.6]], [[0.1, 0.7]]],
        "bias": [[0.3, 0.6], [-0.3]],
    },
    "training": {"learning_rate": 0.5, "steps": 3},
    "data": {"inputs": [[0.1, 0.9]], "targets": [[0.3]]},
}
FIELDS = {"file", "engine", "engine_version", "cells", "formulas", "max_abs", "max_rel"}


def at(path: Path, name: str, row: int = 0, column: int = 0) -> planting.At:
    """A cell of a block, counted from the block's corner."""
    area = open_saved(path).placement()[name]
    return planting.At(area.sheet, area.row + row, area.column + column)


def type_into(path: Path, name: str, value: float | str, row: int = 0, column: int = 0) -> str:
    """Type a number into a cell of a block; returns the cell as `Sheet!A1`."""
    place = at(path, name, row, column)
    planting.type_number(path, place, value)
    return str(place)


def snapshot(folder: Path) -> dict[str, bytes | str]:
    """Every file's bytes, and every link's target."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workbooks and other files, good and bad, made once."""
    folder = tmp_path_factory.mktemp("shelf")
    net = folder / "net.xlsx"
    (folder / "net.json").write_text(json.dumps(LESSON), encoding="utf-8")
    (folder / "wrong.toml").write_text("[network]\nsizes = [2]\nlos = 1\n", encoding="utf-8")
    (folder / "broken.toml").write_text("title = ", encoding="utf-8")
    unknown = {**LESSON, "notation": "runes"}
    (folder / "runes.json").write_text(json.dumps(unknown), encoding="utf-8")
    lesson = sheetnet.load(folder / "net.json")
    for name in ("net.xlsx", "net.ods", "hidden.XLSX"):
        sheetnet.write(lesson, folder / name)

    for name, block, value in [
        ("weight.xlsx", "W_1", 0.75),
        ("weight.ods", "W_1", 0.75),
        ("mistaken.xlsx", "Training_delta_1", 0.25),
    ]:
        shutil.copy(net.with_suffix(Path(name).suffix), folder / name)
        type_into(folder / name, block, value, row=2 if "delta" in block else 0)

    book = openpyxl.load_workbook(net)
    place = at(net, "W_1")
    book[place.sheet][place.a1] = "abc"
    book.save(folder / "text.xlsx")
    book = openpyxl.load_workbook(net)
    del book.defined_names["W_2"]  # and a heading by which it would be found
    place = at(net, "W_2")
    book[place.sheet].cell(place.row, place.column + 1).value = "a weight"
    book.save(folder / "nameless.xlsx")
    openpyxl.Workbook().save(folder / "foreign.xlsx")
    (folder / "foreign.ods").write_bytes(b"PK\x03\x04 nobody's workbook")
    (folder / "empty.xlsx").touch()
    (folder / "half.xlsx").write_bytes(net.read_bytes()[:5000])
    (folder / "notes.toml").write_text("[project]\nname = 'mine'\n", encoding="utf-8")
    (folder / "notes.json").write_text("[1, 2]", encoding="utf-8")
    np.savez(folder / "model.npz", weights=np.ones(3))
    (folder / "drawer").mkdir()
    return folder


@pytest.fixture
def here(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shelf, in which the person stands."""
    folder = tmp_path / "here"
    shutil.copytree(shelf, folder, symlinks=True)
    (folder / "link.xlsx").symlink_to("net.xlsx")
    (folder / "twin.xlsx").hardlink_to(folder / "net.xlsx")
    (folder / "alias").symlink_to(".", target_is_directory=True)
    monkeypatch.chdir(folder)
    return folder


Run = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def run(here: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command line; returns status, standard output, standard error."""

    def command(line: str) -> tuple[int, str, str]:
        try:
            status = main(shlex.split(line))
        except SystemExit as left:  # argparse leaves this way
            status = int(left.code or 0)
        return (status, *capsys.readouterr())

    return command


# --- status and messages ----------------------------------------------------------------------

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


# --- help -------------------------------------------------------------------------------------


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


# --- read -------------------------------------------------------------------------------------

EDITS = [  # block, row and column in it, the typed number, what is printed
    ("W_1", 0, 0, 0.75, "w₀₀⁽¹⁾  0.5 → 0.75"),
    ("W_1", 0, 2, 1, "w₀₂⁽¹⁾  0.3 → 1.0"),
    ("W_1", 0, 4, -0.5, "w₁₁⁽¹⁾  -0.6 → -0.5"),
    ("W_2", 0, 2, 0, "w₀₂⁽²⁾  -0.3 → 0.0"),
    ("inputs", 0, 1, 0.8, "a₁⁽⁰⁾  0.9 → 0.8"),
    ("targets", 0, 0, 1e-9, "T₀  0.3 → 1e-09"),
    ("learning_rate", 0, 0, 2, "γ  0.5 → 2.0"),
]


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
@pytest.mark.parametrize(("block", "row", "column", "value", "shown"), EDITS)
def test_read_names_an_edit_by_cell_and_notation(
    run: Run, suffix: str, block: str, row: int, column: int, value: float, shown: str
) -> None:
    cell = type_into(Path(f"net{suffix}"), block, value, row, column)
    status, out, err = run(f"read net{suffix}")
    assert (status, err) == (0, "")
    edits = [line for line in out.splitlines() if "→" in line]
    assert edits == [f"  {cell}  {shown}"]
    assert run(f"diff net{'.ods' if suffix == '.xlsx' else '.xlsx'} net{suffix}")[0] == 1


def test_a_name_with_a_space_is_printed_as_it_is_typed(run: Run) -> None:
    _, out, _ = run('write net.json -o "my net.xlsx"')
    assert out.endswith("sheetnet check 'my net.xlsx'\n")
    _, out, _ = run('read "my net.xlsx"')
    assert out.endswith("sheetnet read 'my net.xlsx' -o lesson.toml\n")


@pytest.mark.parametrize(
    ("inputs", "sheets", "said"),
    [(2, ["training", "step"], False), (900, ["network", "training", "step"], True),
     (900, ["training", "step"], False), (900, ["step"], False),
     (4500, ["training", "predict"], True), (900, ["predict"], False)],
)  # fmt: skip
def test_write_says_that_training_is_left_out(
    run: Run, here: Path, inputs: int, sheets: list[str], said: bool
) -> None:
    table = {
        "sheets": sheets,
        "network": {"sizes": [inputs, 2], "seed": 1},
        "data": {"inputs": [[0.5] * inputs], "targets": [[0, 1]]},
    }
    (here / "wide.json").write_text(json.dumps(table), encoding="utf-8")
    status, out, _ = run("write wide.json -o wide.ods")
    assert (status, "no sheet Training" in out) == (0, said)


def test_read_names_the_example(run: Run, here: Path) -> None:
    table = {**LESSON, "data": {"inputs": [[0, 1], [2, 3]], "targets": [[0], [1]]}}
    sheetnet.write(sheetnet.load(table), "two.xlsx")
    place = at(Path("two.xlsx"), "inputs")
    assert planting.number_at(here / "two.xlsx", place) == 0.0
    edited = open_saved("two.xlsx").lesson()
    planting.type_number(here / "two.xlsx", place, 5)
    inputs = sheetnet.read("two.xlsx").inputs
    (example, source) = np.argwhere(inputs != edited.inputs)[0].tolist()
    assert (example, source) == (0, 0)
    assert "a₀⁽⁰⁾ of example 1  0.0 → 5.0" in run("read two.xlsx")[1]


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation_names_every_yellow_number_once(run: Run, notation: str) -> None:
    lesson = sheetnet.load({**LESSON, "notation": notation})
    other = sheetnet.load(
        {
            **LESSON,
            "notation": notation,
            "network": {**LESSON["network"], "weights": [[[1, 2], [3, 4]], [[5, 6]]],  # type: ignore[dict-item]
                        "bias": [[7, 8], [9]]},
            "training": {"learning_rate": 0.25, "steps": 3},
            "data": {"inputs": [[10, 11]], "targets": [[12]]},
        }
    )  # fmt: skip
    sheetnet.write(lesson, "one.xlsx")
    sheetnet.write(other, "other.ods")
    status, out, _ = run("diff one.xlsx other.ods")
    assert status == 1
    named = [line.split("→")[0].split() for line in out.splitlines() if "→" in line]
    cells, labels = ({line[k] for line in named} for k in (0, 1))
    assert len(named) == len(cells) == 6 + 3 + 1 + 3
    shared = "{d}" not in NOTATIONS[notation].bias  # one letter for all biases of a layer
    assert len(labels) == len(cells) - shared


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
@pytest.mark.parametrize("out", ["new.toml", "new.json", "new.npz"])
def test_what_read_writes_is_the_lesson(run: Run, here: Path, suffix: str, out: str) -> None:
    assert run(f"read weight{suffix} -o {out}")[0] == 0
    lesson = sheetnet.read(f"weight{suffix}")
    assert lesson != sheetnet.load("net.json")
    if not out.endswith(".npz"):
        assert sheetnet.load(out) == lesson
        return
    with np.load(out) as arrays:
        assert sheetnet.load(json.loads(arrays["lesson"].item())) == lesson
        for layer in (1, 2):
            np.testing.assert_array_equal(arrays[f"W_{layer}"], lesson.network.weights[layer - 1])
            np.testing.assert_array_equal(arrays[f"b_{layer}"], lesson.network.bias[layer - 1])
        np.testing.assert_array_equal(arrays["inputs"], lesson.inputs)
        np.testing.assert_array_equal(arrays["targets"], lesson.targets)
        assert arrays["learning_rate"] == 0.5
    assert run(f"read net{suffix} -o {out}")[0] == 0, "an .npz of ours may be replaced"


# --- step -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["net.xlsx", "./net.xlsx", "drawer/../net.xlsx", "alias/net.xlsx", "link.xlsx",
               "twin.xlsx", "{here}/net.xlsx"],
)  # fmt: skip
@pytest.mark.parametrize("force", ["", " --force"])
def test_step_never_replaces_its_input(run: Run, here: Path, target: str, force: str) -> None:
    before = snapshot(here)
    status, _, err = run(f"step net.xlsx -o {target.format(here=here)}{force}")
    assert status == 2 and "is the input itself" in err
    assert snapshot(here) == before


def test_step_does_not_find_a_link_where_there_is_none(run: Run, here: Path) -> None:
    shutil.copy("net.xlsx", "copy.xlsx")
    before = Path("net.xlsx").read_bytes()
    assert run("step net.xlsx -o copy.xlsx -n 2")[0] == 0
    assert Path("net.xlsx").read_bytes() == before
    trained = sheetnet.train(sheetnet.read("net.xlsx"), steps=2).network
    assert sheetnet.read("copy.xlsx").network == trained


# --- check --json -----------------------------------------------------------------------------


def test_check_json_has_the_fields_of_the_interface(run: Run, here: Path) -> None:
    status, out, err = run("check net.xlsx --engine ironcalc --json")
    report = json.loads(out)
    assert (status, err, report["mismatches"]) == (0, "", [])
    assert set(report) >= FIELDS
    assert (report["file"], report["engine"]) == ("net.xlsx", "ironcalc")
    book = openpyxl.load_workbook("net.xlsx")
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert report["cells"] > report["formulas"] == [cell.data_type for cell in cells].count("f")
    assert 0 < report["max_abs"] < 1e-15 and 0 < report["max_rel"] < 1e-14


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_check_json_names_a_planted_mistake(run: Run, here: Path, suffix: str) -> None:
    path = here / f"net{suffix}"
    place = at(path, "Training_delta_1", row=2)
    right = planting.formula_at(path, place)
    planting.plant(path, place, "0.25*0.125")
    status, out, err = run(f"check net{suffix} --engine ironcalc --json")
    assert (status, err) == (1, "")
    (wrong,) = json.loads(out)["mismatches"]
    assert set(wrong) >= {"cell", "name", "formula", "expected", "got", "why"}
    assert (wrong["cell"], wrong["why"]) == (str(place), "formula changed")
    assert wrong["name"].startswith("delta_1[0,0]")
    assert (wrong["formula"], wrong["got"]) == ("=0.25*0.125", 0.03125)
    assert wrong["expected_formula"] == f"={right}"
    lesson = sheetnet.load("net.json")
    delta = sheetnet.train(lesson, record=True).delta[0][2, 0, 0]
    assert wrong["expected"] == pytest.approx(delta, rel=1e-12)
    text = run(f"check net{suffix} --engine ironcalc")[1]
    in_xlsx = planting.formula_at(here / "net.xlsx", place)
    assert str(place) in text and "found     =0.25*0.125" in text and f"={in_xlsx}" in text


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_check_says_where_nothing_stands(run: Run, here: Path, suffix: str) -> None:
    path = here / f"net{suffix}"
    planting.clear(path, at(path, "Training_delta_1", row=2))
    status, out, _ = run(f"check net{suffix} --engine ironcalc")
    assert status == 1 and "found     nothing" in out and "no value, NumPy has 0." in out


def test_check_says_where_an_array_formula_stands(run: Run, here: Path) -> None:
    """What Excel makes of a formula that it takes for one of several cells."""
    place = at(here / "net.xlsx", "Training_delta_1", row=2)
    book = openpyxl.load_workbook(here / "net.xlsx")
    page = book[place.sheet]
    page[place.a1] = ArrayFormula(place.a1, page[place.a1].value)
    book.save(here / "net.xlsx")
    status, out, _ = run("check net.xlsx --engine ironcalc")
    assert status == 1 and f"{place}  delta_1" in out and "found     an array formula" in out


def test_check_does_not_flood_the_terminal(run: Run, here: Path) -> None:
    blocks = {"W_1": 6, "a_1": 2, "delta_1": 2, "a_2": 1, "delta_2": 1}
    for block, columns in blocks.items():
        for row, column in itertools.product(range(1, 4), range(columns)):
            type_into(here / "net.xlsx", f"Training_{block}", 0.5, row, column)
    status, out, _ = run("check net.xlsx --engine ironcalc")
    assert status == 1 and len(out.splitlines()) < 200
    assert "36 of them are not what they should be" in out and "(3 cells, from K8 down to" in out
    every = json.loads(run("check net.xlsx --engine ironcalc --json")[1])["mismatches"]
    assert len({wrong["cell"] for wrong in every if wrong["why"] != "old value"}) == 36


# --- diff -------------------------------------------------------------------------------------


def test_diff_finds_a_changed_formula(run: Run, here: Path) -> None:
    place = at(here / "net.xlsx", "Training_delta_1", row=2)
    right = planting.formula_at(here / "net.xlsx", place)
    planting.plant(here / "net.xlsx", place, "0.25*0.125")
    status, out, _ = run("diff net.ods net.xlsx")
    assert status == 1
    (edit,) = [line for line in out.splitlines() if "→" in line]
    assert "Formulas:" in out and "Values:" not in out
    assert edit.split()[0] == str(place) and edit.endswith(f"={right} → =0.25*0.125")


@pytest.mark.parametrize(("batch", "first", "second"), [("online", 3, 2), ("full", 1, 3)])
def test_step_goes_on_where_the_examples_turn_is(
    run: Run, batch: str, first: int, second: int
) -> None:
    table = {
        **LESSON,
        "training": {"steps": 4, "batch": batch},
        "data": {"inputs": [[0, 1], [2, 3]], "targets": [[0], [1]]},
    }
    lesson = sheetnet.load(table)
    sheetnet.write(lesson, "two.xlsx")
    assert run(f"step two.xlsx -o on.xlsx -n {first}")[0] == 0
    assert run(f"step on.xlsx -o further.xlsx -n {second}")[0] == 0
    whole = sheetnet.train(lesson, steps=first + second)
    assert sheetnet.read("further.xlsx").network == whole.network
    assert sheetnet.check("further.xlsx").ok


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_diff_finds_a_formula_typed_over(run: Run, here: Path, suffix: str) -> None:
    place = at(here / f"net{suffix}", "Training_delta_1", row=2)
    planting.type_number(here / f"net{suffix}", place, 0.25)
    status, out, _ = run(f"diff net.{'ods' if suffix == '.xlsx' else 'xlsx'} net{suffix}")
    (edit,) = [line for line in out.splitlines() if "→" in line]
    assert status == 1 and edit.split()[0] == str(place) and edit.endswith(" → 0.25")


@pytest.mark.parametrize("formula", ["SUM(", "[.A1]!!3", "['file:///a.ods'#$S.A1]"])
def test_a_formula_that_nobody_can_read_is_shown_as_it_stands(
    run: Run, here: Path, formula: str
) -> None:
    place = at(here / "net.ods", "Training_delta_1", row=2)
    right = planting.formula_at(here / "net.xlsx", place)
    planting.plant_text(here / "net.ods", place, formula)
    status, out, err = run("diff net.xlsx net.ods")
    (edit,) = [line for line in out.splitlines() if "→" in line]
    assert (status, err) == (1, "")
    assert edit.split()[0] == str(place) and edit.endswith(f"={right} → ={formula}")
    status, out, err = run("check net.ods --engine ironcalc")
    assert (status, err) == (1, "")
    assert f"found     ={formula}\n    expected  ={right}\n" in out


def test_diff_finds_a_changed_constant(run: Run, here: Path) -> None:
    """The number of step 0 is neither yellow nor a formula."""
    cell = type_into(here / "net.xlsx", "Training_step", 7)
    status, out, _ = run("diff net.ods net.xlsx")
    assert status == 1 and f"{cell}  " in out and "0.0 → 7.0" in out


def test_diff_looks_through_moved_rows_and_sheets(
    run: Run, here: Path, libreoffice: LibreOffice
) -> None:
    moves = [
        ("insert_rows", "Training", 2, 3),
        ("insert_columns", "Training", 9, 2),
        ("rename", "Training", "Übung 1"),
        ("move_sheet", "Übung 1", 3),
    ]
    libreoffice.edit(here / "net.xlsx", moves, here / "moved.ods")
    for pair in ("net.xlsx moved.ods", "moved.ods net.ods"):
        assert run(f"diff {pair}") == (0, "No difference.\n", "")
    place = at(here / "moved.ods", "Training_delta_1", row=2)
    planting.plant(here / "moved.ods", place, "0.25*0.125")
    status, out, _ = run("diff net.xlsx moved.ods")
    (edit,) = [line for line in out.splitlines() if "→" in line]
    assert status == 1 and edit.startswith(f"  {place}  ") and edit.endswith(" → =0.25*0.125")


SETTINGS = [
    ({"title": "Other"}, "title", "Small → Other", True),
    ({"training": {"learning_rate": 0.5, "steps": 4}}, "training.steps", "3 → 4", False),
    ({"formulas": "safe"}, "formulas", "plain → safe", False),
    ({"sheets": ["training"]}, "sheets", "['network', 'training', 'step'] → ['training']", False),
    ({"notation": "mazur"}, "notation", "simple-neural-net → mazur", False),
]


@pytest.mark.parametrize(("change", "key", "shown", "compared"), SETTINGS)
def test_diff_finds_a_changed_setting(
    run: Run, change: dict[str, object], key: str, shown: str, compared: bool
) -> None:
    sheetnet.write(sheetnet.load({**LESSON, **change}), "other.xlsx")
    status, out, _ = run("diff net.xlsx other.xlsx")
    assert status == 1
    assert re.search(rf"^  {re.escape(key)}\s+{re.escape(shown)}$", out, re.MULTILINE)
    assert ("not compared" in out) is not compared


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
@pytest.mark.parametrize(("relative", "status"), [(1e-15, 0), (5e-15, 0), (1e-13, 1)])
def test_digits_lost_in_saving_are_no_edit(
    run: Run, here: Path, suffix: str, relative: float, status: int
) -> None:
    path = here / f"net{suffix}"
    type_into(path, "W_1", 0.5 * (1 + relative))
    changed = sheetnet.read(path).network.weights[0][0, 0]
    assert changed != 0.5, "the file holds another double"
    assert run(f"diff net.{'ods' if suffix == '.xlsx' else 'xlsx'} net{suffix}")[0] == status
    assert ("No number of the lesson" in run(f"read net{suffix}")[1]) is (status == 0)


# --- demo -------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_path", [True, False])
def test_demo_without_libreoffice(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch, on_path: bool
) -> None:
    monkeypatch.setattr(
        engines, "why_missing", lambda name: f"no {name}" if name == "libreoffice" else None
    )
    monkeypatch.setattr(shutil, "which", lambda name: name if on_path else None)
    status, out, err = run("demo --folder drawer")
    assert (status, err) == (0, "")
    assert len(re.findall("all agree", out)) == 3 and "libreoffice: not installed" in out
    assert {path.name for path in Path("drawer").iterdir()} == {
        "simple-neural-net.xlsx", "simple-neural-net.ods", "simple-neural-net.html"
    }  # fmt: skip
    typed = shlex.split(out.splitlines()[-1])
    assert typed[-2:] == ["read", str(Path("drawer", "simple-neural-net.xlsx"))]
    assert on_path == (typed[0] == "sheetnet")


# --- interrupted, cut off, unprintable --------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["write net.json -o net.xlsx", "write net.json -o new.ods", "step weight.xlsx -o net.xlsx",
     "read weight.xlsx -o net.json", "read weight.xlsx -o new.npz",
     "gallery simple-neural-net -o new.xlsx"],
)  # fmt: skip
def test_ctrl_c_leaves_nothing(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """At the last moment: the new file is complete, but not yet in its place."""

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    before = snapshot(here)
    status, out, err = run(line)
    assert (status, out) == (130, "") and "stopped" in err
    assert snapshot(here) == before


def start(*arguments: str, **more: object) -> subprocess.Popen[str]:
    """The command in a process of its own, under the Python that runs the tests."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}  # type: ignore[dict-item]
    return subprocess.Popen(
        [sys.executable, "-m", "sheetnet", *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        **more,  # type: ignore[call-overload]
    )


@pytest.mark.skipif(os.name == "nt", reason="signals of a terminal are those of POSIX")
def test_a_real_ctrl_c_while_writing(here: Path) -> None:
    before = snapshot(here)
    # Whoever starts the tests in the background has them, and so their children, ignore Ctrl-C.
    ordinary = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    process = start("write", "net.json", "-o", "net.xlsx", "--steps", "40000", **ordinary)
    deadline = time.monotonic() + 30
    while not list(here.glob(".net.xlsx.*")):
        assert process.poll() is None and time.monotonic() < deadline, "nothing was being written"
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (
        130,
        "sheetnet: stopped; nothing was left half-written.\n",
    )
    assert snapshot(here) == before


@pytest.mark.parametrize("line", ["--help", "gallery", "read net.xlsx", "diff net.xlsx weight.ods"])
def test_a_reader_that_goes_away_is_no_error(here: Path, line: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*shlex.split(line), stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full")
def test_a_full_disk_behind_the_output_is_said(here: Path) -> None:
    with Path("/dev/full").open("w") as full:
        _, err = (process := start("gallery", stdout=full)).communicate(timeout=30)
    assert process.returncode == 2
    assert err == "sheetnet: No space left on device.\n"


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
@pytest.mark.parametrize("nowhere", ["2>&-", "2>/dev/full", ">&- 2>&-"])
@pytest.mark.parametrize(
    ("line", "status"),
    [("bogus", 2), ("check nothing.xlsx", 2), ("read net.xlsx", 0), ("write net.json -o a.ods", 0)],
)
def test_the_status_is_right_though_nobody_can_be_told(
    here: Path, line: str, status: int, nowhere: str
) -> None:
    command = f"exec {shlex.quote(sys.executable)} -m sheetnet {line} {nowhere}"
    for unbuffered in ("", "1"):  # Python writes at exit what a buffer holds, and may fail then
        done = subprocess.run(
            command, shell=True, check=False, capture_output=True, timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered},
        )  # fmt: skip
        assert done.returncode == status


def test_a_terminal_without_greek_letters(here: Path) -> None:
    process = start(
        "read",
        "weight.xlsx",
        stdout=subprocess.PIPE,
        env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert r"w\u2080\u2080" in out and "0.75" in out


def test_main_prints_to_any_stream(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a notebook or a test calls it."""
    monkeypatch.setattr(sys, "stdout", text := io.StringIO())
    assert main(["read", "weight.xlsx"]) == 0
    assert "w₀₀⁽¹⁾" in text.getvalue()
