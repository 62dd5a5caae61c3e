"""A chart in an .ods file: a chart document inside the spreadsheet, and the frame that shows it.

Knows: OpenDocument's chart elements (ODF 1.3 part 3, 11), and how a frame is tied to its cells.
Does not know what the numbers mean. It is written as text: odfpy would take longer for one chart
than for a sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from sheetnet.palette import INK, PAPER, SECONDARY
from sheetnet.sheets.model import Axis, Chart, Series, Sheet
from sheetnet.writing.ods_address import range_address
from sheetnet.writing.ods_sheet import inches
from sheetnet.writing.rows import row_heights
from sheetnet.writing.styles import COLUMN_WIDTH, FONT, ROW_HEIGHT

FRAME = (
    b'<style:style style:name="chart-frame" style:family="graphic"><style:graphic-properties '
    b'draw:stroke="none" draw:fill="none"/></style:style>'
)
"""A style without fill or line: a program's default would hide the cells under a bare chart."""
MIMETYPE = "application/vnd.oasis.opendocument.chart"
_SPACES = "".join(
    f' xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"),
        ("fo", "xsl-fo-compatible"), ("number", "datastyle"), ("draw", "drawing"),
        ("chart", "chart"), ("svg", "svg-compatible"),
    )
)  # fmt: skip
_SPACES += ' xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
STYLES = f'{_HEAD}<office:document-styles{_SPACES} office:version="1.2"/>'.encode()
_NUMBERS = (
    '<number:number-style style:name="general"><number:number number:min-integer-digits="1"/>'
    '</number:number-style><number:number-style style:name="power"><number:scientific-number '
    'number:decimal-places="0" number:min-integer-digits="1" number:min-exponent-digits="2"/>'
    "</number:number-style>"
)
_WRITTEN = (
    ' chart:data-label-number="none" chart:data-label-series="true" chart:label-position="center" '
    f'loext:label-fill="solid" loext:label-fill-color="#{PAPER}"'
)
_LETTERS = f'fo:font-size="9pt" fo:font-family="{FONT}" fo:color="#{SECONDARY}"'
_TITLE = f'fo:font-size="12pt" fo:font-weight="bold" fo:font-family="{FONT}"'
_NOTHING = 'draw:stroke="none" draw:fill="none"'
_WHITE = 'draw:stroke="none" draw:fill="solid" draw:fill-color="#FFFFFF"'
_FRAMED = (
    'draw:stroke="solid" svg:stroke-color="#D9DCE0" draw:fill="solid" draw:fill-color="#FFFFFF"'
)


def size_in_inches(sheet: Sheet, chart: Chart) -> tuple[float, float]:
    """How wide and high the cells are on which the chart lies."""
    area, heights = chart.area, row_heights(sheet)
    columns = range(area.column, area.column + area.columns)
    rows = range(area.row, area.row + area.rows)
    wide = sum(inches(sheet.widths.get(column, COLUMN_WIDTH)) for column in columns)
    return wide, sum(heights.get(row, ROW_HEIGHT) / 72 for row in rows)


def frame(sheet: Sheet, chart: Chart, folder: str, order: int) -> str:
    """The frame that shows the chart in `folder`, for the first cell of the chart's area.

    It ends where its last cell ends: it moves and grows with the cells.
    """
    area = chart.area
    wide, high = size_in_inches(sheet, chart)
    last = area.part(area.rows - 1, area.columns - 1, 1, 1)
    end_x = inches(sheet.widths.get(last.column, COLUMN_WIDTH))
    end_y = row_heights(sheet).get(last.row, ROW_HEIGHT) / 72
    end = escape(range_address(last, absolute=False))
    return (
        f'<draw:frame table:end-cell-address="{end}" table:end-x="{end_x:.4f}in" '
        f'table:end-y="{end_y:.4f}in" draw:z-index="{order}" draw:style-name="chart-frame" '
        f'draw:name="{escape(chart.title)} {order}" svg:width="{wide:.4f}in" '
        f'svg:height="{high:.4f}in" svg:x="0in" svg:y="0in"><draw:object xlink:href="./{folder}/" '
        'xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame>'
    )


def document(chart: Chart, wide: float, high: float) -> bytes:
    """The content.xml of the chart, which is so many inches wide and high."""
    titled = chart.title and not chart.is_bare
    title = f'<chart:title chart:style-name="title">{_words(chart.title)}</chart:title>'
    legend = '<chart:legend chart:legend-position="bottom" chart:style-name="legend"/>'
    room = f'svg:x="0in" svg:y="0in" svg:width="{wide:.4f}in" svg:height="{high:.4f}in" '
    return "".join(
        [
            f'{_HEAD}<office:document-content{_SPACES} office:version="1.2">',
            f"<office:automatic-styles>{_NUMBERS}{''.join(_styles(chart))}",
            "</office:automatic-styles><office:body><office:chart>",
            f'<chart:chart chart:class="chart:scatter" svg:width="{wide:.4f}in" '
            f'svg:height="{high:.4f}in" chart:style-name="whole">',
            title if titled else "",
            legend if chart.has_legend else "",
            f'<chart:plot-area {room if chart.is_bare else ""}chart:style-name="plot" '
            'chart:data-source-has-labels="none">',
            _axis("x", chart.x, chart.is_bare),
            _axis("y", chart.y, chart.is_bare),
            *(_series(place, series) for place, series in enumerate(chart.series)),
            '<chart:wall chart:style-name="wall"/></chart:plot-area></chart:chart>',
            "</office:chart></office:body></office:document-content>",
        ]
    ).encode()


def _axis(name: str, axis: Axis, is_bare: bool) -> str:
    inside = ""
    if axis.title and not is_bare:
        inside = f'<chart:title chart:style-name="axis-title">{_words(axis.title)}</chart:title>'
    if name == "y" and not is_bare:
        inside += '<chart:grid chart:class="major" chart:style-name="grid"/>'
    return (
        f'<chart:axis chart:dimension="{name}" chart:name="primary-{name}" '
        f'chart:style-name="{name}">{inside}</chart:axis>'
    )


def _series(place: int, series: Series) -> str:
    x, y = (escape(range_address(area, absolute=False)) for area in (series.x, series.y))
    label = ""
    if series.label is not None:
        where = escape(range_address(series.label, absolute=False))
        label = f' chart:label-cell-address="{where}"'
    return (
        f'<chart:series chart:class="chart:scatter" chart:values-cell-range-address="{y}"{label} '
        f'chart:style-name="line-{place}"><chart:domain table:cell-range-address="{x}"/>'
        f'<chart:data-point chart:repeated="{series.y.rows * series.y.columns}"/></chart:series>'
    )


def _styles(chart: Chart) -> Iterator[str]:
    bare = chart.is_bare
    yield _style("title", of_text=_TITLE)
    yield _style("axis-title", of_text=_LETTERS)
    yield _style("legend", of_graphic=_NOTHING, of_text=_LETTERS)
    yield _style("whole", of_graphic=_NOTHING if bare else _FRAMED)
    yield _style(
        "plot",
        'chart:symbol-type="none" chart:treat-empty-cells="leave-gap" '
        'chart:include-hidden-cells="true"',
    )
    yield _style("wall", of_graphic=_NOTHING if bare else _WHITE)
    yield _style("grid", of_graphic='svg:stroke-color="#E0E0E0"')
    for name, axis in (("x", chart.x), ("y", chart.y)):
        shown = "false" if bare else "true"
        look = f'chart:display-label="{shown}" chart:visible="{shown}" '
        look += 'chart:link-data-style-to-source="false" chart:axis-label-position="outside-start"'
        look += f' chart:minimum="{axis.low!r}"' if axis.low is not None else ""
        look += f' chart:maximum="{axis.high!r}"' if axis.high is not None else ""
        look += ' chart:logarithmic="true" chart:axis-position="start"' if axis.is_log else ""
        line = 'draw:stroke="none"' if bare else 'svg:stroke-color="#9AA1A9"'
        yield _style(name, look, line, _LETTERS, "power" if axis.is_log else "general")
    for place, series in enumerate(chart.series):
        yield _line(f"line-{place}", series)


def _line(name: str, series: Series) -> str:
    color = f"#{series.color}"
    look = 'chart:symbol-type="none"'
    if series.marker:
        size = f"{series.marker / 72:.4f}in"
        look = (
            'chart:symbol-type="named-symbol" chart:symbol-name="circle" '
            f'chart:symbol-width="{size}" chart:symbol-height="{size}"'
        )
    stroke = 'draw:stroke="none"'
    if series.width:
        wide = f"{series.width / 72:.4f}in"
        stroke = f'draw:stroke="solid" svg:stroke-color="{color}" svg:stroke-width="{wide}"'
    of_text = ""
    if series.is_written:
        look += _WRITTEN
        of_text = f'fo:font-size="8pt" fo:font-family="{FONT}" fo:color="#{INK}"'
    return _style(name, look, f'{stroke} draw:fill-color="{color}"', of_text)


def _style(
    name: str, of_chart: str = "", of_graphic: str = "", of_text: str = "", numbers: str = ""
) -> str:
    data = f' style:data-style-name="{numbers}"' if numbers else ""
    inside = "".join(
        f"<style:{kind}-properties {properties}/>"
        for kind, properties in (("chart", of_chart), ("graphic", of_graphic), ("text", of_text))
        if properties
    )
    return f'<style:style style:name="{name}" style:family="chart"{data}>{inside}</style:style>'


def _words(text: str) -> str:
    return f"<text:p>{escape(text, quote=False)}</text:p>"
