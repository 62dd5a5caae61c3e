"""The sheet `Step`: one training step as the matrices of the document.

Knows: the controls (which step, which learning rate) and the order of what follows. Does not know
the strips themselves (see `layer_strips`), looks, file formats or numbers.

With a `Training` sheet, Step shows the step that its yellow cell names; without one, Step holds
the editable matrices itself.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from sheetnet.errors import LessonError
from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Index, Name, Node, Span, cell
from sheetnet.lessons import Lesson
from sheetnet.quantities import batch_trees, trees, updates
from sheetnet.sheets import step_example, step_reveal
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.equations import Equations, fit
from sheetnet.sheets.layer_strips import Strips, matrices
from sheetnet.sheets.model import Formula, Print, Sheet, Validation
from sheetnet.sheets.notation import notation_of, readable
from sheetnet.sheets.step_words import Words
from sheetnet.sheets.strip_heads import NUMBER_WIDTH
from sheetnet.sheets.views import STEP, STEP_SHARE, StepMatrices, row_examples, sees_all

_LABELS, _VALUES = 2, 3  # rows of the controls
_FIRST_STRIP = 5
_LABEL_WIDTH, _CHOOSER_POINTS = 14.0, 21.0
_LETTER = 0.85  # digits that a letter of a small label takes
_MOST_NEURONS, _MOST_LAYERS = 8, 6
"""Larger networks are no picture on one screen: they have plain strips, and nothing to choose."""
_MOST_OFFERED = 20  # examples in the list of those to choose


def view_of(lesson: Lesson, has_training: bool) -> StepMatrices:
    """Where Step keeps the quantities."""
    examples = row_examples(lesson) if has_training else len(lesson.inputs)
    batch = lesson.training.batch
    if not has_training and not sees_all(lesson):
        raise LessonError(
            f"training.batch is {batch!r}, but there is no Training sheet to take the examples in "
            'turn: the network is too wide for one, or `sheets` leaves it out. Use batch = "full".'
        )
    return matrices(lesson, examples, has_training)


def is_small(lesson: Lesson) -> bool:
    """Whether the network is small enough to be shown on one screen."""
    sizes = lesson.network.sizes
    return max(sizes) <= _MOST_NEURONS and len(sizes) <= _MOST_LAYERS


def build(view: StepMatrices) -> Sheet:
    """The sheet for a view."""
    return _Builder(view).build()


class _Builder:
    def __init__(self, view: StepMatrices) -> None:
        self.view, self.lesson = view, view.lesson
        self.is_small = is_small(view.lesson)
        self.has_choice = self.is_small and view.has_training and view.examples > 1
        frozen = (_VALUES + 1, 0) if self.is_small else (0, 1)
        self.sheet = Sheet(STEP, frozen=frozen, widths={0: _LABEL_WIDTH})
        self.canvas = Canvas(self.sheet, moment="step_shown")
        self.column = 0  # where the next control stands

    def build(self) -> Sheet:
        """Controls, strips, equations."""
        view, canvas, sheet = self.view, self.canvas, self.sheet
        self._controls()
        one = step_example.of_example(view) if self.has_choice else view
        words = Words(canvas, one, view)
        says = self.is_small and one.examples == 1
        row = self._strips(one, _FIRST_STRIP)
        row = words.draw_chosen(row) + 1 if says else row
        if self.has_choice:
            title = f"All {view.examples} examples of this step, of which one is shown above"
            first_end, columns = row, sheet.width()
            canvas.text(row, 0, title, "heading")
            row = Strips(canvas, view, part="all", spacious=True).draw(row + 1) + 1
            rest = row
        if fit(view):
            row = Equations(canvas, view, row).draw() + 1
        if says:
            words.draw_all(row)
        if self.has_choice:
            sheet.print = _printed(sheet, first_end, rest, columns)
        sheet.texts = [text._replace(text=readable(text.text)) for text in sheet.texts]
        if self.is_small:
            step_reveal.veil(sheet, words.stages)
            sheet.heights[_VALUES] = _CHOOSER_POINTS
            for column in range(1, sheet.width()):
                sheet.widths.setdefault(column, NUMBER_WIDTH)
        return sheet

    def _strips(self, one: StepMatrices, row: int) -> int:
        """Those on the first screen; returns the row after them."""
        view, canvas = self.view, self.canvas
        if not self.has_choice:
            return Strips(canvas, view, spacious=self.is_small).draw(row)
        self.sheet.array_rules |= step_example.rules(view)
        given = step_example.given(view)
        return Strips(canvas, one, view, part="one", given=given, spacious=True).draw(row)

    # --- what is chosen, and the numbers of the whole step ---------------------------------------

    def _controls(self) -> None:
        lesson, view, canvas = self.lesson, self.view, self.canvas
        notation, steps = notation_of(lesson), lesson.training.steps
        canvas.text(0, 0, f"One training step of: {lesson.title}", "title")
        self._hint()
        if view.has_training:
            self._choice("step_shown", "step shown", 0.0, _step_numbers(steps))
        if self.has_choice:
            numbers = _offered("example", view.examples)
            words = "example" if sees_all(lesson) else "no. in batch"
            words = f"{words} (1–{view.examples})"
            self._choice(step_example.CHOOSER, words, 1.0, numbers)
        if self.is_small:
            stages = _offered("stage", step_reveal.LAST)
            words = f"show (1–{step_reveal.LAST})"
            self._choice(step_reveal.CHOOSER, words, float(step_reveal.LAST), stages)
        if view.has_training:
            self._number(
                "Step_learning_rate", f"learning rate {notation.learning_rate}",
                Name("learning_rate"), "learning_rate",
            )  # fmt: skip
        else:
            self._label(f"learning rate {notation.learning_rate}")
            canvas.typed("learning_rate", self._next(), (1, 1))
        words = f"{notation.loss_word} {notation.loss}"
        by = "loss_of_shares" if batch_trees.has_smaller_batch(lesson) else ""
        self._number("loss", words, _loss(view), "loss", "loss", by)
        self._of_optimizer()
        self._batch()

    def _batch(self) -> None:
        """Which examples the step takes, and what each counts; first of the one that is shown."""
        lesson, view = self.lesson, self.view
        if batch_trees.has_smaller_batch(lesson):
            if self.has_choice:
                name = step_example.of_example(view).share_block()
                formula = step_example.given(view)(name)
                self._row("this one counts", name, 1, "plain_number", "share", formula, name)
            shown = _column_of(view, "share")
            self._row("what each counts", STEP_SHARE, view.examples, "plain_number", "share", shown)
        if batch_trees.picks_examples(lesson):
            shown = _column_of(view, "example")
            self._row("examples taken", "Step_example", view.examples, "step", "example", shown)

    def _row(
        self, words: str, name: str, count: int, style: str, quantity: str, formula: Formula,
        by: str = "",
    ) -> None:
        """A number for each example, beside one another."""
        self._label(words)
        self.canvas.computed(
            name, self._next(), (1, count), style, formula, quantity=quantity, by=by, called=by
        )
        self.column += max(0, count + 1 - self._room)

    def _hint(self) -> None:
        words = "Change a yellow cell and the whole network follows."
        if self.view.has_training:
            steps = self.lesson.training.steps
            words = f"Type a step from 0 to {steps} into the yellow cell. "
            words += "The weights themselves are edited in Training."
        if self.is_small:
            words += f" Show: {step_reveal.WORDS}."
        self.canvas.text(1, 0, words, "hint")

    def _of_optimizer(self) -> None:
        """The optimiser's numbers of this step, and its options."""
        lesson, view = self.lesson, self.view
        step: Node = view.of_step("step") if view.has_training else Name("count")
        if updates.counts(lesson):
            if not view.has_training:
                self._label("updates done before")
                self.canvas.typed("count", self._next(), (1, 1), quantity="step")
            self._number("Step_count", "updates, this one included t", step + 1, "next_step")
        if updates.has_rate(lesson):
            sign = f"{notation_of(lesson).learning_rate} of this step"
            shown = view.of_step("rate") if view.has_training else updates.rate(lesson, step)
            self._number("Step_rate", sign, shown, "rate")
        for name in updates.corrections_of(lesson):
            tree = updates.correction(name, Name("Step_count"))
            sign = updates.sign_of_correction(name)
            self._number(f"Step_{name}", sign, tree, f"{name}_new")
        for name, label in updates.options_of(lesson) if not view.has_training else ():
            self._label(label)
            self.canvas.typed(name, self._next(), (1, 1))

    def _label(self, words: str) -> None:
        self.canvas.text(_LABELS, self.column, words, "above")
        self._room = max(2, ceil(len(words) * _LETTER / NUMBER_WIDTH)) if self.column else 1

    def _next(self) -> tuple[int, int]:
        at = (_VALUES, self.column)
        self.column += self._room
        return at

    def _choice(self, name: str, words: str, first: float, wanted: Validation) -> None:
        self._label(words)
        area = self.canvas.typed(name, self._next(), (1, 1), style="big_chooser", initial=[[first]])
        self.sheet.validations.append(replace(wanted, area=area))

    def _number(
        self, name: str, words: str, tree: Node, quantity: str, style: str = "plain_number",
        by: str = "",
    ) -> None:
        self._label(words)
        self.canvas.computed(
            name, self._next(), (1, 1), style, lambda i, j: tree, quantity=quantity, by=by
        )


def _column_of(view: StepMatrices, quantity: str) -> Formula:
    return lambda i, j: view.of_step(quantity, j.value)


def _printed(sheet: Sheet, first: int, rest: int, columns: int) -> Print:
    """The first screen, and what follows the wide table of all examples: that is for screens."""
    wide = [b.area.column + b.area.columns for b in sheet.blocks if b.area.row >= rest]
    columns = max([columns, *wide])
    areas = [Area(STEP, 0, 0, first, columns), Area(STEP, rest, 0, sheet.height() - rest, columns)]
    return Print(tuple(area for area in areas if area.rows > 0))


_NOWHERE = Area(STEP, 0, 0, 1, 1)


def _offered(what: str, count: int) -> Validation:
    """A list of numbers from 1; any other is taken too, as the nearest of them."""
    options = tuple(map(str, range(1, min(count, _MOST_OFFERED) + 1)))
    message = f"The list offers some; any {what} from 1 to {count} is taken."
    return Validation(
        _NOWHERE, "list", "Another number", message, options=options, is_strict=False
    )


def _step_numbers(steps: int) -> Validation:
    message = f"Type a whole number from 0 to {steps}."
    return Validation(_NOWHERE, "whole", "Not a step", message, 0, steps)


def _loss(view: StepMatrices) -> Node:
    outputs, examples = view.lesson.network.sizes[-1], view.examples
    whole = Span("loss_term", Index(0), Index(0), Index(outputs - 1), Index(examples - 1))
    terms = trees.total(
        outputs * examples,
        lambda k: cell("loss_term", Index(k % outputs, "j"), Index(k // outputs, "j")),
        whole,
    )
    return trees.loss(view, terms)
