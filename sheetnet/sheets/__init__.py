"""A lesson becomes a workbook of pure values: one module for each kind of sheet."""
