"""`sheetnet check`: a spreadsheet engine recalculates, NumPy compares."""

from __future__ import annotations

import argparse
import sys

from sheetnet.cli.shared import add_workbook
from sheetnet.progress import progress_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow `sheetnet check`."""
    add_workbook(parser, "file")
    parser.add_argument(
        "--engine",
        default="auto",
        choices=["auto", "ironcalc", "libreoffice", "gnumeric", "page"],
        help="the spreadsheet program that recalculates (default: the first installed)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from sheetnet.checking.check import check
    from sheetnet.workbooks.saved import open_saved

    with progress_of(f"checking {options.file}"):
        report = check(options.file, options.engine)
    for text in open_saved(options.file).warnings:  # what is wrong with cells, the report says
        print(f"warning: {options.file}: {text}", file=sys.stderr)
    print(report.to_json() if options.json else report.to_text())
    return 0 if report.ok else 1
