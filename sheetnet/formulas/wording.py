"""Texts that formulas make, and what else rounding may make of them.

Knows: that a text is words and written numbers; that a number near the middle between two figures
may be written either way, and that a condition in doubt may choose either text. `Said` is a text
that carries all of that with it, so that whatever handles texts need not know. Does not know how
far a number may be off: that is `sized`'s, as for every number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sheetnet.formulas.sized import FloatArray, Sized, exact, rounding

_WRITTEN = re.compile(r"-?[0-9][0-9,]*(?:\.([0-9]+))?(?:E[+-]?[0-9]+)?")
_LAST_BIT = 2.0**-50


class Near(NamedTuple):
    """A number from `low` to `high`, written with so many decimals, or with any where None."""

    low: float
    high: float
    decimals: int | None


class Either(NamedTuple):
    """One form or the other."""

    one: Form
    other: Form


class InTurn(NamedTuple):
    """One form after the other."""

    parts: tuple[Form, ...]


Form = str | Near | Either | InTurn
"""What a text may be."""


class Said(str):
    """A text, and in `form` what rounding may have made of it instead."""

    form: Form

    def __new__(cls, text: str, form: Form) -> Said:
        """The text with its form."""
        said = super().__new__(cls, text)
        said.form = form
        return said


def may_be(said: str, text: str) -> bool:
    """Whether rounding alone may have made a text of what a formula says."""
    if said == text:
        return True
    return any(end == len(text) for end in _ends(_form(said), text, 0))


def _form(said: str) -> Form:
    return said.form if isinstance(said, Said) else said


def _ends(form: Form, text: str, at: int) -> Iterator[int]:
    """Where the form may end in the text that it begins in at `at`."""
    match form:
        case Near(low, high, decimals):
            found = _WRITTEN.match(text, at)
            if found and (decimals is None or len(found[1] or "") == decimals):
                number = float(found[0].replace(",", ""))
                slack = _LAST_BIT * abs(number)
                if low - slack <= number <= high + slack:
                    yield found.end()
        case Either(one, other):
            yield from _ends(one, text, at)
            yield from _ends(other, text, at)
        case InTurn(parts):
            ends = {at}
            for part in parts:
                ends = {end for begin in ends for end in _ends(part, text, begin)}
            yield from ends
        case str(words):
            if text.startswith(words, at):
                yield at + len(words)


# --- what makes texts ----------------------------------------------------------------------------


def chosen(
    is_true: NDArray[np.bool_], doubt: NDArray[np.bool_] | bool, yes: Sized, no: Sized
) -> FloatArray:
    """One or the other on each row, a text or a number; where the condition is in doubt, a text
    that may be either."""
    taken = np.where(is_true, yes.value.astype(object), no.value.astype(object))
    doubtful = np.flatnonzero(np.broadcast_to(doubt, is_true.shape))
    if len(doubtful):
        texts = as_texts(yes), as_texts(no)
        for row in doubtful:
            one, other = (each[row] for each in (texts if is_true[row] else texts[::-1]))
            taken[row] = Said(one, Either(_form(one), _form(other)))
    return np.asarray(taken)


def joined(*parts: Sized) -> Sized:
    """The texts one after the other; a number as a cell of format General shows it, 15 digits."""
    columns = [as_texts(part) for part in parts]
    return exact(_texts(_one_after_the_other(row) for row in zip(*columns, strict=True)))


def fixed(
    a: Sized,
    digits: Sized | None,
    without_commas: Sized | None,
    rounded: Callable[[Sized, Sized], Sized],
) -> Sized:
    """A number as text of so many decimals, 2 where none are asked for; `rounded` is ROUND."""
    count = len(a.value)
    places = exact(np.full(count, 2.0)) if digits is None else digits
    plain = np.zeros(count) if without_commas is None else without_commas.value
    middle = rounded(a, places)
    low, high = middle.value - rounding(middle), middle.value + rounding(middle)

    def made(value: float, low: float, high: float, decimals: int, bare: float) -> str:
        written = [
            f"{number + 0.0:{'' if bare else ','}.{decimals}f}" for number in (value, low, high)
        ]
        text = written[0]
        return text if len(set(written)) == 1 else Said(text, Near(low, high, decimals))

    decimals = [max(0, int(each)) for each in places.value]
    return exact(
        _texts(made(*row) for row in zip(middle.value, low, high, decimals, plain, strict=True))
    )


def _texts(texts: Iterator[str]) -> FloatArray:
    every = list(texts)
    array = np.empty(len(every), dtype=object)
    array[:] = every
    return array


def _one_after_the_other(row: tuple[str, ...]) -> str:
    text = "".join(row)
    if not any(isinstance(part, Said) for part in row):
        return text
    return Said(text, InTurn(tuple(_form(part) for part in row)))


def as_texts(part: Sized) -> list[str]:
    """Its value on each row; numbers as they are joined to texts."""
    return [
        value if isinstance(value, str) else _general(float(value), float(off))
        for value, off in zip(part.value, rounding(part), strict=True)
    ]


def as_numbers(values: FloatArray) -> FloatArray:
    """Numbers, NaN where a word stands in the place of one."""
    if values.dtype != object:
        return values
    return np.array([np.nan if isinstance(value, str) else float(value) for value in values])


def _general(value: float, off: float) -> str:
    text, low, high = (_shown(each) for each in (value, value - off, value + off))
    is_sure = text == low == high and value != 0  # a typed -0 is "-0" to ironcalc
    return text if is_sure else Said(text, Near(value - off, value + off, None))


def _shown(value: float) -> str:
    digits, _, power = f"{value + 0.0:.15G}".partition("E")
    return digits + (f"E{power}" if power else "")
