"""A chart of a sheet as XlsxWriter draws it.

Knows: XlsxWriter's calls for scatter charts, and which of them take their points along. Does not
know what the numbers mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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
    points: Callable[[Area], list[float] | None],
) -> None:
    """Draw the chart on the page, as wide and high as `size` says, in pixels.

    `refer` writes an area as a reference, `points` gives the numbers that stand there.
    """
    drawn = book.add_chart({"type": "scatter", "subtype": "straight"})
    points_in_all = sum(2 * series.x.rows * series.x.columns for series in chart.series)
    is_small = points_in_all <= MOST_CACHED or len(chart.series) == 1
    for series in chart.series:
        look: dict[str, Any] = {"name": series.name} if series.name else {}
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
            if is_small and (numbers := points(area)) is not None:
                look[f"{axis}_data"] = numbers
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


def points_of(workbook: Workbook, values: Mapping[str, FloatArray]) -> Callable[..., Any]:
    """Looks up the numbers of an area that lies within one block."""
    by_sheet: dict[str, list[Any]] = {}
    for block in workbook.blocks():
        by_sheet.setdefault(block.area.sheet, []).append(block)

    def points(area: Area) -> list[float] | None:
        for block in by_sheet.get(area.sheet, ()):
            home = block.area
            row, column = area.row - home.row, area.column - home.column
            fits = row + area.rows <= home.rows and column + area.columns <= home.columns
            if row >= 0 <= column and fits:
                grid = values[block.name][row : row + area.rows, column : column + area.columns]
                numbers: list[float] = grid.ravel().tolist()
                return numbers
        return None

    return points
