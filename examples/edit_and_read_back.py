"""A weight changed in the workbook comes back as a lesson.

openpyxl (pip install openpyxl) stands in for the person who types into a yellow cell and saves.
The cell is found by its defined name, W_1, so it would be found on a renamed sheet as well.
"""

import openpyxl

import sheetnet
from sheetnet import gallery

sheetnet.write(sheetnet.load(gallery.path_of("simple-neural-net")), "net.xlsx")

book = openpyxl.load_workbook("net.xlsx")
sheet, area = next(book.defined_names["W_1"].destinations)
first = book[sheet][area.split(":")[0].replace("$", "")]
print(f"{sheet}!{first.coordinate} holds {first.value}; now it shall hold 0.75")
first.value = 0.75
book.save("edited.xlsx")

before, after = sheetnet.read("net.xlsx"), sheetnet.read("edited.xlsx")
losses = [sheetnet.train_step(lesson).loss for lesson in (before, after)]
print("loss of the first step: {:.6f} before, {:.6f} after the edit".format(*losses))

assert after.network.weights[0].tolist() == [[0.75, -0.2], [0.2, -0.6]]
