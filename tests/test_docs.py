"""README, CHANGELOG and docstrings against the code: what they name exists, what they show runs.

Knows: which names belong into the README and how its code blocks are run. Does not know whether
the prose is true.
"""

from __future__ import annotations

import argparse
import inspect
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.folders import ROOT

import sheetnet
from sheetnet import engines, gallery
from sheetnet.cli.main import COMMANDS, _parser, main
from sheetnet.core.batches import BATCHES
from sheetnet.core.functions import ACTIVATIONS, LOSSES, REDUCTIONS
from sheetnet.core.initial import RULES
from sheetnet.core.network import BIASES
from sheetnet.core.optimizers import OPTIMIZERS
from sheetnet.core.schedules import SCHEDULES
from sheetnet.core.settings import MAIN, SETTINGS
from sheetnet.core.tables import KEYS
from sheetnet.lessons import lesson
from sheetnet.sheets.notation import NOTATIONS
from sheetnet.workbooks.write import FORMATS

README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MOST_LINES = 280


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command."""
    for action in _parser([command.name for command in COMMANDS])._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("the parser has no commands")


def blocks(language: str, text: str = README) -> list[str]:
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


# --- names ------------------------------------------------------------------------------------

OPTIONS = set(SETTINGS) - set(MAIN)
SHORT = ("bias", "init", "test_targets")
NAMED = {
    "command": [f"sheetnet {name}" for name in commands()],
    "lesson of the gallery": [f"`{name}`" for name in gallery.names()],
    "activation": [f"`{name}`" for name in ACTIVATIONS],
    "loss": [f"`{name}`" for name in LOSSES],
    "reduction": [f"`{name}`" for name in REDUCTIONS],
    "biases": [f"`{name}`" for name in BIASES],
    "optimizer": [f"`{name}`" for name in OPTIMIZERS],
    "batch": [f"`{name}`" for name in BATCHES],
    "schedule": [f"`{name}`" for name in SCHEDULES],
    "rule of a start": [f"`{name}`" for name in RULES],
    "notation": [f"`{name}`" for name in NOTATIONS],
    "sheet": [f"`{name}`" for name in lesson.SHEETS],
    "formulas": [f"`{name}`" for name in lesson.FORMULAS],
    "key": [
        *(f"`{key}`" for key in lesson.KEYS if key not in KEYS),
        *(
            f"`{key}`" if key in OPTIONS else f"`.{key}`" if key in SHORT else f"`{table}.{key}`"
            for table, keys in KEYS.items()
            for key in keys
        ),
    ],
    "format": [f".{name.lstrip('.')}" for name in FORMATS],
    "engine": [f'"{name}"' for name in ("auto", *engines.ENGINES)],
}


def missing(text: str) -> list[str]:
    return [f"{kind} {name}" for kind, all_ in NAMED.items() for name in all_ if name not in text]


def test_the_readme_names_everything() -> None:
    assert all(NAMED.values())
    assert not missing(README)


@pytest.mark.parametrize("kind", NAMED)
def test_a_name_taken_out_is_missed(kind: str) -> None:
    for name in NAMED[kind]:
        assert f"{kind} {name}" in missing(README.replace(name, ""))


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    assert len(README.splitlines()) < MOST_LINES
    links = re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r"`(sheetnet/[\w./]+)`", README)
    assert len(links) > 10
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]


def test_every_room_is_in_the_layout() -> None:
    rooms = [path.parent.name for path in (ROOT / "sheetnet").glob("*/__init__.py")]
    assert rooms
    assert not [room for room in rooms if f"`sheetnet/{room}/`" not in README]


def test_the_changelog_has_this_version() -> None:
    assert PROJECT["dynamic"] == ["version"]
    version = sheetnet.__version__
    entry = re.search(
        rf"^## (?:{re.escape(version)}|Unreleased)$(.*?)(?=^## |\Z)", CHANGELOG, re.M | re.S
    )
    assert entry, f"CHANGELOG.md has no section {version}"
    changes = [line for line in entry[1].splitlines() if line.strip()]
    assert changes
    for line in changes:
        assert re.fullmatch(r"- .*[^.]\.", line), f"not one line with a sentence: {line}"
        assert ". " not in line.replace("e.g. ", ""), f"more than one sentence: {line}"


@pytest.mark.parametrize("name", sheetnet.__all__)
def test_every_public_name_has_a_docstring(name: str) -> None:
    text = inspect.getdoc(getattr(sheetnet, name)) or ""
    assert text and not text.startswith(f"{name}("), "dataclasses write such a line by themselves"


# --- what is shown runs -----------------------------------------------------------------------

NOT_RUN = ("make ", "python3 -m venv ", ". .venv/", "pip install ")


def shell_lines(text: str = README) -> Iterator[list[str]]:
    """The sheetnet commands of the sh blocks, split; any other line must be known."""
    for line in "".join(blocks("sh", text)).splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] == "sheetnet":
            yield words[1:]
        else:
            assert line.startswith(NOT_RUN), f"README has a line that nothing tries: {line}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the README's lesson in it, where the README's reader now stands."""
    (toml,) = blocks("toml")
    (tmp_path / "net.toml").write_text(toml, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    # Other tests run the programs; these show the same with the engines that pip brings.
    monkeypatch.setattr(engines, "why_missing", absent)
    return tmp_path


def absent(name: str) -> str | None:
    return None if name in ("ironcalc", "page") else f"no {name} here"


def steady(output: str) -> list[str]:
    """The lines of the demo's output without what depends on the machine."""
    lines = [line for line in output.strip().splitlines() if "libreoffice" not in line]
    numbers = re.compile(r"(?<=ironcalc )[\d.]+|(?<=page )[\d.]+|(?<=largest difference )[\d.e-]+")
    command = re.compile(r"^  .* (?=read simple)")
    return [command.sub("  sheetnet ", numbers.sub("N", line)) for line in lines]


def test_the_shell_lines_run_in_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = set()
    for arguments in shell_lines():
        status = main(arguments)
        out, err = capsys.readouterr()
        assert status == (1 if arguments[0] == "diff" else 0), (arguments, out, err)
        assert out and not err
        if arguments == ["demo"]:
            (shown,) = blocks("text")
            assert steady(out) == steady(shown), "README shows an old output of the demo"
        ran.add(arguments[0])
    assert ran == set(commands())
    files = {path.name for path in folder.iterdir()}
    assert {"net.xlsx", "edited.toml", "trained.ods", "first.xlsx"} <= files
    assert sheetnet.load("edited.toml") == sheetnet.load("net.toml")


def test_the_python_blocks_run(folder: Path) -> None:
    (code,) = blocks("python")
    assert "assert" in code
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    run = names["run"]
    assert isinstance(run, sheetnet.Run) and run.losses.shape == (201,)
    assert names["lesson"] == sheetnet.load("net.toml")
    used = {name for name in sheetnet.__all__ if f"sheetnet.{name}(" in code}
    assert used == {"load", "train_step", "train", "write", "read", "check"}


def test_no_block_goes_untried() -> None:
    languages = re.findall(r"^```(\w+)$", README, re.MULTILINE)
    assert set(languages) == {"sh", "text", "toml", "python"}
    assert len(re.findall(r"^```", README, re.MULTILINE)) == 2 * len(languages)


def test_a_line_that_nothing_tries_is_found() -> None:
    with pytest.raises(AssertionError, match="nothing tries"):
        list(shell_lines("```sh\nsheetnet demo\ncurl somewhere\n```\n"))
    assert list(shell_lines("```sh\nsheetnet read a.xlsx  # why\n```\n")) == [["read", "a.xlsx"]]


@pytest.mark.parametrize("key", ["learning_rate", "steps", "optimizer", "batch", "schedule"])
def test_the_defaults_are_as_the_table_says(key: str) -> None:
    """The first value named in a row is the default."""
    row = next(line for line in README.splitlines() if line.startswith(f"| `training.{key}`"))
    first = re.findall(r"[\w.]+", row.split("|")[2])[0]
    assert first == str(getattr(sheetnet.Training(), key))


@pytest.mark.parametrize("key", ["activations", "loss", "reduction", "biases"])
def test_the_network_defaults_are_as_the_table_says(key: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `network.{key}`"))
    first = re.findall(r"`(\w+)`", row.split("|")[2])[0]
    network = sheetnet.load(
        {
            "network": {"sizes": [1, 1], "seed": 1},
            "data": {"inputs": [[1.0]], "targets": [[1.0]]},
        }
    ).network
    value = getattr(network, key)
    assert first == (value[0] if key == "activations" else value)
