"""Numbers of a column, made whole together."""

from __future__ import annotations

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.records._whole_column import whole_column


def test_numbers_are_made_whole_by_one_power_of_ten() -> None:
    numbers, digits = whole_column(["1.5", "", "-0.25", "3", "1e2"], "Weight")
    assert (numbers.tolist(), digits) == ([150, 0, -25, 300, 10_000], 2)
    assert whole_column([], "Weight")[1] == 0


@pytest.mark.parametrize("cell", ["heavy", "nan", "1/3", "1e-19", "1e19"])
def test_what_is_no_number_or_too_long_is_refused(cell: str) -> None:
    with pytest.raises(InputError):
        whole_column([cell, "1"], "Weight")
