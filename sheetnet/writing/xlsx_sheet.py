"""What one sheet is besides its cells, as XlsxWriter is told: columns, panes, rules, print.

Knows: XlsxWriter's calls for a worksheet. Does not know cells, blocks' formulas or charts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sheetnet.formulas.columns import column_name
from sheetnet.formulas.place import Area, Placement
from sheetnet.formulas.printing import XLSX, Marks, Printer
from sheetnet.formulas.tree import I, Index
from sheetnet.sheets.model import Print, Rule, Sheet, Validation, Workbook
from sheetnet.writing.rows import row_heights
from sheetnet.writing.styles import COLUMN_WIDTH, LOOKS, ROW_HEIGHT, STYLES, in_footer, looks_of

NUMBER_FORMATS = {
    "general": "General",
    "fixed": "0.0000",
    "three": "0.000",
    "two": "0.00",
    "long": "0.00000000",
    "small": "0.0000",
    "tiny": "0.0E+00",
    "whole": "0",
    "none": ";;;",
    "dot": '"●";"●";"●"',
    "cross": '"✕";"✕";"✕"',
}


def corners(area: Area) -> tuple[int, int, int, int]:
    """First row and column, last row and column."""
    return area.row, area.column, area.row + area.rows - 1, area.column + area.columns - 1


def size_in_pixels(sheet: Sheet, area: Area) -> tuple[int, int]:
    """How wide and high an area of the sheet is, as Excel counts it."""
    columns = range(area.column, area.column + area.columns)
    heights = row_heights(sheet)
    rows = (heights.get(row, ROW_HEIGHT) for row in range(area.row, area.row + area.rows))
    wide = sum(int(sheet.widths.get(column, COLUMN_WIDTH) * 7 + 0.5) + 5 for column in columns)
    return wide, sum(int(4 / 3 * height) for height in rows)


class Looks:
    """The formats of rules, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key not in self._made:
            look = LOOKS[key]
            format_: dict[str, Any] = {}
            format_ |= {"bg_color": f"#{look.fill}"} if look.fill else {}
            format_ |= {"font_color": f"#{look.color}"} if look.color else {}
            format_ |= {"num_format": NUMBER_FORMATS[look.number]} if look.number else {}
            format_ |= {"border": 1, "border_color": f"#{look.border}"} if look.border else {}
            format_ |= {"bold": True} if look.bold else {}
            self._made[key] = self._book.add_format(format_)
        return self._made[key]


def set_up(
    page: Any,
    sheet: Sheet,
    workbook: Workbook,
    looks: Looks,
    refer: Callable[[Area], str],
) -> None:
    """Tell the page everything but its cells and charts."""
    _columns(page, sheet)
    for row, height in row_heights(sheet).items():
        page.set_row(row, height)
    for text in sheet.texts:
        if text.span > 1:
            last = text.column + text.span - 1
            page.merge_range(text.row, text.column, text.row, last, "")
    if any(sheet.frozen):
        page.freeze_panes(*sheet.frozen)
    if not sheet.grid:
        page.hide_gridlines(2)
    if sheet.tab:
        page.set_tab_color(f"#{sheet.tab}")
    page.set_zoom(sheet.zoom)
    page.set_selection(*sheet.first_typed(), *sheet.first_typed())
    if sheet.is_hidden:
        page.hide()
    _rules(page, sheet, workbook.names(), looks)
    for validation in sheet.validations:
        page.data_validation(*corners(validation.area), _validation(validation))
    _print(page, sheet.print or Print(), workbook.title)
    if workbook.is_protected:
        page.protect("", {"format_cells": True, "format_columns": True, "format_rows": True})


def define_print_areas(book: Any, sheet: Sheet, refer: Callable[[Area], str]) -> None:
    """XlsxWriter knows one print area a sheet; a name of this kind may hold several."""
    if sheet.print and sheet.print.areas:
        prefix = XLSX.sheet(sheet.name)
        areas = ",".join(map(refer, sheet.print.areas))
        book.define_name(f"{prefix}_xlnm.Print_Area", "=" + areas)


def _columns(page: Any, sheet: Sheet) -> None:
    page.set_column(0, sheet.width() - 1, COLUMN_WIDTH)
    folds: dict[int, dict[str, Any]] = {}
    for group in sheet.groups:
        for column in range(group.column, group.column + group.columns):
            folds[column] = {"level": group.level, "hidden": group.is_folded}
        if group.is_folded:
            folds.setdefault(group.column + group.columns, {})["collapsed"] = True
    for column in sorted(sheet.widths.keys() | folds.keys()):
        width = sheet.widths.get(column, COLUMN_WIDTH)
        page.set_column(column, column, width, None, folds.get(column, {}))


def _rules(page: Any, sheet: Sheet, names: Placement, looks: Looks) -> None:
    for rule in sheet.rules:
        _rule(page, rule, names, looks)
    for block in sheet.blocks:
        parts = ((block.style, block.area), (block.typed_style, block.typed_area()))
        for style, area in parts[: 1 + bool(block.typed_name and block.typed_rows)]:
            for look, between in looks_of(STYLES[style].number):
                _rule(page, Rule(area, style, look, between), names, looks)


def _rule(page: Any, rule: Rule, names: Placement, looks: Looks) -> None:
    if rule.formula is None:
        low, high = rule.between
        test = {"type": "cell", "criteria": "between", "minimum": low, "maximum": high}
    else:
        marks = Marks()
        tree = rule.formula(I, Index(0, "j"))
        text = marks.fill(Printer(XLSX, names, rule.area, marks).text(tree), rule.area.row)
        test = {"type": "formula", "criteria": "=" + text}
    look: dict[str, Any] = {"format": looks[rule.look], "stop_if_true": True}
    if rule.others:
        look["multi_range"] = " ".join(map(_plain, rule.areas()))
    page.conditional_format(*corners(rule.area), test | look)


def _plain(area: Area) -> str:
    top, left, bottom, right = corners(area)
    return f"{column_name(left)}{top + 1}:{column_name(right)}{bottom + 1}"


def _validation(rule: Validation) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "error_title": rule.title,
        "error_message": rule.message,
        "error_type": "stop" if rule.is_strict else "information",
    }
    if rule.kind == "list":
        return {"validate": "list", "source": list(rule.options), **told}
    kind = {"validate": "decimal" if rule.kind == "number" else "integer", **told}
    kind["ignore_blank"] = False
    if rule.high is not None:
        low = rule.low or 0
        return {**kind, "criteria": "between", "minimum": low, "maximum": rule.high}
    smallest = -1e300 if rule.low is None else rule.low
    return {**kind, "criteria": ">=", "value": smallest}


def _print(page: Any, wish: Print, title: str) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(wish.wide, wish.tall)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    shown = in_footer(title).replace("&", "&&")
    page.set_footer(f"&L&8{shown}&C&8&A&R&8&P / &N")
