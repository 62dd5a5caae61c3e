"""A workbook becomes an .xlsx or .ods file, and a file becomes a lesson again."""
