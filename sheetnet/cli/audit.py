"""`sheetnet audit`: is anyone's spreadsheet of training right, and if not, where not?"""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sheetnet.errors import EngineError, FileError, SheetnetError
from sheetnet.progress import progress_of

if TYPE_CHECKING:
    from sheetnet.auditing.audit import Audit

_STATUS = {"right": 0, "wrong": 1, "could not tell": 2}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow `sheetnet audit`."""
    parser.add_argument("files", nargs="+", metavar="FILE",
                        help="any workbook of training: .xlsx, .xlsm or .ods")  # fmt: skip
    parser.add_argument("--loss", metavar="CELL", help="the loss, such as Sheet1!W33")
    parser.add_argument("--weights", metavar="CELLS", help="the weights of one step: E33:L33")
    parser.add_argument("--new", metavar="CELLS", help="the same weights after it: E34:L34")
    parser.add_argument("--sheet", metavar="NAME", help="judge this sheet alone")
    parser.add_argument("--steps", metavar="N", type=int, help="judge the first N steps")
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    if options.steps is not None and options.steps < 1:
        raise SheetnetError(f"--steps {options.steps}: expected a whole number from 1. Correct it.")
    hints = {key: getattr(options, key) for key in ("loss", "weights", "new", "sheet", "steps")}
    if len(options.files) == 1:
        with progress_of(f"auditing {options.files[0]}"):
            text, values = _one(options.files[0], hints)
        print(json.dumps(values, ensure_ascii=False) if options.json else text)
        return _STATUS[values["verdict"]]
    jobs = min(len(options.files), os.cpu_count() or 1)
    worst = 0
    with progress_of(f"auditing {len(options.files)} files"), ProcessPoolExecutor(jobs) as pool:
        futures = [pool.submit(_kept, file, hints) for file in options.files]
        results = [future.result() for future in futures]
    if not options.json:
        print(f"{'file':40}  {'verdict':14}  first wrong cell")
    for file, values in zip(options.files, results, strict=True):
        verdict = values["verdict"]
        worst = max(worst, _STATUS.get(verdict, 2) if verdict != "wrong" else 1)
        if options.json:
            print(json.dumps(values, ensure_ascii=False))
        else:
            print(f"{Path(file).name[:40]:40}  {verdict:14}  {_first(values)}".rstrip())
    wrong = any(values["verdict"] == "wrong" for values in results)
    return 1 if wrong else worst


def _first(values: dict[str, Any]) -> str:
    if "error" in values:
        return str(values["error"])
    for training in values["trainings"]:
        for finding in training["findings"]:
            return f"{finding['cell']}: {finding['cause']}"
    return ""


def _kept(file: str, hints: dict[str, Any]) -> dict[str, Any]:
    """One file of several: what cannot be read does not stop the others."""
    try:
        return _one(file, hints)[1]
    except SheetnetError as problem:
        return {"file": file, "verdict": "could not tell", "error": str(problem), "trainings": []}


def _one(file: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    from sheetnet.auditing.audit import Hints, audit
    from sheetnet.auditing.files import open_book, places
    from sheetnet.auditing.report import people, program

    book = open_book(Path(file))
    hints = Hints(steps=given["steps"])
    if given["loss"]:
        hints.loss = places(book, given["loss"], "--loss")[0]
    if given["weights"]:
        hints.weights = places(book, given["weights"], "--weights")
    if given["new"]:
        hints.news = places(book, given["new"], "--new")
        if len(hints.news) != len(hints.weights):
            raise FileError(
                f"--new {given['new']} has {len(hints.news)} cells, --weights "
                f"{len(hints.weights)}; expected as many of each. Name both."
            )
    sheet = None
    if given["sheet"] is not None:
        sheet = book.numbers.get(given["sheet"].casefold())
        if sheet is None:
            raise FileError(f"{file}: no sheet {given['sheet']!r}; expected one of "
                            f"{', '.join(book.titles[:12])}. Check the spelling.")  # fmt: skip
    found = audit(book, hints, sheet)
    _confirm(found, Path(file))
    return people(found, file), program(found, file)


def _confirm(found: Audit, path: Path) -> None:
    """Hold each finding's derivative against a second engine; what that contradicts is no verdict.

    With the repair applied, the new weight has to be the one that is due.
    """
    from sheetnet.engines.ironcalc import IronCalc, difference, with_formula

    if IronCalc.why_missing():
        return
    for training in found.trainings:
        for finding in training.findings:
            if finding.loss is None:
                continue
            try:
                slope = difference(path, finding.loss, finding.old, 1e-4)
                if slope is None:
                    continue
                allowed = 1e-5 * max(abs(slope), abs(finding.slope)) + 1e-8
                finding.confirmed = abs(slope - finding.slope) <= allowed
                if finding.confirmed and finding.cause is not None:
                    likely = found.book.shown(finding.cause.tree, finding.cause.place)
                    if finding.cause.more or finding.cause.place in found.book.filled:
                        continue  # several cells, or an array formula: not one cell's repair
                    old, new = with_formula(
                        path, finding.cause.place, likely, [finding.old, finding.cell]
                    )
                    if old is not None and new is not None:
                        due = old - finding.rate * slope
                        allowed = abs(finding.rate) * allowed + 1e-12 * abs(old)
                        finding.confirmed = abs(new - due) <= allowed
            except EngineError:
                continue
            if finding.confirmed is False and training.verdict == "wrong":
                training.verdict = "could not tell"
                training.notes.append("ironcalc computes another difference than the derivative "
                                      "found here: look at this finding yourself.")  # fmt: skip
