"""Cells of a column of numbers as whole numbers, times one power of ten."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..errors import Fault, InputError, printable

__all__ = ["whole_column"]

#: A number, made whole, is no larger.
_LARGEST = 10**18


def whole_column(cells: Sequence[str], name: str) -> tuple[npt.NDArray[np.int64], int]:
    """Numbers of the cells, times a power of ten, and its digits; blank cells are 0. O(P) time."""
    value_of = {cell: _number(cell, name) for cell in set(cells)}
    digits = 0
    while any((value * 10**digits).denominator != 1 for value in value_of.values()):
        digits += 1
    whole_of = {cell: int(value * 10**digits) for cell, value in value_of.items()}
    if max(map(abs, whole_of.values()), default=0) > _LARGEST:
        message = f"the numbers of the column {printable(name)} have more than 18 digits together"
        raise InputError([Fault("", message, "write fewer digits after the point")])
    return np.array([whole_of[cell] for cell in cells], dtype=np.int64), digits


def _number(cell: str, name: str) -> Fraction:
    """The number that a cell holds; 0 where it is blank."""
    try:
        return Fraction(Decimal(cell or 0))
    except (InvalidOperation, ValueError, OverflowError):
        message = f"not a number: {printable(cell)} [{printable(name)}]"
        raise InputError([Fault("", message, "write numbers only, or leave cells empty")]) from None
