"""What several commands share: arguments of the same name, and how things are printed.

Knows words and widths. Does not know what any command does.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sheetnet.lessons import Lesson
    from sheetnet.workbooks.saved import Saved


def add_workbook(parser: argparse.ArgumentParser, name: str, more: str = "") -> None:
    """A workbook to read."""
    parser.add_argument(name, metavar="FILE", help=f"a workbook or page that sheetnet wrote{more}")


def add_output(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """The workbook or page to write."""
    text = "the file to write: a workbook (.xlsx, .ods) or a page (.html)"
    parser.add_argument("-o", "--output", metavar="FILE", required=required, help=text)


def add_force(parser: argparse.ArgumentParser, ours: str = "sheetnet's") -> None:
    """Leave to replace somebody else's file."""
    parser.add_argument("--force", action="store_true", help=f"replace a file that is not {ours}")


def with_steps(lesson: Lesson, steps: int) -> Lesson:
    """The lesson with another number of training steps."""
    from dataclasses import replace

    return replace(lesson, training=replace(lesson.training, steps=steps))


def print_edits(heading: str, found: list, most: int = 40) -> None:  # type: ignore[type-arg]
    """A heading and one line a difference, as far as a person reads."""
    if not found:
        return
    print(heading)
    shown = found[:most]
    widths = [max(len(getattr(edit, field)) for edit in shown) for field in ("where", "label")]
    for edit in shown:
        name = f"{edit.label:<{widths[1]}}  " if edit.label != edit.where else ""
        print(f"  {edit.where:<{widths[0]}}  {name}{edit.before} → {edit.after}")
    if len(found) > most:
        print(f"  … and {len(found) - most} more")


def print_remarks(file: str | Path, saved: Saved) -> None:
    """What should be known of a workbook that was read, on standard error."""
    from sheetnet.checking.read import remarks

    for text in remarks(saved):
        print(f"warning: {file}: {text}", file=sys.stderr)


def as_typed(name: str | Path) -> str:
    """A file's name as it is typed in a command."""
    return shlex.quote(str(name))


def this_command() -> str:
    """How the person called us, so that a line printed can be typed again."""
    if shutil.which("sheetnet"):
        return "sheetnet"
    called = Path(sys.argv[0])
    return str(called) if called.name == "sheetnet" else f"{Path(sys.executable).name} -m sheetnet"
