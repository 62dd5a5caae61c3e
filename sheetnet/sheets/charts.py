"""The charts of a training: the loss, the outputs on their way to the targets, the weights.

Knows: which lines a chart has and over which cells of `Training` they run. Does not know where a
chart stands, nor file formats. Every chart is made with an empty area, which its sheet replaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sheetnet.formulas.place import Area
from sheetnet.lessons import Lesson
from sheetnet.palette import LOSS, SERIES
from sheetnet.sheets.model import Axis, Chart, Series, Sheet
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.views import TRAINING, history, sees_all, sources

NOWHERE = Area(TRAINING, 0, 0, 1, 1)
_MOST_LINES = 12
_FEW_STEPS = 40  # a training this short needs no chart of its beginning
_BEGINNING = 10  # its beginning is a tenth of a training


def of_training(lesson: Lesson, sheet: Sheet) -> Iterator[Chart]:
    """The charts beside the training, the loss first."""
    places = {block.name: block.area for block in sheet.blocks}
    yield loss(lesson, places)
    if lesson.training.steps > _FEW_STEPS:
        yield beginning(lesson, places)
    if sees_all(lesson):
        yield from outputs(lesson, places)
    if lesson.training.steps > 1:
        yield loss(lesson, places, is_log=True)
        yield from weights(lesson, places)


def loss(lesson: Lesson, places: Mapping[str, Area], *, is_log: bool = False) -> Chart:
    """The loss by step; on a logarithmic axis it does not lie on the floor after a few steps."""
    title = _loss_title(lesson) + (", logarithmic" if is_log else "")
    line = Series("", places[history("step")], places[history("loss")], LOSS, 2.0)
    y = Axis(_loss_word(lesson), is_log=True) if is_log else Axis(_loss_word(lesson), 0.0)
    return Chart(NOWHERE, title, (line,), _steps(lesson), y)


def beginning(lesson: Lesson, places: Mapping[str, Area]) -> Chart:
    """The loss of the first steps, where most of the learning is."""
    last = max(_FEW_STEPS // 2, lesson.training.steps // _BEGINNING)
    step, losses = (places[history(name)].part(0, 0, last + 1, 1) for name in ("step", "loss"))
    line = Series("", step, losses, LOSS, 2.0)
    title = f"{_loss_title(lesson)}, the first {last}"
    return Chart(NOWHERE, title, (line,), Axis("step", 0.0, float(last)), Axis(_loss_word(lesson)))


def outputs(lesson: Lesson, places: Mapping[str, Area]) -> Iterator[Chart]:
    """Each output by step, its target as a dot at the end; not where lines would hide lines."""
    labels, count = Labels(lesson), lesson.network.sizes[-1]
    examples, last = len(lesson.inputs), lesson.network.layers
    if examples * count > _MOST_LINES:
        return
    step = places[history("step")]
    end = step.part(step.rows - 1, 0, 1, 1)
    lines: list[Series] = []
    for k in range(examples * count):
        example, n = divmod(k, count)
        name = labels.of_neuron("activation", last, n)
        suffix = f" of example {example + 1}" if examples > 1 else ""
        run = places[history(f"a_{last}")].part(0, k, step.rows, 1)
        color = SERIES[k % len(SERIES)]
        lines.append(Series(name + suffix, step, run, color))
        lines.append(Series("", end, _target(places, example, n), color, 0.0, 9))
    title = "Outputs on their way to the targets ●"
    yield Chart(NOWHERE, title, tuple(lines), _steps(lesson), Axis("output"))


def weights(lesson: Lesson, places: Mapping[str, Area]) -> Iterator[Chart]:
    """The weights of each layer by step; not where there are too many to follow."""
    labels, step = Labels(lesson), places[history("step")]
    for layer in range(1, lesson.network.layers + 1):
        into, run = sources(lesson, layer), places[history(f"W_{layer}")]
        if run.columns > _MOST_LINES:
            continue
        lines = tuple(
            Series(
                labels.weight(layer, *divmod(k, into)),
                step,
                run.part(0, k, run.rows, 1),
                SERIES[k % len(SERIES)],
                1.25,
                label=replace(run.part(0, k, 1, 1), row=run.row - 1),
            )
            for k in range(run.columns)
        )
        title = f"Weights by step, {labels.layer_title(layer)}"
        yield Chart(
            NOWHERE, title, lines, _steps(lesson), Axis("weight"), has_legend=run.columns > 1
        )


def _target(places: Mapping[str, Area], example: int, n: int) -> Area:
    in_rows = places.get(history("targets"))
    if in_rows is not None:
        return in_rows.part(in_rows.rows - 1, n, 1, 1)
    return places["targets"].part(example, n, 1, 1)


def _steps(lesson: Lesson) -> Axis:
    return Axis("step", 0.0, float(max(1, lesson.training.steps)))


def _loss_word(lesson: Lesson) -> str:
    notation = Labels(lesson).notation
    return f"{notation.loss_word} {notation.loss}"


def _loss_title(lesson: Lesson) -> str:
    word = _loss_word(lesson)
    return f"{word[0].upper()}{word[1:]} by step"
