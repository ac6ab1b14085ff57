"""A problem whose pieces cost something: what a build is worth less the prices of its pieces.

In: a compiled problem, prices of its pieces and a factor. Out: a problem whose
scores are the old ones times the factor, less the prices. It is searched as any
other; what the prices are for is the caller's business.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .problem import PartColumns, Problem
from .value_function import ValueFunction

__all__ = ["divisor", "magnified", "priced", "without_pieces"]

IntArray = npt.NDArray[np.int64]


def magnified(problem: Problem, factor: int) -> Problem:
    """The problem with every score `factor` times as high; finer prices are then whole numbers.

    The caller sees to it that ``score_bound * factor`` fits int64 arithmetic.
    """

    def times(value: ValueFunction) -> ValueFunction:
        slope = tuple(factor * amount for amount in value.slope)
        return ValueFunction(value.start, slope, tuple(factor * amount for amount in value.intercept))

    decorations = problem.decorations
    return replace(
        problem,
        features=tuple(
            replace(f, value=times(f.value), raised_value=None if f.raised_value is None else times(f.raised_value))
            for f in problem.features
        ),
        parts=tuple(replace(part, linear=factor * part.linear) for part in problem.parts),
        base_linear=factor * problem.base_linear,
        bonus_linear=factor * problem.bonus_linear,
        slot_weights=factor * problem.slot_weights,
        decorations=None if decorations is None else replace(decorations, linear=factor * decorations.linear),
        score_bound=factor * problem.score_bound,
    )


def priced(problem: Problem, prices: Sequence[IntArray]) -> Problem:
    """The problem with a price, at least 0, on every piece of each part, shapes (n,)."""
    parts = tuple(replace(part, linear=part.linear - cost) for part, cost in zip(problem.parts, prices, strict=True))
    counts = problem.space.counts
    dearest = sum(count * int(cost.max(initial=0)) for count, cost in zip(counts, prices, strict=True))
    return replace(problem, parts=parts, score_bound=problem.score_bound + dearest)


def without_pieces(problem: Problem, kept: Sequence[IntArray]) -> Problem:
    """The problem with the pieces of each part that are named by their indices, ascending, shapes (m,)."""
    parts = tuple(
        PartColumns(part.linear[pieces], part.levels[pieces], part.bonus_counts[pieces], part.slots[pieces])
        for part, pieces in zip(problem.parts, kept, strict=True)
    )
    return replace(problem, space=problem.space.of_rows(kept), parts=parts)


def divisor(problem: Problem) -> int:
    """A whole number that divides every score; the weights' common divisor, at least 1."""
    return math.gcd(*_addends(problem)) or 1


def _addends(problem: Problem) -> Iterator[int]:
    """Numbers of which every score is a sum of whole multiples."""
    yield problem.base_linear
    for part in problem.parts:
        yield from set(part.linear.tolist())
    for feature in problem.features:
        for value in (feature.value, feature.raised_value):
            if value is not None:
                yield from (*value.slope, *value.intercept)
    yield from set(problem.bonus_linear.ravel().tolist())
    yield from problem.slot_weights.tolist()
    if problem.decorations is not None:
        yield from problem.decorations.linear.tolist()
