"""Numbers in every spelling have one value, or none where the column does not decide."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.files.numbers import (
    WHOLE_LIMIT,
    Marks,
    Misread,
    decimal,
    is_blank,
    marks_of,
    plain_text,
    two_values,
    whole,
)


@given(value=st.integers(-WHOLE_LIMIT, WHOLE_LIMIT))
def test_every_whole_number_is_read_as_it_is_printed(value):
    assert whole(str(value)) == value
    assert whole(f"{value}.0") == value
    if abs(value) >= 1_000_000:
        assert whole(f"{value:,}") == whole(f"{value:,}".replace(",", " ")) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+7", 7),
        ("Lv 3", 3),
        ("x2", 2),
        ("\uff11\uff12", 12),
        ("1'234", 1234),
        ("0012", 12),
        ("2,00", 2),
        ("2.5", Misread.NOT_WHOLE),
        ("", Misread.NO_NUMBER),
        ("two", Misread.NO_NUMBER),
        ("1-2", Misread.NO_NUMBER),
        (str(WHOLE_LIMIT + 1), Misread.OUT_OF_RANGE),
        ("9" * 5_000, Misread.OUT_OF_RANGE),
        ("1,234", Misread.TWO_READINGS),
    ],
)
def test_whole_numbers_and_what_is_none(text, value):
    assert whole(text) == value


@pytest.mark.parametrize(
    ("column", "value"), [(Marks.NONE, 1234), (Marks.COMMA_GROUPS, 1234), (Marks.DECIMAL_COMMA, Misread.TWO_READINGS)]
)
def test_a_comma_before_three_digits_parts_groups_unless_the_column_shows_otherwise(column, value):
    assert whole("1,234", column) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e3", Decimal("1e3")), (".5", Decimal("0.5")), ("5.", Decimal(5)), ("1e21", Misread.NO_NUMBER)],
)
def test_decimals_as_programs_write_them(text, value):
    assert decimal(text) == value


def test_a_comma_is_a_decimal_mark_only_where_it_does_not_part_cells():
    assert decimal("9,5") is Misread.NO_NUMBER
    assert decimal("9,5", decimal_comma=True) == Decimal("9.5")
    assert decimal("-1.234,5", decimal_comma=True) == Decimal("-1234.5")


@given(value=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=4))
def test_a_decimal_in_plain_text_is_itself_and_shortest(value):
    text = plain_text(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert "." not in text or not text.endswith(("0", "."))
    assert decimal(text, Marks.DECIMAL_POINT) == value


def test_a_column_shows_what_its_marks_are():
    assert marks_of(["1.5", "7", "-"]) == Marks.DECIMAL_POINT
    assert marks_of(["1,234,567"]) == Marks.COMMA_GROUPS
    assert marks_of(["1.234", "1,234"]) == Marks.NONE
    assert two_values("-1.234") == ("-1234", "-1.234")


@pytest.mark.parametrize(
    ("text", "blank"), [("", True), ("\u2013\u2014", True), ("n/a", True), ("0", False), ("-1", False)]
)
def test_blanks_are_told_from_numbers(text, blank):
    assert is_blank(text) is blank
