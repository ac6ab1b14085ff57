"""Additive scores that are never below the logarithm of a product, for parts of all builds.

A `Node` restricts the sums of a formula, and the product of the two sums of a factor. Inside it

- a factor that is one sum is a curve of it (`_curves`);
- a factor ``b + S1 S2`` has the logarithm ``log(b + exp(u))``, ``u = log S1 + log S2``: convex for positive b,
  and below its chord between the ends of the node's products; concave for negative b, and below a tangent.
  Either is a multiple of two curves;
- a factor that may be zero or negative there is only known to be no larger than its largest absolute value.

A curve of a sum that is a plain total is taken as it is, in segments; any other by a line, a price for each of
what the sum adds. The `Surrogate` is the problem with these as its value functions, which every engine for
ordinary jobs can search. Builds outside the node have some score, too, which bounds nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ...problem.formula import CompiledSum, FormulaProblem
from ...problem.problem import Feature, Problem
from ...problem.value_function import ValueFunction
from ._curves import ONE, Curve, logarithm, rounded_up, sum_of

__all__ = ["Node", "Surrogate", "largest_factors", "may_fall_short", "root_node", "surrogate", "worst_split"]

#: A chord that is no further above its logarithm is good enough.
_NEAR = 2e-2

#: Surrogates score no more than this, whatever the sums.
_MOST = 2**58

Range = tuple[int, int]


@dataclass(frozen=True)
class Node:
    """Builds whose sums, before they are clipped, and whose products of two sums lie in these ranges, by factor."""

    sums: tuple[tuple[Range, ...], ...]
    products: tuple[Range | None, ...]

    def with_sum(self, factor: int, place: int, span: Range) -> Node:
        """The same node with another range of a sum."""
        own = self.sums[factor]
        changed = (*own[:place], span, *own[place + 1 :])
        return replace(self, sums=(*self.sums[:factor], changed, *self.sums[factor + 1 :]))

    def with_product(self, factor: int, span: Range) -> Node:
        """The same node with another range of a product."""
        return replace(self, products=(*self.products[:factor], span, *self.products[factor + 1 :]))


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A node's additive score, in units of `_curves.ONE`."""

    node: Node
    problem: Problem


def root_node(formula: FormulaProblem) -> Node:
    """All builds."""
    sums = tuple(tuple((one.low, one.high) for one in of_factor) for of_factor in formula.sums)
    return Node(sums, tuple(None for _ in sums))


class _Factor:
    """A factor within a node, in whole numbers."""

    def __init__(self, formula: FormulaProblem, node: Node, number: int) -> None:
        scaled = formula.scaled
        self.number = number
        self.sums = formula.sums[number]
        self.ranges = node.sums[number]
        self.ends = scaled.ends[number]
        self.base = scaled.bases[number]
        own = scaled.sums[number]
        self.times = 10 ** (scaled.digits[number] - sum(one.digits for one in own))
        self.is_pair = len(own) == 2
        if self.is_pair:
            self.curves = [Curve(1, one.ends[0], one.ends[1]) for one in own]
            spans = [
                (int(curve.clipped(low)), int(curve.clipped(high)))
                for curve, (low, high) in zip(self.curves, self.ranges, strict=True)
            ]
            corners = [self.times * a * b for a in spans[0] for b in spans[1]]
            self.are_positive = all(low >= 1 for low, _ in spans)
            least, most = min(corners), max(corners)
            limits = node.products[number]
            self.product = (least, most) if limits is None else (max(least, limits[0]), min(most, limits[1]))
            self.is_empty = self.product[0] > self.product[1]
            self.span = tuple(map(self.finished, self.product))
        else:
            self.curves = [Curve(self.times, self.ends[0], self.ends[1])]
            low, high = self.ranges[0]
            self.is_empty = low > high
            self.span = (int(self.curves[0].clipped(low)), int(self.curves[0].clipped(high)))

    def finished(self, product: int) -> int:
        """The factor at a product of its sums."""
        return int(Curve(1, self.ends[0], self.ends[1]).clipped(product + self.base))

    @property
    def is_logarithmic(self) -> bool:
        """Whether it is a curve, or a chord of curves."""
        return self.span[0] >= 1 and (not self.is_pair or self.are_positive)

    @property
    def largest(self) -> int:
        """No absolute value is larger."""
        return max(map(abs, self.span))

    # --- a pair -------------------------------------------------------------------

    def chord(self) -> tuple[Fraction, int]:
        """Slope, and intercept in units, of a line above the logarithm as a function of that of the product."""
        low, high = self.product
        # Where clipping begins there may be a corner.
        corners = [end - self.base for end in self.ends if end is not None and low < end - self.base < high]
        rising = high if self.ends[1] is None else min(high, max(low, self.ends[1] - self.base))
        if self.base >= 0 and low < rising:
            above = float(logarithm(self.finished(rising)) - logarithm(self.finished(low)))
            slope = Fraction(above / float(logarithm(rising) - logarithm(low)))
        elif self.base < 0 or low == high:
            middle = math.isqrt(low * high)
            slope = Fraction(middle, max(1, middle + self.base))
        else:
            slope = Fraction(0)
        slope = Fraction(max(1, round(slope * 2**20)), 2**20)
        power = Curve(1, None, None, slope)
        intercepts = [rounded_up(logarithm(self.finished(p)) - power.at(p)) for p in (low, *corners, high)]
        if self.base < 0 and slope > 1:
            touching = -self.base * slope / (slope - 1)
            if low < touching < high:
                intercepts.append(rounded_up(logarithm(touching + self.base) - power.at(touching)))
        return slope, max(intercepts)

    def distance(self) -> tuple[float, int]:
        """How far the chord is above its logarithm at the most, and a product there."""
        low, high = self.product
        slope, intercept = self.chord()
        middle = math.isqrt(low * high)
        if self.base > 0 and slope < 1:
            middle = min(max(low, int(self.base * slope / (1 - slope))), high)
        above = intercept / ONE + float(slope) * math.log(middle) - math.log(self.finished(middle))
        return above, math.isqrt(low * high)


def _factors(formula: FormulaProblem, node: Node) -> list[_Factor]:
    return [_Factor(formula, node, number) for number in range(len(formula.sums))]


def largest_factors(formula: FormulaProblem, node: Node) -> list[int]:
    """What the absolute value of each factor does not exceed in a node."""
    return [factor.largest for factor in _factors(formula, node)]


def may_fall_short(formula: FormulaProblem) -> bool:
    """Whether some build's product may be 0 or less."""
    return any(factor.span[0] < 1 for factor in _factors(formula, root_node(formula)))


def worst_split(formula: FormulaProblem, node: Node) -> tuple[Node, ...] | None:
    """Parts of a node that are better known than the whole; None where no split helps, empty where it holds nothing.

    A node whose product is 0 in every build holds nothing that counts here.
    """
    factors = _factors(formula, node)
    if any(factor.is_empty or not factor.largest for factor in factors):
        return ()
    for factor in factors:
        for place, (low, high) in enumerate(factor.ranges):
            curve = factor.curves[place]
            if curve.clipped(low) < 1 <= curve.clipped(high):
                halves = ((low, 0), (1, high))
                return tuple(node.with_sum(factor.number, place, half) for half in halves)
        if factor.is_pair and factor.are_positive and factor.span[0] < 1 <= factor.span[1]:
            low, high = factor.product
            first = 1 - factor.base
            return tuple(node.with_product(factor.number, half) for half in ((low, first - 1), (first, high)))
    worst: tuple[float, int, int] | None = None
    for factor in factors:
        if factor.is_pair and factor.is_logarithmic and factor.product[0] < factor.product[1]:
            above, product = factor.distance()
            if above > _NEAR and (worst is None or above > worst[0]):
                worst = (above, factor.number, product)
    if worst is None:
        return None
    _, number, product = worst
    low, high = factors[number].product
    return tuple(node.with_product(number, half) for half in ((low, product), (product + 1, high)))


def surrogate(formula: FormulaProblem, node: Node, points: Sequence[Sequence[float]]) -> Surrogate:
    """The additive score of a node, with lines that touch near some sums, by factor."""
    made = _Assembly(formula, node)
    for factor in _factors(formula, node):
        made.add(factor, points[factor.number])
    problem = made.problem()
    if problem.score_bound > _MOST:
        made = _Assembly(formula, node)
        for factor in _factors(formula, node):
            made.add_largest(factor)
        problem = made.problem()
    return Surrogate(node, problem)


class _Assembly:
    """Gathers what each feature is worth."""

    def __init__(self, formula: FormulaProblem, node: Node) -> None:
        self._formula = formula
        self._problem = formula.problem
        self._constant = 0
        self._parts: list[list[tuple[int, ValueFunction]]] = [[] for _ in self._problem.features]
        self._raised: list[list[tuple[int, ValueFunction]]] = [[] for _ in self._problem.features]
        self._spans: dict[int, Range] = {}
        for sums, ranges in zip(formula.sums, node.sums, strict=True):
            for one, (low, high) in zip(sums, ranges, strict=True):
                if one.plain >= 0 and not one.worths:
                    before = self._spans.get(one.plain, (low - one.base, high - one.base))
                    self._spans[one.plain] = (max(before[0], low - one.base), min(before[1], high - one.base))

    def add(self, factor: _Factor, points: Sequence[float]) -> None:
        """A factor, as well as it is known."""
        if not factor.is_logarithmic:
            self.add_largest(factor)
            return
        curves = factor.curves
        if factor.is_pair:
            slope, intercept = factor.chord()
            self._constant += intercept
            if factor.times > 1:
                self._constant += rounded_up(Curve(1, None, None, slope).at(factor.times))
            curves = [replace(curve, power=slope) for curve in curves]
        for one, curve, (low, high), point in zip(factor.sums, curves, factor.ranges, points, strict=True):
            if one.plain >= 0 and not one.worths:
                self._parts[one.plain].append((1, curve.segments(low, high, one.base)))
            else:
                slope_here = curve.slope(point, low, high)
                self._price(one, slope_here)
                self._constant += curve.line(slope_here, low, high) + slope_here * one.base

    def add_largest(self, factor: _Factor) -> None:
        """A factor that is no more than its largest absolute value; more of a sum is worth next to nothing."""
        self._constant += rounded_up(logarithm(factor.largest))
        for one, (low, _) in zip(factor.sums, factor.ranges, strict=True):
            if self._formula.rises:
                self._price(one, 1)
                self._constant += one.base - low

    def _price(self, one: CompiledSum, price: int) -> None:
        """Count a sum, its base apart, at a price."""
        if one.plain >= 0:
            self._parts[one.plain].append((price, ValueFunction.linear(1)))
        for worth in one.worths:
            self._parts[worth.feature].append((price, worth.value))
            self._raised[worth.feature].append((price, worth.raised_value or worth.value))

    def problem(self) -> Problem:
        """The whole."""
        features, bound = [], abs(self._constant)
        for e, (feature, parts, raised) in enumerate(
            zip(self._problem.features, self._parts, self._raised, strict=True)
        ):
            changed = self._feature(e, feature, parts, raised)
            functions = [changed.value] if changed.raised_value is None else [changed.value, changed.raised_value]
            bound += max(abs(f.at(x)) for f in functions for x in f.corners(feature.low, feature.high))
            features.append(changed)
        return replace(self._problem, features=tuple(features), base_linear=self._constant, score_bound=bound)

    def _feature(
        self,
        e: int,
        feature: Feature,
        parts: Sequence[tuple[int, ValueFunction]],
        raised: Sequence[tuple[int, ValueFunction]],
    ) -> Feature:
        """A feature with its worth, and within the node's range where that is one of a plain total."""
        value = sum_of(parts).within(feature.low, feature.high)
        raised_value = None
        if feature.raised_value is not None:
            raised_value = sum_of(raised).within(feature.low, feature.high)
        low, high = self._spans.get(e, (feature.low, feature.high))
        minimum, maximum = feature.minimum, feature.maximum
        if low > feature.low:
            minimum = low if minimum is None else max(minimum, low)
        if high < feature.high:
            maximum = high if maximum is None else min(maximum, high)
        return replace(feature, value=value, raised_value=raised_value, minimum=minimum, maximum=maximum)
