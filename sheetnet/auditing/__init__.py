"""Audit: anyone's spreadsheet held against the derivative of its own loss.

    functions   the functions of such sheets: value and derivative, one row each
    tape        every operation of the sheet in order, with values at several points
    book        a file's cells and names, without a file
    graph       formulas become operations on the tape
    derivative  the chain rule, backwards over the tape
    updates     formulas that put a new weight in an old one's place
    losses      which cell the sheet makes small
    judge       step ÷ derivative, and where it is not one number
    causes      which one slip, undone, makes a formula equal the derivative
    report      what is said about a sheet, for people and for programs

Nothing here knows lessons or sheetnet's own sheets.
"""
