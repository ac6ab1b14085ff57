"""Parts of a node by the levels of skills: where a level is known, so is its worth, whatever table it has.

A range of levels cuts what is counted, not what a build has: a filling with more levels than the range has is
counted at its end. So every filling is counted in full in the part that has its level, and no part needs an
upper limit, which fillings would have to keep.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from ....problem.formula import CompiledSum, FormulaProblem, Worth
from ....problem.value_function import ValueFunction, sum_of
from .nodes import Node, Range, factors_of, root_node

__all__ = [
    "clamped",
    "divided",
    "ends_of",
    "fixed_worth",
    "full_split",
    "functions_of",
    "has_lines",
    "least_of",
    "needed_sum",
    "only_product",
    "splittable",
    "top_level",
    "varying",
    "widest",
    "within_levels",
    "worth_end",
]

#: A skill with more levels is not divided by them.
_MOST_LEVELS = 64

#: Levels this near to a whole number are one; where one level does not have all, a skill counts as so many times wider.
_WHOLE = 1e-6
_FRACTIONAL = 10.0

#: A relaxation has enough of a sum that lacks no more than this.
_ENOUGH = 1e-3


def functions_of(formula: FormulaProblem, node: Node, worth: Worth) -> list[ValueFunction]:
    """What a worth may be by levels in a node: two functions where it is open whether a maximum is raised."""
    if worth.raised_value is None:
        return [worth.value]
    least, most = node.levels_of(formula, formula.problem.features[worth.feature].raised_by)
    return [worth.raised_value] if least >= 1 else [worth.value] if most < 1 else worth.functions


def ends_of(formula: FormulaProblem, node: Node, worth: Worth) -> Range:
    """The least and the most of a worth in a node."""
    low, high = node.levels_of(formula, worth.feature)
    ends = [_ends(function, low, high) for function in functions_of(formula, node, worth)]
    return ends[0] if len(ends) == 1 else (min(least for least, _ in ends), max(most for _, most in ends))


@lru_cache(maxsize=4_096)
def _ends(function: ValueFunction, low: int, high: int) -> Range:
    """The same of a function: parts of a node ask for the same ones again and again."""
    values = function.corner_values(low, high)
    return min(values), max(values)


def varying(formula: FormulaProblem, node: Node, compiled: CompiledSum) -> list[Worth]:
    """What of a sum is not known in a node, its plain part aside."""
    return [worth for worth in compiled.worths if len({*ends_of(formula, node, worth)}) > 1]


def fixed_worth(formula: FormulaProblem, node: Node, compiled: CompiledSum) -> int:
    """What the levels that are known in a node add to a sum."""
    ends = (ends_of(formula, node, worth) for worth in compiled.worths)
    return sum(least for least, most in ends if least == most)


@lru_cache(maxsize=4_096)
def clamped(function: ValueFunction, low: int, high: int) -> ValueFunction:
    """A function that stays what it is at the ends of a range beyond them."""
    first, last = (ValueFunction.linear(0).plus(function.at(x)) for x in (low, high))
    return first if low == high else ValueFunction.joined([(low, first), (low, function), (high, last)])


def top_level(formula: FormulaProblem, feature: int) -> int:
    """More levels of a feature that is named are worth no more."""
    return min(formula.problem.features[feature].high, worth_end(formula, feature))


def worth_end(formula: FormulaProblem, feature: int) -> int:
    """The same of any feature; its lowest level where no level is worth anything."""
    functions = [function for worth in _worths(formula, feature) for function in worth.functions]
    low, high = formula.problem.features[feature].low, formula.problem.features[feature].high
    if any(function.slope[-1] for function in functions):
        return high
    # One level raises a maximum.
    starts = [start for function in functions for start in function.start]
    return max([low, *starts, *([1] if feature in _raisers(formula) else [])])


def splittable(formula: FormulaProblem) -> tuple[int, ...]:
    """Features whose levels divide nodes, those that raise maxima first: those with worths that rise."""
    if not formula.rises:
        return ()
    raisers = _raisers(formula)
    named = {worth.feature for sums in formula.sums for compiled in sums for worth in compiled.worths}
    return tuple(
        e
        for e in (*raisers, *sorted(named.difference(raisers)))
        if 0 < top_level(formula, e) - formula.problem.features[e].low <= _MOST_LEVELS
    )


def _raisers(formula: FormulaProblem) -> list[int]:
    """Features that raise maxima."""
    raised = (worth for sums in formula.sums for compiled in sums for worth in compiled.worths if worth.raised_value)
    return sorted({formula.problem.features[worth.feature].raised_by for worth in raised})


def divided(formula: FormulaProblem, node: Node, feature: int, level: int) -> tuple[Node, Node]:
    """The parts of a node with fewer levels of a feature, and with so many."""
    low, high = node.levels_of(formula, feature)
    return _within(formula, node, (feature, low, level - 1)), _within(formula, node, (feature, level, high))


def has_lines(formula: FormulaProblem, node: Node) -> bool:
    """Whether a sum that a logarithm is taken of is open in a node, its plain part aside, and counts there."""
    return any(
        not factor.is_told(place, curve) and varying(formula, node, factor.sums[place])
        for factor in factors_of(formula, node)
        for place, curve in factor.priced()
    )


def full_split(
    formula: FormulaProblem, node: Node, reached: Mapping[tuple[int, int], float]
) -> tuple[Node, Node] | None:
    """The parts of a node with less of a sum than the most that counts, and with enough, if its relaxation has enough.

    Many ways to have enough come to the same: one question asks for all of them, where parts by levels ask for each.
    """
    if needed_sum(formula, node) != ({}, 0):
        return None  # one question asks for one sum
    for factor in factors_of(formula, node):
        for place, curve in factor.priced():
            compiled, (low, high), full = factor.sums[place], factor.ranges[place], curve.full_from
            if full is None or not low < full <= high or not varying(formula, node, compiled):
                continue
            has_several = len(compiled.worths) + (compiled.plain >= 0) > 1
            if has_several and reached.get((factor.number, place), low) > full - _ENOUGH:
                below = full - 1 - (full - 1 - compiled.base) % formula.step_of(compiled)
                less, enough = (node.with_sum(factor.number, place, part) for part in ((low, below), (full, high)))
                return less, enough
    return None


def least_of(formula: FormulaProblem, node: Node, compiled: CompiledSum) -> int:
    """The least that the levels of a node add up to in a sum."""
    least = compiled.base + sum(ends_of(formula, node, worth)[0] for worth in compiled.worths)
    return least if compiled.plain < 0 else least + formula.problem.features[compiled.plain].low


def needed_sum(formula: FormulaProblem, node: Node) -> tuple[dict[int, ValueFunction], int] | None:
    """What levels of features add to the sum that a node needs more of than they ask for, and how much it needs.

    Nothing where it needs no more of any; None where that is not one sum, or a maximum is not known.
    """
    needed: tuple[dict[int, ValueFunction], int] = {}, 0
    for sums, ranges in zip(formula.sums, node.sums, strict=True):
        for compiled, (low, _) in zip(sums, ranges, strict=True):
            # A sum that is a plain part alone has its range as limits.
            if not compiled.worths or low <= least_of(formula, node, compiled):
                continue
            added, worths = dict[int, ValueFunction](), varying(formula, node, compiled)
            if needed[0] or any(len(functions_of(formula, node, worth)) > 1 for worth in worths):
                return None
            if compiled.plain >= 0:
                added[compiled.plain] = ValueFunction.linear(1)
            for worth in worths:
                function = clamped(functions_of(formula, node, worth)[0], *node.levels_of(formula, worth.feature))
                before = added.get(worth.feature)
                added[worth.feature] = function if before is None else sum_of([(1, before), (1, function)])
            needed = added, low - compiled.base - fixed_worth(formula, node, compiled)
    return needed


def widest(
    formula: FormulaProblem,
    node: Node,
    slopes: Sequence[Sequence[float]],
    levels: Mapping[int, float],
    settled: Collection[int],
) -> tuple[int, int] | None:
    """A feature and a level by which to divide a node next, if any: what is open the widest, by its lines.

    `levels` are those of the node's relaxation: where they are not `settled`, both parts are bounded lower.
    """
    dividing, widths = splittable(formula), dict[int, float]()
    for factor in factors_of(formula, node):
        for place, curve in factor.priced():
            for worth in varying(formula, node, factor.sums[place]):
                raiser = formula.problem.features[worth.feature].raised_by
                if worth.raised_value is not None and len(functions_of(formula, node, worth)) == 2:
                    widths[raiser] = float("inf")
                if factor.is_told(place, curve):
                    continue
                least, most = ends_of(formula, node, worth)
                width = max(1.0, abs(slopes[factor.number][place])) * (most - least)
                widths[worth.feature] = widths.get(worth.feature, 0.0) + width
    best: tuple[float, int, int] | None = None
    for e in dividing:
        rises = _rises(formula, node, e, is_raiser=widths.get(e) == float("inf"))
        if e not in widths or not rises:
            continue
        level = levels.get(e, float(rises[-1]))
        up_to = round(level) if abs(level - round(level)) < _WHOLE else math.ceil(level)
        # No level that is worth as much as the one before it is asked for.
        at = max((x for x in rises if x <= up_to), default=rises[0])
        width = widths[e] * (1.0 if e in settled else _FRACTIONAL)
        if best is None or width > best[0]:
            best = width, e, at
    return None if best is None else best[1:]


def _rises(formula: FormulaProblem, node: Node, feature: int, *, is_raiser: bool) -> list[int]:
    """The levels of a node from which on more is worth more than before, or raises a maximum, ascending."""
    low, high = node.levels_of(formula, feature)
    functions = [function for worth in _worths(formula, feature) for function in functions_of(formula, node, worth)]
    levels = range(low + 1, min(high, top_level(formula, feature)) + 1)
    return [x for x in levels if (is_raiser and x == 1) or any(f.at(x) != f.at(x - 1) for f in functions)]


def _within(formula: FormulaProblem, node: Node, levels: tuple[int, int, int]) -> Node:
    """A node with other levels of a feature, and its sums within what they leave."""
    return within_levels(formula, node.with_levels(*levels))


def within_levels(formula: FormulaProblem, part: Node) -> Node:
    """A node with its sums within what its levels leave."""
    for number, sums in enumerate(formula.sums):
        for place, compiled in enumerate(sums):
            ends = [ends_of(formula, part, worth) for worth in compiled.worths]
            if compiled.plain >= 0:
                plain = formula.problem.features[compiled.plain]
                ends.append((plain.low, plain.high))
            low, high = part.sums[number][place]
            least, most = compiled.base, compiled.base
            for each in ends:
                least, most = least + each[0], most + each[1]
            part = part.with_sum(number, place, (max(low, least), min(high, most)))
    return part


def _worths(formula: FormulaProblem, feature: int) -> list[Worth]:
    return [
        worth for sums in formula.sums for compiled in sums for worth in compiled.worths if worth.feature == feature
    ]


def only_product(formula: FormulaProblem, node: Node) -> int | None:
    """What each build that keeps the levels of a node comes to, at least; None where that differs.

    Other cuts of a node are no limits of its problem.
    """
    if not formula.rises or formula.problem.space.shared_parts:
        return None
    factors = factors_of(formula, within_levels(formula, replace(root_node(formula), levels=node.levels)))
    if any(factor.is_empty or factor.span[0] < factor.span[1] for factor in factors):
        return None
    # With more of one sum of a pair less comes of it where the other one is negative.
    pairs = [pair for factor in factors if factor.is_pair for pair in zip(factor.curves, factor.ranges, strict=True)]
    if any(curve.clipped(low) < 0 for curve, (low, _) in pairs) or any(factor.span[0] < 0 for factor in factors):
        return None
    values = [np.array([factor.span[0]], dtype=object) for factor in factors]
    return int(formula.scaled.scores(values)[0])
