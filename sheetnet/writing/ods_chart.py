"""A loss chart in an .ods file: a chart document inside the spreadsheet, made with odfpy.

Knows: OpenDocument's chart elements. Does not know what the numbers mean.
"""

from __future__ import annotations

from typing import Any

from odf import chart as parts
from odf import draw, number, style, text
from odf.opendocument import OpenDocumentChart

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import OPENFORMULA
from sheetnet.sheets.model import LossChart

_PIXELS = 96  # an inch
_ROW = 20  # pixels a row


def insert_chart(document: Any, shapes: Any, chart: LossChart, left: float) -> None:
    """Add the chart to the document and a frame for it to `shapes`; `left` is in inches."""
    width, height = chart.width / _PIXELS, chart.height / _PIXELS
    frame = draw.Frame(
        name=chart.title,
        width=f"{width:.3f}in",
        height=f"{height:.3f}in",
        x=f"{left + 4 / _PIXELS:.3f}in",
        y=f"{(_ROW * chart.row + 4) / _PIXELS:.3f}in",
        zindex="0",
    )
    inside = document.addObject(_document(chart, width, height))
    # A folder's name ends in a slash; some validators take a name without one for a missing file
    href = inside.rstrip("/") + "/"
    frame.addElement(draw.Object(href=href, type="simple", show="embed", actuate="onLoad"))
    shapes.addElement(frame)


def _address(area: Area) -> str:
    """A range as a chart writes it: Sheet.A1:Sheet.A9."""
    sheet = OPENFORMULA.sheet(area.sheet)[1:]
    column = column_name(area.column)
    return f"{sheet}.{column}{area.row + 1}:{sheet}.{column}{area.row + area.rows}"


def _document(chart: LossChart, width: float, height: float) -> Any:
    document = OpenDocumentChart()
    general = number.NumberStyle(name="general")
    general.addElement(number.Number(minintegerdigits="1"))
    document.automaticstyles.addElement(general)
    axis = {"displaylabel": "true", "minimum": "0", "linkdatastyletosource": "false"}
    small = {"fontsize": "9pt"}
    looks: list[tuple[str, dict[str, Any], dict[str, str], dict[str, str]]] = [
        # name, chart properties, graphic properties, text properties
        ("title", {}, {}, {"fontsize": "12pt", "fontweight": "bold"}),
        ("whole", {}, {"stroke": "none", "fillcolor": "#FFFFFF"}, {}),
        ("plot", {"symboltype": "none"}, {}, {}),
        ("wall", {}, {"stroke": "none", "fill": "solid", "fillcolor": "#FFFFFF"}, {}),
        ("x", {**axis, "maximum": str(chart.x.rows - 1)}, {"strokecolor": "#7F7F7F"}, small),
        ("y", axis, {"strokecolor": "#7F7F7F"}, small),
        ("grid", {}, {"strokecolor": "#E0E0E0"}, {}),
        (
            "line",
            {"symboltype": "none"},
            {"stroke": "solid", "strokecolor": "#833C0B", "strokewidth": "0.06cm"},
            {},
        ),
    ]
    for name, of_chart, of_graphic, of_text in looks:
        plain_numbers = {"datastylename": "general"} if name in ("x", "y") else {}
        look = style.Style(name=name, family="chart", **plain_numbers)
        if of_chart:
            look.addElement(style.ChartProperties(**of_chart))
        if of_graphic:
            look.addElement(style.GraphicProperties(**of_graphic))
        if of_text:
            look.addElement(style.TextProperties(**of_text))
        document.automaticstyles.addElement(look)
    drawn = parts.Chart(
        attributes={"class": "chart:scatter"},
        width=f"{width:.3f}in",
        height=f"{height:.3f}in",
        stylename="whole",
    )
    document.chart.addElement(drawn)
    drawn.addElement(_titled(parts.Title(stylename="title"), chart.title))
    plot = parts.PlotArea(stylename="plot", datasourcehaslabels="none")
    x = parts.Axis(dimension="x", name="primary-x", stylename="x")
    x.addElement(_titled(parts.Title(), chart.x_title))
    y = parts.Axis(dimension="y", name="primary-y", stylename="y")
    y.addElement(parts.Grid(attributes={"class": "major"}, stylename="grid"))
    plot.addElement(x)
    plot.addElement(y)
    series = parts.Series(
        attributes={"class": "chart:scatter"},
        valuescellrangeaddress=_address(chart.y),
        stylename="line",
    )
    series.addElement(parts.Domain(cellrangeaddress=_address(chart.x)))
    series.addElement(parts.DataPoint(repeated=str(chart.y.rows)))
    plot.addElement(series)
    plot.addElement(parts.Wall(stylename="wall"))
    drawn.addElement(plot)
    return document


def _titled(element: Any, words: str) -> Any:
    element.addElement(text.P(text=words))
    return element
