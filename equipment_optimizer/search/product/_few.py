"""Limits that all builds of a node keep which may belong: where a search by scores lists too much in vain.

Where levels are known, a node asks for them as limits, and its bound may be far above what whole pieces can
come to. How high a plain part must be follows from what all others can be worth, so that it is one limit more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...problem.problem import Feature, PartColumns, Problem
from ...problem.value_function import ValueFunction, sum_of
from ...records.space import CombinationSpace
from ..relaxation.piece_classes import PartClasses

__all__ = [
    "Alike",
    "FirstBuilds",
    "FlatPart",
    "Needed",
    "alike_groups",
    "first_of",
    "flat_part",
    "likely_rows",
    "some_classes",
    "together",
    "with_needed_levels",
]

Rows = npt.NDArray[np.intp]
Picks = npt.NDArray[np.intp]

#: The first builds that keep the limits of a problem that scores nothing, as an outcome; None where not known. Those
#: that rank before some rows alone, where these are named.
FirstBuilds = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Alike:
    """Classes of each part whose builds all score the same."""

    score: int
    rows: list[Rows]


@dataclass(frozen=True)
class Needed:
    """What levels of some features are worth, of which builds need at least so much together beside all limits."""

    added: Mapping[int, ValueFunction] = field(default_factory=dict)
    least: int = 0

    def above(self, problem: Problem, base: int) -> Problem:
        """A problem where what is beyond the least is added to what else features are worth, and to a base."""
        features, bound = list(problem.features), problem.score_bound + abs(self.least)
        for e, worth in self.added.items():
            feature = features[e]
            values = [
                None if function is None else sum_of([(1, function), (1, worth)])
                for function in (feature.value, feature.raised_value)
            ]
            features[e] = replace(feature, value=values[0] or worth, raised_value=values[1])
            bound += max(map(abs, worth.corner_values(feature.low, feature.high)))
        return replace(problem, features=tuple(features), base_linear=base - self.least, score_bound=bound)


@dataclass(frozen=True, eq=False)
class FlatPart:
    """A problem with some pieces of each part, of which nothing scores but what is needed, and what they are there.

    `least` is what a build has to score, None where the limits are all there is.
    """

    problem: Problem
    pieces: list[Rows]
    class_of: list[Rows]
    least: int | None = None

    def up_to(self, last: Sequence[int]) -> tuple[FlatPart, tuple[int, ...]]:
        """What begins with no later piece than a build of the whole, and the first rows that rank behind the build."""
        pieces, class_of, parts = list(self.pieces), list(self.class_of), list(self.problem.parts)
        part = self.problem.positions[0]
        n_rows = int(np.searchsorted(pieces[part], last[0], side="right"))
        pieces[part], class_of[part] = pieces[part][:n_rows], class_of[part][:n_rows]
        columns = parts[part]
        parts[part] = PartColumns(
            columns.linear[:n_rows], columns.levels[:n_rows], columns.bonus_counts[:n_rows], columns.slots[:n_rows]
        )
        space = CombinationSpace(list(map(len, pieces)), self.problem.space.counts)
        behind: list[int] = []
        for part, piece in zip(self.problem.positions, last, strict=True):
            behind.append(int(np.searchsorted(pieces[part], piece)))
            if behind[-1] == len(pieces[part]) or pieces[part][behind[-1]] != piece:
                break
        else:
            behind.append(0)  # the build itself is the last one before them
        problem = replace(self.problem, space=space, parts=tuple(parts))
        return FlatPart(problem, pieces, class_of, self.least), tuple(behind)


def first_of(
    first_builds: FirstBuilds,
    flat: FlatPart,
    limit: int,
    *,
    should_stop: Callable[[], bool],
    last: Sequence[int] | None = None,
) -> Picks | None:
    """The classes (L, N) of the first `limit` builds that keep the limits; None if not known.

    Those alone that rank no later than the `last`, pieces of a build by position, where it is named.
    """
    before = None
    if last is not None:
        flat, before = flat.up_to(last)
        if not all(map(len, flat.pieces)):
            return np.zeros((len(flat.problem.positions), 0), dtype=np.intp)
    outcome = first_builds(flat.problem, limit, should_stop, before=before, least=flat.least)
    if outcome is None or not outcome.report.proved:
        return None
    columns = zip(flat.problem.positions, outcome.columns, strict=True)
    return np.array([flat.class_of[part][column] for part, column in columns], dtype=np.intp)


def flat_part(
    problem: Problem, classes: Sequence[PartClasses], rows: Sequence[Rows], needed: Needed | None = None
) -> FlatPart:
    """The problem with the pieces of some classes of each part alone, where nothing scores but what is needed."""
    parts, pieces, class_of = [], [], []
    for columns, part, picked in zip(problem.parts, classes, rows, strict=True):
        number = np.empty(len(part.members), dtype=np.intp)
        number[part.members] = np.repeat(np.arange(len(part)), part.sizes)
        some = np.flatnonzero(np.isin(number, picked))
        pieces.append(some)
        class_of.append(number[some])
        parts.append(
            PartColumns(columns.linear[some], columns.levels[some], columns.bonus_counts[some], columns.slots[some])
        )
    nothing = ValueFunction.linear(0)
    features = [
        replace(feature, value=nothing, raised_value=None if feature.raised_value is None else nothing)
        for feature in problem.features
    ]
    space = CombinationSpace([len(picked) for picked in class_of], problem.space.counts)
    flat = replace(problem, space=space, parts=tuple(parts), features=tuple(features), base_linear=0)
    if needed is None or not needed.added:
        return FlatPart(flat, pieces, class_of)
    return FlatPart(needed.above(flat, needed.least), pieces, class_of, needed.least)


def likely_rows(problem: Problem, classes: Sequence[PartClasses], least: int) -> list[Rows]:
    """Classes of each part with which a build may have at least a score, of a surrogate's problem."""
    worths = [_ends(feature) for feature in problem.features]
    most = problem.base_linear + sum(most for _, most in worths) + _most_linear(problem)
    rows = []
    for part in classes:
        bound = np.full(len(part), most, dtype=np.int64)
        for e, feature in enumerate(problem.features):
            if feature.raised_value is None and _rises(feature):
                levels = part.totals[:, e]
                reached = np.clip(feature.high - levels.max() + levels, *_range(feature))
                bound += feature.value(reached) - worths[e][1]
        rows.append(np.flatnonzero(bound >= least))
    return rows


def some_classes(classes: Sequence[PartClasses], rows: Sequence[Rows]) -> list[PartClasses]:
    """Classes of each part alone, without members."""
    return [
        replace(part, linear=part.linear[picked], totals=part.totals[picked], slots=part.slots[picked])
        for part, picked in zip(classes, rows, strict=True)
    ]


def alike_groups(problem: Problem, classes: Sequence[PartClasses], rows: Sequence[Rows]) -> list[Alike] | None:
    """Parts of all builds of some classes, by the classes of one part, that score the same whatever is in their slots.

    The best first; None where more than one part's pieces tell what a build scores.
    """
    if problem.space.shared_parts or max(problem.space.counts, default=1) > 1:
        return None
    if not all(picked.size for picked in rows):
        return []
    told, telling, score = list[tuple[Feature, int, int]](), set[int](), problem.base_linear
    for e, (feature, (lowest, highest)) in enumerate(zip(problem.features, map(_ends, problem.features), strict=True)):
        if lowest == highest:
            score += highest
            continue
        is_touched = problem.decorations is not None and problem.decorations.levels[:, e].any()
        if feature.raised_value is not None or is_touched or problem.bonus_levels[:, :, e].any():
            return None
        ends = [
            (part.totals[picked, e].min(), part.totals[picked, e].max())
            for part, picked in zip(classes, rows, strict=True)
        ]
        telling |= {place for place, (least, most) in enumerate(ends) if least < most}
        told.append((feature, e, int(problem.base_levels[e]) + sum(int(least) for least, _ in ends)))
    if len(telling) > 1:
        return None
    place = min(telling, default=0)
    numbers = [e for _, e, _ in told]
    totals = classes[place].totals[rows[place]][:, numbers]
    levels, owner = np.unique(totals, axis=0, return_inverse=True)
    groups = [
        Alike(
            score + sum(f.value.at(base + int(x)) for (f, _, base), x in zip(told, added, strict=True)),
            [rows[place][owner.reshape(-1) == number] if b == place else picked for b, picked in enumerate(rows)],
        )
        for number, added in enumerate(levels - totals.min(axis=0))
    ]
    return sorted(groups, key=lambda group: -group.score)


def together(groups: Sequence[Alike]) -> list[Rows]:
    """The classes of each part of some groups."""
    return [np.unique(np.concatenate(of_part)) for of_part in zip(*(group.rows for group in groups), strict=True)]


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
    values = [x for function in functions for x in function.corner_values(*_range(feature))]
    return min(values), max(values)


def _rises(feature: Feature) -> bool:
    values = feature.value.corner_values(*_range(feature))
    return values == sorted(values)


def _first(feature: Feature, needed: int) -> int:
    """The first level that is worth so much, of a feature whose worth rises; its highest where none is."""
    low, high = _range(feature)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if feature.value.at(middle) >= needed else (middle + 1, high)
    return low
