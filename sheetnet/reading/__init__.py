"""Foreign files: what a workbook holds on disk, taken apart within limits. Never imports sheets."""
