"""Lines and segments lie above the logarithms that they stand for, and near them."""

from __future__ import annotations

import decimal
import math
import random
from fractions import Fraction

import pytest

from equipment_optimizer.search.product.nodes.curves import (
    ONE,
    Curve,
    ceil_exp,
    difference,
    floor_log,
    logarithm,
    rounded_up,
)

CURVES = [
    Curve(1, None, None),
    Curve(100, 250, 90_000),
    Curve(1, 5, 5),
    Curve(3, None, 100, Fraction(3, 7)),
    Curve(1, 40, None, Fraction(9, 2)),
]


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize(("low", "high"), [(1, 1), (1, 7), (2, 1_000), (900, 4_000)])
def test_segments_are_above_a_curve_and_near_it(curve: Curve, low: int, high: int) -> None:
    function = curve.segments(low, high, 10)
    for t in range(low, high + 1):
        above = function.at(t - 10) - float(curve.at(t)) * ONE
        # Two whole totals may have one line: near 1 they are far apart.
        near = 5e-4 if t > 50 else 0.05
        assert -1e-3 <= above <= near * ONE * float(curve.power) + 10


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("point", [0.0, 3.0, 77.0, 1e9])
def test_a_line_is_above_a_curve_and_touches_it_where_it_is_smooth(curve: Curve, point: float) -> None:
    low, high = 2, 500
    slope = curve.slope(point, low, high)
    assert slope >= 1
    intercept = curve.line(slope, low, high)
    above = [slope * t + intercept - float(curve.at(t)) * ONE for t in range(low, high + 1)]
    assert min(above) >= -1e-3
    assert min(above) <= 1e-3 * ONE


def test_logarithms_are_rounded_away_from_what_they_bound() -> None:
    for x in (1, 2, 10**30 + 1):
        assert floor_log(x) < math.log(x) * ONE < rounded_up(logarithm(x))
        assert x <= ceil_exp(floor_log(x) + 4) and x <= ceil_exp(rounded_up(logarithm(x)))
    assert abs(logarithm(Fraction(1, 2)) + logarithm(2)) < 1e-25


@pytest.mark.parametrize("width", [20, 10**6, 2 * 10**9, 15 * 10**9])
def test_beside_a_price_is_above_the_curve_for_every_total_of_a_range_that_is_cut(width: int) -> None:
    rng = random.Random(width)
    low, high, curve = 1, 4 * width, Curve(1, None, None)
    for _ in range(20):
        slope = curve.slope(rng.uniform(low, high), low, high)
        function = curve.beside(slope, (low, high), (0, width), 0)
        for w in (0, width // 2, width):
            totals = {low, high, *(max(low, w - int(width ** rng.random())) for _ in range(20))}
            totals |= {min(high, high - width + w + int(width ** rng.random())) for _ in range(20)}
            assert all(function.at(t - w) + slope * w >= curve.at(t) * ONE for t in totals)


def test_beside_a_price_is_above_the_curve_for_all_of_small_ranges() -> None:
    rng = random.Random(7)
    for _ in range(400):
        low, width = rng.randint(1, 6), rng.randint(0, 6)
        high, base, least = low + rng.randint(0, 12), rng.randint(-3, 3), rng.randint(-2, 2)
        curve = Curve(1, None, rng.choice([None, max(1, high - 1), high + 2]))
        slope = curve.slope(rng.choice([low, high, rng.uniform(low, high)]), low, high)
        function = curve.beside(slope, (low, high), (least, least + width), base)
        for w in range(least, least + width + 1):
            assert all(function.at(t - base - w) + slope * w >= curve.at(t) * ONE for t in range(low, high + 1))


def test_logarithms_do_not_hang_on_the_precision_of_the_program() -> None:
    log, other = logarithm(10**50), logarithm(7)
    with decimal.localcontext(prec=5):
        assert difference(log, other) == difference(logarithm(10**50), logarithm(7))
        assert abs(difference(log, other) - logarithm(Fraction(10**50, 7))) < 1e-30
        assert ceil_exp(floor_log(10**50) + 4) >= 10**50
