"""What an audit says, for people and for programs.

Knows: words. Does not know how anything was found.
"""

from __future__ import annotations

from collections.abc import Sequence

from sheetnet.auditing.audit import Audit, Finding, Training
from sheetnet.auditing.book import Place

_KINDS = {
    "pattern": "the formulas beside it do not have this slip",
    "sign": "the sign is turned",
    "extra factor": "a factor too many",
    "extra term": "a term too many",
    "missing factor": "a factor is missing",
    "updated weights": "weights of another step than the one at hand",
    "missing rate": "the learning rate is missing",
    "missing slope": "the slope of the activation is missing",
    "missing term": "a term is missing",
    "lost parenthesis": "a pair of parentheses is missing",
    "extra parenthesis": "a pair of parentheses too many",
    "another cell": "another cell is due",
    "reference drifted": "references have drifted",
    "neighbour's product": "two other cells are due",
    "untransposed W": "the matrix has to be turned, or not",
    "value typed": "a value was typed over the formula",
    "LOG for LN": "LOG counts in tens, LN is due",
}


def people(audit: Audit, file: str) -> str:
    """The report as text."""
    lines: list[str] = []
    for training in audit.trainings:
        lines += _training(audit, training, file)
    if audit.trainings and audit.verdict == "could not tell":
        lines.append(f"{file} as a whole: could not tell.")
    if not audit.trainings:
        lines.append(f"{file}: could not tell whether its gradients are right.")
        lines += [f"  {each}" for each in audit.looked]
    lines += [f"Note: {note}" for note in audit.notes]
    lines.append("Nothing in the file was changed.")
    return "\n".join(lines)


def span(book_name: Sequence[str]) -> str:
    """Cells as a short list."""
    return ", ".join(book_name[:6]) + (" …" if len(book_name) > 6 else "")


def _head(audit: Audit, training: Training, file: str) -> str:
    book, judged = audit.book, training.judgement
    first, last = judged.table.slots[0][0], judged.table.slots[-1][0]
    sheet = book.titles[judged.table.slots[0][1].sheet]
    loss = judged.loss
    where = book.name(loss.place) if loss.place else loss.name
    heading = book.heading(loss.place) if loss.place else ""
    rate = f"{judged.rate:.12g}" + (
        f" ({book.name(judged.rate_cell, first.sheet)})" if judged.rate_cell else ""
    )
    count = len(judged.table.slots)
    return (
        f"{file}, sheet '{sheet}': {count} weights from {book.name(first, first.sheet)} to "
        f"{book.name(last, first.sheet)}, {len(judged.steps)} "
        f"step{'s' if len(judged.steps) != 1 else ''}; loss {where}"
        + (f' ("{heading}")' if heading else "")
        + f"; learning rate {rate}"
    )


def _training(audit: Audit, training: Training, file: str) -> list[str]:
    lines = [_head(audit, training, file)]
    if training.verdict == "right":
        lines.append("RIGHT: every step of every weight is the learning rate times the derivative.")
    for finding in training.findings:
        lines += _finding(audit, training, finding)
    lines += [f"  Note: {note}" for note in training.notes]
    return lines


def _finding(audit: Audit, training: Training, finding: Finding) -> list[str]:
    book = audit.book
    name = book.name(finding.cell, None)
    heading = book.heading(finding.cell)
    called = f"{name} ({heading})" if heading else name
    when = "from the first step" if finding.step == 0 else f"from step {finding.step + 1} on"
    if finding.later == 0 and len(training.judgement.steps) > 1:
        when = f"in step {finding.step + 1} alone"
    verdict = "WRONG" if training.verdict == "wrong" else "COULD NOT TELL"
    if finding.times is None:
        size = "changes the weight where the loss does not depend on it"
    elif abs(finding.times) < 1e-12:
        size = "leaves the weight as it is"
    else:
        size = f"takes {finding.times:.6g} times the step that it should"
    lines = [f"{verdict} {when}: the update of {called} {size}."]
    cause = finding.cause
    if cause is None:
        lines.append(f"  its formula  {book.formula(finding.cell)}")
        lines.append("  cause not known")
    else:
        what = "its formula" if cause.place == finding.cell else f"it uses {book.name(cause.place)}"
        due = book.shown(cause.tree, cause.place)
        width = max(len(what), len("likely"))
        lines.append(f"  {what:{width}}  {book.formula(cause.place)}")
        lines.append(f"  {'likely':{width}}  {due}")
        lines.append(f"  {'':{width}}  {explained(audit, cause.kind, cause.cell)}")
        if cause.more:
            more = span([book.name(place, cause.place.sheet) for place, _ in cause.more])
            lines.append(f"  {'':{width}}  and the same in {more}")
    if finding.confirmed:
        lines.append("  Confirmed by ironcalc's difference of the loss at this weight.")
    if finding.others:
        others = [book.name(place, finding.cell.sheet) for place in finding.others]
        lines.append(f"  {span(others)} likewise.")
    if finding.later:
        lines.append(f"  {finding.later} further steps have wrong weights too.")
    return lines


def explained(audit: Audit, kind: str, cell: Place | None) -> str:
    """The slip in words."""
    words = _KINDS.get(kind, kind)
    if kind == "another cell" and cell is not None:
        heading = audit.book.heading(cell)
        return f"{words}: {audit.book.name(cell)}" + (f" ({heading})" if heading else "")
    return words


def program(audit: Audit, file: str) -> dict[str, object]:
    """The report as plain values for JSON."""
    book = audit.book
    return {
        "file": file,
        "verdict": audit.verdict,
        "trainings": [
            {
                "sheet": book.titles[one.judgement.table.slots[0][1].sheet],
                "verdict": one.verdict,
                "weights": [book.name(slots[0]) for slots in one.judgement.table.slots],
                "steps": len(one.judgement.steps),
                "loss": one.judgement.loss.name,
                "learning_rate": one.judgement.rate,
                "learning_rate_cell": book.name(one.judgement.rate_cell)
                if one.judgement.rate_cell
                else None,
                "findings": [_values(audit, finding) for finding in one.findings],
                "notes": one.notes,
            }
            for one in audit.trainings
        ],
        "looked": audit.looked,
        "notes": audit.notes,
    }


def _values(audit: Audit, finding: Finding) -> dict[str, object]:
    book, cause = audit.book, finding.cause
    return {
        "step": finding.step + 1,
        "cell": book.name(finding.cell),
        "formula": book.formula(finding.cell),
        "likewise": [book.name(place) for place in finding.others],
        "times": finding.times,
        "culprit": book.name(cause.place) if cause else None,
        "culprit_formula": book.formula(cause.place) if cause else None,
        "likely_formula": book.shown(cause.tree, cause.place) if cause else None,
        "same_slip_in": [book.name(place) for place, _ in cause.more] if cause else [],
        "kind": cause.kind if cause else None,
        "cause": explained(audit, cause.kind, cause.cell) if cause else "not known",
        "further_steps": finding.later,
        "confirmed": finding.confirmed,
    }
