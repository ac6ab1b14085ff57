"""A row of a table of worths: what it is of, and numbers in words."""

from __future__ import annotations

from fractions import Fraction

from equipment_optimizer.verify.output_file import Record
from equipment_optimizer.verify.tables._worth_row import Worth, faults_of_cells, text_of


def test_a_row_says_what_it_is_of() -> None:
    worth = Worth(Record(3, ("wish", "Helm", "Head", "12")), Fraction(12), None, Fraction(12), True)
    assert (worth.kind, worth.name, worth.part) == ("wish", "Helm", "Head")


def test_a_number_in_words() -> None:
    assert text_of(Fraction(5, 2)) == "2.5"
    assert text_of(None) == "nothing"


def test_cells_that_no_row_of_a_kind_has_are_told() -> None:
    header = ("Kind", "Name", "Body Part", *("Best Score", "Loss", "Loss When Sold"), "In Best", "Never Useful", "Gain")

    def faults(*cells):
        told = faults_of_cells(
            dict(zip(header, cells, strict=True)), lambda cell: Fraction(cell) if cell != "z" else None
        )
        return dict(told)

    assert faults("piece", "Cap", "Head", "3", "0", "", "1", "no", "") == {}
    blank = {"Loss": "nothing", "Loss When Sold": "nothing", "In Best": "nothing", "Never Useful": "nothing"}
    assert faults("pair", "A + B", "Head", "3", "z", "1", "z", "no", "0") == blank
    assert faults("piece", "Cap", "Head", "z", "0", "z", "1", "", "z") == {
        "Best Score": "a number, or nothing",
        "Loss When Sold": "a number, or nothing",
        "Never Useful": "yes or no",
        "Gain": "nothing",
    }
    assert set(faults("not allowed", "Cap", "Head", "1", "1", "1", "1", "no", "1")) == set(header[3:])
    assert faults("another", *"zzzzzzzz") == {}
