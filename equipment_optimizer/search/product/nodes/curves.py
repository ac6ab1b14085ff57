"""Logarithms from above, in whole numbers that are the same on every machine.

A `Curve` is a power of a clipped multiple of a total, and what matters of it is its logarithm: rising, and
concave but for where it is clipped. Lines and segments above it are whole-numbered; logarithms are those of
`decimal`, which are correctly rounded.
"""

from __future__ import annotations

import decimal
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from ....problem.value_function import ValueFunction

__all__ = ["ONE", "PRECISION", "Curve", "ceil_exp", "difference", "floor_log", "logarithm", "rounded_up"]

#: A logarithm of 1 in units of the bounds, and units of a price in one of these: so fine that ties are told from
#: what is less, so coarse that most sums of prices are exact in floating point.
ONE = 2**36
PRECISION = 1

_CONTEXT = decimal.Context(prec=40, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)

#: What is rounded, times this, is above what it was.
_ABOVE = Decimal("1.000000000000000000000000000001")

#: No slope is steeper, however much one more makes of a total near 0.
_STEEPEST = 64.0

#: A segment spans about so much of the logarithm, and there are no more segments: a tangent is
#: above a logarithm by the square of half of that, halved.
_SPAN = 0.02
_MOST_SEGMENTS = 128

#: Logarithms that are kept, and whole numbers above them, some 200 bytes each.
_MOST_KNOWN = 4_096


def logarithm(x: int | Fraction | Decimal) -> Decimal:
    """The natural logarithm of a positive number."""
    if isinstance(x, Fraction):
        return difference(_of_whole(x.numerator), _of_whole(x.denominator))
    return _CONTEXT.ln(x) if isinstance(x, Decimal) else _of_whole(x)


@lru_cache(maxsize=_MOST_KNOWN)
def _of_whole(x: int) -> Decimal:
    """The logarithm of a whole number: nodes ask for those of the same sums again and again."""
    return _CONTEXT.ln(Decimal(x))


@lru_cache(maxsize=_MOST_KNOWN)
def _units_of(x: int, numerator: int, denominator: int) -> int:
    """A whole number of units above a power of a logarithm: the same levels are listed for every node."""
    power = _CONTEXT.divide(Decimal(numerator), Decimal(denominator))
    return rounded_up(_CONTEXT.multiply(power, logarithm(x)))


def difference(log: Decimal, other: Decimal) -> Decimal:
    """One logarithm less another, whatever the precision that a program has set for its own numbers."""
    return _CONTEXT.subtract(log, other)


def rounded_up(log: Decimal) -> int:
    """A whole number of units that is above a logarithm, rounding included."""
    return math.ceil(_CONTEXT.multiply(log, Decimal(ONE))) + 1


@lru_cache(maxsize=4096)
def floor_log(x: int) -> int:
    """A whole number of units that is below the logarithm of a positive whole number."""
    return math.floor(_CONTEXT.multiply(logarithm(x), Decimal(ONE))) - 1


def ceil_exp(log: int) -> int:
    """A whole number that is no less than the one with a logarithm of so many units."""
    exponent = _CONTEXT.divide(Decimal(log), Decimal(ONE))
    value = _CONTEXT.exp(exponent)
    return math.ceil(_CONTEXT.multiply(value, _ABOVE)) + 1


@dataclass(frozen=True)
class Curve:
    """``power * log(clip(times * T + offset, least, most))`` of whole numbers T, where what is clipped is positive.

    With a power other than 1 there is no offset.
    """

    times: int
    least: int | None
    most: int | None
    power: Fraction = Fraction(1)
    offset: int = 0

    def value(self, t: int | Fraction) -> int | Fraction:
        """What is clipped."""
        return self.times * t + self.offset

    def clipped(self, t: int | Fraction) -> int | Fraction:
        """What the logarithm is taken of."""
        value = self.value(t)
        if self.least is not None:
            value = max(value, self.least)
        return value if self.most is None else min(value, self.most)

    @property
    def full_from(self) -> int | None:
        """The first total from which on more is worth nothing."""
        return None if self.most is None else -((self.offset - self.most) // self.times)

    def is_smooth(self, t: int | Fraction) -> bool:
        """Whether it is not clipped at a total."""
        return self.clipped(t) == self.value(t)

    def at(self, t: int | Fraction) -> Decimal:
        """The curve at a total."""
        power = _CONTEXT.divide(Decimal(self.power.numerator), Decimal(self.power.denominator))
        return _CONTEXT.multiply(power, logarithm(self.clipped(t)))

    def slope(self, t: float, low: int, high: int) -> int:
        """The slope of a tangent near `t`, in units; at least 1, and none is so steep that it leaves 64 bits."""
        first, last = float(self.clipped(low)), float(self.clipped(high))
        value = min(max(self.times * t + self.offset, first, 1.0, last / 4096), max(last, 1.0))
        return max(1, round(ONE * float(self.power) * min(self.times / value, _STEEPEST)))

    def is_full(self, t: float, *, beyond: bool) -> bool:
        """Whether more than a total is worth nothing, as it is clipped there, or `beyond`."""
        if self.most is None:
            return False
        value = self.times * t + self.offset
        return value > self.most * (1 + 1e-9) if beyond else value >= self.most * (1 - 1e-9)

    def touching(self, slope: int) -> Fraction:
        """Where a line of that slope touches the curve, clipping aside."""
        smooth = Fraction(ONE * self.power.numerator, self.power.denominator * slope)
        return smooth - Fraction(self.offset, self.times)

    def corners(self, low: int, high: int) -> list[int]:
        """Whole totals around where clipping begins and ends, inside a range, and its ends."""
        ends = {low, high}
        for end in (self.least, self.most):
            if end is not None:
                away = end - self.offset
                ends |= {t for t in (away // self.times, -(-away // self.times)) if low <= t <= high}
        return sorted(ends)

    def line(self, slope: int, low: int, high: int) -> int:
        """The least intercept, in units and rounded up, of a line of that slope above the curve on ``low..high``."""
        intercepts = [rounded_up(self.at(t)) - slope * t for t in self.corners(low, high)]
        # One that does not rise touches at an end, or where clipping begins.
        touching = self.touching(slope) if slope > 0 else low
        if low < touching < high and self.is_smooth(touching):
            intercepts.append(rounded_up(self.at(touching)) - math.floor(slope * touching))
        return max(intercepts)

    def beside(self, slope: int, span: tuple[int, int], worth: tuple[int, int], base: int) -> ValueFunction:
        """What is above the curve at ``base + x + w`` together with `slope` for each w, as a function of x.

        x and w, with the base, come to totals within `span`, and w is within `worth`: for each x the most of the
        curve less the slope times w. Near it where all the totals of an x lie on one side of where the line touches.
        """
        (low, high), (least, most) = span, worth
        middle = ValueFunction.linear(slope).plus(self.line(slope, low, high) + slope * base)
        if not self.is_smooth(low):
            return middle
        top = (
            Fraction(high) if self.most is None else min(Fraction(high), Fraction(self.most - self.offset, self.times))
        )
        touching = min(max(self.touching(slope), Fraction(low)), top)
        below, above = math.floor(touching), math.ceil(touching)
        # Totals with the most w up to where the line touches, and with the least w from there on.
        pieces: list[tuple[int, ValueFunction]] = []
        first_left, last_right = low - least + most, high - most + least
        if first_left <= below:
            # Where a range is cut at `low`, some x have totals below it beside those up to the most w.
            pieces += self._shifted(((low, first_left - 1), (first_left, below)), slope, most, base)
        begin, end = max(low - least, below - most + 1) - base, above - least - base
        # With no pieces to the right the line holds to the end: some x, cut at `high`, lie beyond the left ones.
        if begin < end or not pieces or above > last_right:
            pieces.append((begin, middle))
        if above <= last_right:
            pieces += self._shifted(((above, last_right), (last_right + 1, high)), slope, least, base)
        return ValueFunction.joined(pieces)

    def _shifted(
        self, spans: Sequence[tuple[int, int]], slope: int, worth: int, base: int
    ) -> list[tuple[int, ValueFunction]]:
        """The curve on spans of totals with one worth, less its price: where each begins, and the function of x."""
        away = base + worth
        return [
            (first - away, self.segments(first, last, away).plus(-slope * worth))
            for first, last in spans
            if first <= last
        ]

    def listed(self, levels: Sequence[int], base: int) -> ValueFunction:
        """A function of ascending levels x that is the curve at ``base + x``, rounded up, and below it in between."""
        power = self.power.numerator, self.power.denominator
        values = tuple(_units_of(int(self.clipped(base + x)), *power) for x in levels)
        return ValueFunction(tuple(levels[1:]), (0,) * len(values), values)

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
    touches: dict[int, int] = {}
    corners = curve.corners(low, high)
    for begin, end in itertools.pairwise(corners):
        touches[begin] = begin
        if curve.is_smooth(begin) and curve.is_smooth(end) and curve.value(begin) > 0:
            value = float(curve.value(begin))
            ratio = math.log(float(curve.value(end)) / value)
            n_pieces = max(1, min(_MOST_SEGMENTS, end - begin, math.ceil(ratio / _SPAN)))
            grown = (value * math.exp(ratio * i / n_pieces) for i in range(1, n_pieces))
            inner = {min(end, max(begin, round((curve_value - curve.offset) / curve.times))) for curve_value in grown}
            for before, touch in itertools.pairwise(sorted({begin, end} | inner)):
                touches[(before + touch) // 2 + 1] = touch
    touches.setdefault(low, low)
    starts, lines = sorted(touches), []
    for begin, following in zip(starts, [*starts[1:], high + 1], strict=True):
        end = following - 1
        if curve.clipped(begin) == curve.clipped(end):
            lines.append((0, rounded_up(curve.at(end))))
        else:
            slope = curve.slope(touches[begin], begin, end)
            lines.append((slope, curve.line(slope, begin, end)))
    return tuple(starts[1:]), tuple(lines)
