"""The sheet `Compare`: several trainings of one network, a curve and a row of a table for each.

Knows: the table, the charts, and the yellow cells that the variants share. Does not know how a
variant's own sheet comes about (see `variant_rows`), file formats or numbers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Binary, Index, Node, Number, Span, Text, call, cell, joined
from sheetnet.formulas.tree import Name as Shared
from sheetnet.lessons import Lesson, train
from sheetnet.palette import SERIES
from sheetnet.quantities.evaluation import Quantities, Rule
from sheetnet.sheets import variant_rows
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import Axis, Block, Chart, FloatArray, Print, Series, Sheet
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.variant_rows import (
    BELOW,
    DIVERGED,
    LAST_LOSS,
    LAST_STEP,
    LIMIT,
    LOWEST,
    RATE,
    SHOWN_LOSS,
    SHOWN_STEP,
    SMALLEST,
    THRESHOLD,
    WORD,
)
from sheetnet.sheets.views import of_variant, sources

SHEET = "Compare"
NEVER = "never"
_TABLE = 4  # the row of its headings
_LABEL, _RATE, _FIRST = 0, 1, 2  # columns
_WIDTHS = (26.0, *[13.0] * 5, 16.0, 13.0)
_LEFT, _RIGHT = (0, 4), (4, 4)  # first column and columns of the two charts
_CHART_ROWS = 20
_THRESHOLD = 0.01
_ROOM, _ROUND = 1.1, (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def build(lesson: Lesson) -> list[Sheet]:
    """Compare, and a sheet for each variant."""
    numbers = range(1, len(lesson.compare) + 1)
    others = [variant_rows.build(lesson, number) for number in numbers]
    return [_Compare(lesson, others).sheet(), *others]


class _Compare:
    """Lays out the sheet from top to bottom."""

    def __init__(self, lesson: Lesson, others: list[Sheet]) -> None:
        self.lesson, self.labels = lesson, Labels(lesson)
        self.places = {block.name: block.area for sheet in others for block in sheet.blocks}
        self.out = Sheet(SHEET, widths=dict(enumerate(_WIDTHS)), print=Print(tall=1))
        self.out.cursor = (_TABLE + 1, _RATE)
        self.canvas = Canvas(self.out, slice(None))
        numbers = self._numbers()
        self.is_live = len({lesson.variant(n).training.learning_rate for n in numbers}) > 1
        self.out.array_rules |= variant_rows.RULES | RULES

    def sheet(self) -> Sheet:
        lesson, canvas = self.lesson, self.canvas
        canvas.text(0, 0, lesson.title, "title")
        hint = "Change a learning rate, a weight, an input: every curve and every row follows."
        canvas.text(1, 0, hint, "hint")
        self._table()
        row = _TABLE + len(lesson.compare) + 2
        self._charts(row)
        row = self._notes(row + _CHART_ROWS + 1)
        row = self._data(row)
        self._start(row)
        return self.out

    def _table(self) -> None:
        canvas, word, loss = self.canvas, self.labels.notation.loss_word, self.labels.notation.loss
        rate = self.labels.notation.learning_rate
        canvas.text(_TABLE - 2, _FIRST + 3, f"a {word} below", "example")
        canvas.typed(
            THRESHOLD, (_TABLE - 2, _FIRST + 4), (1, 1), initial=np.full((1, 1), _THRESHOLD)
        )
        canvas.text(_TABLE - 1, _FIRST + 3, f"counts as {WORD} above", "example")
        canvas.constant(LIMIT, (_TABLE - 1, _FIRST + 4), np.full((1, 1), DIVERGED), "limit")
        heads = (
            ("training", "head_text"),
            (f"learning rate {rate}", "head_step"),
            (f"{loss} at step 0", "head_loss"),
            (f"{loss} at the end", "head_loss"),
            (f"smallest {loss}", "head_loss"),
            ("at step", "head_step"),
            ("first step below", "head_step"),
        )
        for column, (text, style) in enumerate(heads):
            canvas.text(_TABLE, column, text, style)
        for number, variant in enumerate(self.lesson.compare, start=1):
            row = _TABLE + number
            self._label(number, variant.label, row)
            canvas.typed(of_variant(number, RATE), (row, _RATE), (1, 1), quantity=RATE)
            self._results(number, row)
        losses = [b for b in self.out.blocks if b.style in ("loss", "arrived")]
        self.out.rules += variant_rows.long_numbers((b.area, b.style) for b in losses)
        variants = [replace(b, variant=n) for b in self.out.blocks if (n := _number(b.name))]
        self.out.blocks = [b for b in self.out.blocks if not _number(b.name)] + variants

    def _label(self, number: int, label: str, row: int) -> None:
        """The training's name, with its learning rate where these are told apart."""
        if not self.is_live:
            self.canvas.text(row, _LABEL, label, "label")
            return
        words = f"{label}, {self.labels.notation.learning_rate} = "
        rate = Shared(of_variant(number, RATE))
        formula = variant_rows.always(joined(words, rate))
        name = of_variant(number, "label")
        self.canvas.computed(name, (row, _LABEL), (1, 1), "label", formula, quantity=name)
        self.out.blocks[-1] = replace(self.out.blocks[-1], holds="texts")
        self.out.array_rules[name] = _labelled(words)

    def _results(self, number: int, row: int) -> None:
        """Where one training begins and arrives."""
        steps = self.lesson.variant(number).training.steps

        def own(name: str) -> str:
            return of_variant(number, name)

        def column(name: str) -> Span:
            return Span(own(name), Index(0), Index(0), Index(steps), Index(0))

        is_whole = Binary("=", Shared(own(LAST_STEP)), Number(float(steps)))
        end = call("IF", is_whole, Shared(own(LAST_LOSS)), Text(WORD))
        smallest = Shared(own(SMALLEST))
        below = Binary("<", smallest, Shared(THRESHOLD))
        results: tuple[tuple[str, str, Node, str | None], ...] = (
            ("loss_at_start", "loss", cell(own(SHOWN_LOSS), 0, 0), None),
            ("loss_at_end", "arrived", end, WORD),
            (SMALLEST, "loss", call("MIN", column(SHOWN_LOSS)), None),
            ("smallest_step", "step", call("MATCH", 1.0, column(LOWEST), 0.0) - 1, None),
            (
                "first_below",
                "when",
                call("IF", below, call("MATCH", 1.0, column(BELOW), 0.0) - 1, Text(NEVER)),
                NEVER,
            ),
        )
        for place, (name, style, tree, word) in enumerate(results):
            at = (row, _FIRST + place)
            formula = variant_rows.always(tree)
            self.canvas.computed(own(name), at, (1, 1), style, formula, quantity=name)
            self.out.blocks[-1] = replace(self.out.blocks[-1], word=word)

    def _charts(self, row: int) -> None:
        notation = self.labels.notation
        word = f"{notation.loss_word} {notation.loss}"
        title = f"{word[0].upper()}{word[1:]} by step"
        longest = max(self.lesson.variant(n).training.steps for n in self._numbers())
        lines = tuple(self._line(number) for number in self._numbers())
        steps = Axis("step", 0.0, float(max(1, longest)))
        for (column, columns), y, more in (
            (_LEFT, Axis(word, 0.0, self._highest()), ""),
            (_RIGHT, Axis(word, is_log=True), ", logarithmic"),
        ):
            area = Area(SHEET, row, column, _CHART_ROWS, columns)
            chart = Chart(area, title + more, lines, steps, y, has_legend=True)
            self.out.charts.append(chart)

    def _numbers(self) -> range:
        return range(1, len(self.lesson.compare) + 1)

    def _highest(self) -> float:
        """The end of the linear axis, a little above where the trainings begin: those that diverge
        leave the picture, and the others stay visible."""
        starts = [float(train(self.lesson.variant(n), 0).losses[0]) for n in self._numbers()]
        wanted = _ROOM * max(max(starts), 1e-12)
        unit = 10.0 ** np.floor(np.log10(wanted))
        return float(min(round_ for round_ in _ROUND if round_ * unit >= wanted) * unit)

    def _line(self, number: int) -> Series:
        x, y = (self.places[of_variant(number, name)] for name in (SHOWN_STEP, SHOWN_LOSS))
        label = Area(SHEET, _TABLE + number, _LABEL, 1, 1)
        name = self.lesson.compare[number - 1].label
        return Series(name, x, y, SERIES[number - 1], 2.0, label=label, is_live=self.is_live)

    def _notes(self, row: int) -> int:
        width = sum(_WIDTHS)
        for note in self.lesson.notes:
            self.canvas.text(row, 0, note.where, "heading")
            for words in filter(None, (note.text, note.hint, note.answer)):
                row += 1
                self.canvas.paragraph(row, 0, words, "plain", width)
            row += 2
        return row

    def _data(self, row: int) -> int:
        """Inputs and targets, one example a row, for all variants."""
        lesson, labels, canvas = self.lesson, self.labels, self.canvas
        ins, outs, count = lesson.network.sizes[0], lesson.network.sizes[-1], len(lesson.inputs)
        examples = f"{count} examples" if count > 1 else "one example"
        canvas.text(row, 0, f"{examples}: inputs and targets", "heading")
        for n in range(ins):
            canvas.text(row + 1, 1 + n, labels.of_neuron("activation", 0, n), "head_input")
        for n in range(outs):
            name = labels.of_neuron("target", lesson.network.layers, n)
            canvas.text(row + 1, 1 + ins + n, name, "head_target")
        for n in range(count):
            canvas.text(row + 2 + n, 0, f"example {n + 1}", "row_label")
        canvas.typed("inputs", (row + 2, 1), (count, ins))
        quantity = "target_table" if count > 1 else "targets"
        canvas.typed("targets", (row + 2, 1 + ins), (count, outs), quantity=quantity)
        return row + 3 + count

    def _start(self, row: int) -> None:
        """The weights from which all set out that have none of their own, a layer a row."""
        lesson, labels = self.lesson, self.labels
        if all(variant.weights for variant in lesson.compare):
            return
        some = " (but those with their own)" if any(v.weights for v in lesson.compare) else ""
        self.canvas.text(row, 0, f"All begin with these weights{some}", "heading")
        row += 1
        for layer in range(1, lesson.network.layers + 1):
            count, into = lesson.network.sizes[layer], sources(lesson, layer)
            for k in range(count * into):
                symbol = labels.weight(layer, *divmod(k, into))
                self.canvas.text(row, 1 + k, symbol, "head_weight")
            self.canvas.text(row + 1, 0, labels.layer_title(layer), "row_label")
            area = Area(SHEET, row + 1, 1, 1, count * into)
            self.out.blocks.append(
                Block(
                    f"W_{layer}",
                    area,
                    f"W_{layer}",
                    (1, count, into),
                    "history",
                    "editable_weight",
                    typed_rows=1,
                    typed_name=f"W_{layer}",
                    typed_style="editable_weight",
                )
            )
            row += 3


def _labelled(words: str) -> Rule:
    def rule(q: Quantities, layer: int) -> FloatArray:
        return np.array([[f"{words}{q[RATE].item():.15g}"]], dtype=object)

    return rule


def _number(name: str) -> int:
    """The variant that a block belongs to, by its name; 0 for none."""
    head = name.partition("_")[0]
    return int(head[1:]) if head[:1] == "v" and head[1:].isdigit() else 0


def _first_below(q: Quantities, layer: int) -> FloatArray:
    is_below = q[SMALLEST] < q[THRESHOLD]
    return np.where(is_below, np.argmax(q[BELOW] == 1.0), np.nan)


def _loss_at_end(q: Quantities, layer: int) -> FloatArray:
    is_whole = q[LAST_STEP] == q.lesson.training.steps
    return np.where(is_whole, q[LAST_LOSS], np.nan)


def _smallest_step(q: Quantities, layer: int) -> FloatArray:
    return np.asarray(float(np.argmax(q[LOWEST] == 1.0)))


RULES: dict[str, Rule] = {
    "loss_at_start": lambda q, layer: q[SHOWN_LOSS][:1],
    "loss_at_end": _loss_at_end,
    SMALLEST: lambda q, layer: np.asarray(q[SHOWN_LOSS].min()),
    "smallest_step": _smallest_step,
    "first_below": _first_below,
}
"""The NumPy rules of the table's columns."""
