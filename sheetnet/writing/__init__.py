"""The pure values of a workbook become the bytes of .xlsx and .ods."""
