"""Rows for whole counts hold for all whole counts, and cut fractions off."""

import itertools

import numpy as np
import pytest
from fillings import settings

from equipment_optimizer.search.filling.branching._whole_rows import _least


@pytest.mark.parametrize("a", [2, 3, 4])
@pytest.mark.parametrize("end", [1, 3, 5, 7])
def test_the_right_hand_side_is_the_most_that_holds_for_whole_numbers(a, end):
    for r in range(1, a):
        side = _least(end, a, r, end + 2)
        for level, (x, others) in itertools.product(range(end + 2), itertools.product(range(6), range(6))):
            missing = max(0, end - level - a * x - others)
            assert missing + others + r * x >= side[level]
        assert all(
            min(max(0, end - level - a * x) + r * x for x in range(9)) == side[level] for level in range(end + 2)
        )


def test_with_an_odd_number_missing_half_a_decoration_is_cut_off():
    # Three levels missing, two from each: one and a half would do, 1.5 < 2.
    assert _least(3, 2, 1, 4).tolist() == [2, 1, 1, 0]


def test_fillings_of_builds_satisfy_all_rows():
    rng = np.random.default_rng(0)
    n_rows = 0
    for own in settings(60):
        program, cases = own.bounds.program, own.cases
        rows = program.whole
        n_rows += len(rows)
        end = rows.break_of(cases.variant)
        for _ in range(20):
            counts = rng.integers(0, 3, program.n_decorated)
            level = cases.entry[rows.feature] + (counts @ program.levels)[rows.feature][:, None]
            missing = np.where(end > 0, np.maximum(end - level, 0), 0)
            left = missing + (rows.levels @ counts)[:, None]
            assert (left >= rows.sides(cases.variant, cases.entry)).all()
    assert n_rows
