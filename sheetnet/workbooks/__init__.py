"""A workbook's life: built from a lesson, filled with numbers, written, found again, compared."""
