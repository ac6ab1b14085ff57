"""Additive scores that are never below the logarithm of a product, for the builds of a node.

A curve of a sum that is a plain total is taken as it is, in segments. Any other has a price for what it adds
beside its plain part, and that part is a curve of its own: for each of its totals the most of the sum's curve
less the price. The `Surrogate` is the problem with these as its value functions, which every engine for ordinary
jobs can search. Builds outside the node have some score, too, which bounds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ....problem.formula import CompiledSum, FormulaProblem, Worth
from ....problem.problem import Feature, Problem
from ....problem.value_function import ValueFunction, sum_of
from ...relaxation.bounds import usual_precision
from .curves import Curve, logarithm, rounded_up
from .levels import clamped, ends_of, fixed_worth, functions_of, least_of, varying
from .nodes import Node, NodeFactor, Range, factors_of

__all__ = [
    "ClippedLine",
    "Slopes",
    "Surrogate",
    "fine_precision",
    "line_slope",
    "lists_plain",
    "slopes_at",
    "surrogate",
]

IntArray = npt.NDArray[np.int64]

#: No slope is less than this part of the least of its curve.
_LEAST_SHARE = 1024

#: A sum that is needed is at the most so many times as dear as more of it would be worth.
_DEAREST = 64

#: Units of a price in one of the score: so many that whole fillings reach their bounds, so few that sums are exact.
_FINE = 64

#: Surrogates score no more than this, whatever the sums.
_MOST = 2**58

#: Steps of a segment that is too steep.
_MOST_STEPS = 16

#: Of the line above each sum, by factor, in units.
Slopes = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False)
class ClippedLine:
    """A line that goes on where its sum counts no more: from the total `enough` on, and the least worths, it is above.

    By as many units a level as its slope is.
    """

    compiled: CompiledSum
    slope: int
    enough: int
    least_worth: int

    def excess(self, values: IntArray, levels: IntArray) -> IntArray:
        """By how many units it is above at sums (N,) of levels (F, N)."""
        enough = self.enough
        if self.compiled.plain >= 0:
            enough = np.maximum(enough, self.compiled.base + levels[self.compiled.plain] + self.least_worth)
        return self.slope * np.maximum(values - enough, 0)


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A node's additive score, in units of `curves.ONE`, and what of it goes on beyond where sums are clipped."""

    node: Node
    problem: Problem
    lines: tuple[ClippedLine, ...] = ()


def slopes_at(
    formula: FormulaProblem, node: Node, sums: Sequence[Sequence[float]], *, held: Slopes | None = None
) -> Slopes:
    """Slopes of lines that touch near some sums, by factor.

    A sum that is clipped there keeps the slope that is `held`, if any; beyond the clipping it has none.
    """
    slopes = []
    for factor, of_factor in zip(factors_of(formula, node), sums, strict=True):
        factor_slopes = [0.0] * len(of_factor)
        for place, curve in factor.priced():
            low, high = factor.ranges[place]
            if held is not None and curve.is_full(of_factor[place], beyond=False):
                factor_slopes[place] = held[factor.number][place]
            elif not curve.is_full(of_factor[place], beyond=True):
                factor_slopes[place] = float(curve.slope(of_factor[place], low, high))
        slopes.append(tuple(factor_slopes))
    return tuple(slopes)


def surrogate(
    formula: FormulaProblem, node: Node, slopes: Slopes, *, is_rough: bool = False, tells_apart: bool = True
) -> Surrogate:
    """The additive score of a node, with lines of some slopes; `is_rough` where lines are taken of whole sums.

    Unless it `tells_apart`, more of a sum that adds nothing to the product in the node is worth nothing.
    """
    made = _Assembly(formula, node, is_rough=is_rough, tells_apart=tells_apart)
    for factor in factors_of(formula, node):
        made.add(factor, slopes[factor.number])
    problem = made.problem()
    if problem.score_bound > _MOST:
        made = _Assembly(formula, node, tells_apart=tells_apart)
        for factor in factors_of(formula, node):
            made.add_largest(factor)
        problem = made.problem()
    return Surrogate(node, problem, tuple(made.lines))


def fine_precision(problem: Problem) -> int:
    """Units of a price in one of a surrogate's score where slots are filled: levels may be worth a few units only."""
    return min(_FINE, usual_precision(problem))


def lists_plain(formula: FormulaProblem, node: Node) -> bool:
    """Whether the surrogate of a node without lines is exact but for rounding."""
    plain = (compiled.plain for sums in formula.sums for compiled in sums if compiled.plain >= 0)
    return bool(node.levels) and all(e in formula.plain_levels for e in plain)


class _Assembly:
    """Gathers what each feature is worth."""

    def __init__(
        self, formula: FormulaProblem, node: Node, *, is_rough: bool = False, tells_apart: bool = True
    ) -> None:
        self._formula = formula
        self._is_rough, self._tells_apart = is_rough, tells_apart
        self._problem = formula.problem
        self._constant = 0
        self.lines: list[ClippedLine] = []
        self._node = node
        self._parts: list[list[tuple[int, ValueFunction]]] = [[] for _ in self._problem.features]
        self._raised: list[list[tuple[int, ValueFunction]]] = [[] for _ in self._problem.features]
        self._spans: dict[int, Range] = {}
        for sums, ranges in zip(formula.sums, node.sums, strict=True):
            for compiled, (low, high) in zip(sums, ranges, strict=True):
                if compiled.plain >= 0 and not compiled.worths:
                    before = self._spans.get(compiled.plain, (low - compiled.base, high - compiled.base))
                    self._spans[compiled.plain] = (
                        max(before[0], low - compiled.base),
                        min(before[1], high - compiled.base),
                    )

    def add(self, factor: NodeFactor, slopes: Sequence[float]) -> None:
        """A factor, as well as it is known."""
        if not factor.is_logarithmic:
            self.add_largest(factor)
            return
        if factor.is_pair and factor.curve is None:
            slope, intercept = factor.chord()
            self._constant += intercept
            if factor.times > 1:
                self._constant += rounded_up(Curve(1, None, None, slope).at(factor.times))
        if factor.is_pair and factor.curve is not None:
            constant = 1 - factor.varying
            # More of the constant sum makes less of a negative one, and less of it may lie outside the node.
            is_part = factor.ranges[constant][0] > factor.sums[constant].low
            is_part = is_part and bool(varying(self._formula, self._node, factor.sums[constant]))
            if is_part or factor.ranges[factor.varying][0] < 0:
                self._price_least(factor, constant)
        for place, curve in factor.priced():
            compiled, (low, high) = factor.sums[place], factor.ranges[place]
            worths = varying(self._formula, self._node, compiled)
            base = compiled.base + fixed_worth(self._formula, self._node, compiled)
            is_told = factor.is_told(place, curve) and not self._is_rough
            if low == high or (
                is_told and (not self._tells_apart or low <= least_of(self._formula, self._node, compiled))
            ):
                self._constant += rounded_up(curve.at(low))
                if worths:
                    # Fillings outside the node come to less: they are told from those inside by it.
                    self._price_least(factor, place)
            elif compiled.plain >= 0 and not worths and not self._is_rough:
                # Where levels divide nodes, what is listed is exact, so that ties are known.
                levels = self._formula.plain_levels.get(compiled.plain, ()) if self._node.levels else ()
                inside = [x for x in levels if low <= base + x <= high]
                plain = curve.listed(inside, base) if inside else curve.segments(low, high, base)
                self._parts[compiled.plain].append((1, plain))
            else:
                self._add_line(compiled, curve, (low, high), slopes[place])

    def _add_line(self, compiled: CompiledSum, curve: Curve, span: Range, slope: float) -> None:
        """A line for a sum, or for what it has beside its plain part."""
        low, high = span
        worths = varying(self._formula, self._node, compiled)
        base = compiled.base + fixed_worth(self._formula, self._node, compiled)
        slope_here = line_slope(curve, span, slope, is_rough=self._is_rough)
        is_plain_too = compiled.plain < 0 or self._is_rough
        self._price(compiled, slope_here, is_plain_too=is_plain_too)
        enough = curve.full_from
        if enough is not None and low <= enough <= high:
            self.lines.append(ClippedLine(compiled, slope_here, enough, self._worth_ends(compiled.worths)[0]))
        if is_plain_too:
            self._constant += curve.line(slope_here, low, high) + slope_here * base
        else:
            beside = curve.beside(slope_here, span, self._worth_ends(worths), base)
            self._parts[compiled.plain].append((1, beside))

    def _worth_ends(self, worths: Sequence[Worth]) -> Range:
        """The least and the most that the levels of the node add together."""
        ends = [ends_of(self._formula, self._node, worth) for worth in worths]
        return sum(least for least, _ in ends), sum(most for _, most in ends)

    def add_largest(self, factor: NodeFactor) -> None:
        """A factor that is no more than its largest absolute value; more of a sum is worth next to nothing."""
        self._constant += rounded_up(logarithm(factor.largest))
        for place in range(len(factor.sums)):
            self._price_least(factor, place)

    def _price_least(self, factor: NodeFactor, place: int) -> None:
        """Let more of a sum be worth next to nothing, where fillings are told apart by surrogates."""
        if self._formula.rises and self._tells_apart:
            self._price(factor.sums[place], 1)
            fixed = fixed_worth(self._formula, self._node, factor.sums[place])
            self._constant += factor.sums[place].base + fixed - factor.ranges[place][0]

    def _price(self, compiled: CompiledSum, price: int, *, is_plain_too: bool = True) -> None:
        """Count a sum, its base apart, or only what is beside its plain part, at a price."""
        if compiled.plain >= 0 and is_plain_too:
            self._parts[compiled.plain].append((price, ValueFunction.linear(1)))
        for worth in varying(self._formula, self._node, compiled):
            levels = self._node.levels_of(self._formula, worth.feature)
            functions = functions_of(self._formula, self._node, worth)
            value, raised = (clamped(function, *levels) for function in (functions[0], functions[-1]))
            self._parts[worth.feature].append((price, value))
            self._raised[worth.feature].append((price, raised))

    def problem(self) -> Problem:
        """The whole."""
        features, bound = [], abs(self._constant)
        for e, (feature, parts, raised) in enumerate(
            zip(self._problem.features, self._parts, self._raised, strict=True)
        ):
            changed = self._feature(e, feature, parts, raised)
            functions = [changed.value] if changed.raised_value is None else [changed.value, changed.raised_value]
            bound += max(abs(x) for f in functions for x in f.corner_values(feature.low, feature.high))
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
        value = _held(sum_of(parts), feature)
        raised_value = None
        if feature.raised_value is not None:
            raised_value = _held(sum_of(raised), feature)
        low, high = self._spans.get(e, (feature.low, feature.high))
        minimum, maximum = feature.minimum, feature.maximum
        for other, level, _ in self._node.levels:
            if other == e and level > feature.low:
                minimum = level if minimum is None else max(minimum, level)
        if low > feature.low:
            minimum = low if minimum is None else max(minimum, low)
        if high < feature.high:
            maximum = high if maximum is None else min(maximum, high)
        return replace(feature, value=value, raised_value=raised_value, minimum=minimum, maximum=maximum)


def line_slope(curve: Curve, span: Range, slope: float, *, is_rough: bool) -> int:
    """The slope of the line above a curve on a span of totals, where about such a one is wanted."""
    low, high = span
    # Next to nothing is too little where fillings are told apart by it, and too much for a bound.
    least = 1 if is_rough else max(1, curve.slope(high, low, high) // _LEAST_SHARE)
    steepest = curve.slope(low, low, high)
    if low < high and curve.clipped(low) == curve.clipped(high):
        # What is needed of a sum may be dearer than more of it was worth.
        steepest *= _DEAREST
    if is_rough and slope < 0:
        # Less of a sum than its levels come to is dear; no filling is told apart by that.
        return max(round(slope), -_DEAREST * steepest)
    return max(least, min(round(slope), steepest))


def _held(function: ValueFunction, feature: Feature) -> ValueFunction:
    """A function on the levels of a feature; segments whose numbers no int64 holds are steps that are never below."""
    low, high = feature.low, feature.high
    function = function.within(low, high)
    if max(map(abs, (*function.slope, *function.intercept))) < _MOST:
        return function
    pieces: list[tuple[int, ValueFunction]] = []
    begins, ends = (low, *function.start), (*function.start, high + 1)
    for begin, end, slope, intercept in zip(begins, ends, function.slope, function.intercept, strict=True):
        if max(abs(slope), abs(intercept)) < _MOST:
            pieces.append((begin, ValueFunction((), (slope,), (intercept,))))
            continue
        width = -(-(end - begin) // _MOST_STEPS)
        for first in range(begin, end, width):
            last = min(first + width, end) - 1
            largest = max(slope * first, slope * last) + intercept
            pieces.append((first, ValueFunction((), (0,), (largest,))))
    return ValueFunction.joined(pieces)
