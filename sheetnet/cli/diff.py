"""`sheetnet diff`: what differs between two workbooks, by cell."""

from __future__ import annotations

import argparse

from sheetnet.cli.shared import add_workbook, print_edits, print_remarks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow `sheetnet diff`."""
    add_workbook(parser, "before")
    add_workbook(parser, "after")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from sheetnet.checking.old_values import told_without_engine
    from sheetnet.checking.read import lesson_of, old_inputs_of
    from sheetnet.workbooks import edits
    from sheetnet.workbooks.saved import open_saved

    before, after = open_saved(options.before), open_saved(options.after)
    lessons = lesson_of(before), lesson_of(after)
    print_remarks(options.before, before)
    print_remarks(options.after, after)
    settings = list(edits.settings(*lessons))
    print_edits("Settings:", settings)
    if any(edit.where != "title" for edit in settings):
        print("With these settings the cells do not correspond, so they were not compared.")
        return 1
    values = list(edits.values(*lessons, after))
    print_edits("Values:", values)
    lost = before.is_static or after.is_static  # which was said above, in one sentence
    formulas = [] if lost else list(edits.formulas(before, after))
    print_edits("Formulas:", formulas)
    if lost and not (before.is_static and after.is_static):
        print("Formulas: one of the two has none left.")
        return 1
    old: list[set[edits.Edit]] = []
    for saved, lesson in zip((before, after), lessons, strict=True):
        found = [*told_without_engine(saved, lesson), *old_inputs_of(saved)]
        edited = [
            edits.Edit(each.cell, each.name, f"{each.got!r} is saved", f"{each.expected!r}")
            for each in found
        ]
        old.append(set(edited))
        print_edits(f"Shows an old value ({saved.path}):", edited)
    if not (settings or values or formulas or old[0] ^ old[1]):  # the same in both differs not
        print("No difference.")
        return 0
    return 1
