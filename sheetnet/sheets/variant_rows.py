"""The training of one variant: the sheet `Training` of its lesson, made to stand beside others.

Knows: that what the variants share stands on `Compare` and is referred to here, that blocks bear
the variant's name, and that a row is blank once the training has diverged. Does not know what
stands in the columns (see `training`), nor what `Compare` shows.

A training has diverged when its loss is no number below `DIVERGED`: far beyond any loss that is
still of use, and small enough that the next row does not overflow in any program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import (
    Binary,
    Call,
    Cell,
    I,
    Index,
    Name,
    Negative,
    Node,
    Number,
    Span,
    Text,
    call,
    cell,
)
from sheetnet.lessons import Lesson
from sheetnet.quantities.evaluation import Quantities
from sheetnet.quantities.evaluation import Rule as ArrayRule
from sheetnet.quantities.updates import states_of
from sheetnet.sheets import training
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import Block, Chart, FloatArray, Formula, Print, Rule, Sheet
from sheetnet.sheets.views import history, of_variant

DIVERGED = 1e30
LIMIT, THRESHOLD = "diverged_above", "threshold"
"""The names of the two numbers on `Compare` that rows refer to."""
WORD = "diverged"
RATE = "learning_rate"
ALIVE, LAST_STEP, LAST_LOSS = "alive", "last_step", "last_loss_of_all"
SHOWN_STEP, SHOWN_LOSS, BELOW, LOWEST = "shown_step", "shown_loss", "below", "lowest"
SMALLEST = "smallest_loss"
LAST_FIGURES = 1e-6
"""How near to the smallest loss a loss counts as such: what is nearer is rounding's choice."""
_LONG = 1e6
_STEP, _LOSS = history("step"), history("loss")


def shared(lesson: Lesson) -> set[str]:
    """The yellow blocks of the lesson that all variants refer to."""
    layers = range(1, lesson.network.layers + 1)
    return {"inputs", "targets", *(f"W_{layer}" for layer in layers)}


def build(lesson: Lesson, number: int) -> Sheet:
    """The sheet of a variant, counted from 1."""
    return _Variant(lesson, number).sheet()


class _Variant:
    """Turns a Training into a variant's."""

    def __init__(self, lesson: Lesson, number: int) -> None:
        self.lesson, self.number = lesson.variant(number), number
        variant = lesson.compare[number - 1]
        self.label = variant.label
        self.shared = shared(lesson)
        if variant.weights:
            self.shared -= {name for name in self.shared if name.startswith("W_")}
        self.states = {f"{name}_{layer}" for name in states_of(self.lesson)
                       for layer in range(1, lesson.network.layers + 1)}  # fmt: skip

    def sheet(self) -> Sheet:
        whole = training.build(self.lesson)
        blocks = [made for block in whole.blocks for made in self._blocks(block)]
        sheet = replace(
            whole,
            name=self.label,
            blocks=blocks,
            charts=[],
            print=None if whole.print is None else self._print(whole.print),
        )
        sheet.texts[0] = sheet.texts[0]._replace(text=f"{self.lesson.title}: {self.label}")
        hint = "One row is one training step. What all trainings share stands on the sheet Compare."
        sheet.texts[1] = sheet.texts[1]._replace(text=hint)
        in_rows = [b for b in sheet.blocks if b.layout == "history" and b.wherever]
        sheet.rules = [*sheet.rules, *long_numbers((b.area, b.style) for b in in_rows)]
        self._for_the_chart(sheet)
        sheet.charts = [made for chart in whole.charts if (made := self._chart(sheet, chart))]
        return sheet

    def _own(self, name: str) -> str:
        return of_variant(self.number, name)

    def _area(self, area: Area) -> Area:
        return replace(area, sheet=self.label)

    def _print(self, wish: Print) -> Print:
        return replace(wish, areas=tuple(map(self._area, wish.areas)))

    def _blocks(self, block: Block) -> Iterator[Block]:
        """The block as this variant has it, and what begins it where that stands on Compare."""
        made = replace(
            block,
            name=self._own(block.name),
            typed_name=block.typed_name and self._own(block.typed_name),
            area=self._area(block.area),
            formula=block.formula and self._formula(block),
            moment=self._own(block.moment) if isinstance(block.moment, str) else block.moment,
            variant=self.number,
        )
        if block.layout == "history" and block.formula is not None and block.name != _STEP:
            made = replace(made, wherever="step", word="")
        elif block.name == _STEP:
            made = replace(made, word=WORD)
        elif block.quantity == "loss":  # at one end or the other
            made = replace(made, word=WORD, style="arrived")
        name = block.typed_name
        if name == RATE:
            copy = always(Name(self._own(RATE)))
            yield _computed(replace(made, name=self._own("rate_here")), copy)
        elif name in self.states:  # a comparison begins where nothing is remembered yet
            nothing = np.zeros((block.typed_rows, block.area.columns))
            yield replace(made, typed_name="", initial=nothing)
        elif name not in self.shared:
            yield made
        elif block.formula is None:  # a table, copied whole
            yield _computed(made, lambda i, j: cell(name, i, j))
        else:
            yield replace(made, typed_name="")
            yield self._first_row(made, lambda i, j: cell(name, 0, j))

    def _first_row(self, block: Block, formula: Formula) -> Block:
        """What stands in the first row of a history."""
        return Block(
            self._own(f"start_{block.quantity}"),
            block.area.part(0, 0, 1, block.area.columns),
            block.quantity,
            (1, *block.shape[1:]),
            "history",
            block.style,
            formula,
            variant=self.number,
            moment=slice(0, 1),
        )

    def _formula(self, block: Block) -> Formula:
        assert block.formula is not None, "asked for computed blocks only"
        formula = block.formula
        if block.name == _STEP:
            return self._next_step
        if block.quantity == "loss" and block.layout != "history":
            return lambda i, j: _or_word(_renamed(formula(i, j), self._own))
        if block.layout != "history":
            return lambda i, j: _renamed(formula(i, j), self._own)
        return lambda i, j: self._while_it_goes(_renamed(formula(i, j), self._own))

    def _while_it_goes(self, tree: Node) -> Node:
        going = call("ISNUMBER", Cell(self._own(_STEP), I, Index(0)))
        return call("IF", going, tree, Text(""))

    def _next_step(self, i: Index, j: Index) -> Node:
        loss, step = (Cell(self._own(name), i - 1, Index(0)) for name in (_LOSS, _STEP))
        goes_on = call("IF", Binary("<", loss, Name(LIMIT)), step + 1, Text(WORD))
        return call("IF", call("ISNUMBER", loss), goes_on, Text(WORD))

    # --- what Compare's chart and table refer to -----------------------------------------------

    def _for_the_chart(self, sheet: Sheet) -> None:
        """Columns without words: a program draws a word as 0. Once the training has diverged they
        keep the last step and its loss, so that the curve stops there."""
        run = next(b.area for b in sheet.blocks if b.name == self._own(_STEP))
        column, top = sheet.width() + 1, run.row
        sheet.widths |= {column - 1: 1.5, column + 2: 10.5}
        canvas = Canvas(sheet, slice(None))
        canvas.text(top - 3, column, "For the sheet Compare", "heading")
        canvas.text(top - 2, column, "the last", "example")
        for place, (quantity, head, style, formula) in enumerate(self._columns()):
            canvas.text(top - 1, column + place, head, f"head_{style}")
            at = (top, column + place)
            canvas.computed(
                self._own(quantity), at, (run.rows, 1), style, formula, quantity=quantity
            )
            made = replace(sheet.blocks[-1], layout="history", shape=(run.rows,), moment=None)
            sheet.blocks[-1] = replace(made, variant=self.number)
        alive = Span(self._own(ALIVE), Index(0), Index(0), Index(run.rows - 1), Index(0))
        losses = Span(self._own(_LOSS), Index(0), Index(0), Index(run.rows - 1), Index(0))
        last = call("SUM", alive) - 1
        loss = call("INDEX", losses, Name(self._own(LAST_STEP)) + 1)
        for place, (quantity, tree, style) in enumerate(
            ((LAST_STEP, last, "step"), (LAST_LOSS, loss, "loss")), start=1
        ):
            at = (top - 2, column + place)
            canvas.computed(
                self._own(quantity), at, (1, 1), style, always(tree), quantity=quantity
            )
            sheet.blocks[-1] = replace(sheet.blocks[-1], variant=self.number)

    def _columns(self) -> Iterator[tuple[str, str, str, Formula]]:
        """Quantity, heading, style and formula of each."""
        step, loss, alive, shown = (
            Cell(self._own(name), I, Index(0)) for name in (_STEP, _LOSS, ALIVE, SHOWN_LOSS)
        )
        last_step, last_loss = Name(self._own(LAST_STEP)), Name(self._own(LAST_LOSS))
        is_number, is_alive = call("ISNUMBER", loss), Binary("=", alive, Number(1.0))
        below = Binary("<", shown, Name(THRESHOLD))
        yield ALIVE, "a number", "step", lambda i, j: call("IF", is_number, 1.0, 0.0)
        yield SHOWN_STEP, "step", "step", lambda i, j: call("IF", is_alive, step, last_step)
        yield SHOWN_LOSS, "loss", "loss", lambda i, j: call("IF", is_alive, loss, last_loss)
        yield BELOW, "below", "step", lambda i, j: call("IF", below, 1.0, 0.0)
        lowest = Binary("<=", shown, Name(self._own(SMALLEST)) * (1 + LAST_FIGURES))
        yield LOWEST, "smallest", "step", lambda i, j: call("IF", lowest, 1.0, 0.0)

    def _chart(self, sheet: Sheet, chart: Chart) -> Chart | None:
        """A chart of the loss, which stops where the numbers do; None for any other."""
        areas = {block.name: block.area for block in sheet.blocks}
        loss, shown = areas[self._own(_LOSS)], areas[self._own(SHOWN_LOSS)]
        if any(self._area(line.y) != loss for line in chart.series):
            return None
        step = areas[self._own(SHOWN_STEP)]
        lines = tuple(replace(line, x=step, y=shown) for line in chart.series)
        return replace(chart, area=self._area(chart.area), series=lines)


def long_numbers(areas: Iterable[tuple[Area, str]]) -> Iterator[Rule]:
    """Numbers with more digits than a cell shows stand in powers of ten, on areas by style."""
    by_style: dict[str, list[Area]] = {}
    for area, style in areas:
        by_style.setdefault(style, []).append(area)
    for style, (first, *others) in by_style.items():
        for between in ((_LONG, 1e307), (-1e307, -_LONG)):
            yield Rule(first, style, "tiny", between, others=tuple(others))


def _or_word(tree: Node) -> Node:
    return call("IF", call("ISNUMBER", tree), tree, Text(WORD))


def always(tree: Node) -> Formula:
    """The same formula wherever it stands."""
    return lambda i, j: tree


def _computed(block: Block, formula: Formula) -> Block:
    """A typed block as a computed one."""
    return replace(block, formula=formula, typed_rows=0, typed_name="", style="plain_number")


def _renamed(tree: Node, own: Callable[[str], str]) -> Node:
    """The formula with the blocks of a variant."""
    match tree:
        case Cell(block) | Span(block) | Name(block):
            return replace(tree, block=own(block))
        case Negative(operand):
            return Negative(_renamed(operand, own))
        case Binary(operator, left, right):
            return Binary(operator, _renamed(left, own), _renamed(right, own))
        case Call(function, arguments):
            return Call(function, tuple(_renamed(argument, own) for argument in arguments))
    return tree


def _next_step(q: Quantities, layer: int) -> FloatArray:
    loss = q["loss"]
    goes_on = np.isfinite(loss) & (loss < q[LIMIT].item())
    return np.where(goes_on, q["step"] + 1, np.nan)


RULES: dict[str, ArrayRule] = {
    "next_step": _next_step,
    ALIVE: lambda q, layer: np.isfinite(q["loss"]).astype(float),
    LAST_STEP: lambda q, layer: np.asarray(q[ALIVE].sum() - 1.0),
    LAST_LOSS: lambda q, layer: q["loss"][int(q[LAST_STEP].item()), None],
    SHOWN_STEP: lambda q, layer: np.where(q[ALIVE] == 1.0, q["step"], q[LAST_STEP].item()),
    SHOWN_LOSS: lambda q, layer: np.where(q[ALIVE] == 1.0, q["loss"], q[LAST_LOSS].item()),
    BELOW: lambda q, layer: (q[SHOWN_LOSS] < q[THRESHOLD].item()).astype(float),
    LOWEST: lambda q, layer: (q[SHOWN_LOSS] <= q[SMALLEST].item() * (1 + LAST_FIGURES)).astype(
        float
    ),
}
"""The NumPy rules of what only compared trainings have."""
