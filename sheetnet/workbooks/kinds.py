"""The kinds of sheet that a workbook can have: one row each, in the order in which they stand.

Knows: when a kind is there, what it needs, how About names it. Does not know what stands on it:
that is its own module, with one function that builds it. Adding a kind is a module and a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sheetnet.documents import errata, notes, published
from sheetnet.lessons import Lesson
from sheetnet.sheets import compare, gradient_check, network, predict, step, training
from sheetnet.sheets.model import Sheet
from sheetnet.sheets.views import StepMatrices


class Plan(NamedTuple):
    """What a kind's sheets are built from; `view` says where Step keeps the quantities.

    `rows` is the sheet Training, if there is one: others refer to its cells.
    """

    lesson: Lesson
    rows: Sheet | None
    view: StepMatrices | None

    @property
    def has_training(self) -> bool:
        """Whether the workbook has a Training."""
        return self.rows is not None

    @property
    def training(self) -> Sheet:
        """The sheet Training. Only kinds that need it ask for it."""
        assert self.rows is not None, "this kind needs Training, and its row does not say so"
        return self.rows

    @property
    def step(self) -> StepMatrices:
        """The view of Step. Only kinds that need Step ask for it."""
        assert self.view is not None, "this kind needs Step, and its row does not say so"
        return self.view


class Kind(NamedTuple):
    """One row.

    `key` is its name in a lesson's `sheets`, empty where something else asks for it. `wanted` says
    whether the lesson asks; `why_not` why it cannot stand, empty if it can. `about` has a line for
    each sheet by its name, `follows` what happens there when a yellow cell is changed.
    """

    key: str
    about: dict[str, str]
    build: Callable[[Plan], list[Sheet]]
    wanted: Callable[[Lesson], bool]
    why_not: Callable[[Lesson], str] = lambda lesson: ""
    needs_step: bool = False
    follows: str = ""


def _named(key: str) -> Callable[[Lesson], bool]:
    return lambda lesson: key in lesson.sheets


def _drawn(lesson: Lesson) -> bool:
    return network.is_asked_for(lesson) and "training" in lesson.sheets and training.fits(lesson)


KINDS: tuple[Kind, ...] = (
    Kind(
        "",
        {compare.SHEET: "several trainings side by side, one curve and one sheet each."},
        lambda plan: compare.build(plan.lesson),
        lambda lesson: bool(lesson.compare),
        follows="its curve follows",
    ),
    Kind(
        network.KEY,
        {
            network.SHEET: "the network at work, step by step, and what it says everywhere.",
            network.DRAWING: "the numbers behind the sheet Network.",
        },
        lambda plan: network.build(plan.lesson, plan.training),
        _drawn,
    ),
    Kind(
        "training",
        {"Training": "one row is one training step, from the inputs to the loss."},
        lambda plan: [plan.training],
        _named("training"),
        training.why_not,
        follows="every step of the training follows",
    ),
    Kind(
        "step",
        {"Step": "one training step as matrices, from the inputs to the new weights."},
        lambda plan: [step.build(plan.step)],
        _named("step"),
        needs_step=True,
        follows="the whole step follows",
    ),
    Kind(
        gradient_check.KEY,
        {gradient_check.SHEET: "each gradient of Step beside the slope of the loss itself."},
        lambda plan: [gradient_check.build(plan.lesson, plan.step)],
        _named(gradient_check.KEY),
        needs_step=True,
    ),
    Kind(
        "",
        {errata.SHEET: "where the document errs, with both numbers live."},
        lambda plan: [errata.build(plan.lesson, plan.step)],
        lambda lesson: bool(lesson.errata),
        needs_step=True,
    ),
    Kind(
        published.KEY,
        {published.SHEET: "the document's own chain live, and its 96 printed figures."},
        lambda plan: [published.build(plan.lesson, plan.step)],
        published.is_asked_for,
        needs_step=True,
    ),
    Kind(
        "",
        {notes.SHEET: "remarks and questions, with hints, answers and live numbers."},
        lambda plan: [notes.build(plan.lesson, plan.step)],
        lambda lesson: bool(lesson.notes),
        needs_step=True,
    ),
    Kind(
        predict.KEY,
        {
            predict.SHEET: "the network in use, one example a row, outputs beside inputs.",
            predict.WEIGHTS: "the weights and biases that Predict uses.",
        },
        lambda plan: predict.build(plan.lesson, plan.has_training),
        predict.is_asked_for,
        follows="the outputs follow",
    ),
)

_STEP = next(kind for kind in KINDS if kind.key == "step")


def sheets(lesson: Lesson) -> list[Sheet]:
    """The sheets of a lesson that compute, in order.

    Step comes with whatever needs it; without a Training it holds the editable matrices, and is
    always there unless the workbook is for predicting only. Raises LessonError where a network's
    examples cannot be shown one a step.
    """
    if lesson.compare:
        return compare.build(lesson)
    there = [kind for kind in KINDS if kind.wanted(lesson) and not kind.why_not(lesson)]
    has_training = any(kind.key == "training" for kind in there)
    alone = predict.is_alone(lesson)
    if _STEP not in there and (not (has_training or alone) or any(k.needs_step for k in there)):
        there = [kind for kind in KINDS if kind in there or kind is _STEP]
    view = None if alone else step.view_of(lesson, has_training)
    plan = Plan(lesson, training.build(lesson) if has_training else None, view)
    return [sheet for kind in there for sheet in kind.build(plan)]


def about_lines(names: Sequence[str]) -> list[str]:
    """A line on each sheet of these names."""
    lines = {name: line for kind in KINDS for name, line in kind.about.items()}
    return [f"{name}: {lines[name]}" for name in names if name in lines]


def follows(name: str) -> str:
    """What happens when a yellow cell of the sheet is changed."""
    return next(kind.follows for kind in KINDS if name in kind.about)
