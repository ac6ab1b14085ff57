"""Numbers of tables, read from cells and told in words: decimals, and fractions where a decimal would not end."""

from __future__ import annotations

from fractions import Fraction

from ..judging import decimal_text

__all__ = ["number_of", "number_text"]


def number_of(cell: str, *, has_decimal_commas: bool) -> Fraction | None:
    """A cell as a number; None where it is blank or none."""
    text = cell.strip().lstrip("'")
    try:
        return Fraction(text.replace(",", ".") if has_decimal_commas else text) if text else None
    except (ValueError, ZeroDivisionError):
        return None


def number_text(number: Fraction) -> str:
    """A decimal where it ends, else a fraction."""
    left = number.denominator
    for factor in (2, 5):
        while left % factor == 0:
            left //= factor
    return decimal_text(number) if left == 1 else str(number)
