"""The named styles of an .ods file, and what rules make of them.

Knows: odfpy's elements for cell styles, number styles and conditional formats. Does not know
which cells there are.

A rule's style is a whole cell style in OpenDocument: whatever it left out would fall back to the
default, so each rule gets a twin of its cells' style with the rule's changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from odf import number, style
from odf.element import Element
from odf.namespaces import nsdict

from sheetnet.formulas.place import Area, Placement
from sheetnet.formulas.printing import OPENFORMULA, Marks, Printer
from sheetnet.formulas.tree import I, Index
from sheetnet.sheets.model import Rule, Sheet, Workbook
from sheetnet.writing.ods_address import range_address
from sheetnet.writing.rows import used_styles
from sheetnet.writing.styles import FONT, FONT_SIZE, LOOKS, STYLES, Style, looks_of

CALCEXTNS = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
nsdict.setdefault(CALCEXTNS, "calcext")  # odfpy does not know it

_DECIMALS = {"fixed": 4, "small": 4, "three": 3, "two": 2, "long": 8, "whole": 0}
_SIGNS = {"none": "", "dot": "●", "cross": "✕"}


def named_styles(workbook: Workbook) -> Iterator[Element]:
    """Every named style, so that a teacher can restyle all weights at once."""
    usual = style.DefaultStyle(family="table-cell")
    # No language: a program would underline w₀₀ and δ as mistakes
    usual.addElement(
        style.TextProperties(
            fontfamily=FONT, fontsize=f"{FONT_SIZE}pt", language="zxx", country="none"
        )
    )
    yield usual
    twins = {(rule.style, rule.look) for sheet in workbook.sheets for rule in all_rules(sheet)}
    for key, look in used_styles(workbook).items():
        yield from _cell_style(key, look)
    for key, changed in sorted(twins):
        yield from _cell_style(_twin(key, changed), LOOKS[changed].of(STYLES[key]))


def all_rules(sheet: Sheet) -> Iterator[Rule]:
    """The sheet's own rules, and those that number formats bring along."""
    yield from sheet.rules
    for block in sheet.blocks:
        parts = ((block.style, block.area), (block.typed_style, block.typed_area()))
        for key, area in parts[: 1 + bool(block.typed_name and block.typed_rows)]:
            for look, between in looks_of(STYLES[key].number):
                yield Rule(area, key, look, between)


def conditional_formats(sheet: Sheet, names: Placement) -> Element | None:
    """The rules of a sheet as LibreOffice writes them, or None without any."""
    group = _calcext("conditional-formats")
    targets: dict[tuple[Area, ...], Element] = {}
    for rule in all_rules(sheet):
        areas = rule.areas()
        address = " ".join(range_address(area, absolute=False) for area in areas)
        if areas not in targets:
            targets[areas] = _calcext("conditional-format", target_range_address=address)
            group.addElement(targets[areas], check_grammar=False)
        condition = _calcext(
            "condition",
            apply_style_name=_twin(rule.style, rule.look),
            value=_condition(rule, names),
            base_cell_address=range_address(rule.area.part(0, 0, 1, 1), absolute=False),
        )
        targets[areas].addElement(condition, check_grammar=False)
    return group if targets else None


def _condition(rule: Rule, names: Placement) -> str:
    if rule.formula is None:
        low, high = rule.between
        return f"between({low},{high})"
    marks = Marks()
    tree = rule.formula(I, Index(0, "j"))
    text = Printer(OPENFORMULA, names, rule.area, marks).text(tree)
    return f"formula-is({marks.fill(text, rule.area.row)})"


def _twin(key: str, look: str) -> str:
    return f"{key}_{look}"


def _calcext(name: str, **attributes: str) -> Element:
    """An element of LibreOffice's extensions, which odfpy has no functions for."""
    element = Element(qname=(CALCEXTNS, name), check_grammar=False)
    for key, value in attributes.items():
        element.setAttrNS(CALCEXTNS, key.replace("_", "-"), value)
    return element


def _number_style(key: str, look: Style) -> Iterator[Element]:
    """The data style of one cell style; a general number needs none."""
    name = f"number-{key}"
    if look.number == "tiny":
        power = number.NumberStyle(name=name)
        power.addElement(
            number.ScientificNumber(decimalplaces=1, minintegerdigits=1, minexponentdigits=2)
        )
        yield power
    if look.number in _DECIMALS:
        simple = number.NumberStyle(name=name)
        places = _DECIMALS[look.number]
        simple.addElement(number.Number(decimalplaces=places, minintegerdigits=1))
        yield simple
    if look.number in _SIGNS:  # three parts, or a negative number would show a minus sign
        sign = _SIGNS[look.number]
        for part in (0, 1, 2):
            shown = number.NumberStyle(name=f"{name}-{part}", volatile="true")
            shown.addElement(number.Text(text=sign))
            yield shown
        whole = number.TextStyle(name=name)
        whole.addElement(number.Text(text=sign))
        for part, sort in enumerate((">", "<", "=")):
            condition = f"value(){sort}0"
            whole.addElement(style.Map(condition=condition, applystylename=f"{name}-{part}"))
        yield whole


def _cell_style(key: str, look: Style) -> Iterator[Element]:
    """The named style of a key, behind the number style that it uses."""
    numbers = list(_number_style(key, look))
    yield from numbers
    named = {"datastylename": f"number-{key}"} if numbers else {}
    cell = style.Style(name=key, family="table-cell", **named)
    box: dict[str, Any] = {"verticalalign": "middle"}
    box |= {"backgroundcolor": f"#{look.fill}"} if look.fill else {}
    thick = "1.5pt" if look.thick else "0.5pt"
    box |= {"border": f"{thick} solid #{look.border}"} if look.border else {}
    # A number too wide for its column gets smaller, where it would be ### otherwise
    box |= {"shrinktofit": "true"} if look.shrinks else {}
    box |= {"wrapoption": "wrap"} if look.wrap else {}
    box |= {"cellprotect": "none"} if look.is_yours else {}
    cell.addElement(style.TableCellProperties(**box))
    if look.align:
        ends = {"left": "start", "right": "end", "center": "center"}
        cell.addElement(style.ParagraphProperties(textalign=ends[look.align]))
    letters: dict[str, str] = {"fontsize": f"{look.size}pt", "color": f"#{look.color}"}
    letters |= {"fontfamily": look.font, "language": "zxx", "country": "none"}
    letters |= {"fontweight": "bold"} if look.bold else {}
    letters |= {"fontstyle": "italic"} if look.italic else {}
    cell.addElement(style.TextProperties(**letters))
    yield cell
