"""The command line: one module a command, found by the table in `main`."""

from sheetnet.cli.main import main

__all__ = ["main"]
