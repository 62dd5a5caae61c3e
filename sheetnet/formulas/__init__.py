"""Formulas: trees, their places, and the two dialects that print and read them."""
