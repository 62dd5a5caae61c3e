"""The sheets' formulas: the second document's own, the habits of both formats, wide networks."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from support.formula_texts import EVERY, texts
from support.lessons import SQUARED, demo, lesson

from sheetnet.core import functions as core
from sheetnet.formulas import spelling
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import DIALECTS
from sheetnet.formulas.tree import Cell, I, Index
from sheetnet.lessons import Lesson
from sheetnet.lessons.lesson import SHEETS_DEFAULT
from sheetnet.sheets import step, training
from sheetnet.sheets.model import Block, Workbook
from sheetnet.workbooks.build import build

every = pytest.mark.parametrize("name", EVERY)


def block(book: Workbook, name: str) -> Block:
    """The block of that name."""
    return next(b for b in book.blocks() if b.name == name)


# --- the second document's spreadsheet -----------------------------------------------------------


# Its columns, in the order of the sheet, by what stands in them: two starting rows, 8 and 9.
REFERENCE_COLUMNS = {
    "C": ("a_0", 0), "D": ("a_0", 1),
    "E": ("W_1", 0), "F": ("W_1", 1), "G": ("W_1", 2),
    "H": ("W_1", 3), "I": ("W_1", 4), "J": ("W_1", 5),
    "K": ("a_1", 0), "L": ("a_1", 1), "M": ("delta_1", 0), "N": ("delta_1", 1),
    "O": ("W_2", 0), "P": ("W_2", 1), "Q": ("W_2", 2),
    "R": ("W_2", 3), "S": ("W_2", 4), "T": ("W_2", 5),
    "U": ("a_2", 0), "V": ("a_2", 1), "W": ("delta_2", 0), "X": ("delta_2", 1),
    "Y": ("targets", 0), "Z": ("targets", 1), "AA": ("loss", 0),
}  # fmt: skip
REFERENCE_ROWS = {"8": 0, "9": 1}
REFERENCE_RATE = "$A$8"


# Its formulas as it stores them, the second row of the training entire.
REFERENCE = {
    "K8": "1/(1+EXP(-(C8*E8+D8*F8+G8)))",
    "L8": "1/(1+EXP(-(C8*H8+D8*I8+J8)))",
    "M8": "K8*(1-K8)*(W8*O8+X8*R8)",
    "N8": "L8*(1-L8)*(W8*P8+X8*S8)",
    "U8": "1/(1+EXP(-(K8*O8+L8*P8+Q8)))",
    "V8": "1/(1+EXP(-(K8*R8+L8*S8+T8)))",
    "W8": "(U8-Y8)*U8*(1-U8)",
    "X8": "(V8-Z8)*V8*(1-V8)",
    "AA8": "0.5*(U8-Y8)^2+0.5*(V8-Z8)^2",
    "C9": "C8",
    "D9": "D8",
    "E9": "E8-$A$8*M8*C8",
    "F9": "F8-$A$8*M8*D8",
    "G9": "G8-$A$8*M8",
    "H9": "H8-$A$8*N8*C8",
    "I9": "I8-$A$8*N8*D8",
    "J9": "J8-$A$8*N8",
    "K9": "1/(1+EXP(-(C9*E9+D9*F9+G9)))",
    "L9": "1/(1+EXP(-(C9*H9+D9*I9+J9)))",
    "M9": "K9*(1-K9)*(W9*O9+X9*R9)",
    "N9": "L9*(1-L9)*(W9*P9+X9*S9)",
    "O9": "O8-$A$8*W8*K8",
    "P9": "P8-$A$8*W8*L8",
    "Q9": "Q8-$A$8*W8",
    "R9": "R8-$A$8*X8*K8",
    "S9": "S8-$A$8*X8*L8",
    "T9": "T8-$A$8*X8",
    "U9": "1/(1+EXP(-(K9*O9+L9*P9+Q9)))",
    "V9": "1/(1+EXP(-(K9*R9+L9*S9+T9)))",
    "W9": "(U9-Y9)*U9*(1-U9)",
    "X9": "(V9-Z9)*V9*(1-V9)",
    "Y9": "Y8",
    "Z9": "Z8",
    "AA9": "0.5*(U9-Y9)^2+0.5*(V9-Z9)^2",
}


def _terms(text: str) -> str:
    """The formula with the factors of each a*b inside parentheses in alphabetical order: a hidden
    delta sums δ·w in the reference, and w·δ is the same double."""

    def ordered(match: re.Match[str]) -> str:
        return "*".join(sorted(match[0].split("*")))

    return re.sub(r"(?<=[(+])[A-Z]+\d+\*[A-Z]+\d+(?=[+)])", ordered, text)


def mapped(text: str, book: Workbook, later: int = 0) -> str:
    """A formula of the reference as it reads in our Training, `later` rows further down."""

    def moved(match: re.Match[str]) -> str:
        if match[0] == REFERENCE_RATE:
            return "learning_rate"
        quantity, offset = REFERENCE_COLUMNS[match[1]]
        area = block(book, f"Training_{quantity}").area
        row = area.row + REFERENCE_ROWS[match[2]] + later
        return f"{column_name(area.column + offset)}{row + 1}"

    return re.sub(r"\$?([A-Z]+)\$?([0-9]+)", moved, text)


def test_training_has_the_formulas_of_the_reference_spreadsheet() -> None:
    book = build(demo())
    own = texts(book)
    for where, formula in REFERENCE.items():
        ours = own[f"Training!{mapped(where, book)}"]
        assert _terms(ours) == _terms(mapped(formula, book)), where
    last = demo().training.steps - 1
    for where in (w for w in REFERENCE if w.endswith("9")):  # filled down to the end
        ours = own[f"Training!{mapped(where, book, last)}"]
        assert _terms(ours) == _terms(mapped(REFERENCE[where], book, last)), where
    others = {"step", *(quantity for quantity, _ in REFERENCE_COLUMNS.values())}
    shown = {b.quantity for b in book.blocks() if b.layout == "history"}
    assert shown == others, "Training shows what the reference shows, and the number of the step"


@pytest.mark.parametrize(
    ("where", "mistake"),
    [
        ("M8", "K8*(1-K8)*(W8*O8+X8*P8)"),  # the weight of another neuron
        ("M8", "L8*(1-L8)*(W8*O8+X8*R8)"),  # the derivative of another neuron
        ("E9", "E8-$A$8*N8*C8"),  # the neighbour's gradient
        ("E9", "E9-$A$8*M8*C8"),  # the row itself
        ("K8", "1/(1+EXP(-C8*E8+D8*F8+G8))"),  # a missing parenthesis
        ("W8", "(U8-Y8)*U8*1-U8"),
    ],
)
def test_that_comparison_finds_the_usual_mistakes(where: str, mistake: str) -> None:
    book = build(demo())
    own = texts(book)[f"Training!{mapped(where, book)}"]
    assert _terms(own) != _terms(mapped(mistake, book))


# --- limits and habits of both formats -----------------------------------------------------------

FUNCTIONS = {"EXP", "TANH", "LN", "MAX", "ABS", "IF", "SUM", "SUMPRODUCT", "INDEX", "MOD"}
MOST_CHARACTERS = 8192
CHOICES = ("shown_a_0_row", "shown_targets", "explained", *(f"explained_{n}" for n in range(1, 9)))
"""Blocks that take what was typed as the nearest there is: they round and clip."""


@every
@pytest.mark.parametrize("dialect", DIALECTS)
def test_formulas_are_short_plain_and_scalar(name: str, dialect: str) -> None:
    book = build(EVERY[name])
    assert max(map(len, texts(book, DIALECTS[dialect]).values())) < MOST_CHARACTERS
    for where, text in texts(book, DIALECTS[dialect], but=CHOICES).items():
        assert len(text) < MOST_CHARACTERS, where
        assert not set(re.findall(r"[A-Z][A-Z.]*(?=\()", text)) - FUNCTIONS, (where, text)
        assert not set(text) & set('{}@#"%&\n\x00'), (where, text)
        assert text.isascii() and not text.startswith("="), (where, text)
        assert text.count("(") == text.count(")"), (where, text)
        # A range is a function's argument, never an operand: that would be an array formula.
        bare = re.sub(r"(?:SUM|SUMPRODUCT|INDEX)\([^()]*", "", text)
        bare = re.sub(r"MAX\([^()]*", "", bare)
        assert ":" not in bare.replace("$'The other''s'", ""), (where, text)


def test_that_habit_check_would_find_an_array_formula() -> None:
    text = "SUM(A1:A2)*EXP(A1:A2)"
    assert ":" in re.sub(r"(?:SUM|SUMPRODUCT|INDEX|MAX)\([^()]*", "", text)


@every
def test_nothing_stands_on_top_of_anything(name: str) -> None:
    book = build(EVERY[name])
    for sheet in book.sheets:
        taken: dict[tuple[int, int], str] = {}
        things = [(b.area, b.name) for b in sheet.blocks]
        things += [(Area(sheet.name, t.row, t.column, 1, 1), t.text) for t in sheet.texts]
        for area, what in things:
            assert area.sheet == sheet.name and area.row >= 0 and area.column >= 0
            assert area.row + area.rows <= 1_048_576 and area.column + area.columns <= 16_384
            for row in range(area.row, area.row + area.rows):
                for column in range(area.column, area.column + area.columns):
                    old = taken.setdefault((row, column), what)
                    assert old == what, (
                        f"{sheet.name}!{column_name(column)}{row + 1}: {old}, {what}"
                    )


@every
def test_every_cell_is_a_formula_but_those_to_edit(name: str) -> None:
    made = EVERY[name]
    book = build(made)
    typed = {b.typed_name for b in book.blocks() if b.typed_rows and b.typed_name}
    layers = range(1, made.network.layers + 1)
    expected = {"inputs", "targets", "learning_rate", *(f"W_{n}" for n in layers)}
    has_training = any(sheet.name == "Training" for sheet in book.sheets)
    if has_training:
        expected |= {"step_shown"}
    if step.is_small(made):
        several = len(made.inputs) > 1 and made.training.batch == "full"
        expected |= {"stage_shown"} | ({"example_shown"} if several and has_training else set())
        if has_training or not several:
            expected |= {"layer_explained", "neuron_explained"}
    assert typed == expected
    for b in book.blocks():  # what is typed and not to edit counts steps or neurons
        if b.typed_rows and not b.typed_name:
            assert re.fullmatch(r"Training_step|\w+_neurons_\d+", b.name), b.name
            assert not b.typed_style.startswith("editable")
            assert b.name != "Training_step" or b.typed_rows == 1
    computed = sum((b.area.rows - b.typed_rows) * b.area.columns for b in book.blocks())
    assert len(texts(book)) == computed > 0
    for b in book.blocks():
        assert b.formula is not None or b.typed_rows == b.area.rows, b.name


@every
def test_every_name_is_one_that_both_formats_take(name: str) -> None:
    book = build(EVERY[name])
    names = list(book.names())
    assert len({n.casefold() for n in names}) == len(names), "names differ in more than case"
    for n in names:
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", n) and len(n) < 255
        assert not re.fullmatch(r"(?i)[a-z]{1,3}[0-9]+|r[0-9]*(c[0-9]*)?|c[0-9]*", n), n
    count = sum(len({b.name, b.typed_name} - {""}) for b in book.blocks())
    assert len(names) == count + sum(len(s.extra_names) for s in book.sheets)


# --- wide networks -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in EVERY if "wide" in n or n == "784-30-10"])
def test_a_network_too_wide_for_a_row_is_edited_in_step(name: str) -> None:
    made = EVERY[name]
    book = build(made)
    assert [sheet.name for sheet in book.sheets] == ["About", "Step", "sheetnet"]
    words = "\n".join(text.text for text in book.sheets[0].texts)
    assert "the whole step follows" in words and "every step of the training" not in words
    assert not any(b.layout == "history" for b in book.blocks())
    sources = [n + (made.network.biases != "none") for n in made.network.sizes[:-1]]
    for layer, shape in enumerate(zip(made.network.sizes[1:], sources, strict=True), start=1):
        matrix = block(book, f"W_{layer}")
        assert (matrix.area.rows, matrix.area.columns) == shape == matrix.shape
        assert matrix.style == matrix.typed_style and matrix.style.startswith("editable")
        assert matrix.typed_rows == shape[0] and matrix.formula is None
    assert "Training" not in " ".join(t.text for s in book.sheets for t in s.texts)


def has_training(made: Lesson) -> bool:
    return "Training" in [sheet.name for sheet in build(made).sheets]


def test_the_limit_of_a_row() -> None:
    """Training stands where a step needs up to 2,000 columns, or a sheet has them and one asks."""
    sizes = ((14, 10), (40, 10), (100, 30), (400, 50))
    unasked = [replace(lesson(size), sheets=SHEETS_DEFAULT) for size in sizes]
    assert [has_training(made) for made in unasked] == [True, True, False, False]
    asked = [replace(lesson(size), sheets=("training",)) for size in sizes]
    assert [has_training(made) for made in asked] == [True, True, True, False]
    assert "2,000" in training.why_not(unasked[2])
    assert "16,384" in training.why_not(asked[3])
    full = replace(lesson(examples=300), sheets=SHEETS_DEFAULT)
    assert not has_training(full)
    assert has_training(replace(full, training=replace(full.training, batch="online")))


@pytest.mark.parametrize("name", ["classroom", "classroom, online"])
def test_a_wide_training_has_its_outcome_in_front_and_its_layers_folded(name: str) -> None:
    made = EVERY[name]
    book = build(made)
    sheet = next(s for s in book.sheets if s.name == "Training")
    blocks = {b.name: b.area for b in sheet.blocks}
    last = made.network.layers
    step, loss, answer = (blocks[f"Training_{q}"] for q in ("step", "loss", f"a_{last}"))
    assert step.column < loss.column < answer.column
    assert sheet.frozen[1] == loss.column + 1, "the loss stays in sight"
    weights = [blocks[f"Training_W_{layer}"].column for layer in range(1, last + 1)]
    assert answer.column < min(weights)
    folded = {c for g in sheet.groups if g.is_folded for c in range(g.column, g.column + g.columns)}
    assert len(sheet.groups) == last and set(weights) <= folded
    assert not folded & {step.column, loss.column, answer.column}


# --- tables beside each other --------------------------------------------------------------------


def test_the_spellings_and_the_core_know_the_same_functions() -> None:
    assert list(spelling.ACTIVATIONS) == list(core.ACTIVATIONS)
    assert list(spelling.LOSSES) == list(core.LOSSES)
    assert list(spelling.FUSED) == list(core.FUSED)
    assert spelling.LEAK == core.LEAK
    assert set(SQUARED) < set(core.LOSSES)
    for name, rule in core.ACTIVATIONS.items():  # or a formula would read a z that no cell holds
        assert ("z" in rule.slope_of) == ("z" in spelling.ACTIVATIONS[name].slope_of), name


def test_about_names_the_sheets_there_are() -> None:
    for name in ("demo", "wide"):
        book = build(EVERY[name])
        said = " ".join(t.text for t in book.sheets[0].texts)
        for sheet in ("Training", "Step"):
            assert (sheet + ":" in said) == (sheet in [s.name for s in book.sheets]), name
    assert isinstance(block(build(demo()), "first_loss").formula(I, Index(0, "j")), Cell)
