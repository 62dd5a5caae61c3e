"""What a sheet is besides its cells, as odfpy's elements: columns, what may be typed, print, view.

Knows: OpenDocument's elements for these. Does not know cells, styles of cells or charts.
"""

from __future__ import annotations

from typing import Any

from odf import config, style, table, text
from odf.element import Element
from odf.namespaces import LOEXTNS

from sheetnet.sheets.model import Print, Sheet, Validation, Workbook
from sheetnet.writing.ods_address import range_address
from sheetnet.writing.rows import row_heights
from sheetnet.writing.styles import COLUMN_WIDTH, ROW_HEIGHT, in_footer

TABLEOOONS = "http://openoffice.org/2009/table"


def inches(characters: float) -> float:
    """Width of a column as LibreOffice takes it from an .xlsx.

    A digit of Arial 10 is 7.4 pixels wide, and 5 are padding, 96 an inch.
    """
    return (7.4 * characters + 5) / 96


def add_table(document: Any, position: int, sheet: Sheet, workbook: Workbook) -> Any:
    """The table with its columns, and the styles that they and its rows need."""
    _page(document, position, sheet, workbook.title)
    attributes: dict[str, Any] = {"name": sheet.name, "stylename": f"sheet-{position}"}
    if sheet.print is None:
        attributes["print"] = "false"
    elif sheet.print.areas:
        addresses = (range_address(area, absolute=False) for area in sheet.print.areas)
        attributes["printranges"] = " ".join(addresses)
    if workbook.is_protected:
        attributes["protected"] = "true"
    made = table.Table(**attributes)
    if workbook.is_protected:
        allowed = Element(qname=(LOEXTNS, "table-protection"), check_grammar=False)
        for cells in ("protected", "unprotected"):
            allowed.setAttrNS(LOEXTNS, f"select-{cells}-cells", "true")
        made.addElement(allowed, check_grammar=False)
    return made


def add_columns(document: Any, made: Any, sheet: Sheet, known: dict[float, str]) -> None:
    """Column elements for every column used, those of a group in groups within groups."""
    count = sheet.width()
    levels, folded = [0] * count, [False] * count
    for group in sheet.groups:
        for column in range(group.column, group.column + group.columns):
            levels[column] = max(levels[column], group.level)
            folded[column] |= group.is_folded
    parents = [made]
    column = 0
    while column < count:
        wide, level = sheet.widths.get(column, COLUMN_WIDTH), levels[column]
        is_folded = folded[column]
        run = 1
        while (
            column + run < count
            and sheet.widths.get(column + run, COLUMN_WIDTH) == wide
            and levels[column + run] == level
            and folded[column + run] == is_folded
        ):
            run += 1
        while len(parents) - 1 > level:
            parents.pop()
        while len(parents) - 1 < level:
            group_element = table.TableColumnGroup(display="false" if is_folded else "true")
            parents[-1].addElement(group_element)
            parents.append(group_element)
        if wide not in known:
            known[wide] = f"column-{len(known)}"
            look = style.Style(name=known[wide], family="table-column")
            look.addElement(style.TableColumnProperties(columnwidth=f"{inches(wide):.4f}in"))
            document.automaticstyles.addElement(look)
        more: dict[str, Any] = {"numbercolumnsrepeated": run} if run > 1 else {}
        more |= {"visibility": "collapse"} if is_folded else {}
        parents[-1].addElement(table.TableColumn(stylename=known[wide], **more))
        column += run


def row_styles(document: Any, workbook: Workbook) -> dict[float, str]:
    """Height of a row in points to the name of its style."""
    heights = {height for sheet in workbook.sheets for height in row_heights(sheet).values()}
    names = {height: f"row-{number}" for number, height in enumerate(sorted(heights))}
    for height, name in [*names.items(), (ROW_HEIGHT, "row")]:
        look = style.Style(name=name, family="table-row")
        look.addElement(
            style.TableRowProperties(rowheight=f"{height / 72:.4f}in", useoptimalrowheight="false")
        )
        document.automaticstyles.addElement(look)
    return names


def rule_name(position: int, rule: int) -> str:
    """The name of a sheet's validation."""
    return f"rule-{position}-{rule}"


def validations(workbook: Workbook) -> Element | None:
    """What may be typed, for all sheets; None where anything may."""
    group = table.ContentValidations()
    for position, sheet in enumerate(workbook.sheets):
        for number, rule in enumerate(sheet.validations):
            group.addElement(_validation(rule_name(position, number), rule))
    return group if group.hasChildNodes() else None


def _validation(name: str, rule: Validation) -> Element:
    validation = table.ContentValidation(
        name=name,
        condition=f"of:{_condition(rule)}",
        allowemptycell="true" if rule.kind == "list" else "false",
        basecelladdress=range_address(rule.area.part(0, 0, 1, 1)),
    )
    kind = "stop" if rule.is_strict else "information"
    message = table.ErrorMessage(title=rule.title, display="true", messagetype=kind)
    message.addElement(text.P(text=rule.message))
    validation.addElement(message)
    return validation


def _condition(rule: Validation) -> str:
    if rule.kind == "list":
        options = ";".join(f'"{option}"' for option in rule.options)
        return f"cell-content-is-in-list({options})"
    number = "whole" if rule.kind == "whole" else "decimal"
    if rule.high is not None:
        limits = f"cell-content-is-between({rule.low or 0},{rule.high})"
    else:
        limits = f"cell-content()>={-1e300 if rule.low is None else rule.low}"
    return f"cell-content-is-{number}-number() and {limits}"


def _page(document: Any, position: int, sheet: Sheet, title: str) -> None:
    """How the sheet is printed, and the style of its table."""
    wish = sheet.print or Print()
    name = f"page-{position}"
    layout = style.PageLayout(name=name)
    properties = style.PageLayoutProperties(
        pagewidth="29.7cm",
        pageheight="21cm",
        printorientation="landscape",
        marginleft="1.3cm",
        marginright="1.3cm",
        margintop="1.3cm",
        marginbottom="0.8cm",
    )
    properties.setAttrNS(LOEXTNS, "scale-to-X", str(wish.wide))
    properties.setAttrNS(LOEXTNS, "scale-to-Y", str(wish.tall))
    layout.addElement(properties)
    below = style.FooterStyle()
    below.addElement(style.HeaderFooterProperties(minheight="0.7cm", margintop="0.3cm"))
    layout.addElement(below)
    document.automaticstyles.addElement(layout)
    page = style.MasterPage(name=name, pagelayoutname=name)
    footer = style.Footer()
    for where, pieces in (
        (style.RegionLeft, [in_footer(title)]),
        (style.RegionCenter, [text.SheetName()]),
        (style.RegionRight, [text.PageNumber(), " / ", text.PageCount()]),
    ):
        region, line = where(), text.P()
        for piece in pieces:
            line.addText(piece) if isinstance(piece, str) else line.addElement(piece)
        region.addElement(line)
        footer.addElement(region)
    page.addElement(footer)
    document.masterstyles.addElement(page)
    look = style.Style(name=f"sheet-{position}", family="table", masterpagename=name)
    shown = style.TableProperties(display="false" if sheet.is_hidden else "true")
    if sheet.tab:
        shown.setAttrNS(TABLEOOONS, "tab-color", f"#{sheet.tab}")
    look.addElement(shown)
    document.automaticstyles.addElement(look)


def view_settings(workbook: Workbook) -> Element:
    """Frozen panes, zoom, cursor and no grid: what a program shows, sheet by sheet."""

    def item(name: str, kind: str, value: object) -> Element:
        element = config.ConfigItem(name=name, type=kind)
        element.addText(str(value))
        return element

    tables = config.ConfigItemMapNamed(name="Tables")
    for sheet in workbook.sheets:
        entry = config.ConfigItemMapEntry(name=sheet.name)
        down, right = sheet.frozen
        row, column = sheet.first_typed()
        entry.addElement(item("CursorPositionX", "int", column))
        entry.addElement(item("CursorPositionY", "int", row))
        for axis, split in (("Horizontal", right), ("Vertical", down)):
            entry.addElement(item(f"{axis}SplitMode", "short", 2 if split else 0))
            entry.addElement(item(f"{axis}SplitPosition", "int", split))
        entry.addElement(item("ActiveSplitRange", "short", 3 if down and right else 2))
        entry.addElement(item("PositionLeft", "int", 0))
        entry.addElement(item("PositionRight", "int", right))
        entry.addElement(item("PositionTop", "int", 0))
        entry.addElement(item("PositionBottom", "int", down))
        entry.addElement(item("ZoomType", "short", 0))
        entry.addElement(item("ZoomValue", "int", sheet.zoom))
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
    return settings
