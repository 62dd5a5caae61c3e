"""What one workbook holds: network, data, training settings, title.

Knows the texts and lists that a lesson adds to network, data and training, and how to say
everything that is wrong with them at once. Does not know files (see `load`, `dump`), workbooks or
formulas, and leaves the mathematics to `core`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy.typing as npt

from sheetnet.core import step as core_step
from sheetnet.core.checks import choice_problems, few, read_only, refuse, same_bits, show
from sheetnet.core.functions import Array
from sheetnet.core.network import Network
from sheetnet.core.settings import Training, batch_problems, training_of
from sheetnet.core.state import State, complete
from sheetnet.core.tables import DATA
from sheetnet.lessons.remarks import REMARKS, UNPRINTABLE, Erratum, Note, remark_problems
from sheetnet.lessons.variants import KEY as VARIANTS
from sheetnet.lessons.variants import Variant, variant_problems

TEXT_DEFAULTS: dict[str, Any] = {
    "title": "A neural net",
    "notation": "simple-neural-net",
    "formulas": "plain",
}
KEYS = (*TEXT_DEFAULTS, "sheets", "network", "training", "data", "state", VARIANTS, *REMARKS)
NOTATIONS = ("simple-neural-net", "matrices-3-3-3-3", "delta-notes", "four-layer-tutorial", "mazur")
"""What `notation` may be; `sheets.notation` knows how each of them writes."""
FORMULAS = ("plain", "safe")
SHEETS = ("network", "training", "step", "gradient_check", "published", "predict")
SHEETS_DEFAULT = ("network", "training", "step")


def text_problems(title: object, notation: object, formulas: object) -> Iterator[str]:
    if not isinstance(title, str):
        yield f"title is {show(title)}; expected text. Put it in quotation marks."
    elif bad := UNPRINTABLE.search(title):
        yield (
            f"title holds the character U+{ord(bad[0]):04X}, which no workbook can store; "
            "expected printable text. Remove it."
        )
    yield from choice_problems("notation", notation, NOTATIONS)
    yield from choice_problems("formulas", formulas, FORMULAS)


def sheet_problems(sheets: object) -> Iterator[str]:
    if not isinstance(sheets, (list, tuple)) or not sheets:
        yield f"sheets is {show(sheets)}; expected a list such as {list(SHEETS_DEFAULT)}."
        return
    named = (
        problem
        for place, name in enumerate(sheets)
        for problem in choice_problems(f"sheets[{place}]", name, SHEETS)
    )
    yield from few(named, "sheets")


@dataclass(frozen=True, eq=False)
class Lesson:
    """Network, inputs (examples, first size), targets (examples, last size) and settings.

    The test set, of the same shapes, is measured and never trained on; both are None without one.
    `state` is what the optimiser remembers of the updates before. `sheets` names the sheets that
    the workbook has between About and the lesson itself; `errata` and `notes` give it one more
    each. With variants to `compare` the workbook shows their trainings side by side, from step 0
    on, and no other sheet. Arrays are copied, float64 and read-only. Equality is by value, arrays
    bit for bit. Raises LessonError naming every wrong key.
    """

    title: str
    network: Network
    inputs: Array
    targets: Array
    training: Training
    notation: str = "simple-neural-net"
    formulas: str = "plain"
    sheets: tuple[str, ...] = SHEETS_DEFAULT
    errata: tuple[Erratum, ...] = ()
    notes: tuple[Note, ...] = ()
    test_inputs: Array | None = None
    test_targets: Array | None = None
    state: State = field(default_factory=State)
    compare: tuple[Variant, ...] = ()

    def __post_init__(self) -> None:
        refuse(text_problems(self.title, self.notation, self.formulas))
        refuse(sheet_problems(self.sheets))
        object.__setattr__(self, "sheets", tuple(self.sheets))
        for key in REMARKS:
            refuse(remark_problems(key, getattr(self, key)))
            object.__setattr__(self, key, tuple(getattr(self, key)))
        inputs, targets = core_step.checked_data(self.network, self.inputs, self.targets)
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "targets", targets)
        refuse(batch_problems(self.training.batch, len(inputs)))
        if self.test_inputs is not None or self.test_targets is not None:
            test: tuple[Any, Any] = (self.test_inputs, self.test_targets)
            x, y = core_step.checked_data(self.network, *test, kind="test_")
            object.__setattr__(self, "test_inputs", x)
            object.__setattr__(self, "test_targets", y)
        object.__setattr__(self, "state", complete(self.network, self.training, self.state))
        object.__setattr__(self, "compare", tuple(self.compare))
        refuse(variant_problems(self.compare, self.training))
        if self.compare and not self.state.is_start():
            refuse(["compare begins at step 0; expected no state beside it. Remove state."])

    def variant(self, number: int) -> Lesson:
        """The lesson of a variant that is compared, counted from 1; 0 is the lesson itself."""
        return (self, *self._variants)[number]

    @cached_property
    def _variants(self) -> tuple[Lesson, ...]:
        plain = replace(self, sheets=("training",), errata=(), notes=(), compare=(),
                        test_inputs=None, test_targets=None)  # fmt: skip
        return tuple(
            replace(
                plain,
                network=each.network(self.network),
                training=each.training(self.training),
                state=State(),
            )
            for each in self.compare
        )

    def _texts(self) -> tuple[str, ...]:
        return (self.title, self.notation, self.formulas)

    def _settings(self) -> tuple[object, ...]:
        remarks = (self.sheets, self.errata, self.notes, self.compare)
        return (*self._texts(), *remarks, self.training, self.network, self.state)

    def arrays(self) -> dict[str, Array]:
        """The data by key, the test set only if there is one."""
        every = {key: getattr(self, key) for key in DATA}
        return {key: array for key, array in every.items() if array is not None}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Lesson):
            return NotImplemented
        mine, its = self.arrays(), other.arrays()
        return (
            self._settings() == other._settings()
            and mine.keys() == its.keys()
            and all(same_bits(mine[key], its[key]) for key in mine)
        )


def with_values(
    lesson: Lesson,
    *,
    weights: Sequence[Array] | None = None,
    bias: Sequence[Array] | None = None,
    state: State | None = None,
    settings: Mapping[str, object] | None = None,
    learning_rate: float | None = None,
    **data: npt.ArrayLike | None,
) -> Lesson:
    """The same lesson with some numbers replaced; raises LessonError if they do not fit.

    `settings` are training settings by key; `learning_rate` is short for one of them. `data` are
    inputs, targets, test_inputs, test_targets; None leaves what there is.
    """
    old, training = lesson.network, lesson.training
    changed = {**(settings or {})}
    if learning_rate is not None:
        changed["learning_rate"] = learning_rate
    arrays = {key: read_only(f"data.{key}", x) for key, x in data.items() if x is not None}
    return replace(
        lesson,
        network=old.with_parameters(
            old.weights if weights is None else weights, old.bias if bias is None else bias
        ),
        training=training_of({**training.settings(), **changed}) if changed else training,
        state=lesson.state if state is None else state,
        **arrays,  # type: ignore[arg-type]
    )
