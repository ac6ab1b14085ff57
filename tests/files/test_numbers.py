"""One grammar for the numbers of all cells, row by row."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.files.numbers import Marks, Misread, decimal, is_blank, marks_of, plain_text, two_values, whole

NO, NOT_WHOLE, TWO, RANGE = Misread.NO_NUMBER, Misread.NOT_WHOLE, Misread.TWO_READINGS, Misread.OUT_OF_RANGE


@pytest.mark.parametrize(
    "text", ["", "-", "--", "–", "—", "−", "‐", "N/A", "n/a", "nan", "NaN", "null", "None", "#N/A"]
)
def test_words_for_nothing(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["0", "none", "NULL", "NA", "x", "-1", "#REF!", ".", "n / a", "=", "nothing"])
def test_what_is_not_nothing(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("007", 7),
        ("+3", 3),
        ("-3", -3),
        ("−3", -3),
        ("–3", -3),
        ("—3", -3),
        ("－3", -3),
        ("１２", 12),
        ("-0", 0),
        ("1000000000", 10**9),
        ("-1000000000", -(10**9)),
        # A decimal part of zeros.
        ("2.0", 2),
        ("2.00", 2),
        ("2.0000", 2),
        ("2,0", 2),
        ("2,00", 2),
        ("0.000", 0),
        ("1234.000", 1234),
        # Groups of three.
        ("1,234", None),
        ("1,234,567", 1234567),
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("1\u202f234", 1234),
        ("1\u2009234 567", 1234567),
        ("1'234", 1234),
        ("1’234’567", 1234567),
        ("1.234.567", 1234567),
        ("1,234.0", 1234),
        ("1.234,0", 1234),
        ("1 234,00", 1234),
        # Levels as wikis write them.
        ("Lv.2", 2),
        ("Lv 2", 2),
        ("lv2", 2),
        ("Lvl 2", 2),
        ("LEVEL 2", 2),
        ("Level2", 2),
        ("x2", 2),
        ("× 2", 2),
    ],
)
def test_whole_numbers(text: str, value: int | None) -> None:
    assert whole(text) == (TWO if value is None else value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("two", NO),
        ("2nd", NO),
        ("9+", NO),
        ("Rare 9", NO),
        ("2 3", NO),
        ("12 34", NO),
        ("1,23,4", NO),
        ("1,234 567", NO),
        ("0x10", NO),
        ("1_000", NO),
        ("1e3", NO),
        ("²", NO),
        ("٣", NO),
        ("--3", NO),
        ("+-3", NO),
        ("3-", NO),
        ("Lv.", NO),
        ("Lv.-2", NO),
        ("(3)", NO),
        ("3%", NO),
        ("2.5", NOT_WHOLE),
        ("2,5", NOT_WHOLE),
        ("0,500", NOT_WHOLE),
        ("0.234", NOT_WHOLE),
        ("1,234.5", NOT_WHOLE),
        ("1000000001", RANGE),
        ("-9999999999", RANGE),
        ("9" * 5000, RANGE),
        ("1,000,000,001", RANGE),
    ],
)
def test_what_is_no_whole_number(text: str, why: Misread) -> None:
    assert whole(text) is why
    assert whole(text, Marks.NONE) is why


@pytest.mark.parametrize(
    ("text", "others", "value"),
    [
        ("1,234", [], 1234),
        ("2,000", [], 2000),
        ("2,000", ["1,234,567"], 2000),
        ("2,000", ["2.0"], 2000),
        ("2,000", ["2,0"], TWO),
        ("1,234", ["3,00"], TWO),
        ("1.000", [], TWO),
        ("1.234", [], TWO),
        ("1.000", ["12", "1.000"], TWO),
        ("1.000", ["2.0"], 1),
        ("1.000", ["0.000"], 1),
        ("1.000", ["1,234,567"], 1),
        ("1.000", ["1.234.567"], 1000),
        ("1.234", ["2,0"], 1234),
        ("1.234", ["1.234,0"], 1234),
        ("1.234", ["2.0"], NOT_WHOLE),
        ("-1.000", ["2.0"], -1),
        ("1.000", ["2.0", "2,0"], TWO),
        ("1.000", ["2.0", "1.234.567"], TWO),
    ],
)
def test_what_may_be_two_numbers_is_decided_by_the_column(text: str, others: list[str], value: object) -> None:
    assert whole(text) is TWO
    assert whole(text, marks_of([text, *others])) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9.5", "9.5"),
        ("1.234", "1.234"),
        ("12", "12"),
        ("−0.5", "-0.5"),
        ("1,234.5", "1234.5"),
        ("1 234.50", "1234.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("1.5E-2", "0.015"),
        ("Lv.2", "2"),
        ("9" * 40, "9" * 40),
    ],
)
def test_decimals_between_commas(text: str, value: str) -> None:
    number = decimal(text)
    assert isinstance(number, Decimal)
    assert plain_text(number) == value


@pytest.mark.parametrize(
    "text", ["9,5", "0,125", "1.234,5", "nine", "9+", "1e99", "1e", ".", "e5", "1.2.3", "Infinity"]
)
def test_what_is_no_decimal_between_commas(text: str) -> None:
    assert decimal(text, Marks.NONE) is NO


@pytest.mark.parametrize(
    ("text", "others", "value"),
    [
        ("9,5", [], "9.5"),
        ("0,125", [], "0.125"),
        ("1.234,5", [], "1234.5"),
        ("1,234", [], TWO),
        ("1,234", ["9,5"], TWO),
        ("1,234", ["9.5"], "1234"),
        ("1,234", ["1,234,567"], "1234"),
        ("1.234", [], TWO),
        ("1.234", ["9,5"], "1234"),
        ("1.234", ["9.5"], "1.234"),
        ("1.234", ["9.5", "9,5"], TWO),
    ],
)
def test_decimals_where_commas_part_no_cells(text: str, others: list[str], value: object) -> None:
    number = decimal(text, marks_of([text, *others]), decimal_comma=True)
    assert (plain_text(number) if isinstance(number, Decimal) else number) == value


def test_a_decimal_too_long_to_compute_with_is_told() -> None:
    assert decimal("9" * 61) is RANGE


def test_both_values_are_named() -> None:
    assert two_values("-1.000") == ("-1000", "-1.000")
    assert two_values("1,234") == ("1234", "1.234")


@given(st.integers(-(10**9), 10**9))
def test_every_way_to_write_a_number_gives_it(value: int) -> None:
    assert whole(str(value)) == whole(f"{value}.0") == whole(f"{value:+}") == value
    assert whole(f"{value:,}", Marks.NONE) == whole(f"{value:,}".replace(",", " ")) == value
    assert whole(f"{value:,}.00") == whole(f"{value:,}".replace(",", "'")) == value


@given(st.decimals(-(10**6), 10**6, places=3))
def test_decimals_are_exact(value: Decimal) -> None:
    text = plain_text(value)
    assert Decimal(text) == value
    assert decimal(text) == value
    assert "E" not in text


@given(st.text(st.sampled_from("0123456789.,' +-−Lvx\u00a0"), max_size=12), st.sampled_from(list(Marks)))
def test_any_text_is_a_number_or_misread(text: str, column: Marks) -> None:
    for number in (whole(text), whole(text, column)):
        assert isinstance(number, Misread) or abs(number) <= 10**9
    for decimal_comma in (False, True):
        number_or_not = decimal(text, column, decimal_comma=decimal_comma)
        assert isinstance(number_or_not, Misread) or number_or_not.is_finite()
