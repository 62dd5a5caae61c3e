"""A workbook becomes an .ods file: odfpy makes the shell, the rows are streamed into it.

Knows: odfpy's elements and the XML of one cell. Does not know formulas or numbers.

odfpy builds a tree of every cell, which takes 670 MB for a network of the size of MNIST's. It
knows OpenDocument well, so it writes everything else (styles, names, chart, validation, settings)
with one placeholder row a table; our rows take the placeholder's place in content.xml.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any
from zipfile import ZipFile

from odf import config, namespaces, number, style, table, text
from odf.element import Element
from odf.namespaces import LOEXTNS, nsdict
from odf.opendocument import OpenDocumentSpreadsheet

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area
from sheetnet.formulas.printing import OPENFORMULA, Dialect
from sheetnet.sheets.model import FloatArray, Sheet, WholeNumber, Workbook
from sheetnet.writing.ods_chart import insert_chart
from sheetnet.writing.rows import rows
from sheetnet.writing.styles import COLUMN_WIDTH, STYLES, TINY, Style
from sheetnet.writing.zip import Parts

_PLACEHOLDER = re.compile(
    rb"<table:table-row>\s*<table:table-cell>\s*<text:p>sheetnet rows (\d+)</text:p>\s*"
    rb"</table:table-cell>\s*</table:table-row>"
)
_ROOT = re.compile(rb"<(\w+:[\w-]+)([^>]*)>")
_DECLARED = re.compile(rb' xmlns:\w+="[^"]*"')
CALCEXTNS = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
nsdict.setdefault(CALCEXTNS, "calcext")  # odfpy does not know it
# odfpy declares whatever namespaces its process has met so far: never twice the same
_NAMESPACES = "".join(
    f' xmlns:{nsdict[uri]}="{uri}"'
    for uri in (
        namespaces.OFFICENS, namespaces.TABLENS, namespaces.TEXTNS, namespaces.STYLENS,
        namespaces.FONS, namespaces.NUMBERNS, namespaces.DRAWNS, namespaces.CHARTNS,
        namespaces.SVGNS, namespaces.XLINKNS, namespaces.METANS, namespaces.DCNS,
        namespaces.CONFIGNS, namespaces.OOONS, namespaces.MANIFESTNS, namespaces.OFNS,
        namespaces.LOEXTNS, CALCEXTNS,
    )
).encode()  # fmt: skip
_DATES = re.compile(rb"<(meta:creation-date|dc:date|meta:generator)>[^<]*</\1>")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SPECIAL = re.compile("[\x00-\x1f&<>\ufffe\uffff]|^ | $|  ")
_SPACES = re.compile(r"^ +| +$|  +", re.MULTILINE)


class OdsSyntax:
    """How .ods writes cells (see `rows.CellSyntax`); `extra` are attributes by style key."""

    dialect: Dialect = OPENFORMULA

    def __init__(self, width: int, extra: Mapping[str, str]) -> None:
        self._width = width
        self._extra = extra
        self._next_row = 0

    def number(self, style: str, row: str, column: str, formula: str, slot: str) -> str:
        written = f' table:formula="of:={escape(formula)}"' if formula else ""
        extra = self._extra.get(style, "")
        return f'<table:table-cell table:style-name="{style}"{extra}{written}{slot}/>'

    def value(self, digits: str) -> str:
        return f' office:value-type="float" office:value="{digits}"'

    def text(self, style: str, row: int, column: int, text: str) -> str:
        if not text:
            return f'<table:table-cell table:style-name="{style}"/>'
        paragraphs = "".join(f"<text:p>{_spaced(line)}</text:p>" for line in text.split("\n"))
        attributes = f'table:style-name="{style}" office:value-type="string"'
        return f"<table:table-cell {attributes}>{paragraphs}</table:table-cell>"

    def gap(self, columns: int) -> str:
        return f'<table:table-cell table:number-columns-repeated="{columns}"/>'

    def row(self, row: int, height: float | None) -> tuple[bytes, bytes]:
        above, self._next_row = row - self._next_row, row + 1
        empty = (
            f'<table:table-row table:number-rows-repeated="{above}">'
            f"{self.gap(self._width)}</table:table-row>"
        )
        return f"{empty if above else ''}<table:table-row>".encode(), b"</table:table-row>"


def _spaced(line: str) -> str:
    """Text in which no space is lost: XML readers fold runs of them."""
    if not _SPECIAL.search(line):
        return line
    clean = escape(_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", line), quote=False)
    kept = _SPACES.sub(lambda run: f'<text:s text:c="{len(run[0])}"/>', clean)
    return kept.replace("\t", "<text:tab/>")


def parts(workbook: Workbook, values: Mapping[str, FloatArray]) -> Parts:
    """Every part of the file, in order: its name and its bytes in pieces.

    `values` holds the cached numbers of each block, shape (rows, columns).
    """
    with ZipFile(io.BytesIO(_shell(workbook))) as archive:
        for name in archive.namelist():
            part = _ROOT.sub(_declared, archive.read(name), count=1)
            if name == "content.xml":
                yield name, _content(part, workbook, values)
            else:
                yield name, iter([_DATES.sub(b"", part) if name == "meta.xml" else part])
        for folder in sorted({name.split("/")[0] for name in archive.namelist() if "/" in name}):
            if folder != "META-INF":
                yield f"{folder}/", iter([])


def _declared(root: re.Match[bytes]) -> bytes:
    """The root's start tag with the same namespaces in every file."""
    attributes = _DECLARED.sub(b"", root[2])
    if root[1] == b"manifest:manifest":  # ODF 1.2 part 3, 4.16.2 wants it; odfpy leaves it out
        attributes += b' manifest:version="1.2"'
    return b"<" + root[1] + _NAMESPACES + attributes + b">"


def _content(part: bytes, workbook: Workbook, values: Mapping[str, FloatArray]) -> Iterator[bytes]:
    end = 0
    for where in _PLACEHOLDER.finditer(part):
        yield part[end : where.start()]
        sheet = workbook.sheets[int(where[1])]
        extra = {
            rule.style: f' table:content-validation-name="{_rule_name(rule)}"'
            for rule in sheet.whole_numbers
        }
        yield from rows(sheet, values, workbook.names(), OdsSyntax(sheet.width(), extra))
        end = where.end()
    yield part[end:]


def _shell(workbook: Workbook) -> bytes:
    document = OpenDocumentSpreadsheet()
    document.meta.addElement(_title(workbook.title))
    document.styles.addElement(style.DefaultStyle(family="table"))
    for key, look in STYLES.items():
        # Named styles, so that a teacher can restyle all weights at once
        for element in _cell_style(key, look):
            document.styles.addElement(element)
    _page(document)
    rules = [rule for sheet in workbook.sheets for rule in sheet.whole_numbers]
    if rules:
        validations = table.ContentValidations()
        for rule in rules:
            validations.addElement(_validation(rule))
        document.spreadsheet.addElement(validations)
    widths: dict[float, str] = {}
    for position, sheet in enumerate(workbook.sheets):
        page = table.Table(name=sheet.name, stylename="sheet")
        shapes = table.Shapes()
        for chart in sheet.charts:
            insert_chart(document, shapes, chart, _left(sheet, chart.column))
        if sheet.charts:
            page.addElement(shapes)
        for column in _columns(document, sheet, widths):
            page.addElement(column)
        row, cell = table.TableRow(), table.TableCell()
        cell.addElement(text.P(text=f"sheetnet rows {position}"))
        row.addElement(cell)
        page.addElement(row)
        if conditions := list(_conditions(sheet)):
            group = _calcext("conditional-formats")
            for condition in conditions:
                group.addElement(condition, check_grammar=False)
            page.addElement(group, check_grammar=False)
        document.spreadsheet.addElement(page)
    names = table.NamedExpressions()
    for name, area in workbook.names().items():
        address = range_address(area)
        base = address.split(":")[0]
        names.addElement(
            table.NamedRange(name=name, basecelladdress=base, cellrangeaddress=address)
        )
    document.spreadsheet.addElement(names)
    _settings(document, workbook)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _title(words: str) -> Element:
    from odf import dc

    return dc.Title(text=_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", words))


def range_address(area: Area, absolute: bool = True) -> str:
    """An area as OpenDocument's attributes write it: $Sheet.$A$1:$Sheet.$B$2."""
    mark = "$" if absolute else ""
    sheet = OPENFORMULA.sheet(area.sheet)[0 if absolute else 1 :]

    def corner(row: int, column: int) -> str:
        return f"{sheet}.{mark}{column_name(column)}{mark}{row + 1}"

    first = corner(area.row, area.column)
    last = corner(area.row + area.rows - 1, area.column + area.columns - 1)
    return first if first == last else f"{first}:{last}"


_NUMBERS: dict[str, dict[str, Any]] = {
    "fixed": {"decimalplaces": 4, "minintegerdigits": 1},
    "long": {"decimalplaces": 8, "minintegerdigits": 1},
    "small": {"decimalplaces": 4, "minintegerdigits": 1},
    "whole": {"decimalplaces": 0, "minintegerdigits": 1},
}


def _number_style(key: str, look: Style) -> Iterator[Element]:
    """The data style of one cell style; a general number needs none."""
    if look.number == "tiny":
        power = number.NumberStyle(name=f"number-{key}")
        power.addElement(
            number.ScientificNumber(decimalplaces=1, minintegerdigits=1, minexponentdigits=2)
        )
        yield power
    if look.number in _NUMBERS:
        simple = number.NumberStyle(name=f"number-{key}")
        simple.addElement(number.Number(**_NUMBERS[look.number]))
        yield simple


def _cell_style(key: str, look: Style) -> Iterator[Element]:
    """The named style of a key; one for small numbers has a twin for tiny ones."""
    if look.number == "small":
        yield from _cell_style(f"{key}_tiny", look._replace(number="tiny"))
    numbers = list(_number_style(key, look))
    yield from numbers
    named = {"datastylename": f"number-{key}"} if numbers else {}
    cell = style.Style(name=key, family="table-cell", **named)
    box = {"verticalalign": "middle"}
    box |= {"backgroundcolor": f"#{look.fill}"} if look.fill else {}
    box |= {"wrapoption": "wrap"} if look.wrap else {}
    box |= {"border": f"0.5pt solid #{look.border}"} if look.border else {}
    # A number too wide for its column gets smaller, where it would be ### otherwise
    box |= {"shrinktofit": "true"} if look.shrinks else {}
    cell.addElement(style.TableCellProperties(**box))
    if look.align:
        ends = {"left": "start", "right": "end", "center": "center"}
        cell.addElement(style.ParagraphProperties(textalign=ends[look.align]))
    letters: dict[str, str] = {"fontsize": f"{look.size}pt", "color": f"#{look.color}"}
    letters |= {"fontfamily": look.font}
    letters |= {"fontweight": "bold"} if look.bold else {}
    letters |= {"fontstyle": "italic"} if look.italic else {}
    cell.addElement(style.TextProperties(**letters))
    yield cell


def _calcext(name: str, **attributes: str) -> Element:
    """An element of LibreOffice's extensions, which odfpy has no functions for."""
    element = Element(qname=(CALCEXTNS, name), check_grammar=False)
    for key, value in attributes.items():
        element.setAttrNS(CALCEXTNS, key.replace("_", "-"), value)
    return element


def _conditions(sheet: Sheet) -> Iterator[Element]:
    """The style of tiny numbers, wherever numbers may be too small for four decimals."""
    for block in sheet.blocks:
        if STYLES[block.style].number == "small":
            address = range_address(block.area, absolute=False)
            target = _calcext("conditional-format", target_range_address=address)
            condition = _calcext(
                "condition",
                apply_style_name=f"{block.style}_tiny",
                value=f"between({-TINY},{TINY})",
                base_cell_address=address.split(":")[0],
            )
            target.addElement(condition, check_grammar=False)
            yield target


def _page(document: Any) -> None:
    """Landscape A4, as wide as the sheet."""
    layout = style.PageLayout(name="landscape")
    properties = style.PageLayoutProperties(
        pagewidth="29.7cm", pageheight="21cm", printorientation="landscape", margin="1.5cm"
    )
    properties.setAttrNS(LOEXTNS, "scale-to-X", "1")
    properties.setAttrNS(LOEXTNS, "scale-to-Y", "0")
    layout.addElement(properties)
    document.automaticstyles.addElement(layout)
    document.masterstyles.addElement(style.MasterPage(name="sheets", pagelayoutname="landscape"))
    sheet = style.Style(name="sheet", family="table", masterpagename="sheets")
    sheet.addElement(style.TableProperties(display="true"))
    document.automaticstyles.addElement(sheet)


def _columns(document: Any, sheet: Sheet, known: dict[float, str]) -> Iterator[Element]:
    """Column elements for every column used; their styles are made as they are needed."""
    column, width = 0, sheet.width()
    while column < width:
        wide = sheet.widths.get(column, COLUMN_WIDTH)
        run = 1
        while column + run < width and sheet.widths.get(column + run, COLUMN_WIDTH) == wide:
            run += 1
        if wide not in known:
            known[wide] = f"column-{len(known)}"
            look = style.Style(name=known[wide], family="table-column")
            look.addElement(style.TableColumnProperties(columnwidth=f"{_inches(wide):.4f}in"))
            document.automaticstyles.addElement(look)
        repeat = {"numbercolumnsrepeated": run} if run > 1 else {}
        yield table.TableColumn(stylename=known[wide], **repeat)
        column += run


def _inches(characters: float) -> float:
    """Width of a column as .xlsx measures it: 7 pixels a character and 5 of padding, 96 an inch."""
    return (7 * characters + 5) / 96


def _left(sheet: Sheet, column: int) -> float:
    """Inches from the sheet's left edge to a column."""
    return sum(_inches(sheet.widths.get(c, COLUMN_WIDTH)) for c in range(column))


def _rule_name(rule: WholeNumber) -> str:
    return f"whole-{rule.style}"


def _validation(rule: WholeNumber) -> Element:
    between = f"cell-content-is-between({rule.smallest},{rule.largest})"
    validation = table.ContentValidation(
        name=_rule_name(rule),
        condition=f"of:cell-content-is-whole-number() and {between}",
        allowemptycell="false",
        basecelladdress=range_address(rule.area.part(0, 0, 1, 1)),
    )
    message = table.ErrorMessage(title="Not a step", display="true", messagetype="stop")
    message.addElement(text.P(text=rule.hint))
    validation.addElement(message)
    return validation


def _settings(document: Any, workbook: Workbook) -> None:
    """Frozen panes and no grid: what a program shows, sheet by sheet."""

    def item(name: str, kind: str, value: object) -> Element:
        element = config.ConfigItem(name=name, type=kind)
        element.addText(str(value))
        return element

    tables = config.ConfigItemMapNamed(name="Tables")
    for sheet in workbook.sheets:
        entry = config.ConfigItemMapEntry(name=sheet.name)
        down, right = sheet.frozen
        for axis, split in (("Horizontal", right), ("Vertical", down)):
            entry.addElement(item(f"{axis}SplitMode", "short", 2 if split else 0))
            entry.addElement(item(f"{axis}SplitPosition", "int", split))
        entry.addElement(item("ActiveSplitRange", "short", 3 if down and right else 2))
        entry.addElement(item("PositionLeft", "int", 0))
        entry.addElement(item("PositionRight", "int", right))
        entry.addElement(item("PositionTop", "int", 0))
        entry.addElement(item("PositionBottom", "int", down))
        entry.addElement(item("ShowGrid", "boolean", "true" if sheet.grid else "false"))
        tables.addElement(entry)
    view = config.ConfigItemMapEntry()
    view.addElement(item("ViewId", "string", "view1"))
    view.addElement(tables)
    view.addElement(item("ActiveTable", "string", workbook.sheets[0].name))
    views = config.ConfigItemMapIndexed(name="Views")
    views.addElement(view)
    settings = config.ConfigItemSet(name="ooo:view-settings")
    settings.addElement(views)
    document.settings.addElement(settings)
