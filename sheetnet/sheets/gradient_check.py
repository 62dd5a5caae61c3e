"""The sheet `Gradient check`: every gradient of Step beside the slope of the loss itself.

Knows: the table of parameters, where h and the limit are typed, what is said of the outcome. Does
not know back-propagation: the losses at w + h and w − h come from forward passes alone (see
`shaken`), so a δ that is wrong anywhere in the workbook turns its rows red here, in any
spreadsheet program, without a tool.

The central difference (C(w + h) − C(w − h)) / 2h errs by h²/6 times the third derivative, and by
rounding, about 1e-16·C/h: a class can watch it get better and then worse as h shrinks.
"""

from __future__ import annotations

import numpy as np

from sheetnet.errors import LessonError
from sheetnet.formulas.place import Area
from sheetnet.formulas.tree import Binary, I, Index, Name, Node, Number, Span, added, call, cell
from sheetnet.lessons import Lesson
from sheetnet.quantities.evaluation import Quantities, Rule
from sheetnet.sheets.canvas import Canvas
from sheetnet.sheets.model import FloatArray, Sheet
from sheetnet.sheets.model import Rule as Highlight
from sheetnet.sheets.notation import Labels
from sheetnet.sheets.shaken import H, ShakenRows, first_of, shaken
from sheetnet.sheets.views import StepMatrices, parameters, sources

KEY, SHEET = "gradient_check", "Gradient check"
MOST_PARAMETERS = 200
_START, _LIMIT = 1e-4, 1e-6
_LIMIT_NAME = "gradient_check_limit"
_SMALLEST = 1e-4
"""Gradients below this are compared by their difference alone: rounding leaves them few digits."""

_CONTROLS, _FIRST = 3, 11  # rows: h, and the first parameter
_LABEL, _DESTINATION, _SOURCE, _OWN, _PLUS, _MINUS, _DIFFERENCE, _SHARE, _MARK = range(9)
_HEADINGS = {
    _LABEL: ("parameter", "head_text"),
    _DESTINATION: ("into", "head_step"),
    _SOURCE: ("from", "head_step"),
    _OWN: ("d{loss}/dw, Step", "head_gradient"),
    _PLUS: ("{loss} at w + h", "head_loss"),
    _MINUS: ("{loss} at w − h", "head_loss"),
    _DIFFERENCE: ("(difference)/2h", "head_gradient"),
    _SHARE: ("apart by", "head_gradient"),
    _MARK: ("agrees", "head_step"),
}
_WIDTHS = {_LABEL: 16.0, _DESTINATION: 6.0, _SOURCE: 6.0, _MARK: 8.0}


def why_not(lesson: Lesson) -> str:
    """Why there is no such sheet, or an empty text."""
    count = parameters(lesson)
    if count <= MOST_PARAMETERS:
        return ""
    return (
        f"the network has {count:,} weights and biases, and each needs two forward passes of its "
        f"own; {SHEET} takes at most {MOST_PARAMETERS}. Use a smaller network"
    )


def build(lesson: Lesson, view: StepMatrices) -> Sheet:
    """The sheet. Raises LessonError for a network with too many parameters."""
    if reason := why_not(lesson):
        raise LessonError(f"sheets holds {KEY!r}, but {reason}, or remove {KEY!r} from sheets.")
    sheet = Sheet(SHEET, frozen=(_FIRST, 1), widths=dict.fromkeys(range(_MARK + 1), 15.0) | _WIDTHS)
    canvas, labels = Canvas(sheet, moment=slice(None)), Labels(lesson)
    canvas.text(0, 0, f"Gradient check of: {lesson.title}", "title")
    canvas.text(1, 0, "Is each gradient of Step the slope of the loss? Every row asks the loss "
                "itself, at w + h and at w − h.", "hint")  # fmt: skip
    _controls(canvas, lesson)
    for column, (words, style) in _HEADINGS.items():
        canvas.text(_FIRST - 1, column, words.format(loss=labels.notation.loss), style)
    for layer in range(1, lesson.network.layers + 1):
        _layer(canvas, lesson, labels, layer)
    column = _MARK + 2
    canvas.text(_FIRST - 3, column, "The forward passes: one row a parameter and sign", "heading")
    ShakenRows(sheet, view, (_FIRST, column)).draw()
    return sheet


def _controls(canvas: Canvas, lesson: Lesson) -> None:
    """h and the limit, and what came of them."""
    row, value = _CONTROLS, _OWN
    canvas.text(row, 0, "h: how far each parameter is moved", "label")
    canvas.typed(H, (row, value), (1, 1), initial=[[_START]])
    canvas.text(row, value + 1, "try 0.1, 0.001, 1E-5, 1E-9, 1E-13", "hint")
    canvas.text(row + 1, 0, "agrees while not further apart than", "label")
    canvas.typed(_LIMIT_NAME, (row + 1, value), (1, 1), initial=[[_LIMIT]])
    layers = range(1, lesson.network.layers + 1)
    count = parameters(lesson)
    canvas.text(row + 3, 0, "gradients that disagree", "label")
    canvas.computed(
        "gradient_check_wrong", (row + 3, value), (1, 1), "verdict_count",
        lambda i, j: Number(float(count)) - added([call("SUM", _all(lesson, "mark", layer))
                                                  for layer in layers]),
    )  # fmt: skip
    canvas.text(row + 4, 0, "largest distance", "label")
    canvas.computed(
        "gradient_check_largest", (row + 4, value), (1, 1), "verdict_distance",
        lambda i, j: call("MAX", *(call("MAX", _all(lesson, "share", layer)) for layer in layers)),
        unit=1.0,
    )  # fmt: skip
    canvas.text(row + 5, 0, "A gradient near a kink of ReLU, or smaller than rounding leaves of "
                "the loss, may disagree and be right.", "hint")  # fmt: skip
    rules = canvas.sheet.array_rules
    rules["gradient_check_wrong"] = lambda q, _: np.array(
        count - sum(float(q[_name("mark", layer)].sum()) for layer in layers)
    )
    rules["gradient_check_largest"] = lambda q, _: np.array(
        max(float(q[_name("share", layer)].max()) for layer in layers)
    )
    wrong = canvas.sheet.blocks[-2].area
    canvas.sheet.rules.append(Highlight(wrong, "verdict_count", "right", (0.0, 0.0)))
    canvas.sheet.rules.append(Highlight(wrong, "verdict_count", "wrong", (1.0, 1e9)))


def _name(column: str, layer: int) -> str:
    return f"gradient_check_{column}_{layer}"


def _rows(lesson: Lesson, layer: int) -> int:
    return lesson.network.sizes[layer] * sources(lesson, layer)


def _all(lesson: Lesson, column: str, layer: int) -> Span:
    last = Index(_rows(lesson, layer) - 1)
    return Span(_name(column, layer), Index(0), Index(0), last, Index(0))


def _layer(canvas: Canvas, lesson: Lesson, labels: Labels, layer: int) -> None:
    """The rows of a layer's parameters."""
    into, rows = sources(lesson, layer), _rows(lesson, layer)
    top, first = _FIRST + first_of(lesson, layer), first_of(lesson, layer)
    half = parameters(lesson)
    for k in range(rows):
        canvas.text(top + k, _LABEL, labels.weight(layer, *divmod(k, into)), "row_label")
    places = np.array([divmod(k, into) for k in range(rows)], dtype=float) + 1
    for column, word, array in (
        (_DESTINATION, "into", places[:, :1]),
        (_SOURCE, "from", places[:, 1:]),
    ):
        canvas.constant(_name(word, layer), (top, column), array, "step")

    def own(word: str) -> Node:
        return cell(_name(word, layer), I, Index(0))

    def distance() -> Node:
        larger = call("MAX", call("ABS", own("own")), call("ABS", own("slope")), _SMALLEST)
        return call("ABS", own("own") - own("slope")) / larger

    # ironcalc has no INDEX in a name of one cell
    table = Name(f"dW_{layer}")
    gradient = table if rows == 1 else call("INDEX", table, own("into"), own("from"))
    columns: list[tuple[str, int, str, Node, Rule]] = [
        ("own", _OWN, "long_gradient", gradient,
         lambda q, _: q["dW", layer].reshape(-1, 1)),
        ("plus", _PLUS, "long_loss", cell(shaken("loss"), I + first, 0),
         lambda q, _: q["loss"][first : first + rows]),
        ("minus", _MINUS, "long_loss", cell(shaken("loss"), I + (half + first), 0),
         lambda q, _: q["loss"][half + first : half + first + rows]),
        ("slope", _DIFFERENCE, "long_gradient", (own("plus") - own("minus")) / (2 * Name(H)),
         lambda q, _: _of(q, "plus", layer, "minus")),
        ("share", _SHARE, "distance", distance(), lambda q, _: _distance(q, layer)),
        ("mark", _MARK, "step", call("IF", Binary("<=", own("share"), Name(_LIMIT_NAME)), 1, 0),
         lambda q, _: (q[_name("share", layer)] <= q[_LIMIT_NAME]).astype(float)),
    ]  # fmt: skip
    for word, column, style, tree, rule in columns:
        name = _name(word, layer)
        area = canvas.computed(
            name,
            (top, column),
            (rows, 1),
            style,
            lambda i, j, tree=tree: tree,  # type: ignore[misc]
            unit=float(word == "share"),
        )
        canvas.sheet.array_rules[name] = rule
        canvas.sheet.rules.append(_red(area, style, _name("mark", layer)))


def _red(area: Area, style: str, mark: str) -> Highlight:
    """A row whose mark is not 1 is red, all along."""
    wrong = Binary("<>", cell(mark, I, Index(0)), Number(1.0))
    return Highlight(area, style, "wrong", formula=lambda i, j: wrong)


def _of(q: Quantities, plus: str, layer: int, minus: str) -> FloatArray:
    difference = q[_name(plus, layer)] - q[_name(minus, layer)]
    return np.asarray(difference / (2 * q[H]))


def _distance(q: Quantities, layer: int) -> FloatArray:
    own, slope = q[_name("own", layer)], q[_name("slope", layer)]
    larger = np.maximum(np.maximum(np.abs(own), np.abs(slope)), _SMALLEST)
    return np.asarray(np.abs(own - slope) / larger)
