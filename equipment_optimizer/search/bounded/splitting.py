"""Where to split a box: on the total that its relaxation gets most wrong.

A hull overestimates where the function under it is not concave (a penalty above a
maximum, a bonus between two thresholds, a maximum that may be raised). Dividing
the total's range there makes both halves' hulls fit better.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ...problem.problem import Problem
from ..relaxation.bounds import Box, bonus_worth_scaled, total_functions
from ..relaxation.box_lp import LpAdvice
from ..relaxation.piece_classes import PartClasses, ranges_of

__all__ = [
    "Split",
    "exclusive_total",
    "needed_bonus",
    "open_giver",
    "splittable_totals",
    "with_implied_counts",
    "worst_raised",
    "worst_total",
]


class Split(NamedTuple):
    """A total, and the first value of the upper half."""

    total: int
    value: int


class _Excess(NamedTuple):
    """How far a hull is above what is under it, in units of the score, and the split that mends it."""

    score: float
    split: Split


def splittable_totals(problem: Problem) -> tuple[bool, ...]:
    """Which totals are settled by the pieces alone, no matter how slots are filled; length E."""
    settled = [True] * problem.n_features
    if problem.decorations is not None:
        settled = [not levels.any() for levels in problem.decorations.levels.T]
    return (*settled, *([True] * len(problem.bonus_names)))


def with_implied_counts(problem: Problem, classes: Sequence[PartClasses], box: Box) -> Box:
    """The box without numbers of pieces of a set bonus at which a total of pieces and bonuses would lie outside."""
    for e, givers, least, most in _given_totals(problem, classes):
        for c in givers:
            others = [_levels_within(problem, box, other, e) for other in givers if other != c]
            low_others = least + sum(low for low, _ in others)
            high_others = most + sum(high for _, high in others)
            levels, total = problem.bonus_levels[c, :, e], problem.n_features + c
            counts = range(box.low[total], min(box.high[total], len(levels) - 1) + 1)
            fits = [
                n for n in counts if levels[n] + high_others >= box.low[e] and levels[n] + low_others <= box.high[e]
            ]
            box = box.with_range(total, fits[0], fits[-1]) if fits else box.with_range(total, 1, 0)
    return box


def open_giver(problem: Problem, classes: Sequence[PartClasses], box: Box) -> Split | None:
    """The split on one of several set bonuses where a total needs one of them, no matter which."""
    for e, givers, _, most in _given_totals(problem, classes):
        if box.low[e] <= most or len(givers) < 2:
            continue
        ranges = [_levels_within(problem, box, c, e) for c in givers]
        if most + sum(low for low, _ in ranges) >= box.low[e]:
            continue
        for c, (low, high) in zip(givers, ranges, strict=True):
            if low < high:
                total, levels = problem.n_features + c, problem.bonus_levels[c, :, e]
                return Split(total, next(n for n in range(box.low[total], len(levels)) if levels[n] > low))
    return None


def _given_totals(problem: Problem, classes: Sequence[PartClasses]) -> Iterator[tuple[int, list[int], int, int]]:
    """Totals of pieces and set bonuses alone: with those bonuses, and what the pieces give at least and most."""
    n_features, ranges = problem.n_features, ranges_of(problem, classes)
    counts = np.array([part.count for part in classes])
    least = problem.base_levels + counts @ ranges.part_least[:, :n_features]
    most = problem.base_levels + counts @ ranges.part_most[:, :n_features]
    for e, settled in enumerate(splittable_totals(problem)[:n_features]):
        givers = [c for c, touched in enumerate(problem.bonus_features) if e in touched]
        if settled and givers:
            yield e, givers, int(least[e]), int(most[e])


def _levels_within(problem: Problem, box: Box, c: int, e: int) -> tuple[int, int]:
    """The least and most that a set bonus gives to a total at the numbers of pieces of a box."""
    total = problem.n_features + c
    levels = problem.bonus_levels[c, box.low[total] : box.high[total] + 1, e]
    return (int(levels.min()), int(levels.max())) if len(levels) else (0, 0)


def exclusive_total(problem: Problem, box: Box, advice: LpAdvice) -> Split | None:
    """The split on the total that the relaxation has most of, where only one of several may be above 0."""
    for group in problem.exclusive:
        open_totals = [e for e in group if box.high[e] >= 1]
        if len(open_totals) > 1:
            return Split(max(open_totals, key=lambda e: advice.totals[e]) if advice.totals else open_totals[0], 1)
    return None


def worst_total(
    problem: Problem, box: Box, advice: LpAdvice, splittable: Sequence[bool], precision: int
) -> Split | None:
    """The split on the total whose hull overestimates most in the relaxation's solution."""
    worst: _Excess | None = None
    for e, x in enumerate(advice.totals):
        if box.low[e] >= box.high[e]:
            continue
        if e < problem.n_features:
            excess = _feature_excess(problem, e, box, x)
        else:
            excess = _bonus_excess(problem, e, box, x, advice=advice, precision=precision)
        if excess is None or not splittable[excess.split.total]:
            continue
        total, value = excess.split
        if box.low[total] < value <= box.high[total] and (worst is None or excess.score > worst.score):
            worst = excess
    return None if worst is None else worst.split


def worst_raised(problem: Problem, box: Box, advice: LpAdvice, splittable: Sequence[bool]) -> Split | None:
    """The split on the raiser whose being there or not makes most of a difference to the relaxation's solution."""
    worst: _Excess | None = None
    for e, x in enumerate(advice.totals[: problem.n_features]):
        if len(total_functions(problem.features[e], box)) == 2:
            excess = _feature_excess(problem, e, box, x)
            is_worse = excess is not None and excess.score >= 1 and (worst is None or excess.score > worst.score)
            if excess is not None and is_worse and splittable[excess.split.total]:
                worst = excess
    return None if worst is None else worst.split


def needed_bonus(problem: Problem, classes: Sequence[PartClasses], box: Box, advice: LpAdvice) -> Split | None:
    """The split on a set bonus that a minimum may need, while it is open whether a build has it.

    Only where the minimum has no price: the relaxation has the bonus, and nothing is
    lost by pieces without it.
    """
    if not problem.bonus_names:
        return None
    n_features = problem.n_features
    ranges = ranges_of(problem, classes)
    most = (ranges.most - ranges.bonus_most + ranges.n_slots * ranges.slot_most)[:n_features]
    low, high = box.low[n_features:], box.high[n_features:]
    at_least = most + ranges.bonus_least[:n_features]
    for f in np.flatnonzero(np.array(box.low[:n_features]) > at_least).tolist():
        if advice.multipliers.price[f] != 0:
            continue
        by_bonus = problem.bonus_levels[:, :, f].tolist()
        sure = sum(min(levels[a : b + 1]) for levels, a, b in zip(by_bonus, low, high, strict=True) if a <= b)
        if box.low[f] <= int(most[f]) + sure:
            continue
        open_bonuses = [
            (max(levels[a : b + 1]) - levels[a], c, next(n for n in range(a, b + 1) if levels[n] > levels[a]))
            for c, (levels, a, b) in enumerate(zip(by_bonus, low, high, strict=True))
            if a <= b and max(levels[a : b + 1]) > levels[a]
        ]
        if open_bonuses:
            _, c, n_pieces = max(open_bonuses, key=lambda bonus: (bonus[0], -bonus[1]))
            return Split(n_features + c, n_pieces)
    return None


def _feature_excess(problem: Problem, e: int, box: Box, x: float) -> _Excess | None:
    """The excess of a feature's hull over its function at `x`; None where no split mends it."""
    feature = problem.features[e]
    functions = total_functions(feature, box)
    if len(functions) == 2:
        spread = abs(functions[1].at(round(x)) - functions[0].at(round(x)))
        return _Excess(max(float(spread), 0.5), Split(feature.raised_by, 1))
    function = functions[0]
    for (ax, ay), (bx, by) in itertools.pairwise(function.upper_hull(box.low[e], box.high[e])):
        if ax <= x <= bx:
            hull = ay + (by - ay) * (x - ax) / (bx - ax)
            nearest = min((math.floor(x), math.ceil(x)), key=lambda value: abs(hull - function.at(value)))
            # A split at a bend of the hull itself mends nothing.
            bends = [
                s
                for s in function.start
                if ax < s <= bx and (s != bx or function.at(s - 1) * (bx - ax) != ay * (bx - s + 1) + by * (s - 1 - ax))
            ]
            excess = hull - function.at(nearest)
            if bends:
                return _Excess(excess, Split(e, min(bends, key=lambda s: abs(s - 0.5 - x)))) if excess > 0 else None
    return None


def _bonus_excess(problem: Problem, e: int, box: Box, x: float, *, advice: LpAdvice, precision: int) -> _Excess | None:
    """The excess of a bonus at a fractional number of pieces `x`; None where no split mends it."""
    worth_scaled = bonus_worth_scaled(problem, e - problem.n_features, advice.multipliers, precision)
    price = advice.multipliers.price[e]
    gains = [worth_scaled[n] + price * n for n in range(len(worth_scaled))]
    below = math.floor(x + 1e-6)
    changes = [n for n in range(max(below, box.low[e]) + 1, box.high[e] + 1) if gains[n] != gains[n - 1]]
    if not changes:
        return None
    excess = (gains[changes[0]] - gains[below]) / precision * (x - below + 1e-3)
    return _Excess(excess, Split(e, changes[0])) if excess > 0 else None
