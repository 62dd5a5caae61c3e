"""What `read` says and writes, and that `step` never replaces what it reads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from support import planting
from support.commands import LESSON, Run, at, snapshot, type_into

import sheetnet
from sheetnet.sheets.notation import NOTATIONS
from sheetnet.workbooks.saved import open_saved

# --- read ----------------------------------------------------------------------------------------

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


# --- step ----------------------------------------------------------------------------------------


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
