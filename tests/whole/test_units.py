"""Sizes, durations and counts as people write and read them."""

from decimal import Decimal

import pytest

from equipment_optimizer.errors import UsageError
from equipment_optimizer.units import exact_difference, format_count, format_seconds, format_size, parse_size


@pytest.mark.parametrize(
    ("text", "n_bytes"),
    [
        ("1048576", 1 << 20),
        ("512MiB", 512 << 20),
        ("2GB", 2 * 10**9),
        ("1.5g", 1_500_000_000),
        (" 3 kb ", 3_000),
        ("1TiB", 1 << 40),
        ("0.5KiB", 512),
        ("7b", 7),
    ],
)
def test_sizes_are_read(text, n_bytes):
    assert parse_size(text) == n_bytes


@pytest.mark.parametrize("text", ["", "0", "0.2", "MiB", "-1", "1e6", "1 PB", "5 apples", "٣MB", "9" * 31, "1,5GB"])
def test_what_is_no_size_is_refused_with_a_mend(text):
    with pytest.raises(UsageError) as caught:
        parse_size(text)
    assert str(caught.value) == f"not a size: {text!r}\n  mend: write a number and a unit, such as 512MiB or 2GB"


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (81_054_925, "77.3 MiB"),
        (-2048, "-2.0 KiB"),
        (1 << 30, "1.0 GiB"),
        (1 << 50, "1024.0 TiB"),
    ],
)
def test_sizes_are_shown(n_bytes, text):
    assert format_size(n_bytes) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0031, "3.1 ms"),
        (2.4, "2.40 s"),
        (59.994, "59.99 s"),
        (187, "3 min 07 s"),
        (7_500, "2 h 05 min"),
        (360_000, "100 h 00 min"),
    ],
)
def test_durations_are_shown(seconds, text):
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (1_234_567, "1,234,567"), (10**12 - 1, "999,999,999,999"), (10**12, "1.000e12"), (10**400, "1.000e400")],
)
def test_counts_are_shown_beyond_floats(count, text):
    assert format_count(count) == text


def test_differences_are_exact_at_any_length_and_end_without_zeros():
    long = Decimal("1234567890123456789012345678901234567890.25")
    assert str(exact_difference(long, Decimal("0.05"))) == "1234567890123456789012345678901234567890.2"
    assert str(exact_difference(Decimal("0.05"), long)) == "-1234567890123456789012345678901234567890.2"
    assert [str(exact_difference(long, long)), str(exact_difference(Decimal("1500.0"), Decimal(500)))] == ["0", "1000"]
