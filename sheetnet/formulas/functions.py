"""The functions and operators that our formulas may use: one table, one row each.

Knows: of each, its value in NumPy, what rounding can do to that value, and how the two dialects
spell its name. Does not know formula trees or where the numbers come from: `checking.tolerance`
feeds it the engine's own. The page and the writers spell functions; only this table says what one
is worth, and a formula whose function has no value here is refused when it is printed, since
nothing could check it.

Every argument is a `Sized`: a value on each of the formula's rows (shape (rows,), of numbers or
texts), or a range on each of them (shape (rows, down, across)). How operations and sizes make a
tolerance is derived in `checking.tolerance`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sheetnet.formulas.sized import UNIT, FloatArray, Sized, exact, rounding
from sheetnet.formulas.wording import chosen, fixed, joined

# LibreOffice makes a difference zero when it falls below about 2^-48 of its operands
_SNAP: Final = 2.0**-46
_SNAPPED: Final = 64.0
_LARGE: Final = 2.0**1020
_LIBRARY_CALL: Final = 4  # rounded operations that EXP, LN and their like count for


# --- operators -------------------------------------------------------------------------------


def _sum(a: Sized, b: Sized, sign: float) -> Sized:
    value = a.value + sign * b.value
    near_zero = np.abs(value) < _SNAP * (np.abs(a.value) + np.abs(b.value))
    size = (a.size + b.size) * np.where(near_zero, _SNAPPED, 1.0)
    return Sized(value, size, a.operations + b.operations + 1)


def _product(a: Sized, b: Sized) -> Sized:
    return Sized(a.value * b.value, a.size * b.size, a.operations + b.operations + 1)


def _quotient(a: Sized, b: Sized) -> Sized:
    size = (a.size / np.abs(b.value)) * (b.size / np.abs(b.value))
    return Sized(a.value / b.value, size, a.operations + b.operations + 1)


def _power(a: Sized, b: Sized) -> Sized:
    if (b.value == 2).all():
        return _product(a, a)
    value = a.value**b.value
    size = (
        np.abs(b.value * a.value ** (b.value - 1)) * a.size
        + np.nan_to_num(np.abs(value * np.log(np.abs(a.value)))) * b.size
        + np.abs(value)
    )
    return Sized(value, size, a.operations + b.operations + _LIBRARY_CALL)


def _condition(holds: NDArray[np.bool_], doubt: NDArray[np.bool_]) -> Sized:
    """A condition as 1 or 0, with room for the other where it is in doubt."""
    return Sized(holds.astype(float), doubt / UNIT, 0, doubt)


def _comparison(
    holds: Callable[[FloatArray, FloatArray], NDArray[np.bool_]],
) -> Callable[[Sized, Sized], Sized]:
    """ironcalc takes two numbers for equal that are 2^-52 apart, LibreOffice not."""

    def sized(a: Sized, b: Sized) -> Sized:
        found = np.asarray(holds(a.value, b.value), dtype=bool)
        if object in (a.value.dtype, b.value.dtype):
            return _condition(found, np.zeros(found.shape, dtype=bool))
        apart, off = np.abs(a.value - b.value), rounding(a) + rounding(b)
        doubt = ((apart > 0) & (apart <= 2 * UNIT)) | ((apart <= off) & (off > 0))
        return _condition(found, doubt)

    return sized


# --- functions of one number, row by row -------------------------------------------------------


def _smooth(
    function: Callable[[FloatArray], FloatArray], slope: Callable[[FloatArray], FloatArray]
) -> Callable[[Sized], Sized]:
    def sized(a: Sized) -> Sized:
        value = function(a.value)
        grown = np.where(a.size > 0, np.abs(slope(a.value)) * a.size, 0.0) + np.abs(value)
        # EXP of 700 is a double; 700 times it, its size, need not be one
        size = np.where(np.isfinite(value), np.minimum(grown, _LARGE), grown)
        return Sized(value, size, a.operations + _LIBRARY_CALL)

    return sized


def _logarithm(a: Sized, base: Sized | None = None) -> Sized:
    """LOG counts in tens where no base is given."""
    below = exact(np.full(a.value.shape, 10.0)) if base is None else base
    return _quotient(_smooth(np.log, np.reciprocal)(a), _smooth(np.log, np.reciprocal)(below))


def _stepped(a: Sized, value: FloatArray, distance: FloatArray, step: FloatArray | float) -> Sized:
    """A value that jumps by `step` where `distance` (of the argument from a jump) is 0."""
    off = rounding(a)
    doubt = (distance <= np.maximum(off, _SNAP * np.abs(a.value))) & (
        (distance > 0) | (a.operations > 0)
    )
    return Sized(value, np.abs(value) + np.where(doubt, (step + off) / (2 * UNIT), 0.0), 1)


def _integer(a: Sized) -> Sized:
    return _stepped(a, np.floor(a.value), np.abs(a.value - np.rint(a.value)), 1.0)


def _rounded(a: Sized, digits: Sized) -> Sized:
    """Halves away from zero; programs see a decimal half where the double is a little off it."""
    scale = 10.0 ** np.trunc(digits.value)
    scaled = np.abs(a.value) * scale
    value = np.copysign(np.floor(scaled + 0.5), a.value) / scale
    at_half = np.abs(scaled - np.floor(scaled) - 0.5) / scale
    return _stepped(a, value, np.maximum(at_half, np.finfo(float).tiny), 1.0 / scale)


def _sign(a: Sized) -> Sized:
    return _stepped(a, np.sign(a.value), np.abs(a.value), 2.0)


# --- conditions --------------------------------------------------------------------------------


def _chosen(condition: Sized, yes: Sized, no: Sized | None = None) -> Sized:
    """One branch; where the condition is in doubt, the tolerance has room for the other too."""
    other = exact(np.zeros(condition.value.shape)) if no is None else no
    is_true, operations = condition.value != 0, max(yes.operations, other.operations)
    if object in (yes.value.dtype, other.value.dtype):
        size = np.where(is_true, yes.size, other.size)  # of numbers, where a word stands for some
        return Sized(chosen(is_true, condition.doubt, yes, other), size, operations)
    value = np.where(is_true, yes.value, other.value)
    size = np.where(is_true, yes.size, other.size)
    if np.any(condition.doubt):
        operations += 1  # or nothing would be left of the doubt where both are exact
        both = yes.size + other.size + np.abs(yes.value - other.value) / (2 * UNIT)
        size = np.where(condition.doubt, both, size)
    return Sized(value, size, operations)


def _choice(number: Sized, *choices: Sized) -> Sized:
    """CHOOSE counts from 1; outside there is nothing but an error."""
    at = np.floor(number.value) - 1
    taken = np.where((at >= 0) & (at < len(choices)), at, 0).astype(int)
    outside = (at < 0) | (at >= len(choices))
    value = np.choose(taken, [choice.value for choice in choices])
    if value.dtype != object:
        value = np.where(outside, np.nan, value)
    size = np.choose(taken, [choice.size for choice in choices])
    return Sized(value, size, max(choice.operations for choice in choices))


def _truths(*parts: Sized) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Every argument's truth and doubt, shape (rows, cells)."""
    together = cells(*parts)
    doubt = np.zeros(together.value.shape, dtype=bool)
    column = 0
    for part in parts:
        width = 1 if part.value.ndim == 1 else int(np.prod(part.value.shape[1:]))
        if width == 1 and not isinstance(part.doubt, bool):
            doubt[:, column] = part.doubt
        column += width
    return together.value != 0, doubt


def _all(*parts: Sized) -> Sized:
    truth, doubt = _truths(*parts)
    doubtful = doubt.any(axis=1) & (truth | doubt).all(axis=1)
    return _condition(np.asarray(truth.all(axis=1)), np.asarray(doubtful))


def _any(*parts: Sized) -> Sized:
    truth, doubt = _truths(*parts)
    doubtful = doubt.any(axis=1) & ~(truth & ~doubt).any(axis=1)
    return _condition(np.asarray(truth.any(axis=1)), np.asarray(doubtful))


def _not(a: Sized) -> Sized:
    return _condition(a.value == 0, np.broadcast_to(np.asarray(a.doubt), a.value.shape))


# --- functions of many cells -------------------------------------------------------------------


def cells(*parts: Sized) -> Sized:
    """All cells of all arguments side by side, shape (rows, cells); operations are the most."""
    rows = len(parts[0].value)
    return Sized(
        np.concatenate([part.value.reshape(rows, -1) for part in parts], axis=1),
        np.concatenate([part.size.reshape(rows, -1) for part in parts], axis=1),
        max(part.operations for part in parts),
    )


def _added(*parts: Sized) -> Sized:
    all_of_them = cells(*parts)
    count = all_of_them.value.shape[1]
    return Sized(
        all_of_them.value.sum(axis=1),
        all_of_them.size.sum(axis=1),
        all_of_them.operations + count,
    )


def _mean(*parts: Sized) -> Sized:
    count = cells(*parts).value.shape[1]
    total = _added(*parts)
    return Sized(total.value / count, total.size / count, total.operations + 1)


def _multiplied(*parts: Sized) -> Sized:
    """The sum of the products: SUMPRODUCT."""
    flat = [cells(part) for part in parts]
    value, size = flat[0].value, flat[0].size
    for one in flat[1:]:
        value, size = value * one.value, size * one.size
    operations = len(parts) * value.shape[1] + sum(one.operations for one in flat)
    return Sized(value.sum(axis=1), size.sum(axis=1), operations)


def _extreme(reduce: Callable[..., FloatArray]) -> Callable[..., Sized]:
    def sized(*parts: Sized) -> Sized:
        together = cells(*parts)
        value = reduce(together.value, axis=1)
        operations = sum(part.operations for part in parts)
        return Sized(value, together.size.max(axis=1), operations) if operations else exact(value)

    return sized


_CRITERIA: Final[dict[str, Callable[[FloatArray, float], NDArray[np.bool_]]]] = {
    "<>": np.not_equal, "<=": np.less_equal, ">=": np.greater_equal,
    "<": np.less, ">": np.greater, "=": np.equal,
}  # fmt: skip


def _counted(where: Sized, criterion: Sized) -> Sized:
    """COUNTIF by a number, or by a text of a comparison and a number."""
    grid = cells(where).value
    count = np.zeros(len(grid))
    for row, wanted in enumerate(criterion.value):
        text = str(wanted)
        sign = next((each for each in _CRITERIA if text.startswith(each)), "")
        try:
            number = float(text[len(sign) :])
        except ValueError:
            count[row] = np.nan  # texts are not counted here
            continue
        count[row] = _CRITERIA[sign or "="](grid[row], number).sum()
    return exact(count)


def _indexed(table: Sized, *places: Sized) -> Sized:
    """INDEX copies one cell, exactly; outside its table there is nothing, which counts as 0."""
    one_way = len(places) == 1 or table.value.ndim == 1
    grid = table.value.reshape(len(table.value), -1, 1) if one_way else table.value
    inside = np.ones(len(grid), dtype=bool)
    at = [np.zeros(len(grid), dtype=int)] * 2
    for axis, place in enumerate(places):
        wanted = np.floor(place.value) - 1  # NaN is nowhere within
        within = (wanted >= 0) & (wanted < grid.shape[axis + 1])
        at[axis] = np.where(within, wanted, 0).astype(int)
        inside &= within
    return exact(np.where(inside, grid[np.arange(len(grid)), at[0], at[1]], 0.0))


def _is_number(a: Sized) -> Sized:
    found = np.zeros(a.value.shape) if a.value.dtype == object else np.isfinite(a.value)
    return exact(found.astype(float))


def _matched(wanted: Sized, where: Sized, kind: Sized) -> Sized:
    """MATCH of a number, exactly: the first place from 1 on, NaN for nowhere.

    LibreOffice takes numbers for equal that are 2^-48 apart: any of them may be found first.
    """
    grid = cells(where).value
    apart = np.abs(grid - wanted.value[:, None])
    same = apart == 0
    place = np.where(same.any(axis=1), np.argmax(same, axis=1) + 1.0, np.nan)
    near = apart <= _SNAP * np.abs(wanted.value[:, None])
    spread = np.where(near.any(axis=1), place - (np.argmax(near, axis=1) + 1.0), 0.0)
    return Sized(place, np.abs(place) + spread / UNIT, 1)


def _fixed(a: Sized, digits: Sized | None = None, without_commas: Sized | None = None) -> Sized:
    """FIXED: 2 decimals where none are asked for."""
    return fixed(a, digits, without_commas, _rounded)


# --- the tables ----------------------------------------------------------------------------------

OPERATORS: Final[Mapping[str, Callable[[Sized, Sized], Sized]]] = {
    "+": lambda a, b: _sum(a, b, 1.0),
    "-": lambda a, b: _sum(a, b, -1.0),
    "*": _product,
    "/": _quotient,
    "^": _power,
    "&": joined,
    "=": _comparison(np.equal),
    "<>": _comparison(np.not_equal),
    "<": _comparison(np.less),
    "<=": _comparison(np.less_equal),
    ">": _comparison(np.greater),
    ">=": _comparison(np.greater_equal),
}


class Function(NamedTuple):
    """A function's value (None: only its spelling is known, foreign files may use it), and where
    its name carries a prefix: "new" ones in xlsx, "differing" ones in OpenFormula, whose own
    function of that name differs below zero."""

    value: Callable[..., Sized] | None
    spelling: Literal["", "new", "differing"] = ""


_NEW: Final = (
    "ACOT ACOTH ARABIC BASE BITAND BITLSHIFT BITOR BITRSHIFT BITXOR COMBINA COT COTH CSC CSCH "
    "DAYS DECIMAL GAMMA GAUSS IFNA ISOWEEKNUM MUNIT NUMBERVALUE PDURATION PERMUTATIONA PHI "
    "RRI SEC SECH SHEET SHEETS UNICHAR UNICODE XOR"
)

FUNCTIONS: Final[Mapping[str, Function]] = {
    "ABS": Function(lambda a: a._replace(value=np.abs(a.value))),
    "AND": Function(_all),
    "AVERAGE": Function(_mean),
    "CHOOSE": Function(_choice),
    "CONCATENATE": Function(joined),
    "COS": Function(_smooth(np.cos, np.sin)),
    "COUNTIF": Function(_counted),
    "EXP": Function(_smooth(np.exp, np.exp)),
    "FALSE": Function(lambda: exact(np.zeros(1))),
    "FIXED": Function(_fixed),
    "IF": Function(_chosen),
    "INDEX": Function(_indexed),
    "INT": Function(_integer),
    "ISNUMBER": Function(_is_number),
    "LN": Function(_smooth(np.log, np.reciprocal)),
    "LOG": Function(_logarithm),
    "LOG10": Function(_smooth(np.log10, lambda x: 1 / (x * np.log(10.0)))),
    "MATCH": Function(_matched),
    "MAX": Function(_extreme(np.max)),
    "MIN": Function(_extreme(np.min)),
    "MOD": Function(lambda a, b: exact(np.mod(a.value, b.value))),
    "NOT": Function(_not),
    "OR": Function(_any),
    "PI": Function(lambda: exact(np.full(1, np.pi))),
    "POWER": Function(_power),
    "ROUND": Function(_rounded),
    "SIGN": Function(_sign),
    "SIN": Function(_smooth(np.sin, np.cos)),
    "SQRT": Function(_smooth(np.sqrt, lambda x: 0.5 / np.sqrt(x))),
    "SUM": Function(_added),
    "SUMPRODUCT": Function(_multiplied),
    "SUMSQ": Function(lambda *parts: _multiplied(cells(*parts), cells(*parts))),
    "TANH": Function(_smooth(np.tanh, lambda x: 1 - np.tanh(x) ** 2)),
    "TRUE": Function(lambda: exact(np.ones(1))),
    **{name: Function(None, "new") for name in _NEW.split()},
    "CEILING": Function(None, "differing"),
    "FLOOR": Function(None, "differing"),
}
"""Name to row. IF and CHOOSE take one of their arguments; the others use all of them."""
