"""What a lesson says beside its numbers: errata of its document, and notes for those who read it.

Knows: their keys, and what each of them may hold. Does not know the sheets that show them, nor
what an expression means (see `documents.expression`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

from sheetnet.core.checks import show
from sheetnet.core.tables import note_unknown

# Neither XML nor UTF-8 can hold these, so no workbook could.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Erratum:
    """A mistake of the lesson's document: where it stands, as printed, as it must be.

    `shows` names a quantity that comes out differently; `printed_value` and `right_value` are
    expressions for it over the quantities of a step, such as "1/(1-exp(-z_1[0]))".
    """

    where: str
    printed: str
    right: str
    shows: str = ""
    printed_value: str = ""
    right_value: str = ""


@dataclass(frozen=True)
class Note:
    """A remark or a question, with the place it comes from; a question has a hint and an answer.

    `values` are expressions over the quantities of a step, shown live, each under its name in
    `shows`; both have the same length.
    """

    where: str
    text: str
    hint: str = ""
    answer: str = ""
    shows: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "shows", tuple(self.shows))
        object.__setattr__(self, "values", tuple(self.values))


REMARKS: dict[str, type[Erratum] | type[Note]] = {"errata": Erratum, "notes": Note}
"""The keys of a lesson file that hold remarks, and what an entry of each is."""


def remark_problems(key: str, entries: object) -> Iterator[str]:
    """Everything wrong with the entries of "errata" or "notes"."""
    kind = REMARKS[key]
    if not isinstance(entries, (list, tuple)):
        yield f"{key} is {show(entries)}; expected tables. Write [[{key}]] in TOML."
        return
    defaults = {field.name: field.default for field in fields(kind)}
    for place, entry in enumerate(entries):
        path = f"{key}[{place}]"
        table = asdict(entry) if isinstance(entry, kind) else entry
        if not isinstance(table, Mapping):
            yield f"{path} is {show(entry)}; expected a table with the keys {', '.join(defaults)}."
            continue
        unknown: list[str] = []
        note_unknown(f"{path}.", table, defaults, unknown)
        yield from unknown
        for name, default in defaults.items():
            yield from _entry_problems(f"{path}.{name}", table.get(name, default), default)
        if "values" in defaults and not unknown:
            yield from _pair_problems(path, table)


def _entry_problems(path: str, value: object, default: object) -> Iterator[str]:
    """A problem unless `value` is printable text, or a list of such where the default is one."""
    is_list = isinstance(default, tuple)
    texts: Any = value if is_list else [value]
    if not isinstance(texts, (list, tuple)):
        yield f"{path} is {show(value)}; expected a list of texts."
    elif not all(isinstance(text, str) and not UNPRINTABLE.search(text) for text in texts):
        found = "missing" if value is MISSING else show(value)
        yield f"{path} is {found}; expected {'a list of ' * is_list}printable text{'s' * is_list}."


def _pair_problems(path: str, table: Mapping[str, Any]) -> Iterator[str]:
    shows, values = (table.get(name, ()) for name in ("shows", "values"))
    both = isinstance(shows, (list, tuple)) and isinstance(values, (list, tuple))
    if both and len(shows) != len(values):
        yield (
            f"{path}.values has {len(values)} expressions and {path}.shows {len(shows)} names; "
            "expected a name for each expression. Add or remove some."
        )
