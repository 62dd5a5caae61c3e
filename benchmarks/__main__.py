"""Measure everything and print the tables: python -m benchmarks (some three minutes).

Knows: what is compared with what, and what is asked of it. Ratios are of medians of runs that
stand side by side on one machine; a number of seconds means nothing on another.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime
import platform
import pstats
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Cost, child, recalculations, whole
from benchmarks.nets import SIZES, lesson_of
from sheetnet.engines import find_office
from sheetnet.workbooks.write import write

SMALL, LARGE = "784-30-10", "784-128-10"
RIVALS = {".xlsx": ("XlsxWriter", 25.0), ".ods": ("odfpy", 60.0)}
LIBRARIES = ("numpy", "XlsxWriter", "odfpy", "openpyxl", "python-calamine", "orjson", "isal")
Row = tuple[str, str, str, str, str]  # work, against, at least, measured, verdict


def _row(work: str, against: str, ours: str, wanted: str, found: str, is_met: bool) -> Row:
    return work, f"{against}; ours {ours}", wanted, found, "yes" if is_met else "**no**"


def _faster(work: str, against: str, ours: Cost, other: Cost, least: float) -> Row:
    found = other.cpu / ours.cpu
    sides = f"{against}: {other.cpu:.2f} s", f"{ours.cpu * 1000:.0f} ms"
    return _row(work, *sides, f"{least:g} times faster", f"{found:.1f}", found >= least)


def compared(folder: Path, runs: int) -> Iterator[Row]:
    """One row a target, measured one after the other."""
    often = 3 * runs  # what takes less than a tenth of a second
    bare = child("NumPy", SMALL, folder / "none", runs)
    for net in (SMALL, LARGE):
        for suffix, (library, least) in RIVALS.items():
            file, others = folder / f"{net}{suffix}", folder / f"{net}-{library}{suffix}"
            ours = child("write", net, file, often)
            other = child(library, net, others, max(1, runs // 2))
            yield _faster(f"write {suffix}, {net}", library, ours, other, least)
            if net == LARGE:
                more = ours.peak - bare.peak
                sides = f"NumPy alone: {bare.peak:.0f} MB", f"{ours.peak:.0f} MB"
                work = f"peak memory, write {suffix}, {net}"
                yield _row(work, *sides, "at most + 60 MB", f"+ {more:.0f} MB", more <= 60)
            if suffix == ".xlsx":
                sizes = [path.stat().st_size for path in (file, others)]
                share = sizes[0] / sizes[1]
                sides = f"{library}: {sizes[1]:,} bytes", f"{sizes[0]:,}"
                work = f"file size, {net}"
                yield _row(work, *sides, "at most 1.2 times", f"{share:.2f}", share <= 1.2)
            calamine = child("calamine", net, file, often)
            ours = child("read", net, file, often)
            assert not ours.said, ours.said
            share = ours.cpu / calamine.cpu
            work = f"read the weights, {suffix}, {net}"
            sides = f"python-calamine: {calamine.cpu * 1000:.0f} ms", f"{ours.cpu * 1000:.0f} ms"
            yield _row(work, *sides, "at most 1.5 times", f"{share:.2f}", share <= 1.5)
    python, shown = whole([["-c", "pass"], ["-m", "sheetnet", "--help"]], often)
    more = (shown.cpu - python.cpu) * 1000
    sides = f"python -c pass: {python.cpu * 1000:.0f} ms", f"{shown.cpu * 1000:.0f} ms"
    yield _row("sheetnet --help", *sides, "at most + 80 ms", f"+ {more:.0f} ms", more <= 80)
    demo = ["-m", "benchmarks.demo"]
    whole([[*demo, "prepare", str(folder)]], 1)
    for words, suffixes in ((".xlsx", [".xlsx"]), ("both formats", [".xlsx", ".ods"])):
        commands = [[*demo, who, str(folder), *suffixes] for who in ("ours", "openpyxl")]
        ours, other = whole(commands, often)
        against = "openpyxl, .xlsx twice" if len(suffixes) > 1 else "openpyxl, .xlsx"
        work = f"2-2-2 demo, 500 steps, {words}, whole process"
        yield _faster(work, against, ours, other, 2.0)


def recalculated(folder: Path, runs: int) -> Iterator[Row]:
    """What LibreOffice takes, if it is here."""
    for net, (ours, other) in (recalculations(folder, runs) or {}).items():
        found = other / ours
        sides = f"sums spelled out: {other * 1000:.0f} ms", f"{ours * 1000:.0f} ms"
        work = f"recalculate in LibreOffice, 784-30-10, {net}"
        yield _row(work, *sides, "1.3 times faster", f"{found:.2f}", found >= 1.3)


def growth(folder: Path, runs: int) -> Iterator[tuple[str, ...]]:
    """Cells against time and memory."""
    from sheetnet.workbooks.build import build

    for net in SIZES:
        blocks = build(lesson_of(net)).blocks()
        cells = sum(block.area.rows * block.area.columns for block in blocks)
        costs = [child("write", net, folder / f"{net}{suffix}", runs) for suffix in RIVALS]
        reads = [child("read", net, folder / f"{net}{suffix}", runs) for suffix in RIVALS]
        yield (
            net,
            f"{cells:,}",
            *(f"{cost.cpu * 1000:.0f} ms" for cost in costs),
            *(f"{cost.peak:.0f} MB" for cost in costs),
            *(f"{cost.cpu * 1000:.0f} ms" for cost in reads),
        )


def profile(folder: Path, suffix: str) -> Iterator[tuple[str, ...]]:
    """Where the time of one write goes, by function, the largest shares first."""
    lesson = lesson_of(SMALL)
    write(lesson, folder / f"warm{suffix}", force=True)
    watch = cProfile.Profile()
    watch.runcall(write, lesson, folder / f"profile{suffix}", force=True)
    stats = pstats.Stats(watch)
    total = stats.total_tt  # type: ignore[attr-defined]
    table = stats.stats  # type: ignore[attr-defined]
    found = sorted(
        ((own, calls, where) for where, (_, calls, own, _, _) in table.items()), reverse=True
    )
    for own, calls, (file, line, name) in found[:8]:
        place = f"{Path(file).name}:{line} " if line else ""
        yield f"{own / total:.0%}", f"{calls:,}", f"`{place}{name.strip('<>{}')}`"


def table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> None:
    """Print a table of Markdown as it is measured."""
    print("| " + " | ".join(heads) + " |")
    print("|" + " --- |" * len(heads))
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def main() -> None:
    """Everything, in the order of the tables in README.md."""
    what = "Measure everything and print the tables of benchmarks/README.md; some three minutes."
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=what)
    parser.add_argument("--runs", type=int, default=5, help="runs of each kind (default 5)")
    runs = parser.parse_args().runs
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    print(
        f"{datetime.date.today()}, Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}; {libraries}. CPU time, medians of {runs} runs "
        f"({3 * runs} of the short ones), a process each.\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        heads = ("work", "against", "at least", "measured", "met")
        table(heads, compared(folder, runs))
        if why := find_office.why_missing():
            print(f"No recalculation: {why}\n")
        else:
            table(heads, recalculated(folder, runs))
        grown = ("net", "cells", "write .xlsx", ".ods", "peak .xlsx", ".ods", "read .xlsx", ".ods")
        table(grown, growth(folder, runs))
        for suffix in RIVALS:
            print(f"Where the time of writing {SMALL}{suffix} goes (of it, calls, function):\n")
            table(("share", "calls", "function"), profile(folder, suffix))


if __name__ == "__main__":
    main()
