"""The list of cases: each a recipe, slips or none, where they stand, and a kind of file.

`plans()` is the whole list, always the same; `build(plan)` makes the workbook and proves its
truth. A slip is tried in one place after another until one is proved to be a mistake, or to
change no value at all.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tests.support.class_sheets.book import Book, Cell
from tests.support.class_sheets.compose import Change, Sheet, compose
from tests.support.class_sheets.evaluate import NoValue, Sheets
from tests.support.class_sheets.files import KINDS
from tests.support.class_sheets.nets import Model, Quantity
from tests.support.class_sheets.prove import Proof, Unproved, prove, prove_optimised, same_values
from tests.support.class_sheets.recipes import BESIDE, RECIPES, model_of, optimiser_of
from tests.support.class_sheets.slips import SLIPS

WHERES = ("first", "middle", "later", "all", "everywhere")
EVERYWHERE = {"no rate", "no 1/n", "sum missing", "untransposed", "no mask", "no slope", "no 2",
              "no parentheses", "already updated", "unanchored", "sign", "other loss",
              "slope too many", "log"}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """One case, not yet made."""

    recipe: str
    slips: tuple[str, ...]
    kind: str
    seed: int
    beside: str = ""  # the right sheet that stands in the same file

    @property
    def name(self) -> str:
        beside = ("beside", self.beside) if self.beside else ()
        words = "-".join((self.recipe, *self.slips, *beside, self.kind, str(self.seed)))
        return "".join(c if c.isalnum() or c == "-" else "_" for c in words.replace(", ", "_"))


@dataclass(frozen=True)
class Truth:
    """What an audit should say.

    `verdict`: right, wrong, or uniform: all steps have one other factor, so that the gradients
    are right and the rate or the loss's scale is not. `due` holds the planted cells of the first
    step that they spoil, and the formulas that belong there; `updates` the new weights that are
    wrong first.
    """

    verdict: str
    causes: tuple[str, ...] = ()
    due: dict[Cell, str] = field(default_factory=dict)
    updates: tuple[Cell, ...] = ()
    where: str = ""
    factor: float = 1.0


@dataclass(frozen=True)
class Case:
    """A workbook and its truth."""

    plan: Plan
    sheet: Sheet
    truth: Truth

    @property
    def book(self) -> Book:
        """The whole workbook as people get it."""
        book = self.sheet.shown()
        if self.plan.beside:
            other = compose(model_of(self.plan.beside, 1), RECIPES[self.plan.beside][1]).shown()
            book.cells |= other.cells
            book.arrays |= other.arrays
        return book


def plans() -> list[Plan]:
    """All cases, shuffled so that any stretch of them holds a bit of everything."""
    pick, found = random.Random(7), []
    kinds = list(KINDS)

    def add(recipe: str, *slips: str, beside: str = "") -> None:
        kind = kinds[len(found) % len(kinds)]
        found.append(Plan(recipe, slips, kind, pick.randrange(1000), beside))

    for recipe in RECIPES:
        model = model_of(recipe, 1)
        possible = [name for name in SLIPS if sites(model, name)]
        if model.spec.steps > 100:  # these take long
            possible = pick.sample(possible, 5)
        for _ in range(3):
            add(recipe)
        for slip in possible:
            add(recipe, slip)
        if len(possible) > 3:
            for _ in range(2):
                add(recipe, *pick.sample(possible, 2))
        other = BESIDE[len(found) % len(BESIDE)]
        if RECIPES[recipe][1].layout != RECIPES[other][1].layout:
            add(recipe, beside=other)
            add(recipe, pick.choice(possible), beside=other)
    pick.shuffle(found)
    return found


def sites(model: Model, slip: str) -> list[tuple[Quantity, Quantity]]:
    """Where a slip can happen: quantities as they are and as they become."""
    row = SLIPS[slip]
    last = len(model.spec.sizes) - 1
    found = []
    for q in [*model.quantities.values(), *model.updates.values()]:
        if q.kind not in row.happens_to or (changed := row.change(model, q)) is None:
            continue
        outer = q.kind == "delta" and q.name[1] == str(last)
        if not model.spec.loss_shown and outer:
            continue  # another δ there is the right one of another loss
        found.append((q, changed))
    return found


def _column(q: Quantity) -> str:
    """What shares a column in blocks of examples."""
    return q.name.rsplit(".", 1)[0] if q.kind in ("delta", "a", "z", "err") else q.name


def _layer(q: Quantity) -> str:
    """What is written at one go: the same kind, and of δ the same layer."""
    return q.kind + (q.name[:2] if q.kind == "delta" else "")


def _changes(sheet: Sheet, slip: str, pick: random.Random) -> Iterator[tuple[str, list[Change]]]:
    """One way after another of planting a slip."""
    row, model = SLIPS[slip], sheet.model
    possible = sites(model, slip)
    pick.shuffle(possible)
    count = sheet.layout.steps or model.spec.steps - 1
    for _ in range(6):
        for q, changed in possible[:4]:
            where = pick.choice(WHERES)
            if where == "everywhere" and slip not in EVERYWHERE:
                where = "all"
            if row.where == ("all",) and where not in ("all", "everywhere"):
                where = "all"
            steps = {"first": [0], "middle": [count // 2], "later": range(count // 2, count)}.get(
                where, range(count)
            )
            if q.kind in ("update", "state"):
                steps = [t + 1 for t in steps]
            if slip == "stale":
                steps = [t for t in steps if t > (q.kind == "update")]
            if slip == "typed":
                yield from _typed(sheet, q, next(iter(steps)))
                continue
            same = {"all": _column, "later": _column, "everywhere": _layer}.get(where)
            group = [c for p, c in possible if same and same(p) == same(q)] or [changed]
            yield where, [Change(c, tuple(steps)) for c in group]


def _typed(sheet: Sheet, q: Quantity, step: int) -> Iterator[tuple[str, list[Change]]]:
    cell = sheet.layout.at.get((q.name, step))
    if cell is None or q.shape != (1, 1):
        return
    number = round(Sheets(sheet.book).value(cell), 3)
    yield "one cell", [Change(q, (step,), number)]


def build(plan: Plan) -> Case | None:
    """Make a case and prove its truth; None where the slip could not be planted provably."""
    _, look = RECIPES[plan.recipe]
    pick = random.Random(plan.name)
    for attempt in range(4):
        model = model_of(plan.recipe, plan.seed + 1000 * attempt)
        right = compose(model, look)
        try:
            if _proof(plan, right).verdict != "right":
                raise AssertionError(f"{plan.name}: the sheet without a slip is wrong")
            if not plan.slips:
                return Case(plan, right, Truth("right"))
        except Unproved:
            continue
        for where, changes in _combined(right, plan.slips, pick):
            # Layouts may move numbers within a model, so each sheet is composed from a fresh one.
            fresh = model_of(plan.recipe, plan.seed + 1000 * attempt)
            sheet = compose(fresh, look, changes)
            try:
                truth = _truth(plan, right, sheet, where)
            except (Unproved, NoValue):
                continue
            if truth is not None:
                return Case(plan, sheet, truth)
    return None


def _combined(
    sheet: Sheet, slips: tuple[str, ...], pick: random.Random
) -> Iterator[tuple[str, list[Change]]]:
    ways = [list(_changes(sheet, slip, pick)) for slip in slips]
    for chosen in zip(*ways, strict=False):
        names = [c.quantity.name for _, changes in chosen for c in changes]
        if len(set(names)) == len(names):
            yield chosen[0][0], [c for _, changes in chosen for c in changes]


def _proof(plan: Plan, sheet: Sheet) -> Proof:
    optimiser = optimiser_of(plan.recipe)
    return prove_optimised(sheet, optimiser) if optimiser else prove(sheet)


def _truth(plan: Plan, right: Sheet, sheet: Sheet, where: str) -> Truth | None:
    """The truth of a sheet with slips; None where the slip left no trace in any shown cell."""
    before, after = right.shown(), sheet.shown()
    planted = [c for c in after.cells if after.cells[c] != before.cells.get(c)]
    if not planted:
        return None
    step_of = {cell: t or 0 for (_, t), cell in sheet.layout.at.items()}
    causes = tuple(SLIPS[s].cause for s in plan.slips)
    if same_values(right, sheet):
        return Truth("right", ("changes no value",), where=where)
    proof = _proof(plan, sheet)
    if proof.verdict == "right":
        raise Unproved("the slip changes values, but no update")
    first = proof.wrong[0][0]
    spoiled = [c for c in planted if _spoils(c, right, sheet)]
    if not spoiled:
        raise Unproved("no planted cell differs by itself")
    start = min(step_of.get(c, 0) for c in spoiled)
    due = {c: str(before.cells[c]) for c in spoiled if step_of.get(c, 0) == start}
    updates = tuple(cell for t, cell in proof.wrong if t == first)
    return Truth(proof.verdict, causes, due, updates, where, proof.factor)


def _spoils(cell: Cell, right: Sheet, sheet: Sheet) -> bool:
    """Whether the planted formula itself gives another value than the due one, in its own sheet."""
    fixed = replace(sheet, book=sheet.book.copy())
    fixed.book.cells[cell] = right.book.cells[cell]
    due, got = Sheets(fixed.book).filled(cell), Sheets(sheet.book).filled(cell)
    return abs(due - got) > 1e-12 * max(abs(due), abs(got)) + 1e-300
