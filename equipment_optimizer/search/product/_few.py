"""Limits that all builds of a node keep which may belong: where a search by scores lists too much in vain.

Where levels are known, a node asks for them as limits, and its bound may be far above what whole pieces can
come to. How high a plain part must be follows from what all others can be worth, so that it is one limit more.
"""

from __future__ import annotations

from dataclasses import replace

from ...problem.problem import Feature, Problem

__all__ = ["with_needed_levels"]


def with_needed_levels(problem: Problem, least: int) -> Problem:
    """A surrogate's problem with minima that builds of at least a score keep, of features whose worth rises."""
    worths = [_ends(feature) for feature in problem.features]
    most = problem.base_linear + sum(most for _, most in worths) + _most_linear(problem)
    features = []
    for feature, (lowest, highest) in zip(problem.features, worths, strict=True):
        needed = least - (most - highest)
        if needed > lowest and feature.raised_value is None and _rises(feature):
            features.append(replace(feature, minimum=max(feature.minimum or feature.low, _first(feature, needed))))
        else:
            features.append(feature)
    return replace(problem, features=tuple(features))


def _most_linear(problem: Problem) -> int:
    """The most that pieces, bonuses and slots score by themselves: nothing, in surrogates."""
    of_pieces = sum(max(0, int(problem.parts[part].linear.max(initial=0))) for part in problem.positions)
    assert not problem.slot_weights.any() and (problem.decorations is None or not problem.decorations.linear.any())
    return of_pieces + sum(max(0, int(bonus.max(initial=0))) for bonus in problem.bonus_linear)


def _range(feature: Feature) -> tuple[int, int]:
    low = feature.low if feature.minimum is None else max(feature.low, feature.minimum)
    return low, feature.high if feature.maximum is None else min(feature.high, feature.maximum)


def _ends(feature: Feature) -> tuple[int, int]:
    """The least and the most that a feature is worth."""
    functions = [feature.value] if feature.raised_value is None else [feature.value, feature.raised_value]
    values = [function.at(x) for function in functions for x in function.corners(*_range(feature))]
    return min(values), max(values)


def _rises(feature: Feature) -> bool:
    values = [feature.value.at(x) for x in feature.value.corners(*_range(feature))]
    return values == sorted(values)


def _first(feature: Feature, needed: int) -> int:
    """The first level that is worth so much, of a feature whose worth rises; its highest where none is."""
    low, high = _range(feature)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if feature.value.at(middle) >= needed else (middle + 1, high)
    return low
