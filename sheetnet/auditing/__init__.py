"""Audit: anyone's spreadsheet held against the derivative of its own loss.

    functions   the functions of such sheets: value and derivative, one row each
    tape        every operation of the sheet in order, with values at several points
    book        a file's cells and names, without a file
    graph       formulas become operations on the tape
    derivative  the chain rule, backwards over the tape
    updates     formulas that put a new weight in an old one's place
    losses      which cell the sheet makes small
    grouping    which updates belong together
    judge       step ÷ derivative, and where it is not one number
    suspects    cells that may hold the slip, and what is due in them
    trials      what a cell would hold with another formula
    repairs     formulas with one slip undone
    lacking     which cell, factor or term would give what is due
    causes      which one slip, undone, makes a formula equal the derivative
    report      what is said about a sheet, for people and for programs

Nothing here knows lessons or sheetnet's own sheets.
"""
