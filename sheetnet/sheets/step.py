"""The sheet `Step`: one training step as the matrices of the document.

Knows: the controls (which step, which learning rate) and the order of what follows. Does not know
the strips themselves (see `layer_strips`), looks, file formats or numbers.

With a `Training` sheet, Step shows the step that its yellow cell names; without one, Step holds
the editable matrices itself.
"""

from __future__ import annotations

from sheetnet.errors import LessonError
from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Index, Name, Node, Span, cell
from sheetnet.lessons import Lesson
from sheetnet.quantities import batch_trees, trees, updates
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.equations import Equations, fit
from sheetnet.sheets.layer_strips import Strips, matrices
from sheetnet.sheets.model import Formula, Sheet, Validation
from sheetnet.sheets.notation import notation_of
from sheetnet.sheets.views import STEP, StepMatrices, row_examples

_CONTROLS = 3  # their first row
_FIRST_STRIP = 7
_LABEL_WIDTH = 18.0


def view_of(lesson: Lesson, has_training: bool) -> StepMatrices:
    """Where Step keeps the quantities."""
    examples = row_examples(lesson) if has_training else len(lesson.inputs)
    batch = lesson.training.batch
    if len(lesson.inputs) > 1 and batch != "full" and not has_training:
        raise LessonError(
            f"training.batch is {batch!r}, but there is no Training sheet to take the examples "
            "in turn: the network is too wide for one, or `sheets` leaves it out. Use batch = "
            '"full".'
        )
    return matrices(lesson, examples, has_training)


def build(view: StepMatrices) -> Sheet:
    """The sheet for a view."""
    sheet = Sheet(STEP, frozen=(0, 1), widths={0: _LABEL_WIDTH})
    canvas = Canvas(sheet, moment="step_shown")
    row = _numbers(canvas, view, _controls(canvas, view))
    row = Strips(canvas, view).draw(max(row + 1, _FIRST_STRIP))
    if fit(view):
        Equations(canvas, view, row + 1).draw()
    return sheet


def _controls(canvas: Canvas, view: StepMatrices) -> int:
    """What is shown and with which learning rate; the loss that comes of it. Returns the row
    after them."""
    lesson = view.lesson
    notation, row = notation_of(lesson), _CONTROLS
    canvas.text(0, 0, f"One training step of: {lesson.title}", "title")
    if view.has_training:
        steps = lesson.training.steps
        canvas.text(
            1,
            0,
            f"Type a step from 0 to {steps} into the yellow cell. The weights themselves are "
            "edited in Training.",
            "hint",
        )
        canvas.text(row, 0, "step shown", "label")
        area = canvas.typed("step_shown", (row, 1), (1, 1), style="chooser", initial=[[0.0]])
        canvas.sheet.validations.append(_step_numbers(area, steps))
        row += 1
    else:
        canvas.text(1, 0, "Change a yellow cell and the whole network follows.", "hint")
    canvas.text(row, 0, f"learning rate {notation.learning_rate}", "label")
    if view.has_training:
        canvas.computed(
            "Step_learning_rate",
            (row, 1),
            (1, 1),
            "plain_number",
            lambda i, j: Name("learning_rate"),
            quantity="learning_rate",
        )
    else:
        canvas.typed("learning_rate", (row, 1), (1, 1))
    canvas.text(row + 1, 0, f"{notation.loss_word} {notation.loss}", "label")
    by = "loss_of_shares" if batch_trees.has_smaller_batch(lesson) else ""
    canvas.computed("loss", (row + 1, 1), (1, 1), "loss", lambda i, j: _loss(view), by=by)
    return row + 2


def _numbers(canvas: Canvas, view: StepMatrices, row: int) -> int:
    """The optimiser's numbers of this step, and its options; returns the row after them."""
    lesson = view.lesson
    corrections = updates.corrections_of(lesson)
    row = _batch(canvas, view, row)
    lines: list[tuple[str, str, Node]] = []  # quantity, label, formula
    step: Node = view.of_step("step") if view.has_training else Name("count")
    if updates.counts(lesson):
        if not view.has_training:
            canvas.text(row, 0, "updates done before", "label")
            canvas.typed("count", (row, 1), (1, 1), quantity="step")
            row += 1
        lines.append(("next_step", "updates, this one included t", step + 1))
    if updates.has_rate(lesson):
        sign = f"{notation_of(lesson).learning_rate} of this step"
        shown = view.of_step("rate") if view.has_training else updates.rate(lesson, step)
        lines.append(("rate", sign, shown))
    for name in corrections:
        tree = updates.correction(name, Name("Step_count"))
        lines.append((f"{name}_new", updates.sign_of_correction(name), tree))
    for quantity, label, tree in lines:
        block = "Step_" + ("count" if quantity == "next_step" else quantity.removesuffix("_new"))
        canvas.text(row, 0, label, "label")
        canvas.computed(block, (row, 1), (1, 1), "plain_number", _same(tree), quantity=quantity)
        row += 1
    for name, label in updates.options_of(lesson) if not view.has_training else ():
        canvas.text(row, 0, label, "label")
        canvas.typed(name, (row, 1), (1, 1))
        row += 1
    return row


def _batch(canvas: Canvas, view: StepMatrices, row: int) -> int:
    """Which examples the step takes, and what each counts; returns the row after them."""
    lines = {}
    if batch_trees.picks_examples(view.lesson):
        lines["example"] = ("examples taken", "step")
    if batch_trees.has_smaller_batch(view.lesson):
        lines["share"] = ("what each counts", "plain_number")
    for quantity, (label, style) in lines.items():
        canvas.text(row, 0, label, "label")
        shown = _column_of(view, quantity)
        canvas.computed(
            f"Step_{quantity}", (row, 1), (1, view.examples), style, shown, quantity=quantity
        )
        row += 1
    return row


def _column_of(view: StepMatrices, quantity: str) -> Formula:
    return lambda i, j: view.of_step(quantity, j.value)


def _same(tree: Node) -> Formula:
    return lambda i, j: tree


def _step_numbers(area: Area, steps: int) -> Validation:
    message = f"Type a whole number from 0 to {steps}."
    return Validation(area, "whole", "Not a step", message, 0, steps)


def _loss(view: StepMatrices) -> Node:
    outputs, examples = view.lesson.network.sizes[-1], view.examples
    whole = Span("loss_term", Index(0), Index(0), Index(outputs - 1), Index(examples - 1))
    terms = trees.total(
        outputs * examples,
        lambda k: cell("loss_term", Index(k % outputs, "j"), Index(k // outputs, "j")),
        whole,
    )
    return trees.loss(view, terms)
