"""Parts of all builds, by the sums of a formula: what a factor is within one, and what divides it better.

A `Node` restricts the sums, and the product of the two sums of a factor. Inside it

- a factor that is one sum is a curve of it (`curves`), and so is one of two sums where one of them is constant;
- a factor ``b + S1 S2`` has the logarithm ``log(b + exp(u))``, ``u = log S1 + log S2``: convex for positive b,
  and below its chord between the ends of the node's products; concave for negative b, and below a tangent.
  Either is a multiple of two curves;
- a factor that may be zero or negative there is only known to be no larger than its largest absolute value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ....problem.formula import FormulaProblem
from .curves import ONE, Curve, difference, logarithm, rounded_up

__all__ = [
    "Node",
    "NodeFactor",
    "Range",
    "factors_of",
    "largest_factors",
    "may_fall_short",
    "root_bound",
    "root_node",
    "worst_split",
]

#: A chord that is no further above its logarithm is good enough.
_NEAR = 2e-2

#: A node is divided by all values of a sum that has no more, of a skill with no more levels.
_MOST_STEPS = 12
_MOST_LEVELS = 1_000

Range = tuple[int, int]


@dataclass(frozen=True)
class Node:
    """Builds whose sums, before they are clipped, and whose products of two sums lie in these ranges, by factor."""

    sums: tuple[tuple[Range, ...], ...]
    products: tuple[Range | None, ...]
    #: Features, the least levels of each that are there, and the most that are counted.
    levels: tuple[tuple[int, int, int], ...] = ()

    def with_sum(self, factor: int, place: int, span: Range) -> Node:
        """The same node with another range of a sum."""
        sums = self.sums[factor]
        changed = (*sums[:place], span, *sums[place + 1 :])
        return replace(self, sums=(*self.sums[:factor], changed, *self.sums[factor + 1 :]))

    def with_levels(self, feature: int, low: int, high: int) -> Node:
        """The same node with another range of levels of a feature."""
        others = (each for each in self.levels if each[0] != feature)
        return replace(self, levels=(*others, (feature, low, high)))

    def levels_of(self, formula: FormulaProblem, feature: int) -> Range:
        """The levels of a feature that are counted."""
        for e, low, high in self.levels:
            if e == feature:
                return low, high
        return formula.problem.features[feature].low, formula.problem.features[feature].high

    def with_product(self, factor: int, span: Range) -> Node:
        """The same node with another range of a product."""
        return replace(self, products=(*self.products[:factor], span, *self.products[factor + 1 :]))


def root_node(formula: FormulaProblem) -> Node:
    """All builds."""
    sums = tuple(tuple((compiled.low, compiled.high) for compiled in of_factor) for of_factor in formula.sums)
    return Node(sums, tuple(None for _ in sums))


class NodeFactor:
    """A factor within a node, in whole numbers."""

    def __init__(self, formula: FormulaProblem, node: Node, number: int) -> None:
        scaled = formula.scaled
        self.number = number
        self.sums = formula.sums[number]
        self.ranges = node.sums[number]
        self.ends = scaled.ends[number]
        self.base = scaled.bases[number]
        scaled_sums = scaled.sums[number]
        self.times = 10 ** (scaled.digits[number] - sum(scaled_sum.digits for scaled_sum in scaled_sums))
        self.is_pair = len(scaled_sums) == 2
        if self.is_pair:
            self.curves = [Curve(1, scaled_sum.ends[0], scaled_sum.ends[1]) for scaled_sum in scaled_sums]
            spans = [
                (int(curve.clipped(low)), int(curve.clipped(high)))
                for curve, (low, high) in zip(self.curves, self.ranges, strict=True)
            ]
            corners = [self.times * a * b for a in spans[0] for b in spans[1]]
            self.are_positive = all(low >= 1 for low, _ in spans)
            least, most = min(corners), max(corners)
            self._hold_constant(spans)
            limits = node.products[number]
            self.product = (least, most) if limits is None else (max(least, limits[0]), min(most, limits[1]))
            self.is_empty = self.product[0] > self.product[1] or any(low > high for low, high in self.ranges)
            self.span = tuple(map(self.finished, self.product))
        else:
            self.curves = [Curve(self.times, self.ends[0], self.ends[1])]
            low, high = self.ranges[0]
            self.is_empty = low > high
            self.span = (int(self.curves[0].clipped(low)), int(self.curves[0].clipped(high)))

    def _hold_constant(self, spans: Sequence[Range]) -> None:
        """Where one of the two sums is a positive constant, the factor is a curve of the other."""
        self.curve: Curve | None = None
        # One that is constant as it is clipped may be needed: then the other one is, if it is known.
        for place in sorted((0, 1), key=lambda place: self.ranges[place][0] < self.ranges[place][1]):
            low, high = spans[place]
            if low == high and low >= 1:
                other = 1 - place
                times = self.times * low
                ends = [
                    None if end is None else self.finished(times * end)
                    for end in (self.curves[other].least, self.curves[other].most)
                ]
                least, most = (outer if inner is None else inner for inner, outer in zip(ends, self.ends, strict=True))
                self.curve, self.varying = Curve(times, least, most, offset=self.base), other
                return

    def priced(self) -> list[tuple[int, Curve]]:
        """The sums that a logarithm is taken of, by their places."""
        if not self.is_logarithmic:
            return []
        if not self.is_pair:
            return [(0, self.curves[0])]
        if self.curve is not None:
            return [(self.varying, self.curve)]
        slope, _ = self.chord()
        return [(place, replace(curve, power=slope)) for place, curve in enumerate(self.curves)]

    def is_told(self, place: int, curve: Curve) -> bool:
        """Whether all of a priced sum's range comes to the same, as it is clipped."""
        low, high = self.ranges[place]
        return curve.clipped(low) == curve.clipped(high)

    def finished(self, product: int) -> int:
        """The factor at a product of its sums."""
        return int(Curve(1, self.ends[0], self.ends[1]).clipped(product + self.base))

    @property
    def is_logarithmic(self) -> bool:
        """Whether it is a curve, or a chord of curves."""
        if self.is_pair and self.curve is not None:
            # The range of the product may have been cut before one of the sums was known.
            return self.span[0] >= 1 and self.curve.clipped(self.ranges[self.varying][0]) >= 1
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
            above = float(difference(logarithm(self.finished(rising)), logarithm(self.finished(low))))
            # Two huge numbers may have one logarithm: then any slope will do.
            slope = Fraction(above / (float(difference(logarithm(rising), logarithm(low))) or 1.0))
        elif self.base < 0 or low == high:
            middle = math.isqrt(low * high)
            slope = Fraction(middle, max(1, middle + self.base))
        else:
            slope = Fraction(0)
        slope = Fraction(max(1, round(slope * 2**20)), 2**20)
        power = Curve(1, None, None, slope)
        intercepts = [rounded_up(difference(logarithm(self.finished(p)), power.at(p))) for p in (low, *corners, high)]
        if self.base < 0 and slope > 1:
            touching = -self.base * slope / (slope - 1)
            if low < touching < high:
                intercepts.append(rounded_up(difference(logarithm(touching + self.base), power.at(touching))))
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


def factors_of(formula: FormulaProblem, node: Node) -> list[NodeFactor]:
    """The factors of a formula within a node."""
    return [NodeFactor(formula, node, number) for number in range(len(formula.sums))]


def largest_factors(formula: FormulaProblem, node: Node) -> list[int]:
    """What the absolute value of each factor does not exceed in a node."""
    return [factor.largest for factor in factors_of(formula, node)]


def root_bound(formula: FormulaProblem) -> int:
    """What the logarithm of no build's product exceeds, nor that of its absolute value, in units."""
    return sum(rounded_up(logarithm(max(1, largest))) for largest in largest_factors(formula, root_node(formula)))


def may_fall_short(formula: FormulaProblem) -> bool:
    """Whether some build's product may be 0 or less."""
    return any(factor.span[0] < 1 for factor in factors_of(formula, root_node(formula)))


def worst_split(formula: FormulaProblem, node: Node) -> tuple[Node, ...] | None:
    """Parts of a node that are better known than the whole; None where no split helps, empty where it holds nothing.

    A node whose product is 0 in every build holds nothing that counts here.
    """
    factors = factors_of(formula, node)
    if any(factor.is_empty or not factor.largest for factor in factors):
        return ()
    for split in (_steps, _signs):
        parts = (split(formula, node, factor) for factor in factors)
        first_parts = next((part for part in parts if part), None)
        if first_parts:
            return first_parts
    worst: tuple[float, int, int] | None = None
    for factor in factors:
        if factor.is_pair and factor.curve is None and factor.is_logarithmic and factor.product[0] < factor.product[1]:
            above, product = factor.distance()
            if above > _NEAR and (worst is None or above > worst[0]):
                worst = (above, factor.number, product)
    if worst is None:
        return None
    _, number, product = worst
    low, high = factors[number].product
    return tuple(node.with_product(number, half) for half in ((low, product), (product + 1, high)))


def _signs(formula: FormulaProblem, node: Node, factor: NodeFactor) -> tuple[Node, ...]:
    """The parts of a node where a sum, the product of two, or what is made of a sum alone, is positive and is not."""
    number = factor.number
    if factor.is_pair and factor.curve is not None:
        curve, place = factor.curve, factor.varying
        low, high = factor.ranges[place]
        first = -((curve.offset - 1) // curve.times)
        if curve.clipped(low) < 1 <= curve.clipped(high) and low < first <= high:
            return tuple(node.with_sum(number, place, half) for half in ((low, first - 1), (first, high)))
        return ()
    for place, (low, high) in enumerate(factor.ranges):
        curve = factor.curves[place]
        if curve.clipped(low) < 1 <= curve.clipped(high):
            return tuple(node.with_sum(number, place, half) for half in ((low, 0), (1, high)))
    if factor.is_pair and factor.are_positive and factor.span[0] < 1 <= factor.span[1]:
        (low, high), first = factor.product, 1 - factor.base
        return tuple(node.with_product(number, half) for half in ((low, first - 1), (first, high)))
    return ()


def _steps(formula: FormulaProblem, node: Node, factor: NodeFactor) -> tuple[Node, ...]:
    """The parts of a node by the worth of a sum that hangs on the level of one skill and takes few values."""
    if not factor.is_pair or factor.curve is not None:
        return ()
    for place, (compiled, (low, high)) in enumerate(zip(factor.sums, factor.ranges, strict=True)):
        if (
            compiled.plain >= 0
            or len(compiled.worths) != 1
            or compiled.worths[0].raised_value is not None
            or low == high
        ):
            continue
        worth = compiled.worths[0]
        feature = formula.problem.features[worth.feature]
        if feature.high - feature.low > _MOST_LEVELS or not worth.rises(feature.low, feature.high):
            continue
        spans: dict[int, Range] = {}
        first, last = node.levels_of(formula, worth.feature)
        for level in range(first, last + 1):
            value = compiled.base + worth.value.at(level)
            spans[value] = (spans.get(value, (level, level))[0], level)
        if len(spans) <= _MOST_STEPS:
            return tuple(
                node.with_sum(factor.number, place, (value, value)).with_levels(worth.feature, *span)
                for value, span in spans.items()
            )
    return ()
