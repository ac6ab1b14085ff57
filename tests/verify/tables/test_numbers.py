"""Numbers of cells, and in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from equipment_optimizer.verify.tables._numbers import number_of, number_text


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1.25", Fraction(5, 4)), ("-3", Fraction(-3)), ("'-0.5", Fraction(-1, 2)), ("241/120", Fraction(241, 120)),
        (" 7 ", Fraction(7)), ("", None), ("seven", None), ("1/0", None), ("1,5", None),
    ],
)  # fmt: skip
def test_cells(cell: str, number) -> None:
    assert number_of(cell, has_decimal_commas=False) == number


def test_decimal_commas() -> None:
    assert number_of("1,5", has_decimal_commas=True) == Fraction(3, 2)


@pytest.mark.parametrize("text", ["0", "-0.015625", "7", "241/120", "-1/3", "1000000000000000000000.5"])
def test_words_are_read_as_the_same_number(text: str) -> None:
    assert number_text(Fraction(text)) == text
