"""Checks shared by the values of the house: each returns its problems as lines of text.

Knows how a problem reads (where, what was found, what was expected, what to do) and how to
refuse all of them at once. Does not know which keys exist (see `network` and the lesson loader).
"""

from __future__ import annotations

import math
import reprlib
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from sheetnet.core.functions import Array
from sheetnet.errors import LessonError

MAX_LISTED = 20
_MOST_COUNTED = 100_000


def few(problems: Iterable[str], where: str) -> Iterator[str]:
    """The first problems of a kind, and that there are more: a file made to hurt may have millions,
    which nobody would read."""
    rest = iter(problems)
    yield from islice(rest, MAX_LISTED)
    if next(rest, None) is not None:
        yield f"{where} has more problems of this kind."


def refuse(problems: Iterable[str]) -> None:
    """Raise LessonError with one line a problem, or return if there is none."""
    found = list(islice(problems, 5 * MAX_LISTED))
    if found:
        raise LessonError("\n".join(found))


def show(value: object) -> str:
    """A short, safe picture of any value for a message, however long or deeply nested."""
    try:
        return reprlib.repr(value)
    except ValueError:  # a whole number with more digits than Python agrees to print
        return "a very long whole number"


def nearest(name: object, known: Iterable[str]) -> str:
    """ " Did you mean 'x'?" for the nearest known name, or an empty string."""
    from difflib import get_close_matches  # needed after a mistake only

    short = isinstance(name, str) and len(name) < 100
    near = get_close_matches(str(name), list(known), n=1) if short else []
    return f" Did you mean {near[0]!r}?" if near else ""


def choice_problems(path: str, name: object, known: Iterable[str]) -> Iterator[str]:
    """A problem if `name` is not one of `known`."""
    names = list(known)
    if not (isinstance(name, str) and name in names):
        hint = nearest(name, names) or " Choose one of these."
        yield f"{path} is {show(name)}; expected one of {', '.join(names)}.{hint}"


def whole_problems(path: str, value: object, least: int, example: str) -> Iterator[str]:
    """A problem if `value` is not a whole number of at least `least`; booleans are not numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        yield (
            f"{path} is {show(value)}; expected a whole number, {least} or more. "
            f"Write for example {example}."
        )


def is_number(value: object) -> TypeGuard[float]:
    """True for whole and floating numbers, finite or not; booleans are not numbers."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def number_problems(path: str, value: object, depth: int) -> list[str]:
    """Problems of a list of finite numbers (depth 1) or of equally long rows of them (depth 2).

    Every wrong number is named by its path; after the first few only their count is given.
    """
    problems = _number_problems(path, value, depth)
    found = list(islice(problems, MAX_LISTED))
    more = sum(1 for _ in islice(problems, _MOST_COUNTED))
    least = "at least " * (more == _MOST_COUNTED)
    return [*found, f"{path} has {least}{more} more problems of this kind."] if more else found


def _number_problems(path: str, value: object, depth: int) -> Iterator[str]:
    if isinstance(value, np.ndarray):
        if value.ndim == depth and value.size and value.dtype == float and np.isfinite(value).all():
            return
        value = value.tolist()
    if not isinstance(value, (list, tuple)) or not value:
        what = "a list of numbers" if depth == 1 else "a list of rows of numbers"
        found = "missing" if value is None else show(value)
        yield f"{path} is {found}; expected {what}, at least one. Add or correct it."
    elif depth > 1:
        for i, row in enumerate(value):
            yield from _number_problems(f"{path}[{i}]", row, depth - 1)
        lengths = [len(row) if isinstance(row, (list, tuple, np.ndarray)) else 0 for row in value]
        i = next((i for i, n in enumerate(lengths) if n and n != lengths[0]), 0)
        if i and lengths[0]:
            yield (
                f"{path}[{i}] has {lengths[i]} numbers; {path}[0] has {lengths[0]}. "
                "Make all rows equally long."
            )
    elif not (set(map(type, value)) <= {float} and all(map(math.isfinite, value))):
        for i, number in enumerate(value):
            if not is_number(number) or not abs(number) <= sys.float_info.max:
                yield f"{path}[{i}] is {show(number)}; expected a finite number. {_advice(number)}"
            elif float(number) != number:
                yield (
                    f"{path}[{i}] is {show(number)}; expected a number that a cell can hold, and "
                    "this whole number has too many digits (beyond 2^53). Write "
                    f"{float(number)!r} if the nearest one is meant."
                )


def _advice(value: object) -> str:
    """What to do about something that is no finite number."""
    if isinstance(value, bool | np.bool_):
        return f"Write {int(value)} instead."
    if is_number(value):
        return "Replace it: infinities, NaN and numbers beyond 1.8e308 cannot be computed with."
    if isinstance(value, str):
        return "Retype it without quotation marks."
    return "Replace it by a number such as 0.5."


def reason(error: ValueError) -> str:
    """Why a text could not be parsed, without Python's advice to Python's programmers."""
    text = str(error)
    return "a whole number of thousands of digits" if "set_int_max_str_digits" in text else text


def finite_problems(path: str, array: Array) -> Iterator[str]:
    """A problem naming the first nan or infinity of `array`."""
    if not np.isfinite(array).all():
        where = np.argwhere(~np.isfinite(array))[0].tolist()
        cell = path + "".join(f"[{i}]" for i in where)
        yield f"{cell} is {array[tuple(where)]}; expected a finite number. Replace it."


def read_only(path: str, values: npt.ArrayLike) -> Array:
    """A float64 copy that nobody can write to; raises LessonError unless `values` are numbers."""
    try:
        source = np.asarray(values)
        if source.dtype.kind not in "iuf" and source.size:
            raise TypeError(f"values of type {source.dtype}")
        array = np.array(source, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise LessonError(
            f"{path} is {show(values)}; expected numbers in rows of equal length ({error}). "
            "Correct the numbers."
        ) from None
    array.setflags(write=False)
    return array


def same_bits(a: Array, b: Array) -> bool:
    """True for equal shapes and equal bit patterns (so -0.0 differs from 0.0)."""
    return a.shape == b.shape and a.tobytes() == b.tobytes()
