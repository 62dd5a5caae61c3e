"""`sheetnet gallery`: list the lessons that come with sheetnet, or write one."""

from __future__ import annotations

import argparse

from sheetnet.cli.shared import add_force, add_output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow `sheetnet gallery`."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="a lesson of the list")
    add_output(parser, required=False)
    add_force(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from sheetnet import gallery
    from sheetnet.errors import FileError

    if options.name is None:
        if options.output is not None:
            raise FileError(
                f"{options.output}: say which lesson to write; 'sheetnet gallery' lists them."
            )
        import tomllib

        width = max(map(len, gallery.names()))
        for name in gallery.names():
            title = tomllib.loads(gallery.path_of(name).read_text(encoding="utf-8"))["title"]
            print(f"{name:<{width}}  {title}")
        return 0
    lesson_file = gallery.path_of(options.name)
    if options.output is None:
        raise FileError(
            "Say where to write it, for example: "
            f"sheetnet gallery {options.name} -o {options.name}.xlsx"
        )
    from sheetnet.lessons import load
    from sheetnet.workbooks.write import write

    notes: list[str] = []
    formulas = write(
        load(lesson_file), options.output, force=options.force, warn=notes.append
    )
    print("\n".join([f"{options.output}: {formulas:,} formulas", *notes]))
    return 0
