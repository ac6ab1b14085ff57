"""A row of a table of worths: what it is of, and numbers in words."""

from __future__ import annotations

from fractions import Fraction

from equipment_optimizer.verify.output_file import Record
from equipment_optimizer.verify.tables._worth_row import Worth, text_of


def test_a_row_says_what_it_is_of() -> None:
    worth = Worth(Record(3, ("wish", "Helm", "Head", "12")), Fraction(12), None, Fraction(12), True)
    assert (worth.kind, worth.name, worth.part) == ("wish", "Helm", "Head")


def test_a_number_in_words() -> None:
    assert text_of(Fraction(5, 2)) == "2.5"
    assert text_of(None) == "nothing"
