"""A chart in an .ods file: a chart document inside the spreadsheet, made with odfpy.

Knows: OpenDocument's chart elements, and the frame that ties a chart to its cells. Does not know
what the numbers mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple

from odf import chart as parts
from odf import number, style, text
from odf.namespaces import LOEXTNS
from odf.opendocument import OpenDocumentChart

from sheetnet.formulas.place import Area
from sheetnet.palette import SECONDARY
from sheetnet.sheets.model import Axis, Chart, Series, Sheet
from sheetnet.writing.ods_address import range_address
from sheetnet.writing.ods_sheet import inches
from sheetnet.writing.rows import row_heights
from sheetnet.writing.styles import COLUMN_WIDTH, FONT, ROW_HEIGHT

_NONE: Mapping[str, Any] = {}


class _Look(NamedTuple):
    """The properties of a chart's part, by their kinds."""

    of_chart: Mapping[str, Any] = _NONE
    of_graphic: Mapping[str, str] = _NONE
    of_text: Mapping[str, str] = _NONE
    numbers: str = ""


def frame(document: Any, sheet: Sheet, chart: Chart, order: int) -> str:
    """Add the chart to the document; the frame that shows it, for the first cell of its area.

    The frame ends where its last cell begins to be the next one: it moves and grows with them.
    """
    area, heights = chart.area, row_heights(sheet)
    columns = range(area.column, area.column + area.columns)
    wide = sum(inches(sheet.widths.get(column, COLUMN_WIDTH)) for column in columns)
    rows = range(area.row, area.row + area.rows)
    high = sum(heights.get(row, ROW_HEIGHT) / 72 for row in rows)
    inside = document.addObject(_document(chart, wide, high))
    # A folder's name ends in a slash; some validators take a name without one for a missing file
    href = inside.rstrip("/") + "/"
    last = Area(area.sheet, area.row + area.rows - 1, area.column + area.columns - 1, 1, 1)
    end_x = inches(sheet.widths.get(last.column, COLUMN_WIDTH))
    end_y = heights.get(last.row, ROW_HEIGHT) / 72
    end = escape(range_address(last, absolute=False))
    return (
        f'<draw:frame table:end-cell-address="{end}" table:end-x="{end_x:.4f}in" '
        f'table:end-y="{end_y:.4f}in" draw:z-index="{order}" '
        f'draw:name="{escape(chart.title)} {order}" svg:width="{wide:.4f}in" '
        f'svg:height="{high:.4f}in" svg:x="0in" svg:y="0in"><draw:object xlink:href="{href}" '
        'xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame>'
    )


def _document(chart: Chart, width: float, height: float) -> Any:
    document = OpenDocumentChart()
    general = number.NumberStyle(name="general")
    general.addElement(number.Number(minintegerdigits="1"))
    power = number.NumberStyle(name="power")
    power.addElement(
        number.ScientificNumber(decimalplaces="0", minintegerdigits="1", minexponentdigits="2")
    )
    for numbers in (general, power):
        document.automaticstyles.addElement(numbers)
    looks = _looks(chart)
    looks |= {f"line-{place}": _line(series) for place, series in enumerate(chart.series)}
    for name, look in looks.items():
        plain = {"datastylename": look.numbers} if look.numbers else {}
        made = style.Style(name=name, family="chart", **plain)
        for kind, properties in (
            (style.ChartProperties, look.of_chart),
            (style.GraphicProperties, look.of_graphic),
            (style.TextProperties, look.of_text),
        ):
            if properties:
                made.addElement(kind(**properties))
        document.automaticstyles.addElement(made)
    drawn = parts.Chart(
        attributes={"class": "chart:scatter"},
        width=f"{width:.4f}in",
        height=f"{height:.4f}in",
        stylename="whole",
    )
    document.chart.addElement(drawn)
    if chart.title and not chart.is_bare:
        drawn.addElement(_titled(parts.Title(stylename="title"), chart.title))
    if chart.has_legend:
        drawn.addElement(parts.Legend(legendposition="bottom", stylename="legend"))
    drawn.addElement(_plot(chart, width, height))
    return document


def _plot(chart: Chart, width: float, height: float) -> Any:
    room: dict[str, Any] = {}
    if chart.is_bare:
        room = {"x": "0in", "y": "0in", "width": f"{width:.4f}in", "height": f"{height:.4f}in"}
    plot = parts.PlotArea(stylename="plot", datasourcehaslabels="none", **room)
    for name, axis in (("x", chart.x), ("y", chart.y)):
        element = parts.Axis(dimension=name, name=f"primary-{name}", stylename=name)
        if axis.title and not chart.is_bare:
            element.addElement(_titled(parts.Title(stylename="axis-title"), axis.title))
        if name == "y" and not chart.is_bare:
            element.addElement(parts.Grid(attributes={"class": "major"}, stylename="grid"))
        plot.addElement(element)
    for place, series in enumerate(chart.series):
        element = parts.Series(
            attributes={"class": "chart:scatter"},
            valuescellrangeaddress=range_address(series.y, absolute=False),
            stylename=f"line-{place}",
        )
        if series.name:
            element.setAttrNS(LOEXTNS, "label-string", f'"{series.name}"')
        element.addElement(parts.Domain(cellrangeaddress=range_address(series.x, absolute=False)))
        element.addElement(parts.DataPoint(repeated=str(series.y.rows * series.y.columns)))
        plot.addElement(element)
    plot.addElement(parts.Wall(stylename="wall"))
    return plot


def _looks(chart: Chart) -> dict[str, _Look]:
    small = {"fontsize": "9pt", "fontfamily": FONT, "color": f"#{SECONDARY}"}
    title = {"fontsize": "12pt", "fontweight": "bold", "fontfamily": FONT}
    white = {"stroke": "none", "fill": "solid", "fillcolor": "#FFFFFF"}
    framed = white | {"stroke": "solid", "strokecolor": "#D9DCE0"}
    nothing = {"stroke": "none", "fill": "none"}
    hidden = {"includehiddencells": "true"}
    return {
        "title": _Look(of_text=title),
        "axis-title": _Look(of_text=small),
        "legend": _Look(of_graphic=nothing, of_text=small),
        "whole": _Look(of_graphic=nothing if chart.is_bare else framed),
        "plot": _Look({"symboltype": "none", "treatemptycells": "leave-gap", **hidden}),
        "wall": _Look(of_graphic=nothing if chart.is_bare else white),
        "x": _axis(chart.x, chart.is_bare, small),
        "y": _axis(chart.y, chart.is_bare, small),
        "grid": _Look(of_graphic={"strokecolor": "#E0E0E0"}),
    }


def _axis(axis: Axis, is_bare: bool, letters: dict[str, str]) -> _Look:
    look: dict[str, Any] = {
        "displaylabel": "false" if is_bare else "true",
        "visible": "false" if is_bare else "true",
        "linkdatastyletosource": "false",
        "axislabelposition": "outside-start",
    }
    look |= {"minimum": repr(axis.low)} if axis.low is not None else {}
    look |= {"maximum": repr(axis.high)} if axis.high is not None else {}
    look |= {"logarithmic": "true", "axisposition": "start"} if axis.is_log else {}
    line = {"stroke": "none"} if is_bare else {"strokecolor": "#9AA1A9"}
    return _Look(look, line, letters, "power" if axis.is_log else "general")


def _line(series: Series) -> _Look:
    color = f"#{series.color}"
    if series.width:
        graphic = {
            "stroke": "solid",
            "strokecolor": color,
            "strokewidth": f"{series.width / 72:.4f}in",
        }
    else:
        graphic = {"stroke": "none"}
    graphic |= {"fillcolor": color}
    look: dict[str, Any] = {"symboltype": "none"}
    if series.marker:
        size = f"{series.marker / 72:.4f}in"
        look = {"symboltype": "named-symbol", "symbolname": "circle"}
        look |= {"symbolwidth": size, "symbolheight": size}
    return _Look(look, graphic)


def _titled(element: Any, words: str) -> Any:
    element.addElement(text.P(text=words))
    return element
