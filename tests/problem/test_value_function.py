"""Value functions: exact at every point, in single integers and in arrays."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.problem.value_function import ValueFunction, sum_of

numbers = st.integers(-20, 20)

functions = st.one_of(
    st.builds(ValueFunction.linear, numbers),
    st.builds(ValueFunction.penalised, st.integers(-3, 8), numbers, numbers),
    st.builds(ValueFunction.capped, st.integers(-3, 8), numbers),
    st.builds(ValueFunction.listed, st.lists(numbers, min_size=1, max_size=6)),
)
ranges = st.tuples(st.integers(-10, 10), st.integers(0, 15)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (ValueFunction.linear(3), [-6, -3, 0, 3, 6, 9]),
        (ValueFunction.penalised(1, 5, -2), [-10, -5, 0, 5, -4, -6]),
        (ValueFunction.capped(1, 5), [-10, -5, 0, 5, 5, 5]),
        (ValueFunction.listed([4, 4, 7]), [4, 4, 4, 4, 7, 7]),
        (ValueFunction.listed([9]), [9, 9, 9, 9, 9, 9]),
    ],
    ids=["linear", "penalised", "capped", "listed", "constant"],
)
def test_values_from_minus_two_to_three(function: ValueFunction, expected: list[int]) -> None:
    assert [function.at(x) for x in range(-2, 4)] == expected
    assert function(np.arange(-2, 4)).tolist() == expected


def test_values_are_exact_beyond_64_bits() -> None:
    assert ValueFunction.linear(10**18).at(10**12) == 10**30


@given(function=functions, low_high=ranges, price=numbers)
def test_the_extremes_less_any_price_are_at_corners(
    function: ValueFunction, low_high: tuple[int, int], price: int
) -> None:
    low, high = low_high
    reduced = [function.at(x) - price * x for x in range(low, high + 1)]
    corners = function.corners(low, high)
    assert corners == sorted(set(corners))
    assert function.corner_values(low, high) == [function.at(x) for x in corners]
    assert {corners[0], corners[-1]} == {low, high}
    assert max(function.at(x) - price * x for x in corners) == max(reduced)
    assert min(function.at(x) - price * x for x in corners) == min(reduced)


@given(function=functions, low_high=ranges)
def test_linear_means_one_slope_through_nothing(function: ValueFunction, low_high: tuple[int, int]) -> None:
    low, high = low_high
    if function.is_linear(low, high):
        slope = function.slope_at(low)
        assert all(function.at(x) == slope * x for x in range(low, high + 1))
    else:
        # Segments that happen to agree are not looked for; single points are no matter.
        assert len(function.start) or function.intercept != (0,)


@given(function=functions, low_high=ranges)
def test_the_upper_hull_is_the_least_concave_function_above(function: ValueFunction, low_high: tuple[int, int]) -> None:
    low, high = low_high
    hull = function.upper_hull(low, high)
    assert (hull[0][0], hull[-1][0]) == (low, high)
    assert all(function.at(x) == y for x, y in hull)
    slopes = [(b[1] - a[1], b[0] - a[0]) for a, b in itertools.pairwise(hull)]
    assert all(ay * bx > by * ax for (ay, ax), (by, bx) in itertools.pairwise(slopes))
    for (ax, ay), (bx, by) in itertools.pairwise(hull):
        for x in range(ax, bx + 1):
            assert function.at(x) * (bx - ax) <= ay * (bx - x) + by * (x - ax)


def test_joined_functions_are_each_in_its_place() -> None:
    one, other = ValueFunction.capped(3, 2), ValueFunction.listed([5, 1, 1, 7, 9]).plus(-1)
    both = ValueFunction.joined([(0, one), (2, other), (4, one.plus(7))])
    expected = [one.at(x) if x < 2 else other.at(x) if x < 4 else one.at(x) + 7 for x in range(-3, 9)]
    assert [both.at(x) for x in range(-3, 9)] == expected
    assert ValueFunction.joined([(5, other)]) == other


@given(st.lists(st.tuples(numbers, functions), max_size=4))
def test_the_sum_of_functions_is_their_sum_everywhere(parts):
    total = sum_of(parts)
    assert [total.at(x) for x in range(-25, 26)] == [sum(n * f.at(x) for n, f in parts) for x in range(-25, 26)]
