"""Sheets: what stands where, and the text of every formula."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.lessons import BCE, CE, LESSONS, SHAPES, SQUARED, demo, lesson
from support.raw import place

from sheetnet.core import functions as core
from sheetnet.formulas import spelling
from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import DIALECTS, OPENFORMULA, XLSX, Dialect, Marks, Printer
from sheetnet.formulas.tree import (
    Binary,
    Cell,
    I,
    Index,
    Name,
    Negative,
    Node,
    Number,
    Span,
    added,
    call,
    cell,
    column_span,
    row_span,
)
from sheetnet.lessons import Lesson
from sheetnet.lessons.lesson import SHEETS_DEFAULT
from sheetnet.sheets import training
from sheetnet.sheets.model import Block, Workbook
from sheetnet.workbooks.build import build

MNIST = lesson((784, 30, 10), ["sigmoid", "softmax"], CE, examples=1, formulas="safe", steps=1)
EVERY = {**LESSONS, "784-30-10": MNIST}
every = pytest.mark.parametrize("name", EVERY)


def formulas_of(
    block: Block, book: Workbook, dialect: Dialect = XLSX
) -> Iterator[tuple[int, int, str]]:
    """(row, column, text) of every computed cell of a block, counted from the sheet's first."""
    area, placement = block.area, book.names()
    if block.formula is None:
        return
    for column in range(area.columns):
        marks = Marks()
        tree = block.formula(I, Index(column, "j"))
        text = Printer(dialect, placement, area, marks).text(tree)
        for row in range(block.typed_rows, area.rows):
            yield area.row + row, area.column + column, marks.fill(text, area.row + row)


def texts(book: Workbook, dialect: Dialect = XLSX) -> dict[str, str]:
    """'Sheet!B2' -> formula, of the whole workbook."""
    return {
        f"{block.area.sheet}!{column_name(column)}{row + 1}": text
        for block in book.blocks()
        for row, column, text in formulas_of(block, book, dialect)
    }


def block(book: Workbook, name: str) -> Block:
    """The block of that name."""
    return next(b for b in book.blocks() if b.name == name)


def first(book: Workbook, name: str) -> str:
    """The formula of a block's first computed cell, each address as "z_1[0,0]"; no "$"."""
    found = block(book, name)
    homes = {
        (row, column): f"{b.name}[{row - b.area.row},{column - b.area.column}]"
        for b in book.blocks()
        if b.area.sheet == found.area.sheet
        for row in range(b.area.row, b.area.row + b.area.rows)
        for column in range(b.area.column, b.area.column + b.area.columns)
    }
    text = next(formulas_of(found, book))[2].replace("$", "")
    return re.sub(r"\b([A-Z]+)([0-9]+)\b", lambda m: homes[place(f"{m[1]}{m[2]}")], text)


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


# --- trees in two dialects -----------------------------------------------------------------------

HERE, THERE = Area("Here", 1, 1, 5, 5), Area("The other's", 9, 26, 5, 5)
PLACES = {"A": HERE, "B": THERE, "rate": Area("Here", 0, 0, 1, 1)}
a, b = cell("A", I, Index(1, "j")), cell("A", 0, Index(1, "j"))
x, y = Name("x"), Name("y")
PRINTED: tuple[tuple[Node, str, str], ...] = (
    (a, "C3", "[.C3]"),
    (cell("A", I - 1, Index(1, "j")), "C2", "[.C2]"),
    (cell("A", 0, 0), "$B$2", "[.$B$2]"),
    (b, "C$2", "[.C$2]"),
    (cell("A", I, 0), "$B3", "[.$B3]"),
    (cell("A", Index(2, "j"), I), "C4", "[.C4]"),  # transposed: row 1 of the block is column 1
    (cell("A", Index(0, "j"), I * 2 + 1), "E2", "[.E2]"),
    (cell("B", I, Index(0, "j")), "'The other''s'!AA11", "[$'The other''s'.AA11]"),
    (Name("rate"), "rate", "rate"),
    (Number(3.0), "3", "3"),
    (Number(0.1), "0.1", "0.1"),
    (Number(1e15), "1000000000000000.0", "1000000000000000.0"),
    (row_span("A", I, Index(0, "j"), 3) and call("SUM", row_span("A", I, Index(0, "j"), 3)),
     "SUM(B3:D3)", "SUM([.B3:.D3])"),
    (call("SUM", column_span("A", Index(0), 0, 3)), "SUM($B$2:$B$4)", "SUM([.$B$2:.$B$4])"),
    (call("SUM", Span("B", Index(0), Index(0), Index(1), Index(1))),
     "SUM('The other''s'!$AA$10:$AB$11)", "SUM([$'The other''s'.$AA$10:.$AB$11])"),
    (call("INDEX", Name("B"), 1, x), "INDEX(B,1,x)", "INDEX(B;1;x)"),
    (call("IF", Binary(">=", x, Number(0.0)), 1, 2), "IF(x>=0,1,2)", "IF(x>=0;1;2)"),
    # Parentheses where they are needed, and nowhere else.
    (x + y * x, "x+y*x", "x+y*x"),
    ((x + y) * x, "(x+y)*x", "(x+y)*x"),
    (x - (y - x), "x-(y-x)", "x-(y-x)"),
    (x - y - x, "x-y-x", "x-y-x"),
    (x + (y + x), "x+(y+x)", "x+(y+x)"),  # the order of a sum decides its last bits
    (x / (y / x), "x/(y/x)", "x/(y/x)"),
    (x / y / x, "x/y/x", "x/y/x"),
    (x / (y * x), "x/(y*x)", "x/(y*x)"),
    (0.5 * (x - y) ** 2, "0.5*(x-y)^2", "0.5*(x-y)^2"),
    ((x * y) ** 2, "(x*y)^2", "(x*y)^2"),
    # -3^2 is 9 in a spreadsheet: the sign binds tighter than the power.
    (Negative(x**2), "-(x^2)", "-(x^2)"),
    (Negative(x) ** 2, "(-x)^2", "(-x)^2"),
    (Number(-3.0) ** 2, "(-3)^2", "(-3)^2"),
    (0 - x**2, "0-x^2", "0-x^2"),
    (x**Number(-2.0), "x^(-2)", "x^(-2)"),
    (x - Negative(y), "x-(-y)", "x-(-y)"),
    (x * Number(-2.0), "x*(-2)", "x*(-2)"),
    (Negative(x) + y, "-x+y", "-x+y"),
    (Negative(x + y), "-(x+y)", "-(x+y)"),
    (Negative(x / y), "-(x/y)", "-(x/y)"),
    (Negative(Negative(x)), "-(-x)", "-(-x)"),
    (1 / (1 + call("EXP", -x)), "1/(1+EXP(-x))", "1/(1+EXP(-x))"),
    (added([x, y, x]), "x+y+x", "x+y+x"),
)  # fmt: skip


@pytest.mark.parametrize(("tree", "xlsx", "openformula"), PRINTED, ids=[row[1] for row in PRINTED])
def test_a_tree_prints_in_both_dialects(tree: Node, xlsx: str, openformula: str) -> None:
    for dialect, text in ((XLSX, xlsx), (OPENFORMULA, openformula)):
        marks = Marks()
        printed = Printer(dialect, PLACES, HERE, marks).text(tree)
        assert marks.fill(printed, HERE.row + 1) == text


def test_an_open_row_cannot_be_divided() -> None:
    with pytest.raises(ValueError, match="open row"):
        I.split(2)


# --- sums ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "longest"), [("12 sources", 12), ("13 sources", 0)])
def test_sums_are_spelled_out_up_to_12_terms(name: str, longest: int) -> None:
    book = build(SHAPES[name])
    for where in ("Training_a_1", "z_1"):
        text = first(book, where)
        assert text.count("*") == longest, text
        assert text.count("SUMPRODUCT(") == (0 if longest else 1), text


def test_the_sums_of_13_neurons() -> None:
    book = build(SHAPES["13 neurons"])
    assert first(book, "z_2") == (
        "SUMPRODUCT(a_1_row[0,0]:a_1_row[0,12],Step_W_2[0,0]:Step_W_2[0,12])+Step_W_2[0,13]"
    )
    own = "SUMPRODUCT(Training_a_1[0,0]:Training_a_1[0,12],Training_W_2[0,0]:Training_W_2[0,12])"
    assert first(book, "Training_a_2") == f"1/(1+EXP(-({own}+Training_W_2[0,13])))"
    sent_back = first(build(lesson((2, 2, 13))), "error_1")  # 13 deltas come back to one neuron
    assert sent_back == ("SUMPRODUCT(Step_W_2[0,0]:Step_W_2[12,0],delta_2[0,0]:delta_2[12,0])")


def test_the_sums_of_13_examples() -> None:
    book = build(SHAPES["13 examples, wide"])
    ours = "SUMPRODUCT(delta_2[0,0]:delta_2[0,12],a_1[0,0]:a_1[0,12])"
    assert first(book, "dW_2") == ours
    assert first(book, "loss") == "SUM(loss_term[0,0]:loss_term[1,12])"


def test_both_ranges_of_every_sumproduct_have_one_shape() -> None:
    ranges = re.compile(r"SUMPRODUCT\(\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+),"
                        r"\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)\)")  # fmt: skip
    seen = 0
    for lesson_ in EVERY.values():
        for where, text in texts(build(lesson_)).items():
            found = ranges.findall(text)
            assert len(found) == text.count("SUMPRODUCT"), (where, text)
            for one in found:
                (c, r, d, s), (e, t, f, u) = one[:4], one[4:]
                assert int(s) - int(r) == int(u) - int(t), (where, text)
                assert _number(d) - _number(c) == _number(f) - _number(e), (where, text)
                seen += 1
    assert seen > 500


def _number(column: str) -> int:
    total = 0
    for letter in column:
        total = 26 * total + ord(letter) - 64
    return total


# --- safe forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "loss", "formulas", "name", "text"),
    [
        ("sigmoid", BCE, "safe", "a_1", "IF(z>=0,1/(1+EXP(-z)),EXP(z)/(1+EXP(z)))"),
        ("sigmoid", BCE, "plain", "a_1", "1/(1+EXP(-z))"),
        ("softmax", CE, "safe", "exp_z_1", "EXP(z-MAX(z:z1))"),
        ("softmax", CE, "plain", "exp_z_1", "EXP(z)"),
        ("softmax", CE, "plain", "a_1", "e/(e+e1)"),
        ("softmax", CE, "safe", "delta_1", "a*(y+y1)-y"),
        ("softmax", CE, "plain", "delta_1", "a*(r-(a*r+a1*r1))"),
        ("softmax", CE, "plain", "error_1", "-(y/a)"),
        ("softmax", CE, "safe", "loss_term", "y*(LN(e+e1)-(z-MAX(z:z1)))"),
        ("softmax", CE, "plain", "loss_term", "-(y*LN(a))"),
        ("sigmoid", BCE, "safe", "delta_1", "a-y"),
        ("sigmoid", BCE, "safe", "loss_term", "MAX(z,0)-z*y+LN(1+EXP(-ABS(z)))"),
        ("sigmoid", BCE, "plain", "loss_term", "-(y*LN(a)+(1-y)*LN(1-a))"),
        ("sigmoid", BCE, "plain", "error_1", "(a-y)/(a*(1-a))"),
    ],
)
def test_the_spelling_of_what_may_overflow(
    activation: str, loss: str, formulas: str, name: str, text: str
) -> None:
    book = build(lesson((2, 2), activation, loss, formulas=formulas))
    short = {"exp_z_1": "e", "z_1": "z", "a_1": "a", "error_1": "r", "Step_targets": "y"}
    found = first(book, name)
    for quantity, letter in short.items():
        found = found.replace(f"{quantity}[0,0]", letter).replace(f"{quantity}[1,0]", f"{letter}1")
    assert found == text
    # The same in Training, whatever its columns: the functions in the same order.
    if f"Training_{name}" in book.names() and "Training_z_1" in book.names():
        functions = re.findall(r"[A-Z]+(?=\()", first(book, f"Training_{name}"))
        assert functions == re.findall(r"[A-Z]+(?=\()", text)


def test_safe_formulas_never_divide_by_a_product_that_may_vanish() -> None:
    for name, one in EVERY.items():
        if one.formulas == "safe" and (one.network.activations[-1], one.network.loss) in core.FUSED:
            book = build(one)
            for text in texts(book).values():
                assert not re.search(r"/\(\w+\*\(1-\w+\)\)", text), (name, text)


# --- limits and habits of both formats -----------------------------------------------------------

FUNCTIONS = {"EXP", "TANH", "LN", "MAX", "ABS", "IF", "SUM", "SUMPRODUCT", "INDEX", "MOD"}
MOST_CHARACTERS = 8192


@every
@pytest.mark.parametrize("dialect", DIALECTS)
def test_formulas_are_short_plain_and_scalar(name: str, dialect: str) -> None:
    for where, text in texts(build(EVERY[name]), DIALECTS[dialect]).items():
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
    if any(sheet.name == "Training" for sheet in book.sheets):
        expected |= {"step_shown"}
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


def test_about_names_the_sheets_there_are() -> None:
    for name in ("demo", "wide"):
        book = build(EVERY[name])
        said = " ".join(t.text for t in book.sheets[0].texts)
        for sheet in ("Training", "Step"):
            assert (sheet + ":" in said) == (sheet in [s.name for s in book.sheets]), name
    assert isinstance(block(build(demo()), "first_loss").formula(I, Index(0, "j")), Cell)
