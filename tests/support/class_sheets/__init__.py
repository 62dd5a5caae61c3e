"""Synthetic class spreadsheets of training, right and wrong, each with its truth.

    nets        a net's formulas for one training step, as templates over names
    optimised   linear regression with five optimisers, and nets written as matrices
    layouts     where every name stands, step by step
    compose     names and places become a Book of cells
    slips       the mistakes, each a change to one template
    evaluate    what a Book's formulas come to, in plain Python
    prove       finite differences over that: what is right, what is wrong, and from where
    files       a Book becomes .xlsx or .ods, with or without cached values
    cases       the list of cases, each a recipe, a slip, a place for it and a kind of file
    strangers   sheets that train nothing, and hostile files
    judge       one case held against what `sheetnet audit` said

Nothing here uses sheetnet: the truth that the audit is held to is not its own.
"""
