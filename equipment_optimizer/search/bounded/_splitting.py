"""Where to split a box: on the total that its relaxation gets most wrong.

A hull overestimates where the function under it is not concave (a penalty above a
maximum, a bonus between two thresholds, a maximum that may be raised). Cutting
the total's range there makes both halves' hulls fit better.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from ...problem.problem import Problem
from ..relaxation.bounds import Box, bonus_worth, total_functions
from ..relaxation.piece_classes import PartClasses
from ..relaxation.relaxation_lp import LpAdvice

__all__ = ["cuttable_totals", "needed_bonus", "worst_raised", "worst_total"]


def cuttable_totals(problem: Problem) -> tuple[bool, ...]:
    """Which totals are settled by the pieces alone, no matter how slots are filled; length E."""
    settled = [True] * problem.n_features
    if problem.decorations is not None:
        settled = [not own.any() for own in problem.decorations.levels.T]
    return (*settled, *([True] * len(problem.bonus_names)))


def worst_total(problem: Problem, box: Box, advice: LpAdvice, cuttable: Sequence[bool]) -> tuple[int, int] | None:
    """The total whose hull overestimates most in the relaxation's solution, and where to cut its range.

    Returns
    -------
    (int, int) or None
        Total and the first value of the upper half.
    """
    best: tuple[float, int, int] | None = None
    for e, x in enumerate(advice.totals):
        low, high = box.low[e], box.high[e]
        if low >= high:
            continue
        if e < problem.n_features:
            excess, target, value = _feature_excess(problem, e, box, x)
        else:
            excess, target, value = _bonus_excess(problem, e, box, (x, advice))
        if (
            excess > 0
            and cuttable[target]
            and box.low[target] < value <= box.high[target]
            and (best is None or excess > best[0])
        ):
            best = (excess, target, value)
    return None if best is None else best[1:]


def worst_raised(problem: Problem, box: Box, advice: LpAdvice, cuttable: Sequence[bool]) -> tuple[int, int] | None:
    """The raiser whose being there or not makes most of a difference to the relaxation's solution, to be cut on.

    Returns
    -------
    (int, int) or None
        As `worst_total`.
    """
    best: tuple[float, int, int] | None = None
    for e, x in enumerate(advice.totals[: problem.n_features]):
        if len(total_functions(problem, problem.features[e], box)) == 2:
            excess, raiser, value = _feature_excess(problem, e, box, x)
            if excess >= 1 and cuttable[raiser] and (best is None or excess > best[0]):
                best = (excess, raiser, value)
    return None if best is None else best[1:]


def needed_bonus(
    problem: Problem, classes: Sequence[PartClasses], box: Box, advice: LpAdvice
) -> tuple[int, int] | None:
    """A set bonus that a minimum may need, while it is open whether a build has it, to be cut on.

    Only where the minimum has no price: the relaxation has the bonus, and nothing is
    lost by pieces without it.

    Returns
    -------
    (int, int) or None
        As `worst_total`.
    """
    if not problem.bonus_names:
        return None
    n_features = problem.n_features
    most = problem.base_levels.copy()
    n_slots = int(problem.base_slots.sum())
    for part in classes:
        most += part.count * part.totals[:, :n_features].max(axis=0)
        n_slots += part.count * int(part.slots.sum(axis=1).max(initial=0))
    if problem.decorations is not None:
        most += n_slots * problem.decorations.levels.max(axis=0, initial=0)
    low, high = box.low[n_features:], box.high[n_features:]
    at_least = most + problem.bonus_levels.min(axis=1).sum(axis=0)
    for f in np.flatnonzero(np.array(box.low[:n_features]) > at_least).tolist():
        if advice.multipliers.price[f] != 0:
            continue
        levels = [problem.bonus_levels[c, :, f].tolist() for c in range(len(problem.bonus_names))]
        sure = sum(min(own[a : b + 1]) for own, a, b in zip(levels, low, high, strict=True) if a <= b)
        if box.low[f] <= int(most[f]) + sure:
            continue
        open_steps = [
            (max(own[a : b + 1]) - own[a], c, next(n for n in range(a, b + 1) if own[n] > own[a]))
            for c, (own, a, b) in enumerate(zip(levels, low, high, strict=True))
            if a <= b and max(own[a : b + 1]) > own[a]
        ]
        if open_steps:
            _, c, n = max(open_steps, key=lambda step: (step[0], -step[1]))
            return n_features + c, n
    return None


def _feature_excess(problem: Problem, e: int, box: Box, x: float) -> tuple[float, int, int]:
    """How far the hull of a feature is above its function at `x`, and the cut that mends it."""
    feature = problem.features[e]
    functions = total_functions(problem, feature, box)
    if len(functions) == 2:
        spread = abs(functions[1].at(round(x)) - functions[0].at(round(x)))
        return max(float(spread), 0.5), feature.raised_by, 1
    points = functions[0].upper_hull(box.low[e], box.high[e])
    for (ax, ay), (bx, by) in itertools.pairwise(points):
        if ax <= x <= bx:
            hull = ay + (by - ay) * (x - ax) / (bx - ax)
            nearest = min((math.floor(x), math.ceil(x)), key=lambda value: abs(hull - functions[0].at(value)))
            inside = [s for s in functions[0].start if ax < s <= bx]
            # A cut at a bend of the hull itself mends nothing.
            inside = [
                s
                for s in inside
                if s != bx or functions[0].at(s - 1) * (bx - ax) != ay * (bx - s + 1) + by * (s - 1 - ax)
            ]
            if inside:
                return hull - functions[0].at(nearest), e, min(inside, key=lambda s: abs(s - 0.5 - x))
    return 0.0, e, 0


def _bonus_excess(problem: Problem, e: int, box: Box, solution: tuple[float, LpAdvice]) -> tuple[float, int, int]:
    """How far a bonus is overestimated at a fractional number of pieces, and the cut that mends it."""
    x, advice = solution
    worth = bonus_worth(problem, e - problem.n_features, advice.multipliers, 0)
    price = advice.multipliers.price[e]
    gains = [worth[n] + price * n for n in range(len(worth))]
    below = math.floor(x + 1e-6)
    steps = [n for n in range(max(below, box.low[e]) + 1, box.high[e] + 1) if gains[n] != gains[n - 1]]
    if not steps:
        return 0.0, e, 0
    return (gains[steps[0]] - gains[below]) / 1024 * (x - below + 1e-3), e, steps[0]
