"""A chart of a sheet as XlsxWriter draws it.

Knows: XlsxWriter's calls for scatter charts, and which of them take their points along. Does not
know what the numbers mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import numpy as np
import orjson

from sheetnet.formulas.place import Area
from sheetnet.palette import SECONDARY
from sheetnet.sheets.model import Axis, Chart, FloatArray, Workbook
from sheetnet.writing.styles import FONT

MOST_CACHED = 1500
"""Points up to which a chart of several lines holds its numbers itself, for viewers that look at no
cell; a single line always does."""
_GRID = {"visible": True, "line": {"color": "#E0E0E0", "width": 0.75}}


def insert_chart(
    book: Any,
    page: Any,
    chart: Chart,
    size: tuple[int, int],
    refer: Callable[[Area], str],
) -> None:
    """Draw the chart on the page, as wide and high as `size` says, in pixels.

    `refer` writes an area as a reference. The points are left to `Points`.
    """
    drawn = book.add_chart({"type": "scatter", "subtype": "straight"})
    for series in chart.series:
        look: dict[str, Any] = {"name": series.name} if series.name else {}
        if series.is_live and series.label is not None:
            look |= {"name_formula": "=" + refer(series.label), "name_data": [series.name]}
        look["line"] = (
            {"color": f"#{series.color}", "width": series.width} if series.width else {"none": True}
        )
        color = {"color": f"#{series.color}"}
        if series.marker:
            marker = {"type": "circle", "size": series.marker, "fill": color, "border": color}
            look["marker"] = marker
        else:
            look["marker"] = {"type": "none"}
        for axis, area in (("categories", series.x), ("values", series.y)):
            look[axis] = "=" + refer(area)
            look[f"{axis}_data"] = []
        drawn.add_series(look)
    if chart.title and not chart.is_bare:
        font = {"name": FONT, "size": 12, "bold": True}
        drawn.set_title({"name": chart.title, "name_font": font, "overlay": False})
    else:
        drawn.set_title({"none": True})
    drawn.set_legend(
        {"position": "bottom", "font": {"name": FONT, "size": 9}}
        if chart.has_legend
        else {"none": True}
    )
    drawn.set_x_axis(_axis(chart.x, chart.is_bare) | {"major_gridlines": {"visible": False}})
    y = _axis(chart.y, chart.is_bare)
    drawn.set_y_axis(y if chart.is_bare else y | {"major_gridlines": _GRID})
    if chart.is_bare:
        nothing = {"border": {"none": True}, "fill": {"none": True}}
        drawn.set_chartarea(nothing)
        drawn.set_plotarea(nothing | {"layout": {"x": 0, "y": 0, "width": 1, "height": 1}})
    else:
        drawn.set_chartarea({"border": {"color": "#D9DCE0"}, "fill": {"color": "#FFFFFF"}})
    drawn.show_hidden_data()
    drawn.set_size({"width": size[0], "height": size[1]})
    place = (chart.area.row, chart.area.column)
    page.insert_chart(*place, drawn, {"object_position": 1, "description": chart.title})


def _axis(axis: Axis, is_bare: bool) -> dict[str, Any]:
    look: dict[str, Any] = {"visible": not is_bare}
    look |= {"min": axis.low} if axis.low is not None else {}
    look |= {"max": axis.high} if axis.high is not None else {}
    if is_bare:
        return look | {"major_gridlines": {"visible": False}}
    small = {"name": FONT, "size": 9, "color": f"#{SECONDARY}"}
    look |= {"name": axis.title, "name_font": small | {"bold": False}} if axis.title else {}
    look |= {"num_font": small, "line": {"color": "#9AA1A9"}}
    if axis.is_log:
        # Crossing at the smallest value keeps the other axis at the foot
        look |= {"log_base": 10, "num_format": "0E+00", "crossing": "min", "label_position": "low"}
    else:
        look |= {"num_format": "General", "label_position": "low"}
    return look


_REFERENCE = re.compile(rb"<c:numRef><c:f>([^<]*)</c:f></c:numRef>")


class Points:
    """Fills charts with the numbers that stand in the cells they refer to.

    XlsxWriter would take as long for a point as for a cell, and look for it on its empty sheets.
    """

    def __init__(
        self, workbook: Workbook, values: Mapping[str, FloatArray], refer: Callable[[Area], str]
    ) -> None:
        self._values, self._blocks = values, list(workbook.blocks())
        lines = (line for sheet in workbook.sheets for c in sheet.charts for line in c.series)
        areas = {area for line in lines for area in (line.x, line.y)}
        self._areas = {escape(refer(area), quote=False).encode(): area for area in areas}
        self._written: dict[bytes, bytes] = {}

    def fill(self, part: bytes) -> bytes:
        """The chart's part with its numbers; without any where they are too many."""
        areas = [self._areas[reference] for reference in _REFERENCE.findall(part)]
        count = sum(area.rows * area.columns for area in areas)
        if count > MOST_CACHED and len(areas) > 2:
            return part
        return _REFERENCE.sub(self._with_numbers, part)

    def _with_numbers(self, match: re.Match[bytes]) -> bytes:
        reference = match[1]
        if reference not in self._written:
            self._written[reference] = b"<c:numRef><c:f>%b</c:f>%b</c:numRef>" % (
                reference,
                self._cache(self._areas[reference]),
            )
        return self._written[reference]

    def _cache(self, area: Area) -> bytes:
        numbers = np.ascontiguousarray(self._numbers(area).ravel(), dtype=np.float64)
        digits = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
        shown = b"".join(
            b'<c:pt idx="%d"><c:v>%b</c:v></c:pt>' % (place, text)
            for place, text in enumerate(digits)
            if text != b"null"
        )
        count = b'<c:formatCode>General</c:formatCode><c:ptCount val="%d"/>' % len(digits)
        return b"<c:numCache>%b%b</c:numCache>" % (count, shown)

    def _numbers(self, area: Area) -> FloatArray:
        """The numbers of an area that lies within one block."""
        for block in self._blocks:
            home = block.area
            row, column = area.row - home.row, area.column - home.column
            fits = row + area.rows <= home.rows and column + area.columns <= home.columns
            if area.sheet == home.sheet and row >= 0 <= column and fits:
                return self._values[block.name][
                    row : row + area.rows, column : column + area.columns
                ]
        raise AssertionError(f"a chart runs over {area}, where no block stands")
