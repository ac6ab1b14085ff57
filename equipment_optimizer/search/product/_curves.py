"""Logarithms from above, in whole numbers that are the same on every machine.

A `Curve` is a power of a clipped multiple of a total, and what matters of it is its logarithm: rising, and
concave but for where it is clipped. Lines and segments above it are whole-numbered; logarithms are those of
`decimal`, which are correctly rounded.
"""

from __future__ import annotations

import decimal
import itertools
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from ...problem.value_function import ValueFunction

__all__ = ["ONE", "Curve", "ceil_exp", "floor_log", "logarithm", "rounded_up", "sum_of"]

#: A logarithm of 1 in units of the bounds.
ONE = 2**40

_CONTEXT = decimal.Context(prec=40, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)

#: A segment spans about so much of the logarithm, and there are no more segments: a tangent is
#: above a logarithm by the square of half of that, halved.
_SPAN = 0.02
_MOST_SEGMENTS = 128


def logarithm(x: int | Fraction | Decimal) -> Decimal:
    """The natural logarithm of a positive number."""
    if isinstance(x, Fraction):
        return _CONTEXT.subtract(_CONTEXT.ln(Decimal(x.numerator)), _CONTEXT.ln(Decimal(x.denominator)))
    return _CONTEXT.ln(Decimal(x))


def rounded_up(log: Decimal) -> int:
    """A whole number of units that is above a logarithm, rounding included."""
    return math.ceil(_CONTEXT.multiply(log, Decimal(ONE))) + 1


def floor_log(x: int) -> int:
    """A whole number of units that is below the logarithm of a positive whole number."""
    return math.floor(_CONTEXT.multiply(logarithm(x), Decimal(ONE))) - 1


def ceil_exp(log: int) -> int:
    """A whole number that is no less than the one with a logarithm of so many units."""
    exponent = _CONTEXT.divide(Decimal(log), Decimal(ONE))
    value = _CONTEXT.exp(exponent)
    return math.ceil(_CONTEXT.multiply(value, 1 + Decimal(10) ** -30)) + 1


@dataclass(frozen=True)
class Curve:
    """``power * log(clip(times * T, least, most))`` of whole numbers T; clipped T are positive where it is asked."""

    times: int
    least: int | None
    most: int | None
    power: Fraction = Fraction(1)

    def clipped(self, t: int | Fraction) -> int | Fraction:
        """What the logarithm is taken of."""
        value = self.times * t
        if self.least is not None:
            value = max(value, self.least)
        return value if self.most is None else min(value, self.most)

    def at(self, t: int | Fraction) -> Decimal:
        """The curve at a total."""
        power = _CONTEXT.divide(Decimal(self.power.numerator), Decimal(self.power.denominator))
        return _CONTEXT.multiply(power, logarithm(self.clipped(t)))

    def slope(self, t: float, low: int, high: int) -> int:
        """The slope of a tangent near `t`, in units; at least 1, and none is so steep that it leaves 64 bits."""
        first, last = self._middle(low, high)
        t = min(max(t, first, 1.0, high / 4096), max(last, 1.0))
        return max(1, round(ONE * float(self.power) / t))

    def _middle(self, low: int, high: int) -> tuple[float, float]:
        """Where the curve is not clipped, about."""
        first = low if self.least is None else max(low, self.least / self.times)
        last = high if self.most is None else min(high, self.most / self.times)
        return float(first), float(max(first, last))

    def corners(self, low: int, high: int) -> list[int]:
        """Whole totals around where clipping begins and ends, inside a range."""
        found = {low, high}
        for end in (self.least, self.most):
            if end is not None:
                found |= {t for t in (end // self.times, -(-end // self.times)) if low <= t <= high}
        return sorted(found)

    def line(self, slope: int, low: int, high: int) -> int:
        """The least intercept, in units and rounded up, of a line of that slope above the curve on ``low..high``."""
        intercepts = [rounded_up(self.at(t)) - slope * t for t in self.corners(low, high)]
        touching = Fraction(ONE * self.power.numerator, self.power.denominator * slope)
        if low < touching < high and self.clipped(touching) == self.times * touching:
            intercepts.append(rounded_up(self.at(touching)) - math.floor(slope * touching))
        return max(intercepts)

    def segments(self, low: int, high: int, base: int) -> ValueFunction:
        """A function of ``T - base`` that is above the curve, and near it, for T in ``low..high``."""
        starts, lines = _segments(replace(self, power=Fraction(1)), low, high)
        slopes, intercepts = [], []
        for slope, intercept in lines:
            # Totals that are not clipped are positive: rounding a slope up never brings a line below.
            slopes.append(math.ceil(self.power * slope))
            intercepts.append(math.ceil(self.power * intercept) + slopes[-1] * base)
        return ValueFunction(tuple(start - base for start in starts), tuple(slopes), tuple(intercepts))


@lru_cache(maxsize=256)
def _segments(curve: Curve, low: int, high: int) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Where lines above a curve begin but for the first, and slope and intercept of each."""
    corners = curve.corners(low, high)
    cuts = {low}
    for begin, end in itertools.pairwise(corners):
        cuts.add(begin)
        if curve.clipped(begin) == curve.times * begin and curve.clipped(end) == curve.times * end and begin > 0:
            ratio = math.log(end / begin)
            n_pieces = max(1, min(_MOST_SEGMENTS, end - begin, math.ceil(ratio / _SPAN)))
            cuts |= {min(end - 1, max(begin, round(begin * math.exp(ratio * i / n_pieces)))) for i in range(n_pieces)}
    starts, lines = sorted(cuts), []
    for begin, following in zip(starts, [*starts[1:], high + 1], strict=True):
        end = following - 1
        if curve.clipped(begin) == curve.clipped(end):
            lines.append((0, rounded_up(curve.at(end))))
        else:
            slope = curve.slope(math.sqrt(max(begin, 1) * end), begin, end)
            lines.append((slope, curve.line(slope, begin, end)))
    return tuple(starts[1:]), tuple(lines)


def sum_of(parts: Sequence[tuple[int, ValueFunction]]) -> ValueFunction:
    """The sum of functions, each times a number."""
    starts = sorted({start for _, function in parts for start in function.start})
    slopes, intercepts = [], []
    for x in [starts[0] - 1 if starts else 0, *starts]:
        places = [bisect_right(function.start, x) for _, function in parts]
        slopes.append(sum(n * f.slope[i] for (n, f), i in zip(parts, places, strict=True)))
        intercepts.append(sum(n * f.intercept[i] for (n, f), i in zip(parts, places, strict=True)))
    return ValueFunction(tuple(starts), tuple(slopes), tuple(intercepts))
