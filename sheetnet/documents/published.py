"""The sheet `As published`: the article's own chain live, and its 96 printed figures judged.

Knows: the layout, and where a rule's operands stand: in the chain, among the printed figures, in
Step. Does not know the rules (see `published_chain`) nor the figures and what is said of them
(published_figures.toml).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sheetnet.documents.published_chain import (
    FIRST,
    NEURONS,
    RULES,
    STARTS,
    Operand,
    Rule,
)
from sheetnet.errors import LessonError
from sheetnet.formulas.tree import I, Index, Node, cell
from sheetnet.lessons import Lesson
from sheetnet.quantities.evaluation import Quantities
from sheetnet.quantities.evaluation import Rule as QuantityRule
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import FloatArray, Formula, Sheet
from sheetnet.sheets.views import StepMatrices

SHEET = "As published"
KEY = "published"
"""Its name in a lesson's `sheets`."""

VERDICTS = {"right": "plain", "rounded": "hint", "slip": "errata_printed"}
"""What is said of a printed figure, and the style of the word."""

_SIZES, _ACTIVATIONS = (3, 3, 3, 3), ("relu", "sigmoid", "softmax")
_LABEL, _SYMBOL, _PRINTED, _OWN, _CHAIN, _TRUE, _GAP, _VERDICT, _WHY = range(9)
_HEADINGS = (
    "Where",
    "Figure",
    "printed",
    "own formula",
    "live chain",
    "true value",
    "",
    "Verdict",
    "Why",
)
_NUMBERS = (_PRINTED, _OWN, _CHAIN, _TRUE)
_WIDTHS = (32.0, 20.0, 15.0, 16.0, 16.0, 16.0, 2.0, 11.0, 76.0)
_SUBSCRIPTS = "₁₂₃"


class Figure(NamedTuple):
    """One printed number, as text and judged."""

    printed: str
    verdict: str
    why: str


class Quantity(NamedTuple):
    """One quantity of the article: how it is written, and its figures row by row."""

    name: str
    section: str
    where: str
    label: str
    symbol: str
    formula: str
    figures: tuple[Figure, ...]

    def symbol_at(self, place: int) -> str:
        """The symbol of one figure: 'δWₖ₁ₗ₂'."""
        row, column = divmod(place, NEURONS)
        return self.symbol.format(r=_SUBSCRIPTS[row], c=_SUBSCRIPTS[column])


class Article(NamedTuple):
    """Everything printed: the numbers that it starts from, with their labels, and the rest."""

    start: Mapping[str, FloatArray]
    start_labels: Mapping[str, str]
    quantities: Mapping[str, Quantity]

    def sections(self) -> dict[str, list[Quantity]]:
        """The quantities by section, in order."""
        found: dict[str, list[Quantity]] = {}
        for quantity in self.quantities.values():
            found.setdefault(quantity.section, []).append(quantity)
        return found


@cache
def article() -> Article:
    """The article as the package's data file has it."""
    table = tomllib.loads(Path(__file__).with_name("published_figures.toml").read_text("utf-8"))
    quantities = (
        Quantity(**{**entry, "figures": tuple(Figure(*each) for each in entry["figures"])})
        for entry in table["quantities"]
    )
    return Article(
        {name: np.array(rows, dtype=float) for name, rows in table["start"].items()},
        table["start_labels"],
        {quantity.name: quantity for quantity in quantities},
    )


def is_asked_for(lesson: Lesson) -> bool:
    """Whether the lesson wants this sheet."""
    return KEY in lesson.sheets


def _refuse_other_networks(lesson: Lesson) -> None:
    network = lesson.network
    found = {
        "sizes": (tuple(network.sizes), _SIZES),
        "activations": (tuple(network.activations), _ACTIVATIONS),
        "number of examples": (len(lesson.inputs), 1),
        "biases": (network.biases != "none", True),
    }
    wrong = [name for name, (own, wanted) in found.items() if own != wanted]
    if wrong:
        raise LessonError(
            f"sheets holds {KEY!r}, the sheet {SHEET!r}, which follows one article: sizes 3, 3, 3, "
            "3, activations relu, sigmoid, softmax, biases, one example. This lesson has other "
            f"{' and '.join(wrong)}. Remove {KEY!r} from sheets, or start from "
            "'sheetnet gallery matrices-3-3-3-3'."
        )


# --- blocks: one chain, and for each printed figure three cells beside it ------------------------


def _chain(name: str) -> str:
    return f"published_{name}"


def _start(name: str) -> str:
    return f"published_start_{name}"


def _printed(name: str) -> str:
    return f"published_printed_{name}"


def _runs(quantity: Quantity, rule: Rule) -> Iterator[tuple[int, int]]:
    """Figures that share one formula, filled down: (the first, how many)."""
    length = 1 if rule.closed else NEURONS
    return ((first, length) for first in range(0, len(quantity.figures), length))


def _beside(name: str, column: str, first: int) -> str:
    return f"published_{column}_{name}_{first + 1}"


def _place(first: int, length: int) -> tuple[Index, Index]:
    """Row and column of a figure within its matrix, the column open in a run."""
    row, column = divmod(first, NEURONS)
    return Index(row), I if length > 1 else Index(column)


def _chain_operand(view: StepMatrices) -> Operand:
    def of(name: str, row: Index, column: Index) -> Node:
        if name in STARTS:
            return STARTS[name].cell(view, row, column)
        return cell(_chain(name), row, column)

    return of


def _printed_operand(name: str, row: Index, column: Index) -> Node:
    """The printed figure; what the article never prints is computed from what it does."""
    if name in STARTS:
        return cell(_start(name), row, column)
    if not article().quantities[name].figures:
        return RULES[name].tree(_printed_operand, row, column)
    return cell(_printed(name), column + NEURONS * row.value, 0)


def _chain_formula(rule: Rule, of: Operand) -> Formula:
    return lambda i, j: rule.tree(of, FIRST if rule.rows == 1 else i, j)


# --- the sheet -----------------------------------------------------------------------------------


def build(lesson: Lesson, view: StepMatrices) -> Sheet:
    """The sheet. Raises LessonError for any network but the article's."""
    _refuse_other_networks(lesson)
    sheet = Sheet(SHEET, widths=dict(enumerate(_WIDTHS)), array_rules=_rules())
    canvas = Canvas(sheet)
    canvas.text(0, 0, "As published: the article's chain and its 96 printed figures", "title")
    for row, words in enumerate(_introduction(), start=1):
        canvas.text(row, 0, words, "hint")
    row = _draw_chain(canvas, view, 5)
    row = _draw_start(canvas, row + 1)
    _draw_figures(canvas, view, row + 1)
    return sheet


def _introduction() -> Iterator[str]:
    verdicts = [f.verdict for q in article().quantities.values() for f in q.figures]
    counts = {verdict: verdicts.count(verdict) for verdict in VERDICTS}
    yield (
        "Every formula is the article's own, mistakes included, on the weights of the step that "
        "Step shows. The printed figures are those of step 0."
    )
    yield (
        "A verdict holds a printed figure against its own formula, computed from the figures "
        "printed before it; it says nothing about the true value."
    )
    yield (
        f"{counts['right']} right: correct to the last digit printed. "
        f"{counts['rounded']} rounded: the last digit is off by one, cut off instead of rounded. "
        f"{counts['slip']} slips: off by more."
    )


def _draw_chain(canvas: Canvas, view: StepMatrices, row: int) -> int:
    """The chain from `row` on; returns the row after it."""
    of = _chain_operand(view)
    canvas.text(row, 0, "The article's chain, live", "heading")
    for section, quantities in article().sections().items():
        row += 1
        canvas.text(row, _LABEL, section, "group")
        for neuron in range(NEURONS):
            canvas.text(row, _PRINTED + neuron, f"neuron {neuron + 1}", "head_delta")
        row += 1
        for quantity in quantities:
            rule = RULES[quantity.name]
            canvas.text(row, _LABEL, quantity.where, "row_label")
            canvas.text(row, _SYMBOL, quantity.label, "label")
            canvas.text(row, _VERDICT, f"= {quantity.formula}", "hint")
            canvas.computed(
                _chain(quantity.name),
                (row, _PRINTED),
                (rule.rows, NEURONS),
                f"long_{rule.style}",
                _chain_formula(rule, of),
            )
            row += rule.rows
    return row


def _draw_start(canvas: Canvas, row: int) -> int:
    """The printed numbers that the first formulas need; returns the row after them."""
    canvas.text(row, 0, "What the article starts from, as printed", "heading")
    row += 1
    for name, array in article().start.items():
        canvas.text(row, _SYMBOL, article().start_labels[name], "label")
        canvas.constant(_start(name), (row, _PRINTED), array, "plain_number")
        row += len(array)
    return row


def _draw_figures(canvas: Canvas, view: StepMatrices, row: int) -> int:
    """The list of all figures; returns the row after it."""
    canvas.text(row, 0, "The 96 printed figures", "heading")
    for section, quantities in article().sections().items():
        row += 1
        canvas.text(row, _LABEL, section, "group")
        row += 1
        for column, heading in enumerate(_HEADINGS):
            if column == _GAP:
                continue
            canvas.text(row, column, heading, "head_delta" if column in _NUMBERS else "head_text")
        row += 1
        for quantity in quantities:
            if quantity.figures:
                _draw_quantity(canvas, view, quantity, row)
                row += len(quantity.figures)
    return row


def _draw_quantity(canvas: Canvas, view: StepMatrices, quantity: Quantity, row: int) -> None:
    name, rule = quantity.name, RULES[quantity.name]
    canvas.text(row, _LABEL, quantity.where, "row_label")
    for place, figure in enumerate(quantity.figures):
        canvas.text(row + place, _SYMBOL, quantity.symbol_at(place), "label")
        canvas.text(row + place, _VERDICT, figure.verdict, VERDICTS[figure.verdict])
        canvas.text(row + place, _WHY, figure.why, "plain")
    figures = [[float(figure.printed)] for figure in quantity.figures]
    canvas.constant(_printed(name), (row, _PRINTED), figures, "plain_number")
    for first, length in _runs(quantity, rule):
        at = _place(first, length)
        trees: dict[str, tuple[int, Node]] = {
            "own": (_OWN, rule.tree(_printed_operand, *at)),
            "live": (_CHAIN, cell(_chain(name), *at)),
        }
        if rule.true is not None and _is_there(rule, view):
            trees["true"] = (_TRUE, rule.true(view, *at))
        for kind, (column, tree) in trees.items():
            canvas.computed(
                _beside(name, kind, first),
                (row + first, column),
                (length, 1),
                "long_delta",
                _same(tree),
            )


def _is_there(rule: Rule, view: StepMatrices) -> bool:
    """Whether Step shows what the true value is read from."""
    quantity, _, layer = rule.needs.partition("_")
    return not rule.needs or view.shows(quantity, int(layer))


def _same(tree: Node) -> Formula:
    return lambda i, j: tree


# --- the numbers ---------------------------------------------------------------------------------


def _rules() -> dict[str, QuantityRule]:
    """Block name to its rule in NumPy, from the chain, the printed figures or Step."""
    rules: dict[str, QuantityRule] = {}
    for name, quantity in article().quantities.items():
        rules[_chain(name)] = _of_chain(name)
        for first, length in _runs(quantity, RULES[name]) if quantity.figures else ():
            cells = slice(first, first + length)
            rules[_beside(name, "own", first)] = _column(_of_printed(name), cells)
            rules[_beside(name, "live", first)] = _column(
                lambda q, layer, name=name: q[_chain(name)], cells  # type: ignore[misc]
            )
            true = RULES[name].true_array
            if true is not None:
                rules[_beside(name, "true", first)] = _column(
                    lambda q, layer, true=true: true(q), cells  # type: ignore[misc]
                )
    return rules


def _column(rule: QuantityRule, cells: slice) -> QuantityRule:
    return lambda q, layer: np.asarray(rule(q, layer)).reshape(-1, 1)[cells]


def _of_chain(name: str) -> QuantityRule:
    def rule(q: Quantities, layer: int) -> FloatArray:
        return RULES[name].array(
            lambda need: STARTS[need].array(q) if need in STARTS else q[_chain(need)]
        )

    return rule


def _of_printed(name: str) -> QuantityRule:
    """The article's formula on the printed figures; what it never prints is computed from them."""

    def rule(q: Quantities, layer: int) -> FloatArray:
        def of(need: str) -> FloatArray:
            if need in STARTS:
                return q[_start(need)]
            if not article().quantities[need].figures:
                return RULES[need].array(of)
            return q[_printed(need)].reshape(-1, NEURONS)

        return RULES[name].array(of)

    return rule
