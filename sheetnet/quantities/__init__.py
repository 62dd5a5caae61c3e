"""Every quantity in one row: its NumPy rule beside its formula. Here `core` and `formulas` meet.

One δ from NumPy to the cell and back
-------------------------------------
Take δ of a hidden layer, `delta_1` of a 2-2-2 network.

1. *Its row* stands in `table`: the name, a NumPy rule, a formula, a style, its headings. The rule
   (`arrays.delta`) says δ = dC/da · f'(z) on whole arrays, with `core`'s own functions; the
   formula (`trees.delta`) says the same of one cell, as a tree. Neither knows of the other: they
   are two spellings by two authors, as it were, and what they agree on is checked, not assumed.
2. *A sheet places it.* Training gives δ a column block, Step a matrix. A block is a rectangle with
   the quantity's name and its formula; the sheet's `View` answers "where is a of example e, neuron
   n?", so that one formula serves every sheet. What a sheet does not show, a formula spells out:
   Training has no column for f'(z), and its δ reads a (1 − a) instead.
3. *Its saved value* comes from the rule (see `workbooks.cached`): starting with the yellow cells,
   each block's rule is run on the arrays of exactly those blocks that its formula reads.
4. *An engine recalculates* the file, and `checking` asks the same rule once more, this time with
   the engine's own values of the cells that δ's formula reads. Since every cell is judged from its
   own inputs, errors do not add up, a wrong cell is named alone, and a workbook in which each cell
   follows from its inputs is right as a whole, by induction from the yellow cells.
5. *Which cells a formula reads* is looked up in its tree, never told a second time. A rule asks
   for what it needs (`q["error", layer]`); what the formula did not read is worked out by its own
   rule from what it did read. Asked for something that follows from nothing, a rule fails loudly:
   then formula and rule tell different stories about what δ is made of.

Knows: quantities of one step and how one step hands on to the next. Does not know where a block
stands, files, engines, or tolerances.
"""
