"""A check names the one wrong formula among thousands.

The mistake is the classic one: δ of the first inner neuron is given the slope of its neighbour.
The loss still falls, so nobody notices. openpyxl (pip install openpyxl) plants it; ironcalc, which
comes with sheetnet, recalculates the workbook.
"""

import openpyxl

import sheetnet
from sheetnet import gallery

sheetnet.write(sheetnet.load(gallery.path_of("simple-neural-net")), "net.xlsx")
report = sheetnet.check("net.xlsx", engine="ironcalc")
print(f"{report.formulas:,} formulas by {report.engine}: ok is {report.ok}")
assert report.ok

book = openpyxl.load_workbook("net.xlsx")
sheet, area = next(book.defined_names["Training_delta_1"].destinations)
first, second = book[sheet][area.replace("$", "")][2]  # the two neurons' δ at step 2
right = first.value
slope, neighbours = (cell.value[: cell.value.index(")") + 1] for cell in (first, second))
first.value = right.replace(slope, neighbours)
book.save("mistaken.xlsx")

report = sheetnet.check("mistaken.xlsx", engine="ironcalc")
for wrong in report.mismatches:
    print(f"{wrong.cell}, {wrong.name}: {wrong.why}")
    print(f"  found    {wrong.formula}\n  expected {wrong.expected_formula}")

assert [(m.cell, m.expected_formula) for m in report.mismatches] == [
    (f"{sheet}!{first.coordinate}", right)
]
