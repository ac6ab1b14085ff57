"""What callers give for the fields of a record: taken over where it is plain what is meant, else a `UsageError`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, TypeVar

from ..errors import Fault, InputError, UsageError, printable

__all__ = [
    "digits_of",
    "exact",
    "levels",
    "mapping_of",
    "names",
    "set_fields",
    "texts",
    "tuple_of",
    "whole",
    "whole_column",
]

T = TypeVar("T")

#: A number, made whole, is no larger.
_LARGEST_NUMBER = 10**18


def set_fields(record: object, **values: Any) -> None:
    """Set fields of a frozen record while it is made."""
    for name, value in values.items():
        object.__setattr__(record, name, value)


def exact(value: Any, what: str) -> Decimal:
    """A finite number; of a float, the one that Python writes for it."""
    if type(value) is Decimal and value.is_finite():
        return value
    if isinstance(value, Integral) and not isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, Real) and not isinstance(value, bool):
        number = Decimal(repr(float(value)))
        if number.is_finite():
            return number
    raise UsageError(f"{what} is no finite number: {value!r}", "give an int, a float or a Decimal")


def whole(value: Any, what: str) -> int:
    """A whole number."""
    if type(value) is int:
        return value
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    raise UsageError(f"{what} is no whole number: {value!r}", "give an int")


def names(value: Any, what: str) -> tuple[str, ...]:
    """Names; one alone stands for a list of one."""
    given = (value,) if isinstance(value, str) else value
    if type(given) is not tuple:
        if not isinstance(given, Iterable):
            raise UsageError(f"{what} is no list of names: {value!r}", 'give a list, such as ["name", ...]')
        given = tuple(given)
    for name in given:
        if not isinstance(name, str):
            raise UsageError(f"{what} holds what is no name: {name!r}", 'give text only, such as ["name", ...]')
    return given


def texts(value: Any, what: str) -> tuple[str, ...]:
    """Names and numbers to compare cells with, as text; one alone stands for a list of one."""
    is_list = isinstance(value, Iterable) and not isinstance(value, str)
    return names([_text(item) for item in (value if is_list else (value,))], what)


def _text(item: Any) -> Any:
    """A number or a truth value as a cell would write it."""
    if isinstance(item, bool):
        return str(item).upper()
    return str(item) if isinstance(item, Decimal | Integral | float) else item


def levels(value: Any, what: str) -> tuple[tuple[str, int], ...]:
    """Skills with their levels, as pairs or a mapping."""
    if type(value) is tuple:
        for pair in value:
            if type(pair) is not tuple or len(pair) != 2 or type(pair[0]) is not str or type(pair[1]) is not int:
                break
        else:
            return value  # as the readers give them, by the thousand
    pairs = value.items() if isinstance(value, Mapping) else value
    try:
        pairs_read = tuple((name, level) for name, level in pairs)
    except (TypeError, ValueError):
        raise UsageError(f"{what} are no names with levels: {value!r}", 'give {"name": 1, ...}') from None
    names([name for name, _ in pairs_read], what)
    return tuple((name, whole(level, f"the level of {name!r}")) for name, level in pairs_read)


def tuple_of(kind: type[T], value: Any, what: str) -> tuple[T, ...]:
    """Records of one kind."""
    items = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else (value,)
    for item in items:
        if not isinstance(item, kind):
            mend = f"give a list of {kind.__name__}; read_config takes a dict with the keys of a file"
            raise UsageError(f"{what} hold what is no {kind.__name__}: {item!r}", mend)
    return items


def mapping_of(kind: type[T], value: Any, what: str) -> Mapping[str, T]:
    """Records of one kind by name."""
    if not isinstance(value, Mapping):
        raise UsageError(f"{what} are no mapping: {value!r}", f'give {{"name": {kind.__name__}(...)}}')
    tuple_of(kind, value.values(), what)
    names(value.keys(), what)
    return value


def whole_column(cells: Sequence[str], name: str) -> tuple[list[int], int]:
    """Numbers of the cells, times a power of ten, and its digits; blank cells are 0. O(P) time."""
    value_of = {cell: _cell_number(cell, name) for cell in set(cells)}
    digits = digits_of(value_of.values())
    whole_of = {cell: int(value * 10**digits) for cell, value in value_of.items()}
    if max(map(abs, whole_of.values()), default=0) > _LARGEST_NUMBER:
        message = f"the numbers of the column {printable(name)} have more than 18 digits together"
        raise InputError([Fault("", message, "write fewer digits after the point")])
    return [whole_of[cell] for cell in cells], digits


def digits_of(numbers: Iterable[Fraction]) -> int:
    """Digits behind the point that all of some decimals need."""
    denominators = {number.denominator for number in numbers}
    digits = 0
    while any(10**digits % denominator for denominator in denominators):
        digits += 1
    return digits


def _cell_number(cell: str, name: str) -> Fraction:
    """The number that a cell holds; 0 where it is blank."""
    try:
        return Fraction(Decimal(cell or 0))
    except (InvalidOperation, ValueError, OverflowError):
        message = f"not a number: {printable(cell)} [{printable(name)}]"
        raise InputError([Fault("", message, "write numbers only, or leave cells empty")]) from None
