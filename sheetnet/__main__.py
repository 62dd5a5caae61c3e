"""`python -m sheetnet`: the command, where it is not on the path."""

from __future__ import annotations

import sys

from sheetnet.cli import main

if __name__ == "__main__":
    sys.exit(main())
