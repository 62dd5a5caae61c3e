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
from dataclasses import replace
from html import escape
from zipfile import ZipFile

from odf import namespaces, style, table, text
from odf.element import Element
from odf.namespaces import nsdict
from odf.opendocument import OpenDocumentSpreadsheet

from sheetnet.formulas.printing import OPENFORMULA, Dialect
from sheetnet.sheets.model import FloatArray, Sheet, Text, Workbook
from sheetnet.writing import ods_chart
from sheetnet.writing.ods_address import range_address
from sheetnet.writing.ods_sheet import (
    TABLEOOONS,
    add_columns,
    add_table,
    row_styles,
    rule_name,
    validations,
    view_settings,
)
from sheetnet.writing.ods_styles import CALCEXTNS, conditional_formats, named_styles
from sheetnet.writing.rows import rows
from sheetnet.writing.zip import Parts

Frames = dict[tuple[int, int], str]
"""First cell of a chart -> the frame that shows it."""

_PLACEHOLDER = re.compile(
    rb'(?:<table:table-row table:style-name="row[^"]*">\s*<table:table-cell/>\s*'
    rb"</table:table-row>\s*)*"
    rb"<table:table-row>\s*<table:table-cell>\s*<text:p>sheetnet rows (\d+)</text:p>\s*"
    rb"</table:table-cell>\s*</table:table-row>"
)
_ROOT = re.compile(rb"<(\w+:[\w-]+)([^>]*)>")
_DECLARED = re.compile(rb' xmlns:\w+="[^"]*"')
nsdict.setdefault(TABLEOOONS, "tableooo")  # odfpy does not know it
# odfpy declares whatever namespaces its process has met so far: never twice the same
_NAMESPACES = "".join(
    f' xmlns:{nsdict[uri]}="{uri}"'
    for uri in (
        namespaces.OFFICENS, namespaces.TABLENS, namespaces.TEXTNS, namespaces.STYLENS,
        namespaces.FONS, namespaces.NUMBERNS, namespaces.DRAWNS, namespaces.CHARTNS,
        namespaces.SVGNS, namespaces.XLINKNS, namespaces.METANS, namespaces.DCNS,
        namespaces.CONFIGNS, namespaces.OOONS, namespaces.MANIFESTNS, namespaces.OFNS,
        namespaces.LOEXTNS, CALCEXTNS, TABLEOOONS,
    )
).encode()  # fmt: skip
_DATES = re.compile(rb"<(meta:creation-date|dc:date|meta:generator)>[^<]*</\1>")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SPECIAL = re.compile("[\x00-\x1f&<>\ufffe\uffff]|^ | $|  ")
_SPACES = re.compile(r"^ +| +$|  +", re.MULTILINE)


class OdsSyntax:
    """How .ods writes cells (see `rows.CellSyntax`) of the sheet at `position`."""

    dialect: Dialect = OPENFORMULA

    def __init__(
        self, position: int, sheet: Sheet, frames: Frames, row_names: Mapping[float, str]
    ) -> None:
        self._position, self._width = position, sheet.width()
        self._frames, self._row_names = frames, row_names
        self._next_row = 0

    def number(
        self, style: str, row: str, column: str, formula: str, slot: str, rule: int | None
    ) -> str:
        written = f' table:formula="of:={escape(formula)}"' if formula else ""
        name = "" if rule is None else rule_name(self._position, rule)
        guarded = f' table:content-validation-name="{name}"' if name else ""
        return f'<table:table-cell{guarded} table:style-name="{style}"{written}{slot}/>'

    def value(self, digits: str) -> str:
        return f' office:value-type="float" office:value="{digits}"'

    def text(self, text: Text) -> str:
        shown = self._frames.get((text.row, text.column), "")
        attributes = f'table:style-name="{text.style}"'
        covered = ""
        if text.span > 1:
            attributes += f' table:number-columns-spanned="{text.span}"'
            more = f' table:number-columns-repeated="{text.span - 1}"' if text.span > 2 else ""
            covered = f"<table:covered-table-cell{more}/>"
        if text.text:
            attributes += ' office:value-type="string"'
            lines = text.text.split("\n")
            shown = "".join(f"<text:p>{_spaced(line)}</text:p>" for line in lines) + shown
        if not shown:
            return f"<table:table-cell {attributes}/>{covered}"
        return f"<table:table-cell {attributes}>{shown}</table:table-cell>{covered}"

    def words(self, style: str, row: int, column: int, formula: str, text: str) -> str:
        made = f'table:style-name="{style}" table:formula="of:={escape(formula)}"'
        shown = f'office:value-type="string" office:string-value="{escape(text)}"'
        inside = f"<text:p>{_spaced(text)}</text:p>"
        return f"<table:table-cell {made} {shown}>{inside}</table:table-cell>"

    def gap(self, columns: int) -> str:
        return f'<table:table-cell table:number-columns-repeated="{columns}"/>'

    def row(self, row: int, height: float | None) -> tuple[bytes, bytes]:
        above, self._next_row = row - self._next_row, row + 1
        empty = (
            f'<table:table-row table:style-name="row" table:number-rows-repeated="{above}">'
            f"{self.gap(self._width)}</table:table-row>"
        )
        name = "row" if height is None else self._row_names[height]
        start = f'<table:table-row table:style-name="{name}">'
        return f"{empty if above else ''}{start}".encode(), b"</table:table-row>"


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
    shell, row_names = _shell(workbook)
    frames: list[Frames] = []
    charts: dict[str, bytes] = {}
    for sheet in workbook.sheets:
        frames.append({})
        for chart in sheet.charts:
            folder, order = f"Object {len(charts) + 1}", len(frames[-1])
            shown = ods_chart.frame(sheet, chart, folder, order)
            frames[-1][chart.area.row, chart.area.column] = shown
            size = ods_chart.size_in_inches(sheet, chart)
            charts[folder] = ods_chart.document(chart, *size)
    with ZipFile(io.BytesIO(shell)) as archive:
        for name in archive.namelist():
            part = _ROOT.sub(_declared, archive.read(name), count=1)
            if name == "content.xml":
                yield name, _content(part, workbook, values, frames, row_names)
            elif name.startswith("META-INF"):
                entries = b"".join(map(_entries, charts))
                end = b"</manifest:manifest>"
                yield name, iter([part.replace(end, entries + end)])
            else:
                yield name, iter([_DATES.sub(b"", part) if name == "meta.xml" else part])
    for folder, content in charts.items():
        yield f"{folder}/content.xml", iter([content])
        yield f"{folder}/styles.xml", iter([ods_chart.STYLES])
        yield f"{folder}/", iter([])


def _entries(folder: str) -> bytes:
    """What the manifest says of a chart."""
    kinds = {"": ods_chart.MIMETYPE, "content.xml": "text/xml", "styles.xml": "text/xml"}
    return "".join(
        f'<manifest:file-entry manifest:full-path="{folder}/{name}" manifest:media-type="{kind}"/>'
        for name, kind in kinds.items()
    ).encode()


def _declared(root: re.Match[bytes]) -> bytes:
    """The root's start tag with the same namespaces in every file."""
    attributes = _DECLARED.sub(b"", root[2])
    if root[1] == b"manifest:manifest":  # ODF 1.2 part 3, 4.16.2 wants it; odfpy leaves it out
        attributes += b' manifest:version="1.2"'
    return b"<" + root[1] + _NAMESPACES + attributes + b">"


def _content(
    part: bytes,
    workbook: Workbook,
    values: Mapping[str, FloatArray],
    frames: list[Frames],
    row_names: Mapping[float, str],
) -> Iterator[bytes]:
    # odfpy leaves out a style that it sees nobody use
    begin = b"<office:automatic-styles>"
    if any(frames):
        part = part.replace(begin, begin + ods_chart.FRAME, 1)
    end, names = 0, workbook.names()
    for where in _PLACEHOLDER.finditer(part):
        yield part[end : where.start()]
        position = int(where[1])
        sheet = workbook.sheets[position]
        syntax = OdsSyntax(position, sheet, frames[position], row_names)
        taken = {(text.row, text.column) for text in sheet.texts}
        anchors = [Text(*at, "") for at in frames[position] if at not in taken]
        yield from rows(replace(sheet, texts=[*sheet.texts, *anchors]), values, names, syntax)
        end = where.end()
    yield part[end:]


def _shell(workbook: Workbook) -> tuple[bytes, dict[float, str]]:
    """odfpy's file with a row a sheet to be replaced; the names of the styles of rows."""
    document = OpenDocumentSpreadsheet()
    document.meta.addElement(_title(workbook.title))
    for family in ("table", "table-row", "graphic"):
        document.styles.addElement(style.DefaultStyle(family=family))
    for element in named_styles(workbook):
        document.styles.addElement(element)
    row_names = row_styles(document, workbook)
    if (rules := validations(workbook)) is not None:
        document.spreadsheet.addElement(rules)
    widths: dict[float, str] = {}
    placement = workbook.names()
    for position, sheet in enumerate(workbook.sheets):
        page = add_table(document, position, sheet, workbook)
        add_columns(document, page, sheet, widths)
        if not position:  # odfpy leaves out styles that it sees nobody use
            for name in ("row", *row_names.values()):
                row = table.TableRow(stylename=name)
                row.addElement(table.TableCell())
                page.addElement(row)
        row, cell = table.TableRow(), table.TableCell()
        cell.addElement(text.P(text=f"sheetnet rows {position}"))
        row.addElement(cell)
        page.addElement(row)
        if (conditions := conditional_formats(sheet, placement)) is not None:
            page.addElement(conditions, check_grammar=False)
        document.spreadsheet.addElement(page)
    names = table.NamedExpressions()
    for name, area in placement.items():
        address = range_address(area)
        base = address.split(":")[0]
        names.addElement(
            table.NamedRange(name=name, basecelladdress=base, cellrangeaddress=address)
        )
    document.spreadsheet.addElement(names)
    document.settings.addElement(view_settings(workbook))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue(), row_names


def _title(words: str) -> Element:
    from odf import dc

    return dc.Title(text=_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", words))
